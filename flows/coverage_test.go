package flows_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/flows"
)

// roads is a tree with every kind of road, one that nobody can take, and a piece that it calls.
func roads(t *testing.T) *flows.Book {
	files := small(t)
	files["client.yaml"] = `flow: client
for: client
title: {en: Login, fr: Connexion}
begin: hello
always:
  person:   {go: person}
  works:    {go: fixed}
  disabled: {go: person}
  stuck:    {go: no_luck}
  pause:
    label: {en: Pause it, fr: Suspendre}
    phrases: {en: [please pause all of it], fr: [suspendez tout ceci]}
    when: {login_with: username}
    go: person
steps:
  hello:
    say: {en: Hello., fr: Bonjour.}
    go: which
  which:
    branch:
      - {known: [email], go: login}
      - {when: {symptom: empty}, go: person}
      - {go: address}
  address:
    fill: email
    once: true
    ask: {en: Which address?, fr: Quelle adresse?}
    go: login
    choices:
      skip: {label: {en: Skip, fr: Passer}, go: login}
  login:
    ask: {en: What do you type?, fr: Que tapez-vous?}
    fact: login_with
    choices:
      email:    {label: {en: An e-mail, fr: Un courriel}, go: piece}
      username: {label: {en: A username, fr: Un nom}, go: login}
      no_idea:  {label: {en: No idea, fr: Aucune idée}, go: address}
  piece:
    call: piece
    on: {good: fixed, bad: no_luck}
  person:
    ticket: support
    about: {en: A person, fr: Une personne}
  no_luck:
    ticket: support
    about: {en: No luck, fr: Sans succès}
  fixed:
    resolved: {en: Good., fr: Bien.}
`
	files["piece.yaml"] = `flow: piece
title: {en: Piece, fr: Morceau}
begin: again
steps:
  again:
    ask: {en: Again?, fr: Encore?}
    choices:
      "good": {label: {en: Good, fr: Bon}, go: good}
      "bad":  {label: {en: Bad, fr: Mauvais}, go: bad}
  good:
    return: good
  bad:
    return: bad
`
	return load(t, files)
}

// took plays a conversation and gives the edges it covers.
func took(t *testing.T, b *flows.Book, text string) []string {
	t.Helper()
	tr := parsed(t, text)
	steps, err := tr.Play(t.Context(), b, b.Matcher())
	if err != nil {
		t.Fatal(err)
	}
	c := b.Coverage()
	c.Add(tr, steps)
	left := map[flows.Edge]bool{}
	for _, e := range c.Uncovered() {
		left[e] = true
	}
	var out []string
	for _, e := range b.Edges() {
		if !left[e] {
			out = append(out, e.String())
		}
	}
	return out
}

