package classify

import "unicode/utf8"

// repairs mend words that are one letter away from a known one: left out, put in, exchanged, or
// swapped with its neighbour. Words of five letters and more have a known word near them often
// enough; shorter ones would become other words.
type repairs struct {
	words map[string]int    // known words, with how often they are used
	near  map[string]string // what is left of a known word without one letter → the word
}

const repairFrom = 5

func newRepairs() *repairs { return &repairs{words: map[string]int{}, near: map[string]string{}} }

func (r *repairs) learn(w string) { r.words[w]++ }

// finish makes the words that were learned findable.
func (r *repairs) finish() {
	for w, n := range r.words {
		if len(w) < repairFrom {
			continue
		}
		without(w, func(less string) {
			if old, ok := r.near[less]; !ok || n > r.words[old] || n == r.words[old] && w < old {
				r.near[less] = w
			}
		})
	}
}

// repair gives the known word that a word stands for, or the word itself.
func (r *repairs) repair(w string) string {
	if len(w) < repairFrom || r.words[w] > 0 {
		return w
	}
	if known, ok := r.near[w]; ok { // a letter was left out
		return known
	}
	best := w
	without(w, func(less string) {
		if r.words[less] > 0 && len(less) >= repairFrom-1 && best == w { // a letter was put in
			best = less
		} else if known, ok := r.near[less]; ok && best == w { // exchanged or swapped
			best = known
		}
	})
	return best
}

// without calls a function with a word without each of its letters in turn.
func without(w string, each func(string)) {
	for i, ch := range w {
		n := utf8.RuneLen(ch)
		if n < 1 {
			continue
		}
		each(w[:i] + w[min(len(w), i+n):])
	}
}
