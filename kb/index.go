package kb

import (
	"math"
	"slices"
	"strings"
)

// The fields of an article.
const (
	fieldTitle = iota
	fieldQuestions
	fieldHeadings
	fieldBody
	fields
)

// BM25F. k1 is the usual one. A word of the title says more about an article than one of its text;
// the long text is discounted for its length, the short fields little.
// Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
var (
	k1          = 1.2
	fieldWeight = [fields]float64{fieldTitle: 4, fieldQuestions: 3, fieldHeadings: 2, fieldBody: 1}
	fieldB      = [fields]float64{fieldTitle: 0.3, fieldQuestions: 0.5, fieldHeadings: 0.4, fieldBody: 0.75}
)

// term is a word of an index by its number.
type term = int32

// index holds the articles of one language, ready for being searched.
type index struct {
	lexicon *lexicon
	terms   map[string]term // by stem
	spelled map[string]term // by the whole word, for repairing slips
	// slips lead from a word with one letter left out to the words it may have been.
	slips    map[string][]string
	idf      []float64
	rarest   float64
	postings [][]posting
	docs     []doc
	grams    gramIndex
	// others are questions about something else.
	others []other
}

// posting says how much a term counts in an article.
type posting struct {
	doc int32
	tf  float32
	// head: the term is in title, questions or headings, and not only in the text.
	head bool
}

type doc struct {
	article *Article
	// asks are the title and the questions.
	asks []ask
	// sections are the terms of each section, sorted; the first has those of the title too.
	sections [][]term
}

// ask is a question that an article answers.
type ask struct {
	terms []term  // sorted and without repetitions
	own   float64 // the rarity of the terms
	words []gram  // all words, also those that carry nothing
	grams []gram
	norm  float64
}

func newIndex(articles []*Article, l *lexicon) *index {
	if l == nil {
		l = noLexicon
	}
	x := &index{lexicon: l, terms: map[string]term{}, spelled: map[string]term{}, slips: map[string][]string{}, grams: gramIndex{in: map[gram]float64{}}}
	type counts = [fields]int32
	counted := make([]map[term]*counts, len(articles))
	lengths := make([][fields]float64, len(articles))
	var average [fields]float64
	for d, a := range articles {
		seen := map[term]*counts{}
		count := func(field int, text string) []term {
			terms := x.read(text)
			for _, t := range terms {
				c := seen[t]
				if c == nil {
					c = &counts{}
					seen[t] = c
				}
				c[field]++
			}
			lengths[d][field] += float64(len(terms))
			return terms
		}
		one := doc{article: a}
		asks := func(field int, text string) {
			words := fold(text)
			q := ask{terms: set(count(field, text)), words: hashed(words), grams: grams(words)}
			x.grams.learn(q.grams)
			one.asks = append(one.asks, q)
		}
		asks(fieldTitle, a.Title())
		for _, q := range a.Questions() {
			asks(fieldQuestions, q)
		}
		for i, s := range a.Sections {
			terms := slices.Clone(count(fieldHeadings, a.Heading(i)))
			if i == 0 {
				terms = append(terms, one.asks[0].terms...)
			}
			terms = append(terms, count(fieldBody, bareBlocks(s.blocks, a.value))...)
			one.sections = append(one.sections, set(terms))
		}
		counted[d] = seen
		x.docs = append(x.docs, one)
		for f := range average {
			average[f] += lengths[d][f] / float64(len(articles))
		}
	}
	x.weigh(func(d int) map[term]*[fields]int32 { return counted[d] }, lengths, average)
	for d := range x.docs {
		for i := range x.docs[d].asks {
			q := &x.docs[d].asks[i]
			q.norm = x.grams.norm(q.grams)
			for _, t := range q.terms {
				q.own += x.idf[t]
			}
		}
	}
	x.prepareSlips()
	x.prepareElsewhere()
	return x
}

// read gives the terms of a text, and learns those that are new.
func (x *index) read(text string) []term {
	var out []term
	for _, w := range x.lexicon.words(text) {
		t, ok := x.spelled[w]
		if !ok {
			s := x.lexicon.stem(w)
			if t, ok = x.terms[s]; !ok {
				t = term(len(x.terms))
				x.terms[s] = t
			}
			x.spelled[w] = t
		}
		out = append(out, t)
	}
	return out
}

// weigh makes the postings and the rarity of each term.
func (x *index) weigh(counted func(int) map[term]*[fields]int32, lengths [][fields]float64, average [fields]float64) {
	x.postings = make([][]posting, len(x.terms))
	for d := range x.docs {
		for t, c := range counted(d) {
			tf := 0.0
			for f, n := range c {
				if n > 0 {
					tf += fieldWeight[f] * float64(n) / (1 - fieldB[f] + fieldB[f]*lengths[d][f]/max(average[f], 1))
				}
			}
			head := c[fieldTitle]+c[fieldQuestions]+c[fieldHeadings] > 0
			x.postings[t] = append(x.postings[t], posting{int32(d), float32(tf), head})
		}
	}
	// Under the root: with forty articles, chance makes some words rarer than they are. By testdata
	// it is better than the bare logarithm, and no worse with many articles.
	n := float64(len(x.docs))
	x.idf = make([]float64, len(x.terms))
	for t, ps := range x.postings {
		df := float64(len(ps))
		x.idf[t] = math.Sqrt(math.Log(1 + (n-df+0.5)/(df+0.5)))
	}
	x.rarest = math.Sqrt(math.Log(1 + (n-0.5)/1.5))
}

// set sorts terms and drops repetitions.
func set(terms []term) []term {
	s := slices.Clone(terms)
	slices.Sort(s)
	return slices.Compact(s)
}

// bareBlocks gives the words of some blocks.
func bareBlocks(blocks []block, value func(string) string) string {
	var b strings.Builder
	for _, bl := range blocks {
		for _, l := range bl.lines {
			b.WriteString(bare(l, value))
			b.WriteByte('\n')
		}
	}
	return b.String()
}
