package flows

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func shippedBook(t testing.TB) *Book {
	t.Helper()
	b, err := Load(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tiny is a book with one small tree and promises, on the shipped words and phrases.
func tiny(t testing.TB, steps, promises string) *Book {
	t.Helper()
	files := map[string]string{}
	for name, text := range shippedBook(t).Files() {
		if slices.Contains([]string{"words.yaml", "intents.yaml", "lexicon.yaml", "facts.yaml"}, name) {
			files[name] = text
		}
	}
	files["client.yaml"] = `
flow: client
for: client
title: {en: t, fr: t}
begin: first
always: {person: {go: person}, works: {go: fixed}, disabled: {go: disabled}, stuck: {go: person}}
` + promises + `
steps:
  fixed: {resolved: {en: good, fr: bien}}
  person: {ticket: support, about: {en: person, fr: personne}}
` + steps
	b, err := LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestShippedTreesHold(t *testing.T) {
	if testing.Short() {
		t.Skip("walks every session")
	}
	rep := shippedBook(t).Verify()
	for _, f := range rep.Findings {
		t.Errorf("%s %s: %s\n%s", f.At, f.Rule, f.What, f.Story)
	}
	if rep.Promises < 7 || rep.Sessions < 1000 || rep.Bound == 0 || rep.Outcomes["ticket hexpert"] == 0 {
		t.Errorf("too little was looked at: %+v", rep)
	}
}

const (
	askFirst = `
  first:
    ask: {en: "Well?", fr: "Alors?"}
    choices:
      forgot: {label: {en: Forgot, fr: Oublié}, go: reset}
      other: {label: {en: Other, fr: Autre}, go: person}
  reset:
    gives: reset_advice
    ask: {en: "Reset it.", fr: "Réinitialisez-le."}
    choices: {ok: {label: {en: Done, fr: Fait}, go: fixed}}
`
	disabledStep = `
  disabled:
    gives: disabled_branch
    set: {disabled: "yes"}
    ask: {en: "Disabled, then.", fr: "Désactivé, donc."}
    choices: {team: {label: {en: Write to the team, fr: Écrire à l'équipe}, go: hexpert}}
  hexpert: {ticket: hexpert, about: {en: disabled, fr: désactivé}}
`
)

// A tree that breaks a promise is shown with the shortest conversation that does, and that
// conversation is one: it plays.
func TestBrokenPromisesAreShown(t *testing.T) {
	for _, c := range []struct{ name, steps, promises, rule string }{
		{"kept", askFirst + disabledStep, "promises: [{never: {ticket: hexpert, before: disabled_branch}}, {always: {move: disabled, gives: disabled_branch}}]", ""},
		{"advice while disabled", strings.Replace(askFirst, "go: person", "go: disabled", 1) + strings.Replace(disabledStep, "choices: {", "choices: {again: {label: {en: Again, fr: Encore}, go: reset}, ", 1),
			`promises: [{never: {give: reset_advice, when: {disabled: "yes"}}}]`, "never {give: reset_advice, when: {disabled: yes}}"},
		{"advice after the branch", strings.Replace(askFirst, "go: person", "go: disabled", 1) + strings.Replace(disabledStep, "choices: {", "choices: {again: {label: {en: Again, fr: Encore}, go: first}, ", 1),
			`promises: [{never: {give: reset_advice, after: disabled_branch}}]`, "never {give: reset_advice, after: disabled_branch}"},
		{"hexpert without a reason", strings.Replace(askFirst, "go: person", "go: hexpert", 1) + disabledStep,
			"promises: [{never: {ticket: hexpert, before: disabled_branch}}]", "never {ticket: hexpert, before: disabled_branch}"},
		{"a wrong end", askFirst + disabledStep, `promises: [{never: {end: resolved, unless: {disabled: "yes"}}}]`, "never {end: resolved, unless: {disabled: yes}}"},
		{"disabled leads elsewhere", strings.Replace(askFirst, "go: person", "go: far", 1) + strings.Replace(disabledStep, "gives: disabled_branch", "gives: something", 1) + "\n  far: {gives: disabled_branch, ticket: support, about: {en: x, fr: x}}\n",
			"promises: [{always: {move: disabled, gives: disabled_branch}}]", "always {move: disabled, gives: disabled_branch}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rep := tiny(t, c.steps, c.promises).Verify()
			if c.rule == "" {
				if len(rep.Findings) > 0 {
					t.Errorf("%+v", rep.Findings)
				}
				return
			}
			if len(rep.Findings) != 1 || rep.Findings[0].Rule != c.rule || !strings.HasPrefix(rep.Findings[0].At, "client.yaml:") {
				t.Fatalf("findings: %+v", rep.Findings)
			}
			b := tiny(t, c.steps, c.promises)
			ts, err := ParseTranscripts("story.txt", rep.Findings[0].Story)
			if err != nil || len(ts) != 1 {
				t.Fatalf("%v\n%s", err, rep.Findings[0].Story)
			}
			if _, err := ts[0].Play(t.Context(), b, b.Matcher()); err != nil {
				t.Errorf("the story is none: %v", err)
			}
		})
	}
}

func TestRulesOfEveryTree(t *testing.T) {
	far := `
  first: {ask: {en: "1?", fr: "1?"}, choices: {a: {label: {en: A, fr: A}, go: person}}}
  disabled: {ticket: hexpert, about: {en: d, fr: d}}
`
	asked := strings.Replace(far, "go: person", "go: person_first", 1) + `
  person_first: {ask: {en: "2?", fr: "2?"}, choices: {a: {label: {en: A, fr: A}, go: person_second}}}
  person_second: {ask: {en: "3?", fr: "3?"}, choices: {a: {label: {en: A, fr: A}, go: person}}}
`
	for _, c := range []struct{ name, steps, old, new, rule string }{
		{"a person is three moves away", asked, "person: {go: person}", "person: {go: person_first}", rulePerson},
		{"steps chase each other", strings.Replace(far, "go: person", "go: round", 1) + `
  round: {branch: [{when: {disabled: "yes"}, go: fixed}, {go: about}]}
  about: {branch: [{when: {disabled: "yes"}, go: person}, {go: round}]}
`, "", "", ruleHops},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := tiny(t, c.steps, "").Files()
			files["client.yaml"] = strings.Replace(files["client.yaml"], c.old, c.new, 1)
			b, err := LoadFiles(files)
			if err != nil {
				t.Fatal(err)
			}
			rep := b.Verify()
			if !slices.ContainsFunc(rep.Findings, func(f Finding) bool { return f.Rule == c.rule }) {
				t.Errorf("findings: %+v", rep.Findings)
			}
		})
	}
}

