package main

import (
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/mail/mailtest"
	"latchkey/flows"
)

// proxied is a trusted proxy before the program, which says that its callers come from ever other
// places: one person after the other, where the limits count one address.
func proxied(t *testing.T, addr string) (base string, next func()) {
	t.Helper()
	var caller atomic.Int64
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", addr
		n := caller.Load()
		r.Out.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", n/250, n%250+1))
	}}
	server := httptest.NewServer(pass)
	t.Cleanup(server.Close)
	return server.URL, func() { caller.Add(1) }
}

// focused is what has the focus, inside of shadow roots, too.
const focused = `(() => {
	let at = document.activeElement;
	while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
	return at;
})()`

// typist is a person who has a keyboard and nothing else.
type typist struct {
	t    *testing.T
	tab  *browsertest.Tab
	lang string
	// numbers: they type the number of a choice rather than go to it.
	numbers bool
	presses int
}

// goTo presses Tab, or Shift and Tab, until the focus is on an element.
func (p *typist) goTo(key, expression string) {
	p.t.Helper()
	for range 150 {
		if browsertest.Eval[bool](p.tab, expression+` === `+focused) {
			return
		}
		p.tab.Press(key)
	}
	p.t.Fatalf("%s never leads to %s", key, expression)
}

// press presses what has the focus: the space bar does it as well as Enter.
func (p *typist) press() {
	p.presses++
	if p.presses%2 == 0 {
		p.tab.Press("Space")
	} else {
		p.tab.Press("Enter")
	}
}

// write types into the field and sends it.
func (p *typist) write(text string) {
	p.t.Helper()
	p.goTo("Tab", inShadow("textarea"))
	p.tab.Keys(text + "\r")
}

// does makes one move of a walk.
func (p *typist) does(book *flows.Book, line string, before flows.Session, m flows.Move) {
	p.t.Helper()
	pressed := strings.HasPrefix(line, "[") || strings.HasPrefix(line, "<")
	switch at := fmt.Sprintf(`[...%s.shadowRoot.querySelectorAll(".choices button:enabled")].findLast(b => b.dataset.move === %q)`, element, m.String()); {
	case !pressed && before.Lang == p.lang && !strings.Contains(line, "<"):
		p.write(line)
	case browsertest.Eval[bool](p.tab, `Boolean(`+at+`)`):
		fills := len(book.Moves(before)) > 0 && book.Moves(before)[0].Kind == flows.Fill
		if p.numbers && !fills {
			p.write(browsertest.Eval[string](p.tab, `(b => String([...b.parentElement.children].indexOf(b) + 1))(`+at+`)`))
			return
		}
		p.goTo("Shift+Tab", at)
		p.press()
	case browsertest.Eval[bool](p.tab, `Boolean(`+inShadow(`.bar [data-move="`+m.String()+`"]`)+`)`):
		p.goTo("Shift+Tab", inShadow(`.bar [data-move="`+m.String()+`"]`))
		p.press()
	case m.Kind == flows.Fill:
		p.write(m.Text)
	case m.Kind == flows.Unclear:
		p.write("Xqzv wprt kmbl.")
	default:
		p.chooses(book, before, m)
	}
}

// chooses makes a move by the menu.
func (p *typist) chooses(book *flows.Book, before flows.Session, m flows.Move) {
	p.t.Helper()
	label := ""
	for _, o := range book.Moves(before) {
		if o.Move == m {
			label = o.Label
		}
	}
	if m.Kind == flows.Language {
		label = map[string]string{"en": "English", "fr": "Français"}[m.ID]
	}
	if !browsertest.Eval[bool](p.tab, `[...`+element+`.shadowRoot.querySelectorAll(".menu button")].some(b => b.firstChild.nodeValue === `+strconv.Quote(label)+`)`) {
		p.write(label) // it has no button; who wants it writes
		return
	}
	p.goTo("Shift+Tab", inShadow("[aria-haspopup]"))
	p.press()
	for range 40 {
		if browsertest.Eval[bool](p.tab, focused+`.firstChild?.nodeValue === `+strconv.Quote(label)) {
			p.press()
			return
		}
		p.tab.Press("ArrowDown")
	}
	p.t.Fatalf("%q is not in the menu", label)
}

