package flows

import (
	"slices"
	"strconv"
	"strings"
)

// Concepts of the lexicon that the book itself asks for.
const (
	conceptQuestion = "question" // words that questions begin with
	conceptChoice   = "choice"   // words around a choice that is named by its place
	conceptLast     = "choice_last"
	conceptNth      = "choice_" // choice_1, choice_2, …: "the first", "la deuxième"
)

// byPlace reads "2", "option 2", "the second one" or "la dernière" as that choice of the step.
// The words must say nothing else. A place that no choice has is unclear.
func (b *Book) byPlace(words []string, legal []Option) (Move, bool) {
	if len(words) > 4 {
		return Move{}, false
	}
	place := 0
	for _, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 {
			concept := b.place[w]
			switch {
			case concept == conceptChoice:
				continue
			case concept == conceptLast:
				n = -1
			default:
				n, err = strconv.Atoi(strings.TrimPrefix(concept, conceptNth))
				if concept == "" || err != nil {
					return Move{}, false
				}
			}
		}
		if place != 0 {
			return Move{}, false
		}
		place = n
	}
	var choices []Move
	for _, o := range legal {
		if o.Here && o.Label != "" {
			choices = append(choices, o.Move)
		}
	}
	switch {
	case place == -1 && len(choices) > 0:
		return choices[len(choices)-1], true
	case place > 0 && place <= len(choices):
		return choices[place-1], true
	case place > len(choices) && len(choices) > 0 && len(words) > 1:
		return Move{Kind: Unclear}, true
	}
	return Move{}, false
}

// asks says whether a text has the form of a question.
func (b *Book) asks(words []string, text string) bool {
	return strings.HasSuffix(strings.TrimSpace(text), "?") || slices.ContainsFunc(words[:min(2, len(words))], func(w string) bool {
		return b.place[w] == conceptQuestion
	})
}
