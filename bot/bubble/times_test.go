package bubble

import (
	"fmt"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// Where a day begins stands which; after a silence the time; under the person's last words that
// they were sent, and when.
func TestTimes(t *testing.T) {
	browser := browsertest.Start(t)
	now := time.Now()
	at := func(days, hour, minute int) time.Time {
		d := now.AddDate(0, 0, -days)
		return time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, time.Local)
	}
	log := []bot.Message{
		{From: bot.FromContact, Text: "last week", At: at(7, 9, 5)},
		{From: bot.FromBot, Text: "yesterday", At: at(1, 14, 0)},
		{From: bot.FromBot, Text: "a little later", At: at(1, 14, 19)},
		{From: bot.FromContact, Text: "after a silence", At: at(1, 15, 0)},
		{From: bot.FromContact, Text: "today", At: now.Add(-time.Second)},
		{From: bot.FromBot, Text: "right now", At: now},
	}
	for _, c := range []struct{ lang, today, yesterday, sent string }{
		{en, "today", "yesterday", "Sent"}, {fr, "aujourd’hui", "hier", "Envoyé"},
	} {
		t.Run(c.lang, func(t *testing.T) {
			w := newWorld(t, nil)
			where := w.conversation(visitor, log...)
			w.core.set(func(f *fake) { f.talks[where].lang, f.talks[where].conversation.Session.Lang = c.lang, c.lang })
			tab := w.opened(browser, c.lang, browsertest.Desktop, known(visitor, 6))
			// As this browser writes times and days.
			in := func(i int, how string) string {
				return browsertest.Eval[string](tab, fmt.Sprintf(`new Intl.DateTimeFormat(%q, {%s}).format(%d)`, c.lang, how, log[i].At.UnixMilli()))
			}
			const short, day, full = `timeStyle: "short"`, `weekday: "long", day: "numeric", month: "long"`, `dateStyle: "full", timeStyle: "short"`
			for i, want := range []string{
				"day " + in(0, day) + ", " + in(0, short),
				"day " + c.yesterday + ", " + in(1, short),
				"",
				" " + in(3, short),
				"day " + c.today + ", " + in(4, short),
				"",
			} {
				shows(t, tab, log[i].Text, fmt.Sprintf(`(t => t ? t.className + " " + t.textContent : "")(%s)`, inside(fmt.Sprintf("[data-seq='%d'] time", i+1))), want)
			}
			sent := c.sent + " · "
			shows(t, tab, "sent", texts(".meta"), sent+in(4, short))
			is(t, tab, "it stands under the last of the person's words", inside("[data-seq='5'] .meta"))
			shoot(tab, "times-"+c.lang)

			// The page stays open over midnight.
			do(tab, `const now = Date.now; Date.now = () => now() + 86400000; document.dispatchEvent(new Event("visibilitychange"))`)
			shows(t, tab, "a day later", inside("[data-seq='5'] time")+`.textContent`, c.yesterday+", "+in(4, short))
			shows(t, tab, "a day later", inside("[data-seq='2'] time")+`.textContent`, in(1, day)+", "+in(1, short))

			do(tab, inside("[data-seq='2'] .bubble p")+`.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }))`)
			shows(t, tab, "pointed at", inside("[data-seq='2'] .bubble")+`.title`, in(1, full))
			shows(t, tab, "the others say nothing", element+`.shadowRoot.querySelectorAll(".bubble[title]").length`, "1")

			tab.Click(inside("textarea"))
			tab.Keys("once more\r")
			tab.Wait(inside("[data-seq='8']"))
			tab.Wait(inside("[data-seq='7'] .meta"))
			shows(t, tab, "only the last says so", texts(".meta"), sent+browsertest.Eval[string](tab, fmt.Sprintf(`new Intl.DateTimeFormat(%q, {%s}).format(%d)`, c.lang, short, w.core.talks[where].log[6].At.UnixMilli())))
			calm(t, tab)
		})
	}
}

// A device whose clock is days behind tells the days by the messages: nothing is said tomorrow.
func TestAClockThatIsBehind(t *testing.T) {
	w := newWorld(t, nil)
	now := time.Now()
	where := w.conversation(visitor,
		bot.Message{From: bot.FromBot, Text: "yesterday", At: now.AddDate(0, 0, -1)},
		bot.Message{From: bot.FromContact, Text: "today", At: now})
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop, known(visitor, 2),
		`const behind = Date.now; Date.now = () => behind() - 5 * 86400000`)
	days := `[...` + element + `.shadowRoot.querySelectorAll("time.day")].map(e => e.textContent.split(",")[0]).join()`
	tab.Wait(inside(".panel") + `.open`)
	shows(t, tab, "days", days, "yesterday,today")
	// The conversation goes on over midnight.
	tomorrow := now.AddDate(0, 0, 1)
	w.say(where, bot.Message{From: bot.FromBot, Text: "a little later"})
	tab.Wait(count(quietLog, 3))
	shows(t, tab, "days", days, "yesterday,today")
	w.core.set(func(f *fake) {
		talk := f.talks[where]
		talk.add(bot.Message{From: bot.FromBot, Text: "a day later"})
		talk.log[len(talk.log)-1].At = tomorrow
		f.wake(where)
	})
	tab.Wait(count(quietLog, 4))
	shows(t, tab, "a day later", days, now.AddDate(0, 0, -1).Format("Monday")+",yesterday,today")
	calm(t, tab)
}
