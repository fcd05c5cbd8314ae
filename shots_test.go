package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/bubble/linetest"
	"latchkey/bot/mail/mailtest"
)

// TestScreenshots writes pictures of the main states, as the running program shows them, into the
// folder that LATCHKEY_TEST_SCREENSHOTS names: on a phone and a desktop, in light and dark, in
// English and French.
//
//	LATCHKEY_TEST_SCREENSHOTS=/tmp/shots go test -run Screenshots .
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("LATCHKEY_TEST_SCREENSHOTS")
	if folder == "" {
		t.Skip("to write screenshots: LATCHKEY_TEST_SCREENSHOTS=/tmp/shots go test -run Screenshots .")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	browsertest.Start(t) // or skip
	environ := append(worldSettings(t, t.TempDir(), mailtest.Listen(t)), "LATCHKEY_PROXIES=127.0.0.1")
	addr, _ := start(t, environ)
	for name, screen := range map[string]browsertest.Screen{"phone": browsertest.Phone, "desktop": browsertest.Desktop} {
		for _, lang := range []string{"en", "fr"} {
			t.Run(name+"-"+lang, func(t *testing.T) {
				t.Parallel()
				base, _ := proxied(t, addr)
				s := &shooter{t: t, lang: lang, screen: screen, path: filepath.Join(folder, name+"-"+lang)}
				s.line = linetest.Listen(t, strings.TrimPrefix(base, "http://"))
				s.tab = browsertest.Start(t).Open("http://"+s.line.Addr()+"/?lang="+lang, screen)
				s.states()
			})
		}
	}
}

// shooter goes through the states on one screen in one language.
type shooter struct {
	t      *testing.T
	tab    *browsertest.Tab
	line   *linetest.Line
	lang   string
	screen browsertest.Screen
	path   string
	n      int
}

// shot takes two pictures of a state, a light and a dark one.
func (s *shooter) shot(state string) {
	s.t.Helper()
	s.n++
	for _, dark := range []bool{true, false} {
		s.screen.Dark = dark
		s.tab.Look(s.screen)
		s.tab.Wait(fmt.Sprintf(`(%s?.classList.contains("dark") ?? %v) === %v`, inShadow(".panel"), dark, dark))
		// Painted, and whatever the layout has moved is in its place.
		browsertest.Eval[bool](s.tab, `(window.painted = false, requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = true })), true)`)
		s.tab.Wait(`painted`)
		theme := ""
		if dark {
			theme = "-dark"
		}
		s.tab.Shot(fmt.Sprintf("%s-%02d-%s%s.png", s.path, s.n, state, theme))
	}
}

// choose presses one of the last choices, by number, and waits for the answer.
func (s *shooter) choose(n int) {
	s.t.Helper()
	s.tab.Click(`[...` + element + `.shadowRoot.querySelectorAll(".choices button:enabled")][` + strconv.Itoa(n-1) + `]`)
	s.tab.Wait(idle)
}

func (s *shooter) write(text string) {
	s.t.Helper()
	s.tab.Click(inShadow(".write textarea"))
	s.tab.Keys(text)
}

// afresh forgets the conversation, as another browser would know none.
func (s *shooter) afresh() {
	s.t.Helper()
	browsertest.Eval[any](s.tab, `(localStorage.clear(), sessionStorage.clear())`)
	s.tab.Reload()
	s.tab.Wait(inShadow(".launch"))
	s.tab.Click(inShadow(".launch"))
	s.tab.Wait(inShadow(".choices button:enabled"))
}

