package bubble

import (
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// ended is a conversation that has become a ticket.
func (w *world) ended() (where string) {
	where = w.conversation(visitor, bot.Message{From: bot.FromContact, Text: "a person please"}, bot.Message{From: bot.FromBot, Event: "ticket", TicketNumber: 1042, Text: "The team has it."})
	w.core.set(func(f *fake) { f.talks[where].conversation.Status = bot.StatusTeam })
	return where
}

func (w *world) rating(where string) (r bot.Rating) {
	w.core.set(func(f *fake) { r = f.talks[where].conversation.Rating })
	return r
}

// At the end the person is asked once whether it helped, and may say more once.
func TestRatingAtTheEnd(t *testing.T) {
	browser := browsertest.Start(t)
	for _, c := range []struct {
		button, comment string
		helpful         bool
	}{{"1", "quick and kind", true}, {"2", "too slow", false}} {
		w := newWorld(t, nil)
		where := w.ended()
		one := w.opened(browser, en, browsertest.Desktop, known(visitor, 2))
		two := w.opened(browser, en, browsertest.Desktop, known(visitor, 2))
		one.Wait(inside(".rating"))
		shoot(one, "ending-asked")
		one.Click(inside(".rating button:nth-of-type(" + c.button + ")"))
		one.Wait(inside(".more textarea"))
		shows(t, one, "the focus", focus+`.innerText`, "Thank you for telling us.")
		one.Press("Tab")
		shows(t, one, "the next thing", focus+`.ariaLabel`, "Anything we should know?")
		two.Wait(inside(".thanks"))
		is(t, two, "the other tab asks nothing more", `!`+inside(".rating")+` && !`+inside(".more"))
		one.Keys(c.comment)
		// What comes meanwhile does not take the words away.
		w.core.write(where, "Hi, this is Ann.")
		one.Wait(inside(".row.agent"))
		shows(t, one, "what is being written", inside(".more textarea")+`.value`, c.comment)
		shoot(one, "ending-comment")
		one.Reload()
		one.Wait(inside(".more textarea"))
		shows(t, one, "what was being written before a reload", inside(".more textarea")+`.value`, c.comment)
		one.Click(inside(".more textarea"))
		one.Press("Tab")
		one.Press("Enter")
		one.Wait(`!` + inside(".more"))
		eventually(t, "the comment is stored", func() bool { return w.rating(where).Comment == c.comment })
		if r := w.rating(where); r.Helpful != c.helpful {
			t.Errorf("stored: %+v", r)
		}
		shoot(one, "ending-thanks")
		one.Reload()
		one.Wait(inside(".thanks"))
		is(t, one, "reloaded, it asks nothing more", `!`+inside(".rating")+` && !`+inside(".more"))
		// Another question ends the end.
		w.core.set(func(f *fake) { f.talks[where].conversation.Status = bot.StatusBot })
		w.say(where, bot.Message{From: bot.FromBot, Text: "What do you see?", Choices: choices("en", "wrong", "app")})
		one.Wait(inside(".end") + `.hidden`)
		calm(t, one, two)
	}
}

// A comment without a word is no comment.
func TestAnEmptyComment(t *testing.T) {
	w := newWorld(t, nil)
	where := w.ended()
	tab := w.opened(browsertest.Start(t), fr, browsertest.Phone, known(visitor, 2))
	tab.Click(inside(".rating button"))
	tab.Wait(inside(".more textarea"))
	tab.Click(inside(".more button"))
	is(t, tab, "the field is there and has the focus", focus+`.matches(".more textarea")`)
	tab.Keys("  ")
	tab.Click(inside(".more button"))
	is(t, tab, "it is still there", inside(".more textarea"))
	if r := w.rating(where); r.Comment != "" || !r.Helpful {
		t.Errorf("stored: %+v", r)
	}
}

// The conversation is mailed to whoever wants it, three times; what is wrong is told beside the
// field, and what was typed stays there. All with keys.
func TestTheConversationByMail(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	where := w.ended()
	tab := w.opened(browser, en, browsertest.Desktop, known(visitor, 2))
	tab.Wait(inside(".mailing button"))
	ask := func(address string) {
		t.Helper()
		tabTo(tab, "Shift+Tab", ".mailing button")
		tab.Press("Enter")
		is(t, tab, "the field has the focus", focus+`.matches(".mailing input[type=email][autocomplete=email]")`)
		tab.Keys(address)
		tab.Press("Enter")
	}
	refused := func(want, typed string) {
		t.Helper()
		tab.Wait(inside(".mailing .says") + `.textContent === "` + want + `"`)
		is(t, tab, "the field has the focus again", focus+`.matches(".mailing input")`)
		shows(t, tab, "what was typed", inside(".mailing input")+`.value`, typed)
		is(t, tab, "it can be sent again", `!`+inside(".mailing .go")+`.disabled`)
		is(t, tab, "it is told here and nowhere else", inside(".notice")+`.hidden`)
	}
	mailed := func(n int) {
		t.Helper()
		tab.Wait(inside(".mailing > .says") + `?.textContent === "It is on its way."`)
		is(t, tab, "the focus is there", focus+`.matches(".says")`)
		tab.Wait(count(".bubble.transcript", n))
	}
	ask("ann@")
	refused(says["refused_email"]["en"], "ann@")
	shoot(tab, "ending-refused")
	tab.Keys("example.com\r")
	mailed(1)
	shoot(tab, "ending-mailed")
	for n := 2; n <= 3; n++ {
		tab.Reload()
		tab.Wait(inside(".mailing button"))
		do(tab, inside("textarea")+`.focus()`)
		ask("ann@example.com")
		mailed(n)
	}
	tab.Reload()
	tab.Wait(inside(".mailing button"))
	do(tab, inside("textarea")+`.focus()`)
	ask("ann@example.com")
	refused(says["refused_transcripts"]["en"], "ann@example.com")
	w.core.set(func(f *fake) {
		if got := strings.Join(f.mailed, " "); got != "ann@example.com ann@example.com ann@example.com" {
			t.Errorf("mailed to %s", got)
		}
		f.mails = false
		f.wake(where)
	})
	tab.Wait(`!` + inside(".mailing"))
	is(t, tab, "where no mail can be sent, the rest is there", inside(".rating"))
	calm(t, tab)
}

// While it is not known whether a mail went out, nobody sends a second.
func TestAMailIsSentOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.ended()
	tab := w.opened(browsertest.Start(t), en, browsertest.Phone, known(visitor, 2))
	held := make(chan struct{})
	w.core.set(func(f *fake) { f.held = held })
	tab.Click(inside(".mailing button"))
	tab.Keys("ann@example.com\r\r\r")
	is(t, tab, "it cannot be sent again", inside(".mailing .go")+`.disabled`)
	close(held)
	tab.Wait(inside(".mailing > .says"))
	tab.Click(inside("textarea"))
	tab.Keys("thanks\r")
	tab.Wait(count(".row.contact:not(.pending)", 2))
	w.core.set(func(f *fake) {
		if len(f.mailed) != 1 {
			t.Errorf("mailed to %v", f.mailed)
		}
	})
	calm(t, tab)
}
