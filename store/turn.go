package store

import (
	"context"
	"errors"
	"fmt"

	"latchkey/bot"
)

// Commit stores a turn, whole or not at all. When it returns nil the turn is on disk.
func (db *DB) Commit(ctx context.Context, t bot.Turn) error {
	err := check(t)
	if err == nil {
		err = db.writer.write(ctx, func(tx *tx) error { return putTurn(tx, t) })
	}
	if err != nil {
		return fmt.Errorf("store: commit conversation %s: %w", t.Conversation.ID, err)
	}
	return nil
}

// check finds what is wrong with a turn whatever is stored. Thinking again would not mend
// it: none of these is an [bot.ErrConflict].
func check(t bot.Turn) error {
	c := t.Conversation
	if c.ID == "" {
		return errors.New("the conversation has no id")
	}
	if c.ContactID != t.Contact.ID {
		return fmt.Errorf("it belongs to contact %q, and the turn brings %q", c.ContactID, t.Contact.ID)
	}
	before := lastSeqBefore(t)
	if t.New && before != 0 {
		return fmt.Errorf("a new log begins with number 1, not %d", before+1)
	}
	for i, m := range t.Messages {
		if m.ConversationID != c.ID {
			return fmt.Errorf("message %d is of conversation %q", m.Seq, m.ConversationID)
		}
		if want := before + 1 + int64(i); m.Seq != want {
			return fmt.Errorf("message %d stands where number %d belongs", m.Seq, want)
		}
	}
	for _, m := range t.Changed {
		if m.ConversationID != c.ID {
			return fmt.Errorf("message %d, which changes, is of conversation %q", m.Seq, m.ConversationID)
		}
	}
	for _, m := range t.Read {
		if m.ConversationID != c.ID {
			return fmt.Errorf("message %d, which was read, is of conversation %q", m.Seq, m.ConversationID)
		}
	}
	for _, a := range t.Answers {
		if a.ConversationID != c.ID || a.Seq < 1 || a.Seq > c.LastSeq {
			return fmt.Errorf("an answer stands at message %d of conversation %q", a.Seq, a.ConversationID)
		}
	}
	if err := checkAllDue(t.Deliveries); err != nil {
		return err
	}
	return checkPictures(t)
}

// lastSeqBefore is where the log must end for the turn's messages to continue it.
func lastSeqBefore(t bot.Turn) int64 {
	return t.Conversation.LastSeq - int64(len(t.Messages))
}

func putTurn(tx *tx, t bot.Turn) error {
	if err := putContact(tx, t.Contact); err != nil {
		return err
	}
	if err := putConversation(tx, t); err != nil {
		return err
	}
	for _, m := range t.Messages {
		if err := addMessage(tx, m); err != nil {
			return err
		}
		if m.Picture != nil {
			if err := addPicture(tx, m, t.Pictures[m.Picture.ID]); err != nil {
				return err
			}
		}
	}
	for _, m := range t.Changed {
		if err := changeMessage(tx, m); err != nil {
			return err
		}
	}
	for _, m := range t.Read {
		if err := readMessage(tx, m); err != nil {
			return err
		}
	}
	if t.Ticket != nil {
		if err := putTicket(tx, *t.Ticket); err != nil {
			return err
		}
	}
	for _, n := range t.Notes {
		if err := addNote(tx, n); err != nil {
			return err
		}
	}
	for _, n := range t.Renoted {
		if err := changeNote(tx, n); err != nil {
			return err
		}
	}
	for _, a := range t.Answers {
		if err := putAnswer(tx, a); err != nil {
			return err
		}
	}
	return addDeliveries(tx, t.Deliveries)
}
