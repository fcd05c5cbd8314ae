package flows

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Mermaid writes a tree as the text of a Mermaid flowchart, which many wikis and code hosts
// draw. It holds the tree itself, not the pieces it calls, and no more than the beginning of
// each text: Mermaid refuses diagrams of more than 50,000 letters or 500 roads.
func (b *Book) Mermaid(w io.Writer, o DrawOptions) error {
	p, err := b.picture(o)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, p.mermaid())
	return err
}

// mermaidText is how many letters of a text Mermaid gets.
const mermaidText = 60

func (p *picture) mermaid() string {
	var s strings.Builder
	fmt.Fprintf(&s, "---\ntitle: %q\n---\nflowchart LR\n", p.text(p.flow.title))
	var roads []string
	walked := []string{}
	others := map[Place]bool{}
	for _, pn := range p.panels {
		if pn.flow != p.flow {
			continue
		}
		fmt.Fprintf(&s, "subgraph part%d[%s]\n", pn.number, quoted(pn.title))
		for _, c := range pn.cards {
			fmt.Fprintf(&s, "  %s%s\n", p.node(c.place), c.shape())
			for _, r := range c.rows {
				to := p.node(r.to)
				if r.target == nil {
					others[r.to] = true
				}
				if r.walked {
					walked = append(walked, fmt.Sprint(len(roads)))
				}
				roads = append(roads, fmt.Sprintf("%s -->|%s| %s", p.node(c.place), quoted(r.words), to))
			}
		}
		s.WriteString("end\n")
	}
	for _, pn := range p.panels {
		for _, c := range pn.cards {
			for _, r := range c.rows {
				if others[r.to] {
					others[r.to] = false
					name := spaced(r.to.Step)
					if r.to.Flow != p.flow.name {
						name = p.text(p.b.flows[r.to.Flow].title)
					}
					fmt.Fprintf(&s, "%s([%s])\n", p.node(r.to), quoted(name))
				}
			}
		}
	}
	for _, r := range roads {
		s.WriteString(r + "\n")
	}
	s.WriteString("classDef resolved fill:#dff5e4,stroke:#2c9a50,color:#111\nclassDef support fill:#e0edff,stroke:#2b6cd4,color:#111\n" +
		"classDef hexpert fill:#ffefcf,stroke:#c17f06,color:#111\nclassDef return fill:#eceaf3,stroke:#8a82a6,color:#111\n")
	if len(walked) > 0 {
		fmt.Fprintf(&s, "linkStyle %s stroke:#b3127a,stroke-width:3px\n", strings.Join(walked, ","))
	}
	return s.String()
}

// node names a step. Names like "end" are words of Mermaid, so none stands alone.
func (p *picture) node(at Place) string {
	name := at.Step
	if at.Flow != p.flow.name {
		name = at.Flow + "__" + name
	}
	return "s_" + strings.NewReplacer(" ", "_", "-", "_").Replace(name)
}

// shape is the card's words in the brackets that give it its form.
func (c *card) shape() string {
	words := []string{}
	for _, text := range []string{c.over, strings.ReplaceAll(c.full, "\n", " ")} {
		if text != "" {
			words = append(words, cutShort(text))
		}
	}
	if len(words) == 0 {
		words = append(words, spaced(c.name))
	}
	label := quoted(strings.Join(words, "<br>"))
	switch c.kind {
	case "branch":
		return "{{" + label + "}}"
	case "call":
		return "[[" + label + "]]"
	case "ticket", "resolved", "return":
		return "([" + label + "]):::" + string(c.tone)
	}
	return "[" + label + "]"
}

// listed is the beginning of a numbered line.
var listed = regexp.MustCompile(`^(\d+)\. `)

// cutShort gives the beginning of a text. Mermaid takes a text that begins with "1. " for a
// list, and refuses lists.
func cutShort(s string) string {
	s = listed.ReplaceAllString(s, "$1) ")
	if short := cut(s, mermaidText); short != s {
		return strings.TrimSpace(short) + "…"
	}
	return s
}

// quoted makes a label of a text: Mermaid knows quotes and brackets only as entities.
func quoted(s string) string {
	return `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;", "<br>", "<br>", "<", "#lt;", ">", "#gt;").Replace(s) + `"`
}
