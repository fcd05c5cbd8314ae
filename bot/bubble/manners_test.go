package bubble

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// known is a script that makes the browser know a conversation, and have read so much of it. A
// reload changes nothing.
func known(token string, read int) string {
	return fmt.Sprintf(`try { localStorage["latchkey:" + location.host] ??= JSON.stringify({ token: %q, read: %d }) } catch {}`, token, read)
}

// conversation makes a visitor's conversation out of messages. Those without a time are of now.
func (w *world) conversation(token string, log ...bot.Message) (where string) {
	w.t.Helper()
	where, ok := address(token)
	if !ok {
		w.t.Fatalf("%s is no token", token)
	}
	w.core.set(func(f *fake) {
		t := &talk{lang: "en", conversation: bot.Conversation{ID: "c1", Channel: channel, Status: bot.StatusBot}}
		t.conversation.Session.Lang = "en"
		for _, m := range log {
			if t.add(m); !m.At.IsZero() {
				t.log[len(t.log)-1].At = m.At
			}
		}
		f.talks[where] = t
	})
	return where
}

// say puts messages of the bot into a log.
func (w *world) say(where string, log ...bot.Message) {
	w.core.set(func(f *fake) {
		for _, m := range log {
			f.talks[where].add(m)
		}
		f.wake(where)
	})
}

// long is a log of so many messages, the person's every tenth.
func long(n int) []bot.Message {
	all := make([]bot.Message, n)
	for i := range all {
		all[i] = bot.Message{From: bot.FromBot, Text: fmt.Sprintf("message %d", i+1), At: time.Now().Add(time.Duration(i-n) * time.Second)}
		if i%10 == 9 {
			all[i].From = bot.FromContact
		}
	}
	return all
}

// at opens the demo page of a world.
func (w *world) at(browser *browsertest.Browser, lang string, screen browsertest.Screen, before ...string) *browsertest.Tab {
	w.t.Helper()
	tab := browser.Open(w.server.URL+"/?lang="+lang, screen, before...)
	tab.Wait(inside(".launch"))
	return tab
}

// opened is at, with the panel open and the log there.
func (w *world) opened(browser *browsertest.Browser, lang string, screen browsertest.Screen, before ...string) *browsertest.Tab {
	w.t.Helper()
	tab := w.at(browser, lang, screen, before...)
	tab.Click(inside(".launch"))
	tab.Wait(inside(".panel") + `?.open && ` + inside(".row") + ` && ` + inside(".log") + `.ariaBusy === "false"`)
	return tab
}

// do runs statements in the page.
func do(tab *browsertest.Tab, statements string) {
	browsertest.Eval[bool](tab, `(() => { `+statements+`; return true; })()`)
}

// is checks that an expression is true in the page, now.
func is(t *testing.T, tab *browsertest.Tab, what, expression string) {
	t.Helper()
	if !browsertest.Eval[bool](tab, `Boolean(`+expression+`)`) {
		t.Errorf("not so: %s", what)
	}
}

// shows checks what an expression gives in the page, now.
func shows(t *testing.T, tab *browsertest.Tab, what, expression, want string) {
	t.Helper()
	if got := browsertest.Eval[string](tab, `String(`+expression+`)`); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// focus is where the keys go to.
const focus = `(() => {
	let at = document.activeElement;
	while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
	return at;
})()`

// tabTo presses Tab until something has the focus, as somebody without a mouse does.
func tabTo(tab *browsertest.Tab, key, selector string) {
	for range 25 {
		if browsertest.Eval[bool](tab, focus+`.matches(`+strconv.Quote(selector)+`)`) {
			return
		}
		tab.Press(key)
	}
	tab.Wait(focus + `.matches(` + strconv.Quote(selector) + `)`) // it fails, and says of what
}

// texts is what some elements say.
func texts(selector string) string {
	return `[...` + element + `.shadowRoot.querySelectorAll(` + strconv.Quote(selector) + `)].map(e => e.innerText.trim()).join(" | ")`
}

// moves are what the person said, as the store has it.
func (w *world) moves() string {
	var all []string
	w.core.set(func(f *fake) {
		for _, t := range f.talks {
			for _, m := range t.log {
				if m.From == bot.FromContact {
					all = append(all, m.Move)
				}
			}
		}
	})
	return strings.Join(all, " ")
}
