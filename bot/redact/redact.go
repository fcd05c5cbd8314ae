// Package redact takes secrets out of what people type: passwords, one-time codes, links that
// open something, keys, and the numbers of cards and accounts. [Text] looks at a text by itself;
// [After] knows what was said before it, and suspects more. Both fail closed: on doubt right after
// "my password is" they remove, and what cannot be looked through is removed whole. [Logs] keeps
// people's addresses and numbers out of logs.
package redact

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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
	clean, found, _ = usual.clean(text, calm)
	return clean, found
}

// Marked says whether something was taken out of a text before: a channel that has to keep what
// came, before the bot hears of it, has cleaned it already.
func Marked(text string) bool { return strings.Contains(text, secretMark) }

// longest is how long one text may take. A thousand times what the longest message takes: only a
// mistake in a rule reaches it.
const longest = 2 * time.Second

// cleaner is the rules with the time they may take.
type cleaner struct {
	rules []rule
	now   func() time.Time
	limit time.Duration
}

// rule finds secrets in a text and adds them to the spans.
type rule func(spans []secretSpan, text string, f folded, mood mood) []secretSpan

var usual = cleaner{
	rules: []rule{linkRule, tokenRule, numberRule, codeRule, letterRule, passwordRule, moodRule},
	now:   time.Now, limit: longest,
}

// clean takes out what the rules find. Where one of them breaks or takes too long the whole text
// goes, and failed says why, without a word of it.
func (c cleaner) clean(text string, m mood) (clean string, found bool, failed error) {
	defer func() {
		if r := recover(); r != nil {
			clean, found, failed = secretMark, true, fmt.Errorf("redact: a rule broke on a text of %d bytes: %T", len(text), r)
		}
	}()
	clean = strings.ToValidUTF8(text, "\uFFFD")
	given, end := clean, c.now().Add(c.limit)
	// A mark changes what stands next to its neighbours, so another look can find more. Ordinary
	// texts need one look and one to confirm it; what is still changing after that many was made
	// to get through.
	for range 6 {
		next, ok := c.once(clean, m, end)
		if !ok {
			return secretMark, true, fmt.Errorf("redact: the rules took longer than %v on a text of %d bytes", c.limit, len(text))
		}
		if next == clean {
			return clean, clean != given, nil
		}
		clean = next
	}
	return secretMark, true, nil
}

// secretSpan is a part of a text that has to go. Keep is the harmless beginning that is left
// of it, such as a link's host.
type secretSpan struct {
	start, end int
	keep       string
}

// Most texts have none of what a rule needs, and looking for that is much quicker.

func linkRule(spans []secretSpan, text string, _ folded, _ mood) []secretSpan {
	if strings.ContainsAny(text, "/?#") && strings.ContainsAny(text, ".:") {
		return linkSecrets(spans, text)
	}
	return spans
}

func tokenRule(spans []secretSpan, text string, f folded, _ mood) []secretSpan {
	if strings.ContainsAny(text, "0123456789-_=+") {
		return tokenSecrets(spans, text, f)
	}
	return spans
}

func numberRule(spans []secretSpan, text string, f folded, _ mood) []secretSpan {
	if strings.ContainsAny(text, "0123456789") {
		return numberSecrets(spans, text, f)
	}
	return spans
}

func codeRule(spans []secretSpan, _ string, f folded, _ mood) []secretSpan {
	if strings.ContainsAny(f.low, "0123456789") && hasAny(f.low, "code", "pin", "nip", "otp", "2fa", "a2f", "mfa", "text", "sms", "auth", "verif", "confirm") {
		return codeSecrets(spans, f)
	}
	return spans
}

func letterRule(spans []secretSpan, _ string, f folded, _ mood) []secretSpan {
	if hasAny(f.low, "code", "pin", "nip", "otp", "2fa", "a2f", "mfa", "sms", "texto", "text message", "auth", "verif", "confirm", " key", "cle") && f.looksDrawn() {
		return letterSecrets(spans, f)
	}
	return spans
}

func passwordRule(spans []secretSpan, _ string, f folded, _ mood) []secretSpan {
	return passwordSecrets(spans, f)
}

func moodRule(spans []secretSpan, _ string, f folded, m mood) []secretSpan {
	if m == calm {
		return spans
	}
	return moodSecrets(spans, f, m)
}

// once looks through a text once. It is not ok when there is no time left.
func (c cleaner) once(text string, m mood, end time.Time) (clean string, ok bool) {
	f := fold(text)
	var spans []secretSpan
	for _, find := range c.rules {
		spans = find(spans, text, f, m)
		if c.now().After(end) {
			return "", false
		}
	}
	if len(spans) == 0 {
		return text, true
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
	return b.String(), true
}

// folded is a text as the rules read it: lower case, without accents, with one kind of
// apostrophe, of blank and of letter. What a rule finds there is told in places of the text itself.
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
	// Letters of other alphabets that look the same.
	for plain, same := range map[byte]string{'a': "аα", 'c': "сϲ", 'd': "ԁ", 'e': "еε", 'i': "іι", 'j': "ј", 'o': "оο", 'p': "рρ", 's': "ѕ", 'w': "ԝω", 'x': "х", 'y': "у"} {
		for _, r := range same {
			m[r] = plain
		}
	}
	return m
}()

// styled gives the plain letters and signs of one that is drawn in another style: bold, wide,
// circled; nothing for all others.
func styled(r rune) string {
	if r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsNumber(r) && (r < '！' || r > '～') && (r < 'Ⓐ' || r > 'ⓩ') {
		return ""
	}
	plain := norm.NFKC.String(string(r))
	if strings.ContainsFunc(plain, func(r rune) bool { return r <= ' ' || r >= utf8.RuneSelf }) {
		return ""
	}
	return strings.ToLower(plain)
}

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
			if plain := styled(r); plain != "" {
				low = append(low, plain...)
			} else {
				low = utf8.AppendRune(low, r)
			}
			for range len(low) - before {
				at = append(at, i)
			}
		}
	}
	return folded{text: text, low: string(low), at: append(at, len(text)), shouted: !lower}
}

// cut is a part of the folded text, by its places there, as a span of the text.
// A letter that is read as several goes whole.
func (f folded) cut(start, end int) secretSpan {
	for start < end && end < len(f.low) && f.at[end] == f.at[end-1] {
		end++
	}
	return secretSpan{start: f.at[start], end: f.at[end]}
}

// original is what was written where the folded text has start to end.
func (f folded) original(start, end int) string { return f.text[f.at[start]:f.at[end]] }

// alone says whether a part of a text is not the middle of a longer word.
func alone(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return !alnum(before) && !alnum(after)
}

func alnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
