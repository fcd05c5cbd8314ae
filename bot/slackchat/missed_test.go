package slackchat

import (
	"strings"
	"testing"
	"time"

	"latchkey/bot/slackchat/slacktest"
)

// givenUp lets time pass until Slack gives up what nobody has acknowledged.
func (w *world) givenUp(n int) {
	w.t.Helper()
	for i := 0; i < 30 && len(w.slack.Lost()) < n; i++ {
		w.ahead.Add(int64(time.Minute))
		w.slack.Step()
	}
	if got := len(w.slack.Lost()); got != n {
		w.t.Fatalf("Slack has given up %d events, not %d", got, n)
	}
}

// spread is a conversation of each kind, with a ticket.
type spread struct {
	dm            string
	card, asked   slacktest.Message
	pane, earlier slacktest.Message
}

func (w *world) spread() spread {
	w.t.Helper()
	var s spread
	var err error
	s.dm, s.card = w.dm("marie"), w.ticket("marie")
	s.asked, err = w.slack.As("luc").Mentions("#general", "mon client n'arrive pas à se connecter")
	w.must(err)
	w.quiet()
	s.pane, err = w.slack.As("gus").OpensPane("")
	w.must(err)
	w.until("the greeting", func() bool { return len(w.slack.Channel(s.pane.Channel).Thread(s.pane.TS)) > 1 })
	s.inPane(w, "hello")
	s.earlier = w.inThread("ann", s.card, ">> Helo Marie")
	return s
}

func (s spread) inPane(w *world, text string) {
	w.t.Helper()
	w.inThread("gus", s.pane, text)
}

// unheard has everybody do something while nobody hears it. It gives how many events that is.
func (s spread) unheard(w *world) int {
	w.t.Helper()
	for _, err := range []error{
		second(w.slack.As("marie").Says(s.dm, "unheard in the direct messages")),
		second(w.slack.As("ann").SaysInThread(s.card, ">> unheard reply")),
		second(w.slack.As("bob").SaysInThread(s.card, "@"+w.name()+" unheard note")),
		second(w.slack.As("luc").SaysInThread(s.asked, "mot de passe oublié")),
		second(w.slack.As("gus").SaysInThread(s.pane, "unheard in the pane")),
		second(w.slack.As("marie").Uploads(s.dm, nil, "", slacktest.File{Name: "unheard.png", Type: "image/png", Bytes: pngFile(w.t)})),
		w.slack.As("ann").Edits(s.earlier, ">> Hello Marie"),
	} {
		w.must(err)
	}
	if _, err := w.slack.As("marie").Mentions("#general", "unheard mention"); err != nil {
		w.t.Fatal(err)
	}
	return 10 // a mention is two, and so is the note with one
}

// onlyUnheard checks that Slack had nothing to complain about but that nobody heard it.
func (w *world) onlyUnheard() {
	w.t.Helper()
	for _, v := range w.slack.Violations() {
		if v.What != "ack" {
			w.t.Errorf("violation: %v", v)
		}
	}
}

func second(_ slacktest.Message, err error) error { return err }

