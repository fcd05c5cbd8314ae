package flows_test

import (
	"strings"
	"testing"

	"latchkey/flows"
)

// piece is a book with a called piece, a branch and words on the way: what Compare must see
// through. Its tree is "client".
func piece(t testing.TB) map[string]string {
	t.Helper()
	files := small(t)
	files["client.yaml"] = `flow: client
for: client
title: {en: t, fr: t}
begin: first
always: {person: {go: person}, works: {go: fixed}, disabled: {go: person}, stuck: {go: person}}
steps:
  first:
    ask: {en: First?, fr: Un?}
    choices:
      call: {label: {en: Call, fr: Appel}, go: call}
      way: {label: {en: Way, fr: Voie}, go: way}
  way:
    branch:
      - {when: {disabled: "yes"}, go: person}
      - {go: word}
  word:
    say: {en: A word., fr: Un mot.}
    go: address
  address:
    fill: email
    once: true
    ask: {en: Address?, fr: Adresse?}
    go: call
  call:
    call: look
    on: {found: fixed, nothing: person}
  person:
    ticket: support
    about: {en: Person, fr: Personne}
  fixed:
    resolved: {en: Good., fr: Bien.}
`
	files["look.yaml"] = `flow: look
title: {en: l, fr: l}
begin: junk
steps:
  junk:
    ask: {en: In junk?, fr: Indésirables?}
    tried: {en: looked, fr: a regardé}
    choices:
      "yes": {label: {en: There, fr: Là}, go: found}
      "no": {label: {en: Not there, fr: Pas là}, go: nothing}
  found: {return: found}
  nothing: {return: nothing}
`
	return files
}

func TestCompare(t *testing.T) {
	const first, address, junk = "client/first", "client/address", "look/junk"
	for _, c := range []struct {
		name, file, old, new string
		want                 map[string]flows.Difference // the rest is the same
		reason               string                      // of the step named first in alphabetical order
	}{
		{"nothing", "client.yaml", "A word.", "A word.", nil, ""},
		{"a comment", "client.yaml", "steps:\n", "# a comment\nsteps:\n", nil, ""},
		{"a question", "look.yaml", "In junk?", "Among junk?",
			map[string]flows.Difference{junk: flows.Reworded}, "the question changed"},
		{"a label", "client.yaml", "en: Way", "en: Another way",
			map[string]flows.Difference{first: flows.Reworded}, `the label of the choice "way" changed`},
		{"the order of choices", "look.yaml", "      \"yes\": {label: {en: There, fr: Là}, go: found}\n      \"no\": {label: {en: Not there, fr: Pas là}, go: nothing}\n",
			"      \"no\": {label: {en: Not there, fr: Pas là}, go: nothing}\n      \"yes\": {label: {en: There, fr: Là}, go: found}\n",
			map[string]flows.Difference{junk: flows.Reworded}, "the order of the choices: no, yes, was yes, no"},
		{"words on the way", "client.yaml", "A word.", "Another word.",
			map[string]flows.Difference{first: flows.Reworded}, "the words of client/word changed"},
		{"where a choice leads", "client.yaml", "fr: Appel}, go: call", "fr: Appel}, go: address",
			map[string]flows.Difference{first: flows.Changed}, `the choice "call": leads to client/address, was leads to client/call`},
		{"where the branch leads", "client.yaml", `{disabled: "yes"}, go: person`, `{disabled: "yes"}, go: fixed`,
			map[string]flows.Difference{first: flows.Changed}, "client/way: branch leads to client/fixed when disabled is yes, leads to client/word, was"},
		{"what a choice remembers", "client.yaml", "fr: Voie}, go", "fr: Voie}, set: {disabled: \"yes\"}, go",
			map[string]flows.Difference{first: flows.Changed}, `the choice "way": leads to client/way, sets disabled to "yes", was leads to client/way`},
		{"a new choice", "look.yaml", "      \"no\":", "      maybe: {label: {en: Perhaps, fr: Peut-être}, go: nothing}\n      \"no\":",
			map[string]flows.Difference{junk: flows.Changed}, `the choice "maybe" is new`},
		{"another queue of every way out", "client.yaml", "ticket: support", "ticket: hexpert",
			map[string]flows.Difference{first: flows.Changed, address: flows.Changed, junk: flows.Changed}, "client/person: ticket to hexpert"},
		{"another way out", "client.yaml", "works: {go: fixed}", "works: {go: person}",
			map[string]flows.Difference{first: flows.Changed, address: flows.Changed, junk: flows.Changed}, `the line "works" of client: leads to client/person, was leads to client/fixed`},
		{"a condition of a way out", "client.yaml", "stuck: {go: person}}", "stuck: {go: person}, more: {label: {en: More, fr: Plus}, intent: resolved, unless: {disabled: \"yes\"}, go: fixed}}",
			map[string]flows.Difference{first: flows.Changed, address: flows.Changed, junk: flows.Changed}, `the line "more" of client is new`},
		{"where the call comes back to", "client.yaml", "nothing: person", "nothing: fixed",
			map[string]flows.Difference{junk: flows.Changed}, `the end "nothing" of the call client/call: leads to client/fixed, was leads to client/person`},
		{"passing over a question", "client.yaml", "    once: true\n", "",
			map[string]flows.Difference{first: flows.Changed}, "client/address: fill, was fill email once"},
		{"another fact", "client.yaml", "fill: email", "fill: client_email",
			map[string]flows.Difference{first: flows.Changed, address: flows.Changed}, "client/address: fill client_email once"},
		{"another name", "look.yaml", "junk", "spam",
			map[string]flows.Difference{first: flows.Changed, address: flows.Changed, junk: flows.Gone}, ""},
		{"nothing in the ticket", "look.yaml", "    tried: {en: looked, fr: a regardé}\n", "",
			map[string]flows.Difference{junk: flows.Changed}, "its line in the ticket: false, was true"},
		{"one more phrase", "intents.yaml", "  resolved:\n    never_with: [not login, not works]\n    en: [", "  resolved:\n    never_with: [not login, not works]\n    en: [hooray finally, ",
			map[string]flows.Difference{first: flows.Reworded, address: flows.Reworded, junk: flows.Reworded}, `what people write for the line "works" of client changed`},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := piece(t)
			old := load(t, files)
			if !strings.Contains(files[c.file], c.old) {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			files[c.file] = strings.ReplaceAll(files[c.file], c.old, c.new)
			changes := flows.Compare(old, load(t, files))
			if len(changes) != 3 {
				t.Fatalf("three steps wait, got %+v", changes)
			}
			for _, ch := range changes {
				want, ok := c.want[ch.Place.String()]
				if !ok {
					want = flows.Same
				}
				if ch.Difference != want {
					t.Errorf("%s is %s, want %s %q", ch.Place, ch.Difference, want, ch.Reasons)
				}
				if (len(ch.Reasons) == 0) != (want == flows.Same) || ch.Movable() != (want == flows.Same || want == flows.Reworded) {
					t.Errorf("%+v", ch)
				}
			}
			for _, ch := range changes {
				if ch.Difference != flows.Same {
					if !strings.HasPrefix(ch.Reasons[0], c.reason) {
						t.Errorf("%s: %q, want %q", ch.Place, ch.Reasons, c.reason)
					}
					break
				}
			}
		})
	}
}

