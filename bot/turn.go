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

// turn is a [Turn] in the making.
type turn struct {
	Turn
	bot    *Bot
	book   *flows.Book
	reader flows.Reader
	now    time.Time
	// lost: the version it was begun with is gone, and the session is a fresh one in the newest.
	lost bool
	// reading is what the text was last taken to mean.
	reading flows.Reading
	// unread is the message that is thought about, when it was stored before (slow.go).
	unread *Message
	// beside are facts that came beside the tree, by name (learn.go).
	beside map[string]string
}

// arrive gives a turn on the conversation that a message came to, with what it says of the person.
// errUnread: an earlier message is to be answered first.
func (b *Bot) arrive(ctx context.Context, in Inbound) (*turn, error) {
	t, err := b.load(ctx, in)
	if err != nil {
		return nil, err
	}
	if t.Conversation.UnreadSeq != 0 {
		return nil, errUnread
	}
	t.introduce(in.Identity)
	if in.Person != "" {
		t.Contact.Person = in.Person
	}
	return t, nil
}

// load gives a turn on the conversation at an address, or on a new one.
func (b *Bot) load(ctx context.Context, in Inbound) (*turn, error) {
	c, contact, err := b.o.Store.Conversation(ctx, in.Channel, in.Address)
	if errors.Is(err, ErrNotFound) {
		return b.begin(in), nil
	}
	if err != nil {
		return nil, err
	}
	return b.resume(ctx, c, contact)
}

func (b *Bot) resume(ctx context.Context, c Conversation, contact Contact) (*turn, error) {
	book, reader, err := b.book(ctx, c.Session.Version)
	lost := errors.Is(err, errBookLost)
	if lost {
		book, reader, c.Session = b.current.book, b.current.reader, b.afresh(c.Session)
	} else if err != nil {
		return nil, err
	}
	return &turn{
		Turn: Turn{Conversation: c, Contact: contact},
		bot:  b, book: book, reader: reader, now: b.o.Now(), lost: lost,
	}, nil
}

// begin makes a new conversation with its first words.
func (b *Bot) begin(in Inbound) *turn {
	now := b.o.Now()
	t := &turn{bot: b, book: b.current.book, reader: b.current.reader, now: now}
	t.New = true
	given := map[string]string{"name": in.Identity.Name, "email": in.Identity.Email}
	s, events := t.book.Start(in.Flow, in.Lang, given)
	t.Contact = Contact{
		ID: b.o.NewID(), Channel: in.Channel, Address: in.Address,
		Lang: s.Lang, Name: in.Identity.Name, Email: in.Identity.Email, Identity: in.Identity, Created: now,
	}
	t.Conversation = Conversation{
		ID: b.o.NewID(), ContactID: t.Contact.ID, Channel: in.Channel, Address: in.Address,
		Status: StatusBot, Created: now, Updated: now,
	}
	t.Conversation.Session = s
	t.tell(events)
	return t
}

// introduce notes who the page says the contact is now. A page that says nothing takes nothing
// back, and what was proved once stays proved until somebody else is named: a signature expires
// while the page is open.
func (t *turn) introduce(i Identity) {
	was := t.Contact.Identity
	same := (i.UserID == "" || i.UserID == was.UserID) && (i.Email == "" || i.Email == was.Email)
	if i == (Identity{}) || was.Verified && !i.Verified && same {
		return
	}
	t.Contact.Identity = i
}

