package pages_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/bot/bubble/browsertest"
	"latchkey/kb/pages"
)

// looks are the pages that are looked at, by a name for their pictures.
var looks = map[string]string{
	"list": "/help/%s/", "article": "/help/%s/password-reset", "professional": "/help/%s/resend-invitation",
	"found": "/help/%s/?q=password", "nothing": "/help/%s/?q=zzz", "gone": "/help/%s/nothing",
}

// People with disabilities find nothing in their way, on any screen; nothing is wider than the
// screen, and no page complains. LATCHKEY_TEST_SCREENSHOTS names a folder for pictures.
func TestPagesInABrowser(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	s := site(t, func(o *pages.Options) { o.Product = "Latchkey" })
	folder := os.Getenv("LATCHKEY_TEST_SCREENSHOTS")
	for name, screen := range map[string]browsertest.Screen{"phone": browsertest.Phone, "desktop": browsertest.Desktop} {
		for _, lang := range []string{"en", "fr"} {
			for look, path := range looks {
				tab := browser.Open(s.URL+fmt.Sprintf(path, lang), screen)
				for _, dark := range []bool{false, true} {
					screen.Dark = dark
					tab.Look(screen)
					where := fmt.Sprintf("%s-%s-%s-%v", look, lang, name, dark)
					for _, f := range tab.Axe(browsertest.AxeOptions{}) {
						t.Errorf("%s: %s", where, f)
					}
					if wide := browsertest.Eval[int](tab, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
						t.Errorf("%s: %d pixels are beside the screen", where, wide)
					}
					if folder != "" {
						tab.Shot(filepath.Join(folder, "help-"+where+".png"))
					}
				}
				for _, trouble := range tab.Troubles() {
					if look != "gone" || !strings.Contains(trouble, "404") {
						t.Errorf("%s: the page complains: %s", look, trouble)
					}
				}
			}
		}
	}
}

// Without a mouse: the first key goes past the head, and the search works by keys alone.
func TestPagesByKeys(t *testing.T) {
	browser := browsertest.Start(t)
	s := site(t, nil)
	tab := browser.Open(s.URL+"/help/en/", browsertest.Desktop)
	tab.Press("Tab")
	if got := browsertest.Eval[string](tab, `document.activeElement.className`); got != "skip" {
		t.Fatalf("the first key leads to %q", got)
	}
	tab.Press("Enter")
	tab.Press("Tab")
	if got := browsertest.Eval[string](tab, `document.activeElement.id`); got != "q" {
		t.Fatalf("after the head comes %q", got)
	}
	tab.Keys("merge two clients\r")
	tab.Wait(`location.search === "?q=merge+two+clients" && document.querySelector(".found a")`)
	if got := browsertest.Eval[string](tab, `document.querySelector(".found a").getAttribute("href")`); got != "merge-clients" {
		t.Errorf("found first: %q", got)
	}
}
