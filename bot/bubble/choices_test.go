package bubble

import (
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

const en, fr = "en", "fr"

// A choice is taken once, however often it is pressed.
func TestAChoiceIsTakenOnce(t *testing.T) {
	browser := browsertest.Start(t)
	for _, c := range []struct {
		name  string
		press func(tab *browsertest.Tab)
	}{
		{"the mouse clicks twice", func(tab *browsertest.Tab) { tab.DoubleClick(choice("Wrong user or password")) }},
		{"the button is pressed twice", func(tab *browsertest.Tab) {
			do(tab, `const b = `+choice("Wrong user or password")+`; b.click(); b.click()`)
		}},
		{"Enter is pressed twice", func(tab *browsertest.Tab) {
			do(tab, choice("Wrong user or password")+`.focus()`)
			tab.Press("Enter")
			tab.Press("Enter")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			held := make(chan struct{})
			w.core.set(func(f *fake) { f.held = held })
			tab := w.opened(browser, en, browsertest.Desktop)
			c.press(tab)
			tab.Wait(`!` + choice("Wrong user or password"))
			close(held)
			tab.Wait(choice("Still refused"))
			// Whatever was sent after it would have been answered before this.
			tab.Click(choice("Still refused"))
			tab.Wait(inside(".card.ticket"))
			if got := w.moves(); got != "choose:wrong choose:no" {
				t.Errorf("the bot got %s", got)
			}
			calm(t, tab)
		})
	}
}

// Two tabs answer the same question at the same time: the first counts, and both show the same.
func TestTwoTabsPressAtOnce(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	w.conversation(visitor, bot.Message{From: bot.FromContact, Text: "hello"}, bot.Message{From: bot.FromBot, Text: "What do you see?", Choices: choices("en", "wrong", "app", "off")})
	one := w.opened(browser, en, browsertest.Desktop, known(visitor, 2))
	two := w.opened(browser, en, browsertest.Desktop, known(visitor, 2))
	held := make(chan struct{})
	w.core.set(func(f *fake) { f.held = held })
	one.Click(choice("Wrong user or password"))
	two.Click(choice("The app freezes or stays blank"))
	for _, tab := range []*browsertest.Tab{one, two} {
		is(t, tab, "nothing is left to press", `!`+inside(".choices button:enabled"))
	}
	close(held)
	for _, tab := range []*browsertest.Tab{one, two} {
		tab.Wait(count(".row:not(.pending)", 7) + ` && ` + count(".row", 7))
	}
	var answered string
	w.core.set(func(f *fake) { answered = f.talks[w.addressOf(visitor)].log[2].Text })
	for name, tab := range map[string]*browsertest.Tab{"one": one, "two": two} {
		if got, want := seen(tab), w.stored(); got != want {
			t.Errorf("tab %s shows %s\nstored is  %s", name, got, want)
		}
		shows(t, tab, "the answer that counts, in tab "+name, texts(".picked .bubble"), answered)
		is(t, tab, "the question that is open can be answered", inside(".choices button:enabled"))
	}
	calm(t, one, two)
}

func (w *world) addressOf(token string) string {
	where, _ := address(token)
	return where
}

// What was chosen is seen, also when it was said in other words; the rest is gone.
func TestWhatWasChosenIsShown(t *testing.T) {
	browser := browsertest.Start(t)
	for _, c := range []struct{ name, typed, picked, pill string }{
		{"pressed", "", "The app freezes or stays blank", ""},
		{"its number is typed", "2", "", "The app freezes or stays blank, chosen"},
		{"typed another way", "the app FREEZES or stays blank", "", "The app freezes or stays blank, chosen"},
		{"typed as it stands", "The app freezes or stays blank", "The app freezes or stays blank", ""},
		{"something else is typed", "my dog ate it", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			tab := w.opened(browser, en, browsertest.Phone)
			shows(t, tab, "before a choice", `[...`+element+`.shadowRoot.querySelectorAll(".choices button")].map(b => getComputedStyle(b, "::before").content).join()`,
				"counter(choice),counter(choice),counter(choice)")
			if c.typed == "" {
				tab.Click(choice(c.picked))
			} else {
				tab.Click(inside("textarea"))
				tab.Keys(c.typed + "\r")
			}
			want := "choose:app"
			if c.picked == "" && c.pill == "" {
				want = ""
			}
			tab.Wait(count(quietLog, 4))
			if got := w.moves(); got != want {
				t.Errorf("the bot took it for %q", got)
			}
			for range 2 { // also after a reload
				shows(t, tab, "marked in the person's words", texts(".picked .bubble"), c.picked)
				shows(t, tab, "marked below the question", `(`+texts(".row:nth-child(2) .choices button:not([hidden])")+`).replace(/\s+(,?)/g, (all, comma) => comma || " ")`, c.pill)
				is(t, tab, "what was offered cannot be pressed", `!`+inside(".row:nth-child(2) .choices button:enabled"))
				shoot(tab, "chosen-"+strings.ReplaceAll(c.name, " ", "-"))
				tab.Reload()
				tab.Wait(inside(".launch"))
				tab.Click(inside(".launch"))
				tab.Wait(count(quietLog, 4) + ` && ` + inside(".log") + `.ariaBusy === "false"`) // and shown
			}
			calm(t, tab)
		})
	}
}

