package flows_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"latchkey/flows"
)

// places walks the tree and gives sessions at every step-th place of it.
func places(t *testing.T, b *flows.Book, flow, lang string, step int) []flows.Session {
	t.Helper()
	s, _ := b.Start(flow, lang, nil)
	seen, queue, n := map[string]bool{}, []flows.Session{s}, 0
	var out []flows.Session
	for len(queue) > 0 {
		s, queue = queue[0], queue[1:]
		key := s.At.String() + " " + s.Facts["disabled"]
		if s.Outcome != "" || seen[key] {
			continue
		}
		seen[key] = true
		if n++; n%step == 0 {
			out = append(out, s)
		}
		for _, o := range b.Moves(s) {
			m := o.Move
			switch m.Kind {
			case flows.Fill:
				m.Text = "jo@example.org"
			case flows.Choose, flows.Jump:
			default:
				continue
			}
			next, _ := b.Next(s, m)
			queue = append(queue, next)
		}
	}
	return out
}

// Doubt, hope, a question, hearsay, a contrast or last week are no "it works", no wish for a person
// or for a new beginning, and do not take back that the account is disabled: wherever it is said,
// the person is asked first, if anything.
func TestWhatIsNotSaidPlainly(t *testing.T) {
	b := shipped(t)
	data, err := os.ReadFile("testdata/reading/unsaid.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, flow := range []string{"client", "professional"} {
		for _, lang := range []string{"en", "fr"} {
			at := places(t, b, flow, lang, 5)
			if len(at) < 20 {
				t.Fatalf("%s: only %d places", flow, len(at))
			}
			lines := bufio.NewScanner(bytes.NewReader(data))
			for lines.Scan() {
				var said struct{ Text, Lang string }
				if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
					t.Fatal(err)
				}
				if said.Lang != lang {
					continue
				}
				for _, s := range at {
					r, err := b.Matcher().Read(t.Context(), said.Text, lang, b.Moves(s))
					if err != nil {
						t.Fatal(err)
					}
					m := b.Decide(s, r)
					after, _ := b.Next(s, m)
					left := s.Facts["disabled"] == "yes" && after.Facts["disabled"] != "yes"
					if after.Outcome == flows.OutcomeResolved || left || m.Kind == flows.Restart || m == jump(flows.JumpPerson) {
						t.Errorf("%q at %s leads to %s", said.Text, s.At, m)
						break
					}
				}
			}
		}
	}
}

// Who says it plainly is not asked.
func TestWhatIsSaidPlainly(t *testing.T) {
	b := shipped(t)
	for lang, all := range map[string]map[string]flows.Move{
		"en": {
			"it works now thank you": jump(flows.JumpWorks), "ok great its working now": jump(flows.JumpWorks), "I finaly got in thanks": jump(flows.JumpWorks),
			"I want to speak with a real person please": jump(flows.JumpPerson), "I don't want a bot, get me a person": jump(flows.JumpPerson),
			"can I talk to a human?": jump(flows.JumpPerson), "start over": {Kind: flows.Restart},
		},
		"fr": {
			"ouin c'est ça, ça marche": jump(flows.JumpWorks), "merci ça marche maintenant": jump(flows.JumpWorks), "super je suis connecté merci": jump(flows.JumpWorks),
			"je veux parler à une vraie personne svp": jump(flows.JumpPerson), "je veux pas parler à un robot, passez-moi quelqu'un": jump(flows.JumpPerson),
			"recommencer": {Kind: flows.Restart},
		},
	} {
		s, _ := b.Start("client", lang, nil)
		for text, want := range all {
			r, err := b.Matcher().Read(t.Context(), text, lang, b.Moves(s))
			if err != nil {
				t.Fatal(err)
			}
			if got := b.Decide(s, r); got != want {
				t.Errorf("%q leads to %s, not %s (%.2f)", text, got, want, r.Confidence)
			}
		}
	}
}
