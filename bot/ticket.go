package bot

import (
	"context"
	"errors"

	"latchkey/flows"
)

// open makes the ticket an event asks for, or adds to the one that is open for the same problem.
func (t *turn) open(ctx context.Context, e flows.Event) error {
	store := t.bot.o.Store
	t.settle()
	c := &t.Conversation
	ticket, err := store.OpenTicket(ctx, t.Contact.ID, e.Ticket.Problem)
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
			Queue: Queue(e.Ticket.Queue), Problem: e.Ticket.Problem, Status: TicketOpen, Created: t.now,
		}
	}
	ticket.Updated = t.now
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
	return t.deliver(ctx, kind)
}

// addToTicket takes what a person writes while the team has the conversation: it is passed on,
// and the bot says so once.
func (t *turn) addToTicket(ctx context.Context) error {
	ticket, err := t.bot.o.Store.Ticket(ctx, t.Conversation.TicketID)
	if err != nil {
		return err
	}
	key := "team_has_it"
	if ticket.Status == TicketClosed {
		ticket.Status, key = TicketOpen, "reopened"
	}
	ticket.Updated, ticket.Case.Identity = t.now, t.Contact.Identity
	t.Ticket = &ticket
	said, err := t.saidBefore(ctx, key, ticket)
	if err != nil {
		return err
	}
	if !said {
		t.say(key, map[string]string{"ticket": Number(ticket.Number)})
	}
	t.settle()
	return t.deliver(ctx, DeliverMore)
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
	if err != nil {
		return err
	}
	if ticket.Status == TicketClosed {
		return nil
	}
	ticket.Status, ticket.Updated, ticket.Case.SettledBy = TicketClosed, t.now, "contact"
	t.Ticket = &ticket
	t.say("ticket_settled", map[string]string{"ticket": Number(ticket.Number)})
	return t.deliver(ctx, DeliverSettled)
}

// deliver owes the ticket's queue a mail about what happened since the last one.
func (t *turn) deliver(ctx context.Context, kind DeliveryKind) error {
	d := Delivery{
		ID: t.bot.o.NewID(), Channel: "mail", Address: t.bot.o.Addresses[t.Ticket.Queue], Kind: kind,
		TicketID: t.Ticket.ID, ConversationID: t.Conversation.ID, UpTo: t.Conversation.LastSeq,
		Status: DeliveryDue, NextAt: t.now, Created: t.now,
	}
	if kind != DeliverTicket {
		sent, err := t.bot.o.Store.Deliveries(ctx, t.Ticket.ID)
		if err != nil {
			return err
		}
		for _, s := range sent {
			d.After = max(d.After, s.UpTo)
		}
	}
	t.Deliveries = append(t.Deliveries, d)
	return nil
}
