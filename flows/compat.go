package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference says how much a step differs between two versions of a book, as somebody feels it
// who stands there.
type Difference string

// The differences, the smallest first.
const (
	Same     Difference = "same"
	Reworded Difference = "reworded" // other texts, labels, phrases or order; everything leads where it did
	Changed  Difference = "changed"  // something means, leads to or remembers something else
	Gone     Difference = "gone"     // there is no such step
)

// Change compares a step at which people wait with the one of the same name in another version.
type Change struct {
	Place      Place
	Difference Difference
	// Reasons say what differs, each in a line; none for Same.
	Reasons []string
}

// Movable says whether somebody who stands there could be moved to the other version and would
// meet nothing but other words.
func (c Change) Movable() bool { return c.Difference == Same || c.Difference == Reworded }

// Compare tells for each step of the old book at which people wait whether somebody who stands
// there could go on in the new one. What counts is all that can happen up to the next question:
// the step itself, the lines of always that are open there, the steps that are passed on the way.
func Compare(old, new *Book) []Change {
	var out []Change
	for _, name := range slices.Sorted(maps.Keys(old.flows)) {
		for _, st := range old.flows[name].stepList {
			if _, waits := st.body.(waiter); waits {
				out = append(out, compareStep(old, new, st.Place))
			}
		}
	}
	return out
}

func compareStep(old, new *Book, p Place) Change {
	c := Change{Place: p, Difference: Same}
	if new.step(p) == nil {
		return Change{p, Gone, []string{"there is no step " + p.String()}}
	}
	langs := old.languageCodes()
	before, after := outlookOf(old, p, langs), outlookOf(new, p, langs)
	c.Reasons = before.meaning.differences(after.meaning)
	for _, l := range langs {
		if !new.HasLanguage(l) {
			c.Reasons = append(c.Reasons, fmt.Sprintf("the language %s is gone", l))
		}
	}
	if len(c.Reasons) > 0 {
		c.Difference = Changed
	} else if c.Reasons = before.words.differences(after.words); len(c.Reasons) > 0 {
		c.Difference = Reworded
	}
	return c
}

func (b *Book) languageCodes() []string {
	var codes []string
	for _, l := range b.languages {
		codes = append(codes, l.Code)
	}
	return codes
}

// outlook is what lies before somebody at a step, up to the next question.
type outlook struct {
	b     *Book
	langs []string
	// meaning is what happens; words is how it is said and written.
	meaning, words lines
	walked         map[string]bool
}

// lines are named statements, in the order in which they were made.
type lines struct {
	order []string
	by    map[string]statement
}

// statement is what is said of one thing, such as a choice.
type statement struct {
	text string
	// passing: it is about a step that is only reached when the others lead there.
	passing bool
}

func (l *lines) add(name, text string, passing bool) {
	if l.by == nil {
		l.by = map[string]statement{}
	}
	if _, ok := l.by[name]; !ok {
		l.order = append(l.order, name)
		l.by[name] = statement{text, passing}
	}
}

// differences tells what was dropped, changed or added. A step that is passed in only one of
// two versions is no news: what led there is.
func (l lines) differences(now lines) []string {
	var out []string
	for _, name := range l.order {
		was, is := l.by[name], now.by[name]
		if _, ok := now.by[name]; !ok {
			if !was.passing {
				out = append(out, name+" is gone")
			}
			continue
		}
		switch {
		case was.text == is.text:
		case strings.Contains(was.text+is.text, "\n"):
			out = append(out, name+" changed")
		default:
			out = append(out, fmt.Sprintf("%s: %s, was %s", name, is.text, was.text))
		}
	}
	for _, name := range now.order {
		if _, ok := l.by[name]; !ok && !now.by[name].passing {
			out = append(out, name+" is new")
		}
	}
	return out
}

// outlookOf looks from a step. A step of a piece is looked at from every way of getting there.
func outlookOf(b *Book, p Place, langs []string) *outlook {
	o := &outlook{b: b, langs: langs, walked: map[string]bool{}}
	for _, callers := range b.callersOf(p.Flow, nil) {
		o.waiting(b.step(p), callers)
		root := p.Flow
		if len(callers) > 0 {
			root = callers[0].Flow
		}
		f := b.flows[root]
		for _, name := range f.order {
			o.jump(f, f.always[name])
		}
	}
	return o
}

// callersOf gives every chain of call steps, outermost first, by which a flow is walked. A tree
// of its own has the empty chain.
func (b *Book) callersOf(flow string, inner []Place) [][]Place {
	if b.flows[flow].audience != "" {
		return [][]Place{inner}
	}
	var out [][]Place
	for _, name := range slices.Sorted(maps.Keys(b.flows)) {
		for _, st := range b.flows[name].stepList {
			if c, ok := st.body.(*callBody); ok && c.flow == flow {
				out = append(out, b.callersOf(name, append([]Place{st.Place}, inner...))...)
			}
		}
	}
	return out
}
