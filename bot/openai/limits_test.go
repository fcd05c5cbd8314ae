package openai_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/openai"
	"latchkey/bot/openai/openaitest"
	"latchkey/flows"
	"latchkey/store"
)

// in gives what a bot gives a reader: a context that names the conversation. A bot alone can make
// one, so this has it read a message of somebody.
func in(t *testing.T, w *world, people ...string) map[string]context.Context {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	keep := &keeper{}
	b, err := bot.New(t.Context(), bot.Options{Store: db, Book: w.book, Reader: func(*flows.Book) flows.Reader { return keep }})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]context.Context{}
	for _, name := range people {
		if err := b.Receive(t.Context(), bot.Inbound{Channel: "test", Address: name, ExternalID: "1", Text: "asdf", Flow: "client", Lang: "en"}); err != nil {
			t.Fatal(err)
		}
		all[name] = keep.ctx
	}
	return all
}

type keeper struct{ ctx context.Context }

func (k *keeper) Read(ctx context.Context, _, _ string, _ []flows.Option) (flows.Reading, error) {
	k.ctx = context.WithoutCancel(ctx)
	return flows.Reading{Meaning: flows.ReadUnclear}, nil
}

// uses reads some texts in a conversation, and gives how often the model was asked.
func (w *world) uses(ctx context.Context, times int) int {
	w.t.Helper()
	s, legal := w.begun()
	r := w.model.Reader(unclear).(flows.Slow)
	for range times {
		_, more, err := r.Quick(ctx, "asdf", s.Lang, legal)
		if err != nil {
			w.t.Fatal(err)
		}
		before := w.model.Stats().Calls
		if _, err := r.Read(ctx, "asdf", s.Lang, legal); err != nil {
			w.t.Fatal(err)
		}
		if asked := w.model.Stats().Calls > before; asked && !more {
			w.t.Error("it was said that the model would not be asked, and it was")
		}
	}
	return len(w.server.Requests())
}

func TestCallsAreLimited(t *testing.T) {
	w := newWorld(t, func(o *openai.Options) { o.Limits = openai.Limits{ConversationCalls: 3, DayCalls: 5} })
	who := in(t, w, "ann", "ben", "cam")
	for _, c := range []struct {
		name string
		want int
	}{{"ann", 3}, {"ben", 2}, {"cam", 0}} {
		if n := w.uses(who[c.name], 4); n != c.want {
			t.Errorf("%s had %d calls, want %d", c.name, n, c.want)
		}
	}
	if n := w.model.Stats().Failures[openai.FailedLimit]; n != 1+2+4 {
		t.Errorf("%d were over the limits", n)
	}
	if strings.Count(w.log.String(), "LATCHKEY_MODEL_CALLS_") != 1 {
		t.Errorf("logged is %s", w.log)
	}
	w.later(18 * time.Hour) // it is another day
	for _, name := range []string{"ann", "ben"} {
		if n := w.uses(who[name], 4); n == 0 {
			t.Errorf("%s has none on the next day", name)
		}
	}
}

func TestTokensAreLimited(t *testing.T) {
	one := func(l openai.Limits) (n, tokens int) {
		w := newWorld(t, func(o *openai.Options) { o.Limits = l })
		n = w.uses(in(t, w, "ann")["ann"], 12)
		s := w.model.Stats()
		return n, s.TokensIn + s.TokensOut
	}
	_, all := one(openai.Limits{})
	per := all / 12
	for name, l := range map[string]openai.Limits{
		"a conversation": {ConversationTokens: 6 * per}, "a day": {DayTokens: 6 * per},
	} {
		n, tokens := one(l)
		if n == 0 || n >= 7 || tokens > 6*per {
			t.Errorf("%s: %d calls with %d tokens, of %d that were allowed", name, n, tokens, 6*per)
		}
	}
}

// Many at once do not get more than one after the other would.
func TestLimitsHoldForManyAtOnce(t *testing.T) {
	w := newWorld(t, func(o *openai.Options) { o.Limits = openai.Limits{DayCalls: 7} })
	s, legal := w.begun()
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if _, err := w.model.Reader(unclear).Read(t.Context(), "asdf", s.Lang, legal); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.asked(7)
}

// What is put aside for a call, and not used by it, is there for others.
func TestWhatWasNotNeededIsGivenBack(t *testing.T) {
	w := newWorld(t, func(o *openai.Options) { o.Limits = openai.Limits{DayTokens: 30_000} })
	w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, req openaitest.Request) {
		body := openaitest.Completion(req, req.Form.First())
		body["usage"] = map[string]any{"prompt_tokens": 10, "completion_tokens": 1}
		openaitest.Write(rw, 200, body)
	})
	if n := w.uses(t.Context(), 50); n != 50 {
		t.Errorf("%d calls of 11 tokens", n)
	}
	if s := w.model.Stats(); s.TokensIn != 500 || s.TokensOut != 50 {
		t.Errorf("counted is %+v", s)
	}
}

// A server that lies about what it cost neither opens the limits nor closes them for good.
func TestWhatAServerSaysItCostIsNotBelieved(t *testing.T) {
	for _, usage := range []map[string]any{
		{"prompt_tokens": -1_000_000, "completion_tokens": -5}, {"prompt_tokens": 1 << 60, "completion_tokens": 1 << 60}, nil,
	} {
		w := newWorld(t, func(o *openai.Options) { o.Limits = openai.Limits{DayTokens: 30_000} })
		w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, req openaitest.Request) {
			body := openaitest.Completion(req, req.Form.First())
			body["usage"] = usage
			openaitest.Write(rw, 200, body)
		})
		if n := w.uses(t.Context(), 50); n < 3 || n > 20 {
			t.Errorf("%v: %d calls", usage, n)
		}
	}
}

func TestAServerThatFailsIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	fail := func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) { rw.WriteHeader(500) }
	w.server.Turn(fail)
	if n := w.uses(t.Context(), 8); n != 5 || !w.model.Stats().Resting {
		t.Errorf("it was asked %d times; resting: %v", n, w.model.Stats().Resting)
	}
	s, legal := w.begun()
	if _, more, err := w.model.Reader(unclear).(flows.Slow).Quick(t.Context(), "asdf", s.Lang, legal); more || err != nil {
		t.Errorf("it is waited for all the same: %v, %v", more, err)
	}
	// One tries whether it is back; every time in vain, the rest is twice as long.
	for _, rest := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		w.later(rest - time.Millisecond)
		if n := w.uses(t.Context(), 2); n != 0 {
			t.Errorf("%v are not over, and it was asked", rest)
		}
		w.later(time.Millisecond)
		if n := w.uses(t.Context(), 2); n != 1 {
			t.Errorf("after %v it was asked %d times", rest, n)
		}
	}
	w.server.Turn(nil)
	w.later(10 * time.Minute)
	if n := w.uses(t.Context(), 8); n != 8 || w.model.Stats().Resting {
		t.Errorf("it is back, and was asked %d times", n)
	}
	w.server.Turn(fail)
	if n := w.uses(t.Context(), 8); n != 5 {
		t.Errorf("it fails again, and was asked %d times", n)
	}
	w.later(30 * time.Second) // what was before is forgotten
	if n := w.uses(t.Context(), 8); n != 1 {
		t.Errorf("after the first rest it was asked %d times", n)
	}
}

// While one tries whether it is back, nobody else waits.
func TestOnlyOneTries(t *testing.T) {
	w := newWorld(t)
	w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) { rw.WriteHeader(500) })
	w.uses(t.Context(), 5)
	w.later(time.Minute)
	entered, gate := make(chan struct{}), make(chan struct{})
	w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
		close(entered)
		<-gate
		rw.WriteHeader(500)
	})
	w.server.Requests()
	s, legal := w.begun()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := w.model.Reader(unclear).Read(t.Context(), "asdf", s.Lang, legal); err != nil {
			t.Error(err)
		}
	}()
	<-entered
	if n := w.uses(t.Context(), 3); n != 1 { // the one that is under way
		t.Errorf("it was asked %d times", n)
	}
	close(gate)
	<-done
}

// A server that says when to come again is believed, up to a point.
func TestRetryAfterIsHeeded(t *testing.T) {
	for header, rest := range map[string]time.Duration{
		"7": 7 * time.Second, "0.5": 500 * time.Millisecond, "86400": 10 * time.Minute, "1e300": 10 * time.Minute,
		"-5": 0, "NaN": 0, "": 0, "soon": 0, "Mon, 02 Mar 2026 07:00:00 GMT": 0,
	} {
		w := newWorld(t)
		w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
			rw.Header().Set("Retry-After", header)
			rw.WriteHeader(429)
		})
		if n := w.uses(t.Context(), 1); n != 1 {
			t.Fatalf("asked %d times", n)
		}
		w.server.Turn(nil)
		if rest > 0 {
			w.later(rest - time.Millisecond)
			if n := w.uses(t.Context(), 1); n != 0 {
				t.Errorf("Retry-After: %s: it was asked too early", header)
			}
			w.later(time.Millisecond)
		}
		if n := w.uses(t.Context(), 1); n != 1 {
			t.Errorf("Retry-After: %s: it was asked %d times after %v", header, n, rest)
		}
	}
}

func TestWhatItCostIsCounted(t *testing.T) {
	w := newWorld(t)
	w.server.Answer(func(r openaitest.Request) string {
		w.later(300 * time.Millisecond)
		return r.Form.First()
	})
	w.uses(t.Context(), 9)
	w.server.Answer(func(r openaitest.Request) string {
		w.later(2 * time.Second)
		return "no"
	})
	w.uses(t.Context(), 1)
	s := w.model.Stats()
	if s.Calls != 10 || s.Median != 300*time.Millisecond || s.P95 != 2*time.Second || s.Longest != 2*time.Second || fmt.Sprint(s.Failures) != "map[form:1]" {
		t.Errorf("counted is %+v", s)
	}
	if s.TokensIn < 2000 || s.TokensIn > 60_000 || s.TokensOut < 50 || s.TokensOut > 1000 {
		t.Errorf("%d tokens in, %d out", s.TokensIn, s.TokensOut)
	}
}

// The numbers are in the log at the end, and no word of what was said.
func TestTheNumbersAreLogged(t *testing.T) {
	w := newWorld(t)
	w.read("zebra", unclear)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.model.Run(ctx); err != nil {
		t.Fatal(err)
	}
	log := w.log.String()
	if !strings.Contains(log, "stats.calls=1") || !strings.Contains(log, "stats.tokens_in=") || strings.Contains(log, "zebra") {
		t.Errorf("logged is %s", log)
	}
}
