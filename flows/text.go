package flows

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is something the bot says, in every language of the book, compiled once: saying it
// parses nothing.
type Text struct {
	at    spot
	parts map[string][]part
}

// part is a piece of text, or a variable to put in its place.
type part struct {
	lit     string
	name    string
	capital bool
}

// usedText remembers a text so that its variables can be checked when all are known.
type usedText struct {
	at    spot
	parts []part
}

func (t Text) empty() bool { return len(t.parts) == 0 }

// parseText cuts a text at its variables: {name}, {Name} for a capital first letter, {{ for a brace.
func parseText(s string) ([]part, error) {
	var parts []part
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			parts = append(parts, part{lit: lit.String()})
			lit.Reset()
		}
	}
	for s != "" {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			lit.WriteString(s)
			break
		}
		lit.WriteString(s[:i])
		s = s[i+1:]
		if strings.HasPrefix(s, "{") {
			lit.WriteByte('{')
			s = s[1:]
			continue
		}
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return nil, fmt.Errorf("a { is not closed (write {{ for a brace)")
		}
		name := s[:end]
		s = s[end+1:]
		r, n := utf8.DecodeRuneInString(name)
		p := part{name: string(unicode.ToLower(r)) + name[n:], capital: unicode.IsUpper(r)}
		if !isID(p.name) {
			return nil, fmt.Errorf("{%s} is not the name of a variable", name)
		}
		flush()
		parts = append(parts, p)
	}
	flush()
	return parts, nil
}

// render puts the values into the text of one language.
func (t Text) render(lang string, value func(name string) string) string {
	parts := t.parts[lang]
	if len(parts) == 1 && parts[0].name == "" {
		return parts[0].lit
	}
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.lit)
			continue
		}
		v := value(p.name)
		if p.capital {
			r, n := utf8.DecodeRuneInString(v)
			v = string(unicode.ToUpper(r)) + v[n:]
		}
		b.WriteString(v)
	}
	return b.String()
}
