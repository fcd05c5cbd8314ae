package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/bubble/linetest"
	"latchkey/bot/mail/mailtest"
	"latchkey/store"
)

// A person clicks on while the program is killed and started again under them, again and again.
// The line drops, nothing else does: each message stands once in the store and once on the
// screen, there is one ticket and one mail.
func TestKilledUnderABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	smtp := mailtest.Listen(t)
	data := t.TempDir()
	environ := worldSettings(t, data, smtp)
	c := startChild(t, environ)
	l := &listener{t: t, line: linetest.Listen(t, c.addr), data: data}
	again := func() {
		c = startChild(t, environ)
		l.line.Retarget(c.addr)
	}
	l.tab = browser.Open("http://"+l.line.Addr()+"/?lang=en", browsertest.Desktop)
	l.tab.Click(inShadow(".launch"))
	for i, step := range giveUpWalk {
		switch i % 4 {
		case 1: // nobody is there when they click
			c.kill()
			l.begins(step)
			again()
		case 2: // it may have been taken, and may not
			l.begins(step)
			c.kill()
			again()
		case 3: // it was taken, and the answer may be on its way
			l.begins(step)
			l.tab.Wait(`!` + inShadow(".row.pending"))
			c.kill()
			again()
		default:
			l.begins(step)
		}
		l.tab.Wait(idle)
	}
	l.tab.Wait(inShadow(".card.ticket"))
	c.kill() // perhaps while the mail is on its way

	db, err := store.Open(t.Context(), filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, _, log := stored(t, db, data)
	var said []string
	for i, m := range log {
		if m.Seq != int64(i+1) {
			t.Errorf("message %d has the number %d", i+1, m.Seq)
		}
		if m.From == bot.FromContact {
			said = append(said, m.Text)
		}
	}
	var want []string
	for _, step := range giveUpWalk {
		want = append(want, strings.Trim(step, "[]"))
	}
	if !slices.Equal(said, want) {
		t.Errorf("the log has %q, want %q", said, want)
	}
	l.shows(log)
	tickets, err := db.Tickets(t.Context(), bot.TicketFilter{})
	if err != nil || len(tickets) != 1 {
		t.Errorf("%d tickets, %v", len(tickets), err)
	}
	finishDeliveries(t, db, smtp)
	ids := map[string]bool{}
	for _, m := range smtp.Messages() {
		letter := mailtest.Parse(t, m.Data)
		id, err := letter.Header.MessageID()
		if err != nil {
			t.Error(err)
		}
		ids[id] = true
	}
	if len(ids) != 1 {
		t.Errorf("%d different mails", len(ids))
	}
	if all := l.tab.Troubles(); len(all) > 0 {
		t.Errorf("the page complains: %s", strings.Join(all, "\n"))
	}
}

// shows compares the screen with the log, line by line.
func (l *listener) shows(log []bot.Message) {
	l.t.Helper()
	type line struct{ Seq, From, Text string }
	screen := browsertest.Eval[[]line](l.tab, `[...`+inShadow(".log")+`.children].map(row => ({
		Seq: row.dataset.seq ?? "none", From: ["contact", "bot", "agent"].find(from => row.classList.contains(from)),
		Text: [...row.querySelectorAll(".bubble > :not(.head)")].map(part => part.innerText).join("\n"),
	}))`)
	for i := range max(len(screen), len(log)) {
		var is, should line
		if i < len(screen) {
			is = screen[i]
		}
		if i < len(log) {
			should = line{fmt.Sprint(log[i].Seq), string(log[i].From), itemNumber.ReplaceAllString(log[i].Text, "")}
		}
		is.Text, should.Text = letters(is.Text), letters(should.Text)
		if is != should {
			l.t.Errorf("line %d of the screen is %v, and of the log %v", i+1, is, should)
		}
	}
}
