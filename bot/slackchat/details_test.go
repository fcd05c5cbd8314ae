package slackchat

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
)

// places are where a ticket can be opened and completed: each gives the message with the button that
// opens the window, and how that place shows what the bot says last.
var places = map[string]func(*world) (opened func() slacktest.Message, log func() string){
	"direct message": func(w *world) (func() slacktest.Message, func() string) {
		w.ticket("marie")
		dm := w.dm("marie")
		return func() slacktest.Message { return w.last(dm, "") }, w.slack.Channel(dm).String
	},
	"pane": func(w *world) (func() slacktest.Message, func() string) {
		pane, err := w.slack.As("marie").OpensPane("#general")
		w.must(err)
		w.quiet()
		w.inThread("marie", pane, "I want to talk to a person")
		w.presses("marie", pane.Channel, pane.TS, "Send it now")
		return func() slacktest.Message { return w.last(pane.Channel, pane.TS) }, func() string { return w.thread(pane) }
	},
	"channel": func(w *world) (func() slacktest.Message, func() string) {
		asked, err := w.slack.As("marie").Mentions("#general", "I want to talk to a person")
		w.must(err)
		w.quiet()
		w.presses("marie", "#general", asked.TS, "Send it now")
		whispers := func() []slacktest.Message { return w.slack.Channel("#general").Ephemeral("marie") }
		return func() slacktest.Message { return whispers()[0] }, func() string {
			var b strings.Builder
			for _, m := range append(w.slack.Channel("#general").Thread(asked.TS), whispers()...) {
				b.WriteString(m.String())
			}
			return b.String()
		}
	},
}

// facts are those of the only ticket, by name.
func (w *world) facts() map[string]string {
	out := map[string]string{}
	for _, f := range w.only().Case.Facts {
		out[f.Fact] = f.Value
	}
	return out
}

// What a ticket lacks is collected in a window: the ticket and its card have it afterwards, and the
// log says it in words. Two windows that are open at once complete each other.
func TestDetails(t *testing.T) {
	for place, open := range places {
		t.Run(place, func(t *testing.T) {
			w := newWorld(t)
			if place == "pane" {
				w = olderWorld(t)
			}
			w.start()
			opened, log := open(w)
			w.lacks(w.card("#support").Body, "Client:", "Company:")
			card := w.card("#support")

			marie := w.slack.As("marie")
			w.must(w.press(marie, opened(), "Add details"))
			w.until("the window", func() bool { return w.slack.Modal("marie") != "" })
			w.has(w.slack.Modal("marie"), "Client's name", "Client's e-mail", "Company", "Exact words on the screen")
			if err := marie.Submits(map[string]string{"client_email": "zoe at example"}); err == nil {
				t.Error("what is no address was taken")
			}
			w.must(marie.Submits(map[string]string{"client_name": " Zoe  Zimmer", "client_email": "zoe@Example.com", "exact_error": "Error 7\nit works now"}))
			w.quiet()
			w.has(w.card("#support").Body, "Client: Zoe Zimmer", "Client's e-mail: zoe@example.com", "Exact words on the screen: Error 7", "Waiting since")
			w.lacks(w.card("#support").Body, "Company:")
			w.has(w.thread(card), "Client's name : Zoe  Zimmer", "Client's e-mail : zoe@Example.com", "Exact words on the screen : Error 7")
			w.has(log(), "I've passed your message on to the team, under number LK-1001")
			if k := w.only(); k.Status != bot.TicketOpen {
				t.Errorf("the words of the error closed the ticket: %+v", k)
			}

			w.must(w.press(marie, opened(), "Add details"))
			w.until("the second window", func() bool { return w.slack.Modal("marie") != "" })
			w.has(w.slack.Modal("marie"), "Company")
			w.lacks(w.slack.Modal("marie"), "Client's name", "Exact words")
			w.must(marie.Submits(map[string]string{"company": "Acme"}))
			w.quiet()
			w.has(w.card("#support").Body, "Client: Zoe Zimmer", "Company: Acme")

			// A window that was open on another device all the while.
			other := func(trigger string) {
				t.Helper()
				raw := fmt.Sprintf(`{"type":"view_submission","team":{"id":"T00000001"},"user":{"id":%q},"trigger_id":%q,"view":{"id":"V99",
					"callback_id":"details","private_metadata":"{\"a\":\"%s\"}","state":{"values":{"company":{"company":{"value":"Acme & Co"}}}}}}`,
					marie.ID(), trigger, w.address())
				if _, err := w.nodes[0].chat.accept(t.Context(), kindInteractive, []byte(raw)); err != nil {
					t.Fatal(err)
				}
				w.quiet()
			}
			other("1")
			w.has(w.card("#support").Body, "Client: Zoe Zimmer", "Company: Acme & Co")
			w.lacks(w.card("#support").Body, "Company: Acme\n")
			before := w.thread(card)
			other("2")
			if after := w.thread(card); after != before {
				t.Errorf("the same window counts twice:\n%s", after)
			}
			if place == "channel" { // what only Marie sees keeps its button
				w.must(w.press(marie, opened(), "Add details"))
				w.quiet()
				w.has(log(), "Your request has all these details already")
			}
			want := map[string]string{"client_name": "Zoe Zimmer", "client_email": "zoe@example.com", "company": "Acme & Co", "exact_error": "Error 7\nit works now"}
			for name, value := range want {
				if got := w.facts()[name]; got != value {
					t.Errorf("%s is %q, not %q", name, got, value)
				}
			}
			v, err := w.nodes[0].bot.View(t.Context(), Channel, w.address(), 0, 0)
			if err != nil || v.Conversation.Session.Facts["company"] != "Acme & Co" || v.Conversation.Session.Facts["client_name"] != "Zoe Zimmer" {
				t.Errorf("the conversation knows %v (%v)", v.Conversation.Session.Facts, err)
			}
			if n := strings.Count(w.thread(card), "Zoe  Zimmer"); n != 1 {
				t.Errorf("it was said %d times\n%s", n, w.thread(card))
			}
			w.clean()
		})
	}
}

