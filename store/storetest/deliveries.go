package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/bot"
)

const lease = time.Minute

// claim gives the ids of the deliveries it claims.
func (w world) claim(at time.Time, n int) (ids []string) {
	w.Helper()
	for _, d := range must(w.Claim(ctx, at, lease, n))(w) {
		ids = append(ids, d.ID)
	}
	return ids
}

// claimOne claims the only delivery that is due.
func (w world) claimOne(at time.Time) bot.Delivery {
	w.Helper()
	claimed := must(w.Claim(ctx, at, lease, 9))(w)
	if len(claimed) != 1 {
		w.Fatalf("%d deliveries are due, want one", len(claimed))
	}
	return claimed[0]
}

func deliveryTwice(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t", 1001, "p")
	c = owe(c, "d", noon)
	c.Deliveries[0].TicketID = "t"
	w.commit(c)
	claimed := w.claimOne(noon)

	again := owe(committed(c), "d", noon.Add(time.Hour))
	again.Deliveries[0].TicketID, again.Deliveries[0].Address = "t", "elsewhere"
	w.commit(owe(again, "e", noon.Add(time.Hour)))
	w.same("deliveries", must(w.Deliveries(ctx, "t"))(w), []bot.Delivery{claimed})
	w.same("its neighbour is there", w.claim(noon.Add(time.Hour), 9), []string{"d", "e"})
}

func claims(t *testing.T, w world) {
	c := w.begin("c")
	for _, d := range []struct {
		id string
		at time.Time
	}{
		{"c", noon},
		{"b", noon.Add(-time.Millisecond)},
		{"a", noon.Add(-time.Hour)},
		{"later", noon.Add(time.Millisecond)},
	} {
		c = owe(c, d.id, d.at)
	}
	c = owe(owe(c, "sent", noon), "failed", noon)
	c.Deliveries[4].Status, c.Deliveries[5].Status = bot.DeliverySent, bot.DeliveryFailed
	// At the same time as "c", but older.
	c = owe(c, "z", noon)
	c.Deliveries[6].Created = noon.Add(-time.Hour)
	w.commit(apart(c))

	w.same("next", must(w.NextDelivery(ctx))(w), noon.Add(-time.Hour))
	w.same("none wanted", w.claim(noon, 0), []string(nil))
	w.same("the two oldest", w.claim(noon, 2), []string{"a", "b"})
	w.same("the others that are due", w.claim(noon, 9), []string{"z", "c"})
	w.same("nothing left", w.claim(noon, 9), []string(nil))
	w.same("next", must(w.NextDelivery(ctx))(w), noon.Add(time.Millisecond))
	w.same("just before the lease ends", w.claim(noon.Add(lease-time.Millisecond), 9), []string{"later"})

	again := must(w.Claim(ctx, noon.Add(lease), lease, 1))(w)
	want := c.Deliveries[6]
	want.Attempts, want.NextAt = 2, noon.Add(2*lease)
	w.same("after the lease, the oldest again", again, []bot.Delivery{want})
}

func claimedOnce(t *testing.T, w world) {
	const workers, owed = 8, 60
	c := w.begin("c")
	for i := range owed {
		c = owe(c, fmt.Sprint(i), noon)
	}
	w.commit(apart(c))

	doors := []bot.Store{w.Store, w.again()}
	claimed := make([][]bot.Delivery, workers)
	for _, err := range together(workers, func(i int) error {
		for {
			got, err := doors[i%len(doors)].Claim(ctx, noon, lease, 3)
			if err != nil || len(got) == 0 {
				return err
			}
			claimed[i] = append(claimed[i], got...)
		}
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	times := map[string]int{}
	for _, worker := range claimed {
		for _, d := range worker {
			times[d.ID]++
			if d.Attempts != 1 {
				t.Errorf("%s is at attempt %d", d.ID, d.Attempts)
			}
		}
	}
	for i := range owed {
		if id := fmt.Sprint(i); times[id] != 1 {
			t.Errorf("delivery %s was claimed %d times", id, times[id])
		}
	}
}

func finishing(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t", 1001, "p")
	for _, id := range []string{"again", "failed", "sent"} {
		c = owe(c, id, noon)
		c.Deliveries[len(c.Deliveries)-1].TicketID = "t"
	}
	w.commit(apart(c))

	claimed := must(w.Claim(ctx, noon, lease, 9))(w)
	if len(claimed) != 3 {
		t.Fatalf("claimed %d", len(claimed))
	}
	claimed[0].NextAt, claimed[0].LastError = noon.Add(5*lease), "try later"
	claimed[1].Status, claimed[1].NextAt, claimed[1].LastError = bot.DeliveryFailed, time.Time{}, "no such address"
	claimed[2].Status = bot.DeliverySent
	for _, d := range claimed {
		if err := w.Finish(ctx, d); err != nil {
			t.Error(err)
		}
	}
	w.same("deliveries", must(w.Deliveries(ctx, "t"))(w), claimed)
	w.same("next", must(w.NextDelivery(ctx))(w), noon.Add(5*lease))
	w.same("after the first lease", w.claim(noon.Add(4*lease), 9), []string(nil))
	w.same("when it is due again", w.claim(noon.Add(5*lease), 9), []string{"again"})

	never := claimed[0]
	never.NextAt = time.Time{}
	if err := w.Finish(ctx, never); err == nil || errors.Is(err, bot.ErrConflict) {
		t.Errorf("due at no time gave %v", err)
	}
}

// lostLease has one claim a delivery, be slow, and come back when another has it.
func lostLease(t *testing.T, w world) {
	w.commit(owe(w.begin("c"), "d", noon))
	slow := w.claimOne(noon)
	quick := w.claimOne(noon.Add(lease))

	slow.NextAt, slow.LastError = noon.Add(9*lease), "timed out"
	if err := w.Finish(ctx, slow); !errors.Is(err, bot.ErrConflict) {
		t.Errorf("the slow one's retry gave %v, want ErrConflict", err)
	}
	w.same("the quick one's lease", must(w.NextDelivery(ctx))(w), quick.NextAt)

	// It went out after all: that is worth knowing from whomever.
	slow.Status = bot.DeliverySent
	if err := w.Finish(ctx, slow); err != nil {
		t.Errorf("the slow one's success gave %v", err)
	}
	quick.LastError = "refused"
	if err := w.Finish(ctx, quick); !errors.Is(err, bot.ErrConflict) {
		t.Errorf("a retry of what was sent gave %v, want ErrConflict", err)
	}
	w.same("next", must(w.NextDelivery(ctx))(w), time.Time{})
	quick.Status = bot.DeliverySent
	if err := w.Finish(ctx, quick); err != nil {
		t.Errorf("sent a second time gave %v", err)
	}
}

func books(t *testing.T, w world) {
	one := map[string]string{"client.yaml": "flow: client\n# é “quoted”\n", "words.yaml": ""}
	for range 2 {
		if err := w.SaveBook(ctx, "v1", one, noon); err != nil {
			t.Fatal(err)
		}
	}
	two := map[string]string{"client.yaml": "flow: client\n# changed\n"}
	if err := w.SaveBook(ctx, "v2", two, noon); err != nil {
		t.Fatal(err)
	}
	w.same("v1", must(w.Book(ctx, "v1"))(w), one)
	w.same("v2", must(w.Book(ctx, "v2"))(w), two)
	if err := w.SaveBook(ctx, "v1", two, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.same("v1, which somebody's session stands in", must(w.Book(ctx, "v1"))(w), one)
}
