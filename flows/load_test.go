package flows_test

import (
	"errors"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/flows"
)

// small is a book with one tree, to be changed by the tests: the shipped words and facts, and
// the tree that flows/README.md teaches with.
func small(t testing.TB) map[string]string {
	t.Helper()
	all := shipped(t).Files()
	files := map[string]string{"client.yaml": readmeBlocks(t)[0]}
	for _, name := range []string{"words.yaml", "intents.yaml", "lexicon.yaml", "facts.yaml"} {
		files[name] = all[name]
	}
	return files
}

func readmeBlocks(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	if len(out) < 10 {
		t.Fatalf("README.md has only %d examples", len(out))
	}
	return out
}

func TestShippedBookLoads(t *testing.T) {
	b := shipped(t)
	for _, flow := range []string{"client", "professional"} {
		if !b.HasFlow(flow) {
			t.Errorf("nobody can begin in %q", flow)
		}
	}
	if again, err := flows.LoadFiles(b.Files()); err != nil || again.Version != b.Version {
		t.Errorf("the files of a book give another book: %v", err)
	}
}

// The tree of the README is complete, and its example of each kind of step loads.
func TestReadmeExamples(t *testing.T) {
	if _, err := flows.LoadFiles(small(t)); err != nil {
		t.Errorf("the small tree:\n%v", err)
	}
	kinds := map[string]bool{}
	for _, block := range readmeBlocks(t)[1:] {
		if !strings.HasPrefix(block, "  ") || strings.HasPrefix(block, "  -") {
			continue
		}
		kinds[strings.TrimSpace(strings.SplitN(strings.Split(block, "\n")[1], ":", 2)[0])] = true
		files := small(t)
		files["client.yaml"] = around(block)
		files["reset.yaml"] = "flow: reset\ntitle: {en: r, fr: r}\nbegin: a\nsteps:\n" +
			"  a: {branch: [{when: {role: client}, go: b}, {go: c}]}\n  b: {return: works}\n  c: {return: stuck}\n"
		files["more.yaml"] = "facts: {main_slot: {values: [email, username]}, username: {kind: name}}\n"
		if strings.Contains(block, "return:") {
			files["client.yaml"] = around("  called: {call: piece, on: {stuck: done}}\n")
			files["piece.yaml"] = "flow: piece\ntitle: {en: p, fr: p}\nbegin: mail_never_came\nsteps:\n" + block
			files["reset.yaml"] = "words: {}\n"
		}
		if !strings.Contains(block, "call:") && !strings.Contains(block, "return:") {
			delete(files, "reset.yaml")
		}
		if _, err := flows.LoadFiles(files); err != nil {
			t.Errorf("this example does not load:\n%s\n%v", block, err)
		}
	}
	for _, kind := range flows.Kinds() {
		if !kinds[kind] {
			t.Errorf("README.md has no example of the kind %q", kind)
		}
	}
}

// around makes a whole tree of some steps, with an end for every road out of them.
func around(steps string) string {
	name := regexp.MustCompile(`(?m)^  (\w+):`).FindStringSubmatch(steps)[1]
	tree := "flow: client\nfor: client\ntitle: {en: t, fr: t}\nbegin: " + name + "\nalways: {person: {go: " + name + "}, works: {go: " +
		name + "}, disabled: {go: " + name + "}, stuck: {go: " + name + "}}\nsteps:\n" + steps
	made := map[string]bool{name: true}
	for _, m := range regexp.MustCompile(`(?:go|works|stuck): (\w+)`).FindAllStringSubmatch(steps, -1) {
		if !made[m[1]] {
			made[m[1]] = true
			tree += "  " + m[1] + ": {resolved: {en: done, fr: fini}}\n"
		}
	}
	return tree
}

