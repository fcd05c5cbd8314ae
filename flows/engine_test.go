package flows_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/flows"
)

func load(t testing.TB, files map[string]string) *flows.Book {
	t.Helper()
	b, err := flows.LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func choose(id string) flows.Move { return flows.Move{Kind: flows.Choose, ID: id} }
func fill(text string) flows.Move { return flows.Move{Kind: flows.Fill, Text: text} }
func jump(id string) flows.Move   { return flows.Move{Kind: flows.Jump, ID: id} }

// walk follows moves from the beginning and gives the last session and what was said last.
func walk(t testing.TB, b *flows.Book, moves ...flows.Move) (flows.Session, []flows.Event) {
	t.Helper()
	s, events := b.Start("client", "en", nil)
	for _, m := range moves {
		s, events = b.Next(s, m)
	}
	return s, events
}

func TestBackUndoesAnyNumberOfMoves(t *testing.T) {
	b := load(t, small(t))
	var trail []flows.Session
	s, _ := b.Start("client", "en", nil)
	for _, m := range []flows.Move{choose("something_else"), fill("invalid user"), jump("works"), jump("disabled"), {Kind: flows.Restart}, choose("wrong_password"), choose("no")} {
		trail = append(trail, s)
		s, _ = b.Next(s, m)
	}
	for i := len(trail) - 1; i >= 0; i-- {
		s, _ = b.Next(s, flows.Move{Kind: flows.Back})
		if diff := cmp.Diff(trail[i].State, s.State); diff != "" {
			t.Errorf("after going back to step %d:\n%s", i, diff)
		}
	}
	_, events := b.Next(s, flows.Move{Kind: flows.Back})
	if len(events) != 2 || events[1].Kind != flows.Asked {
		t.Errorf("at the beginning, back should say so and ask again: %+v", events)
	}
}

// A tree that turns in a circle: the third time round it is a ticket.
func TestSameInstructionIsNotGivenAThirdTime(t *testing.T) {
	files := small(t)
	files["client.yaml"] = strings.Replace(files["client.yaml"], "intent: [not_resolved, no], go: no_luck", "intent: [not_resolved, no], go: what_you_see", 1)
	b := load(t, files)
	s, _ := walk(t, b, choose("wrong_password"), choose("no"), choose("wrong_password"), choose("no"))
	if s.Outcome != flows.OutcomeTicket || s.Queue != flows.QueueSupport {
		t.Errorf("after the third time: %q %q at %s", s.Outcome, s.Queue, s.At)
	}
}

func TestUnclear(t *testing.T) {
	b := load(t, small(t))
	unclear := flows.Move{Kind: flows.Unclear}
	_, events := walk(t, b, unclear)
	if last := events[len(events)-1]; last.Kind != flows.Asked || len(last.Choices) != 2 {
		t.Errorf("first time: the choices again, got %+v", events)
	}
	_, events = walk(t, b, unclear, unclear)
	last := events[len(events)-1]
	if i := slices.IndexFunc(last.Choices, func(c flows.Choice) bool { return c.Move == "jump:person" }); i < 0 {
		t.Errorf("second time: a person is offered, got %+v", last.Choices)
	}
	s, _ := walk(t, b, unclear, unclear, unclear)
	if s.Outcome != flows.OutcomeTicket {
		t.Errorf("third time: a ticket, got %+v", s.State)
	}
	s, _ = walk(t, b, unclear, unclear, choose("wrong_password"), unclear, unclear)
	if s.Outcome != "" {
		t.Errorf("what was understood in between counts: %+v", s.State)
	}
}

func TestFillEmail(t *testing.T) {
	files := small(t)
	files["client.yaml"] = strings.Replace(files["client.yaml"], "fill: exact_error", "fill: email", 1)
	b := load(t, files)
	at := []flows.Move{choose("something_else")}
	s, events := walk(t, b, append(at, fill("it is ann@gmial.com thanks"))...)
	if s.Suggest != "ann@gmail.com" || len(events) != 1 || len(events[0].Choices) != 2 || !strings.Contains(events[0].Text, "ann@gmail.com") {
		t.Fatalf("a slip in the domain should be asked about: %+v %+v", s.State, events)
	}
	for _, c := range []struct {
		answer flows.Move
		want   string
	}{
		{choose(flows.ChooseSuggested), "ann@gmail.com"},
		{choose(flows.ChooseTyped), "ann@gmial.com"},
		{fill("Bob@Example.ORG"), "Bob@example.org"},
	} {
		got, _ := b.Next(s, c.answer)
		if got.Facts["email"] != c.want || got.Suggest != "" {
			t.Errorf("after %s: email %q, suggestion %q", c.answer, got.Facts["email"], got.Suggest)
		}
	}
	s, events = walk(t, b, append(at, fill("no idea"))...)
	if s.Facts["email"] != "" || events[0].Kind != flows.Asked {
		t.Errorf("what is no address is asked again: %+v", s.State)
	}
}

func TestLanguageKeepsThePlace(t *testing.T) {
	b := load(t, small(t))
	before, _ := walk(t, b, choose("wrong_password"))
	after, events := b.Next(before, flows.Move{Kind: flows.Language, ID: "fr"})
	if diff := cmp.Diff(before.State, after.State); diff != "" {
		t.Errorf("the place changed:\n%s", diff)
	}
	if last := events[len(events)-1]; !strings.HasPrefix(last.Text, "Tapez votre mot de passe") || last.Choices[0].Label != "Ça fonctionne" {
		t.Errorf("the question should come again in French: %+v", last)
	}
}

func TestSilenceRemindsOnceAndKeepsThePlace(t *testing.T) {
	b := load(t, small(t))
	silence := flows.Move{Kind: flows.Silence}
	s, _ := walk(t, b, choose("wrong_password"))
	kinds := []flows.EventKind{}
	for range 3 {
		var events []flows.Event
		s, events = b.Next(s, silence)
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
	}
	if want := []flows.EventKind{flows.Reminded, flows.PutAside}; !cmp.Equal(kinds, want) {
		t.Errorf("three silences gave %v, want %v", kinds, want)
	}
	if s, _ = b.Next(s, choose("works")); s.Outcome != flows.OutcomeResolved {
		t.Errorf("days later the answer still counts, got %+v", s.State)
	}
}

func TestTicketTellsWhatWasTried(t *testing.T) {
	b := shipped(t)
	s, events := b.Start("client", "fr", map[string]string{"email": "ann@example.org", "name": "Ann Roy"})
	s, _ = b.Next(s, choose("wrong_credentials"))
	for range 12 {
		if s.Ended() {
			break
		}
		m := jump("person")
		for _, o := range b.Moves(s) {
			if o.Here && (o.ID == "send_now" || o.ID == "no" || o.ID == "still" || o.ID == "no_mail") {
				m = o.Move
				break
			}
		}
		s, events = b.Next(s, m)
	}
	last := events[len(events)-1]
	if last.Ticket == nil {
		t.Fatalf("no ticket after twelve moves; at %s", s.At)
	}
	if strings.Contains(last.Text, flows.TicketMark) == false {
		t.Errorf("the person is not told the number: %q", last.Text)
	}
	for _, f := range last.Ticket.Facts {
		if f.Label["en"] == "" || f.Label["fr"] == "" {
			t.Errorf("a fact without words in both languages: %+v", f)
		}
	}
	if last.Ticket.About["en"] == last.Ticket.About["fr"] {
		t.Errorf("the subject should be in both languages: %v", last.Ticket.About)
	}
}

// A person takes every legal move in any order; see FuzzNext for what must hold.
func TestRandomWalks(t *testing.T) {
	b := shipped(t)
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		steps := make([]byte, 60)
		for i := range steps {
			steps[i] = byte(r.Uint32())
		}
		walkAnywhere(t, b, steps)
	}
}

