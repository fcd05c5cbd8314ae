package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"latchkey/bot"
)

func TestFolderAndFileAreTheOwnersAlone(t *testing.T) {
	// Signs that mean something in the URI the driver is given.
	path := filepath.Join(t.TempDir(), "new folder", "a?b%20#c.db")
	db := opened(t, path, defaults)
	if err := db.Commit(t.Context(), talk(t.Name(), 1)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700 | os.ModeDir, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	path := newFile(t)
	db := opened(t, path, defaults)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	alter(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)

	_, err := Open(t.Context(), path)
	if err == nil {
		t.Fatal("a database from the future was opened")
	}
	known, err2 := migrations.ReadDir("migrations")
	if err2 != nil {
		t.Fatal(err2)
	}
	for _, want := range []string{path, "version 99", fmt.Sprintf("up to %d", len(known))} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, advice := range map[string]string{
		text:                           "name another file",
		filepath.Join(text, "here.db"): "name another place",
		dir:                            "read and write",
	} {
		_, err := Open(t.Context(), path)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s gave %v, want its name and %q", path, err, advice)
		}
	}
	if _, err := Open(t.Context(), ""); err == nil {
		t.Error("no file was opened")
	}
}

func TestPromisesAreChecked(t *testing.T) {
	db := opened(t, newFile(t), defaults)
	if err := checkPromises(t.Context(), db.writer.db); err != nil {
		t.Errorf("the connection that writes: %v", err)
	}
	for option, value := range map[string]string{
		"_synchronous": "NORMAL", "_journal_mode": "DELETE", "_foreign_keys": "0", "_secure_delete": "0",
	} {
		weak, err := url.Parse(writeDSN(newFile(t)))
		if err != nil {
			t.Fatal(err)
		}
		q := weak.Query()
		q.Set(option, value)
		weak.RawQuery = q.Encode()
		conn, err := sql.Open("sqlite3", weak.String())
		if err != nil {
			t.Fatal(err)
		}
		if err := checkPromises(t.Context(), conn); err == nil {
			t.Errorf("%s=%s was let through", option, value)
		}
		conn.Close()
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := opened(t, newFile(t), defaults)
	if _, err := db.read.Exec(`INSERT INTO books (version, files, saved_at) VALUES ('v', '{}', 0)`); err == nil {
		t.Error("a reader wrote")
	}
}

// TestManyOpenANewFileAtOnce has them race to make the file, its log and its schema.
func TestManyOpenANewFileAtOnce(t *testing.T) {
	path := newFile(t)
	const n = 4
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			db, err := Open(t.Context(), path)
			if err == nil {
				err = errors.Join(db.Commit(t.Context(), talk(fmt.Sprint(i), 1)), db.Close())
			}
			errs[i] = err
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	db := opened(t, path, defaults)
	for i := range n {
		if _, _, err := db.ConversationByID(t.Context(), fmt.Sprint(i)); err != nil {
			t.Error(err)
		}
	}
}

// TestTwoProcesses has another process write to the same log while this one does.
func TestTwoProcesses(t *testing.T) {
	const each = 100
	if path := os.Getenv("LATCHKEY_TEST_DB"); path != "" {
		if err := addTo(t.Context(), opened(t, path, defaults), each); err != nil {
			t.Fatal(err)
		}
		return
	}
	path := newFile(t)
	db := opened(t, path, defaults)
	if err := db.Commit(t.Context(), talk("c", 1)); err != nil {
		t.Fatal(err)
	}

	other := exec.Command(os.Args[0], "-test.run=^TestTwoProcesses$", "-test.v")
	other.Env = append(os.Environ(), "LATCHKEY_TEST_DB="+path)
	said := make(chan error, 1)
	go func() {
		out, err := other.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("the other process: %w\n%s", err, out)
		}
		said <- err
	}()
	if err := errors.Join(addTo(t.Context(), db, each), <-said); err != nil {
		t.Fatal(err)
	}

	log, err := db.Messages(t.Context(), "c", 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(log) != 1+2*each {
		t.Errorf("the log has %d messages, want %d", len(log), 1+2*each)
	}
	for i, m := range log {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has number %d", i+1, m.Seq)
		}
	}
	var verdict string
	if err := db.read.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s, %v", verdict, err)
	}
}

// addTo adds n messages to conversation c, each as often as it takes.
func addTo(ctx context.Context, db *DB, n int) error {
	for n > 0 {
		c, p, err := db.ConversationByID(ctx, "c")
		if err != nil {
			return err
		}
		err = db.Commit(ctx, talkOn(c, p, 1))
		switch {
		case err == nil:
			n--
		case !errors.Is(err, bot.ErrConflict):
			return err
		}
	}
	return nil
}

func TestBackup(t *testing.T) {
	db := opened(t, newFile(t), defaults)
	if err := db.Commit(t.Context(), talk("before", 2)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.Commit(t.Context(), talk("after", 2)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the backup has mode %v, %v", info.Mode(), err)
	}

	restored := opened(t, path, defaults)
	log, err := restored.Messages(t.Context(), "before", 0, 0, 0)
	if err != nil || len(log) != 2 {
		t.Errorf("the backup has %d messages, %v", len(log), err)
	}
	if _, _, err := restored.ConversationByID(t.Context(), "after"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("what came after the backup: %v", err)
	}
	if err := db.Backup(t.Context(), path); err == nil {
		t.Error("a file that was there was overwritten")
	}
}

// alter runs a statement on a database that is closed.
func alter(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", writeDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}
