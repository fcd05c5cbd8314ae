package slackchat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
	"latchkey/flows"
)

// A mention is answered in its thread, and follow-ups there need no mention. What repeats
// something about somebody only the one who asked sees; a question can be answered in a window.
func TestMention(t *testing.T) {
	w := newWorld(t)
	w.start()
	asked, err := w.slack.As("marie").Mentions("#general", "my client can't log in")
	w.must(err)
	w.quiet()
	w.has(w.thread(asked), "Latchkey> ")
	if all := w.slack.Channel("#general").Messages(); len(all) != 1 {
		t.Errorf("the answer is not in the thread:\n%s", w.slack.Channel("#general"))
	}
	w.inThread("marie", asked, "I want to talk to a person")
	question := w.last("#general", asked.TS)
	w.has(question.Body, "Which client is it?", "Others can read this channel", "[Answer privately]")

	// Others talk on; only Marie is heard.
	before := len(w.slack.Channel("#general").Thread(asked.TS))
	w.inThread("luc", asked, "wrong password")
	if got := len(w.slack.Channel("#general").Thread(asked.TS)); got != before+1 {
		t.Errorf("Luc was answered:\n%s", w.thread(asked))
	}
	w.must(w.slack.As("luc").Presses(question, "Send it now"))
	w.until("the word for Luc", func() bool { return len(w.slack.Channel("#general").Ephemeral("luc")) == 1 })
	w.has(w.slack.Channel("#general").Ephemeral("luc")[0].Body, "la question de quelqu'un d'autre")
	w.quiet()

	w.window("marie", question, "Answer privately", map[string]string{"answer": "Zoe Zimmer"})
	w.has(w.last("#general", asked.TS).Body, "Which e-mail is on your client's file?")
	w.lacks(w.thread(asked), "Zoe Zimmer")
	w.presses("marie", "#general", asked.TS, "Send it now")
	w.lacks(w.thread(asked), "marie@example.org")
	whispers := w.slack.Channel("#general").Ephemeral("marie")
	if len(whispers) != 1 {
		t.Fatalf("Marie alone sees %v", whispers)
	}
	w.has(whispers[0].Body, "LK-1001", "marie@example.org")
	w.has(w.card("#support").Body, "Client: Zoe Zimmer")

	// What only she sees has buttons too, which go when one is pressed.
	w.must(w.press(w.slack.As("marie"), whispers[0], "It works now"))
	w.quiet()
	w.until("the button to go", func() bool {
		return strings.Contains(w.slack.Channel("#general").Ephemeral("marie")[0].Body, "✓ It works now")
	})
	w.has(w.card("#support").Body, "The person says that it works now")
	w.clean()
}

// /loginhelp goes to the direct messages, with its words read; elsewhere it leaves a pointer that
// only who typed it sees.
func TestCommand(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.must(w.slack.As("luc").Slash("#general", "/loginhelp", "mon client n'a pas reçu le courriel de réinitialisation"))
	w.quiet()
	dm := w.dm("luc")
	w.has(w.slack.Channel(dm).String(), "mon client n'a pas reçu le courriel", "S'agit-il de votre propre connexion")
	if told := w.slack.Channel("#general").Ephemeral("luc"); len(told) != 1 || !strings.Contains(told[0].Body, "message direct") {
		t.Errorf("Luc is told %v", told)
	}
	if all := w.slack.Channel("#general").Messages(); len(all) > 0 {
		t.Errorf("others see %v", all)
	}
	w.must(w.slack.As("marie").Slash("#general", "/loginhelp", ""))
	w.quiet()
	w.has(w.last(w.dm("marie"), "").Body, "Is it your own login, or a client's?", "[A client's]")
	w.clean()
}

