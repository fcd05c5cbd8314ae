package slackchat

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// verbatim is what has no marks and no smileys inside: code, what Slack puts between angle brackets,
// addresses.
var verbatim = regexp.MustCompile("(?is)```.*?```|`[^`\n]+`|<[^<>\n]+>|" + bare.String())

// While marks are read, the characters from held on stand for what is verbatim, and struck for what
// was struck out: Unicode keeps them for such private use.
const (
	held   = '\uE000'
	struck = '\uF8FF'
)

var private = regexp.MustCompile(`[\x{E000}-\x{F8FF}]`)

// meant gives what somebody of the team wrote to a person without the signs by which Slack marks it:
// *bold*, _italic_, `code`. The other side of the conversation may be a bubble or a mail, which know
// other signs, or none. What is struck out, ~like this~, is left out: it does not hold any more.
func meant(text string) string {
	text = private.ReplaceAllString(text, "\uFFFD") // nobody can read these
	var kept []string
	text = verbatim.ReplaceAllStringFunc(text, func(s string) string {
		lead, tail := "", ""
		if inner := strings.Trim(s, "`"); inner != s {
			s = strings.Trim(inner, "\n")
		} else {
			// Marks around an address are none of it.
			inner := strings.TrimLeft(s, "_")
			lead, s = s[:len(s)-len(inner)], inner
			inner = strings.TrimRight(s, "*_~")
			tail, s = s[len(inner):], inner
		}
		if len(kept) == struck-held {
			return lead + s + tail
		}
		kept = append(kept, s)
		return lead + string(rune(held+len(kept)-1)) + tail
	})
	for _, sign := range []string{"**", "*", "_"} {
		text = unmark(text, sign, func(inner string) string { return inner })
	}
	text = unmark(text, "~", func(string) string { return string(struck) })
	text = gap.ReplaceAllStringFunc(text, closed)
	text = private.ReplaceAllStringFunc(text, func(s string) string {
		r, _ := utf8.DecodeRuneInString(s)
		return kept[r-held]
	})
	return strings.TrimSpace(text)
}

// gap is the place of something that was struck out, with the spaces around it and what closes the
// sentence.
var gap = regexp.MustCompile(`(?m)(^| *)\x{F8FF} *([.,;:!?)]?)`)

func closed(s string) string {
	switch end := gap.FindStringSubmatch(s); {
	case end[2] != "":
		return end[2]
	case end[1] != "":
		return " "
	}
	return ""
}

// unmark puts something in place of what stands between two signs in a line, by Slack's rule: they
// touch it, and no word touches them from outside. So a name_with_lines and 2*3*4 stay as they are.
func unmark(text, sign string, instead func(inner string) string) string {
	var out strings.Builder
	from := 0
	for {
		begin := strings.Index(text[from:], sign)
		if begin < 0 {
			break
		}
		begin += from
		end := -1
		if begins(text, begin, sign) {
			end = ends(text, begin+len(sign), sign)
		}
		if end < 0 {
			out.WriteString(text[from : begin+len(sign)])
			from = begin + len(sign)
			continue
		}
		out.WriteString(text[from:begin])
		out.WriteString(instead(text[begin+len(sign) : end]))
		from = end + len(sign)
	}
	out.WriteString(text[from:])
	return out.String()
}

// begins says whether a sign at a place can begin something marked.
func begins(text string, at int, sign string) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	return !wordly(before) && !strings.HasSuffix(text[:at], sign[:1]) && touches(text[at+len(sign):], sign)
}

// touches says whether a text begins right behind a sign.
func touches(text, sign string) bool {
	r, n := utf8.DecodeRuneInString(text)
	return n > 0 && !unicode.IsSpace(r) && !strings.HasPrefix(text, sign[:1])
}

// ends gives the place of the sign that ends what was begun, -1 when there is none in the line.
func ends(text string, from int, sign string) int {
	for at := from + 1; at < len(text) && text[at-1] != '\n'; at++ {
		if !strings.HasPrefix(text[at:], sign) || strings.HasPrefix(text[at+len(sign):], sign[:1]) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(sign):])
		if !unicode.IsSpace(before) && !strings.HasSuffix(text[:at], sign[:1]) && !wordly(after) {
			return at
		}
	}
	return -1
}
