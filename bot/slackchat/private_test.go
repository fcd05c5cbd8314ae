package slackchat

import (
	"encoding/json"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
	"latchkey/flows"
)

// public is all that this program has ever posted or changed in a channel for everybody to read,
// whether or not it stands there still.
func (w *world) public(channel string) string {
	w.t.Helper()
	var b strings.Builder
	for _, method := range []string{"chat.postMessage", "chat.update"} {
		for _, c := range w.slack.Calls(method) {
			if c.Args["channel"] != channel {
				continue
			}
			raw, err := json.Marshal(c.Args)
			w.must(err)
			b.Write(append(raw, '\n'))
		}
	}
	return b.String()
}

// asks has somebody ask for a person in #general.
func (w *world) asks(who string) slacktest.Message {
	w.t.Helper()
	asked, err := w.slack.As(who).Mentions("#general", "I want to talk to a person")
	w.must(err)
	w.quiet()
	return asked
}

// inChannel takes Marie to a person in a thread of #general; it gives what she asked, and the card.
func (w *world) inChannel() (asked, card slacktest.Message) {
	w.t.Helper()
	asked = w.asks("marie")
	w.presses("marie", "#general", asked.TS, "Send it now")
	return asked, w.card("#support")
}

// What only the person saw is in no public message later: not when they write on, not when the team
// does, not in another language. Everything ever posted or changed there is looked at.
func TestWhispersStayWhispered(t *testing.T) {
	for name, c := range map[string]struct {
		who   string
		turns func(w *world, asked, card slacktest.Message)
	}{
		"the bot alone": {"marie", func(w *world, asked, _ slacktest.Message) {
			for _, text := range []string{"how long will it take?", "français", "combien de temps?", "english", "anybody?"} {
				w.inThread("marie", asked, text)
			}
		}},
		"the team": {"marie", func(w *world, asked, card slacktest.Message) {
			for _, text := range []string{"One moment", "Still looking", "Nearly there"} {
				w.inThread("ann", card, ">> "+text)
				w.inThread("marie", asked, "ok, waiting")
			}
		}},
		"another language": {"marie", func(w *world, asked, card slacktest.Message) {
			w.inThread("marie", asked, "français")
			w.inThread("marie", asked, "combien de temps?")
			w.inThread("ann", card, ">> Un instant")
			w.inThread("marie", asked, "english")
			w.inThread("marie", asked, "ok")
		}},
		"a guest": {"gus", func(w *world, asked, card slacktest.Message) {
			w.inThread("gus", asked, "anybody?")
			w.inThread("ann", card, ">> Hello")
			w.inThread("gus", asked, "hello")
			w.inThread("ann", card, ">> Nearly there")
		}},
		"asked again": {"marie", func(w *world, asked, _ slacktest.Message) {
			for range 3 {
				_, err := w.slack.As("marie").SaysInThread(asked, "@"+w.name())
				w.must(err)
				w.quiet()
			}
			if n := len(w.slack.Channel("#general").Ephemeral("marie")); n != 4 {
				w.t.Errorf("Marie alone sees %d messages", n)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start()
			asked := w.asks(c.who)
			secrets := []string{"example.org", "example.net", "Zoe Zimmer", "555-0199"}
			answer := "Zoe Zimmer 514-555-0199"
			if c.who == "gus" {
				answer = "private.gus@home.example.net"
			}
			w.window(c.who, w.last("#general", asked.TS), "Answer privately", map[string]string{"answer": answer})
			w.presses(c.who, "#general", asked.TS, "Send it now")
			whispers := w.slack.Channel("#general").Ephemeral(c.who)
			if len(whispers) != 1 || !strings.Contains(whispers[0].Body, "@") {
				t.Fatalf("%s alone sees %v", c.who, whispers)
			}
			c.turns(w, asked, w.card("#support"))
			w.lacks(w.public(asked.Channel), secrets...)
			w.has(w.public(asked.Channel), "✓ Send it now")
			w.clean()
		})
	}
}

// Whatever address or number an agent names is somebody's, and comes as a direct message, recorded or
// not. The rest is read by all who read the question.
func TestAgentsKnowMore(t *testing.T) {
	w := newWorld(t)
	w.start()
	asked, card := w.inChannel()
	dm := w.dm("marie")
	for _, text := range []string{
		"The address on his file is zoe.zimmer@clinic.example", "Call him at 514-555-0199", "He is at +33 6 12 34 56 78",
	} {
		w.inThread("ann", card, ">> "+text)
		w.has(w.last(dm, "").Body, "Ann, Support team", text[:20])
	}
	w.inThread("ann", card, ">> Your ticket LK-1001 waits for version 12.4.1, see https://help.example/1234567890")
	w.has(w.last("#general", asked.TS).Body, "LK-1001 waits for version 12.4.1")
	w.lacks(w.public(asked.Channel), "clinic.example", "555-0199", "12 34 56")
	w.lacks(w.thread(card), "could not be delivered")
	w.clean()
}

// Words for all that become private by an edit are taken from where others read them, in the
// person's language, and go on in the direct messages; there they are changed and taken back.
func TestAnEditBecomesPrivate(t *testing.T) {
	w := newWorld(t)
	w.start()
	asked, card := w.inChannel()
	dm := w.dm("marie")
	said := w.inThread("ann", card, ">> One moment, please")
	w.inThread("ann", card, ">> The other one")
	edits := func(text string) {
		t.Helper()
		w.must(w.slack.As("ann").Edits(said, text))
		w.quiet()
	}
	edits(">> One moment, I wrote to marie@example.org")
	w.lacks(w.thread(asked), "One moment")
	w.has(w.thread(asked), "Ann, Support team\nThis answer is in your direct messages now", "The other one")
	w.has(w.last(dm, "").Body, "Ann, Support team · edited", "I wrote to marie@example.org")
	edits(">> I wrote to marie.roy@example.org")
	edits(">> All is well")
	w.has(w.last(dm, "").Body, "All is well")
	w.must(w.slack.As("ann").Deletes(said))
	w.quiet()
	if all := w.slack.Channel(dm).Messages(); len(all) != 1 {
		t.Errorf("the direct messages are\n%s", w.slack.Channel(dm))
	}
	w.has(w.last(dm, "").Body, "This message was withdrawn.")
	w.inThread("marie", asked, "français")
	w.lacks(w.public(asked.Channel), "@example.org", "All is well")
	w.lacks(w.thread(card), "could not be delivered")
	w.clean()
}

// What an agent has changed before the next words leave is not told in the old place either, when
// the buttons below it go.
func TestAnEditOvertakes(t *testing.T) {
	w := newWorld(t)
	w.manual = true
	w.start()
	asked, card := w.inChannel()
	said := w.inThread("ann", card, ">> One moment, please")
	_, err := w.slack.As("marie").SaysInThread(asked, "français")
	w.must(err)
	w.heard()
	w.must(w.slack.As("ann").Edits(said, ">> I wrote to marie@example.org"))
	w.heard()
	w.quiet()
	w.lacks(w.public(asked.Channel), "marie@example.org")
	w.has(w.thread(asked), "Cette réponse est maintenant dans vos messages directs")
	w.has(w.last(w.dm("marie"), "").Body, "I wrote to marie@example.org")
	w.clean()
}

// What is known of a person is private in whatever case it is written, and also when the facts of
// the conversation were forgotten; what the trees say of themselves is not.
func TestTells(t *testing.T) {
	of := bot.Contact{Name: "Marie Roy", Email: "marie@example.org", Identity: bot.Identity{Name: "Marie R.", Email: "m.roy@example.org"}}
	facts := map[string]string{
		"client_name": "Zoe Zimmer", "professional_to_remove": "Ann Lee", "company": "Acme", "device": "iPhone 514-555-0199",
		"address_to_keep": "zoe@example.com", "login_tried": "zoe99", "whose": "client", "holder_name": "",
	}
	c := bot.Conversation{Session: flows.Session{State: flows.State{Facts: facts}}}
	for text, want := range map[string]bool{
		"Hello Marie Roy": true, "I'll write to MARIE@example.org": true, "Is it m.roy@example.org?": true, "Marie R. it is": true,
		"For zoe zimmer": true, "Ann Lee leaves": true, "ACME has two": true, "On iPhone 514-555-0199": true, "zoe@example.com stays": true, "zoe99?": true,
		"Is it your own login, or a client's?": false, "Write to help@latchkey.example": false, "": false,
	} {
		if got := tells([]bot.Message{{From: bot.FromBot, Text: text}}, c, of); got != want {
			t.Errorf("%q: %v", text, got)
		}
		if got := tells([]bot.Message{{From: bot.FromAgent, Text: text}}, c, of); got != (want || text == "Write to help@latchkey.example") {
			t.Errorf("%q of an agent: %v", text, got)
		}
		if tells([]bot.Message{{From: bot.FromContact, Text: text}}, c, of) {
			t.Errorf("%q is the person's own", text)
		}
	}
}
