package kb

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"
)

// Asker is who asks: in which language, and as whom. An empty audience may read everything.
type Asker struct {
	Lang     string
	Audience Audience
}

// Hit is an article that may answer, with the section that does.
type Hit struct {
	Article *Article
	// Section is the number of the section in Article.Sections.
	Section int
	// Score is between 0 and 1: how likely it is that the article answers. Of the test questions
	// with 0.8 and more 98 % were answered, from 0.6 88 %, from 0.4 86 %, from 0.2 41 %. See [Enough].
	Score float64
	// Likeness is how near the section is in meaning, from 0 to 1; 0 where no [Ranker] said.
	Likeness float64
	// rank is the BM25 score, which parts hits of the same Score; fused stands for the place among
	// what words and a ranker found.
	rank, fused float64
	// least is the score from which it is told to who asks.
	least float64
	// meant: words are not enough, and it is near enough in meaning.
	meant bool
}

// candidates is how many articles are looked at closely: by BM25 the right one is among them for
// 382 of the 391 questions of testdata that have one, and among the first three for 364.
const candidates = 12

// mended is how much a word counts that was read as another one; see [index.mend].
const mended = 0.8

const (
	// leastSure is how many other words have to be the articles' own before one is read as a slip of
	// one of theirs, and longWord how long it is where fewer are: "crêpes" alone is no "créés".
	leastSure = 1
	longWord  = 8
)

// strange is how much a word counts that no article uses, of one that is in a single article. People
// tell stories around their question; by testdata less is better than more, down to this.
const strange = 0.4

// Search gives at most n articles that may answer a question, the likeliest first. What does not
// speak to the asker comes after what does. A language without articles gives none.
func (b *Base) Search(question string, by Asker, n int) []Hit {
	make, ok := b.indexes[by.Lang]
	if !ok || n <= 0 {
		return nil
	}
	hits := make().search(question)
	for i := range hits {
		hits[i].least = b.least(hits[i].Article, question, by)
	}
	slices.SortStableFunc(hits, func(x, y Hit) int {
		foreign := func(h Hit) int {
			if h.Article.Audience.own(by.Audience) {
				return 0
			}
			return 1
		}
		return cmp.Or(foreign(x)-foreign(y), cmp.Compare(y.Score, x.Score), cmp.Compare(y.rank, x.rank))
	})
	return hits[:min(n, len(hits))]
}

// asked is a question as the index sees it.
type asked struct {
	terms  []term
	weight []float64 // of each term: its rarity, less when it was mended
	// unknown is the weight of the words that no article uses.
	unknown float64
	// carrying is how many different words carry something.
	carrying int
	words    []gram // all of them
	grams    []gram
	norm     float64
	// elsewhere is how alike it is to a question about something else.
	elsewhere float64
}

func (q *asked) total() float64 {
	sum := q.unknown
	for _, w := range q.weight {
		sum += w
	}
	return sum
}

func (x *index) ask(question string) asked {
	words := fold(question)
	q := asked{words: hashed(words), grams: grams(words)}
	q.norm = x.grams.norm(q.grams)
	stems := x.lexicon.stems(question)
	q.carrying = len(stems)
	q.elsewhere = x.elsewhere(stems, q.grams, q.norm)
	seen := map[term]bool{}
	unread := map[string]bool{} // words that no article has
	var slips []string
	for _, w := range x.lexicon.words(question) {
		if t, ok := x.terms[x.lexicon.stem(w)]; ok {
			if !seen[t] {
				seen[t] = true
				q.terms, q.weight = append(q.terms, t), append(q.weight, x.idf[t])
			}
		} else if !unread[w] {
			unread[w] = true
			slips = append(slips, w)
		}
	}
	sure := len(q.terms)
	for _, w := range slips {
		t, ok := x.mend(w)
		switch {
		case !ok || sure < leastSure && utf8.RuneCountInString(w) < longWord:
			q.unknown += strange * x.rarest
		case !seen[t]:
			seen[t] = true
			q.terms, q.weight = append(q.terms, t), append(q.weight, mended*x.idf[t])
		}
	}
	return q
}

func (x *index) search(question string) []Hit {
	q := x.ask(question)
	if len(q.terms) == 0 {
		return nil
	}
	ranks := x.ranks(&q)
	var hits []Hit
	for _, d := range best(ranks, candidates) {
		one := &x.docs[d]
		f := x.features(&q, d, float64(ranks[d]))
		hits = append(hits, Hit{Article: one.article, Section: x.section(&q, one), Score: f.score(), rank: float64(ranks[d])})
	}
	return hits
}

