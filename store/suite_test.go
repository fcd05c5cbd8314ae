package store

import (
	"path/filepath"
	"testing"

	"latchkey/bot"
	"latchkey/store/storetest"
)

func TestSQLite(t *testing.T) {
	files := map[string]string{}
	storetest.Run(t, func(t *testing.T) bot.Store {
		if files[t.Name()] == "" {
			files[t.Name()] = filepath.Join(t.TempDir(), "latchkey.db")
		}
		return opened(t, files[t.Name()], defaults)
	})
}

func opened(t testing.TB, path string, opt options) *DB {
	t.Helper()
	db, err := open(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newFile(t testing.TB) string { return filepath.Join(t.TempDir(), "latchkey.db") }
