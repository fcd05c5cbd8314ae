package flows

import "go.yaml.in/yaml/v4"

// resolvedBody is the kind `resolved`: the happy end.
type resolvedBody struct {
	text Text
}

func readResolved(s *source, _ *flow, _ *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	rb := &resolvedBody{}
	readers["resolved"] = func(_, v *yaml.Node) { rb.text = s.text(v, "resolved") }
	s.fields(p.value, "a step of the kind resolved", readers)
	return rb
}

func (rb *resolvedBody) roads() []road { return nil }

func (rb *resolvedBody) enter(r *run, _ *step) (Place, bool) {
	r.s.Outcome, r.s.Queue, r.s.Callers = OutcomeResolved, "", nil
	r.event(Event{Kind: Settled, Text: r.render(rb.text)})
	return Place{}, true
}