// think answers one inbound message.
func (b *Bot) think(ctx context.Context, t *turn, in Inbound, secret bool) error {
	c := &t.Conversation
	if in.Move != nil && in.Move.Kind == flows.Helped && !t.lost {
		if passed, err := t.judged(ctx, in); err != nil || !passed {
			t.settle()
			return err
		}
	}
	if len(in.Told) > 0 && t.withTeam() {
		return t.learn(ctx, in, secret)
	}
	pressed, passed, err := t.pressed(ctx, in)
	if err != nil {
		return err
	}
	move, err := t.read(ctx, in, pressed)
	if err != nil {
		return err
	}
	l := t.book.LanguageOf(in.Text)
	if in.Move == nil && move.Kind != flows.Language && l != "" && l != c.Session.Lang {
		// "En français svp" asks for a language in that language, and is a move; anything else
		// is read again among the words of the language it is in.
		c.Session.Lang = l
		if move, err = t.read(ctx, in, nil); err != nil {
			return err
		}
	}
	away, err := t.lookUp(ctx, in, move)
	if err != nil {
		return err
	}
	as := noted(move)
	if away != nil {
		as = askedHelp
	}
	t.hear(Message{ExternalID: in.ExternalID, From: FromContact, Text: in.Text, Move: as})
	if secret {
		t.say("secret_removed", nil)
	}
	team := t.withTeam()
	if t.lost && !team {
		return t.anew(ctx, move, passed)
	}
	if passed {
		t.say("choice_passed", nil)
		t.repeat()
	} else if team && move.Kind == flows.Unclear {
		return t.addToTicket(ctx)
	} else if away != nil {
		t.digress(away)
	} else if err := t.follow(ctx, move); err != nil {
		return err
	}
	t.settle()
	if team && move.Kind == flows.Chat {
		return t.courtesy(ctx)
	}
	return nil
}

// withTeam says whether people have the conversation, or had it last: a ticket that an agent
// closed is still theirs to open again.
func (t *turn) withTeam() bool { return t.Conversation.Session.Outcome == flows.OutcomeTicket }

// follow takes a move through the tree and tells what happened.
func (t *turn) follow(ctx context.Context, move flows.Move) error {
	s, events := t.next(move)
	mine := !t.withTeam()
	t.Conversation.Session = s
	if mine && move.Kind == flows.Back && t.withTeam() {
		// It did not work after all.
		if closed, err := t.closedTicket(ctx); err != nil {
			return err
		} else if closed {
			return t.addToTicket(ctx)
		}
	}
	for _, e := range events {
		switch e.Kind {
		case flows.Opened:
			if err := t.open(ctx, e); err != nil {
				return err
			}
		case flows.Settled:
			t.tell([]flows.Event{e})
			if err := t.settleTicket(ctx); err != nil {
				return err
			}
		default:
			t.tell([]flows.Event{e})
		}
	}
	return nil
}

// pressed gives the move of a button that still holds. passed says that the button belongs to
// an earlier question.
func (t *turn) pressed(ctx context.Context, in Inbound) (move *flows.Move, passed bool, err error) {
	if in.Move == nil {
		return nil, false, nil
	}
	legal := slices.ContainsFunc(t.book.Moves(t.Conversation.Session), func(o flows.Option) bool { return o.Move == *in.Move })
	if !legal {
		return nil, true, nil
	}
	if in.Move.Kind != flows.Choose || in.Seq <= 0 {
		return in.Move, false, nil
	}
	// "Yes" to an earlier question is not "yes" to this one, though the move looks the same.
	log := slices.Clone(t.Messages)
	if !t.New {
		if log, err = t.bot.o.Store.Messages(ctx, t.Conversation.ID, in.Seq-1, 0, 0); err != nil {
			return nil, false, err
		}
	}
	was, is := offers(log, in.Seq), []flows.Choice(nil)
	for _, m := range log {
		if len(m.Choices) > 0 {
			is = m.Choices
		}
	}
	same := func(c flows.Choice) bool {
		return c.Move == in.Move.String() && slices.Contains(was, c)
	}
	if !slices.ContainsFunc(is, same) {
		return nil, true, nil
	}
	return in.Move, false, nil
}

func offers(log []Message, seq int64) []flows.Choice {
	for _, m := range log {
		if m.Seq == seq {
			return m.Choices
		}
	}
	return nil
}

// read turns what was typed into a move. While the team has the conversation, only what
// clearly is a move is one; the rest is for the team.
func (t *turn) read(ctx context.Context, in Inbound, pressed *flows.Move) (flows.Move, error) {
	if pressed != nil {
		return *pressed, nil
	}
	s := t.Conversation.Session
	legal := t.book.Moves(s)
	if t.withTeam() {
		legal = t.book.WithTeam(s, legal, t.Conversation.Status != StatusClosed)
	}
	r, err := t.ask(ctx, in.Text, legal)
	if err != nil {
		return flows.Move{}, fmt.Errorf("bot: read: %w", err)
	}
	t.reading = r
	return t.book.Decide(s, r), nil
}

