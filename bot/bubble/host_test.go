package bubble

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// signing has a world know the secret.
func signing(_ *limits, o *Options) { o.IdentitySecret = secret }

// allow lets a page embed the bubble.
func (w *world) allow(url string) {
	w.t.Helper()
	o, err := parseOrigin(url)
	if err != nil {
		w.t.Fatal(err)
	}
	w.bubble.origins = append(w.bubble.origins, o)
}

// only is the only conversation.
func (w *world) only() (t talk) {
	w.core.set(func(f *fake) {
		if len(f.talks) != 1 {
			w.t.Errorf("%d conversations", len(f.talks))
		}
		for _, one := range f.talks {
			t = *one
		}
	})
	return t
}

// Each attribute does what it says, on the element and, as data-…, on the script.
func TestAttributes(t *testing.T) {
	browser := browsertest.Start(t)
	token := Sign(secret, bot.Identity{UserID: "42", Name: "Ann", Email: "ann@example.com"}, time.Now().Add(time.Hour))
	const all = `lang=fr-CA audience=professional accent="rgb(1, 2, 3)" position=left open theme=dark sound name="Bo" email="bo@example.com"`
	for _, c := range []struct{ name, body string }{
		{"element", `<latchkey-bubble ` + all + `></latchkey-bubble><script src="BOT/latchkey.js" async></script>`},
		{"module", `<latchkey-bubble ` + all + `></latchkey-bubble><script type=module>import "BOT/latchkey.mjs"</script>`},
		{"script", `<script src="BOT/latchkey.js" async ` + dataset(all) + `></script>`},
	} {
		for _, identity := range []string{"", token} {
			t.Run(c.name+" "+fmt.Sprint(identity != ""), func(t *testing.T) {
				w := newWorld(t, signing)
				body := c.body
				if identity != "" {
					body = strings.NewReplacer(" name=", ` identity="`+identity+`" name=`, " data-name=", ` data-identity="`+identity+`" data-name=`).Replace(body)
				}
				page := w.host("", body)
				w.allow(page.URL)
				tab := browser.Open(page.URL, browsertest.Desktop)
				tab.Wait(inside(".panel") + `?.open && ` + count(quietLog, 2))
				shows(t, tab, "elements", `document.querySelectorAll("latchkey-bubble").length`, "1")
				shows(t, tab, "accent", ground(".launch"), "1,2,3,255")
				shows(t, tab, "position", inside(".launch")+`.getBoundingClientRect().left`, "20")
				is(t, tab, "theme", inside(".panel")+`.matches(".dark")`)
				tab.Click(inside("[aria-haspopup]"))
				is(t, tab, "sound", menuItem("Son")+`.ariaChecked === "true"`)
				tab.Press("Escape")
				tab.Click(choice("Mauvais identifiant ou mot de passe"))
				tab.Wait(count(quietLog, 4))
				got, want := w.only(), bot.Identity{Name: "Bo", Email: "bo@example.com"}
				if identity != "" {
					want = bot.Identity{UserID: "42", Name: "Ann", Email: "ann@example.com", Verified: true}
				}
				if got.identity != want || got.lang != "fr" || got.conversation.Session.At.Flow != "professional" {
					t.Errorf("%+v, in %s, with %s", got.identity, got.lang, got.conversation.Session.At.Flow)
				}
				calm(t, tab)
			})
		}
	}
}

// dataset writes attributes as those of the script.
func dataset(attributes string) string {
	return "data-" + strings.NewReplacer(`" `, `" data-`, "CA ", "CA data-", "l a", "l data-a", "left ", "left data-", "open ", "open data-", "dark ", "dark data-", "sound ", "sound data-").Replace(attributes)
}

