package slackchat

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"latchkey/bot"
)

// A long turn is several messages of Slack. It is remembered by the last of them, which has the
// buttons; the time stamps of those before it stand in the last one's metadata under this name.
const markParts = "parts"

// metadata is the mark of a message with the parts before it, by their receipts.
func (k mark) metadata(before []string) slack.MsgOption {
	payload := map[string]any{markID: k.id}
	if len(before) > 0 {
		stamps := make([]string, len(before))
		for i, r := range before {
			_, stamps[i] = fromReceipt(r)
		}
		payload[markParts] = strings.Join(stamps, " ")
	}
	return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: k.kind, EventPayload: payload})
}

// parts gives the receipts of the messages that a turn was said in, and the mark of the last of
// them, by the receipt of the last. What was posted by a version that named no parts has one.
func (s *Slack) parts(ctx context.Context, at place, last string) (parts []string, k mark, err error) {
	_, ts := fromReceipt(last)
	second, err := strconv.ParseInt(strings.SplitN(ts, ".", 2)[0], 10, 64)
	if err != nil {
		return []string{last}, k, nil // no message of Slack's
	}
	near := func(d int64) string { return strconv.FormatInt(second+d, 10) }
	messages, _, err := s.look(ctx, at, near(-1), near(1), "")
	if gone(err) != nil {
		return nil, k, err
	}
	if i := slices.IndexFunc(messages, func(m slack.Message) bool { return m.Timestamp == ts }); i >= 0 {
		k = markOf(messages[i])
		stamps, _ := messages[i].Metadata.EventPayload[markParts].(string)
		for _, stamp := range strings.Fields(stamps) {
			parts = append(parts, receipt(at.channel, stamp))
		}
	}
	return append(parts, last), k, nil
}

// reword changes a turn, remembered by known, in all its messages: those that are too many go, and
// what does not fit comes after them. It gives by what the turn is remembered then. Every step may
// be done twice: the last message names the others until they are gone.
func (s *Slack) reword(ctx context.Context, d bot.Delivery, known string, out []shown) (string, error) {
	at := receiptPlace(known)
	if talk := placeOf(d.Address); talk.channel == at.channel {
		at.thread = talk.thread
	}
	if len(out) == 0 {
		return known, nil
	}
	parts, k, err := s.parts(ctx, at, known)
	if err != nil {
		return "", err
	}
	spare := max(len(parts)-len(out), 0)
	for _, r := range parts[:spare] {
		if err := s.drop(ctx, r); err != nil {
			return "", err
		}
	}
	parts = parts[spare:]
	for i, r := range parts {
		var options []slack.MsgOption
		if r == known && spare > 0 {
			options = append(options, k.metadata(parts[:i]))
		}
		if err := s.update(ctx, r, out[i], options...); err != nil {
			return "", err
		}
	}
	for i := len(parts); i < len(out); i++ {
		if known, err = s.post(ctx, d, strconv.Itoa(i), at, out[i], parts...); err != nil {
			return "", err
		}
		parts = append(parts, known)
	}
	return known, nil
}

// drop deletes a message of ours. Where a workspace keeps everything, nothing is left of its words.
func (s *Slack) drop(ctx context.Context, r string) error {
	channel, ts := fromReceipt(r)
	_, _, err := s.api.DeleteMessageContext(ctx, channel, ts)
	switch codeOf(err) {
	case "message_not_found":
		return nil
	case "cant_delete_message", "compliance_exports_prevent_deletion", "restricted_action":
		return s.update(ctx, r, shown{"…", rich(section(words("…", nil)))})
	}
	return err
}
