package flows_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/flows"
)

// What is told beside the tree changes facts and nothing else; what does not fit is left out.
func TestLearn(t *testing.T) {
	b, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	s, _ := b.Start("professional", "en", map[string]string{"name": "Ann"})
	before := s
	after, lines, problem := b.Learn(s, map[string]string{
		"client_name": " Zoe\n Zimmer ", "client_email": "zoe@EXAMPLE.com", "company": "  ", "symptom": "nonsense", "disabled": "yes", "nothing": "x",
		"name": "Ann",
	})
	if diff := cmp.Diff(before, s); diff != "" {
		t.Errorf("the session it was given is another now:\n%s", diff)
	}
	want := map[string]string{"client_name": "Zoe Zimmer", "client_email": "zoe@example.com", "disabled": "yes"}
	for name, value := range s.Facts {
		want[name] = value
	}
	if diff := cmp.Diff(want, after.Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	after.Facts = s.Facts
	if diff := cmp.Diff(s, after); diff != "" {
		t.Errorf("more than facts changed:\n%s", diff)
	}
	var told []string
	for _, l := range lines {
		told = append(told, l.Label["en"]+": "+l.Value)
	}
	if diff := cmp.Diff([]string{"Client: Zoe Zimmer", "Client's e-mail: zoe@example.com", "Account disabled: yes"}, told); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if lines[2].Says["fr"] != "oui" {
		t.Errorf("a value of the tree says %v", lines[2].Says)
	}
	if problem != " zoe@example.com" {
		t.Errorf("it adds %q to the problem", problem)
	}
}

// New lines take the place of old ones, in the order of the book.
func TestJoin(t *testing.T) {
	b, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	line := func(fact, value string) flows.FactLine { return flows.FactLine{Fact: fact, Value: value} }
	old := []flows.FactLine{line("forgotten", "1"), line("name", "Ann"), line("company", "Acme"), line("exact_error", "7")}
	got := b.Join(old, []flows.FactLine{line("company", "Bell"), line("client_name", "Zoe")})
	want := []flows.FactLine{line("name", "Ann"), line("client_name", "Zoe"), line("company", "Bell"), line("exact_error", "7"), line("forgotten", "1")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if old[2].Value != "Acme" {
		t.Error("the lines it was given are others now")
	}
}
