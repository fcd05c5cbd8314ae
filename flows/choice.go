package flows

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxLabel is the most letters a button may have: Slack's limit for the text of a button
// (https://docs.slack.dev/reference/block-kit/block-elements/button-element).
const maxLabel = 75

// choice is an answer offered at a step.
type choice struct {
	id      string
	at      spot
	label   Text
	intents []string
	phrases map[string][]Phrase
	set     []assign
	to      *target
}

func (s *source) choices(f *flow, n *yaml.Node) []*choice {
	var out []*choice
	for _, p := range s.pairs(n, "choices") {
		c := &choice{id: s.id(p.key, "the choice"), at: s.spot(p.key), phrases: map[string][]Phrase{}}
		s.fields(p.value, "a choice", map[string]func(_, v *yaml.Node){
			"label":   func(_, v *yaml.Node) { c.label = s.label(v) },
			"intent":  func(_, v *yaml.Node) { c.intents = s.intentNames(v) },
			"phrases": func(_, v *yaml.Node) { c.phrases = s.phrases(v, "phrases") },
			"set":     func(_, v *yaml.Node) { c.set = s.sets(v) },
			"go":      func(_, v *yaml.Node) { c.to = s.target(f, v) },
		})
		if c.label.empty() {
			s.fail(p.key, "the choice %q needs a `label`", c.id)
		}
		if c.to == nil {
			s.fail(p.key, "the choice %q needs `go`: the step it leads to", c.id)
			continue
		}
		out = append(out, c)
	}
	return out
}

func (s *source) label(n *yaml.Node) Text {
	t := s.text(n, "the label")
	for _, p := range s.pairs(n, "the label") {
		if c := utf8.RuneCountInString(p.value.Value); c > maxLabel {
			s.fail(p.value, "the label has %d letters; a button holds %d", c, maxLabel)
		}
	}
	return t
}

func choiceRoads(cs []*choice) []road {
	var out []road
	for _, c := range cs {
		out = append(out, road{c.to})
	}
	return out
}

// options gives the moves of the choices.
func choiceOptions(b *Book, s *Session, cs []*choice) []Option {
	var out []Option
	for _, c := range cs {
		out = append(out, Option{
			Move:    Move{Kind: Choose, ID: c.id},
			Label:   c.label.render(s.Lang, b.value(s.State, s.Lang, nil)),
			Phrases: b.ready[c],
			own:     b.mine[c],
			Intents: c.intents,
			Here:    true,
		})
	}
	return out
}

// optionPhrases gathers by language what people write for a choice: its label, its own
// phrases, those of its intents.
func (b *Book) optionPhrases(label Text, intents []string, own map[string][]Phrase) map[string][]Phrase {
	out := map[string][]Phrase{}
	for _, l := range b.languages {
		if !label.empty() {
			text := label.render(l.Code, b.value(State{}, l.Code, nil))
			if ph := newPhrase(text, l.Code); len(ph.words) > 0 {
				out[l.Code] = append(out[l.Code], ph)
			}
		}
		out[l.Code] = append(out[l.Code], own[l.Code]...)
		for _, in := range intents {
			out[l.Code] = append(out[l.Code], b.intents[in].phrases[l.Code]...)
		}
	}
	return out
}

func findChoice(cs []*choice, id string) *choice {
	for _, c := range cs {
		if c.id == id {
			return c
		}
	}
	return nil
}

// buttons gives what is offered of the choices.
func buttons(r *run, cs []*choice) []Choice {
	var out []Choice
	for _, c := range cs {
		out = append(out, Choice{Move: Move{Kind: Choose, ID: c.id}.String(), Label: r.render(c.label)})
	}
	return out
}

// prepare makes ready the phrases of everything that can be said at a step, once for the
// life of the book.
func (b *Book) prepare() {
	b.ready, b.mine = map[any]map[string][]Phrase{}, map[any]map[string][]Phrase{}
	b.fixed, b.near = map[string]*fixedOptions{}, map[*jump]map[Place]bool{}
	for _, l := range b.languages {
		b.fixed[l.Code] = b.fixedOptions(l.Code)
	}
	for _, f := range b.flows {
		for _, j := range f.always {
			b.near[j] = b.nearby(j.to.Place)
			b.ready[j] = b.optionPhrases(b.jumpLabel(j), j.intents, j.phrases)
			b.mine[j] = b.optionPhrases(b.jumpLabel(j), nil, j.phrases)
		}
		for _, st := range f.stepList {
			for _, c := range stepChoices(st) {
				b.ready[c] = b.optionPhrases(c.label, c.intents, c.phrases)
				b.mine[c] = b.optionPhrases(c.label, nil, c.phrases)
			}
		}
	}
}

// checkChoices finds words that stand for two choices of one step: nobody could tell which is
// meant.
func (b *builder) checkChoices() {
	for _, f := range b.flows {
		for _, st := range f.stepList {
			taken := map[string]*choice{}
			for _, c := range stepChoices(st) {
				for lang, phrases := range b.ready[c] {
					for _, ph := range phrases {
						other, ok := taken[lang+" "+ph.plain]
						if ok && other != c {
							b.failAt(c.at, "%q stands for the choice %q too, by a label, phrases or an intent", ph.Text, other.id)
						}
						taken[lang+" "+ph.plain] = c
					}
				}
			}
		}
	}
}

// stepChoices gives the choices of a step that has any.
func stepChoices(st *step) []*choice {
	switch body := st.body.(type) {
	case *askBody:
		return body.choices
	case *fillBody:
		return body.choices
	}
	return nil
}
