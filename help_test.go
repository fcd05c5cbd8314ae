package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/bot/mail/mailtest"
	"latchkey/bot/openai/openaitest"
	"latchkey/kb"
)

// helps runs a command and gives what it prints, both ways.
func helps(t *testing.T, environ []string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &out, environ: environ, folder: t.TempDir()}
	err := p.run(t.Context(), args)
	return out.String(), err
}

func TestAskCommand(t *testing.T) {
	environ := []string{"LATCHKEY_URL=https://help.example.org", "LATCHKEY_APP=Fit"}
	for _, c := range []struct {
		args  []string
		wants []string
	}{
		{[]string{"how", "do", "I", "merge", "two", "clients", "--as", "professional"}, []string{"A merge cannot be undone.", "https://help.example.org/help/en/merge-clients  How do I merge two clients?"}},
		{[]string{"how do I merge two clients"}, []string{"Only your professional can merge", "en/merge-clients, which is not for a client"}},
		{[]string{"comment je me connecte dans l'application?"}, []string{"Ouvrez Fit, entrez votre courriel", "/help/fr/how-to-log-in"}},
		{[]string{"the link says expired", "--lang", "en"}, []string{"/help/en/reset-link#it-says-that-the-link-is-expired-or-was-used"}},
		{[]string{"what is the weather in montreal"}, []string{"I don't know. An answer needs a score of 0.40."}},
		{[]string{"password for my watch and my car"}, []string{"I don't know.", "Nearest:", "https://help.example.org/help/en/"}},
	} {
		out, err := helps(t, environ, append([]string{"ask"}, c.args...)...)
		for _, want := range c.wants {
			if err != nil || !strings.Contains(out, want) {
				t.Errorf("%v (%v): there is no %q in\n%s", c.args, err, want, out)
			}
		}
		if strings.Contains(strings.Join(c.args, " "), "merge") && len(c.args) == 1 && strings.Contains(out, "Actions") {
			t.Errorf("a client is told the steps:\n%s", out)
		}
	}
	for wrong, args := range map[string][]string{
		"there are articles in [en fr]": {"ask", "wie", "--lang", "de"}, "client or professional": {"ask", "how", "--as", "agent"}, "requires at least 1 arg": {"ask"},
	} {
		if out, err := helps(t, nil, args...); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

// copied is a folder with the shipped articles, to be changed.
func copied(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, kb.Shipped()); err != nil {
		t.Fatal(err)
	}
	return folder
}

// Whoever writes articles of their own learns of every fault, before anybody reads them.
func TestArticlesOfOnesOwn(t *testing.T) {
	folder := copied(t)
	environ := []string{"LATCHKEY_KB=" + folder}
	change := func(name, old, new string) {
		t.Helper()
		replaceIn(t, filepath.Join(folder, name), old, new)
	}
	change("en/web-version.md", "Yes. Open {web}", "Certainly. Open {web}")
	if out, err := helps(t, environ, "ask", "can I use it in a browser?"); err != nil || !strings.HasPrefix(out, "Certainly. Open the web version") {
		t.Errorf("%v\n%s", err, out)
	}
	change("en/web-version.md", "{web}", "{website}")
	change("fr/web-version.md", "(app-problems)", "(app-problemes)")
	for _, args := range [][]string{{"ask", "how"}, {"check"}, {"chat"}} {
		_, err := helps(t, environ, args...)
		if err == nil || !strings.Contains(err.Error(), "fr/web-version.md:") || !strings.Contains(err.Error(), `there is no article "app-problemes"`) {
			t.Errorf("%v: %v", args, err)
		}
	}
	change("fr/web-version.md", "(app-problemes)", "(app-problems)")
	if _, err := helps(t, environ, "check"); err == nil || !strings.Contains(err.Error(), "there is no variable {website}; known are app, expert, hexpert, product, support, web") {
		t.Errorf("a variable: %v", err)
	}
	change("en/web-version.md", "{website}", "{web}")
	change("en/merge-clients.md", "  - My client has two accounts", "  - How do I archive a client?")
	change("en/reset-link.md", "start: reset_link_broken", "start: reset_link_brok")
	change("fr/reset-link.md", "start: reset_link_broken", "start: reset_link_brok")
	out, err := helps(t, environ, "check")
	if err != errHelp {
		t.Errorf("the check gives %v", err)
	}
	for _, want := range []string{`"How do I archive a client?" finds en/`, `the decision tree for everyone has no "reset_link_brok"`, "en/reset-link.md:", "fr/reset-link.md:"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
	if _, err := helps(t, []string{"LATCHKEY_KB=" + filepath.Join(folder, "nowhere")}, "ask", "how"); err == nil || !strings.Contains(err.Error(), "nowhere") && !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(folder, "fr")); err != nil {
		t.Fatal(err)
	}
	change("en/merge-clients.md", "  - How do I archive a client?", "  - My client has two accounts")
	change("en/reset-link.md", "start: reset_link_brok", "start: reset_link_broken")
	if out, err := helps(t, environ, "check"); err != errHelp || !strings.Contains(out, "fr: the decision trees speak this language, and there are no articles in it") {
		t.Errorf("%v\n%s", err, out)
	}
}

// The whole program: a question in the bubble, its link opened, what helped listed by a command.
func TestAQuestionFromBubbleToPageToList(t *testing.T) {
	data := t.TempDir()
	environ := worldSettings(t, data, mailtest.Listen(t))
	addr, stop := start(t, environ)
	v := newVisitor(t)
	if err := v.connect(addr); err != nil {
		t.Fatal(err)
	}
	v.walk([]string{"[Wrong user or password]", "can I use the web version in a browser?", "[Yes, it helped]", "how many calories should I eat per day?"})
	out, err := helps(t, environ, "answers")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"👍 yes", "en/web-version", "can I use the web version in a browser?", "how many calories should I eat per day?", "answered 1 of 2; helped 1 of the 1 who said so"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
	out, err = helps(t, environ, "answers", "--unknown", "--json", "--since", "1h")
	if err != nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, `"question":"how many calories should I eat per day?","lang":"en","audience":"client","score":0`) {
		t.Errorf("%v\n%s", err, out)
	}
	// The page is where the link in the conversation says.
	res, err := http.Get("http://" + addr + "/help/en/web-version")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), "Can I use it in a browser?") || !strings.Contains(string(page), "<latchkey-bubble") {
		t.Errorf("%s %v\n%s", res.Status, err, page)
	}
	exported, err := helps(t, environ, "export", "--transcript", conversationOf(t, environ))
	if err != nil || strings.Contains(exported, "web version") || strings.Count(exported, "# something was asked here that is no move of the tree") != 3 {
		t.Errorf("%v\n%s", err, exported)
	}
	stop()
	started, err := os.ReadFile("README.md")
	if err != nil || !strings.Contains(string(started), "kb/README.md") {
		t.Errorf("the README does not lead to the articles (%v)", err)
	}
}

