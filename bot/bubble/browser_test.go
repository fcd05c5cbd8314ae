package bubble

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"latchkey/bot/bubble/browsertest"
)

// shots is where pictures go when somebody wants to look at them.
var shots = os.Getenv("LATCHKEY_SHOTS")

func shoot(tab *browsertest.Tab, name string) {
	if shots != "" {
		tab.Shot(filepath.Join(shots, name+".png"))
	}
}

// In the page: the element, something inside it, and what the log says.
const element = `document.querySelector("latchkey-bubble")`

func inside(selector string) string {
	return element + `?.shadowRoot?.querySelector(` + strconv.Quote(selector) + `)`
}

func choice(label string) string {
	return `[...(` + element + `?.shadowRoot?.querySelectorAll(".choices button:enabled") ?? [])].find(b => b.innerText === ` + strconv.Quote(label) + `)`
}

func menuItem(label string) string {
	return `[...` + element + `.shadowRoot.querySelectorAll(".menu button")].find(b => b.innerText === ` + strconv.Quote(label) + `)`
}

func rows(tab *browsertest.Tab) string {
	return browsertest.Eval[string](tab, `[...`+element+`.shadowRoot.querySelectorAll(".row .bubble")].map(b => (b.querySelector("p") ?? b).textContent).join(" | ")`)
}

func count(selector string, n int) string {
	return element + `?.shadowRoot?.querySelectorAll(` + strconv.Quote(selector) + `).length === ` + strconv.Itoa(n)
}

const quietLog = `.row:not(.pending)`

func calm(t *testing.T, tabs ...*browsertest.Tab) {
	t.Helper()
	for _, tab := range tabs {
		if all := tab.Troubles(); len(all) > 0 {
			t.Errorf("the page complains: %s", strings.Join(all, "\n"))
		}
	}
}

func TestAVisitorInABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Wait(inside(".launch"))
	shoot(tab, "desktop-closed")
	if browsertest.Eval[bool](tab, `Boolean(`+inside(".panel")+`)`) {
		t.Error("the panel was loaded before anybody opened it")
	}

	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	tab.Wait(element + `.shadowRoot.activeElement?.tagName === "TEXTAREA"`)
	if browsertest.Eval[int](tab, `localStorage.length`) != 0 {
		t.Error("something was kept before the first word")
	}
	shoot(tab, "desktop-open")

	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	if got := rows(tab); got != "Hello! I help with login problems. | What do you see when you try to log in? | Wrong user or password | Let's try the reset mail." {
		t.Errorf("the log: %s", got)
	}
	if n := browsertest.Eval[int](tab, element+`.shadowRoot.querySelectorAll("ol li").length`); n != 3 {
		t.Errorf("%d numbered lines became a list", n)
	}
	if got := browsertest.Eval[string](tab, `[...`+element+`.shadowRoot.querySelectorAll(".bubble a")].map(a => a.getAttribute("href")).join(" ")`); got != "https://help.example.com/reset mailto:help@example.com" {
		t.Errorf("links: %s", got)
	}
	if got := browsertest.Eval[string](tab, `[...`+element+`.shadowRoot.querySelectorAll(".row.picked .bubble")].map(b => b.textContent).join()`); got != "Wrong user or password" {
		t.Errorf("marked as chosen: %q", got)
	}
	shoot(tab, "desktop-steps")

	tab.Keys("<b>it is</b> still refused")
	tab.Keys("\r")
	tab.Wait(count(quietLog, 6))
	if got := rows(tab); !strings.Contains(got, "| <b>it is</b> still refused | Sorry") {
		t.Errorf("what was typed: %s", got)
	}

	tab.Reload() // the panel was open, so it opens again
	tab.Wait(count(quietLog, 6))
	if got := rows(tab); !strings.Contains(got, "| <b>it is</b> still refused | Sorry") {
		t.Errorf("after the reload: %s", got)
	}

	second := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	second.Click(inside(".launch"))
	second.Wait(count(quietLog, 6))
	second.Click(inside("[data-move='jump:person']"))
	for _, b := range []*browsertest.Tab{tab, second} {
		b.Wait(inside(".card.ticket"))
		if got := browsertest.Eval[string](b, inside(".ticket strong")+".innerText"); got != "LK-1042" {
			t.Errorf("the ticket's number: %s", got)
		}
		b.Wait(inside(".status") + `.innerText === "Our team has your case"`)
	}
	shoot(second, "desktop-ticket")

	// Escape closes, the focus goes back, and what comes then is counted on the button, as long
	// as no tab shows it.
	browsertest.Eval[bool](tab, `(() => { `+element+`.close(); return true; })()`)
	second.Keys("\x1b")
	second.Wait(`!` + inside(".panel") + `.open && ` + element + `.shadowRoot.activeElement?.className === "launch"`)
	var where string
	w.core.set(func(f *fake) {
		for where = range f.talks {
		}
	})
	w.core.write(where, "Hi, this is Ann. I have looked at your account.")
	second.Wait(`!` + inside(".count") + `.hidden`)
	shoot(second, "desktop-unread")
	second.Click(inside(".launch"))
	second.Wait(inside(".row.agent") + ` && ` + inside(".count") + `.hidden`)
	if w.core.taken != 3 || len(w.core.talks) != 1 {
		t.Errorf("%d messages in %d conversations are stored", w.core.taken, len(w.core.talks))
	}
	calm(t, tab, second)
}

