package bubble

import (
	"fmt"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// viewport is a visual viewport that the test moves, as the keyboard of a phone does.
const viewport = `
	window.view = Object.assign(new EventTarget(), { width: 390, height: 844, offsetTop: 0, offsetLeft: 0, pageTop: 0, pageLeft: 0, scale: 1 });
	Object.defineProperty(window, "visualViewport", { value: view });
	window.looks = (to) => { Object.assign(view, to); view.dispatchEvent(new Event("resize")); view.dispatchEvent(new Event("scroll")); };`

// The keyboard of a phone covers half of the page, and pushes it up: the panel stays in what is
// left, its field at the bottom of it and its head at the top.
func TestTheKeyboardOfAPhone(t *testing.T) {
	w := newWorld(t, nil)
	w.conversation(visitor, long(30)...)
	tab := w.opened(browsertest.Start(t), en, browsertest.Phone, viewport, known(visitor, 30))
	in := func(what string, top, bottom int) {
		t.Helper()
		shows(t, tab, what+": the panel", `(r => [r.top, r.bottom])(`+inside(".panel")+`.getBoundingClientRect())`, fmt.Sprintf("%d,%d", top, bottom))
		is(t, tab, what+": the field is in sight", fmt.Sprintf(`(r => r.top > %d && r.bottom <= %d && r.bottom > %d)(%s.getBoundingClientRect())`, top, bottom, bottom-30, inside("textarea")))
		is(t, tab, what+": so is the log", inside(".scroll")+`.clientHeight > 100`)
	}
	in("without a keyboard", 0, 844)
	tab.Click(inside("textarea"))
	do(tab, `looks({ height: 400, offsetTop: 120 })`)
	in("with it", 120, 520)
	tab.Keys("still in sight\r")
	tab.Wait(count(".row.contact:not(.pending)", 4))
	in("after a word", 120, 520)
	is(t, tab, "what was said is in sight", `(r => r.top >= 120 && r.bottom <= 520)([...`+element+`.shadowRoot.querySelectorAll(".row.contact .bubble")].at(-1).getBoundingClientRect())`)
	do(tab, `looks({ height: 844, offsetTop: 0 })`)
	in("without it again", 0, 844)
	// Whoever makes the page larger with two fingers moves in it freely.
	do(tab, `looks({ height: 422, offsetTop: 200, scale: 2 })`)
	in("made larger", 0, 844)
	// Below 16 px, an iPhone makes the page larger when the field has the focus.
	is(t, tab, "the letters of the field", `parseFloat(getComputedStyle(`+inside("textarea")+`).fontSize) >= 16`)
	calm(t, tab)
}

// Turned, or pulled to another size, it goes on as it was.
func TestTheScreenIsTurned(t *testing.T) {
	w := newWorld(t, nil)
	w.conversation(visitor, long(200)...)
	tab := w.opened(browsertest.Start(t), en, browsertest.Phone, known(visitor, 200))
	tab.Click(inside("textarea"))
	tab.Keys("half a senten")
	do(tab, inside(".scroll")+`.scrollTo(0, 700)`)
	same := func(what string, modal bool) {
		t.Helper()
		tab.Wait(inside(".panel") + `.matches(":modal") === ` + fmt.Sprint(modal))
		is(t, tab, what+": it is open", inside(".panel")+`.open`)
		shows(t, tab, what+": what was typed", inside("textarea")+`.value`, "half a senten")
		shows(t, tab, what+": the focus", focus+`.tagName`, "TEXTAREA")
		shows(t, tab, what+": where the log is", inside(".scroll")+`.scrollTop`, "700")
		is(t, tab, what+": whether the page can be reached", `(document.querySelector("h1").focus(), document.querySelector("#try").focus(), document.activeElement.id === "try") !== `+fmt.Sprint(modal))
		do(tab, inside("textarea")+`.focus()`)
	}
	same("upright", true)
	tab.Look(browsertest.Desktop)
	same("on a desktop", false)
	shoot(tab, "turned-desktop")
	tab.Look(browsertest.Phone)
	same("upright again", true)
	tab.Keys("ce")
	shows(t, tab, "typed on", inside("textarea")+`.value`, "half a sentence")
	calm(t, tab)
}

// A phone on its side has so little height that everything scrolls together; what is said and
// answered comes into sight there, too.
func TestAPhoneOnItsSide(t *testing.T) {
	side := browsertest.Phone
	side.Width, side.Height = side.Height, side.Width
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, side)
	shoot(tab, "side-open")
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	tab.Wait(`(r => r.top >= 0 && r.top < ` + inside(".foot") + `.getBoundingClientRect().top)([...` + element + `.shadowRoot.querySelectorAll(".row.bot .bubble")].at(-1).getBoundingClientRect())`)
	shoot(tab, "side-answer")
	tabTo(tab, "Shift+Tab", ".choices button")
	is(t, tab, "what has the focus is not under the foot", `(r => r.top >= 0 && r.bottom < `+inside(".foot")+`.getBoundingClientRect().top)(`+focus+`.getBoundingClientRect())`)
	tab.Click(inside("textarea"))
	tab.Keys("still refused\r")
	tab.Wait(count(".row.contact:not(.pending)", 2))
	tab.Wait(`(r => r.top >= 0 && r.bottom < ` + inside(".foot") + `.getBoundingClientRect().top)([...` + element + `.shadowRoot.querySelectorAll(".row.contact .bubble")].at(-1).getBoundingClientRect())`)
	calm(t, tab)
}

