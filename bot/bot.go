package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"latchkey/flows"
	"latchkey/kb"
)

// Words are the words of the book that this package says itself; [New] refuses a book that
// lacks one.
var Words = []string{
	"secret_removed", "choice_passed", "ticket_added", "team_has_it", "ticket_settled", "ticket_resolved", "reopened", "begun_anew",
	"picture", "picture_kept", "transcript_sent",
	"answer_more", "answer_helped", "answer_yes", "answer_no", "answer_thanks", "answer_sorry", "answer_unknown",
	// Each tells what to do instead.
	"refused_" + string(RefusedType), "refused_" + string(RefusedLarge), "refused_" + string(RefusedBroken),
	"refused_" + string(RefusedMany), "refused_" + string(RefusedEmail), "refused_" + string(RefusedTranscripts),
}

// Options are what a [Bot] is made of. Store and Book are needed.
type Options struct {
	Store Store
	// Book holds the decision trees for new conversations.
	Book *flows.Book
	// Variables are the configured variables of the texts, also for older versions of the book.
	Variables map[string]string
	// Reader gives what reads typed text for a book; nil takes the book's own matcher.
	Reader func(*flows.Book) flows.Reader
	// Help answers questions; nil: there is no knowledge base. HelpURL gives the address of an
	// article's section for people, or "" while there is none; nil: answers carry no link.
	Help    *kb.Base
	HelpURL func(lang, id, section string) string
	// Senders send deliveries, by the name of their channel.
	Senders map[string]Sender
	// Desks are where the team hears of tickets.
	Desks []Desk
	// Push are the channels that have to be written to: there, what is said to a contact is owed
	// to them as a delivery. On others they read the log.
	Push []string
	// Mails: mail can be sent to contacts, and they can have the conversation mailed to them.
	Mails bool
	// MailAfter is how long an agent's words may stand unseen before they go to the contact by
	// mail. Zero: never.
	MailAfter time.Duration
	// RemindAfter is the silence after which a person is reminded once, and CloseAfter the
	// further silence after which the conversation is put aside. Zero: never.
	RemindAfter time.Duration
	CloseAfter  time.Duration
	// Now and NewID are the clock and the source of ids; nil takes the real ones.
	Now   func() time.Time
	NewID func() string
	// NewKey makes the ids of pictures, which nobody may guess; nil takes 144 random bits.
	NewKey func() string
	Log    *slog.Logger
}

// Bot is the core. It is safe for use by several goroutines.
type Bot struct {
	o       Options
	current bound // what new conversations begin with
	books   books
	locks   keyed
	watch   watchers
	// stirred wakes the deliverer; it holds at most one wake-up.
	stirred chan struct{}
	// sending holds the ids of the deliveries that are on their way.
	sending sync.Map
}

// New makes a bot, and keeps the book's files in the store, so that conversations begun with
// them can be carried on by a later version of the program.
func New(ctx context.Context, o Options) (*Bot, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = newID
	}
	if o.NewKey == nil {
		o.NewKey = newKey
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Reader == nil {
		o.Reader = func(b *flows.Book) flows.Reader { return b.Matcher() }
	}
	if lacks := o.Book.Lacks(Words); len(lacks) > 0 {
		return nil, fmt.Errorf("bot: the flow files lack these words: %v", lacks)
	}
	b := &Bot{o: o, stirred: make(chan struct{}, 1)}
	book, err := o.Book.With(o.Variables)
	if err != nil {
		return nil, fmt.Errorf("bot: %w", err)
	}
	if err := o.Store.SaveBook(ctx, book.Version, book.Files(), o.Now()); err != nil {
		return nil, fmt.Errorf("bot: keep the decision trees: %w", err)
	}
	b.o.Book = book
	b.current = bound{book, o.Reader(book)}
	b.books.put(b.current)
	return b, nil
}

// Book gives the decision trees new conversations begin with.
func (b *Bot) Book() *flows.Book { return b.o.Book }

// Languages gives the languages the bot speaks, in order.
func (b *Bot) Languages() []flows.LanguageName { return b.o.Book.Languages() }

// Word gives one of the bot's words in a language.
func (b *Bot) Word(key, lang string) string { return b.o.Book.Word(key, lang, nil) }

// Welcome gives what a new conversation would begin with. Nothing is stored.
func (b *Bot) Welcome(flow, lang string) View {
	t := b.begin(Inbound{Flow: flow, Lang: lang})
	return View{
		Conversation: t.Conversation, Contact: t.Contact, Messages: t.Messages,
		Always: always(t.book, t.Conversation.Session), Mails: b.o.Mails,
	}
}

// View gives the conversation at an address and the newest of its messages after a number, at
// most most of them, 0 for all. ErrNotFound.
func (b *Bot) View(ctx context.Context, channel, address string, after int64, most int) (View, error) {
	c, contact, err := b.o.Store.Conversation(ctx, channel, address)
	if err != nil {
		return View{}, err
	}
	messages, err := b.newest(ctx, c, after, c.LastSeq, most)
	if err != nil {
		return View{}, err
	}
	book, _, err := b.book(ctx, c.Session.Version)
	s := c.Session
	if errors.Is(err, errBookLost) {
		book, s = b.current.book, b.afresh(s)
	} else if err != nil {
		return View{}, err
	}
	return View{Conversation: c, Contact: contact, Messages: messages, Always: always(book, s), Fills: fills(book, s), Mails: b.o.Mails}, nil
}

