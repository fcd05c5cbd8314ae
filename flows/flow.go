package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// flow is one decision tree, or a piece that trees call.
type flow struct {
	name     string
	at       spot
	title    Text
	audience string // who begins here; empty for a piece that is only called
	begin    *target
	always   map[string]*jump
	order    []string // the names of always, as they stand in the file
	steps    map[string]*step
	stepList []*step // as they stand in the file
}

// jump is a line of `always`: a way that is open at every step.
type jump struct {
	name    string
	at      spot
	label   Text
	intents []string
	phrases map[string][]Phrase
	cond    condition
	to      *target
}

// target is where a `go` leads.
type target struct {
	at   spot
	text string
	flow string // the flow it stands in
	Place
}

// step is one node of a flow.
type step struct {
	Place
	at   spot
	kind string
	set  []assign
	// gives are the things promises speak of: advice, an offer, a warning.
	gives []string
	body  body
}

// road is one way out of a step.
type road struct {
	to *target
}

// flowFields adds the readers of a flow's lines. It gives nil when the file is not a flow.
func (s *source) flowFields(top *yaml.Node, readers map[string]func(_, v *yaml.Node)) *flow {
	if top.Kind != yaml.MappingNode {
		return nil
	}
	f := &flow{at: s.spot(top), always: map[string]*jump{}, steps: map[string]*step{}}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == "flow" {
			f.at = s.spot(top.Content[i])
			f.name = s.id(top.Content[i+1], "the flow's name")
		}
	}
	if f.name == "" {
		return nil
	}
	if old, ok := s.b.flows[f.name]; ok {
		s.b.failAt(f.at, "the flow %q stands at %s already", f.name, old.at)
	}
	s.b.flows[f.name] = f
	readers["flow"] = func(_, _ *yaml.Node) {}
	readers["title"] = func(_, v *yaml.Node) { f.title = s.text(v, "the title") }
	readers["for"] = func(_, v *yaml.Node) { f.audience = s.id(v, "who the flow is for") }
	readers["begin"] = func(_, v *yaml.Node) { f.begin = s.target(f, v) }
	readers["always"] = func(_, v *yaml.Node) { s.readAlways(f, v) }
	readers["steps"] = func(_, v *yaml.Node) { s.readSteps(f, v) }
	return f
}

func (s *source) finishFlow(f *flow) {
	if f.begin == nil {
		s.b.failAt(f.at, "the flow %q needs `begin`: the name of its first step", f.name)
	}
	if len(f.steps) == 0 {
		s.b.failAt(f.at, "the flow %q has no `steps`", f.name)
	}
	if f.title.empty() {
		s.b.failAt(f.at, "the flow %q needs a `title`", f.name)
	}
	if f.audience == "" {
		if len(f.always) > 0 {
			s.b.failAt(f.at, "the flow %q has no `for:`, so it cannot have `always`: that of the calling tree holds", f.name)
		}
		return
	}
	for _, name := range []string{JumpPerson, JumpWorks, JumpDisabled, jumpStuck} {
		j, ok := f.always[name]
		if !ok {
			s.b.failAt(f.at, "`always` of %q needs a line %q", f.name, name)
			continue
		}
		if !j.cond.empty() {
			s.b.failAt(j.at, "%q must be possible always, so it cannot have a condition", name)
		}
	}
}

func (s *source) readAlways(f *flow, n *yaml.Node) {
	for _, p := range s.pairs(n, "always") {
		j := &jump{name: s.id(p.key, "the name"), at: s.spot(p.key), phrases: map[string][]Phrase{}}
		readers := map[string]func(_, v *yaml.Node){
			"label":   func(_, v *yaml.Node) { j.label = s.label(v) },
			"intent":  func(_, v *yaml.Node) { j.intents = s.intentNames(v) },
			"phrases": func(_, v *yaml.Node) { j.phrases = s.phrases(v, "phrases") },
			"go":      func(_, v *yaml.Node) { j.to = s.target(f, v) },
		}
		s.conditionFields(&j.cond, readers)
		s.fields(p.value, "a line of always", readers)
		if j.to == nil {
			s.fail(p.key, "%q needs `go`", j.name)
			continue
		}
		builtIn := map[string]string{JumpPerson: intentPerson, JumpWorks: intentWorks, JumpDisabled: intentDisabled, jumpStuck: ""}
		if in, ok := builtIn[j.name]; ok {
			if in != "" {
				j.intents = append(j.intents, in)
			}
		} else if j.label.empty() || len(j.intents)+len(j.phrases) == 0 {
			s.fail(p.key, "%q needs a `label` and an `intent`", j.name)
		}
		f.always[j.name] = j
		f.order = append(f.order, j.name)
	}
}

func (s *source) intentNames(n *yaml.Node) []string {
	var out []string
	for _, c := range s.list(n, "intent") {
		at, name := s.spot(c), c.Value
		s.b.later = append(s.b.later, func() { s.b.needIntent(at, name) })
		out = append(out, name)
	}
	return out
}

