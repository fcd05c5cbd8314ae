package flows

import (
	"slices"

	"github.com/agnivade/levenshtein"
)

// spelled is a text ready for comparing in one language.
type spelled struct {
	words, stems []string
	negated      bool
}

// alike compares a text with a phrase: 1 is the same, 0 has nothing in common. It is the share
// of the weight of both that the other side has too (Dice), a little more when the whole phrase
// stands inside a longer text.
func (b *Book) alike(t spelled, ph Phrase, lang string) float64 {
	if slices.Equal(t.words, ph.words) {
		return 1
	}
	var total, shared, phrase float64
	used := make([]bool, len(t.words))
	for i, w := range ph.words {
		weight := b.rarity.of(lang, ph.stems[i])
		total += weight
		phrase += weight
		best, at := 0.0, -1
		for j := range t.words {
			if used[j] {
				continue
			}
			if s := sameWord(t.words[j], t.stems[j], w, ph.stems[i]); s > best {
				best, at = s, j
			}
		}
		if at >= 0 {
			used[at] = true
			shared += weight * best
		}
	}
	rest := 0.0
	for j := range t.words {
		if !used[j] {
			rest += b.rarity.of(lang, t.stems[j])
		}
	}
	dice := 2 * shared / (total + shared + rest)
	if phrase > 0 && shared/phrase > 0.93 && len(ph.words) > 1 {
		// The phrase is there whole; the longer the text beside it, the less it tells.
		dice = max(dice, 0.62+0.3*shared/(shared+rest))
	}
	if t.negated != b.negated(ph.words) {
		dice *= 0.72
	}
	return min(dice, 0.99)
}

// certainty puts a likeness beside the classifier's probabilities: likenesses under 0.3 tell
// nothing, one of 0.58 is right more often than not, one of 0.84 nearly always.
func certainty(likeness float64) float64 {
	if likeness >= 1 {
		return 1
	}
	return min(max((likeness-0.3)/0.58, 0), 0.99)
}

// sameWord says how alike two words are: the same, the same stem, or one or two letters apart
// in a long enough word.
func sameWord(a, aStem, b, bStem string) float64 {
	switch {
	case a == b:
		return 1
	case aStem == bStem:
		return 0.95
	}
	n := min(len(a), len(b))
	if n < 4 || a[0] != b[0] && n < 6 {
		return 0
	}
	allowed := 1
	if n >= 8 {
		allowed = 2
	}
	if max(len(a), len(b))-n > allowed {
		return 0
	}
	if d := levenshtein.ComputeDistance(a, b); d <= allowed {
		return 0.9 - 0.1*float64(d-1)
	}
	return 0
}

// negations are the words that turn a sentence round, in folded form.
var negations = []string{
	"not", "no", "never", "cant", "dont", "doesnt", "didnt", "wont", "isnt", "wasnt", "havent", "hasnt", "arent", "nothing",
	"pas", "jamais", "aucun", "aucune", "rien", "pu", "non", "ni",
}

func (b *Book) negated(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(negations, w) })
}
