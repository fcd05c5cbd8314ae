package bot

import (
	"context"
	"slices"
)

// Said gives what an agent said on a ticket under an external id. [ErrNotFound].
func (b *Bot) Said(ctx context.Context, ticketNumber int64, externalID string) (Message, error) {
	return b.o.Store.Reply(ctx, ticketNumber, externalID)
}

// LastReply gives what the team said last on a ticket. [ErrNotFound].
func (b *Bot) LastReply(ctx context.Context, k Ticket) (Message, error) {
	log, err := b.o.Store.Messages(ctx, k.AnswerID, 0, 0, 0)
	if err != nil {
		return Message{}, err
	}
	for _, m := range slices.Backward(log) {
		if m.said() && !m.Withdrawn && m.TicketNumber == k.Number {
			return m, nil
		}
	}
	return Message{}, ErrNotFound
}
