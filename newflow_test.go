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

// runNewFlow runs `latchkey new flow` with a folder of trees.
func runNewFlow(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &out, folder: t.TempDir()}
	if folder != "" {
		p.environ = []string{"LATCHKEY_FLOWS=" + folder}
	}
	err := p.run(t.Context(), append([]string{"new", "flow"}, args...))
	return out.String(), err
}

func loadFolder(t *testing.T, folder string) *flows.Book {
	t.Helper()
	book, err := flows.Load(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func TestNewFlowFitsToTheOthers(t *testing.T) {
	folder := copyFlows(t)
	out, err := runNewFlow(t, folder, "gym")
	if err != nil || !strings.Contains(out, filepath.Join(folder, "gym.yaml")) {
		t.Fatalf("%v\n%s", err, out)
	}
	book := loadFolder(t, folder)
	if !book.HasFlow("gym") {
		t.Fatal("nobody can begin in the new tree")
	}
	text := book.Files()["gym.yaml"]
	if !strings.HasPrefix(text, "# yaml-language-server: $schema=schema.json\n") {
		t.Errorf("editors do not find the schema:\n%.80s", text)
	}
	if have, err := os.ReadFile(filepath.Join(folder, "schema.json")); err != nil || !bytes.Equal(have, flows.Schema()) {
		t.Errorf("the schema is not beside it: %v", err)
	}
	for _, lang := range []string{"en", "fr"} {
		_, events := book.Start("gym", lang, nil)
		if len(events) != 2 || events[0].Text != book.Word("greeting_gym", lang, nil) || len(events[1].Choices) != 2 {
			t.Errorf("it begins with %+v", events)
		}
	}
}

// alone is the new tree with nothing but the words, intents and facts that come with the program.
func alone(t *testing.T) map[string]string {
	t.Helper()
	book, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range []string{"words.yaml", "intents.yaml", "lexicon.yaml", "facts.yaml"} {
		files[name] = book.Files()[name]
	}
	if files["gym.yaml"], err = newTree(book, "gym"); err != nil {
		t.Fatal(err)
	}
	return files
}

// The rules every tree has hold in the new one, and those of the shipped promises that speak
// of all trees.
func TestNewFlowPassesTheCheck(t *testing.T) {
	files := alone(t)
	files["promises.yaml"] = `promises:
  - always: {move: disabled, gives: disabled_branch}
  - never: {ticket: hexpert, before: disabled_branch}
`
	book, err := flows.LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	rep := book.Verify()
	for _, f := range rep.Findings {
		t.Errorf("%s: %s\n%s", f.Rule, f.What, f.Story)
	}
	if rep.Promises != 2 || rep.Transitions == 0 {
		t.Errorf("nothing was checked: %+v", rep)
	}
}

// Its own little conversation: the ticket says what was tried, and a disabled account goes to
// senior support whatever else was said.
func TestNewFlowIsAConversation(t *testing.T) {
	folder := copyFlows(t)
	if _, err := runNewFlow(t, folder, "gym"); err != nil {
		t.Fatal(err)
	}
	book := loadFolder(t, folder)
	for name, text := range map[string]string{
		"ticket": `as: gym
lang: en
client> wrong password
bot> Erase the password and type it again by hand. Does it work now? [It works] [Still refused]
client> still not
client> invalid user or password
client> ann@example.org
outcome: ticket support`,
		"disabled": `as: gym
lang: fr
client> [Mon mot de passe est refusé]
client> <disabled>
bot> Un compte désactivé se rouvre par notre équipe; …
client> [Passer]
outcome: ticket hexpert`,
		"happy": `as: gym
lang: en
client> [My password is refused]
client> it works
outcome: resolved`,
	} {
		tr, err := flows.ParseTranscript(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.Play(t.Context(), book, book.Matcher()); err != nil {
			t.Error(err)
		}
	}
}

// A book with another language gets the tree in that one too, and is told what to translate.
func TestNewFlowInOtherLanguages(t *testing.T) {
	files := alone(t)
	if _, err := flows.LoadFiles(files); err != nil {
		t.Fatalf("the new tree needs more than words, intents and facts:\n%v", err)
	}
	if strings.Contains(files["gym.yaml"], "translated") {
		t.Error("English and French are there already")
	}
	// German in place of French, as far as it takes to load.
	delete(files, "gym.yaml")
	for name, text := range files {
		text = regexp.MustCompile(`\bfr:`).ReplaceAllString(text, "de:")
		files[name] = strings.Replace(text, "language_fr", "language_de", 1)
	}
	const people = "flow: people\nfor: people\ntitle: {en: p, de: p}\nbegin: a\n" +
		"always: {person: {go: a}, works: {go: a}, disabled: {go: a}, stuck: {go: a}}\n" +
		"steps: {a: {resolved: {en: a, de: a}}}\n"
	files["people.yaml"] = people
	book, err := flows.LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	if files["gym.yaml"], err = newTree(book, "gym"); err != nil {
		t.Fatal(err)
	}
	if book, err = flows.LoadFiles(files); err != nil {
		t.Fatal(err)
	}
	if _, events := book.Start("gym", "de", nil); events[1].Text != "What happens when you try to log in?" {
		t.Errorf("in German it begins with %+v", events)
	}
	if !strings.Contains(files["gym.yaml"], "Still to be translated, the English stands in its place: de\n") {
		t.Error("nobody says that German is missing")
	}
}

func TestNewFlowRefuses(t *testing.T) {
	folder := copyFlows(t)
	before, err := os.ReadFile(filepath.Join(folder, "client.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"small letters":             {"My-Tree"},
		"already":                   {"client"},
		"stands at client.yaml":     {"client", "-o", filepath.Join(folder, "client_two.yaml")},
		"end in .yaml":              {"gym", "-o", filepath.Join(folder, "gym.txt")},
		"cannot have the name of a": {"exact_words", "-o", filepath.Join(folder, "a.yaml")}, // a step of client.yaml
		"no such file or directory": {"gym", "-o", filepath.Join(folder, "nowhere", "gym.yaml")},
		"accepts 1 arg":             {},
	} {
		if out, err := runNewFlow(t, folder, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q\n%s", args, err, want, out)
		}
	}
	after, err := os.ReadFile(filepath.Join(folder, "client.yaml"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("client.yaml was changed: %v", err)
	}
	if entries, err := filepath.Glob(filepath.Join(folder, "*_two.yaml")); err != nil || len(entries) > 0 {
		t.Errorf("a tree that does not fit was written: %v", entries)
	}
	// What is there stays, also where it is no tree of the book.
	elsewhere := filepath.Join(t.TempDir(), "gym.yaml")
	if err := os.WriteFile(elsewhere, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runNewFlow(t, "", "gym", "-o", elsewhere); err == nil {
		t.Error("a file that was there was overwritten")
	}
	if text, err := os.ReadFile(elsewhere); err != nil || string(text) != "mine" {
		t.Errorf("%q %v", text, err)
	}
}

// Without a folder of one's own the tree is checked against the shipped ones.
func TestNewFlowElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pool.yaml")
	out, err := runNewFlow(t, "", "pool", "-o", file)
	if err != nil || !strings.Contains(out, "LATCHKEY_FLOWS") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
