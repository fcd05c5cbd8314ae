package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// line is a bare socket, to do what no library does.
type line struct {
	t  *testing.T
	ws *websocket.Conn
}

func dial(t *testing.T, s *Slack) *line {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(address(t, s), nil)
	ok(t, err)
	t.Cleanup(func() { _ = ws.Close() })
	l := &line{t, ws}
	if f := l.read(); f["type"] != "hello" {
		t.Fatalf("it begins with %v", f)
	}
	return l
}

func address(t *testing.T, s *Slack) string {
	t.Helper()
	o, _ := post(t, s, "apps.connections.open", "", "", s.app.AppToken)
	url, _ := o["url"].(string)
	if url == "" {
		t.Fatalf("no address: %v", o)
	}
	return url
}

func (l *line) read() object {
	l.t.Helper()
	_ = l.ws.SetReadDeadline(time.Now().Add(5 * time.Second))
	var o object
	ok(l.t, l.ws.ReadJSON(&o))
	return o
}

func (l *line) ack(o object) {
	l.t.Helper()
	ok(l.t, l.ws.WriteJSON(object{"envelope_id": o["envelope_id"]}))
}

func inner2(o object) object {
	p, _ := o["payload"].(object)
	e, _ := p["event"].(object)
	return e
}

// An event that nobody acknowledges comes again at once, after 1 and after 5 minutes, with its
// number and reason, and is given up then.
func TestRedelivery(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now})
	l := dial(t, s)
	must[Message](t)(s.As("ana").Says("#help", "hello"))
	var event any
	for i, wait := range []time.Duration{0, 3001 * time.Millisecond, time.Minute, 5 * time.Minute} {
		at.pass(wait)
		s.Step()
		if i > 1 { // the wait begins when the attempt has failed
			at.pass(3001 * time.Millisecond)
			s.Step()
			at.pass(wait)
			s.Step()
		}
		f := l.read()
		id := f["payload"].(object)["event_id"]
		if event == nil {
			event = id
		}
		if f["type"] != "events_api" || f["retry_attempt"] != float64(i) || id != event || (f["retry_reason"] == "timeout") != (i > 0) || f["accepts_response_payload"] != false {
			t.Errorf("attempt %d: %v", i, f)
		}
	}
	if len(s.Lost()) != 0 {
		t.Errorf("given up too soon")
	}
	at.pass(3001 * time.Millisecond)
	s.Step()
	if got := s.Lost(); len(got) != 1 || got[0] != event {
		t.Errorf("given up: %v, not %v", got, event)
	}
	if got := s.Violations(); len(got) != 4 || !strings.Contains(got[0].Why, "3 seconds") {
		t.Errorf("violations: %v", got)
	}
}

// In time is good, a moment later is not.
func TestAcknowledgement(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now})
	l := dial(t, s)
	for _, late := range []bool{false, true} {
		must[Message](t)(s.As("ana").Says("#help", "hello"))
		f := l.read()
		at.pass(3 * time.Second)
		if late {
			at.pass(time.Millisecond)
		}
		s.Step()
		l.ack(f)
		until(t, s, "end", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.flight[f["envelope_id"].(string)] == nil
		})
		if got := len(s.Violations()) > 0; got != late {
			t.Errorf("late %v: %v", late, s.Violations())
		}
	}
	if f := l.read(); f["retry_attempt"] != float64(1) {
		t.Errorf("it does not come again: %v", f)
	}
}

// What is no acknowledgement, or one of nothing, is a violation.
func TestMalformedAcknowledgements(t *testing.T) {
	for says, frame := range map[string]func(o object) any{
		"not an acknowledgement": func(object) any { return object{"hello": 1} },
		"never was":              func(object) any { return object{"envelope_id": "x"} },
		"payload in the":         func(o object) any { return object{"envelope_id": o["envelope_id"], "payload": object{"text": "a"}} },
		"twice":                  func(o object) any { return object{"envelope_id": o["envelope_id"]} },
	} {
		t.Run(says, func(t *testing.T) {
			s := world(t, Options{})
			l := dial(t, s)
			must[Message](t)(s.As("ana").Says("#help", "hello"))
			f := l.read()
			if says == "twice" {
				l.ack(f)
			}
			ok(t, l.ws.WriteJSON(frame(f)))
			until(t, s, "violation", func() bool { return len(s.Violations()) > 0 })
			if got := s.Violations()[0].Why; !strings.Contains(got, says) {
				t.Errorf("violation: %s", got)
			}
		})
	}
}

