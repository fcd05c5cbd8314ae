package flows

import "slices"

// How a "yes" or a "no" at the beginning of a longer text counts.
const (
	// leadYes is for the choice that "yes" means, where nothing in the rest speaks against it. It
	// is under Sure: what would be hard to take back is asked about.
	leadYes = 0.85
	// leadNo is for the choice that "no" means: what follows often says something else.
	leadNo = 0.75
	// leadAgainst is what is left of the other answer.
	leadAgainst = 0.3
)

// against are the concepts of the lexicon that speak against a "yes" before them: "yes, but it is
// still refused".
var against = []string{
	"but", "not", "still", "disagree", "broken", "invalid", "refuse", "locked", "disabled", "expired", "forget", "unknown_account",
}

// answers gives the intent yes or no that a text of several words begins with, or "".
func (b *Book) answers(words []string) string {
	if len(words) < 2 || len(words[0]) < 2 { // "y'est où?" is no y for yes
		return ""
	}
	if in := b.exact[words[0]]; in == intentYes || in == intentNo {
		return in
	}
	return ""
}

// lead weighs the answers "yes" and "no" when a text begins with one of them and says more.
// "Yes, I have the invitation" is no invitation that is missing.
func (m *Matcher) lead(text string, words []string, ranked []match) {
	first := m.b.answers(words)
	var mark func(o *Option) bool
	switch first {
	case intentYes:
		if slices.ContainsFunc(m.b.model().Concepts(text), func(c string) bool { return slices.Contains(against, c) }) {
			return
		}
		mark = func(o *Option) bool { return slices.Contains(o.Intents, intentYes) }
	case intentNo:
		mark = func(o *Option) bool { return slices.Contains(o.Intents, intentNo) }
	default:
		return
	}
	for i := range ranked {
		it := &ranked[i]
		if !it.option.Here || it.score >= 1 {
			continue
		}
		switch {
		case mark(it.option) && first == intentYes:
			it.score = max(it.score, leadYes)
		case mark(it.option):
			it.score = max(it.score, leadNo)
		case first == intentYes || slices.Contains(it.option.Intents, intentYes):
			it.score *= leadAgainst
		}
	}
}
