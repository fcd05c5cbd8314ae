package bubble

import (
	"testing"

	"latchkey/bot/bubble/browsertest"
)

// The panel is pulled to another size by its free corner, with a mouse or with keys, never beyond
// the window, and stays so.
func TestTheCorner(t *testing.T) {
	browser := browsertest.Start(t)
	for _, side := range []struct {
		name    string
		out     float64 // which way is larger
		larger  string
		smaller string
	}{{"right", -1, "ArrowLeft", "ArrowRight"}, {"left", 1, "ArrowRight", "ArrowLeft"}} {
		t.Run(side.name, func(t *testing.T) {
			w, page := guest(t, "", `<latchkey-bubble position=`+side.name+`></latchkey-bubble><script src="BOT/latchkey.js" async></script>`)
			tab := browser.Open(page.URL, browsertest.Desktop)
			tab.Click(inside(".launch"))
			tab.Wait(inside(".row"))
			grip := inside(".grip")
			size := func(what, want string) {
				t.Helper()
				shows(t, tab, what, inside(".panel")+`.offsetWidth + "x" + `+inside(".panel")+`.offsetHeight`, want)
				is(t, tab, what+": the corner tells the width", grip+`.ariaValueNow === String(`+inside(".panel")+`.offsetWidth)`)
				is(t, tab, what+": it is in the window", `(r => r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight)(`+inside(".panel")+`.getBoundingClientRect())`)
			}
			size("usual", "400x660")
			tab.Drag(grip, side.out*100, 60)
			size("wider and lower", "500x600")
			shows(t, tab, "kept before the first word", `localStorage.length`, "0")
			tab.Click(choice("Wrong user or password"))
			tab.Wait(count(quietLog, 4))
			tab.Reload()
			tab.Wait(inside(".panel") + `?.open`)
			size("after a reload", "500x600")

			do(tab, grip+`.focus()`)
			tab.Press(side.larger)
			size("wider by a key", "524x600")
			tab.Press(side.smaller)
			tab.Press(side.smaller)
			size("narrower by keys", "476x600")
			tab.Press("ArrowUp")
			size("higher by a key", "476x624")
			tab.Press("ArrowDown")
			tab.Press("ArrowDown")
			size("lower by keys", "476x576")
			shoot(tab, "grip-"+side.name)
			is(t, tab, "the corner has a name", grip+`.ariaLabel === "Size of the window"`)

			tab.Drag(grip, side.out*1500, -1500)
			size("beyond the window", "1240x680")
			tab.Press(side.smaller)
			size("a key narrower than the window", "1216x680")
			tab.Drag(grip, -side.out*1500, 1500)
			size("as small as can be", "300x360")
			tab.DoubleClick(grip)
			size("usual again", "400x660")
			tab.Press(side.larger)
			tab.Press("Home")
			size("usual again by a key", "400x660")
			tab.Reload()
			tab.Wait(inside(".panel") + `?.open`)
			size("usual after a reload", "400x660")
			if w.core.taken != 1 {
				t.Errorf("%d messages were stored", w.core.taken)
			}
			calm(t, tab)
		})
	}
}
