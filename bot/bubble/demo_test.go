package bubble

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/bot/bubble/browsertest"
)

// The words of the demo page, and the page that says them, are in step.
func TestTheDemoPageSaysItsWords(t *testing.T) {
	source := demoText
	for _, name := range []string{"demo.go", "demo/demo.js"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source += string(data)
	}
	for name := range snippets("https://bot.example", "en", "client", "Login help") {
		if !strings.Contains(demoText, "{{template \"snippet\" .Code."+name+"}}") {
			t.Errorf("the snippet %s is not on the page", name)
		}
		source += " demo_code_" + name + " "
	}
	for _, key := range demoWords {
		if !regexp.MustCompile(`\b` + key + `\b`).MatchString(source) {
			t.Errorf("nothing says %s", key)
		}
	}
	for _, m := range regexp.MustCompile(`\bdemo_(?:\w*[^\W_])`).FindAllString(source, -1) {
		if m != "demo_code" && !slices.Contains(demoWords, m) {
			t.Errorf("the page says %s, which nobody tells it", m)
		}
	}
}

// Every word stands on the page, and nothing else in its place.
func TestTheDemoPageIsWhole(t *testing.T) {
	w := newWorld(t, func(_ *limits, o *Options) { o.URL = "https://bot.example" })
	for _, lang := range []string{"en", "fr"} {
		res, page := w.get("/?lang=" + lang)
		if res.StatusCode != http.StatusOK || strings.Contains(page, "`") && !strings.Contains(page, "`${payload}") || strings.Contains(page, "demo_") {
			t.Errorf("%s: %d, with a backtick or a key", lang, res.StatusCode)
		}
		for _, want := range []string{
			"import &#34;https://bot.example/latchkey.mjs&#34;;",
			"script-src &#39;self&#39; https://bot.example;\nconnect-src &#39;self&#39; https://bot.example wss://bot.example;",
			"https://bot.example/chat?lang=" + lang + "&amp;audience=client",
			"createHmac(", "hash_hmac(", "hmac.new(", "hmac.New(", "<code>LATCHKEY_SITES</code>",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %s", lang, want)
			}
		}
	}
}

func TestWhatStandsBetweenBackticksIsCode(t *testing.T) {
	for text, want := range map[string]string{
		"plain":         "plain",
		"a `b` c `<d>`": "a <code>b</code> c <code>&lt;d&gt;</code>",
		"`x` & <y>":     "<code>x</code> &amp; &lt;y&gt;",
	} {
		if got := string(coded(text)); got != want {
			t.Errorf("%q gives %s", text, got)
		}
	}
}

// eachLook does something with a page in all its looks.
func eachLook(t *testing.T, do func(t *testing.T, lang string, screen browsertest.Screen)) {
	for _, lang := range []string{"en", "fr"} {
		for _, dark := range []bool{false, true} {
			for name, screen := range map[string]browsertest.Screen{"desktop": browsertest.Desktop, "phone": browsertest.Phone} {
				if screen.Dark = dark; dark {
					name += "-dark"
				}
				t.Run(lang+"-"+name, func(t *testing.T) { do(t, lang, screen) })
			}
		}
	}
}

func accessible(t *testing.T, tab *browsertest.Tab) {
	t.Helper()
	for _, f := range tab.Axe(browsertest.AxeOptions{}) {
		t.Error(f)
	}
}

func TestTheDemoPageIsForEverybody(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	eachLook(t, func(t *testing.T, lang string, screen browsertest.Screen) {
		tab := browser.Open(w.server.URL+"/?lang="+lang, screen)
		tab.Wait(inside(".launch"))
		shoot(tab, strings.ReplaceAll(t.Name(), "/", "-"))
		// With all that can be unfolded.
		browsertest.Eval[any](tab, `document.querySelectorAll("details").forEach(it => { it.name = ""; it.open = true; })`)
		accessible(t, tab)
		tab.Reload()
		tab.Click(`document.getElementById("try")`)
		tab.Wait(count(quietLog, 2))
		if alone, _ := tab.Shifts(); alone != 0 {
			t.Errorf("the page moved by %g", alone)
		}
		accessible(t, tab)
		if wide := browsertest.Eval[int](tab, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("the page is %d pixels too wide", wide)
		}
		calm(t, tab)
	})
}

// coversNothing says that the panel does not lie on what the page says.
const coversNothing = `(p => [...document.querySelectorAll("header, main")].every(it => {
	const r = it.getBoundingClientRect();
	return r.right <= p.left || r.left >= p.right;
}))(` + element + `.shadowRoot.querySelector(".panel").getBoundingClientRect())`

