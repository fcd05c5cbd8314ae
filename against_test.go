package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/flows"
)

// against compares the trees of a folder with an older version.
func against(t *testing.T, folder, data, ref string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p := program{out: &out, err: &out}
	err := p.checkAgainst(t.Context(), Config{Flows: folder, Data: data, TeamLang: "en"}, ref)
	return regexp.MustCompile(` +`).ReplaceAllString(out.String(), " "), err
}

// chats holds a conversation in the terminal, line by line.
func chats(t *testing.T, folder, data string, lines ...string) {
	t.Helper()
	var out bytes.Buffer
	p := program{
		in: strings.NewReader(strings.Join(lines, "\n")), out: &out, err: &out, folder: t.TempDir(),
		environ: []string{"LATCHKEY_FLOWS=" + folder, "LATCHKEY_DATA=" + data},
	}
	if err := p.run(t.Context(), []string{"chat"}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
}

func replaceIn(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q: %v", path, old, err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, new)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCheckAgainstSaysWhoCouldMove(t *testing.T) {
	folder, data := copyFlows(t), t.TempDir()
	older, err := flows.Load(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		chats(t, folder, data, "Wrong user or password")
	}
	chats(t, folder, data, "Wrong user or password", "An e-mail")
	chats(t, folder, data, "I forgot my password")
	chats(t, folder, data, "I want to talk to a person", "Send it now")
	chats(t, folder, data, "Wrong user or password", "it works now")

	// As it is: nothing to tell.
	out, err := against(t, folder, data, older.Version[:8])
	if err != nil || !strings.Contains(out, "They are the same.") {
		t.Fatalf("%v\n%s", err, out)
	}

	client := filepath.Join(folder, "client.yaml")
	replaceIn(t, client, "Do you type an e-mail or a username?", "An e-mail, or a username?")
	replaceIn(t, client, "check_identifier", "read_identifier")
	out, err = against(t, folder, data, older.Version[:8])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"STEP PEOPLE COULD MOVE IT IS WHY\nclient/check_identifier 1 no gone there is no step client/check_identifier\nclient/which_identifier 2 no changed ",
		`the choice "email": leads to client/read_identifier, sets remember to "email", was leads to client/check_identifier, sets`,
		"\n the choice \"no_idea\": leads to client/read_identifier, was leads to client/check_identifier\n",
		"On the old version: 5 open conversations, 4 waiting for the bot's next question and 1 with the team.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "client/type_password ") {
		t.Errorf("it speaks of a step where nobody is:\n%s", out)
	}

	// A folder is as good as a hash, and where no database is, all that differs is told.
	before := copyFlows(t)
	if same, err := against(t, folder, data, before); err != nil || same != out {
		t.Errorf("by folder: %v\n%s", err, same)
	}
	out, err = against(t, folder, t.TempDir(), before)
	if err != nil || !strings.Contains(out, "client/check_identifier - no gone") || !strings.Contains(out, "On the old version: 0 open conversations") {
		t.Errorf("without a database: %v\n%s", err, out)
	}
}

func TestCheckAgainstWhatIsNotThere(t *testing.T) {
	folder, data := copyFlows(t), t.TempDir()
	if _, err := against(t, folder, data, "abc"); err == nil || !strings.Contains(err.Error(), "no folder, and there is no database") {
		t.Errorf("without a database: %v", err)
	}
	if entries, err := os.ReadDir(data); err != nil || len(entries) > 0 {
		t.Errorf("a question made a database: %v %v", entries, err)
	}
	chats(t, folder, data, "hello")
	book, err := flows.Load(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"xyz", ""} {
		_, err := against(t, folder, data, ref)
		if err == nil || !strings.Contains(err.Error(), book.Version) || !strings.Contains(err.Error(), "1 open conversation") {
			t.Errorf("%q should list what there is: %v", ref, err)
		}
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "a.yaml"), []byte("flow: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := against(t, folder, data, broken); err == nil || !strings.Contains(err.Error(), "do not load") {
		t.Errorf("a broken folder: %v", err)
	}
}
