package slackchat

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/bot"
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

// writes has an agent at the team's own page say something, and change it later; no words take it
// back. There it is searched for secrets once, which takes its time.
func (w *world) writes(text string) {
	w.t.Helper()
	core, ann, id := w.nodes[0].bot, bot.Agent{ID: "page:ann", Name: "Ann"}, w.only().ID
	_, err := core.Said(w.t.Context(), w.only().Number, "long")
	switch {
	case isNotFound(err):
		_, _, err = core.Reply(w.t.Context(), ann, id, "long", text)
	case err != nil:
	case text == "":
		_, err = core.Withdraw(w.t.Context(), ann, id, "long")
	default:
		_, _, err = core.Edit(w.t.Context(), ann, id, "long", text)
	}
	w.must(err)
	w.quiet()
}

// Long words of an agent come in several messages, and all of them change: to fewer, to more, to
// none.
func TestLongWordsAreChangedWhole(t *testing.T) {
	w := newWorld(t)
	w.start()
	asked, card := w.inChannel()
	for _, step := range []struct {
		name  string
		lines int
	}{{"FirstText", 115}, {"SecondText", 2}, {"ThirdText", 116}} {
		w.writes(longWords(step.name, step.lines))
		told(t, w.thread(asked), step.name, step.lines)
	}
	w.writes("")
	told(t, w.thread(asked), "", 0)
	if n := strings.Count(w.thread(asked), "This message was withdrawn."); n != 1 {
		t.Errorf("%d messages say that it was withdrawn\n%s", n, w.thread(asked))
	}
	w.has(w.thread(card), "withdrawn")
	w.lacks(w.thread(card), "could not be delivered")
	w.clean()
}

// However many messages a turn is in and becomes, and whatever fails on the way, at the end it is
// what it should be, in its order, and nothing else has changed.
func TestReword(t *testing.T) {
	for _, faults := range []bool{false, true} {
		t.Run(fmt.Sprint("faults ", faults), func(t *testing.T) {
			w := newWorld(t)
			w.manual = true
			n := w.start()
			dm := w.dm("marie")
			at := place{team: "T00000001", channel: dm}
			d := bot.Delivery{ID: "first", Address: at.String(), Attempts: 1, Created: w.now()}
			one := func(text string) shown { return shown{text, rich(section(words(text, nil)))} }
			post := func(part, text string, before ...string) string {
				t.Helper()
				r, err := n.chat.post(t.Context(), d, part, at, one(text), before...)
				w.must(err)
				return r
			}
			post("before", "before")
			parts := []string{post("0", "first 0")}
			parts = append(parts, post("1", "first 1", parts...))
			known := post("2", "first 2", parts...)
			for turn, length := range []int{2, 4, 1, 3, 3, 1, 2} {
				d.ID, d.Attempts = fmt.Sprint("turn", turn), 1
				var out []shown
				want := []string{"before"}
				for i := range length {
					want = append(want, fmt.Sprintf("turn %d %d", turn, i))
					out = append(out, one(want[i+1]))
				}
				if faults {
					for _, method := range []string{"chat.update", "chat.delete", "chat.postMessage"} {
						w.slack.Fail(method, 2, slacktest.AnswerLost())
					}
				}
				r, err := n.chat.reword(t.Context(), d, known, out)
				for ; err != nil && d.Attempts < 10; d.Attempts++ {
					again := d
					again.Attempts++
					r, err = n.chat.reword(t.Context(), again, known, out)
				}
				w.must(err)
				w.slack.Heal()
				known = r
				var got []string
				for _, m := range w.slack.Channel(dm).Messages() {
					got = append(got, m.Body)
				}
				if strings.Join(got, ", ") != strings.Join(want, ", ") {
					t.Errorf("%v, want %v", got, want)
				}
			}
			w.clean()
		})
	}
}

// Where a workspace deletes nothing, nothing is left of the words all the same.
func TestLongWordsWhereNothingIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	w.ticket("marie")
	w.writes(longWords("FirstText", 115))
	told(t, w.slack.Channel(dm).String(), "FirstText", 115)
	w.slack.Fail("chat.delete", 10, slacktest.Refused("compliance_exports_prevent_deletion"))
	w.writes("")
	told(t, w.slack.Channel(dm).String(), "", 0)
	w.has(w.last(dm, "").Body, "This message was withdrawn.")
	w.clean()
}

// Long words that become private leave the channel whole.
func TestLongWordsBecomePrivate(t *testing.T) {
	w := newWorld(t)
	w.start()
	asked, _ := w.inChannel()
	w.writes(longWords("FirstText", 115))
	told(t, w.thread(asked), "FirstText", 115)
	w.writes(longWords("SecondText", 2) + " zoe@clinic.example")
	told(t, w.thread(asked), "", 0)
	w.has(w.thread(asked), "This answer is in your direct messages now")
	told(t, w.slack.Channel(w.dm("marie")).String(), "SecondText", 2)
	w.writes("")
	told(t, w.slack.Channel(w.dm("marie")).String(), "", 0)
	w.lacks(w.public(asked.Channel), "SecondText", "clinic.example")
	w.clean()
}
