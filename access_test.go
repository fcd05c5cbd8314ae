package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/bubble/linetest"
	"latchkey/bot/mail/mailtest"
	"latchkey/flows"
)

// look is one time that axe looks at a conversation: after a step of a walk.
type look struct {
	walk walk
	at   map[int]bool // by the index of the step
}

// plan says after which steps of which walks axe has to look, so that it has seen every step of
// the trees.
func plan(book *flows.Book, walks []walk, lang string) []look {
	seen := book.Coverage()
	entered := func() (n int) {
		for _, f := range seen.Flows() {
			n += f.StepsCovered
		}
		return n
	}
	for _, as := range trees {
		seen.Add(flows.Transcript{As: as, Lang: lang}, nil)
	}
	var looks []look
	for _, w := range walks {
		l := look{walk: w, at: map[int]bool{}}
		for i := range w.steps {
			before := entered()
			if seen.Add(flows.Transcript{}, w.steps[i:i+1]); entered() > before {
				l.at[i] = true
			}
		}
		if len(l.at) > 0 {
			l.walk.steps = w.steps[:1+slices.Max(slices.Collect(maps.Keys(l.at)))]
			looks = append(looks, l)
		}
	}
	return looks
}

var trees = []string{"client", "professional"}

// findings are what axe found, each once.
type findings struct {
	mu  sync.Mutex
	all map[string]string
}

func (f *findings) add(where string, found []browsertest.Finding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, it := range found {
		key := it.ID + " " + it.HTML
		if f.all[key] == "" {
			f.all[key] = where + ": " + it.String()
		}
	}
}

func (f *findings) report(t *testing.T) {
	t.Helper()
	for _, text := range f.all {
		t.Error(text)
	}
}

var panelOnly = browsertest.AxeOptions{In: []string{"latchkey-bubble", ".panel"}}

// Every step of both trees, as the bot says it in either language, is looked at by axe in light
// and dark.
func TestNothingStandsInTheWayAtAnyStep(t *testing.T) {
	browsertest.NeedNPM(t)
	browsertest.Start(t) // or skip; each part below has a browser of its own
	environ := append(worldSettings(t, t.TempDir(), mailtest.Listen(t)), "LATCHKEY_PROXIES=127.0.0.1")
	book := bookOfProgram(t, environ)
	addr, _ := start(t, environ)
	found := findings{all: map[string]string{}}
	var mu sync.Mutex
	seen := map[string]*flows.Coverage{} // by language and theme
	visitors := 0
	t.Run("steps", func(t *testing.T) {
		for _, lang := range []string{"en", "fr"} {
			for _, theme := range []string{"light", "dark"} {
				seen[lang+" "+theme] = book.Coverage()
			}
			walks := append(walksIn(t, book, lang, "*.txt"), walksOf(t, book, lang, "moreWays", moreWays)...)
			looks := plan(book, walks, lang)
			for _, as := range trees {
				t.Run(as+" in "+lang, func(t *testing.T) {
					t.Parallel()
					o := newOnlooker(t, addr, lang, as)
					o.sees = func(where, theme string, from flows.Transcript, steps []flows.Step) {
						found.add(fmt.Sprintf("%s, %s: %s", lang, theme, where), o.tab.Axe(panelOnly))
						mu.Lock()
						defer mu.Unlock()
						seen[lang+" "+theme].Add(from, steps)
					}
					o.both("the welcome", flows.Transcript{As: as, Lang: lang}, nil)
					for _, l := range looks {
						if l.walk.as != as {
							continue
						}
						mu.Lock()
						visitors++
						from := fmt.Sprintf("198.51.%d.%d", visitors/250, visitors%250+1)
						mu.Unlock()
						o.follow(book, l, from)
					}
					if all := o.tab.Troubles(); len(all) > 0 {
						t.Errorf("the page complains: %s", strings.Join(all, "\n"))
					}
				})
			}
		}
	})
	found.report(t)
	for how, c := range seen {
		if missing := c.Unentered(); len(missing) > 0 {
			t.Errorf("never looked at in %s: %v", how, missing)
		}
	}
}

