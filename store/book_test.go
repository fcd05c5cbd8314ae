package store

import (
	"database/sql"
	"io/fs"
	"testing"

	"github.com/pressly/goose/v3"

	"latchkey/bot"
)

// A database from before a conversation's version had a column of its own learns it from the
// sessions that are there.
func TestOldConversationsAreOnTheirBook(t *testing.T) {
	path := newFile(t)
	atSchema(t, path, 1)
	const version = "0123456789abcdef01234567" // as long as the hash of a book
	session := talk("c", 1).Conversation.Session
	session.Version = version
	text, err := asJSON(&session).Value()
	if err != nil {
		t.Fatal(err)
	}
	alter(t, path, `INSERT INTO contacts VALUES ('p', 'bubble', 'a', 'client', 'en', '', '', 0)`)
	alter(t, path, `INSERT INTO conversations VALUES ('c', 'p', 'bubble', 'a', 'bot', '`+text.(string)+`', 0, 1, '', 0, 0, NULL)`)

	got, err := opened(t, path, defaults).Standing(t.Context(), version)
	if stand := (bot.Stand{Place: session.At}); err != nil || len(got) != 1 || got[stand] != 1 {
		t.Errorf("who stands on the book after the migration: %v, %v", got, err)
	}
}

// atSchema makes a database as an older program left it.
func atSchema(t *testing.T, path string, version int64) {
	t.Helper()
	db, err := sql.Open("sqlite3", writeDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(sqlite.goose, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}