// Whoever has only keys gets to a choice and presses it, and then has the field again.
func TestAChoiceByKeyboard(t *testing.T) {
	w, page := guest(t, "", `<script src="BOT/latchkey.js" async></script>`)
	tab := browsertest.Start(t).Open(page.URL, browsertest.Desktop)
	tab.Wait(inside(".launch"))
	tabTo(tab, "Tab", ".launch")
	tab.Press("Enter")
	tab.Wait(inside(".choices button") + ` && ` + focus + `.tagName === "TEXTAREA"`)
	tabTo(tab, "Shift+Tab", ".choices button:nth-child(2)")
	is(t, tab, "the focus is seen", `getComputedStyle(`+focus+`).outlineStyle === "solid"`)
	tab.Press("Space")
	tab.Wait(count(quietLog, 4))
	shows(t, tab, "the focus afterwards", focus+`.tagName`, "TEXTAREA")
	if got := w.moves(); got != "choose:app" {
		t.Errorf("the bot got %s", got)
	}
}

// Back, start over, a person, "it works now": always one press away, on one line, whole.
func TestTheBar(t *testing.T) {
	browser := browsertest.Start(t)
	narrow := browsertest.Phone
	narrow.Width = 360
	for _, lang := range []string{en, fr} {
		for name, screen := range map[string]browsertest.Screen{"desktop": browsertest.Desktop, "phone": browsertest.Phone, "narrow": narrow} {
			t.Run(lang+" "+name, func(t *testing.T) {
				w := newWorld(t, func(l *limits, _ *Options) { l.visitor = budget{rate: 1000, burst: 1000} })
				tab := w.opened(browser, lang, screen)
				bar := `[...` + element + `.shadowRoot.querySelectorAll(".bar button")]`
				shows(t, tab, "the bar", bar+`.map(b => b.dataset.move).join(" ")`, "jump:person jump:works back restart")
				shows(t, tab, "lines", `new Set(`+bar+`.map(b => b.offsetTop)).size`, "1")
				is(t, tab, "each is whole", bar+`.every(b => b.scrollWidth <= b.clientWidth && b.offsetHeight <= 44 && b.offsetHeight >= 36 && b.offsetWidth >= 34)`)
				is(t, tab, "none is beside the bar", bar+`.every(b => b.getBoundingClientRect().right <= `+inside(".bar")+`.getBoundingClientRect().right + .5)`)
				shoot(tab, "bar-"+lang+"-"+name)
				for i, move := range []string{"back", "restart", "jump:works", "jump:person"} {
					tab.Click(inside(".bar [data-move='" + move + "']"))
					tab.Wait(count(".row.contact:not(.pending)", i+1))
				}
				if got := w.moves(); got != "back restart jump:works jump:person" {
					t.Errorf("the bot got %s", got)
				}
				calm(t, tab)
			})
		}
	}
}

func TestTheMenuByKeyboard(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop)
	tabTo(tab, "Shift+Tab", "[aria-haspopup]")
	at := func(key, want string) {
		t.Helper()
		tab.Press(key)
		shows(t, tab, "after "+key, focus+`.innerText || `+focus+`.getAttribute("aria-label")`, want)
	}
	at("Enter", "My account is disabled")
	is(t, tab, "it says that it is open", inside("[aria-haspopup]")+`.ariaExpanded === "true"`)
	at("ArrowDown", "I'll look and come back")
	at("ArrowDown", "Sound")
	at("End", "Français")
	at("ArrowDown", "My account is disabled")
	at("ArrowUp", "Français")
	at("ArrowUp", "English")
	at("Home", "My account is disabled")
	shoot(tab, "menu-keys")
	at("Escape", "More options")
	is(t, tab, "the menu is closed and the panel open", inside(".menu")+`.hidden && `+inside(".panel")+`.open && `+inside("[aria-haspopup]")+`.ariaExpanded === "false"`)
	at("Space", "My account is disabled")
	tab.Press("Tab") // leaves it
	is(t, tab, "the menu is closed", inside(".menu")+`.hidden`)
	tabTo(tab, "Shift+Tab", "[aria-haspopup]")
	at("Enter", "My account is disabled")
	at("End", "Français")
	tab.Press("Enter")
	tab.Wait(inside("textarea") + `.placeholder === "Écrivez votre message"`)
	is(t, tab, "the focus stays in the panel", inside(".panel")+`.matches(":focus-within")`)
	calm(t, tab)
}
