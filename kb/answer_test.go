package kb

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestAnswer(t *testing.T) {
	b := shippedBase(t)
	for _, c := range []struct {
		question string
		by       Asker
		article  string
		aside    bool
		says     string
	}{
		{"how do I reset my password?", Asker{"en", ForClient}, "password-reset", false, "Forgot password?"},
		{"comment réinitialiser mon mot de passe", Asker{"fr", ForProfessional}, "password-reset", false, "Mot de passe oublié?"},
		{"how do I merge two clients", Asker{"en", ForProfessional}, "merge-clients", false, "**Actions**"},
		{"how do I merge two clients", Asker{"en", ForClient}, "merge-clients", true, "Only your professional"},
		{"comment donner un mot de passe temporaire à un client", Asker{"fr", ForClient}, "temporary-password", true, "Votre professionnel peut créer"},
		{"how do I accept a professional's request", Asker{"en", ForProfessional}, "approve-request", false, "Messenger"},
		{"how do I cook rice", Asker{"en", ForClient}, "", false, ""},
		{"quel temps fera-t-il demain", Asker{"fr", ForProfessional}, "", false, ""},
		{"how do I reset my password?", Asker{"de", ForClient}, "", false, ""},
	} {
		a, err := b.Answer(t.Context(), c.question, c.by)
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if a.Known() {
			id = a.Article.ID
		}
		if id != c.article || a.Aside != c.aside || !strings.Contains(a.Text, c.says) || a.Known() != (a.Score >= Enough) {
			t.Errorf("%q of %v: %s (aside %v, %.2f): %s", c.question, c.by, id, a.Aside, a.Score, a.Text)
		}
	}
}

// Whatever a client asks, the steps of a professional are not told.
func TestClientsAreNeverToldTheStepsOfProfessionals(t *testing.T) {
	b := shippedBase(t)
	for _, lang := range b.Languages() {
		for _, of := range b.Articles(lang) {
			for _, q := range append(of.Questions(), of.Title()) {
				a, err := b.Answer(t.Context(), q, Asker{lang, ForClient})
				if err != nil {
					t.Fatal(err)
				}
				if a.Known() && a.Article.Audience == ForProfessional && (!a.Aside || a.Text != a.Article.Aside()) {
					t.Errorf("%s: %q tells a client of %s: %s", lang, q, a.Article.ID, a.Text)
				}
				if of.Audience == ForProfessional && a.Known() && !a.Aside && a.Article.Audience == ForProfessional {
					t.Errorf("%s: %q", lang, q)
				}
			}
		}
	}
}

type writer func(question, lang string, from []Passage) ([]Sentence, error)

func (w writer) Write(_ context.Context, question, lang string, from []Passage) ([]Sentence, error) {
	return w(question, lang, from)
}

