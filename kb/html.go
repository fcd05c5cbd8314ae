package kb

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// HTML writes section i of the article as elements of a page. Nothing in it comes through as it
// was written: every word is escaped, every link was checked by [Load]. address gives the address
// of an article and, if there is one, of its section.
func (a *Article) HTML(i int, address func(id, section string) string) string {
	var b strings.Builder
	h := htmlWriter{&b, a, address}
	for _, bl := range a.Sections[i].blocks {
		switch bl.kind {
		case paragraph:
			h.in("p", "", bl.lines[0])
		case note:
			h.in("p", ` class="note"`, bl.lines[0])
		case bullets, numbers:
			tag, start := "ul", ""
			if bl.kind == numbers {
				tag = "ol"
				if bl.start != 1 {
					start = fmt.Sprintf(` start="%d"`, bl.start)
				}
			}
			fmt.Fprintf(&b, "<%s%s>\n", tag, start)
			for _, l := range bl.lines {
				h.in("li", "", l)
			}
			fmt.Fprintf(&b, "</%s>\n", tag)
		}
	}
	return b.String()
}

type htmlWriter struct {
	b       *strings.Builder
	a       *Article
	address func(id, section string) string
}

func (h htmlWriter) in(tag, attributes string, line []inline) {
	fmt.Fprintf(h.b, "<%s%s>", tag, attributes)
	h.line(line)
	fmt.Fprintf(h.b, "</%s>\n", tag)
}

func (h htmlWriter) line(line []inline) {
	for _, in := range line {
		switch in.kind {
		case words:
			h.words(in.text)
		case newLine:
			h.b.WriteString("<br>")
		case strong:
			h.around("strong", "", in)
		case stressed:
			h.around("em", "", in)
		case code:
			fmt.Fprintf(h.b, "<code>%s</code>", html.EscapeString(in.text.plain(h.a.value)))
		case webLink:
			h.around("a", fmt.Sprintf(` href="%s" rel="noopener"`, html.EscapeString(in.href)), in)
		case articleLink:
			id, section, _ := strings.Cut(in.href, "#")
			if id == "" {
				id = h.a.ID
			}
			h.around("a", fmt.Sprintf(` href="%s"`, html.EscapeString(h.address(id, section))), in)
		}
	}
}

func (h htmlWriter) around(tag, attributes string, in inline) {
	fmt.Fprintf(h.b, "<%s%s>", tag, attributes)
	h.line(in.inside)
	fmt.Fprintf(h.b, "</%s>", tag)
}

// address is a mailbox or a place of the web, alone.
var address = regexp.MustCompile(`^(?:(https?://[^\s<>"]+)|([\w.+%-]+@[\w-]+(?:\.[\w-]+)+))$`)

// words writes words; a variable that holds an address becomes a link.
func (h htmlWriter) words(t text) {
	for _, p := range t {
		said := p.words(h.a.value)
		safe := html.EscapeString(said)
		switch m := address.FindStringSubmatch(said); {
		case p.name == "" || m == nil:
			h.b.WriteString(safe)
		case m[1] != "":
			fmt.Fprintf(h.b, `<a href="%s" rel="noopener">%s</a>`, safe, safe)
		default:
			fmt.Fprintf(h.b, `<a href="mailto:%s">%s</a>`, safe, safe)
		}
	}
}

// Excerpt gives the beginning of section i in plain words, at most n characters, cut at a word.
func (a *Article) Excerpt(i, n int) string {
	words := strings.Fields(bareBlocks(a.Sections[i].blocks, a.value))
	text := ""
	for _, w := range words {
		if utf8.RuneCountInString(text)+1+utf8.RuneCountInString(w) > n {
			return text + "…"
		}
		text = strings.TrimSpace(text + " " + w)
	}
	return text
}
