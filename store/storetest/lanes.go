package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
)

// lanes has deliveries of three lanes wait for each other, and not for those of another.
func lanes(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t", 1001, "p")
	for i, id := range []string{"a1", "b1", "a2", "a3", "b2", "c1"} {
		c = owe(c, id, noon)
		d := &c.Deliveries[i]
		switch id[0] {
		case 'a':
			d.TicketID = "t"
		case 'b':
			d.TicketID, d.Channel = "t", "slack"
		}
	}
	// The clock says otherwise, and so do the ids of some: the order is that of the turn.
	c.Deliveries[2].NextAt, c.Deliveries[2].Created = noon.Add(-time.Hour), noon.Add(-time.Hour)
	w.commit(c)
	later := owe(committed(c), "a0", noon.Add(-time.Hour))
	later.Deliveries[0].TicketID, later.Deliveries[0].Created = "t", noon.Add(-2*time.Hour)
	w.commit(later)

	w.same("next", must(w.NextDelivery(ctx))(w), noon)
	first := must(w.Claim(ctx, noon, lease, 9))(w)
	var ids []string
	for _, d := range first {
		ids = append(ids, d.ID)
	}
	w.same("the first of each lane", ids, []string{"a1", "b1", "c1"})
	w.same("while they are sent", w.claim(noon, 9), []string(nil))

	retry, sent, failed := first[0], first[1], first[2]
	retry.NextAt, retry.LastError = noon.Add(time.Hour), "busy"
	sent.Status, failed.Status = bot.DeliverySent, bot.DeliveryFailed
	for _, d := range []bot.Delivery{retry, sent, failed} {
		if err := w.Finish(ctx, d); err != nil {
			t.Error(err)
		}
	}
	w.same("one that waits holds up its lane only", w.claim(noon, 9), []string{"b2"})
	for _, want := range []string{"a1", "a2", "a3", "a0"} {
		got := must(w.Claim(ctx, noon.Add(time.Hour), time.Second, 9))(w)
		got = slices.DeleteFunc(got, func(d bot.Delivery) bool { return d.ID == "b2" }) // its lease is over
		if len(got) != 1 || got[0].ID != want {
			t.Fatalf("claimed %v, want %s", got, want)
		}
		got[0].Status = bot.DeliveryFailed
		if err := w.Finish(ctx, got[0]); err != nil {
			t.Error(err)
		}
	}
	ids = nil
	for _, d := range must(w.Lane(ctx, first[0].Lane()))(w) {
		ids = append(ids, d.ID)
	}
	w.same("the lane", ids, []string{"a1", "a2", "a3", "a0"})
}