func TestTwoTabsBeginOneConversation(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	one := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	two := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	for _, tab := range []*browsertest.Tab{one, two} {
		tab.Click(inside(".launch"))
		tab.Wait(count(quietLog, 2))
	}
	one.Click(choice("Wrong user or password"))
	two.Wait(count(quietLog, 4))
	two.Click(choice("It works"))
	one.Wait(inside(".card.resolved"))
	shoot(one, "desktop-resolved")
	if len(w.core.talks) != 1 {
		t.Errorf("%d conversations", len(w.core.talks))
	}
	calm(t, one, two)
}

func TestALostLineInABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))

	// The service goes away; what is written waits, and says so.
	handler := w.server.Config.Handler
	w.server.Config.Handler = nothing
	for _, s := range w.bubble.wheel.stop() {
		s.shut(closeRestart, "the service restarts")
	}
	tab.Wait(`!` + inside(".banner.offline") + `?.hidden`)
	tab.Keys("are you there?")
	tab.Keys("\r")
	tab.Wait(inside(".pending.late .meta button"))
	shoot(tab, "desktop-offline")

	// It comes back, and the message goes out once.
	w.bubble.wheel.mu.Lock()
	w.bubble.wheel.stopped, w.bubble.wheel.gone = false, make(chan struct{})
	w.bubble.wheel.mu.Unlock()
	w.server.Config.Handler = handler
	tab.Click(inside(".pending.late .meta button"))
	tab.Wait(count(quietLog, 6))
	tab.Wait(inside(".banner") + `.hidden`)
	if got := rows(tab); strings.Count(got, "are you there?") != 1 {
		t.Errorf("the log: %s", got)
	}
	if w.core.taken != 2 {
		t.Errorf("%d messages were stored", w.core.taken)
	}
}