// Messages gives the messages of the conversation at an address whose number is smaller than
// before: the newest of them, at most most, 0 for all, in order. ErrNotFound.
func (b *Bot) Messages(ctx context.Context, channel, address string, before int64, most int) ([]Message, error) {
	c, _, err := b.o.Store.Conversation(ctx, channel, address)
	if err != nil {
		return nil, err
	}
	return b.newest(ctx, c, 0, min(before-1, c.LastSeq), most)
}

// newest gives the messages from after (excluded) to upTo (included), or the last of them. The
// numbers have no gap, so how many there are need not be counted.
func (b *Bot) newest(ctx context.Context, c Conversation, after, upTo int64, most int) ([]Message, error) {
	if most > 0 {
		after = max(after, upTo-int64(most))
	}
	if upTo <= after {
		return nil, nil // to the store, an upTo of 0 is the end of the log
	}
	return b.o.Store.Messages(ctx, c.ID, after, upTo, 0)
}

// always gives the buttons that are there at every step.
func always(book *flows.Book, s flows.Session) []flows.Choice {
	var out []flows.Choice
	for _, o := range book.Moves(s) {
		if o.Label == "" {
			continue
		}
		switch o.Kind {
		case flows.Jump:
			if !slices.Contains([]string{flows.JumpPerson, flows.JumpWorks, flows.JumpDisabled}, o.ID) {
				continue
			}
		case flows.Back, flows.Restart, flows.Wait, flows.Language:
		default:
			continue
		}
		out = append(out, flows.Choice{Move: o.Move.String(), Label: o.Label})
	}
	return out
}

// books are the versions of the decision trees in use, each with its reader.
type books struct {
	sync.Mutex
	by map[string]bound
}

type bound struct {
	book   *flows.Book
	reader flows.Reader
}

func (bs *books) put(v bound) {
	bs.Lock()
	defer bs.Unlock()
	if bs.by == nil {
		bs.by = map[string]bound{}
	}
	bs.by[v.book.Version] = v
}

// book gives the version a session was begun with: people in the middle of a conversation do
// not feel that the trees were changed. errBookLost.
func (b *Bot) book(ctx context.Context, version string) (*flows.Book, flows.Reader, error) {
	b.books.Lock()
	have, ok := b.books.by[version]
	b.books.Unlock()
	if ok {
		return have.book, have.reader, nil
	}
	files, err := b.o.Store.Book(ctx, version)
	if errors.Is(err, ErrNotFound) {
		return nil, nil, fmt.Errorf("bot: decision trees %s: %w", version, errBookLost)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("bot: decision trees %s: %w", version, err)
	}
	book, err := flows.LoadFiles(files)
	if err != nil {
		b.o.Log.Warn("old decision trees do not load any more", "version", version, "error", err)
		return nil, nil, fmt.Errorf("bot: decision trees %s: %w", version, errBookLost)
	}
	values := maps.Clone(b.o.Variables)
	maps.DeleteFunc(values, func(name, _ string) bool { return !slices.Contains(book.Variables(), name) })
	if book, err = book.With(values); err != nil {
		return nil, nil, err
	}
	have = bound{book, b.o.Reader(book)}
	b.books.put(have)
	return have.book, have.reader, nil
}

// Receive takes one inbound message; see [Receiver].
func (b *Bot) Receive(ctx context.Context, in Inbound) error {
	secret := false
	in.Text, secret = b.harmless(in.Text)
	in.Identity = in.Identity.plain()
	in.Person = plain(in.Person)
	var picture *shown
	if in.Picture != nil {
		var err error
		// Before anybody waits for it: a large picture takes a second.
		if picture, err = b.clean(ctx, in.Picture); err != nil {
			return err
		}
		in.Picture = nil
	}
	if in.Move != nil {
		// A button carries no text of its own.
		in.Move = &flows.Move{Kind: in.Move.Kind, ID: in.Move.ID}
	}
	defer b.locks.lock(in.Channel + "\x00" + in.Address)()
	err := b.inTurn(ctx, in, func() (*turn, error) {
		t, err := b.arrive(ctx, in)
		if err != nil {
			return nil, err
		}
		if picture != nil {
			return t.look(ctx, in, picture)
		}
		in, secret := in, secret
		if in.Move == nil {
			clean, more, err := t.harmless(ctx, in.Text, FromContact, "")
			if err != nil {
				return nil, err
			}
			in.Text, secret = clean, secret || more
		}
		return t, b.think(ctx, t, in, secret)
	})
	if errors.Is(err, ErrDuplicate) {
		return nil
	}
	return err
}

// maxThoughts is how often a turn is thought anew because somebody was quicker.
const maxThoughts = 20

// again thinks and commits a turn, and once more when somebody else committed first. A turn of
// nil is nothing to commit.
func (b *Bot) again(ctx context.Context, think func() (*turn, error)) error {
	var err error
	for range maxThoughts {
		var t *turn
		if t, err = think(); err != nil || t == nil {
			return err
		}
		t.push()
		if err = b.o.Store.Commit(ctx, t.Turn); err == nil {
			b.watch.wake(t.Conversation.Channel, t.Conversation.Address)
			if t.Ticket != nil && t.Ticket.Person != "" {
				b.watch.wake(ticketsOf, t.Ticket.Person)
			}
			if len(t.Deliveries) > 0 {
				b.stir()
			}
			t.log()
			return nil
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("bot: gave up after %d attempts: %w", maxThoughts, err)
}
