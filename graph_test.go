package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// graphed runs `latchkey graph` without settings.
func graphed(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	p := program{in: strings.NewReader(""), out: &out, err: &out, folder: t.TempDir()}
	err := p.run(t.Context(), append([]string{"graph"}, args...))
	return out.String(), err
}

func TestGraphWritesSVG(t *testing.T) {
	out, err := graphed(t, "client", "--lang", "fr", "--part", "which_identifier")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, "<svg ") || !strings.Contains(out, `lang="fr"`) {
		t.Errorf("not a French drawing: %.200s", out)
	}
	if !strings.Contains(out, `class="road walk"`) {
		t.Error("the example conversation is not emphasised")
	}
	if out, err = graphed(t, "client", "--part", "which_identifier", "--path", "none"); err != nil || strings.Contains(out, `class="road walk"`) {
		t.Errorf("--path none emphasises something (%v)", err)
	}
}

// The ending of the file tells the format, unless --format does.
func TestGraphFormats(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reset.mmd")
	if out, err := graphed(t, "reset", "-o", file); err != nil || out != "" {
		t.Fatalf("%v %q", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "\nflowchart LR\n") {
		t.Errorf("%s does not hold Mermaid: %v %.100s", file, err, text)
	}
	if out, err := graphed(t, "reset", "--format", "mermaid"); err != nil || out != string(text) {
		t.Errorf("--format mermaid gives another text (%v)", err)
	}
	if _, err := graphed(t, "reset", "--format", "png"); err == nil {
		t.Error("--format png was not refused")
	}
	if _, err := graphed(t, "rest"); err == nil || !strings.Contains(err.Error(), "reset") {
		t.Errorf("a mistyped flow: %v", err)
	}
}

// A conversation given by name must be one of these trees; --path takes any transcript.
func TestGraphPath(t *testing.T) {
	other := "flows/testdata/client-person-en.txt"
	out, err := graphed(t, "client", "--path", other)
	if err != nil {
		t.Fatal(err)
	}
	example, err := graphed(t, "client")
	if err != nil {
		t.Fatal(err)
	}
	if out == example {
		t.Error("another conversation emphasises the same steps")
	}
	wrong := filepath.Join(t.TempDir(), "wrong.txt")
	if err := os.WriteFile(wrong, []byte("as: client\nlang: en\nclient> [No such button]\noutcome: resolved\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := graphed(t, "client", "--path", wrong); err == nil || !strings.Contains(err.Error(), "No such button") {
		t.Errorf("a conversation that cannot be had: %v", err)
	}
}