func chosenSnippet(tab *browsertest.Tab) string {
	return browsertest.Eval[string](tab, `document.getElementById("code-chosen").textContent`)
}

// Every setting changes the bubble at once, and the snippet below says exactly what it has.
func TestTheSettingsAreLive(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Wait(inside(".launch"))
	// What the element has, but for what it and the page's reader add.
	has := func() string {
		return browsertest.Eval[string](tab, `[...`+element+`.attributes].filter(a => a.name !== "open" && a.name !== "style").map(a => a.name + "=" + a.value).sort().join(" ")`)
	}
	pick := func(name, value string) {
		tab.Click(`[...document.querySelectorAll("#settings [name=` + name + `]")].find(it => it.value === "` + value + `")`)
	}
	if got := has(); got != "audience=client lang=en" {
		t.Errorf("at first the element has %s", got)
	}
	if got := chosenSnippet(tab); got != `<latchkey-bubble lang="en" audience="client"></latchkey-bubble>` {
		t.Errorf("at first the snippet is %s", got)
	}

	pick("position", "left")
	if left := browsertest.Eval[float64](tab, inside(".launch")+`.getBoundingClientRect().left`); left != 20 {
		t.Errorf("the button is at %g", left)
	}
	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	if !browsertest.Eval[bool](tab, coversNothing) {
		t.Error("on the left the panel covers the page")
	}
	pick("theme", "dark")
	tab.Wait(inside(".panel") + `.classList.contains("dark")`)
	pick("audience", "professional")
	pick("sound", "on")
	tab.Click(`document.querySelector(".swatch[value='#ffd54a']")`)
	tab.Wait(ground(".launch") + `.join() === "255,213,74,255" && getComputedStyle(` + inside(".launch") + `).color === "rgb(0, 0, 0)"`)
	if pressed := browsertest.Eval[string](tab, `[...document.querySelectorAll(".swatch[aria-pressed=true]")].map(it => it.value).join()`); pressed != "#ffd54a" {
		t.Errorf("the swatch in use is %s", pressed)
	}
	browsertest.Eval[any](tab, `(() => { lang.value = "fr"; lang.dispatchEvent(new Event("input", { bubbles: true })); })()`)
	tab.Wait(choice("Mauvais identifiant ou mot de passe"))
	const want = "<latchkey-bubble\n  lang=\"fr\"\n  audience=\"professional\"\n  accent=\"#ffd54a\"\n  position=\"left\"\n  theme=\"dark\"\n  sound\n></latchkey-bubble>"
	if got := chosenSnippet(tab); got != want {
		t.Errorf("the snippet is\n%s", got)
	}
	if got := has(); got != "accent=#ffd54a audience=professional lang=fr position=left sound= theme=dark" {
		t.Errorf("the element has %s", got)
	}
	shoot(tab, "demo-settings")
	tab.Click(inside(".shut"))

	// And back: what is as usual is no attribute, and leaves nothing behind.
	pick("position", "right")
	pick("theme", "auto")
	pick("sound", "on")
	pick("audience", "client")
	tab.Click(`document.querySelector(".swatch[value='#2456c7']")`)
	tab.Wait(ground(".launch") + `.join() === "36,86,199,255" && getComputedStyle(` + inside(".launch") + `).color === "rgb(255, 255, 255)"`)
	browsertest.Eval[any](tab, `(() => { accent.value = "#8a2c6d"; accent.dispatchEvent(new Event("input", { bubbles: true })); })()`)
	if got := has(); got != "accent=#8a2c6d audience=client lang=fr" {
		t.Errorf("in the end the element has %s", got)
	}
	tab.Click(inside(".launch"))
	tab.Wait(inside(".panel") + `.open`)
	if !browsertest.Eval[bool](tab, coversNothing) {
		t.Error("on the right the panel covers the page")
	}
	calm(t, tab)
}

// The open panel goes to the other corner, and stays open.
func TestTheCornerChangesWhileOpen(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	for _, corner := range []string{"left", "right"} {
		tab.Click(`document.querySelector("#settings [value=` + corner + `]")`)
		if !browsertest.Eval[bool](tab, inside(".panel")+`.open && `+coversNothing) {
			t.Errorf("%s: the panel is shut, or covers the page", corner)
		}
	}
	browsertest.Eval[any](tab, `(e => { e.setAttribute("accent", "#ffd54a"); e.removeAttribute("accent"); })(`+element+`)`)
	if got := browsertest.Eval[string](tab, ground(".launch")+`.join()`); got != "36,86,199,255" {
		t.Errorf("without an accent the button is %s", got)
	}
	calm(t, tab)
}

