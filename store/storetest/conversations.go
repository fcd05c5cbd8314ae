package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"latchkey/bot"
)

func newest(t *testing.T, w world) {
	first := w.begin("z")
	// Later in time, earlier in the alphabet, and written to less recently.
	second := bot.Turn{New: true, Contact: first.Contact, Conversation: first.Conversation}
	second.Conversation.ID = "a"
	second.Conversation.Version = 0
	second.Conversation.LastSeq = 0
	second.Conversation.Created = noon.Add(time.Millisecond)
	w.commit(second)
	first.Conversation.Updated = noon.Add(time.Hour)
	w.commit(first)
	w.begin("other")

	c, _, err := w.Conversation(ctx, "bubble", "address-z")
	w.same("newest", must(c, err)(w).ID, "a")
	if _, _, err := w.Conversation(ctx, "slack", "address-z"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the same address on another channel gave %v", err)
	}
}

func pages(t *testing.T, w world) {
	for _, id := range []string{"d", "b", "a", "c", "e"} {
		w.begin(id)
	}
	var got []string
	for after := ""; ; {
		page := must(w.Conversations(ctx, after, 2))(w)
		for _, c := range page {
			after = c.ID
			got = append(got, c.ID)
		}
		if len(page) < 2 {
			break
		}
	}
	w.same("all of them", got, []string{"a", "b", "c", "d", "e"})
}

func contactChanges(t *testing.T, w world) {
	turn := w.begin("c")
	// One at a time: a store may pass over a contact that has not changed, and has to
	// look at every field for that.
	changes := []func(*bot.Contact){
		func(p *bot.Contact) { p.Person = "slack:T1:U1" },
		func(p *bot.Contact) { p.Name = "Ann" },
		func(p *bot.Contact) { p.Email = "ann@example.org" },
		func(p *bot.Contact) { p.Lang = "en" },
		func(p *bot.Contact) { p.Role = "professional" },
		func(p *bot.Contact) { p.Identity.UserID = "42" },
		func(p *bot.Contact) { p.Identity.Name = "Ann Roy" },
		func(p *bot.Contact) { p.Identity.Email = "ann.roy@example.org" },
		func(p *bot.Contact) { p.Identity.Verified = true },
		func(p *bot.Contact) { p.Identity = bot.Identity{} },
		func(p *bot.Contact) { p.Channel = "slack" },
		func(p *bot.Contact) { p.Address = "U1" },
		func(p *bot.Contact) { p.Created = noon.Add(time.Hour) },
		func(*bot.Contact) {},
	}
	for i, change := range changes {
		change(&turn.Contact)
		w.commit(turn)
		turn = committed(turn)
		c, p, err := w.ConversationByID(ctx, "c")
		w.same("contact", must(p, err)(w), turn.Contact)
		w.same("version of a turn without messages", c.Version, int64(i+2))
	}
	// All but the id; of the identity each, and all at once; and none.
	fields := reflect.TypeFor[bot.Contact]().NumField() + reflect.TypeFor[bot.Identity]().NumField()
	w.same("fields", len(changes), fields)
}

func oldVersion(t *testing.T, w world) {
	loaded := w.begin("c")
	quick := say(loaded, "quick", "")
	w.commit(quick)

	late := owe(ticket(say(loaded, "late", ""), "t", 1001, "p"), "d", noon)
	late.Contact.Name = "late"
	w.refused(late, bot.ErrConflict)

	w.same("log", w.texts("c"), []string{"hello from c", "quick"})
	c, p, err := w.ConversationByID(ctx, "c")
	w.same("conversation", must(c, err)(w), committed(quick).Conversation)
	w.same("contact", p, quick.Contact)
	if _, err := w.Ticket(ctx, "t"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the ticket of the late turn: %v", err)
	}
	w.same("next delivery", must(w.NextDelivery(ctx))(w), time.Time{})

	// Loaded again, thought again.
	w.commit(say(committed(quick), "late", ""))
	w.same("log", w.texts("c"), []string{"hello from c", "quick", "late"})
}

func beginAtOnce(t *testing.T, w world) {
	w.begin("c")
	w.refused(beginning("c"), bot.ErrConflict)

	sameAddress := beginning("d")
	sameAddress.Contact.Address = "address-c"
	sameAddress.Conversation.Address = "address-c"
	w.refused(sameAddress, bot.ErrConflict)
	if _, _, err := w.ConversationByID(ctx, "d"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the conversation that came second: %v", err)
	}
	w.same("log", w.texts("c"), []string{"hello from c"})

	// The same address on another channel is somebody else.
	elsewhere := beginning("e")
	elsewhere.Contact.Address, elsewhere.Contact.Channel = "address-c", "slack"
	elsewhere.Conversation.Address, elsewhere.Conversation.Channel = "address-c", "slack"
	w.commit(elsewhere)
}

