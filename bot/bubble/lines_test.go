package bubble

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/bubble/linetest"
)

// stopped is a clock for the page that stands still until the test lets time pass.
const stopped = `(() => {
	const timers = new Map();
	let now = 0, last = 0;
	window.setTimeout = (f, ms = 0, ...args) => (timers.set(++last, { at: now + Number(ms), f: () => f(...args) }), last);
	window.clearTimeout = (id) => timers.delete(id);
	window.pass = (ms) => {
		for (const end = now + ms; ;) {
			const [id, due] = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
			if (!due) return now = end, true;
			timers.delete(id);
			now = due.at;
			due.f();
		}
	};
})()`

// hasty is a clock for the page that runs twenty times too fast: whole nights of waiting pass.
const hasty = `(() => {
	const real = window.setTimeout;
	window.setTimeout = (f, ms = 0, ...args) => real(f, ms / 20, ...args);
})()`

// onALine opens the demo page through a line that can break, and begins a conversation there.
func (w *world) onALine(browser *browsertest.Browser, clock string) (*linetest.Line, *browsertest.Tab) {
	w.t.Helper()
	line := linetest.Listen(w.t, strings.TrimPrefix(w.server.URL, "http://"))
	tab := browser.Open("http://"+line.Addr()+"/?lang=en", browsertest.Desktop, clock)
	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	return line, tab
}

// address is where the only conversation is.
func (w *world) address() (address string) {
	w.core.set(func(f *fake) {
		for address = range f.talks {
		}
	})
	return address
}

// A line that is dead without saying so is noticed by both sides within twenty seconds, and what
// was said meanwhile arrives.
func TestAHalfOpenLineIsNoticed(t *testing.T) {
	if usual.patience > 20*time.Second || usual.patience < 2*usual.ping {
		t.Errorf("the server notices after %s", usual.patience)
	}
	w := newWorld(t, func(l *limits, _ *Options) { l.ping, l.patience = 300*time.Millisecond, 900*time.Millisecond })
	line, tab := w.onALine(browsertest.Start(t), stopped)
	line.HalfOpen(true, true) // what is open is silent for good…
	line.Heal()               // …and what is opened from now on is not
	w.core.write(w.address(), "Are you still there?")
	eventually(t, "the server gives the silent socket up", func() bool { return w.bubble.Open() == 0 })
	if browsertest.Eval[bool](tab, `Boolean(`+inside(".row.agent")+`)`) {
		t.Fatal("the line was not silent")
	}
	browsertest.Eval[bool](tab, `pass(20_000)`)
	tab.Wait(inside(".row.agent"))
	tab.Wait(inside(".banner") + `.hidden`)
	calm(t, tab)
}

