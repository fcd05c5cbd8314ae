package flows

import (
	"strings"
)

// tone is what the colour of a card tells: how the conversation ends there, or that it
// goes on in another picture.
type tone string

const (
	tonePlain    tone = "plain"
	toneResolved tone = "resolved"
	toneSupport  tone = "support"
	toneHexpert  tone = "hexpert"
	toneReturn   tone = "return"
	toneTree     tone = "tree"
)

// card is one step as it is drawn.
type card struct {
	place Place
	kind  string
	tone  tone
	name  string
	over  string // a bold line above the text: how it ends, what is called
	full  string // the words of the bot
	notes []string
	rows  []*cardRow
	calls string // the flow that is walked through
	panel *panel
	// number is the card's address, "3.2": part and place in the part.
	number string
	// turns are the places of the step in the emphasised conversation, from 1.
	turns []int

	lines     []string // full, as it fits the card
	noteLines []string
	headLines []string
	box       box
}

// cardRow is one way out of a step: a choice, a condition, an end of a called flow.
type cardRow struct {
	key    string // tells the ways of a card apart, as [Edge] does
	words  string
	said   bool // the words are what a person presses or says
	typed  bool // leaves by a written answer
	note   string
	to     Place
	target *card // nil when it is not in the picture
	// link is the line drawn; nil: the number of the target stands in the row.
	link   *link
	loop   bool // leads back to an earlier step
	walked bool // part of the emphasised conversation

	lines, noteLines []string
	top, h           float64 // in the card
	beside           bool    // the number stands on the line of the words
}

// alwaysPlace stands for a tree's `always`. It cannot be the place of a step: no name has a space.
func alwaysPlace(f *flow) Place { return Place{f.name, "every step"} }

func (p *picture) newCard(at Place) *card {
	if at == alwaysPlace(p.b.flows[at.Flow]) {
		return p.alwaysCard(p.b.flows[at.Flow])
	}
	st := p.b.step(at)
	c := &card{place: at, kind: st.kind, tone: tonePlain, name: st.Step, notes: p.notes(st.set)}
	switch body := st.body.(type) {
	case *askBody:
		c.full = p.text(body.text)
		if body.fact != "" {
			c.notes = append(c.notes, p.factName(p.b.facts[body.fact]))
		}
		p.choiceRows(c, body.choices)
	case *fillBody:
		c.full = p.text(body.text)
		c.rows = append(c.rows, &cardRow{key: edgeAnswer, words: p.factName(p.b.facts[body.fact]), typed: true, to: body.to.Place})
		p.choiceRows(c, body.choices)
	case *sayBody:
		c.full = p.text(body.text)
		p.thenRow(c, body.to)
	case *branchBody:
		p.wayRows(c, body.ways)
	case *callBody:
		c.over, c.calls = p.text(p.b.flows[body.flow].title), body.flow
		for _, end := range body.order {
			c.rows = append(c.rows, &cardRow{key: end, words: spaced(end), to: body.on[end].Place})
		}
	case *returnBody:
		c.tone, c.over = toneReturn, p.word("graph_return")+" · "+spaced(body.end)
	case *ticketBody:
		c.tone, c.over, c.full = queueTone(body.queue), p.word("graph_ticket_"+body.queue), p.text(body.about)
	case *resolvedBody:
		c.tone, c.over, c.full = toneResolved, p.word("graph_resolved"), p.text(body.text)
	}
	return c
}

func (p *picture) choiceRows(c *card, choices []*choice) {
	for _, ch := range choices {
		c.rows = append(c.rows, &cardRow{
			key: ch.id, words: p.text(ch.label), said: true,
			note: strings.Join(p.notes(ch.set), "; "), to: ch.to.Place,
		})
	}
}

func (p *picture) thenRow(c *card, to *target) {
	c.rows = append(c.rows, &cardRow{key: edgeOn, words: p.word("graph_then"), to: to.Place})
}

