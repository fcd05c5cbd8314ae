package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"latchkey/bot"
)

// DB is a [bot.Store] in a database. It is safe for use by several goroutines.
type DB struct {
	// name is what errors call the database: the path of its file.
	name    string
	dialect dialect
	read    *sql.DB
	writer  *writer

	closing  sync.Once
	closeErr error
}

var _ bot.Store = (*DB)(nil)

// options are what tests and measurements vary.
type options struct {
	// group is how many turns one transaction takes at most.
	group int
}

// The group's limit bounds how long the first of a group waits for the last. Beyond some
// hundred turns the flush is so thinly spread that more of them gain nothing.
var defaults = options{group: 256}

// Open opens the database in a file, makes it when it is missing, and brings its schema up
// to date. A folder that is missing is made for the owner only, and so is the file.
func Open(ctx context.Context, path string) (*DB, error) {
	return open(ctx, path, defaults)
}

func open(ctx context.Context, path string, opt options) (*DB, error) {
	if path == "" {
		return nil, errors.New("store: no file is named; give the path of the database")
	}
	// The file is opened again for each new connection; the working directory may change.
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	write, read, err := openSQLite(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	if err := migrate(ctx, write, sqlite.goose); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", path, err), read.Close(), write.Close())
	}
	w := newWriter(write, sqlite.unique, opt.group)
	go w.work()
	return &DB{name: path, dialect: sqlite, read: read, writer: w}, nil
}

// Ping says whether the database can be read.
func (db *DB) Ping(ctx context.Context) error {
	// The driver's own ping does not touch the file.
	var some any
	if err := db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM books)`).Scan(&some); err != nil {
		return fmt.Errorf("store: read %s: %w", db.name, err)
	}
	return nil
}

// Close ends the store. Turns that are being committed are finished; those still waiting
// are refused. Closing again does nothing.
func (db *DB) Close() error {
	db.closing.Do(func() {
		// Readers first: the last connection to close folds the log into the file, and
		// only one that may write can.
		db.closeErr = errors.Join(db.read.Close(), db.writer.close())
		if db.closeErr != nil {
			db.closeErr = fmt.Errorf("store: close %s: %w", db.name, db.closeErr)
		}
	})
	return db.closeErr
}
