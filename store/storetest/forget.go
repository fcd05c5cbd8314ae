package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/bot"
)

// whole is a conversation that has everything, committed.
func (w world) whole(id string, number int64) bot.Turn {
	w.Helper()
	turn := ticket(show(w.begin(id), "picture-"+id, "image"), "ticket-"+id, number, "p")
	turn.Conversation.TicketID = "ticket-" + id
	turn.Conversation.DueAt, turn.Conversation.Rating = noon, bot.Rating{Seq: 2, At: noon}
	turn = transcript(owe(turn, "mail-"+id, noon), "transcript-"+id, "ann@example.org", noon)
	turn.Deliveries[0].TicketID = "ticket-" + id
	w.commit(turn)
	return committed(turn)
}

// gone checks that a conversation made by whole is nowhere.
func (w world) gone(id string) {
	w.Helper()
	_, _, byID := w.ConversationByID(ctx, id)
	_, _, byAddress := w.Conversation(ctx, "bubble", "address-"+id)
	_, _, picture := w.Picture(ctx, "picture-"+id)
	_, byTicket := w.Ticket(ctx, "ticket-"+id)
	_, open := w.OpenTicket(ctx, "contact-"+id, "", "p")
	finish := w.Finish(ctx, bot.Delivery{ID: "mail-" + id, Status: bot.DeliverySent})
	for what, err := range map[string]error{
		"conversation": byID, "conversation by address": byAddress, "picture": picture, "ticket": byTicket, "open ticket": open, "delivery": finish,
	} {
		if !errors.Is(err, bot.ErrNotFound) {
			w.Errorf("%s of %s gave %v, want ErrNotFound", what, id, err)
		}
	}
	w.same("log of "+id, len(must(w.Messages(ctx, id, 0, 0, 0))(w)), 0)
	w.same("pictures of "+id, len(must(w.Pictures(ctx, id))(w)), 0)
	w.same("deliveries of "+id, len(must(w.Deliveries(ctx, "ticket-"+id))(w)), 0)
}

func forgotten(t *testing.T, w world) {
	w.whole("c", 1001)
	got, err := w.Forget(ctx, "c")
	w.same("forgotten", must(got, err)(w), bot.Forgotten{Messages: 2, Pictures: 1, Tickets: 1, Deliveries: 2, Contact: true})
	w.gone("c")
	w.same("next delivery", must(w.NextDelivery(ctx))(w), time.Time{})
	w.same("due", len(must(w.Due(ctx, noon, 9))(w)), 0)
	w.same("rated", len(must(w.Rated(ctx, time.Time{}))(w)), 0)
	w.same("tickets", len(must(w.Tickets(ctx, bot.TicketFilter{}))(w)), 0)
	of, to, err := w.Transcripts(ctx, "c", "ann@example.org", time.Time{})
	w.same("transcripts", must(of+to, err)(w), 0)
	if _, err := w.Forget(ctx, "c"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("forgotten again gave %v", err)
	}

	// The team's mail still names the number: it does not come to mean somebody else.
	w.same("next number", must(w.NextTicketNumber(ctx))(w), int64(1002))
	w.same("after reopening", must(w.again().NextTicketNumber(ctx))(w), int64(1002))
	// Whoever comes back begins anew, with ids that are free again.
	w.whole("c", 1002)
	w.same("next number", must(w.NextTicketNumber(ctx))(w), int64(1003))
	must(w.Forget(ctx, "c"))(w)
	w.whole("d", 1007)
	w.same("next number", must(w.NextTicketNumber(ctx))(w), int64(1008))
	w.whole("e", 1005)
	must(w.Forget(ctx, "e"))(w)
	w.same("after an older one was forgotten", must(w.NextTicketNumber(ctx))(w), int64(1008))
	must(w.Forget(ctx, "d"))(w)
	w.whole("f", 1006)
	must(w.Forget(ctx, "f"))(w)
	w.same("after the newest and an older one", must(w.NextTicketNumber(ctx))(w), int64(1008))
}

