package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/bot"
)

// answer adds an agent's message to a turn.
func answer(t bot.Turn, text, externalID string, ticket int64) bot.Turn {
	t = say(t, text, externalID)
	m := &t.Messages[len(t.Messages)-1]
	m.From, m.Agent, m.TicketNumber = bot.FromAgent, bot.Agent{ID: "a", Name: "Ann"}, ticket
	return t
}

func changedMessages(t *testing.T, w world) {
	c := answer(w.begin("c"), "helo", "r1", 1001)
	w.commit(c)
	said, c := c.Messages[0], committed(c)
	if got := must(w.Reply(ctx, 1001, "r1"))(w); got.Seq != 2 || got.ConversationID != "c" {
		t.Errorf("the reply: %+v", got)
	}
	if _, err := w.Reply(ctx, 1002, "r1"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("on another ticket: %v", err)
	}
	if _, err := w.Reply(ctx, 1001, ""); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("without an id: %v", err)
	}

	said.Text, said.Edited = "hello", noon.Add(time.Minute)
	edited := c
	edited.Changed = []bot.Message{said}
	late := say(c, "late", "")
	late.Changed = []bot.Message{said}
	w.commit(edited)
	w.refused(late, bot.ErrConflict)
	w.same("log", w.texts("c"), []string{"hello from c", "hello"})
	w.same("message", must(w.Messages(ctx, "c", 1, 0, 0))(w), []bot.Message{said})

	// What a contact or the bot said stays as it was said, and so does what is not there.
	c = committed(edited)
	for _, seq := range []int64{1, 9} {
		bad := say(c, "bad", "")
		other := said
		other.Seq = seq
		bad.Changed = []bot.Message{other}
		if err := w.Commit(ctx, bad); err == nil || errors.Is(err, bot.ErrConflict) {
			t.Errorf("message %d was changed with %v", seq, err)
		}
	}
	w.same("log", w.texts("c"), []string{"hello from c", "hello"})

	// The same reply on the same ticket from another conversation is said once.
	d := w.begin("d")
	w.refused(answer(d, "again", "r1", 1001), bot.ErrConflict)
	w.commit(answer(d, "other ticket", "r1", 1002))
}

func notes(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t", 1001, "p")
	note := func(id, externalID, text string, at time.Time) {
		c.Notes = append(c.Notes, bot.Note{ID: id, TicketID: "t", ExternalID: externalID, Agent: bot.Agent{ID: "a", Name: "Ann"}, Text: text, At: at})
	}
	note("n2", "e2", "second", noon)
	note("n1", "", "first", noon)
	note("n3", "", "before", noon.Add(-time.Hour))
	w.commit(c)
	want := []bot.Note{c.Notes[2], c.Notes[1], c.Notes[0]}
	w.same("notes", must(w.Notes(ctx, "t"))(w), want)

	c = committed(c)
	note("n4", "e2", "second again", noon)
	w.refused(c, bot.ErrDuplicate)
	c.Notes = nil
	note("n5", "", "of no ticket", noon)
	c.Notes[0].TicketID = "none"
	if err := w.Commit(ctx, c); err == nil || errors.Is(err, bot.ErrConflict) || errors.Is(err, bot.ErrDuplicate) {
		t.Errorf("a note of no ticket gave %v", err)
	}
	w.same("notes", must(w.Notes(ctx, "t"))(w), want)

	// Another text for one, and none for another; what is not there is left alone.
	c.Notes = nil
	first, second, gone := want[1], want[2], want[0]
	first.Text, second.Text, gone.ID = "other words", "", "none"
	c.Renoted = []bot.Note{first, second, gone}
	w.commit(c)
	want = []bot.Note{want[0], first}
	w.same("notes that changed", must(w.Notes(ctx, "t"))(w), want)
	got, err := w.Forget(ctx, "c")
	w.same("forgotten", must(got, err)(w), bot.Forgotten{Messages: 1, Tickets: 1, Notes: 2, Contact: true})
	w.same("notes of the forgotten", len(must(w.Notes(ctx, "t"))(w)), 0)
}

