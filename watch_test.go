package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/flows"
)

// author sits at a terminal with `chat --watch` and edits the files of a folder.
type author struct {
	t      *testing.T
	folder string
	keys   io.Writer
	ticks  chan time.Time
	screen *screen
	saved  time.Time
}

// screen is what the terminal shows.
type screen struct {
	sync.Mutex
	bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.Buffer.Write(p)
}

func copyFlows(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	names, err := fs.Glob(flows.Shipped(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(flows.Shipped(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func newAuthor(t *testing.T, folder string) *author {
	t.Helper()
	in, keys := io.Pipe()
	a := &author{t: t, folder: folder, keys: keys, ticks: make(chan time.Time), screen: &screen{}, saved: time.Now()}
	p := program{in: in, out: a.screen, err: a.screen, folder: t.TempDir()}
	c, err := loadConfig([]string{"LATCHKEY_FLOWS=" + folder, "LATCHKEY_DATA=" + filepath.Join(folder, "data")}, p.folder)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.rehearse(context.Background(), c, "client", "en", a.ticks) }()
	t.Cleanup(func() {
		keys.Close()
		if err := <-done; err != nil {
			t.Errorf("the rehearsal ended with %v", err)
		}
	})
	a.settle()
	return a
}

// settle waits until what was typed or saved is answered. Two looks are enough to notice what
// was saved; each is taken only when the one before is done.
func (a *author) settle() {
	for range 3 {
		a.ticks <- time.Time{}
	}
}

// types writes a line and gives what is shown then.
func (a *author) types(line string) string {
	a.t.Helper()
	a.forget()
	// The second write returns when the line before it was taken.
	for _, s := range []string{line + "\n", "\n"} {
		if _, err := io.WriteString(a.keys, s); err != nil {
			a.t.Fatal(err)
		}
	}
	return a.seen()
}

// edits changes a file, saves it, and gives what is shown then.
func (a *author) edits(name, old, new string) string {
	a.t.Helper()
	a.forget()
	path := filepath.Join(a.folder, name)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), old) {
		a.t.Fatalf("%s has no %q: %v", name, old, err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, new)), 0o600); err != nil {
		a.t.Fatal(err)
	}
	// A save is later than the last one, however coarse the file system's clock.
	a.saved = a.saved.Add(time.Second)
	if err := os.Chtimes(path, a.saved, a.saved); err != nil {
		a.t.Fatal(err)
	}
	return a.seen()
}

func (a *author) forget() {
	a.screen.Lock()
	defer a.screen.Unlock()
	a.screen.Reset()
}

func (a *author) seen() string {
	a.settle()
	a.screen.Lock()
	defer a.screen.Unlock()
	return a.screen.String()
}

func (a *author) wants(shown string, all ...string) {
	a.t.Helper()
	for _, want := range all {
		if !strings.Contains(shown, want) {
			a.t.Errorf("the terminal does not show %q:\n%s", want, shown)
		}
	}
}

func TestWatchGoesOnWithWhatWasSaved(t *testing.T) {
	a := newAuthor(t, copyFlows(t))
	a.wants(a.types("Wrong user or password"), "Do you type an e-mail or a username?")
	a.types("an e-mail")
	a.wants(a.types("Still refused"), "Now type the password by hand.")

	// Other words: the same place, in the new words.
	shown := a.edits("client.yaml", "Now type the password by hand.", "Type it with one finger.")
	a.wants(shown, "saved: the conversation goes on after 3 answers", "Type it with one finger.", "> ")

	// What was answered is gone: the conversation stops before it and says where.
	shown = a.edits("client.yaml", "      still:\n", "      refused:\n")
	a.wants(shown, "after 2 of 3 answers: “Still refused” (choose:still) is not possible at client/check_identifier any more", "Read your e-mail")
	a.wants(a.types("Still refused"), "Type it with one finger.")

	// Saved as it was; and not saved at all.
	a.wants(a.edits("client.yaml", "      refused:\n", "      refused:\n"), "goes on after 3 answers", "Type it with one finger.")
	if shown := a.types(""); strings.Contains(shown, "saved") {
		t.Errorf("nothing was saved: %q", shown)
	}
	if _, err := os.Stat(filepath.Join(a.folder, "data")); err == nil {
		t.Error("a rehearsal is kept")
	}
}

func TestWatchShowsWhatIsWrong(t *testing.T) {
	a := newAuthor(t, copyFlows(t))
	a.types("Wrong user or password")
	shown := a.edits("client.yaml", "go: login_refused\n", "go: login_refuesd\n")
	a.wants(shown, filepath.Join(a.folder, "client.yaml:"), `there is no step "login_refuesd" in this flow (did you mean "login_refused"?)`,
		"    go: login_refuesd\n            ^\n", "The conversation stays with what was read before.", "> ")
	a.wants(a.types("An e-mail"), "Still refused")
	a.wants(a.edits("client.yaml", "go: login_refuesd\n", "go: login_refused\n"), "goes on after 2 answers", "Still refused")
}

// What does not load at the beginning can be mended without a new start.
func TestWatchWaitsForFilesThatLoad(t *testing.T) {
	folder := copyFlows(t)
	words := filepath.Join(folder, "words.yaml")
	text, err := os.ReadFile(words)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(words, append([]byte("word: {}\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newAuthor(t, folder)
	a.wants(a.types("hello"), "do not load yet")
	a.wants(a.edits("words.yaml", "word: {}\n", ""), "1  Wrong user or password", "> ")
}

func TestWatchNeedsAFolder(t *testing.T) {
	var out bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &out, folder: t.TempDir(), environ: []string{"LATCHKEY_DATA=" + t.TempDir()}}
	if err := p.run(t.Context(), []string{"chat", "--watch"}); err == nil || !strings.Contains(err.Error(), "LATCHKEY_FLOWS") {
		t.Errorf("got %v", err)
	}
}

func TestPointAt(t *testing.T) {
	folder := t.TempDir()
	long := strings.Repeat("é", 80) + "X" + strings.Repeat("o", 80)
	if err := os.WriteFile(filepath.Join(folder, "a.yaml"), []byte("first\n\tété: X\r\n"+long), 0o600); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[[2]int]string{
		{1, 1}:  "    first\n    ^\n",
		{2, 7}:  "    \tété: X\n    \t     ^\n",
		{3, 81}: "    " + strings.Repeat("é", 50) + "X" + strings.Repeat("o", 49) + "\n    " + strings.Repeat(" ", 50) + "^\n",
		{1, 99}: "    first\n         ^\n",
		{0, 0}:  "",
		{9, 1}:  "",
	} {
		if got := pointAt(folder, flows.Problem{File: "a.yaml", Line: at[0], Column: at[1]}); got != want {
			t.Errorf("%v:\n%s\nwant\n%s", at, got, want)
		}
	}
	if got := pointAt(folder, flows.Problem{File: "none.yaml", Line: 1, Column: 1}); got != "" {
		t.Errorf("a file that is not there: %q", got)
	}
}
