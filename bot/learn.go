package bot

import (
	"context"
	"errors"
	"maps"
	"strings"
)

// MoveTold is what the log notes of a text that told facts beside the tree: no move.
const MoveTold = "told"

// learn takes facts that somebody adds to a ticket. What they mean is certain, so the words that
// tell them are no move, whatever they look like.
func (t *turn) learn(ctx context.Context, in Inbound, secret bool) error {
	t.append(Message{ExternalID: in.ExternalID, From: FromContact, Text: in.Text, Move: MoveTold})
	if secret {
		t.say("secret_removed", nil)
	}
	t.beside = t.bot.standing(in)
	return t.addToTicket(ctx)
}

// standing are the facts whose values stand in the text as it is kept: what was removed there because
// of what was said before it is on no ticket either.
func (b *Bot) standing(in Inbound) map[string]string {
	told := maps.Clone(in.Told)
	for name, value := range told {
		clean, _ := b.harmless(value)
		if told[name] = clean; !strings.Contains(in.Text, clean) {
			delete(told, name)
		}
	}
	return told
}

// complete puts what was told beside the tree into the session and the ticket.
func (t *turn) complete(ctx context.Context, k *Ticket) error {
	if len(t.beside) == 0 {
		return nil
	}
	s, lines, problem := t.book.Learn(t.Conversation.Session, t.beside)
	t.Conversation.Session = s
	k.Case.Facts = t.book.Join(k.Case.Facts, lines)
	if problem == "" {
		return nil
	}
	// Whose account it is tells this case from the next, unless one is open for it already.
	_, err := t.bot.o.Store.OpenTicket(ctx, k.ContactID, k.Person, k.Problem+problem)
	if errors.Is(err, ErrNotFound) {
		k.Problem += problem
		return nil
	}
	return err
}