// ticketVersions has two conversations change one ticket.
func ticketVersions(t *testing.T, w world) {
	c := ticket(w.begin("c"), "t", 1001, "p")
	w.commit(c)
	k := must(w.Ticket(ctx, "t"))(w)
	w.same("version", k.Version, int64(1))
	d := w.begin("d")
	mine, theirs := k, k
	mine.Agent, theirs.Queue = bot.Agent{ID: "a"}, bot.QueueHexpert
	c = committed(c)
	c.Ticket, d.Ticket = &mine, &theirs
	w.commit(d)
	w.refused(say(c, "late", ""), bot.ErrConflict)
	theirs.Version = 2
	w.same("ticket", must(w.Ticket(ctx, "t"))(w), theirs)
	gone := k
	gone.ID = "none"
	c.Ticket = &gone
	w.refused(c, bot.ErrConflict)
	// A new one with a known id is somebody else's thought.
	again := k
	again.Version, again.Number = 0, 1002
	c.Ticket = &again
	w.refused(c, bot.ErrConflict)

	// Many take it at once, through two stores; one gets it.
	doors := []bot.Store{w.Store, w.again()}
	const agents = 8
	turns := make([]bot.Turn, agents)
	for i := range turns {
		turns[i] = w.begin(fmt.Sprint(i))
	}
	var won atomic.Int64
	for _, err := range together(agents, func(i int) error {
		s := doors[i%len(doors)]
		for {
			k, err := s.Ticket(ctx, "t")
			if err != nil || k.Agent.ID != "" {
				return err
			}
			k.Agent.ID = fmt.Sprint(i)
			turns[i].Ticket = &k
			if err = s.Commit(ctx, turns[i]); err == nil {
				won.Add(1)
				return nil
			}
			if !errors.Is(err, bot.ErrConflict) {
				return err
			}
		}
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if won.Load() != 1 {
		t.Errorf("%d have taken it", won.Load())
	}
}

func persons(t *testing.T, w world) {
	of := func(id, person string, number int64, problem string) bot.Turn {
		turn := ticket(w.begin(id), "t"+id, number, problem)
		turn.Ticket.Person = person
		return turn
	}
	a := of("a", "slack:1", 1001, "p")
	w.commit(a)
	w.refused(of("b", "slack:1", 1002, "p"), bot.ErrConflict)
	w.commit(of("c", "slack:1", 1003, "q"))
	w.commit(of("d", "slack:2", 1004, "p"))
	w.commit(of("e", "", 1005, "p"))
	w.commit(of("f", "", 1006, "p"))
	var numbers []int64
	for _, k := range must(w.TicketsOf(ctx, "slack:1"))(w) {
		numbers = append(numbers, k.Number)
	}
	w.same("tickets of a person", numbers, []int64{1003, 1001})
	w.same("tickets of nobody", len(must(w.TicketsOf(ctx, ""))(w)), 0)
	w.same("from elsewhere", must(w.OpenTicket(ctx, "contact-z", "slack:1", "p"))(w).Number, int64(1001))
	w.same("of a contact before there was a person", must(w.OpenTicket(ctx, "contact-e", "slack:9", "p"))(w).Number, int64(1005))
	if _, err := w.OpenTicket(ctx, "contact-z", "", "p"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	a = committed(a)
	closed := must(w.Ticket(ctx, "ta"))(w)
	closed.Status = bot.TicketClosed
	a.Ticket = &closed
	w.commit(a)
	if _, err := w.OpenTicket(ctx, "contact-z", "slack:1", "p"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("after closing: %v", err)
	}
}

func marks(t *testing.T, w world) {
	c := say(say(w.begin("c"), "two", ""), "three", "")
	w.commit(c)
	c = committed(c)
	owed := func(id string) []bot.Delivery { return owe(c, id, noon).Deliveries }
	for _, m := range []struct {
		delivered, seen int64
		moved           bool
		is              [2]int64
	}{
		{2, 0, true, [2]int64{2, 0}},
		{2, 0, false, [2]int64{2, 0}},
		{1, 0, false, [2]int64{2, 0}},
		{0, 1, true, [2]int64{2, 1}},
		{0, 3, true, [2]int64{3, 3}},
		{3, 2, false, [2]int64{3, 3}},
	} {
		moved, err := w.Mark(ctx, "c", m.delivered, m.seen, owed(fmt.Sprint(m.delivered, m.seen)))
		if must(moved, err)(w) != m.moved {
			t.Errorf("%+v moved: %v", m, moved)
		}
		is, _, err := w.ConversationByID(ctx, "c")
		w.same("marks", [2]int64{must(is, err)(w).DeliveredSeq, is.SeenSeq}, m.is)
		w.same("version", is.Version, c.Conversation.Version)
	}
	if moved, err := w.Mark(ctx, "none", 9, 9, nil); moved || err != nil {
		t.Errorf("what is not there: %v, %v", moved, err)
	}
	var ids []string
	for _, d := range must(w.Lane(ctx, owed("")[0].Lane()))(w) {
		ids = append(ids, d.ID)
	}
	w.same("owed", ids, []string{"2 0", "0 1", "0 3"})
	// Whoever thought before goes on, and takes nothing back.
	w.commit(say(c, "four", ""))
	is, _, err := w.ConversationByID(ctx, "c")
	w.same("marks", [2]int64{must(is, err)(w).DeliveredSeq, is.SeenSeq}, [2]int64{3, 3})
}

func unmailed(t *testing.T, w world) {
	for id, at := range map[string]time.Time{"b": noon, "a": noon, "old": noon.Add(-time.Hour), "later": noon.Add(time.Millisecond), "never": {}} {
		turn := w.begin(id)
		turn.Conversation.MailAt, turn.Conversation.Status = at, bot.StatusTeam
		w.commit(turn)
	}
	ids := func(n int) (ids []string) {
		for _, c := range must(w.Unmailed(ctx, noon, n))(w) {
			ids = append(ids, c.ID)
		}
		return ids
	}
	w.same("all that are due", ids(9), []string{"old", "a", "b"})
	w.same("at most two", ids(2), []string{"old", "a"})
	w.same("none", ids(0), []string(nil))
}

func inbox(t *testing.T, w world) {
	accept := func(s bot.Store, key, payload string, at time.Time) bool {
		t.Helper()
		fresh, err := s.Accept(ctx, key, []byte(payload), at)
		return must(fresh, err)(w)
	}
	waiting := func(n int) (all []bot.Accepted) {
		t.Helper()
		return must(w.Accepted(ctx, n))(w)
	}
	other := w.again()
	w.same("z is fresh", accept(w, "z", "1", noon), true)
	w.same("y is fresh elsewhere", accept(other, "y", "\x00'", noon.Add(-time.Second)), true)
	w.same("z again", accept(other, "z", "2", noon.Add(time.Minute)), false)
	w.same("x has nothing in it", accept(w, "x", "", noon), true)
	want := []bot.Accepted{
		{Key: "z", Payload: []byte("1"), At: noon}, {Key: "y", Payload: []byte("\x00'"), At: noon.Add(-time.Second)}, {Key: "x", Payload: []byte{}, At: noon},
	}
	w.same("in the order in which they came", waiting(9), want)
	w.same("at most one", waiting(1), want[:1])
	for _, key := range []string{"z", "z", "nothing"} {
		if err := w.Handled(ctx, key); err != nil {
			t.Error(err)
		}
	}
	w.same("handled", waiting(9), want[1:])
	w.same("z is known still", accept(w, "z", "3", noon), false)
	w.same("pruned", must(w.PruneAccepted(ctx, noon))(w), 1)
	w.same("after that", waiting(9), want[2:])
	w.same("pruned", must(w.PruneAccepted(ctx, noon.Add(time.Millisecond)))(w), 2)
	w.same("z is fresh again", accept(w, "z", "4", noon), true)

	// The same events come to many at once.
	var fresh atomic.Int64
	doors := []bot.Store{w, other}
	for _, err := range together(8, func(i int) error {
		for n := range 10 {
			is, err := doors[i%2].Accept(ctx, fmt.Sprint(n), nil, noon)
			if err != nil {
				return err
			}
			if is {
				fresh.Add(1)
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	w.same("fresh", fresh.Load(), int64(10))
}
