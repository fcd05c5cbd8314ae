package flows

import (
	"testing"

	"latchkey/flows/lexis"
)

// What begins with "yes" or "no" and says more is weighed; one word, or a letter that only looks
// like an answer, is not.
func TestAnswers(t *testing.T) {
	b := shippedBook(t)
	for text, want := range map[string]string{
		"yes, I see my program": intentYes, "Oui j'ai le courriel": intentYes, "ouais pis?": intentYes,
		"no I want it freed": intentNo, "Non, il l'a changé aussi": intentNo,
		"yes": "", "y'est où le lien": "", "ok I see": "", "done with that": "",
	} {
		if got := b.answers(lexis.Fold(text)); got != want {
			t.Errorf("%q begins with %q, not %q", text, want, got)
		}
	}
}

// A "yes" counts for what it says at the step, only as long as nothing takes it back, and never so
// surely that something grave follows unasked.
func TestLeadingYes(t *testing.T) {
	b := shippedBook(t)
	begun, _ := b.Start("client", "en", nil)
	typing, _ := b.Next(begun, Move{Kind: Choose, ID: "wrong_password"})
	typing, _ = b.Next(typing, Move{Kind: Choose, ID: "username"})
	works := Move{Kind: Choose, ID: "works"}
	for _, c := range []struct {
		text string
		yes  bool
	}{
		{"yes my screen is all colours", true},
		{"yes, but it is refused", false},
		{"yes and the message is still there", false},
		{"yes please get me a human", false},
	} {
		r, err := b.Matcher().Read(t.Context(), c.text, "en", b.Moves(typing))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Move == works; got != c.yes {
			t.Errorf("%q: %+v", c.text, r)
		}
		if r.Move == works && b.Decide(typing, r).Kind != Doubt {
			t.Errorf("%q: it ends unasked", c.text)
		}
	}
}

// What leads to the question that is being asked is marked, at that question only.
func TestStays(t *testing.T) {
	b := shippedBook(t)
	begun, _ := b.Start("client", "en", nil)
	closing, _ := b.Next(begun, Move{Kind: Jump, ID: "close_account"})
	person, _ := b.Next(begun, Move{Kind: Jump, ID: JumpPerson})
	for _, c := range []struct {
		name string
		s    Session
		want map[string]bool
	}{
		{"the beginning", begun, map[string]bool{}},
		{"what to close", closing, map[string]bool{"close_account": true}},
		{"an address is asked for", person, map[string]bool{}},
	} {
		for _, o := range b.Moves(c.s) {
			if o.Kind == Jump && o.stays != c.want[o.ID] {
				t.Errorf("%s: %s stays: %v", c.name, o.ID, o.stays)
			}
		}
	}
}

// A meaning that no option goes by belongs to what it is a special case of.
func TestOwners(t *testing.T) {
	b := shippedBook(t)
	begun, _ := b.Start("client", "en", nil)
	typing, _ := b.Next(begun, Move{Kind: Choose, ID: "wrong_password"})
	typing, _ = b.Next(typing, Move{Kind: Choose, ID: "username"})
	offered, _ := b.Next(begun, Move{Kind: Jump, ID: "email_already_used"})
	for _, c := range []struct {
		s        Session
		intent   string
		want     Move
		presumes bool
	}{
		{begun, "access_paused", Move{Kind: Choose, ID: "disabled"}, false},
		{begun, "delete_account", Move{Kind: Jump, ID: "close_account"}, false},
		{begun, "company_left", Move{}, false},
		{typing, intentAgreed, Move{Kind: Wait}, false},
		{typing, intentDid, Move{Kind: Choose, ID: "works"}, true},
		{typing, "arrived", Move{Kind: Choose, ID: "works"}, true},
		{offered, intentAgreed, Move{Kind: Choose, ID: "try"}, false},
	} {
		legal := b.Moves(c.s)
		at, presumes, ok := b.owners(legal).of(c.intent)
		got := Move{}
		if ok {
			got = legal[at].Move
		}
		if got != c.want || presumes != c.presumes {
			t.Errorf("%s at %s: %s, presumed: %v", c.intent, c.s.At, got, presumes)
		}
	}
}
