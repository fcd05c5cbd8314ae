package slackchat

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"latchkey/bot"
	"latchkey/flows"
)

// sendTime is the most one delivery may take with all its calls: less than it belongs to who
// sends it, or two would post it at once.
const sendTime = 100 * time.Second

// Send sends one delivery: to a contact, or to the team.
func (s *Slack) Send(ctx context.Context, p bot.Parcel) (receipt string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if p.Delivery.Kind == bot.DeliverSay {
		receipt, err = s.sendSay(ctx, p)
	} else {
		receipt, err = s.sendTeam(ctx, p)
	}
	if err != nil {
		err = judged(fmt.Errorf("slack: %s: %w", p.Delivery.Kind, err))
	}
	return receipt, err
}

// post posts a part of a delivery, unless an earlier attempt has done so. It may name the parts
// before it, which change when it does.
func (s *Slack) post(ctx context.Context, d bot.Delivery, part string, at place, m shown, before ...string) (receiptOf string, err error) {
	return s.postOnce(ctx, at, m, mark{markDelivery, d.ID + "/" + part}, d.Attempts > 1, d.Created, before...)
}

// update changes a message. One that is gone, or in a channel that is, is nobody's loss.
func (s *Slack) update(ctx context.Context, receipt string, m shown, more ...slack.MsgOption) error {
	channel, ts := fromReceipt(receipt)
	_, _, _, err := s.api.UpdateMessageContext(ctx, channel, ts, append(content(place{channel: channel}, m), more...)...)
	if slices.Contains([]string{"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"}, codeOf(err)) {
		return nil
	}
	return err
}

// sendSay says to a contact what the bot or the team said.
func (s *Slack) sendSay(ctx context.Context, p bot.Parcel) (string, error) {
	d, c := p.Delivery, p.Conversation
	at, t := placeOf(d.Address), s.tongue(c.Session.Lang)
	v, err := s.core.View(ctx, Channel, d.Address, d.UpTo, 0)
	if err != nil {
		return "", err
	}
	said, err := sayable(p.Messages, d.After, func() (string, error) { return s.greeting(ctx, at, d.ID, "") })
	if err != nil {
		return "", err
	}
	now := turn{messages: said, always: v.Always}
	if slices.ContainsFunc(v.Messages, func(m bot.Message) bool { return m.From == bot.FromBot }) {
		now.answer.given = true // something newer is on its way, with the buttons that hold then
	}
	private := !at.direct() && tells(now.messages, c, p.Contact)
	known := p.Receipts[d.Ref]
	public := known != "" && !receiptPlace(known).direct()
	if known != "" && !(private && public) { // an agent changed their words
		return s.reword(ctx, d, known, t.say(now))
	}
	if known == "" {
		if err := s.retireLast(ctx, p, at, t); err != nil {
			return "", err
		}
	}
	if len(now.messages) == 0 {
		return "", nil
	}
	agent := slices.ContainsFunc(now.messages, func(m bot.Message) bool { return m.From == bot.FromAgent })
	now.private = !at.direct() && v.Fills
	now.details = len(lacking(v)) > 0
	if private && agent {
		// What only the person would see is gone when they are away; a direct message is not.
		if at, err = s.dm(ctx, at.team, at.user); err != nil {
			return "", err
		}
	}
	var parts []string
	for i, m := range t.say(now) {
		if private && !agent {
			if err := s.whisper(ctx, at, at.user, m); err != nil {
				return "", err
			}
			continue
		}
		part, err := s.post(ctx, d, strconv.Itoa(i), at, m, parts...)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	if public { // where others read along, the words that were there before must not become these
		if _, err := s.reword(ctx, d, known, []shown{t.moved(now.messages)}); err != nil {
			return "", err
		}
	}
	if len(parts) == 0 {
		return "", nil
	}
	return parts[len(parts)-1], nil
}

func lastChoices(messages []bot.Message) []flows.Choice {
	for _, m := range slices.Backward(messages) {
		if len(m.Choices) > 0 {
			return m.Choices
		}
	}
	return nil
}

// sayable are those of a turn's messages that are said in Slack. With a first message the whole
// beginning is in the log, of which only the greeting is still of use: the first question is
// answered. Who was greeted before, or has pressed a button, has read it all.
func sayable(messages []bot.Message, after int64, greeting func() (string, error)) ([]bot.Message, error) {
	first := slices.IndexFunc(messages, func(m bot.Message) bool { return m.From == bot.FromContact })
	if after > 0 || first < 0 {
		return messages, nil
	}
	begin := messages[:first]
	if strings.HasPrefix(messages[first].ExternalID, pressedID) {
		begin = nil
	} else if known, err := greeting(); err != nil {
		return nil, err
	} else if known != "" {
		begin = nil
	}
	var out []bot.Message
	for _, m := range begin {
		if len(m.Choices) == 0 {
			out = append(out, m)
		}
	}
	return append(out, messages[first:]...), nil
}

// retireLast shows what was asked last without its buttons, and with the answer that was chosen: the
// messages of that one delivery, since what came after it may have been for one pair of eyes only.
func (s *Slack) retireLast(ctx context.Context, p bot.Parcel, at place, t tongue) error {
	d := p.Delivery
	if d.After == 0 {
		known, err := s.greeting(ctx, at, d.ID, "")
		if known == "" || err != nil {
			return err
		}
		_, ts := fromReceipt(known)
		return s.retire(ctx, at, ts, chosen(p.Messages, nil), p.Contact.Role, t.lang)
	}
	known, last := "", int64(0)
	for ref, r := range p.Receipts {
		n, err := strconv.ParseInt(strings.TrimPrefix(ref, "msg:"), 10, 64)
		if err == nil && n > last && n <= d.After {
			known, last = r, n
		}
	}
	if last == 0 {
		return nil
	}
	was, err := s.core.ByReceipt(ctx, Channel, known)
	if err != nil {
		return err
	}
	log, err := s.core.Messages(ctx, Channel, d.Address, d.UpTo+1, int(d.UpTo-was.After))
	if err != nil {
		return err
	}
	next := slices.IndexFunc(log, func(m bot.Message) bool { return m.Seq > was.UpTo })
	if next < 0 {
		return nil
	}
	asked, err := sayable(log[:next], was.After, func() (string, error) {
		_, ts := fromReceipt(known)
		return s.greeting(ctx, at, "", ts)
	})
	if err != nil {
		return err
	}
	if was.After > 0 {
		s.greetings.Delete(at.String()) // who is so far on has no use for it
	}
	if edited := slices.ContainsFunc(asked, func(m bot.Message) bool { return !m.Edited.IsZero() }); edited &&
		!receiptPlace(known).direct() && tells(asked, p.Conversation, p.Contact) {
		return s.update(ctx, known, t.moved(asked)) // what they are now is on its way elsewhere
	}
	out := t.say(turn{messages: asked, answer: answer{given: true, label: chosen(log[next:], lastChoices(asked))}})
	if len(out) == 0 {
		return nil
	}
	return s.update(ctx, known, out[len(out)-1])
}

// chosen is what the first answer in a log was: the label of the button, or of the choice that the
// words were read as; empty when they were an answer of their own.
func chosen(log []bot.Message, choices []flows.Choice) string {
	i := slices.IndexFunc(log, func(m bot.Message) bool { return m.From == bot.FromContact })
	if i < 0 {
		return ""
	}
	if strings.HasPrefix(log[i].ExternalID, pressedID) {
		return log[i].Text
	}
	for _, c := range choices {
		if c.Move == log[i].Move {
			return c.Label
		}
	}
	return ""
}
