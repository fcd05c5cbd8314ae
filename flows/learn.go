package flows

import (
	"slices"
	"strings"
)

// Learn notes what somebody told beside the tree, such as in a window with several fields: the place
// in the tree stays, and a move back from here does not know of it. What does not fit the kind of its
// fact is left out, as is a fact the book has not. It gives the lines of what is new, in the order of
// the book, with the facts that have no label left out; and what these add to the problem that a
// ticket is about, or "".
func (b *Book) Learn(s Session, told map[string]string) (_ Session, lines []FactLine, problem string) {
	r := &run{b: b, s: s}
	r.s.State = s.clone()
	for _, name := range b.factOrder {
		f := b.facts[name]
		value, ok := f.accepts(told[name])
		if !ok || r.s.Facts[name] == value {
			continue
		}
		if f.subject && r.s.Facts[name] == "" {
			problem += " " + value
		}
		r.set([]assign{{name, value}})
		if !f.label.empty() {
			lines = append(lines, r.factLine(f))
		}
	}
	return r.s, lines, problem
}

// Join puts lines among those that a ticket has, in place of what it knew of the same facts, in the
// order of the book. Facts of another version of the book come last.
func (b *Book) Join(lines, more []FactLine) []FactLine {
	at := func(l FactLine) int {
		if i := slices.Index(b.factOrder, l.Fact); i >= 0 {
			return i
		}
		return len(b.factOrder)
	}
	known := func(l FactLine) bool {
		return slices.ContainsFunc(more, func(m FactLine) bool { return m.Fact == l.Fact })
	}
	out := append(slices.DeleteFunc(slices.Clone(lines), known), more...)
	slices.SortStableFunc(out, func(a, b FactLine) int { return at(a) - at(b) })
	return out
}

// accepts gives a value in the form in which it is kept, if it can be one of the fact's.
func (f *fact) accepts(text string) (string, bool) {
	switch f.kind {
	case factEmail:
		return findEmail(text)
	case factName:
		text = cut(strings.Join(strings.Fields(text), " "), maxName)
	case factText:
		text = cut(strings.TrimSpace(text), maxText)
	default:
		return text, slices.Contains(f.values, text)
	}
	return text, text != ""
}
