package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/bubble"
	"latchkey/store"
)

// desk is a live desk that keeps the last parcel of each kind.
type desk struct {
	sync.Mutex
	last map[bot.DeliveryKind]bot.Parcel
}

func (d *desk) Send(_ context.Context, p bot.Parcel) (string, error) {
	d.Lock()
	defer d.Unlock()
	d.last[p.Delivery.Kind] = p
	return "receipt of " + p.Delivery.ID, nil
}

// until waits for a parcel that is as it should be.
func (d *desk) until(t *testing.T, kind bot.DeliveryKind, is func(bot.Parcel) bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		d.Lock()
		p, ok := d.last[kind]
		d.Unlock()
		if ok && is(p) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the desk never hears of it; the last %s: %+v", kind, p)
		}
	}
}

// hears reads until the team has said something.
func (v *visitor) hears() frame {
	v.t.Helper()
	for {
		f, err := v.read()
		if err != nil {
			v.t.Fatal(err)
		}
		if f.Type == "message" && f.From == "agent" {
			return f
		}
	}
}

// A person and the team talk to each other: from the bubble through the core to a live desk, and
// back, with all that may happen to words on the way.
func TestTheTeamAnswers(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	book, err := loadBook(Config{})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{last: map[bot.DeliveryKind]bot.Parcel{}}
	b, err := bot.New(t.Context(), bot.Options{
		Store: db, Book: book, Senders: map[string]bot.Sender{"desk": d},
		Desks: []bot.Desk{{Channel: "desk", Live: true, Addresses: map[bot.Queue]string{bot.QueueSupport: "s", bot.QueueHexpert: "h"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	bub := bubble.New(b, bubble.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.Run(ctx) })
	running.Go(func() { bub.Run(ctx, b) })
	defer running.Wait()
	defer cancel()
	server := httptest.NewServer(bub.Handler())
	defer server.Close()

	v := newVisitor(t)
	if err := v.connect(strings.TrimPrefix(server.URL, "http://")); err != nil {
		t.Fatal(err)
	}
	v.walk(disabledWalk)
	var id string
	d.until(t, bot.DeliverTicket, func(p bot.Parcel) bool { id = p.Ticket.ID; return p.Delivery.Address == "h" })

	zoe := bot.Agent{ID: "z", Name: "Zoé"}
	if _, _, err := b.Reply(t.Context(), zoe, id, "r1", "Yuor account is enabled again."); err != nil {
		t.Fatal(err)
	}
	said := v.hears()
	if said.Text != "Yuor account is enabled again." || said.Name != "Zoé" || said.Ticket != "" {
		t.Errorf("%+v", said)
	}
	fate := func(want bot.Fate) func(bot.Parcel) bool {
		return func(p bot.Parcel) bool {
			return p.Delivery.Ref == fmt.Sprint("msg:", said.Seq) && p.Fates[said.Seq] == want && p.Receipts[p.Delivery.Ref] != ""
		}
	}
	d.until(t, bot.DeliverFate, fate(bot.FateDelivered))
	if err := v.write(map[string]any{"type": "seen", "seq": said.Seq}); err != nil {
		t.Fatal(err)
	}
	d.until(t, bot.DeliverFate, fate(bot.FateSeen))

	if _, _, err := b.Edit(t.Context(), zoe, id, "r1", "Your account is enabled again."); err != nil {
		t.Fatal(err)
	}
	if f := v.hears(); f.Seq != said.Seq || f.Text != "Your account is enabled again." || !f.Edited {
		t.Errorf("%+v", f)
	}
	d.until(t, bot.DeliverEdit, func(p bot.Parcel) bool { return len(p.Messages) == 1 && strings.HasPrefix(p.Messages[0].Text, "Your") })

	// She comes back with her number, and finds it as it is.
	if _, err := b.Withdraw(t.Context(), zoe, id, "r1"); err != nil {
		t.Fatal(err)
	}
	v.conn.Close()
	delete(v.log, said.Seq)
	if err := v.connect(v.addr); err != nil {
		t.Fatal(err)
	}
	if f := v.hears(); f.Seq != said.Seq || f.Text != "" || !f.Withdrawn {
		t.Errorf("%+v", f)
	}
	if err := v.write(map[string]any{"type": "message", "id": "visitor-9999", "text": "what did you say?"}); err != nil {
		t.Fatal(err)
	}
	d.until(t, bot.DeliverMore, func(p bot.Parcel) bool {
		return !p.Ticket.WaitingSince.IsZero() && p.Ticket.Agent == zoe && p.Messages[0].Text == "what did you say?"
	})
}
