package main

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latchkey/bot/mail/mailtest"
	"latchkey/bot/openai/openaitest"
)

// riddled is a question that no article has the words of, and no line of the trees.
const riddled = "how do I revive the magic syllables?"

// embedded is a server whose model for embeddings knows that the riddle means the short answer about a
// new password, and the settings of a program that asks it.
func embedded(t *testing.T, data string) (*openaitest.Server, []string) {
	t.Helper()
	server := openaitest.New(openaitest.Options{Key: modelKey, Models: []string{"vectors"}})
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		for _, why := range server.Refused() {
			t.Errorf("the server refused: %s", why)
		}
	})
	book, err := loadBook(Config{})
	if err != nil {
		t.Fatal(err)
	}
	base, err := loadHelp(Config{}, book)
	if err != nil {
		t.Fatal(err)
	}
	server.Means(riddled, base.Article("en", "password-reset").Meaning(0))
	return server, []string{"LATCHKEY_DATA=" + data, "LATCHKEY_MODEL_EMBED=vectors", "LATCHKEY_MODEL_URL=" + server.URL, "LATCHKEY_MODEL_KEY=" + modelKey}
}

// On the command line, an answer that words do not find; without the server, what words find.
func TestAskByMeaning(t *testing.T) {
	data := t.TempDir()
	server, environ := embedded(t, data)
	ask := func(args ...string) string {
		t.Helper()
		out, err := helps(t, environ, append([]string{"ask", "--lang", "en"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	found := ask(riddled)
	if !strings.Contains(found, "Forgot password?") || !strings.Contains(found, "0.00 by words, 1.00 by meaning") {
		t.Errorf("by meaning:\n%s", found)
	}
	if n := len(server.Requests()); n < 2 {
		t.Errorf("the model was asked %d times", n)
	}
	if out := ask("--words", riddled); !strings.HasPrefix(out, "I don't know") || len(server.Requests()) != 0 {
		t.Errorf("by words:\n%s", out)
	}
	if out := ask("who won the game yesterday evening"); !strings.HasPrefix(out, "I don't know") || !strings.Contains(out, "Nearest in meaning") {
		t.Errorf("of something else:\n%s", out)
	}
	if n := len(server.Requests()); n != 2 { // the question, and again for what is nearest
		t.Errorf("the articles were embedded again: %d calls", n)
	}
	// The vectors of the articles are kept; the question's cannot be had.
	server.Turn(func(w http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
		w.WriteHeader(http.StatusBadGateway)
	})
	if out := ask(riddled); !strings.HasPrefix(out, "I don't know") {
		t.Errorf("with a broken server:\n%s", out)
	}
	environ[0] = "LATCHKEY_DATA=" + filepath.Join(data, "new")
	if out := ask("how do I reset my password?"); !strings.Contains(out, "The search goes by words alone") || !strings.Contains(out, "Forgot password?") {
		t.Errorf("with a server that was never there:\n%s", out)
	}
}

// watchful is a log that tells when a line comes by.
type watchful struct {
	mu    sync.Mutex
	lines bytes.Buffer
	wait  string
	came  chan struct{}
}

func (w *watchful) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wait != "" && strings.Contains(string(p), w.wait) {
		w.wait = ""
		close(w.came)
	}
	return w.lines.Write(p)
}

func (w *watchful) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines.String()
}

// runsWith starts a program with a log, and gives its address; it ends with the test.
func runsWith(t *testing.T, environ []string, log *watchful) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	listening, done := make(chan string, 1), make(chan error, 1)
	p := program{in: strings.NewReader(""), out: &bytes.Buffer{}, err: log, environ: environ, folder: t.TempDir(), ready: func(a string) { listening <- a }}
	go func() { done <- p.run(ctx, nil) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	t.Cleanup(stop)
	select {
	case addr = <-listening:
	case err := <-done:
		done <- nil
		t.Fatalf("the program does not start: %v\n%s", err, log)
	}
	return addr, stop
}

// In the bubble: what the words do not find is found by its meaning, though no model reads or writes.
// The server does not wait for the embeddings; without them, and when they cannot be had, words alone
// answer, and the person gets what they got before.
func TestABubbleAnswersByMeaning(t *testing.T) {
	server, model := embedded(t, t.TempDir())
	environ := append(worldSettings(t, t.TempDir(), mailtest.Listen(t)), append(model[1:], "LATCHKEY_LOG_LEVEL=info")...)
	gate := make(chan struct{})
	server.Turn(func(w http.ResponseWriter, r *http.Request, _ openaitest.Request) {
		<-gate
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	log := &watchful{wait: "the search goes by words alone for now", came: make(chan struct{})}
	addr, stop := runsWith(t, environ, log)
	asks := func(addr string) string {
		t.Helper()
		v := newVisitor(t)
		if err := v.connect(addr); err != nil {
			t.Fatal(err)
		}
		v.walk([]string{"[Wrong user or password]", riddled})
		own := v.last
		for v.log[own].Text != riddled {
			own--
		}
		for v.log[own+1].Text == "" {
			if _, err := v.read(); err != nil {
				t.Fatal(err)
			}
		}
		return v.log[own+1].Text
	}
	before := asks(addr) // the embeddings are still being made
	close(gate)
	<-log.came
	after := asks(addr) // they could not be had
	stop()
	if before != after || !strings.HasPrefix(before, "I don't know") {
		t.Errorf("before: %s\nafter: %s", before, after)
	}
	server.Turn(nil)
	server.Requests()
	log = &watchful{wait: "the search goes by meaning too", came: make(chan struct{})}
	addr, stop = runsWith(t, environ, log)
	<-log.came
	server.Requests()
	if found := asks(addr); !strings.Contains(found, "choose a new one") {
		t.Errorf("by meaning: %s", found)
	}
	if rs := server.Requests(); len(rs) != 1 || len(rs[0].Input) != 1 || rs[0].Input[0] != riddled {
		t.Errorf("sent is %+v", rs)
	}
	server.Turn(func(w http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
		w.WriteHeader(http.StatusBadGateway)
	})
	if broken := asks(addr); broken != before {
		t.Errorf("when it fails: %s", broken)
	}
	stop()
	if strings.Contains(log.String(), modelKey) || strings.Contains(log.String(), "syllables") {
		t.Errorf("the log says too much:\n%s", log)
	}
}
