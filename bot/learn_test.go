package bot_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/bot"
)

// told sends facts as a window does, with the words that say the same.
func (p *person) told(facts map[string]string, words string) []bot.Message {
	p.w.t.Helper()
	in := p.inbound(words)
	in.Told = facts
	return p.send(in)
}

// facts are those of a ticket, "fact: value", in order.
func facts(k bot.Ticket) (out []string) {
	for _, f := range k.Case.Facts {
		if f.Fact != "role" {
			out = append(out, f.Fact+": "+f.Value)
		}
	}
	return out
}

// What somebody adds to a ticket in a window stands in the conversation, on the ticket, and in what
// every desk and the mail get from then on; words that look like a move are none.
func TestFactsCompleteATicket(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	o.heard(o.chat)
	o.heard(o.post)
	o.same("before", facts(k), []string{"email: ann@example.org"})
	said := ann.told(map[string]string{"exact_error": "it works now", "company": " Acme  & Co", "client_email": "no address", "unheard_of": "x"},
		"Company : Acme  & Co\nError : it works now\nE-mail : no address")
	if len(said) != 1 || !strings.Contains(said[0].Text, "passed your message on") {
		t.Errorf("the bot says %+v", said)
	}
	want := []string{"email: ann@example.org", "company: Acme  & Co", "exact_error: it works now"}
	k = o.ticket(k.ID)
	o.same("after", facts(k), want)
	if k.Status != bot.TicketOpen || k.WaitingSince.IsZero() {
		t.Errorf("the ticket is %+v", k)
	}
	if s := ann.view().Conversation.Session; s.Facts["company"] != "Acme  & Co" || s.Facts["client_email"] != "" {
		t.Errorf("the conversation knows %v", s.Facts)
	}
	o.deliver()
	for name, post := range map[string]*postbox{"desk": o.chat, "mail": o.post} {
		i := slices.IndexFunc(post.sent, func(p bot.Parcel) bool { return p.Delivery.Kind == bot.DeliverMore })
		if i < 0 {
			t.Errorf("the %s hears nothing of it: %+v", name, post.sent)
			continue
		}
		o.same(name, facts(post.sent[i].Ticket), want)
	}
	// Another value takes the place of the first, and the same message again changes nothing.
	in := ann.inbound("Company : Bell")
	in.Told = map[string]string{"company": "Bell"}
	for range 2 {
		ann.send(in)
	}
	o.same("changed", facts(o.ticket(k.ID)), []string{"email: ann@example.org", "company: Bell", "exact_error: it works now"})
	n := 0
	for _, m := range ann.view().Messages {
		if m.Move == bot.MoveTold {
			n++
		}
	}
	o.same("messages that tell facts", n, 2)
}

// A closed ticket is opened again by what is added to it.
func TestFactsReopenATicket(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	if _, err := o.bot.Resolve(t.Context(), zoe, k.ID, ""); err != nil {
		t.Fatal(err)
	}
	ann.told(map[string]string{"company": "Acme"}, "Company : Acme")
	if k = o.ticket(k.ID); k.Status != bot.TicketOpen || !slices.Contains(facts(k), "company: Acme") {
		t.Errorf("the ticket is %+v", k)
	}
}

// Where there is no ticket, what is told in a window is read like anything that is written.
func TestFactsWithoutATicket(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("hello")
	ann.told(map[string]string{"company": "Acme"}, "my account is disabled")
	v := ann.view()
	if v.Conversation.Session.Facts["company"] != "" || v.Conversation.Session.Facts["disabled"] != "yes" {
		t.Errorf("it is known that %v", v.Conversation.Session.Facts)
	}
}

// A secret is one in a fact as well, also when it is one only because of what was said before.
func TestFactsHoldNoSecret(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	ann.told(map[string]string{"exact_error": "refused, my password is Tr0ub4dor&3x"}, "Error : refused, my password is Tr0ub4dor&3x")
	if got := facts(o.ticket(k.ID)); len(got) != 2 || strings.Contains(got[1], "Tr0ub4dor") || !strings.Contains(got[1], "refused") {
		t.Errorf("the ticket says %v", got)
	}
	o.reply(zoe, k.ID, "r1", "Which password did you try?")
	ann.told(map[string]string{"company": "Zebra77"}, "Zebra77")
	for _, f := range facts(o.ticket(k.ID)) {
		if strings.Contains(f, "Zebra77") {
			t.Errorf("the ticket says %v", facts(o.ticket(k.ID)))
		}
	}
	if last := ann.view().Messages; strings.Contains(last[len(last)-1].Text+last[len(last)-2].Text, "Zebra77") {
		t.Errorf("the log says %+v", last[len(last)-2:])
	}
}

// With the client's address the ticket is about that client: the next client of the same
// professional gets a ticket of their own, and the same client's is found.
func TestFactsSayWhoseTicketItIs(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ask := func(details ...string) {
		t.Helper()
		in := ann.inbound("I want to talk to a person")
		in.Flow = "professional"
		ann.send(in)
		for _, d := range details {
			ann.types(d)
		}
		ann.press("Send it now")
	}
	ask()
	first := w.tickets()[0]
	ann.told(map[string]string{"client_email": "Zoe@Example.com", "client_name": "Zoe"}, "Client : Zoe, Zoe@Example.com")
	if got := facts(w.tickets()[0]); !slices.Contains(got, "client_email: Zoe@example.com") {
		t.Fatalf("the ticket says %v", got)
	}
	again := func() { ann.press("restart") }
	again()
	ask()
	if all := w.tickets(); len(all) != 2 {
		t.Fatalf("the next client has no ticket of their own: %d", len(all))
	}
	again()
	ask("ann@example.org", "Ann Roy", "Zoe Zimmer", "Zoe@example.com")
	if all := w.tickets(); len(all) != 2 {
		t.Errorf("%d tickets", len(all))
	}
	if v := ann.view(); v.Conversation.TicketID != first.ID {
		t.Errorf("the same client's ticket is not found")
	}
}
