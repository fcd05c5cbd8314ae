package kb

import (
	"hash/fnv"
	"slices"
)

// The questions about something else in words/<lang>.yaml tell two things: how near in meaning is not
// near ([Base.Elsewhere]), and that a question which reads like one of them is not about an article
// that shares a word with it: "Comment faire mes exercices?" is not "Mes exercices ont disparu".

// other is a question about something else.
type other struct {
	stems []gram
	grams []gram
	norm  float64
}

// prepareElsewhere reads the questions about something else. The rarity of their letters is that
// among the questions of the articles.
func (x *index) prepareElsewhere() {
	for _, q := range x.lexicon.elsewhere {
		o := other{stems: x.lexicon.stems(q), grams: grams(fold(q))}
		o.norm = x.grams.norm(o.grams)
		x.others = append(x.others, o)
	}
}

// elsewhere says how alike a question is to one about something else, from 0 to 1: half by its words,
// half by its letters.
func (x *index) elsewhere(stems []gram, letters []gram, norm float64) float64 {
	most := 0.0
	for _, o := range x.others {
		most = max(most, (alikeSets(stems, o.stems)+x.grams.alike(letters, norm, o.grams, o.norm))/2)
	}
	return most
}

// stems gives the words that carry something, without their endings, hashed, sorted and without
// repetitions. Also words that no article uses count.
func (l *lexicon) stems(text string) []gram {
	words := l.words(text)
	for i, w := range words {
		words[i] = l.stem(w)
	}
	return hashed(words)
}

// hashed gives words as numbers, sorted and without repetitions.
func hashed(words []string) []gram {
	all := make([]gram, len(words))
	for i, w := range words {
		h := fnv.New32a()
		h.Write([]byte(w))
		all[i] = h.Sum32()
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// alikeSets is the share of both sets that they have in common (Dice).
func alikeSets(a, b []gram) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	shared := 0
	for range common(a, b) {
		shared++
	}
	return 2 * float64(shared) / float64(len(a)+len(b))
}
