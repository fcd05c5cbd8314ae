package slackchat

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"latchkey/bot/slackchat/slacktest"
)

// An hour in which Slack is not well: sockets are cut, calls fail, have to wait, or are done without
// an answer, events come twice and out of order, or are given up. Everybody is heard once, and hears
// everything once.
func TestAnHourOfChaos(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { chaos(t, seed) })
	}
}

func chaos(t *testing.T, seed uint64) {
	w := newWorld(t)
	w.manual = true
	w.hook = func(o *Options) { o.Log = nil }
	n := w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	bad, dice := w.slack.Chaos(seed), rand.New(rand.NewPCG(seed, 7))
	var asked, replied []string
	pictures := 0
	for minute := range 60 {
		if what := bad.Step(); strings.HasPrefix(what, "apps.connections.open: ratelimited") || strings.HasPrefix(what, "*: ratelimited") {
			w.slack.Heal() // the library waits by the wall clock before it opens a socket
		}
		text := fmt.Sprintf("minute %d", minute)
		switch dice.IntN(4) {
		case 3:
			w.must(w.slack.As("marie").OpensHome())
			if pictures < 4 {
				pictures++
				_, err := w.slack.As("marie").Uploads(dm, nil, "", slacktest.File{Name: "screen.png", Type: "image/png", Bytes: pngFile(t)})
				w.must(err)
			}
		case 0:
			if _, err := w.slack.As("marie").Says(dm, "asked in "+text+"."); err == nil {
				asked = append(asked, "asked in "+text+".")
			}
		case 1:
			if _, err := w.slack.As("ann").SaysInThread(card, ">> replied in "+text+"."); err == nil {
				replied = append(replied, "replied in "+text+".")
			}
		}
		w.skip(time.Minute)
	}
	w.slack.Heal()
	w.until("the end of it", func() bool {
		w.skip(time.Hour)
		if w.slack.Connections() == 0 {
			return false
		}
		waiting, err := n.store.Accepted(t.Context(), 1)
		next, err2 := n.store.NextDelivery(t.Context())
		if err != nil || err2 != nil || len(waiting) > 0 || !next.IsZero() {
			return false
		}
		log, err := n.bot.Messages(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 1<<30, 0)
		heard := 0
		for _, m := range log {
			if strings.HasPrefix(m.Text, "asked in") || strings.HasPrefix(m.Text, "replied in") || m.Picture != nil {
				heard++
			}
		}
		return err == nil && heard+w.count(dm, "I couldn't fetch your file") >= len(asked)+len(replied)+pictures
	})
	w.quiet()
	for _, text := range asked {
		told := 0
		for _, m := range w.slack.Channel("#support").Thread(card.TS) {
			told += strings.Count(m.Body, text)
		}
		if told != 1 {
			t.Errorf("the team reads %q %d times", text, told)
		}
	}
	for _, text := range replied {
		if n := w.count(dm, text); n != 1 {
			t.Errorf("Marie reads %q %d times", text, n)
		}
	}
	if got, told := w.pictures(card), w.count(dm, "I couldn't fetch your file"); got+told != pictures || got == 0 {
		t.Errorf("of %d pictures the team has %d, and %d could not be had", pictures, got, told)
	}
	if n := len(asked) + len(replied); n < 20 {
		t.Errorf("only %d things were said", n)
	}
	for _, v := range w.slack.Violations() {
		// Whoever is cut off cannot acknowledge.
		if !strings.Contains(v.Why, "acknowledge") {
			t.Errorf("violation: %v", v)
		}
	}
	if t.Failed() {
		t.Log(w.thread(card), "\n", w.slack.Channel(dm))
	}
}
