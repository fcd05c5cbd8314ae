package slackchat

import (
	"context"
	"errors"

	"latchkey/bot"
)

func isNotFound(err error) bool { return errors.Is(err, bot.ErrNotFound) }

// came tells an agent what came of what they did, where it is not to be seen anyway.
func (s *Slack) came(ctx context.Context, at place, who person, redacted bool, err error) error {
	var taken *bot.TakenError
	switch {
	case errors.As(err, &taken):
		return s.tellAgent(ctx, at, who, "taken_already", taken.By.Name)
	case errors.Is(err, bot.ErrClosed):
		return s.tellAgent(ctx, at, who, "closed_already", "")
	case errors.Is(err, bot.ErrEmpty):
		return s.tellAgent(ctx, at, who, "nothing", "")
	case errors.Is(err, bot.ErrWithdrawn):
		return nil
	case isNotFound(err):
		return s.tellAgent(ctx, at, who, "gone", "")
	case err != nil:
		return err
	case redacted:
		return s.tellAgent(ctx, at, who, "redacted", "")
	}
	return nil
}

// tellAgent says something to an agent that nobody else has to read.
func (s *Slack) tellAgent(ctx context.Context, at place, who person, key, name string) error {
	text := s.tongue(who.lang).w(key)
	line := section(words(text, nil))
	if name != "" {
		line = section(words(text+" ", nil), words(cut(name, maxHeader), bold))
		text += " " + name
	}
	err := s.whisper(ctx, at, who.id, shown{notice(text), rich(line)})
	if bot.IsPermanent(judged(err)) {
		return nil // they have left the channel
	}
	return err
}
