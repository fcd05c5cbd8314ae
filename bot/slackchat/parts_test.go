package slackchat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/bot/slackchat/slacktest"
)

// longWords are numbered lines of about 75 characters each, with a name of their own.
func longWords(name string, lines int) string {
	var b strings.Builder
	for i := range lines {
		fmt.Fprintf(&b, "%s-%03d %s\n", name, i, strings.Repeat("words ", 11))
	}
	return strings.TrimSpace(b.String())
}

// told checks that a text stands somewhere once, whole and in its order, and that nothing else of
// these texts does.
func told(t *testing.T, log, name string, lines int) {
	t.Helper()
	var want, got []string
	for i := range lines {
		want = append(want, fmt.Sprintf("%s-%03d", name, i))
	}
	for _, word := range strings.Fields(log) {
		if i := strings.LastIndexByte(word, '-'); i > 0 && strings.HasSuffix(word[:i], "Text") {
			got = append(got, word)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("of %d lines of %s there are %d: %.200s", lines, name, len(got), strings.Join(got, " "))
	}
}

// Long words of an agent come in several messages, and all of them change: to fewer, to more, to
// none, wherever they are read, and however often Slack fails meanwhile.
func TestLongWordsAreChangedWhole(t *testing.T) {
	for name, c := range map[string]struct {
		begin  func(w *world) (card slacktest.Message, log func() string)
		faults bool
	}{
		"direct messages": {func(w *world) (slacktest.Message, func() string) {
			card := w.ticket("marie")
			return card, func() string { return w.slack.Channel(w.dm("marie")).String() }
		}, false},
		"a thread, with faults": {func(w *world) (slacktest.Message, func() string) {
			asked, card := w.inChannel()
			return card, func() string { return w.thread(asked) }
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start()
			card, log := c.begin(w)
			ann := w.slack.As("ann")
			done := func(do func() error) {
				t.Helper()
				if c.faults {
					for _, method := range []string{"chat.update", "chat.delete", "chat.postMessage"} {
						w.slack.Fail(method, 3, slacktest.AnswerLost())
					}
				}
				w.must(do())
				w.heard()
				w.until("the end of it", func() bool {
					w.skip(time.Hour)
					next, err := w.nodes[0].store.NextDelivery(t.Context())
					return err == nil && next.IsZero()
				})
				w.quiet()
				w.slack.Heal()
			}
			var said slacktest.Message
			done(func() (err error) {
				said, err = ann.SaysInThread(card, ">> "+longWords("FirstText", 240))
				return err
			})
			told(t, log(), "FirstText", 240)
			for _, edit := range []struct {
				name  string
				lines int
			}{{"SecondText", 130}, {"ThirdText", 1}, {"FourthText", 250}, {"FifthText", 245}, {"SixthText", 1}, {"SeventhText", 130}} {
				done(func() error { return ann.Edits(said, ">> "+longWords(edit.name, edit.lines)) })
				told(t, log(), edit.name, edit.lines)
			}
			done(func() error { return ann.Deletes(said) })
			told(t, log(), "", 0)
			if n := strings.Count(log(), "This message was withdrawn."); n != 1 {
				t.Errorf("%d messages say that it was withdrawn\n%s", n, log())
			}
			w.has(w.thread(card), "withdrawn")
			w.lacks(w.thread(card), "could not be delivered")
			w.clean()
		})
	}
}

// Where a workspace deletes nothing, nothing is left of the words all the same.
func TestLongWordsWhereNothingIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	said := w.inThread("ann", card, ">> "+longWords("FirstText", 240))
	w.slack.Fail("chat.delete", 10, slacktest.Refused("compliance_exports_prevent_deletion"))
	w.must(w.slack.As("ann").Deletes(said))
	w.quiet()
	told(t, w.slack.Channel(dm).String(), "", 0)
	w.has(w.last(dm, "").Body, "This message was withdrawn.")
	w.clean()
}

// Long words that become private leave the channel whole.
func TestLongWordsBecomePrivate(t *testing.T) {
	w := newWorld(t)
	w.start()
	asked, card := w.inChannel()
	said := w.inThread("ann", card, ">> "+longWords("FirstText", 240))
	told(t, w.thread(asked), "FirstText", 240)
	w.must(w.slack.As("ann").Edits(said, ">> "+longWords("SecondText", 240)+" zoe@clinic.example"))
	w.quiet()
	told(t, w.thread(asked), "", 0)
	w.has(w.thread(asked), "This answer is in your direct messages now")
	told(t, w.slack.Channel(w.dm("marie")).String(), "SecondText", 240)
	w.must(w.slack.As("ann").Deletes(said))
	w.quiet()
	told(t, w.slack.Channel(w.dm("marie")).String(), "", 0)
	w.lacks(w.public(asked.Channel), "SecondText", "clinic.example")
	w.clean()
}
