package bubble

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/bubble/linetest"
)

// leafed says how often somebody asked for earlier messages.
func (w *world) leafed() (n int) {
	w.core.set(func(f *fake) {
		for _, r := range f.reads {
			if r.before > 0 {
				n++
			}
		}
	})
	return n
}

// Of a long conversation the newest messages come first, the others while one scrolls up, and
// what is being read stays where it is.
func TestALongConversation(t *testing.T) {
	const all = 1000
	browser := browsertest.Start(t)
	side := browsertest.Phone
	side.Width, side.Height = side.Height, side.Width
	for name, screen := range map[string]browsertest.Screen{"desktop": browsertest.Desktop, "phone": browsertest.Phone, "phone on its side": side} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.conversation(visitor, long(all)...)
			tab := w.opened(browser, en, screen, known(visitor, all))
			tab.Wait(count(".row", 50))
			shows(t, tab, "the first that is there", inside(".row")+`.dataset.seq`, "951")
			const frames = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`
			do(tab, `window.drawn = false; `+frames+`.then(() => { drawn = true; })`)
			tab.Wait(`drawn`)
			is(t, tab, "the last of the person's words is in sight", `(r => r.top >= 0 && r.bottom <= innerHeight)(`+inside("[data-seq='1000'] .bubble")+`.getBoundingClientRect())`)
			if n := w.leafed(); n != 0 {
				t.Errorf("%d pages were asked for before anybody scrolled", n)
			}
			do(tab, `window.box = [`+inside(".scroll")+`, `+inside(".panel")+`].find(e => e.scrollTop > 0)`)
			for there := 50; there < all; there += 50 {
				head := inside(fmt.Sprintf("[data-seq='%d'] .bubble", all-there+1))
				do(tab, `box.scrollTop = 0`)
				before := browsertest.Eval[float64](tab, head+`.getBoundingClientRect().top`)
				tab.Wait(count(".row", there+50))
				if after := browsertest.Eval[float64](tab, head+`.getBoundingClientRect().top`); after < before-1 || after > before+1 {
					t.Fatalf("message %d jumped from %g to %g", all-there+1, before, after)
				}
			}
			tab.Wait(inside(".earlier") + `.hidden`)
			if got, want := seen(tab), w.stored(); got != want {
				t.Error("what is on the screen is not what is stored")
			}
			if n := w.leafed(); n != all/50-1 {
				t.Errorf("%d pages were asked for", n)
			}
			calm(t, tab)
		})
	}
}

// The same with keys only. At the beginning of it all there is no button any more, and the focus
// is still in the panel.
func TestEarlierMessagesByKeyboard(t *testing.T) {
	w := newWorld(t, nil)
	w.conversation(visitor, long(220)...)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop, known(visitor, 220))
	tabTo(tab, "Shift+Tab", ".earlier")
	shoot(tab, "earlier")
	tab.Wait(count(".row", 100)) // it has scrolled into sight
	for _, n := range []int{150, 200, 220} {
		is(t, tab, "the button has the focus", focus+`.matches(".earlier")`)
		tab.Press("Enter")
		tab.Wait(count(".row", n))
	}
	is(t, tab, "the button is gone", inside(".earlier")+`.hidden`)
	is(t, tab, "the focus is in the log", focus+`.closest(".scroll")`)
	calm(t, tab)
}

// meter adds up how long the page works on what it hears, with the layout that follows.
const meter = `{
	const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
	window.spent = window.heard = 0;
	Object.defineProperty(WebSocket.prototype, "onmessage", { set(f) {
		set.call(this, event => {
			const from = performance.now();
			f(event);
			document.querySelector("latchkey-bubble").shadowRoot.querySelector(".scroll").scrollHeight;
			spent += performance.now() - from;
			heard++;
		});
	} });
}`

// What one more message costs where a thousand are.
func BenchmarkAMessageMore(b *testing.B) {
	const all = 1000
	w := newWorld(b, nil)
	where := w.conversation(visitor, long(all)...)
	tab := w.opened(browsertest.Start(b), en, browsertest.Desktop, meter, known(visitor, all))
	for there := 50; there < all; there += 50 {
		do(tab, inside(".scroll")+`.scrollTo(0, 0)`)
		tab.Wait(count(".row", there+50))
	}
	do(tab, inside(".scroll")+`.scrollTo(0, 1e6); spent = heard = 0`)
	b.ResetTimer()
	for i := range b.N {
		w.core.write(where, fmt.Sprintf("one more, %d", i))
		if i%20 == 19 { // the server sends at most so many in one go
			tab.Wait(fmt.Sprintf(`%s.shadowRoot.querySelectorAll(".row").length > %d`, element, all+i))
		}
	}
	tab.Wait(count(".row", all+b.N))
	b.ReportMetric(browsertest.Eval[float64](tab, `spent / heard`), "ms/message")
}

// Where the team has said more than a page, the log opens at its end.
func TestALongLogOfOthersOpensAtItsEnd(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	log := long(200)
	for i := range log {
		log[i].From = bot.FromAgent
	}
	w.conversation(visitor, log...)
	tab := w.opened(browser, en, browsertest.Desktop, known(visitor, 200))
	tab.Wait(count(".row", 50))
	tab.Wait(`(r => r.top >= 0 && r.bottom <= innerHeight)(` + inside("[data-seq='200'] .bubble") + `.getBoundingClientRect())`)
	if n := w.leafed(); n != 0 {
		t.Errorf("%d pages were asked for before anybody scrolled", n)
	}
	calm(t, tab)
}

// Who leafs back while there is no line gets the earlier messages once there is one again,
// without another move.
func TestLeafingBackOutlivesTheLine(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	w.conversation(visitor, long(200)...)
	line := linetest.Listen(t, strings.TrimPrefix(w.server.URL, "http://"))
	tab := browser.Open("http://"+line.Addr()+"/?lang=en", browsertest.Desktop, known(visitor, 200), stopped)
	tab.Click(inside(".launch"))
	tab.Wait(count(".row", 50))
	line.Refuse(true)
	line.Cut()
	eventually(t, "the line is cut", func() bool { return w.bubble.Open() == 0 })
	tab.Wait(`pass(1000) && !` + inside(".banner") + `.hidden`)
	do(tab, inside(".scroll")+`.scrollTo(0, 0)`)
	line.Heal()
	eventually(t, "it is back", func() bool {
		browsertest.Eval[bool](tab, `pass(500)`)
		return w.bubble.Open() == 1
	})
	tab.Wait(count(".row", 100))
	calm(t, tab)
}