// follow goes a whole walk, and says how far it came.
func (p *typist) follow(book *flows.Book, w walk) int {
	p.t.Helper()
	for i, step := range w.steps {
		if len(step.Events) == 0 {
			return i
		}
		own := browsertest.Eval[int](p.tab, element+`.shadowRoot.querySelectorAll(".row.contact").length`)
		p.does(book, w.lines[i], step.Before, step.Move)
		// The row is there, has a number, and all that the bot says stands below it.
		p.tab.Wait(fmt.Sprintf(`(root => {
			const mine = [...root.querySelectorAll(".row.contact")];
			if (mine.length !== %d || !mine.at(-1).dataset.seq) return false;
			return [...root.querySelectorAll(".row.bot")].filter(r => r.dataset.seq > Number(mine.at(-1).dataset.seq)).length >= %d;
		})(%s.shadowRoot)`, own+1, len(step.Events), element))
		var want []string
		for _, c := range step.Events[len(step.Events)-1].Choices {
			want = append(want, c.Label)
		}
		got := browsertest.Eval[[]string](p.tab, `[...`+element+`.shadowRoot.querySelector(".log").lastElementChild.querySelectorAll(".choices button:enabled")].map(b => b.innerText)`)
		if strings.Join(got, "|") != strings.Join(want, "|") {
			p.t.Errorf("%s: after %s (%v) the choices are %q, not %q", w.name, w.lines[i], step.Move, got, want)
			return i
		}
		if !browsertest.Eval[bool](p.tab, inShadow(".panel")+`.contains(`+focused+`)`) {
			p.t.Errorf("%s: after %s the focus is on %s", w.name, w.lines[i], browsertest.Eval[string](p.tab, focused+`?.outerHTML.slice(0, 200) ?? "nothing"`))
		}
	}
	return len(w.steps)
}

// Everything a client can be led through is done with a keyboard: with Tab and Enter or the space
// bar, or by typing the numbers of the choices. The mouse is never touched.
func TestTheClientTreeByKeyboard(t *testing.T) {
	browsertest.Start(t) // or skip
	environ := append(worldSettings(t, t.TempDir(), mailtest.Listen(t)), "LATCHKEY_PROXIES=127.0.0.1")
	book := bookOfProgram(t, environ)
	addr, _ := start(t, environ)
	passed := book.Coverage()
	var mu sync.Mutex
	t.Run("walks", func(t *testing.T) {
		walks := walksIn(t, book, "en", "client-*-en.txt")
		// The ways that these leave out are among the others.
		more := append(walksIn(t, book, "en", "client-*-fr.txt", "edges-client.txt"), walksOf(t, book, "en", "moreWays", moreWays)...)
		more = slices.DeleteFunc(more, func(w walk) bool { return w.as != "client" || w.given != nil })
		for _, l := range plan(book, slices.Concat(walks, more), "en") {
			if !strings.Contains(l.walk.name, "-en.txt") {
				walks = append(walks, l.walk)
			}
		}
		french := walksIn(t, book, "fr", "client-seed-fr.txt", "client-typo-fr.txt", "client-language-fr.txt", "client-give-up-fr.txt", "client-suspicion-fr.txt")
		half := func(which int) (out []walk) {
			for i, w := range walks {
				if i%2 == which {
					out = append(out, w)
				}
			}
			return out
		}
		for _, c := range []struct {
			name, lang string
			numbers    bool
			walks      []walk
		}{{"with Tab", "en", false, half(0)}, {"with numbers", "en", true, half(1)}, {"in French", "fr", false, french}} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				base, next := proxied(t, addr)
				p := &typist{t: t, lang: c.lang, numbers: c.numbers}
				p.tab = browsertest.Start(t).Open(base+"/?lang="+c.lang, browsertest.Desktop)
				for i, w := range c.walks {
					next()
					browsertest.Eval[any](p.tab, `(localStorage.clear(), sessionStorage.clear())`)
					p.tab.Reload()
					p.tab.Wait(inShadow(".launch"))
					key := "Shift+Tab"
					if i == 0 {
						key = "Tab" // through the whole page
					}
					p.goTo(key, inShadow(".launch"))
					p.tab.Press("Enter")
					p.tab.Wait(inShadow(".choices button:enabled") + ` && ` + inShadow("textarea") + ` === ` + focused)
					n := p.follow(book, w)
					mu.Lock()
					passed.Add(flows.Transcript{As: w.as, Lang: w.lang}, w.steps[:n])
					mu.Unlock()
				}
				if all := p.tab.Troubles(); len(all) > 0 {
					t.Errorf("the page complains: %s", strings.Join(all, "\n"))
				}
			})
		}
	})
	for _, place := range passed.Unentered() {
		if place.Flow == "client" {
			t.Errorf("nobody came to %s with the keyboard", place)
		}
	}
}