// lanesAtOnce has many write to lanes and many send from them, through two stores: each lane
// leaves in the order in which it was committed, one at a time.
func lanesAtOnce(t *testing.T, w world) {
	const lanes, each, workers = 4, 15, 6
	for i := range lanes {
		w.begin(fmt.Sprint(i))
	}
	doors := []bot.Store{w.Store, w.again()}
	var mu sync.Mutex
	committed, sent, flying := map[string][]string{}, map[string][]string{}, map[string]int{}
	total := 0
	work := func(i int) error {
		s := doors[i%len(doors)]
		if i < lanes {
			for n := range each {
				c, p, err := s.ConversationByID(ctx, fmt.Sprint(i))
				if err != nil {
					return err
				}
				// Ids and times are of no help.
				turn := owe(bot.Turn{Conversation: c, Contact: p}, fmt.Sprintf("%d/%d", i, (n*7)%each), noon)
				turn.Deliveries[0].Created = noon.Add(-time.Duration(n) * time.Second)
				if err := s.Commit(ctx, turn); err != nil {
					return err
				}
				mu.Lock()
				committed[c.ID] = append(committed[c.ID], turn.Deliveries[0].ID)
				mu.Unlock()
			}
			return nil
		}
		for {
			mu.Lock()
			over := total == lanes*each
			mu.Unlock()
			if over {
				return nil
			}
			got, err := s.Claim(ctx, noon, lease, 2)
			if err != nil {
				return err
			}
			mu.Lock()
			for _, d := range got {
				if flying[d.ConversationID]++; flying[d.ConversationID] > 1 {
					t.Errorf("two of lane %s at once", d.ConversationID)
				}
				sent[d.ConversationID] = append(sent[d.ConversationID], d.ID)
				total++
			}
			mu.Unlock()
			for _, d := range got {
				mu.Lock()
				flying[d.ConversationID]--
				mu.Unlock()
				d.Status = bot.DeliverySent
				if err := s.Finish(ctx, d); err != nil {
					return err
				}
			}
		}
	}
	for _, err := range together(lanes+workers, work) {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.same("order", sent, committed)
}

func receipts(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t", 1001, "p")
	for i, id := range []string{"card", "reply", "none"} {
		c = owe(c, id, noon)
		d := &c.Deliveries[i]
		d.Channel, d.Address, d.Ref, d.TicketID = "slack", "C1", id, "t"
	}
	w.commit(c)
	finish := func(receipt string, owed ...bot.Delivery) bot.Delivery {
		t.Helper()
		d := w.claimOne(noon)
		d.Status, d.Receipt = bot.DeliverySent, receipt
		if err := w.Finish(ctx, d, owed...); err != nil {
			t.Fatal(err)
		}
		return d
	}
	card := finish("C1:1")
	w.same("by receipt", must(w.ByReceipt(ctx, "slack", "C1:1"))(w), card)
	if _, err := w.ByReceipt(ctx, "mail", "C1:1"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("on another channel: %v", err)
	}
	if _, err := w.ByReceipt(ctx, "slack", ""); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("without a receipt: %v", err)
	}
	// What follows from it is stored with it.
	follows := owe(committed(c), "follows", noon).Deliveries[0]
	follows.Channel, follows.TicketID, follows.Ref, follows.Created = "slack", "t", "card", noon.Add(time.Second)
	finish("C1:2", follows)
	finish("")
	if got := finish("C1:1"); got.ID != "follows" || got.Ref != "card" {
		t.Errorf("what followed: %+v", got)
	}
	w.same("the newest of a receipt", must(w.ByReceipt(ctx, "slack", "C1:1"))(w).ID, "follows")
	var got []string
	for _, d := range must(w.Lane(ctx, card.Lane()))(w) {
		got = append(got, d.Ref+"="+d.Receipt)
	}
	w.same("receipts", got, []string{"card=C1:1", "reply=C1:2", "none=", "card=C1:1"})
	posted := func(channel string, since time.Time) (names []string) {
		for _, d := range must(w.Posted(ctx, channel, since))(w) {
			names = append(names, d.ID+"="+d.Receipt)
		}
		return names
	}
	w.same("posted", posted("slack", noon), []string{"card=C1:1", "follows=C1:1", "reply=C1:2"})
	w.same("posted lately", posted("slack", noon.Add(time.Second)), []string{"follows=C1:1"})
	w.same("posted elsewhere", posted("mail", noon), []string(nil))
	// A repeat that learned nothing takes no receipt away.
	card.Receipt = ""
	if err := w.Finish(ctx, card); err != nil {
		t.Error(err)
	}
	w.same("the first again", must(w.Lane(ctx, card.Lane()))(w)[0].Receipt, "C1:1")
	// What does not end a delivery owes nothing either.
	lost := card
	lost.Status, lost.NextAt, lost.Attempts = bot.DeliveryDue, noon, 0
	follows.ID = "lost"
	if err := w.Finish(ctx, lost, follows); !errors.Is(err, bot.ErrConflict) {
		t.Errorf("a lost lease gave %v", err)
	}
	w.same("owed", w.claim(noon.Add(time.Hour), 9), []string(nil))
}