// address is that of the conversation of the only ticket.
func (w *world) address() string {
	w.t.Helper()
	c, _, err := w.nodes[0].store.ConversationByID(w.t.Context(), w.only().ConversationID)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Address
}

// A secret in a field reaches neither the card nor the database, and the person is told.
func TestDetailsHoldNoSecret(t *testing.T) {
	w := newWorld(t)
	w.start()
	card := w.ticket("marie")
	w.window("marie", w.last(w.dm("marie"), ""), "Add details",
		map[string]string{"company": "Acme", "exact_error": "refused, the password is Tr0ub4dor&3x"})
	w.has(w.card("#support").Body, "Company: Acme", "••••••")
	for _, text := range []string{w.card("#support").Body, w.thread(card), w.slack.Channel(w.dm("marie")).String()} {
		w.lacks(text, "Tr0ub4dor")
	}
	w.has(w.slack.Channel(w.dm("marie")).String(), "I removed it before keeping anything")
	w.nowhere("Tr0ub4dor")
}

// Details of somebody else's request are nobody's business.
func TestDetailsOfAnother(t *testing.T) {
	w := newWorld(t)
	w.start()
	opened, _ := places["channel"](w)
	w.must(w.slack.As("luc").Slash("#general", "/loginhelp", ""))
	w.quiet()
	if err := w.slack.As("luc").Presses(opened(), "Add details"); err == nil {
		t.Error("Luc sees what only Marie sees")
	}
	p := press{Type: "block_actions", Trigger: "1.1"}
	p.Team.ID, p.User.ID = "T00000001", w.slack.As("luc").ID()
	p.Container.Channel, p.Container.Thread, p.Container.Ephemeral = opened().Channel, opened().Thread, true
	who, err := w.nodes[0].chat.who(t.Context(), p.Team.ID, p.User.ID)
	w.must(err)
	w.must(w.nodes[0].chat.openDetails(t.Context(), p, who))
	told := w.slack.Channel("#general").Ephemeral("luc")
	if !slices.ContainsFunc(told, func(m slacktest.Message) bool {
		return strings.Contains(m.Body, "la question de quelqu'un d'autre")
	}) {
		t.Errorf("Luc is told %v", told)
	}
}
