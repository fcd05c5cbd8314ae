package bot_test

import (
	"context"
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
	"latchkey/store"
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

func TestPass(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	o.heard(o.chat)
	o.heard(o.post)
	if _, err := o.bot.Take(t.Context(), zoe, k.ID); err != nil {
		t.Fatal(err)
	}
	o.heard(o.chat)
	before := ann.view().Messages
	for range 2 { // the second changes nothing
		got, err := o.bot.Pass(t.Context(), zoe, k.ID, bot.QueueHexpert, "the account is locked")
		if err != nil || got.Queue != bot.QueueHexpert || got.Agent.ID != "" || got.WaitingSince.IsZero() {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	o.same("ann sees", ann.view().Messages, before)
	o.deliver()
	var whole bot.Parcel
	for _, p := range append(o.chat.sent, o.post.sent...) {
		if p.Delivery.Kind == bot.DeliverAway {
			continue
		}
		if whole = p; len(p.Messages) != len(before) || len(p.Notes) != 1 || p.Notes[0].Event != "passed" || p.Notes[0].Text != "the account is locked" || p.Notes[0].Agent != zoe {
			t.Errorf("%s: %d of %d messages, notes %+v", p.Delivery.Kind, len(p.Messages), len(before), p.Notes)
		}
		if len(p.Receipts) != 0 {
			t.Errorf("there is nothing yet at %s: %v", p.Delivery.Address, p.Receipts)
		}
	}
	if whole.Delivery.ID == "" {
		t.Error("the new queue gets nothing")
	}
	o.same("mail hears", o.heard(o.post), []string{"passed hexpert@example.org card"})
	o.same("the desks hear", o.heard(o.chat), []string{"away #support card", "ticket #hexpert card"})
	ann.types("one more thing")
	o.same("the new desk hears", o.heard(o.chat), []string{fmt.Sprintf("more #hexpert msg:%d", ann.last().Seq)})
	o.same("mail hears", o.heard(o.post), []string{fmt.Sprintf("more hexpert@example.org msg:%d", ann.last().Seq)})

	// Back again: the old card is known, and only what is new is told.
	if _, err := o.bot.Pass(t.Context(), max, k.ID, bot.QueueSupport, ""); err != nil {
		t.Fatal(err)
	}
	o.deliver()
	if back := o.chat.sent[len(o.chat.sent)-1]; back.Delivery.Address != "#support" || back.Receipts["card"] == "" || len(back.Messages) == 0 || back.Messages[0].Seq <= int64(len(before)) {
		t.Errorf("back at support: %+v, %v", back.Messages, back.Receipts)
	}
	if _, err := o.bot.Pass(t.Context(), zoe, k.ID, "nowhere", ""); !errors.Is(err, bot.ErrQueue) {
		t.Errorf("to nowhere gave %v", err)
	}
	if _, err := o.bot.Resolve(t.Context(), zoe, k.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := o.bot.Pass(t.Context(), zoe, k.ID, bot.QueueHexpert, ""); !errors.Is(err, bot.ErrClosed) {
		t.Errorf("a closed one gave %v", err)
	}
	if _, err := o.bot.Take(t.Context(), zoe, k.ID); !errors.Is(err, bot.ErrClosed) {
		t.Errorf("taking a closed one gave %v", err)
	}
}

func TestResolveAndReopen(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	m := o.reply(zoe, k.ID, "r1", "try now")
	o.heard(o.chat)
	o.later(time.Minute)
	for range 2 {
		got, err := o.bot.Resolve(t.Context(), zoe, k.ID, "  her address was wrong ")
		if err != nil || got.Status != bot.TicketClosed || got.Resolution != (bot.Resolution{By: zoe, Reason: "her address was wrong", At: o.clock()}) || !got.WaitingSince.IsZero() {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	told := ann.last()
	if told.Seq != m.Seq+1 || told.From != bot.FromBot || told.Event != "resolved" || !strings.Contains(told.Text, bot.Number(k.Number)) || strings.Contains(told.Text, "address") {
		t.Errorf("ann is told %+v", told)
	}
	if s := ann.view().Conversation.Status; s != bot.StatusClosed {
		t.Errorf("the conversation is with %s", s)
	}
	o.same("the desk hears", o.heard(o.chat), []string{"resolved #support card"})

	// She says thanks: the team sees it, and nobody has to do anything.
	ann.types("thanks!")
	if k := o.ticket(k.ID); k.Status != bot.TicketClosed || !k.WaitingSince.IsZero() {
		t.Errorf("thanks opens it again: %+v", k)
	}
	if s := ann.view().Conversation.Status; s != bot.StatusClosed {
		t.Errorf("after thanks the conversation is with %s", s)
	}
	o.deliver()
	if p := o.chat.sent[0]; p.Delivery.Kind != bot.DeliverMore || !slices.ContainsFunc(p.Messages, func(m bot.Message) bool { return m.Text == "thanks!" }) {
		t.Errorf("the desk gets %+v", p)
	}
	o.chat.sent = nil

	// It does not work after all.
	said := ann.types("sorry, now it says something about a licence")
	k = o.ticket(k.ID)
	if k.Status != bot.TicketOpen || k.Resolution != (bot.Resolution{}) || k.WaitingSince != o.clock() || k.Agent != zoe {
		t.Errorf("the ticket: %+v", k)
	}
	if len(said) != 1 || !strings.Contains(said[0].Text, "reopened") || ann.view().Conversation.Status != bot.StatusTeam {
		t.Errorf("she hears %q", texts(said))
	}
	o.same("the desk hears", o.heard(o.chat), []string{fmt.Sprintf("more #support msg:%d", said[0].Seq)})

	// A reply opens it too.
	if _, err := o.bot.Resolve(t.Context(), zoe, k.ID, ""); err != nil {
		t.Fatal(err)
	}
	o.reply(max, k.ID, "r2", "one more thing")
	if k := o.ticket(k.ID); k.Status != bot.TicketOpen || k.Agent != zoe || k.Resolution != (bot.Resolution{}) {
		t.Errorf("after a reply: %+v", k)
	}
	if s := ann.view().Conversation.Status; s != bot.StatusTeam {
		t.Errorf("after a reply the conversation is with %s", s)
	}
	// She says herself that it works.
	ann.types("it works now")
	if k := o.ticket(k.ID); k.Status != bot.TicketClosed || k.Resolution.By != (bot.Agent{}) || k.Resolution.At != o.clock() || k.Case.SettledBy != "contact" {
		t.Errorf("settled: %+v", k)
	}
}

// The words of a resolved ticket are in the contact's language.
func TestResolveInFrench(t *testing.T) {
	o := newOffice(t)
	ann := o.person("ann")
	ann.lang = "fr"
	ann.types("je veux parler à une personne")
	ann.press("Envoyer tout de suite")
	if _, err := o.bot.Resolve(t.Context(), zoe, o.tickets()[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	if got := ann.last().Text; !strings.Contains(got, "réglée") {
		t.Errorf("she reads %q", got)
	}
}

// A ticket from before the channel knew who somebody is becomes theirs when they add to it.
func TestAPersonBecomesKnown(t *testing.T) {
	o := newOffice(t)
	in := bot.Inbound{Channel: "chat", Address: "D1", Flow: "client", Lang: "en"}
	for i, text := range []string{"I want to talk to a person", "send it now", "start over", "I want to talk to a person", "send it now"} {
		in.ExternalID, in.Text = fmt.Sprint(i), text
		if i == 2 {
			in.Person = "chat:U1"
		}
		if err := o.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	if mine, err := o.bot.TicketsOf(t.Context(), "chat:U1"); err != nil || len(mine) != 1 || len(o.tickets()) != 1 {
		t.Errorf("tickets %+v, %v", mine, err)
	}
	if k, err := o.bot.TicketByNumber(t.Context(), 1001); err != nil || k.Person != "chat:U1" {
		t.Errorf("%+v, %v", k, err)
	}
}

// Two problems of one person are two tickets: what is done to one leaves the other alone.
func TestTicketsStayApart(t *testing.T) {
	o := newOffice(t)
	ann, first := o.asks("ann")
	ann.press("restart")
	ann.types("my account is disabled")
	ann.types("agent please")
	ann.press("Send it now")
	second := o.tickets()[0]
	if second.ID == first.ID {
		t.Fatal("there is one ticket")
	}
	o.heard(o.chat)
	if _, err := o.bot.Resolve(t.Context(), zoe, first.ID, ""); err != nil {
		t.Fatal(err)
	}
	if v := ann.view(); v.Conversation.Status != bot.StatusTeam || ann.last().Event != "" || o.ticket(second.ID).Status != bot.TicketOpen {
		t.Errorf("the other ticket is closed with it: %+v", v.Conversation)
	}
	for _, h := range o.heard(o.chat) {
		if strings.Contains(h, "hexpert") {
			t.Errorf("the other desk hears %q", h)
		}
	}
	// An answer on the first one is about the first one, and so is what she says to it.
	o.reply(max, first.ID, "r1", "is it good now?")
	ann.types("no, not yet I fear")
	if got := o.ticket(first.ID); got.WaitingSince.IsZero() || got.Status != bot.TicketOpen {
		t.Errorf("the first: %+v", got)
	}
	if got := o.ticket(second.ID); got.Agent.ID != "" || got.WaitingSince != second.WaitingSince {
		t.Errorf("the second: %+v", got)
	}
	// The same words on both are two messages, and each is edited by its own.
	a, b := o.reply(max, first.ID, "r2", "hello"), o.reply(max, second.ID, "other r2", "hello")
	if _, _, err := o.bot.Edit(t.Context(), max, first.ID, "other r2", "no"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("edited through the other ticket: %v", err)
	}
	if a.Seq == b.Seq || a.TicketNumber == b.TicketNumber {
		t.Errorf("%+v, %+v", a, b)
	}
}

// A reopened ticket and a newer one of the same problem live side by side.
func TestReopenedBesideANewerOne(t *testing.T) {
	o := newOffice(t)
	ann, old := o.asks("ann")
	if _, err := o.bot.Resolve(t.Context(), zoe, old.ID, ""); err != nil {
		t.Fatal(err)
	}
	ann.press("restart")
	ann.types("agent please")
	ann.press("Send it now")
	if newer := o.tickets()[0]; newer.ID == old.ID || newer.Problem != old.Problem {
		t.Fatalf("the newer: %+v", newer)
	}
	o.reply(zoe, old.ID, "r1", "I forgot something")
	for _, k := range o.tickets() {
		if k.Status != bot.TicketOpen {
			t.Errorf("%s is %s", bot.Number(k.Number), k.Status)
		}
	}
}

// One human on two channels has one ticket for one problem; the answer goes where they wrote last.
func TestOnePersonInTwoConversations(t *testing.T) {
	o := newOffice(t)
	says := func(address, id, text string) {
		t.Helper()
		in := bot.Inbound{Channel: "chat", Address: address, Person: "chat:U1", ExternalID: id, Text: text, Flow: "client", Lang: "en"}
		if err := o.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	log := func(address string) []bot.Message {
		v, err := o.bot.View(t.Context(), "chat", address, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return v.Messages
	}
	for _, address := range []string{"D1", "C1/thread"} {
		says(address, "1", "I want to talk to a person")
		says(address, "2", "send it now")
	}
	mine, err := o.bot.TicketsOf(t.Context(), "chat:U1")
	if err != nil || len(mine) != 1 || len(o.tickets()) != 1 {
		t.Fatalf("tickets %+v, %v", mine, err)
	}
	k := mine[0]
	thread := log("C1/thread")
	if last := thread[len(thread)-1]; last.TicketNumber != k.Number || k.AnswerID != last.ConversationID || k.ConversationID == k.AnswerID {
		t.Errorf("the second conversation is not on the ticket: %+v", k)
	}
	o.deliver()
	var desk []bot.Parcel
	for _, p := range o.chat.sent {
		if p.Delivery.TicketID != "" {
			desk = append(desk, p)
		}
	}
	if len(desk) != 2 || desk[1].Delivery.Kind != bot.DeliverMore || len(desk[1].Messages) != len(thread) {
		t.Errorf("the desk gets %+v", desk)
	}
	m := o.reply(zoe, k.ID, "r1", "hello")
	if m.ConversationID != k.AnswerID {
		t.Error("the answer goes where nobody asked last")
	}
	says("D1", "3", "I am here now")
	if m := o.reply(zoe, k.ID, "r2", "hello here"); m.ConversationID != k.ConversationID {
		t.Error("the answer goes elsewhere")
	}
	if _, _, err := o.bot.Edit(t.Context(), zoe, k.ID, "r1", "hello there"); err != nil {
		t.Error(err)
	}
	for _, m := range log("C1/thread") {
		if m.ExternalID == "r1" && m.Text != "hello there" {
			t.Errorf("edited: %+v", m)
		}
	}
	// The first conversation is forgotten, and the ticket with it: who writes in the other begins
	// anew.
	if err := o.bot.Forget(t.Context(), k.ConversationID); err != nil {
		t.Fatal(err)
	}
	says("C1/thread", "9", "hello? anybody?")
	v, err := o.bot.View(t.Context(), "chat", "C1/thread", 0, 0)
	if err != nil || v.Conversation.Status != bot.StatusBot || v.Conversation.TicketID != "" {
		t.Errorf("%+v, %v", v.Conversation, err)
	}
	says("C1/thread", "10", "I want to talk to a person")
	says("C1/thread", "11", "send it now")
	// The second one goes while the answer would be there: it goes to the first.
	k = o.tickets()[0]
	says("D2", "1", "I want to talk to a person")
	says("D2", "2", "send it now")
	k = o.ticket(k.ID)
	if err := o.bot.Forget(t.Context(), k.AnswerID); err != nil {
		t.Fatal(err)
	}
	if m := o.reply(zoe, k.ID, "r3", "hello"); m.ConversationID != k.ConversationID {
		t.Errorf("the answer: %+v", m)
	}
}

// On a channel that has to be written to, everything said to a contact is owed to them, in order.
func TestPush(t *testing.T) {
	o := newOffice(t)
	says := func(id, text string) {
		t.Helper()
		in := bot.Inbound{Channel: "chat", Address: "D1", ExternalID: id, Text: text, Flow: "client", Lang: "en"}
		if err := o.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	says("1", "I want to talk to a person")
	says("1", "I want to talk to a person")
	says("2", "send it now")
	says("3", "it is urgent")
	says("4", "really")
	k := o.tickets()[0]
	m := o.reply(zoe, k.ID, "r1", "helo")
	if _, _, err := o.bot.Edit(t.Context(), zoe, k.ID, "r1", "hello"); err != nil {
		t.Fatal(err)
	}
	o.deliver()
	v, err := o.bot.View(t.Context(), "chat", "D1", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var told []int64
	var said []bot.Parcel
	for _, p := range o.chat.sent {
		if p.Delivery.Kind != bot.DeliverSay {
			continue
		}
		if p.Delivery.Address != "D1" || p.Delivery.TicketID != "" || len(p.Messages) == 0 || p.Delivery.Ref != fmt.Sprint("msg:", p.Messages[len(p.Messages)-1].Seq) {
			t.Errorf("a delivery: %+v", p.Delivery)
		}
		said = append(said, p)
		for _, m := range p.Messages {
			told = append(told, m.Seq)
		}
	}
	var want []int64
	for _, m := range v.Messages {
		if m.Text != "really" && m.Event != bot.EventEdited { // the bot says nothing to it
			want = append(want, m.Seq)
		}
	}
	want = append(want, m.Seq) // and once more, as it was edited
	o.same("told", told, want)
	if last := said[len(said)-1]; last.Messages[0].Text != "hello" || last.Receipts[last.Delivery.Ref] == "" || last.Delivery.Kind != bot.DeliverSay {
		t.Errorf("the edit: %+v", last)
	}
	if v.Conversation.DeliveredSeq < m.Seq {
		t.Errorf("delivered up to %d of %d", v.Conversation.DeliveredSeq, m.Seq)
	}
	lane, err := o.store.Lane(t.Context(), bot.ContactLane("chat", v.Conversation.ID))
	if err != nil || len(lane) != len(said) || lane[0].Receipt == "" {
		t.Fatalf("the lane: %+v, %v", lane, err)
	}
	d, err := o.bot.ByReceipt(t.Context(), "chat", lane[0].Receipt)
	if err != nil || d.ID != lane[0].ID {
		t.Errorf("the receipt leads to %+v, %v", d, err)
	}
}

// fate is what the desk was told last about a message.
func (o *office) fate(seq int64) (is bot.Fate) {
	o.t.Helper()
	o.deliver()
	for _, p := range o.chat.sent {
		if f, ok := p.Fates[seq]; ok {
			is = f
		}
	}
	o.chat.sent = nil
	return is
}

func TestFates(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	o.heard(o.chat)
	mark := func(delivered, seen int64) {
		t.Helper()
		before := ann.view().Conversation
		wake, stop := o.bot.Watch("test", "ann")
		defer stop()
		if err := o.bot.Mark(t.Context(), "test", "ann", delivered, seen); err != nil {
			t.Fatal(err)
		}
		if woken(wake) {
			t.Error("a mark wakes the widget that sent it")
		}
		if after := ann.view().Conversation; after.Version != before.Version {
			t.Error("a mark is a commit")
		}
	}
	// What the bot says has no fate.
	mark(ann.last().Seq, ann.last().Seq)
	if d := o.heard(o.chat); len(d) != 0 {
		t.Errorf("the desk hears %q", d)
	}
	first := o.reply(zoe, k.ID, "r1", "one")
	if got := o.fate(first.Seq); got != bot.FateWaiting {
		t.Errorf("at first it is %s", got)
	}
	mark(first.Seq, 0)
	if got := o.fate(first.Seq); got != bot.FateDelivered {
		t.Errorf("delivered, it is %s", got)
	}
	mark(first.Seq, 0)
	mark(1, 1)
	if d := o.heard(o.chat); len(d) != 0 {
		t.Errorf("nothing new, and the desk hears %q", d)
	}
	second := o.reply(zoe, k.ID, "r2", "two")
	o.heard(o.chat)
	mark(0, 1<<40)
	ref := func(m bot.Message) string { return fmt.Sprintf("fate #support msg:%d", m.Seq) }
	o.same("the desk hears", o.heard(o.chat), []string{ref(first), ref(second)})
	c := ann.view().Conversation
	if c.SeenSeq != second.Seq || c.DeliveredSeq != second.Seq {
		t.Errorf("seen up to %d, delivered up to %d; the log ends at %d", c.SeenSeq, c.DeliveredSeq, second.Seq)
	}
	third := o.reply(zoe, k.ID, "r3", "three")
	if c := ann.view().Conversation; c.SeenSeq != second.Seq {
		t.Errorf("what is said later counts as seen")
	}
	// Two fates one after the other are one piece of news.
	o.heard(o.chat)
	mark(third.Seq, 0)
	mark(0, third.Seq)
	o.deliver()
	if len(o.chat.sent) != 1 || o.chat.sent[0].Fates[third.Seq] != bot.FateSeen {
		t.Errorf("the desk gets %+v", o.chat.sent)
	}
	if err := o.bot.Mark(t.Context(), "test", "nobody", 1, 1); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a mark of nobody: %v", err)
	}
}

// A mark while others commit: neither loses anything.
func TestMarkAgainstTurns(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			m, _, err := o.bot.Reply(t.Context(), zoe, k.ID, fmt.Sprint(n), "hello")
			if err == nil {
				err = o.bot.Mark(t.Context(), "test", "ann", m.Seq, m.Seq)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if c := ann.view().Conversation; c.SeenSeq != c.LastSeq || c.DeliveredSeq != c.LastSeq {
		t.Errorf("seen up to %d of %d", c.SeenSeq, c.LastSeq)
	}
}

func (o *office) unseen() (mails []bot.Parcel) {
	o.t.Helper()
	if _, err := o.bot.MailUnseen(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	o.deliver()
	for _, p := range o.post.sent {
		if p.Delivery.Kind == bot.DeliverUnseen {
			mails = append(mails, p)
		}
	}
	o.post.sent = nil
	return mails
}

func said(ms []bot.Message) (texts []string) {
	for _, m := range ms {
		if m.From == bot.FromAgent {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func TestUnseenWordsGoOutByMail(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	first := o.reply(zoe, k.ID, "r1", "one")
	o.later(9 * time.Minute)
	o.reply(zoe, k.ID, "r2", "two")
	if mails := o.unseen(); len(mails) != 0 {
		t.Fatalf("too early: %+v", mails)
	}
	o.later(time.Minute)
	mails := o.unseen()
	if len(mails) != 1 || mails[0].Delivery.Address != "ann@example.org" || mails[0].Delivery.TicketID != "" {
		t.Fatalf("mails: %+v", mails)
	}
	o.same("bundled", said(mails[0].Messages), []string{"one", "two"})
	if got := o.fate(first.Seq); got != bot.FateMailed {
		t.Errorf("its fate is %s", got)
	}
	o.later(time.Hour)
	if mails := o.unseen(); len(mails) != 0 {
		t.Errorf("mailed again: %+v", mails)
	}

	// Seen in time: no mail. Half seen: the other half.
	third := o.reply(zoe, k.ID, "r3", "three")
	o.later(5 * time.Minute)
	if err := o.bot.Mark(t.Context(), "test", "ann", 0, third.Seq); err != nil {
		t.Fatal(err)
	}
	fourth := o.reply(zoe, k.ID, "r4", "four")
	o.later(5 * time.Minute)
	if mails := o.unseen(); len(mails) != 0 {
		t.Errorf("after five minutes: %+v", mails)
	}
	o.later(5 * time.Minute)
	mails = o.unseen()
	if len(mails) != 1 {
		t.Fatalf("mails: %+v", mails)
	}
	o.same("the other half", said(mails[0].Messages), []string{"four"})
	// She opens the bubble in the end.
	if err := o.bot.Mark(t.Context(), "test", "ann", 0, fourth.Seq); err != nil {
		t.Fatal(err)
	}
	if got := o.fate(fourth.Seq); got != bot.FateSeen {
		t.Errorf("its fate is %s", got)
	}

	// Withdrawn in time.
	o.reply(zoe, k.ID, "r5", "five")
	if _, err := o.bot.Withdraw(t.Context(), zoe, k.ID, "r5"); err != nil {
		t.Fatal(err)
	}
	o.later(time.Hour)
	if mails := o.unseen(); len(mails) != 0 {
		t.Errorf("withdrawn, and mailed: %+v", mails)
	}
	// Refused by the other side.
	sixth := o.reply(zoe, k.ID, "r6", "six")
	o.post.fail = func(bot.Parcel) error { return bot.Permanent(errors.New("550 no such user")) }
	o.later(time.Hour)
	o.unseen()
	if got := o.fate(sixth.Seq); got != bot.FateFailed {
		t.Errorf("its fate is %s", got)
	}
	if at := ann.view().Conversation.MailAt; !at.IsZero() {
		t.Errorf("somebody still looks at %v", at)
	}
}

func TestWhoIsNotMailed(t *testing.T) {
	o := newOffice(t)
	// Without an address.
	bob := o.person("bob")
	bob.types("I want to talk to a person")
	bob.press("Send it now")
	o.reply(zoe, o.tickets()[0].ID, "r1", "hello")
	// On a channel that is written to.
	in := bot.Inbound{Channel: "chat", Address: "D1", ExternalID: "1", Text: "I want to talk to a person", Flow: "client", Lang: "en", Identity: bot.Identity{Email: "eve@example.org"}}
	for i, text := range []string{in.Text, "send it now"} {
		in.ExternalID, in.Text = fmt.Sprint(i), text
		if err := o.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	o.reply(zoe, o.tickets()[0].ID, "r1", "hello")
	o.later(time.Hour)
	if mails := o.unseen(); len(mails) != 0 {
		t.Errorf("mails: %+v", mails)
	}
	// Where it is off.
	set := o.set
	o.set = func(opt *bot.Options) { set(opt); opt.MailAfter = 0 }
	o.open(shippedBook(t))
	_, k := o.asks("ann")
	o.reply(zoe, k.ID, "r1", "hello")
	o.later(time.Hour)
	if mails := o.unseen(); len(mails) != 0 {
		t.Errorf("mails: %+v", mails)
	}
}

// What is said to a contact on their channel and cannot be handed over has failed, and the desk
// knows.
func TestASayThatFails(t *testing.T) {
	o := newOffice(t)
	for i, text := range []string{"I want to talk to a person", "send it now"} {
		if err := o.bot.Receive(t.Context(), bot.Inbound{Channel: "chat", Address: "D1", ExternalID: fmt.Sprint(i), Text: text, Flow: "client", Lang: "en"}); err != nil {
			t.Fatal(err)
		}
	}
	o.deliver()
	m := o.reply(zoe, o.tickets()[0].ID, "r1", "hello")
	o.chat.fail = func(p bot.Parcel) error {
		if p.Delivery.Kind == bot.DeliverSay {
			return bot.Permanent(errors.New("channel_not_found"))
		}
		return nil
	}
	if got := o.fate(m.Seq); got != bot.FateFailed {
		t.Errorf("its fate is %s", got)
	}
}

// A process dies between the send and its record: the same delivery comes again, in its place.
func TestDiesBeforeTheReceiptIsStored(t *testing.T) {
	o := newOffice(t)
	_, k := o.asks("ann")
	o.reply(zoe, k.ID, "r1", "hello")
	dying, err := bot.New(t.Context(), bot.Options{
		Store: forgetful{o.store}, Book: o.bot.Book(), Senders: map[string]bot.Sender{"chat": o.chat, "mail": o.post}, Now: o.clock, NewID: o.id,
		Desks: []bot.Desk{{Channel: "chat", Live: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dying.DeliverDue(t.Context()); err == nil {
		t.Fatal("it does not die")
	}
	if len(o.chat.sent) != 1 {
		t.Fatalf("%d were sent", len(o.chat.sent))
	}
	o.deliver()
	if len(o.chat.sent) != 1 {
		t.Error("it is sent while another process may be sending it, or overtaken")
	}
	o.later(3 * time.Minute)
	o.deliver()
	var ids []string
	for _, p := range o.chat.sent {
		ids = append(ids, fmt.Sprint(p.Delivery.Kind, " ", p.Receipts["card"]))
	}
	if o.chat.sent[0].Delivery.ID != o.chat.sent[1].Delivery.ID {
		t.Error("the repeat is another delivery")
	}
	o.same("sent", ids, []string{"ticket ", "ticket ", "taken ts-2", "reply ts-2"})
	d, err := o.bot.ByReceipt(t.Context(), "chat", "ts-2")
	if err != nil || d.TicketID != k.ID || d.Ref != "card" {
		t.Errorf("the receipt leads to %+v, %v", d, err)
	}
	if _, err := o.bot.ByReceipt(t.Context(), "chat", "ts-1"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the lost receipt: %v", err)
	}
}

// forgetful is a store that a process dies before it reaches.
type forgetful struct{ bot.Store }

func (forgetful) Finish(context.Context, bot.Delivery, ...bot.Delivery) error {
	return errors.New("the process is gone")
}

// The other side says when to come again: then and not before, as often as it likes.
func TestRetryAfter(t *testing.T) {
	o := newOffice(t)
	_, k := o.asks("ann")
	o.chat.fail = func(bot.Parcel) error {
		return fmt.Errorf("chat: %w", bot.RetryAfter(errors.New("ratelimited"), 7*time.Second))
	}
	for range 50 { // more than any delivery is tried
		o.deliver()
		o.later(7*time.Second - time.Millisecond)
		o.deliver()
		o.later(time.Millisecond)
	}
	ds, err := o.store.Lane(t.Context(), "chat/ticket/"+k.ID)
	if err != nil || len(ds) != 1 || ds[0].Attempts != 50 || ds[0].Waits != 50 || ds[0].Status != bot.DeliveryDue {
		t.Fatalf("%+v, %v", ds, err)
	}
	o.chat.fail = nil
	o.same("the desk hears", o.heard(o.chat), []string{"ticket #support card"})
	if bot.RetryAfter(nil, time.Second) != nil {
		t.Error("no error is one")
	}
}

func TestAcceptedEventsAreKnownForADay(t *testing.T) {
	o := newOffice(t)
	accept := func() bool {
		t.Helper()
		fresh, err := o.bot.Accept(t.Context(), "Ev1", []byte("hello"))
		if err != nil {
			t.Fatal(err)
		}
		return fresh
	}
	if !accept() || accept() {
		t.Error("an event is fresh once")
	}
	waiting, err := o.bot.Accepted(t.Context(), 9)
	if err != nil || len(waiting) != 1 || string(waiting[0].Payload) != "hello" || waiting[0].At != o.clock() {
		t.Errorf("%+v, %v", waiting, err)
	}
	if err := o.bot.Handled(t.Context(), "Ev1"); err != nil {
		t.Fatal(err)
	}
	o.later(23 * time.Hour)
	if _, err := o.bot.Prune(t.Context()); err != nil || accept() {
		t.Errorf("within a day: %v", err)
	}
	o.later(2 * time.Hour)
	if _, err := o.bot.Prune(t.Context()); err != nil || !accept() {
		t.Errorf("after a day: %v", err)
	}
}

var _ bot.Store = (*store.DB)(nil)
