package flows

import "slices"

// How a tree is cut into parts, in steps. A part of a dozen cards is a page that can be read;
// below minPart a page of its own costs more turning than it saves, except for a branch of
// the first question, which people look for.
const (
	wholeTree = 22 // up to here it is drawn in one piece
	maxPart   = 15
	minPart   = 6
	minBranch = 3
)

// parts cuts a flow into parts by dominance: a step belongs to the step that every road
// to it comes through.
type parts struct {
	f        *flow
	roots    []*step // where the flow is entered
	children map[*step][]*step
	done     [][]*step
}

// partsOf gives the parts of a flow in reading order: first that of the first step, last what is
// reached only by `always`, which has the always card as its head.
func partsOf(f *flow) [][]Place {
	d := newParts(f)
	var all [][]*step
	var topics []*step
	if len(f.stepList) <= wholeTree {
		all = [][]*step{slices.Clone(f.stepList)}
	} else {
		d.cut(d.roots[0], true)
		all = d.take()
		for _, r := range d.roots[1:] {
			rest := d.remains(r, false)
			if len(rest) >= minPart {
				d.done = append(d.done, rest)
			} else {
				topics = append(topics, rest...)
			}
		}
		all = append(all, d.take()...)
	}
	all = d.adopt(append(all, topics))
	all, topics = all[:len(all)-1], all[len(all)-1]
	out := d.places(d.inOrder(append(d.islands(all[0]), all[1:]...)))
	if len(f.always) == 0 {
		return out
	}
	return append(out, append([]Place{alwaysPlace(f)}, d.places([][]*step{topics})[0]...))
}

// partsBelow gives the parts of what is reached only through a step.
func partsBelow(f *flow, st *step) [][]Place {
	d := newParts(f)
	if group := d.gather(st); len(group) <= wholeTree {
		return d.places([][]*step{group})
	}
	d.cut(st, true)
	return d.places(d.inOrder(d.take()))
}

// take gives the parts made so far, the last one, which holds the beginning, first.
func (d *parts) take() [][]*step {
	all := d.done
	d.done = nil
	slices.Reverse(all)
	return all
}

// inOrder sorts the parts after the first by their heads, as they stand in the file.
func (d *parts) inOrder(all [][]*step) [][]*step {
	slices.SortStableFunc(all[1:], func(a, b []*step) int { return d.index(a[0]) - d.index(b[0]) })
	return all
}

// places names the steps of each part: its head, then the others as they stand in the file.
func (d *parts) places(all [][]*step) [][]Place {
	out := make([][]Place, len(all))
	for i, part := range all {
		if len(part) > 1 {
			slices.SortFunc(part[1:], func(a, b *step) int { return d.index(a) - d.index(b) })
		}
		for _, st := range part {
			out[i] = append(out[i], st.Place)
		}
	}
	return out
}

func newParts(f *flow) *parts {
	d := &parts{f: f, children: map[*step][]*step{}}
	d.roots = []*step{f.steps[f.begin.Step]}
	seen := d.reach(d.roots, nil)
	for _, name := range f.order {
		if at := f.always[name].to.Place; at.Flow == f.name && !seen[f.steps[at.Step]] {
			d.roots = append(d.roots, f.steps[at.Step])
			seen = d.reach(d.roots, nil)
		}
	}
	// What only another tree goes to is a way in too.
	for _, st := range f.stepList {
		if !seen[st] {
			d.roots = append(d.roots, st)
			seen = d.reach(d.roots, nil)
		}
	}
	// A step that can be reached from the first is judged by the roads from there alone: what is
	// possible always would make every step a beginning.
	main := d.reach(d.roots[:1], nil)
	below := map[*step]map[*step]bool{}
	for _, st := range f.stepList {
		fromFirst, fromOthers := d.reach(d.roots[:1], st), d.reach(d.roots[1:], st)
		below[st] = map[*step]bool{}
		for _, other := range f.stepList {
			without := fromOthers
			if main[other] {
				without = fromFirst
			}
			if other != st && main[other] == main[st] && !without[other] {
				below[st][other] = true
			}
		}
	}
	for _, st := range f.stepList {
		var parent *step
		for _, over := range f.stepList {
			if below[over][st] && (parent == nil || below[parent][over]) {
				parent = over
			}
		}
		switch {
		case parent != nil:
			d.children[parent] = append(d.children[parent], st)
		case !slices.Contains(d.roots, st):
			d.roots = append(d.roots, st)
		}
	}
	d.roots = slices.DeleteFunc(d.roots, func(st *step) bool { return d.hasParent(st) })
	return d
}

