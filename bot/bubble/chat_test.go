package bubble

import (
	"strings"
	"testing"
	"time"

	"latchkey/bot/bubble/browsertest"
)

func TestTheChatPage(t *testing.T) {
	w := newWorld(t, func(_ *limits, o *Options) { o.Origins = []string{"https://www.example.com", "*.example.org"} })
	for path, wants := range map[string][]string{
		"/chat?lang=fr&audience=professional":  {`<html lang="fr">`, `position="fill" lang="fr" audience="professional"`, "<noscript><p>Ce clavardage a besoin de JavaScript", "<title>Aide à la connexion</title>"},
		"/chat?lang=en-GB&audience=%22%3Ehttp": {`<html lang="en">`, `position="fill" lang="en" audience="client"`, "<noscript><p>This chat needs JavaScript", "<title>Login help</title>"},
	} {
		res, page := w.get(path)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") ||
			!strings.HasSuffix(policy, "; frame-ancestors 'self' https://www.example.com https://*.example.org") {
			t.Errorf("policy %s", policy)
		}
		if res.Header.Get("Vary") != "Accept-Language" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", res.Header)
		}
	}
	if _, page := w.get("/chat", "Accept-Language", "fr-CA,fr;q=0.9"); !strings.Contains(page, `<html lang="fr">`) {
		t.Error("the page does not follow the browser's language")
	}
	res, _ := w.get("/")
	if policy := res.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; frame-ancestors 'self' https://www.example.com https://*.example.org") {
		t.Errorf("the demo page's policy %s", policy)
	}
}

// The chat fills its window, and is used there like anywhere else.
func TestTheChatAlone(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	eachLook(t, func(t *testing.T, lang string, screen browsertest.Screen) {
		tab := browser.Open(w.server.URL+"/chat?lang="+lang, screen)
		tab.Wait(count(quietLog, 2))
		if !browsertest.Eval[bool](tab, `(r => r.top === 0 && r.left === 0 && r.width === innerWidth && r.height === innerHeight)(`+inside(".panel")+`.getBoundingClientRect())`) {
			t.Error("the panel does not fill the window")
		}
		if browsertest.Eval[bool](tab, `document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth`) {
			t.Error("the page itself scrolls")
		}
		accessible(t, tab)
		if alone, _ := tab.Shifts(); alone != 0 {
			t.Errorf("the page moved by %g", alone)
		}
		shoot(tab, strings.ReplaceAll(t.Name(), "/", "-"))
		calm(t, tab)
	})
}

// Until the chat is there its page says so, and has a way to try again; by itself it comes as soon
// as it can be loaded.
func TestTheChatPageUntilTheChatIsThere(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	again := func(tab *browsertest.Tab) { tab.Click(`document.querySelector(".wait a")`) }
	for lang, waits := range map[string]string{en: "Connecting… Try again", fr: "Connexion… Réessayer"} {
		for _, c := range []struct {
			what, missing string
			back          func(tab *browsertest.Tab)
		}{
			{"after a while", "/panel." + lang + ".js", func(tab *browsertest.Tab) { do(tab, `pass(60_000)`) }},
			{"online", "/panel." + lang + ".js", func(tab *browsertest.Tab) { do(tab, `dispatchEvent(new Event("online"))`) }},
			{"back from the cache of pages", "/panel." + lang + ".js", func(tab *browsertest.Tab) {
				do(tab, `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
			}},
			{"by a press", "/panel." + lang + ".js", again},
			{"by a press, without any script", "/latchkey.js", again},
		} {
			t.Run(lang+" "+c.what, func(t *testing.T) {
				w := newWorld(t, nil) // at an address of its own, so that nothing is in the browser's cache
				away := w.missing(c.missing)
				away.Store(true)
				tab := browser.Open(w.server.URL+"/chat?lang="+lang, browsertest.Phone, stopped)
				eventually(t, "the server has refused", func() bool { return len(tab.Failures()) > 0 })
				tab.Wait(`getComputedStyle(document.querySelector(".wait")).opacity === "1"`)
				shows(t, tab, "meanwhile", `document.querySelector("main p").innerText`, waits)
				accessible(t, tab)
				shoot(tab, "chat-waits-"+lang)
				away.Store(false)
				c.back(tab)
				tab.Wait(count(quietLog, 2))
				is(t, tab, "now only the chat is seen", `document.querySelector(".wait").offsetHeight === 0`)
			})
		}
	}
}

// A page of a site that may embed the bubble may show the chat in a frame, as the snippet has
// it; another may not.
func TestWhoMayFrameTheChat(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	var asked requests
	w.server.Config.Handler = asked.watch(w.server.Config.Handler)
	frame := snippets(w.server.URL, "en", "client", "Login help")["frame"]
	// Another host name for the same machine makes it another site.
	elsewhere := func() string { return strings.Replace(w.host("", frame).URL, "127.0.0.1", "localhost", 1) }
	strangers, friends := elsewhere(), elsewhere()
	o, err := parseOrigin(friends)
	if err != nil {
		t.Fatal(err)
	}
	w.bubble.origins = append(w.bubble.origins, o)
	const loaded = `document.readyState === "complete"`

	stranger := browser.Open(strangers, browsertest.Desktop)
	stranger.Wait(loaded) // with its frame, whatever became of it
	if asked.count("/chat") != 1 || asked.count("/latchkey.js") != 0 || w.bubble.Open() != 0 {
		t.Errorf("a stranger's frame asked for %q", asked.paths)
	}
	shoot(stranger, "frame-refused")

	friend := browser.Open(friends, browsertest.Desktop)
	friend.Wait(loaded)
	for end := time.Now().Add(30 * time.Second); w.bubble.Open() == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("a friend's frame asked only for %q", asked.paths)
		}
	}
	shoot(friend, "frame-allowed")
	calm(t, friend)
}
