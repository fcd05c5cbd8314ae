package flows

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"latchkey/flows/classify"
	"latchkey/flows/lexis"
)

// Warm trains the classifier now, which takes about a second, rather than for the first who types.
func (b *Book) Warm() { b.model() }

// placeWords gives the concept of each single word that the book itself asks for.
func placeWords(l classify.Lexicon) map[string]string {
	out := map[string]string{}
	for concept, forms := range l {
		if !ownConcept(concept) || concept == conceptPolite || strings.HasPrefix(concept, conceptHedge) {
			continue
		}
		for _, f := range forms {
			out[plain(lexis.Fold(f))] = concept
		}
	}
	return out
}

// vetoes gives by intent what rules it out.
func (b *Book) vetoes() map[string][]string {
	out := map[string][]string{}
	for name, in := range b.intents {
		if len(in.never) > 0 {
			out[name] = in.never
		}
	}
	return out
}

// concepts are those of the lexicon that tell what a text is about.
func (b *Book) concepts() classify.Lexicon {
	out := maps.Clone(b.lexicon)
	maps.DeleteFunc(out, func(name string, _ []string) bool { return ownConcept(name) })
	return out
}

// ownConcept says whether a concept is one the book itself asks for.
func ownConcept(name string) bool {
	return name == conceptQuestion || name == conceptPolite || name == conceptChoice || strings.HasPrefix(name, conceptNth) || strings.HasPrefix(name, conceptHedge)
}

// exactPhrases gives the intent of each phrase.
func exactPhrases(intents map[string]*intent) map[string]string {
	out := map[string]string{}
	for name, in := range intents {
		for _, phrases := range in.phrases {
			for _, ph := range phrases {
				out[ph.plain] = name
			}
		}
	}
	return out
}

// examples are the phrases of all intents.
func (b *Book) examples() []classify.Example {
	var out []classify.Example
	for _, name := range slices.Sorted(maps.Keys(b.intents)) {
		for _, lang := range slices.Sorted(maps.Keys(b.intents[name].phrases)) {
			for _, ph := range b.intents[name].phrases[lang] {
				out = append(out, classify.Example{Label: name, Lang: lang, Text: ph.Text})
			}
		}
	}
	return out
}

// outOfScope is the intent of what has nothing to do with the book; its phrases keep the others
// honest.
const outOfScope = classify.OutOfScope

// Intent is a meaning with what people write for it, by language.
type Intent struct {
	ID      string
	Phrases map[string][]Phrase
}

// Intents gives the meanings that texts can be read as apart from any step, by their ids: without
// those that count as another.
func (b *Book) Intents() []Intent {
	var out []Intent
	for _, name := range slices.Sorted(maps.Keys(b.intents)) {
		if in := b.intents[name]; in.counts == "" {
			out = append(out, Intent{name, in.phrases})
		}
	}
	return out
}

// Understanding is what a text means apart from any step.
type Understanding struct {
	// Label is an intent, or [classify.OutOfScope].
	Label string
	// Score is between 0 and 1.
	Score float64
	Lang  string
}

// Understand reads a text without a conversation around it. Meanings that are another's special
// case (`counts_as`) are counted as that one. Without a language, and where the words do not tell
// it, the text is read in each, and the surest reading counts.
func (b *Book) Understand(text, lang string) Understanding {
	if l := b.LanguageOf(text); l != "" {
		lang = l
	}
	if b.HasLanguage(lang) {
		return b.understand(text, lang)
	}
	best := Understanding{}
	for _, l := range b.languages {
		if u := b.understand(text, l.Code); u.Score > best.Score {
			best = u
		}
	}
	return best
}

func (b *Book) understand(text, lang string) Understanding {
	m := b.model()
	sums, rest := map[string]float64{}, 1.0
	for i, p := range m.Scores(text, lang) {
		rest -= float64(p)
		label := m.Labels()[i]
		for c := b.counts(label); c != ""; c = b.counts(label) {
			label = c
		}
		sums[label] += float64(p)
	}
	sums[outOfScope] += max(rest, 0)
	u := Understanding{Label: outOfScope, Lang: lang}
	for _, label := range slices.Sorted(maps.Keys(sums)) {
		if sums[label] > u.Score {
			u.Label, u.Score = label, sums[label]
		}
	}
	return u
}

// readLexicon reads the concepts and the words they go by.
func (s *source) readLexicon(_, n *yaml.Node) {
	for _, p := range s.pairs(n, "lexicon") {
		name := s.id(p.key, "the concept")
		if _, ok := s.b.lexicon[name]; ok {
			s.fail(p.key, "the concept %q stands here twice", name)
			continue
		}
		for _, c := range s.list(p.value, "the concept "+name) {
			s.b.lexicon[name] = append(s.b.lexicon[name], c.Value)
		}
	}
}