func othersStay(t *testing.T, w world) {
	w.whole("c", 1001)
	d := w.whole("d", 1002)
	// A second conversation of the same contact, which added to the first one's ticket.
	second := bot.Turn{New: true, Contact: bot.Contact{
		ID: "contact-c", Channel: "bubble", Address: "address-c", Role: "client", Lang: "fr", Created: noon,
	}}
	second.Conversation = bot.Conversation{
		ID: "second", ContactID: "contact-c", Channel: "bubble", Address: "address-c", Status: bot.StatusBot,
		Created: noon.Add(time.Hour), Updated: noon,
	}
	second = owe(say(second, "again", ""), "more", noon)
	second.Deliveries[0].TicketID = "ticket-c"
	w.commit(second)

	got, err := w.Forget(ctx, "c")
	w.same("forgotten", must(got, err)(w), bot.Forgotten{Messages: 2, Pictures: 1, Tickets: 1, Deliveries: 3})
	w.same("the contact's other conversation", w.texts("second"), []string{"again"})
	_, p, err := w.Conversation(ctx, "bubble", "address-c")
	w.same("the contact", must(p, err)(w), second.Contact)

	c, p, err := w.ConversationByID(ctx, "d")
	w.same("another's conversation", must(c, err)(w), d.Conversation)
	w.same("another's contact", p, d.Contact)
	w.same("another's log", len(w.texts("d")), 2)
	_, data, err := w.Picture(ctx, "picture-d")
	w.same("another's picture", string(must(data, err)(w)), "image")
	w.same("another's ticket", must(w.Ticket(ctx, "ticket-d"))(w).Number, int64(1002))
	w.same("another's deliveries", w.claim(noon, 9), []string{"mail-d", "transcript-d"})

	got, err = w.Forget(ctx, "second")
	w.same("forgotten", must(got, err)(w), bot.Forgotten{Messages: 1, Contact: true})
}

func lateTurns(t *testing.T, w world) {
	c := w.whole("c", 1001)
	sending := must(w.Claim(ctx, noon, lease, 1))(w)[0]
	must(w.Forget(ctx, "c"))(w)

	w.refused(say(c, "late", ""), bot.ErrConflict)
	w.refused(show(c, "late", "image"), bot.ErrConflict)
	w.refused(owe(ticket(c, "late", 1002, "q"), "late", noon), bot.ErrConflict)
	rating := c
	rating.Conversation.Rating.Helpful = true
	w.refused(rating, bot.ErrConflict)
	w.gone("c")
	for _, status := range []bot.DeliveryStatus{bot.DeliverySent, bot.DeliveryDue} {
		sending.Status = status
		if err := w.Finish(ctx, sending); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("what was being sent ends as %s with %v", status, err)
		}
	}
}

// forgetRace has many write to a conversation, through two stores, until it is forgotten in the
// middle of it. Everybody is told, and nothing comes back.
func forgetRace(t *testing.T, w world) {
	const writers = 6
	w.whole("c", 1001)
	doors := []bot.Store{w.Store, w.again()}
	var written atomic.Int64
	for i, err := range together(writers+1, func(i int) error {
		s := doors[i%len(doors)]
		if i == writers {
			for written.Load() < 20 {
				if _, err := s.NextDelivery(ctx); err != nil {
					return err
				}
			}
			_, err := s.Forget(ctx, "c")
			return err
		}
		for n := 0; ; n++ {
			c, p, err := s.ConversationByID(ctx, "c")
			if errors.Is(err, bot.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			turn := show(bot.Turn{Conversation: c, Contact: p}, fmt.Sprintf("%d/%d", i, n), "image")
			switch err := s.Commit(ctx, owe(turn, fmt.Sprintf("%d/%d", i, n), noon)); {
			case err == nil:
				written.Add(1)
			case !errors.Is(err, bot.ErrConflict):
				return err
			}
		}
	}) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	w.gone("c")
	w.same("next delivery", must(w.NextDelivery(ctx))(w), time.Time{})
}