func TestEdges(t *testing.T) {
	var got []string
	for _, e := range roads(t).Edges() {
		if e.File != e.From.Flow+".yaml" || e.Line == 0 {
			t.Errorf("%s stands at %s:%d", e, e.File, e.Line)
		}
		got = append(got, e.String())
	}
	want := []string{
		"client -[person]-> client/person", "client -[works]-> client/fixed", "client -[disabled]-> client/person",
		"client -[stuck]-> client/no_luck", "client -[pause]-> client/person",
		"client/hello -[goes on]-> client/which",
		"client/which -[line 1]-> client/login", "client/which -[line 2]-> client/person", "client/which -[line 3]-> client/address",
		"client/address -[skip]-> client/login", "client/address -[an answer]-> client/login",
		"client/login -[email]-> client/piece", "client/login -[username]-> client/login", "client/login -[no_idea]-> client/address",
		"client/piece -[good]-> client/fixed", "client/piece -[bad]-> client/no_luck",
		"piece/again -[good]-> piece/good", "piece/again -[bad]-> piece/bad",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCoverage(t *testing.T) {
	b := roads(t)
	begin := []string{"client/hello -[goes on]-> client/which", "client/which -[line 3]-> client/address"}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing said", head + "outcome: open", begin},
		{"a call and its end", head + "client> [Skip]\nclient> [An e-mail]\nclient> [Bad]\noutcome: ticket support", []string{
			"client/hello -[goes on]-> client/which", "client/which -[line 3]-> client/address", "client/address -[skip]-> client/login",
			"client/login -[email]-> client/piece", "client/piece -[bad]-> client/no_luck", "piece/again -[bad]-> piece/bad",
		}},
		{"known from the beginning", head + "email: ann@example.org\nclient> <works>\noutcome: resolved", []string{
			"client -[works]-> client/fixed", "client/hello -[goes on]-> client/which", "client/which -[line 1]-> client/login",
		}},
		{"a slip, and its correction", head + "client> ann@gmial.com\nclient> [Yes, ann@gmail.com]\noutcome: open", append(begin[:2:2], "client/address -[an answer]-> client/login")},
		{"refused until nothing helps", head + "client> <answer no>\nclient> <answer no>\nclient> <answer no>\noutcome: ticket support", append([]string{"client -[stuck]-> client/no_luck"}, begin...)},
		{"the same question a third time", head + "client> [Skip]\nclient> [A username]\nclient> [A username]\noutcome: ticket support", append(append([]string{"client -[stuck]-> client/no_luck"}, begin...),
			"client/address -[skip]-> client/login", "client/login -[username]-> client/login")},
		{"a question that is passed over", head + "client> [Skip]\nclient> [No idea]\noutcome: open", append(begin[:2:2],
			"client/address -[skip]-> client/login", "client/address -[an answer]-> client/login", "client/login -[no_idea]-> client/address")},
		{"going back takes nothing", head + "client> <back>\nclient> <language fr>\nclient> <wait>\nclient> <restart>\noutcome: open", begin},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, took(t, b, c.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFlowCoverage(t *testing.T) {
	b := roads(t)
	c := b.Coverage()
	tr := parsed(t, head+"client> [Skip]\nclient> [An e-mail]\noutcome: open")
	steps, err := tr.Play(t.Context(), b, b.Matcher())
	if err != nil {
		t.Fatal(err)
	}
	c.Add(tr, steps)
	want := []flows.FlowCoverage{
		{Flow: "client", Steps: 8, StepsCovered: 5, Edges: 16, EdgesCovered: 4},
		{Flow: "piece", Steps: 3, StepsCovered: 1, Edges: 2},
	}
	if diff := cmp.Diff(want, c.Flows()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"resolved", "return", "ticket"}, c.UncoveredKinds()); diff != "" {
		t.Error(diff)
	}
}

// What is missing is written as conversations that play, and together they take every edge but
// the one that nobody can.
func TestMissing(t *testing.T) {
	b := roads(t)
	c := b.Coverage()
	byTree, lost, err := c.Missing(t.Context(), b.Matcher())
	if err != nil {
		t.Fatal(err)
	}
	if len(lost) != 1 || lost[0].String() != "client/which -[line 2]-> client/person" {
		t.Errorf("lost: %v", lost)
	}
	ts, err := flows.ParseTranscripts("client.txt", byTree["client"])
	if err != nil {
		t.Fatalf("%v\n%s", err, byTree["client"])
	}
	langs := map[string]bool{}
	for _, tr := range ts {
		steps, err := tr.Play(t.Context(), b, b.Matcher())
		if err != nil {
			t.Error(err)
		}
		c.Add(tr, steps)
		langs[tr.Lang] = true
		if tr.Outcome == "open" || !strings.HasPrefix(tr.Name, "To ") {
			t.Errorf("%s ends %s", tr.Name, tr.Outcome)
		}
	}
	if diff := cmp.Diff(lost, c.Uncovered()); diff != "" {
		t.Errorf("left uncovered:\n%s", diff)
	}
	if len(langs) != 2 {
		t.Errorf("languages: %v", langs)
	}
	if more, _, err := c.Missing(t.Context(), b.Matcher()); err != nil || len(more) > 0 {
		t.Errorf("nothing is missing any more, and yet: %v %v", more, err)
	}
}