// A greeting is said once, whoever is there when it is answered: a restart, and an answer of Slack's
// that is lost, repeat neither it nor its buttons.
func TestGreetingOutlivesTheProcess(t *testing.T) {
	for name, words := range map[string]string{"words": "hello", "the button": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			dm := w.dm("marie")
			restart := func() {
				t.Helper()
				for _, n := range w.nodes {
					n.stop()
				}
				w.start()
			}
			once := func() {
				t.Helper()
				if n := w.count(dm, "I'm the automatic assistant"); n != 1 {
					t.Errorf("it greets %d times\n%s", n, w.slack.Channel(dm))
				}
			}
			w.start()
			w.slack.Fail("chat.postMessage", 1, slacktest.AnswerLost())
			w.must(w.slack.As("marie").Slash(dm, "/loginhelp", ""))
			w.quiet()
			once()
			restart()
			if words == "" {
				w.presses("marie", dm, "", "A client's")
			} else {
				w.says("marie", dm, words)
				once()
				restart()
				w.presses("marie", dm, "", "A client's")
			}
			w.has(w.last(dm, "").Body, "What does your client see?")
			once()
			restart()
			w.presses("marie", dm, "", "I don't know")
			once()
			all := w.slack.Channel(dm).Messages()
			for _, m := range all[:len(all)-1] {
				w.lacks(m.Body, "[A client's]", "[Talk to a person]")
			}
			w.clean()
		})
	}
}

// The words after /loginhelp are shown once, though they are handled again.
func TestCommandHandledAgain(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	w.slack.Fail("chat.postMessage", 1, slacktest.AnswerLost())
	w.must(w.slack.As("marie").Slash("#general", "/loginhelp", "my client forgot her password"))
	w.quiet()
	if n := w.count(dm, "my client forgot her password"); n != 1 {
		t.Errorf("the words are shown %d times\n%s", n, w.slack.Channel(dm))
	}
	w.has(w.slack.Channel(dm).String(), "Is it your own login")
	w.clean()
}

// The message shortcut opens a conversation that has read the message.
func TestShortcut(t *testing.T) {
	w := newWorld(t)
	w.start()
	m, err := w.slack.As("luc").Says("#general", "help, <!here> my client forgot her password")
	w.must(err)
	w.must(w.slack.As("marie").Shortcut(shortcut, m))
	w.quiet()
	log := w.slack.Channel(w.dm("marie")).String()
	w.has(log, "my client forgot her password", "Is it your own login, or a client's?")
	for _, m := range w.slack.Channel(w.dm("marie")).Messages() {
		if len(m.Pings()) > 0 {
			t.Errorf("%s pings %v", m, m.Pings())
		}
	}
	w.clean()
}

// The assistant's pane greets, offers prompts, shows that it works, and takes its title from the
// first question.
func TestPane(t *testing.T) {
	w := olderWorld(t)
	w.start()
	pane, err := w.slack.As("marie").OpensPane("#general")
	w.must(err)
	w.until("prompts", func() bool { return len(w.slack.Pane(pane).Prompts) == 3 })
	w.until("the greeting", func() bool { return len(w.slack.Channel(pane.Channel).Thread(pane.TS)) > 1 })
	_, err = w.slack.As("marie").Asks(pane, "A client can't log in")
	w.must(err)
	w.quiet()
	if p := w.slack.Pane(pane); p.Title != "A client can't log in" || p.Status != "" {
		t.Errorf("the pane is %+v", p)
	}
	shown := false
	for _, c := range w.slack.Calls("assistant.threads.setStatus") {
		shown = shown || c.Args["status"] == "is looking…"
	}
	if !shown {
		t.Error("nothing showed that the bot works")
	}
	log := w.slack.Channel(pane.Channel).Thread(pane.TS)
	for _, m := range log[:len(log)-1] {
		w.lacks(m.Body, "[Talk to a person]")
	}
	w.has(log[len(log)-1].Body, "[Talk to a person]")
	w.clean()
}

