package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/flows"
)

// Errors of what an agent does.
var (
	// ErrClosed: the ticket is closed. A reply opens it again.
	ErrClosed = errors.New("the ticket is closed")
	// ErrEmpty: there are no words in it.
	ErrEmpty = errors.New("there is nothing to say")
	// ErrWithdrawn: the message was taken back, and cannot become another.
	ErrWithdrawn = errors.New("the message was withdrawn")
	// ErrQueue: there is no such queue.
	ErrQueue = errors.New("there is no such queue")
	errAgent = errors.New("bot: an agent has an id")
)

// TakenError is why a ticket cannot be taken: somebody else has it.
type TakenError struct {
	By Agent
	At time.Time
}

func (e *TakenError) Error() string { return "the ticket is taken by " + e.By.Name }

// longestName is enough for a name.
const longestName = 80

// plain gives an agent whose name fits on a line.
func (a Agent) plain() Agent {
	name := []rune(strings.Join(strings.Fields(plain(a.Name)), " "))
	return Agent{ID: plain(a.ID), Name: string(name[:min(len(name), longestName)])}
}

// Take gives a ticket to an agent. [*TakenError], [ErrClosed], [ErrNotFound].
func (b *Bot) Take(ctx context.Context, a Agent, ticketID string) (Ticket, error) {
	return b.act(ctx, a, ticketID, func(t *turn, a Agent) (bool, error) {
		k := t.Ticket
		switch {
		case k.Status == TicketClosed:
			return false, ErrClosed
		case k.Agent.ID == a.ID:
			return false, nil
		case k.Agent.ID != "":
			return false, &TakenError{By: k.Agent, At: k.TakenAt}
		}
		return true, t.take(ctx, a)
	})
}

func (t *turn) take(ctx context.Context, a Agent) error {
	t.Ticket.Agent, t.Ticket.TakenAt = a, t.now
	return t.mentionLive(ctx, *t.Ticket, DeliverTaken, refCard, 0)
}

// Release gives a ticket back, for anybody to take. Any agent may do it: who has taken it may have
// gone home.
func (b *Bot) Release(ctx context.Context, a Agent, ticketID string) (Ticket, error) {
	return b.act(ctx, a, ticketID, func(t *turn, a Agent) (bool, error) {
		k := t.Ticket
		if k.Agent.ID == "" || k.Status == TicketClosed {
			return false, nil
		}
		k.Agent, k.TakenAt = Agent{}, time.Time{}
		return true, t.mentionLive(ctx, *k, DeliverReleased, refCard, 0)
	})
}

// Reply says something to the contact of a ticket, where they wrote last. It takes the ticket if
// nobody has it, and opens a closed one again. Secrets are removed as from anybody's words, and
// redacted says so. The same externalID again changes nothing and gives what was said.
func (b *Bot) Reply(ctx context.Context, a Agent, ticketID, externalID, text string) (m Message, redacted bool, err error) {
	if text, redacted = b.harmless(text); text == "" {
		return m, false, ErrEmpty
	}
	_, err = b.act(ctx, a, ticketID, func(t *turn, a Agent) (bool, error) {
		k, c := t.Ticket, &t.Conversation
		text, more, err := t.harmless(ctx, text, FromAgent, "")
		if err != nil {
			return false, err
		}
		redacted = redacted || more
		if externalID != "" {
			known, err := b.o.Store.Reply(ctx, k.Number, externalID)
			if m = known; !errors.Is(err, ErrNotFound) {
				return false, err
			}
		}
		if err := t.reopen(ctx, k); err != nil {
			return false, err
		}
		if k.Agent.ID == "" {
			if err := t.take(ctx, a); err != nil {
				return false, err
			}
		}
		k.WaitingSince = time.Time{}
		if err := t.reportLive(ctx, *k, DeliverMore); err != nil { // what was said before it
			return false, err
		}
		t.append(Message{ExternalID: externalID, From: FromAgent, Agent: a, Text: text, TicketNumber: k.Number})
		m = t.Messages[len(t.Messages)-1]
		// The team has the conversation now, wherever it stood in a tree.
		c.Session.Outcome, c.Session.Queue, c.TicketID = flows.OutcomeTicket, string(k.Queue), k.ID
		t.settle()
		t.mailLater()
		return true, t.mentionLive(ctx, *k, DeliverReply, refMessage(m.Seq), m.Seq)
	})
	return m, redacted, err
}