// conversationOf gives the id of the only conversation with answers.
func conversationOf(t *testing.T, environ []string) string {
	t.Helper()
	out, err := helps(t, environ, "answers", "--json")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(out, `"conversation":"`)
	id, _, _ := strings.Cut(after, `"`)
	return id
}

// A model phrases what the articles say, and is believed only where the words stand there. Without
// it, or when it fails, the passage is quoted.
func TestAModelPhrasesAnswers(t *testing.T) {
	says := func(answer func(r openaitest.Request) string) (string, int) {
		t.Helper()
		p, server, _ := modelled(t, "LATCHKEY_MODEL_WHEN=never")
		server.Answer(answer)
		p.in = strings.NewReader("can I use the web version in a browser?\n")
		if err := p.run(t.Context(), []string{"chat"}); err != nil {
			t.Fatal(err)
		}
		if len(server.Refused()) > 0 {
			t.Errorf("the server refused %v", server.Refused())
		}
		return p.out.(*bytes.Buffer).String(), len(server.Requests())
	}
	const passage = "Yes. Open the web version in a browser"
	out, asked := says(func(r openaitest.Request) string {
		if !strings.Contains(r.User, passage) || strings.Contains(r.User, "Generate temporary password") {
			t.Errorf("it is given %s", r.User)
		}
		return `{"sentences":[` +
			`{"text":"Open the web version in a browser, with the same password.","passage":"p1","quote":"Open the web version in a browser and log in with the same e-mail"},` +
			`{"text":"It costs 5 dollars.","passage":"p1","quote":"it costs 5 dollars a month"}]}`
	})
	if asked != 1 || !strings.Contains(out, "Open the web version in a browser, with the same password.") || strings.Contains(out, "dollars") || strings.Contains(out, passage) {
		t.Errorf("asked %d times:\n%s", asked, out)
	}
	if out, asked = says(func(openaitest.Request) string { return "ignore the articles" }); asked != 1 || !strings.Contains(out, passage) {
		t.Errorf("asked %d times, what is no answer:\n%s", asked, out)
	}
}
