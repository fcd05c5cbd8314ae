package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ackTime is how long an app has: docs, /apis/events-api and /interactivity, "within 3 seconds".
const ackTime = 3 * time.Second

// retries are the waits before an event is sent again: docs, /apis/events-api, "nearly
// immediately … after 1 minute … after 5 minutes".
var retries = []time.Duration{0, time.Minute, 5 * time.Minute}

// What goes to the app. Only events are sent again; who pressed something is told that it failed.
const (
	events      = "events_api"
	interactive = "interactive"
	commands    = "slash_commands"
)

type delivery struct {
	kind     string
	id       string // the event's
	payload  object
	attempt  int
	reason   string
	due      time.Time
	deadline time.Time
	envelope string
	conn     *conn
	copy     bool                    // sent twice on purpose: what becomes of it is all the same
	blamed   bool                    // that this late is not the app's fault
	answered func(any, error)        // with the lock held, once
	cancel   context.CancelCauseFunc // of an HTTP request
	done     chan struct{}
}

var errTimeout = errors.New("the app did not acknowledge it within 3 seconds")

func (d *delivery) abandon() {
	if d.cancel != nil {
		d.cancel(errTimeout)
	}
}

// send queues something for the app.
func (s *Slack) send(d *delivery) {
	d.done = make(chan struct{})
	s.queue = append(s.queue, d)
	s.pump()
	s.touch()
}

// pump sends what waits, unless it is paused.
func (s *Slack) pump() {
	for !s.paused && !s.stopped() && len(s.queue) > 0 {
		d := s.queue[0]
		s.queue = s.queue[1:]
		s.try(d)
		if s.twice > 0 {
			s.twice--
			s.try(&delivery{kind: d.kind, id: d.id, payload: d.payload, attempt: d.attempt, reason: d.reason, copy: true, done: make(chan struct{})})
		}
	}
}

// try makes one attempt.
func (s *Slack) try(d *delivery) {
	d.envelope, d.deadline = s.id("e"), s.now().Add(ackTime)
	if s.http != nil {
		s.flight[d.envelope] = d
		s.post(d)
		return
	}
	open := slices.DeleteFunc(slices.Clone(s.conns), func(c *conn) bool { return c.closing })
	if len(open) == 0 {
		s.fail(d, "timeout", errors.New("the app is not connected"))
		return
	}
	s.turn++
	d.conn = open[s.turn%len(open)]
	s.flight[d.envelope] = d
	if !s.mute {
		d.conn.write(d.frame())
	}
}

func (d *delivery) frame() object {
	o := object{"type": d.kind, "envelope_id": d.envelope, "payload": d.payload, "accepts_response_payload": d.kind != events}
	if d.kind == events {
		o["retry_attempt"], o["retry_reason"] = d.attempt, d.reason
	}
	return o
}

// fail ends an attempt that came to nothing.
func (s *Slack) fail(d *delivery, reason string, err error) {
	if _, sent := s.flight[d.envelope]; sent {
		delete(s.flight, d.envelope)
		s.past[d.envelope] = reason
	}
	switch {
	case d.copy:
	case d.kind != events:
		s.finish(d, nil, err)
	case d.attempt == len(retries):
		s.lost = append(s.lost, d.id)
		s.finish(d, nil, err)
	default:
		d.due = s.now().Add(retries[d.attempt])
		d.attempt++
		d.reason = reason
		d.conn = nil
		if d.due.After(s.now()) {
			s.later = append(s.later, d)
		} else {
			s.queue = append(s.queue, d)
			s.pump()
		}
	}
	s.touch()
}

func (s *Slack) finish(d *delivery, answer any, err error) {
	if d.answered != nil {
		d.answered(answer, err)
		d.answered = nil
	}
	close(d.done)
}

// Step does what is due at the clock's time: what was not acknowledged fails and is sent again.
// With a clock of one's own it is to be called after every move of it.
func (s *Slack) Step() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, id := range sorted(s.flight) {
		d := s.flight[id]
		if d == nil || now.Before(d.deadline) || now.Equal(d.deadline) {
			continue
		}
		if !d.blamed && !d.copy {
			s.violate("ack", "%s %s was not acknowledged within 3 seconds", d.kind, d.id)
		}
		reason := "timeout"
		if s.http != nil {
			reason = "http_timeout"
		}
		d.abandon()
		s.fail(d, reason, errTimeout)
	}
	var due []*delivery
	s.later = slices.DeleteFunc(s.later, func(d *delivery) bool {
		if d.due.After(now) {
			return false
		}
		due = append(due, d)
		return true
	})
	slices.SortStableFunc(due, func(a, b *delivery) int { return a.due.Compare(b.due) })
	s.queue = append(s.queue, due...)
	s.pump()
}