func TestTheMenuAndTheLanguageOnAPhone(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Phone)
	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	if got := browsertest.Eval[string](tab, element+`.shadowRoot.activeElement?.id`); got != "title" {
		t.Errorf("the focus is on %q: a phone would open its keyboard", got)
	}
	if !browsertest.Eval[bool](tab, `(r => r.top === 0 && r.left === 0 && r.width === innerWidth && r.height === innerHeight)(`+inside(".panel")+`.getBoundingClientRect())`) {
		t.Error("the panel does not fill the screen")
	}
	shoot(tab, "phone-open")

	// Before the first word the switch says hello again; nothing is stored.
	tab.Click(inside(".icon[aria-haspopup]"))
	shoot(tab, "phone-menu")
	tab.Click(menuItem("Français"))
	tab.Wait(choice("Mauvais identifiant ou mot de passe"))
	if w.core.taken != 0 {
		t.Error("the switch began a conversation")
	}
	tab.Click(choice("Mauvais identifiant ou mot de passe"))
	tab.Wait(choice("Ça fonctionne"))
	shoot(tab, "phone-french")

	// In a conversation it is a move.
	tab.Click(inside(".icon[aria-haspopup]"))
	tab.Click(menuItem("English"))
	tab.Wait(choice("Wrong user or password"))
	tab.Wait(inside("textarea") + `.placeholder === "Write your message"`)
	if w.core.taken != 2 {
		t.Errorf("%d messages were stored", w.core.taken)
	}
	calm(t, tab)
}

func TestThePageIsTold(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Wait(inside(".launch"))
	browsertest.Eval[bool](tab, `(() => {
		window.told = [];
		for (const what of ["open", "close", "message", "ticket"])
			document.addEventListener("latchkey:" + what, ({ detail }) => told.push(what + (detail?.number ?? detail?.from ?? "")));
		`+element+`.setAttribute("accent", "#ffd54a");
		`+element+`.setAttribute("position", "left");
		`+element+`.open();
		return true;
	})()`)
	tab.Wait(count(quietLog, 2))
	tab.Click(inside("[data-move='jump:person']"))
	tab.Wait(inside(".card.ticket"))
	shoot(tab, "desktop-accent-left")
	browsertest.Eval[bool](tab, `(() => { `+element+`.close(); return true; })()`)
	if got := browsertest.Eval[string](tab, `told.join(" ")`); got != "open messagecontact messagebot ticketLK-1042 close" {
		t.Errorf("the page was told: %s", got)
	}
	if got := browsertest.Eval[string](tab, `getComputedStyle(`+inside(".launch")+`).color`); got != "rgb(0, 0, 0)" {
		t.Errorf("signs on a light accent are %s", got)
	}
	// Taken away and put back, as pages that swap their parts do.
	browsertest.Eval[bool](tab, `(() => { const el = `+element+`; el.remove(); document.body.append(el); return true; })()`)
	tab.Click(inside(".launch"))
	tab.Wait(count(".panel", 1))
	tab.Wait(inside(".card.ticket"))
	calm(t, tab)
}

// Pictures of every state, for eyes; the assertions are elsewhere.
func TestPictures(t *testing.T) {
	if shots == "" {
		t.Skip("LATCHKEY_SHOTS names no folder")
	}
	browser := browsertest.Start(t)
	for _, c := range []struct {
		name   string
		screen browsertest.Screen
	}{{"desktop", browsertest.Desktop}, {"phone", browsertest.Phone}} {
		for _, dark := range []bool{false, true} {
			w := newWorld(t, nil)
			screen, name := c.screen, c.name+"-light"
			if screen.Dark = dark; dark {
				name = c.name + "-dark"
			}
			tab := browser.Open(w.server.URL+"/?lang=fr", screen)
			tab.Click(inside(".launch"))
			tab.Click(choice("Mauvais identifiant ou mot de passe"))
			tab.Wait(choice("Toujours refusé"))
			shoot(tab, name+"-1-steps")
			tab.Click(inside("textarea"))
			tab.Keys("Bonjour, j'ai essayé trois fois déjà et ça ne marche toujours pas. " + strings.Repeat("Je ne comprends vraiment pas pourquoi. ", 8))
			shoot(tab, name+"-2-typing")
			tab.Keys("\r")
			tab.Wait(count(quietLog, 6))
			shoot(tab, name+"-3-long")
			w.core.set(func(f *fake) { f.slow = 1_500_000_000 })
			tab.Click(inside("[data-move='jump:person']"))
			tab.Wait(inside(".typing") + `.childElementCount > 0`)
			shoot(tab, name+"-4-thinking")
			tab.Wait(inside(".card.ticket"))
			shoot(tab, name+"-5-ticket")
		}
	}
}
