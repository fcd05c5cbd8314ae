package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/bot"
)

const deliveryColumns = `id, channel, address, kind, ticket_id, conversation_id, after_seq, up_to_seq,
    ref, receipt, status, attempts, waits, next_at, last_error, created_at`

const (
	// A turn that is thought again may bring the delivery it brought before. Its place in the lane
	// is the order of commits, whatever the clocks of several nodes say.
	addDeliverySQL = `
INSERT INTO deliveries (` + deliveryColumns + `, lane, place)
VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
    (SELECT COALESCE(MAX(e.place), 0) + 1 FROM deliveries e WHERE e.lane = $17))
ON CONFLICT (id) DO NOTHING`

	// One that waits, or is being sent, holds up its lane and no other.
	claimableSQL = `
SELECT ` + deliveryColumns + `
FROM deliveries
WHERE status = 'due' AND next_at <= $1 AND ` + firstOfLane + `
ORDER BY next_at, created_at, id
LIMIT $2`

	firstOfLane = `NOT EXISTS (
    SELECT 1 FROM deliveries e
    WHERE e.lane = deliveries.lane AND e.place < deliveries.place AND e.status = 'due')`

	claimSQL = `UPDATE deliveries SET attempts = $1, next_at = $2 WHERE id = $3`

	// What was sent is sent, whoever says so and whenever. Any other outcome counts only
	// from the last who claimed it: one whose lease ran out knows nothing of what the
	// next is doing.
	finishSQL = `
UPDATE deliveries
SET status = $1, next_at = $2, last_error = $3, waits = $4, receipt = COALESCE(NULLIF($5, ''), receipt)
WHERE id = $6 AND ($1 = 'sent' OR (status <> 'sent' AND attempts = $7))`

	deliveryStatusSQL = `SELECT status FROM deliveries WHERE id = $1`

	deliveriesSQL = `
SELECT ` + deliveryColumns + `
FROM deliveries
WHERE ticket_id = $1
ORDER BY created_at, id`

	laneSQL = `
SELECT ` + deliveryColumns + `
FROM deliveries
WHERE lane = $1
ORDER BY place`

	byReceiptSQL = `
SELECT ` + deliveryColumns + `
FROM deliveries
WHERE channel = $1 AND receipt = $2 AND receipt <> ''
ORDER BY created_at DESC, id DESC
LIMIT 1`

	postedSQL = `
SELECT ` + deliveryColumns + `
FROM deliveries
WHERE channel = $1 AND receipt <> '' AND created_at >= $2
ORDER BY receipt, created_at, id`

	transcriptsOfSQL = `
SELECT COUNT(*) FROM deliveries
WHERE conversation_id = $1 AND kind = 'transcript'`

	transcriptsToSQL = `
SELECT COUNT(*) FROM deliveries
WHERE kind = 'transcript' AND lower(address) = lower($1) AND created_at >= $2`

	nextDeliverySQL = `
SELECT next_at FROM deliveries
WHERE status = 'due' AND ` + firstOfLane + `
ORDER BY next_at, created_at, id
LIMIT 1`
)

