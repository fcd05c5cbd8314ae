package store

import (
	"context"
	"fmt"

	"latchkey/bot"
)

// lastForgotten is the counter that holds the highest number of a ticket that was deleted.
const lastForgotten = "last_forgotten_ticket"

const (
	contactOfSQL = `SELECT contact_id FROM conversations WHERE id = $1`

	ticketsOfSQL = `SELECT id, number FROM tickets WHERE conversation_id = $1`

	forgetDeliveriesSQL = `DELETE FROM deliveries WHERE conversation_id = $1`

	forgetTicketMailSQL = `DELETE FROM deliveries WHERE ticket_id = $1`

	forgetNotesSQL = `DELETE FROM notes WHERE ticket_id = $1`

	forgetTicketsSQL = `DELETE FROM tickets WHERE conversation_id = $1`

	forgetPicturesSQL = `DELETE FROM pictures WHERE conversation_id = $1`

	forgetAnswersSQL = `DELETE FROM answers WHERE conversation_id = $1`

	forgetMessagesSQL = `DELETE FROM messages WHERE conversation_id = $1`

	forgetConversationSQL = `DELETE FROM conversations WHERE id = $1`

	forgetContactSQL = `
DELETE FROM contacts
WHERE id = $1
    AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.contact_id = contacts.id)
    AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.contact_id = contacts.id)`

	counterSQL = `SELECT value FROM counters WHERE name = $1`

	raiseCounterSQL = `
INSERT INTO counters (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
WHERE counters.value < excluded.value`
)

// Forget deletes a conversation and all that hangs on it; the contact too when nothing else is
// theirs. What is deleted is overwritten in the file.
func (db *DB) Forget(ctx context.Context, conversationID string) (bot.Forgotten, error) {
	var gone bot.Forgotten
	err := db.writer.write(ctx, func(tx *tx) (err error) {
		// Assigned, not added to: the job may run twice.
		gone, err = forget(tx, conversationID)
		return err
	})
	if err != nil {
		return bot.Forgotten{}, fmt.Errorf("store: forget conversation %s: %w", conversationID, err)
	}
	return gone, nil
}

func forget(tx *tx, id string) (gone bot.Forgotten, err error) {
	contact, err := contactOf(tx, id)
	if err != nil {
		return gone, err
	}
	tickets, err := ticketsOf(tx, id)
	if err != nil {
		return gone, err
	}
	for _, t := range tickets {
		n, err := tx.exec(forgetTicketMailSQL, t.ID)
		if err != nil {
			return gone, err
		}
		gone.Deliveries += int(n)
		if n, err = tx.exec(forgetNotesSQL, t.ID); err != nil {
			return gone, err
		}
		gone.Notes += int(n)
		if _, err := tx.exec(raiseCounterSQL, lastForgotten, t.Number); err != nil {
			return gone, err
		}
	}
	// Rows go before what they belong to.
	var conversations, contacts int
	for _, step := range []struct {
		query, id string
		count     *int
	}{
		{forgetDeliveriesSQL, id, &gone.Deliveries},
		{forgetTicketsSQL, id, &gone.Tickets},
		{forgetPicturesSQL, id, &gone.Pictures},
		{forgetAnswersSQL, id, &gone.Answers},
		{forgetMessagesSQL, id, &gone.Messages},
		{forgetConversationSQL, id, &conversations},
		{forgetContactSQL, contact, &contacts},
	} {
		n, err := tx.exec(step.query, step.id)
		if err != nil {
			return gone, err
		}
		*step.count += int(n)
	}
	gone.Contact = contacts > 0
	return gone, nil
}

func contactOf(tx *tx, conversationID string) (string, error) {
	rows, err := tx.query(contactOfSQL, conversationID)
	ids, err := collect(rows, err, func(r row) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", bot.ErrNotFound
	}
	return ids[0], nil
}

func ticketsOf(tx *tx, conversationID string) ([]bot.Ticket, error) {
	rows, err := tx.query(ticketsOfSQL, conversationID)
	return collect(rows, err, func(r row) (t bot.Ticket, err error) { return t, r.Scan(&t.ID, &t.Number) })
}
