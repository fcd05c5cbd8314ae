package bubble

import (
	"fmt"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// Light or dark is what the page says, or else what the person's system says, now.
func TestLightAndDark(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := w.opened(browser, en, browsertest.Desktop)
	dark := browsertest.Desktop
	dark.Dark = true
	const white, black = "rgb(255, 255, 255)", "rgb(23, 27, 32)"
	ground := func(what, want string) {
		t.Helper()
		tab.Wait(`getComputedStyle(` + inside(".panel") + `).backgroundColor === "` + want + `"`)
		is(t, tab, what+": the browser's own parts go along", `getComputedStyle(`+inside("textarea")+`).colorScheme === "`+map[string]string{white: "light", black: "dark"}[want]+`"`)
	}
	theme := func(value string) { do(tab, element+`.setAttribute("theme", "`+value+`")`) }
	ground("a light system", white)
	theme("dark")
	ground("a dark page", black)
	tab.Look(dark)
	theme("light")
	ground("a light page on a dark system", white)
	theme("auto")
	ground("the page leaves it to the system", black)
	shoot(tab, "looks-dark")
	tab.Look(browsertest.Desktop)
	ground("the system turns light", white)
	calm(t, tab)
}

// spread is a log with a bit of everything.
func spread() []bot.Message {
	return []bot.Message{
		{From: bot.FromBot, Text: "Hello! **Take your time.**\n1. First\n2. Second, at https://help.example.com"},
		{From: bot.FromContact, Text: "it does not work"},
		{From: bot.FromAgent, Text: "Hi, this is Ann."},
		{From: bot.FromBot, Event: "ticket", TicketNumber: 1042, Text: "The team has it."},
		{From: bot.FromContact, Text: "thanks"},
		{From: bot.FromBot, Text: "Which is it?", Choices: choices("en", "wrong", "app", "off")},
	}
}

// Where the system has few colours, or the person wants more contrast, everything has an edge.
func TestFewColoursAndMoreContrast(t *testing.T) {
	browser := browsertest.Start(t)
	for name, screen := range map[string]browsertest.Screen{
		"forced":   {Width: 1280, Height: 800, Still: true, Forced: true},
		"contrast": {Width: 1280, Height: 800, Still: true, Contrast: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.conversation(visitor, spread()...)
			tab := w.opened(browser, en, screen, known(visitor, 6))
			for _, selector := range []string{".bot .bubble", ".contact .bubble", ".choices button"} {
				is(t, tab, selector+" has an edge", `getComputedStyle(`+inside(selector)+`).borderTopStyle === "solid" && getComputedStyle(`+inside(selector)+`).borderTopWidth !== "0px"`)
			}
			if name == "forced" {
				do(tab, element+`.close()`)
				is(t, tab, "the button has an edge", `parseFloat(getComputedStyle(`+inside(".launch")+`).borderTopWidth) >= 2`)
				shoot(tab, "looks-forced-closed")
				do(tab, element+`.open()`)
			}
			shoot(tab, "looks-"+name)
			calm(t, tab)
		})
	}
}

// Whoever wants less motion sees none: not when the panel opens, not while somebody writes.
func TestNothingMoves(t *testing.T) {
	browser := browsertest.Start(t)
	for _, still := range []bool{true, false} {
		w := newWorld(t, nil)
		w.core.set(func(f *fake) { f.held = make(chan struct{}) })
		screen := browsertest.Desktop
		screen.Still = still
		tab := w.opened(browser, en, screen)
		tab.Click(choice("Wrong user or password"))
		tab.Wait(inside(".typing i"))
		const moving = element + `.shadowRoot.getAnimations().length > 0`
		is(t, tab, fmt.Sprintf("something moves, and less motion is wanted: %v", still), `(`+moving+`) !== `+fmt.Sprint(still))
		calm(t, tab)
		w.core.set(func(f *fake) { close(f.held) })
		tab.Wait(count(quietLog, 4))
	}
}

// A page that is read from right to left has it the other way round.
func TestRightToLeft(t *testing.T) {
	w := newWorld(t, nil)
	w.conversation(visitor, spread()...)
	browser := browsertest.Start(t)
	for name, screen := range map[string]browsertest.Screen{"desktop": browsertest.Desktop, "phone": browsertest.Phone} {
		tab := w.at(browser, en, screen, known(visitor, 6))
		do(tab, element+`.dir = "rtl"`)
		tab.Click(inside(".launch"))
		tab.Wait(inside(".row") + ` && ` + inside(".panel") + `.open`)
		middle := func(selector string) string {
			return `(r => (r.left + r.right) / 2)(` + inside(selector) + `.getBoundingClientRect())`
		}
		is(t, tab, "the person's words are on the left", middle(".contact .bubble")+` < `+middle(".scroll"))
		is(t, tab, "the bot's words are on the right", middle(".agent .bubble")+` > `+middle(".scroll"))
		is(t, tab, "the head begins on the right", middle(".mark")+` > `+middle(".who")+` && `+middle(".shut")+` < `+middle(".who"))
		is(t, tab, "sending is on the left", middle(".send")+` < `+middle(".write textarea"))
		// English words stay English: their full stop is on their right.
		do(tab, `
			const text = `+inside(".agent .bubble p")+`.firstChild, range = new Range();
			const left = i => (range.setStart(text, i), range.setEnd(text, i + 1), range.getBoundingClientRect().left);
			window.ends = left(text.length - 1) > left(0)`)
		is(t, tab, "a sentence ends on its right", `ends`)
		shows(t, tab, "scrolls sideways", `[...`+element+`.shadowRoot.querySelectorAll(".panel, .scroll, .foot")].filter(e => e.scrollWidth > e.clientWidth).length`, "0")
		shoot(tab, "looks-rtl-"+name)
		calm(t, tab)
	}
}