// Every slip is reported with its place, and with the mend where it can be guessed.
func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, want string }{
		{"unknown step", "client.yaml", "go: type_it_again", "go: type_it_agian", `client.yaml:21:13: there is no step "type_it_agian" in this flow (did you mean "type_it_again"?)`},
		{"unknown field", "client.yaml", "    tried:", "    tired:", `client.yaml:30:5: a step of the kind ask has no "tired" (did you mean "tried"?)`},
		{"missing language", "client.yaml", "title: {en: I can't log in, fr: Je n'arrive pas à me connecter}", "title: {en: I can't log in}", `client.yaml:3:8: the title is missing in "fr"`},
		{"unknown language", "client.yaml", "title: {en:", "title: {de: Hallo, en:", `client.yaml:3:9: the title: "de" is not one of the languages (en, fr)`},
		{"unknown intent", "client.yaml", "intent: wrong_credentials", "intent: wrong_credential", `client.yaml:20:17: there is no intent "wrong_credential" (did you mean "wrong_credentials"?)`},
		{"unknown variable", "client.yaml", "Good training.", "Good {trainings}.", `client.yaml:57:11: there is no variable or fact {trainings}`},
		{"open brace", "client.yaml", "Good training.", "Good {training.", `client.yaml:57:11: resolved: a { is not closed`},
		{"unknown queue", "client.yaml", "ticket: hexpert", "ticket: expert", `client.yaml:43:13: a ticket's queue is support or hexpert`},
		{"unknown fact", "client.yaml", "fill: exact_error", "fill: exact_eror", `client.yaml:36:11: there is no fact "exact_eror" (did you mean "exact_error"?)`},
		{"unknown value", "client.yaml", `set: {disabled: "yes"}`, `set: {disabled: maybe}`, `client.yaml:44:21: the fact "disabled" has no value "maybe"`},
		{"no kind", "client.yaml", "    ask:\n      en: Type", "    asks:\n      en: Type", `client.yaml:26:3: the step "type_it_again" has no kind: it needs one of fill, ask`},
		{"twice", "client.yaml", "  no_luck:\n", "  fixed:\n", `client.yaml:55:3: "fixed" stands here twice`},
		{"unreachable", "client.yaml", "go: type_it_again", "go: no_luck", `client.yaml:26:3: nothing leads to the step "type_it_again"`},
		{"no way to a person", "client.yaml", "  person:   {go: person}           # \"I want to talk to someone\"\n", "", "client.yaml:1:1: `always` of \"client\" needs a line \"person\""},
		{"not YAML", "client.yaml", "begin: what_you_see", "begin: [what", "client.yaml:6:7: this is not YAML: did not find expected ',' or ']'"},
		{"long label", "client.yaml", "label: {en: It works,", "label: {en: " + strings.Repeat("It works ", 9) + ",", "a button holds 75"},
		{"one word for two choices", "client.yaml", "intent: [not_resolved, no]", "intent: [not_resolved, no, resolved]", `stands for the choice "works" too`},
		{"lost words", "words.yaml", "  unclear:\n", "  unclears:\n", `words.yaml: the words "unclear" are missing`},
		{"same phrase twice", "intents.yaml", "intents:\n", "intents:\n  another: {en: [Forgot   my PASSWORD!], fr: [autre chose complètement]}\n", `intents.yaml:`},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := small(t)
			changed := strings.Replace(files[c.file], c.old, c.new, 1)
			if changed == files[c.file] {
				t.Fatalf("%q does not stand in %s", c.old, c.file)
			}
			files[c.file] = changed
			_, err := flows.LoadFiles(files)
			var ps flows.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("the slip was not noticed: %v", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
			}
		})
	}
}

// One reading reports everything that is wrong, in order.
func TestAllProblemsAtOnce(t *testing.T) {
	files := small(t)
	text := strings.Replace(files["client.yaml"], "go: type_it_again", "go: nowhere", 1)
	text = strings.Replace(text, "ticket: hexpert", "ticket: nobody", 1)
	text = strings.Replace(text, "fr: Je n'arrive pas à me connecter", "xx: Je n'arrive pas à me connecter", 1)
	files["client.yaml"] = text
	_, err := flows.LoadFiles(files)
	var ps flows.Problems
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range ps {
		lines = append(lines, p.Line)
	}
	// A file that cannot be read is not followed: the road to nowhere is told next time.
	if want := []int{3, 43}; !cmp.Equal(lines, want) {
		t.Errorf("problems in lines %v, want %v:\n%v", lines, want, err)
	}
}

func TestSchemaFileIsCurrent(t *testing.T) {
	have, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(flows.Schema()), string(have)); diff != "" {
		t.Errorf("schema.json is old (`go run . schema > flows/schema.json`):\n%s", diff)
	}
}

// Loading bytes from outside never panics, and what loads can be walked.
func FuzzLoad(f *testing.F) {
	files := small(f)
	f.Add(files["client.yaml"])
	f.Add("flow: client\nsteps: []\n")
	f.Add("steps: {a: {ask: {en: x}}}")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		changed := maps.Clone(files)
		changed["client.yaml"] = text
		b, err := flows.LoadFiles(changed)
		if err != nil {
			var ps flows.Problems
			if !errors.As(err, &ps) || len(ps) == 0 {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		s, _ := b.Start("client", "en", nil)
		for _, o := range b.Moves(s) {
			b.Next(s, o.Move)
		}
	})
}
