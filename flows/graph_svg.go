package flows

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// sheet is an SVG document in the making.
type sheet struct{ strings.Builder }

// escape makes text safe in XML.
func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

// num writes a length with one decimal at most: a picture has thousands of them.
func num(v float64) string { return strconv.FormatFloat(float64(int(v*10+0.5))/10, 'f', -1, 64) }

func (s *sheet) add(format string, args ...any) { fmt.Fprintf(s, format, args...) }

func (s *sheet) text(class string, x, y float64, words string) {
	s.add(`<text class="%s" x="%s" y="%s">%s</text>`, class, num(x), num(y), escape(words))
}

// lines writes text below a height, and gives the height below it.
func (s *sheet) lines(class string, x, y, size float64, lines []string) float64 {
	for _, l := range lines {
		s.text(class, x, y+size, l)
		y += size * lineHeight
	}
	return y
}

func (s *sheet) rect(class string, x, y, w, h, round float64) {
	s.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, class, num(x), num(y), num(w), num(h), num(round))
}

// The icons: an arrow on, an arrow back, a tree of its own, a field to write in, a pen.
var icons = map[string]string{
	"on":    "M0 0h8M5-3l3 3-3 3",
	"back":  "M2-3h4a3 3 0 0 1 0 6H1M4 0L1 3l3 3",
	"tree":  "M0-2h5M0 2h5M4-5l5 5-5 5",
	"field": "M0-4h10v8H0zM2.5-2v4",
	"pen":   "M0 4l1-3 6-6 2 2-6 6z",
}

func (s *sheet) icon(name string, x, y float64) {
	s.add(`<path class="icon" transform="translate(%s %s)" d="%s"/>`, num(x), num(y), icons[name])
}

// anchor is the name by which a chip finds a card.
func anchor(at Place) string { return at.Flow + "." + strings.ReplaceAll(at.Step, " ", "-") }

// card draws a step.
func (p *picture) drawCard(s *sheet, c *card) {
	class := c.kind + " " + string(c.tone)
	if len(c.turns) > 0 {
		class += " walked-card"
	}
	x, y := c.box.x, c.box.y
	s.add(`<g id="%s" class="%s" role="group"><title>%s</title>`, escape(anchor(c.place)), class, escape(c.spoken()))
	s.rect("card", x, y, c.box.w, c.box.h, 7)
	left, top := x+pad, y+pad-2
	name := c.name
	if name != "" {
		name = "  " + spaced(name)
	}
	room := c.box.w - 2*pad - textWidth(c.number, nameSize)*bold
	if begin := p.called(c); begin != nil {
		label := begin.number + " " + c.calls
		w := chipWidth(label)
		s.add(`<a href="#%s"><g class="chip">`, escape(anchor(begin.place)))
		s.rect("", x+c.box.w-w-6, y+5, w, chipHeight, chipHeight/2)
		s.icon("tree", x+c.box.w-w+1, y+5+chipHeight/2)
		s.text("", x+c.box.w-w-6+chipIcon, y+5+chipHeight/2+chipSize*0.36, label)
		s.add("</g></a>")
		room -= w
	}
	s.add(`<text class="name" x="%s" y="%s"><tspan class="no">%s</tspan>%s</text>`, num(left), num(top+nameSize), c.number,
		escape(ellipsis(name, nameSize, room)))
	top += nameSize * lineHeight
	top = s.lines("over", left, top, textSize, c.headLines)
	top = s.lines("say", left, top, textSize, c.lines)
	if len(c.noteLines) > 0 {
		s.icon("pen", left, top+nameSize-4)
		s.lines("note", left+noteIndent, top, noteSize, c.noteLines)
	}
	for _, r := range c.rows {
		p.drawRow(s, c, r)
	}
	p.drawTurns(s, c)
	s.add("</g>\n")
}

// called is the first step of the flow that a card walks through, if that is drawn.
func (p *picture) called(c *card) *card {
	if c.calls == "" {
		return nil
	}
	return p.cards[p.b.flows[c.calls].begin.Place]
}

// spoken is what a screen reader and the mouse get: the whole text, however much is drawn.
func (c *card) spoken() string {
	out := strings.TrimSpace(c.number + " " + spaced(c.name))
	for _, part := range []string{c.over, c.full, strings.Join(c.notes, "; ")} {
		if part != "" {
			out += "\n" + part
		}
	}
	return out
}

