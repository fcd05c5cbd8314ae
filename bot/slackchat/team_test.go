package slackchat

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
)

// ticket takes somebody to a person; the card is in #support then.
func (w *world) ticket(who string) slacktest.Message {
	w.t.Helper()
	dm := w.dm(who)
	w.says(who, dm, "hello")
	label, send := "Talk to a person", "Send it now"
	if who == "luc" {
		label, send = "Parler à une personne", "Envoyer tout de suite"
	}
	w.presses(who, dm, "", label)
	w.presses(who, dm, "", send)
	return w.card("#support")
}

// inThread has somebody write below a message.
func (w *world) inThread(who string, m slacktest.Message, text string) slacktest.Message {
	w.t.Helper()
	said, err := w.slack.As(who).SaysInThread(m, text)
	w.must(err)
	w.quiet()
	return said
}

func (w *world) thread(m slacktest.Message) string {
	var lines []string
	for _, m := range w.slack.Channel(m.Channel).Thread(m.TS) {
		lines = append(lines, m.String())
	}
	return strings.Join(lines, "\n")
}

// window has somebody press a button that opens a window, and submit it.
func (w *world) window(who string, m slacktest.Message, button string, values map[string]string) {
	w.t.Helper()
	p := w.slack.As(who)
	w.must(w.press(p, m, button))
	w.until("the window of "+button, func() bool { return w.slack.Modal(who) != "" })
	w.must(p.Submits(values))
	w.quiet()
}

// A ticket is a card with the conversation in its thread; the two talk through it, and nothing
// reaches the person that was not meant for them.
func TestRelay(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	w.has(card.Body, "LK-1001", "Marie Roy · professional · marie@example.org", "Nobody has taken it yet", "Waiting since", "[Take] [Reply] [Note] [Pass to Hexpert] [Resolve]")
	w.has(w.thread(card), "What you write here stays in the team", "Marie Roy: hello")

	w.presses("ann", "#support", "", "Take")
	w.has(w.card("#support").Body, "Taken by Ann", "[Release]")

	w.inThread("bob", card, "looks like the merge again")
	w.inThread("ann", card, ">>Hello Marie, I'm on it")
	w.has(w.slack.Channel(dm).String(), "Ann, Support team", "Hello Marie, I'm on it")
	w.lacks(w.slack.Channel(dm).String(), "looks like the merge", ">>")
	w.has(w.thread(card), "Sent to Marie Roy · delivered")
	w.has(w.card("#support").Body, "Answered; waiting for the person")
	notes, err := w.nodes[0].store.Notes(t.Context(), w.only().ID)
	if err != nil || len(notes) != 1 || notes[0].Text != "looks like the merge again" || notes[0].Agent.Name != "Bob" {
		t.Errorf("notes %v (%v)", notes, err)
	}

	w.says("marie", dm, "still nothing <!channel> & @ann *bold* https://evil.example")
	w.has(w.thread(card), "Marie Roy: still nothing <!channel> &", "Sent to Marie Roy · seen")
	w.has(w.card("#support").Body, "Waiting since")
	for _, m := range w.slack.Channel("#support").Thread(card.TS) {
		if len(m.Pings()) > 0 {
			t.Errorf("%s pings %v", m, m.Pings())
		}
	}

	w.window("ann", w.card("#support"), "Reply", map[string]string{"text": "Try the other address"})
	w.has(w.slack.Channel(dm).String(), "Try the other address")
	w.has(w.thread(card), "Ann → Marie Roy\nTry the other address")
	w.window("bob", w.card("#support"), "Note", map[string]string{"text": "called the company"})
	w.has(w.thread(card), "Note by Bob\ncalled the company")
	w.lacks(w.slack.Channel(dm).String(), "called the company")

	w.window("ann", w.card("#support"), "Resolve", map[string]string{"text": "main address was wrong"})
	w.has(w.card("#support").Body, "Resolved by Ann", "Reason: main address was wrong", "[Reply] [Note]")
	w.has(w.slack.Channel(dm).String(), "considers your request LK-1001 settled")
	w.lacks(w.slack.Channel(dm).String(), "main address was wrong")
	w.says("marie", dm, "thanks!")
	w.has(w.card("#support").Body, "Resolved by Ann")
	w.has(w.thread(card), "Marie Roy: thanks!")
	w.says("marie", dm, "oh no, it fails again")
	w.has(w.card("#support").Body, "Waiting since")
	w.has(w.thread(card), "oh no, it fails again")
	w.clean()
}

