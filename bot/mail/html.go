package mail

import (
	_ "embed" // the page
	"html/template"
	"strings"

	"latchkey/bot"
)

//go:embed letter.html
var page string

// Colours that keep their contrast on white and on black, since the mail program chooses which
// it is.
var accents = map[bot.From]template.CSS{
	bot.FromContact: "#3b82f6",
	bot.FromAgent:   "#16a34a",
}

var letterPage = template.Must(template.New("letter").Funcs(template.FuncMap{
	"accent": func(from bot.From) template.CSS {
		if c, ok := accents[from]; ok {
			return c
		}
		return "#8c8c8c"
	},
	"lines": func(s string) []string { return strings.Split(s, "\n") },
}).Parse(page))

// html writes the letter as a page: styles inline, nothing fetched, and no colours of text or
// ground, so that it is readable in light and dark.
func (l letter) html() (string, error) {
	var b strings.Builder
	err := letterPage.Execute(&b, l)
	return b.String(), err
}