// The verifier takes a jump to go the same ways from every step that knows the same. So it is:
// the engine forgets the step, its callers and what was typed there.
func TestJumpsForgetTheStep(t *testing.T) {
	b := shippedBook(t)
	for _, root := range b.rootFlows() {
		from, _ := b.Start(root, "en", nil)
		for _, st := range b.flows[root].stepList {
			if _, waits := st.body.(waiter); !waits {
				continue
			}
			for _, name := range b.flows[root].order {
				there := from
				there.State = from.State.clone()
				there.At, there.Suggest, there.Typed = st.Place, "ann@gmail.com", "ann@gmial.com"
				one, _ := b.Next(from, Move{Kind: Jump, ID: name})
				two, _ := b.Next(there, Move{Kind: Jump, ID: name})
				if one.Unclear > 0 && two.Unclear > 0 {
					continue // not possible now: both stay where they are
				}
				one.Tried, two.Tried = nil, nil
				if diff := cmp.Diff(one.State, two.State); diff != "" {
					t.Fatalf("%s from %s:\n%s", name, st.Place, diff)
				}
			}
		}
	}
}

// In every language a conversation goes the same way: the verifier walks it in one.
func TestLanguageDecidesNothing(t *testing.T) {
	b := shippedBook(t)
	for _, root := range b.rootFlows() {
		en, _ := b.Start(root, "en", nil)
		fr, _ := b.Start(root, "fr", nil)
		for i := range 300 {
			legal := b.Moves(en)
			m := legal[(i*7919)%len(legal)].Move
			if m.Kind == Language {
				continue
			}
			if m.Kind == Fill {
				m.Text = sampleFill
			}
			en, _ = b.Next(en, m)
			fr, _ = b.Next(fr, m)
			if diff := cmp.Diff(en.State, fr.State); diff != "" {
				t.Fatalf("after %s:\n%s", m, diff)
			}
		}
	}
}

// Spoiling a small tree with one conversation: what the conversation goes through is noticed,
// and the tree is whole again afterwards.
func TestMutate(t *testing.T) {
	b := tiny(t, askFirst+disabledStep, "")
	before := maps.Clone(b.Files())
	ts, err := ParseTranscripts("t.txt", "as: client\nlang: en\nclient> [Forgot]\nbot> Reset it.\nclient> [Done]\nbot> good\noutcome: resolved\n")
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.Mutate(t.Context(), ts, b.Matcher())
	if err != nil {
		t.Fatal(err)
	}
	if m.Noticed[faultLanguage] != m.Mutants[faultLanguage] || m.Mutants[faultLanguage] < 100 {
		t.Errorf("languages: %+v", m)
	}
	for _, s := range m.Survivors {
		if strings.Contains(s, "client/first -[forgot]") || strings.Contains(s, "client/reset -[ok]") {
			t.Errorf("not noticed though the conversation goes there: %s", s)
		}
	}
	if !slices.ContainsFunc(m.Untaken, func(s string) bool { return strings.Contains(s, faultQueue) }) {
		t.Errorf("no conversation opens a ticket, so nothing can be said of a swapped queue: %v", m.Untaken)
	}
	if !maps.Equal(before, b.Files()) || len(b.untold()) > 0 {
		t.Error("the book is not whole afterwards")
	}
	if _, err := ts[0].Play(t.Context(), b, b.Matcher()); err != nil {
		t.Errorf("the conversation does not hold afterwards: %v", err)
	}
}

// BenchmarkVerify is `latchkey check` on the shipped trees.
func BenchmarkVerify(b *testing.B) {
	book := shippedBook(b)
	for b.Loop() {
		if rep := book.Verify(); len(rep.Findings) > 0 {
			b.Fatal(rep.Findings)
		}
	}
}
