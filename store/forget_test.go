package store

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"latchkey/bot"
)

// rows counts the rows of every table there is.
func rows(t *testing.T, db *DB) map[string]int {
	t.Helper()
	names, err := db.read.Query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
	tables, err := collect(names, err, func(r row) (name string, err error) { return name, r.Scan(&name) })
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, name := range tables {
		var n int
		if err := db.read.QueryRow(`SELECT COUNT(*) FROM ` + name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		count[name] = n
	}
	return count
}

// Forgetting reaches every table, also those that come later, and the bytes of the file.
func TestForgottenLeavesNoRowAndNoByte(t *testing.T) {
	path := newFile(t)
	db := opened(t, path, defaults)
	if err := db.SaveBook(t.Context(), "v1", map[string]string{"client.yaml": "flow: client"}, talk("c", 1).Contact.Created); err != nil {
		t.Fatal(err)
	}
	words := [][]byte{[]byte("ann@secret.example"), []byte("what ann wrote"), []byte("what ann thinks"), bytes.Repeat([]byte("pixels of ann "), 20_000)}
	turn := talk("c", 3)
	turn.Contact.Email, turn.Contact.Identity = string(words[0]), bot.Identity{Email: string(words[0])}
	turn.Messages[0].Text = string(words[1])
	turn.Conversation.Rating = bot.Rating{Seq: 1, Comment: string(words[2]), At: turn.Contact.Created}
	turn.Messages[1].Picture = &bot.Picture{ID: "p", Size: len(words[3])}
	turn.Pictures = map[string][]byte{"p": words[3]}
	turn.Ticket = &bot.Ticket{ID: "t", Number: 1001, ConversationID: "c", ContactID: "c", Status: bot.TicketOpen, Case: bot.Case{Email: string(words[0])}}
	words = append(words, []byte("what the team thinks of ann"))
	turn.Notes = []bot.Note{{ID: "n", TicketID: "t", Text: string(words[4])}}
	words = append(words, []byte("what ann asked the articles"))
	turn.Answers = []bot.Answered{{ConversationID: "c", Seq: 1, Question: string(words[5])}}
	turn.Deliveries = []bot.Delivery{{ID: "d", TicketID: "t", ConversationID: "c", Address: string(words[0]), Status: bot.DeliverySent}}
	if err := db.Commit(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	// What a channel was given hangs on no conversation; see TestHandledLeavesNoByte.
	for name, n := range rows(t, db) {
		if n == 0 && name != "counters" && name != "accepted" {
			t.Errorf("%s has no row to forget: the test does not know it", name)
		}
	}
	if _, err := db.Forget(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	for name, n := range rows(t, db) {
		kept := slices.Contains([]string{"books", "counters", "goose_db_version"}, name)
		if n > 0 && !kept {
			t.Errorf("%s has %d rows", name, n)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if bytes.Contains(file, w[:min(len(w), 200)]) {
			t.Errorf("%.30q is still in the file", w)
		}
	}
}

// A database from before there were pictures and ratings has none, and works.
func TestOldConversationsHaveNoRating(t *testing.T) {
	path := newFile(t)
	atSchema(t, path, 2)
	alter(t, path, `INSERT INTO contacts VALUES ('p', 'bubble', 'a', 'client', 'en', '', '', 0)`)
	alter(t, path, `INSERT INTO conversations (id, contact_id, channel, address, status, session, last_seq, version, ticket_id, created_at, updated_at)
		VALUES ('c', 'p', 'bubble', 'a', 'bot', '{}', 1, 1, '', 0, 0)`)
	alter(t, path, `INSERT INTO messages VALUES ('c', 1, '', 'bot', 'Hello', 'null', '', '', 0, 0)`)

	db := opened(t, path, defaults)
	c, p, err := db.ConversationByID(t.Context(), "c")
	if err != nil || c.Rating != (bot.Rating{}) || p.Identity != (bot.Identity{}) {
		t.Fatalf("%+v, %+v, %v", c.Rating, p.Identity, err)
	}
	log, err := db.Messages(t.Context(), "c", 0, 0, 0)
	if err != nil || len(log) != 1 || log[0].Picture != nil {
		t.Errorf("%+v, %v", log, err)
	}
	if err := db.Commit(t.Context(), talkOn(c, p, 1)); err != nil {
		t.Error(err)
	}
}
