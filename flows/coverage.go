package flows

import (
	"maps"
	"slices"
)

// Coverage counts what played conversations went through.
type Coverage struct {
	b     *Book
	edges []Edge
	took  map[edgeKey]bool
	seen  map[Place]bool
}

// Coverage begins a count at nothing.
func (b *Book) Coverage() *Coverage {
	return &Coverage{b: b, edges: b.Edges(), took: map[edgeKey]bool{}, seen: map[Place]bool{}}
}

// Add counts the steps of a transcript that was played.
func (c *Coverage) Add(t Transcript, steps []Step) {
	if c.b.HasFlow(t.As) && c.b.HasLanguage(t.Lang) {
		s, _ := c.b.Start(t.As, t.Lang, t.Given)
		c.add(c.b.beginning(t.As, s))
	}
	for _, s := range steps {
		c.add(s.trace)
	}
}

func (c *Coverage) add(tr trail) {
	for _, p := range tr.entered {
		c.seen[p] = true
	}
	for _, k := range tr.took {
		c.took[k] = true
	}
}

// Uncovered gives the edges that no conversation took, in the order of [Book.Edges].
func (c *Coverage) Uncovered() []Edge {
	return slices.DeleteFunc(slices.Clone(c.edges), func(e Edge) bool { return c.took[e.key()] })
}

// Unentered gives the steps that no conversation entered, by flow and in the order of its file.
func (c *Coverage) Unentered() []Place {
	var out []Place
	for _, name := range slices.Sorted(maps.Keys(c.b.flows)) {
		for _, st := range c.b.flows[name].stepList {
			if !c.seen[st.Place] {
				out = append(out, st.Place)
			}
		}
	}
	return out
}

// UncoveredKinds gives the kinds of steps of which the book has some, and no conversation
// entered one.
func (c *Coverage) UncoveredKinds() []string {
	missing := map[string]bool{}
	for _, f := range c.b.flows {
		for _, st := range f.stepList {
			missing[st.kind] = true
		}
	}
	for p := range c.seen {
		if st := c.b.step(p); st != nil {
			delete(missing, st.kind)
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

// FlowCoverage is how much of one flow was gone through.
type FlowCoverage struct {
	Flow         string `json:"flow"`
	Steps        int    `json:"steps"`
	StepsCovered int    `json:"steps_covered"`
	Edges        int    `json:"edges"`
	EdgesCovered int    `json:"edges_covered"`
}

// Flows gives the count of each flow, by name.
func (c *Coverage) Flows() []FlowCoverage {
	by := map[string]*FlowCoverage{}
	var out []*FlowCoverage
	for _, name := range slices.Sorted(maps.Keys(c.b.flows)) {
		fc := &FlowCoverage{Flow: name, Steps: len(c.b.flows[name].steps)}
		by[name], out = fc, append(out, fc)
	}
	for p := range c.seen {
		by[p.Flow].StepsCovered++
	}
	for _, e := range c.edges {
		by[e.From.Flow].Edges++
		if c.took[e.key()] {
			by[e.From.Flow].EdgesCovered++
		}
	}
	counts := make([]FlowCoverage, len(out))
	for i, fc := range out {
		counts[i] = *fc
	}
	return counts
}
