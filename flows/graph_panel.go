package flows

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Sizes of what stands on a card.
const (
	cardWidth   = 276.0
	endWidth    = 220.0 // a card without choices
	pad         = 11.0
	nameSize    = 10.5
	textSize    = 12.5
	noteSize    = 10.5
	rowSize     = 12.0
	chipSize    = 10.5
	lineHeight  = 1.32
	chipHeight  = 17.0
	chipIcon    = 20.0  // before the words of a chip
	noteIndent  = 14.0  // behind the pen
	chipMost    = 205.0 // the widest a chip gets
	mostLines   = 9     // of a question
	mostSpan    = 2     // columns a line may run; what is farther is told by its number
	mostArrived = 5     // lines into one card; what more roads lead to is told by its number
	mostEnding  = 2     // the same for a card where the conversation ends
	mostColumns = 6     // beside each other
	panelMost   = 1950.0
	groupGap    = 34.0
)

// panelHead is the height of a part's heading.
const panelHead = 46.0

// headHeight is the room above the cards: a picture of one part needs no heading there.
func (p *picture) headHeight() float64 {
	if len(p.panels) == 1 {
		return panelPad
	}
	return panelHead
}

// panelPad is the distance of a part's cards from its border.
const panelPad = 16.0

// lay decides which roads of a part are lines, measures the cards and places them: cards that
// lines join stay together, and these groups stand in rows.
func (p *picture) lay(pn *panel) {
	var boxes []*box
	for _, c := range pn.cards {
		c.box = box{}
		boxes = append(boxes, &c.box)
	}
	p.chooseLinks(pn, boxes)
	for _, c := range pn.cards {
		p.measure(c)
		for _, r := range c.rows {
			if r.link != nil {
				r.link.port = r.top + r.h/2
			}
		}
	}
	x, y, tall, widest, layers := 0.0, 0.0, 0.0, 0.0, 0
	for _, group := range together(boxes, pn.links) {
		links := slices.DeleteFunc(slices.Clone(pn.links), func(l *link) bool { return !slices.Contains(group, l.from) })
		assignLayers(group, links)
		w, h := arrange(group, links)
		if x > 0 && x+w > panelMost {
			x, y, tall = 0, y+tall+groupGap, 0
		}
		shift(group, links, x, y)
		columns := 0
		for _, bx := range group { // numbered from group to group
			columns = max(columns, bx.layer+1)
			bx.layer += layers
		}
		layers += columns
		x, tall, widest = x+w+columnGap, max(tall, h), max(widest, x+w)
	}
	pn.w = max(widest+2*panelPad, min(textWidth(pn.title, 15)*bold+70, 2*cardWidth))
	pn.h = y + tall + p.headHeight() + panelPad
	p.numberCards(pn)
}

// chooseLinks draws a line for a road that runs forward, not far, and to a card that not
// everything leads to. Long rows of columns are broken, as lines of text are.
func (p *picture) chooseLinks(pn *panel, boxes []*box) {
	owner := map[*link]*cardRow{}
	var links []*link
	for _, c := range pn.cards {
		for _, r := range c.rows {
			switch {
			case r.target == c:
				r.loop = true
			case r.target != nil && r.target.panel == pn:
				l := &link{from: &c.box, to: &r.target.box}
				links, owner[l] = append(links, l), r
			}
		}
	}
	back := loops(boxes, links)
	for l := range back {
		owner[l].loop = true
	}
	links = slices.DeleteFunc(links, func(l *link) bool { return back[l] })
	assignLayers(boxes, links)
	arrived, layers := map[*box]int{}, 0
	for _, bx := range boxes {
		layers = max(layers, bx.layer+1)
	}
	for _, l := range links {
		arrived[l.to]++
	}
	band := bands(layers, links)
	for _, l := range links {
		most := mostArrived
		if len(owner[l].target.rows) == 0 {
			most = mostEnding
		}
		if l.to.layer-l.from.layer <= mostSpan && arrived[l.to] <= most && band[l.from.layer] == band[l.to.layer] {
			owner[l].link = l
			pn.links = append(pn.links, l)
		}
	}
}

// bands breaks a row of columns where few links run, rather in the middle than at an end, and
// gives the band of each column.
func bands(layers int, links []*link) []int {
	cut := make([]int, layers+1) // what it costs to begin a band at a column
	for k := 1; k < layers; k++ {
		for _, l := range links {
			if l.from.layer < k && k <= l.to.layer {
				cut[k] += 8
			}
		}
	}
	const perBand = 50
	least, begin := make([]int, layers+1), make([]int, layers+1)
	for end := 1; end <= layers; end++ {
		least[end] = math.MaxInt
		for from := max(0, end-mostColumns); from < end; from++ {
			if cost := least[from] + cut[from] + (end-from)*(end-from) + perBand; cost < least[end] {
				least[end], begin[end] = cost, from
			}
		}
	}
	out := make([]int, layers)
	for end, n := layers, 0; end > 0; end, n = begin[end], n+1 {
		for k := begin[end]; k < end; k++ {
			out[k] = n
		}
	}
	return out
}

