package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/flows"
)

// How long old versions of the decision trees are kept.
const (
	// keepBooks is how long after its last change a closed conversation can be carried on.
	// Whoever comes back later is begun anew with the newest trees.
	keepBooks = 90 * 24 * time.Hour
	// pruneEvery is how often a bot renews its own version and looks for old ones.
	pruneEvery = time.Hour
	// keepAccepted is how long a channel's event is known again when it comes twice: longer than a
	// channel looks back for what it may have missed.
	keepAccepted = 72 * time.Hour
	// renewed is how lately a version must have been renewed to be left alone though nobody
	// is on it: another process may begin conversations with it. Some renewals may fail.
	renewed = 24 * pruneEvery
)

// errBookLost: the version a session was begun with is not kept any more, or this program
// cannot read it.
var errBookLost = errors.New("this version of the decision trees is lost")

// Prune deletes the versions of the decision trees that nobody needs, and renews the bot's
// own, which is never deleted. It gives how many are gone. The events of channels that are too old
// to come again go with them.
func (b *Bot) Prune(ctx context.Context) (int, error) {
	now, book := b.o.Now(), b.current.book
	if err := b.o.Store.SaveBook(ctx, book.Version, book.Files(), now); err != nil {
		return 0, fmt.Errorf("bot: renew the decision trees: %w", err)
	}
	if _, err := b.o.Store.PruneAccepted(ctx, now.Add(-keepAccepted)); err != nil {
		return 0, fmt.Errorf("bot: %w", err)
	}
	gone, err := b.o.Store.PruneBooks(ctx, now.Add(-renewed), now.Add(-keepBooks))
	if err != nil {
		return 0, fmt.Errorf("bot: prune the decision trees: %w", err)
	}
	if len(gone) > 0 {
		b.books.forget(gone)
		b.o.Log.Info("old decision trees deleted", "versions", gone)
	}
	return len(gone), nil
}

func (bs *books) forget(versions []string) {
	bs.Lock()
	defer bs.Unlock()
	for _, v := range versions {
		delete(bs.by, v)
	}
}

// afresh gives a session in the newest trees to somebody whose version is lost. A ticket stays
// with the team: nothing begins again while people have it.
func (b *Bot) afresh(s flows.Session) flows.Session {
	fresh, _ := b.current.book.Anew(s, "begun_anew")
	if s.Outcome == flows.OutcomeTicket {
		fresh.Outcome, fresh.Queue = s.Outcome, s.Queue
	}
	return fresh
}

// anew tells somebody whose version was lost that we begin again, and answers what they wrote
// only where it means the same anywhere: "a person please", "my account is disabled". An answer
// to an old question is not one to the first question of the new tree.
func (t *turn) anew(ctx context.Context, move flows.Move, passed bool) error {
	s, events := t.book.Anew(t.Conversation.Session, "begun_anew")
	t.Conversation.Session = s
	t.tell(events)
	if move.Kind == flows.Jump && !passed {
		if err := t.follow(ctx, move); err != nil {
			return err
		}
	}
	t.settle()
	return nil
}

// next follows a move in the trees the conversation was begun with. Only who begins again
// after a good end does so with the newest: for everybody else, what was said so far would
// change its meaning.
func (t *turn) next(move flows.Move) (flows.Session, []flows.Event) {
	s, newest := t.Conversation.Session, t.bot.current
	if s.Outcome == flows.OutcomeResolved && s.Version != newest.book.Version {
		switch move.Kind {
		case flows.Restart:
			t.book, t.reader = newest.book, newest.reader
			return t.book.Anew(s, "restarted")
		case flows.Unclear:
			t.book, t.reader = newest.book, newest.reader
			return t.book.Anew(s, "begun_anew")
		}
	}
	return t.book.Next(s, move)
}
