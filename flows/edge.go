package flows

import (
	"fmt"
	"maps"
	"slices"
)

// Edge is one road out of a step, or a line of a tree's `always`.
type Edge struct {
	// From is the step it leaves. A line of `always` leaves any step of a tree: only its
	// flow is named then.
	From Place
	// Label tells the roads of one step apart: a choice, an end of a called flow or a line of
	// `always` by its name; the others in words: "an answer", "goes on", "line 2".
	Label string
	To    Place
	// File and Line are where the road stands.
	File string
	Line int
}

// String writes the edge as from -[label]-> to.
func (e Edge) String() string {
	from := e.From.String()
	if e.From.Step == "" {
		from = e.From.Flow
	}
	return fmt.Sprintf("%s -[%s]-> %s", from, e.Label, e.To)
}

// The labels of roads without a name. They hold a blank, which no name does.
const (
	edgeAnswer = "an answer"
	edgeOn     = "goes on"
)

func edgeLine(i int) string { return fmt.Sprintf("line %d", i+1) }

// edgeKey is what an edge is known by.
type edgeKey struct {
	from  Place
	label string
}

func (e Edge) key() edgeKey { return edgeKey{e.From, e.Label} }

// Edges gives every road of the book: by flow, first its `always`, then its steps as they
// stand in the file.
func (b *Book) Edges() []Edge {
	var out []Edge
	add := func(from Place, label string, to *target) {
		out = append(out, Edge{from, label, to.Place, to.at.file, to.at.line})
	}
	for _, name := range slices.Sorted(maps.Keys(b.flows)) {
		f := b.flows[name]
		for _, j := range f.order {
			add(Place{Flow: name}, j, f.always[j].to)
		}
		for _, st := range f.stepList {
			for i, label := range roadLabels(st.body) {
				add(st.Place, label, st.body.roads()[i].to)
			}
		}
	}
	return out
}

// roadLabels names the roads of a body, in the order of its roads.
func roadLabels(body body) []string {
	var out []string
	switch t := body.(type) {
	case *askBody:
		out = choiceIDs(t.choices)
	case *fillBody:
		out = append(choiceIDs(t.choices), edgeAnswer)
	case *callBody:
		out = slices.Clone(t.order)
	case *sayBody:
		out = []string{edgeOn}
	default:
		for i := range body.roads() {
			out = append(out, edgeLine(i))
		}
	}
	return out
}

func choiceIDs(cs []*choice) []string {
	var out []string
	for _, c := range cs {
		out = append(out, c.id)
	}
	return out
}

// trail is what one move walked through: the steps that were entered, and the edges.
type trail struct {
	entered []Place
	took    []edgeKey
}

// followed is [Book.Next] that also gives the way.
func (b *Book) followed(s Session, m Move) (Session, []Event, trail) {
	var tr trail
	next, events := b.next(s, m, func(r *run) { r.visit = tr.watch(r, s, m) })
	return next, events, tr
}

// passed is followed without a word: for those who try a great many moves.
func (b *Book) passed(s Session, m Move) (Session, trail) {
	var tr trail
	next, _ := b.next(s, m, func(r *run) { r.visit, r.replaying = tr.watch(r, s, m), true })
	return next, tr
}

// beginning gives the way from the first step of a tree to the first that waits.
func (b *Book) beginning(flowName string, s Session) trail {
	// A session that stands nowhere begins its tree.
	s.State = State{At: Place{Flow: flowName}, Facts: s.Facts}
	_, _, tr := b.followed(s, Move{Kind: Silence})
	return tr
}

// watch tells, at each step that is entered, by which edge it was reached.
func (tr *trail) watch(r *run, s Session, m Move) func(*step) bool {
	leave := func(Place) (edgeKey, bool) { return moveEdge(r, s, m) }
	return func(st *step) bool {
		if k, ok := leave(st.Place); ok {
			tr.took = append(tr.took, k)
		}
		tr.entered = append(tr.entered, st.Place)
		leave = leaving(r, st)
		return true
	}
}

// moveEdge is the edge that a move takes from where the session stands.
func moveEdge(r *run, s Session, m Move) (edgeKey, bool) {
	root := Place{Flow: r.b.root(s.State)}
	switch {
	case r.stuck:
		// Too much was not understood: the engine jumped by itself.
		return edgeKey{root, jumpStuck}, true
	case m.Kind == Jump:
		return edgeKey{root, m.ID}, true
	case s.Ended():
		return edgeKey{}, false
	case m.Kind == Fill, m.Kind == Choose && s.Suggest != "":
		return edgeKey{s.At, edgeAnswer}, true
	case m.Kind == Choose:
		return edgeKey{s.At, m.ID}, true
	}
	return edgeKey{}, false
}

// leaving gives the edge by which a step that was just entered is left again in the same turn,
// once the next step is known. It looks at the facts as the step's own have left them.
func leaving(r *run, st *step) func(Place) (edgeKey, bool) {
	known := func(k edgeKey) func(Place) (edgeKey, bool) { return func(Place) (edgeKey, bool) { return k, true } }
	stuck := known(edgeKey{Place{Flow: r.b.root(r.s.State)}, jumpStuck})
	switch body := st.body.(type) {
	case *branchBody:
		if i := slices.IndexFunc(body.ways, func(w way) bool { return w.cond.holds(r.s.Facts) }); i >= 0 {
			return known(edgeKey{st.Place, edgeLine(i)})
		}
		return stuck
	case *fillBody:
		if body.once && (r.s.Facts[body.fact] != "" || r.s.Seen[st.Place.String()] > 0) {
			return known(edgeKey{st.Place, edgeAnswer})
		}
		return stuck
	case *askBody:
		return stuck
	case *returnBody:
		if n := len(r.s.Callers); n > 0 {
			return known(edgeKey{r.s.Callers[n-1], body.end})
		}
		return stuck
	}
	labels := roadLabels(st.body)
	return func(to Place) (edgeKey, bool) {
		i := slices.IndexFunc(st.body.roads(), func(rd road) bool { return rd.to.Place == to })
		// The roads of a call are taken when the called flow returns, not when it is entered.
		if _, isCall := st.body.(*callBody); isCall || i < 0 {
			return edgeKey{}, false
		}
		return edgeKey{st.Place, labels[i]}, true
	}
}
