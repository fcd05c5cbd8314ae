package flows

import "testing"

func TestMask(t *testing.T) {
	b, err := Load(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	m := b.newMask()
	m.name("Will Roy")
	for _, c := range []struct{ text, want string }{
		{"I never got the email", "I never got the email"},
		{"J'ai pas reçu le courriel!", "J'ai pas reçu le courriel!"},
		{"I am Zelda Quagmire, can't log in", "I am xxx xxx, can't log in"},
		{"forgot my passwordd", "forgot my password"},
		{"will you help", "xxx you help"},
		{"write to zelda.q@privatemail.example or ZELDA.Q@privatemail.example", "write to ann@example.org or ann@example.org"},
		{"bob@corp.example", "ben@example.org"},
		{"zelda@gmial.com", "cam@gmial.com"},
		{"call +1 (514) 867-5309 or 514.867.5309", "call 555-0100 or 555-0100"},
		{"error 2345B, option 2, 12345", "error xxx, option 2, xxx"},
		{"see https://corp.example/u/77", "see xxx://xxx.example/u/77"},
		{"[Zelda]", "xxx"},
		{"<back> ", "back"},
		{" two\n  lines ", "two lines"},
		{"?!", "?!"},
	} {
		if got := m.text(c.text); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
	}
	for _, c := range []struct {
		kind       factKind
		text, want string
	}{
		{factEmail, "it is Zelda.Q@privatemail.example", "ann@example.org"},
		{factEmail, "bob@corp.example or zelda@gmial.com", "ben@example.org or cam@gmial.com"},
		{factName, "Zelda  Quagmire", "Ann Example"},
		{factName, "Will Roy", "Ben Example"},
		{factName, "zelda quagmire", "Ann Example"},
		{factText, "my phone is a Blorp 5", "An example"},
	} {
		if got := m.answer(c.kind, c.text); got != c.want {
			t.Errorf("the answer %q (%s) became %q, want %q", c.text, c.kind, got, c.want)
		}
	}
}

// Samples are read as they stand: none is a slip that would be asked about.
func TestSamplesAreAnswers(t *testing.T) {
	address, ok := findEmail(samples[factEmail])
	if !ok || suggestEmail(address) != "" {
		t.Errorf("%q is no plain address", samples[factEmail])
	}
}
