package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Mutation says how many small faults were put into the trees one at a time, and which of them
// neither a conversation nor [Book.Verify] noticed.
type Mutation struct {
	// Mutants and Noticed are counted by the sort of fault.
	Mutants map[string]int
	Noticed map[string]int
	// Survivors are the faults nothing noticed.
	Survivors []string
	// Alike are changes that make no difference: whoever goes that way hears the same and ends
	// the same, because the tree leads both ways to one place.
	Alike []string
	// Untaken are changes to ways that no conversation takes and that break no promise: nothing
	// can be said of them. A way of the shipped trees like that is one nobody was found to go.
	Untaken []string
}

// The sorts of faults.
const (
	faultRedirected = "a way leads elsewhere"
	faultRemoved    = "a choice is gone"
	faultQueue      = "a ticket is for the other queue"
	faultLanguage   = "a text lacks a language"
)

// Mutate spoils the trees in every small way: each road leads to another question, each choice is
// taken away, each ticket goes to the other queue, each text loses a language. After each it
// plays the conversations that went that way, and where there is none it verifies the trees. In
// the end they are as they were; nobody else may use the book meanwhile. The conversations must
// pass, or there is nothing to notice by.
func (b *Book) Mutate(ctx context.Context, conversations []Transcript, reader Reader) (Mutation, error) {
	m := &mutator{b: b, ctx: ctx, reader: reader, by: map[edgeKey][]Transcript{}, at: map[Place][]Transcript{}, whole: map[string]string{}}
	m.Mutants, m.Noticed = map[string]int{}, map[string]int{}
	for _, t := range conversations {
		if err := m.learn(t); err != nil {
			return Mutation{}, err
		}
	}
	for _, e := range b.Edges() {
		if err := ctx.Err(); err != nil {
			return Mutation{}, err
		}
		m.redirect(e)
	}
	for _, f := range b.flows {
		for _, st := range f.stepList {
			m.removeChoices(st)
			m.swapQueue(st)
		}
	}
	m.dropLanguages()
	slices.Sort(m.Survivors)
	slices.Sort(m.Alike)
	slices.Sort(m.Untaken)
	return m.Mutation, nil
}

type mutator struct {
	Mutation
	b      *Book
	ctx    context.Context
	reader Reader
	by     map[edgeKey][]Transcript // the conversations that take a road
	at     map[Place][]Transcript   // those that come to a step
	whole  map[string]string        // what each conversation comes to in the whole trees
}

// learn notes where a conversation goes.
func (m *mutator) learn(t Transcript) error {
	steps, err := t.Play(m.ctx, m.b, m.reader)
	if err != nil {
		return fmt.Errorf("this conversation does not hold: %w", err)
	}
	m.whole[t.id()] = behaviour(steps)
	s, _ := m.b.Start(t.As, t.Lang, t.Given)
	trails := []trail{m.b.beginning(t.As, s)}
	for _, st := range steps {
		trails = append(trails, st.trace)
	}
	roads, places := map[edgeKey]bool{}, map[Place]bool{}
	for _, tr := range trails {
		for _, k := range tr.took {
			if !roads[k] {
				m.by[k] = append(m.by[k], t)
			}
			roads[k] = true
			places[k.from] = true
		}
		for _, st := range steps {
			places[st.After.At] = true
		}
	}
	for p := range places {
		m.at[p] = append(m.at[p], t)
	}
	return nil
}

// judge looks whether a conversation notices a fault, or else the proof, and counts it. A fault
// that changes nothing is none.
func (m *mutator) judge(sort, what string, conversations []Transcript) {
	noticed, alike := false, true
	for _, t := range conversations {
		steps, err := t.Play(m.ctx, m.b, m.reader)
		if noticed = err != nil; noticed {
			break
		}
		alike = alike && behaviour(steps) == m.whole[t.id()]
	}
	if len(conversations) == 0 {
		noticed = len(m.b.Verify().Findings) > 0
	}
	what = sort + ": " + what
	switch {
	case !noticed && len(conversations) == 0:
		m.Untaken = append(m.Untaken, what)
		return
	case !noticed && alike:
		m.Alike = append(m.Alike, what)
		return
	}
	m.Mutants[sort]++
	if noticed {
		m.Noticed[sort]++
		return
	}
	m.Survivors = append(m.Survivors, what)
}

