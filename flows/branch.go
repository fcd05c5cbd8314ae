package flows

import "go.yaml.in/yaml/v4"

// branchBody is the kind `branch`: goes where the known facts tell.
type branchBody struct {
	ways []way
}

// way is one line of a branch.
type way struct {
	cond condition
	to   *target
}

func readBranch(s *source, f *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	bb := &branchBody{}
	readers["branch"] = func(_, v *yaml.Node) {
		if v.Kind != yaml.SequenceNode {
			s.fail(v, "branch should be a list of lines `- {when: …, go: …}`")
			return
		}
		for i, n := range v.Content {
			w := way{}
			fields := map[string]func(_, v *yaml.Node){
				"go": func(_, v *yaml.Node) { w.to = s.target(f, v) },
			}
			s.conditionFields(&w.cond, fields)
			s.fields(n, "a line of a branch", fields)
			if w.to == nil {
				s.fail(n, "a line of a branch needs `go`")
				continue
			}
			if last := i == len(v.Content)-1; w.cond.empty() != last {
				if last {
					s.fail(n, "the last line of a branch has no condition: it is the way when nothing else holds")
				} else {
					s.fail(n, "only the last line of a branch is without a condition")
				}
			}
			bb.ways = append(bb.ways, w)
		}
	}
	s.fields(p.value, "a step of the kind branch", readers)
	if len(bb.ways) == 0 {
		s.fail(p.key, "the step %q needs at least one line", st.Step)
	}
	return bb
}

func (bb *branchBody) roads() []road {
	var out []road
	for _, w := range bb.ways {
		out = append(out, road{w.to})
	}
	return out
}

func (bb *branchBody) enter(r *run, _ *step) (Place, bool) {
	for _, w := range bb.ways {
		if r.holds(w.cond) {
			return w.to.Place, false
		}
	}
	return r.stuckPlace(), false
}