func (s *shooter) states() {
	tab := s.tab
	tab.Wait(inShadow(".launch"))
	s.shot("closed")
	tab.Click(inShadow(".launch"))
	tab.Wait(inShadow(".choices button:enabled"))
	s.shot("welcome")
	tab.Click(inShadow("[aria-haspopup]"))
	s.shot("menu")
	tab.Press("Escape")
	s.choose(2)
	s.choose(1)
	s.shot("steps")
	s.write(map[string]string{
		"en": "I tried the address of my work and the one at home, on the phone and on the computer, and each time it tells me that the user or the password is wrong. What else can I do?",
		"fr": "J'ai essayé l'adresse du travail et celle de la maison, au téléphone et à l'ordinateur, et chaque fois on me dit que l'identifiant ou le mot de passe est mauvais. Que puis-je faire d'autre?",
	}[s.lang])
	s.shot("typed")
	tab.Keys("\r")
	tab.Wait(idle)
	s.shot("long-text")
	tab.Click(inShadow(".write textarea"))
	tab.Paste(pictureFile(s.t))
	tab.Wait(inShadow(".row.contact[data-seq] .shot") + ` && ` + idle)
	s.shot("picture")
	tab.Paste([]byte("no picture"))
	tab.Wait(`!` + inShadow(".notice") + `.hidden && !` + inShadow(".row.pending"))
	s.shot("refused-picture")

	s.line.Refuse(true)
	s.line.Cut()
	tab.Wait(`!` + inShadow(".banner") + `.hidden`)
	s.shot("reconnecting")
	s.write(map[string]string{"en": "Still refused\r", "fr": "Toujours refusé\r"}[s.lang])
	tab.Wait(inShadow(".row.late"))
	s.shot("not-sent")
	tab.Click(inShadow(".row.late .meta button"))
	s.line.Heal()
	tab.Wait(`!` + inShadow(".row.pending") + ` && ` + inShadow(".banner") + `.hidden && ` + idle)

	tab.Click(inShadow(`.bar [data-move="jump:person"]`))
	tab.Wait(idle)
	s.shot("details")
	s.write("ann@gmial.com\r")
	tab.Wait(idle)
	s.shot("spelling")
	s.choose(1)
	s.choose(2)
	tab.Wait(inShadow(".card.ticket"))
	s.shot("ticket")
	tab.Click(inShadow(".end .rating button"))
	tab.Wait(inShadow(".end .more textarea"))
	tab.Click(inShadow(".end .mailing button"))
	tab.Wait(inShadow(".end .mailing input"))
	s.shot("rated")
	tab.Click(inShadow(".end .mailing input"))
	tab.Keys("nowhere\r")
	tab.Wait(inShadow(".end .mailing .says") + `.textContent`)
	s.shot("refused-address")
	tab.Wait(inShadow(".end .mailing input") + ` === ` + focused)
	tab.Press("Control+a")
	tab.Keys("ann@example.org\r")
	tab.Wait(`!` + inShadow(".end .mailing input"))
	s.shot("mailed")

	s.afresh()
	s.choose(1)
	tab.Click(inShadow(`.bar [data-move="jump:works"]`))
	tab.Wait(inShadow(".card.resolved"))
	s.shot("resolved")

	// What was typed is read: certainly, with a question whether it was meant, or between a few.
	s.afresh()
	says := func(en, fr string) {
		s.write(map[string]string{"en": en, "fr": fr}[s.lang] + "\r")
		tab.Wait(idle)
	}
	s.choose(1)
	says("still waiting for that reset mail of yours", "j'attends encore votre fameux courriel de réinitialisation")
	s.shot("understood")
	says("I'd maybe want somebody", "quelqu'un peut-être")
	s.shot("doubt")
	says("how do I pay an invoice?", "comment payer une facture?")
	s.shot("answer")
	s.write(map[string]string{"en": "my password is Sunny-Day7\r", "fr": "mon mot de passe est Soleil-99\r"}[s.lang])
	tab.Wait(inShadow(".hint") + `.textContent`)
	s.shot("held-back")

	if !s.screen.Phone {
		tab.Click(inShadow(".shut"))
	}
	page := s.screen
	page.Height = browsertest.Eval[int64](tab, `document.documentElement.scrollHeight`)
	if s.screen.Phone {
		tab.Click(inShadow(".shut"))
	}
	was := s.screen
	s.screen = page
	s.shot("page")
	s.screen = was

	chat := "http://" + s.line.Addr() + "/chat?lang=" + s.lang
	browsertest.Eval[any](tab, `(localStorage.clear(), sessionStorage.clear(), location.href = `+strconv.Quote(chat)+`)`)
	tab.Wait(`location.pathname === "/chat" && ` + inShadow(".choices button:enabled"))
	s.shot("chat")
	if all := tab.Troubles(); len(all) > 0 {
		s.t.Errorf("the page complains: %s", strings.Join(all, "\n"))
	}
}
