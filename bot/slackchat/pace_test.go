package slackchat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
)

// Slack says when to come again, and is left alone so long; it counts as no attempt.
func TestRetryAfter(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("marie")
	w.slack.Fail("chat.postMessage", 1, slacktest.Limited(30*time.Second))
	_, err := w.slack.As("marie").Says(dm, "hello")
	w.must(err)
	w.until("the refusal", w.failed)
	v, err := n.bot.View(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := n.store.Lane(t.Context(), bot.ContactLane(Channel, v.Conversation.ID))
	if err != nil || len(sent) != 1 || sent[0].Waits != 1 {
		t.Fatalf("%+v (%v)", sent, err)
	}
	if wait := sent[0].NextAt.Sub(w.now()); wait < 25*time.Second || wait > 30*time.Second {
		t.Errorf("it waits %v", wait)
	}
	w.skip(31 * time.Second)
	w.quiet()
	if n := w.count(dm, "Is it your own login"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
	w.clean()
}

// called counts the calls of a method, those that were refused too.
func (w *world) called(method string) int { return len(w.slack.Calls(method)) }

// While Slack says that a method is called too often, nobody calls it: of posting that is so for one
// channel, and others are written to; what waits leaves in its order.
func TestLimitsHoldForAll(t *testing.T) {
	w := newWorld(t)
	w.manual = true
	n := w.start()
	dm := w.dm("marie")
	first := w.ticket("marie")
	_ = w.ticket("luc")

	w.slack.Fail("chat.postMessage", 1, slacktest.Limited(30*time.Second))
	for i := range 3 {
		_, err := w.slack.As("marie").Says(dm, fmt.Sprintf("more %d", i))
		w.must(err)
		w.heard()
	}
	// Of her words, those to the team go by the card's channel, which is another than hers. Which of
	// the two is told to wait is chance; the other one is not held up by it.
	before := w.called("chat.postMessage")
	for range 5 {
		if _, err := n.bot.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	channels := map[string]int{}
	for _, c := range w.slack.Calls("chat.postMessage")[before:] {
		if c.Error == "ratelimited" {
			refused++
			continue
		}
		channels[fmt.Sprint(c.Args["channel"])]++
	}
	if refused != 1 || len(channels) != 1 {
		t.Errorf("%d calls were refused, and others went to %v", refused, channels)
	}
	w.skip(31 * time.Second)
	w.quiet()
	thread := w.thread(first)
	a, b, c := strings.Index(thread, "more 0"), strings.Index(thread, "more 1"), strings.Index(thread, "more 2")
	if a < 0 || b < a || c < b || strings.Count(thread, "more ") != 3 {
		t.Errorf("the thread has them at %d, %d, %d\n%s", a, b, c, thread)
	}

	// Cards are changed by a method that has one limit for the whole workspace.
	w.slack.Fail("chat.update", 1, slacktest.Limited(30*time.Second))
	before = w.called("chat.update")
	for i, m := range w.slack.Channel("#support").Messages() {
		w.must(w.slack.As("ann").Presses(m, "Take"))
		w.until("it is taken", func() bool {
			taken := 0
			all, err := n.store.Tickets(t.Context(), bot.TicketFilter{})
			for _, k := range all {
				if k.Agent.ID != "" {
					taken++
				}
			}
			return err == nil && taken == i+1
		})
		if _, err := n.bot.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.called("chat.update") - before; n != 1 {
		t.Errorf("the method was called %d times", n)
	}
	w.skip(31 * time.Second)
	w.quiet()
	for _, m := range w.slack.Channel("#support").Messages() {
		w.has(m.Body, "Taken by Ann")
	}
	w.clean()
}

// What comes while a person cannot be looked up waits, in the order in which it was written, and
// nobody asks again before the time.
func TestLimitsHoldWhatComes(t *testing.T) {
	w := newWorld(t)
	w.manual = true
	n := w.start()
	dm := w.dm("marie")
	w.slack.Fail("users.*", 1, slacktest.Limited(20*time.Minute))
	for i := range 3 {
		_, err := w.slack.As("marie").Says(dm, fmt.Sprintf("words %d", i))
		w.must(err)
	}
	w.until("the first attempt", func() bool { return n.chat.pace.wait("users.info") > 0 })
	for range 5 { // longer than anything waits that fails for another reason
		w.skip(3 * time.Minute)
	}
	if got := w.called("users.info"); got != 1 {
		t.Errorf("users.info was called %d times", got)
	}
	w.skip(6 * time.Minute)
	w.quiet()
	log, err := n.bot.Messages(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	for _, m := range log {
		if m.From == bot.FromContact {
			heard = append(heard, m.Text)
		}
	}
	if strings.Join(heard, ", ") != "words 0, words 1, words 2" {
		t.Errorf("heard %v", heard)
	}
	w.clean()
}

// A window that would have to wait is not opened, and whoever wants it is told.
func TestWindowBeyondTheLimit(t *testing.T) {
	w := newWorld(t)
	w.start()
	card := w.ticket("marie")
	w.slack.Fail("views.*", 1, slacktest.Limited(30*time.Second))
	w.must(w.slack.As("ann").Presses(card, "Reply"))
	w.until("the word about it", func() bool { return len(w.slack.Channel("#support").Ephemeral("ann")) == 1 })
	w.has(w.slack.Channel("#support").Ephemeral("ann")[0].Body, "Please press once more")
	w.quiet()
	w.clean()
}

// With Slack's real limits a burst takes its time, and everything arrives once.
func TestWithinTheLimits(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.slack.Limit(true)
	dm := w.dm("marie")
	for range 9 {
		_, err := w.slack.As("marie").Says(dm, "hello")
		w.must(err)
	}
	w.until("everything", func() bool {
		next, err := w.nodes[0].store.NextDelivery(t.Context())
		return err == nil && next.IsZero() && w.count(dm, "Hello! I'm glad to help.") == 9
	})
	w.quiet()
	if n := w.count(dm, "Hello! I'm glad to help."); n != 9 {
		t.Errorf("9 greetings were answered %d times", n)
	}
	limited := 0
	for _, c := range w.slack.Calls("") {
		if c.Error == "ratelimited" {
			limited++
		}
	}
	if limited == 0 {
		t.Error("no call was too early: the test shows nothing")
	}
	w.clean()
}