func (s *source) target(f *flow, n *yaml.Node) *target {
	t := &target{at: s.spot(n), text: s.scalar(n, "go"), flow: f.name}
	if t.text != "" {
		s.b.later = append(s.b.later, func() { s.b.resolve(t) })
	}
	return t
}

// resolve finds the step a `go` names: one of its own file, flow/step, or a flow's first step.
func (b *builder) resolve(t *target) {
	name, stepName, slashed := strings.Cut(t.text, "/")
	own := b.flows[t.flow]
	if !slashed {
		if _, ok := own.steps[t.text]; ok {
			t.Place = Place{t.flow, t.text}
			return
		}
	}
	f, ok := b.flows[name]
	if !ok {
		known := slices.Collect(maps.Keys(own.steps))
		b.failAt(t.at, "there is no step %q in this flow%s", t.text, nearest(t.text, known))
		return
	}
	if f.name != t.flow && f.audience == "" {
		b.failAt(t.at, "%q is a piece of a tree: it can be called (`call: %s`), not gone to", f.name, f.name)
		return
	}
	if !slashed {
		if f.begin == nil {
			return
		}
		stepName = f.begin.text
	}
	if _, ok := f.steps[stepName]; !ok {
		b.failAt(t.at, "there is no step %q in the flow %q%s", stepName, f.name,
			nearest(stepName, slices.Collect(maps.Keys(f.steps))))
		return
	}
	t.Place = Place{f.name, stepName}
}

func (s *source) readSteps(f *flow, n *yaml.Node) {
	for _, p := range s.pairs(n, "steps") {
		st := &step{Place: Place{f.name, s.id(p.key, "the step's name")}, at: s.spot(p.key)}
		if _, ok := s.b.flows[st.Step]; ok && st.Step != f.name {
			s.fail(p.key, "a step cannot have the name of a flow (%s)", st.Step)
		}
		if p.value.Kind != yaml.MappingNode {
			s.fail(p.value, "the step %q should be lines of the form `name: …`", st.Step)
			continue
		}
		k := kindOf(p.value)
		if k == nil {
			s.fail(p.key, "the step %q has no kind: it needs one of %s", st.Step, kindNames())
			continue
		}
		st.kind = k.name
		readers := map[string]func(_, v *yaml.Node){
			"set": func(_, v *yaml.Node) { st.set = s.sets(v) },
			"gives": func(_, v *yaml.Node) {
				for _, c := range s.list(v, "gives") {
					st.gives = append(st.gives, s.id(c, "what is given"))
				}
			},
		}
		st.body = k.read(s, f, st, p, readers)
		f.steps[st.Step] = st
		f.stepList = append(f.stepList, st)
	}
}

// checkRoads looks at the finished trees: every step can be reached, every call is answered,
// no flow calls itself.
func (b *builder) checkRoads() {
	reached := map[Place]bool{}
	var walk func(p Place)
	walk = func(p Place) {
		if reached[p] || p == (Place{}) {
			return
		}
		reached[p] = true
		st := b.flows[p.Flow].steps[p.Step]
		for _, r := range st.body.roads() {
			walk(r.to.Place)
		}
		if c, ok := st.body.(*callBody); ok {
			walk(b.flows[c.flow].begin.Place)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.flows)) {
		f := b.flows[name]
		b.checkCalls(f, nil)
		if f.audience == "" {
			continue
		}
		walk(f.begin.Place)
		for _, j := range f.always {
			walk(j.to.Place)
		}
	}
	if len(b.rootFlows()) == 0 {
		b.failAt(spot{file: "."}, "no flow has `for:`, so nobody can begin anywhere")
	}
	for _, f := range b.flows {
		for _, st := range f.stepList {
			if !reached[st.Place] {
				b.failAt(st.at, "nothing leads to the step %q", st.Step)
			}
		}
	}
}

func (b *builder) checkCalls(f *flow, callers []string) {
	if slices.Contains(callers, f.name) {
		b.failAt(f.at, "the flow %q calls itself (%s)", f.name, strings.Join(append(callers, f.name), " → "))
		return
	}
	for _, st := range f.stepList {
		if c, ok := st.body.(*callBody); ok {
			b.checkCalls(b.flows[c.flow], append(callers, f.name))
		}
	}
}

// rootFlows gives the names of the flows people can begin in, sorted.
func (b *Book) rootFlows() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(b.flows)) {
		if b.flows[name].audience != "" {
			out = append(out, name)
		}
	}
	return out
}

// step gives the step at a place, nil when there is none.
func (b *Book) step(p Place) *step {
	if f, ok := b.flows[p.Flow]; ok {
		return f.steps[p.Step]
	}
	return nil
}

func (st *step) String() string { return fmt.Sprintf("%s (%s)", st.Place, st.kind) }
