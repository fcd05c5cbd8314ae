package flows

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// askBody is the kind `ask`: a question with choices.
type askBody struct {
	text    Text
	fact    string // remembers the chosen id
	tried   Text   // what the ticket says of the instruction; empty: nothing
	choices []*choice
}

func readAsk(s *source, f *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	a := &askBody{}
	readers["ask"] = func(_, v *yaml.Node) { a.text = s.text(v, "the question") }
	readers["tried"] = func(_, v *yaml.Node) { a.tried = s.text(v, "tried") }
	readers["choices"] = func(_, v *yaml.Node) { a.choices = s.choices(f, v) }
	readers["fact"] = func(_, v *yaml.Node) {
		a.fact = s.scalar(v, "fact")
		at := s.spot(v)
		s.b.factUse(at, a.fact, nil)
		s.b.later = append(s.b.later, func() { s.b.choiceValues(a, at) })
	}
	s.fields(p.value, "a step of the kind ask", readers)
	if len(a.choices) == 0 {
		s.fail(p.key, "the step %q needs `choices`", st.Step)
	}
	return a
}

// choiceValues checks that the ids of the choices are values of the fact, and lends the fact
// the choices' labels where it has no words of its own.
func (b *builder) choiceValues(a *askBody, at spot) {
	f, ok := b.facts[a.fact]
	if !ok {
		return
	}
	for _, c := range a.choices {
		if !slices.Contains(f.values, c.id) {
			b.failAt(c.at, "the choice %q is not a value of the fact %q%s", c.id, a.fact, nearest(c.id, f.values))
			continue
		}
		if _, ok := f.says[c.id]; !ok {
			f.says[c.id] = c.label
		}
	}
}

func (a *askBody) roads() []road { return choiceRoads(a.choices) }

func (a *askBody) enter(r *run, st *step) (Place, bool) {
	if r.givenTooOften(st) {
		return r.stuckPlace(), false
	}
	a.put(r, st)
	return Place{}, true
}

func (a *askBody) put(r *run, _ *step) {
	if r.replaying {
		return
	}
	r.event(Event{Kind: Asked, Text: r.render(a.text), Choices: a.offers(r)})
}

func (a *askBody) offers(r *run) []Choice { return buttons(r, a.choices) }

func (a *askBody) options(b *Book, s *Session, _ *step) []Option {
	return choiceOptions(b, s, a.choices)
}

func (a *askBody) take(r *run, st *step, m Move) (Place, bool) {
	c := findChoice(a.choices, m.ID)
	if m.Kind != Choose || c == nil {
		return Place{}, false
	}
	if a.fact != "" {
		r.set([]assign{{a.fact, c.id}})
	}
	r.set(c.set)
	if !a.tried.empty() {
		r.s.Tried = append(r.s.Tried, Tried{st.Place, c.id})
	}
	return c.to.Place, true
}
