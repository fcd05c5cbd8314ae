package flows_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/flows"
)

func shipped(t testing.TB) *flows.Book {
	t.Helper()
	b, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatalf("the shipped trees do not load:\n%v", err)
	}
	return b
}

// guards are ways that no conversation takes as the trees are now, each with the reason it
// stands there all the same. Once one is taken, it has to go from this list.
var guards = map[string]string{
	"client/reset_mail_arrived -[no_mail]-> client/who_can_help":          "a call states every end; the mail has arrived",
	"client/reset_mail_arrived -[mailbox_lost]-> client/mailbox_lost":     "a call states every end; the mailbox can be opened",
	"client/reset_link_broken -[no_mail]-> client/who_can_help":           "a call states every end; the mail has arrived",
	"client/reset_link_broken -[mailbox_lost]-> client/mailbox_lost":      "a call states every end; the mailbox can be opened",
	"client/reset_still_refused -[no_mail]-> client/who_can_help":         "a call states every end; the mail has arrived",
	"client/reset_still_refused -[mailbox_lost]-> client/mailbox_lost":    "a call states every end; the mailbox can be opened",
	"client/login_refused -[line 1]-> client/password_will_not_help":      "keeps a disabled account from a new password, whoever comes here",
	"client/before_reset -[line 1]-> client/password_will_not_help":       "keeps a disabled account from a new password, whoever comes here",
	"client/email_already_used -[line 1]-> client/password_will_not_help": "keeps a disabled account from a new password, whoever comes here",
	"details/device_or_not -[line 1]-> details/done":                      "nothing tells the device before it is asked for",
	"professional/more_companies -[line 1]-> professional/access_removed": "keeps a disabled client from a temporary password, whoever comes here",
	"reset/begin -[line 1]-> reset/disabled":                              "keeps a disabled account from a new password, whoever calls",
}

// Every conversation of testdata is played through the shipped trees, in its language. Together
// they take every way of the trees, and so come through every kind of step.
func TestTranscripts(t *testing.T) {
	b := shipped(t)
	reader, cover := b.Matcher(), b.Coverage()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts found: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ts, err := flows.ParseTranscripts(file, string(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, tr := range ts {
				steps, err := tr.Play(t.Context(), b, reader)
				if err != nil {
					t.Errorf("%s: %v", tr.Name, err)
				}
				cover.Add(tr, steps)
			}
		})
	}
	if t.Failed() {
		return
	}
	for _, kind := range cover.UncoveredKinds() {
		t.Errorf("no conversation comes through a step of the kind %s", kind)
	}
	never := map[string]bool{}
	for _, e := range cover.Uncovered() {
		never[e.String()] = true
		if guards[e.String()] == "" {
			t.Errorf("%s:%d: no conversation goes %s (`latchkey test --cover 'flows/testdata/edges-*.txt'` writes some)", e.File, e.Line, e)
		}
	}
	for edge := range guards {
		if !never[edge] {
			t.Errorf("%s is in the list of ways that nobody can take, and is taken, or is no way any more", edge)
		}
	}
}

// The conversation that README.md teaches with is one.
func TestReadmeConversation(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```\n# A client whose")
	example, _, ok := strings.Cut("# A client whose"+example, "```")
	if !ok {
		t.Fatal("README.md has no such conversation")
	}
	b := shipped(t)
	if _, err := parsed(t, example).Play(t.Context(), b, b.Matcher()); err != nil {
		t.Error(err)
	}
}

// BenchmarkTranscripts plays every conversation of testdata.
func BenchmarkTranscripts(bench *testing.B) {
	b := shipped(bench)
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		bench.Fatal(err)
	}
	var all []flows.Transcript
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			bench.Fatal(err)
		}
		ts, err := flows.ParseTranscripts(file, string(text))
		if err != nil {
			bench.Fatal(err)
		}
		all = append(all, ts...)
	}
	for bench.Loop() {
		for _, tr := range all {
			if _, err := tr.Play(bench.Context(), b, b.Matcher()); err != nil {
				bench.Fatal(err)
			}
		}
	}
}

