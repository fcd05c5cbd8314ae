package flows

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// The queues a ticket can be for.
const (
	QueueSupport = "support" // the support address
	QueueHexpert = "hexpert" // senior support
)

// ticketBody is the kind `ticket`: opens a ticket and ends.
type ticketBody struct {
	queue   string
	about   Text
	problem string
	say     Text
}

func readTicket(s *source, _ *flow, st *step, p pair, readers map[string]func(_, v *yaml.Node)) body {
	t := &ticketBody{}
	readers["ticket"] = func(_, v *yaml.Node) {
		t.queue = s.scalar(v, "the queue")
		if !slices.Contains([]string{QueueSupport, QueueHexpert}, t.queue) {
			s.fail(v, "a ticket's queue is %s or %s", QueueSupport, QueueHexpert)
		}
	}
	readers["about"] = func(_, v *yaml.Node) { t.about = s.text(v, "about") }
	readers["problem"] = func(_, v *yaml.Node) { t.problem = s.id(v, "the problem") }
	readers["say"] = func(_, v *yaml.Node) { t.say = s.text(v, "say") }
	s.fields(p.value, "a step of the kind ticket", readers)
	if t.about.empty() {
		s.fail(p.key, "the step %q needs `about`: the ticket's subject for the team", st.Step)
	}
	return t
}

func (t *ticketBody) roads() []road { return nil }

func (t *ticketBody) enter(r *run, _ *step) (Place, bool) {
	r.s.Outcome, r.s.Queue, r.s.Callers = OutcomeTicket, t.queue, nil
	text := r.render(t.say)
	if t.say.empty() {
		key := "ticket_opened_" + t.queue
		if r.s.Facts["email"] == "" {
			key += "_no_email"
		}
		text = r.word(key, nil)
	}
	r.event(Event{Kind: Opened, Text: text, Ticket: r.ticket(t)})
	return Place{}, true
}

// ticket gathers what is known, in every language: nobody knows who will read it.
func (r *run) ticket(t *ticketBody) *TicketRequest {
	req := &TicketRequest{Queue: t.queue, Problem: t.problem, About: map[string]string{}}
	if req.Problem == "" {
		req.Problem = t.queue
	}
	for _, l := range r.b.languages {
		req.About[l.Code] = t.about.render(l.Code, r.b.value(r.s.State, l.Code, nil))
	}
	for _, name := range r.b.factOrder {
		f, v := r.b.facts[name], r.s.Facts[name]
		if v == "" {
			continue
		}
		if f.subject {
			req.Problem += " " + v
		}
		if f.label.empty() {
			continue
		}
		req.Facts = append(req.Facts, r.factLine(f))
	}
	for _, tr := range r.s.Tried {
		st := r.b.step(tr.Place)
		if st == nil {
			continue
		}
		a, ok := st.body.(*askBody)
		if !ok {
			continue
		}
		line := TriedLine{What: r.inAll(a.tried)}
		if c := findChoice(a.choices, tr.Result); c != nil {
			line.Result = r.inAll(c.label)
		} else if w, ok := r.b.words[tr.Result]; ok {
			line.Result = r.inAll(w)
		}
		req.Tried = append(req.Tried, line)
	}
	return req
}

// factLine tells a fact as it is known now.
func (r *run) factLine(f *fact) FactLine {
	v := r.s.Facts[f.name]
	line := FactLine{Fact: f.name, Label: r.inAll(f.label), Value: v}
	if says, ok := f.says[v]; ok {
		line.Says = r.inAll(says)
	}
	return line
}

func (r *run) inAll(t Text) map[string]string {
	out := map[string]string{}
	for _, l := range r.b.languages {
		out[l.Code] = t.render(l.Code, r.b.value(r.s.State, l.Code, nil))
	}
	return out
}
