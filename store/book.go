package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

const (
	bookSQL = `SELECT files FROM books WHERE version = $1`

	saveBookSQL = `
INSERT INTO books (version, files, saved_at) VALUES ($1, $2, $3)
ON CONFLICT (version) DO UPDATE SET saved_at = excluded.saved_at
WHERE books.saved_at < excluded.saved_at`

	booksSQL = `
SELECT b.version, b.saved_at,
    (SELECT count(*) FROM conversations c WHERE c.book = b.version AND c.status <> 'closed')
FROM books b
ORDER BY b.version`

	standingSQL = `
SELECT c.session FROM conversations c
WHERE c.book = $1 AND c.status <> 'closed'`

	unusedBooksSQL = `
SELECT b.version FROM books b
WHERE b.saved_at < $1 AND NOT EXISTS (
    SELECT 1 FROM conversations c
    WHERE c.book = b.version AND (c.status <> 'closed' OR c.updated_at >= $2))
ORDER BY b.version`

	deleteBookSQL = `DELETE FROM books WHERE version = $1 AND saved_at < $2`
)

// SaveBook keeps the files of a version of the decision trees. Of a version that is there
// already only the time is renewed.
func (db *DB) SaveBook(ctx context.Context, version string, files map[string]string, at time.Time) error {
	err := db.writer.write(ctx, func(tx *tx) error {
		_, err := tx.exec(saveBookSQL, version, asJSON(&files), millis(at))
		return err
	})
	if err != nil {
		return fmt.Errorf("store: save book %s: %w", version, err)
	}
	return nil
}

// Book gives the files of a version.
func (db *DB) Book(ctx context.Context, version string) (map[string]string, error) {
	var files map[string]string
	if err := db.read.QueryRowContext(ctx, bookSQL, version).Scan(asJSON(&files)); err != nil {
		return nil, fmt.Errorf("store: book %s: %w", version, found(err))
	}
	return files, nil
}

// Books lists the versions that are kept.
func (db *DB) Books(ctx context.Context) ([]bot.BookUse, error) {
	rows, err := db.read.QueryContext(ctx, booksSQL)
	all, err := collect(rows, err, func(r row) (bot.BookUse, error) {
		var u bot.BookUse
		var saved int64
		err := r.Scan(&u.Version, &saved, &u.Open)
		u.Saved = moment(saved)
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: books: %w", err)
	}
	return all, nil
}

// Standing counts the open conversations on a version by where they stand. It reads their
// sessions one by one: it is for a person who asks, not for every turn.
func (db *DB) Standing(ctx context.Context, version string) (map[bot.Stand]int, error) {
	rows, err := db.read.QueryContext(ctx, standingSQL, version)
	if err != nil {
		return nil, fmt.Errorf("store: who is on book %s: %w", version, err)
	}
	defer rows.Close()
	count := map[bot.Stand]int{}
	for rows.Next() {
		var text []byte
		var s flows.Session
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("store: who is on book %s: %w", version, err)
		}
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("store: who is on book %s: %w", version, err)
		}
		count[bot.Stand{Place: s.At, Outcome: s.Outcome}]++
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: who is on book %s: %w", version, err)
	}
	return count, nil
}

// PruneBooks deletes the versions that were saved before a time and that nobody needs: no
// conversation on them is open, or was changed since the other time. It gives what it deleted.
func (db *DB) PruneBooks(ctx context.Context, saved, since time.Time) ([]string, error) {
	var gone []string
	err := db.writer.write(ctx, func(tx *tx) error {
		rows, err := tx.query(unusedBooksSQL, millis(saved), millis(since))
		gone, err = collect(rows, err, func(r row) (version string, err error) { return version, r.Scan(&version) })
		if err != nil {
			return err
		}
		for _, version := range gone {
			if _, err := tx.exec(deleteBookSQL, version, millis(saved)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store: prune books: %w", err)
	}
	return gone, nil
}
