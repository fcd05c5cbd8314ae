package bot

import (
	"context"
	"fmt"
	"slices"
)

// Desk is a place where people of the team hear of tickets.
type Desk struct {
	// Channel is the name of its [Sender]; Addresses are where the tickets of a queue go there.
	Channel   string
	Addresses map[Queue]string
	// Live: it shows each ticket as it is at every moment, and hears of everything. One that is
	// not, such as mail, hears what somebody has to act on. A live desk without an address for a
	// queue does not hear of its tickets, unless they came from a queue where it did: they go on at
	// that address. Any other leaves it to its sender what becomes of them.
	Live bool
}

// at says whether the desk hears of a queue's tickets, and where.
func (d Desk) at(q Queue) (address string, ok bool) {
	address = d.Addresses[q]
	return address, address != "" || !d.Live
}

// where is at for a ticket as it is now: a live desk that has no address for its queue hears of it
// where it showed it last.
func (t *turn) where(ctx context.Context, d Desk, k Ticket) (address string, ok bool, err error) {
	if address, ok = d.at(k.Queue); ok {
		return address, true, nil
	}
	owed, err := t.bot.o.Store.Deliveries(ctx, k.ID)
	if err != nil {
		return "", false, err
	}
	for _, o := range slices.Backward(append(owed, t.Deliveries...)) {
		if o.Channel == d.Channel && o.TicketID == k.ID && o.Kind != DeliverAway {
			return o.Address, true, nil
		}
	}
	return "", false, nil
}

// wants says whether the desk hears of such things.
func (d Desk) wants(kind DeliveryKind) bool {
	return d.Live || slices.Contains([]DeliveryKind{DeliverTicket, DeliverMore, DeliverSettled, DeliverPassed}, kind)
}

// What a delivery is about; see [Delivery.Ref].
const refCard = "card"

func refMessage(seq int64) string { return fmt.Sprintf("msg:%d", seq) }
func refNote(id string) string    { return "note:" + id }

// report owes the desks of a ticket what was said since they heard last.
func (t *turn) report(ctx context.Context, k Ticket, kind DeliveryKind) error {
	for _, d := range t.bot.o.Desks {
		if err := t.reportTo(ctx, d, k, kind); err != nil {
			return err
		}
	}
	return nil
}

// reportLive is report for those desks only that show everything.
func (t *turn) reportLive(ctx context.Context, k Ticket, kind DeliveryKind) error {
	for _, d := range t.bot.o.Desks {
		if d.Live {
			if err := t.reportTo(ctx, d, k, kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *turn) reportTo(ctx context.Context, d Desk, k Ticket, kind DeliveryKind) error {
	if !d.wants(kind) {
		return nil
	}
	address, ok, err := t.where(ctx, d, k)
	if !ok || err != nil {
		return err
	}
	owed := t.about(k, d.Channel, address, kind)
	owed.UpTo, owed.Ref = t.Conversation.LastSeq, refCard
	if kind == DeliverMore {
		owed.Ref = refMessage(owed.UpTo)
	}
	if owed.After, err = t.told(ctx, d, k, address); err != nil {
		return err
	}
	if kind == DeliverMore && owed.After >= owed.UpTo {
		return nil
	}
	t.Deliveries = append(t.Deliveries, owed)
	return nil
}

// mentionLive owes the live desks one thing about a ticket that stands for itself: the card, a note,
// or a message of the log, whose number is seq then.
func (t *turn) mentionLive(ctx context.Context, k Ticket, kind DeliveryKind, ref string, seq int64) error {
	for _, d := range t.bot.o.Desks {
		if !d.Live {
			continue
		}
		address, ok, err := t.where(ctx, d, k)
		if err != nil {
			return err
		}
		if ok {
			t.Deliveries = append(t.Deliveries, t.point(k, d.Channel, address, kind, ref, seq))
		}
	}
	return nil
}

// point is a delivery about one message, or about none: seq is 0 then.
func (t *turn) point(k Ticket, channel, address string, kind DeliveryKind, ref string, seq int64) Delivery {
	owed := t.about(k, channel, address, kind)
	owed.Ref, owed.After, owed.UpTo = ref, seq-1, seq
	if seq == 0 {
		owed.After, owed.UpTo = t.Conversation.LastSeq, t.Conversation.LastSeq
	}
	return owed
}

func (t *turn) about(k Ticket, channel, address string, kind DeliveryKind) Delivery {
	return Delivery{
		ID: t.bot.o.NewID(), Channel: channel, Address: address, Kind: kind,
		TicketID: k.ID, ConversationID: t.Conversation.ID,
		Status: DeliveryDue, NextAt: t.now, Created: t.now,
	}
}

// telling are the kinds that tell the log on from where it was told last.
var telling = []DeliveryKind{DeliverTicket, DeliverMore, DeliverSettled, DeliverPassed, DeliverResolved, DeliverReply}

// told is how far a desk has heard this conversation about a ticket. A live desk hears it anew at
// another address, where there is nothing yet.
func (t *turn) told(ctx context.Context, d Desk, k Ticket, address string) (int64, error) {
	sent, err := t.bot.o.Store.Deliveries(ctx, k.ID)
	if err != nil {
		return 0, err
	}
	told := int64(0)
	for _, s := range append(sent, t.Deliveries...) {
		here := s.Channel == d.Channel && s.TicketID == k.ID && s.ConversationID == t.Conversation.ID
		if here && slices.Contains(telling, s.Kind) && (!d.Live || s.Address == address) {
			told = max(told, s.UpTo)
		}
	}
	return told, nil
}

// push owes a contact what was said to them in this turn, where their channel has to be written
// to.
func (t *turn) push() {
	c := &t.Conversation
	if !slices.Contains(t.bot.o.Push, c.Channel) {
		return
	}
	owe := func(after, upTo int64) {
		t.Deliveries = append(t.Deliveries, Delivery{
			ID: t.bot.o.NewID(), Channel: c.Channel, Address: c.Address, Kind: DeliverSay,
			ConversationID: c.ID, After: after, UpTo: upTo, Ref: refMessage(upTo),
			Status: DeliveryDue, NextAt: t.now, Created: t.now,
		})
	}
	for _, m := range t.Changed {
		owe(m.Seq-1, m.Seq)
	}
	said := func(m Message) bool { return m.From != FromContact && m.Event != EventEdited }
	if slices.ContainsFunc(t.Messages, said) {
		owe(c.LastSeq-int64(len(t.Messages)), c.LastSeq)
	}
}
