package openai_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot/openai"
	"latchkey/bot/openai/openaitest"
	"latchkey/flows"
)

const key = "sk-test-0f3a9c7e51d2"

// world is a strict server, a model that asks it, and a clock that is turned by hand.
type world struct {
	t      *testing.T
	server *openaitest.Server
	model  *openai.Model
	book   *flows.Book
	log    *bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

var shippedOnce = sync.OnceValues(func() (*flows.Book, error) { return flows.Load(flows.Shipped()) })

func shippedBook(t testing.TB) *flows.Book {
	t.Helper()
	b, err := shippedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newWorld(t *testing.T, set ...func(*openai.Options)) *world {
	return worldAt(t, openaitest.Options{Key: key, Models: []string{"small", "vectors"}}, set...)
}

func worldAt(t *testing.T, at openaitest.Options, set ...func(*openai.Options)) *world {
	t.Helper()
	w := &world{t: t, book: shippedBook(t), server: openaitest.New(at), log: new(bytes.Buffer), now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	t.Cleanup(w.server.Close)
	o := openai.Options{
		URL: w.server.URL, Key: key, Model: "small", Embed: "vectors", Now: w.clock, Timeout: 20 * time.Second,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range set {
		f(&o)
	}
	var err error
	if w.model, err = openai.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, why := range w.server.Refused() {
			t.Errorf("the server refused: %s", why)
		}
	})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// scripted reads everything as one thing, without a model.
type scripted flows.Reading

func (s scripted) Read(context.Context, string, string, []flows.Option) (flows.Reading, error) {
	return flows.Reading(s), nil
}

var unclear = scripted{Meaning: flows.ReadUnclear}

// begun is a session of a client who has just been asked the first question, with what is legal.
func (w *world) begun() (flows.Session, []flows.Option) {
	s, _ := w.book.Start("client", "en", nil)
	return s, w.book.Moves(s)
}

func (w *world) read(text string, without flows.Reader) flows.Reading {
	w.t.Helper()
	s, legal := w.begun()
	r, err := w.model.Reader(without).Read(w.t.Context(), text, s.Lang, legal)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// answers has the model say this.
func (w *world) answers(content string) {
	w.server.Answer(func(openaitest.Request) string { return content })
}

// asked gives the requests since the last look.
func (w *world) asked(n int) []openaitest.Request {
	w.t.Helper()
	rs := w.server.Requests()
	if len(rs) != n {
		w.t.Fatalf("the model was asked %d times, want %d", len(rs), n)
	}
	return rs
}

// same says whether two readings are the same.
func same(a, b flows.Reading) bool {
	return a.Meaning == b.Meaning && a.Move == b.Move && a.Confidence == b.Confidence && a.Intent == b.Intent && slices.Equal(a.Among, b.Among)
}

func TestWhatCannotWorkIsRefused(t *testing.T) {
	for name, o := range map[string]openai.Options{
		"no model":            {URL: "http://localhost:1/v1"},
		"no scheme":           {URL: "localhost:1/v1", Model: "small"},
		"another scheme":      {URL: "ftp://localhost/v1", Model: "small"},
		"a key in a query":    {URL: "https://example.org/v1?key=" + key, Model: "small"},
		"a key as a user":     {URL: "https://" + key + "@example.org/v1", Model: "small"},
		"an unknown occasion": {URL: "https://example.org/v1", Model: "small", When: "sometimes"},
	} {
		if _, err := openai.New(o); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOfWhereItIsOnlyTheHostIsSaid(t *testing.T) {
	m, err := openai.New(openai.Options{Key: key, Model: "small"})
	if err != nil || m.Host() != "api.openai.com" {
		t.Errorf("%v, %v", m.Host(), err)
	}
}
