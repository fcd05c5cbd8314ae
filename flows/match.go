package flows

import (
	"context"
	"slices"
	"strconv"

	"github.com/agnivade/levenshtein"
)

// Matcher is the [Reader] without a model: it compares what was typed with the labels and
// phrases of the legal moves. Case, accents, punctuation, endings and small typos do not
// matter, rare words count more than common ones, and a "not" on one side only counts against.
type Matcher struct {
	b *Book
}

// Matcher gives the reader that works from the book's own phrases.
func (b *Book) Matcher() *Matcher { return &Matcher{b} }

// How certain a match must be to be followed. Leaving the step for something else needs more
// than answering its question, and ending the conversation the most.
const (
	enoughHere  = 0.58
	enoughAway  = 0.70
	enoughToEnd = 0.84
	// margin is how far the best match must be ahead of the next one that means another move.
	margin = 0.04
	// nearHere is added to the moves of the step itself, so that they win a tie.
	nearHere = 0.08
)

// Read gives the legal move a text matches best, or unclear. A text that matches no move is the
// answer itself where the step asks for one.
func (m *Matcher) Read(_ context.Context, text, lang string, legal []Option) (Reading, error) {
	words := fold(text)
	if len(words) == 0 {
		return Reading{Meaning: ReadUnclear}, nil
	}
	if move, ok := byNumber(words, legal); ok {
		return Reading{Meaning: ReadMove, Move: move, Confidence: 1}, nil
	}
	fills := slices.ContainsFunc(legal, func(o Option) bool { return o.Kind == Fill })
	if fills {
		if _, ok := findEmail(text); ok {
			return Reading{Meaning: ReadMove, Move: Move{Kind: Fill, Text: text}, Confidence: 1}, nil
		}
	}
	best, second := m.rank(words, lang, legal)
	if best != nil && best.score-second >= margin && best.score >= enough(best.option, fills) {
		return Reading{Meaning: ReadMove, Move: best.option.Move, Confidence: min(best.score, 1), Intent: best.intent()}, nil
	}
	if fills {
		return Reading{Meaning: ReadMove, Move: Move{Kind: Fill, Text: text}, Confidence: 0.8}, nil
	}
	return Reading{Meaning: ReadUnclear}, nil
}

// enough is how high the score of an option must be.
func enough(o *Option, fills bool) float64 {
	switch {
	case fills:
		// What is typed at a step that asks for something is an answer, unless it says
		// something else in so many words.
		return 0.97
	case o.Kind == Jump && (o.ID == JumpWorks), o.Kind == Restart:
		return enoughToEnd
	case o.Here:
		return enoughHere
	}
	return enoughAway
}

type match struct {
	option *Option
	score  float64
}

func (m *match) intent() string {
	if len(m.option.Intents) > 0 {
		return m.option.Intents[0]
	}
	return ""
}

// rank gives the best match, and the score of the best one that means another move.
func (m *Matcher) rank(words []string, lang string, legal []Option) (best *match, second float64) {
	texts := map[string]spelled{}
	for _, l := range m.b.languages {
		texts[l.Code] = spelled{words, stems(words, l.Code), m.b.negated(words)}
	}
	var all []match
	for i := range legal {
		score := 0.0
		for l, phrases := range legal[i].Phrases {
			t := texts[l]
			for _, ph := range phrases {
				s := m.b.alike(t, ph, l)
				if l != lang {
					// The other language has to be clearer: short words are spelled alike.
					s *= 0.97
				}
				score = max(score, s)
			}
		}
		switch {
		case !legal[i].Here || score <= 0.3:
		case score < 1:
			// Never as much as the very words of something else.
			score = min(score+nearHere, 0.995)
		default:
			score += nearHere
		}
		all = append(all, match{&legal[i], score})
	}
	for i := range all {
		if best == nil || all[i].score > best.score {
			best = &all[i]
		}
	}
	for i := range all {
		rival := best != nil && all[i].option.Move != best.option.Move
		// A topic that goes by the same intent as a choice of the step is no rival to it: here,
		// the words mean the choice.
		if rival && best.option.Here && !all[i].option.Here && shareIntent(best.option, all[i].option) {
			rival = false
		}
		if rival {
			second = max(second, all[i].score)
		}
	}
	if best != nil && best.score >= 1 && second < 1 {
		second = 0 // the very words leave no doubt
	}
	return best, second
}

func shareIntent(a, b *Option) bool {
	return slices.ContainsFunc(a.Intents, func(in string) bool { return slices.Contains(b.Intents, in) })
}

// spelled is a text ready for comparing in one language.
type spelled struct {
	words, stems []string
	negated      bool
}

// alike compares a text with a phrase: 1 is the same, 0 has nothing in common. It is the share
// of the weight of both that the other side has too (Dice), a little more when the whole phrase
// stands inside a longer text.
func (b *Book) alike(t spelled, ph Phrase, lang string) float64 {
	if slices.Equal(t.words, ph.words) {
		return 1
	}
	var total, shared, phrase float64
	used := make([]bool, len(t.words))
	for i, w := range ph.words {
		weight := b.rarity.of(lang, ph.stems[i])
		total += weight
		phrase += weight
		best, at := 0.0, -1
		for j := range t.words {
			if used[j] {
				continue
			}
			if s := sameWord(t.words[j], t.stems[j], w, ph.stems[i]); s > best {
				best, at = s, j
			}
		}
		if at >= 0 {
			used[at] = true
			shared += weight * best
		}
	}
	rest := 0.0
	for j := range t.words {
		if !used[j] {
			rest += b.rarity.of(lang, t.stems[j])
		}
	}
	dice := 2 * shared / (total + shared + rest)
	if phrase > 0 && shared/phrase > 0.93 && len(ph.words) > 1 {
		// The phrase is there whole; the longer the text beside it, the less it tells.
		dice = max(dice, 0.62+0.3*shared/(shared+rest))
	}
	if t.negated != b.negated(ph.words) {
		dice *= 0.72
	}
	return min(dice, 0.99)
}

// sameWord says how alike two words are: the same, the same stem, or one or two letters apart
// in a long enough word.
func sameWord(a, aStem, b, bStem string) float64 {
	switch {
	case a == b:
		return 1
	case aStem == bStem:
		return 0.95
	}
	n := min(len(a), len(b))
	if n < 4 || a[0] != b[0] && n < 6 {
		return 0
	}
	allowed := 1
	if n >= 8 {
		allowed = 2
	}
	if max(len(a), len(b))-n > allowed {
		return 0
	}
	if d := levenshtein.ComputeDistance(a, b); d <= allowed {
		return 0.9 - 0.1*float64(d-1)
	}
	return 0
}

// negations are the words that turn a sentence round, in folded form.
var negations = []string{
	"not", "no", "never", "cant", "dont", "doesnt", "didnt", "wont", "isnt", "wasnt", "havent", "hasnt", "arent", "nothing",
	"pas", "jamais", "aucun", "aucune", "rien", "pu", "non", "ni",
}

func (b *Book) negated(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(negations, w) })
}

// byNumber reads "2", "#2" or "option 2" as the second choice of the step.
func byNumber(words []string, legal []Option) (Move, bool) {
	if len(words) > 2 || len(words) == 2 && !slices.Contains([]string{"option", "choix", "choice", "no", "numero", "number"}, words[0]) {
		return Move{}, false
	}
	n, err := strconv.Atoi(words[len(words)-1])
	if err != nil || n < 1 {
		return Move{}, false
	}
	for _, o := range legal {
		if o.Here && o.Label != "" {
			if n--; n == 0 {
				return o.Move, true
			}
		}
	}
	return Move{}, false
}
