package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Before is what was said before a text, newest words only.
type Before struct {
	// Said is what the same person said last, and Asked what was said to them since. Both are
	// clean already.
	Said, Asked string
	// Fact: they were asked for something that may look like a password and is none, such as a
	// user name or the words of an error.
	Fact bool
}

// After is [Text] for a text whose place in a conversation is known. A short answer such as
// "Soleil123" or "482913" is a secret where passwords or codes were spoken of just before, and any
// word is one after "my password is:". failed is for the operator: the rules broke or took too
// long, and the text was removed whole.
func After(text string, b Before) (clean string, found bool, failed error) {
	return usual.after(text, b.mood())
}

// Depends says whether what was said before can make a difference to a text. It is quick, and wrong
// only in saying so too often: short answers can be anything, longer texts need something that
// looks like a password or a code.
func Depends(text string) bool {
	if strings.ContainsAny(text, "0123456789"+wordSigns) || len(strings.Fields(text)) <= fewWords {
		return true
	}
	f := fold(" " + text)
	if strings.ContainsAny(f.low, "0123456789"+wordSigns) || strings.ContainsFunc(f.low, unicode.IsDigit) || f.looksDrawn() {
		return true
	}
	// "is Dolphin, and it is refused" goes on after "my password".
	s := &scan{f, 0, min(len(f.low), longestValue)}
	how, ok := s.lead()
	return ok && how != leadNothing
}

// Worst is what [After] leaves of a text whatever was said before it: for who has to keep a text
// before its place is known. It removes more than it should, of short texts above all.
func Worst(text string) (clean string, found bool, failed error) {
	return usual.after(text, alert|talked|talkedCode|announced|announcedCode)
}

// mood is how much is suspected, as a set.
type mood uint8

const (
	alert         mood = 1 << iota // a conversation, and no fact was asked for
	talked                         // passwords were spoken of
	talkedCode                     // codes were spoken of
	announced                      // "here is my password:"
	announcedCode                  // "the code is"
	calm          mood = 0         // nothing is known
)

var (
	// announcing ends a text whose next words are the secret.
	announcing = regexp.MustCompile(`(?:\b(?:is|was|are|est|etait|c'est|cest|sont)|[:=]|->|→) *$`)
	// promising says that it is to come, or has just come.
	promising = regexp.MustCompile(`\b(?:here(?:'s| is| it is| you go)|i(?:'ll| will| can)? (?:send|give|type|write|paste)|this is|voici|voila|je (?:vous |te )?(?:l'|le |la )?(?:envoie|donne|ecris|tape|colle))\b`)
	// leading are words before a short answer.
	leading = regexp.MustCompile(`^[^\pL\pN•]*(?:(?:(?:now |la )?(?:it'?s|c'est)|it says|ca dit|i have|i got|i received|j'ai(?: recu| eu)?|mine is|le mien(?: est| c'est)?|it is|it was|was|that'?s|c est|cest|c'etait|ce|est|voici|voila|tiens|here(?:'s| is| you go)?|try|tried|maybe|i think|i use|i put|i typed|essaie|essayez|peut-etre|j'ai mis|j'ai tape|j'utilise|ok|oui|yes|sorry|scuse|oups|oops|euh?|hum|um|et|and|or|ou|pis|then|puis|je mets|je tape|je pense)[ ,:]+){0,4}["'«“( ]*`)
	// announcedWithin is how far from the beginning, in bytes, what was announced comes at most.
	announcedWithin = 600
	// fewWords is how long a short answer is at most.
	fewWords = 5
	// phoneText are numbers people are called at, which stay.
	phoneText = regexp.MustCompile(`^\+|^\(?[2-9]\d{2}\)?[ .-]?\d{3}[ .-]?\d{4}$`)
	// shortCode is a code by itself.
	shortCode = regexp.MustCompile(`^(?:(?:g-)?\d{4,8}|\d{2,4}(?:[ -]\d{2,4}){1,2}|[a-z0-9]{2,6}(?:-[a-z0-9]{2,6}){1,7})\b`)
)

// mood says how much to suspect after such words.
func (b Before) mood() mood {
	var m mood
	if !b.Fact {
		m = alert
	}
	for i, text := range []string{b.Said, b.Asked} {
		low := fold(tailOf(text, 600)).low
		pass, code := len(passwordWords(low)) > 0, speaksOfCode(low)
		if pass && !b.Fact {
			m |= talked
		}
		// A user name looks like a password, but seldom like a code.
		if code && (!b.Fact || i == 0) {
			m |= talkedCode
		}
		// Only who says it can announce it.
		if i == 0 && (announcing.MatchString(low) || promising.MatchString(low)) {
			if pass {
				m |= announced
			}
			if code {
				m |= announcedCode
			}
		}
	}
	return m
}

func speaksOfCode(low string) bool {
	for _, w := range codeWord.FindAllStringIndex(low, -1) {
		if !codeOther.MatchString(tailOf(low[:w[0]], 40)) {
			return true
		}
	}
	return false
}

