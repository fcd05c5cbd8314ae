package classify

import (
	"slices"
	"strings"

	"latchkey/flows/lexis"
)

// Lexicon names concepts and the words they go by, in any language. A form may have several
// words, and end in * for any ending: `password`, `mot de passe`, `invit*`. What stands in it
// counts the same in every language, so that examples in one help the other.
type Lexicon map[string][]string

// Negation is the concept whose words turn what is near them round; see [Lexicon].
const Negation = "not"

// concepts finds the concepts of a lexicon in folded words.
type concepts struct {
	names []string
	// exact are the forms by their words joined with spaces, prefixes those that end in *, by
	// their first letters.
	exact    map[string]int
	prefixes map[string]int
	// most is the most words a form has; shortest the shortest prefix.
	most, shortest int
}

func newConcepts(l Lexicon) *concepts {
	c := &concepts{exact: map[string]int{}, prefixes: map[string]int{}, most: 1, shortest: 99}
	for name := range l {
		c.names = append(c.names, name)
	}
	slices.Sort(c.names)
	for i, name := range c.names {
		for _, form := range l[name] {
			plain, open := strings.CutSuffix(strings.TrimSpace(form), "*")
			words := lexis.Fold(plain)
			if len(words) == 0 {
				continue
			}
			key := strings.Join(words, " ")
			if open {
				c.prefixes[key] = i
				c.shortest = min(c.shortest, len(key))
			} else {
				c.exact[key] = i
			}
			c.most = max(c.most, len(words))
		}
	}
	return c
}

// found is a concept in a text, from word to word.
type found struct{ concept, from, to int }

// in gives the concepts of a text from left to right; of forms that begin at one word the longest
// counts.
func (c *concepts) in(words []string) []found {
	var out []found
	for i := 0; i < len(words); {
		concept, n := c.at(words[i:])
		if n == 0 {
			i++
			continue
		}
		out = append(out, found{concept, i, i + n})
		i += n
	}
	return out
}

func (c *concepts) at(words []string) (concept, n int) {
	for n := min(c.most, len(words)); n > 0; n-- {
		key := words[0]
		if n > 1 {
			key = strings.Join(words[:n], " ")
		}
		if i, ok := c.exact[key]; ok {
			return i, n
		}
		for l := len(key); l >= c.shortest; l-- {
			// The open ending is that of the last word.
			if i, ok := c.prefixes[key[:l]]; ok && !strings.Contains(key[l:], " ") {
				return i, n
			}
		}
	}
	return 0, 0
}
