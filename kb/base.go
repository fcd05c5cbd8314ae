package kb

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Base is a loaded and checked set of articles with its index. It never changes, and is safe for
// use by several goroutines.
type Base struct {
	by        map[string]map[string]*Article // by language and id
	all       []*Article                     // by language, then by id
	languages []string
	lexicons  map[string]*lexicon
	writer    Writer
	ranker    Ranker
	// indexes are made when the first question comes, one for each language.
	indexes map[string]func() *index
}

// Languages gives the languages of the articles, sorted.
func (b *Base) Languages() []string { return slices.Clone(b.languages) }

// HasLanguage says whether there are articles in a language.
func (b *Base) HasLanguage(lang string) bool { return b.by[lang] != nil }

// Articles gives the articles of a language, by id.
func (b *Base) Articles(lang string) []*Article {
	var of []*Article
	for _, a := range b.all {
		if a.Lang == lang {
			of = append(of, a)
		}
	}
	return of
}

// Article gives one article, nil if there is none.
func (b *Base) Article(lang, id string) *Article { return b.by[lang][id] }

// With gives the same base with the words that its variables stand for. value is asked with the
// name of a variable and a language; it gives "" for a name it does not know.
func (b *Base) With(value func(name, lang string) string) *Base {
	c := *b
	c.by = map[string]map[string]*Article{}
	c.all = nil
	for _, a := range b.all {
		own := *a
		own.value = func(name string) string { return value(name, own.Lang) }
		if c.by[a.Lang] == nil {
			c.by[a.Lang] = map[string]*Article{}
		}
		c.by[a.Lang][a.ID] = &own
		c.all = append(c.all, &own)
	}
	c.prepare()
	return &c
}

// Writing gives the same base with somebody who phrases its answers; nil quotes the articles.
func (b *Base) Writing(w Writer) *Base {
	c := *b
	c.writer = w
	return &c
}

// Warm makes the indexes now, which takes a tenth of a second for a thousand articles, rather than
// for the first who asks.
func (b *Base) Warm() {
	for _, make := range b.indexes {
		make()
	}
}

func (b *Base) prepare() {
	b.indexes = map[string]func() *index{}
	for _, lang := range b.languages {
		articles := b.Articles(lang)
		b.indexes[lang] = sync.OnceValue(func() *index { return newIndex(articles, b.lexicons[lang]) })
	}
}

// Summary says in one line what the base holds.
func (b *Base) Summary() string {
	sections, ids := 0, map[string]bool{}
	for _, a := range b.all {
		sections += len(a.Sections)
		ids[a.ID] = true
	}
	return fmt.Sprintf("%d articles; %s; %d sections", len(ids), strings.Join(b.languages, ", "), sections)
}
