package flows

import (
	"fmt"
	"slices"
	"strings"
)

// Sizes of the overview.
const (
	tileWidth = 236.0
	tileText  = 12.5
)

// tile is a part in the overview.
type tile struct {
	pn     *panel
	box    box
	title  []string
	more   []string // the numbers of the parts that no line leads to
	walked bool
}

// overview draws the parts as a tree: each hangs from the part that first leads to it, and
// names the others it leads to.
type overview struct {
	tiles  []*tile
	links  []*link
	walked map[*link]bool
	w, h   float64
}

// layOverview places the tiles.
func (p *picture) layOverview() *overview {
	o := &overview{}
	o.tiles, o.links, o.walked = p.tiles()
	assignLayers(o.boxes(), o.links)
	w, h := arrange(o.boxes(), o.links)
	o.w, o.h = w+2*panelPad, h+panelHead+panelPad
	return o
}

func (o *overview) boxes() []*box {
	var out []*box
	for _, t := range o.tiles {
		out = append(out, &t.box)
	}
	return out
}

func (p *picture) drawOverview(s *sheet, o *overview, x, y float64) {
	s.add(`<g role="group" aria-label="%s">`+"\n", escape(p.word("graph_overview")))
	s.rect("panel", x, y, o.w, o.h, 12)
	s.text("h2", x+panelPad, y+26, p.word("graph_overview"))
	shift(o.boxes(), o.links, x+panelPad, y+panelHead)
	for _, l := range o.links {
		p.drawLink(s, l, o.walked[l])
	}
	for _, t := range o.tiles {
		t.draw(s)
	}
	s.add("</g>\n")
}

// tiles gives the parts with the roads among them.
func (p *picture) tiles() ([]*tile, []*link, map[*link]bool) {
	of := map[*panel]*tile{}
	var tiles []*tile
	for _, pn := range p.panels {
		t := &tile{pn: pn}
		of[pn] = t
		tiles = append(tiles, t)
	}
	type road struct {
		to     *panel
		walked bool
	}
	roads := map[*panel][]road{}
	note := func(from, to *panel, walked bool) {
		if from == to || to == nil {
			return
		}
		i := slices.IndexFunc(roads[from], func(r road) bool { return r.to == to })
		if i < 0 {
			roads[from] = append(roads[from], road{to: to})
			i = len(roads[from]) - 1
		}
		roads[from][i].walked = roads[from][i].walked || walked
	}
	for _, pn := range p.panels {
		for _, c := range pn.cards {
			if begin := p.called(c); begin != nil {
				note(pn, begin.panel, len(c.turns) > 0)
			}
			for _, r := range c.rows {
				if r.target != nil {
					note(pn, r.target.panel, r.walked)
				}
			}
		}
	}
	var links []*link
	walked := map[*link]bool{}
	placed := map[*panel]bool{}
	for _, root := range p.panels {
		if placed[root] {
			continue
		}
		placed[root] = true
		for queue := []*panel{root}; len(queue) > 0; queue = queue[1:] {
			at := queue[0]
			for _, r := range roads[at] {
				if placed[r.to] {
					of[at].more = append(of[at].more, fmt.Sprint(r.to.number))
					continue
				}
				placed[r.to] = true
				queue = append(queue, r.to)
				l := &link{from: &of[at].box, to: &of[r.to].box}
				links, walked[l] = append(links, l), r.walked
			}
		}
	}
	for _, t := range tiles {
		t.measure()
		for _, c := range t.pn.cards {
			t.walked = t.walked || len(c.turns) > 0
		}
	}
	for _, l := range links {
		l.port = l.from.h / 2
	}
	return tiles, links, walked
}

func (t *tile) measure() {
	t.title = wrap(t.pn.title, tileText*bold, tileWidth-2*pad-24, 2)
	h := 2*8 + float64(len(t.title))*tileText*lineHeight
	if len(t.more) > 0 {
		h += noteSize * lineHeight
	}
	t.box.w, t.box.h, t.box.in = tileWidth, h, h/2
}

func (t *tile) draw(s *sheet) {
	class := "tile"
	if t.walked {
		class += " walked-card"
	}
	s.add(`<a href="#part-%d"><g class="%s">`, t.pn.number, class)
	x, y := t.box.x, t.box.y
	s.rect("card", x, y, t.box.w, t.box.h, 7)
	s.text("over", x+pad, y+8+tileText, fmt.Sprint(t.pn.number))
	below := s.lines("over", x+pad+24, y+8, tileText, t.title)
	if len(t.more) > 0 {
		s.icon("on", x+pad+24, below+noteSize*0.65)
		s.text("note", x+pad+38, below+noteSize, ellipsis(strings.Join(t.more, ", "), noteSize, tileWidth-pad-50))
	}
	s.add("</g></a>\n")
}