// A page opens and closes the bubble, hears of everything, and may say no.
func TestMethodsAndEvents(t *testing.T) {
	w, page := guest(t, "", `<script src="BOT/latchkey.js" async></script>`)
	browser := browsertest.Start(t)
	tab := browser.Open(page.URL, browsertest.Desktop, `
		window.told = [];
		for (const what of ["open", "close", "message", "ticket"])
			addEventListener("latchkey:" + what, event => told.push([what, event.detail && JSON.stringify(event.detail), event.target.localName].filter(Boolean).join(" ")));
		addEventListener("latchkey:open", event => window.no && event.preventDefault());`)
	tab.Wait(inside(".launch"))
	// The page has something better to show.
	do(tab, `window.no = true; `+element+`.open()`)
	is(t, tab, "it stays closed", `!`+element+`.hasAttribute("open")`)
	tab.Click(inside(".launch"))
	is(t, tab, "it stays closed when pressed", `!`+element+`.hasAttribute("open") && `+inside(".launch")+`.ariaExpanded === "false"`)
	shows(t, tab, "told", `told.splice(0).join("; ")`, "open latchkey-bubble; open latchkey-bubble")
	is(t, tab, "there is no panel", `!`+inside(".panel")+`?.open`)
	for _, url := range tab.Requests() {
		if strings.Contains(url, "socket") {
			t.Errorf("a request for %s", url)
		}
	}
	do(tab, `window.no = false; `+element+`.toggle()`)
	tab.Wait(count(quietLog, 2))
	tab.Click(inside("[data-move='jump:person']"))
	tab.Wait(inside(".card.ticket"))
	do(tab, element+`.toggle()`)
	is(t, tab, "it is closed", `!`+inside(".panel")+`.open`)
	said := `message {"seq":3,"from":"contact","text":"Talk to a person"} latchkey-bubble`
	answer := fmt.Sprintf(`{"seq":4,"from":"bot","text":"%s"}`, says["ticket"]["en"])
	ticket := fmt.Sprintf(`{"number":"LK-1042","text":"%s"}`, says["ticket"]["en"])
	shows(t, tab, "told", `told.splice(0).join("; ")`, "open latchkey-bubble; "+said+"; message "+answer+" latchkey-bubble; ticket "+ticket+" latchkey-bubble; close latchkey-bubble")
	// What was said before is no news to a page that is loaded later.
	tab.Reload()
	tab.Wait(count(quietLog, 4))
	shows(t, tab, "told after a reload", `told.join("; ")`, "")
	if got := w.moves(); got != "jump:person" {
		t.Errorf("the bot got %s", got)
	}
	calm(t, tab)
}

// Taken away and put back, at any moment, there is one panel and one line, and all goes on.
func TestTakenAwayAndPutBack(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := w.at(browser, en, browsertest.Desktop)
	// While the panel is on its way.
	do(tab, `const el = `+element+`; el.open(); el.remove(); document.body.append(el); el.remove(); document.body.prepend(el)`)
	tab.Wait(inside(".panel") + `?.open && ` + count(quietLog, 2))
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	for range 3 {
		do(tab, `const el = `+element+`; el.remove(); document.body.append(el)`)
	}
	tab.Wait(inside(".panel") + `?.open && ` + count(quietLog, 4))
	shows(t, tab, "panels and counts", `[...`+element+`.shadowRoot.querySelectorAll(".panel, .count, .launch")].map(e => e.className).join()`, "panel,launch,count")
	shows(t, tab, "sheets", element+`.shadowRoot.adoptedStyleSheets.length`, "2")
	eventually(t, "one line is open", func() bool { return w.bubble.Open() == 1 })
	do(tab, `window.kept = `+element+`; kept.remove()`)
	eventually(t, "no line is open", func() bool { return w.bubble.Open() == 0 })
	do(tab, `document.body.append(kept)`)
	tab.Wait(inside(".panel") + `?.open && ` + count(quietLog, 4))
	tab.Click(choice("Still refused"))
	tab.Wait(inside(".card.ticket"))
	calm(t, tab)
}

