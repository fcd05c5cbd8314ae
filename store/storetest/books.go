package storetest

import (
	"errors"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// on is a turn that puts a conversation on a version, with a status and a time of change.
func on(t bot.Turn, version string, status bot.Status, at time.Time) bot.Turn {
	t.Conversation.Session.Version = version
	t.Conversation.Status, t.Conversation.Updated = status, at
	return t
}

func (w world) save(version string, at time.Time) {
	w.Helper()
	if err := w.SaveBook(ctx, version, map[string]string{"client.yaml": "# " + version}, at); err != nil {
		w.Fatal(err)
	}
}

// kept are the versions that are there.
func (w world) kept() (versions []string) {
	w.Helper()
	for _, u := range must(w.Books(ctx))(w) {
		versions = append(versions, u.Version)
	}
	return versions
}

func booksInUse(t *testing.T, w world) {
	w.same("books of an empty store", len(must(w.Books(ctx))(w)), 0)
	w.save("v2", noon)
	w.save("v1", noon.Add(time.Hour))
	w.save("v1", noon) // an older clock does not turn the time back
	w.save("v2", noon.Add(time.Minute))
	junk := flows.Place{Flow: "reset", Step: "check_spam"}
	for _, c := range []struct {
		id      string
		version string
		status  bot.Status
		state   flows.State
	}{
		{"a", "v1", bot.StatusBot, flows.State{At: junk}},
		{"b", "v1", bot.StatusBot, flows.State{At: junk, Quiet: 1}},
		{"c", "v1", bot.StatusTeam, flows.State{At: junk, Outcome: flows.OutcomeTicket}},
		{"d", "v1", bot.StatusClosed, flows.State{At: junk}},
		{"e", "v3", bot.StatusBot, flows.State{At: junk}},
	} {
		turn := beginning(c.id)
		turn.Conversation.Session.State = c.state
		w.commit(on(turn, c.version, c.status, noon))
	}
	w.same("books", must(w.Books(ctx))(w), []bot.BookUse{
		{Version: "v1", Saved: noon.Add(time.Hour), Open: 3},
		{Version: "v2", Saved: noon.Add(time.Minute), Open: 0},
	})
	w.same("who stands where", must(w.Standing(ctx, "v1"))(w), map[bot.Stand]int{
		{Place: junk}: 2, {Place: junk, Outcome: flows.OutcomeTicket}: 1,
	})
	w.same("who stands on what nobody is on", len(must(w.Standing(ctx, "v2"))(w)), 0)
}

func prunedBooks(t *testing.T, w world) {
	keep := noon.Add(-24 * time.Hour)
	before := keep.Add(-time.Millisecond)
	for _, c := range []struct {
		version string
		status  bot.Status
		changed time.Time
	}{
		{"1 open", bot.StatusBot, before.Add(-time.Hour)},
		{"2 with the team", bot.StatusTeam, before},
		{"3 just closed", bot.StatusClosed, keep},
		{"4 long closed", bot.StatusClosed, before},
		{"7 never saved", bot.StatusBot, before},
	} {
		w.commit(on(beginning(c.version), c.version, c.status, c.changed))
		if c.version != "7 never saved" {
			w.save(c.version, before)
		}
	}
	w.save("5 unused", before)
	w.save("6 new and unused", noon)

	w.same("pruned", must(w.PruneBooks(ctx, noon, keep))(w), []string{"4 long closed", "5 unused"})
	want := []string{"1 open", "2 with the team", "3 just closed", "6 new and unused"}
	w.same("kept", w.kept(), want)
	if _, err := w.Book(ctx, "5 unused"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a pruned book gave %v", err)
	}
	w.same("pruned again", len(must(w.PruneBooks(ctx, noon, keep))(w)), 0)

	// Who moves to another version needs that one, and the old one no more.
	c, p, err := w.ConversationByID(ctx, "1 open")
	moved := bot.Turn{Conversation: must(c, err)(w), Contact: p}
	w.commit(on(moved, "6 new and unused", bot.StatusBot, noon))
	w.same("pruned after a move", must(w.PruneBooks(ctx, noon.Add(time.Hour), keep))(w), []string{"1 open"})
	w.same("kept after a move", w.kept(), want[1:])
}
