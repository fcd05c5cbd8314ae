package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"latchkey/flows"
)

// mailChannel is where contacts get what they have not seen.
const mailChannel = "mail"

// said says whether a message is an agent's words.
func (m Message) said() bool { return m.From == FromAgent && m.Event == "" }

// Mark notes how far the contact's side has come: up to which message it has taken what was said,
// and up to which somebody has seen it. It only goes forwards, changes nothing that anybody thinks
// about, and wakes nobody; the desks that show everything hear of it. ErrNotFound.
func (b *Bot) Mark(ctx context.Context, channel, address string, delivered, seen int64) error {
	c, _, err := b.o.Store.Conversation(ctx, channel, address)
	if err != nil {
		return err
	}
	return b.mark(ctx, c, delivered, seen)
}

func (b *Bot) mark(ctx context.Context, c Conversation, delivered, seen int64) error {
	seen = min(seen, c.LastSeq)
	delivered = max(min(delivered, c.LastSeq), seen)
	after := c.LastSeq
	if delivered > c.DeliveredSeq {
		after = c.DeliveredSeq
	}
	if seen > c.SeenSeq {
		after = min(after, c.SeenSeq)
	}
	if after >= delivered {
		return nil
	}
	log, err := b.o.Store.Messages(ctx, c.ID, after, delivered, 0)
	if err != nil {
		return err
	}
	log = slices.DeleteFunc(log, func(m Message) bool { return !m.said() || m.Seq > seen && m.Seq <= c.DeliveredSeq })
	if len(log) == 0 {
		return nil // only what agents say has a fate
	}
	owed, err := b.fated(ctx, c, log)
	if err != nil {
		return err
	}
	moved, err := b.o.Store.Mark(ctx, c.ID, delivered, seen, owed)
	if err == nil && moved && len(owed) > 0 {
		b.stir()
	}
	return err
}

// fated is what the live desks are owed when messages have met their fate.
func (b *Bot) fated(ctx context.Context, c Conversation, messages []Message) ([]Delivery, error) {
	if !slices.ContainsFunc(b.o.Desks, func(d Desk) bool { return d.Live }) {
		return nil, nil
	}
	t := &turn{Turn: Turn{Conversation: c}, bot: b, now: b.o.Now()}
	for _, m := range messages {
		if !m.said() {
			continue
		}
		k, err := b.o.Store.TicketByNumber(ctx, m.TicketNumber)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := t.mentionLive(ctx, k, DeliverFate, refMessage(m.Seq), m.Seq); err != nil {
			return nil, err
		}
	}
	return t.Deliveries, nil
}

// fates are how far the agents' words among some messages have come.
func (b *Bot) fates(ctx context.Context, c Conversation, messages []Message) (map[int64]Fate, error) {
	if !slices.ContainsFunc(messages, Message.said) {
		return nil, nil
	}
	lanes := []string{ContactLane(mailChannel, c.ID)}
	if slices.Contains(b.o.Push, c.Channel) {
		lanes = append(lanes, ContactLane(c.Channel, c.ID))
	}
	var sent []Delivery
	for _, lane := range lanes {
		ds, err := b.o.Store.Lane(ctx, lane)
		if err != nil {
			return nil, err
		}
		sent = append(sent, ds...)
	}
	fates := map[int64]Fate{}
	for _, m := range messages {
		if m.said() {
			fates[m.Seq] = fate(c, m.Seq, sent)
		}
	}
	return fates, nil
}

func fate(c Conversation, seq int64, sent []Delivery) Fate {
	if seq <= c.SeenSeq {
		return FateSeen
	}
	is := FateWaiting
	if seq <= c.DeliveredSeq {
		is = FateDelivered
	}
	for _, d := range sent {
		if seq <= d.After || seq > d.UpTo {
			continue
		}
		switch {
		case d.Kind == DeliverUnseen && d.Status == DeliverySent:
			is = FateMailed
		case d.Kind == DeliverUnseen && d.Status == DeliveryFailed,
			d.Kind == DeliverSay && d.Status == DeliveryFailed && is == FateWaiting:
			is = FateFailed
		}
	}
	return is
}

// mailLater has somebody look after what was just said, unless that is planned.
func (t *turn) mailLater() {
	c, o := &t.Conversation, t.bot.o
	_, mails := flows.PlainEmail(t.Contact.Email)
	if o.MailAfter > 0 && mails && c.MailAt.IsZero() && !slices.Contains(o.Push, c.Channel) {
		c.MailAt = t.now.Add(o.MailAfter)
	}
}

// MailUnseen owes contacts by mail what agents said and nobody has seen for too long, each message
// once. It gives how many conversations it looked at.
func (b *Bot) MailUnseen(ctx context.Context) (int, error) {
	looked := 0
	for {
		due, err := b.o.Store.Unmailed(ctx, b.o.Now(), dueAtOnce)
		if err != nil || len(due) == 0 {
			return looked, err
		}
		for _, c := range due {
			if err := b.mailUnseen(ctx, c); err != nil {
				return looked, err
			}
			looked++
		}
	}
}

func (b *Bot) mailUnseen(ctx context.Context, due Conversation) error {
	defer b.locks.lock(due.Channel + "\x00" + due.Address)()
	return b.again(ctx, func() (*turn, error) {
		c, contact, err := b.o.Store.ConversationByID(ctx, due.ID)
		if errors.Is(err, ErrNotFound) {
			return nil, nil // forgotten in the meantime
		}
		if err != nil {
			return nil, err
		}
		t := &turn{Turn: Turn{Conversation: c, Contact: contact}, bot: b, now: b.o.Now()}
		if c.MailAt.IsZero() || c.MailAt.After(t.now) {
			return nil, nil
		}
		return t, t.unseen(ctx)
	})
}

// unseen owes the mail, or finds out when to look again.
func (t *turn) unseen(ctx context.Context) error {
	c := &t.Conversation
	c.MailAt = time.Time{}
	log, err := t.bot.o.Store.Messages(ctx, c.ID, max(c.SeenSeq, c.MailedSeq), 0, 0)
	if err != nil {
		return err
	}
	log = slices.DeleteFunc(log, func(m Message) bool { return !m.said() || m.Withdrawn })
	email, ok := flows.PlainEmail(t.Contact.Email)
	if len(log) == 0 || !ok {
		return nil
	}
	first, last := log[0], log[len(log)-1]
	if at := first.At.Add(t.bot.o.MailAfter); at.After(t.now) {
		c.MailAt = at
		return nil
	}
	c.MailedSeq = last.Seq
	t.Deliveries = append(t.Deliveries, Delivery{
		ID: t.bot.o.NewID(), Channel: mailChannel, Address: email, Kind: DeliverUnseen,
		ConversationID: c.ID, After: first.Seq - 1, UpTo: last.Seq, Ref: refMessage(last.Seq),
		Status: DeliveryDue, NextAt: t.now, Created: t.now,
	})
	return nil
}