// An answer of 20 KB is dropped, and the person is not told.
func TestLongAnswerIsDropped(t *testing.T) {
	s := world(t, Options{})
	l := dial(t, s)
	var work sync.WaitGroup
	work.Go(func() {
		f := l.read()
		_ = l.ws.WriteJSON(object{"envelope_id": f["envelope_id"], "payload": object{"text": strings.Repeat("a", maxResponse)}})
	})
	ok(t, s.As("ana").Slash("#help", "/loginhelp", ""))
	work.Wait()
	if got := s.Channel("#help").Ephemeral("ana"); len(got) != 0 {
		t.Errorf("it was shown: %v", got)
	}
	if got := s.Violations(); len(got) != 1 || !strings.Contains(got[0].Why, "drops") {
		t.Errorf("violations: %v", got)
	}
}

// A ticket works once, there are 10 connections at most, and events go over all of them.
func TestConnections(t *testing.T) {
	s := world(t, Options{Unlimited: true})
	url := address(t, s)
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	ok(t, err)
	defer ws.Close()
	if _, res, err := websocket.DefaultDialer.Dial(url, nil); err == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a used ticket: %v", err)
	}
	lines := []*line{{t, ws}}
	lines[0].read()
	for len(lines) < 10 {
		lines = append(lines, dial(t, s))
	}
	over, _, err := websocket.DefaultDialer.Dial(address(t, s), nil)
	ok(t, err)
	defer over.Close()
	if f := (&line{t, over}).read(); f["type"] != "disconnect" || f["reason"] != "too_many_websockets" {
		t.Errorf("the 11th: %v", f)
	}
	for range lines {
		must[Message](t)(s.As("ana").Says("#help", "hello"))
	}
	for _, l := range lines {
		l.ack(l.read())
	}
}

// What was on its way over a connection that breaks comes over another at once; one that comes
// back later finds the rest after a minute.
func TestDroppedSockets(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now})
	a, b := dial(t, s), dial(t, s)
	must[Message](t)(s.As("ana").Says("#help", "hello"))
	until(t, s, "a flight", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.flight) == 1 })
	s.mu.Lock()
	first := s.conns[0]
	var over *conn
	for _, d := range s.flight {
		over = d.conn
	}
	s.mu.Unlock()
	lost, left := a, b
	if over != first {
		lost, left = b, a
	}
	lost.read()
	_ = lost.ws.Close()
	f := left.read()
	if f["retry_attempt"] != float64(1) {
		t.Errorf("over the other: %v", f)
	}
	left.ack(f)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	ok(t, s.Settle(ctx))
	until(t, s, "one connection", func() bool { return s.Connections() == 1 })
	s.Drop(0)
	until(t, s, "no connection", func() bool { return s.Connections() == 0 })
	must[Message](t)(s.As("ana").Says("#help", "are you there?"))
	if err := s.As("ana").Slash("#help", "/loginhelp", ""); err == nil {
		t.Error("a command went to nobody")
	}
	c := dial(t, s)
	at.pass(time.Minute)
	s.Step()
	if f := c.read(); inner2(f)["text"] != "are you there?" || f["retry_attempt"] != float64(2) {
		t.Errorf("a minute later: %v", f)
	}
	clean(t, s)
}