// Edit gives a reply another text, which the contact sees in its place. [ErrWithdrawn].
func (b *Bot) Edit(ctx context.Context, a Agent, ticketID, externalID, text string) (m Message, redacted bool, err error) {
	if text, redacted = b.harmless(text); text == "" {
		return m, false, ErrEmpty
	}
	m, err = b.alter(ctx, a, ticketID, externalID, func(t *turn, m *Message) (bool, error) {
		if m.Withdrawn {
			return false, ErrWithdrawn
		}
		text, more, err := t.harmless(ctx, text, FromAgent, "")
		if err != nil {
			return false, err
		}
		redacted = redacted || more
		if m.Text == text {
			return false, nil
		}
		m.Text = text
		return true, nil
	})
	return m, redacted, err
}

// Withdraw takes a reply back: its words are gone, and the contact sees that there were some.
func (b *Bot) Withdraw(ctx context.Context, a Agent, ticketID, externalID string) (Message, error) {
	return b.alter(ctx, a, ticketID, externalID, func(_ *turn, m *Message) (bool, error) {
		if m.Withdrawn {
			return false, nil
		}
		m.Text, m.Withdrawn = "", true
		return true, nil
	})
}

// alter changes what an agent said. The log only grows for those who read on from a number, so it
// gets an entry that points to the message.
func (b *Bot) alter(ctx context.Context, a Agent, ticketID, externalID string, change func(*turn, *Message) (bool, error)) (m Message, err error) {
	find := func(k Ticket) (err error) {
		m, err = b.o.Store.Reply(ctx, k.Number, externalID)
		return err
	}
	where := func(k Ticket) (string, error) { return m.ConversationID, find(k) }
	_, err = b.actIn(ctx, a, ticketID, where, func(t *turn, a Agent) (bool, error) {
		// Read after the conversation, whose version holds it still.
		if err := find(*t.Ticket); err != nil {
			return false, err
		}
		if changed, err := change(t, &m); err != nil || !changed {
			return false, err
		}
		m.Edited = t.now
		t.Changed = []Message{m}
		t.append(Message{From: FromAgent, Agent: a, Event: EventEdited, TicketNumber: t.Ticket.Number, Ref: m.Seq})
		t.Conversation.Updated = t.now
		return true, t.mentionLive(ctx, *t.Ticket, DeliverEdit, refMessage(m.Seq), m.Seq)
	})
	return m, err
}

// Note keeps words for the team. The same externalID again changes nothing and gives what was
// kept.
func (b *Bot) Note(ctx context.Context, a Agent, ticketID, externalID, text string) (n Note, redacted bool, err error) {
	if text, redacted = b.harmless(text); text == "" {
		return n, false, ErrEmpty
	}
	_, err = b.act(ctx, a, ticketID, func(t *turn, a Agent) (bool, error) {
		notes, err := b.o.Store.Notes(ctx, ticketID)
		if err != nil {
			return false, err
		}
		for _, known := range notes {
			if externalID != "" && known.ExternalID == externalID {
				n = known
				return false, nil
			}
		}
		last := ""
		for _, before := range notes {
			if before.Agent.ID == a.ID {
				last = before.Text
			}
		}
		text, more, err := t.harmless(ctx, text, FromAgent, last)
		if err != nil {
			return false, err
		}
		redacted = redacted || more
		n = t.note(a, externalID, "", text)
		return true, t.mentionLive(ctx, *t.Ticket, DeliverNote, refNote(n.ID), 0)
	})
	return n, redacted, err
}

// EditNote gives a note another text. [ErrNotFound].
func (b *Bot) EditNote(ctx context.Context, a Agent, ticketID, externalID, text string) (n Note, redacted bool, err error) {
	if text, redacted = b.harmless(text); text == "" {
		return n, false, ErrEmpty
	}
	n, more, err := b.renote(ctx, a, ticketID, externalID, text)
	return n, redacted || more, err
}

// DropNote takes a note away. [ErrNotFound].
func (b *Bot) DropNote(ctx context.Context, a Agent, ticketID, externalID string) error {
	_, _, err := b.renote(ctx, a, ticketID, externalID, "")
	return err
}

