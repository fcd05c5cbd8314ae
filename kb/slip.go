package kb

// shortest is the length in letters from which a word is taken for a slip of another: shorter ones
// have too many honest neighbours.
const shortest = 4

// prepareSlips notes for every word what it looks like with one letter left out. Two words that
// are one edit apart have such a form in common, or one is such a form of the other.
func (x *index) prepareSlips() {
	for w := range x.spelled {
		if len(w) < shortest {
			continue
		}
		x.slips[w] = append(x.slips[w], w)
		shortened(w, func(s string) { x.slips[s] = append(x.slips[s], w) })
	}
}

// shortened calls f with every form of a word that lacks one letter, each once. Folded words are
// plain letters, of one byte each in English and French; in others a form may be broken, which
// finds nothing and harms nothing.
func shortened(w string, f func(string)) {
	for i := range w {
		if i > 0 && w[i] == w[i-1] {
			continue
		}
		f(w[:i] + w[i+1:])
	}
}

// mend gives the term that a word with a slip was likely meant to be: the most usual of the words
// one edit away.
func (x *index) mend(w string) (best term, ok bool) {
	if len(w) < shortest {
		return 0, false
	}
	most := 0
	better := func(known string) {
		t := x.spelled[known]
		n := len(x.postings[t])
		if n < most || n == most && ok && t >= best || !oneEdit(w, known) {
			return
		}
		best, most, ok = t, n, true
	}
	look := func(form string) {
		for _, known := range x.slips[form] {
			better(known)
		}
	}
	look(w)
	shortened(w, look)
	return best, ok
}

// oneEdit says whether one letter was left out, added, replaced, or two neighbours changed places.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return a == b
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