// The library is told to go and comes back; nothing is lost, twice is twice, and the order is
// what it was.
func TestDisconnectAndTwice(t *testing.T) {
	s := world(t, Options{})
	b := connect(t, s)
	s.Disconnect("warning", 0)
	s.Disconnect("refresh_requested", 0)
	until(t, s, "another socket", func() bool { return len(s.Calls("apps.connections.open")) == 2 && s.Connections() == 1 })
	s.Pause()
	for i := range 3 {
		must[Message](t)(s.As("ana").Says("#help", fmt.Sprint(i)))
	}
	if got := len(b.heard()); got != 0 {
		t.Errorf("%d events while paused", got)
	}
	s.Twice(1)
	s.Resume()
	until(t, s, "4 events", func() bool { return len(b.heard()) == 4 })
	var texts []string
	for _, e := range b.heard() {
		texts = append(texts, e.InnerEvent.Data.(*slackevents.MessageEvent).Text)
	}
	if got := strings.Join(texts, " "); got != "0 0 1 2" {
		t.Errorf("in the order %s", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	ok(t, s.Settle(ctx))
	clean(t, s)
}

// Over HTTP an error, a silence and a "no more" are as in the Events API.
func TestHTTPRedelivery(t *testing.T) {
	at := noon()
	var mu sync.Mutex
	var got []string
	answer := func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var o object
		_ = json.NewDecoder(r.Body).Decode(&o)
		got = append(got, r.Header.Get("X-Slack-Retry-Num")+" "+r.Header.Get("X-Slack-Retry-Reason"))
		answer(w)
	}))
	defer app.Close()
	s := world(t, Options{Now: at.now, HTTP: &Addresses{Events: app.URL}})
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(got) }
	must[Message](t)(s.As("ana").Says("#help", "hello"))
	until(t, s, "2 attempts", func() bool { return count() == 2 })
	mu.Lock()
	answer = func(w http.ResponseWriter) {
		w.Header().Set("X-Slack-No-Retry", "1")
		w.WriteHeader(http.StatusInternalServerError)
	}
	mu.Unlock()
	until(t, s, "the failure", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.later) == 1 })
	at.pass(time.Minute)
	s.Step()
	until(t, s, "the end", func() bool { return len(s.Lost()) == 1 })
	if want := " ,1 http_error,2 http_error"; strings.Join(got, ",") != want {
		t.Errorf("attempts %q, want %q", strings.Join(got, ","), want)
	}
}

// Faults: down, refused, limited, hung, and an answer that is lost after the message was posted.
func TestFaults(t *testing.T) {
	s := world(t, Options{Unlimited: true})
	api := client(s)
	at := s.Channel("#help").c.id
	say := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, _, err := api.PostMessageContext(ctx, at, slack.MsgOptionText("a", false))
		return err
	}
	for i, c := range []struct {
		f      Fault
		says   string
		posted bool
	}{
		{Down(503), "503", false}, {Refused("internal_error"), "internal_error", false}, {Limited(7 * time.Second), "7s", false},
		{Hung(), "deadline", false}, {AnswerLost(), "EOF", true}, {AnswerHung(), "deadline", true},
	} {
		before := len(s.Channel("#help").Messages())
		s.Fail("chat.postMessage", 1, c.f)
		if err := say(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d: %v, not %s", i, err, c.says)
		}
		if got := len(s.Channel("#help").Messages()) > before; got != c.posted {
			t.Errorf("%d: posted %v", i, got)
		}
		ok(t, say())
	}
	s.Fail("*", -1, Down(500))
	if _, err := api.AuthTest(); err == nil {
		t.Error("auth.test went through")
	}
	s.Heal()
	if _, err := api.AuthTest(); err != nil {
		t.Errorf("healed: %v", err)
	}
}

// Through a chaos every message is heard, or was given up after four attempts.
func TestNothingIsLostInChaos(t *testing.T) {
	at := noon()
	s := world(t, Options{Unlimited: true, Now: at.now})
	pass := func(d time.Duration) { at.pass(d); s.Step() }
	b := connect(t, s)
	chaos := s.Chaos(3)
	said := map[string]bool{}
	for range 80 {
		chaos.Step()
		m := must[Message](t)(s.As("ana").Says("#help", "hello"))
		said[m.TS] = true
		pass(2 * time.Second)
	}
	s.Heal()
	s.Drop(0)
	until(t, s, "a socket again", func() bool { return s.Connections() > 0 })
	until(t, s, "everything", func() bool {
		pass(20 * time.Second)
		s.mu.Lock()
		left := len(s.flight) + len(s.later) + len(s.queue)
		s.mu.Unlock()
		return left == 0
	})
	heard := map[string]bool{}
	for _, e := range b.heard() {
		heard[e.InnerEvent.Data.(*slackevents.MessageEvent).TimeStamp] = true
	}
	if missing := len(said) - len(heard); missing > len(s.Lost()) {
		t.Errorf("%d said, %d heard, %d given up", len(said), len(heard), len(s.Lost()))
	}
}

// The same seed is the same chaos.
func TestChaosIsTheSame(t *testing.T) {
	run := func() string {
		s := world(t, Options{})
		c := s.Chaos(7)
		var all []string
		for range 200 {
			all = append(all, c.Step())
		}
		return strings.Join(all, ";")
	}
	a, b := run(), run()
	if a != b || strings.Count(a, "×") < 5 || !strings.Contains(a, "cut") {
		t.Errorf("%s\n%s", a, b)
	}
}
