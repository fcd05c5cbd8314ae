package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"latchkey/bot"
)

const conversationColumns = `c.id, c.contact_id, c.channel, c.address, c.status, c.session,
    c.last_seq, c.version, c.ticket_id,
    c.rated_seq, c.rated_helpful, c.rated_comment, c.rated_at,
    c.delivered_seq, c.seen_seq, c.mailed_seq, c.mail_at, c.unread_seq, c.unread_at,
    c.created_at, c.updated_at, c.due_at`

const (
	newestConversationSQL = `
SELECT ` + conversationColumns + `, ` + contactColumns + `
FROM conversations c JOIN contacts p ON p.id = c.contact_id
WHERE c.channel = $1 AND c.address = $2
ORDER BY c.created_at DESC, c.id DESC
LIMIT 1`

	conversationSQL = `
SELECT ` + conversationColumns + `, ` + contactColumns + `
FROM conversations c JOIN contacts p ON p.id = c.contact_id
WHERE c.id = $1`

	dueSQL = `
SELECT ` + conversationColumns + `
FROM conversations c
WHERE c.status = 'bot' AND c.due_at IS NOT NULL AND c.due_at <= $1
ORDER BY c.due_at, c.id
LIMIT $2`

	conversationsSQL = `
SELECT ` + conversationColumns + `
FROM conversations c
WHERE c.id > $1
ORDER BY c.id
LIMIT $2`

	ratedSQL = `
SELECT ` + conversationColumns + `
FROM conversations c
WHERE c.rated_at IS NOT NULL AND c.rated_at >= $1
ORDER BY c.rated_at DESC, c.id DESC`

	unmailedSQL = `
SELECT ` + conversationColumns + `
FROM conversations c
WHERE c.mail_at IS NOT NULL AND c.mail_at <= $1
ORDER BY c.mail_at, c.id
LIMIT $2`

	unreadSQL = `
SELECT ` + conversationColumns + `
FROM conversations c
WHERE c.unread_at IS NOT NULL AND c.unread_at <= $1
ORDER BY c.unread_at, c.id
LIMIT $2`

	addConversationSQL = `
INSERT INTO conversations (id, contact_id, channel, address, status, session, book,
    last_seq, version, ticket_id, rated_seq, rated_helpful, rated_comment, rated_at,
    delivered_seq, seen_seq, mailed_seq, mail_at, unread_seq, unread_at, created_at, updated_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`

	// The version says that nobody was quicker, last_seq that the log has no gap. What is
	// delivered and seen is left alone: markSQL moves it without a version.
	changeConversationSQL = `
UPDATE conversations
SET status = $1, session = $2, book = $3, last_seq = $4, version = version + 1, ticket_id = $5,
    rated_seq = $6, rated_helpful = $7, rated_comment = $8, rated_at = $9,
    mailed_seq = $10, mail_at = $11, unread_seq = $12, unread_at = $13, updated_at = $14, due_at = $15
WHERE id = $16 AND version = $17 AND last_seq = $18`

	markSQL = `
UPDATE conversations
SET delivered_seq = CASE WHEN delivered_seq < $1 THEN $1 ELSE delivered_seq END,
    seen_seq = CASE WHEN seen_seq < $2 THEN $2 ELSE seen_seq END
WHERE id = $3 AND (delivered_seq < $1 OR seen_seq < $2)`

	versionSQL = `SELECT version, last_seq FROM conversations WHERE id = $1`
)

// Conversation gives the newest conversation at an address, and its contact.
func (db *DB) Conversation(ctx context.Context, channel, address string) (bot.Conversation, bot.Contact, error) {
	c, p, err := scanBoth(db.read.QueryRowContext(ctx, newestConversationSQL, channel, address))
	if err != nil {
		return c, p, fmt.Errorf("store: conversation on %s: %w", channel, found(err))
	}
	return c, p, nil
}

// ConversationByID gives a conversation and its contact.
func (db *DB) ConversationByID(ctx context.Context, id string) (bot.Conversation, bot.Contact, error) {
	c, p, err := scanBoth(db.read.QueryRowContext(ctx, conversationSQL, id))
	if err != nil {
		return c, p, fmt.Errorf("store: conversation %s: %w", id, found(err))
	}
	return c, p, nil
}

// Due gives at most n conversations whose silence is to be noticed, the longest due first.
func (db *DB) Due(ctx context.Context, now time.Time, n int) ([]bot.Conversation, error) {
	rows, err := db.read.QueryContext(ctx, dueSQL, millis(now), max(n, 0))
	due, err := collect(rows, err, scanConversation)
	if err != nil {
		return nil, fmt.Errorf("store: conversations that are due: %w", err)
	}
	return due, nil
}

// Rated gives the conversations that were rated at or after a time, the last rated first.
func (db *DB) Rated(ctx context.Context, since time.Time) ([]bot.Conversation, error) {
	rows, err := db.read.QueryContext(ctx, ratedSQL, millis(since))
	rated, err := collect(rows, err, scanConversation)
	if err != nil {
		return nil, fmt.Errorf("store: conversations that were rated: %w", err)
	}
	return rated, nil
}

// Conversations gives conversations in the order of their ids, at most n that come after one.
func (db *DB) Conversations(ctx context.Context, after string, n int) ([]bot.Conversation, error) {
	rows, err := db.read.QueryContext(ctx, conversationsSQL, after, n)
	all, err := collect(rows, err, scanConversation)
	if err != nil {
		return nil, fmt.Errorf("store: conversations: %w", err)
	}
	return all, nil
}

