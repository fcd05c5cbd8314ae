package flows

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"latchkey/flows/lexis"
)

// Matcher is the [Reader] without a model. It weighs two things for every legal move: how like
// its own words (label and phrases) the text is, and how probable the classifier holds the
// intents it goes by, given what is legal here. Case, accents, punctuation and small typos do
// not matter.
type Matcher struct {
	b *Book
}

// Matcher gives the reader that works from the book's own phrases.
func (b *Book) Matcher() *Matcher { return &Matcher{b} }

// How certain a reading must be, chosen on flows/testdata/reading/dev.jsonl. What would be hard
// to take back needs [Sure] besides, or is asked about: see [Book.Decide].
const (
	enoughHere = 0.5
	// enoughAway is for leaving the step for something else.
	enoughAway = 0.7
	// enoughAsked is for a question: many are about what the step says.
	enoughAsked = 0.85
	// enoughInFill is for a text that is no answer where the step asks for one: only the very
	// words of something else are.
	enoughInFill = 0.97
	// enoughToSkip is for passing over such a step: "I don't remember" is nobody's name.
	enoughToSkip = 0.75
	// maxWordsOfName is how many words a name has that could be like something else: "Clinique
	// Physio Plus".
	maxWordsOfName = 4
	// worthAsking is for being one of the buttons of "which do you mean?", and askFrom what the
	// first of them must have.
	worthAsking = 0.2
	askFrom     = 0.35
	// margin is how far the likeliest must be ahead of the next that means another move.
	margin = 0.1
	// nearHere is how far something else may be ahead of a choice of the step.
	nearHere = 0.08
)

// How probable an intent is before a word is read: most of what people write answers the
// question, and what is not legal now is seldom meant.
const (
	priorHere  = 3.0
	priorLegal = 1.0
	priorOther = 0.3
	// priorStays is for what leads to the question that is being asked: who writes about it means
	// one of the answers.
	priorStays = 0.15
)

// Read gives the legal move a text means most likely, a few to ask about, or unclear. A text
// that means no move is the answer itself where the step asks for one.
func (m *Matcher) Read(_ context.Context, text, lang string, legal []Option) (Reading, error) {
	words := lexis.Fold(text)
	if len(words) == 0 {
		return Reading{Meaning: ReadUnclear}, nil
	}
	move, ok := m.b.byPlace(words, legal)
	switch {
	case ok && move.Kind == Unclear:
		return Reading{Meaning: ReadUnclear}, nil
	case ok:
		return Reading{Meaning: ReadMove, Move: move, Confidence: 1}, nil
	}
	fill := slices.IndexFunc(legal, func(o Option) bool { return o.Kind == Fill })
	fills := fill >= 0
	if fills {
		if _, ok := findEmail(text); ok {
			return Reading{Meaning: ReadMove, Move: Move{Kind: Fill, Text: text}, Confidence: 1}, nil
		}
	}
	if at, ok := m.b.owners(legal).by[intentEmail]; ok && legal[at].Here {
		if _, ok := PlainEmail(text); ok {
			return Reading{Meaning: ReadMove, Move: legal[at].Move, Confidence: 1, Intent: intentEmail}, nil
		}
	}
	ranked := m.rank(text, words, lang, legal)
	if best, second := ahead(ranked); best != nil {
		r := Reading{Meaning: ReadMove, Move: best.option.Move, Confidence: best.score, Intent: best.intent}
		if best.score >= Sure && !m.plainly(best, text, words, lang) {
			r.Confidence = unsaid
		}
		switch {
		case fills && legal[fill].kind != factEmail:
			if m.noAnswer(best, second, words) {
				return r, nil
			}
		case best.score < 1 && asked(text) && best.option.Here && isAnswer(best.intent):
			return Reading{Meaning: ReadQuestion}, nil // "what does that mean?" does not say that it fails
		case best.score >= enough(best.option, text) && (best.score-second >= margin || best.score >= 1 && (best.option.Here || second < 1)):
			return r, nil
		case best.score < enoughHere && asked(text) && m.b.asks(words, text):
		case best.score >= askFrom:
			r.Meaning, r.Move = ReadUnsure, Move{}
			r.Among = likely(ranked)
			return r, nil
		}
	}
	switch {
	case fills && legal[fill].kind != factText && m.b.asks(words, text) && (len(words) > 3 || asked(text)):
		return Reading{Meaning: ReadQuestion}, nil // nobody is called that
	case fills:
		return Reading{Meaning: ReadMove, Move: Move{Kind: Fill, Text: text}, Confidence: 0.8}, nil
	case m.b.asks(words, text):
		return Reading{Meaning: ReadQuestion}, nil
	}
	return Reading{Meaning: ReadUnclear}, nil
}

// noAnswer says whether a text that could be the answer a step asks for is something else.
func (m *Matcher) noAnswer(best *match, second float64, words []string) bool {
	o := best.option
	switch {
	case best.score >= 1:
		return second < enoughInFill
	case o.Here && slices.Contains(o.Intents, intentSkip) && best.intent != intentNo && len(words) > 2: // "Claude Sauter"
		return best.score >= enoughToSkip && best.score-second >= margin
	case !o.Here && len(words) <= maxWordsOfName && !isBuiltIn(o.ID):
		return false
	}
	return best.score >= enoughInFill && second < enoughInFill
}

func enough(o *Option, text string) float64 {
	switch {
	case o.Here || o.stays, o.Kind == Wait: // to wait changes nothing
		return enoughHere
	case asked(text):
		return enoughAsked
	}
	return enoughAway
}

