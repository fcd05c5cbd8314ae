package store

import (
	"context"
	"fmt"

	"latchkey/bot"
)

const (
	notesSQL = `
SELECT id, ticket_id, external_id, agent, event, body, written_at
FROM notes
WHERE ticket_id = $1
ORDER BY written_at, id`

	// As with messages, a known external id is no conflict.
	addNoteSQL = `
INSERT INTO notes (id, ticket_id, external_id, agent, event, body, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (ticket_id, external_id) WHERE external_id <> '' DO NOTHING`

	changeNoteSQL = `UPDATE notes SET body = $1 WHERE id = $2 AND ticket_id = $3`

	dropNoteSQL = `DELETE FROM notes WHERE id = $1 AND ticket_id = $2`
)

// Notes gives the notes of a ticket, oldest first.
func (db *DB) Notes(ctx context.Context, ticketID string) ([]bot.Note, error) {
	rows, err := db.read.QueryContext(ctx, notesSQL, ticketID)
	list, err := collect(rows, err, func(r row) (n bot.Note, err error) {
		var at int64
		err = r.Scan(&n.ID, &n.TicketID, &n.ExternalID, asJSON(&n.Agent), &n.Event, &n.Text, &at)
		n.At = moment(at)
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: notes of ticket %s: %w", ticketID, err)
	}
	return list, nil
}

func addNote(tx *tx, n bot.Note) error {
	rows, err := tx.exec(addNoteSQL, n.ID, n.TicketID, n.ExternalID, asJSON(&n.Agent), n.Event, n.Text, millis(n.At))
	if err == nil && rows == 0 {
		return fmt.Errorf("note %q: %w", n.ExternalID, bot.ErrDuplicate)
	}
	return err
}

// changeNote gives a note another text, or takes it away. One that is gone stays gone.
func changeNote(tx *tx, n bot.Note) error {
	if n.Text == "" {
		_, err := tx.exec(dropNoteSQL, n.ID, n.TicketID)
		return err
	}
	_, err := tx.exec(changeNoteSQL, n.Text, n.ID, n.TicketID)
	return err
}