func (t Transcript) id() string { return fmt.Sprintf("%s:%d", t.File, t.Line) }

// behaviour is all that a person and the team see of a conversation.
func behaviour(steps []Step) string {
	var out strings.Builder
	for _, st := range steps {
		for _, e := range st.Events {
			fmt.Fprintf(&out, "%s %s %v\n", e.Kind, e.Text, e.Choices)
			if e.Ticket != nil {
				fmt.Fprintf(&out, "%+v\n", *e.Ticket)
			}
		}
		fmt.Fprintf(&out, "%s %s\n", st.After.Outcome, st.After.Queue)
	}
	return out.String()
}

// redirect leads a road to another question of its flow. Where nobody goes, one try is enough.
func (m *mutator) redirect(e Edge) {
	to := m.b.roadOf(e)
	was := to.Place
	defer func() { to.Place = was }()
	others := m.b.elsewhere(was)
	if len(others) == 0 {
		return
	}
	// The step before and the one after in the file are the likeliest slips.
	tries := []Place{others[0], others[len(others)-1]}
	if i := m.b.after(was, others); i > 0 && i < len(others) {
		tries = []Place{others[i-1], others[i]}
	}
	if len(m.by[e.key()]) == 0 || tries[0] == tries[1] {
		tries = tries[:1]
	}
	for _, p := range tries {
		to.Place = p
		m.judge(faultRedirected, fmt.Sprintf("%s:%d: %s leads to %s", e.File, e.Line, e, p), m.by[e.key()])
	}
}

// roadOf gives the target of an edge, to be changed.
func (b *Book) roadOf(e Edge) *target {
	f := b.flows[e.From.Flow]
	if e.From.Step == "" {
		return f.always[e.Label].to
	}
	st := f.steps[e.From.Step]
	for i, label := range roadLabels(st.body) {
		if label == e.Label {
			return st.body.roads()[i].to
		}
	}
	return nil
}

// elsewhere gives the other steps of the same flow that wait for an answer or end the
// conversation, in the order of the file.
func (b *Book) elsewhere(p Place) []Place {
	var out []Place
	for _, st := range b.flows[p.Flow].stepList {
		if st.Place == p {
			continue
		}
		switch st.body.(type) {
		case *askBody, *fillBody, *ticketBody, *resolvedBody:
			out = append(out, st.Place)
		}
	}
	return out
}

// after gives how many of the places stand before one in the file.
func (b *Book) after(p Place, places []Place) int {
	n := 0
	for _, st := range b.flows[p.Flow].stepList {
		if st.Place == p {
			return n
		}
		if slices.Contains(places, st.Place) {
			n++
		}
	}
	return n
}

func (m *mutator) removeChoices(st *step) {
	var cs *[]*choice
	switch body := st.body.(type) {
	case *askBody:
		cs = &body.choices
	case *fillBody:
		cs = &body.choices
	default:
		return
	}
	all := *cs
	for i, c := range all {
		*cs = slices.Delete(slices.Clone(all), i, i+1)
		m.judge(faultRemoved, fmt.Sprintf("%s: %s without %q", c.at, st.Place, c.id), m.by[edgeKey{st.Place, c.id}])
	}
	*cs = all
}

func (m *mutator) swapQueue(st *step) {
	t, ok := st.body.(*ticketBody)
	if !ok {
		return
	}
	was := t.queue
	t.queue = map[string]string{QueueSupport: QueueHexpert, QueueHexpert: QueueSupport}[was]
	m.judge(faultQueue, fmt.Sprintf("%s: %s for %s", st.at, st.Place, t.queue), m.at[st.Place])
	t.queue = was
}

// dropLanguages needs no conversation: a missing text is seen by looking.
func (m *mutator) dropLanguages() {
	for _, t := range m.b.all {
		for _, l := range m.b.languages {
			was := t.parts[l.Code]
			delete(t.parts, l.Code)
			m.Mutants[faultLanguage]++
			if len(m.b.untold()) > 0 {
				m.Noticed[faultLanguage]++
			} else {
				m.Survivors = append(m.Survivors, faultLanguage+": "+t.at.String()+" "+l.Code)
			}
			t.parts[l.Code] = was
		}
	}
}
