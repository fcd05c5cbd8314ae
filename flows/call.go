package flows

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"
)

// callBody is the kind `call`: walks through another flow and comes back.
type callBody struct {
	flow  string
	on    map[string]*target
	order []string
	begin *target // the first step of the called flow
}

func readCall(s *source, f *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	c := &callBody{on: map[string]*target{}}
	var at spot
	readers["call"] = func(_, v *yaml.Node) { c.flow, at = s.scalar(v, "call"), s.spot(v) }
	readers["on"] = func(_, v *yaml.Node) {
		for _, line := range s.pairs(v, "on") {
			c.on[line.key.Value] = s.target(f, line.value)
			c.order = append(c.order, line.key.Value)
		}
	}
	s.fields(p.value, "a step of the kind call", readers)
	s.b.later = append(s.b.later, func() { s.b.checkCall(c, at) })
	return c
}

// checkCall compares the ends of the called flow with those the call goes on from.
func (b *builder) checkCall(c *callBody, at spot) {
	f, ok := b.flows[c.flow]
	if !ok {
		b.failAt(at, "there is no flow %q%s", c.flow, nearest(c.flow, slices.Collect(maps.Keys(b.flows))))
		return
	}
	if f.audience != "" {
		b.failAt(at, "%q is a tree of its own (it has `for:`): go to it, it cannot be called", c.flow)
		return
	}
	c.begin = f.begin
	ends := map[string]bool{}
	for _, st := range f.stepList {
		if r, ok := st.body.(*returnBody); ok {
			ends[r.end] = true
		}
	}
	for _, end := range slices.Sorted(maps.Keys(ends)) {
		if _, ok := c.on[end]; !ok {
			b.failAt(at, "`on` does not say where to go on after %q of the flow %q", end, c.flow)
		}
	}
	for _, end := range c.order {
		if !ends[end] {
			b.failAt(c.on[end].at, "the flow %q has no end %q%s", c.flow, end, nearest(end, slices.Collect(maps.Keys(ends))))
		}
	}
	if len(ends) == 0 {
		b.failAt(at, "the flow %q never returns", c.flow)
	}
}

func (c *callBody) roads() []road {
	var out []road
	for _, end := range c.order {
		out = append(out, road{c.on[end]})
	}
	return out
}

func (c *callBody) enter(r *run, st *step) (Place, bool) {
	r.s.Callers = append(r.s.Callers, st.Place)
	return c.begin.Place, false
}

// returnBody is the kind `return`: an end of a called flow.
type returnBody struct {
	end string
}

func readReturn(s *source, f *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	rb := &returnBody{}
	readers["return"] = func(_, v *yaml.Node) { rb.end = s.id(v, "return") }
	s.fields(p.value, "a step of the kind return", readers)
	if f.audience != "" {
		s.fail(p.key, "%q is a tree of its own: it has nowhere to return to", f.name)
	}
	return rb
}

func (rb *returnBody) roads() []road { return nil }

func (rb *returnBody) enter(r *run, _ *step) (Place, bool) {
	last := len(r.s.Callers) - 1
	if last < 0 {
		return r.stuckPlace(), false
	}
	caller := r.b.step(r.s.Callers[last])
	r.s.Callers = r.s.Callers[:last]
	if caller != nil {
		if c, ok := caller.body.(*callBody); ok && c.on[rb.end] != nil {
			return c.on[rb.end].Place, false
		}
	}
	return r.stuckPlace(), false
}
