package openai

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"latchkey/bot/redact"
)

// longestText is how much of a text a model gets, in characters: what one person writes at once is
// rarely a tenth of it, and every word is paid for.
const longestText = 2000

// longestSecret is more characters than a card, a telephone number or an address has.
const longestSecret = 100

var (
	// An address is found rather too often than too rarely.
	emailInText = regexp.MustCompile(`[^\s<>"'(),:;\[\]]+[@＠][^\s<>"'(),:;\[\]]+`)
	// phoneInText has seven to fifteen digits (E.164), however they are grouped.
	phoneInText = regexp.MustCompile(`\+?\(?\d(?:[\s().\-/\x{00a0}\x{202f}]{0,3}\d){6,14}`)
)

// outgoing gives a text as it may leave: without secrets, addresses and telephone numbers. What came
// from the bot is free of secrets already; looking again costs microseconds, and whoever calls this
// with something else is safe too.
func outgoing(text string) string {
	head := cut(text, 2*longestText) // what is far beyond the end needs no search
	part := len(head) < len(strings.TrimSpace(text))
	text, _ = redact.Text(head)
	if part { // its end may be half a secret, and what was removed before may bring it near
		text = cut(text, max(utf8.RuneCountInString(text)-longestSecret, 0))
	}
	text = emailInText.ReplaceAllString(text, "[email]")
	text = phoneInText.ReplaceAllString(text, "[phone]")
	return cut(text, longestText)
}

// cut gives at most n characters of a text.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n--; n < 0 {
			return strings.TrimSpace(text[:i])
		}
	}
	return text
}
