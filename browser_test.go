package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/mail/mailtest"
)

const element = `document.querySelector("latchkey-bubble")`

// inShadow is an expression for something inside the bubble.
func inShadow(selector string) string {
	return element + `?.shadowRoot?.querySelector(` + strconv.Quote(selector) + `)`
}

// button is an expression for a choice that can be pressed.
func button(label string) string {
	return `[...(` + element + `?.shadowRoot?.querySelectorAll(".choices button:enabled") ?? [])].findLast(b => b.innerText === ` + strconv.Quote(label) + `)`
}

// A client in a real browser clicks through the tree to a ticket, with a reload in the middle
// and the page in French at the end.
func TestClientInABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	smtp := mailtest.Listen(t)
	addr, _ := start(t, worldSettings(t, t.TempDir(), smtp))
	tab := browser.Open("http://"+addr+"/?lang=en", browsertest.Phone)
	tab.Wait(inShadow(".launch"))
	tab.Click(inShadow(".launch"))
	defer func() {
		if t.Failed() {
			t.Logf("the bubble shows: %s", browsertest.Eval[string](tab, element+`.shadowRoot.textContent`))
		}
	}()
	does := func(step string) {
		t.Helper()
		if label, ok := strings.CutPrefix(step, "["); ok {
			// The same label may stand under the question before: wait until that one is answered.
			tab.Wait(`!` + inShadow(".row.pending"))
			tab.Click(button(strings.TrimSuffix(label, "]")))
			return
		}
		tab.Wait(`!` + inShadow("textarea") + `.disabled`)
		tab.Click(inShadow("textarea"))
		tab.Keys(step + "\r")
	}
	said := func(text string) string {
		return fmt.Sprintf(`[...(%s?.shadowRoot?.querySelectorAll(".bubble, .card") ?? [])].some(b => b.innerText.includes(%q))`, element, text)
	}
	for i, step := range giveUpWalk {
		if i == 5 {
			tab.Wait(button(strings.Trim(step, "[]"))) // the answer before is whole
			before := browsertest.Eval[int](tab, element+`.shadowRoot.querySelectorAll(".bubble").length`)
			tab.Reload()
			// On a phone the panel covers the page, so it does not open by itself.
			tab.Click(inShadow(".launch"))
			tab.Wait(fmt.Sprintf(`%s?.shadowRoot?.querySelectorAll(".bubble").length === %d`, element, before))
		}
		does(step)
		if !strings.HasPrefix(step, "[") {
			tab.Wait(said(step))
		}
	}
	tab.Wait(inShadow(".card.ticket"))
	if got := browsertest.Eval[string](tab, inShadow(".ticket strong")+".innerText"); got != "LK-1001" {
		t.Errorf("the ticket's number is shown as %q", got)
	}
	smtp.Wait(t, 1)
	if all := tab.Troubles(); len(all) > 0 {
		t.Errorf("the page complains: %s", strings.Join(all, "\n"))
	}
}
