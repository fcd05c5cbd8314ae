package bot

import (
	"context"
	"errors"
	"time"

	"latchkey/flows"
)

// open makes the ticket an event asks for, or adds to the one that is open for the same problem.
func (t *turn) open(ctx context.Context, e flows.Event) error {
	store := t.bot.o.Store
	t.settle()
	c := &t.Conversation
	ticket, err := store.OpenTicket(ctx, t.Contact.ID, t.Contact.Person, e.Ticket.Problem)
	found := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if !found {
		number, err := store.NextTicketNumber(ctx)
		if err != nil {
			return err
		}
		ticket = Ticket{
			ID: t.bot.o.NewID(), Number: number, ConversationID: c.ID, ContactID: t.Contact.ID,
			Queue: Queue(e.Ticket.Queue), Problem: e.Ticket.Problem, Status: TicketOpen, Person: t.Contact.Person, Created: t.now,
		}
	}
	if ticket.Person == "" {
		ticket.Person = t.Contact.Person // it was opened before anybody knew who they are
	}
	ticket.heard(c.ID, t.now)
	ticket.Case = Case{
		About: e.Ticket.About, Role: t.Contact.Role, Name: t.Contact.Name, Email: t.Contact.Email,
		Lang: c.Session.Lang, Channel: c.Channel, Identity: t.Contact.Identity, Facts: e.Ticket.Facts, Tried: e.Ticket.Tried,
	}
	t.Ticket = &ticket
	c.TicketID = ticket.ID
	text, kind := mention(e.Text, ticket.Number), DeliverTicket
	if found {
		text = mention(t.book.Word("ticket_added", c.Session.Lang, map[string]string{"ticket": Number(ticket.Number)}), ticket.Number)
		kind = DeliverMore
	}
	t.append(Message{From: FromBot, Text: text, Event: string(flows.Opened), TicketNumber: ticket.Number})
	return t.report(ctx, ticket, kind)
}

// heard notes that the contact has written, and waits for a person's words from then on.
func (k *Ticket) heard(conversationID string, at time.Time) {
	k.Updated, k.AnswerID = at, conversationID
	if k.WaitingSince.IsZero() {
		k.WaitingSince = at
	}
}

// reopen opens a closed ticket again. If another was opened for the same problem meanwhile, the
// old one stays apart from it.
func (t *turn) reopen(ctx context.Context, k *Ticket) error {
	if k.Status == TicketOpen {
		return nil
	}
	other, err := t.bot.o.Store.OpenTicket(ctx, k.ContactID, k.Person, k.Problem)
	if err == nil && other.ID != k.ID {
		k.Problem += " " + Number(k.Number)
	} else if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	k.Status, k.Resolution, k.Case.SettledBy = TicketOpen, Resolution{}, ""
	return nil
}

// addToTicket takes what a person writes while the team has the conversation: it is passed on,
// and the bot says so once.
func (t *turn) addToTicket(ctx context.Context) error {
	ticket, err := t.bot.o.Store.Ticket(ctx, t.Conversation.TicketID)
	if errors.Is(err, ErrNotFound) {
		// It was forgotten with another conversation of the same person.
		t.book, t.reader = t.bot.current.book, t.bot.current.reader
		t.Conversation.TicketID = ""
		return t.anew(ctx, flows.Move{Kind: flows.Unclear}, false)
	}
	if err != nil {
		return err
	}
	key := "team_has_it"
	if ticket.Status == TicketClosed {
		key = "reopened"
	}
	if err := t.reopen(ctx, &ticket); err != nil {
		return err
	}
	if err := t.complete(ctx, &ticket); err != nil {
		return err
	}
	ticket.heard(t.Conversation.ID, t.now)
	ticket.Case.Identity = t.Contact.Identity
	t.Ticket = &ticket
	said, err := t.saidBefore(ctx, key, ticket)
	if err != nil {
		return err
	}
	if !said {
		t.say(key, map[string]string{"ticket": Number(ticket.Number)})
	}
	t.settle()
	return t.report(ctx, ticket, DeliverMore)
}

// courtesy passes on "thanks" and the like: the team sees it, and nobody has to do anything.
func (t *turn) courtesy(ctx context.Context) error {
	ticket, err := t.bot.o.Store.Ticket(ctx, t.Conversation.TicketID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.reportLive(ctx, ticket, DeliverMore)
}

// closedTicket says whether the conversation has a ticket, and it is closed.
func (t *turn) closedTicket(ctx context.Context) (bool, error) {
	ticket, err := t.bot.o.Store.Ticket(ctx, t.Conversation.TicketID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return ticket.Status == TicketClosed, err
}

// saidBefore says whether the bot's last words were these already.
func (t *turn) saidBefore(ctx context.Context, key string, ticket Ticket) (bool, error) {
	words := t.book.Word(key, t.Conversation.Session.Lang, map[string]string{"ticket": Number(ticket.Number)})
	log, err := t.bot.o.Store.Messages(ctx, t.Conversation.ID, max(0, t.Conversation.LastSeq-20), 0, 0)
	if err != nil {
		return false, err
	}
	last := ""
	for _, m := range log {
		if m.From != FromContact {
			last = m.Text
		}
	}
	return last == words, nil
}

// settleTicket closes the conversation's ticket when the person says that it works.
func (t *turn) settleTicket(ctx context.Context) error {
	if t.Conversation.TicketID == "" {
		return nil
	}
	ticket, err := t.bot.o.Store.Ticket(ctx, t.Conversation.TicketID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if ticket.Status == TicketClosed {
		return t.reportLive(ctx, ticket, DeliverMore) // good to know all the same
	}
	ticket.Status, ticket.Updated, ticket.Case.SettledBy = TicketClosed, t.now, "contact"
	ticket.WaitingSince, ticket.Resolution = time.Time{}, Resolution{At: t.now}
	t.Ticket = &ticket
	t.say("ticket_settled", map[string]string{"ticket": Number(ticket.Number)})
	return t.report(ctx, ticket, DeliverSettled)
}
