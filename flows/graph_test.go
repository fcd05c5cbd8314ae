package flows

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// shape is a card or tile as it stands in the SVG.
type shape struct {
	id         string
	x, y, w, h float64
	texts      []drawnText
}

type drawnText struct {
	class string
	x, y  float64
	words string
}

func (s *shape) words() string {
	var out []string
	for _, t := range s.texts {
		out = append(out, t.words)
	}
	return squeeze(strings.Join(out, " "))
}

// parseSVG reads a drawing to the end as XML and gives its cards.
func parseSVG(t *testing.T, svg string) map[string]*shape {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	d.Strict = true
	out := map[string]*shape{}
	var at *shape
	var words *drawnText
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("the drawing is not XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			a := map[string]string{}
			for _, x := range e.Attr {
				a[x.Name.Local] = x.Value
			}
			n := func(name string) float64 {
				v, err := strconv.ParseFloat(a[name], 64)
				if err != nil {
					t.Fatalf("<%s %s=%q>: %v", e.Name.Local, name, a[name], err)
				}
				return v
			}
			switch {
			case e.Name.Local == "script":
				t.Error("there is a script in the drawing")
			case at != nil:
				depth++
			case e.Name.Local == "g" && strings.Contains(a["id"], "."):
				if out[a["id"]] != nil {
					t.Errorf("%s is drawn twice", a["id"])
				}
				at, depth = &shape{id: a["id"]}, 1
				out[at.id] = at
			case e.Name.Local == "g" && strings.HasPrefix(a["class"], "tile"):
				at, depth = &shape{id: fmt.Sprint("tile ", len(out))}, 1
				out[at.id] = at
			}
			if at != nil && e.Name.Local == "rect" && a["class"] == "card" {
				at.x, at.y, at.w, at.h = n("x"), n("y"), n("width"), n("height")
			}
			if at != nil && e.Name.Local == "text" {
				words = &drawnText{class: a["class"], x: n("x"), y: n("y")}
			}
		case xml.CharData:
			if words != nil {
				words.words += string(e)
			}
		case xml.EndElement:
			if e.Name.Local == "text" && words != nil {
				at.texts = append(at.texts, *words)
				words = nil
			}
			if at != nil {
				if depth--; depth == 0 {
					at = nil
				}
			}
		}
	}
}

// everyDrawing calls a test with each flow in each language.
func everyDrawing(t *testing.T, test func(t *testing.T, p *picture, svg string)) {
	b := ownBook()
	example := Seed()
	for name := range b.flows {
		for _, l := range b.languages {
			t.Run(name+" "+l.Code, func(t *testing.T) {
				p, err := b.picture(DrawOptions{Flow: name, Lang: l.Code, Path: &example})
				if err != nil {
					t.Fatal(err)
				}
				test(t, p, p.svg())
			})
		}
	}
}

// Nothing of a tree is missing: each step is a card, and on it stand its choices in the
// language of the drawing.
func TestDrawShowsEveryStepAndChoice(t *testing.T) {
	everyDrawing(t, func(t *testing.T, p *picture, svg string) {
		cards := parseSVG(t, svg)
		for _, st := range p.flow.stepList {
			c := cards[anchor(st.Place)]
			if c == nil {
				t.Errorf("the step %s is not drawn", st.Step)
				continue
			}
			var choices []*choice
			switch body := st.body.(type) {
			case *askBody:
				choices = body.choices
			case *fillBody:
				choices = body.choices
			}
			for _, ch := range choices {
				if label := squeeze(p.text(ch.label)); !strings.Contains(c.words(), label) {
					t.Errorf("%s: the choice %q is not on the card: %s", st.Step, label, c.words())
				}
			}
			if rows := len(p.cards[st.Place].rows); rows != len(st.body.roads()) {
				t.Errorf("%s: %d rows for %d roads", st.Step, rows, len(st.body.roads()))
			}
		}
		if len(p.flow.always) > 0 && cards[anchor(alwaysPlace(p.flow))] == nil {
			t.Error("what is possible at every step is not drawn")
		}
	})
}

