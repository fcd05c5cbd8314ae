package slackchat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"latchkey/bot"
	"latchkey/bot/redact"
)

// The kinds of what comes from Slack.
const (
	kindEvent       = "event"
	kindInteractive = "interactive"
	kindCommand     = "command"
)

// envelope is what is kept of something that came, until it is handled.
type envelope struct {
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// keyPrefix tells this channel's events from those of others.
const keyPrefix = "slack:"

// acceptTime is how long storing may take: Slack wants its acknowledgement within 3 seconds, and
// brings the event again when it does not get it.
const acceptTime = 2500 * time.Millisecond

// accept stores something that came. Once it returns nil it may be acknowledged; it is handled
// by and by. What came before changes nothing.
func (s *Slack) accept(ctx context.Context, kind string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	raw, err := json.Marshal(envelope{kind, keepable(kind, body)})
	if err != nil {
		return fmt.Errorf("slack: keep what came: %w", err)
	}
	key := keyOf(kind, body)
	fresh, err := s.core.Accept(ctx, key, raw)
	if err != nil {
		return fmt.Errorf("slack: keep what came: %w", err)
	}
	if fresh {
		s.queue(key, raw)
	}
	return nil
}

// keepable gives what is kept of something until it is handled: only what is read of it, and
// nobody's secrets. Of what cannot be read nothing is kept.
func keepable(kind string, body []byte) json.RawMessage {
	clean := func(texts ...*string) {
		for _, t := range texts {
			*t, _ = redact.Text(*t)
		}
	}
	var is any
	var err error
	switch kind {
	case kindEvent:
		var e event
		err = json.Unmarshal(body, &e)
		clean(&e.Inner.Text, &e.Inner.Message.Text, &e.Inner.Previous.Text)
		is = e
	case kindInteractive:
		var p press
		err = json.Unmarshal(body, &p)
		clean(&p.Message.Text)
		for _, inputs := range p.View.State.Values {
			for name, v := range inputs {
				clean(&v.Value)
				inputs[name] = v
			}
		}
		is = p
	case kindCommand:
		var c slash
		err = json.Unmarshal(body, &c)
		clean(&c.Text)
		is = c
	}
	raw, marshalling := json.Marshal(is)
	if err != nil || marshalling != nil {
		return nil
	}
	return raw
}

// keyOf names what came: the same again has the same name, on whichever connection.
func keyOf(kind string, body []byte) string {
	var is struct {
		EventID   string `json:"event_id"`
		TriggerID string `json:"trigger_id"`
	}
	_ = json.Unmarshal(body, &is) // it stays nameless then
	for _, id := range []string{is.EventID, is.TriggerID} {
		if id != "" {
			return keyPrefix + kind + ":" + id
		}
	}
	sum := sha256.Sum256(body)
	return keyPrefix + kind + ":" + hex.EncodeToString(sum[:])
}

// atWork are the keys that wait here or are being handled.
type atWork struct {
	mu  sync.Mutex
	has map[string]bool
}

func (a *atWork) begin(key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.has == nil {
		a.has = map[string]bool{}
	}
	if a.has[key] {
		return false
	}
	a.has[key] = true
	return true
}

func (a *atWork) end(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.has, key)
}

// queue has something handled in its line.
func (s *Slack) queue(key string, raw []byte) {
	if !s.working.begin(key) {
		return
	}
	var e envelope
	in, err := inward{}, json.Unmarshal(raw, &e)
	if err == nil {
		in, err = read(e)
	}
	if err != nil {
		s.o.Log.Error("Slack sent something that cannot be read", "key", key, "error", err)
		in.line = key
		in.do = func(context.Context, *Slack) error { return nil }
	}
	s.lines.put(in.line, job{at: in.at, do: func() {
		defer s.working.end(key)
		s.work(key, in)
	}})
}

// usualTries are the waits between attempts to handle something. What fails then stays in the inbox,
// and is tried again when that is looked through.
var usualTries = []time.Duration{0, time.Second, 4 * time.Second}

// work handles one thing and notes that it is done.
func (s *Slack) work(key string, in inward) {
	if s.running.Err() != nil {
		return // it stays in the inbox
	}
	ctx, cancel := context.WithTimeout(s.lasting, workTime)
	defer cancel()
	var err error
	for _, wait := range s.tries {
		if sleep(ctx, wait) != nil {
			return
		}
		if err = s.do(ctx, in); err == nil || bot.IsPermanent(err) {
			break
		}
	}
	if err != nil {
		log := s.o.Log.With("key", key, "error", err)
		if !bot.IsPermanent(err) {
			log.Warn("Slack: could not be handled; trying again later")
			return
		}
		log.Error("Slack: could not be handled")
	}
	if err := s.core.Handled(ctx, key); err != nil {
		s.o.Log.Warn("Slack: could not note what is done", "key", key, "error", err)
	}
}

// do does it; a bug in handling one thing must not end the program for all others.
func (s *Slack) do(ctx context.Context, in inward) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = bot.Permanent(fmt.Errorf("slack: panic: %v", r))
		}
	}()
	err = in.do(ctx, s)
	if errors.Is(err, bot.ErrNotFound) {
		return bot.Permanent(err)
	}
	return judged(err)
}

// workTime is the most one event may take, with all its attempts.
const workTime = time.Minute

// How often the inbox is looked through for what nobody works on, and how long something must
// have waited then: another node may have it in hand.
const (
	lookEvery = 30 * time.Second
	orphaned  = 2 * workTime
)

// recover takes up what was accepted before the process died, here or on another node.
func (s *Slack) recover(ctx context.Context) error {
	for after := time.Duration(0); ; after = orphaned {
		s.lookThrough(ctx, after)
		if err := sleep(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// lookThrough takes up what has waited in the inbox for so long.
func (s *Slack) lookThrough(ctx context.Context, after time.Duration) {
	waiting, err := s.core.Accepted(ctx, 1000)
	if err != nil && ctx.Err() == nil {
		s.o.Log.Warn("Slack: the inbox cannot be read", "error", err)
	}
	for _, a := range waiting {
		if strings.HasPrefix(a.Key, keyPrefix) && s.o.Now().Sub(a.At) >= after {
			s.queue(a.Key, a.Payload)
		}
	}
}