// A new visitor has no conversation, and can begin one in another language.
func TestANewVisitor(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Click(inside(".launch"))
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	tab.Click(inside("textarea"))
	tab.Keys("half a sentence")
	browsertest.Eval[any](tab, `(() => { lang.value = "fr"; lang.dispatchEvent(new Event("input", { bubbles: true })); })()`)
	tab.Click(`document.getElementById("afresh")`)
	tab.Wait(choice("Mauvais identifiant ou mot de passe"))
	tab.Wait(`document.getElementById("afresh-text").textContent === "You are a new visitor now." && document.getElementById("said").textContent === "You are a new visitor now."`)
	if got := browsertest.Eval[string](tab, `document.activeElement.id`); got != "afresh" {
		t.Errorf("the focus went to %q", got)
	}
	if got := browsertest.Eval[string](tab, inside("textarea")+`.value + JSON.stringify({...localStorage})`); got != "{}" {
		t.Errorf("of the old visitor there is still %s", got)
	}
	tab.Click(choice("Mauvais identifiant ou mot de passe"))
	tab.Wait(count(quietLog, 4))
	w.core.set(func(f *fake) {
		if len(f.talks) != 2 {
			t.Errorf("%d conversations", len(f.talks))
		}
	})
	calm(t, tab)
}

func TestTheEventsAreListed(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Wait(inside(".launch"))
	const told = `[...document.querySelectorAll("#told p")].map(it => it.textContent.replace(/,"text".*/, "}").trim()).join(" | ")`
	if got := browsertest.Eval[string](tab, told); got != "Nothing yet." {
		t.Errorf("at first: %s", got)
	}
	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	tab.Click(inside("[data-move='jump:person']"))
	tab.Wait(inside(".card.ticket"))
	tab.Click(inside(".shut"))
	tab.Wait(`document.querySelectorAll("#told p").length === 5`)
	const want = `latchkey:open | latchkey:message {"seq":3,"from":"contact"} | latchkey:message {"seq":4,"from":"bot"} | latchkey:ticket {"number":"LK-1042"} | latchkey:close`
	if got := browsertest.Eval[string](tab, told); got != want {
		t.Errorf("the page lists %s", got)
	}
	if at := browsertest.Eval[float64](tab, `(it => it.scrollHeight - it.clientHeight - it.scrollTop)(document.getElementById("told"))`); at > 1 {
		t.Errorf("the newest event is %g pixels below", at)
	}
	shoot(tab, "demo-events")

	// As the snippet says, opening can be prevented.
	browsertest.Eval[any](tab, `(() => {
		const script = document.getElementById("code-listen").textContent;
		window.somebodyIsOnThePhone = true;
		if (!script.includes("if (somebodyIsOnThePhone) event.preventDefault();")) throw Error(script);
		document.addEventListener("latchkey:open", (event) => { if (somebodyIsOnThePhone) event.preventDefault(); });
	})()`)
	tab.Click(`document.getElementById("try")`)
	tab.Wait(`document.querySelectorAll("#told p").length === 6`)
	if browsertest.Eval[bool](tab, inside(".panel")+`.open || `+element+`.hasAttribute("open")`) {
		t.Error("it opened all the same")
	}
	calm(t, tab)
}

// With the keyboard one comes past everything that can be used, in the order in which it is
// read, and can use it.
func TestTheDemoPageByKeyboard(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Wait(inside(".launch"))
	const here = `(it => it.id || it.name || it.className || (it.matches("a, summary") ? it.textContent : it.localName))(document.activeElement)`
	to := func(want string) {
		t.Helper()
		var passed []string
		for range 60 {
			tab.Press("Tab")
			at := browsertest.Eval[string](tab, here)
			if passed = append(passed, at); at == want {
				if !browsertest.Eval[bool](tab, `(it => it.matches(":focus-visible") && (r => r.top >= 0 && r.bottom <= innerHeight)(it.getBoundingClientRect()))(document.activeElement.shadowRoot?.activeElement ?? document.activeElement)`) {
					t.Errorf("%s has the focus and is not seen", want)
				}
				return
			}
		}
		t.Fatalf("never came to %s, past %q", want, passed)
	}
	to("Français")
	to("try")
	to("For professionals")
	to("Looks")
	to("copy")
	to("lang")
	to("audience")
	to("accent")
	to("swatch")
	tab.Press("Tab")
	tab.Press("Space")
	to("position")
	tab.Press("ArrowRight")
	to("theme")
	tab.Press("ArrowLeft") // round to the last
	to("sound")
	tab.Press("Space")
	const want = "<latchkey-bubble\n  lang=\"en\"\n  audience=\"client\"\n  accent=\"#0a7d5a\"\n  position=\"left\"\n  theme=\"dark\"\n  sound\n></latchkey-bubble>"
	if got := chosenSnippet(tab); got != want {
		t.Errorf("chosen by keyboard:\n%s", got)
	}
	to("afresh")
	to("told")
	to("PHP")
	tab.Press("Enter")
	tab.Wait(`[...document.querySelectorAll("details[open] summary")].map(it => it.textContent).join() === "PHP"`)
	to("copy")
	if got := browsertest.Eval[string](tab, `document.activeElement.parentElement.querySelector("code").textContent`); !strings.HasPrefix(got, "<?php") {
		t.Errorf("after it comes the copy of %.20s", got)
	}
	to("latchkey-bubble")
	tab.Press("Enter")
	tab.Wait(element + `.shadowRoot.activeElement?.tagName === "TEXTAREA"`)
	calm(t, tab)
}

