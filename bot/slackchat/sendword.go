package slackchat

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// forPerson gives what follows the word that sends. Nothing reaches the person by accident: the
// word stands at the very beginning, as it is, and nothing continues it. So what Slack makes of a
// quote (">>> …", "> > …"), a message to a colleague ("@ann >> …"), and "tomorrow" where the word
// is "to" stay in the team. The app's own name may come before it.
func (s *Slack) forPerson(raw string) (string, bool) {
	text := strings.TrimSpace(emojis(raw))
	for {
		name := mention.FindString(text)
		if name == "" || !strings.HasPrefix(text, name) || !s.mentions(strings.Replace(name, "|", ">", 1)) {
			break
		}
		text = strings.TrimSpace(text[len(name):])
	}
	rest, ok := strings.CutPrefix(text, escaper.Replace(s.o.SendWord))
	if !ok || continues(s.o.SendWord, unescape(rest)) {
		return "", false
	}
	return typed(rest), true
}

// continues says whether what comes after a word belongs to it: to another word that begins so, or
// to a quote within a quote (">> > …").
func continues(word, rest string) bool {
	end, _ := utf8.DecodeLastRuneInString(word)
	next, _ := utf8.DecodeRuneInString(rest)
	if spells(end) {
		return spells(next) || strings.ContainsRune("_-'’", next)
	}
	near, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " \u00a0"))
	return rest != "" && (next == end || near == end)
}

func spells(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// badSendWord says whether a word would never send, or what nobody meant to. Slack takes what begins
// with "/" for a command, with "@" and "#" for names, and with "*", "_", "~" and "`" for a style; and
// one sign alone begins many a line: ">" a quote, "-" a list. A smiley is one that begins none.
func badSendWord(word string) bool {
	strange := func(r rune) bool {
		return !unicode.IsPrint(r) && !unicode.Is(unicode.Mn, r) || r == ' ' || r == utf8.RuneError
	}
	first, _ := utf8.DecodeRuneInString(word)
	return utf8.RuneCountInString(word) < 2 && !unicode.Is(unicode.So, first) || strings.ContainsFunc(word, strange) || strings.ContainsAny(word[:1], "/@#*_~`") ||
		strings.Trim(word, ">") == "" && word != ">>" // Slack's quote of several lines is ">>>"
}
