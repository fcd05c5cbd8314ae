package bubble

import (
	"testing"

	"latchkey/bot/bubble/browsertest"
)

// The focus goes into the panel when it opens and back to the button when it closes.
func TestTheFocusGoesInAndComesBack(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.at(browsertest.Start(t), en, browsertest.Desktop)
	in := func(how string) {
		t.Helper()
		tab.Wait(inside(".panel") + `?.open && ` + focus + `.tagName === "TEXTAREA"`)
		tab.Wait(inside(".row"))
		is(t, tab, how+": the button says that it is open", inside(".launch")+`.ariaExpanded === "true" && `+inside(".launch")+`.ariaLabel === "Close the chat"`)
	}
	out := func(how string) {
		t.Helper()
		tab.Wait(`!` + inside(".panel") + `.open`)
		is(t, tab, how+": the focus is on the button", focus+`.matches(".launch[aria-expanded=false]")`)
		shows(t, tab, how+": its name", inside(".launch")+`.ariaLabel`, "Open the login help chat")
	}
	tab.Click(inside(".launch"))
	in("clicked")
	tab.Press("Escape")
	out("Escape")
	tab.Press("Enter")
	in("Enter")
	tab.Click(inside(".shut"))
	out("the panel's own button")
	tab.Press("Space")
	in("Space")
	tabTo(tab, "Shift+Tab", "[aria-haspopup]")
	tab.Press("Enter")
	tab.Press("Escape")
	is(t, tab, "Escape in the menu leaves the panel", inside(".panel")+`.open && `+inside(".menu")+`.hidden`)
	tab.Press("Escape")
	out("Escape after the menu")
	do(tab, element+`.open()`)
	in("by the page")
	// Who has gone back to the page is left there.
	do(tab, `document.querySelector("#try").focus(); `+element+`.close()`)
	tab.Wait(`!` + inside(".panel") + `.open`)
	shows(t, tab, "closed by the page, the focus", focus+`.id`, "try")
	calm(t, tab)
}

// A page that loads with the panel open keeps its focus: nobody has asked for the panel now.
func TestALoadingPageKeepsItsFocus(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := w.opened(browser, en, browsertest.Desktop)
	tab.Reload()
	tab.Wait(inside(".panel") + `?.open && ` + inside(".row"))
	is(t, tab, "reloaded, the focus is the page's", focus+` === document.body`)
	// On a phone it would be all there is to see.
	phone := w.opened(browser, en, browsertest.Phone)
	phone.Reload()
	phone.Wait(inside(".launch"))
	is(t, phone, "reloaded, a phone shows the page", `!`+inside(".panel")+` || !`+inside(".panel")+`.open`)

	_, page := guest(t, "", `<input id=search autofocus><latchkey-bubble open></latchkey-bubble><script src="BOT/latchkey.js" async></script>`)
	tab = browser.Open(page.URL, browsertest.Desktop, `
		window.told = [];
		for (const what of ["open", "close"]) addEventListener("latchkey:" + what, () => told.push(what));`)
	tab.Wait(inside(".panel") + `?.open && ` + inside(".row"))
	shows(t, tab, "open from the start, the focus", focus+`.id`, "search")
	shows(t, tab, "the page was told", `told.join()`, "open")
	calm(t, tab, phone)
}

// On a phone the panel is all there is: the page behind it cannot be reached until it is closed.
func TestAPhoneShowsThePanelAlone(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, browsertest.Phone)
	is(t, tab, "it is modal", inside(".panel")+`.matches(":modal")`)
	for range 20 {
		tab.Press("Tab")
		is(t, tab, "the focus is not on the page", `[document.body, `+element+`].includes(document.activeElement)`)
	}
	// "Back" is told to a dialog as cancel.
	do(tab, inside(".panel")+`.dispatchEvent(new Event("cancel", { cancelable: true }))`)
	tab.Wait(`!` + inside(".panel") + `.open`)
	is(t, tab, "it is closed for the page, too", `!`+element+`.hasAttribute("open")`)
	tab.Click(`document.querySelector("#try")`)
	tab.Wait(inside(".panel") + `.open`)
	is(t, tab, "it is modal again", inside(".panel")+`.matches(":modal")`)
	tab.Press("Escape")
	tab.Wait(`!` + inside(".panel") + `.open`)
	calm(t, tab)
}

// Whatever is pressed, the focus is somewhere in the panel afterwards.
func TestTheFocusIsNeverLost(t *testing.T) {
	browser := browsertest.Start(t)
	for name, screen := range map[string]browsertest.Screen{"desktop": browsertest.Desktop, "phone": browsertest.Phone} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			tab := w.opened(browser, en, screen)
			stays := func(what string) {
				t.Helper()
				is(t, tab, "the focus is in the panel after "+what, inside(".panel")+`.matches(":focus-within")`)
			}
			tab.Click(choice("Wrong user or password"))
			stays("a choice")
			tab.Wait(count(quietLog, 4))
			stays("the answer")
			tab.Click(inside("[data-move=back]"))
			stays("a move")
			tab.Wait(count(quietLog, 6))
			tab.Click(inside("[aria-haspopup]"))
			tab.Click(menuItem("Français"))
			stays("another language")
			tab.Wait(choice("Mauvais identifiant ou mot de passe"))
			stays("what it brings")
			tab.Click(inside("[data-move='jump:person']"))
			tab.Wait(inside(".card.ticket") + ` && ` + inside(".rating"))
			stays("the ticket")
			tab.Click(inside(".rating button"))
			tab.Wait(inside(".thanks"))
			stays("a rating")
			tab.Click(inside(".more textarea"))
			tab.Keys("merci")
			tab.Click(inside(".more button"))
			tab.Wait(`!` + inside(".more"))
			stays("a comment")
			tab.Click(inside(".mailing button"))
			tab.Keys("ann@example.com")
			tab.Click(inside(".mailing .go"))
			tab.Wait(inside(".mailing > .says"))
			stays("the wish for a mail")
			calm(t, tab)
		})
	}
}