// together gives the groups of boxes that links join, in the order of their first boxes.
func together(boxes []*box, links []*link) [][]*box {
	group := map[*box]int{}
	for i, bx := range boxes {
		group[bx] = i
	}
	for _, l := range links {
		keep, drop := group[l.from], group[l.to]
		for _, bx := range boxes {
			if group[bx] == drop {
				group[bx] = keep
			}
		}
	}
	var out [][]*box
	place := map[int]int{}
	for _, bx := range boxes {
		i, ok := place[group[bx]]
		if !ok {
			i = len(out)
			place[group[bx]] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], bx)
	}
	return out
}

// shift moves boxes, and the relays of their links.
func shift(boxes []*box, links []*link, dx, dy float64) {
	for _, bx := range boxes {
		bx.x, bx.y = bx.x+dx, bx.y+dy
	}
	for _, l := range links {
		for _, relay := range l.via {
			relay.x, relay.y = relay.x+dx, relay.y+dy
		}
	}
}

// numberCards gives the cards their addresses: down the columns, from left to right.
func (p *picture) numberCards(pn *panel) {
	inOrder := slices.Clone(pn.cards)
	slices.SortStableFunc(inOrder, func(a, b *card) int {
		if a.box.layer != b.box.layer {
			return a.box.layer - b.box.layer
		}
		return a.box.pos - b.box.pos
	})
	for i, c := range inOrder {
		c.number = fmt.Sprint(i + 1)
		if len(p.panels) > 1 {
			c.number = fmt.Sprintf("%d.%d", pn.number, i+1)
		}
	}
}

// measure wraps the words of a card and stacks its lines.
func (p *picture) measure(c *card) {
	width := cardWidth
	if len(c.rows) == 0 || c.kind == "call" && len(c.rows) == 1 {
		width = endWidth
	}
	inner := width - 2*pad
	y := pad - 2 + nameSize*lineHeight // the name
	if c.over != "" {
		c.headLines = wrap(c.over, textSize*bold, inner, 3)
		y += float64(len(c.headLines))*textSize*lineHeight + 1
	}
	if c.full != "" {
		c.lines = wrap(c.full, textSize, inner, mostLines)
		y += float64(len(c.lines))*textSize*lineHeight + 1
	}
	if len(c.notes) > 0 {
		c.noteLines = wrap(strings.Join(c.notes, "; "), noteSize, inner-noteIndent, 3)
		y += float64(len(c.noteLines))*noteSize*lineHeight + 1
	}
	y += 6
	for _, r := range c.rows {
		r.top = y
		p.measureRow(r, inner)
		y += r.h
	}
	if len(c.rows) == 0 {
		y += 2
	}
	c.box.w, c.box.h, c.box.in = width, y, pad+4
}

func (p *picture) measureRow(r *cardRow, inner float64) {
	indent := 0.0
	if r.typed {
		indent = noteIndent
	}
	r.lines = wrap(r.words, rowSize*bold, inner-indent, 3)
	r.h = 8 + float64(len(r.lines))*rowSize*lineHeight
	if r.note != "" {
		r.noteLines = wrap(r.note, noteSize, inner-noteIndent, 3)
		r.h += float64(len(r.noteLines)) * noteSize * lineHeight
	}
	if r.link != nil {
		return
	}
	if len(r.lines) == 1 && indent+textWidth(r.lines[0], rowSize*bold)+8+chipWidth(p.chipText(r, "00.00")) <= inner {
		r.beside = true
		r.h = max(r.h, chipHeight+7)
		return
	}
	r.h += chipHeight + 2
}

// chipText is the number and name of the step that a row leads to.
func (p *picture) chipText(r *cardRow, number string) string {
	name := spaced(r.to.Step)
	switch {
	case r.target != nil:
	case r.to.Flow != p.flow.name:
		name, number = p.text(p.b.flows[r.to.Flow].title), ""
	default:
		number = ""
	}
	if number != "" {
		number += " "
	}
	return ellipsis(number+name, chipSize*bold, chipMost-chipIcon-8)
}

func chipWidth(text string) float64 { return textWidth(text, chipSize*bold) + chipIcon + 8 }