// At 400 % a usual screen is 320 pixels wide and 256 high. Nothing scrolls sideways, and all there
// is can be reached and used.
func TestAtFourHundredPercent(t *testing.T) {
	w := newWorld(t, nil)
	w.conversation(visitor, bot.Message{From: bot.FromContact, Text: "hello"},
		bot.Message{From: bot.FromBot, Text: "What do you see? Averylongwordthatisanaddress@averylongdomainnamethatgoesonandonandon.example.com", Choices: choices("en", "wrong", "app", "off")})
	tab := w.opened(browsertest.Start(t), en, browsertest.Screen{Width: 320, Height: 256, Scale: 4, Still: true}, known(visitor, 2))
	shoot(tab, "zoom-open")
	narrow := func(what string) {
		t.Helper()
		shows(t, tab, what+": scrolls sideways", `[...`+element+`.shadowRoot.querySelectorAll(".panel, .panel *")].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" && !e.closest(".sr, svg") && getComputedStyle(e).overflowX !== "clip").map(e => e.className).join()`, "")
		is(t, tab, what+": nothing is outside", `[...`+element+`.shadowRoot.querySelectorAll(".panel button, .panel textarea")].filter(e => e.offsetWidth).every(e => (r => r.left >= 0 && r.right <= 320)(e.getBoundingClientRect()))`)
	}
	reached := func(selector string) {
		t.Helper()
		for i := range browsertest.Eval[int](tab, `[...`+element+`.shadowRoot.querySelectorAll("`+selector+`")].filter(e => e.offsetWidth).length`) {
			shows(t, tab, fmt.Sprintf("what is at %s %d", selector, i), fmt.Sprintf(`(e => {
				e.scrollIntoView({ block: "center" });
				const r = e.getBoundingClientRect(), hit = e.getRootNode().elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
				return hit && e.contains(hit) ? "itself" : e.outerHTML + " is under " + hit?.outerHTML.slice(0, 80);
			})([...%s.shadowRoot.querySelectorAll("%s")].filter(e => e.offsetWidth)[%d])`, element, selector, i), "itself")
		}
	}
	narrow("open")
	reached(".panel button, .panel textarea")
	tab.Click(inside("[aria-haspopup]"))
	narrow("the menu")
	shoot(tab, "zoom-menu")
	reached(".menu button")
	tab.Press("Escape")
	do(tab, choice("Wrong user or password")+`.scrollIntoView({ block: "center" })`)
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	narrow("answered")
	tab.Wait(`(r => r.top >= 0 && r.top < 256)([...` + element + `.shadowRoot.querySelectorAll(".row.bot .bubble")].at(-1).getBoundingClientRect())`)
	shoot(tab, "zoom-answer")
	do(tab, inside("textarea")+`.focus()`)
	tab.Keys("it")
	shoot(tab, "zoom-field")
	is(t, tab, "the field comes into sight", `(r => r.top >= 0 && r.bottom <= 256)(`+inside("textarea")+`.getBoundingClientRect())`)
	tab.Keys(" does not work\r")
	tab.Wait(count(quietLog, 6))
	if got := w.moves(); got != " choose:wrong " {
		t.Errorf("the bot got %q", got)
	}
	calm(t, tab)
}
