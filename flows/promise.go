package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// promise is something a tree's author states about every possible conversation, in a flow
// file under `promises`. [Book.Verify] proves it or shows a conversation that breaks it.
type promise struct {
	at   spot
	text string // as it stands in the file

	// never: a step that gives this, a ticket in this queue, or this end …
	give   string
	ticket string
	end    string
	// … after, or before, a step that gives one of these …
	after  []string
	before []string
	// … while this holds.
	cond condition

	// always: following this line of `always` passes a step that gives one of gives.
	move  string
	gives []string
}

func (s *source) readPromises(_, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		s.fail(n, "promises should be a list of lines `- never: {…}` or `- always: {…}`")
		return
	}
	for _, item := range n.Content {
		p := &promise{at: s.spot(item)}
		s.fields(item, "a promise", map[string]func(_, v *yaml.Node){
			"never":   func(_, v *yaml.Node) { p.text = "never " + flat(v); s.readNever(p, v) },
			"always":  func(_, v *yaml.Node) { p.text = "always " + flat(v); s.readAlwaysPromise(p, v) },
			"because": func(_, v *yaml.Node) { s.scalar(v, "because") },
		})
		if p.text == "" {
			s.fail(item, "a promise needs `never` or `always`")
			continue
		}
		s.b.promises = append(s.b.promises, p)
	}
}

func (s *source) readNever(p *promise, n *yaml.Node) {
	readers := map[string]func(_, v *yaml.Node){
		"give": func(_, v *yaml.Node) { p.give = s.tag(v) },
		"ticket": func(_, v *yaml.Node) {
			if p.ticket = s.scalar(v, "the queue"); p.ticket != QueueSupport && p.ticket != QueueHexpert {
				s.fail(v, "a ticket's queue is %s or %s", QueueSupport, QueueHexpert)
			}
		},
		"end": func(_, v *yaml.Node) {
			if p.end = s.scalar(v, "the end"); p.end != OutcomeResolved && p.end != OutcomeTicket {
				s.fail(v, "an end is %s or %s", OutcomeResolved, OutcomeTicket)
			}
		},
		"after":  func(_, v *yaml.Node) { p.after = s.tags(v) },
		"before": func(_, v *yaml.Node) { p.before = s.tags(v) },
	}
	s.conditionFields(&p.cond, readers)
	s.fields(n, "never", readers)
	if p.give == "" && p.ticket == "" && p.end == "" {
		s.fail(n, "never needs `give`, `ticket` or `end`: what must not happen")
	}
}

func (s *source) readAlwaysPromise(p *promise, n *yaml.Node) {
	s.fields(n, "always", map[string]func(_, v *yaml.Node){
		"move": func(_, v *yaml.Node) {
			at := s.spot(v)
			p.move = s.scalar(v, "the move")
			s.b.later = append(s.b.later, func() {
				for _, name := range s.b.rootFlows() {
					if _, ok := s.b.flows[name].always[p.move]; !ok {
						s.b.failAt(at, "`always` of %q has no line %q", name, p.move)
					}
				}
			})
		},
		"gives": func(_, v *yaml.Node) { p.gives = s.tags(v) },
	})
	if p.move == "" || len(p.gives) == 0 {
		s.fail(n, "always needs `move` and `gives`")
	}
}

// tag reads what a step can give, which some step must.
func (s *source) tag(n *yaml.Node) string {
	name, at := s.id(n, "what is given"), s.spot(n)
	s.b.later = append(s.b.later, func() {
		all := s.b.allTags()
		if !slices.Contains(all, name) {
			s.b.failAt(at, "no step gives %q%s", name, nearest(name, all))
		}
	})
	return name
}

func (s *source) tags(n *yaml.Node) []string {
	var out []string
	for _, c := range s.list(n, "the list") {
		out = append(out, s.tag(c))
	}
	return out
}

// allTags are all the things that steps give, sorted.
func (b *Book) allTags() []string {
	tags := map[string]bool{}
	for _, f := range b.flows {
		for _, st := range f.stepList {
			for _, g := range st.gives {
				tags[g] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(tags))
}

// flat writes a node on one line, for messages.
func flat(n *yaml.Node) string {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value
	case yaml.SequenceNode:
		var parts []string
		for _, c := range n.Content {
			parts = append(parts, flat(c))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		var parts []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, fmt.Sprintf("%s: %s", n.Content[i].Value, flat(n.Content[i+1])))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return ""
}
