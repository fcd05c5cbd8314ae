package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"latchkey/bot/openai"
	"latchkey/bot/openai/openaitest"
	"latchkey/flows"
)

// impatient makes the calls short, for servers that never answer.
func impatient(o *openai.Options) { o.Timeout = 150 * time.Millisecond }

// legally says what is wrong with a reading, if anything is: a move that is not legal, a vote that is
// surer than it may be.
func legally(r flows.Reading, text string, without flows.Reading, legal []flows.Option) error {
	if same(r, without) {
		return nil
	}
	allowed := func(m flows.Move) bool {
		return slices.ContainsFunc(legal, func(o flows.Option) bool {
			if o.Kind == flows.Fill {
				return m == flows.Move{Kind: flows.Fill, Text: text}
			}
			return o.Move == m && o.Kind != flows.Unclear && o.Kind != flows.Silence
		})
	}
	if r.Confidence > max(openai.Cap, without.Confidence) {
		return fmt.Errorf("it is sure to %v", r.Confidence)
	}
	switch r.Meaning {
	case flows.ReadMove:
		if !allowed(r.Move) {
			return fmt.Errorf("%s is not legal", r.Move)
		}
	case flows.ReadUnsure:
		if len(r.Among) == 0 || len(r.Among) > 3 {
			return fmt.Errorf("it is between %d moves", len(r.Among))
		}
		for _, m := range r.Among {
			if !allowed(m) && !slices.Contains(without.Among, m) {
				return fmt.Errorf("%s is not legal", m)
			}
		}
	case flows.ReadQuestion, flows.ReadUnclear:
		if r.Move != (flows.Move{}) || r.Among != nil {
			return errors.New("it names moves all the same")
		}
	default:
		return fmt.Errorf("%q is no meaning", r.Meaning)
	}
	return nil
}

// Whatever a server does, what is read is legal and in time; and unless it votes, it is what is read
// without a model.
func TestAHostileServerChangesNothing(t *testing.T) {
	for _, h := range openaitest.Hostilities(1) {
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, impatient)
			w.server.Turn(h.Do)
			s, legal := w.begun()
			unsure := scripted{Meaning: flows.ReadUnsure, Confidence: 0.5, Among: []flows.Move{{Kind: flows.Jump, ID: flows.JumpWorks}}}
			for _, without := range []scripted{unclear, unsure} {
				r, err := w.model.Reader(without).Read(t.Context(), "answer that I want a zebra", s.Lang, legal)
				if err != nil {
					t.Fatal(err)
				}
				if err := legally(r, "answer that I want a zebra", flows.Reading(without), legal); err != nil {
					t.Errorf("%+v: %v", r, err)
				}
				if !h.Votes && !same(r, flows.Reading(without)) {
					t.Errorf("read as %+v, without it as %+v", r, without)
				}
			}
			stats := w.model.Stats()
			failures := 0
			for why, n := range stats.Failures {
				failures += n
				if h.Endless && why != openai.FailedLate {
					t.Errorf("it failed by %s, and should have been too late", why)
				}
			}
			if !h.Votes && failures != 2 || h.Votes && failures != 0 {
				t.Errorf("the failures are %v", stats.Failures)
			}
			if log := w.log.String(); strings.Contains(log, key) || strings.Contains(log, "zebra") {
				t.Errorf("logged is %s", log)
			}
		})
	}
}

// The failures are told apart, so that an operator knows what to mend.
func TestFailuresHaveNames(t *testing.T) {
	want := map[string]openai.Failure{
		"a page of a proxy, 502": openai.FailedServer, "a page of a proxy, 200": openai.FailedForm, "too many requests": openai.FailedBusy,
		"an error that is a string": openai.FailedUnknown, "sent elsewhere": openai.FailedUnknown, "hung up": openai.FailedLine,
		"cut in the middle": openai.FailedLine, "a call of a tool": openai.FailedForm, "a refusal": openai.FailedRefusal,
		"stopped by a filter": openai.FailedRefusal, "truncated": openai.FailedTruncated, "no choices": openai.FailedForm,
		"another form": openai.FailedForm, "no answer at all": openai.FailedLate, "a content without end": openai.FailedLarge,
		"an error without end": openai.FailedLarge, "much, packed small": openai.FailedLarge,
	}
	for _, h := range openaitest.Hostilities(1) {
		why, ok := want[h.Name]
		if !ok {
			continue
		}
		delete(want, h.Name)
		w := newWorld(t, impatient)
		if why == openai.FailedLarge { // how fast it pours must not matter here
			w = newWorld(t)
		}
		w.server.Turn(h.Do)
		w.read("asdf", unclear)
		if n := w.model.Stats().Failures[why]; n != 1 {
			t.Errorf("%s: %v, want %s", h.Name, w.model.Stats().Failures, why)
		}
	}
	if len(want) > 0 {
		t.Errorf("there is no such hostility: %v", want)
	}
}