// Who opens the direct messages for the first time is greeted, once, and finds prompts above them each
// time, in their language.
func TestMessagesTab(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("luc")
	tab := slacktest.Message{Channel: dm}
	greetings := func() int { return w.count(dm, "Je suis l'assistant automatique") }
	for range 3 {
		w.must(w.slack.As("luc").OpensMessages())
		w.quiet()
	}
	if p := w.slack.Pane(tab); len(p.Prompts) != 3 || p.PromptsTitle != "Comment puis-je vous aider?" {
		t.Errorf("above the messages stands %+v", p)
	}
	if greetings() != 1 {
		t.Errorf("Luc is greeted %d times\n%s", greetings(), w.slack.Channel(dm))
	}
	n.stop()
	w.start() // another process finds the greeting
	w.must(w.slack.As("luc").OpensMessages())
	w.quiet()
	_, err := w.slack.As("luc").Asks(tab, "Un client n'arrive pas à se connecter")
	w.must(err)
	w.quiet()
	w.has(w.last(dm, "").Body, "Que voit votre client à l'écran?", "[Parler à une personne]")
	said := w.slack.Channel(dm).String()
	w.must(w.slack.As("luc").OpensMessages())
	w.quiet()
	if now := w.slack.Channel(dm).String(); now != said || greetings() != 1 {
		t.Errorf("who looks again is told more:\n%s", now)
	}
	if all := w.slack.Calls("assistant.threads.setStatus"); len(all) > 0 {
		t.Errorf("a status was set where none is shown: %v", all)
	}

	// A client is offered less; who writes without looking first is greeted with the first answer.
	w.must(w.slack.As("gus").OpensMessages())
	w.quiet()
	if p := w.slack.Pane(slacktest.Message{Channel: w.dm("gus")}); len(p.Prompts) != 1 {
		t.Errorf("Gus is offered %+v", p.Prompts)
	}
	w.says("marie", w.dm("marie"), "hello")
	w.must(w.slack.As("marie").OpensMessages())
	w.quiet()
	if n := w.count(w.dm("marie"), "I'm the automatic assistant"); n != 1 {
		t.Errorf("Marie is greeted %d times", n)
	}
	w.clean()
}

// Nothing shows that the bot works when it is silent: while the team has the conversation, when they
// had it last and are thanked, and when nothing was said. What the bot answers is shown again then.
func TestPaneOfTheTeam(t *testing.T) {
	w := olderWorld(t)
	w.start()
	pane, err := w.slack.As("marie").OpensPane("#general")
	w.must(err)
	w.quiet()
	looking := func() (n int) {
		for _, c := range w.slack.Calls("assistant.threads.setStatus") {
			if c.Args["status"] == "is looking…" {
				n++
			}
		}
		return n
	}
	w.inThread("marie", pane, "@ann")
	if n := looking(); n != 0 {
		t.Errorf("after nothing it shows %d times that the bot works", n)
	}
	w.inThread("marie", pane, "I want to talk to a person")
	w.must(w.press(w.slack.As("marie"), w.last(pane.Channel, pane.TS), "Send it now"))
	w.quiet()
	if n := looking(); n != 2 {
		t.Errorf("with the bot it shows %d times that it works", n)
	}
	for _, text := range []string{"are you there?", "still waiting"} {
		w.inThread("marie", pane, text)
	}
	w.has(w.thread(w.card("#support")), "Marie Roy: are you there?", "Marie Roy: still waiting")
	w.window("ann", w.card("#support"), "Resolve", nil)
	w.inThread("marie", pane, "thanks")
	if p := w.slack.Pane(pane); looking() != 2 || p.Status != "" {
		t.Errorf("with the team it shows %d times that the bot works: %+v", looking(), p)
	}
	w.inThread("marie", pane, "start over")
	w.inThread("marie", pane, "a client's")
	if p := w.slack.Pane(pane); looking() != 3 || p.Status != "" {
		t.Errorf("with the bot again it shows %d times that it works: %+v", looking(), p)
	}
	w.clean()
}

// In a thread of the direct messages, Slack shows that the bot works.
func TestThreadOfMessagesTab(t *testing.T) {
	w := newWorld(t)
	w.start()
	root, err := w.slack.As("marie").Says(w.dm("marie"), "hello")
	w.must(err)
	w.quiet()
	w.inThread("marie", root, "my client can't log in")
	w.has(w.thread(root), "Latchkey> ")
	shown := false
	for _, c := range w.slack.Calls("assistant.threads.setStatus") {
		shown = shown || c.Args["thread_ts"] == root.TS && c.Args["status"] == "is looking…"
	}
	if p := w.slack.Pane(root); !shown || p.Status != "" || p.Title != "my client can't log in" {
		t.Errorf("the thread is %+v, a status was shown: %v", p, shown)
	}
	w.clean()
}

// Guests are helped as clients, in the client's tree.
func TestGuestsAreClients(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("gus")
	w.says("gus", dm, "hello")
	v, err := n.bot.View(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 0, 0)
	if err != nil || v.Conversation.Session.At.Flow != "client" || v.Contact.Identity.Verified {
		t.Errorf("Gus is in %v, %+v (%v)", v.Conversation.Session.At, v.Contact.Identity, err)
	}
	w.clean()
}

