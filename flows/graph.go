package flows

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// DrawOptions say what of a book is drawn.
type DrawOptions struct {
	// Flow is the tree, or a piece that trees call. Empty: the first tree.
	Flow string
	// Lang is the language of the questions and choices. Empty: the book's first.
	Lang string
	// Part is a step: only what is reached through it is drawn, and nothing that other roads
	// lead to as well.
	Part string
	// Path is a conversation to emphasise, nil for none; one of another tree is passed over.
	Path *Transcript
}

// Draw writes a tree as SVG that people can read: every step with its words, its choices as
// lines from which the roads leave. A large tree is drawn in parts with an overview, and
// a road that would have to run across the picture is the number of the step it leads to.
func (b *Book) Draw(w io.Writer, o DrawOptions) error {
	p, err := b.picture(o)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, p.svg())
	return err
}

// picture is a drawing in the making.
type picture struct {
	b       *Book
	flow    *flow
	lang    string
	partial bool // only a part was asked for
	cards   map[Place]*card
	panels  []*panel
}

// panel is one part of the picture: cards that stand together.
type panel struct {
	number int
	flow   *flow
	title  string
	cards  []*card // the head first
	links  []*link

	x, y, w, h float64
}

// picture gathers what is to be drawn and cuts it into parts; nothing is placed yet.
func (b *Book) picture(o DrawOptions) (*picture, error) {
	if o.Flow == "" {
		o.Flow = b.rootFlows()[0]
	}
	f, ok := b.flows[o.Flow]
	if !ok {
		return nil, fmt.Errorf("flows: there is no flow %q%s", o.Flow, nearest(o.Flow, slices.Collect(maps.Keys(b.flows))))
	}
	if o.Lang == "" {
		o.Lang = b.languages[0].Code
	}
	if !b.HasLanguage(o.Lang) {
		return nil, fmt.Errorf("flows: the language %q is not one of %v", o.Lang, b.languages)
	}
	p := &picture{b: b, flow: f, lang: o.Lang, cards: map[Place]*card{}}
	if o.Part != "" {
		p.partial = true
		if _, ok := f.steps[o.Part]; !ok {
			return nil, fmt.Errorf("flows: there is no step %q in the flow %q%s", o.Part, o.Flow,
				nearest(o.Part, slices.Collect(maps.Keys(f.steps))))
		}
		p.addPanels(f, partsBelow(f, f.steps[o.Part]))
	} else {
		p.addPanels(f, partsOf(f))
		for _, name := range b.piecesOf(f) {
			p.addPanels(b.flows[name], partsOf(b.flows[name]))
		}
	}
	p.connect()
	// A conversation of another tree would light up no more than the pieces both call.
	if o.Path != nil && (o.Path.As == f.name || f.audience == "") {
		strides, err := b.follow(*o.Path)
		if err != nil {
			return nil, err
		}
		p.walk(strides)
	}
	return p, nil
}

// piecesOf gives the flows that a flow calls, and those they call, in order.
func (b *Book) piecesOf(f *flow) []string {
	var names []string
	var walk func(f *flow)
	walk = func(f *flow) {
		for _, st := range f.stepList {
			if c, ok := st.body.(*callBody); ok && !slices.Contains(names, c.flow) {
				names = append(names, c.flow)
				walk(b.flows[c.flow])
			}
		}
	}
	walk(f)
	return names
}

func (p *picture) addPanels(f *flow, parts [][]Place) {
	for _, places := range parts {
		pn := &panel{number: len(p.panels) + 1, flow: f}
		for _, at := range places {
			c := p.newCard(at)
			c.panel = pn
			pn.cards = append(pn.cards, c)
			p.cards[at] = c
		}
		p.panels = append(p.panels, pn)
	}
}

// connect finds the card that each row leads to, and names the parts.
func (p *picture) connect() {
	for _, pn := range p.panels {
		for _, c := range pn.cards {
			for _, r := range c.rows {
				r.target = p.cards[r.to]
			}
		}
	}
	for _, pn := range p.panels {
		pn.title = p.panelTitle(pn)
	}
}

// panelTitle is what people press or say to come to a part: the choice of the first question
// that leads there, or else the first words of the part's own question.
func (p *picture) panelTitle(pn *panel) string {
	head := pn.cards[0]
	switch {
	case head.place == alwaysPlace(pn.flow):
		return p.word("graph_always")
	case head.place == pn.flow.begin.Place:
		return p.text(pn.flow.title)
	}
	begin := p.cards[pn.flow.begin.Place]
	always := p.cards[alwaysPlace(pn.flow)]
	for _, c := range []*card{begin, always} {
		if c == nil || p.partial {
			continue
		}
		for _, r := range c.rows {
			if r.to == head.place && r.words != "" && r.said {
				return r.words
			}
		}
	}
	// A head without words, such as a branch, is called after what it usually leads to.
	for c, seen := head, map[*card]bool{}; c != nil && !seen[c]; {
		if c.full != "" {
			return firstSentence(c.full)
		}
		if len(c.rows) == 0 {
			break
		}
		seen[c] = true
		c = c.rows[len(c.rows)-1].target
	}
	return spaced(head.place.Step)
}

// firstSentence cuts a text after its first line or sentence, and takes off the number of a list.
func firstSentence(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	line = strings.TrimLeft(line, "0123456789. ")
	for _, end := range []string{"? ", ". ", "! "} {
		if i := strings.Index(line, end); i > 0 {
			line = line[:i+1]
		}
	}
	return strings.TrimRight(strings.TrimSpace(line), ":")
}

// spaced writes the name of a step or a fact as words.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// word gives one of the picture's own words. A folder of trees that does not have them
// borrows those that come with the program.
func (p *picture) word(key string) string {
	if _, ok := p.b.words[key]; !ok {
		return ownBook().Word(key, p.lang, nil)
	}
	return p.b.Word(key, p.lang, nil)
}

// text renders a text of the tree. What is only known in a conversation is shown by its name.
func (p *picture) text(t Text) string {
	return t.render(p.lang, func(name string) string {
		if f, ok := p.b.facts[name]; ok {
			return "‹" + p.factName(f) + "›"
		}
		if slices.Contains(specials, name) {
			return "‹…›"
		}
		return p.b.value(State{}, p.lang, nil)(name)
	})
}

func (p *picture) factName(f *fact) string {
	return cmp.Or(p.text(f.label), spaced(f.name))
}
