package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"latchkey/bot"
)

const (
	allMessages = `
SELECT m.conversation_id, m.seq, m.external_id, m.sender, m.body, m.choices, m.move, m.event,
    m.ticket_number, m.agent, m.edited_at, m.withdrawn, m.ref_seq, COALESCE(p.details, 'null'), m.sent_at
FROM messages m LEFT JOIN pictures p ON p.conversation_id = m.conversation_id AND p.seq = m.seq`

	messagesSQL = allMessages + `
WHERE m.conversation_id = $1 AND m.seq > $2 AND m.seq <= $3
ORDER BY m.seq
LIMIT $4`

	replySQL = allMessages + `
WHERE m.ticket_number = $1 AND m.external_id = $2 AND m.sender = 'agent' AND m.external_id <> ''`

	// A known external id is the one clash that is not a conflict. Passing over it here
	// tells it from the others without reading error texts.
	addMessageSQL = `
INSERT INTO messages (conversation_id, seq, external_id, sender, body, choices, move, event,
    ticket_number, agent, edited_at, withdrawn, ref_seq, sent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (conversation_id, sender, external_id) WHERE external_id <> '' DO NOTHING`

	// Only what the team said is ever changed.
	changeMessageSQL = `
UPDATE messages SET body = $1, edited_at = $2, withdrawn = $3
WHERE conversation_id = $4 AND seq = $5 AND sender = 'agent'`

	// What was read once is not read again as something else.
	readMessageSQL = `
UPDATE messages SET move = $1
WHERE conversation_id = $2 AND seq = $3 AND sender = 'contact' AND move = ''`
)

// Messages gives the log from after (excluded) to upTo (included), in order.
func (db *DB) Messages(ctx context.Context, conversationID string, after, upTo int64, limit int) ([]bot.Message, error) {
	if upTo == 0 {
		upTo = math.MaxInt64
	}
	rows, err := db.read.QueryContext(ctx, messagesSQL, conversationID, after, upTo, noLimit(limit))
	log, err := collect(rows, err, scanMessage)
	if err != nil {
		return nil, fmt.Errorf("store: messages of conversation %s: %w", conversationID, err)
	}
	return log, nil
}

// noLimit makes 0, which stands for no limit, a number for LIMIT.
func noLimit(n int) int64 {
	if n == 0 {
		return math.MaxInt64
	}
	return int64(n)
}

func addMessage(tx *tx, m bot.Message) error {
	n, err := tx.exec(addMessageSQL,
		m.ConversationID, m.Seq, m.ExternalID, m.From, m.Text, asJSON(&m.Choices),
		m.Move, m.Event, m.TicketNumber, asJSON(&m.Agent), optional(m.Edited), number(m.Withdrawn), m.Ref, millis(m.At))
	if err == nil && n == 0 {
		return fmt.Errorf("message %q: %w", m.ExternalID, bot.ErrDuplicate)
	}
	return err
}

func changeMessage(tx *tx, m bot.Message) error {
	n, err := tx.exec(changeMessageSQL, m.Text, optional(m.Edited), number(m.Withdrawn), m.ConversationID, m.Seq)
	if err == nil && n == 0 {
		return fmt.Errorf("message %d is none of an agent's: it cannot be changed", m.Seq)
	}
	return err
}

func readMessage(tx *tx, m bot.Message) error {
	n, err := tx.exec(readMessageSQL, m.Move, m.ConversationID, m.Seq)
	if err == nil && n == 0 {
		return fmt.Errorf("message %d is none of the contact's that waits to be read", m.Seq)
	}
	return err
}

// Reply gives what an agent said on a ticket under an external id.
func (db *DB) Reply(ctx context.Context, ticketNumber int64, externalID string) (bot.Message, error) {
	m, err := scanMessage(db.read.QueryRowContext(ctx, replySQL, ticketNumber, externalID))
	if err != nil {
		return bot.Message{}, fmt.Errorf("store: reply %s on ticket %d: %w", externalID, ticketNumber, found(err))
	}
	return m, nil
}

func scanMessage(r row) (bot.Message, error) {
	var m bot.Message
	var at, withdrawn int64
	var edited sql.Null[int64]
	err := r.Scan(&m.ConversationID, &m.Seq, &m.ExternalID, &m.From, &m.Text, asJSON(&m.Choices),
		&m.Move, &m.Event, &m.TicketNumber, asJSON(&m.Agent), &edited, &withdrawn, &m.Ref, asJSON(&m.Picture), &at)
	m.At, m.Edited, m.Withdrawn = moment(at), momentOrZero(edited), withdrawn != 0
	return m, err
}
