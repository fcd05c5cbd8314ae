// Package redact takes secrets out of what people type: passwords, one-time codes, links that
// open something, keys, and the numbers of cards and accounts. It works on one text by itself,
// knows no conversation, and fails closed: on doubt right after "my password is" it removes.
package redact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secretMark stands where a secret was.
const secretMark = "••••••"

// Text takes out of a text what looks like a secret: passwords in the usual phrasings,
// one-time codes, links that open something, keys and tokens, numbers of cards, accounts and
// social insurance. It says whether it found any. The clean text is valid UTF-8, and cleaning
// it again changes nothing.
//
// It reads a text at most a few times from end to end, so that its time grows with the length
// of the text and not faster.
func Text(text string) (clean string, found bool) {
	clean = strings.ToValidUTF8(text, "\uFFFD")
	given := clean
	// A mark changes what stands next to its neighbours, so another look can find more. Ordinary
	// texts need one look and one to confirm it; what is still changing after that many was made
	// to get through.
	for range 6 {
		next := redactOnce(clean)
		if next == clean {
			return clean, clean != given
		}
		clean = next
	}
	return secretMark, true
}

// Marked says whether something was taken out of a text before: a channel that has to keep what
// came, before the bot hears of it, has cleaned it already.
func Marked(text string) bool { return strings.Contains(text, secretMark) }

// secretSpan is a part of a text that has to go. Keep is the harmless beginning that is left
// of it, such as a link's host.
type secretSpan struct {
	start, end int
	keep       string
}

func redactOnce(text string) string {
	f := fold(text)
	var spans []secretSpan
	// Most texts have none of what a rule needs, and looking for that is much quicker.
	if strings.ContainsAny(text, "/?#") && strings.ContainsAny(text, ".:") {
		spans = linkSecrets(spans, text)
	}
	if strings.ContainsAny(text, "0123456789-_=+") {
		spans = tokenSecrets(spans, text, f)
	}
	if strings.ContainsAny(text, "0123456789") {
		spans = numberSecrets(spans, text, f)
		if hasAny(f.low, "code", "pin", "nip", "otp") {
			spans = codeSecrets(spans, f)
		}
	}
	spans = passwordSecrets(spans, f)
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b secretSpan) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	var b strings.Builder
	done := 0
	for _, s := range spans {
		if s.end <= done {
			continue
		}
		if s.start >= done {
			b.WriteString(text[done:s.start])
			b.WriteString(s.keep)
			b.WriteString(secretMark)
		}
		done = s.end
	}
	b.WriteString(text[done:])
	return b.String()
}

// folded is a text as the rules read it: lower case, without accents, with one kind of
// apostrophe and of blank. What a rule finds there is told in places of the text itself.
type folded struct {
	text string
	low  string
	at   []int // at[i] is where byte i of low comes from; one more for the end
	// shouted: there is no lower-case letter, so capitals mean nothing.
	shouted bool
}

// plainLetters pairs accented letters with the ones they are read as.
var plainLetters = func() map[rune]byte {
	m := map[rune]byte{'’': '\'', 'ʼ': '\'', '‘': '\'', '`': '\'', '\u00a0': ' ', '\u202f': ' ', '\u2009': ' ', '：': ':', '＝': '='}
	for plain, accented := range map[byte]string{'a': "àâäáãå", 'c': "ç", 'e': "éèêë", 'i': "îïíì", 'n': "ñ", 'o': "ôöóòõœ", 'u': "ùûüú", 'y': "ÿý"} {
		for _, r := range accented {
			m[r] = plain
		}
	}
	return m
}()

func fold(text string) folded {
	low := make([]byte, 0, len(text))
	at := make([]int, 0, len(text)+1)
	lower := false
	for i, r := range text {
		lower = lower || unicode.IsLower(r)
		r = unicode.ToLower(r)
		switch plain, ok := plainLetters[r]; {
		case ok:
			low, at = append(low, plain), append(at, i)
		case unicode.In(r, unicode.Mn, unicode.Cf):
			// Accents that stand alone, and what cannot be seen, must not hide a word.
		default:
			before := len(low)
			low = utf8.AppendRune(low, r)
			for range len(low) - before {
				at = append(at, i)
			}
		}
	}
	return folded{text: text, low: string(low), at: append(at, len(text)), shouted: !lower}
}

// cut is a part of the folded text, by its places there, as a span of the text.
func (f folded) cut(start, end int) secretSpan { return secretSpan{start: f.at[start], end: f.at[end]} }

// original is what was written where the folded text has start to end.
func (f folded) original(start, end int) string { return f.text[f.at[start]:f.at[end]] }

// alone says whether a part of a text is not the middle of a longer word.
func alone(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return !alnum(before) && !alnum(after)
}

func alnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
