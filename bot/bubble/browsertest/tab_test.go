package browsertest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// until waits for what the page cannot be asked for: events of the browser come when they come.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestRequests(t *testing.T) {
	up := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			http.Redirect(w, r, "/page", http.StatusFound)
		case "/page":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<!doctype html><title>Requests</title><link rel="icon" href="data:,"><img src="data:,"><script src="one.js"></script>
				<script>new WebSocket("ws://" + location.host + "/socket").onopen = () => { window.open1 = true; fetch("gone?x=1"); };</script>`)
		case "/one.js":
			w.Header().Set("Content-Type", "text/javascript")
		case "/socket":
			if conn, err := up.Upgrade(w, r, nil); err == nil {
				defer conn.Close()
				conn.ReadMessage()
			}
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	tab := Start(t).Open(server.URL, Desktop)
	until(t, "the failed load is in the log", func() bool { return len(tab.Failures()) == 1 })
	want := strings.ReplaceAll("http://H/ http://H/page http://H/one.js ws://H/socket http://H/gone?x=1", "H", strings.TrimPrefix(server.URL, "http://"))
	if got := strings.Join(tab.Requests(), " "); got != want {
		t.Errorf("requests: %s\nwant:     %s", got, want)
	}
	if got := tab.Failures()[0]; !strings.Contains(got, "404") || !strings.Contains(got, "/gone?x=1)") {
		t.Errorf("the failure: %s", got)
	}
	if got := tab.Troubles(); len(got) != 0 {
		t.Errorf("a failed load is no trouble: %q", got)
	}
}

func TestTroublesAndViolations(t *testing.T) {
	tab := Start(t).Open(serve(t, strict+"; script-src 'unsafe-inline'", `<p>Words</p><script>
		console.warn("only a warning");
		console.error("an error", 1);
		try { document.querySelector("p").innerHTML = "<b>bold</b>"; } catch { }
		fetch("/secret").catch(() => {});
		setTimeout(() => { throw new Error("thrown"); });
		</script>`), Desktop)
	until(t, "four troubles", func() bool { return len(tab.Troubles()) >= 4 })
	all := strings.Join(tab.Troubles(), "\n")
	for _, part := range []string{`"an error" 1`, "TrustedHTML", "/secret", "Error: thrown"} {
		if strings.Count(all, part) != 1 {
			t.Errorf("%q is not once in the troubles:\n%s", part, all)
		}
	}
	if got := tab.Violations(); len(got) != 2 || !strings.Contains(got[0], "TrustedHTML") || !strings.Contains(got[1], "/secret") {
		t.Errorf("violations: %q", got)
	}
	if strings.Contains(all, "only a warning") {
		t.Errorf("a warning is among the troubles: %s", all)
	}
}

func TestPress(t *testing.T) {
	tab := Start(t).Open(serve(t, "", `<input id="a" value="words"><input id="b"><textarea id="c"></textarea><script>
		window.keys = [];
		for (const what of ["keydown", "keyup", "keypress"])
			addEventListener(what, e => keys.push(what.slice(3) + " " + (e.ctrlKey ? "^" : "") + (e.shiftKey ? "⇧" : "") + e.key + "/" + e.code), true);
		</script>`), Desktop)
	keys := func(want ...string) {
		t.Helper()
		if got := Eval[[]string](tab, "keys.splice(0)"); strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("the page heard %s\nwant           %s", strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
	at := func(want string) {
		t.Helper()
		if got := Eval[string](tab, "document.activeElement.id"); got != want {
			t.Errorf("the focus is on %q, not %q", got, want)
		}
	}
	tab.Press("Tab")
	at("a")
	tab.Press("Tab")
	at("b")
	Eval[any](tab, "keys.length = 0")
	tab.Press("Shift+Tab")
	at("a")
	keys("down ⇧Shift/ShiftLeft", "down ⇧Tab/Tab", "up ⇧Tab/Tab", "up Shift/ShiftLeft")
	tab.Press("Control+a")
	keys("down ^Control/ControlLeft", "down ^a/KeyA", "up ^a/KeyA", "up Control/ControlLeft")
	tab.Press("End")
	tab.Press("ArrowLeft")
	tab.Press("Backspace")
	tab.Press("+")
	if got := Eval[string](tab, "a.value"); got != "wor+s" {
		t.Errorf("the field holds %q", got)
	}
	Eval[any](tab, "(c.focus(), keys.length = 0)")
	tab.Press("Shift+Enter")
	keys("down ⇧Shift/ShiftLeft", "down ⇧Enter/Enter", "press ⇧Enter/Enter", "up ⇧Enter/Enter", "up Shift/ShiftLeft")
	if got := Eval[string](tab, "c.value"); got != "\n" {
		t.Errorf("the area holds %q", got)
	}
	tab.Press("Escape")
	keys("down Escape/Escape", "up Escape/Escape")
	tab.Press("Control+Shift+ArrowUp")
	keys("down ^Control/ControlLeft", "down ^⇧Shift/ShiftLeft", "down ^⇧ArrowUp/ArrowUp", "up ^⇧ArrowUp/ArrowUp", "up ^Shift/ShiftLeft", "up Control/ControlLeft")
}

// A picture of one pixel.
var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

func TestFilesAndPaste(t *testing.T) {
	tab := Start(t).Open(serve(t, strict+"; script-src 'unsafe-inline'", `<div id="host"><template shadowrootmode="open"><input type="file" multiple hidden><textarea></textarea></template></div><script>
		window.got = [];
		const root = host.shadowRoot, field = root.querySelector("input");
		const tell = async (how, files) => {
			for (const f of files) got.push([how, f.name, f.type, (await f.arrayBuffer()).byteLength].join(" "));
		};
		field.addEventListener("change", () => tell("chosen", field.files));
		addEventListener("paste", e => tell("pasted into " + e.composedPath()[0].tagName, e.clipboardData.files));
		</script>`), Desktop)
	dir := t.TempDir()
	for name, text := range map[string]string{"one.png": string(pixel), "two.txt": "12345"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	tab.Files(`host.shadowRoot.querySelector("input")`, "one.png", filepath.Join(dir, "two.txt"))
	tab.Wait("got.length === 2")
	Eval[any](tab, `host.shadowRoot.querySelector("textarea").focus()`)
	tab.Paste(pixel)
	tab.Wait("got.length === 3")
	want := fmt.Sprintf("chosen one.png image/png %d, chosen two.txt text/plain 5, pasted into TEXTAREA image.png image/png %d", len(pixel), len(pixel))
	if got := strings.Join(Eval[[]string](tab, "got"), ", "); got != want {
		t.Errorf("the page got %s\nwant         %s", got, want)
	}
	if got := tab.Troubles(); len(got) != 0 {
		t.Errorf("troubles: %q", got)
	}
}

func TestScreens(t *testing.T) {
	b := Start(t)
	url := serve(t, "", `<button style="color:rgb(1,2,3)">press</button>`)
	const sees = `[innerWidth, devicePixelRatio, ...["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)", "(prefers-contrast: more)", "(forced-colors: active)"].map(q => matchMedia(q).matches)].join()`
	tab := b.Open(url, Screen{Width: 800, Height: 600, Dark: true, Contrast: true})
	if got := Eval[string](tab, sees); got != "800,1,true,false,true,false" {
		t.Errorf("dark, with contrast: %s", got)
	}
	if got := Eval[string](tab, `getComputedStyle(document.querySelector("button")).color`); got != "rgb(1, 2, 3)" {
		t.Errorf("the button's own colour is %s", got)
	}
	Eval[any](tab, "window.same = true")
	tab.Look(Screen{Width: 390, Height: 844, Scale: 2, Still: true, Forced: true})
	if got := Eval[string](tab, sees); got != "390,2,false,true,false,true" {
		t.Errorf("forced colours: %s", got)
	}
	if got := Eval[string](tab, `getComputedStyle(document.querySelector("button")).color`); got == "rgb(1, 2, 3)" {
		t.Error("forced colours leave the button its own")
	}
	if !Eval[bool](tab, "same") {
		t.Error("the page was loaded again")
	}
}

func TestOffline(t *testing.T) {
	tab := Start(t).Open(serve(t, "", `<script>
		window.told = [];
		for (const what of ["online", "offline"]) addEventListener(what, () => told.push(what));
		window.ask = () => fetch("/").then(() => told.push("answer"), () => told.push("none"));
		</script>`), Desktop)
	ask := func(n int) {
		Eval[any](tab, "ask()")
		tab.Wait(fmt.Sprintf("told.length === %d", n))
	}
	ask(1)
	tab.Offline(true)
	ask(3)
	tab.Offline(false)
	ask(5)
	if got := Eval[string](tab, "told.join()"); got != "answer,offline,none,online,answer" {
		t.Errorf("the page was told %s", got)
	}
}

func TestHideAndFreeze(t *testing.T) {
	b := Start(t)
	url := serve(t, "", `<button onclick="this.was = true">press</button><script>
		window.told = [];
		for (const what of ["visibilitychange", "freeze", "resume"]) document.addEventListener(what, () => told.push(what === "visibilitychange" ? document.visibilityState : what));
		for (const what of ["focus", "blur"]) addEventListener(what, () => told.push(what));
		window.ticks = 0;
		setInterval(() => ticks++, 10);
		</script>`)
	tab, other := b.Open(url, Desktop), b.Open(url, Desktop)
	seen := func(tab *Tab) bool {
		return Eval[bool](tab, `document.visibilityState === "visible" && document.hasFocus()`)
	}
	if !seen(tab) || !seen(other) {
		t.Error("two tabs are not both seen")
	}
	Eval[any](tab, "told.length = 0")
	tab.Hide(true)
	if seen(tab) || !seen(other) {
		t.Error("the wrong tab is hidden")
	}
	tab.Hide(false)
	tab.Wait("told.length === 4")
	if got := Eval[string](tab, "told.splice(0).sort().join()"); got != "blur,focus,hidden,visible" {
		t.Errorf("hidden and shown, the page was told %s", got)
	}
	tab.Click(`document.querySelector("button")`)

	tab.Freeze(true)
	before := Eval[int](tab, "ticks")
	// The other tab's clock is the measure: a hundred of its ticks, and none here.
	other.Wait(fmt.Sprintf("ticks > %d", Eval[int](other, "ticks")+100))
	if after := Eval[int](tab, "ticks"); after > before {
		t.Errorf("a frozen page's timers ran %d times", after-before)
	}
	tab.Freeze(false)
	tab.Wait(fmt.Sprintf("ticks > %d", before))
	if !seen(tab) {
		t.Error("thawed, the page is not seen")
	}
	if got := Eval[string](tab, `told.filter(what => what === "freeze" || what === "resume").join()`); got != "freeze,resume" {
		t.Errorf("frozen and thawed, the page was told %s", got)
	}
	tab.Shot(filepath.Join(t.TempDir(), "thawed.png"))
}

func TestSlow(t *testing.T) {
	tab := Start(t).Open(serve(t, "", "<p>Words"), Desktop)
	// The best of several: other programs make a run slower, nothing makes it faster.
	const work = `Math.min(...Array.from({ length: 7 }, () => {
		const from = performance.now();
		for (let i = 0, x = 1; i < 3e6; i++) x = Math.sin(x);
		return performance.now() - from;
	}))`
	usual := Eval[float64](tab, work)
	tab.Slow(10)
	slow := Eval[float64](tab, work)
	tab.Slow(1)
	if again := Eval[float64](tab, work); slow < 2*usual || again > slow {
		t.Errorf("usual %.0f ms, slow %.0f ms, again %.0f ms", usual, slow, again)
	}
}

func TestScriptsBefore(t *testing.T) {
	tab := Start(t).Open(serve(t, "script-src 'nonce-a'", `<script nonce="a">window.found = window.left; delete window.left</script>`), Desktop,
		`window.left = "first"`, `window.left += ", then second"`)
	for range 2 {
		if got := Eval[string](tab, "window.found"); got != "first, then second" {
			t.Errorf("the page found %q", got)
		}
		tab.Reload()
	}
}

func TestShifts(t *testing.T) {
	tab := Start(t).Open(serve(t, strict, `<style>body { margin: 0 } #gap { height: 0 } #below { height: 300px; background: teal }</style>
		<button>press</button><div id="gap"></div><div id="below">Words</div>`), Desktop)
	if alone, all := tab.Shifts(); alone != 0 || all != 0 {
		t.Errorf("a still page shifts by %v and %v", alone, all)
	}
	Eval[any](tab, `gap.style.height = "200px"`)
	alone, all := tab.Shifts()
	if alone < 0.05 || alone != all {
		t.Errorf("what moved by itself: %v of %v", alone, all)
	}
	// After a click it is what the person wanted.
	Eval[any](tab, `document.querySelector("button").onclick = () => { gap.style.height = "20px"; }`)
	tab.Click(`document.querySelector("button")`)
	after, more := tab.Shifts()
	if after != alone || more <= all {
		t.Errorf("after a click: %v of %v, before it %v of %v", after, more, alone, all)
	}
	if Eval[bool](tab, `"shifts" in window`) {
		t.Error("the page sees who watches")
	}
	tab.Reload()
	if alone, all := tab.Shifts(); alone != 0 || all != 0 {
		t.Errorf("loaded again, the page shifts by %v and %v", alone, all)
	}
}