// Two on one page are two windows on the same conversation.
func TestTwoOnOnePage(t *testing.T) {
	w, page := guest(t, "", `<div style="display:flex"><div style="width:400px;height:600px"><latchkey-bubble id=one position=fill></latchkey-bubble></div>
		<latchkey-bubble id=two position=left></latchkey-bubble></div><script src="BOT/latchkey.js" async></script>`)
	tab := browsertest.Start(t).Open(page.URL, browsertest.Desktop)
	two := strings.NewReplacer("latchkey-bubble", "#two")
	tab.Wait(count(quietLog, 2))
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	tab.Click(two.Replace(inside(".launch")))
	tab.Wait(two.Replace(count(quietLog, 4)))
	tab.Click(two.Replace(inside("[data-move='jump:person']")))
	for _, log := range []string{inside(".card.ticket"), two.Replace(inside(".card.ticket"))} {
		tab.Wait(log)
	}
	tab.Wait(count(quietLog, 6) + ` && ` + two.Replace(count(quietLog, 6)))
	tab.Click(two.Replace(inside(".shut")))
	tab.Wait(`!` + two.Replace(inside(".panel")) + `.open && ` + inside(".panel") + `.open`)
	w.only()
	calm(t, tab)
}

// A panel that cannot be loaded is not a button that does nothing: beside it stands why, and it is
// tried again until it can be, or the person presses once more. Browsers keep a failure under its
// address, so each try has its own.
func TestThePanelCannotBeLoaded(t *testing.T) {
	browser := browsertest.Start(t)
	for _, lang := range []string{en, fr} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, nil)
			var asked requests
			panel := "/bubble/" + w.bubble.files.version + "/" + panelOf(lang)
			away := w.missing(panel)
			w.server.Config.Handler = asked.watch(w.server.Config.Handler)
			tab := w.at(browser, lang, browsertest.Phone, stopped)
			launch, word := inside(".launch"), func(key string) string { return w.core.Word(prefix+key, lang) }
			says := func(what, key string, busy, open bool) {
				t.Helper()
				shows(t, tab, what, `[`+launch+`.ariaLabel, `+launch+`.ariaBusy, `+launch+`.ariaExpanded, `+element+`.hasAttribute("open")].join()`,
					fmt.Sprint(word(key), ",", busy, ",", open, ",", open))
				shows(t, tab, what+", in sight", `getComputedStyle(`+launch+`, "::before").content`,
					map[bool]string{false: "none", true: strconv.Quote(word(key))}[busy])
			}
			do(tab, `window.opens = 0; addEventListener("latchkey:open", () => opens++)`)
			says("at first", "open", false, false)
			away.Store(true)
			tab.Click(launch)
			tab.Wait(launch + `.ariaBusy === "true"`)
			says("refused", "offline", true, true)
			shoot(tab, "no-panel-"+lang)
			tab.Click(launch)
			says("given up", "open", false, false)
			tab.Click(launch)
			tab.Wait(launch + `.ariaBusy === "true"`)
			tries := asked.count(panel)
			do(tab, `pass(60_000)`)
			eventually(t, "it is tried again", func() bool { return asked.count(panel) > tries })
			shows(t, tab, "meanwhile", launch+`.ariaBusy`, "true")
			away.Store(false)
			eventually(t, "it opens by itself", func() bool {
				do(tab, `pass(10_000)`)
				return browsertest.Eval[bool](tab, `Boolean(`+inside(".panel")+`?.open)`)
			})
			tab.Wait(count(quietLog, 2))
			shows(t, tab, "the page was told of presses", `opens`, "2")
			says("there", "close", false, true)

			// Without a network; then it is back.
			tab = w.at(browser, lang, browsertest.Phone, stopped)
			tab.Offline(true)
			tab.Click(launch)
			tab.Wait(launch + `.ariaBusy === "true"`)
			says("offline", "offline", true, true)
			tab.Offline(false)
			tab.Wait(inside(".panel") + `?.open`)
			tab.Wait(count(quietLog, 2))
			for _, trouble := range tab.Troubles() {
				if !strings.Contains(trouble, "dynamically imported module") {
					t.Errorf("the page complains: %s", trouble)
				}
			}
		})
	}
}