// after cleans a text in a mood.
func (c cleaner) after(text string, m mood) (clean string, found bool, failed error) {
	if strings.TrimSpace(text) == "" {
		return strings.ToValidUTF8(text, "\uFFFD"), false, nil
	}
	clean, found, failed = c.clean(text, m)
	if m&(announced|announcedCode) == 0 {
		return clean, found, failed
	}
	// What was announced comes at the beginning.
	head, tail := clean, ""
	if len(clean) > announcedWithin {
		if end := strings.IndexAny(clean[announcedWithin:], " \n"); end >= 0 {
			head, tail = clean[:announcedWithin+end], clean[announcedWithin+end:]
		}
	}
	// As in clean, a mark changes its neighbours.
	for range 6 {
		if failed != nil {
			return secretMark, true, failed
		}
		var next string
		if next, failed = c.led(head, m); failed == nil && next == head {
			return head + tail, found, nil
		}
		head, found = next, true
	}
	return secretMark, true, failed
}

// led cleans a text as if it stood in one sentence with its announcement.
func (c cleaner) led(text string, m mood) (clean string, failed error) {
	for _, a := range []struct {
		mood        mood
		short, long string
	}{{announcedCode, "the code is: ", "code "}, {announced, "password: ", "password "}} {
		if m&a.mood == 0 {
			continue
		}
		lead := a.long
		// "pw refused" is no password, whatever was announced.
		if low := fold(text).low; len(strings.Fields(low)) <= fewWords && len(passwordWords(low)) == 0 && !codeWord.MatchString(low) {
			lead = a.short
		}
		next, _, failed := c.clean(lead+text, m)
		rest, ok := strings.CutPrefix(next, lead)
		if failed != nil || !ok {
			return secretMark, failed
		}
		text = rest
	}
	text, _, failed = c.clean(text, m)
	return text, failed
}

// moodSecrets finds what is one because of what was said before.
func moodSecrets(spans []secretSpan, f folded, m mood) []secretSpan {
	if m&talked != 0 {
		spans = toldSecrets(spans, f, [][]int{{0, len(f.low)}})
	}
	if m&talkedCode != 0 {
		spans = toldCodes(spans, f, [][]int{{0, len(f.low)}})
	}
	words := strings.Fields(f.low)
	if len(words) == 0 || len(words) > fewWords || strings.Contains(f.low, "@") && mailText.MatchString(words[len(words)-1]) {
		return spans
	}
	from := len(leading.FindString(f.low))
	if m&(talked|talkedCode) != 0 {
		spans = shortCodes(spans, f, from, m)
	}
	if start, end, ok := f.loneLetters(from, m); ok {
		return append(spans, f.cut(start, end))
	}
	rest := f.low[from:]
	for at := 0; at < len(rest); {
		n := strings.IndexFunc(rest[at:], unicode.IsSpace)
		if n < 0 {
			n = len(rest) - at
		}
		start, end := trimWord(f.low, from+at, from+at+n)
		lone := start <= from+2 && end >= len(strings.TrimRight(f.low, " .!?…\n"))-1
		switch {
		case f.suspect(start, end, m, lone):
			spans = append(spans, f.cut(start, end))
		case start < end && !slices.Contains(between, f.low[start:end]):
			return spans // "my plan Gold2026 is gone" goes on about something else
		}
		at += n + 1
	}
	return spans
}

// between are words between two passwords.
var between = []string{"or", "and", "then", "not", "also", "ou", "et", "pis", "puis", "pas"}

// suspect says whether a word of a short answer is a password. By itself, out of the blue, it needs
// letters of both cases with digits; after talk of passwords letters with digits do.
func (f folded) suspect(start, end int, m mood, lone bool) bool {
	if !f.mixed(start, end) || f.common(start, end) || !strings.ContainsFunc(f.low[start:end], unicode.IsLetter) ||
		notTold.MatchString(tailOf(f.low[:start], 30)) || notTold2.MatchString(f.low[end:]) {
		return false
	}
	if m&talked != 0 {
		return utf8.RuneCountInString(f.low[start:end]) >= 5
	}
	word := f.original(start, end)
	return m&alert != 0 && lone && len(word) >= 8 && strings.ContainsFunc(word, unicode.IsUpper) && strings.ContainsFunc(word, unicode.IsLower)
}

// shortCodes finds a number that is an answer by itself.
func shortCodes(spans []secretSpan, f folded, from int, m mood) []secretSpan {
	rest := f.low[from:]
	at := shortCode.FindStringIndex(rest)
	if at == nil || phoneText.MatchString(strings.TrimSpace(rest)) || strings.HasPrefix(rest, "lk-") {
		return spans
	}
	code := rest[at[0]:at[1]]
	digits := len(code) - len(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, code))
	// What follows must not count or name something: "12 34 times", "4029 rue Hutchison".
	after := strings.Trim(rest[at[1]:], " .!?\"'»”)")
	least := 6
	if m&talkedCode != 0 {
		least = 4
	}
	if digits < least || plainText.MatchString(code) && !onlyDigits(code) || after != "" && !sentence(after) {
		return spans
	}
	return append(spans, f.cut(from+at[0], from+at[1]))
}