// Strangers in a shared channel are clients too, and no agents.
func TestStrangers(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	w.slack.Team("T00000099", "Elsewhere")
	w.slack.AddUser(slacktest.User{Name: "zed", Team: "T00000099", Stranger: true})
	shared := w.room("shared", "marie", "zed", "@"+w.name())
	asked, err := w.slack.As("zed").Mentions(shared, "I can't log in")
	w.must(err)
	w.quiet()
	w.has(w.thread(asked), "Latchkey> ")
	v, err := n.bot.View(t.Context(), Channel, place{"T00000001", shared, asked.TS, w.slack.As("zed").ID()}.String(), 0, 0)
	if err != nil || v.Conversation.Session.At.Flow != "client" {
		t.Errorf("Zed is in %v (%v)", v.Conversation.Session.At, err)
	}

	// Their windows come from their own workspace.
	w.inThread("zed", asked, "I want to talk to a person")
	w.window("zed", w.last(shared, asked.TS), "Answer privately", map[string]string{"answer": "zed@other.example"})
	w.presses("zed", shared, asked.TS, "Send it now")
	w.has(w.card("#support").Body, "zed@other.example")
	w.lacks(w.public(asked.Channel), "zed@other.example")
	if tickets, err := n.bot.TicketsOf(t.Context(), "slack:T00000001:"+w.slack.As("zed").ID()); err != nil || len(tickets) != 1 {
		t.Errorf("Zed's tickets are %v (%v)", tickets, err)
	}
	w.clean()
}

// The Home shows requests with their status, and what was answered.
func TestHome(t *testing.T) {
	w := newWorld(t)
	w.start()
	home := func(wants ...string) {
		t.Helper()
		w.must(w.slack.As("marie").OpensHome())
		w.until("the Home with "+strings.Join(wants, ", "), func() bool {
			for _, want := range wants {
				if !strings.Contains(w.slack.Home("marie"), want) {
					return false
				}
			}
			return true
		})
		w.quiet()
	}
	home("You have no open request.", "[Get help]")
	w.must(w.slack.As("marie").Presses(slacktest.InHome, "Get help"))
	w.quiet()
	w.has(w.last(w.dm("marie"), "").Body, "[A client's]")
	card := w.ticket("marie")
	w.inThread("ann", card, ">> Here is how")
	home("LK-1001 · A professional would like to talk to a person · open · Taken by Ann", "Ann, Support team\nHere is how")
	w.clean()
}

// A Home that was opened shows what changes; one that was not is left alone. Many changes at once
// are shown together, and within Slack's limits.
func TestHomeIsKeptUp(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	n.chat.homes.settle, n.chat.homes.rest = 100*time.Millisecond, 100*time.Millisecond
	shows := func(want string) {
		t.Helper()
		w.until("the Home with "+want, func() bool { return strings.Contains(w.slack.Home("marie"), want) })
	}
	w.must(w.slack.As("marie").OpensHome())
	shows("You have no open request.")
	card := w.ticket("marie")
	_ = w.ticket("luc")
	shows("LK-1001 · A professional would like to talk to a person · open")
	w.presses("ann", "#support", "", "Take") // Luc's, which is the last
	w.must(w.slack.As("ann").Presses(w.slack.Channel("#support").Messages()[0], "Take"))
	shows("Taken by Ann")
	w.quiet()

	before, begun := w.called("views.publish"), time.Now()
	for i := range 10 {
		w.inThread("ann", card, fmt.Sprint(">> answer ", i))
	}
	shows("answer 9")
	// However slow this machine is, no more often than it has to settle.
	if n, most := w.called("views.publish")-before, int(time.Since(begun)/n.chat.homes.settle)+2; n < 1 || n > most {
		t.Errorf("ten answers are shown in %d calls, not %d", n, most)
	}
	w.slack.Fail("views.publish", 1, slacktest.Limited(30*time.Second))
	w.window("ann", card, "Resolve", nil)
	w.until("the limit", func() bool { return n.chat.pace.wait("views.publish") > 0 })
	w.lacks(w.slack.Home("marie"), "closed")
	w.skip(31 * time.Second)
	shows("LK-1001 · A professional would like to talk to a person · closed")
	if home := w.slack.Home("luc"); home != "" {
		t.Errorf("Luc has not opened his Home, and it is\n%s", home)
	}

	// Long after it was opened nobody looks any more.
	w.skip(2 * homeOpen)
	w.inThread("ann", card, ">> one more")
	w.until("the end of it", func() bool {
		n.chat.homes.mu.Lock()
		defer n.chat.homes.mu.Unlock()
		return len(n.chat.homes.by) == 0
	})
	w.clean()
}

