package store

import (
	"bytes"
	"os"
	"testing"
	"time"

	"latchkey/bot"
)

// A payload may hold what a person should not have typed: once it is handled, no byte is left of
// it in the file.
func TestHandledLeavesNoByte(t *testing.T) {
	path := newFile(t)
	db := opened(t, path, defaults)
	secret := bytes.Repeat([]byte("my password is Soleil2024! "), 500)
	if _, err := db.Accept(t.Context(), "k", secret, time.Now()); err != nil {
		t.Fatal(err)
	}
	if all, err := db.Accepted(t.Context(), 1); err != nil || len(all) != 1 || !bytes.Equal(all[0].Payload, secret) {
		t.Fatalf("%d, %v", len(all), err)
	}
	if err := db.Handled(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, secret[:27]) {
		t.Error("the payload is still in the file")
	}
}

// A database from before there was a team: what is owed keeps its order, tickets can be worked on.
func TestOldTicketsAreTheTeams(t *testing.T) {
	path := newFile(t)
	atSchema(t, path, 3)
	for _, q := range []string{
		`INSERT INTO contacts (id, channel, address, role, lang, name, email, created_at) VALUES ('p', 'bubble', 'a', 'client', 'en', '', '', 0)`,
		`INSERT INTO conversations (id, contact_id, channel, address, status, session, last_seq, version, ticket_id, created_at, updated_at)
			VALUES ('c', 'p', 'bubble', 'a', 'team', '{}', 1, 1, 't', 0, 0)`,
		`INSERT INTO messages VALUES ('c', 1, 'm', 'contact', 'Hello', 'null', '', '', 0, 0)`,
		`INSERT INTO tickets VALUES ('t', 1001, 'c', 'p', 'support', 'x', 'open', '{}', 5000, 9000)`,
		`INSERT INTO tickets VALUES ('u', 1002, 'c', 'p', 'support', 'y', 'closed', '{}', 5000, 9000)`,
	} {
		alter(t, path, q)
	}
	for _, d := range []string{
		`'a', 'mail', 's', 'more', 't', 'c', 1, 1, 'due', 0, 3000, '', 3000`,
		`'z', 'mail', 's', 'ticket', 't', 'c', 0, 1, 'due', 0, 2000, '', 2000`,
		`'b', 'mail', 's', 'settled', 't', 'c', 1, 1, 'due', 0, 1000, '', 3000`,
		`'q', 'mail', 'x', 'transcript', NULL, 'c', 0, 1, 'due', 0, 9000, '', 1000`,
		`'r', 'mail', 'x', 'transcript', NULL, 'c', 0, 1, 'sent', 1, NULL, '', 500`,
	} {
		alter(t, path, `INSERT INTO deliveries VALUES (`+d+`)`)
	}
	db := opened(t, path, defaults)
	now := time.UnixMilli(20_000)
	var order []string
	for {
		due, err := db.Claim(t.Context(), now, time.Minute, 9)
		if err != nil {
			t.Fatal(err)
		}
		if len(due) == 0 {
			break
		}
		for _, d := range due {
			order = append(order, d.ID)
			d.Status = bot.DeliverySent
			if err := db.Finish(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := len(order); got != 4 || order[0] != "z" || order[1] != "q" || order[2] != "a" || order[3] != "b" {
		t.Errorf("they leave as %v", order)
	}
	lane, err := db.Lane(t.Context(), bot.ContactLane("mail", "c"))
	if err != nil || len(lane) != 2 || lane[0].ID != "r" {
		t.Errorf("the contact's lane: %+v, %v", lane, err)
	}
	k, err := db.Ticket(t.Context(), "t")
	if err != nil || k.AnswerID != "c" || k.Version != 1 || !k.WaitingSince.Equal(time.UnixMilli(5000)) || k.Agent != (bot.Agent{}) {
		t.Errorf("%+v, %v", k, err)
	}
	if closed, err := db.Ticket(t.Context(), "u"); err != nil || !closed.WaitingSince.IsZero() {
		t.Errorf("%+v, %v", closed, err)
	}
	c, p, err := db.ConversationByID(t.Context(), "c")
	if err != nil || c.SeenSeq != 0 || !c.MailAt.IsZero() {
		t.Errorf("%+v, %v", c, err)
	}
	k.Agent = bot.Agent{ID: "a"}
	turn := talkOn(c, p, 1)
	turn.Ticket = &k
	turn.Deliveries = []bot.Delivery{{ID: "later", Channel: "mail", TicketID: "t", ConversationID: "c", Status: bot.DeliveryDue, NextAt: now}}
	if err := db.Commit(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	if lane, err := db.Lane(t.Context(), turn.Deliveries[0].Lane()); err != nil || len(lane) != 4 || lane[3].ID != "later" {
		t.Errorf("the ticket's lane: %+v, %v", lane, err)
	}
}
