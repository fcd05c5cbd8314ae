package store

import (
	"context"
	"fmt"
	"time"
)

const (
	bookSQL = `SELECT files FROM books WHERE version = $1`

	saveBookSQL = `
INSERT INTO books (version, files, saved_at) VALUES ($1, $2, $3)
ON CONFLICT (version) DO NOTHING`
)

// SaveBook keeps the files of a version of the decision trees. A version that is there
// already stays as it is.
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