// A picture that somebody sends comes to the team; what is no picture is refused in words.
func TestPictures(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	_, err := w.slack.As("marie").Uploads(dm, nil, "", slacktest.File{Name: "screen.png", Type: "image/png", Bytes: pngFile(t)})
	w.must(err)
	w.quiet()
	if n := w.pictures(card); n != 1 {
		t.Errorf("%d pictures\n%s", n, w.thread(card))
	}
	_, err = w.slack.As("marie").Uploads(dm, nil, "", slacktest.File{Name: "notes.pdf", Type: "application/pdf", Bytes: []byte("%PDF-1.7")})
	w.must(err)
	w.quiet()
	w.has(w.last(dm, "").Body, "PNG, JPEG or WebP")
	w.clean()
}

// A picture that Slack does not hand out at once is asked for again; only what cannot be had is
// given up, in words.
func TestPictureOutOfReach(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	sends := func() {
		t.Helper()
		_, err := w.slack.As("marie").Uploads(dm, nil, "", slacktest.File{Name: "screen.png", Type: "image/png", Bytes: pngFile(t)})
		w.must(err)
		w.quiet()
	}
	w.slack.Fail("files-pri", 2, slacktest.Down(503))
	sends()
	if n := w.pictures(card); n != 1 {
		t.Errorf("%d pictures came\n%s", n, w.slack.Channel(dm))
	}
	w.lacks(w.slack.Channel(dm).String(), "I couldn't fetch your file")
	for _, fault := range []slacktest.Fault{slacktest.Down(503), slacktest.Down(404)} {
		w.slack.Fail("files-pri", 3, fault)
		sends()
		w.has(w.last(dm, "").Body, "I couldn't fetch your file")
		w.slack.Heal()
	}
	if n := w.pictures(card); n != 1 {
		t.Errorf("%d pictures came\n%s", n, w.slack.Channel(dm))
	}
	w.clean()
}

// The language is the profile's, and can be changed.
func TestLanguage(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("luc")
	w.says("luc", dm, "bonjour")
	w.has(w.last(dm, "").Body, "S'agit-il de votre propre connexion")
	w.presses("luc", dm, "", "English")
	w.has(w.last(dm, "").Body, "Is it your own login")
	w.clean()
}

// Pressing a button twice is one answer; a button of an earlier question changes nothing.
func TestPressedTwice(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "hello")
	question := w.last(dm, "")
	w.slack.Pause()
	for range 2 {
		w.must(w.slack.As("marie").Presses(question, "A client's"))
	}
	w.slack.Resume()
	w.quiet()
	log, err := n.bot.Messages(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	pressed := 0
	for _, m := range log {
		if m.From == bot.FromContact && m.Text == "A client's" {
			pressed++
		}
	}
	if pressed != 1 {
		t.Errorf("the press counts %d times", pressed)
	}
	w.clean()
}

// An answer below one of the bot's direct messages belongs to the same conversation.
func TestAnswerBelowAMessage(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "hello")
	question := w.last(dm, "")
	w.inThread("marie", question, "a client's")
	w.has(w.last(dm, "").Body, "What does your client see?")
	v, err := n.bot.View(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 0, 0)
	if err != nil || v.Conversation.Session.Facts["whose"] != "client" {
		t.Errorf("the conversation is at %v with %v (%v)", v.Conversation.Session.At, v.Conversation.Session.Facts, err)
	}
	w.clean()
}

