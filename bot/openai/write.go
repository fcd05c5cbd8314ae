package openai

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Passage is a part of an article that was found for a question.
type Passage struct {
	ArticleID, Title, Text string
}

// Sentence is a part of an answer, with what it rests on.
type Sentence struct {
	Text string
	// From is the number of the passage, from 0, ArticleID that of its article; Quote stands in it
	// word for word, save for spaces and line breaks.
	From      int
	ArticleID string
	Quote     string
}

const (
	// writeAnswer is how long an answer may be, in tokens, with its quotes.
	writeAnswer = 1500
	// mostSentences people read; longestSentence is in characters.
	mostSentences   = 5
	longestSentence = 400
	// longestPassages is what all passages take at most, in bytes; the first is given in any case.
	longestPassages = 12_000
	// A quote of fewer words or characters than these stands in every text.
	fewestQuoted   = 3
	shortestQuoted = 12
	// grounded is the share of a sentence's longer words that have to stand in the passage, or in
	// the question: a sentence in new words says something new.
	grounded = 0.6
)

type writePaper struct {
	Language string         `json:"language"`
	Passages []writePassage `json:"passages"`
	Question string         `json:"question"`
}

type writePassage struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

type written struct {
	Sentences []struct {
		Text    string `json:"text"`
		Passage string `json:"passage"`
		Quote   string `json:"quote"`
	} `json:"sentences"`
}

// Write phrases an answer to a question from passages, the best first. It keeps of what the model
// says only sentences that rest on words of a passage; ok is false when there are none, for whatever
// reason: then the passage itself is the answer.
func (m *Model) Write(ctx context.Context, asked, lang string, passages []Passage) (answer []Sentence, ok bool) {
	if m.o.Model == "" || len(passages) == 0 {
		return nil, false
	}
	p := writePaper{Language: lang, Question: outgoing(asked)}
	by := map[string]int{}
	var ids []string
	room := longestPassages
	for i, from := range passages {
		if room -= len(from.Text); room < 0 && len(ids) > 0 {
			break
		}
		id := fmt.Sprintf("p%d", len(ids)+1)
		ids = append(ids, id)
		by[id] = i
		p.Passages = append(p.Passages, writePassage{id, from.Title, from.Text})
	}
	text := &schema{Type: "string"}
	sentence := object(field{"text", text}, field{"passage", oneOf(ids...)}, field{"quote", text.CloneSchemas()})
	var w written
	err := m.ask(ctx, inquiry{
		name: "answer", prompt: m.o.Prompts.Write, about: p, longest: writeAnswer,
		form: object(field{"sentences", &schema{Type: "array", Items: sentence}}),
	}, &w)
	if err != nil {
		return nil, false
	}
	for _, s := range w.Sentences {
		n := by[s.Passage]
		from := passages[n]
		said := Sentence{Text: fold(s.Text), From: n, ArticleID: from.ArticleID, Quote: fold(s.Quote)}
		if len(answer) < mostSentences && said.restsOn(from, asked) {
			answer = append(answer, said)
		}
	}
	return answer, len(answer) > 0
}

// fold makes one blank of every run of them, and one form of every letter.
func fold(text string) string { return strings.Join(strings.Fields(norm.NFC.String(text)), " ") }

// restsOn says whether a sentence says no more than a passage does.
func (s Sentence) restsOn(p Passage, asked string) bool {
	if s.Text == "" || utf8.RuneCountInString(s.Text) > longestSentence || strings.ContainsFunc(s.Text, unprintable) {
		return false
	}
	if len(strings.Fields(s.Quote)) < fewestQuoted || utf8.RuneCountInString(s.Quote) < shortestQuoted {
		return false
	}
	passage := fold(p.Title + " " + p.Text)
	if !strings.Contains(fold(p.Text), s.Quote) {
		return false
	}
	if negated(s.Text) != negated(s.Quote) {
		return false
	}
	// What people act on has to stand there letter by letter: addresses, numbers, codes.
	for _, exact := range exactParts.FindAllString(s.Text, -1) {
		if !strings.Contains(passage, strings.TrimRight(exact, ".,;:!?)»”")) {
			return false
		}
	}
	known := words(passage + " " + asked)
	total, found := 0, 0
	for w := range words(s.Text) {
		total++
		if known[w] {
			found++
		}
	}
	return float64(found) >= grounded*float64(total)
}

// exactParts finds addresses of pages and of mail, and what has a digit in it.
var exactParts = regexp.MustCompile(`\S*(?:://|@|\d|\pL\.\pL)\S*`)

// negations turn a sentence round: one that is on one side only makes the opposite of what stands
// there.
var negations = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:n['’]|\pL+n['’]t|(?:not|no|never|none|cannot|without|ne|pas|jamais|aucune?|rien|sans|ni)(?:$|[^\pL]))`)

func negated(text string) bool { return negations.MatchString(text) }

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// words gives the beginnings of a text's longer words: without endings, and without the small words
// that stand in every sentence.
func words(text string) map[string]bool {
	all := map[string]bool{}
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(text))
	for _, w := range strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if rs := []rune(w); len(rs) >= 4 {
			all[string(rs[:min(len(rs), 5)])] = true
		}
	}
	return all
}

// Quoted is the answer in the passage's own words, when there is no other.
func Quoted(passages []Passage) []Sentence {
	if len(passages) == 0 {
		return nil
	}
	best := passages[0]
	return slices.Clip([]Sentence{{Text: best.Text, ArticleID: best.ArticleID, Quote: best.Text}})
}