func (d *parts) hasParent(st *step) bool {
	for _, children := range d.children {
		if slices.Contains(children, st) {
			return true
		}
	}
	return false
}

func (d *parts) index(st *step) int { return slices.Index(d.f.stepList, st) }

// reach gives the steps of the flow that can be reached without passing through one of them.
func (d *parts) reach(from []*step, without *step) map[*step]bool {
	seen := map[*step]bool{}
	var walk func(st *step)
	walk = func(st *step) {
		if st == nil || st == without || seen[st] {
			return
		}
		seen[st] = true
		for _, r := range st.body.roads() {
			if r.to.Flow == d.f.name {
				walk(d.f.steps[r.to.Step])
			}
		}
	}
	for _, st := range from {
		walk(st)
	}
	return seen
}

// gather gives a step and everything below it.
func (d *parts) gather(st *step) []*step {
	out := []*step{st}
	for _, c := range d.children[st] {
		out = append(out, d.gather(c)...)
	}
	return out
}

// cut makes parts of what stands below a step and at last of the rest. Where branches is set,
// each way from the step becomes a part if it is large enough.
func (d *parts) cut(st *step, branches bool) {
	d.done = append(d.done, d.remains(st, branches))
}

// remains cuts the heaviest branches below a step off until the rest makes one part.
func (d *parts) remains(st *step, branches bool) []*step {
	var groups [][]*step
	total := 1
	for _, c := range d.children[st] {
		g := d.remains(c, false)
		groups = append(groups, g)
		total += len(g)
	}
	for {
		heavy := -1
		for i, g := range groups {
			large := len(g) >= minPart || branches && len(g) >= minBranch && leadsTo(st, g[0])
			if large && (heavy < 0 || len(g) > len(groups[heavy])) {
				heavy = i
			}
		}
		if heavy < 0 || !branches && total <= maxPart {
			break
		}
		total -= len(groups[heavy])
		d.done = append(d.done, groups[heavy])
		groups[heavy] = nil
	}
	return append([]*step{st}, slices.Concat(groups...)...)
}

// islands splits off what no road joins to the head of a large part: steps that several of
// the parts cut from it lead to. A road back to the head joins nothing.
func (d *parts) islands(part []*step) [][]*step {
	if len(part) <= maxPart {
		return [][]*step{part}
	}
	home := map[*step]int{}
	for i, st := range part {
		home[st] = i
	}
	for changed := true; changed; {
		changed = false
		for _, st := range part {
			for _, r := range st.body.roads() {
				to := d.f.steps[r.to.Step]
				if _, ok := home[to]; !ok || r.to.Flow != d.f.name || to == part[0] || home[to] == home[st] {
					continue
				}
				home[st] = min(home[st], home[to])
				home[to] = home[st]
				changed = true
			}
		}
	}
	out := [][]*step{nil}
	for i := range part {
		var island []*step
		for _, st := range part {
			if home[st] == i {
				island = append(island, st)
			}
		}
		if i > 0 && len(island) >= minPart {
			out = append(out, island)
		} else {
			out[0] = append(out[0], island...)
		}
	}
	return out
}

func leadsTo(st, to *step) bool {
	return slices.ContainsFunc(st.body.roads(), func(r road) bool { return r.to.Place == to.Place })
}

// adopt moves a step without a neighbour in its part to the part that most roads come from.
// It keeps the number of the parts.
func (d *parts) adopt(all [][]*step) [][]*step {
	home := map[*step]int{}
	for i, part := range all {
		for _, st := range part {
			home[st] = i
		}
	}
	last := len(all) - 1 // the topics: without a head to keep, and home to nothing else
	for range 3 {
		for i, part := range all {
			for k, st := range slices.Clone(part) {
				if k == 0 && i != last {
					continue
				}
				roads := make([]int, len(all))
				for from, at := range home {
					for _, r := range from.body.roads() {
						if from != st && at != last && r.to.Place == st.Place {
							roads[at]++
						}
					}
				}
				best := slices.Index(roads, slices.Max(roads))
				if i != last && roads[i] > 0 || roads[best] == 0 || len(all[best]) >= wholeTree {
					continue
				}
				all[i] = slices.DeleteFunc(all[i], func(s *step) bool { return s == st })
				all[best] = append(all[best], st)
				home[st] = best
			}
		}
	}
	return all
}
