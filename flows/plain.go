package flows

import (
	"slices"
	"strings"

	"latchkey/flows/lexis"
)

// unsaid is what is left of a reading that would be hard to take back when its words do not say it
// plainly: a question, a hope, a contrast, something of last week, or words that nobody uses for it.
// However probable its meaning is to the classifier, the person is asked.
const unsaid = Sure - 0.01

// Concepts of the lexicon for that. The first three are none of the classifier's: there they would
// stand beside every meaning.
const (
	conceptHedge       = "hedge"
	conceptHedgePerson = "hedge_person" // for asking for a person: what was said to one before
	conceptPolite      = "polite"
	conceptBot         = "bot" // "I don't want to talk to a bot" asks for a person
)

// politeIntents are said with anything.
var politeIntents = []string{intentYes, intentAgreed, intentDid, intentThanks, intentGreeting, "goodbye"}

// plainness is what a text is compared with.
type plainness struct {
	// hedges are the words and turns of speech of the concepts above, folded.
	hedges map[string][]string
	// stems are those of the words of the phrases, by intent and language and word.
	stems map[string]map[string]map[string]string
	// denies says which intents are told with a negation as a rule: "it is not disabled".
	denies map[string]bool
}

func (b *Book) plainness() plainness {
	p := plainness{map[string][]string{}, map[string]map[string]map[string]string{}, map[string]bool{}}
	for _, concept := range []string{conceptHedge, conceptHedgePerson, conceptBot} {
		for _, form := range b.lexicon[concept] {
			p.hedges[concept] = append(p.hedges[concept], plain(lexis.Fold(form)))
		}
	}
	for name, in := range b.intents {
		p.stems[name] = map[string]map[string]string{}
		all, denying := 0, 0
		for lang, phrases := range in.phrases {
			known := map[string]string{}
			for _, ph := range phrases {
				all++
				if b.negated(ph.words) {
					denying++
				}
				for i, w := range ph.words {
					known[w] = ph.stems[i]
				}
			}
			p.stems[name][lang] = known
		}
		p.denies[name] = 3*denying > all
	}
	return p
}

// says tells whether a text has one of a concept's words or turns of speech.
func (p plainness) says(text, concept string) bool {
	return slices.ContainsFunc(p.hedges[concept], func(form string) bool { return strings.Contains(" "+text+" ", " "+form+" ") })
}

// plainly says whether a text means an option in so many words, so that it may be followed without
// asking even if that is hard to take back.
func (m *Matcher) plainly(it *match, text string, words []string, lang string) bool {
	b, o, said := m.b, it.option, plain(words)
	person := o.Kind == Jump && o.ID == JumpPerson
	switch {
	case o.Kind != Restart && o.Kind != Choose && !person && (o.Kind != Jump || o.ID != JumpWorks):
		return true // it is not hard to take back
	case it.score >= 1:
		return person || !asked(text) || it.intent != intentWorks && o.Kind == Choose // "you fixed it?"
	case person:
		return !b.plain.says(said, conceptHedgePerson) && (!b.negated(words) || b.plain.says(said, conceptBot))
	case asked(text), b.place[words[0]] == conceptQuestion, b.plain.says(said, conceptHedge), b.negated(words) && !b.plain.denies[it.intent]:
		return false
	case o.Kind == Restart:
		return true
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !m.usual(w, o, lang) })
}

// usual says whether a word stands in what people say for an option, or say with anything.
func (m *Matcher) usual(word string, o *Option, lang string) bool {
	stem := lexis.Stem(word, lang)
	for _, in := range slices.Concat(o.Intents, politeIntents) {
		known := m.b.plain.stems[in][lang]
		if _, ok := known[word]; ok {
			return true
		}
		for w, itsStem := range known {
			if sameWord(word, stem, w, itsStem) > 0 {
				return true
			}
		}
	}
	return slices.ContainsFunc(o.own[lang], func(ph Phrase) bool {
		for i, w := range ph.words {
			if sameWord(word, stem, w, ph.stems[i]) > 0 {
				return true
			}
		}
		return false
	})
}