// Mark moves forwards how far a conversation's messages were delivered and seen.
func (db *DB) Mark(ctx context.Context, conversationID string, delivered, seen int64, owed []bot.Delivery) (bool, error) {
	var moved bool
	err := checkAllDue(owed)
	if err == nil {
		err = db.writer.write(ctx, func(tx *tx) error {
			n, err := tx.exec(markSQL, max(delivered, seen), seen, conversationID)
			moved = n > 0
			if err != nil || !moved {
				return err
			}
			return addDeliveries(tx, owed)
		})
	}
	if err != nil {
		return false, fmt.Errorf("store: mark conversation %s: %w", conversationID, err)
	}
	return moved, nil
}

// Unmailed gives at most n conversations in which somebody has to look for messages that nobody
// has seen, the longest due first.
func (db *DB) Unmailed(ctx context.Context, now time.Time, n int) ([]bot.Conversation, error) {
	rows, err := db.read.QueryContext(ctx, unmailedSQL, millis(now), max(n, 0))
	due, err := collect(rows, err, scanConversation)
	if err != nil {
		return nil, fmt.Errorf("store: conversations with unseen messages: %w", err)
	}
	return due, nil
}

// Unread gives at most n conversations with a message that has waited to be read since before a
// time, the longest waiting first.
func (db *DB) Unread(ctx context.Context, before time.Time, n int) ([]bot.Conversation, error) {
	rows, err := db.read.QueryContext(ctx, unreadSQL, millis(before), max(n, 0))
	waiting, err := collect(rows, err, scanConversation)
	if err != nil {
		return nil, fmt.Errorf("store: conversations with an unread message: %w", err)
	}
	return waiting, nil
}

// putConversation adds the turn's conversation, or changes it from the version it was
// thought on.
func putConversation(tx *tx, t bot.Turn) error {
	c := t.Conversation
	if t.New {
		_, err := tx.exec(addConversationSQL,
			c.ID, c.ContactID, c.Channel, c.Address, c.Status, asJSON(&c.Session), c.Session.Version,
			c.LastSeq, c.Version+1, c.TicketID,
			c.Rating.Seq, number(c.Rating.Helpful), c.Rating.Comment, optional(c.Rating.At),
			c.DeliveredSeq, c.SeenSeq, c.MailedSeq, optional(c.MailAt), c.UnreadSeq, optional(c.UnreadAt), millis(c.Created), millis(c.Updated), optional(c.DueAt))
		return err
	}
	n, err := tx.exec(changeConversationSQL,
		c.Status, asJSON(&c.Session), c.Session.Version, c.LastSeq, c.TicketID,
		c.Rating.Seq, number(c.Rating.Helpful), c.Rating.Comment, optional(c.Rating.At),
		c.MailedSeq, optional(c.MailAt), c.UnreadSeq, optional(c.UnreadAt), millis(c.Updated), optional(c.DueAt), c.ID, c.Version, lastSeqBefore(t))
	if err != nil || n == 1 {
		return err
	}
	return whyUnchanged(tx, t)
}

// whyUnchanged tells a lost race from a turn whose numbers were wrong from the start. To
// call the second a conflict would have it tried for ever.
func whyUnchanged(tx *tx, t bot.Turn) error {
	var version, lastSeq int64
	rows, err := tx.query(versionSQL, t.Conversation.ID)
	is, err := collect(rows, err, func(r row) (bool, error) { return true, r.Scan(&version, &lastSeq) })
	switch {
	case err != nil:
		return err
	case len(is) == 0:
		return fmt.Errorf("%w: it is not there", bot.ErrConflict)
	case version != t.Conversation.Version:
		return fmt.Errorf("%w: version is %d, not %d", bot.ErrConflict, version, t.Conversation.Version)
	}
	return fmt.Errorf("the log ends with %d, and the turn goes on after %d", lastSeq, lastSeqBefore(t))
}

// conversationScan holds what has to be converted after a scan.
type conversationScan struct {
	bot.Conversation
	helpful          int64
	created, updated int64
	rated, mail, due sql.Null[int64]
	unread           sql.Null[int64]
}

func (s *conversationScan) dest() []any {
	return []any{&s.ID, &s.ContactID, &s.Channel, &s.Address, &s.Status, asJSON(&s.Session),
		&s.LastSeq, &s.Version, &s.TicketID,
		&s.Rating.Seq, &s.helpful, &s.Rating.Comment, &s.rated,
		&s.DeliveredSeq, &s.SeenSeq, &s.MailedSeq, &s.mail, &s.UnreadSeq, &s.unread, &s.created, &s.updated, &s.due}
}

func (s *conversationScan) conversation() bot.Conversation {
	s.Created, s.Updated, s.DueAt = moment(s.created), moment(s.updated), momentOrZero(s.due)
	s.Rating.Helpful, s.Rating.At = s.helpful != 0, momentOrZero(s.rated)
	s.MailAt, s.UnreadAt = momentOrZero(s.mail), momentOrZero(s.unread)
	return s.Conversation
}

func scanConversation(r row) (bot.Conversation, error) {
	var s conversationScan
	if err := r.Scan(s.dest()...); err != nil {
		return bot.Conversation{}, err
	}
	return s.conversation(), nil
}

func scanBoth(r row) (bot.Conversation, bot.Contact, error) {
	var s conversationScan
	var p bot.Contact
	var created int64
	if err := r.Scan(append(s.dest(), contactDest(&p, &created)...)...); err != nil {
		return bot.Conversation{}, bot.Contact{}, err
	}
	p.Created = moment(created)
	return s.conversation(), p, nil
}
