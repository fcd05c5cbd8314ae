package bubble

import (
	"strings"
	"testing"

	"latchkey/bot/bubble/browsertest"
)

// What looks like a password or a code is asked about once before it leaves, and whoever presses
// again means it. The rest goes at once.
func TestAPasswordIsAskedAbout(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	hint := inside(".hint") + `.textContent`
	mine := `[...` + element + `.shadowRoot.querySelectorAll(".row.contact .bubble")].map(b => b.textContent).join("|")`
	clear := `(() => { const i = ` + inside("textarea") + `; i.value = ""; i.dispatchEvent(new Event("input")); return true; })()`

	tab := w.opened(browser, en, browsertest.Desktop)
	const asked = "This seems to contain a password or a code. Nobody here needs it. Take it out, or press Send again."
	tab.Keys("my password is Hunter2024")
	shows(t, tab, "typed only", hint, "")
	tab.Press("Enter")
	shows(t, tab, "before it is sent", hint, asked)
	shows(t, tab, "what was said", mine, "")
	is(t, tab, "the words stay, and the focus", inside("textarea")+`.value === "my password is Hunter2024" && `+focus+`.tagName === "TEXTAREA"`)
	is(t, tab, "it is told to who cannot see it", inside(".hint")+`.getAttribute("role") === "status"`)
	for _, f := range tab.Axe(browsertest.AxeOptions{}) {
		t.Errorf("axe: %s", f)
	}
	shoot(tab, "risky-desktop")
	tab.Keys("!")
	shows(t, tab, "changed", hint, "")
	tab.Press("Enter")
	shows(t, tab, "another text is asked about anew", hint, asked)
	tab.Click(inside(".send"))
	tab.Wait(count(".row.contact", 1))
	shows(t, tab, "sent", hint, "")
	if got := browsertest.Eval[string](tab, mine); got != "my password is Hunter2024!" {
		t.Errorf("sent anyway: %s", got)
	}

	for _, text := range []string{
		"mon mot de passe c'est soleil99", "mdp Castor88", "pw: fluffy_20", "the code is 482913", "NIP 4471", "Soleil4711",
	} {
		tab.Keys(text)
		tab.Press("Enter")
		shows(t, tab, text, hint, asked)
		browsertest.Eval[bool](tab, clear)
		shows(t, tab, text+", taken out", hint, "")
	}
	sent := 1
	for _, text := range []string{
		"my password doesn't work", "le mot de passe est refusé", "code 500", "error code 482913", "I tried 3 times",
		"my ticket is LK-1042", "my password fails, call 514-555-0199", "ann.roy85@example.org", "annroy85", "version 8.2.1",
	} {
		tab.Keys(text)
		tab.Press("Enter")
		sent++
		tab.Wait(count(".row.contact", sent))
		shows(t, tab, text, hint, "")
	}
	if got := browsertest.Eval[string](tab, mine); !strings.HasSuffix(got, "|annroy85|version 8.2.1") {
		t.Errorf("sent: %s", got)
	}
	calm(t, tab)

	// Another place, where this browser has no conversation.
	phone := newWorld(t, nil).opened(browser, fr, browsertest.Phone)
	phone.Click(inside("textarea"))
	phone.Keys("mon mdp est Soleil99")
	phone.Press("Enter")
	shows(t, phone, "in French", hint, "Ceci semble contenir un mot de passe ou un code. Personne ici n'en a besoin. Retirez-le, ou appuyez encore sur Envoyer.")
	is(t, phone, "the line can be seen", `(() => { const b = `+inside(".hint")+`.getBoundingClientRect(); return b.height > 10 && b.bottom <= innerHeight; })()`)
	for _, f := range phone.Axe(browsertest.AxeOptions{}) {
		t.Errorf("axe, phone: %s", f)
	}
	shoot(phone, "risky-phone")
	calm(t, phone)
}

// What is pasted beyond the longest text is cut by the browser, and the person is told so. A draft
// of that length survives a reload like any other.
func TestATextThatIsTooLong(t *testing.T) {
	browser := browsertest.Start(t)
	for _, lang := range []string{en, fr} {
		w := newWorld(t, nil)
		tab := w.opened(browser, lang, browsertest.Phone)
		tooLong, hint := w.core.Word("bubble_too_long", lang), inside(".hint")+`.innerText`
		paste := func(text string) { do(tab, `document.execCommand("insertText", false, `+text+`)`) }
		tab.Click(inside("textarea"))
		paste(`"word ".repeat(399)`)
		shows(t, tab, "almost as long as it may be", hint, "")
		paste(`"word ".repeat(20)`)
		shows(t, tab, "longer", hint, tooLong)
		shows(t, tab, "what is left of it", inside("textarea")+`.value.length`, "2000")
		is(t, tab, "the line can be seen", `(() => { const b = `+inside(".hint")+`.getBoundingClientRect(); return b.height > 10 && b.bottom <= innerHeight; })()`)
		shoot(tab, "too-long-"+lang)
		// A character of two halves, of which one would fit, is cut as a whole.
		tab.Press("Backspace")
		paste(`"🔑"`)
		shows(t, tab, "at a pair", inside("textarea")+`.value.length + " " + `+hint, "1999 "+tooLong)
		tab.Press("Backspace")
		shows(t, tab, "shortened", hint, "")
		paste(`"aab"`)
		tab.Reload()
		tab.Click(inside(".launch"))
		tab.Wait(inside("textarea") + `?.value.length === 2000`)
		tab.Wait(count(quietLog, 2))
		calm(t, tab)
	}
}