func (b *Bot) renote(ctx context.Context, a Agent, ticketID, externalID, text string) (n Note, redacted bool, err error) {
	_, err = b.act(ctx, a, ticketID, func(t *turn, a Agent) (bool, error) {
		notes, err := b.o.Store.Notes(ctx, ticketID)
		if err != nil {
			return false, err
		}
		i := slices.IndexFunc(notes, func(n Note) bool { return n.ExternalID == externalID && externalID != "" })
		if i < 0 {
			return false, fmt.Errorf("bot: note %s: %w", externalID, ErrNotFound)
		}
		last := ""
		for _, before := range notes[:i] {
			if before.Agent.ID == a.ID {
				last = before.Text
			}
		}
		clean, more, err := t.harmless(ctx, text, FromAgent, last)
		if err != nil {
			return false, err
		}
		redacted = more
		if n = notes[i]; n.Text == clean {
			return false, nil
		}
		n.Text = clean
		t.Renoted = []Note{n}
		return true, nil
	})
	return n, redacted, err
}

func (t *turn) note(a Agent, externalID, event, text string) Note {
	n := Note{ID: t.bot.o.NewID(), TicketID: t.Ticket.ID, ExternalID: externalID, Agent: a, Event: event, Text: text, At: t.now}
	t.Notes = append(t.Notes, n)
	return n
}

// eventPassed marks the note that says why a ticket was passed on.
const eventPassed = "passed"

// Pass gives a ticket to another queue, where nobody has taken it yet. Its desks get it whole,
// with the reason among its notes. [ErrQueue], [ErrClosed].
func (b *Bot) Pass(ctx context.Context, a Agent, ticketID string, to Queue, reason string) (Ticket, error) {
	if to != QueueSupport && to != QueueHexpert {
		return Ticket{}, fmt.Errorf("%w: %q", ErrQueue, to)
	}
	reason, _ = b.harmless(reason)
	return b.act(ctx, a, ticketID, func(t *turn, a Agent) (bool, error) {
		k := t.Ticket
		if k.Status == TicketClosed {
			return false, ErrClosed
		}
		if k.Queue == to {
			return false, nil
		}
		reason, _, err := t.harmless(ctx, reason, FromAgent, "")
		if err != nil {
			return false, err
		}
		from := k.Queue
		k.Queue, k.Agent, k.TakenAt = to, Agent{}, time.Time{}
		if c := &t.Conversation; c.TicketID == k.ID && t.withTeam() {
			c.Session.Queue = string(to)
		}
		t.note(a, "", eventPassed, reason)
		return true, t.pass(ctx, *k, from)
	})
}