// What the team answers in a channel is read by all there, unless it repeats something about the
// person: then it comes as a direct message, which waits for them.
func TestAgentsPrivateWordsGoToTheDirectMessages(t *testing.T) {
	w := newWorld(t)
	w.start()
	asked, err := w.slack.As("marie").Mentions("#general", "I want to talk to a person")
	w.must(err)
	w.quiet()
	w.presses("marie", "#general", asked.TS, "Send it now")
	card := w.card("#support")
	w.inThread("ann", card, ">> One moment, please")
	w.has(w.thread(asked), "One moment, please")
	w.inThread("ann", card, ">> I wrote to marie@example.org")
	w.lacks(w.thread(asked), "I wrote to")
	dm := w.dm("marie")
	w.has(w.slack.Channel(dm).String(), "I wrote to marie@example.org")
	w.lacks(w.thread(card), "could not be delivered")

	// Below it she answers to the same ticket, and after it too.
	w.inThread("marie", w.last(dm, ""), "got it, and it still fails")
	w.has(w.thread(card), "Marie Roy: got it, and it still fails")
	w.says("marie", dm, "with the same message as before")
	w.says("marie", dm, "on the phone as well")
	w.has(w.thread(card), "Marie Roy: with the same message as before", "Marie Roy: on the phone as well")
	if all := w.slack.Channel(dm).Messages(); len(all) != 3 {
		t.Errorf("the direct messages are\n%s", w.slack.Channel(dm))
	}
	w.clean()
}

// What follows an agent's direct message is the answer to it until there is something else to
// answer: a conversation of its own, words of the bot, or an old matter that is closed.
func TestAnswersInTheDirectMessages(t *testing.T) {
	for name, c := range map[string]struct {
		before func(w *world, dm string, asked, said slacktest.Message)
		team   bool
	}{
		"the ticket is open":       {func(*world, string, slacktest.Message, slacktest.Message) {}, true},
		"it was open for weeks":    {func(w *world, _ string, _, _ slacktest.Message) { w.skip(20 * 24 * time.Hour) }, true},
		"it was closed just now":   {func(w *world, _ string, _, _ slacktest.Message) { w.window("ann", w.card("#support"), "Resolve", nil) }, true},
		"the person has closed it": {func(w *world, _ string, asked, _ slacktest.Message) { w.inThread("marie", asked, "it works now") }, false},
		"the words changed": {func(w *world, _ string, _, said slacktest.Message) {
			w.must(w.slack.As("ann").Edits(said, ">> I wrote to marie.roy@example.org"))
			w.quiet()
		}, true},
		"it was closed long ago": {func(w *world, _ string, _, _ slacktest.Message) {
			w.window("ann", w.card("#support"), "Resolve", nil)
			w.skip(4 * 24 * time.Hour)
		}, false},
		"there is a greeting after it": {func(w *world, dm string, _, _ slacktest.Message) {
			w.must(w.slack.As("marie").Slash(dm, "/loginhelp", ""))
			w.quiet()
		}, false},
		"there is a question after it": {func(w *world, dm string, _, _ slacktest.Message) {
			w.must(w.slack.As("marie").Slash(dm, "/loginhelp", "a client's"))
			w.quiet()
		}, false},
		"the channel begins again": {func(w *world, _ string, asked, _ slacktest.Message) { w.inThread("marie", asked, "start over") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start()
			asked, card := w.inChannel()
			dm := w.dm("marie")
			said := w.inThread("ann", card, ">> I wrote to marie@example.org")
			c.before(w, dm, asked, said)
			w.says("marie", dm, "the same grey page")
			if got := strings.Contains(w.thread(card), "Marie Roy: the same grey page"); got != c.team {
				t.Errorf("it reaches the team: %v\n%s\n%s", got, w.thread(card), w.slack.Channel(dm))
			}
			if got := strings.HasSuffix(w.slack.Channel(dm).String(), "the same grey page"); got != c.team {
				t.Errorf("nobody answers in the direct messages: %v\n%s", got, w.slack.Channel(dm))
			}
			w.lacks(w.public(asked.Channel), "grey page")
			w.clean()
		})
	}
}

// A menu offers what is more than ten.
func TestMenuOfManyChoices(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "hello")
	at := place{team: "T00000001", channel: dm}
	v, err := n.bot.View(t.Context(), Channel, at.String(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	asked := v.Messages[len(v.Messages)-1]
	for i := range 12 {
		asked.Choices = append(asked.Choices, flows.Choice{Move: fmt.Sprintf("choose:more%d", i), Label: fmt.Sprintf("More %d", i)})
	}
	for _, m := range n.chat.tongue("en").say(turn{messages: []bot.Message{asked}}) {
		if _, _, err := n.chat.api.PostMessageContext(t.Context(), dm, spoken(at, m)...); err != nil {
			t.Fatal(err)
		}
	}
	w.must(w.slack.As("marie").Picks(w.last(dm, ""), actionPick, "A client's"))
	w.quiet()
	w.has(w.last(dm, "").Body, "What does your client see?")
	w.clean()
}