// Whoever looks at the page again, or is back online, does not wait for a timer.
func TestComingBackIsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	line, tab := w.onALine(browsertest.Start(t), stopped)
	for _, c := range []struct {
		name string
		back func()
	}{
		{"online", func() { browsertest.Eval[bool](tab, `dispatchEvent(new Event("online"))`) }},
		{"in front again", func() {
			tab.Hide(true)
			tab.Hide(false)
		}},
		{"back from the cache of pages", func() {
			browsertest.Eval[bool](tab, `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
		}},
		{"woken up", func() {
			tab.Freeze(true)
			tab.Freeze(false)
			tab.Hide(true)
			tab.Hide(false)
		}},
	} {
		line.Cut()
		eventually(t, c.name+": the line is cut", func() bool { return w.bubble.Open() == 0 })
		text := "Said while it was away: " + c.name
		w.core.write(w.address(), text)
		c.back()
		tab.Wait(fmt.Sprintf(`[...%s.shadowRoot.querySelectorAll(".row.agent .bubble")].some(b => b.textContent === %q)`, element, text))
	}
}

// A restart of the server is not worth a word; a longer absence is, calmly.
func TestARestartIsBarelySeen(t *testing.T) {
	w := newWorld(t, nil)
	line, tab := w.onALine(browsertest.Start(t), stopped)
	browsertest.Eval[bool](tab, `(() => {
		window.warned = [];
		new MutationObserver(() => `+inside(".banner")+`.hidden || warned.push(`+inside(".banner")+`.textContent))
			.observe(`+inside(".banner")+`, { attributes: true, childList: true });
		return true;
	})()`)
	back := func() {
		t.Helper()
		eventually(t, "it is back", func() bool {
			browsertest.Eval[bool](tab, `pass(500)`)
			return w.bubble.Open() == 1
		})
		tab.Wait(inside(".banner") + `.hidden`)
	}
	line.Cut()
	eventually(t, "the line is cut", func() bool { return w.bubble.Open() == 0 })
	browsertest.Eval[bool](tab, `pass(500)`)
	eventually(t, "it is back", func() bool { return w.bubble.Open() == 1 })
	w.core.write(w.address(), "Here I am again")
	tab.Wait(inside(".row.agent"))
	if warned := browsertest.Eval[[]string](tab, `warned`); len(warned) > 0 {
		t.Errorf("it was warned of: %q", warned)
	}

	line.Refuse(true)
	line.Cut()
	eventually(t, "the line is cut", func() bool { return w.bubble.Open() == 0 })
	browsertest.Eval[bool](tab, `pass(1000)`)
	tab.Wait(inside(".banner") + `.textContent === "Reconnecting…" && !` + inside(".banner") + `.hidden`)
	shoot(tab, "desktop-reconnecting")
	tab.Click(inside("textarea"))
	tab.Keys("hello?\r")
	browsertest.Eval[bool](tab, `pass(9000)`)
	tab.Wait(inside(".banner.offline"))
	tab.Wait(inside(".row.pending.late .meta button"))
	line.Heal()
	back()
	tab.Wait(`!` + inside(".row.pending") + ` && ` + count(".row.contact", 2))
	if w.core.taken != 2 {
		t.Errorf("%d messages were stored", w.core.taken)
	}
}

// missing has the server answer nothing sensible at addresses that end so, while that is set.
func (w *world) missing(ending string) *atomic.Bool {
	var away atomic.Bool
	handler := w.server.Config.Handler
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if away.Load() && strings.HasSuffix(r.URL.Path, ending) {
			nothing(rw, r)
			return
		}
		handler.ServeHTTP(rw, r)
	})
	return &away
}

// Where the socket is refused from the beginning everything is said all the same, for eyes and for
// screen readers, in the language of the page.
func TestNothingIsMuteBeforeTheFirstHello(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	for lang, password := range map[string]string{"en": "my password is Hunter2024", "fr": "mon mot de passe est Hunter2024"} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, nil)
			away := w.missing("/bubble/socket")
			away.Store(true)
			word := func(key string) string { return w.core.Word(prefix+key, lang) }
			tab := w.at(browser, lang, browsertest.Phone, stopped)
			tab.Click(inside(".launch"))
			tab.Wait(inside(".panel") + `?.open`)
			do(tab, `pass(1000)`)
			shows(t, tab, "at first", texts(".banner:not([hidden])"), word("connecting"))
			shows(t, tab, "title", texts("h2"), word("title"))
			shows(t, tab, "field", inside("textarea")+`.placeholder`, word("placeholder"))
			shoot(tab, "no-line-"+lang)
			accessible(t, tab)

			tab.Click(inside("textarea"))
			tab.Keys(password + "\r")
			shows(t, tab, "a password", texts(".hint"), word("secret"))
			tab.Keys("\r")
			shows(t, tab, "on its way", texts(".row.contact .meta"), word("sending"))
			shows(t, tab, "whose it is", inside(".row.contact .sr")+`.textContent`, word("you")+": ")
			do(tab, `pass(9000)`)
			shows(t, tab, "after a while", texts(".banner.offline:not([hidden])"), word("offline"))
			shows(t, tab, "what waits", texts(".row.late .meta"), word("not_sent")+" "+word("retry"))
			tab.Click(inside("[aria-haspopup]"))
			shows(t, tab, "menu", texts(".menu button"), word("sound"))
			shoot(tab, "no-line-later-"+lang)
			accessible(t, tab)
			tab.Press("Escape")

			away.Store(false)
			tab.Click(inside(".row.late .meta button"))
			tab.Wait(count(".row.contact:not(.pending)", 1) + ` && ` + inside(".banner") + `.hidden`)
			calm(t, tab)
		})
	}
}

// What was typed and not sent is there after a reload, and what was sent and not stored goes out
// after one, once.
func TestNothingTypedIsLostByAReload(t *testing.T) {
	w := newWorld(t, nil)
	away := w.missing("/bubble/socket")
	line, tab := w.onALine(browsertest.Start(t), "")
	tab.Keys("half a senten")
	tab.Reload()
	tab.Wait(inside("textarea") + `?.value === "half a senten"`)

	away.Store(true)
	line.Cut()
	tab.Click(inside("textarea"))
	tab.Keys("ce\r")
	tab.Wait(inside(".row.pending"))
	tab.Reload()
	tab.Wait(inside(".row.pending.late"))
	if got := rows(tab); got != "half a sentence" {
		t.Errorf("after the reload: %s", got)
	}
	away.Store(false)
	// The line may be back by itself before anybody presses "try again".
	do(tab, inside(".meta button")+`?.click()`)
	tab.Wait(count(quietLog, 6))
	if got := rows(tab); strings.Count(got, "half a sentence") != 1 || w.core.taken != 2 {
		t.Errorf("%d messages were stored, the log: %s", w.core.taken, got)
	}
	if left := browsertest.Eval[string](tab, `JSON.stringify(Object.keys(sessionStorage).filter(k => /unsent|draft/.test(k)))`); left != "[]" {
		t.Errorf("left behind: %s", left)
	}
}

// entry is a message as a log holds it, whichever log it is.
type entry struct {
	Seq  int64
	From string
	Text string
}

// seen is the log on the screen.
func seen(tab *browsertest.Tab) string {
	return browsertest.Eval[string](tab, `JSON.stringify([...`+element+`.shadowRoot.querySelectorAll(".row[data-seq]")].map(r => ({
		Seq: Number(r.dataset.seq), From: r.classList[1], Text: (r.querySelector(".bubble p") ?? r).textContent })))`)
}

// stored is the log in the store.
func (w *world) stored() string {
	var all []entry
	w.core.set(func(f *fake) {
		for _, t := range f.talks {
			for _, m := range t.log {
				first, _, _ := strings.Cut(m.Text, "\n")
				all = append(all, entry{m.Seq, string(m.From), first})
			}
		}
	})
	var same strings.Builder
	e := json.NewEncoder(&same)
	e.SetEscapeHTML(false) // as a browser writes it
	if err := e.Encode(all); err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(same.String())
}

// Through forty rounds of the worst lines, in two tabs at once, the person and the team write to each
// other. In the end what is on the screen is what is in the store, byte for byte.
func TestBothLogsAreTheSame(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWorld(t, func(l *limits, _ *Options) {
				l.ping, l.patience = 500*time.Millisecond, 1500*time.Millisecond
				plenty := budget{rate: 1000, burst: 1000}
				l.frames, l.visitor, l.sockets, l.messages = plenty, plenty, plenty, plenty
			})
			browser := browsertest.Start(t)
			line, tab := w.onALine(browser, hasty)
			second := browser.Open("http://"+line.Addr()+"/?lang=en", browsertest.Desktop, hasty)
			second.Click(inside(".launch"))
			second.Wait(count(quietLog, 4))
			rng := rand.New(rand.NewPCG(seed, 7))
			said := 1
			for round, weather := range line.Weather(seed, 40) {
				t.Logf("round %d: %s", round, weather)
				for i := range rng.IntN(3) {
					w.core.write(w.address(), fmt.Sprintf("%s %d.%d", strange[rng.IntN(len(strange))], round, i))
				}
				tab.Click(inside("textarea"))
				tab.Keys(strings.ReplaceAll(strange[rng.IntN(len(strange))], "\t", " ") + fmt.Sprintf(" round %d\r", round))
				said++
				if rng.IntN(6) == 0 && weather == "fine" {
					line.Cut() // a browser would ask for the page on a connection that is silent
					tab.Reload()
					tab.Wait(inside(".row"))
				}
			}
			line.Heal()
			tab.Wait(`!` + inside(".row.pending"))
			eventually(t, "all is stored", func() (all bool) {
				w.core.set(func(f *fake) { all = f.taken == said })
				return all
			})
			for name, tab := range map[string]*browsertest.Tab{"where it was written": tab, "in the other tab": second} {
				tab.Wait(fmt.Sprintf(`[...%s.shadowRoot.querySelectorAll(".row")].at(-1).dataset.seq === "%d"`, element, w.last()))
				for browsertest.Eval[bool](tab, `!`+inside(".earlier")+`.hidden`) {
					before := browsertest.Eval[string](tab, inside("[data-seq]")+`.dataset.seq`)
					browsertest.Eval[float64](tab, inside(".scroll")+`.scrollTo(0, 0), 0`)
					tab.Wait(inside("[data-seq]") + `.dataset.seq !== "` + before + `"`)
				}
				if got, want := seen(tab), w.stored(); got != want {
					t.Errorf("on the screen %s:\n%s\nin the store:\n%s", name, got, want)
				}
			}
			t.Logf("%d messages over %+v", w.last(), line.Counts())
		})
	}
}

// strange are texts that break what is careless with text.
var strange = []string{
	"plain words", "é à ü œ ç « voilà »", "<b>not bold</b> & so on", `quotes " ' \ and \n`,
	"emoji 🔑👩🏽‍💻", "עברית and العربية", "tab\tand  two spaces", "𝒜 beyond the basic plane",
}

// last is the number of the last message.
func (w *world) last() (seq int64) {
	w.core.set(func(f *fake) {
		for _, t := range f.talks {
			seq = t.conversation.LastSeq
		}
	})
	return seq
}

// A message of control characters is refused, with words, and what is written after it goes out.
func TestAMessageThatNobodySees(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop)
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	for _, text := range []string{`\u0085`, `\u0007`} {
		do(tab, `const i = `+inside("textarea")+`; i.value = "`+text+`"; i.dispatchEvent(new Event("input"))`)
		tab.Click(inside(".send"))
		tab.Wait(`!` + inside(".notice") + `.hidden && ` + count(".row.pending", 0))
		shows(t, tab, "what is told", inside(".notice")+`.textContent`, w.words("empty"))
	}
	tab.Reload()
	tab.Wait(count(quietLog, 4))
	do(tab, `const i = `+inside("textarea")+`; i.value = ""`)
	tab.Click(inside("textarea"))
	tab.Keys("a person, please\r")
	eventually(t, "they go on", func() bool { return w.said("a person, please") == 1 })
	calm(t, tab)
}

// A frame that was kept and is not understood, of another release perhaps, ends one line and no
// other: it is given back, and all that was kept behind it goes out.
func TestAKeptFrameThatIsNotUnderstood(t *testing.T) {
	browser := browsertest.Start(t)
	for name, frame := range map[string]string{
		"of an unknown type": `{"type":"shout","id":"m-00000001","text":"hey"}`,
		"a press of nothing": `{"type":"press","id":"m-00000001","move":"choose:","label":"Yes","seq":2}`,
		"without a good id":  `{"type":"message","id":"1","text":"hey"}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.conversation(visitor, begun...)
			tab := w.at(browser, en, browsertest.Desktop, known(visitor, 2), `if (!sessionStorage.begun)
				sessionStorage["latchkey:" + location.host + ":unsent"] = JSON.stringify([`+frame+`, {"type":"message","id":"m-00000002","text":"a person, please"}]);
				sessionStorage.begun = "yes";`)
			tab.Wait(inside(".banner.outdated"))
			shows(t, tab, "what is kept", `JSON.parse(sessionStorage["latchkey:" + location.host + ":unsent"]).map(f => f.id)`, "m-00000002")
			tab.Reload()
			eventually(t, "what was kept behind it goes out", func() bool { return w.said("a person, please") == 1 })
			tab.Wait(count(".row.pending", 0))
			is(t, tab, "there is nothing to warn of", inside(".banner")+`.hidden`)
			if n := strings.Count(w.lines.String(), "closing a bubble"); n != 1 {
				t.Errorf("%d lines were ended: %s", n, w.lines)
			}
		})
	}
}
