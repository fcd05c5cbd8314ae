package kb

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is a line of words with variables, as in the decision trees: {product}, {App} with a
// capital letter, {{ for a brace.
type text []part

type part struct {
	lit     string
	name    string
	capital bool
}

func parseText(s string) (text, error) {
	var parts text
	var lit strings.Builder
	for s != "" {
		before, after, found := strings.Cut(s, "{")
		lit.WriteString(before)
		if !found {
			break
		}
		if strings.HasPrefix(after, "{") {
			lit.WriteByte('{')
			s = after[1:]
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return nil, errors.New("a { is not closed (write {{ for a brace)")
		}
		r, n := utf8.DecodeRuneInString(name)
		p := part{name: string(unicode.ToLower(r)) + name[n:], capital: unicode.IsUpper(r)}
		if !isName(p.name) {
			return nil, fmt.Errorf("{%s} is not the name of a variable", name)
		}
		if lit.Len() > 0 {
			parts = append(parts, part{lit: lit.String()})
			lit.Reset()
		}
		parts = append(parts, p)
		s = rest
	}
	if lit.Len() > 0 {
		parts = append(parts, part{lit: lit.String()})
	}
	return parts, nil
}

func isName(s string) bool {
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || i > 0 && (r == '_' || r >= '0' && r <= '9')) {
			return false
		}
	}
	return s != ""
}

// plain fills the variables in.
func (t text) plain(value func(string) string) string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.words(value))
	}
	return b.String()
}

func (p part) words(value func(string) string) string {
	if p.name == "" {
		return p.lit
	}
	v := value(p.name)
	if p.capital {
		r, n := utf8.DecodeRuneInString(v)
		v = string(unicode.ToUpper(r)) + v[n:]
	}
	return v
}