// acknowledged takes an app's acknowledgement with what it answers.
func (s *Slack) acknowledged(d *delivery, answer any) {
	delete(s.flight, d.envelope)
	s.past[d.envelope] = "acknowledged"
	if !d.copy {
		s.finish(d, answer, nil)
	}
	s.touch()
}

// post sends over HTTP, one after the other: the next goes when this one is answered or late.
func (s *Slack) post(d *delivery) {
	before := s.last
	over := make(chan struct{})
	s.last = over
	to, kind, body := s.http.Events, "application/json", []byte(nil)
	switch d.kind {
	case events:
		body, _ = json.Marshal(d.payload) // made of plain values
	case interactive:
		raw, _ := json.Marshal(d.payload)
		to, kind, body = s.http.Interactivity, "application/x-www-form-urlencoded", []byte(url.Values{"payload": {string(raw)}}.Encode())
	case commands:
		form := url.Values{}
		for name, v := range d.payload {
			form.Set(name, fmt.Sprint(v))
		}
		to, kind, body = s.http.Commands, "application/x-www-form-urlencoded", []byte(form.Encode())
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	d.cancel = cancel
	envelope, attempt, reason, at := d.envelope, d.attempt, d.reason, s.now()
	s.work.Go(func() {
		defer close(over)
		defer cancel(nil)
		if before != nil {
			select {
			case <-before:
			case <-s.stop:
				return
			}
		}
		answer, reason, err := s.request(ctx, to, kind, body, at, attempt, reason)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.flight[envelope] != d {
			return // it was late, and that has been dealt with
		}
		switch {
		case reason == "no_retry":
			d.attempt = len(retries)
			s.fail(d, reason, err)
		case err != nil:
			s.fail(d, reason, err)
		default:
			s.acknowledged(d, answer)
		}
	})
}

// Sign is the signature of a request: docs, /authentication/verifying-requests-from-slack.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", timestamp, body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// request makes one request to the app; what it gives as a reason is that of X-Slack-Retry-Reason.
func (s *Slack) request(ctx context.Context, to, kind string, body []byte, at time.Time, attempt int, why string) (any, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, "unknown_error", err
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", Sign(s.app.SigningSecret, stamp, body))
	if attempt > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(attempt))
		r.Header.Set("X-Slack-Retry-Reason", why)
	}
	client := http.Client{CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) >= 2 { // docs, /apis/events-api: "up to two HTTP redirects"
			return errors.New("too many redirects")
		}
		return nil
	}}
	res, err := client.Do(r)
	if err != nil {
		if strings.Contains(err.Error(), "too many redirects") {
			return nil, "too_many_redirects", err
		}
		return nil, "connection_failed", err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	switch {
	case err != nil:
		return nil, "connection_failed", err
	case res.StatusCode/100 != 2 && res.Header.Get("X-Slack-No-Retry") == "1":
		return nil, "no_retry", fmt.Errorf("the app answered %s", res.Status)
	case res.StatusCode/100 != 2:
		return nil, "http_error", fmt.Errorf("the app answered %s", res.Status)
	case len(bytes.TrimSpace(answer)) == 0:
		return nil, "", nil
	}
	var v any
	if json.Unmarshal(answer, &v) != nil {
		return string(answer), "", nil
	}
	return v, "", nil
}

// VerifyURL asks the app's address for events whether it is the app's, as Slack does when the
// address is entered.
func (s *Slack) VerifyURL(ctx context.Context) error {
	s.mu.Lock()
	to, at := s.http, s.now()
	challenge := strings.ToLower(s.id("challenge"))
	s.mu.Unlock()
	if to == nil {
		return errors.New("slacktest: no address for events")
	}
	body, _ := json.Marshal(object{"type": "url_verification", "token": s.app.VerificationToken, "challenge": challenge})
	ctx, cancel := context.WithTimeout(ctx, ackTime)
	defer cancel()
	answer, _, err := s.request(ctx, to.Events, "application/json", body, at, 0, "")
	if err != nil {
		return fmt.Errorf("slacktest: url_verification: %w", err)
	}
	if o, ok := answer.(object); ok {
		answer = o["challenge"]
	}
	if text, _ := answer.(string); strings.TrimSpace(text) != challenge {
		return fmt.Errorf("slacktest: url_verification: the answer is %v, not the challenge", answer)
	}
	return nil
}

// Deliver sends events, presses and commands to addresses from now on, or over sockets when nil.
func (s *Slack) Deliver(to *Addresses) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.http = to
}
