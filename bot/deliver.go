package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// How deliveries are tried.
const (
	// lease is how long a claimed delivery belongs to who claimed it; longer than any send.
	lease = 2 * time.Minute
	// claimAtOnce deliveries are sent side by side.
	claimAtOnce = 8
	// maxAttempts with the waits below are about fourteen hours: a night without mail.
	maxAttempts = 20
	firstWait   = 30 * time.Second
	longestWait = time.Hour
	// recordTime is the fresh deadline for writing down an outcome, so that a send that ran
	// out of time is still recorded.
	recordTime = 10 * time.Second
)

// DeliverDue sends what is owed now and records what became of it. It gives how many
// deliveries were tried.
func (b *Bot) DeliverDue(ctx context.Context) (int, error) { return b.deliverWhile(ctx, ctx) }

// deliverOnce claims some deliveries, sends them side by side and records the outcomes.
func (b *Bot) deliverOnce(ctx context.Context) (int, error) {
	due, err := b.o.Store.Claim(ctx, b.o.Now(), lease, claimAtOnce)
	if err != nil {
		return 0, err
	}
	var g errgroup.Group
	tried := 0
	for _, d := range due {
		// A machine that slept in the middle of a send wakes with the lease over, and claims what it
		// is still sending.
		if _, here := b.sending.LoadOrStore(d.ID, true); here {
			continue
		}
		tried++
		g.Go(func() error {
			defer b.sending.Delete(d.ID)
			p, stale, err := b.parcel(ctx, d)
			if errors.Is(err, ErrNotFound) {
				return nil // forgotten since it was claimed
			}
			if err == nil && !stale {
				d.Receipt, err = b.send(ctx, p)
			}
			d = b.judge(d, err)
			if wait := d.NextAt.Sub(b.o.Now()); d.Status == DeliveryDue && wait < lookEvery {
				time.AfterFunc(wait, b.stir) // what may go in a second should not wait for the next look
			}
			record, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
			defer cancel()
			err = b.record(record, d, p)
			if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
				return nil // the lease ran out, and somebody else has it now; or it was forgotten
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return tried, fmt.Errorf("bot: record a delivery: %w", err)
	}
	return tried, nil
}

// record writes down what became of a delivery, and what follows from it for the words of agents
// that it carried.
func (b *Bot) record(ctx context.Context, d Delivery, p Parcel) error {
	theirs := d.Kind == DeliverSay || d.Kind == DeliverUnseen
	if !theirs || d.Status == DeliveryDue || !slices.ContainsFunc(p.Messages, Message.said) {
		return b.o.Store.Finish(ctx, d)
	}
	if d.Kind == DeliverSay && d.Status == DeliverySent {
		// Before it counts as sent: should the process die in between, it is sent and marked again.
		if err := b.mark(ctx, p.Conversation, d.UpTo, 0); err != nil {
			return err
		}
		return b.o.Store.Finish(ctx, d)
	}
	owed, err := b.fated(ctx, p.Conversation, p.Messages)
	if err != nil {
		return err
	}
	return b.o.Store.Finish(ctx, d, owed...)
}

// parcel reads what a delivery is about. It is stale when the next one says the same, and more:
// then it need not leave. ErrNotFound.
func (b *Bot) parcel(ctx context.Context, d Delivery) (p Parcel, stale bool, err error) {
	p.Delivery = d
	if d.TicketID != "" {
		if p.Ticket, err = b.o.Store.Ticket(ctx, d.TicketID); err != nil {
			return p, false, err
		}
		if p.Notes, err = b.o.Store.Notes(ctx, d.TicketID); err != nil {
			return p, false, err
		}
	}
	if p.Conversation, p.Contact, err = b.o.Store.ConversationByID(ctx, d.ConversationID); err != nil {
		return p, false, err
	}
	if p.Messages, err = b.o.Store.Messages(ctx, d.ConversationID, d.After, d.UpTo, 0); err != nil {
		return p, false, err
	}
	p.Messages = slices.DeleteFunc(p.Messages, func(m Message) bool { return m.Event == EventEdited })
	if p.Fates, err = b.fates(ctx, p.Conversation, p.Messages); err != nil {
		return p, false, err
	}
	lane, err := b.o.Store.Lane(ctx, d.Lane())
	if err != nil {
		return p, false, err
	}
	p.Receipts = receipts(d, lane)
	p.Pictures = map[string][]byte{}
	for _, m := range p.Messages {
		if m.Picture == nil {
			continue
		}
		if _, p.Pictures[m.Picture.ID], err = b.o.Store.Picture(ctx, m.Picture.ID); err != nil {
			return p, false, err
		}
	}
	return p, superseded(d, lane), nil
}

// receipts are what the other side calls what it was sent before, at the same address.
func receipts(d Delivery, lane []Delivery) map[string]string {
	known := map[string]string{}
	for _, s := range lane {
		if s.Address == d.Address && s.Receipt != "" {
			known[s.Ref] = s.Receipt
		}
	}
	return known
}

// superseded says whether a later delivery of the lane tells of the fate of the same message. A
// widget that is open takes and shows words within a second, and each news costs the desk's
// channel a request.
func superseded(d Delivery, lane []Delivery) bool {
	after := slices.IndexFunc(lane, func(s Delivery) bool { return s.ID == d.ID })
	return d.Kind == DeliverFate && slices.ContainsFunc(lane[after+1:], func(s Delivery) bool {
		return s.Kind == DeliverFate && s.Ref == d.Ref && s.Address == d.Address && s.Status == DeliveryDue
	})
}

// send hands a parcel to its sender.
func (b *Bot) send(ctx context.Context, p Parcel) (receipt string, err error) {
	sender, ok := b.o.Senders[p.Delivery.Channel]
	if !ok {
		return "", fmt.Errorf("bot: no sender for %q is configured", p.Delivery.Channel)
	}
	return sender.Send(ctx, p)
}

// judge says what a delivery comes to after an attempt.
func (b *Bot) judge(d Delivery, err error) Delivery {
	log := b.o.Log.With("conversation", d.ConversationID, "delivery", d.ID, "channel", d.Channel, "attempt", d.Attempts)
	if err == nil {
		d.Status, d.LastError = DeliverySent, ""
		log.Info("delivered", "kind", d.Kind)
		return d
	}
	d.LastError = err.Error()
	if wait, ok := retryWait(err); ok && !IsPermanent(err) {
		d.Status, d.NextAt = DeliveryDue, b.o.Now().Add(wait)
		d.Waits++
		log.Info("delivery is asked to come later", "kind", d.Kind, "at", d.NextAt, "error", err)
		return d
	}
	if IsPermanent(err) || d.Attempts-d.Waits >= maxAttempts {
		d.Status = DeliveryFailed
		text := "delivery failed for good"
		if d.TicketID != "" {
			text += "; `latchkey tickets` shows it"
		}
		log.Error(text, "kind", d.Kind, "error", err)
		return d
	}
	d.Status, d.NextAt = DeliveryDue, b.o.Now().Add(backOff(d.Attempts-d.Waits))
	log.Warn("delivery will be tried again", "kind", d.Kind, "at", d.NextAt, "error", err)
	return d
}

// backOff doubles the wait with each attempt, up to an hour, and spreads it by a tenth so that
// what failed together does not come back together.
func backOff(attempts int) time.Duration {
	wait := longestWait
	if attempts < 8 {
		wait = min(firstWait<<max(attempts-1, 0), longestWait)
	}
	return wait + rand.N(wait/10)
}

func (b *Bot) stir() {
	select {
	case b.stirred <- struct{}{}:
	default:
	}
}
