package mail

import (
	"embed"
	"html/template"
	"strings"

	"latchkey/bot"
)

//go:embed *.html
var files embed.FS

// Colours that keep their contrast on white and on black, since the mail program chooses which
// it is.
var accents = map[bot.From]template.CSS{
	bot.FromContact: "#3b82f6",
	bot.FromAgent:   "#16a34a",
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"accent": func(from bot.From) template.CSS {
		if c, ok := accents[from]; ok {
			return c
		}
		return "#8c8c8c"
	},
	"lines": func(s string) []string { return strings.Split(s, "\n") },
}).ParseFS(files, "*.html"))

// html writes the letter as a page: styles inline, nothing fetched, and no colours of text or
// ground, so that it is readable in light and dark.
func (l letter) html() (string, error) {
	var b strings.Builder
	err := pages.ExecuteTemplate(&b, "letter.html", l)
	return b.String(), err
}
