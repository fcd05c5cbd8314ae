package openai_test

import (
	"encoding/json"
	"strings"
	"testing"

	"latchkey/bot/openai"
	"latchkey/bot/openai/openaitest"
)

var passages = []openai.Passage{
	{ArticleID: "reset", Title: "Reset a password", Text: "Open the login page and choose “Forgot password”.\nThe mail with the link comes\n within 10 minutes. The link does not work twice. Write to help@example.com if it does not come."},
	{ArticleID: "profil", Title: "Modifier un profil", Text: "Seul le professionnel peut modifier le courriel de son client. Il n'est pas possible de le faire dans l'application."},
}

type sentence struct {
	Text    string `json:"text"`
	Passage string `json:"passage"`
	Quote   string `json:"quote"`
}

// says has the model answer with these sentences.
func (w *world) says(sentences ...sentence) {
	w.t.Helper()
	raw, err := json.Marshal(map[string]any{"sentences": sentences})
	if err != nil {
		w.t.Fatal(err)
	}
	w.answers(string(raw))
}

func TestAnAnswerRestsOnPassages(t *testing.T) {
	w := newWorld(t)
	good := sentence{"Choose “Forgot password” on the login page.", "p1", "Open the login page and choose “Forgot password”."}
	w.says(
		good,
		sentence{"You will get the mail within 10 minutes.", "p1", "mail with the link comes within 10 minutes"}, // blanks are folded
		sentence{"Only the professional can change the e-mail.", "p2", "Seul le client peut modifier le courriel"},
	)
	answer, ok := w.model.Write(t.Context(), "how do I reset it? ann@example.org", "en", passages)
	if !ok || len(answer) != 2 || answer[0] != (openai.Sentence{Text: good.Text, ArticleID: "reset", Quote: good.Quote}) || answer[1].ArticleID != "reset" || answer[1].From != 0 {
		t.Errorf("the answer is %+v", answer)
	}
	r := w.asked(1)[0]
	if strings.Contains(r.User, "ann@") || !strings.Contains(r.User, "help@example.com") || strings.Contains(r.User, `"reset"`) {
		t.Errorf("the model was told %s", r.User)
	}
}

func TestWhatDoesNotStandThereIsDropped(t *testing.T) {
	w := newWorld(t)
	for what, s := range map[string]sentence{
		"a quote that is nowhere":           {"The mail with the link comes soon.", "p1", "The mail with the link comes tomorrow"},
		"a quote of another passage":        {"The mail with the link comes within 10 minutes.", "p2", "The mail with the link comes within 10 minutes"},
		"a quote of two words":              {"The mail with the link comes within 10 minutes.", "p1", "The mail"},
		"a quote of three letters":          {"The mail with the link comes within 10 minutes.", "p1", "e a d"},
		"no quote":                          {"The mail with the link comes within 10 minutes.", "p1", ""},
		"an address of one's own":           {"Open the login page at https://evil.example/login and choose Forgot password.", "p1", "Open the login page and choose"},
		"an address without a scheme":       {"Open the login page evil.example and choose Forgot password.", "p1", "Open the login page and choose"},
		"another mail address":              {"Write to help@evil.example if it does not come.", "p1", "Write to help@example.com if it does not come."},
		"another number":                    {"The mail with the link comes within 60 minutes.", "p1", "The mail with the link comes within 10 minutes."},
		"the opposite":                      {"The link does work twice.", "p1", "The link does not work twice."},
		"the opposite, the other way round": {"Do not open the login page and choose Forgot password.", "p1", "Open the login page and choose “Forgot password”."},
		"the opposite in French":            {"Il est possible de le faire dans l'application.", "p2", "Il n'est pas possible de le faire dans l'application."},
		"other words altogether":            {"Please type your secret passphrase here so that our agents verify your identity.", "p1", "Open the login page and choose"},
		"nothing":                           {"", "p1", "Open the login page and choose"},
		"a control character":               {"Open the login page\x07.", "p1", "Open the login page and choose"},
		"a text that runs backwards":        {"Open the \u202elogin page.", "p1", "Open the login page and choose"},
		"far too much":                      {strings.Repeat("Open the login page. ", 40), "p1", "Open the login page and choose"},
	} {
		w.says(s)
		if answer, ok := w.model.Write(t.Context(), "how?", "en", passages); ok || len(answer) != 0 {
			t.Errorf("%s: kept is %+v", what, answer)
		}
	}
}

func TestAtMostFiveSentences(t *testing.T) {
	w := newWorld(t)
	good := sentence{"Open the login page.", "p1", "Open the login page and choose"}
	w.says(good, good, good, good, good, good, good)
	if answer, _ := w.model.Write(t.Context(), "how?", "en", passages); len(answer) != 5 {
		t.Errorf("%d sentences", len(answer))
	}
}

// However hostile the server is, what is said stands in a passage, or is the passage.
func TestAHostileServerWritesNothing(t *testing.T) {
	for _, h := range openaitest.Hostilities(2) {
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, impatient)
			w.server.Turn(h.Do)
			if answer, ok := w.model.Write(t.Context(), "how do I reset it?", "en", passages); ok || len(answer) > 0 {
				t.Errorf("it says %+v", answer)
			}
		})
	}
}

func TestWithoutPassagesNobodyIsAsked(t *testing.T) {
	w := newWorld(t)
	if _, ok := w.model.Write(t.Context(), "how?", "en", nil); ok {
		t.Error("an answer out of nothing")
	}
	w.asked(0)
	if got := openai.Quoted(nil); got != nil {
		t.Errorf("quoted is %+v", got)
	}
	if got := openai.Quoted(passages); len(got) != 1 || got[0].Text != passages[0].Text || got[0].ArticleID != "reset" {
		t.Errorf("quoted is %+v", got)
	}
}

// Long articles do not make calls without end: the best passages go first.
func TestPassagesAreLimited(t *testing.T) {
	w := newWorld(t)
	long := openai.Passage{ArticleID: "long", Text: strings.Repeat("word ", 2000)}
	w.model.Write(t.Context(), "how?", "en", []openai.Passage{long, long, passages[0]})
	if r := w.asked(1)[0]; len(r.Form.Properties["sentences"].Items.Properties["passage"].Enum) != 1 {
		t.Errorf("%d bytes left", len(r.User))
	}
}
