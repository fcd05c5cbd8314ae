package flows

import (
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"latchkey/flows/classify"
)

// intent is a meaning with the phrases people write for it, by language.
type intent struct {
	name    string
	at      spot
	phrases map[string][]Phrase
	// counts is the intent it is a special case of: at a step that does not know it, it means that
	// one, and measurement counts it so.
	counts string
	// never are the marks of the lexicon that rule it out.
	never []string
}

// Intents that the engine's own moves go by.
const (
	intentPerson   = "human_agent"
	intentWorks    = "resolved"
	intentDisabled = "account_disabled"
	intentBack     = "back"
	intentRestart  = "restart"
	intentWait     = "wait"
	intentNotYet   = "not_resolved"
	intentGreeting = "greeting"
	intentThanks   = "thanks"
	intentYes      = "yes"
	intentNo       = "no"
	intentSkip     = "skip"
	intentUnsure   = "dont_know"
	intentEmail    = "with_email"
	intentAgreed   = "agreed" // "ok, I'll do that"
	intentDid      = "did_it" // "done", which does not say what came of it
	intentArrived  = "arrived"
)

// chats are the intents that are answered with a friendly word and change nothing; each has
// its answer in the words, as <name>_reply.
var chats = []string{intentGreeting, intentThanks, "goodbye"}

func (s *source) readIntents(_, n *yaml.Node) {
	for _, p := range s.pairs(n, "intents") {
		name := s.id(p.key, "the intent")
		if old, ok := s.b.intents[name]; ok {
			s.fail(p.key, "the intent %q stands at %s already", name, old.at)
			continue
		}
		s.b.intents[name] = s.intent(name, p)
	}
}

func (s *source) intent(name string, p pair) *intent {
	in := &intent{name: name, at: s.spot(p.key)}
	phrases := *p.value
	phrases.Content = nil
	for i := 0; i+1 < len(p.value.Content); i += 2 {
		k, v := p.value.Content[i], p.value.Content[i+1]
		switch k.Value {
		case "counts_as":
		case "never_with":
			in.never = s.marks(v)
			continue
		default:
			phrases.Content = append(phrases.Content, k, v)
			continue
		}
		at := s.spot(v)
		in.counts = s.id(v, "counts_as")
		s.b.later = append(s.b.later, func() {
			if in.counts != classify.OutOfScope {
				s.b.needIntent(at, in.counts)
			}
		})
	}
	in.phrases = s.phrases(&phrases, "the intent "+name)
	return in
}

// marks gives concepts of the lexicon, some with "not" before them.
func (s *source) marks(n *yaml.Node) (out []string) {
	for _, c := range s.list(n, "never_with") {
		at, mark := s.spot(c), c.Value
		s.b.later = append(s.b.later, func() {
			concept := strings.TrimPrefix(mark, classify.Negation+" ")
			if _, ok := s.b.lexicon[concept]; !ok {
				s.b.failAt(at, "never_with: the lexicon has no concept %q%s", concept, nearest(concept, slices.Collect(maps.Keys(s.b.lexicon))))
			}
		})
		out = append(out, mark)
	}
	return out
}

// checkPhrases finds phrases that stand under two intents: nobody could tell them apart.
func (b *builder) checkPhrases() {
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(b.intents)) {
		for _, lang := range slices.Sorted(maps.Keys(b.intents[name].phrases)) {
			for _, ph := range b.intents[name].phrases[lang] {
				other, ok := seen[lang+" "+ph.plain]
				if ok && other != name {
					b.failAt(ph.at, "the phrase %q stands under %s too", ph.Text, other)
				}
				seen[lang+" "+ph.plain] = name
			}
		}
	}
}

// rarity is how much a stem tells, by language: one that stands in every phrase tells nothing.
type rarity map[string]map[string]float64

func rarityOf(intents map[string]*intent) rarity {
	out := rarity{}
	count := map[string]int{}
	for _, in := range intents {
		for lang, phrases := range in.phrases {
			if out[lang] == nil {
				out[lang] = map[string]float64{}
			}
			for _, ph := range phrases {
				count[lang]++
				for _, st := range uniq(ph.stems) {
					out[lang][st]++
				}
			}
		}
	}
	for lang, stems := range out {
		for st, n := range stems {
			stems[st] = math.Log(1+float64(count[lang])/(1+n)) + 0.3
		}
	}
	return out
}

// polite are stems that are said with anything and tell nothing.
var polite = map[string]bool{"pleas": true, "svp": true, "hi": true, "hello": true, "bonjour": true, "salut": true,
	"thank": true, "thanks": true, "thx": true, "merc": true, "merci": true}

// of gives the weight of a stem; one that no phrase has tells a middling amount.
func (r rarity) of(lang, stem string) float64 {
	if polite[stem] {
		return 0.1
	}
	if w, ok := r[lang][stem]; ok {
		return w
	}
	return 3
}

func uniq(words []string) []string {
	w := slices.Clone(words)
	slices.Sort(w)
	return slices.Compact(w)
}