func TestAWriterIsNotTrusted(t *testing.T) {
	plain := shippedBase(t)
	by := Asker{"en", ForClient}
	quoted, err := plain.Answer(t.Context(), "how do I reset my password?", by)
	if err != nil {
		t.Fatal(err)
	}
	failed := errors.New("no model")
	for name, c := range map[string]struct {
		says []Sentence
		err  error
		want string
	}{
		"from the passage":      {says: []Sentence{{"Choose a new one.", 0, "you can choose\n  a new one yourself"}}, want: "Choose a new one."},
		"one of two":            {says: []Sentence{{"It lives an hour.", 0, "The link lives an hour"}, {"Log in with it.", 0, "Log in with it."}}, want: "Log in with it."},
		"nothing that stands":   {says: []Sentence{{"It lives an hour.", 0, "The link lives an hour"}}, want: quoted.Text},
		"a quote of one word":   {says: []Sentence{{"Send us your password.", 0, "password"}}, want: quoted.Text},
		"an empty quote":        {says: []Sentence{{"Send us your password.", 0, ""}}, want: quoted.Text},
		"a passage that is not": {says: []Sentence{{"Hm.", 9, "Log in with it."}, {"Hm.", -1, "Log in with it."}}, want: quoted.Text},
		"a link of its own":     {says: []Sentence{{"[Log in](https://evil.example) with it.", 0, "Log in with it."}}, want: quoted.Text},
		"silence":               {want: quoted.Text},
		"an error":              {says: []Sentence{{"Log in with it.", 0, "Log in with it."}}, err: failed, want: quoted.Text},
	} {
		asked := 0
		b := plain.Writing(writer(func(question, lang string, from []Passage) ([]Sentence, error) {
			asked++
			if lang != "en" || len(from) == 0 || len(from) > 3 || from[0].Article != "password-reset" || from[0].Title == "" {
				t.Errorf("%s: asked in %q with %+v", name, lang, from)
			}
			for _, p := range from {
				if plain.Article("en", p.Article).Audience == ForProfessional {
					t.Errorf("%s: a client's answer is written from %s", name, p.Article)
				}
			}
			return c.says, c.err
		}))
		a, err := b.Answer(t.Context(), "how do I reset my password?", by)
		if !errors.Is(err, c.err) || a.Text != c.want || asked != 1 || a.Written != (c.want != quoted.Text) {
			t.Errorf("%s: %q (%v), asked %d times", name, a.Text, err, asked)
		}
		if a, err := b.Answer(t.Context(), "what's the weather", by); a.Known() || err != nil || asked != 1 {
			t.Errorf("%s: a question that nothing answers is written about: %v %v", name, a, err)
		}
		if a, _ := b.Answer(t.Context(), "how do I merge two clients", by); !a.Aside || asked != 1 {
			t.Errorf("%s: an aside is written about: %v", name, a)
		}
	}
}

