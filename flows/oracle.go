package flows

import (
	"maps"
	"slices"
)

// oracle stands for everything an incomplete state does not say. While a session is verified
// only classes of values are told apart, and of no step how often it was put; what the engine
// asks beyond that is answered both ways, one after the other, so that every session of the
// class is walked at once. That is sound: no way a complete session could go is left out. It may add
// ways no complete session takes, since what one turn assumed is forgotten by the next;
// [verifier.replay] tells those apart.
type oracle struct {
	ps     *partitions
	script []int // the answers to give
	arity  []int // how many answers there are to each question asked so far

	// What this turn has assumed so far, so that it does not contradict itself.
	left  map[string][]string // values an untracked fact can still have
	count map[string]int      // counters
	fresh bool                // the counters were cleared in this turn
	own   map[string]bool     // facts the turn has set itself
	// assumed is what was answered about the state the turn began with, in order.
	assumed []assumption
}

// assumption is one answer: the fact has one of the values, the step was put often enough or
// never, or one of both is so.
type assumption struct {
	fact   string
	values []string
	step   string
	often  bool
}

// holds says whether a complete state is as assumed. What to track where it is not, is culprit.
func (a assumption) holds(s State) bool {
	seen := a.step != "" && s.Seen[a.step] > 0
	switch {
	case a.fact == "" && a.often:
		return s.Seen[a.step] >= maxGiven
	case a.fact == "":
		return s.Seen[a.step] < maxGiven
	case a.step != "" && a.often:
		return s.Facts[a.fact] != "" || seen
	case a.step != "":
		return s.Facts[a.fact] == "" && !seen
	}
	value := s.Facts[a.fact]
	return slices.Contains(a.values, value) || value != "" && slices.Contains(a.values, anything)
}

func newOracle(ps *partitions) *oracle {
	return &oracle{ps: ps, left: map[string][]string{}, count: map[string]int{}, own: map[string]bool{}}
}

// choose gives the next answer of the script, the first one beyond its end.
func (o *oracle) choose(n int) int {
	i := len(o.arity)
	o.arity = append(o.arity, n)
	if i < len(o.script) {
		return o.script[i]
	}
	o.script = append(o.script, 0)
	return 0
}

// resumed gives an oracle that has assumed and done the same in this turn so far, with a script
// for what is asked from here on.
func (o *oracle) resumed(script []int) *oracle {
	return &oracle{
		ps: o.ps, script: script, fresh: o.fresh,
		left: maps.Clone(o.left), count: maps.Clone(o.count), own: maps.Clone(o.own),
	}
}

// nextScript gives the script of the next answers; nil when all were given.
func (o *oracle) nextScript() []int {
	for i := len(o.arity) - 1; i >= 0; i-- {
		if o.script[i]+1 < o.arity[i] {
			next := slices.Clone(o.script[:i+1])
			next[i]++
			return next
		}
	}
	return nil
}

// among says whether a fact's value is one of these.
func (o *oracle) among(name string, values []string, facts map[string]string) bool {
	left, ok := o.left[name]
	if !ok {
		left = o.ps.members(name, facts[name])
	}
	in, out := parted(left, values)
	yes := len(out) == 0 || len(in) > 0 && o.choose(2) == 1
	if yes {
		left = in
	} else {
		left = out
	}
	if len(in) > 0 && len(out) > 0 && !o.own[name] {
		o.assumed = append(o.assumed, assumption{fact: name, values: left})
	}
	o.left[name] = left
	return yes
}

func (o *oracle) holds(c condition, facts map[string]string) bool {
	for _, a := range c.when {
		if !o.among(a.fact, a.values, facts) {
			return false
		}
	}
	for _, a := range c.unless {
		if o.among(a.fact, a.values, facts) {
			return false
		}
	}
	for _, k := range c.known {
		if !o.known(k, facts) {
			return false
		}
	}
	for _, k := range c.unknown {
		if o.known(k, facts) {
			return false
		}
	}
	return true
}

