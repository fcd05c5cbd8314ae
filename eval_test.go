package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/openai/openaitest"
	"latchkey/flows"
	"latchkey/flows/classify"
)

// feed runs a command with something on its standard input.
func feed(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p := program{in: strings.NewReader(input), out: &out, err: &out, environ: []string{"LATCHKEY_DATA=" + t.TempDir()}, folder: t.TempDir()}
	err := p.run(t.Context(), args)
	return out.String(), err
}

// `latchkey read` gives one line for each line, in order.
func TestReadCommand(t *testing.T) {
	out, err := feed(t, `{"text":"I lost my password","lang":"en"}
{"text":"j'ai pas eu de courriel pour réinitialiser"}

{"text":"<b>what's the weather</b>","lang":"en"}
`, "read")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	want := []labelled{
		{"I lost my password", "en", "forgot_password", 0},
		{"j'ai pas eu de courriel pour réinitialiser", "fr", "reset_email_missing", 0},
		{"<b>what's the weather</b>", "en", classify.OutOfScope, 0},
	}
	if len(lines) != len(want) {
		t.Fatalf("got\n%s", out)
	}
	for i, l := range lines {
		var got labelled
		if err := json.Unmarshal([]byte(l), &got); err != nil {
			t.Fatal(err)
		}
		if got.Score <= 0.3 || got.Score > 1 {
			t.Errorf("%q has the score %g", got.Text, got.Score)
		}
		got.Score = 0
		if got != want[i] {
			t.Errorf("got %+v, not %+v", got, want[i])
		}
	}
	if _, err := feed(t, "{\"text\":\"hi\"}\nhi\n", "read"); err == nil || !strings.Contains(err.Error(), "standard input:2:") {
		t.Errorf("a bad line gives %v", err)
	}
}

// `latchkey eval` measures, and counts as one what cannot be told apart.
func TestEvalCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "texts.jsonl")
	texts := `{"text":"I lost my password","label":"forgot_password","lang":"en"}
{"text":"give my client a temporary password","label":"resend_invitation","lang":"en"}
{"text":"it is raining cats and dogs","label":"out_of_scope","lang":"en"}
{"text":"mot de passe oublié","label":"yes","lang":"fr"}
`
	if err := os.WriteFile(file, []byte(texts), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := feed(t, "", "eval", file, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]classify.Figures
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got["en"].N != 3 || got["en"].Accuracy != 1 || got["fr"].Accuracy != 0 {
		t.Errorf("got %+v", got)
	}
	out, err = feed(t, "", "eval", file)
	if err != nil || !strings.Contains(out, "accuracy                     100.0") || !strings.Contains(out, "yes read as forgot_password") || !strings.Contains(out, "µs per text") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := feed(t, "", "eval", file+".not"); err == nil {
		t.Error("a file that is not there is fine")
	}
}

// `latchkey eval --reader openai` asks the model for each text; what gets no answer is wrong.
func TestEvalWithAModel(t *testing.T) {
	p, server, _ := modelled(t)
	server.Answer(func(r openaitest.Request) string {
		if strings.Contains(r.User, "glorp") {
			return "not JSON"
		}
		return `{"label":"yes","certainty":"high"}`
	})
	file := filepath.Join(t.TempDir(), "texts.jsonl")
	texts := `{"text":"yes please","label":"yes","lang":"en"}
{"text":"no thanks","label":"no","lang":"en"}
{"text":"glorp","label":"yes","lang":"en"}
`
	if err := os.WriteFile(file, []byte(texts), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.run(t.Context(), []string{"eval", "--reader", "openai", "--json", file}); err != nil {
		t.Fatal(err)
	}
	var got map[string]classify.Figures
	if err := json.Unmarshal(p.out.(*bytes.Buffer).Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if f := got["en"]; f.N != 3 || f.Labels["yes"].Recall != 0.5 || f.Labels["no"].Recall != 0 {
		t.Errorf("got %+v", f)
	}
	if said := p.err.(*bytes.Buffer).String(); !strings.Contains(said, "1 texts got no answer") {
		t.Errorf("it says %s", said)
	}
	if _, err := feed(t, "", "eval", "--reader", "openai", file); err == nil || !strings.Contains(err.Error(), "LATCHKEY_MODEL") {
		t.Errorf("without a model: %v", err)
	}
	if _, err := feed(t, "", "eval", "--reader", "tea-leaves", file); err == nil {
		t.Error("an unknown reader is fine")
	}
}

// `latchkey suggestions` shows what was not understood beside what was chosen, ready to be added.
func TestSuggestionsCommand(t *testing.T) {
	data := t.TempDir()
	r := newRecorded(t, data)
	says := func(address, id, text string, move *flows.Move) {
		in := bot.Inbound{Channel: "test", Address: address, ExternalID: id, Text: text, Move: move, Flow: "client", Lang: "en"}
		if err := r.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	forgot := &flows.Move{Kind: flows.Choose, ID: "forgot"}
	for i, words := range []string{"Zonk my blorf!", "my blorf zonk", "glimp 8675309 zelda@privatemail.example"} {
		address := string(rune('a' + i))
		says(address, "1", words, nil)
		says(address, "2", "I forgot my password", forgot)
	}
	says("d", "1", "frumious bandersnatch", nil)
	r.store.Close()
	environ := []string{"LATCHKEY_DATA=" + data}
	out := ask(t, environ, "suggestions", "--since", "36500d")
	for _, want := range []string{
		"intents.yaml, forgot_password\n", `  en: "Zonk my blorf!"   # unclear, 2 times` + "\n", "~ nothing was chosen after these\n  en: frumious bandersnatch   # unclear\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it lacks %q:\n%s", want, out)
		}
	}
	for _, secret := range []string{"8675309", "zelda", "privatemail"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is still there:\n%s", secret, out)
		}
	}
	if out := ask(t, environ, "suggestions", "--json", "--since", "36500d"); strings.Count(out, "\n") != 3 || !strings.Contains(out, `"intent":"forgot_password"`) {
		t.Errorf("as JSON:\n%s", out)
	}
	if out := ask(t, environ, "suggestions", "--since", "1h"); out != "Nothing was misread.\n" {
		t.Errorf("in the last hour:\n%s", out)
	}
}