// wayRows are the lines of a branch. One that holds always decides nothing.
func (p *picture) wayRows(c *card, ways []way) {
	if len(ways) == 1 {
		p.thenRow(c, ways[0].to)
		c.rows[0].key = edgeLine(0)
		return
	}
	for i, w := range ways {
		words := p.condition(w.cond)
		if words == "" {
			words = p.word("graph_otherwise")
		}
		c.rows = append(c.rows, &cardRow{key: edgeLine(i), words: words, to: w.to.Place})
	}
}

// alwaysCard lists what is possible at every step, so that no line has to be drawn from each.
func (p *picture) alwaysCard(f *flow) *card {
	c := &card{place: alwaysPlace(f), kind: "always", tone: tonePlain, over: p.word("graph_always")}
	for _, name := range f.order {
		j := f.always[name]
		r := &cardRow{key: name, words: p.text(j.label), said: true, note: p.condition(j.cond), to: j.to.Place}
		switch {
		case name == jumpStuck:
			r.words, r.said = p.word("graph_stuck"), false
		case r.words == "":
			r.words = p.b.Word(name+"_label", p.lang, nil)
		}
		c.rows = append(c.rows, r)
	}
	return c
}

// condition says in words what a condition asks of the facts.
func (p *picture) condition(c condition) string {
	var out []string
	for _, a := range c.when {
		out = append(out, p.factIs(a))
	}
	for _, name := range c.known {
		out = append(out, p.pairOf(p.b.facts[name], p.word("graph_known")))
	}
	for _, name := range c.unknown {
		out = append(out, p.pairOf(p.b.facts[name], p.word("graph_unknown")))
	}
	var not []string
	for _, a := range c.unless {
		not = append(not, p.factIs(a))
	}
	if len(not) > 0 {
		out = append(out, p.word("graph_except")+" "+strings.Join(not, " "+p.word("graph_or")+" "))
	}
	return strings.Join(out, ", ")
}

func (p *picture) factIs(a allowed) string {
	f := p.b.facts[a.fact]
	var values []string
	for _, v := range a.values {
		values = append(values, p.factValue(f, v))
	}
	return p.pairOf(f, strings.Join(values, " "+p.word("graph_or")+" "))
}

// pairOf writes a fact and what is said of it.
func (p *picture) pairOf(f *fact, says string) string {
	return p.factName(f) + " = " + says
}

func (p *picture) factValue(f *fact, v string) string {
	if says, ok := f.says[v]; ok {
		return p.text(says)
	}
	return spaced(v)
}

// notes say which facts are set.
func (p *picture) notes(set []assign) []string {
	var out []string
	for _, a := range set {
		f := p.b.facts[a.fact]
		if a.value == "" {
			out = append(out, p.word("graph_forgets")+" "+p.factName(f))
		} else {
			out = append(out, p.pairOf(f, p.factValue(f, a.value)))
		}
	}
	return out
}

// leads is the tone of a step, or of the only end that it can lead to without another question.
func (p *picture) leads(at Place) tone { return p.leadsFrom(at, map[Place]bool{}) }

func (p *picture) leadsFrom(at Place, seen map[Place]bool) tone {
	st := p.b.step(at)
	if st == nil || seen[at] {
		return tonePlain
	}
	seen[at] = true
	switch body := st.body.(type) {
	case *ticketBody:
		return queueTone(body.queue)
	case *resolvedBody:
		return toneResolved
	case *returnBody:
		return toneReturn
	case waiter:
		return tonePlain
	}
	all := tonePlain
	for i, r := range st.body.roads() {
		t := p.leadsFrom(r.to.Place, seen)
		if i > 0 && t != all {
			return tonePlain
		}
		all = t
	}
	return all
}

func queueTone(queue string) tone {
	if queue == QueueHexpert {
		return toneHexpert
	}
	return toneSupport
}