// noted is the form of a move that the log keeps; what was filled in stands in the text.
func noted(m flows.Move) string {
	m.Text = ""
	if m.Kind == flows.Fill {
		return string(flows.Fill)
	}
	return m.String()
}

// append puts a message at the end of the log.
func (t *turn) append(m Message) {
	t.Conversation.LastSeq++
	m.ConversationID, m.Seq, m.At = t.Conversation.ID, t.Conversation.LastSeq, t.now
	t.Messages = append(t.Messages, m)
}

// say puts the bot's own words into the log.
func (t *turn) say(key string, values map[string]string) {
	t.append(Message{From: FromBot, Text: t.word(key, values)})
}

// word gives the bot's own words in the language of the conversation.
func (t *turn) word(key string, values map[string]string) string {
	text := t.book.Word(key, t.Conversation.Session.Lang, values)
	if text == "" {
		// An older version of the trees may lack words that came later.
		text = t.bot.o.Book.Word(key, t.Conversation.Session.Lang, values)
	}
	return text
}

// tell puts events into the log.
func (t *turn) tell(events []flows.Event) {
	for _, e := range events {
		m := Message{From: FromBot, Text: e.Text, Choices: e.Choices}
		if e.Kind == flows.Settled {
			m.Event = string(e.Kind)
		}
		t.append(m)
	}
}

// repeat puts the question again without any change.
func (t *turn) repeat() {
	again := flows.Move{Kind: flows.Language, ID: t.Conversation.Session.Lang}
	_, events := t.book.Next(t.Conversation.Session, again)
	for _, e := range events {
		if e.Kind == flows.Asked {
			t.tell([]flows.Event{e})
		}
	}
}

// settle brings conversation and contact in line with the session.
func (t *turn) settle() {
	c, s := &t.Conversation, t.Conversation.Session
	c.Updated = t.now
	switch s.Outcome {
	case flows.OutcomeResolved:
		c.Status = StatusClosed
	case flows.OutcomeTicket:
		switch {
		case t.Ticket != nil && t.Ticket.ID == c.TicketID && t.Ticket.Status == TicketClosed:
			c.Status = StatusClosed
		case t.Ticket != nil || c.Status != StatusClosed:
			c.Status = StatusTeam
		}
	default:
		c.Status = StatusBot
		if s.Quiet > 1 {
			c.Status = StatusClosed
		}
	}
	c.DueAt = time.Time{}
	if c.Status == StatusBot {
		wait := t.bot.o.RemindAfter
		if s.Quiet > 0 {
			wait = t.bot.o.CloseAfter
		}
		if wait > 0 {
			c.DueAt = t.now.Add(wait)
		}
	}
	t.Contact.Lang = s.Lang
	for fact, field := range map[string]*string{"role": &t.Contact.Role, "name": &t.Contact.Name, "email": &t.Contact.Email} {
		if v := s.Facts[fact]; v != "" {
			*field = v
		}
	}
}

// log says what happened, without a word of what was said.
func (t *turn) log() {
	log := t.bot.o.Log.With("conversation", t.Conversation.ID, "channel", t.Conversation.Channel)
	if t.Ticket != nil {
		log.Info("ticket", "number", Number(t.Ticket.Number), "queue", t.Ticket.Queue, "status", t.Ticket.Status)
	}
	log.Debug("turn", "seq", t.Conversation.LastSeq, "at", t.Conversation.Session.At.String(), "status", t.Conversation.Status)
}

// Number writes a ticket's number as people say it: LK-1042.
func Number(n int64) string { return fmt.Sprintf("LK-%d", n) }

// mention puts a ticket's number into a text of the engine.
func mention(text string, n int64) string {
	return strings.ReplaceAll(text, flows.TicketMark, Number(n))
}
