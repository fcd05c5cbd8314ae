package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database, as it is at this moment, to a new file that only
// the owner may read. The store stays in use meanwhile.
func (db *DB) Backup(ctx context.Context, path string) error {
	if err := db.backup(ctx, path); err != nil {
		return fmt.Errorf("store: back up %s to %s: %w", db.name, path, err)
	}
	return nil
}

func (db *DB) backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	// SQLite accepts an empty file, and its own would be readable by others.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w; name a new file", err)
	}
	if err != nil {
		return err
	}
	defer f.Close()

	if err := db.copyTo(ctx, path); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return f.Sync()
}

func (db *DB) copyTo(ctx context.Context, path string) error {
	// A connection of its own: the writer would stand still for the whole copy, and the
	// readers are not allowed to attach the new file.
	source, err := sql.Open("sqlite3", dsn(db.name, url.Values{"mode": {"ro"}}))
	if err != nil {
		return err
	}
	defer source.Close()
	_, err = source.ExecContext(ctx, `VACUUM INTO $1`, path)
	return err
}