// Claim takes at most n deliveries that are due, the longest due first, and keeps others
// from them until the lease is over.
func (db *DB) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]bot.Delivery, error) {
	if n <= 0 {
		return nil, nil
	}
	var claimed []bot.Delivery
	err := db.writer.write(ctx, func(tx *tx) error {
		rows, err := tx.query(claimableSQL+db.dialect.skipLocked, millis(now), n)
		// Assigned, not appended to: the job may run twice.
		if claimed, err = collect(rows, err, scanDelivery); err != nil {
			return err
		}
		for i := range claimed {
			d := &claimed[i]
			d.Attempts++
			d.NextAt = moment(millis(now.Add(lease)))
			if _, err := tx.exec(claimSQL, d.Attempts, millis(d.NextAt), d.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store: claim deliveries: %w", err)
	}
	return claimed, nil
}

// Finish records what became of a claimed delivery. Once the lease is over and another
// has claimed it, all but "sent" is an [bot.ErrConflict].
func (db *DB) Finish(ctx context.Context, d bot.Delivery, owed ...bot.Delivery) error {
	err := checkAllDue(append([]bot.Delivery{d}, owed...))
	if err == nil {
		err = db.writer.write(ctx, func(tx *tx) error {
			if err := finish(tx, d); err != nil {
				return err
			}
			return addDeliveries(tx, owed)
		})
	}
	if err != nil {
		return fmt.Errorf("store: finish delivery %s: %w", d.ID, err)
	}
	return nil
}

func finish(tx *tx, d bot.Delivery) error {
	n, err := tx.exec(finishSQL, d.Status, optional(d.NextAt), d.LastError, d.Waits, d.Receipt, d.ID, d.Attempts)
	if err != nil || n == 1 {
		return err
	}
	rows, err := tx.query(deliveryStatusSQL, d.ID)
	is, err := collect(rows, err, func(r row) (s string, err error) { return s, r.Scan(&s) })
	switch {
	case err != nil:
		return err
	case len(is) == 0:
		return bot.ErrNotFound
	}
	return fmt.Errorf("%w: attempt %d is not the last, and it is %s", bot.ErrConflict, d.Attempts, is[0])
}

// checkDue refuses a delivery that would be due at no time, and so never sent.
func checkDue(d bot.Delivery) error {
	if d.Status == bot.DeliveryDue && d.NextAt.IsZero() {
		return fmt.Errorf("delivery %s is due, but does not say when", d.ID)
	}
	return nil
}

func checkAllDue(all []bot.Delivery) error {
	for _, d := range all {
		if err := checkDue(d); err != nil {
			return err
		}
	}
	return nil
}

// Lane gives the deliveries of a lane in their order.
func (db *DB) Lane(ctx context.Context, lane string) ([]bot.Delivery, error) {
	rows, err := db.read.QueryContext(ctx, laneSQL, lane)
	list, err := collect(rows, err, scanDelivery)
	if err != nil {
		return nil, fmt.Errorf("store: deliveries of lane %s: %w", lane, err)
	}
	return list, nil
}

// ByReceipt gives the newest delivery on a channel with a receipt.
func (db *DB) ByReceipt(ctx context.Context, channel, receipt string) (bot.Delivery, error) {
	d, err := scanDelivery(db.read.QueryRowContext(ctx, byReceiptSQL, channel, receipt))
	if err != nil {
		return bot.Delivery{}, fmt.Errorf("store: delivery %s on %s: %w", receipt, channel, found(err))
	}
	return d, nil
}

// Posted gives the deliveries on a channel that have a receipt, by it, since a time.
func (db *DB) Posted(ctx context.Context, channel string, since time.Time) ([]bot.Delivery, error) {
	rows, err := db.read.QueryContext(ctx, postedSQL, channel, millis(since))
	list, err := collect(rows, err, scanDelivery)
	if err != nil {
		return nil, fmt.Errorf("store: deliveries on %s: %w", channel, err)
	}
	return list, nil
}

// Deliveries gives the deliveries of a ticket, oldest first.
func (db *DB) Deliveries(ctx context.Context, ticketID string) ([]bot.Delivery, error) {
	rows, err := db.read.QueryContext(ctx, deliveriesSQL, ticketID)
	list, err := collect(rows, err, scanDelivery)
	if err != nil {
		return nil, fmt.Errorf("store: deliveries of ticket %s: %w", ticketID, err)
	}
	return list, nil
}

// Transcripts counts the transcripts of a conversation, and those that an address, in whatever
// case, was sent since a time.
func (db *DB) Transcripts(ctx context.Context, conversationID, address string, since time.Time) (of, to int, err error) {
	err = db.read.QueryRowContext(ctx, transcriptsOfSQL, conversationID).Scan(&of)
	if err == nil {
		err = db.read.QueryRowContext(ctx, transcriptsToSQL, address, millis(since)).Scan(&to)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("store: count the transcripts of conversation %s: %w", conversationID, err)
	}
	return of, to, nil
}

// NextDelivery gives the earliest time at which a delivery may be claimed; zero if none
// is due.
func (db *DB) NextDelivery(ctx context.Context) (time.Time, error) {
	var next sql.Null[int64]
	if err := db.read.QueryRowContext(ctx, nextDeliverySQL).Scan(&next); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("store: next delivery: %w", err)
	}
	return momentOrZero(next), nil
}

func addDeliveries(tx *tx, all []bot.Delivery) error {
	for _, d := range all {
		if err := addDelivery(tx, d); err != nil {
			return err
		}
	}
	return nil
}

func addDelivery(tx *tx, d bot.Delivery) error {
	_, err := tx.exec(addDeliverySQL,
		d.ID, d.Channel, d.Address, d.Kind, d.TicketID, d.ConversationID, d.After, d.UpTo,
		d.Ref, d.Receipt, d.Status, d.Attempts, d.Waits, optional(d.NextAt), d.LastError, millis(d.Created), d.Lane())
	return err
}

func scanDelivery(r row) (bot.Delivery, error) {
	var d bot.Delivery
	var ticket sql.Null[string]
	var next sql.Null[int64]
	var created int64
	err := r.Scan(&d.ID, &d.Channel, &d.Address, &d.Kind, &ticket, &d.ConversationID, &d.After, &d.UpTo,
		&d.Ref, &d.Receipt, &d.Status, &d.Attempts, &d.Waits, &next, &d.LastError, &created)
	d.TicketID, d.NextAt, d.Created = ticket.V, momentOrZero(next), moment(created)
	return d, err
}
