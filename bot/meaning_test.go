package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/flows"
	"latchkey/kb"
)

// nearby says that some sections are near whatever is asked.
type nearby struct {
	rank func(ctx context.Context, question string) ([]kb.Near, error)
}

func (n *nearby) Ready(context.Context) bool { return true }

func (n *nearby) Rank(ctx context.Context, question, _ string, _ int) ([]kb.Near, error) {
	return n.rank(ctx, question)
}

// What no words find is looked for by its meaning, after the message was stored, and counted by its
// conversation; whatever fails, the answer is the one without.
func TestAnAnswerIsFoundByItsMeaning(t *testing.T) {
	const strange = "how do I get my magic syllables back?"
	for name, c := range map[string]struct {
		near    []kb.Near
		err     error
		want    string
		article string
	}{
		"near":        {[]kb.Near{{Article: "password-reset", Likeness: 0.7}}, nil, "Nobody can see your password", "password-reset"},
		"not for you": {[]kb.Near{{Article: "merge-clients", Likeness: 0.7}}, nil, "Only your professional", "merge-clients"},
		"not near":    {[]kb.Near{{Article: "password-reset", Likeness: 0.1}}, nil, "I don't know", ""},
		"an error":    {[]kb.Near{{Article: "password-reset", Likeness: 0.7}}, errors.New("no model"), "I don't know", ""},
	} {
		w := newHelpfulWorld(t)
		asked := 0
		var stored []string
		in := ""
		r := &nearby{func(ctx context.Context, question string) ([]kb.Near, error) {
			asked++
			in = bot.ConversationOf(ctx)
			v, err := w.bot.View(t.Context(), "test", "ann", 0, 0)
			if err != nil {
				t.Errorf("%s: nothing is stored while it is asked: %v", name, err)
			}
			for _, m := range v.Messages {
				if m.From == bot.FromContact {
					stored = append(stored, m.Text)
				}
			}
			return c.near, c.err
		}}
		set := w.set
		w.set = func(o *bot.Options) {
			set(o)
			o.Help = o.Help.Ranking(r)
		}
		w.open(shippedBook(t))
		w.reads(flows.Reading{Meaning: flows.ReadQuestion})
		ann := w.person("ann")
		said := ann.types(strange)
		first := said[len(w.bot.Welcome("client", "en").Messages)].Text
		if !strings.HasPrefix(first, c.want) || asked != 1 || len(stored) != 1 || stored[0] != strange {
			t.Errorf("%s: %q, asked %d times, stored by then %q", name, first, asked, stored)
		}
		if id := ann.view().Conversation.ID; in != id {
			t.Errorf("%s: it counts for %q, want %q", name, in, id)
		}
		if a := w.answers(); len(a) != 1 || a[0].Article != c.article || a[0].Score >= kb.Enough {
			t.Errorf("%s: kept %+v", name, a)
		}
		// Where words are sure, and where there are none, nobody is asked.
		ann.types("how do I reset my password?")
		ann.types("can you help me?")
		if asked != 1 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}
