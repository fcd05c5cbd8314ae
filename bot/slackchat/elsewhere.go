package slackchat

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"latchkey/bot"
	"latchkey/flows"
)

// answeredFor is how long what is written in the direct messages answers an agent whose ticket is
// closed: "it still fails" comes within days, and what comes later is something new, to which the
// bot would answer in the channel, where nobody waits for it.
const answeredFor = 3 * 24 * time.Hour

// continued gives the conversation to which a message in somebody's direct messages belongs. What
// an agent said there, since it was not for a whole channel, is answered there; so it is that
// conversation, when nothing of ours came after it and the direct messages have none of their own
// going on.
func (s *Slack) continued(ctx context.Context, at place, ts string) (place, error) {
	own, err := s.core.View(ctx, Channel, at.String(), 0, 1)
	if err == nil && own.Conversation.Status != bot.StatusClosed {
		return at, nil
	}
	if err != nil && !errors.Is(err, bot.ErrNotFound) {
		return at, err
	}
	messages, _, err := s.look(ctx, at, "", ts, "")
	if gone(err) != nil {
		return at, err
	}
	messages = slices.DeleteFunc(messages, func(m slack.Message) bool { return markOf(m).kind == "" })
	if len(messages) == 0 {
		return at, nil
	}
	last := slices.MaxFunc(messages, func(a, b slack.Message) int { return strings.Compare(a.Timestamp, b.Timestamp) })
	known, err := s.conversationAt(ctx, at.channel, last.Timestamp)
	if errors.Is(err, bot.ErrNotFound) || err == nil && placeOf(known).channel == at.channel {
		return at, nil
	}
	if err != nil {
		return at, err
	}
	there, err := s.core.View(ctx, Channel, known, 0, 1)
	if errors.Is(err, bot.ErrNotFound) { // it was forgotten
		return at, nil
	}
	if err != nil {
		return at, err
	}
	c := there.Conversation
	if c.Session.Outcome != flows.OutcomeTicket || c.Status == bot.StatusClosed && between(last.Timestamp, ts) > answeredFor {
		return at, nil // there the bot would answer, before all
	}
	return placeOf(known), nil
}

// between is the time between two messages, by their time stamps: seconds with a fraction.
func between(earlier, later string) time.Duration {
	a, _ := strconv.ParseFloat(earlier, 64)
	b, _ := strconv.ParseFloat(later, 64)
	return time.Duration((b - a) * float64(time.Second))
}
