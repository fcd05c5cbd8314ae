package slackchat

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// mark is by what a message of ours is found again, when the process died after posting it and
// before that was recorded: its metadata, https://docs.slack.dev/messaging/message-metadata. What
// only one person sees can have none, and may be said twice then.
type mark struct{ kind, id string }

// The kinds of marks, and the field that holds the id.
const (
	// markDelivery is a part of a delivery; markGreeting greets somebody who has not said anything
	// yet; markAside is said besides the conversation.
	markDelivery = "latchkey_delivery"
	markGreeting = "latchkey_greeting"
	markAside    = "latchkey_aside"
	markID       = "id"
)

func markOf(m slack.Message) mark {
	id, _ := m.Metadata.EventPayload[markID].(string)
	return mark{m.Metadata.EventType, id}
}

// postOnce posts a message, unless it may have been posted before, since a time, and has been; before
// are the receipts of the parts of the same turn before it.
func (s *Slack) postOnce(ctx context.Context, at place, m shown, k mark, again bool, since time.Time, before ...string) (receiptOf string, err error) {
	if again {
		found, err := s.find(ctx, at, since, func(m slack.Message) bool { return markOf(m) == k })
		if found != "" || err != nil {
			return found, err
		}
	}
	channel, ts, err := s.api.PostMessageContext(ctx, at.channel, append(spoken(at, m), k.metadata(before))...)
	if err != nil {
		return "", err
	}
	return receipt(channel, ts), nil
}

// handling is the errand on which something is said.
type handling struct{}

// say posts something that is no delivery, once for each thing that came and each part of what is
// said to it.
func (s *Slack) say(ctx context.Context, at place, kind, part string, m shown) (receiptOf string, err error) {
	e, ok := ctx.Value(handling{}).(*errand)
	if !ok {
		e = &errand{}
	}
	return s.postOnce(ctx, at, m, mark{kind, e.key + "/" + part}, e.again, e.came)
}

// mostLookedAt is how many pages are looked through for a message that may be there.
const mostLookedAt = 10

// find looks for a message that was posted at a place, a minute before a time at the earliest:
// clocks differ.
func (s *Slack) find(ctx context.Context, at place, since time.Time, is func(slack.Message) bool) (receiptOf string, err error) {
	oldest := strconv.FormatInt(since.Add(-time.Minute).Unix(), 10)
	cursor := ""
	for range mostLookedAt {
		messages, next, err := s.look(ctx, at, oldest, "", cursor)
		if err != nil {
			return "", err
		}
		if i := slices.IndexFunc(messages, is); i >= 0 {
			return receipt(at.channel, messages[i].Timestamp), nil
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return "", nil
}

// look reads a page of what was written at a place.
func (s *Slack) look(ctx context.Context, at place, oldest, latest, cursor string) (messages []slack.Message, next string, err error) {
	if at.thread != "" {
		messages, _, next, err = s.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: at.channel, Timestamp: at.thread, Oldest: oldest, Latest: latest, Limit: 200, Cursor: cursor, IncludeAllMetadata: true,
		})
		return messages, next, err
	}
	h, err := s.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: at.channel, Oldest: oldest, Latest: latest, Limit: 200, Cursor: cursor, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, "", err
	}
	return h.Messages, h.ResponseMetaData.NextCursor, nil
}

// greeting gives the message that greeted somebody whose conversation begins with a delivery, or
// before the message with a time stamp; "" when there is none. What this process does not know,
// since another has posted it, stands in Slack.
func (s *Slack) greeting(ctx context.Context, at place, deliveryID, before string) (receiptOf string, err error) {
	if known, ok := s.greetings.Load(at.String()); ok {
		return known.(string), nil
	}
	messages, _, err := s.look(ctx, at, "", before, "")
	if err != nil {
		return "", err
	}
	slices.SortFunc(messages, func(a, b slack.Message) int { return strings.Compare(b.Timestamp, a.Timestamp) })
	found := ""
	for _, m := range messages {
		k := markOf(m)
		if k.kind == markGreeting {
			found = receipt(at.channel, m.Timestamp)
		} else if k.kind != markDelivery || deliveryID != "" && strings.HasPrefix(k.id, deliveryID+"/") {
			continue
		}
		break
	}
	s.greetings.Store(at.String(), found)
	return found, nil
}
