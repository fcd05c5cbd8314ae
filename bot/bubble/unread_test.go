package bubble

import (
	"fmt"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// begun is a conversation that has just begun.
var begun = []bot.Message{{From: bot.FromContact, Text: "hello"}, {From: bot.FromBot, Text: "Hello, what do you see?"}}

// What came while nobody looked is counted on the button, in all tabs alike, until it is read in
// one of them.
func TestUnread(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	where := w.conversation(visitor, begun...)
	one := w.at(browser, en, browsertest.Desktop, known(visitor, 2))
	two := w.at(browser, en, browsertest.Desktop, known(visitor, 2))
	tabs := []*browsertest.Tab{one, two}
	counted := func(number, name string) {
		t.Helper()
		for _, tab := range tabs {
			tab.Wait(inside(".count") + `?.hidden === ` + fmt.Sprint(number == "") + ` && (` + inside(".count") + `.hidden || ` + inside(".count") + `.innerText === "` + number + `")`)
			shows(t, tab, "the button's name", inside(".launch")+`.ariaLabel`, "Open the login help chat"+name)
		}
	}
	for _, tab := range tabs {
		tab.Wait(count(quietLog, 2))
	}
	counted("", "")
	w.core.write(where, "one")
	counted("1", ". New message")
	w.core.write(where, "two", "three")
	counted("3", ". 3 new messages")
	w.core.write(where, "4", "5", "6", "7", "8", "9", "10", "11")
	counted("9+", ". 11 new messages")
	shoot(one, "unread-many")
	two.Reload()
	counted("9+", ". 11 new messages")
	do(two, inside(".launch")+`.dispatchEvent(new PointerEvent("pointerenter"))`)
	counted("9+", ". 11 new messages")
	one.Click(inside(".launch"))
	two.Wait(inside(".count") + `.hidden`)
	shows(t, two, "the other tab's button", inside(".launch")+`.ariaLabel`, "Open the login help chat")
	two.Reload()
	two.Wait(count(quietLog, 13))
	is(t, two, "what is read is not counted after a reload", inside(".count")+`.hidden`)

	// An open panel that nobody sees reads nothing.
	one.Hide(true)
	w.core.write(where, "are you there?")
	two.Wait(inside(".count") + `.innerText === "1" && !` + inside(".count") + `.hidden`)
	one.Wait(count(quietLog, 14))
	is(t, two, "still unread", `!`+inside(".count")+`.hidden`)
	one.Hide(false)
	two.Wait(inside(".count") + `.hidden`)
	calm(t, tabs...)
}

// A tab that was there before the conversation hears of it from the tab that begins it.
func TestUnreadInATabFromBefore(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	before := w.at(browser, en, browsertest.Desktop)
	one := w.opened(browser, en, browsertest.Desktop)
	is(t, before, "nothing but the button is there", `!`+inside(".panel"))
	one.Click(choice("Wrong user or password"))
	one.Wait(count(quietLog, 4))
	before.Wait(count(quietLog, 4))
	before.Wait(inside(".count") + `.hidden`) // the other tab shows it
	one.Press("Escape")
	one.Wait(`!` + inside(".panel") + `.open`)
	w.core.write(w.address(), "Hi, this is Ann.")
	for _, tab := range []*browsertest.Tab{one, before} {
		tab.Wait(`!` + inside(".count") + `.hidden && ` + inside(".count") + `.innerText === "1"`)
	}
	is(t, before, "it opens nothing by itself", `!`+inside(".panel")+`.open`)
	calm(t, one, before)
}

// The welcome is no news: nothing was said yet.
func TestTheWelcomeIsNotUnread(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), fr, browsertest.Desktop)
	tab.Press("Escape")
	tab.Wait(`!` + inside(".panel") + `.open`)
	is(t, tab, "nothing is counted", inside(".count")+`.hidden`)
	shows(t, tab, "the button's name", inside(".launch")+`.ariaLabel`, "Ouvrir le clavardage d'aide à la connexion")
	calm(t, tab)
}

// bells counts the notes that would sound.
const bells = `
	window.notes = 0;
	window.AudioContext = class {
		currentTime = 0; state = "running"; destination = {};
		createOscillator() { return { frequency: {}, connect: to => to, start() { notes++; }, stop() {} }; }
		createGain() { return { gain: { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: to => to }; }
		resume() {}
		close() {}
	};`

func TestSound(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	where := w.conversation(visitor, begun...)
	tab := w.at(browser, en, browsertest.Desktop, bells, known(visitor, 2))
	tab.Wait(count(quietLog, 2))
	messages := 2
	sounds := func(what string, notes int) {
		t.Helper()
		do(tab, `notes = 0`)
		w.core.write(where, what)
		messages++
		tab.Wait(count(quietLog, messages))
		shows(t, tab, what, `notes`, fmt.Sprint(notes))
	}
	attribute := func(on bool) { do(tab, element+`.toggleAttribute("sound", `+fmt.Sprint(on)+`)`) }
	bySound := func() {
		tab.Click(inside("[aria-haspopup]"))
		tab.Click(menuItem("Sound"))
	}

	attribute(true)
	sounds("wanted, but nobody has done anything on the page", 0)
	attribute(false)
	tab.Click(`document.querySelector("h1")`)
	sounds("nobody wants it", 0)
	attribute(true)
	sounds("the page wants it", 2)
	do(tab, `const el = `+element+`; el.remove(); notes = 0; document.body.append(el)`)
	tab.Wait(count(quietLog, messages))
	shows(t, tab, "for what was said before", `notes`, "0")

	tab.Click(inside(".launch"))
	sounds("the team answers, in sight", 2)
	do(tab, `notes = 0`)
	w.say(where, bot.Message{From: bot.FromBot, Text: "the assistant, in sight"})
	messages++
	tab.Wait(count(quietLog, messages))
	shows(t, tab, "what the person waits for", `notes`, "0")

	bySound()
	sounds("the person has turned it off", 0)
	attribute(false)
	do(tab, `notes = 0`)
	bySound()
	shows(t, tab, "turned on, it is heard at once", `notes`, "2")
	tab.Reload() // the panel opens again, and the choice holds
	tab.Wait(count(quietLog, messages))
	sounds("reloaded, nothing was done on the page", 0)
	tab.Click(inside("[aria-haspopup]"))
	shoot(tab, "menu-sound")
	is(t, tab, "the menu says so", menuItem("Sound")+`.ariaChecked === "true"`)
	tab.Press("Escape")
	sounds("the choice has survived", 2)

	// A page can do without it.
	do(tab, `addEventListener("latchkey:message", event => event.preventDefault())`)
	sounds("the page makes its own noise", 0)
	calm(t, tab)
}

// Before the first word nothing is kept, so a choice of sound is not either; then it is.
func TestSoundBeforeTheFirstWord(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop, bells)
	tab.Click(inside("[aria-haspopup]"))
	tab.Click(menuItem("Sound"))
	shows(t, tab, "kept", `localStorage.length`, "0")
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	tab.Reload()
	tab.Wait(count(quietLog, 4))
	tab.Click(inside("[aria-haspopup]"))
	is(t, tab, "the menu says so", menuItem("Sound")+`.ariaChecked === "true"`)
}
