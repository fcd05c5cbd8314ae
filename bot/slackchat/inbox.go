package slackchat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

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
// by and by. What came before changes nothing, and is not fresh.
//
// Where in which conversation it stands is not known yet, nor therefore whether "Soleil123" is a
// secret. So what is stored is what is left at worst, and what is left by itself is only in memory
// until the bot has looked at it with what was said before. When the process dies in between, a
// short word may be lost that was harmless: the person is told that something was removed, and can
// say it again.
func (s *Slack) accept(ctx context.Context, kind string, body []byte) (fresh bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	stored, err := json.Marshal(envelope{kind, keepable(kind, body, s.worst)})
	if err != nil {
		return false, fmt.Errorf("slack: keep what came: %w", err)
	}
	raw, err := json.Marshal(envelope{kind, keepable(kind, body, byItself)})
	if err != nil {
		return false, fmt.Errorf("slack: keep what came: %w", err)
	}
	key := keyOf(kind, body)
	_, here := s.working.LoadOrStore(key, true) // so that nobody takes it up from the inbox
	fresh, err = s.core.Accept(ctx, key, stored)
	if !here && !fresh {
		s.working.Delete(key)
	}
	if err != nil {
		s.missed.from(s.o.Now().Add(-deafBefore)) // Slack may give it up before it can be kept
		return false, fmt.Errorf("slack: keep what came: %w", err)
	}
	if fresh {
		s.said.Store(key, raw)
	}
	if fresh && !here {
		s.begin(key, raw, false, s.o.Now())
	}
	return fresh, nil
}

// worst gives what is left of a text whatever was said before it.
func (s *Slack) worst(text string) string {
	clean, _, failed := redact.Worst(text)
	if failed != nil {
		s.o.Log.Error("Slack: a text could not be searched for secrets and was removed whole", "error", failed)
	}
	return clean
}

func byItself(text string) string {
	clean, _ := redact.Text(text)
	return clean
}

