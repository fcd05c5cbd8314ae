package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/bot"
)

// firstTicket is the number of the first ticket. Four digits look like a number to quote.
const firstTicket = 1001

const ticketColumns = `id, number, conversation_id, contact_id, queue, problem, status, details, created_at, updated_at`

const (
	ticketSQL = `SELECT ` + ticketColumns + ` FROM tickets WHERE id = $1`

	openTicketSQL = `
SELECT ` + ticketColumns + `
FROM tickets
WHERE contact_id = $1 AND problem = $2 AND status = 'open'`

	lastTicketSQL = `SELECT COALESCE(MAX(number), $1) FROM tickets`

	putTicketSQL = `
INSERT INTO tickets (` + ticketColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET
    queue = excluded.queue, problem = excluded.problem, status = excluded.status,
    details = excluded.details, updated_at = excluded.updated_at`
)

// Ticket gives a ticket by its id.
func (db *DB) Ticket(ctx context.Context, id string) (bot.Ticket, error) {
	t, err := scanTicket(db.read.QueryRowContext(ctx, ticketSQL, id))
	if err != nil {
		return bot.Ticket{}, fmt.Errorf("store: ticket %s: %w", id, found(err))
	}
	return t, nil
}

// OpenTicket gives the contact's open ticket for a problem.
func (db *DB) OpenTicket(ctx context.Context, contactID, problem string) (bot.Ticket, error) {
	t, err := scanTicket(db.read.QueryRowContext(ctx, openTicketSQL, contactID, problem))
	if err != nil {
		return bot.Ticket{}, fmt.Errorf("store: open ticket of contact %s for %s: %w", contactID, problem, found(err))
	}
	return t, nil
}

// Tickets lists tickets, newest first.
func (db *DB) Tickets(ctx context.Context, f bot.TicketFilter) ([]bot.Ticket, error) {
	query, args := ticketsSQL(f)
	rows, err := db.read.QueryContext(ctx, query, args...)
	list, err := collect(rows, err, scanTicket)
	if err != nil {
		return nil, fmt.Errorf("store: tickets: %w", err)
	}
	return list, nil
}

// ticketsSQL leaves out the conditions that select all: "$1 = ” OR status = $1" would
// keep the planner from the index.
func ticketsSQL(f bot.TicketFilter) (query string, args []any) {
	query = `SELECT ` + ticketColumns + ` FROM tickets WHERE 1 = 1`
	if f.Status != "" {
		args = append(args, f.Status)
		query += fmt.Sprintf(` AND status = $%d`, len(args))
	}
	if f.Queue != "" {
		args = append(args, f.Queue)
		query += fmt.Sprintf(` AND queue = $%d`, len(args))
	}
	args = append(args, noLimit(f.Limit))
	return query + fmt.Sprintf(` ORDER BY number DESC LIMIT $%d`, len(args)), args
}

// NextTicketNumber gives the number the next ticket should have. It is not kept for
// anybody: whoever commits it first has it. The number of a ticket that was forgotten does
// not come back.
func (db *DB) NextTicketNumber(ctx context.Context) (int64, error) {
	var last, forgotten int64
	// In this order: a ticket that is forgotten in between is counted.
	err := db.read.QueryRowContext(ctx, lastTicketSQL, firstTicket-1).Scan(&last)
	if err == nil {
		err = db.read.QueryRowContext(ctx, counterSQL, lastForgotten).Scan(&forgotten)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("store: next ticket number: %w", err)
	}
	return max(last, forgotten) + 1, nil
}

func putTicket(tx *tx, t bot.Ticket) error {
	_, err := tx.exec(putTicketSQL,
		t.ID, t.Number, t.ConversationID, t.ContactID, t.Queue, t.Problem, t.Status,
		asJSON(&t.Case), millis(t.Created), millis(t.Updated))
	return err
}

func scanTicket(r row) (bot.Ticket, error) {
	var t bot.Ticket
	var created, updated int64
	err := r.Scan(&t.ID, &t.Number, &t.ConversationID, &t.ContactID, &t.Queue, &t.Problem, &t.Status,
		asJSON(&t.Case), &created, &updated)
	t.Created, t.Updated = moment(created), moment(updated)
	return t, err
}
