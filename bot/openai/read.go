package openai

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"latchkey/bot"
	"latchkey/flows"
)

// Cap is the most a model's vote is worth as a confidence. It is below what moves with consequences
// need, so that the person is asked before a ticket is opened, a conversation ends as resolved, or
// the disabled branch is left, whatever a model says.
const Cap = 0.85

const (
	// likely is the confidence of a vote that the model itself calls medium, and doubtful of one it
	// calls low: the person is asked which it is then.
	likely   = 0.7
	doubtful = 0.4
)

// examplesShown are the phrases that go with each option, in the language of the conversation;
// half as many go with it in each other language. More cost more and decide no better: they are
// the first of a file that puts the usual ones first.
const examplesShown = 4

// readAnswer is how long the answer to a reading may be, in tokens: the object takes about 30, and
// what is left is for models that reason first, a little.
const readAnswer = 500

// What a vote can be besides a move.
const (
	voteQuestion = "question"
	voteUnclear  = "unclear"
	voteNone     = "none"
)

// How sure a model says it is.
const (
	high   = "high"
	medium = "medium"
	low    = "low"
)

// Reader gives a reader that reads as another one does, and asks the model where that one is not
// sure. It is a [flows.Slow].
func (m *Model) Reader(without flows.Reader) flows.Reader {
	if m.o.Model == "" {
		return without
	}
	return &reader{m, without}
}

type reader struct {
	m       *Model
	without flows.Reader
}

// Quick reads without the model, and says whether the model could tell more.
func (r *reader) Quick(ctx context.Context, text, lang string, legal []flows.Option) (flows.Reading, bool, error) {
	reading, err := r.without.Read(ctx, text, lang, legal)
	if err != nil {
		return reading, false, err
	}
	// A question may be answered in the model's words, though it is never asked to read it.
	wanted := r.wants(reading, text) || reading.Meaning == flows.ReadQuestion
	return reading, wanted && r.m.ready(bot.ConversationOf(ctx)), nil
}

// ready says whether a call would be made, as far as that is known before it.
func (m *Model) ready(conversation string) bool {
	return !m.breaker.open() && m.budget.allows(conversation, tokens(len(m.o.Prompts.Read))+readAnswer)
}

// wants says whether a text should be read by the model too.
func (r *reader) wants(without flows.Reading, text string) bool {
	if strings.TrimSpace(text) == "" || r.m.o.When == Never {
		return false
	}
	if without.Meaning == flows.ReadMove {
		return r.m.o.When == Always && without.Confidence < 1
	}
	return true
}

// Read gives the reading without the model, or the model's vote where that helps. It fails only
// where the reader without it fails.
func (r *reader) Read(ctx context.Context, text, lang string, legal []flows.Option) (flows.Reading, error) {
	without, err := r.without.Read(ctx, text, lang, legal)
	if err != nil || !r.wants(without, text) {
		return without, err
	}
	ballot := newBallot(text, lang, legal)
	if len(ballot.moves) == 0 {
		return without, nil
	}
	var v vote
	if err := r.m.ask(ctx, inquiry{
		name: "reading", prompt: r.m.o.Prompts.Read, about: ballot.paper, form: ballot.form(), longest: readAnswer,
	}, &v); err != nil {
		return without, nil // the model is for what it helps
	}
	return ballot.count(v, without, text), nil
}

// ballot is what a model may vote for: the legal moves, under ids that mean nothing elsewhere.
type ballot struct {
	paper paper
	moves map[string]flows.Option
	ids   []string
}

// paper is what the model sees of it.
type paper struct {
	Language string        `json:"language"`
	Options  []paperOption `json:"options"`
	Wrote    string        `json:"person_wrote"`
}

type paperOption struct {
	ID       string   `json:"id"`
	Label    string   `json:"label"`
	Here     bool     `json:"here"`
	Examples []string `json:"examples,omitempty"`
}

// vote is the model's answer.
type vote struct {
	Choice    string `json:"choice"`
	Second    string `json:"second"`
	Certainty string `json:"certainty"`
}

