package mail

import (
	"strings"
	"unicode"
)

// oneLine makes a text fit for a header or a label: no line breaks, nothing invisible.
func oneLine(s string) string {
	return strings.Join(strings.Fields(visible(s, ' ')), " ")
}

// lines splits a text as it was written, without trailing blanks and without empty lines at
// its ends.
func lines(s string) []string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	out := strings.Split(strings.Trim(visible(s, '\n'), "\n"), "\n")
	for i, line := range out {
		out[i] = strings.TrimRightFunc(line, unicode.IsSpace)
	}
	return out
}

// visible drops what cannot be seen but can change how the rest is seen: control characters
// and those that turn the direction of writing. Line breaks become newline.
func visible(s string, newline rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return newline
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// shorten cuts a text for a place with little room.
func shorten(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}