// onlooker has a tab that shows the conversations of others, and looks at them in both themes.
type onlooker struct {
	t              *testing.T
	tab            *browsertest.Tab
	addr, lang, as string
	dark           bool
	sees           func(where, theme string, from flows.Transcript, steps []flows.Step)
}

// high is a screen on which all that the bot says at once is seen at once, with its choices: what
// is out of sight, axe cannot measure.
var high = browsertest.Screen{Width: 420, Height: 1400, Scale: 1, Still: true}

func newOnlooker(t *testing.T, addr, lang, as string) *onlooker {
	o := &onlooker{t: t, addr: addr, lang: lang, as: as}
	// The page with nothing else on it: axe reads all of a page first, each time.
	o.tab = browsertest.Start(t).Open("http://"+addr+"/chat?lang="+lang+"&audience="+as, high)
	o.tab.Wait(inShadow(".choices button:enabled"))
	return o
}

// both looks in the theme there is, and then in the other.
func (o *onlooker) both(where string, from flows.Transcript, steps []flows.Step) {
	o.t.Helper()
	for i := range 2 {
		if i == 1 {
			o.dark = !o.dark
			screen := high
			screen.Dark = o.dark
			o.tab.Look(screen)
			o.tab.Wait(inShadow(".panel") + `.classList.contains("dark") === ` + strconv.FormatBool(o.dark))
		}
		theme := "light"
		if o.dark {
			theme = "dark"
		}
		o.sees(where, theme, from, steps)
	}
}

var ticketNumber = regexp.MustCompile(`LK-\d+`)

// follow goes a walk over a socket, and looks where it was planned.
func (o *onlooker) follow(book *flows.Book, l look, from string) {
	o.t.Helper()
	w := l.walk
	v := newVisitor(o.t)
	v.lang, v.audience, v.given, v.from = w.lang, w.as, w.given, from
	if err := v.connect(o.addr); err != nil {
		o.t.Fatal(err)
	}
	defer v.conn.Close()
	shown := false
	for i, step := range w.steps {
		if len(step.Events) == 0 {
			return
		}
		f := v.goes(book, step.Before, step.Move)
		if err := v.write(f); err != nil {
			o.t.Fatalf("%s, step %d: %v", w.name, i+1, err)
		}
		said, err := v.answered(f["id"].(string), len(step.Events))
		var want []string
		for _, e := range step.Events {
			want = append(want, e.Text)
		}
		if err != nil || ticketNumber.ReplaceAllString(strings.Join(said, "\n"), flows.TicketMark) != strings.Join(want, "\n") {
			o.t.Logf("%s leads elsewhere after %v: the bot says %q, not %q (%v)", w.name, f, said, want, err)
			return
		}
		if !l.at[i] {
			continue
		}
		if !shown {
			o.show(v.token)
			shown = true
		}
		o.tab.Wait(fmt.Sprintf(`%s && %s.ariaBusy === "false" && !%s.childElementCount && %s.lang === %q && %s`,
			inShadow(fmt.Sprintf(`.row[data-seq="%d"]`, v.last)), inShadow(".log"), inShadow(".typing"), inShadow(".panel"), step.After.Lang,
			whole(fmt.Sprintf(`.row[data-seq="%d"]`, v.last))))
		o.both(fmt.Sprintf("%s, step %d", w.name, i+1), flows.Transcript{}, w.steps[i:i+1])
	}
}

// show makes the conversation of a token the tab's own, as if another tab had begun it.
func (o *onlooker) show(token string) {
	o.t.Helper()
	kept, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		o.t.Fatal(err)
	}
	browsertest.Eval[bool](o.tab, fmt.Sprintf(`(() => {
		const key = "latchkey:" + location.host;
		localStorage.setItem(key, %q);
		dispatchEvent(new StorageEvent("storage", { key }));
		return true;
	})()`, kept))
}

