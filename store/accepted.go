package store

import (
	"context"
	"fmt"
	"time"

	"latchkey/bot"
)

const (
	acceptSQL = `
INSERT INTO accepted (key, place, payload, accepted_at, handled)
VALUES ($1, (SELECT COALESCE(MAX(place), 0) + 1 FROM accepted), $2, $3, 0)
ON CONFLICT (key) DO NOTHING`

	acceptedSQL = `
SELECT key, payload, accepted_at FROM accepted
WHERE handled = 0
ORDER BY place
LIMIT $1`

	// A payload may hold what people should not have typed: it is read once, and gone.
	handledSQL = `UPDATE accepted SET handled = 1, payload = '' WHERE key = $1 AND handled = 0`

	pruneAcceptedSQL = `DELETE FROM accepted WHERE accepted_at < $1`
)

// Accept keeps what came from outside until it is handled.
func (db *DB) Accept(ctx context.Context, key string, payload []byte, at time.Time) (fresh bool, err error) {
	if payload == nil {
		payload = []byte{} // not NULL
	}
	err = db.writer.write(ctx, func(tx *tx) error {
		n, err := tx.exec(acceptSQL, key, payload, millis(at))
		fresh = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("store: accept %s: %w", key, err)
	}
	return fresh, nil
}

// Accepted gives at most n of what is not handled yet, in the order in which it came.
func (db *DB) Accepted(ctx context.Context, n int) ([]bot.Accepted, error) {
	rows, err := db.read.QueryContext(ctx, acceptedSQL, max(n, 0))
	list, err := collect(rows, err, func(r row) (a bot.Accepted, err error) {
		var at int64
		err = r.Scan(&a.Key, &a.Payload, &at)
		a.At = moment(at)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: what was accepted: %w", err)
	}
	return list, nil
}

// Handled forgets the payload of what was accepted.
func (db *DB) Handled(ctx context.Context, key string) error {
	err := db.writer.write(ctx, func(tx *tx) error {
		_, err := tx.exec(handledSQL, key)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: %s is handled: %w", key, err)
	}
	return nil
}

// PruneAccepted deletes what was accepted before a time.
func (db *DB) PruneAccepted(ctx context.Context, before time.Time) (int, error) {
	var gone int64
	err := db.writer.write(ctx, func(tx *tx) (err error) {
		gone, err = tx.exec(pruneAcceptedSQL, millis(before))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store: prune what was accepted: %w", err)
	}
	return int(gone), nil
}
