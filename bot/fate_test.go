package bot_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/store"
)

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

func TestAcceptedEventsAreKnownForThreeDays(t *testing.T) {
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
	o.later(71 * time.Hour)
	if _, err := o.bot.Prune(t.Context()); err != nil || accept() {
		t.Errorf("within three days: %v", err)
	}
	o.later(2 * time.Hour)
	if _, err := o.bot.Prune(t.Context()); err != nil || !accept() {
		t.Errorf("after three days: %v", err)
	}
}

var _ bot.Store = (*store.DB)(nil)
