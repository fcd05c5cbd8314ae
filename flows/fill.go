package flows

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// fillBody is the kind `fill`: asks for a fact.
type fillBody struct {
	fact    string
	text    Text
	once    bool
	choices []*choice
	to      *target
}

// Longest answers, in letters: a name is one line, a text what one types on a phone.
const (
	maxName = 120
	maxText = 1000
)

func readFill(s *source, f *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	fb := &fillBody{}
	readers["fill"] = func(_, v *yaml.Node) {
		fb.fact = s.scalar(v, "fill")
		at := s.spot(v)
		s.b.factUse(at, fb.fact, nil)
		s.b.later = append(s.b.later, func() {
			if k, ok := s.b.facts[fb.fact]; ok && k.kind == factValues {
				s.b.failAt(at, "the fact %q has values: ask for it with `ask` and choices", fb.fact)
			}
		})
	}
	readers["ask"] = func(_, v *yaml.Node) { fb.text = s.text(v, "the question") }
	readers["once"] = func(_, v *yaml.Node) { fb.once = s.boolean(v, "once") }
	readers["choices"] = func(_, v *yaml.Node) { fb.choices = s.choices(f, v) }
	readers["go"] = func(_, v *yaml.Node) { fb.to = s.target(f, v) }
	s.fields(p.value, "a step of the kind fill", readers)
	if fb.text.empty() {
		s.fail(p.key, "the step %q needs `ask`: the question", st.Step)
	}
	if fb.to == nil {
		s.fail(p.key, "the step %q needs `go`", st.Step)
	}
	return fb
}

func (f *fillBody) roads() []road { return append(choiceRoads(f.choices), road{f.to}) }

func (f *fillBody) enter(r *run, st *step) (Place, bool) {
	if f.once && r.passOver(f.fact, st.Place.String()) {
		return f.to.Place, false
	}
	if r.givenTooOften(st) {
		return r.stuckPlace(), false
	}
	f.put(r, st)
	return Place{}, true
}

func (f *fillBody) put(r *run, _ *step) {
	if r.replaying {
		return
	}
	r.event(Event{Kind: Asked, Text: r.render(f.text), Choices: f.offers(r)})
}

func (f *fillBody) offers(r *run) []Choice {
	if r.s.Suggest == "" {
		return buttons(r, f.choices)
	}
	words := map[string]string{"suggestion": r.s.Suggest, "typed": r.s.Typed}
	return []Choice{
		{Move: Move{Kind: Choose, ID: ChooseSuggested}.String(), Label: r.word("suggested_yes", words)},
		{Move: Move{Kind: Choose, ID: ChooseTyped}.String(), Label: r.word("suggested_no", words)},
	}
}

func (f *fillBody) options(b *Book, s *Session, _ *step) []Option {
	if s.Suggest != "" {
		words := b.value(s.State, s.Lang, map[string]string{"suggestion": s.Suggest, "typed": s.Typed})
		yes := b.optionOfWord(Move{Kind: Choose, ID: ChooseSuggested}, "suggested_yes", s.Lang, words, "yes")
		no := b.optionOfWord(Move{Kind: Choose, ID: ChooseTyped}, "suggested_no", s.Lang, words, intentNo)
		return []Option{yes, no, f.option(b)}
	}
	return append(choiceOptions(b, s, f.choices), f.option(b))
}

func (f *fillBody) option(b *Book) Option {
	return Option{Move: Move{Kind: Fill}, Here: true, kind: b.facts[f.fact].kind}
}

func (f *fillBody) take(r *run, _ *step, m Move) (Place, bool) {
	if r.s.Suggest != "" {
		suggest, typed := r.s.Suggest, r.s.Typed
		switch {
		case m == Move{Kind: Choose, ID: ChooseSuggested}:
			r.forgetSuggestion()
			r.set([]assign{{f.fact, suggest}})
			return f.to.Place, true
		case m == Move{Kind: Choose, ID: ChooseTyped}:
			r.forgetSuggestion()
			r.set([]assign{{f.fact, typed}})
			return f.to.Place, true
		}
		r.forgetSuggestion()
	}
	if m.Kind == Choose {
		c := findChoice(f.choices, m.ID)
		if c == nil {
			return Place{}, false
		}
		r.set(c.set)
		return c.to.Place, true
	}
	if m.Kind != Fill {
		return Place{}, false
	}
	return f.fill(r, m.Text)
}

// fill checks what was typed. What is not usable is asked again, in words that say why.
func (f *fillBody) fill(r *run, text string) (Place, bool) {
	switch r.b.facts[f.fact].kind {
	case factEmail:
		address, ok := findEmail(text)
		if !ok {
			r.refuse("bad_email")
			return Place{}, true
		}
		if better := suggestEmail(address); better != "" {
			r.s.Suggest, r.s.Typed = better, address
			r.event(Event{
				Kind:    Asked,
				Text:    r.word("suggest_email", map[string]string{"suggestion": better, "typed": address}),
				Choices: f.offers(r),
			})
			return Place{}, true
		}
		text = address
	default:
		var ok bool
		if text, ok = r.b.facts[f.fact].accepts(text); !ok {
			r.refuse("bad_text")
			return Place{}, true
		}
	}
	r.set([]assign{{f.fact, text}})
	return f.to.Place, true
}

// cut shortens a text to n letters, never inside one.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
