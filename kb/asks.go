package kb

import (
	"slices"
	"strings"
)

// leastWords is how many words that carry something a text needs to be taken for a question: "can
// you help me?" asks nothing that an article could answer.
const leastWords = 2

// Tells says whether a text has enough words that carry something to be about a subject.
func (b *Base) Tells(text, lang string) bool { return len(b.lexicon(lang).words(text)) >= leastWords }

func (b *Base) lexicon(lang string) *lexicon {
	if l := b.lexicons[lang]; l != nil {
		return l
	}
	return noLexicon
}

// Asks says whether a text has the form of a question about something: it ends with a question mark
// or begins as questions do in that language.
func (b *Base) Asks(text, lang string) bool {
	if !b.Tells(text, lang) {
		return false
	}
	l := b.lexicon(lang)
	if strings.HasSuffix(strings.TrimRight(text, " .!\n\t"), "?") {
		return true
	}
	words := fold(text)
	// A greeting may come first.
	for i := range min(len(words), 2) {
		for _, begin := range l.asking[words[i]] {
			if len(words) >= i+len(begin) && slices.Equal(words[i:i+len(begin)], begin) && (i == 0 || l.stop[words[0]]) {
				return true
			}
		}
	}
	return false
}
