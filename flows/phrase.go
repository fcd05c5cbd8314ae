package flows

import (
	"strings"

	"latchkey/flows/lexis"
)

// Phrase is something people write, made ready for comparing.
type Phrase struct {
	// Text is the phrase as it stands in the file.
	Text  string
	plain string   // the words joined by spaces
	words []string // folded words
	stems []string // the words without their endings
	at    spot
}

func newPhrase(text, lang string) Phrase {
	words := lexis.Fold(text)
	return Phrase{Text: text, plain: plain(words), words: words, stems: lexis.Stems(words, lang)}
}

// plain writes folded words as one text.
func plain(words []string) string { return strings.Join(words, " ") }