// What is beside the steps: the button, the menu, the end with its questions, what goes wrong, a
// picture; on a desktop and where the panel is all there is.
func TestNothingStandsInTheWayBesides(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	addr, _ := start(t, worldSettings(t, t.TempDir(), mailtest.Listen(t)))
	found := findings{all: map[string]string{}}
	for _, c := range []struct {
		lang   string
		screen browsertest.Screen
	}{{"en", browsertest.Desktop}, {"fr", browsertest.Phone}} {
		line := linetest.Listen(t, addr)
		tab := browser.Open("http://"+line.Addr()+"/?lang="+c.lang, c.screen)
		looks := func(what string, o browsertest.AxeOptions) {
			t.Helper()
			for _, dark := range []bool{false, true} {
				c.screen.Dark = dark
				tab.Look(c.screen)
				tab.Wait(fmt.Sprintf(`(%s?.classList.contains("dark") ?? %v) === %v`, inShadow(".panel"), dark, dark))
				found.add(fmt.Sprintf("%s, %s, dark %v", c.lang, what, dark), tab.Axe(o))
			}
		}
		page := browsertest.AxeOptions{}
		tab.Wait(inShadow(".launch"))
		looks("closed", page)
		tab.Click(inShadow(".launch"))
		tab.Wait(inShadow(".choices button:enabled"))
		looks("open", page)
		tab.Click(inShadow("[aria-haspopup]"))
		looks("the menu", panelOnly)
		tab.Press("Escape")

		line.Refuse(true)
		line.Cut()
		tab.Wait(`!` + inShadow(".banner") + `.hidden`)
		looks("the banner", panelOnly)
		tab.Click(inShadow("textarea"))
		tab.Keys("Error 17\r")
		tab.Wait(inShadow(".row.late"))
		looks("not sent", panelOnly)
		tab.Click(inShadow(".row.late .meta button"))
		line.Heal()
		tab.Wait(`!` + inShadow(".row.pending") + ` && ` + inShadow(".banner") + `.hidden`)

		tab.Click(inShadow("textarea"))
		tab.Paste([]byte("This is no picture."))
		tab.Wait(`!` + inShadow(".notice") + `.hidden && !` + inShadow(".row.pending"))
		looks("the notice", panelOnly)
		tab.Paste(pictureFile(t))
		tab.Wait(inShadow(".row.contact[data-seq] .shot") + ` && ` + inShadow(".notice") + `.hidden`)
		tab.Wait(idle)
		looks("a picture", panelOnly)

		tab.Click(inShadow(`.bar [data-move="jump:works"]`))
		tab.Wait(inShadow(".end .rating"))
		looks("the end", panelOnly)
		tab.Click(inShadow(".end .rating button"))
		tab.Wait(inShadow(".end .more textarea"))
		looks("the comment", panelOnly)
		tab.Click(inShadow(".end .mailing button"))
		tab.Wait(inShadow(".end .mailing input"))
		tab.Wait(whole(".end .mailing input"))
		looks("the address", panelOnly)
		tab.Click(inShadow(".end .mailing input"))
		tab.Keys("nowhere\r")
		tab.Wait(inShadow(".end .mailing .says") + `.textContent`)
		tab.Wait(whole(".end .mailing .says"))
		looks("the refused address", panelOnly)
		if all := tab.Troubles(); len(all) > 0 {
			t.Errorf("the page complains: %s", strings.Join(all, "\n"))
		}
	}
	found.report(t)
}

// whole: something in the log, or below it, is seen from top to bottom.
func whole(selector string) string {
	return fmt.Sprintf(`((it, of) => it.top >= of.top && it.bottom <= of.bottom)(%s.getBoundingClientRect(), %s.getBoundingClientRect())`, inShadow(selector), inShadow(".scroll"))
}

// idle: nothing is on its way, and the bot has answered what was said.
const idle = `(root => root && !root.querySelector(".row.pending, .typing i") && root.querySelector(".log")?.ariaBusy === "false" &&
	root.querySelector(".log").lastElementChild?.matches(".bot"))(` + element + `?.shadowRoot)`

// pictureFile is a picture such as a person would send, as a PNG file.
func pictureFile(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for y := range 200 {
		for x := range 320 {
			img.Set(x, y, color.RGBA{uint8(x / 2), uint8(y), 120, 255})
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