func TestCheckFindsWhatDoesNotHold(t *testing.T) {
	b, err := Load(folder(map[string]string{
		"en/a.md": article("en", "a", "How do I a?", "Merge the clients\n  - To be or to be", "How to a", "Merging", "audience", "start: nowhere\naudience"),
		"en/b.md": article("en", "b", "How do I b?", "Merge clients", "How to b", "Clients merge the"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	found := b.Check().Error()
	for _, want := range []string{`en/a.md:9: nothing is found by "To be or to be"`, `finds en/`} {
		if !strings.Contains(found, want) {
			t.Errorf("no %q in\n%s", want, found)
		}
	}
	starts := b.Starts(func(a Audience) []string { return []string{"works"} })
	if len(starts) != 1 || !strings.HasPrefix(starts[0].String(), `en/a.md:4: start: the decision tree for everyone has no "nowhere"`) {
		t.Errorf("starts: %v", starts)
	}
	if starts := b.Starts(func(a Audience) []string { return []string{"nowhere"} }); len(starts) != 0 {
		t.Errorf("starts that are there: %v", starts)
	}
}

// What is written for clients speaks to them. A professional hears of it last, and hears for whom it is.
func TestProfessionalsAreToldWhatIsForClients(t *testing.T) {
	b := shippedBase(t)
	for question, want := range map[string]struct {
		article, begins string
	}{
		"en how does a client pay an invoice":                {"pay-invoice", "For a client:\n\nYou can pay"},
		"en how do I accept a professional's request":        {"approve-request", "For a client:\n\nIn the app"},
		"fr comment mon client peut payer une facture":       {"pay-invoice", "Pour un client\u00a0:\n\n"},
		"en can I change the email of a professional":        {"employees", "Administrators"},
		"en how do I free an email":                          {"email-used-by-professional", ""},
		"en I changed my e-mail":                             {"employees", "Administrators"},
		"en can I have two accounts with the same email":     {"create-client", "**Can two accounts"},
		"en how do I issue an invoice to my client":          {},
		"fr comment facturer un client":                      {},
		"en I closed my old mailbox and can't open it again": {},
	} {
		by := Asker{question[:2], ForProfessional}
		a, err := b.Answer(t.Context(), question[3:], by)
		id := ""
		if a.Known() {
			id = a.Article.ID
		}
		if err != nil || id != want.article || a.Aside || !strings.HasPrefix(a.Text, want.begins) {
			t.Errorf("%s: %s with %.2f: %s (%v)", question, id, a.Score, a.Text, err)
		}
		if led := strings.HasPrefix(a.Text, b.lexicon(by.Lang).forClient); a.Known() && led != (a.Article.Audience == ForClient) {
			t.Errorf("%s: for %s: %s", question, a.Article.Audience, a.Text)
		}
	}
	// Nobody in particular, and clients, are spoken to as they are.
	for _, audience := range []Audience{ForClient, ""} {
		if a := b.Find("how do I pay an invoice", Asker{"en", audience}); !a.Known() || !strings.HasPrefix(a.Text, "You can pay") {
			t.Errorf("as %q: %s", audience, a.Text)
		}
	}
	// What a model phrases begins so as well.
	w := b.Writing(writer(func(string, string, []Passage) ([]Sentence, error) {
		return []Sentence{{"They pay in a browser.", 0, "You can pay in a browser"}}, nil
	}))
	if a, err := w.Answer(t.Context(), "how does a client pay an invoice", Asker{"en", ForProfessional}); err != nil || a.Text != "For a client:\n\nThey pay in a browser." {
		t.Errorf("%q (%v)", a.Text, err)
	}
}

// A language that has no words for whom it is gives professionals nothing that speaks to clients.
func TestNoLeadNoAnswerForClients(t *testing.T) {
	b, err := Load(folder(map[string]string{
		"de/a.md": article("de", "a", "How do I a?", "Wie bezahle ich eine Rechnung?", "How to a", "Eine Rechnung bezahlen", "audience: everyone", "audience: client"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	const q = "Wie bezahle ich eine Rechnung?"
	if a := b.Find(q, Asker{"de", ForClient}); !a.Known() {
		t.Errorf("a client: %+v", a)
	}
	if a := b.Find(q, Asker{"de", ForProfessional}); a.Known() {
		t.Errorf("a professional: %s", a.Text)
	}
}

// A word in common is no answer, and a strange word is not read as a slip where nothing else agrees.
func TestOneWordInCommonIsNoAnswer(t *testing.T) {
	b := shippedBase(t)
	for _, q := range []string{
		"fr comment faire des crêpes", "fr comment se déconnecter", "fr comment fermer l'application", "fr comment changer d'entraîneur",
		"fr comment rester connecté", "fr comment faire mes exercices", "fr comment créer un programme",
		"en how do I change my trainer", "en how do I create a workout", "en how do I track my workouts",
	} {
		if a := b.Find(q[3:], Asker{q[:2], ForClient}); a.Known() {
			t.Errorf("%s: %s with %.2f", q, a.Article.ID, a.Score)
		}
	}
	for q, want := range map[string]string{
		"fr mes exercices ont disparu": "two-accounts", "fr l'application me déconnecte toute seule": "app-problems", "fr fermez mon compte": "delete-account",
		"en my exercises are gone": "two-accounts", "en the reset link is expird": "reset-link",
	} {
		if a := b.Find(q[3:], Asker{q[:2], ForClient}); !a.Known() || a.Article.ID != want {
			t.Errorf("%s: %+v", q, a)
		}
	}
	// An article that answers one of the questions about something else is found by it.
	own, err := Load(folder(map[string]string{"en/a.md": article("en", "a", "How do I a?", b.lexicon("en").elsewhere[20], "How to a", "Exercises")}))
	if err != nil {
		t.Fatal(err)
	}
	if a := own.Find(b.lexicon("en").elsewhere[20], Asker{"en", ForClient}); !a.Known() {
		t.Errorf("%q is not answered by who says it", b.lexicon("en").elsewhere[20])
	}
}
