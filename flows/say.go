package flows

import "go.yaml.in/yaml/v4"

// sayBody is the kind `say`: says something and goes on.
type sayBody struct {
	text Text
	to   *target
}

func readSay(s *source, f *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	sb := &sayBody{}
	readers["say"] = func(_, v *yaml.Node) { sb.text = s.text(v, "say") }
	readers["go"] = func(_, v *yaml.Node) { sb.to = s.target(f, v) }
	s.fields(p.value, "a step of the kind say", readers)
	if sb.to == nil {
		s.fail(p.key, "the step %q needs `go`", st.Step)
	}
	return sb
}

func (sb *sayBody) roads() []road { return []road{{sb.to}} }

func (sb *sayBody) enter(r *run, _ *step) (Place, bool) {
	r.event(Event{Kind: Said, Text: r.render(sb.text)})
	return sb.to.Place, false
}