func parsed(t *testing.T, text string) flows.Transcript {
	t.Helper()
	tr, err := flows.ParseTranscript("file.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

const head = "as: client\nlang: en\n"

func TestPlay(t *testing.T) {
	b := load(t, small(t))
	for _, c := range []struct {
		name, text string
		want       string // a part of the problem; empty: it plays
	}{
		{"the happy way", head + "client> [Wrong user or password]\nbot> Type your password by hand…   [It works]\nclient> [It works]\noutcome: resolved", ""},
		{"another question", head + "client> [Wrong user or password]\nbot> What do you see…\noutcome: open", "file.txt:4:1: expected: What do you see…"},
		{"the bot's own order", head + "client> what?\nbot> What do you see…\nbot> Sorry, I didn't get…\noutcome: open", "file.txt:5:1"},
		{"no such button", head + "client> [Nothing]\noutcome: open", "there is no button [Nothing] now; there are [Wrong user or password] [Something else]"},
		{"a button is missing", head + "bot> What do you see…   [Something else] [Cancel]\noutcome: open", "file.txt:3:1"},
		{"another end", head + "client> <works>\noutcome: ticket support", "file.txt:4:1: outcome: resolved, not ticket support"},
		{"no such line", head + "client> <nowhere>\noutcome: open", "<nowhere> is not possible now"},
		{"no such tree", "as: nobody\nlang: en\noutcome: open", "no such tree"},
		{"no such language", head + "client> hello\nlang: xx\noutcome: open", "no language \"xx\""},
		{"what no button says", head + "client> <choose something_else>\nclient> <answer It says no>\noutcome: ticket support", ""},
		{"chat and not understood", head + "client> <chat thanks>\nclient> <unclear>\nclient> <unclear>\nclient> <unclear>\noutcome: ticket support", ""},
		{"another language is noticed", head + "client> mon mot de passe est toujours refusé\nbot> Tapez votre mot de passe…   [Toujours refusé]\nclient> [Toujours refusé]\noutcome: ticket support", ""},
		{"another language is stated", head + "client> <unclear>\nlang: fr\nclient> [Autre chose]\nbot> Recopiez…\noutcome: open", ""},
		{"too early to remind", head + "client> [Wrong user or password]\n… 29 minutes later\nbot> No rush…\noutcome: open", "the bot says:\n  (nothing more)"},
		{"a reminder", head + "… 20 minutes later\n… 10 minutes later\nbot> No rush, I'm still here…   [Something else]\noutcome: open", ""},
		{"an answer ends the silence", head + "… 20 minutes later\nclient> [Wrong user or password]\n… 20 minutes later\nbot> No rush…\noutcome: open", "file.txt:6:1"},
		{"a reminder, not yet put aside", head + "… 3 days later\nbot> No rush…\nbot> I'll leave this here…\noutcome: open", "file.txt:5:1"},
		{"put aside in one go", head + "... 1 week later\nbot> No rush…\nbot> I'll leave this here…\nclient> [Wrong user or password]\noutcome: open", ""},
		{"silences of its own", head + "remind: 2h\nclose: 0\n… an hour later\n… one hour later\nbot> No rush…\n… 99 weeks later\nbot> I'll leave…\noutcome: open", "file.txt:9:1"},
		{"never reminded", head + "remind: 0\n… 99 weeks later\nbot> No rush…\noutcome: open", "file.txt:5:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parsed(t, c.text).Play(t.Context(), b, b.Matcher())
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v\nshould say %q", err, c.want)
			}
		})
	}
}

// What the page tells of a person is known from the beginning.
func TestPlayGiven(t *testing.T) {
	tr := parsed(t, head+"name: Ann Roy\nemail: ann@example.org\nclient> <person>\noutcome: ticket support\n")
	b := load(t, small(t))
	steps, err := tr.Play(t.Context(), b, b.Matcher())
	if err != nil {
		t.Fatal(err)
	}
	if f := steps[0].After.Facts; f["email"] != "ann@example.org" || f["name"] != "Ann Roy" {
		t.Errorf("known at the end: %v", f)
	}
}

