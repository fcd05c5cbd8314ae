package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/mail/mailtest"
)

// A question in the bubble: the passage with its link, the step again below it, the verdict. Then the
// page behind the link, with the bubble on it, under its strict policy.
func TestAnAnswerInABrowser(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	addr, _ := start(t, worldSettings(t, t.TempDir(), mailtest.Listen(t)))
	tab := browser.Open("http://"+addr+"/?lang=en", browsertest.Phone)
	tab.Click(inShadow(".launch"))
	tab.Click(button("Wrong user or password"))
	tab.Wait(button("A username"))
	types := func(text string) {
		tab.Wait(`!` + inShadow("textarea") + `.disabled`)
		tab.Click(inShadow("textarea"))
		tab.Keys(text + "\r")
	}
	types("can I use the web version in a browser?")
	tab.Wait(button("Yes, it helped"))
	tab.Wait(button("A username"))
	link := browsertest.Eval[map[string]string](tab, `(({ href, target, rel, innerText }) => ({ href, target, rel, innerText }))(`+inShadow(`.bubble a[href*="/help/"]`)+`)`)
	if link["href"] != "http://"+addr+"/help/en/web-version" || link["target"] != "_blank" || link["rel"] != "noopener noreferrer" || link["innerText"] != "Read the whole page" {
		t.Errorf("the link is %v", link)
	}
	// A number that is typed answers the step: only its buttons have numbers.
	numbered := func(label string) bool {
		return browsertest.Eval[string](tab, `getComputedStyle(`+button(label)+`, "::before").display`) != "none"
	}
	if numbered("Yes, it helped") || !numbered("A username") {
		t.Errorf("numbers: at the verdict %v, at the step %v", numbered("Yes, it helped"), numbered("A username"))
	}
	folder := os.Getenv("LATCHKEY_TEST_SCREENSHOTS")
	for _, dark := range []bool{false, true} {
		screen := browsertest.Phone
		screen.Dark = dark
		tab.Look(screen)
		for _, f := range tab.Axe(browsertest.AxeOptions{In: []string{"latchkey-bubble", ".panel"}}) {
			t.Errorf("with an answer, dark %v: %s", dark, f)
		}
		if folder != "" {
			tab.Shot(filepath.Join(folder, fmt.Sprintf("answer-%v.png", dark)))
		}
	}
	tab.Click(button("Yes, it helped"))
	tab.Wait(`[...` + inShadow(".log") + `.querySelectorAll(".bubble")].some(b => b.innerText.includes("Glad to hear it!"))`)
	tab.Wait(button("A username"))
	if all := tab.Troubles(); len(all) > 0 {
		t.Errorf("the page complains: %q", all)
	}

	help := browser.Open(link["href"], browsertest.Desktop)
	help.Wait(inShadow(".launch"))
	help.Click(inShadow(".launch"))
	help.Wait(inShadow(".panel"))
	for _, f := range help.Axe(browsertest.AxeOptions{}) {
		t.Errorf("the help page with the bubble: %s", f)
	}
	if folder != "" {
		help.Shot(filepath.Join(folder, "help-with-bubble.png"))
	}
	if all := help.Troubles(); len(all) > 0 {
		t.Errorf("the help page complains: %q", all)
	}
}