func TestSnippetsAreCopied(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	const said, first = `document.getElementById("said").textContent`, `document.querySelector(".copy")`
	const takes = `window.copied = []; navigator.clipboard.writeText = async (text) => { copied.push(text); };`
	tab := browser.Open(w.server.URL+"/?lang=fr", browsertest.Desktop, takes)
	tab.Click(first)
	tab.Wait(said + ` === "Copié" && ` + first + `.classList.contains("copied")`)
	tab.Click(`document.getElementById("code-frame").closest("figure").querySelector(".copy")`)
	tab.Wait(`copied.length === 2`)
	if got := browsertest.Eval[string](tab, `copied.join("\n")`); got != `<script src="`+w.server.URL+`/latchkey.js" async></script>
<iframe
  src="`+w.server.URL+`/chat?lang=fr&amp;audience=client"
  title="Aide à la connexion"
  width="400" height="640"
  allow="clipboard-write"
></iframe>` {
		t.Errorf("copied: %s", got)
	}
	tab.Wait(`!document.querySelector(".copied")`)
	calm(t, tab)

	refuses := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop, `navigator.clipboard.writeText = async () => { throw new Error("no"); };`)
	refuses.Click(first)
	refuses.Wait(said + `.startsWith("The browser does not let")`)
	if got := browsertest.Eval[string](refuses, `getSelection().toString()`); !strings.HasPrefix(got, "<script src=") {
		t.Errorf("selected instead: %q", got)
	}
	calm(t, refuses)

	without := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop, `Object.defineProperty(navigator, "clipboard", { value: undefined });`)
	without.Wait(inside(".launch"))
	if n := browsertest.Eval[int](without, `[...document.querySelectorAll(".copy")].filter(it => it.checkVisibility()).length`); n != 0 {
		t.Errorf("%d buttons promise to copy, and cannot", n)
	}
	calm(t, without)
}

// What the page says to write does what it says: each way to embed, on a page of another site
// with the policy that is shown beside it.
func TestTheSnippetsWork(t *testing.T) {
	browser := browsertest.Start(t)
	const strict = "default-src 'none'; style-src 'none'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'; "
	for _, name := range []string{"line", "element", "module"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			all := snippets(w.server.URL, "fr", "professional", "Aide")
			body := all[name]
			if name == "module" {
				body = all["chosen"] + `<script type="module" src="/app.js"></script>`
			}
			page := w.site(strict+strings.ReplaceAll(all["policy"], "\n", " "), body, all["module"])
			tab := browser.Open(page, browsertest.Desktop)
			tab.Click(inside(".launch"))
			tab.Wait(count(quietLog, 2))
			if name != "line" && !browsertest.Eval[bool](tab, `Boolean(`+choice("Mauvais identifiant ou mot de passe")+`)`) {
				t.Errorf("it says %s", rows(tab))
			}
			browsertest.Eval[any](tab, `(() => { `+strings.Replace(all["methods"], "bubble.toggle();", "", 1)+` })()`)
			tab.Wait(`!` + inside(".panel") + `.open`)
			calm(t, tab)
		})
	}
}

// site is a page of somebody else's site, which may embed the bubble; app.js is a script of its own.
func (w *world) site(policy, body, script string) string {
	w.t.Helper()
	page := w.host(policy, body)
	inner := page.Config.Handler
	page.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/app.js" {
			rw.Header().Set("Content-Type", "text/javascript")
			rw.Write([]byte(script))
			return
		}
		inner.ServeHTTP(rw, r)
	})
	o, err := parseOrigin(page.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.bubble.origins = append(w.bubble.origins, o)
	return page.URL
}

// requests counts what a server is asked for.
type requests struct {
	mu    sync.Mutex
	paths []string
}

func (a *requests) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.paths = append(a.paths, r.URL.Path)
		a.mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

func (a *requests) count(path string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.paths {
		if p == path {
			n++
		}
	}
	return n
}