// A page that has something better to show in the box keeps it, whatever comes back; and what the
// button says follows the page's language while the chat is shut.
func TestWhatThePageDecides(t *testing.T) {
	browser := browsertest.Start(t)
	_, page := guest(t, "", `<script>addEventListener("latchkey:open", event => event.preventDefault())</script>
		<latchkey-bubble position=fill></latchkey-bubble><script src="BOT/latchkey.js" async></script>`)
	tab := browser.Open(page.URL, browsertest.Desktop)
	tab.Wait(element + `.shadowRoot`)
	do(tab, `for (const what of ["online", "pageshow", "storage"]) dispatchEvent(new Event(what))`)
	do(tab, `fetch("/").then(() => window.asked = true)`) // what was asked for before has been asked for by then
	tab.Wait(`window.asked`)
	if asked := strings.Join(tab.Requests(), " "); strings.Contains(asked, "panel.") {
		t.Errorf("the page asked for %s", asked)
	}
	calm(t, tab)

	w := newWorld(t, nil)
	tab = w.opened(browser, en, browsertest.Desktop)
	tab.Press("Escape")
	tab.Wait(`!` + inside(".panel") + `.open`)
	do(tab, element+`.lang = "fr"`)
	shows(t, tab, "the button", inside(".launch")+`.ariaLabel`, w.core.Word("bubble_open", fr))
	tab.Click(inside(".launch"))
	tab.Wait(choice("Mauvais identifiant ou mot de passe"))
	shows(t, tab, "open", inside(".launch")+`.ariaLabel`, w.core.Word("bubble_close", fr))
	calm(t, tab)
}

// In a box of the page it fills the box, without a button and without a way to close it.
func TestItFillsABox(t *testing.T) {
	browser := browsertest.Start(t)
	for name, screen := range map[string]browsertest.Screen{"desktop": browsertest.Desktop, "phone": browsertest.Phone} {
		t.Run(name, func(t *testing.T) {
			_, page := guest(t, "", `<meta name=viewport content="width=device-width"><style>* { margin: 0; padding: 0; box-sizing: border-box }</style>
				<div id=box style="position:absolute;left:30px;top:100px;width:330px;height:560px"><latchkey-bubble position=fill></latchkey-bubble></div>
				<a href="#" style="position:absolute;top:700px">beside it</a><script src="BOT/latchkey.js" async></script>`)
			tab := browser.Open(page.URL, screen)
			tab.Wait(count(quietLog, 2))
			fills := func(what string) {
				t.Helper()
				shows(t, tab, what, `(r => [r.left, r.top, r.width, r.height])(`+inside(".panel")+`.getBoundingClientRect())`, "30,100,330,560")
				is(t, tab, what+": nothing closes it", `![...`+element+`.shadowRoot.querySelectorAll(".launch, .shut, .grip")].some(e => e.offsetWidth)`)
				is(t, tab, what+": the page is not shut off", `!`+inside(".panel")+`.matches(":modal") && `+inside(".panel")+`.open`)
			}
			fills("loaded")
			is(t, tab, "the focus is the page's", focus+` === document.body`)
			tab.Click(choice("Wrong user or password"))
			tab.Wait(count(quietLog, 4))
			tab.Press("Escape")
			do(tab, element+`.close()`)
			fills("after Escape and close")
			shoot(tab, "fill-"+name)
			shows(t, tab, "kept for other pages", `sessionStorage["latchkey:open"]`, "undefined")
			// Into the corner, and back.
			do(tab, element+`.setAttribute("position", "right")`)
			tab.Wait(`!` + inside(".panel") + `.open && ` + inside(".launch") + `.offsetWidth`)
			tab.Click(inside(".launch"))
			tab.Wait(inside(".panel") + `.open`)
			do(tab, element+`.setAttribute("position", "left")`)
			is(t, tab, "from corner to corner it stays open", inside(".panel")+`.open`)
			do(tab, element+`.setAttribute("position", "fill")`)
			tab.Wait(`!` + inside(".panel") + `.matches(":modal")`)
			fills("back in the box")
			calm(t, tab)
		})
	}
}

