package mail

import (
	"regexp"
	"strings"
	"unicode"

	"latchkey/bot"
)

// A hair space is hardly seen, and a space to every program that looks for addresses. A
// character without width would not do: host names may have those, and browsers ignore them.
const gap = "\u200a"

// unlink writes a text so that mail programs, which look for addresses in texts, find none to
// make a link of. It reads as before.
func unlink(s string) string {
	if !linkable(s) {
		return s
	}
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		if breaks(runes, i) {
			b.WriteString(gap)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// linkable says whether a mail program could see an address in a text.
func linkable(s string) bool {
	runes := []rune(s)
	for i := range runes {
		if breaks(runes, i) {
			return true
		}
	}
	return false
}

// breaks says whether an address has to be broken here: before a dot inside a name, and after
// the colon of a scheme, be it https:// or mailto:.
func breaks(s []rune, i int) bool {
	at := func(i int) rune {
		if i < 0 || i >= len(s) {
			return ' '
		}
		return s[i]
	}
	before, after := at(i-1), at(i+1)
	switch {
	case before == ':':
		return inName(at(i-2)) && !unicode.IsSpace(s[i]) && !unicode.IsDigit(s[i])
	case strings.ContainsRune(".。．｡", s[i]): // the others are what Asian keyboards write
		return inName(before) && inName(after) && !(unicode.IsDigit(before) && unicode.IsDigit(after))
	}
	return false
}

// inName says whether a character can stand beside a dot in the name of a host. Format
// characters can: they are ignored there.
func inName(r rune) bool {
	return unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark, unicode.Symbol, unicode.Cf) || r == '-' || r == '_'
}

// theirs are the addresses the person wrote, or the page that embeds the bubble. The bot repeats
// what it was told, a name for instance; only addresses of its own may be followed.
type theirs struct {
	said  string
	words []string
}

var word = regexp.MustCompile(`\S+`)

func newTheirs(p bot.Parcel) theirs {
	all := []string{
		p.Contact.Name, p.Contact.Email, p.Contact.Identity.Name, p.Contact.Identity.Email,
		p.Ticket.Case.Name, p.Ticket.Case.Email,
	}
	for _, m := range p.Messages {
		if m.From == bot.FromContact {
			all = append(all, m.Text)
		}
	}
	t := theirs{said: strings.ToLower(visible(strings.Join(all, "\n"), '\n'))}
	for _, w := range strings.Fields(t.said) {
		if w = bare(w); linkable(w) {
			t.words = append(t.words, w)
		}
	}
	return t
}

// unlink breaks their addresses in a text of the bot.
func (t theirs) unlink(s string) string {
	return word.ReplaceAllStringFunc(s, func(w string) string {
		address := strings.ToLower(bare(w))
		if !linkable(address) {
			return w
		}
		if strings.Contains(t.said, address) {
			return unlink(w)
		}
		for _, other := range t.words {
			if strings.Contains(address, other) {
				return unlink(w)
			}
		}
		return w
	})
}

// bare is a word without the marks around it.
func bare(w string) string {
	return strings.TrimFunc(w, func(r rune) bool { return !inName(r) })
}
