package slackchat

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/slack-go/slack/socketmode"
)

// Kinds of envelopes that a socket brings, by how this package calls them.
var socketKinds = map[string]string{
	"events_api": kindEvent, "interactive": kindInteractive, "slash_commands": kindCommand,
}

// listen keeps one socket open until the context ends or Slack refuses the token.
func (s *Slack) listen(ctx context.Context, number int) error {
	log := s.o.Log.With("socket", number+1)
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		begun := time.Now()
		err := s.hear(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case badToken(err):
			return setup("Slack does not accept LATCHKEY_SLACK_APP_TOKEN (%s)", err)
		}
		if time.Since(begun) > time.Minute {
			wait = time.Second
		}
		log.Warn("Slack: the socket is closed; opening another", "error", err, "in", wait)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// hear reads one client's events. The library reconnects by itself, and gives up only when the
// token is refused.
func (s *Slack) hear(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := socketmode.New(s.api)
	open := false
	turns := func(now bool) {
		if now && !open {
			s.missed.opened()
		} else if open && !now {
			s.missed.closed(s.o.Now())
		}
		open = now
	}
	defer turns(false)
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			if err == nil {
				err = errors.New("closed")
			}
			return err
		case e := <-client.Events:
			switch e.Type {
			case socketmode.EventTypeConnecting:
				turns(false)
			case socketmode.EventTypeConnected:
				s.o.Log.Debug("Slack: the socket is open")
				turns(true)
			}
			s.heard(ctx, client, e)
		}
	}
}

// heard stores what a socket brought, and acknowledges it only then. What cannot be stored is not
// acknowledged: Slack brings it again.
func (s *Slack) heard(ctx context.Context, client *socketmode.Client, e socketmode.Event) {
	request := e.Request
	if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
		// The library does not know every kind of event; the envelope is the same for all.
		request = new(socketmode.Request)
		if err := json.Unmarshal(bad.Message, request); err != nil {
			s.o.Log.Warn("Slack: a message on the socket cannot be read", "error", err)
			return
		}
	}
	if e.Type == socketmode.EventTypeErrorWriteFailed {
		s.o.Log.Warn("Slack: an acknowledgement was not sent; the event will come again")
	}
	if request == nil || request.EnvelopeID == "" {
		return
	}
	if kind, ok := socketKinds[request.Type]; ok {
		if _, err := s.accept(ctx, kind, request.Payload); err != nil {
			s.o.Log.Warn("Slack: an event could not be kept; it will come again", "error", err)
			return
		}
	}
	if err := client.AckCtx(ctx, request.EnvelopeID, nil); err != nil && ctx.Err() == nil {
		s.o.Log.Warn("Slack: an acknowledgement was not sent; the event will come again", "error", err)
	}
}