func (o *oracle) known(fact string, facts map[string]string) bool {
	return !o.among(fact, []string{""}, facts)
}

// seen gives how often a step was put: 0, or the guard's limit for "often enough".
func (o *oracle) seen(key string) int {
	n, ok := o.count[key]
	if !ok && !o.fresh {
		n = o.choose(2) * maxGiven
		o.assumed = append(o.assumed, assumption{step: key, often: n > 0})
	}
	o.count[key] = n
	return n
}

// passOver answers for a fact and a counter together. When the step is passed over it does not
// matter which of them was the reason, so nothing is assumed of either: one way instead of two.
func (o *oracle) passOver(fact, key string, s State) bool {
	left, assumed := o.left[fact]
	if !assumed {
		left = o.ps.members(fact, s.Facts[fact])
	}
	if !slices.Contains(left, "") {
		return true
	}
	if len(left) == 1 && o.fresh {
		return o.count[key] > 0
	}
	pass := o.choose(2) == 1
	if !o.own[fact] {
		o.assumed = append(o.assumed, assumption{fact: fact, step: key, often: pass})
	}
	if pass {
		return true
	}
	o.left[fact] = []string{""}
	if _, ok := o.count[key]; !ok {
		o.count[key] = 0
	}
	return false
}

// put, set and begun tell the oracle what the turn itself changes.
func (o *oracle) put(key string) { o.count[key]++ }

func (o *oracle) set(fact, value string) {
	if f := o.ps.b.facts[fact]; value != "" && (f == nil || len(f.values) == 0) {
		value = anything
	}
	o.left[fact] = []string{value}
	o.own[fact] = true
}

func (o *oracle) begun() {
	o.fresh = true
	clear(o.count)
	for name, f := range o.ps.b.facts {
		if !f.keep {
			o.left[name] = []string{""}
			o.own[name] = true
		}
	}
}

// allAsks gives for each step the facts and counters that may be asked about from there on until
// the turn comes to rest, sorted.
func (b *Book) allAsks() map[Place][]string {
	asks := map[Place]map[string]bool{}
	returns := map[string][]*target{} // where the ends of a called flow lead
	for _, f := range b.flows {
		for _, st := range f.stepList {
			asks[st.Place] = map[string]bool{}
			if c, ok := st.body.(*callBody); ok {
				for end, to := range c.on {
					returns[c.flow+"/"+end] = append(returns[c.flow+"/"+end], to)
				}
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, f := range b.flows {
			for _, st := range f.stepList {
				mine := asks[st.Place]
				before := len(mine)
				own, next := b.asksHere(st, returns)
				for _, name := range own {
					mine[name] = true
				}
				for _, to := range next {
					for name := range asks[to] {
						mine[name] = true
					}
				}
				changed = changed || len(mine) > before
			}
		}
	}
	out := map[Place][]string{}
	for p, names := range asks {
		out[p] = slices.Sorted(maps.Keys(names))
	}
	return out
}

// asksHere gives what a step asks about when it is entered, and where a turn may go on from it.
func (b *Book) asksHere(st *step, returns map[string][]*target) (names []string, next []Place) {
	stuck := false
	switch body := st.body.(type) {
	case *askBody:
		names, stuck = append(names, st.Place.String()), true
	case *fillBody:
		names, stuck = append(names, st.Place.String(), body.fact), true
		next = append(next, body.to.Place)
	case *branchBody:
		for _, w := range body.ways {
			names = append(names, w.cond.facts()...)
			next = append(next, w.to.Place)
		}
	case *callBody:
		next = append(next, body.begin.Place)
	case *returnBody:
		for _, to := range returns[st.Flow+"/"+body.end] {
			next = append(next, to.Place)
		}
	case *sayBody:
		next = append(next, body.to.Place)
	}
	if stuck {
		for _, root := range b.rootFlows() {
			next = append(next, b.flows[root].always[jumpStuck].to.Place)
		}
	}
	return names, next
}
