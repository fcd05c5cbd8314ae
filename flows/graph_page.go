package flows

import (
	"fmt"
	"strings"
)

// Distances on the page.
const (
	pageMargin = 30.0
	panelGap   = 22.0
	pageMost   = 1950.0 // parts stand beside each other up to this width
)

// svg places everything and writes the document.
func (p *picture) svg() string {
	for _, pn := range p.panels {
		p.lay(pn)
	}
	width := pageMost
	for _, pn := range p.panels {
		width = max(width, pn.w)
	}
	if len(p.panels) == 1 {
		width = max(p.panels[0].w, 560)
	}
	s := &sheet{}
	y := p.drawHead(s, width)
	// Parts stand in rows, as many beside each other as the page is wide.
	x, tall, used := 0.0, 0.0, 0.0
	next := func(w, h float64) {
		if x > 0 && x+w > width+1 {
			x, y, tall = 0, y+tall+panelGap, 0
		}
		tall = max(tall, h)
	}
	if len(p.panels) > 2 {
		o := p.layOverview()
		next(o.w, o.h)
		p.drawOverview(s, o, pageMargin, y)
		x = o.w + panelGap
	}
	for _, pn := range p.panels {
		next(pn.w, pn.h)
		pn.x, pn.y = pageMargin+x, y
		x += pn.w + panelGap
		used = max(used, x-panelGap)
		p.drawPanel(s, pn)
	}
	height := y + tall + pageMargin
	width = max(width, used) + 2*pageMargin

	var doc strings.Builder
	title := p.text(p.flow.title)
	fmt.Fprintf(&doc, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" lang="%s" role="graphics-document document" aria-labelledby="title desc">`,
		num(width), num(height), num(width), num(height), escape(p.lang))
	fmt.Fprintf(&doc, "\n<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n<style>%s</style>\n", escape(title), escape(p.describe()), pictureStyle)
	fmt.Fprintf(&doc, `<rect class="paper" width="%s" height="%s"/>`+"\n", num(width), num(height))
	doc.WriteString(s.String())
	doc.WriteString("</svg>\n")
	return doc.String()
}

// describe says in one line what there is to see.
func (p *picture) describe() string {
	n := 0
	for _, pn := range p.panels {
		n += len(pn.cards)
	}
	var titles []string
	for _, pn := range p.panels {
		titles = append(titles, fmt.Sprintf("%d %s", pn.number, pn.title))
	}
	return fmt.Sprintf("%d %s: %s", n, p.word("graph_steps"), strings.Join(titles, "; "))
}

// drawHead writes the title and the legend, and gives the height below them.
func (p *picture) drawHead(s *sheet, width float64) float64 {
	title := p.text(p.flow.title)
	if p.partial {
		title += " · " + p.panels[0].title
	}
	lines := wrap(title, 26*bold, width, 2)
	y := s.lines("h1", pageMargin, pageMargin, 26, lines) + 10
	return p.drawLegend(s, y, width) + 18
}

// drawLegend explains the colours and signs that occur in the picture.
func (p *picture) drawLegend(s *sheet, y, width float64) float64 {
	seen := map[string]bool{}
	for _, pn := range p.panels {
		for _, c := range pn.cards {
			seen[string(c.tone)] = true
			seen[c.kind] = true
			seen["walk"] = seen["walk"] || len(c.turns) > 0
			seen["noted"] = seen["noted"] || len(c.notes) > 0
			for _, r := range c.rows {
				seen["written"] = seen["written"] || r.typed
				seen["loop"] = seen["loop"] || r.loop
				seen["noted"] = seen["noted"] || r.note != "" && c.kind != "always"
				seen["tree"] = seen["tree"] || r.target == nil && r.to.Flow != p.flow.name
				seen["elsewhere"] = seen["elsewhere"] || r.target != nil && r.link == nil && !r.loop
			}
		}
	}
	const box, size, high = 26.0, 12.0, 22.0
	x := pageMargin
	item := func(when bool, key string, draw func(x, y float64)) {
		if !when {
			return
		}
		words := p.word(key)
		w := box + 7 + textWidth(words, size) + 20
		if x > pageMargin && x+w > pageMargin+width {
			x, y = pageMargin, y+high
		}
		draw(x, y)
		s.add(`<text class="sub" style="font-size:12px" x="%s" y="%s">%s</text>`, num(x+box+7), num(y+12), escape(words))
		x += w
	}
	swatch := func(t string) func(x, y float64) {
		return func(x, y float64) {
			s.add(`<g class="%s">`, t)
			s.rect("card", x, y+1, box, 15, 4)
			s.add("</g>")
		}
	}
	chip := func(class, icon string) func(x, y float64) {
		return func(x, y float64) {
			s.add(`<g class="chip %s">`, class)
			s.rect("", x, y+1, box, 15, 7.5)
			s.add("</g>")
			s.icon(icon, x+9, y+8.5)
		}
	}
	sign := func(icon string) func(x, y float64) {
		return func(x, y float64) { s.icon(icon, x+9, y+9) }
	}
	item(seen["walk"], "graph_path", func(x, y float64) {
		s.rect("walk-fill", x+2, y-0.5, 22, 18, 9)
		s.text("turn", x+10, y+12.5, "1")
	})
	item(seen[string(toneResolved)], "graph_resolved", swatch("resolved"))
	item(seen[string(toneSupport)], "graph_ticket_support", swatch("support"))
	item(seen[string(toneHexpert)], "graph_ticket_hexpert", swatch("hexpert"))
	item(seen["branch"], "graph_decided", swatch("branch"))
	item(seen["call"], "graph_piece", swatch("call"))
	item(seen["elsewhere"], "graph_elsewhere", chip("", "on"))
	item(seen["loop"], "graph_loop", chip("loop", "back"))
	item(seen["tree"], "graph_tree", chip("tree", "tree"))
	item(seen["written"], "graph_written", sign("field"))
	item(seen["noted"], "graph_noted", sign("pen"))
	return y + high
}

// drawPanel draws one part: its border and heading, the lines, and on them the cards.
func (p *picture) drawPanel(s *sheet, pn *panel) {
	s.add(`<g role="group" aria-label="%s">`+"\n", escape(fmt.Sprintf("%d %s", pn.number, pn.title)))
	if len(p.panels) > 1 {
		s.rect("panel", pn.x, pn.y, pn.w, pn.h, 12)
		s.add(`<g id="part-%d">`, pn.number)
		heading := ellipsis(fmt.Sprintf("%d   %s", pn.number, pn.title), 15*bold, pn.w-2*panelPad)
		s.text("h2", pn.x+panelPad, pn.y+26, heading)
		s.add("</g>\n")
	}
	boxes := make([]*box, len(pn.cards))
	for i, c := range pn.cards {
		boxes[i] = &c.box
	}
	shift(boxes, pn.links, pn.x+panelPad, pn.y+p.headHeight())
	walked := map[*link]bool{}
	for _, c := range pn.cards {
		for _, r := range c.rows {
			if r.link != nil && r.walked {
				walked[r.link] = true
			}
		}
	}
	for _, last := range []bool{false, true} { // the emphasised lines above the others
		for _, l := range pn.links {
			if walked[l] == last {
				p.drawLink(s, l, last)
			}
		}
	}
	for _, c := range pn.cards {
		p.drawCard(s, c)
	}
	s.add("</g>\n")
}
