package flows_test

import (
	"slices"
	"testing"

	"latchkey/flows"
)

func read(m flows.Move, confidence float64) flows.Reading {
	return flows.Reading{Meaning: flows.ReadMove, Move: m, Confidence: confidence}
}

func labels(events []flows.Event) (out []string) {
	for _, c := range events[len(events)-1].Choices {
		out = append(out, c.Label)
	}
	return out
}

// What would be hard to take back is asked about, unless it is certain.
func TestGraveMovesAreConfirmed(t *testing.T) {
	b := shipped(t)
	begun, _ := b.Start("client", "en", nil)
	disabled, _ := b.Next(begun, jump(flows.JumpDisabled))
	for _, c := range []struct {
		name string
		s    flows.Session
		m    flows.Move
		ask  bool
	}{
		{"it works", begun, jump(flows.JumpWorks), true},
		{"a person", begun, jump(flows.JumpPerson), true},
		{"start over", begun, flows.Move{Kind: flows.Restart}, true},
		{"not disabled after all", disabled, choose("not_disabled"), true},
		{"disabled", begun, jump(flows.JumpDisabled), false},
		{"an answer", begun, choose("forgot"), false},
	} {
		want := c.m
		if c.ask {
			want = flows.Move{Kind: flows.Doubt, ID: c.m.String()}
		}
		if got := b.Decide(c.s, read(c.m, 0.7)); got != want {
			t.Errorf("%s: a reading of 0.7 led to %s", c.name, got)
		}
		if got := b.Decide(c.s, read(c.m, flows.Sure)); got != c.m {
			t.Errorf("%s: a certain reading led to %s", c.name, got)
		}
	}
}

// "Yes" to the question what was meant makes that move; "no" puts the step's question again;
// anything else is read as ever.
func TestDoubt(t *testing.T) {
	b := shipped(t)
	for _, lang := range []string{"en", "fr"} {
		s, _ := b.Start("client", lang, nil)
		s, _ = b.Next(s, choose("wrong_password"))
		at := s.At
		s, events := b.Next(s, b.Decide(s, read(jump(flows.JumpWorks), 0.6)))
		if s.At != at || s.Outcome != "" || len(s.Doubt) != 1 || len(labels(events)) != 2 {
			t.Fatalf("%s: %+v, %+v", lang, s, events)
		}
		for _, o := range b.Moves(s) {
			if o.Move == jump(flows.JumpWorks) && o.Label != b.Word("works_label", lang, nil) {
				t.Errorf("%s: the button is called %q meanwhile", lang, o.Label)
			}
		}
		says := func(text string) (flows.Session, []flows.Event) {
			r, err := b.Matcher().Read(t.Context(), text, lang, b.Moves(s))
			if err != nil {
				t.Fatal(err)
			}
			return b.Next(s, b.Decide(s, r))
		}
		yes, no := map[string]string{"en": "yes", "fr": "oui"}[lang], map[string]string{"en": "no", "fr": "non"}[lang]
		if after, _ := says(yes); after.Outcome != flows.OutcomeResolved || len(after.Doubt) != 0 {
			t.Errorf("%s: after yes: %+v", lang, after)
		}
		after, events := says(no)
		if after.At != at || after.Outcome != "" || len(after.Doubt) != 0 || events[len(events)-1].Kind != flows.Asked {
			t.Errorf("%s: after no: %+v, %+v", lang, after, events)
		}
		after, _ = b.Next(s, jump("forgot_password"))
		if len(after.Doubt) != 0 || after.At == at {
			t.Errorf("%s: another move: %+v", lang, after)
		}
	}
}