// only is the only ticket there is.
func (w *world) only() bot.Ticket {
	w.t.Helper()
	all, err := w.nodes[0].store.Tickets(w.t.Context(), bot.TicketFilter{})
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d tickets (%v)", len(all), err)
	}
	return all[0]
}

// What an agent edits or deletes in Slack changes for the person too; a message that loses the word
// in front does not, and the agent is told. Notes are kept in step, and one that gets the word is
// sent.
func TestEditsAndWithdrawals(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("luc")
	card := w.ticket("luc")
	said := w.inThread("ann", card, ">> Bonjour Luk")
	w.has(w.slack.Channel(dm).String(), "Ann, Équipe de soutien", "Bonjour Luk")
	w.must(w.slack.As("ann").Edits(said, ">> Bonjour Luc"))
	w.quiet()
	w.has(w.slack.Channel(dm).String(), "Bonjour Luc", "modifié")
	w.lacks(w.slack.Channel(dm).String(), "Bonjour Luk")
	w.has(w.thread(card), "Sent to Luc Roy · delivered · edited")

	w.must(w.slack.As("ann").Edits(said, "Bonjour tous"))
	w.quiet()
	w.lacks(w.slack.Channel(dm).String(), "Bonjour tous")
	if whispers := w.slack.Channel("#support").Ephemeral("ann"); len(whispers) != 1 || !strings.Contains(whispers[0].Body, "still read it as it was") {
		t.Errorf("Ann is told %v", whispers)
	}
	w.must(w.slack.As("ann").Deletes(said))
	w.quiet()
	w.has(w.slack.Channel(dm).String(), "Ce message a été retiré.")
	w.lacks(w.slack.Channel(dm).String(), "Bonjour Luc")
	w.has(w.thread(card), "Sent to Luc Roy · withdrawn")

	notes := func(want ...string) {
		t.Helper()
		all, err := w.nodes[0].bot.Notes(t.Context(), w.only().ID)
		var got []string
		for _, n := range all {
			got = append(got, n.Agent.Name+": "+n.Text)
		}
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the notes are %q (%v)", got, err)
		}
	}
	note := w.inThread("bob", card, "entre nous")
	other := w.inThread("bob", card, "une autre")
	notes("Bob: entre nous", "Bob: une autre")
	w.must(w.slack.As("bob").Edits(note, "vraiment entre nous, mot de passe : Soleil2024!"))
	w.quiet()
	notes("Bob: vraiment entre nous, mot de passe : ••••••", "Bob: une autre")
	w.must(w.slack.As("bob").Deletes(note))
	w.quiet()
	notes("Bob: une autre")
	w.lacks(w.slack.Channel(dm).String(), "entre nous", "une autre")
	w.must(w.slack.As("bob").Edits(other, ">> Une autre idée"))
	w.quiet()
	notes()
	w.has(w.last(dm, "").Body, "Bob, Équipe de soutien", "Une autre idée")
	w.lacks(w.last(dm, "").Body, ">>")
	if n := strings.Count(w.thread(card), "Sent to Luc Roy · delivered"); n != 1 {
		t.Errorf("%d lines say that it is delivered\n%s", n, w.thread(card))
	}
	w.must(w.slack.As("bob").Deletes(other))
	w.quiet()
	w.lacks(w.slack.Channel(dm).String(), "Une autre idée")

	w.window("ann", w.card("#support"), "Reply", map[string]string{"text": "Une secnde"})
	reply := w.last("#support", card.TS)
	w.window("ann", reply, "Edit", map[string]string{"text": "Une seconde"})
	w.has(w.slack.Channel(dm).String(), "Une seconde")
	w.must(w.press(w.slack.As("ann"), w.last("#support", card.TS), "Withdraw"))
	w.quiet()
	w.lacks(w.slack.Channel(dm).String(), "Une seconde")
	w.clean()
}

