package bot

import (
	"context"
	"fmt"
)

// Forget deletes a conversation and all that hangs on it: messages, pictures, tickets and what
// is still owed; the contact too when nothing else is theirs. Whoever writes from there later is
// somebody new. ErrNotFound.
func (b *Bot) Forget(ctx context.Context, conversationID string) error {
	c, _, err := b.o.Store.ConversationByID(ctx, conversationID)
	if err != nil {
		return err
	}
	defer b.locks.lock(c.Channel + "\x00" + c.Address)()
	gone, err := b.o.Store.Forget(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("bot: %w", err)
	}
	b.watch.wake(c.Channel, c.Address)
	b.o.Log.Info("forgotten", "conversation", c.ID, "channel", c.Channel, "messages", gone.Messages, "tickets", gone.Tickets)
	return nil
}
