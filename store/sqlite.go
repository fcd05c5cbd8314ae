package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

var sqlite = dialect{
	goose: goose.DialectSQLite3,
	// Only one connection writes, and a write transaction excludes other processes.
	skipLocked: "",
	unique: func(err error) bool {
		var e sqlite3.Error
		return errors.As(err, &e) &&
			(e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
	},
}

// busyTimeout is how long a transaction waits for one of another process: a backup or a
// migration, not another turn.
const busyTimeout = 5 * time.Second

// readers is how many reads run at once; more only contend for the processor.
const readers = 8

// openSQLite gives a pool of one connection that writes, and one that only reads.
func openSQLite(ctx context.Context, path string) (write, read *sql.DB, err error) {
	if err := prepareFile(path); err != nil {
		return nil, nil, err
	}

	if write, err = sql.Open("sqlite3", writeDSN(path)); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if err := settle(ctx, write); err != nil {
		return nil, nil, errors.Join(advise(err), write.Close())
	}
	if err := checkPromises(ctx, write); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}

	if read, err = sql.Open("sqlite3", readDSN(path)); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return write, read, nil
}

// creating keeps two stores of this process from meeting in prepareFile: the first would
// drop the second's locks when it closes its descriptor.
var creating sync.Mutex

// prepareFile makes the folder and an empty file that nobody else may read. SQLite gives
// its helper files the same rights.
func prepareFile(path string) error {
	creating.Lock()
	defer creating.Unlock()

	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("%w; make the folder, or name another place", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; let the program write to the folder, or name another place", err)
	}
	return f.Close()
}

func writeDSN(path string) string {
	return dsn(path, url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_txlock":       {"immediate"},
		"_foreign_keys": {"1"},
		// What is forgotten is overwritten, not only out of sight.
		"_secure_delete": {"1"},
	})
}

func readDSN(path string) string {
	return dsn(path, url.Values{"mode": {"ro"}, "_query_only": {"1"}})
}

func dsn(path string, v url.Values) string {
	v.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	// A path may hold a question mark or a percent sign; in a URI both mean something.
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: v.Encode()}).String()
}

// settle makes the first connection. Switching a new file to WAL is refused at once while
// another process does the same, whatever the busy timeout.
func settle(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	for {
		_, err := db.ExecContext(ctx, `SELECT 1`)
		var e sqlite3.Error
		if !errors.As(err, &e) || e.Code != sqlite3.ErrBusy {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// checkPromises asks the connection whether it got what its options say; SQLite passes
// over what it cannot do.
func checkPromises(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct{ pragma, want, advice string }{
		{"journal_mode", "wal", "the file must be on a local disk, not a network drive"},
		{"synchronous", "2", "commits would not survive a power failure"}, // 2 is FULL
		{"foreign_keys", "1", "rows could lose what they belong to"},
		{"secure_delete", "1", "what is forgotten could still be read in the file"},
	} {
		var got string
		if err := db.QueryRowContext(ctx, `PRAGMA `+p.pragma).Scan(&got); err != nil {
			return fmt.Errorf("ask for %s: %w", p.pragma, err)
		}
		if got != p.want {
			return fmt.Errorf("%s is %s instead of %s: %s", p.pragma, got, p.want, p.advice)
		}
	}
	return nil
}

// advise adds to an error of opening what may be done about it.
func advise(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrNotADB:
		return fmt.Errorf("%w; name another file, or restore a backup", err)
	case sqlite3.ErrBusy:
		return fmt.Errorf("%w; another program holds it: end that one, or wait", err)
	case sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return fmt.Errorf("%w; let the program read and write the file and its folder", err)
	case sqlite3.ErrCorrupt:
		return fmt.Errorf("%w; restore a backup", err)
	}
	return err
}
