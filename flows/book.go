package flows

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"latchkey/flows/classify"
)

//go:embed *.yaml
var shipped embed.FS

// Shipped is the folder of decision trees that comes with the program.
func Shipped() fs.FS { return shipped }

// Book is a loaded and checked set of decision trees with all their texts. It never
// changes, and is safe for use by several goroutines.
type Book struct {
	// Version is a hash of the files' contents: the same files, the same version.
	Version string
	files   map[string]string

	languages []LanguageName
	flows     map[string]*flow
	facts     map[string]*fact
	factOrder []string
	intents   map[string]*intent
	lexicon   classify.Lexicon
	sense     *sense
	words     map[string]Text
	variables map[string]*variable
	promises  []*promise
	all       []Text            // every text of the files
	values    map[string]string // configured variables
	rarity    rarity
	own       map[string]string // words of one language only
	exact     map[string]string // the intent of each phrase
	plain     plainness
	place     map[string]string // the concept of words that name a choice by its place, or ask
	// ready are the phrases of each choice and each line of always, by its pointer; mine are
	// those that are not its intents'.
	ready, mine map[any]map[string][]Phrase
	// fixed are the engine's own moves, by language.
	fixed map[string]*fixedOptions
	// near are the waiting steps that a line of always may lead to at once.
	near map[*jump]map[Place]bool
}

// Files gives the files the book was loaded from, by name. [LoadFiles] reads them back.
func (b *Book) Files() map[string]string { return maps.Clone(b.files) }

// Languages gives the book's languages in order; the first is the one to begin with.
func (b *Book) Languages() []LanguageName { return slices.Clone(b.languages) }

// HasLanguage says whether the book has texts in a language.
func (b *Book) HasLanguage(code string) bool { return hasLanguage(b.languages, code) }

// HasFlow says whether people can begin in a flow.
func (b *Book) HasFlow(name string) bool {
	f, ok := b.flows[name]
	return ok && f.audience != ""
}

// Variables gives the names of the variables that texts use, sorted.
func (b *Book) Variables() []string { return slices.Sorted(maps.Keys(b.variables)) }

// With gives the same book with variables set. A variable that is absent or empty is shown
// in its unset words. An unknown name is an error.
func (b *Book) With(values map[string]string) (*Book, error) {
	for name := range values {
		if _, ok := b.variables[name]; !ok {
			return nil, fmt.Errorf("flows: there is no variable %q; known are %v", name, b.Variables())
		}
	}
	c := *b
	c.values = maps.Clone(values)
	c.prepare()
	return &c, nil
}

// version hashes names and contents in the order of the names.
func version(files map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%d %s %d ", len(name), name, len(files[name]))
		h.Write([]byte(files[name]))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// value gives a variable's words in a language, with what the state knows.
func (b *Book) value(s State, lang string, more map[string]string) func(string) string {
	return func(name string) string {
		if v, ok := more[name]; ok {
			return v
		}
		if f, ok := b.facts[name]; ok {
			v := s.Facts[name]
			if says, ok := f.says[v]; ok {
				return says.render(lang, func(string) string { return "" })
			}
			return v
		}
		if v := b.values[name]; v != "" {
			return v
		}
		if v, ok := b.variables[name]; ok {
			return v.unset.render(lang, func(string) string { return "" })
		}
		return ""
	}
}

// Summary says in one line what the book holds.
func (b *Book) Summary() string {
	steps := 0
	for _, f := range b.flows {
		steps += len(f.steps)
	}
	var codes []string
	for _, l := range b.languages {
		codes = append(codes, l.Code)
	}
	return fmt.Sprintf("%s; %d steps; %s; version %s", strings.Join(b.rootFlows(), ", "), steps, strings.Join(codes, ", "), b.Version)
}

// In gives the text of a language from texts by language, or that of another one, the first by
// code, when it is missing.
func In(texts map[string]string, lang string) string {
	if t, ok := texts[lang]; ok {
		return t
	}
	for _, l := range slices.Sorted(maps.Keys(texts)) {
		return texts[l]
	}
	return ""
}