// Somebody who signs in on the page goes on with what was begun, with what was typed, too;
// somebody else has another conversation, and sees nothing of the former's.
func TestSigningIn(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, signing)
	tab := w.opened(browser, en, browsertest.Desktop)
	signIn := func(id, name string) {
		do(tab, element+`.setAttribute("identity", "`+Sign(secret, bot.Identity{UserID: id, Name: name}, time.Now().Add(time.Hour))+`")`)
	}
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	tab.Keys("half a senten")
	signIn("42", "Ann")
	tab.Wait(count(quietLog, 4))
	shows(t, tab, "what Ann has typed", inside("textarea")+`.value`, "half a senten")
	tab.Keys("ce\r")
	tab.Wait(count(quietLog, 6))
	if got := w.only().identity; got.UserID != "42" || !got.Verified {
		t.Errorf("the conversation is now of %+v", got)
	}
	tab.Keys("Ann's secret")

	signIn("43", "Bo")
	tab.Wait(count(quietLog, 2))
	shows(t, tab, "what Bo sees of it", rowsOf+` + `+inside("textarea")+`.value`, says["hello"]["en"]+" | "+says["see"]["en"])
	tab.Click(choice("The app freezes or stays blank"))
	tab.Wait(count(quietLog, 4))
	w.core.set(func(f *fake) {
		if len(f.talks) != 2 {
			t.Errorf("%d conversations", len(f.talks))
		}
		for _, one := range f.talks {
			if one.identity.UserID == "43" && one.count(func(m bot.Message) bool { return strings.Contains(m.Text, "half") }) > 0 {
				t.Error("Ann's words are Bo's")
			}
		}
	})
	signIn("42", "Ann")
	tab.Wait(count(quietLog, 6))
	shows(t, tab, "what Ann had typed", inside("textarea")+`.value`, "Ann's secret")
	// The page says in its own markup who is there: closed, the button tells Ann of news.
	tab.Press("Escape")
	tab.Wait(`!` + inside(".panel") + `.open`)
	page := w.host("", `<latchkey-bubble identity="`+Sign(secret, bot.Identity{UserID: "42"}, time.Now().Add(time.Hour))+`"></latchkey-bubble><script src="BOT/latchkey.js" async></script>`)
	w.allow(page.URL)
	where := w.conversation(visitor, begun...)
	later := browser.Open(page.URL, browsertest.Desktop, `localStorage["latchkey:`+strings.TrimPrefix(w.server.URL, "http://")+`:42"] ??= JSON.stringify({ token: "`+visitor+`", read: 2 })`)
	later.Wait(count(quietLog, 2))
	w.core.write(where, "Ann, it is mended")
	later.Wait(`!` + inside(".count") + `.hidden`)
	calm(t, tab, later)
}

// A page that signs no id, but an e-mail or a name, has its people unverified; and still no two of
// them share a conversation in one browser, nor with a stranger.
func TestAnIdentityWithoutAnID(t *testing.T) {
	w := newWorld(t, signing)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop)
	welcome := says["hello"]["en"] + " | " + says["see"]["en"]
	for i, who := range []bot.Identity{{Email: "ann@example.com"}, {Email: "bo@example.com", Name: "Bo"}, {Name: "Ann"}, {Name: "Bo"}} {
		do(tab, element+`.setAttribute("identity", "`+Sign(secret, who, time.Now().Add(time.Hour))+`")`)
		tab.Wait(count(".row", 2) + ` && ` + choice("Wrong user or password"))
		shows(t, tab, fmt.Sprintf("what %+v sees", who), rowsOf, welcome)
		tab.Click(choice("Wrong user or password"))
		tab.Wait(count(quietLog, 4))
		w.core.set(func(f *fake) {
			if len(f.talks) != i+1 {
				t.Errorf("%+v is in one of %d conversations", who, len(f.talks))
			}
			for _, one := range f.talks {
				if one.identity.Verified || one.identity.UserID != "" {
					t.Errorf("%+v is believed", one.identity)
				}
			}
		})
	}
	do(tab, element+`.removeAttribute("identity")`)
	tab.Wait(count(".row", 2))
	shows(t, tab, "what a stranger sees", rowsOf, welcome)
	if !strings.Contains(w.lines.String(), errNobody.Error()) {
		t.Errorf("the log says %s", w.lines)
	}
	calm(t, tab)
}

