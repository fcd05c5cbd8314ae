package bot_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
)

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
	// So is a hello.
	ann.types("hello again")
	if k := o.ticket(k.ID); k.Status != bot.TicketClosed {
		t.Errorf("a greeting opens it again: %+v", k)
	}
	o.deliver()
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

	// While she waits, a hello is for the team.
	if said := ann.types("hello? anybody?"); len(said) != 1 || !strings.Contains(said[0].Text, "passed your message on") || o.ticket(k.ID).Status != bot.TicketOpen {
		t.Errorf("to a hello in between: %q", texts(said))
	}
	o.deliver()
	o.chat.sent = nil

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

// Who says that it works, and then that it does not, is with the team again at once.
func TestItDoesNotWorkAfterAll(t *testing.T) {
	for _, c := range []struct {
		lang, ask, send, works, not, reopened string
	}{
		{"en", "I want to talk to a person", "Send it now", "thanks a lot it works", "oh no, it fails again", "reopened"},
		{"en", "I want to talk to a person", "Send it now", "[jump:works]", "[back]", "reopened"},
		{"fr", "je veux parler à une personne", "Envoyer tout de suite", "merci ça marche", "oh non, ça ne marche plus", "rouvert"},
	} {
		for _, agentFirst := range []bool{false, true} {
			o := newOffice(t)
			ann := o.person("ann")
			ann.lang = c.lang
			ann.types(c.ask)
			ann.press(c.send)
			k := o.tickets()[0]
			if agentFirst {
				if _, err := o.bot.Resolve(t.Context(), zoe, k.ID, ""); err != nil {
					t.Fatal(err)
				}
			}
			says := func(text string) []bot.Message {
				if label, ok := strings.CutPrefix(text, "["); ok {
					return ann.press(strings.TrimSuffix(label, "]"))
				}
				return ann.types(text)
			}
			says(c.works)
			if k := o.ticket(k.ID); k.Status != bot.TicketClosed {
				t.Fatalf("after %q: %+v", c.works, k)
			}
			o.deliver()
			heard := func(text string) string {
				return cmp.Or(map[string]string{"[jump:works]": "It works now", "[back]": "It still doesn't work"}[text], text)
			}
			last := func() (text string) {
				for _, p := range o.chat.sent {
					for _, m := range p.Messages {
						if m.From == bot.FromContact {
							text = m.Text
						}
					}
				}
				return text
			}
			if got, want := last(), heard(c.works); got != want {
				t.Errorf("the desk has read %q last, not %q", got, want)
			}
			said := says(c.not)
			if k := o.ticket(k.ID); k.Status != bot.TicketOpen || k.WaitingSince != o.clock() || ann.view().Conversation.Status != bot.StatusTeam {
				t.Errorf("after %q: %+v", c.not, k)
			}
			if len(said) != 1 || !strings.Contains(said[0].Text, c.reopened) {
				t.Errorf("to %q: %q", c.not, texts(said))
			}
			o.deliver()
			if got, want := last(), heard(c.not); got != want {
				t.Errorf("the desk has read %q last, not %q", got, want)
			}
		}
	}
}

// Once the team is done, what is only polite opens nothing again, whatever its form.
func TestPoliteWordsOpenNothing(t *testing.T) {
	for lang, all := range map[string][]string{
		"en": {"thanks 🙂", "👍", "👍🏽", "🙏", "ok", "got it", "noted", "no problem", "sounds good", "all good", "Thank you, Ann.", "awesome", "cheers", "you too"},
		"fr": {"merci beaucoup 🙂", "d'accord", "de rien", "pas de problème", "c'est noté", "bonne journée", "tiguidou", "c'est beau", "reçu"},
	} {
		for _, byHerself := range []bool{false, true} {
			o := newOffice(t)
			ann := o.person("ann")
			ann.lang = lang
			ann.types(map[string]string{"en": "I want to talk to a person", "fr": "je veux parler à une personne"}[lang])
			ann.press(map[string]string{"en": "Send it now", "fr": "Envoyer tout de suite"}[lang])
			k := o.tickets()[0]
			if byHerself {
				ann.types(map[string]string{"en": "it works now", "fr": "ça marche maintenant"}[lang])
			} else if _, err := o.bot.Resolve(t.Context(), zoe, k.ID, ""); err != nil {
				t.Fatal(err)
			}
			for _, text := range all {
				said := ann.types(text)
				if k := o.ticket(k.ID); k.Status != bot.TicketClosed || ann.view().Conversation.Status != bot.StatusClosed {
					t.Fatalf("by herself %v: %q opens it again: %q", byHerself, text, texts(said))
				}
			}
		}
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

// A ticket that is passed to a queue for which a live desk has no address goes on where the desk showed
// it last: the team there hears what becomes of it, and can take it back. One that begins in such a
// queue is not heard of.
func TestPassWhereNobodyLooks(t *testing.T) {
	o := newOffice(t)
	set := o.set
	o.set = func(opt *bot.Options) {
		set(opt)
		for i := range opt.Desks {
			if opt.Desks[i].Live {
				opt.Desks[i].Addresses = map[bot.Queue]string{bot.QueueSupport: "#support"}
			}
		}
	}
	o.open(shippedBook(t))
	ann, k := o.asks("ann")
	o.heard(o.chat)
	if _, err := o.bot.Pass(t.Context(), zoe, k.ID, bot.QueueHexpert, "locked"); err != nil {
		t.Fatal(err)
	}
	o.same("the desk hears", o.heard(o.chat), []string{"passed #support card"})
	ann.types("one more thing")
	o.same("it goes on there", o.heard(o.chat), []string{fmt.Sprintf("more #support msg:%d", ann.last().Seq)})
	if _, err := o.bot.Take(t.Context(), max, k.ID); err != nil {
		t.Fatal(err)
	}
	m := o.reply(max, k.ID, "r1", "I have it")
	if _, _, err := o.bot.Note(t.Context(), max, k.ID, "n1", "merged"); err != nil {
		t.Fatal(err)
	}
	heard := o.heard(o.chat)
	for _, want := range []string{"taken #support card", fmt.Sprintf("reply #support msg:%d", m.Seq), "note #support"} {
		if !slices.ContainsFunc(heard, func(h string) bool { return strings.HasPrefix(h, want) }) {
			t.Errorf("no %q in %v", want, heard)
		}
	}
	if err := o.bot.Mark(t.Context(), "test", "ann", m.Seq, m.Seq); err != nil {
		t.Fatal(err)
	}
	o.same("how far it came", o.heard(o.chat), []string{fmt.Sprintf("fate #support msg:%d", m.Seq)})
	if _, err := o.bot.Pass(t.Context(), max, k.ID, bot.QueueSupport, "back"); err != nil {
		t.Fatal(err)
	}
	o.same("it is back", o.heard(o.chat), []string{"passed #support card"})
	o.same("one ticket", len(o.tickets()), 1)
}
