package bot

import (
	"context"
	"errors"
	"time"

	"latchkey/flows"
)

// dueAtOnce is how many silent conversations are looked at in one go.
const dueAtOnce = 100

// Sweep reminds people who stopped answering, once, and puts their conversations aside when
// they still do not. It gives how many conversations it changed.
func (b *Bot) Sweep(ctx context.Context) (int, error) {
	changed := 0
	for {
		due, err := b.o.Store.Due(ctx, b.o.Now(), dueAtOnce)
		if err != nil || len(due) == 0 {
			return changed, err
		}
		for _, c := range due {
			if err := b.silence(ctx, c); err != nil && !errors.Is(err, ErrConflict) {
				return changed, err
			}
			changed++
		}
	}
}

func (b *Bot) silence(ctx context.Context, c Conversation) error {
	defer b.locks.lock(c.Channel + "\x00" + c.Address)()
	return b.again(ctx, func() (*turn, error) {
		now, contact, err := b.o.Store.ConversationByID(ctx, c.ID)
		if errors.Is(err, ErrNotFound) {
			return nil, nil // forgotten in the meantime
		}
		if err != nil {
			return nil, err
		}
		if now.Status != StatusBot || now.DueAt.IsZero() || now.DueAt.After(b.o.Now()) {
			return nil, nil // they wrote in the meantime
		}
		t, err := b.resume(ctx, now, contact)
		if err != nil {
			return nil, err
		}
		if t.lost {
			// The question they were asked is gone: they are begun anew when they write.
			now.DueAt = time.Time{}
			t.Conversation = now
			return t, nil
		}
		if err := t.follow(ctx, flows.Move{Kind: flows.Silence}); err != nil {
			return nil, err
		}
		t.settle()
		return t, nil
	})
}
