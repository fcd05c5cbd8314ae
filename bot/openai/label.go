package openai

import (
	"context"
	"errors"

	"latchkey/flows"
)

// OutOfScope is the label of a text that has none of the meanings it was compared with.
const OutOfScope = "out_of_scope"

// Intent is a meaning a text can be labelled with.
type Intent struct {
	ID string
	// Phrases are what people write for it, by language.
	Phrases map[string][]flows.Phrase
}

// labelAnswer is how long a label may be, in tokens.
const labelAnswer = 300

type labelPaper struct {
	Language string        `json:"language"`
	Meanings []labelOption `json:"meanings"`
	Wrote    string        `json:"person_wrote"`
}

type labelOption struct {
	ID       string   `json:"id"`
	Examples []string `json:"examples,omitempty"`
}

// Label has the model label a text with one of the intents, or [OutOfScope], outside of any
// conversation: to measure it. The score is between 0 and 1, a coarse one, by the model's own word.
// The error says why there is no label.
func (m *Model) Label(ctx context.Context, text, lang string, intents []Intent) (label string, score float64, err error) {
	if m.o.Model == "" {
		return "", 0, errors.New("openai: no model for texts is named")
	}
	p := labelPaper{Language: lang, Wrote: outgoing(text)}
	ids := []string{OutOfScope}
	for _, in := range intents {
		if in.ID != OutOfScope {
			ids = append(ids, in.ID)
			p.Meanings = append(p.Meanings, labelOption{in.ID, examples(in.Phrases, lang)})
		}
	}
	var a struct {
		Label     string `json:"label"`
		Certainty string `json:"certainty"`
	}
	err = m.ask(ctx, inquiry{
		name: "label", prompt: m.o.Prompts.Label, about: p, longest: labelAnswer,
		form: object(field{"label", oneOf(ids...)}, field{"certainty", oneOf(high, medium, low)}),
	}, &a)
	if err != nil {
		return "", 0, err
	}
	return a.Label, map[string]float64{high: 0.95, medium: likely, low: doubtful}[a.Certainty], nil
}