// asked says whether a text ends as a question.
func asked(text string) bool { return strings.HasSuffix(strings.TrimSpace(text), "?") }

// isAnswer says whether an intent only answers what the step asks.
func isAnswer(intent string) bool {
	return slices.Contains([]string{intentYes, intentNo, intentWorks, intentNotYet, intentUnsure}, intent)
}

// spell makes a text ready for comparing in each language.
func (b *Book) spell(words []string) map[string]spelled {
	out := map[string]spelled{}
	for _, l := range b.languages {
		out[l.Code] = spelled{words, lexis.Stems(words, l.Code), b.negated(words)}
	}
	return out
}

// match is how probable it is that an option is meant, and the intent that decided.
type match struct {
	option *Option
	score  float64
	intent string
}

// rank gives the options with what speaks for each, the likeliest first.
func (m *Matcher) rank(text string, words []string, lang string, legal []Option) []match {
	texts, rests := m.b.spell(words), map[string]spelled{}
	if m.b.answers(words) != "" {
		rests = m.b.spell(words[1:]) // "no, he changed that too" is also what comes after "no"
	}
	meant, intent := m.meant(text, lang, legal)
	exact := m.b.exact[plain(words)]
	fallback, presumes, found := m.b.owners(legal).of(exact)
	out := make([]match, 0, len(legal))
	for i := range legal {
		o := &legal[i]
		it := match{o, meant[i], intent[i]}
		for l, phrases := range o.own {
			for _, ph := range phrases {
				s := certainty(m.b.alike(texts[l], ph, l))
				if rest, ok := rests[l]; ok {
					s = max(s, min(certainty(m.b.alike(rest, ph, l)), 0.99))
				}
				if o.stays && s < 1 {
					s = 0
				}
				if l != lang {
					// The other language has to be clearer: short words are spelled alike.
					s *= 0.97
				}
				if s > it.score {
					it.score, it.intent = s, ""
				}
			}
		}
		switch {
		case exact == "":
		case slices.Contains(o.Intents, exact):
			if !m.shadowed(o, exact, legal) && !o.stays {
				it.score, it.intent = 1, exact
			}
		case found && i == fallback && presumes:
			it.score, it.intent = presumed, exact
		case found && i == fallback:
			it.score, it.intent = max(it.score, m.certainKin(exact)), exact
		}
		out = append(out, it)
	}
	m.lead(text, words, out)
	slices.SortStableFunc(out, func(a, b match) int { return cmp.Compare(b.standing(), a.standing()) })
	return out
}

// certainKin is how certain the very words of a special case are for what it is a case of: "ok" is
// a yes; of others, the step may have something nearer.
func (m *Matcher) certainKin(intent string) float64 {
	if m.b.counts(intent) == intentYes {
		return 1
	}
	return 0.95
}

// standing is what options are ranked by: the choices of the step win a tie, and the very words of
// something else are no tie.
func (it match) standing() float64 {
	if it.option.Here || it.score >= 1 {
		return it.score + nearHere
	}
	return it.score
}

// shadowed says whether a choice of the step goes by an intent too: here, the words mean that.
func (m *Matcher) shadowed(o *Option, intent string, legal []Option) bool {
	return !o.Here && slices.ContainsFunc(legal, func(other Option) bool {
		return other.Here && slices.Contains(other.Intents, intent)
	})
}

// meant gives for every option the probability that its intents are meant, and the likeliest of
// them.
func (m *Matcher) meant(text, lang string, legal []Option) (p []float64, intent []string) {
	p, intent = make([]float64, len(legal)), make([]string, len(legal))
	owners := m.b.owners(legal)
	model := m.b.model()
	scores, all, rest := model.Scores(text, lang), 0.0, 1.0
	most, guessed := make([]float64, len(legal)), make([]bool, len(legal))
	for at, label := range model.Labels() {
		i, presumes, ok := owners.of(label)
		prior := priorOther
		switch {
		case ok && legal[i].stays:
			prior = priorStays
		case label == outOfScope || ok && !legal[i].Here:
			prior = priorLegal
		case ok:
			prior = priorHere
		}
		x := prior * float64(scores[at])
		rest -= float64(scores[at])
		all += x
		if ok {
			p[i] += x
			if x > most[i] {
				most[i], intent[i], guessed[i] = x, label, presumes
			}
		}
	}
	all += priorHere * max(rest, 1e-6) // what is strange to every example is likely none of them
	for i := range p {
		p[i] /= all
		if guessed[i] {
			p[i] = min(p[i], presumed)
		}
	}
	return p, intent
}

// ahead gives the likeliest option and how probable its first rival is: one that means another
// move. What is possible everywhere is none to a choice of the step that it shares an intent or
// its label with.
func ahead(ranked []match) (best *match, second float64) {
	for i := range ranked {
		o := ranked[i].option
		switch {
		case best == nil:
			best = &ranked[i]
		case o.Move == best.option.Move, best.option.Here && !o.Here && alikeOptions(best.option, o):
		default:
			return best, ranked[i].score
		}
	}
	return best, 0
}

func alikeOptions(a, b *Option) bool {
	return a.Label == b.Label || slices.ContainsFunc(a.Intents, func(in string) bool { return slices.Contains(b.Intents, in) })
}

// likely gives the moves that are worth asking about, without the small talk.
func likely(ranked []match) []Move {
	var out []Move
	var labels []string
	for _, it := range ranked {
		if it.score < worthAsking || len(out) == maxAmong {
			break
		}
		if it.option.Label != "" && !slices.Contains(labels, it.option.Label) {
			out, labels = append(out, it.option.Move), append(labels, it.option.Label)
		}
	}
	return out
}
