package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/bot"
)

func duplicates(t *testing.T, w world) {
	c := beginning("c")
	c.Messages[0].ExternalID = "m1"
	w.commit(c)
	c = committed(c)

	repeated := say(c, "hello again", "m1")
	repeated.Contact.Name = "again"
	w.refused(repeated, bot.ErrDuplicate)
	if err := w.Commit(ctx, repeated); errors.Is(err, bot.ErrConflict) {
		t.Error("a duplicate is a conflict too: it would be tried for ever")
	}
	w.refused(say(say(c, "twice", "m2"), "in one turn", "m2"), bot.ErrDuplicate)
	agents := answer(c, "an agent's id is another's", "m1", 1001)
	w.commit(agents)
	c = committed(agents)
	w.refused(answer(c, "again", "m1", 1001), bot.ErrDuplicate)
	w.same("log", w.texts("c"), []string{"hello from c", "an agent's id is another's"})
	_, p, err := w.ConversationByID(ctx, "c")
	w.same("contact", must(p, err)(w), c.Contact)

	// Empty ids do not clash, and an id counts only inside its conversation.
	w.commit(say(say(c, "one", ""), "two", ""))
	d := beginning("d")
	d.Messages[0].ExternalID = "m1"
	w.commit(d)
}

func window(t *testing.T, w world) {
	turn := beginning("c")
	for i := range 9 {
		turn = say(turn, fmt.Sprint(i+2), "")
	}
	w.commit(turn)
	w.begin("other")

	for _, c := range []struct {
		after, upTo int64
		limit       int
		from, to    int64
	}{
		{0, 0, 0, 1, 10},
		{4, 0, 0, 5, 10},
		{4, 7, 0, 5, 7},
		{0, 0, 3, 1, 3},
		{4, 7, 2, 5, 6},
		{0, 1, 0, 1, 1},
		{10, 0, 0, 1, 0},
		{7, 7, 0, 1, 0},
		{99, 0, 5, 1, 0},
		{0, 99, 99, 1, 10},
	} {
		var want, got []int64
		for n := c.from; n <= c.to; n++ {
			want = append(want, n)
		}
		for _, m := range must(w.Messages(ctx, "c", c.after, c.upTo, c.limit))(w) {
			got = append(got, m.Seq)
		}
		w.same(fmt.Sprintf("after %d up to %d, at most %d", c.after, c.upTo, c.limit), got, want)
	}
}

// oneLog has many write to one conversation through two stores, each thinking again until
// it is through.
func oneLog(t *testing.T, w world) {
	const writers, each = 8, 12
	w.begin("c")
	doors := []bot.Store{w.Store, w.again()}

	for _, err := range together(writers, func(i int) error {
		s := doors[i%len(doors)]
		for n := range each {
			id := fmt.Sprintf("%d/%d", i, n)
			for {
				c, p, err := s.ConversationByID(ctx, "c")
				if err != nil {
					return err
				}
				err = s.Commit(ctx, say(bot.Turn{Conversation: c, Contact: p}, id, id))
				if err == nil {
					break
				}
				if !errors.Is(err, bot.ErrConflict) {
					return err
				}
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}

	seen := map[string]int{}
	for _, text := range w.texts("c") {
		seen[text]++
	}
	for i := range writers {
		for n := range each {
			if id := fmt.Sprintf("%d/%d", i, n); seen[id] != 1 {
				t.Errorf("%s is in the log %d times", id, seen[id])
			}
		}
	}
	c, _, err := w.ConversationByID(ctx, "c")
	w.same("last number", must(c, err)(w).LastSeq, int64(writers*each+1))
	w.same("version", c.Version, int64(writers*each+1))
}

// neighbours commits many turns at once, some of them bad in every way there is.
func neighbours(t *testing.T, w world) {
	const n = 120
	for i := range n {
		w.begin(fmt.Sprint(i))
	}
	// What takes the ticket number and the external id that bad turns want.
	taken := ticket(beginning("taken"), "taken", 1001, "p")
	w.commit(taken)

	turns := make([]bot.Turn, n)
	want := make([]error, n)
	for i := range n {
		c := committed(beginning(fmt.Sprint(i)))
		turns[i] = say(c, "good", "m")
		switch {
		case i%12 == 3:
			turns[i].Conversation.Version = 7
			want[i] = bot.ErrConflict
		case i%12 == 6:
			turns[i] = say(turns[i], "bad", "m")
			want[i] = bot.ErrDuplicate
		case i%12 == 9:
			turns[i] = ticket(turns[i], fmt.Sprint("ticket-", i), 1001, "p")
			want[i] = bot.ErrConflict
		}
	}
	for i, err := range together(n, func(i int) error { return w.Commit(ctx, turns[i]) }) {
		id := fmt.Sprint(i)
		if !errors.Is(err, want[i]) {
			t.Errorf("turn %d gave %v, want %v", i, err, want[i])
		}
		log := []string{"hello from " + id}
		if want[i] == nil {
			log = append(log, "good")
		}
		w.same("log of "+id, w.texts(id), log)
	}
}

func cancelled(t *testing.T, w world) {
	turn := owe(w.begin("c"), "d", noon)
	w.commit(turn)
	turn = committed(turn)

	gone, cancel := context.WithCancel(ctx)
	cancel()
	for what, run := range map[string]func() error{
		"Commit":   func() error { return w.Commit(gone, say(turn, "unsaid", "")) },
		"Claim":    func() error { _, err := w.Claim(gone, noon, time.Minute, 1); return err },
		"Finish":   func() error { return w.Finish(gone, bot.Delivery{ID: "d", Status: bot.DeliverySent}) },
		"Mark":     func() error { _, err := w.Mark(gone, "c", 1, 1, nil); return err },
		"Accept":   func() error { _, err := w.Accept(gone, "k", nil, noon); return err },
		"Handled":  func() error { return w.Handled(gone, "k") },
		"Notes":    func() error { _, err := w.Notes(gone, "t"); return err },
		"Lane":     func() error { _, err := w.Lane(gone, "l"); return err },
		"SaveBook": func() error { return w.SaveBook(gone, "v1", nil, noon) },
		"Forget":   func() error { _, err := w.Forget(gone, "c"); return err },
		"Pictures": func() error { _, err := w.Pictures(gone, "c"); return err },
		"Messages": func() error { _, err := w.Messages(gone, "c", 0, 0, 0); return err },
		"Ping":     func() error { return w.Ping(gone) },
	} {
		if err := run(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s gave %v, want %v", what, err, context.Canceled)
		}
	}

	w.same("log", w.texts("c"), []string{"hello from c"})
	if _, err := w.Book(ctx, "v1"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the book: %v", err)
	}
	d := must(w.Claim(ctx, noon, time.Minute, 1))(w)
	if len(d) != 1 || d[0].Attempts != 1 {
		t.Errorf("the delivery was touched: %+v", d)
	}
}

func closed(t *testing.T, w world) {
	turn := w.begin("c")
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := w.Ping(ctx); err == nil {
		t.Error("a closed store answers")
	}
	if err := w.Commit(ctx, say(turn, "hello?", "")); err == nil {
		t.Error("a closed store commits")
	}
	if _, _, err := w.ConversationByID(ctx, "c"); err == nil {
		t.Error("a closed store reads")
	}
}
