package mail

import (
	"fmt"
	"strings"
)

// text writes the letter for programs, and people, that want no HTML. What a person wrote is
// indented everywhere, so that it cannot pass for a heading of ours.
func (l letter) text() string {
	var b strings.Builder
	if l.News != "" {
		fmt.Fprintf(&b, "%s\n\n", l.News)
	}
	fmt.Fprintf(&b, "%s%s%s\n%s · %s\n", l.Who, l.colon, l.About, l.Ticket, l.Queue)
	if l.Link != "" {
		fmt.Fprintf(&b, "%s%s%s\n", l.LinkLabel, l.colon, l.Link)
	}
	if l.TalkFirst {
		writeTalk(&b, l.TalkTitle, l.Talk)
	}
	for _, s := range l.Sections {
		title(&b, s.Title)
		for i, r := range s.Rows {
			l.writeRow(&b, i, s, r)
		}
	}
	if !l.TalkFirst {
		writeTalk(&b, l.TalkTitle, l.Talk)
	}
	fmt.Fprintf(&b, "\n-- \n%s\n", l.Footer)
	return b.String()
}

func (l letter) writeRow(b *strings.Builder, i int, s section, r row) {
	value := strings.ReplaceAll(r.Value, "\n", "\n     ")
	switch {
	case s.Numbered && r.Value == "":
		fmt.Fprintf(b, "  %d. %s\n", i+1, r.Label)
	case s.Numbered:
		fmt.Fprintf(b, "  %d. %s\n     → %s\n", i+1, r.Label, value)
	case r.Label == "":
		fmt.Fprintf(b, "  %s\n", value)
	default:
		fmt.Fprintf(b, "  %s%s%s\n", r.Label, l.colon, value)
	}
}

func writeTalk(b *strings.Builder, heading string, talk []entry) {
	if len(talk) == 0 {
		return
	}
	title(b, heading)
	for _, e := range talk {
		fmt.Fprintf(b, "  %s  %s\n", e.When, e.Who)
		if e.Picture != "" {
			fmt.Fprintf(b, "    %s\n", e.Picture)
		}
		for _, line := range e.Lines {
			fmt.Fprintf(b, "    %s\n", line)
		}
		if len(e.Choices) > 0 {
			fmt.Fprintf(b, "    [%s]\n", strings.Join(e.Choices, "] ["))
		}
	}
}

func title(b *strings.Builder, s string) {
	fmt.Fprintf(b, "\n%s\n%s\n", s, strings.Repeat("-", len([]rune(s))))
}
