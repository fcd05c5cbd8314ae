package store

import (
	"context"
	"fmt"
	"math"

	"latchkey/bot"
)

const (
	messagesSQL = `
SELECT m.conversation_id, m.seq, m.external_id, m.sender, m.body, m.choices, m.move, m.event,
    m.ticket_number, COALESCE(p.details, 'null'), m.sent_at
FROM messages m LEFT JOIN pictures p ON p.conversation_id = m.conversation_id AND p.seq = m.seq
WHERE m.conversation_id = $1 AND m.seq > $2 AND m.seq <= $3
ORDER BY m.seq
LIMIT $4`

	// A known external id is the one clash that is not a conflict. Passing over it here
	// tells it from the others without reading error texts.
	addMessageSQL = `
INSERT INTO messages (conversation_id, seq, external_id, sender, body, choices, move, event, ticket_number, sent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (conversation_id, external_id) WHERE external_id <> '' DO NOTHING`
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
		m.Move, m.Event, m.TicketNumber, millis(m.At))
	if err == nil && n == 0 {
		return fmt.Errorf("message %q: %w", m.ExternalID, bot.ErrDuplicate)
	}
	return err
}

func scanMessage(r row) (bot.Message, error) {
	var m bot.Message
	var at int64
	err := r.Scan(&m.ConversationID, &m.Seq, &m.ExternalID, &m.From, &m.Text, asJSON(&m.Choices),
		&m.Move, &m.Event, &m.TicketNumber, asJSON(&m.Picture), &at)
	m.At = moment(at)
	return m, err
}