// taken checks that all of that was taken in, once.
func (s spread) taken(w *world) {
	w.t.Helper()
	w.until("what was missed", func() bool {
		return strings.Contains(w.thread(s.card), "unheard in the direct messages") && w.count(s.dm, "unheard reply") > 0
	})
	w.quiet()
	w.until("the mention", func() bool {
		all := w.slack.Channel("#general").Messages()
		return len(w.slack.Channel("#general").Thread(all[len(all)-1].TS)) > 1
	})
	w.quiet()
	thread := w.thread(s.card)
	for text, want := range map[string]int{"Marie Roy: unheard in the direct messages": 1, "unheard note": 1, "Sent to Marie Roy": 2} {
		if n := strings.Count(thread, text); n != want {
			w.t.Errorf("%q is in the thread %d times\n%s", text, n, thread)
		}
	}
	if n := w.pictures(s.card); n != 1 {
		w.t.Errorf("%d pictures are in the thread", n)
	}
	dm := w.slack.Channel(s.dm).String()
	for _, text := range []string{"unheard reply", "Hello Marie"} {
		if n := strings.Count(dm, text); n != 1 {
			w.t.Errorf("%q is in the direct messages %d times\n%s", text, n, dm)
		}
	}
	notes, err := w.nodes[0].bot.Notes(w.t.Context(), w.only().ID)
	if err != nil || len(notes) != 1 || notes[0].Text != "unheard note" {
		w.t.Errorf("the notes are %v (%v)", notes, err)
	}
	for name, at := range map[string]place{
		"luc's thread": {"T00000001", s.asked.Channel, s.asked.TS, w.slack.As("luc").ID()},
		"gus's pane":   {team: "T00000001", channel: s.pane.Channel, thread: s.pane.TS},
	} {
		v, err := w.nodes[0].bot.View(w.t.Context(), Channel, at.String(), 0, 0)
		heard := 0
		for _, m := range v.Messages {
			if m.Text == "mot de passe oublié" || m.Text == "unheard in the pane" {
				heard++
			}
		}
		if err != nil || heard != 1 {
			w.t.Errorf("in %s it was heard %d times (%v)", name, heard, err)
		}
	}
	w.onlyUnheard()
}

// What was written while the program was off, for longer than Slack tries to tell it, is taken in
// when it is on again: each thing once, in whichever place.
func TestCatchesUpAfterAStart(t *testing.T) {
	w := olderWorld(t)
	n := w.start()
	s := w.spread()
	n.stop()
	w.givenUp(s.unheard(w))
	w.start()
	s.taken(w)
	// The next start finds nothing new.
	w.nodes[0].stop()
	calls := w.called("conversations.history")
	w.start()
	w.until("another look", func() bool { return w.called("conversations.history") > calls+3 })
	s.taken(w)
}

// The same when the sockets were cut for so long.
func TestCatchesUpAfterAGap(t *testing.T) {
	w := olderWorld(t)
	w.start()
	s := w.spread()
	w.slack.Fail("apps.connections.open", -1, slacktest.Down(503))
	w.slack.Drop(0)
	w.until("silence", func() bool { return w.slack.Connections() == 0 })
	w.givenUp(s.unheard(w))
	w.slack.Heal()
	// Slack is not well yet: it says when to come again, and fails.
	w.slack.Fail("conversations.*", 2, slacktest.Limited(time.Minute))
	w.slack.Fail("conversations.history", 2, slacktest.Down(500))
	w.until("all of it", func() bool {
		w.skip(time.Minute)
		return w.count(s.dm, "unheard reply") > 0 && strings.Contains(w.thread(s.card), "unheard in the direct messages")
	})
	s.taken(w)
}

// The same when the machine slept, and its sockets still look open: nobody saw them close.
func TestCatchesUpAfterASleep(t *testing.T) {
	w := olderWorld(t)
	n := w.start()
	s := w.spread()
	w.skip(0)
	w.slack.Mute()
	w.givenUp(s.unheard(w))
	w.slack.Heal()
	n.chat.missed.mu.Lock()
	since := n.chat.missed.since
	n.chat.missed.mu.Unlock()
	if !since.IsZero() {
		t.Fatal("a socket was seen to close: this proves nothing")
	}
	w.skip(0)
	s.taken(w)
}

// What came while it could not be kept, and Slack gave up, is read later.
func TestCatchesUpWhenTheStoreIsBack(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "hello")
	w.shut.Store(true)
	_, err := w.slack.As("marie").Says(dm, "unheard")
	w.must(err)
	w.givenUp(1)
	w.shut.Store(false)
	w.skip(time.Second)
	w.until("an answer", func() bool { return w.heardBy(n, dm, "unheard") == 1 })
	w.quiet()
}

func (w *world) heardBy(n *node, dm, text string) (times int) {
	log, err := n.bot.Messages(w.t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 1<<30, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range log {
		if m.Text == text {
			times++
		}
	}
	return times
}
