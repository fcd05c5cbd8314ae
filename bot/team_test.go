package bot_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/bot"
)

// office is a world with a live desk, a channel that has to be written to, and mail for what
// nobody sees. Both go through the chat program "chat".
type office struct {
	*world
	chat *postbox
}

var (
	zoe = bot.Agent{ID: "zoe", Name: "Zoé"}
	max = bot.Agent{ID: "max", Name: "Max"}
)

func newOffice(t *testing.T) *office {
	o := &office{chat: &postbox{}}
	n := 0
	o.chat.receipt = func(p bot.Parcel) string {
		if known := p.Receipts[p.Delivery.Ref]; known != "" {
			return known // it was changed in its place
		}
		n++
		return fmt.Sprint("ts-", n)
	}
	o.world = &world{t: t, post: &postbox{}, path: t.TempDir() + "/latchkey.db", now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	o.set = func(opt *bot.Options) {
		opt.Senders["chat"] = o.chat
		opt.Desks = append(opt.Desks, bot.Desk{Channel: "chat", Live: true, Addresses: map[bot.Queue]string{
			bot.QueueSupport: "#support", bot.QueueHexpert: "#hexpert",
		}})
		opt.Push = []string{"chat"}
		opt.MailAfter = 10 * time.Minute
	}
	o.open(shippedBook(t))
	return o
}

// asks opens a ticket for somebody new, and gives it.
func (o *office) asks(name string) (*person, bot.Ticket) {
	o.t.Helper()
	p := o.person(name)
	p.types("I want to talk to a person")
	p.types(name + "@example.org")
	p.press("Send it now")
	return p, o.tickets()[0]
}

func (o *office) ticket(id string) bot.Ticket {
	o.t.Helper()
	k, err := o.store.Ticket(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return k
}

// heard delivers what is owed and gives what a postbox got of it: kind, address and what it is
// about.
func (o *office) heard(p *postbox) (all []string) {
	o.t.Helper()
	o.deliver()
	for _, parcel := range p.sent {
		d := parcel.Delivery
		all = append(all, fmt.Sprintf("%s %s %s", d.Kind, d.Address, d.Ref))
	}
	p.sent = nil
	return all
}

func (o *office) reply(a bot.Agent, id, externalID, text string) bot.Message {
	o.t.Helper()
	m, _, err := o.bot.Reply(o.t.Context(), a, id, externalID, text)
	if err != nil {
		o.t.Fatal(err)
	}
	return m
}

func (o *office) same(what string, got, want any) {
	o.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		o.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (p *person) last() bot.Message {
	p.w.t.Helper()
	log := p.view().Messages
	return log[len(log)-1]
}

func TestTakeAndRelease(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	if k.WaitingSince != o.clock() || k.Agent.ID != "" || k.AnswerID != k.ConversationID {
		t.Errorf("the new ticket: %+v", k)
	}
	before := ann.view()
	o.later(time.Minute)
	o.heard(o.chat)
	got, err := o.bot.Take(t.Context(), bot.Agent{ID: "zoe", Name: " Zoé\n"}, k.ID)
	if err != nil || got.Agent != zoe || got.TakenAt != o.clock() {
		t.Fatalf("%+v, %v", got, err)
	}
	o.same("the ticket", got, o.ticket(k.ID))
	o.later(time.Minute)
	again, err := o.bot.Take(t.Context(), zoe, k.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.same("taken again", again, got)
	var taken *bot.TakenError
	if _, err := o.bot.Take(t.Context(), max, k.ID); !errors.As(err, &taken) || taken.By != zoe || taken.At != got.TakenAt || !strings.Contains(err.Error(), "Zoé") {
		t.Errorf("max gets %v", err)
	}
	o.same("the desk hears", o.heard(o.chat), []string{"taken #support card"})
	o.same("ann hears", ann.view().Messages, before.Messages)
	for range 2 {
		if got, err = o.bot.Release(t.Context(), max, k.ID); err != nil || got.Agent.ID != "" || !got.TakenAt.IsZero() {
			t.Errorf("released: %+v, %v", got, err)
		}
	}
	if _, err := o.bot.Take(t.Context(), max, k.ID); err != nil {
		t.Error(err)
	}
	o.same("the desk hears", o.heard(o.chat), []string{"released #support card", "taken #support card"})
	for what, err := range map[string]error{
		"nobody":    second(o.bot.Take(t.Context(), bot.Agent{Name: "Zoé"}, k.ID)),
		"no ticket": second(o.bot.Take(t.Context(), zoe, "none")),
	} {
		if err == nil || what == "no ticket" && !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("%s gave %v", what, err)
		}
	}
	if mails := o.heard(o.post); len(mails) != 1 {
		t.Errorf("mail hears of what it need not: %q", mails)
	}
}

func second[T any](_ T, err error) error { return err }

// Many press Take at once, at two nodes: one gets it, and the others are told who.
func TestOneOfManyTakesIt(t *testing.T) {
	o := newOffice(t)
	_, k := o.asks("ann")
	other := &world{t: t, post: o.post, path: o.path, now: o.now, ids: 1 << 20, set: o.set}
	other.open(shippedBook(t))
	var won, told atomic.Int64
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			b := []*bot.Bot{o.bot, other.bot}[i%2]
			var taken *bot.TakenError
			switch _, err := b.Take(t.Context(), bot.Agent{ID: fmt.Sprint(i), Name: "N"}, k.ID); {
			case err == nil:
				won.Add(1)
			case errors.As(err, &taken) && taken.By.ID != fmt.Sprint(i):
				told.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || told.Load() != 9 {
		t.Errorf("%d have it, %d were told", won.Load(), told.Load())
	}
}

func TestReply(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	o.heard(o.chat)
	ann.types("are you there?")
	o.later(time.Minute)
	m, redacted, err := o.bot.Reply(t.Context(), zoe, k.ID, "r1", " Here I am.\x00 Your password is Soleil2024! ")
	if err != nil || !redacted || strings.Contains(m.Text, "Soleil") || !strings.HasPrefix(m.Text, "Here I am.") {
		t.Fatalf("%+v, %v, %v", m, redacted, err)
	}
	if m.From != bot.FromAgent || m.Agent != zoe || m.TicketNumber != k.Number || m.Move != "" || m.Event != "" {
		t.Errorf("the message: %+v", m)
	}
	o.same("ann sees", ann.last(), m)
	k = o.ticket(k.ID)
	if k.Agent != zoe || !k.WaitingSince.IsZero() || k.Status != bot.TicketOpen {
		t.Errorf("the ticket: %+v", k)
	}
	if s := ann.view().Conversation.Status; s != bot.StatusTeam {
		t.Errorf("the conversation is with %s", s)
	}
	// Again, also when the words differ: it is the same message.
	again, _, err := o.bot.Reply(t.Context(), max, k.ID, "r1", "something else")
	if err != nil {
		t.Error(err)
	}
	o.same("again", again, m)
	o.same("the desk hears", o.heard(o.chat), []string{
		fmt.Sprintf("more #support msg:%d", m.Seq-1), "taken #support card", fmt.Sprintf("reply #support msg:%d", m.Seq),
	})
	if _, _, err := o.bot.Reply(t.Context(), zoe, k.ID, "r2", " \n"); !errors.Is(err, bot.ErrEmpty) {
		t.Errorf("no words gave %v", err)
	}
	// Somebody else may answer too; the ticket stays whose it is.
	if m := o.reply(max, k.ID, "r3", "and me"); m.Agent != max || o.ticket(k.ID).Agent != zoe {
		t.Errorf("max answers: %+v", m)
	}
	// She writes again, and waits again.
	o.later(time.Minute)
	ann.types("it is still refused")
	if k := o.ticket(k.ID); k.WaitingSince != o.clock() {
		t.Errorf("waiting since %v", k.WaitingSince)
	}
	o.later(time.Minute)
	ann.types("please answer")
	if k := o.ticket(k.ID); k.WaitingSince != o.clock().Add(-time.Minute) {
		t.Errorf("waiting since %v, from the first of her messages", k.WaitingSince)
	}
}

// What was said to the bot before an agent speaks is shown to the team before it.
func TestTheDeskMissesNothing(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	ann.press("restart")
	ann.types("wrong password")
	at := ann.view().Conversation
	if at.Status != bot.StatusBot {
		t.Fatalf("she is with %s", at.Status)
	}
	m := o.reply(zoe, k.ID, "r1", "I am looking into it")
	ann.types("good, I wait")
	o.deliver()
	var told []int64
	for _, p := range o.chat.sent {
		for _, m := range p.Messages {
			told = append(told, m.Seq)
		}
	}
	want := []int64{}
	for i := range ann.last().Seq {
		want = append(want, i+1)
	}
	o.same("told", told, want)
	v := ann.view()
	if v.Conversation.Status != bot.StatusTeam || v.Conversation.TicketID != k.ID || v.Messages[m.Seq].Text != "good, I wait" {
		t.Errorf("after a reply she is with %s", v.Conversation.Status)
	}
}

func TestEditAndWithdraw(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	m := o.reply(zoe, k.ID, "r1", "helo")
	o.heard(o.chat)
	o.later(time.Minute)
	edited, redacted, err := o.bot.Edit(t.Context(), zoe, k.ID, "r1", "hello; my password is Soleil2024!")
	if err != nil || !redacted || strings.Contains(edited.Text, "Soleil") || edited.Seq != m.Seq || edited.Edited != o.clock() {
		t.Fatalf("%+v, %v, %v", edited, redacted, err)
	}
	v := ann.view()
	o.same("the message", v.Messages[m.Seq-1], edited)
	entry := v.Messages[len(v.Messages)-1]
	if entry.Seq != m.Seq+1 || entry.Event != bot.EventEdited || entry.Ref != m.Seq || entry.From != bot.FromAgent || entry.Agent != zoe || entry.Text != "" {
		t.Errorf("the entry: %+v", entry)
	}
	if again, _, err := o.bot.Edit(t.Context(), zoe, k.ID, "r1", edited.Text); err != nil || ann.last().Seq != entry.Seq {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	o.later(time.Minute)
	for range 2 {
		gone, err := o.bot.Withdraw(t.Context(), max, k.ID, "r1")
		if err != nil || !gone.Withdrawn || gone.Text != "" {
			t.Errorf("%+v, %v", gone, err)
		}
	}
	v = ann.view()
	if got := v.Messages[m.Seq-1]; !got.Withdrawn || got.Text != "" || v.Conversation.LastSeq != entry.Seq+1 {
		t.Errorf("withdrawn: %+v", got)
	}
	if _, _, err := o.bot.Edit(t.Context(), zoe, k.ID, "r1", "after all"); !errors.Is(err, bot.ErrWithdrawn) {
		t.Errorf("an edit of what was withdrawn gave %v", err)
	}
	for _, err := range []error{
		second(o.bot.Withdraw(t.Context(), zoe, k.ID, "none")), second(o.bot.Withdraw(t.Context(), zoe, k.ID, "1")), second(o.bot.Withdraw(t.Context(), zoe, k.ID, "")),
	} {
		if !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("what no agent said was withdrawn with %v", err)
		}
	}
	ref := fmt.Sprintf("edit #support msg:%d", m.Seq)
	o.deliver()
	for _, p := range o.chat.sent {
		if len(p.Messages) != 1 || p.Messages[0].Seq != m.Seq || p.Receipts[p.Delivery.Ref] == "" || p.Receipts["card"] != "ts-1" {
			t.Errorf("the desk gets %+v, with the receipts %v", p.Messages, p.Receipts)
		}
	}
	o.same("the desk hears", o.heard(o.chat), []string{ref, ref})
	// Nobody who gets the log gets the entries.
	ann.types("what was that?")
	o.deliver()
	for _, p := range append(o.chat.sent, o.post.sent...) {
		if slices.ContainsFunc(p.Messages, func(m bot.Message) bool { return m.Event == bot.EventEdited }) {
			t.Errorf("%s tells the entries", p.Delivery.Kind)
		}
	}
}

// An edit and a withdrawal at once: whatever the order, it ends withdrawn, and the log has no gap.
func TestEditAgainstWithdrawal(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	other := &world{t: t, post: o.post, path: o.path, now: o.now, ids: 1 << 20, set: o.set}
	other.open(shippedBook(t))
	for i := range 6 {
		id := fmt.Sprint("r", i)
		m := o.reply(zoe, k.ID, id, "helo")
		var wg sync.WaitGroup
		for n := range 3 {
			wg.Go(func() {
				if _, _, err := o.bot.Edit(t.Context(), zoe, k.ID, id, fmt.Sprint("hello ", n)); err != nil && !errors.Is(err, bot.ErrWithdrawn) {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := ann.w.bot.Receive(t.Context(), bot.Inbound{Channel: "test", Address: "ann", ExternalID: fmt.Sprint(i, n), Text: "hm", Flow: "client", Lang: "en"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if _, err := other.bot.Withdraw(t.Context(), zoe, k.ID, id); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if got := ann.view().Messages[m.Seq-1]; !got.Withdrawn || got.Text != "" {
			t.Errorf("it ends as %+v", got)
		}
	}
	for i, m := range ann.view().Messages {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has number %d", i+1, m.Seq)
		}
	}
}

// Agents answer while the person writes: each message is there once, none is lost, and the ticket
// knows what came last.
func TestReplyAgainstAMessage(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	other := &world{t: t, post: o.post, path: o.path, now: o.now, ids: 1 << 20, set: o.set}
	other.open(shippedBook(t))
	before := ann.last().Seq
	var wg sync.WaitGroup
	for n := range 8 {
		for _, b := range []*bot.Bot{o.bot, other.bot} {
			wg.Go(func() { // the same reply reaches both nodes
				if _, _, err := b.Reply(t.Context(), zoe, k.ID, fmt.Sprint("r", n), "hello"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			in := bot.Inbound{Channel: "test", Address: "ann", ExternalID: fmt.Sprint("m", n), Text: "nothing new here", Flow: "client", Lang: "en"}
			if err := other.bot.Receive(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	count := map[bot.From]int{}
	log := ann.view().Messages
	var last bot.From
	for i, m := range log {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has number %d", i+1, m.Seq)
		}
		if m.Seq > before {
			if count[m.From]++; m.From != bot.FromBot {
				last = m.From
			}
		}
	}
	if count[bot.FromAgent] != 8 || count[bot.FromContact] != 8 {
		t.Errorf("the log has %v", count)
	}
	if k := o.ticket(k.ID); k.WaitingSince.IsZero() != (last == bot.FromAgent) || k.Status != bot.TicketOpen {
		t.Errorf("the last word is the %s's, and the ticket is %+v", last, k)
	}
}

func TestNotesAreTheTeams(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	o.heard(o.chat)
	before := ann.view().Messages
	n, redacted, err := o.bot.Note(t.Context(), zoe, k.ID, "n1", "she says her password is Soleil2024!")
	if err != nil || !redacted || strings.Contains(n.Text, "Soleil") || n.Agent != zoe || n.TicketID != k.ID {
		t.Fatalf("%+v, %v, %v", n, redacted, err)
	}
	again, _, err := o.bot.Note(t.Context(), max, k.ID, "n1", "other words")
	if err != nil {
		t.Fatal(err)
	}
	o.same("again", again, n)
	if _, _, err := o.bot.Note(t.Context(), zoe, k.ID, "", ""); !errors.Is(err, bot.ErrEmpty) {
		t.Errorf("no words gave %v", err)
	}
	notes, err := o.bot.Notes(t.Context(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.same("notes", notes, []bot.Note{n})
	o.same("the log", ann.view().Messages, before)
	o.deliver()
	if len(o.chat.sent) != 1 || !slices.Equal(o.chat.sent[0].Notes, notes) || len(o.chat.sent[0].Messages) != 0 {
		t.Errorf("the desk gets %+v", o.chat.sent)
	}
	o.same("the desk hears", o.heard(o.chat), []string{"note #support note:" + n.ID})
	if k := o.ticket(k.ID); k.WaitingSince.IsZero() || k.Agent.ID != "" {
		t.Errorf("a note is no answer: %+v", k)
	}
	// She asks for the conversation by mail.
	if err := o.bot.Transcript(t.Context(), "test", "ann", "ann@example.org"); err != nil {
		t.Fatal(err)
	}
	o.deliver()
	if p := o.post.sent[len(o.post.sent)-1]; p.Delivery.Kind != bot.DeliverTranscript || len(p.Notes) != 0 {
		t.Errorf("the transcript: %+v", p.Notes)
	}
}

// A note can get other words, which are as harmless as the first, and can go; whoever does that says
// nothing to the contact.
func TestNotesChange(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	before := ann.view().Messages
	for _, id := range []string{"n1", "n2"} {
		if _, _, err := o.bot.Note(t.Context(), zoe, k.ID, id, "words of "+id); err != nil {
			t.Fatal(err)
		}
	}
	n, redacted, err := o.bot.EditNote(t.Context(), zoe, k.ID, "n1", "her password is Soleil2024!")
	if err != nil || !redacted || n.ExternalID != "n1" || strings.Contains(n.Text, "Soleil") {
		t.Errorf("edited: %+v, %v, %v", n, redacted, err)
	}
	if err := o.bot.DropNote(t.Context(), zoe, k.ID, "n2"); err != nil {
		t.Errorf("dropped: %v", err)
	}
	notes, err := o.bot.Notes(t.Context(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.same("notes", notes, []bot.Note{n})
	for name, err := range map[string]error{
		"a note that is gone": func() error { _, _, err := o.bot.EditNote(t.Context(), zoe, k.ID, "n2", "back"); return err }(),
		"gone already":        o.bot.DropNote(t.Context(), zoe, k.ID, "n2"),
		"a note of no name":   o.bot.DropNote(t.Context(), zoe, k.ID, ""),
	} {
		if !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("%s gave %v", name, err)
		}
	}
	if _, _, err := o.bot.EditNote(t.Context(), zoe, k.ID, "n1", " "); !errors.Is(err, bot.ErrEmpty) {
		t.Errorf("no words gave %v", err)
	}
	o.same("the log", ann.view().Messages, before)
}
