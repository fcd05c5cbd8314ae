package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/bot"
)

func oneOpenTicket(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t1", 1001, "reset")
	w.commit(c)
	first := *c.Ticket
	c = committed(c)

	w.refused(ticket(say(c, "again", ""), "t2", 1002, "reset"), bot.ErrConflict)
	w.same("log", w.texts("c"), []string{"hello from c"})

	other := ticket(c, "t2", 1002, "app")
	w.commit(other)
	w.same("open", must(w.OpenTicket(ctx, "contact-c", "", "reset"))(w).ID, "t1")
	w.same("the other problem's", must(w.OpenTicket(ctx, "contact-c", "", "app"))(w).ID, "t2")
	w.commit(ticket(w.begin("d"), "t3", 1003, "reset"))
	w.same("the other contact's", must(w.OpenTicket(ctx, "contact-d", "", "reset"))(w).ID, "t3")

	// Once it is closed there may be another, and the closed one cannot come back.
	c = committed(other)
	c.Ticket = &first
	first.Status, first.Version = bot.TicketClosed, 1
	w.commit(c)
	if _, err := w.OpenTicket(ctx, "contact-c", "", "reset"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("after closing: %v", err)
	}
	c = ticket(committed(c), "t4", 1004, "reset")
	w.commit(c)
	w.same("open again", must(w.OpenTicket(ctx, "contact-c", "", "reset"))(w).ID, "t4")
	c = committed(c)
	first.Status, first.Version = bot.TicketOpen, 2
	c.Ticket = &first
	w.refused(c, bot.ErrConflict)
}

func ticketNumbers(t *testing.T, w world) {
	w.same("first number", must(w.NextTicketNumber(ctx))(w), int64(1001))
	c := w.begin("c")
	d := w.begin("d")
	w.commit(ticket(c, "t1", 1001, "p"))
	w.same("next number", must(w.NextTicketNumber(ctx))(w), int64(1002))
	w.refused(ticket(d, "t2", 1001, "p"), bot.ErrConflict)
	if _, err := w.Ticket(ctx, "t2"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the ticket that came second: %v", err)
	}

	// Many open tickets at once, through two stores.
	doors := []bot.Store{w.Store, w.again()}
	const n = 12
	turns := make([]bot.Turn, n)
	for i := range n {
		turns[i] = w.begin(fmt.Sprint(i))
	}
	for _, err := range together(n, func(i int) error {
		s := doors[i%len(doors)]
		for {
			number, err := s.NextTicketNumber(ctx)
			if err != nil {
				return err
			}
			err = s.Commit(ctx, ticket(turns[i], fmt.Sprint("many-", i), number, "p"))
			if !errors.Is(err, bot.ErrConflict) {
				return err
			}
		}
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	var got, want []int64
	for i, ticket := range must(w.Tickets(ctx, bot.TicketFilter{}))(w) {
		got = append(got, ticket.Number)
		want = append(want, int64(1001+n-i))
	}
	w.same("numbers", got, want)
}

func ticketChanges(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t", 1001, "p")
	w.commit(c)
	changed := *c.Ticket
	changed.Version = 1
	changed.Status, changed.Queue, changed.Problem = bot.TicketClosed, bot.QueueHexpert, "q"
	changed.Case = bot.Case{About: map[string]string{"en": "App"}, Role: "client", Lang: "en", SettledBy: "contact"}
	changed.Updated = noon.Add(time.Hour)
	c = committed(c)
	c.Ticket = &changed
	w.commit(c)
	changed.Version = 2
	w.same("ticket", must(w.Ticket(ctx, "t"))(w), changed)
	w.same("tickets", len(must(w.Tickets(ctx, bot.TicketFilter{}))(w)), 1)
}

func ticketList(t *testing.T, w world) {
	for i, c := range []struct {
		queue  bot.Queue
		status bot.TicketStatus
	}{
		{bot.QueueSupport, bot.TicketOpen},   // 1001
		{bot.QueueSupport, bot.TicketClosed}, // 1002
		{bot.QueueHexpert, bot.TicketOpen},   // 1003
		{bot.QueueHexpert, bot.TicketClosed}, // 1004
		{bot.QueueSupport, bot.TicketOpen},   // 1005
	} {
		turn := ticket(w.begin(fmt.Sprint(i)), fmt.Sprint(i), int64(1001+i), "p")
		turn.Ticket.Queue, turn.Ticket.Status = c.queue, c.status
		w.commit(turn)
	}
	for _, c := range []struct {
		filter bot.TicketFilter
		want   []int64
	}{
		{bot.TicketFilter{}, []int64{1005, 1004, 1003, 1002, 1001}},
		{bot.TicketFilter{Limit: 2}, []int64{1005, 1004}},
		{bot.TicketFilter{Status: bot.TicketOpen}, []int64{1005, 1003, 1001}},
		{bot.TicketFilter{Queue: bot.QueueHexpert}, []int64{1004, 1003}},
		{bot.TicketFilter{Status: bot.TicketOpen, Queue: bot.QueueSupport}, []int64{1005, 1001}},
		{bot.TicketFilter{Status: bot.TicketOpen, Queue: bot.QueueSupport, Limit: 1}, []int64{1005}},
		{bot.TicketFilter{Status: "lost"}, nil},
	} {
		var got []int64
		for _, ticket := range must(w.Tickets(ctx, c.filter))(w) {
			got = append(got, ticket.Number)
		}
		w.same(fmt.Sprintf("%+v", c.filter), got, c.want)
	}
}