func changeOfNothing(t *testing.T, w world) {
	turn := committed(beginning("c"))
	w.refused(say(turn, "hello?", ""), bot.ErrConflict)
}

func brokenTurns(t *testing.T, w world) {
	before := w.begin("c")
	for name, spoil := range map[string]func(*bot.Turn){
		"a gap in the log":                 func(t *bot.Turn) { t.Messages[0].Seq++; t.Conversation.LastSeq++ },
		"a number that is taken":           func(t *bot.Turn) { t.Messages[0].Seq--; t.Conversation.LastSeq-- },
		"a log that ends elsewhere":        func(t *bot.Turn) { t.Conversation.LastSeq++ },
		"a log that shrinks":               func(t *bot.Turn) { t.Conversation.LastSeq = 0; t.Messages = nil },
		"a message of another":             func(t *bot.Turn) { t.Messages[0].ConversationID = "d" },
		"another's contact":                func(t *bot.Turn) { t.Contact.ID = "contact-d" },
		"no id":                            func(t *bot.Turn) { t.Conversation.ID = ""; t.Messages[0].ConversationID = "" },
		"a new log from the middle":        func(t *bot.Turn) { t.New = true },
		"a picture without an image":       func(t *bot.Turn) { *t = show(*t, "p", "x"); t.Pictures = nil },
		"an image without a picture":       func(t *bot.Turn) { t.Pictures = map[string][]byte{"p": []byte("x")} },
		"a picture of another size":        func(t *bot.Turn) { *t = show(*t, "p", "x"); t.Messages[1].Picture.Size = 2 },
		"an empty picture":                 func(t *bot.Turn) { *t = show(*t, "p", "") },
		"a picture without an id":          func(t *bot.Turn) { *t = show(*t, "", "x") },
		"a delivery that is never due":     func(t *bot.Turn) { *t = owe(*t, "d", time.Time{}) },
		"a delivery of an unknown ticket":  func(t *bot.Turn) { *t = owe(*t, "d", noon); t.Deliveries[0].TicketID = "?" },
		"a ticket of an unknown contact":   func(t *bot.Turn) { *t = ticket(*t, "t", 1001, "p"); t.Ticket.ContactID = "?" },
		"a ticket of unknown conversation": func(t *bot.Turn) { *t = ticket(*t, "t", 1001, "p"); t.Ticket.ConversationID = "?" },
	} {
		turn := say(before, "broken", "")
		spoil(&turn)
		err := w.Commit(ctx, turn)
		if err == nil || errors.Is(err, bot.ErrConflict) || errors.Is(err, bot.ErrDuplicate) {
			t.Errorf("%s gave %v, want an error that is not to be tried again", name, err)
		}
	}
	w.same("log", w.texts("c"), []string{"hello from c"})
	w.commit(say(before, "whole", ""))
}

func due(t *testing.T, w world) {
	for _, c := range []struct {
		id     string
		status bot.Status
		due    time.Time
	}{
		{"third", bot.StatusBot, noon},
		{"first", bot.StatusBot, noon.Add(-2 * time.Hour)},
		{"second", bot.StatusBot, noon.Add(-time.Millisecond)},
		{"tomorrow", bot.StatusBot, noon.Add(time.Millisecond)},
		{"never", bot.StatusBot, time.Time{}},
		{"with the team", bot.StatusTeam, noon.Add(-time.Hour)},
		{"settled", bot.StatusClosed, noon.Add(-time.Hour)},
	} {
		turn := beginning(c.id)
		turn.Conversation.Status, turn.Conversation.DueAt = c.status, c.due
		w.commit(turn)
	}
	ids := func(n int) (ids []string) {
		w.Helper()
		for _, c := range must(w.Due(ctx, noon, n))(w) {
			ids = append(ids, c.ID)
		}
		return ids
	}
	w.same("all that are due", ids(9), []string{"first", "second", "third"})
	w.same("at most two", ids(2), []string{"first", "second"})
	w.same("none", ids(0), []string(nil))

	first := must(w.Due(ctx, noon, 1))(w)[0]
	stored, p, err := w.ConversationByID(ctx, "first")
	w.same("a due conversation is whole", first, must(stored, err)(w))
	first.DueAt = time.Time{}
	w.commit(bot.Turn{Conversation: first, Contact: p})
	w.same("after it was noticed", ids(9), []string{"second", "third"})
}
