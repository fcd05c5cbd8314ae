package flows

import "latchkey/flows/lexis"

// sure is how many more words must be of one language than of the others before a text is
// said to be in it. Short texts tell nothing: "ok", "mail".
const sure = 2

// LanguageOf tells the language of a text from words that only one of the book's languages
// uses, or "" when it is not certain. It never guesses: undecided keeps the language there is.
func (b *Book) LanguageOf(text string) string {
	score := map[string]int{}
	words := lexis.Fold(text)
	for _, w := range words {
		if l, ok := b.own[w]; ok {
			score[l]++
		}
	}
	best, lead := "", 0
	for _, l := range b.languages {
		n := score[l.Code]
		for _, other := range b.languages {
			if other.Code != l.Code {
				n = min(n, score[l.Code]-2*score[other.Code])
			}
		}
		if n > lead {
			best, lead = l.Code, n
		}
	}
	if lead < sure {
		return ""
	}
	return best
}

// ownWords gives the words that the phrases of one language use (at least twice) and those of
// no other.
func ownWords(intents map[string]*intent) map[string]string {
	count := map[string]map[string]int{}
	for _, in := range intents {
		for lang, phrases := range in.phrases {
			for _, ph := range phrases {
				for _, w := range ph.words {
					if count[w] == nil {
						count[w] = map[string]int{}
					}
					count[w][lang]++
				}
			}
		}
	}
	own := map[string]string{}
	for w, by := range count {
		if len(by) != 1 {
			continue
		}
		for lang, n := range by {
			if n >= 2 {
				own[w] = lang
			}
		}
	}
	return own
}