// Between a few meanings the person chooses; what is not legal is not offered.
func TestWhichDoYouMean(t *testing.T) {
	b := shipped(t)
	s, _ := b.Start("client", "en", nil)
	m := b.Decide(s, flows.Reading{Meaning: flows.ReadUnsure, Among: []flows.Move{choose("forgot"), choose("nonsense"), jump("suspicion")}})
	s, events := b.Next(s, m)
	if got, want := labels(events), []string{"I forgot my password", "Someone else may be in my account", "None of these"}; !slices.Equal(got, want) {
		t.Errorf("offered: %v", got)
	}
	if again, err := b.Matcher().Read(t.Context(), "the second one", "en", b.Moves(s)); err != nil || again.Move != jump("suspicion") {
		t.Errorf("the second one is %+v, %v", again, err)
	}
	if s, events = b.Next(s, flows.Move{Kind: flows.Doubt, ID: "choose:nonsense"}); len(s.Doubt) != 0 || events[len(events)-1].Kind != flows.Asked {
		t.Errorf("nothing to ask about: %+v", events)
	}
	if _, events = b.Next(s, flows.Move{Kind: flows.Again}); len(events) == 0 {
		t.Error("again without a doubt says nothing")
	}
}

// Who is led elsewhere by what they wrote is told so, and can say no.
func TestHeard(t *testing.T) {
	b := shipped(t)
	s, _ := b.Start("client", "en", nil)
	s, _ = b.Next(s, choose("wrong_password"))
	m := b.Decide(s, read(jump("forgot_password"), 0.8))
	after, events := b.Next(s, m)
	if m.Kind != flows.Heard || events[0].Text != "I understand: “I forgot my password”. Let's look at that." {
		t.Errorf("%s: %+v", m, events)
	}
	last := events[len(events)-1].Choices
	if no := last[len(last)-1]; no.Move != "back" {
		t.Errorf("the last button is %+v", no)
	}
	if n := len(after.Trail); after.Trail[n-1] != "jump:forgot_password" {
		t.Errorf("the trail: %v", after.Trail)
	}
	plainly, _ := b.Next(s, jump("forgot_password"))
	if after.At != plainly.At || len(after.Trail) != len(plainly.Trail) {
		t.Errorf("it leads to %s, a button to %s", after.At, plainly.At)
	}
	undone, _ := b.Next(after, flows.Move{Kind: flows.Back})
	if undone.At != s.At {
		t.Errorf("back is at %s, not %s", undone.At, s.At)
	}
	if got := b.Decide(s, read(jump("forgot_password"), 1)); got != jump("forgot_password") {
		t.Errorf("the very words lead to %s", got)
	}
	if bad, events := b.Next(s, flows.Move{Kind: flows.Heard, ID: "nowhere"}); bad.At != s.At || len(events) == 0 {
		t.Errorf("nowhere leads to %s", bad.At)
	}
}

// While people have the conversation only what is certain is a move.
func TestTeamDecides(t *testing.T) {
	b := shipped(t)
	s, _ := b.Start("client", "en", nil)
	s.Outcome = flows.OutcomeTicket
	if got := b.Decide(s, read(jump(flows.JumpWorks), 0.8)); got.Kind != flows.Unclear {
		t.Errorf("not certain: %s", got)
	}
	if got := b.Decide(s, read(jump(flows.JumpWorks), 0.95)); got != jump(flows.JumpWorks) {
		t.Errorf("certain: %s", got)
	}
	if got := b.Decide(s, flows.Reading{Meaning: flows.ReadUnsure, Among: []flows.Move{jump(flows.JumpWorks)}}); got.Kind != flows.Unclear {
		t.Errorf("unsure: %s", got)
	}
}

// Every way of asking what was meant ends: no doubt adds a place that buttons do not lead to.
func TestDoubtMovesNothing(t *testing.T) {
	b := shipped(t)
	s, _ := b.Start("professional", "fr", nil)
	for _, o := range b.Moves(s) {
		after, _ := b.Next(s, flows.Move{Kind: flows.Doubt, ID: o.Move.String()})
		if after.At != s.At || after.Outcome != s.Outcome || len(after.Trail) != len(s.Trail) {
			t.Errorf("a doubt about %s moved the conversation to %s", o.Move, after.At)
		}
	}
}