// Two press Take at once: one has the ticket, and the other is told who.
func TestTwoTakes(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.start()
	card := w.ticket("marie")
	var both sync.WaitGroup
	for _, who := range []string{"ann", "bob"} {
		both.Go(func() {
			if err := w.slack.As(who).Presses(card, "Take"); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	w.quiet()
	winner, loser := w.only().Agent.Name, "ann"
	if winner == "Ann" {
		loser = "bob"
	}
	w.until("the word for who was slower", func() bool { return len(w.slack.Channel("#support").Ephemeral(loser)) == 1 })
	w.has(w.slack.Channel("#support").Ephemeral(loser)[0].Body, "Somebody was quicker", winner)
	w.has(w.card("#support").Body, "Taken by "+winner)
	w.clean()
}

// A ticket that is passed on leaves its channel and comes whole to the other, with the reason.
func TestPass(t *testing.T) {
	w := newWorld(t)
	w.start()
	card := w.ticket("marie")
	w.inThread("ann", card, ">> one moment")
	w.window("ann", w.card("#support"), "Pass to Hexpert", map[string]string{"text": "two accounts were merged"})
	w.has(w.card("#support").Body, "Passed to Hexpert")
	w.lacks(w.card("#support").Body, "[Take]")
	there := w.card("#hexpert")
	w.has(there.Body, "LK-1001", "[Take] [Reply] [Note] [Pass to support] [Resolve]")
	w.has(w.thread(there), "Marie Roy: hello", "Ann: one moment", "two accounts were merged")
	w.says("marie", w.dm("marie"), "are you there?")
	w.has(w.thread(there), "Marie Roy: are you there?")
	w.lacks(w.thread(card), "are you there?")
	w.inThread("bob", there, ">> Yes, Bob here")
	w.has(w.slack.Channel(w.dm("marie")).String(), "Yes, Bob here")
	w.clean()
}

// A ticket that was open before the team worked in Slack comes there with its first news.
func TestOlderTicket(t *testing.T) {
	w := newWorld(t)
	w.deskless = true
	n := w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "I want to talk to a person")
	w.presses("marie", dm, "", "Send it now")
	n.stop()
	w.deskless = false
	w.start()
	w.says("marie", dm, "anybody there?")
	card := w.card("#support")
	w.has(card.Body, "LK-1001")
	w.has(w.thread(card), "Marie Roy: I want to talk to a person", "Marie Roy: anybody there?")
	w.inThread("ann", card, ">> yes")
	w.has(w.thread(card), "Sent to Marie Roy · delivered")
	w.says("marie", dm, "good")
	if all := w.slack.Channel("#support").Messages(); len(all) != 1 {
		t.Errorf("%d cards\n%s", len(all), w.all())
	}
	w.clean()
}

// The same thread works for somebody in the chat bubble, with pictures and all fates.
func TestBubbleContact(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	says := func(id, text string, file []byte) {
		t.Helper()
		in := bot.Inbound{Channel: "bubble", Address: "visitor", ExternalID: id, Flow: "client", Lang: "en", Text: text, Picture: file}
		if err := n.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		w.quiet()
	}
	says("1", "I want to talk to a person", nil)
	says("2", "send it now", nil)
	card := w.card("#support")
	w.has(card.Body, "name not given · client", "Wrote from: the chat bubble")
	says("3", "", pngFile(t))
	if n := w.pictures(card); n != 1 {
		t.Errorf("%d pictures are in the thread\n%s", n, w.thread(card))
	}
	w.inThread("ann", card, ">> I see it")
	w.has(w.thread(card), "Sent to The person · on its way")
	v, err := n.bot.View(t.Context(), "bubble", "visitor", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	last := v.Messages[len(v.Messages)-1]
	if last.From != bot.FromAgent || last.Text != "I see it" || last.Agent.Name != "Ann" {
		t.Errorf("the visitor reads %+v", last)
	}
	for _, mark := range []struct {
		delivered, seen int64
		want            string
	}{{last.Seq, 0, "delivered"}, {last.Seq, last.Seq, "seen"}} {
		if err := n.bot.Mark(t.Context(), "bubble", "visitor", mark.delivered, mark.seen); err != nil {
			t.Fatal(err)
		}
		w.quiet()
		w.has(w.thread(card), "Sent to The person · "+mark.want)
	}
	if got := strings.Count(w.thread(card), "Sent to The person"); got != 1 {
		t.Errorf("%d lines say what became of one reply", got)
	}
	w.clean()
}

// Who has left the chat bubble gets the reply by mail, and the thread says so; it says too when that
// fails.
func TestGoneFromTheBubble(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
		sent int
	}{
		"mailed": {nil, "✉️ Sent to Zoe Zimmer · not seen in time; sent by e-mail", 1},
		"failed": {bot.Permanent(errors.New("no such mailbox")), "⚠️ Sent to Zoe Zimmer · could not be delivered", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.letters = &letters{err: c.err}
			n := w.start()
			for i, text := range []string{"I want to talk to a person", "send it now"} {
				err := n.bot.Receive(t.Context(), bot.Inbound{
					Channel: "bubble", Address: "visitor", ExternalID: fmt.Sprint(i), Flow: "client", Lang: "en", Text: text,
					Identity: bot.Identity{UserID: "7", Name: "Zoe Zimmer", Email: "zoe@example.com", Verified: true},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			w.quiet()
			card := w.card("#support")
			w.inThread("ann", card, ">> Try the other address")
			w.has(w.thread(card), "📤 Sent to Zoe Zimmer · on its way")
			w.skip(11 * time.Minute)
			if n, err := n.bot.MailUnseen(t.Context()); n != 1 || err != nil {
				t.Fatalf("%d were looked after (%v)", n, err)
			}
			w.quiet()
			w.has(w.thread(card), c.want)
			w.lacks(w.thread(card), "on its way")
			if n := strings.Count(w.thread(card), "Sent to"); n != 1 {
				t.Errorf("%d lines say what became of it", n)
			}
			if len(w.letters.sent) != c.sent || c.sent > 0 && w.letters.sent[0] != "zoe@example.com: Try the other address" {
				t.Errorf("sent: %v", w.letters.sent)
			}
			w.clean()
		})
	}
}

// What looks like words for the person and is not is a note: a quote, a quote within a quote, and
// what is said to a colleague. What another word begins with does not send either.
func TestNothingIsSentByAccident(t *testing.T) {
	for word, c := range map[string]struct{ notes, sent []string }{
		">>": {[]string{">>> she is a nuisance", "> > nuisance two", "@ann >> is she the nuisance we banned?", "> nuisance", ">> > nuisance"},
			[]string{">> hello Marie", ">>good day", "@app >> and bye"}},
		"to": {[]string{"tomorrow I'll look, she is a nuisance", "t o nuisance", "@ann to the nuisance"}, []string{"to hello Marie", "to good day", "to and bye"}},
	} {
		t.Run(word, func(t *testing.T) {
			w := newWorld(t)
			w.hook = func(o *Options) { o.SendWord = word }
			w.start()
			dm := w.dm("marie")
			card := w.ticket("marie")
			for _, text := range append(c.notes, c.sent...) {
				w.inThread("bob", card, strings.Replace(text, "@app", "@"+w.name(), 1))
			}
			log := w.slack.Channel(dm).String()
			w.lacks(log, "nuisance")
			w.has(log, "\n  hello Marie", "\n  good day", "\n  and bye")
			notes, err := w.nodes[0].bot.Notes(t.Context(), w.only().ID)
			if err != nil || len(notes) != len(c.notes) {
				t.Errorf("the notes are %+v (%v)", notes, err)
			}
			w.clean()
		})
	}
}

// Who cannot be written to in Slack any more does not get the reply, and the thread says so.
func TestGoneFromSlack(t *testing.T) {
	w := newWorld(t)
	w.start()
	card := w.ticket("marie")
	w.must(w.slack.Archive(w.dm("marie")))
	w.inThread("ann", card, ">> Hello Marie")
	w.has(w.thread(card), "⚠️ Sent to Marie Roy · could not be delivered")
	w.lacks(w.slack.Channel(w.dm("marie")).String(), "Hello Marie")
	w.clean()
}

func pngFile(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewRGBA(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A file that an agent attaches to a reply does not reach the person, and the agent is told, in
// their language; with a note nobody expects it to.
func TestAgentsFilesStay(t *testing.T) {
	w := newWorld(t)
	w.must(w.slack.Change("bob", func(u *slacktest.User) { u.Locale = "fr-CA" }))
	w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	pdf := slacktest.File{Name: "guide.pdf", Type: "application/pdf", Bytes: []byte("%PDF-1.7")}
	for _, upload := range []struct{ who, text string }{{"ann", ">> Read page two"}, {"bob", ">>"}, {"ann", "for the taem"}} {
		m, err := w.slack.As(upload.who).Uploads("", &card, upload.text, pdf)
		w.must(err)
		w.quiet()
		if strings.Contains(upload.text, "taem") {
			w.must(w.slack.As(upload.who).Edits(m, "for the team"))
			w.quiet()
		}
	}
	w.has(w.last(dm, "").Body, "Read page two")
	w.lacks(w.slack.Channel(dm).String(), "guide.pdf")
	for who, want := range map[string]string{"ann": "The person gets your words only.", "bob": "La personne reçoit seulement vos mots."} {
		told := w.slack.Channel("#support").Ephemeral(who)
		if len(told) != 1 || !strings.Contains(told[0].Body, want) {
			t.Errorf("%s is told %v", who, told)
		}
	}
	notes, err := w.nodes[0].bot.Notes(t.Context(), w.only().ID)
	if err != nil || len(notes) != 1 || notes[0].Text != "for the team\n📎 guide.pdf" {
		t.Errorf("the notes are %+v (%v)", notes, err)
	}
	w.clean()
}

// A secret that an agent types does not leave, and they are told.
func TestAgentsSecretIsRemoved(t *testing.T) {
	w := newWorld(t)
	w.start()
	card := w.ticket("marie")
	w.inThread("ann", card, ">> your password is Tr0ub4dor&3x")
	w.lacks(w.slack.Channel(w.dm("marie")).String(), "Tr0ub4dor")
	if told := w.slack.Channel("#support").Ephemeral("ann"); len(told) != 1 || !strings.Contains(told[0].Body, "I took it out") {
		t.Errorf("Ann is told %v", told)
	}
	w.clean()
}

// A window that opens too late says so, and the person presses again.
func TestWindowTooLate(t *testing.T) {
	w := newWorld(t)
	w.start()
	card := w.ticket("marie")
	w.slack.Fail("views.open", 1, slacktest.Refused("expired_trigger_id"))
	w.must(w.slack.As("ann").Presses(card, "Reply"))
	w.until("the word about it", func() bool { return len(w.slack.Channel("#support").Ephemeral("ann")) == 1 })
	w.has(w.slack.Channel("#support").Ephemeral("ann")[0].Body, "Please press once more")
	w.quiet()
	w.clean()
}

// The longest ticket there can be still fits on a card.
func TestLongestCard(t *testing.T) {
	book, s := shippedBook(t), newStrict(t)
	for _, lang := range []string{"en", "fr"} {
		for _, k := range longTickets(book) {
			for _, is := range []standing{{passes: true}, {away: true}, {stays: true, passes: true}} {
				s.post(tongueOf(book, lang).card(k, is))
			}
		}
	}
	if v := s.slack.Violations(); len(v) > 0 {
		t.Errorf("violations: %v", v)
	}
}

// Without a channel for the other queue the cards offer no passing to it. A ticket that is passed there
// elsewhere, or by a card of before, goes on where it was: it says where it is, and why, and the team
// there can still act and take it back.
func TestPassWithoutAChannel(t *testing.T) {
	w := newWorld(t)
	old := w.start()
	card := w.ticket("marie")
	offered := w.card("#support")
	w.has(offered.Body, "[Pass to Hexpert]")
	old.stop()
	w.hexpert = ""
	n := w.start()
	dm := w.dm("marie")

	w.must(w.press(w.slack.As("ann"), offered, "Pass to Hexpert"))
	w.until("the word about it", func() bool { return len(w.slack.Channel("#support").Ephemeral("ann")) == 1 })
	w.has(w.slack.Channel("#support").Ephemeral("ann")[0].Body, "has no channel here")
	w.quiet()
	if k := w.only(); k.Queue != bot.QueueSupport || w.slack.Modal("ann") != "" {
		t.Errorf("it is passed on: %+v", k)
	}
	w.says("marie", dm, "hello?")
	w.has(w.card("#support").Body, "[Take] [Reply] [Note] [Resolve]")
	w.lacks(w.card("#support").Body, "Pass to")

	if _, err := n.bot.Pass(t.Context(), bot.Agent{ID: "desk:1", Name: "Dora"}, w.only().ID, bot.QueueHexpert, "two accounts were merged"); err != nil {
		t.Fatal(err)
	}
	w.quiet()
	w.has(w.card("#support").Body, "Passed to Hexpert", "Waiting since", "[Take] [Reply] [Note] [Pass to support] [Resolve]")
	w.has(w.thread(card), "↪ Passed to Hexpert\n", "two accounts were merged", "That team has no channel here. What the person writes still comes into this thread.")
	w.says("marie", dm, "is anybody there?")
	w.has(w.thread(card), "Marie Roy: is anybody there?")
	w.inThread("bob", card, ">> Yes, Bob here")
	w.has(w.slack.Channel(dm).String(), "Yes, Bob here")
	w.has(w.thread(card), "Sent to Marie Roy · delivered")
	w.window("ann", w.card("#support"), "Pass to support", map[string]string{"text": "ours after all"})
	w.has(w.card("#support").Body, "[Take] [Reply] [Note] [Resolve]")
	w.lacks(w.card("#support").Body, "Passed to")
	w.has(w.thread(card), "↪ Passed to Support\n", "ours after all")
	if all := w.slack.Channel("#support").Messages(); len(all) != 1 {
		t.Errorf("%d cards\n%s", len(all), w.all())
	}
	w.clean()
}

// Where both queues have one channel, the thread says that the ticket was passed on, and why.
func TestPassWithinAChannel(t *testing.T) {
	w := newWorld(t)
	w.hexpert = w.support
	w.start()
	card := w.ticket("marie")
	w.window("ann", w.card("#support"), "Pass to Hexpert", map[string]string{"text": "two accounts were merged"})
	w.has(w.card("#support").Body, "[Take] [Reply] [Note] [Pass to support] [Resolve]")
	w.has(w.thread(card), "↪ Passed to Hexpert", "two accounts were merged")
	w.lacks(w.thread(card), "no channel here")
	w.says("marie", w.dm("marie"), "hello?")
	w.has(w.thread(card), "Marie Roy: hello?")
	w.clean()
}
