package bubble

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// host is a page of somebody else's, at another origin than the bot.
func (w *world) host(policy, body string) *httptest.Server {
	w.t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		if policy != "" {
			rw.Header().Set("Content-Security-Policy", strings.ReplaceAll(policy, "BOT", strings.TrimPrefix(w.server.URL, "http://")))
		}
		fmt.Fprintf(rw, "<!doctype html><html lang=en><meta charset=utf-8><title>A shop</title>"+
			`<link rel=icon href="data:,"><main><h1>A shop</h1><p>Some text.</p></main>%s</html>`, strings.ReplaceAll(body, "BOT", w.server.URL))
	}))
	w.t.Cleanup(s.Close)
	return s
}

// guest is a world whose bubble may stand on a page of another origin.
func guest(t *testing.T, policy, body string) (*world, *httptest.Server) {
	t.Helper()
	w := newWorld(t, nil)
	s := w.host(policy, body)
	o, err := parseOrigin(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.bubble.origins = append(w.bubble.origins, o)
	return w, s
}

// A page that forbids everything but what the bubble says it needs is not disturbed by it: not
// one breach of its policy, not one request to others, no cookie, nothing kept before the first
// word, and nothing on the page moves.
func TestStrictPages(t *testing.T) {
	const trusted = "; require-trusted-types-for 'script'; trusted-types 'none'; img-src data:"
	for _, c := range []struct{ name, policy, script string }{
		{"nonce", "default-src 'none'; script-src 'nonce-r4nd0m'; connect-src http://BOT ws://BOT" + trusted,
			`<script nonce=r4nd0m src="BOT/latchkey.js" async></script>`},
		{"the bot's origin", "default-src 'none'; script-src http://BOT; connect-src http://BOT ws://BOT" + trusted,
			`<script src="BOT/latchkey.js" async></script>`},
		{"a module with a nonce", "default-src 'none'; script-src 'nonce-r4nd0m'; connect-src http://BOT ws://BOT" + trusted,
			`<latchkey-bubble></latchkey-bubble><script nonce=r4nd0m type=module>import "BOT/latchkey.mjs"</script>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			browser := browsertest.Start(t)
			w, page := guest(t, c.policy, c.script)
			tab := browser.Open(page.URL, browsertest.Desktop)
			tab.Wait(inside(".launch"))
			if all := tab.Requests(); slices.ContainsFunc(all, func(url string) bool { return strings.Contains(url, "panel") || strings.Contains(url, "socket") }) {
				t.Errorf("before anybody opened it, the page asked for %q", all)
			}
			tab.Click(inside(".launch"))
			tab.Wait(count(quietLog, 2))
			if kept := browsertest.Eval[string](tab, `JSON.stringify([{...localStorage}, document.cookie])`); kept != `[{},""]` {
				t.Errorf("kept before the first word: %s", kept)
			}
			tab.Click(choice("Wrong user or password"))
			tab.Wait(count(quietLog, 4))
			tab.Click(inside("textarea"))
			tab.Paste(png(900, 600))
			tab.Wait(count(".row.pictured:not(.pending)", 1))
			tab.Keys("still refused\r")
			tab.Wait(element + `.shadowRoot.querySelector(".log").lastElementChild.matches(".bot") && ` + count(".row.contact:not(.pending)", 3))
			tab.Click(inside("[data-move='jump:person']"))
			tab.Wait(inside(".card.ticket"))
			tab.Click(inside(".rating button"))
			tab.Wait(inside(".thanks"))
			shoot(tab, "strict")
			tab.Reload()
			tab.Wait(inside(".row.pictured canvas"))
			tab.Wait(pictureShown)
			if all := tab.Violations(); len(all) > 0 {
				t.Errorf("breaches of the policy:\n%s", strings.Join(all, "\n"))
			}
			calm(t, tab)
			for _, url := range tab.Requests() {
				if !strings.HasPrefix(strings.Replace(url, "ws:", "http:", 1), w.server.URL) && !strings.HasPrefix(url, page.URL) {
					t.Errorf("a request to somebody else: %s", url)
				}
			}
			if cookie := browsertest.Eval[string](tab, `document.cookie`); cookie != "" {
				t.Errorf("a cookie: %s", cookie)
			}
			if alone, _ := tab.Shifts(); alone != 0 {
				t.Errorf("the page moved by %g", alone)
			}
		})
	}
}

// slowly is a line on which so many frames come, each once the last one was painted.
func slowly(most int) string {
	return fmt.Sprintf(`(() => {
		const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage"), later = setTimeout;
		const painted = () => new Promise(then => requestAnimationFrame(() => later(then)));
		let last = Promise.resolve(), left = %d;
		Object.defineProperty(WebSocket.prototype, "onmessage", { set(hear) {
			set.call(this, event => { if (left-- > 0) last = last.then(painted).then(painted).then(() => hear(event)); });
		} });
		sessionStorage["latchkey:open"] = "1";
	})()`, most)
}

// folded is a history in which questions fold when their answers come.
func folded() []bot.Message {
	var all []bot.Message
	for range 6 {
		all = append(all, bot.Message{From: bot.FromBot, Text: "What do you see?", Choices: choices("en", "wrong", "app", "off")},
			bot.Message{From: bot.FromContact, Text: says["wrong"]["en"], Move: "choose:wrong"})
	}
	return append(all, bot.Message{From: bot.FromBot, Event: "resolved", Text: "Glad it works!"})
}

// However slowly a history comes, it is seen when it is all there: until then its questions fold,
// and what stands below them moves.
func TestNothingMovesWhileTheHistoryComes(t *testing.T) {
	w := newWorld(t, nil)
	where := w.conversation(visitor, folded()...)
	w.core.set(func(f *fake) { f.talks[where].conversation.Status = bot.StatusClosed })
	tab := browsertest.Start(t).Open(w.server.URL+"/?lang=en", browsertest.Desktop, known(visitor, 13), slowly(1000))
	tab.Wait(count(quietLog, 13))
	tab.Wait(inside(".rating") + ` && ` + inside(".log") + `.ariaBusy === "false"`)
	is(t, tab, "it is seen", `["[data-seq='13']", ".rating"].every(it => getComputedStyle(`+element+`.shadowRoot.querySelector(it)).visibility === "visible")`)
	if alone, all := tab.Shifts(); all != 0 {
		t.Errorf("the page moved by %g, of which %g by itself", all, alone)
	}
	calm(t, tab)
}

// What has come of a history is seen as well when the line breaks before the rest has.
func TestAHistoryThatBreaksOff(t *testing.T) {
	w := newWorld(t, nil)
	w.conversation(visitor, folded()...)
	tab := browsertest.Start(t).Open(w.server.URL+"/?lang=en", browsertest.Desktop, known(visitor, 13), hasty, slowly(6))
	tab.Wait(count(quietLog, 4))
	const row = `getComputedStyle(` + element + `.shadowRoot.querySelector("[data-seq='4']")).visibility`
	shows(t, tab, "while more comes", row, "hidden")
	tab.Offline(true)
	tab.Wait(inside(".banner.offline") + ` && !` + inside(".banner") + `.hidden`)
	shows(t, tab, "when nothing more comes", row, "visible")
	calm(t, tab)
}

// pictureShown says that the picture in the log shows something else than nothing.
const pictureShown = `(c => c && c.width > 1 && c.getContext("2d").getImageData(c.width / 2, c.height / 2, 1, 1).data[3] === 255)(` +
	element + `?.shadowRoot?.querySelector(".pictured canvas"))`

// Until the page is idle, the script does nothing but ask to be told when that is.
func TestNothingRunsBeforeThePageIsIdle(t *testing.T) {
	browser := browsertest.Start(t)
	_, page := guest(t, "", `<script src="BOT/latchkey.js" async></script>`)
	tab := browser.Open(page.URL, browsertest.Desktop, `
		window.waiting = [];
		window.requestIdleCallback = (f) => waiting.push(f);`)
	tab.Wait(`waiting.length === 1`)
	if !browsertest.Eval[bool](tab, `!customElements.get("latchkey-bubble") && !document.querySelector("latchkey-bubble")`) {
		t.Error("the element is there although the page is busy")
	}
	browsertest.Eval[any](tab, `waiting[0]()`)
	tab.Wait(inside(".launch"))
	calm(t, tab)
}
