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

const ticketColumns = `id, number, conversation_id, contact_id, queue, problem, status, person, answer_id,
    agent, taken_at, waiting_since, resolution, version, details, created_at, updated_at`

const (
	ticketSQL = `SELECT ` + ticketColumns + ` FROM tickets WHERE id = $1`

	ticketByNumberSQL = `SELECT ` + ticketColumns + ` FROM tickets WHERE number = $1`

	openTicketSQL = `
SELECT ` + ticketColumns + `
FROM tickets
WHERE contact_id = $1 AND problem = $2 AND status = 'open'`

	openTicketOfPersonSQL = `
SELECT ` + ticketColumns + `
FROM tickets
WHERE person = $1 AND problem = $2 AND status = 'open' AND person <> ''`

	ticketsOfPersonSQL = `
SELECT ` + ticketColumns + `
FROM tickets
WHERE person = $1 AND person <> ''
ORDER BY number DESC`

	lastTicketSQL = `SELECT COALESCE(MAX(number), $1) FROM tickets`

	addTicketSQL = `
INSERT INTO tickets (` + ticketColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`

	// Several conversations may change one ticket, so it has a version of its own.
	changeTicketSQL = `
UPDATE tickets
SET queue = $1, problem = $2, status = $3, person = $4, answer_id = $5, agent = $6, taken_at = $7,
    waiting_since = $8, resolution = $9, details = $10, updated_at = $11, version = version + 1
WHERE id = $12 AND version = $13`
)

// Ticket gives a ticket by its id.
func (db *DB) Ticket(ctx context.Context, id string) (bot.Ticket, error) {
	t, err := scanTicket(db.read.QueryRowContext(ctx, ticketSQL, id))
	if err != nil {
		return bot.Ticket{}, fmt.Errorf("store: ticket %s: %w", id, found(err))
	}
	return t, nil
}

// TicketByNumber gives a ticket by what people call it.
func (db *DB) TicketByNumber(ctx context.Context, number int64) (bot.Ticket, error) {
	t, err := scanTicket(db.read.QueryRowContext(ctx, ticketByNumberSQL, number))
	if err != nil {
		return bot.Ticket{}, fmt.Errorf("store: ticket %d: %w", number, found(err))
	}
	return t, nil
}

// OpenTicket gives the open ticket for a problem, of a person if one is named, or else of a
// contact.
func (db *DB) OpenTicket(ctx context.Context, contactID, person, problem string) (bot.Ticket, error) {
	t, err := scanTicket(db.read.QueryRowContext(ctx, openTicketOfPersonSQL, person, problem))
	if errors.Is(err, sql.ErrNoRows) {
		t, err = scanTicket(db.read.QueryRowContext(ctx, openTicketSQL, contactID, problem))
	}
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

// TicketsOf gives the tickets of a person, newest first.
func (db *DB) TicketsOf(ctx context.Context, person string) ([]bot.Ticket, error) {
	rows, err := db.read.QueryContext(ctx, ticketsOfPersonSQL, person)
	list, err := collect(rows, err, scanTicket)
	if err != nil {
		return nil, fmt.Errorf("store: tickets of %s: %w", person, err)
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
	if t.Version == 0 {
		_, err := tx.exec(addTicketSQL,
			t.ID, t.Number, t.ConversationID, t.ContactID, t.Queue, t.Problem, t.Status, t.Person, t.AnswerID,
			asJSON(&t.Agent), optional(t.TakenAt), optional(t.WaitingSince), asJSON(&t.Resolution), 1,
			asJSON(&t.Case), millis(t.Created), millis(t.Updated))
		return err
	}
	n, err := tx.exec(changeTicketSQL,
		t.Queue, t.Problem, t.Status, t.Person, t.AnswerID, asJSON(&t.Agent), optional(t.TakenAt),
		optional(t.WaitingSince), asJSON(&t.Resolution), asJSON(&t.Case), millis(t.Updated), t.ID, t.Version)
	if err == nil && n == 0 {
		return fmt.Errorf("%w: ticket %s is at another version than %d, or gone", bot.ErrConflict, t.ID, t.Version)
	}
	return err
}

func scanTicket(r row) (bot.Ticket, error) {
	var t bot.Ticket
	var created, updated int64
	var taken, waiting sql.Null[int64]
	err := r.Scan(&t.ID, &t.Number, &t.ConversationID, &t.ContactID, &t.Queue, &t.Problem, &t.Status, &t.Person, &t.AnswerID,
		asJSON(&t.Agent), &taken, &waiting, asJSON(&t.Resolution), &t.Version,
		asJSON(&t.Case), &created, &updated)
	t.Created, t.Updated = moment(created), moment(updated)
	t.TakenAt, t.WaitingSince = momentOrZero(taken), momentOrZero(waiting)
	return t, err
}
