package flows

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"
)

// factKind says how a fact that is not one of a few words is asked for and checked.
type factKind string

const (
	factValues factKind = ""      // one of the fact's values
	factEmail  factKind = "email" // an e-mail address
	factName   factKind = "name"  // one short line
	factText   factKind = "text"  // some lines
)

// fact is something that can be known about the person or the problem.
type fact struct {
	name    string
	at      spot
	kind    factKind
	values  []string
	label   Text // empty: not shown in a ticket
	says    map[string]Text
	keep    bool // survives "start over"
	subject bool // part of which problem a ticket is about
	firm    bool // taken back only by a reading that is certain, or confirmed
}

func (s *source) readFacts(_, n *yaml.Node) {
	for _, p := range s.pairs(n, "facts") {
		name := s.id(p.key, "the fact")
		if old, ok := s.b.facts[name]; ok {
			s.fail(p.key, "the fact %q stands at %s already", name, old.at)
			continue
		}
		f := &fact{name: name, at: s.spot(p.key), says: map[string]Text{}}
		s.fields(p.value, "a fact", map[string]func(_, v *yaml.Node){
			"label":   func(_, v *yaml.Node) { f.label = s.text(v, "the label") },
			"keep":    func(_, v *yaml.Node) { f.keep = s.boolean(v, "keep") },
			"subject": func(_, v *yaml.Node) { f.subject = s.boolean(v, "subject") },
			"firm":    func(_, v *yaml.Node) { f.firm = s.boolean(v, "firm") },
			"kind": func(_, v *yaml.Node) {
				f.kind = factKind(s.scalar(v, "the kind"))
				if !slices.Contains([]factKind{factEmail, factName, factText}, f.kind) {
					s.fail(v, "a fact's kind is email, name or text")
				}
			},
			"values": func(_, v *yaml.Node) {
				for _, c := range s.list(v, "values") {
					f.values = append(f.values, c.Value)
				}
			},
			"says": func(_, v *yaml.Node) {
				for _, c := range s.pairs(v, "says") {
					f.says[c.key.Value] = s.text(c.value, "the words for "+c.key.Value)
				}
			},
		})
		if (f.kind == factValues) == (len(f.values) == 0) {
			s.fail(p.key, "the fact %q needs either `values` or a `kind`", name)
		}
		for _, v := range slices.Sorted(maps.Keys(f.says)) {
			if !slices.Contains(f.values, v) {
				s.fail(p.key, "`says` has words for %q, which is not a value of %q", v, name)
			}
		}
		s.b.facts[name] = f
		s.b.factOrder = append(s.b.factOrder, name)
	}
}

// condition is what a branch or an always line asks of the facts. The zero condition holds.
type condition struct {
	when    []allowed
	unless  []allowed
	known   []string
	unknown []string
}

// allowed is a fact with the values it may have.
type allowed struct {
	fact   string
	values []string
}

func (a allowed) allows(facts map[string]string) bool {
	return slices.Contains(a.values, facts[a.fact])
}

func (c condition) holds(facts map[string]string) bool {
	for _, a := range c.when {
		if !a.allows(facts) {
			return false
		}
	}
	for _, a := range c.unless {
		if a.allows(facts) {
			return false
		}
	}
	for _, k := range c.known {
		if facts[k] == "" {
			return false
		}
	}
	for _, k := range c.unknown {
		if facts[k] != "" {
			return false
		}
	}
	return true
}

// facts are the facts a condition asks about.
func (c condition) facts() []string {
	out := append(slices.Clone(c.known), c.unknown...)
	for _, a := range c.when {
		out = append(out, a.fact)
	}
	for _, a := range c.unless {
		out = append(out, a.fact)
	}
	return out
}

func (c condition) empty() bool {
	return len(c.when)+len(c.unless)+len(c.known)+len(c.unknown) == 0
}

// conditionFields adds the readers of a condition to those of a line.
func (s *source) conditionFields(c *condition, readers map[string]func(_, v *yaml.Node)) {
	readers["when"] = func(_, v *yaml.Node) { c.when = s.allowed(v, "when") }
	readers["unless"] = func(_, v *yaml.Node) { c.unless = s.allowed(v, "unless") }
	readers["known"] = func(_, v *yaml.Node) { c.known = s.factNames(v) }
	readers["unknown"] = func(_, v *yaml.Node) { c.unknown = s.factNames(v) }
}

func (s *source) allowed(n *yaml.Node, what string) []allowed {
	var out []allowed
	for _, p := range s.pairs(n, what) {
		a := allowed{fact: p.key.Value}
		s.b.factUse(s.spot(p.key), p.key.Value, nil)
		for _, v := range s.list(p.value, "the value") {
			a.values = append(a.values, v.Value)
			s.b.factUse(s.spot(v), p.key.Value, &v.Value)
		}
		out = append(out, a)
	}
	return out
}

func (s *source) factNames(n *yaml.Node) []string {
	var out []string
	for _, c := range s.list(n, "the list of facts") {
		out = append(out, c.Value)
		s.b.factUse(s.spot(c), c.Value, nil)
	}
	return out
}

// assign sets a fact; an empty value forgets it.
type assign struct{ fact, value string }

func (s *source) sets(n *yaml.Node) []assign {
	var out []assign
	for _, p := range s.pairs(n, "set") {
		v := ""
		if p.value.Tag != "!!null" {
			v = s.scalar(p.value, "the value")
		}
		out = append(out, assign{p.key.Value, v})
		if v == "" {
			s.b.factUse(s.spot(p.key), p.key.Value, nil)
		} else {
			s.b.factUse(s.spot(p.value), p.key.Value, &v)
		}
	}
	return out
}

// factUse notes that a file names a fact, or one of its values; checked when all files are read.
func (b *builder) factUse(at spot, name string, value *string) {
	b.later = append(b.later, func() {
		f, ok := b.facts[name]
		if !ok {
			b.failAt(at, "there is no fact %q%s", name, nearest(name, slices.Collect(maps.Keys(b.facts))))
			return
		}
		if value != nil && f.kind == factValues && !slices.Contains(f.values, *value) {
			b.failAt(at, "the fact %q has no value %q%s", name, *value, nearest(*value, f.values))
		}
	})
}
