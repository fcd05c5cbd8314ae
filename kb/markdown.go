package kb

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxSection is the longest section in characters: it is quoted whole in a chat, on a phone.
const maxSection = 1400

// block is a paragraph, a note or a list.
type block struct {
	kind blockKind
	// start is the number of the first item of a numbered list.
	start int
	// lines are the items of a list; other blocks have one.
	lines [][]inline
}

type blockKind int

const (
	paragraph blockKind = iota
	note
	bullets
	numbers
)

// inline is a piece of a line.
type inline struct {
	kind inlineKind
	text text
	// href is where a link leads: an address of the web, a mailbox, or an article and its section.
	href   string
	inside []inline
	line   int
}

type inlineKind int

const (
	words inlineKind = iota
	strong
	stressed
	code
	webLink
	articleLink
	newLine
)

// each visits all pieces of some blocks.
func each(blocks []block, visit func(*inline)) {
	var walk func(all []inline)
	walk = func(all []inline) {
		for i := range all {
			visit(&all[i])
			walk(all[i].inside)
		}
	}
	for _, b := range blocks {
		for _, l := range b.lines {
			walk(l)
		}
	}
}

// markdown reads the Markdown of one article. It takes what a chat can draw as well as a page:
// headings of the second level, paragraphs, lists, notes, emphasis, links.
type markdown struct {
	source
	raw []byte
	// first is the line of the file on which the Markdown begins.
	first int
	// at is the line of the block that is read.
	at int
}

func (s source) body(a *Article, body string, first int) {
	m := &markdown{source: s, raw: []byte(body), first: first, at: first}
	doc := goldmark.DefaultParser().Parse(gmtext.NewReader(m.raw))
	a.Sections = []Section{{line: first}}
	seen := map[string]bool{}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		m.locate(n)
		if h, ok := n.(*ast.Heading); ok {
			heading := m.heading(h)
			id := slug(heading.plain(nothing))
			if h.Level != 2 {
				m.fail(m.at, "headings have two #: the title is in the front matter, and a section has no parts")
			}
			if id == "" || seen[id] {
				m.fail(m.at, "the heading needs words of its own: another section goes by the same")
			}
			seen[id] = true
			a.Sections = append(a.Sections, Section{ID: id, heading: heading, line: m.at})
			continue
		}
		last := &a.Sections[len(a.Sections)-1]
		if b, ok := m.block(n); ok {
			last.blocks = append(last.blocks, b)
		}
	}
	for i, sec := range a.Sections {
		switch n := utf8.RuneCountInString(chat(sec.blocks, nothing)); {
		case len(sec.blocks) == 0 && i == 0:
			m.fail(first, "an article begins with its short answer, before the first heading")
		case len(sec.blocks) == 0:
			m.fail(sec.line, "the section says nothing")
		case n > maxSection:
			m.fail(sec.line, "the section has %d characters; at most %d can be quoted in a chat: put a heading in between", n, maxSection)
		}
	}
}

// locate notes the line on which a block stands.
func (m *markdown) locate(n ast.Node) {
	for n != nil && n.Type() == ast.TypeBlock {
		if l := n.Lines(); l != nil && l.Len() > 0 {
			m.at = m.first + strings.Count(string(m.raw[:l.At(0).Start]), "\n")
			return
		}
		n = n.FirstChild()
	}
}

func (m *markdown) block(n ast.Node) (block, bool) {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return block{kind: paragraph, lines: [][]inline{m.inlines(n)}}, true
	case *ast.Blockquote:
		if p, ok := n.FirstChild().(*ast.Paragraph); ok && n.ChildCount() == 1 {
			return block{kind: note, lines: [][]inline{m.inlines(p)}}, true
		}
		m.fail(m.at, "a note (>) is one paragraph")
	case *ast.List:
		b := block{kind: bullets}
		if n.IsOrdered() {
			b.kind, b.start = numbers, n.Start
		}
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			m.locate(item)
			if item.ChildCount() != 1 || item.FirstChild().Kind() != ast.KindTextBlock && item.FirstChild().Kind() != ast.KindParagraph {
				m.fail(m.at, "an item of a list is one paragraph: a chat draws no lists within lists")
				continue
			}
			b.lines = append(b.lines, m.inlines(item.FirstChild()))
		}
		return b, len(b.lines) > 0
	default:
		m.fail(m.at, "a chat cannot draw this (%s): write paragraphs, lists, notes and headings", n.Kind())
	}
	return block{}, false
}

