package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/bot/redact"
	"latchkey/flows"
)

// What is typed is stored before anybody is asked what it means: a [flows.Slow] reader may take
// seconds, and a process may end in them. The message stands in the log without a move then, and
// its conversation says so, until a second turn reads and answers it: at once, or by whoever finds
// it unread. The version of the conversation lets only one of them do it.

const (
	// forsaken is how long a message waits unread before somebody else than the process that
	// stored it takes it up: longer than any reader takes.
	forsaken = 30 * time.Second
	// unreadAtOnce are taken up side by side, since each of them may wait for a model.
	unreadAtOnce = 8
)

var (
	// errSlow: reading what was typed takes longer than a turn should.
	errSlow = errors.New("bot: reading it takes a while")
	// errUnread: what was written before is to be answered first.
	errUnread = errors.New("bot: an earlier message is not read yet")
)

type conversationKey struct{}

// ConversationOf gives the id of the conversation in which a [flows.Reader] is asked to read, or
// "" outside of one: a reader that costs money counts by it.
func ConversationOf(ctx context.Context) string {
	id, _ := ctx.Value(conversationKey{}).(string)
	return id
}

// ask has a text read among some moves. errSlow says that it has to be stored first. Nobody else is
// asked about what is written to the team, nor about a text that will be read again, in its own
// language.
func (t *turn) ask(ctx context.Context, text string, legal []flows.Option) (flows.Reading, error) {
	lang := t.Conversation.Session.Lang
	ctx = context.WithValue(ctx, conversationKey{}, t.Conversation.ID)
	slow, ok := t.reader.(flows.Slow)
	l := t.book.LanguageOf(text)
	alone := t.withTeam() || l != "" && l != lang
	if !ok || t.unread != nil && !alone {
		return t.reader.Read(ctx, text, lang, legal)
	}
	r, more, err := slow.Quick(ctx, text, lang, legal)
	if err == nil && more && !alone {
		err = errSlow
	}
	return r, err
}

// hear puts what the contact wrote into the log, or notes what it was read as where it stands
// there already.
func (t *turn) hear(m Message) {
	if t.unread == nil {
		t.append(m)
		return
	}
	read := *t.unread
	read.Move = m.Move
	t.Read = append(t.Read, read)
}

// inTurn thinks and commits what came in after what is still unread before it, and in two turns
// where reading it is slow.
func (b *Bot) inTurn(ctx context.Context, in Inbound, think func() (*turn, error)) error {
	for range maxThoughts {
		err := b.again(ctx, think)
		if errors.Is(err, errSlow) {
			if err = b.keep(ctx, in); err == nil {
				b.answerKept(ctx, in)
				return nil
			}
		}
		if !errors.Is(err, errUnread) {
			return err
		}
		if err = b.answer(ctx, in.Channel, in.Address); err != nil {
			return err
		}
	}
	return fmt.Errorf("bot: gave up after %d unread messages: %w", maxThoughts, ErrConflict)
}

// keep stores a message that nobody has read yet.
func (b *Bot) keep(ctx context.Context, in Inbound) error {
	return b.again(ctx, func() (*turn, error) {
		t, err := b.arrive(ctx, in)
		if err != nil {
			return nil, err
		}
		// What a reader elsewhere is asked about later is what stands here.
		text, _, err := t.harmless(ctx, in.Text, FromContact, "")
		if err != nil {
			return nil, err
		}
		t.append(Message{ExternalID: in.ExternalID, From: FromContact, Text: text})
		c := &t.Conversation
		c.UnreadSeq, c.UnreadAt = c.LastSeq, t.now
		// Nobody is silent who waits for an answer.
		c.Updated, c.DueAt = t.now, time.Time{}
		return t, nil
	})
}

// answerKept answers what was just stored. What fails is no reason to say that it was not taken:
// it is found unread and tried again.
func (b *Bot) answerKept(ctx context.Context, in Inbound) {
	if err := b.answer(ctx, in.Channel, in.Address); err != nil {
		b.o.Log.Warn("a message waits for its answer; it will be tried again", "channel", in.Channel, "error", err)
	}
}

// answer reads and answers the message at an address that was stored without being read, if there
// is one.
func (b *Bot) answer(ctx context.Context, channel, address string) error {
	return b.again(ctx, func() (*turn, error) {
		c, contact, err := b.o.Store.Conversation(ctx, channel, address)
		if errors.Is(err, ErrNotFound) || err == nil && c.UnreadSeq == 0 {
			return nil, nil // forgotten, or answered by somebody else
		}
		if err != nil {
			return nil, err
		}
		log, err := b.o.Store.Messages(ctx, c.ID, c.UnreadSeq-1, c.UnreadSeq, 1)
		if err != nil {
			return nil, err
		}
		if len(log) == 0 {
			return nil, fmt.Errorf("bot: message %d of conversation %s waits to be read, and is not there", c.UnreadSeq, c.ID)
		}
		c.UnreadSeq, c.UnreadAt = 0, time.Time{}
		t, err := b.resume(ctx, c, contact)
		if err != nil {
			return nil, err
		}
		t.unread = &log[0]
		in := Inbound{Channel: channel, Address: address, ExternalID: log[0].ExternalID, Text: log[0].Text}
		return t, b.think(ctx, t, in, redact.Marked(in.Text))
	})
}

// AnswerUnread answers messages that were stored and have waited for their answer for some time,
// because the process that took them ended; zero: all there are. It gives how many it took up.
func (b *Bot) AnswerUnread(ctx context.Context, waited time.Duration) (int, error) {
	all, err := b.o.Store.Unread(ctx, b.o.Now().Add(-waited), dueAtOnce)
	if err != nil {
		return 0, err
	}
	// One that cannot be answered keeps no other from its answer.
	errs := make([]error, len(all))
	var g errgroup.Group
	g.SetLimit(unreadAtOnce)
	for i, c := range all {
		g.Go(func() error {
			defer b.locks.lock(c.Channel + "\x00" + c.Address)()
			if err := b.answer(ctx, c.Channel, c.Address); err != nil {
				errs[i] = fmt.Errorf("bot: answer conversation %s: %w", c.ID, err)
			}
			return nil
		})
	}
	_ = g.Wait() // each has its own error
	return len(all), errors.Join(errs...)
}

// unreader looks for unread messages: those of processes before this one first.
func (b *Bot) unreader() func(context.Context) (int, error) {
	waited := time.Duration(0)
	return func(ctx context.Context) (int, error) {
		total := 0
		for {
			n, err := b.AnswerUnread(ctx, waited)
			total += n
			if err != nil || n < dueAtOnce {
				waited = forsaken
				return total, err
			}
		}
	}
}