func (p *picture) drawRow(s *sheet, c *card, r *cardRow) {
	x, y := c.box.x, c.box.y+r.top
	if r.walked {
		s.rect("walked", x+1.5, y, c.box.w-3, r.h, 0)
	}
	s.add(`<path class="rule" d="M%s %sh%s"/>`, num(x), num(y), num(c.box.w))
	left, top := x+pad, y+4
	class := "row"
	if !r.said {
		class += " way"
	}
	indent := 0.0
	if r.typed {
		s.icon("field", left, top+rowSize*0.65)
		indent = noteIndent
	}
	top = s.lines(class, left+indent, top, rowSize, r.lines)
	if len(r.noteLines) > 0 {
		indent = 0
		if c.kind != "always" {
			s.icon("pen", left, top+nameSize-4)
			indent = noteIndent
		}
		s.lines("note", left+indent, top, noteSize, r.noteLines)
	}
	if r.link != nil {
		return
	}
	number := ""
	if r.target != nil {
		number = r.target.number
	}
	label := p.chipText(r, number)
	w := chipWidth(label)
	chipY := y + r.h - chipHeight - 4
	if r.beside {
		chipY = y + (r.h-chipHeight)/2
		if len(r.noteLines) > 0 {
			chipY = y + 3
		}
	}
	p.drawChip(s, r, label, x+c.box.w-w-6, chipY, w)
}

// drawChip draws the number of the step that a row leads to, in the colour of its end.
func (p *picture) drawChip(s *sheet, r *cardRow, label string, x, y, w float64) {
	class, icon := "chip", "on"
	switch {
	case r.target == nil && r.to.Flow != p.flow.name:
		class, icon = class+" "+string(toneTree), "tree"
	default:
		class += " " + string(p.leads(r.to))
	}
	if r.loop {
		class, icon = "chip loop", "back"
	}
	if r.target != nil {
		s.add(`<a href="#%s">`, escape(anchor(r.to)))
	}
	s.add(`<g class="%s">`, class)
	s.rect("", x, y, w, chipHeight, chipHeight/2)
	s.icon(icon, x+7, y+chipHeight/2)
	s.text("", x+chipIcon, y+chipHeight/2+chipSize*0.36, label)
	s.add("</g>")
	if r.target != nil {
		s.add("</a>")
	}
}

// drawTurns numbers a step of the emphasised conversation, on the rim of its card.
func (p *picture) drawTurns(s *sheet, c *card) {
	if len(c.turns) == 0 {
		return
	}
	var turns []string
	for _, t := range c.turns {
		turns = append(turns, strconv.Itoa(t))
	}
	label := strings.Join(turns, " · ")
	w := textWidth(label, 11)*bold + 13
	x := c.box.x + (c.box.w-w)/2
	s.rect("rim", c.box.x, c.box.y, c.box.w, c.box.h, 7)
	s.rect("walk-fill", x, c.box.y-9, w, 18, 9)
	s.text("turn", x+6.5, c.box.y+4, label)
}

// drawLink draws the road of a row as a smooth line that runs level through columns.
func (p *picture) drawLink(s *sheet, l *link, walked bool) {
	x, y := l.from.x+l.from.w, l.from.y+l.port
	var d strings.Builder
	fmt.Fprintf(&d, "M%s %s", num(x), num(y))
	to := func(x2, y2, column float64) {
		if column > x+1 { // a narrow card: first to the end of its column
			fmt.Fprintf(&d, "H%s", num(column))
			x = column
		}
		half := (x2 - x) / 2
		fmt.Fprintf(&d, "C%s %s %s %s %s %s", num(x+half), num(y), num(x2-half), num(y2), num(x2), num(y2))
		x, y = x2, y2
	}
	for _, relay := range l.via {
		to(relay.x, relay.y, relay.x-columnGap)
		fmt.Fprintf(&d, "H%s", num(relay.x+relay.w))
		x = relay.x + relay.w
	}
	tip := l.to.x - 1
	to(tip-6, l.to.y+l.to.in, l.to.x-columnGap)
	class, dot := "road", "port"
	if walked {
		class, dot = "road walk", "walk-fill"
	}
	s.add(`<path class="%s" d="%s"/>`, class, d.String())
	s.add(`<circle class="%s" cx="%s" cy="%s" r="3"/>`, dot, num(l.from.x+l.from.w), num(l.from.y+l.port))
	tipClass := "tip"
	if walked {
		tipClass = "walk-fill"
	}
	s.add(`<path class="%s" d="M%s %sl-8-4.5v9z"/>`, tipClass, num(tip), num(l.to.y+l.to.in))
	s.add("\n")
}