const rowsOf = `[...` + element + `.shadowRoot.querySelectorAll(".row .bubble")].map(b => b.innerText).join(" | ")`

// What was sent and not stored by one person does not go out as another's.
func TestUnsentWordsStayTheirs(t *testing.T) {
	w := newWorld(t, signing)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop)
	signIn := func(id string) {
		do(tab, element+`.setAttribute("identity", "`+Sign(secret, bot.Identity{UserID: id}, time.Now().Add(time.Hour))+`")`)
	}
	signIn("42")
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	w.core.set(func(f *fake) { f.broken = errBroken })
	tab.Keys("Ann's secret\r")
	tab.Wait(`!` + inside(".notice") + `.hidden`)
	signIn("43")
	tab.Wait(count(".row", 2))
	is(t, tab, "what was told to Ann is gone", inside(".notice")+`.hidden`)
	w.core.set(func(f *fake) { f.broken = nil })
	tab.Click(choice("The app freezes or stays blank"))
	tab.Wait(count(quietLog, 4))
	signIn("42")
	tab.Wait(count(".row.contact:not(.pending)", 2))
	w.core.set(func(f *fake) {
		for _, one := range f.talks {
			n := one.count(func(m bot.Message) bool { return m.Text == "Ann's secret" })
			if want := map[string]int{"42": 1}[one.identity.UserID]; n != want {
				t.Errorf("user %s has it %d times", one.identity.UserID, n)
			}
		}
	})
	calm(t, tab)
}

// A page in a sandboxed frame, or of a file in an app, has no origin and may keep nothing. The
// operator learns of it; where such pages are allowed, the bubble works until the page is left.
func TestASandboxedPage(t *testing.T) {
	browser := browsertest.Start(t)
	for _, allowed := range []bool{false, true} {
		t.Run(fmt.Sprint("allowed ", allowed), func(t *testing.T) {
			w := newWorld(t, func(_ *limits, o *Options) {
				if allowed {
					o.Origins = []string{"null"}
				}
			})
			page := w.host("sandbox allow-scripts", `<script src="BOT/latchkey.js" async></script>`)
			tab := browser.Open(page.URL, browsertest.Desktop, stopped)
			is(t, tab, "the page has no origin", `self.origin === "null"`)
			tab.Click(inside(".launch"))
			if !allowed {
				eventually(t, "the operator is told", func() bool { return strings.Contains(w.lines.String(), "origin=null") })
				eventually(t, "the person is told", func() bool {
					do(tab, `pass(500)`)
					return browsertest.Eval[bool](tab, `!`+inside(".banner.offline")+`?.hidden && Boolean(`+inside(".banner.offline")+`)`)
				})
				calm(t, tab)
				return
			}
			tab.Wait(count(quietLog, 2))
			tab.Click(choice("Wrong user or password"))
			tab.Wait(count(quietLog, 4))
			tab.Keys("still refused\r")
			tab.Wait(count(quietLog, 6))
			if got := w.only().log; len(got) != 6 {
				t.Errorf("%d messages are stored", len(got))
			}
			tab.Reload()
			tab.Click(inside(".launch"))
			tab.Wait(count(quietLog, 2))
			calm(t, tab)
		})
	}
}