func TestParseTranscripts(t *testing.T) {
	ts, err := flows.ParseTranscripts("two.txt", "# The first\n# and more\n"+head+"outcome:  ticket   support \n\n---\n"+head+"remind: 5m\nclient> hi\n…\nclose: 1h\noutcome: open\n")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tr := range ts {
		names = append(names, tr.Name)
	}
	if want := []string{"The first", "two.txt:8"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if ts[0].Outcome != "ticket support" || ts[0].Remind != 30*time.Minute || ts[0].Close != 72*time.Hour || ts[1].Remind != 5*time.Minute || ts[1].Close != time.Hour {
		t.Errorf("heads: %+v", ts)
	}
	for line, want := range map[string]string{
		"robot> hello":            "bad.txt:3:1: a line begins with",
		"… soon":                  "bad.txt:3:1: \"… soon\" is not a time",
		"… 0 days later":          "bad.txt:3:1",
		"... 2 fortnights later":  "bad.txt:3:1",
		"remind: soon":            "bad.txt:3:1: \"soon\" is not a time such as 30m",
		"close: -1h":              "bad.txt:3:1",
		"outcome:":                "bad.txt:1:1: a transcript needs the lines as:, lang: and outcome:",
		"outcome: open\n---\nas:": "bad.txt:5:1: a transcript needs",
	} {
		_, err := flows.ParseTranscripts("bad.txt", head+line+"\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nshould say %q", line, err, want)
		}
	}
	if _, err := flows.ParseTranscript("two.txt", head+"outcome: open\n---\n"+head+"outcome: open\n"); err == nil {
		t.Error("two conversations where one is expected")
	}
}

// --update fills in what the bot says, and leaves everything else; doing it again changes nothing.
func TestUpdateTranscripts(t *testing.T) {
	b := load(t, small(t))
	old := `# Kept
as: client
lang: en

client> [Wrong user or password]
# This as well.
bot> An old question…   [Old]
bot> Another…
# And this.
client> blargh

… 31 minutes later
outcome: resolved
---
bot> Hi
as: client
lang: fr
client> <works>
outcome: open

`
	want := `# Kept
as: client
lang: en

client> [Wrong user or password]
# This as well.
bot> Type your password by hand, without spaces. Does it work?   [It works] [Still refused]
# And this.
client> blargh
bot> Sorry, I didn't get that. Could you say it another way, or…
bot> Type your password by hand, without spaces. Does it work?   [It works] [Still refused]

… 31 minutes later
bot> No rush, I'm still here. Whenever you're ready, you can…   [It works] [Still refused]
outcome: open
---
bot> Bonjour! Je suis l'assistant automatique, là pour vous…
bot> Que voyez-vous quand vous essayez de vous connecter?   [Mauvais identifiant ou mot de passe] [Autre chose]
as: client
lang: fr
client> <works>
bot> Tant mieux! Bon entraînement.
outcome: resolved

`
	for _, text := range []string{old, want} {
		got, err := flows.UpdateTranscripts(t.Context(), "file.txt", text, b, b.Matcher())
		if err != nil || got != want {
			t.Errorf("%v\n%s", err, got)
		}
	}
	ts, err := flows.ParseTranscripts("file.txt", want)
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range ts {
		if _, err := tr.Play(t.Context(), b, b.Matcher()); err != nil {
			t.Error(err)
		}
	}
}

// A conversation that cannot be played is left as it is, and the others are not.
func TestUpdateLeavesWhatItCannotPlay(t *testing.T) {
	b := load(t, small(t))
	broken := head + "bot> Old\nclient> [Gone]\noutcome: open\n"
	got, err := flows.UpdateTranscripts(t.Context(), "file.txt", broken+"---\n"+head+"client> <works>\noutcome: open\n", b, b.Matcher())
	if err == nil || !strings.Contains(err.Error(), "file.txt:4:1: there is no button [Gone]") {
		t.Errorf("the problem: %v", err)
	}
	if want := broken + "---\n" + head + "client> <works>\nbot> Glad it works! Good training.\noutcome: resolved\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

// An edge is written as it is listed by `latchkey test --uncovered`.
func ExampleEdge() {
	fmt.Println(flows.Edge{From: flows.Place{Flow: "client", Step: "spam"}, Label: "found", To: flows.Place{Flow: "reset", Step: "open_newest"}})
	// Output: client/spam -[found]-> reset/open_newest
}