func newBallot(text, lang string, legal []flows.Option) *ballot {
	b := &ballot{moves: map[string]flows.Option{}, paper: paper{Language: lang, Wrote: outgoing(text)}}
	var seen []flows.Move
	for _, o := range legal {
		// That nothing fits is the model's own word for it, and the passing of time is nobody's.
		if o.Kind == flows.Unclear || o.Kind == flows.Silence || slices.Contains(seen, o.Move) {
			continue
		}
		seen = append(seen, o.Move)
		id := fmt.Sprintf("m%d", len(b.ids)+1)
		b.ids = append(b.ids, id)
		b.moves[id] = o
		b.paper.Options = append(b.paper.Options, paperOption{ID: id, Label: labelOf(o), Here: o.Here, Examples: examples(o.Phrases, lang)})
	}
	return b
}

// labelOf is what the model is told that an option is.
func labelOf(o flows.Option) string {
	switch {
	case o.Label != "":
		return outgoing(o.Label) // it may repeat an address that the person typed
	case o.Kind == flows.Fill:
		return "gives what was asked for, such as an address, a name or the words on a screen"
	}
	return strings.Join(append([]string{string(o.Kind), o.ID}, o.Intents...), " ")
}

// examples gives some phrases, those of the conversation's language first.
func examples(phrases map[string][]flows.Phrase, lang string) []string {
	var out []string
	take := func(l string, n int) {
		for _, p := range phrases[l][:min(n, len(phrases[l]))] {
			out = append(out, p.Text)
		}
	}
	take(lang, examplesShown)
	var others []string
	for l := range phrases {
		if l != lang {
			others = append(others, l)
		}
	}
	slices.Sort(others)
	for _, l := range others {
		take(l, examplesShown/2)
	}
	return out
}

func (b *ballot) form() *schema {
	return object(
		field{"choice", oneOf(append(slices.Clone(b.ids), voteQuestion, voteUnclear)...)},
		field{"second", oneOf(append(slices.Clone(b.ids), voteNone)...)},
		field{"certainty", oneOf(high, medium, low)},
	)
}

// count makes a reading of a vote. What is not on the ballot is no vote, and that nothing fits takes
// nothing away from what was found without a model.
func (b *ballot) count(v vote, without flows.Reading, text string) flows.Reading {
	confidence := map[string]float64{high: Cap, medium: likely, low: doubtful}[v.Certainty]
	if v.Choice == voteQuestion {
		return flows.Reading{Meaning: flows.ReadQuestion, Confidence: confidence}
	}
	first, ok := b.moves[v.Choice]
	if !ok || confidence == 0 {
		return without
	}
	move := b.move(first, text)
	if without.Meaning == flows.ReadMove && without.Move == move {
		without.Confidence = max(without.Confidence, min(confidence, Cap))
		return without
	}
	second, other := b.moves[v.Second]
	if v.Certainty == high || v.Certainty == medium && !other {
		r := flows.Reading{Meaning: flows.ReadMove, Move: move, Confidence: min(confidence, Cap)}
		if len(first.Intents) > 0 {
			r.Intent = first.Intents[0]
		}
		return r
	}
	among := []flows.Move{move}
	if other {
		among = append(among, b.move(second, text))
	}
	if without.Meaning == flows.ReadMove {
		among = append(among, without.Move)
	}
	return flows.Reading{Meaning: flows.ReadUnsure, Confidence: min(confidence, Cap), Among: atMostThree(append(among, without.Among...))}
}

// move is the move of an option. What is filled in is what the person wrote, never what a model did.
func (b *ballot) move(o flows.Option, text string) flows.Move {
	if o.Kind == flows.Fill {
		return flows.Move{Kind: flows.Fill, Text: text}
	}
	return o.Move
}

func atMostThree(moves []flows.Move) []flows.Move {
	var out []flows.Move
	for _, m := range moves {
		if len(out) < 3 && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}