// pass tells the desks of both queues.
func (t *turn) pass(ctx context.Context, k Ticket, from Queue) error {
	before := k
	before.Queue = from
	for _, d := range t.bot.o.Desks {
		old, was, err := t.where(ctx, d, before)
		if err != nil {
			return err
		}
		now, is, err := t.where(ctx, d, k)
		if err != nil {
			return err
		}
		switch {
		case !d.Live:
			// Who gets it by mail has seen nothing of it.
			owed := t.about(k, d.Channel, now, DeliverPassed)
			owed.Ref, owed.UpTo = refCard, t.Conversation.LastSeq
			t.Deliveries = append(t.Deliveries, owed)
		case was && is && old == now:
			t.Deliveries = append(t.Deliveries, t.point(k, d.Channel, now, DeliverPassed, refCard, 0))
		default:
			if was {
				t.Deliveries = append(t.Deliveries, t.point(k, d.Channel, old, DeliverAway, refCard, 0))
			}
			if is {
				if err := t.reportTo(ctx, d, k, DeliverTicket); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Resolve closes a ticket, and tells the contact. The reason is for the team.
func (b *Bot) Resolve(ctx context.Context, a Agent, ticketID, reason string) (Ticket, error) {
	reason, _ = b.harmless(reason)
	return b.act(ctx, a, ticketID, func(t *turn, a Agent) (bool, error) {
		k, c := t.Ticket, &t.Conversation
		if k.Status == TicketClosed {
			return false, nil
		}
		reason, _, err := t.harmless(ctx, reason, FromAgent, "")
		if err != nil {
			return false, err
		}
		k.Status, k.WaitingSince = TicketClosed, time.Time{}
		k.Resolution = Resolution{By: a, Reason: reason, At: t.now}
		// The end of one ticket is not the end of what they ask the bot, or of another ticket.
		ends := c.TicketID == k.ID && t.withTeam()
		m := Message{From: FromBot, Text: t.word("ticket_resolved", map[string]string{"ticket": Number(k.Number)})}
		if ends {
			m.Event, m.TicketNumber = string(flows.Settled), k.Number
		}
		t.append(m)
		if c.Updated = t.now; ends {
			t.settle()
		}
		return true, t.reportLive(ctx, *k, DeliverResolved)
	})
}

// act has an agent change a ticket, in the conversation where its answers go.
func (b *Bot) act(ctx context.Context, a Agent, ticketID string, do func(*turn, Agent) (changed bool, err error)) (Ticket, error) {
	return b.actIn(ctx, a, ticketID, nil, do)
}

// actIn has an agent change a ticket. where names the conversation of the turn.
func (b *Bot) actIn(ctx context.Context, a Agent, ticketID string, where func(Ticket) (string, error), do func(*turn, Agent) (bool, error)) (Ticket, error) {
	if a = a.plain(); a.ID == "" {
		return Ticket{}, errAgent
	}
	_, c, _, err := b.ticketAt(ctx, ticketID, where)
	if err != nil {
		return Ticket{}, err
	}
	defer b.locks.lock(c.Channel + "\x00" + c.Address)()
	var k Ticket
	changed := false
	err = b.again(ctx, func() (*turn, error) {
		ticket, c, contact, err := b.ticketAt(ctx, ticketID, where)
		if err != nil {
			return nil, err
		}
		t := &turn{
			Turn: Turn{Conversation: c, Contact: contact, Ticket: &ticket},
			bot:  b, book: b.current.book, reader: b.current.reader, now: b.o.Now(),
		}
		changed, err = do(t, a)
		if err != nil {
			return nil, err
		}
		if k = ticket; !changed {
			return nil, nil
		}
		ticket.Updated = t.now
		k = ticket
		return t, nil
	})
	if err != nil {
		return Ticket{}, err
	}
	if changed {
		k.Version++
	}
	return k, nil
}

// ticketAt gives a ticket and the conversation where it is answered, or another one that where
// names.
func (b *Bot) ticketAt(ctx context.Context, id string, where func(Ticket) (string, error)) (k Ticket, c Conversation, p Contact, err error) {
	if k, err = b.o.Store.Ticket(ctx, id); err != nil {
		return k, c, p, err
	}
	at := k.AnswerID
	if where != nil {
		if at, err = where(k); err != nil {
			return k, c, p, err
		}
	}
	c, p, err = b.o.Store.ConversationByID(ctx, at)
	if errors.Is(err, ErrNotFound) && at != k.ConversationID {
		c, p, err = b.o.Store.ConversationByID(ctx, k.ConversationID) // the other one was forgotten
	}
	return k, c, p, err
}

// Ticket gives a ticket by its id. [ErrNotFound].
func (b *Bot) Ticket(ctx context.Context, id string) (Ticket, error) {
	return b.o.Store.Ticket(ctx, id)
}

// TicketByNumber gives a ticket by what people call it. [ErrNotFound].
func (b *Bot) TicketByNumber(ctx context.Context, number int64) (Ticket, error) {
	return b.o.Store.TicketByNumber(ctx, number)
}

// TicketsOf gives the tickets of a person, newest first.
func (b *Bot) TicketsOf(ctx context.Context, person string) ([]Ticket, error) {
	return b.o.Store.TicketsOf(ctx, person)
}

// Notes gives the notes of a ticket, oldest first. They are for the team only.
func (b *Bot) Notes(ctx context.Context, ticketID string) ([]Note, error) {
	return b.o.Store.Notes(ctx, ticketID)
}

// ByReceipt gives the delivery that a channel calls by a receipt, and with it the ticket or the
// conversation it was about. [ErrNotFound].
func (b *Bot) ByReceipt(ctx context.Context, channel, receipt string) (Delivery, error) {
	return b.o.Store.ByReceipt(ctx, channel, receipt)
}

// Posted gives the deliveries on a channel that were owed at or after since and have a receipt,
// by it.
func (b *Bot) Posted(ctx context.Context, channel string, since time.Time) ([]Delivery, error) {
	return b.o.Store.Posted(ctx, channel, since)
}

// Accept keeps an event of a channel before it is acknowledged. The same key again is not fresh.
func (b *Bot) Accept(ctx context.Context, key string, payload []byte) (fresh bool, err error) {
	return b.o.Store.Accept(ctx, key, payload, b.o.Now())
}

// Accepted gives at most n events that are not handled yet, in the order in which they came.
func (b *Bot) Accepted(ctx context.Context, n int) ([]Accepted, error) {
	return b.o.Store.Accepted(ctx, n)
}

// Handled says that an event needs no more attention.
func (b *Bot) Handled(ctx context.Context, key string) error { return b.o.Store.Handled(ctx, key) }