// ground is the colour behind something, as it is painted: browsers write one colour in many ways.
func ground(selector string) string {
	return `(pen => (pen.fillStyle = getComputedStyle(` + inside(selector) + `).backgroundColor,
		pen.fillRect(0, 0, 1, 1), [...pen.getImageData(0, 0, 1, 1).data]))(document.createElement("canvas").getContext("2d"))`
}

// A page gives the bubble its own measures and colours.
func TestCustomProperties(t *testing.T) {
	_, page := guest(t, "", `<style>latchkey-bubble { --latchkey-accent: rgb(255, 213, 74); --latchkey-font: monospace; --latchkey-width: 500px;
		--latchkey-height: 450px; --latchkey-radius: 3px; --latchkey-offset: 40px }
		button { background: red !important; display: none !important } * { margin: 0; padding: 9px; font: 30px serif; color: red; letter-spacing: 5px; text-transform: uppercase }</style>
		<script src="BOT/latchkey.js" async></script>`)
	tab := browsertest.Start(t).Open(page.URL, browsertest.Desktop)
	tab.Click(inside(".launch"))
	tab.Wait(inside(".choices button"))
	style := func(what, selector, property, want string) {
		t.Helper()
		shows(t, tab, what, `getComputedStyle(`+inside(selector)+`).`+property, want)
	}
	style("width", ".panel", "width", "500px")
	style("height", ".panel", "height", "450px")
	style("corners", ".panel", "borderTopLeftRadius", "3px")
	style("font", ".row", "fontFamily", "monospace")
	for _, selector := range []string{".launch", ".mark"} {
		shows(t, tab, "the accent of "+selector, ground(selector), "255,213,74,255")
	}
	style("signs on it", ".launch", "color", "rgb(0, 0, 0)")
	shows(t, tab, "distance from the corner", `(r => [innerWidth - r.right, innerHeight - r.bottom])(`+element+`.getBoundingClientRect())`, "40,40")
	style("the page's styles stay outside", ".row .bubble", "letterSpacing", "normal")
	style("the page's styles stay outside", ".choices button", "textTransform", "none")
	style("the page's styles stay outside", "h2", "fontSize", "16px")
	style("the page's styles stay outside", ".row .bubble", "color", "rgb(29, 35, 43)")
	shoot(tab, "looks-properties")
	calm(t, tab)
}

// accents are colours that pages have, and those that are hard on a reader.
var accents = []string{
	"#000", "#fff", "#808080", "#767676", "#f00", "#0f0", "#00f", "#ff0", "#0ff", "#f0f", "#2456c7", "#ffd54a", "#0a7d5a", "#111827", "#fafafa",
	"#e11d48", "#f97316", "#84cc16", "#06b6d4", "#6366f1", "#a855f7", "#ec4899", "#7f1d1d", "#052e16", "#1e1b4b", "#fef9c3", "#cffafe",
	"rebeccapurple", "hsl(210 40% 50%)", "oklch(0.7 0.2 150)", "#5a5a5a", "#b4b4b4",
	"#2456c780", "#ff03", "rgb(255 255 255 / .2)", "hsl(210 40% 20% / 40%)", "transparent",
}

// Whatever the accent, what stands on it and what is written in it can be read, by the contrast
// that WCAG 2.2 asks for, in the light and in the dark.
func TestAccentsCanBeRead(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop)
	// Reckoned anew here, from what the browser says it paints.
	do(tab, `
		const root = `+element+`.shadowRoot, panel = root.querySelector(".panel");
		const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
		const rgb = css => (pen.fillStyle = css, pen.fillRect(0, 0, 1, 1), [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3));
		const light = css => rgb(css).map(p => p / 255).map(p => p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4).reduce((sum, p, i) => sum + p * [0.2126, 0.7152, 0.0722][i], 0);
		const contrast = (a, b) => { const [x, y] = [light(a) + 0.05, light(b) + 0.05]; return Math.max(x, y) / Math.min(x, y); };
		const probe = panel.appendChild(document.createElement("i"));
		const painted = css => (probe.style.color = css, getComputedStyle(probe).color);
		window.poor = (accent, theme) => {
			const host = `+element+`;
			host.setAttribute("theme", theme);
			host.setAttribute("accent", accent);
			const pairs = [["--o", "--a"], ...["--text", "--mute", "--strong"].flatMap(ink => ["--back", "--soft", "--tint"].map(ground => [ink, ground]))]
				.map(([ink, ground]) => [ink, ground, contrast(painted("var(" + ink + ")"), painted("var(" + ground + ")"))]);
			const launch = getComputedStyle(root.querySelector(".launch"));
			pairs.push(["the launcher's sign", "the launcher", contrast(launch.color, launch.backgroundColor)]);
			return pairs.filter(([, , c]) => c < 4.5).map(([ink, ground, c]) => ink + " on " + ground + " has " + c.toFixed(2)).join(", ");
		};`)
	for _, theme := range []string{"light", "dark"} {
		for _, accent := range accents {
			shows(t, tab, accent+" "+theme, fmt.Sprintf(`poor(%q, %q)`, accent, theme), "")
		}
	}
	for _, c := range []struct{ accent, theme string }{{"#ff0", "light"}, {"#000", "dark"}, {"#fff", "light"}} {
		browsertest.Eval[string](tab, fmt.Sprintf(`poor(%q, %q)`, c.accent, c.theme))
		shoot(tab, "looks-accent-"+c.accent[1:]+"-"+c.theme)
	}
	calm(t, tab)
}