// No card stands on another, and what is written on a card stays on it.
func TestDrawKeepsCardsApart(t *testing.T) {
	sizes := map[string]float64{"name": nameSize, "over": textSize * bold, "say": textSize, "row": rowSize * bold, "row way": rowSize, "note": noteSize, "": chipSize * bold}
	everyDrawing(t, func(t *testing.T, _ *picture, svg string) {
		var cards []*shape
		for _, c := range parseSVG(t, svg) {
			for _, other := range cards {
				if c.x < other.x+other.w && other.x < c.x+c.w && c.y < other.y+other.h && other.y < c.y+c.h {
					t.Errorf("%s and %s overlap", c.id, other.id)
				}
			}
			cards = append(cards, c)
			for _, text := range c.texts {
				size, ok := sizes[text.class]
				if !ok { // the number on the rim
					continue
				}
				if right := text.x + textWidth(text.words, size); text.x < c.x || right > c.x+c.w+1 || text.y > c.y+c.h {
					t.Errorf("%s: %q leaves the card", c.id, text.words)
				}
			}
		}
	})
}

// A line that passes a column runs between its cards, and every row has either a line or a
// number to go on from.
func TestDrawnLinesPassBetweenCards(t *testing.T) {
	everyDrawing(t, func(t *testing.T, p *picture, _ string) {
		for _, pn := range p.panels {
			if pn.w > 2000 {
				t.Errorf("part %d is %v wide: no screen shows it", pn.number, pn.w)
			}
			for _, l := range pn.links {
				for _, relay := range l.via {
					for _, c := range pn.cards {
						if c.box.x < relay.x+relay.w && relay.x < c.box.x+c.box.w && c.box.y < relay.y && relay.y < c.box.y+c.box.h {
							t.Errorf("a line passes through the card %s", c.place)
						}
					}
				}
				if l.to.x <= l.from.x {
					t.Error("a line runs back")
				}
			}
			for _, c := range pn.cards {
				if c.number == "" {
					t.Errorf("%s has no number", c.place)
				}
			}
		}
	})
}

// The example conversation is emphasised from the first step to the last, each step numbered.
func TestDrawEmphasisesThePath(t *testing.T) {
	example := Seed()
	p, err := ownBook().picture(DrawOptions{Flow: "client", Path: &example})
	if err != nil {
		t.Fatal(err)
	}
	at := map[int]*card{}
	for _, pn := range p.panels {
		for _, c := range pn.cards {
			for _, turn := range c.turns {
				at[turn] = c
			}
		}
	}
	first, last := at[1], at[len(at)]
	if first == nil || first.place != p.flow.begin.Place {
		t.Errorf("the path does not begin at the first step: %v", first)
	}
	if last == nil || last.tone != toneResolved {
		t.Errorf("the path does not end where the conversation does: %v", last)
	}
	for turn := 1; turn < len(at); turn++ {
		if at[turn] == nil {
			t.Fatalf("there is no step %d of the path", turn)
		}
		walked := at[turn].kind == "return"
		for _, r := range at[turn].rows {
			walked = walked || r.walked
		}
		if !walked {
			t.Errorf("no way out of step %d, %s, is emphasised", turn, at[turn].place)
		}
	}
	if svg := p.svg(); !strings.Contains(svg, `class="road walk"`) {
		t.Error("no line is emphasised")
	}
}