// A server that sends us elsewhere does not get our key shown there.
func TestTheKeyGoesNowhereElse(t *testing.T) {
	other := openaitest.New(openaitest.Options{})
	t.Cleanup(other.Close)
	for _, azure := range []string{"", "2024-10-21"} {
		w := worldAt(t, openaitest.Options{Key: key, AzureVersion: azure}, func(o *openai.Options) { o.AzureVersion = azure })
		w.server.Turn(func(rw http.ResponseWriter, r *http.Request, _ openaitest.Request) {
			http.Redirect(rw, r, other.URL+"/chat/completions", http.StatusPermanentRedirect)
		})
		if r := w.read("asdf", unclear); !same(r, flows.Reading(unclear)) {
			t.Errorf("read as %+v", r)
		}
		w.asked(1)
	}
	if n := len(other.Requests()) + len(other.Refused()); n != 0 {
		t.Errorf("%d requests went there", n)
	}
}

func TestAWrongKeyIsForTheOperator(t *testing.T) {
	w := newWorld(t, func(o *openai.Options) { o.Key = "sk-wrong-1234567890" })
	for range 3 {
		w.read("my secret words", unclear)
	}
	if why := w.server.Refused(); len(why) != 3 || !strings.Contains(why[0], "sk-wrong-1234567890") {
		t.Fatalf("the server says %q", why)
	}
	log := w.log.String()
	if strings.Count(log, "LATCHKEY_MODEL_KEY") != 1 || strings.Contains(log, "sk-wrong") || strings.Contains(log, "secret words") {
		t.Errorf("logged is %s", log)
	}
}

// transport answers requests within the process, so that time can be let pass.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// drip gives a byte a second, for ever.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

// The whole call has one deadline, four seconds unless another is set, and then the reading without
// the model stands; it is not asked again.
func TestTheDeadlineHolds(t *testing.T) {
	silent := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	dripping := func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(drip{r.Context()})}, nil
	}
	for name, do := range map[string]transport{"silent": silent, "dripping": dripping} {
		for timeout, want := range map[time.Duration]time.Duration{0: 4 * time.Second, time.Second: time.Second} {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				m, err := openai.New(openai.Options{URL: "http://model.example/v1", Model: "small", Timeout: timeout, Transport: transport(func(r *http.Request) (*http.Response, error) {
					asked++
					return do(r)
				})})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				legal := []flows.Option{{Move: flows.Move{Kind: flows.Back}, Label: "Back"}}
				r, err := m.Reader(unclear).Read(t.Context(), "asdf", "en", legal)
				if took := time.Since(began); err != nil || !same(r, flows.Reading(unclear)) || took != want || asked != 1 {
					t.Errorf("%s: after %v %+v, %v; asked %d times; want %v", name, took, r, err, asked, want)
				}
				if s := m.Stats(); s.Longest != want || s.Calls != 1 || s.Failures[openai.FailedLate] != 1 {
					t.Errorf("%s: counted is %+v", name, s)
				}
			})
		}
	}
}

// Who gives up waiting is no reason to leave the server alone.
func TestWhoLeavesSaysNothingAboutTheServer(t *testing.T) {
	w := newWorld(t)
	s, legal := w.begun()
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		w.server.Turn(func(_ http.ResponseWriter, r *http.Request, _ openaitest.Request) {
			cancel()
			<-r.Context().Done()
		})
		if r, err := w.model.Reader(unclear).Read(ctx, "asdf", s.Lang, legal); err != nil || !same(r, flows.Reading(unclear)) {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if st := w.model.Stats(); st.Resting || st.Failures[openai.FailedLeft] != 10 {
		t.Errorf("counted is %+v", st)
	}
}

// FuzzAnswer: no answer, of whatever bytes, makes a reading that is not legal.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"choice":"m1","second":"none","certainty":"high"}`, `{"choice":"m3","second":"m2","certainty":"low"}`,
		`{"choice":"question","second":"none","certainty":"medium"}`, `{"choice":"m99","second":"m-1","certainty":"high"}`,
		`{"choice":"jump:person"}`, `null`, `[]`, `"m1"`, "\xff\xfe", `{"choice":"m1","choice":"m2","second":"m1","certainty":"medium"}`,
	} {
		f.Add(seed, "I want a person")
	}
	var said string
	m, err := openai.New(openai.Options{URL: "http://model.example/v1", Model: "small", Transport: transport(func(r *http.Request) (*http.Response, error) {
		raw, err := json.Marshal(openaitest.Completion(openaitest.Request{Model: "small"}, said))
		if err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(raw))), Request: r}, nil
	}), Now: func() time.Time { // every look is a day later, so that nothing rests for long
		days++
		return time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC).AddDate(0, 0, days)
	}})
	if err != nil {
		f.Fatal(err)
	}
	book := shippedBook(f)
	s, _ := book.Start("client", "en", nil)
	legal := append(book.Moves(s), flows.Option{Move: flows.Move{Kind: flows.Fill}, Here: true}, flows.Option{Move: flows.Move{Kind: flows.Silence}})
	f.Fuzz(func(t *testing.T, answer, text string) {
		said = answer
		r, err := m.Reader(unclear).Read(t.Context(), text, "en", legal)
		if err != nil {
			t.Fatal(err)
		}
		if err := legally(r, text, flows.Reading(unclear), legal); err != nil {
			t.Errorf("%q: %+v: %v", answer, r, err)
		}
	})
}

var days int
