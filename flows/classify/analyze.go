package classify

import (
	"math"
	"slices"

	"latchkey/flows/lexis"
)

// view is one of the ways a text is seen; its features never meet those of another.
type view byte

const (
	viewStem view = iota
	viewPair
	viewLetters
	viewConcept
	viewConcepts
	viewNegated
	viewWhole
	viewLength
	viewFirst
	views
)

// weights are how much each view counts, chosen on the development sentences.
var weights = [views]float64{
	viewStem: 1, viewPair: 0.8, viewLetters: 0.28, viewConcept: 1.5, viewConcepts: 1.4, viewNegated: 1, viewWhole: 1, viewLength: 0.5, viewFirst: 0.5,
}

// feature is one thing seen in a text, as a hash of its view and letters.
type feature uint64

// analyzer turns texts into features.
type analyzer struct {
	concepts *concepts
	not      int // the number of the concept that negates; -1 without one
	known    *repairs
}

func newAnalyzer(l Lexicon) *analyzer {
	a := &analyzer{concepts: newConcepts(l), not: -1, known: newRepairs()}
	if i, ok := slices.BinarySearch(a.concepts.names, Negation); ok {
		a.not = i
	}
	return a
}

// mark gives the feature of a view and its parts: FNV-1a, so that a model is the same everywhere.
func mark(v view, parts ...string) feature {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (uint64(offset) ^ uint64(v)) * prime
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * prime
		}
		h *= prime // the parts end somewhere
	}
	return feature(h)
}

// reach is how many words after a negation it still turns round.
const reach = 3

// see calls a function with every feature of a text.
func (a *analyzer) see(text, lang string, each func(view, feature)) {
	words := lexis.Fold(text)
	for i, w := range words {
		words[i] = a.known.repair(w)
	}
	stems := lexis.Stems(words, lang)
	for i, s := range stems {
		each(viewStem, mark(viewStem, s))
		if i > 0 {
			each(viewPair, mark(viewPair, stems[i-1], s))
		}
	}
	var bounded []byte
	for _, w := range words {
		bounded = append(append(append(bounded[:0], '^'), w...), '$')
		for n := 3; n <= 5; n++ {
			for i := 0; i+n <= len(bounded); i++ {
				each(viewLetters, mark(viewLetters, string(bounded[i:i+n])))
			}
		}
	}
	a.meanings(words, each)
	if len(words) <= 4 {
		each(viewWhole, mark(viewWhole, words...))
	}
	each(viewLength, mark(viewLength, string(rune('0'+lengthClass(len(words))))))
	if len(words) > 0 {
		each(viewFirst, mark(viewFirst, words[0]))
	}
}

// Concepts gives the concepts of the lexicon that are in a text, from left to right.
func (m *Model) Concepts(text string) []string {
	words := lexis.Fold(text)
	for i, w := range words {
		words[i] = m.an.known.repair(w)
	}
	var out []string
	for _, f := range m.an.concepts.in(words) {
		out = append(out, m.an.concepts.names[f.concept])
	}
	return out
}

// meanings are the features of what the lexicon knows.
func (a *analyzer) meanings(words []string, each func(view, feature)) {
	all := a.concepts.in(words)
	before := ""
	var notAt []int
	for _, f := range all {
		if f.concept == a.not {
			notAt = append(notAt, f.from)
		}
	}
	var marked []string
	for _, f := range all {
		name := a.concepts.names[f.concept]
		if f.concept != a.not && slices.ContainsFunc(notAt, func(at int) bool {
			// English says not before, French pas after the verb.
			return at < f.from && f.from-at <= reach || at >= f.to && at-f.to < 1
		}) {
			name = "not " + name
			each(viewNegated, mark(viewNegated, name))
		}
		each(viewConcept, mark(viewConcept, name))
		if before != "" {
			each(viewConcepts, mark(viewConcepts, "then", before, name))
		}
		before = name
		marked = append(marked, name)
	}
	slices.Sort(marked)
	marked = slices.Compact(marked)
	for i := range marked {
		for j := i + 1; j < len(marked); j++ {
			each(viewConcepts, mark(viewConcepts, "with", marked[i], marked[j]))
		}
	}
}

func lengthClass(n int) int {
	switch {
	case n <= 3:
		return n
	case n <= 5:
		return 4
	case n <= 8:
		return 5
	case n <= 14:
		return 6
	}
	return 7
}

// vector is a text as the weights of the features that are known, of length 1.
type vector []weighed

type weighed struct {
	at     int32
	weight float32
}

// normalize brings a vector to length 1, together with what is not in it (a sum of squares).
func (v vector) normalize(more float32) {
	sum := float64(more)
	for _, w := range v {
		sum += float64(w.weight) * float64(w.weight)
	}
	if sum == 0 {
		return
	}
	by := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i].weight *= by
	}
}