// FuzzNext lets bytes choose the moves. Whatever they are, the engine answers, the session it
// was given is left alone, and a session that was written down and read back has the same future.
func FuzzNext(f *testing.F) {
	b := shipped(f)
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252, 253, 254, 255})
	f.Fuzz(func(t *testing.T, steps []byte) {
		if len(steps) > 200 {
			steps = steps[:200]
		}
		walkAnywhere(t, b, steps)
	})
}

func walkAnywhere(t *testing.T, b *flows.Book, steps []byte) {
	t.Helper()
	tree := "client"
	if len(steps) > 0 && steps[0]%2 == 1 {
		tree = "professional"
	}
	s, _ := b.Start(tree, "en", nil)
	for i, step := range steps {
		m := anyMove(b, s, step)
		before := asJSON(t, s)
		next, said := b.Next(s, m)
		if asJSON(t, s) != before {
			t.Fatalf("step %d: %s changed the session it was given", i, m)
		}
		var reloaded flows.Session
		if err := json.Unmarshal([]byte(before), &reloaded); err != nil {
			t.Fatal(err)
		}
		again, saidAgain := b.Next(reloaded, m)
		if asJSON(t, next) != asJSON(t, again) || !cmp.Equal(said, saidAgain) {
			t.Fatalf("step %d: %s has another future after JSON\n%s\n%s", i, m, asJSON(t, next), asJSON(t, again))
		}
		for _, e := range said {
			if strings.TrimSpace(e.Text) == "" {
				t.Fatalf("step %d: %s at %s says nothing", i, m, e.Place)
			}
		}
		// Silence is the only thing that may be answered with silence, except by a team.
		if len(said) == 0 && m.Kind != flows.Silence && s.Outcome != flows.OutcomeTicket {
			t.Fatalf("step %d: the bot says nothing to %s at %s", i, m, s.At)
		}
		s = next
	}
}

// anyMove gives a legal move, or now and then one that is not.
func anyMove(b *flows.Book, s flows.Session, choice byte) flows.Move {
	odd := []flows.Move{
		{Kind: flows.Unclear}, {Kind: flows.Silence}, choose("no_such_choice"), jump("nowhere"), jump("stuck"),
		{Kind: flows.Language, ID: "xx"}, fill("ann@gmial.con"), fill("no address"), fill(""), {Kind: "??"}, {Kind: flows.Chat, ID: "?"},
	}
	legal := b.Moves(s)
	i := int(choice) % (len(legal) + len(odd))
	if i < len(odd) {
		return odd[i]
	}
	m := legal[i-len(odd)].Move
	if m.Kind == flows.Fill {
		m.Text = "ann@example.org"
	}
	return m
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// BenchmarkNext is one turn of the shipped client tree: the legal moves, a choice, the session
// to JSON.
func BenchmarkNext(b *testing.B) {
	book := shipped(b)
	s, _ := book.Start("client", "en", nil)
	m := book.Moves(s)[0].Move
	b.ReportAllocs()
	for b.Loop() {
		book.Moves(s)
		next, _ := book.Next(s, m)
		if _, err := json.Marshal(next); err != nil {
			b.Fatal(err)
		}
	}
}
