package flows_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/flows"
)

// What was not understood is found again with what was then chosen.
func TestMisread(t *testing.T) {
	b := shipped(t)
	j := newJournal(t, b, map[string]string{"name": "Zoé Example"})
	unclear := flows.Move{Kind: flows.Unclear}
	j.says("my thingy won't budge, write zoe@example.org or 514 555 0199", unclear)
	j.says("I forgot my password", choose("forgot"))
	j.says("it is all topsy-turvy", flows.Move{Kind: flows.Doubt, ID: "jump:works|jump:suspicion"})
	j.says("None of these", flows.Move{Kind: flows.Again})
	j.says("Someone else may be in my account", jump("suspicion"))
	j.says("hey it got sorted", jump(flows.JumpWorks))
	j.says("", flows.Move{Kind: flows.Back})
	j.says("Zoé says blorp", unclear)
	j.says("ZOE's blorp, l'auto de zoé", unclear)
	got := b.Misread(flows.Stored{Session: j.s, Log: j.log, Names: []string{"Zoé Example"}})
	if len(got) != 5 {
		t.Fatalf("%d were found: %+v", len(got), got)
	}
	first := got[0]
	if first.Meant != choose("forgot") || !slices.Contains(first.Intents, "forgot_password") || first.Read != unclear || first.Lang != "en" ||
		first.Place.String() != "client/what_you_see" {
		t.Errorf("first: %+v", first)
	}
	for _, secret := range []string{"zoe", "0199"} {
		if strings.Contains(strings.ToLower(first.Text), secret) {
			t.Errorf("%q is still in %q", secret, first.Text)
		}
	}
	if !strings.Contains(first.Text, "thingy won't budge") {
		t.Errorf("the words are gone: %q", first.Text)
	}
	if got[1].Meant != jump("suspicion") || got[1].Read.Kind != flows.Doubt {
		t.Errorf("second: %+v", got[1])
	}
	if got[2].Read != jump(flows.JumpWorks) || got[2].Meant != (flows.Move{}) {
		t.Errorf("third: %+v", got[2])
	}
	for _, it := range got[3:] {
		if words := strings.ToLower(it.Text); strings.Contains(words, "zo") || !strings.Contains(words, "blorp") {
			t.Errorf("of a known name is left: %q", it.Text)
		}
	}
	if got[3].Text != "xxx says blorp" || got[3].Meant != (flows.Move{}) {
		t.Errorf("fourth: %+v", got[3])
	}
}

// However somebody goes back, by the button of "I understood …", by that of the end, or in words:
// what they had typed was misread. What they go back from was not what they meant before, either.
func TestMisreadByAnyBack(t *testing.T) {
	b := shipped(t)
	back := flows.Move{Kind: flows.Back}
	for _, label := range []string{b.Word("understood_no", "en", nil), "Back", "go back please", b.Word("still_not", "en", nil)} {
		j := newJournal(t, b, nil)
		j.says("my thingy won't budge", flows.Move{Kind: flows.Unclear})
		j.says("my coach never sent the thing", flows.Move{Kind: flows.Heard, ID: "change_email"})
		j.says(label, back)
		j.says("I forgot my password", choose("forgot"))
		got := b.Misread(flows.Stored{Session: j.s, Log: j.log})
		if len(got) != 2 || got[0].Meant != (flows.Move{}) || got[1].Text != "my coach never sent the thing" || got[1].Meant != choose("forgot") {
			t.Errorf("with %q: %+v", label, got)
		}
	}
	j := newJournal(t, b, nil)
	j.says("is it working now", jump(flows.JumpWorks))
	j.says("no it does not work", back)
	if got := b.Misread(flows.Stored{Session: j.s, Log: j.log}); len(got) != 1 || got[0].Read != jump(flows.JumpWorks) {
		t.Errorf("after an end: %+v", got)
	}
}