// keepable gives what is kept of something until it is handled: only what is read of it, with its
// texts cleaned. Of what cannot be read nothing is kept.
func keepable(kind string, body []byte, harmless func(string) string) json.RawMessage {
	// A long text is looked at for a while, and comes in several forms that are mostly the same.
	known := map[string]string{}
	once := func(text string) string {
		clean, ok := known[text]
		if !ok {
			clean = harmless(text)
			known[text] = clean
		}
		return clean
	}
	clean := func(texts ...*string) {
		for _, t := range texts {
			*t = asWritten(*t, once)
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

// asWritten cleans a text as people wrote it, which Slack brings in another form: "pw =&gt; x" was
// "pw => x", and an address has become a link. Slack's own marks stay, or of them only the mentions
// where a secret is in the way.
func asWritten(text string, harmless func(string) string) string {
	if !strings.ContainsAny(text, "&<") {
		return harmless(text)
	}
	mentions := mention.FindAllString(text, -1)
	rest := mention.ReplaceAllString(text, "")
	written, clean := unescape(rest), text
	if found := harmless(written); found != written {
		clean = escaper.Replace(found)
		for _, mark := range control.FindAllStringSubmatch(rest, -1) {
			clean = strings.ReplaceAll(clean, "&lt;"+mark[1]+"&gt;", mark[0])
		}
	}
	if said := typed(clean); harmless(said) != said {
		clean = escaper.Replace(harmless(said))
	}
	if clean == text {
		return text
	}
	// What begins with a colleague's name begins with it still, and is not for the person: see
	// forPerson.
	if first := strings.TrimSpace(named.FindString(text)); !strings.HasPrefix(strings.TrimSpace(clean), first) {
		clean = first + " " + strings.TrimSpace(clean)
	}
	for _, m := range mentions {
		m = strings.TrimSpace(m)
		if !strings.Contains(clean, m) {
			clean = strings.TrimSpace(clean) + " " + m
		}
	}
	return clean
}

// keyOf names what came: the same again has the same name, on whichever connection. What somebody
// wrote is named after its place, by which it is also known when it is found there.
func keyOf(kind string, body []byte) string {
	var is struct {
		EventID   string `json:"event_id"`
		TriggerID string `json:"trigger_id"`
	}
	var e event
	_ = json.Unmarshal(body, &is) // it stays nameless then
	if kind == kindEvent && json.Unmarshal(body, &e) == nil {
		in := e.Inner
		switch {
		case in.TS == "":
		case in.Type == "app_mention" || in.Type == "message" && slices.Contains(spokenSubtypes, in.Subtype):
			is.EventID = in.Type + ":" + receipt(in.Channel, in.TS)
		case in.Subtype == subtypeChanged && in.Message.Edited.TS != "":
			is.EventID = in.Subtype + ":" + receipt(in.Channel, in.Message.TS) + ":" + in.Message.Edited.TS
		}
	}
	for _, id := range []string{is.EventID, is.TriggerID} {
		if id != "" {
			return keyPrefix + kind + ":" + id
		}
	}
	sum := sha256.Sum256(body)
	return keyPrefix + kind + ":" + hex.EncodeToString(sum[:])
}

// errand is something that came, on its way to be handled.
type errand struct {
	key string
	in  inward
	// again: it may have been begun before, here or in a process that has died. came is when it
	// was accepted.
	again bool
	came  time.Time
	// failed counts the attempts that came to nothing, without those that only came too early.
	failed int
}

// begin has something handled in its line, that this process works on from now. again: it may have
// been begun before.
func (s *Slack) begin(key string, raw []byte, again bool, came time.Time) {
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
	errand := &errand{key: key, in: in, again: again, came: came}
	s.lines.put(in.line, job{at: in.at, do: func() time.Duration {
		hold := s.work(errand)
		if hold == 0 {
			s.working.Delete(key)
		}
		return hold
	}})
}

// usualWaits are the waits after attempts to handle something that failed. Its line is held so
// long, and then goes on without it: it stays in the inbox, and is tried again when that is looked
// through.
var usualWaits = []time.Duration{time.Second, 4 * time.Second, 15 * time.Second, 40 * time.Second}

// work handles one thing and notes that it is done. It gives how long to hold the line before the
// next attempt, 0 for none.
func (s *Slack) work(e *errand) (hold time.Duration) {
	if s.running.Err() != nil {
		return 0 // it stays in the inbox
	}
	ctx, cancel := context.WithTimeout(context.WithValue(s.lasting, handling{}, e), workTime)
	defer cancel()
	err := s.do(ctx, e.in)
	e.again = true
	log := s.o.Log.With("key", e.key, "error", err)
	var limited *slack.RateLimitedError
	switch {
	case err == nil:
	case bot.IsPermanent(err):
		log.Error("Slack: could not be handled")
	case errors.As(err, &limited):
		return max(limited.RetryAfter, time.Second)
	case e.failed < len(s.waits):
		e.failed++
		return s.waits[e.failed-1]
	default:
		log.Warn("Slack: could not be handled; trying again later")
		return 0
	}
	if err := s.core.Handled(ctx, e.key); err != nil {
		s.o.Log.Warn("Slack: could not note what is done", "key", e.key, "error", err)
		return 0
	}
	s.said.Delete(e.key)
	return 0
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

// workTime is the most one attempt to handle something may take.
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

// lookThrough takes up what has waited in the inbox for so long, and tries what is held here.
func (s *Slack) lookThrough(ctx context.Context, after time.Duration) {
	s.lines.wake()
	waiting, err := s.core.Accepted(ctx, 1000)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Log.Warn("Slack: the inbox cannot be read", "error", err)
		}
		return
	}
	s.missed.runs(s.o.Now())
	s.missed.again(s.o.AppToken == "")
	left := map[any]bool{}
	for _, a := range waiting {
		left[a.Key] = true
		if !strings.HasPrefix(a.Key, keyPrefix) || s.o.Now().Sub(a.At) < after {
			continue
		}
		if _, here := s.working.LoadOrStore(a.Key, true); here {
			continue
		}
		payload := a.Payload
		if said, ok := s.said.Load(a.Key); ok {
			payload = said.([]byte)
		}
		s.begin(a.Key, payload, true, a.At)
	}
	s.said.Range(func(key, _ any) bool { // what another node has handled
		if _, here := s.working.Load(key); !here && !left[key] {
			s.said.Delete(key)
		}
		return true
	})
}