func TestCompareLanguages(t *testing.T) {
	files := piece(t)
	old := load(t, files)
	if !strings.Contains(files["words.yaml"], "languages: {en: English, fr: Français}") {
		t.Fatal("the words name their languages in another way")
	}
	// The same two languages the other way round: nobody feels it.
	files["words.yaml"] = strings.Replace(files["words.yaml"], "languages: {en: English, fr: Français}", "languages: {fr: Français, en: English}", 1)
	for _, c := range flows.Compare(old, load(t, files)) {
		if c.Difference != flows.Same {
			t.Errorf("%+v", c)
		}
	}
}

// Every step of the shipped trees can be looked from, and is the same as itself.
func TestCompareShipped(t *testing.T) {
	b := shipped(t)
	changes := flows.Compare(b, load(t, b.Files()))
	if len(changes) < 100 {
		t.Errorf("only %d steps wait", len(changes))
	}
	for _, c := range changes {
		if c.Difference != flows.Same {
			t.Errorf("%+v", c)
		}
	}
}

func TestAnew(t *testing.T) {
	b := shipped(t)
	old, _ := b.Start("professional", "fr", map[string]string{"email": "zoe@example.org", "symptom": "other", "login_with": "email"})
	old.Version = "gone"
	old.At = flows.Place{Flow: "nowhere", Step: "left"}
	s, events := b.Anew(old, "begun_anew")
	if s.Version != b.Version || s.Lang != "fr" || s.At.Flow != "professional" || len(s.Trail) != 0 {
		t.Errorf("begun anew: %+v", s)
	}
	if s.Facts["email"] != "zoe@example.org" || s.Facts["role"] != "professional" || s.Facts["symptom"] != "" || s.Facts["login_with"] != "" {
		t.Errorf("what is known of the person stays, what was the trouble does not: %v", s.Facts)
	}
	if len(events) != 2 || events[0].Text != b.Word("begun_anew", "fr", nil) || events[1].Kind != flows.Asked {
		t.Errorf("said: %+v", events)
	}
	// It is a beginning like any other: there is nothing to go back to, and no step is worn.
	if s, events = b.Next(s, flows.Move{Kind: flows.Back}); events[0].Text != b.Word("nothing_to_undo", "fr", nil) || s.Ended() {
		t.Errorf("back at the new beginning: %+v", events)
	}

	old.Lang, old.Facts = "xx", map[string]string{"role": "client", "email": ""}
	if s, _ := b.Anew(old, "begun_anew"); s.At.Flow != "client" || s.Lang != "en" || s.Facts["role"] != "client" {
		t.Errorf("an unknown language and tree: %+v", s)
	}
}
