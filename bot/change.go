package bot

import (
	"context"
)

// change alters a conversation that is there, beside what is said in it: its place in the tree
// stays, and the version of the tree is not asked for.
func (b *Bot) change(ctx context.Context, channel, address string, alter func(*turn) error) error {
	defer b.locks.lock(channel + "\x00" + address)()
	return b.again(ctx, func() (*turn, error) {
		c, contact, err := b.o.Store.Conversation(ctx, channel, address)
		if err != nil {
			return nil, err
		}
		t := &turn{
			Turn: Turn{Conversation: c, Contact: contact},
			bot:  b, book: b.current.book, reader: b.current.reader, now: b.o.Now(),
		}
		return t, alter(t)
	})
}