// ranks gives the BM25 score of every document.
func (x *index) ranks(q *asked) []float32 {
	ranks := make([]float32, len(x.docs))
	for i, t := range q.terms {
		for _, p := range x.postings[t] {
			ranks[p.doc] += float32(q.weight[i]) * p.tf * float32(k1+1) / (p.tf + float32(k1))
		}
	}
	return ranks
}

// best gives the n documents with the highest ranks above 0, the best first.
func best(ranks []float32, n int) []int32 {
	top := make([]int32, 0, n+1)
	for d, r := range ranks {
		if r <= 0 || len(top) == n && r <= ranks[top[n-1]] {
			continue
		}
		i := len(top)
		for i > 0 && ranks[top[i-1]] < r {
			i--
		}
		top = slices.Insert(top, i, int32(d))
		top = top[:min(len(top), n)]
	}
	return top
}

// features are what tells an article that answers from one that shares a few words.
type features struct {
	// alike is how alike the question is to the title or to a question of the article: the share
	// of the rarity of both that they have in common (Dice).
	alike float64
	// letters is the same by groups of letters.
	letters float64
	// covered is the share of the question's weight that the article has at all, and head the
	// share that it has in its title, questions and headings.
	covered, head float64
	// rank is the BM25 score by the weight of the question, at most about k1+1.
	rank float64
	// small is the same as alike by all words, also those that carry nothing: with few others they
	// say what is asked, "where is my plan" or "how do I do my plan".
	small float64
	// few is 1 by the number of words that carry something: one alone proves little.
	few float64
	// elsewhere is how alike the question is to one about something else.
	elsewhere float64
}

func (x *index) features(q *asked, d int32, rank float64) features {
	total := q.total()
	f := features{few: 1 / float64(max(q.carrying, 1)), elsewhere: q.elsewhere}
	for i, t := range q.terms {
		if p, ok := x.posting(t, d); ok {
			f.covered += q.weight[i] / total
			if p.head {
				f.head += q.weight[i] / total
			}
		}
	}
	for _, ask := range x.docs[d].asks {
		shared := 0.0
		for i, t := range q.terms {
			if _, ok := slices.BinarySearch(ask.terms, t); ok {
				shared += q.weight[i]
			}
		}
		f.alike = max(f.alike, 2*shared/(ask.own+total))
		f.small = max(f.small, alikeSets(q.words, ask.words))
		f.letters = max(f.letters, x.grams.alike(q.grams, q.norm, ask.grams, ask.norm))
	}
	f.rank = rank / total
	return f
}

func (x *index) posting(t term, d int32) (posting, bool) {
	i, ok := slices.BinarySearchFunc(x.postings[t], d, func(p posting, d int32) int { return cmp.Compare(p.doc, d) })
	if !ok {
		return posting{}, false
	}
	return x.postings[t][i], true
}

// The weights of the features: a logistic regression on testdata/*-train.tsv, by TestFit.
// Of 2,166 candidates; the log loss on those that a fit has not seen is 0.098.
var fitted = weights{-7.31, 4.31, 4.41, 0.21, 0.83, 0.90, 2.54, -1.93, -2.79}

// weights are what each feature counts, after the bias: in the order of [features.all].
type weights [9]float64

// all gives the features in the order of their weights, the first of which always counts.
func (f features) all() weights {
	return weights{1, f.alike, f.letters, f.covered, f.head, f.rank, f.small, f.few, f.elsewhere}
}

func (f features) score() float64 {
	z := 0.0
	for i, v := range f.all() {
		z += v * fitted[i]
	}
	return 1 / (1 + math.Exp(-z))
}

// section gives the section that shares most with the question. A word that few sections have says
// more about which one it is. The first one has the short answer to what the title asks: it wins
// when none shares more.
func (x *index) section(q *asked, d *doc) int {
	scores := make([]float64, len(d.sections))
	for j, t := range q.terms {
		in := 0.0
		for _, s := range d.sections {
			if _, ok := slices.BinarySearch(s, t); ok {
				in++
			}
		}
		for i, s := range d.sections {
			if _, ok := slices.BinarySearch(s, t); ok {
				scores[i] += q.weight[j] * math.Log(1+float64(len(d.sections))/in)
			}
		}
	}
	at := 0
	scores[0] *= leadBonus
	for i, s := range scores {
		if s > scores[at] {
			at = i
		}
	}
	return at
}

// leadBonus favours the first section: it has the short answer.
const leadBonus = 1.15