// A part shows what is reached through its step alone; the rest is named at the rows.
func TestDrawPart(t *testing.T) {
	b := ownBook()
	var whole, part strings.Builder
	if err := b.Draw(&whole, DrawOptions{Flow: "client"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Draw(&part, DrawOptions{Flow: "client", Part: "which_identifier"}); err != nil {
		t.Fatal(err)
	}
	cards := parseSVG(t, part.String())
	if cards["client.which_identifier"] == nil || cards["client.what_you_see"] != nil {
		t.Error("the part does not begin at its step")
	}
	if len(cards) >= len(parseSVG(t, whole.String()))/2 {
		t.Errorf("the part has %d cards", len(cards))
	}
	if !strings.Contains(part.String(), ">before reset<") {
		t.Error("a step outside of the part is not named")
	}
}

func TestDrawRefusesUnknownNames(t *testing.T) {
	b := ownBook()
	for _, c := range []struct {
		o    DrawOptions
		want string
	}{
		{DrawOptions{Flow: "clinet"}, `did you mean "client"?`},
		{DrawOptions{Lang: "de"}, `"de"`},
		{DrawOptions{Flow: "client", Part: "which_identifer"}, `did you mean "which_identifier"?`},
		{DrawOptions{Flow: "client", Path: &Transcript{As: "client", Lang: "xx"}}, "xx"},
	} {
		var s strings.Builder
		if err := b.Draw(&s, c.o); err == nil || !strings.Contains(err.Error(), c.want) || s.Len() > 0 {
			t.Errorf("%+v: got %v and %d bytes", c.o, err, s.Len())
		}
	}
}

// Trees of one's own need not bring the words of pictures, and may hold anything as text.
func TestDrawAnyTree(t *testing.T) {
	files := ownBook().Files()
	delete(files, "graph.yaml")
	const label = "{en: An e-mail, fr: Un courriel}"
	if !strings.Contains(files["client.yaml"], label) {
		t.Fatal("the label to change is gone")
	}
	files["client.yaml"] = strings.ReplaceAll(files["client.yaml"], label, `{en: "<b> & ]]> \"", fr: "<b> & ]]> \""}`)
	b, err := LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	if err := b.Draw(&s, DrawOptions{Flow: "client", Lang: "fr"}); err != nil {
		t.Fatal(err)
	}
	cards := parseSVG(t, s.String())
	if words := cards["client.which_identifier"].words(); !strings.Contains(words, `<b> & ]]> "`) {
		t.Errorf("the label is not drawn as it stands: %s", words)
	}
	if words := cards["client.fixed"].words(); !strings.Contains(words, "Réglé") {
		t.Errorf("the picture's own words are missing: %s", words)
	}
}

// Each road of a tree is one road in Mermaid, and each step one node.
func TestMermaidHasEveryRoadOnce(t *testing.T) {
	b := ownBook()
	for name, f := range b.flows {
		for _, l := range b.languages {
			var s strings.Builder
			if err := b.Mermaid(&s, DrawOptions{Flow: name, Lang: l.Code}); err != nil {
				t.Fatal(err)
			}
			if n := utf8.RuneCountInString(s.String()); n > 50_000 {
				t.Errorf("%s %s: Mermaid refuses a text of %d letters", name, l.Code, n)
			}
			p := &picture{b: b, flow: f}
			have, nodes := map[string]int{}, map[string]int{}
			for _, line := range strings.Split(s.String(), "\n") {
				if from, rest, ok := strings.Cut(line, " -->|"); ok {
					_, to, _ := strings.Cut(rest, "| ")
					have[from+" "+to]++
				} else if strings.HasPrefix(line, "  s_") {
					nodes[strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" [({", r) })[0]]++
				}
			}
			want := map[string]int{}
			for _, e := range b.Edges() {
				if e.From.Flow != name {
					continue
				}
				if e.From.Step == "" {
					e.From = alwaysPlace(f)
				}
				want[p.node(e.From)+" "+p.node(e.To)]++
			}
			for road, n := range want {
				if have[road] != n {
					t.Errorf("%s %s: %s stands there %d times, want %d", name, l.Code, road, have[road], n)
				}
			}
			if len(have) != len(want) {
				t.Errorf("%s %s: %d roads, want %d", name, l.Code, len(have), len(want))
			}
			for _, st := range f.stepList {
				if nodes[p.node(st.Place)] != 1 {
					t.Errorf("%s: the step %s is drawn %d times", name, st.Step, nodes[p.node(st.Place)])
				}
			}
		}
	}
}

// The picture in the README is drawn from the trees as they are.
func TestReadmePictureIsCurrent(t *testing.T) {
	const file = "pictures/client-login.svg"
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	example := Seed()
	var s strings.Builder
	if err := ownBook().Draw(&s, DrawOptions{Flow: "client", Part: "which_identifier", Path: &example}); err != nil {
		t.Fatal(err)
	}
	if s.String() != string(have) {
		t.Errorf("%s is old: `go run . graph client --part which_identifier -o flows/%s`", file, file)
	}
}

func BenchmarkDraw(b *testing.B) {
	example := Seed()
	for b.Loop() {
		if err := ownBook().Draw(io.Discard, DrawOptions{Flow: "professional", Path: &example}); err != nil {
			b.Fatal(err)
		}
	}
}
