package flows

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// patience is how many states in a row may show no edge that is new before the search ends.
// The shipped trees have more states than anybody wants to wait for; of their edges, the
// hardest to find came after 15,000 states without a new one.
const patience = 30_000

// samples are answers of each kind of fact. They name nobody.
var samples = map[factKind]string{
	factEmail: "ann@example.org",
	factName:  "Ann Example",
	factText:  "An example",
}

// explorer looks at the states a tree can be in, as far as its roads can tell them apart.
type explorer struct {
	b    *Book
	tree string
	// facts are those that some road depends on.
	facts []string
	found []reached
	known map[string]bool
	// first is how each edge is first taken: from which state, by which moves.
	first map[edgeKey]leg
	// queues are the states still to be looked at, by how many there were at their place before.
	queues [][]int
	looked map[string]uint
	// oldest is where the states begin that were not looked at; turn counts.
	oldest, turn int
}

// reached is a state with the way to it.
type reached struct {
	s     Session
	begun map[string]string
	last  leg
	done  bool
}

// leg is a few moves at once, from a state that was found.
type leg struct {
	from  int
	moves []Move
}

func (b *Book) explore(tree string) *explorer {
	x := &explorer{
		b: b, tree: tree, facts: b.decisive(),
		known: map[string]bool{}, first: map[edgeKey]leg{}, looked: map[string]uint{},
	}
	for _, given := range []map[string]string{nil, {"name": samples[factName], "email": samples[factEmail]}} {
		s, _ := b.Start(tree, "", given)
		for _, k := range b.beginning(tree, s).took {
			if _, ok := x.first[k]; !ok {
				x.first[k] = leg{from: len(x.found)}
			}
		}
		x.add(reached{s: s, begun: given, last: leg{from: -1}})
	}
	for idle := 0; idle < patience; idle++ {
		i, ok := x.next()
		if !ok {
			break
		}
		from := x.found[i].s
		x.found[i].s, x.found[i].done = Session{}, true
		for _, moves := range b.strides(from) {
			s := from
			for n, m := range moves {
				var tr trail
				s, tr = b.passed(s, m)
				for _, k := range tr.took {
					if _, ok := x.first[k]; !ok {
						x.first[k] = leg{i, moves[:n+1]}
						idle = 0
					}
				}
			}
			x.add(reached{s: s, last: leg{i, moves}})
		}
	}
	return x
}

func (x *explorer) add(r reached) {
	key := x.key(r.s)
	if x.known[key] || r.s.Ended() {
		return
	}
	x.known[key] = true
	// What only serves to go back is not needed, and makes every further move dearer.
	r.s.Trail, r.s.Tried, r.s.Unclear = nil, nil, 0
	place := stateKey(Session{State: State{At: r.s.At, Callers: r.s.Callers}}, nil)
	queue := bits.Len(x.looked[place])
	x.looked[place]++
	for len(x.queues) <= queue {
		x.queues = append(x.queues, nil)
	}
	x.queues[queue] = append(x.queues[queue], len(x.found))
	x.found = append(x.found, r)
}

// next gives the state to look at now: in turn the oldest, and the oldest at a place that was
// seldom looked at. The one finds what takes a rare set of facts near the beginning, the other
// gets to the far end of a tree long before all that can be known on the way there is tried.
func (x *explorer) next() (int, bool) {
	x.turn++
	if x.turn%2 == 0 {
		for ; x.oldest < len(x.found); x.oldest++ {
			if !x.found[x.oldest].done {
				return x.oldest, true
			}
		}
	}
	for q, states := range x.queues {
		for n, i := range states {
			if !x.found[i].done {
				x.queues[q] = states[n+1:]
				return i, true
			}
		}
		x.queues[q] = nil
	}
	return 0, false
}

func (x *explorer) key(s Session) string { return stateKey(s, x.facts) }

// stateKey is what tells two states apart: place, callers, and the facts that matter.
func stateKey(s Session, facts []string) string {
	var k strings.Builder
	k.WriteString(s.At.String())
	for _, c := range s.Callers {
		k.WriteString("<" + c.String())
	}
	for _, f := range facts {
		k.WriteString("|" + s.Facts[f])
	}
	k.WriteString("|" + s.Outcome)
	return k.String()
}

// way gives the beginning and the moves that lead along a leg.
func (x *explorer) way(st leg) (begun map[string]string, moves []Move) {
	parts := [][]Move{st.moves}
	i := st.from
	for ; x.found[i].last.from >= 0; i = x.found[i].last.from {
		parts = append(parts, x.found[i].last.moves)
	}
	slices.Reverse(parts)
	return x.found[i].begun, slices.Concat(parts...)
}

// decisive gives the facts that a road of the book depends on.
func (b *Book) decisive() []string {
	need := map[string]bool{}
	note := func(c condition) {
		for _, a := range slices.Concat(c.when, c.unless) {
			need[a.fact] = true
		}
		for _, f := range slices.Concat(c.known, c.unknown) {
			need[f] = true
		}
	}
	for _, f := range b.flows {
		for _, j := range f.always {
			note(j.cond)
		}
		for _, st := range f.stepList {
			switch body := st.body.(type) {
			case *branchBody:
				for _, w := range body.ways {
					note(w.cond)
				}
			case *fillBody:
				if body.once {
					need[body.fact] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(need))
}

// strides gives what a person may do: answer the question, turn to something else, or not be
// understood until the engine gives up. The natural comes first.
func (b *Book) strides(s Session) [][]Move {
	var out [][]Move
	one := func(m Move) { out = append(out, []Move{m}) }
	st := b.step(s.At)
	if st == nil || s.Ended() {
		return nil
	}
	switch body := st.body.(type) {
	case *askBody:
		for _, c := range body.choices {
			one(Move{Kind: Choose, ID: c.id})
		}
	case *fillBody:
		one(Move{Kind: Fill, Text: samples[b.facts[body.fact].kind]})
		for _, c := range body.choices {
			one(Move{Kind: Choose, ID: c.id})
		}
	default:
		if w, ok := st.body.(waiter); ok {
			for _, o := range w.options(b, &s, st) {
				one(o.Move)
			}
		}
	}
	f := b.flows[b.root(s.State)]
	for _, name := range f.order {
		if name != jumpStuck && f.always[name].cond.holds(s.Facts) {
			one(Move{Kind: Jump, ID: name})
		}
	}
	return append(out, slices.Repeat([]Move{{Kind: Unclear}}, maxUnclear))
}
