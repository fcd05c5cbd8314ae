package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
)

func pictures(t *testing.T, w world) {
	// As large as they come, with every byte there is.
	large := strings.Repeat("\x00\x01\xfe\xff'", 2<<20/5)
	turn := show(show(w.begin("c"), "b", large), "a", "small")
	w.commit(turn)
	turn = committed(turn)
	d := show(w.begin("d"), "d", "another's")
	w.commit(d)

	var ids []string
	for _, p := range must(w.Pictures(ctx, "c"))(w) {
		ids = append(ids, p.ID)
	}
	w.same("pictures, in the order in which they came", ids, []string{"b", "a"})
	_, data, err := w.Picture(ctx, "b")
	if string(must(data, err)(w)) != large {
		t.Errorf("a large picture comes back with %d bytes of %d, or with others", len(data), len(large))
	}
	log := must(w.Messages(ctx, "c", 0, 0, 0))(w)
	if log[0].Picture != nil || log[1].Picture.ID != "b" || log[2].Picture.ID != "a" {
		t.Errorf("the log: %+v", log)
	}

	// An id is there once, whoever has it, and what is refused leaves nothing behind.
	w.refused(show(committed(d), "a", "taken"), bot.ErrConflict)
	w.refused(show(show(turn, "new", "x"), "b", "taken"), bot.ErrConflict)
	stale := show(turn, "late", "x")
	stale.Conversation.Version--
	w.refused(stale, bot.ErrConflict)
	known := show(turn, "again", "x")
	known.Messages[0].ExternalID = "m1"
	w.commit(known)
	repeated := show(committed(known), "twice", "x")
	repeated.Messages[0].ExternalID = "m1"
	w.refused(repeated, bot.ErrDuplicate)
	for _, id := range []string{"new", "late", "twice"} {
		if _, _, err := w.Picture(ctx, id); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("the picture of a refused turn: %v", err)
		}
	}
	_, data, err = w.Picture(ctx, "a")
	w.same("the picture whose id was wanted", string(must(data, err)(w)), "small")
}

func ratings(t *testing.T, w world) {
	for id, at := range map[string]time.Time{
		"a": noon, "b": noon.Add(time.Hour), "c": noon.Add(-time.Millisecond), "d": noon, "unrated": {},
	} {
		turn := w.begin(id)
		if !at.IsZero() {
			turn.Conversation.Rating = bot.Rating{Seq: 1, Helpful: id == "a", At: at}
			w.commit(turn)
		}
	}
	ids := func(since time.Time) (ids []string) {
		w.Helper()
		for _, c := range must(w.Rated(ctx, since))(w) {
			ids = append(ids, c.ID)
		}
		return ids
	}
	w.same("since noon", ids(noon), []string{"b", "d", "a"})
	w.same("since ever", ids(time.Time{}), []string{"b", "d", "a", "c"})
	w.same("since later", len(ids(noon.Add(2*time.Hour))), 0)

	// Who thinks better of it is there once.
	c, p, err := w.ConversationByID(ctx, "b")
	again := bot.Turn{Conversation: must(c, err)(w), Contact: p}
	again.Conversation.Rating = bot.Rating{Seq: 1, Helpful: true, At: noon.Add(-time.Hour)}
	w.commit(again)
	w.same("after b was rated at another time", ids(time.Time{}), []string{"d", "a", "c", "b"})
	c, _, err = w.ConversationByID(ctx, "unrated")
	w.same("without a rating", must(c, err)(w).Rating, bot.Rating{})
}

// transcript owes an address a transcript.
func transcript(t bot.Turn, id, address string, at time.Time) bot.Turn {
	t = owe(t, id, at)
	d := &t.Deliveries[len(t.Deliveries)-1]
	d.Kind, d.Address, d.Created = bot.DeliverTranscript, address, at
	return t
}

func transcripts(t *testing.T, w world) {
	c := transcript(w.begin("c"), "c1", "Ann@Example.org", noon)
	c = transcript(c, "c2", "ann@example.org", noon.Add(-time.Millisecond))
	c = transcript(c, "c3", "bob@example.org", noon)
	c = owe(c, "c4", noon) // a ticket's mail is none
	c.Deliveries[3].Address = "ann@example.org"
	w.commit(c)
	d := transcript(w.begin("d"), "d1", "ANN@EXAMPLE.ORG", noon.Add(time.Hour))
	d.Deliveries[0].Status, d.Deliveries[0].LastError = bot.DeliveryFailed, "refused"
	w.commit(d)

	for _, c := range []struct {
		conversation, address string
		since                 time.Time
		of, to                int
	}{
		{"c", "ann@example.org", noon, 3, 2},
		{"c", "aNN@example.ORG", noon.Add(-time.Hour), 3, 3},
		{"d", "ann@example.org", noon.Add(time.Minute), 1, 1},
		{"d", "bob@example.org", noon, 1, 1},
		{"e", "eve@example.org", noon, 0, 0},
		{"d", "nn@example.org", noon, 1, 0},
	} {
		of, to, err := w.Transcripts(ctx, c.conversation, c.address, c.since)
		if must(of, err)(w); of != c.of || to != c.to {
			t.Errorf("of %s %d, to %s %d since %v; want %d and %d", c.conversation, of, c.address, to, c.since, c.of, c.to)
		}
	}
}