func (m *markdown) heading(n ast.Node) text {
	var all text
	for _, in := range m.inlines(n) {
		if in.kind != words {
			m.fail(m.at, "a heading is plain words")
		}
		all = append(all, in.text...)
	}
	return all
}

func (m *markdown) inlines(parent ast.Node) []inline {
	var all []inline
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			all = append(all, inline{kind: words, text: m.text(lit.String()), line: m.at})
			lit.Reset()
		}
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			lit.WriteString(unescaped(n.Segment.Value(m.raw)))
			if n.HardLineBreak() {
				flush()
				all = append(all, inline{kind: newLine, line: m.at})
			} else if n.SoftLineBreak() {
				lit.WriteByte(' ')
			}
		case *ast.String:
			lit.Write(n.Value)
		case *ast.Emphasis:
			flush()
			kind := stressed
			if n.Level == 2 {
				kind = strong
			}
			all = append(all, inline{kind: kind, inside: m.inlines(n), line: m.at})
		case *ast.CodeSpan:
			flush()
			all = append(all, inline{kind: code, text: text{{lit: string(codeOf(n, m.raw))}}, line: m.at})
		case *ast.Link:
			flush()
			kind, href := m.link(string(n.Destination))
			all = append(all, inline{kind: kind, href: href, inside: m.inlines(n), line: m.at})
		case *ast.AutoLink:
			flush()
			address := string(n.URL(m.raw))
			kind, href := m.link(address)
			all = append(all, inline{kind: kind, href: href, inside: []inline{{kind: words, text: text{{lit: address}}}}, line: m.at})
		default:
			m.fail(m.at, "a chat cannot draw this (%s)", n.Kind())
		}
	}
	flush()
	return all
}

func codeOf(n ast.Node, raw []byte) []byte {
	var out []byte
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			out = append(out, t.Segment.Value(raw)...)
		}
	}
	return out
}

// unescaped gives a piece of Markdown as it is read: \* is a star, &amp; an ampersand.
func unescaped(raw []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(raw))))
}

func (m *markdown) text(s string) text {
	t, err := parseText(s)
	if err != nil {
		m.fail(m.at, "%v", err)
	}
	return t
}

// link tells links to the web from links to articles. A link of another kind is a problem.
func (m *markdown) link(to string) (inlineKind, string) {
	u, err := url.Parse(to)
	switch {
	case err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsAny(to, "() "):
		return webLink, to
	case err == nil && u.Scheme == "" && u.Host == "" && u.RawQuery == "" && (isSlug(u.Path) || u.Path == "" && u.Fragment != ""):
		return articleLink, to
	}
	m.fail(m.at, "the link should lead to https://… or to the id of an article, not to %q", to)
	return words, ""
}

// slug makes an address of a heading.
func slug(heading string) string { return strings.Join(fold(heading), "-") }

// chat writes blocks as chats read them: paragraphs, • and 1. for lists, **strong**, *stressed*,
// [words](https://…). Links to articles become their words.
func chat(blocks []block, value func(string) string) string {
	var b strings.Builder
	for i, bl := range blocks {
		for j, l := range bl.lines {
			switch {
			case i == 0 && j == 0:
			case j > 0 || bl.kind == bullets || bl.kind == numbers:
				b.WriteByte('\n')
			default:
				b.WriteString("\n\n")
			}
			switch bl.kind {
			case bullets:
				b.WriteString("• ")
			case numbers:
				fmt.Fprintf(&b, "%d. ", bl.start+j)
			}
			chatLine(&b, l, value)
		}
	}
	return b.String()
}

func chatLine(b *strings.Builder, line []inline, value func(string) string) {
	for _, in := range line {
		switch in.kind {
		case words, code:
			b.WriteString(in.text.plain(value))
		case newLine:
			b.WriteByte('\n')
		case articleLink:
			chatLine(b, in.inside, value)
		case webLink:
			inside := bare(in.inside, value)
			if inside == in.href {
				b.WriteString(in.href)
			} else {
				b.WriteString("[" + inside + "](" + in.href + ")")
			}
		case strong:
			b.WriteString("**" + bare(in.inside, value) + "**")
		case stressed:
			b.WriteString("*" + bare(in.inside, value) + "*")
		}
	}
}

// bare gives the words of a line without any marks.
func bare(line []inline, value func(string) string) string {
	var b strings.Builder
	for _, in := range line {
		if in.kind == newLine {
			b.WriteByte(' ')
			continue
		}
		b.WriteString(in.text.plain(value))
		b.WriteString(bare(in.inside, value))
	}
	return b.String()
}
