package bubble

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/bubble/browsertest"
)

// folder writes files to choose from and gives their paths.
func folder(t *testing.T, all map[string][]byte) func(names ...string) []string {
	dir := t.TempDir()
	for name, data := range all {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return func(names ...string) []string {
		for i, name := range names {
			names[i] = filepath.Join(dir, name)
		}
		return names
	}
}

// painting gives the sizes of the pictures in the log, as painted on their canvases.
const painting = `[...` + element + `.shadowRoot.querySelectorAll(".pictured:not(.pending) canvas")].map(c => c.width + "x" + c.height + (c.getContext("2d").getImageData(c.width >> 1, c.height >> 1, 1, 1).data[3] ? "" : " blank")).join(" ")`

// Pictures are chosen, pasted or dropped, one or several; they come in that order, are there
// after a reload, and have a name for those who do not see them.
func TestPicturesAreSent(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop)
	choose := folder(t, map[string][]byte{"large.png": png(3000, 2000), "small.png": png(30, 20)})
	is(t, tab, "the field takes pictures, several at once", inside("[type=file]")+`.accept === "image/png,image/jpeg,image/webp" && `+inside("[type=file]")+`.multiple`)
	// The first takes longer to make ready, and stays the first.
	tab.Files(inside("[type=file]"), choose("large.png", "small.png")...)
	tab.Wait(count(".pictured:not(.pending)", 2))
	tab.Click(inside("textarea"))
	tab.Paste(png(90, 60))
	tab.Wait(count(".pictured:not(.pending)", 3))
	do(tab, `
		const bytes = Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(png(50, 40))+`"), c => c.charCodeAt(0));
		const dataTransfer = new DataTransfer();
		dataTransfer.items.add(new File([bytes], "screen.png", { type: "image/png" }));
		const over = new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true, composed: true });
		`+inside(".log")+`.dispatchEvent(over);
		window.taken = over.defaultPrevented;
		`+inside(".log")+`.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true, composed: true }))`)
	is(t, tab, "the panel says that it takes what is dragged over it", `taken`)
	tab.Wait(count(".pictured:not(.pending)", 4))
	shows(t, tab, "shown", painting, "3000x2000 30x20 90x60 50x40")
	shoot(tab, "pictures")
	// The server has what it was sent, in order: the large one smaller, the small ones as they were.
	var got []string
	w.core.set(func(f *fake) {
		for i := range len(f.pictures) {
			p := f.pictures[fmt.Sprintf("picture-%016d", i+1)].picture
			got = append(got, fmt.Sprintf("%s %dx%d", p.Kind, p.Width, p.Height))
		}
	})
	if s := strings.Join(got, ", "); s != "image/jpeg 2048x1365, image/png 30x20, image/png 90x60, image/png 50x40" {
		t.Errorf("stored: %s", s)
	}
	tab.Reload()
	tab.Wait(inside(".pictured"))
	tab.Wait(painting + ` === "2048x1365 30x20 90x60 50x40"`)
	shows(t, tab, "their names", `[...`+element+`.shadowRoot.querySelectorAll(".pictured canvas")].map(c => c.role + " " + c.ariaLabel).join()`, "img A picture,img A picture,img A picture,img A picture")
	is(t, tab, "each can be opened in full", `[...`+element+`.shadowRoot.querySelectorAll("a.shot")].every((a, i) => a.href.endsWith("/bubble/picture/picture-000000000000000" + (i + 1)) && a.target === "_blank" && a.rel.includes("noopener"))`)
	// A table from a spreadsheet comes as text and as a picture of it: it is text.
	do(tab, `
		const clipboardData = new DataTransfer();
		clipboardData.setData("text/plain", "a table");
		clipboardData.items.add(new File([new Uint8Array(9)], "image.png", { type: "image/png" }));
		const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true });
		`+inside("textarea")+`.dispatchEvent(paste);
		window.prevented = paste.defaultPrevented`)
	is(t, tab, "text is left to the field", `!prevented`)
	calm(t, tab)
}

// A photograph of a phone goes up small enough for its network.
func TestAPhotographIsMadeSmaller(t *testing.T) {
	photo := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	for i := range photo.Y {
		photo.Y[i] = uint8(i*7 ^ i>>9) // hard to pack, as photographs are
	}
	var data bytes.Buffer
	if err := jpeg.Encode(&data, photo, nil); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), fr, browsertest.Phone)
	tab.Files(inside("[type=file]"), folder(t, map[string][]byte{"IMG_0001.jpg": data.Bytes()})("IMG_0001.jpg")...)
	tab.Wait(count(".pictured:not(.pending)", 1))
	w.core.set(func(f *fake) {
		p := f.pictures["picture-0000000000000001"].picture
		if p.Kind != "image/jpeg" || p.Width != 2048 || p.Height != 1536 || p.Size >= data.Len() {
			t.Errorf("of %d bytes there came %+v", data.Len(), p)
		}
	})
	calm(t, tab)
}

// What is not taken is told, with what to do instead; nothing that was typed is lost, and the log
// shows only what was taken.
func TestPicturesThatAreNotTaken(t *testing.T) {
	browser := browsertest.Start(t)
	noise := make([]byte, 11<<20) // no picture, and too much to be sent
	for i := range noise {
		noise[i] = byte(i)
	}
	choose := folder(t, map[string][]byte{
		"notes.png": []byte("These are notes, and no picture at all."), "huge.png": make([]byte, 43<<20), "broken.png": noise, "fine.png": png(30, 20),
	})
	w := newWorld(t, nil)
	where := w.conversation(visitor, begun...)
	tab := w.opened(browser, en, browsertest.Phone, known(visitor, 2))
	tab.Click(inside("textarea"))
	tab.Keys("half a senten")
	told := func(file, want string) {
		t.Helper()
		tab.Files(inside("[type=file]"), choose(file)...)
		tab.Wait(`!` + inside(".notice") + `.hidden && ` + inside(".notice") + `.textContent.startsWith("` + want + `")`)
		tab.Wait(count(".row.pending", 0))
		shows(t, tab, "what was typed", inside("textarea")+`.value`, "half a senten")
	}
	told("notes.png", "I can only take PNG, JPEG or WebP pictures.")
	shoot(tab, "pictures-refused")
	told("huge.png", "This picture is too large. A screenshot,")
	told("broken.png", "This picture is too large. A screenshot,")
	shows(t, tab, "the log", `[...`+element+`.shadowRoot.querySelectorAll(".row")].length`, "2")
	for i := range 5 {
		tab.Files(inside("[type=file]"), choose("fine.png")...)
		tab.Wait(count(".pictured:not(.pending)", i+1))
		is(t, tab, "what was told before is gone", inside(".notice")+`.hidden`)
	}
	told("fine.png", "These are enough pictures. Describe the rest in words.")
	shows(t, tab, "the log", `[...`+element+`.shadowRoot.querySelectorAll(".pictured")].length`, "5")
	tab.Keys("ce\r")
	tab.Wait(inside(".notice") + `.hidden`)
	eventually(t, "the words arrive", func() (there bool) {
		w.core.set(func(f *fake) {
			there = f.talks[where].count(func(m bot.Message) bool { return m.Text == "half a sentence" }) == 1
		})
		return there
	})
	calm(t, tab)
}

// A picture that was chosen without a network says so, and goes out when there is one again, once.
func TestAPictureWaitsForTheLine(t *testing.T) {
	w := newWorld(t, nil)
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop, stopped)
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	tab.Offline(true)
	tab.Paste(png(40, 30))
	tab.Wait(inside(".pictured.pending"))
	do(tab, `pass(6500)`)
	tab.Wait(inside(".pictured.late .meta button"))
	shoot(tab, "pictures-waiting")
	tab.Offline(false)
	eventually(t, "it goes out", func() bool {
		return browsertest.Eval[bool](tab, `pass(500) && `+count(".pictured:not(.pending)", 1)+` && `+count(".row.pending", 0))
	})
	if w.core.taken != 2 || len(w.core.pictures) != 1 {
		t.Errorf("%d messages and %d pictures are stored", w.core.taken, len(w.core.pictures))
	}
	calm(t, tab)
}

// What could not be sent is sent when the page is back online, however long it would have waited.
func TestAPictureDoesNotWaitForATimer(t *testing.T) {
	w := newWorld(t, nil)
	var away atomic.Bool
	var tried atomic.Int32
	handler := w.server.Config.Handler
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" && away.Load() {
			tried.Add(1)
			nothing(rw, r)
			return
		}
		handler.ServeHTTP(rw, r)
	})
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop, stopped)
	away.Store(true)
	tab.Click(inside("textarea"))
	tab.Paste(png(40, 30))
	eventually(t, "it is tried", func() bool { return tried.Load() == 1 })
	away.Store(false)
	eventually(t, "it goes out", func() bool {
		return browsertest.Eval[bool](tab, `dispatchEvent(new Event("online")) && `+count(".pictured:not(.pending)", 1))
	})
}

// A picture that cannot be shown says what it is.
func TestAPictureThatIsGone(t *testing.T) {
	w := newWorld(t, nil)
	w.conversation(visitor, bot.Message{From: bot.FromContact, Text: "A picture", Picture: &bot.Picture{ID: "gone", Width: 40, Height: 30}})
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop, known(visitor, 1))
	tab.Wait(`(` + texts(".pictured .shot") + `) === "A picture"`)
	calm(t, tab)
}

// intercept gives the uploads to somebody who stands before the bot, as a proxy does.
func (w *world) intercept(proxy func(rw http.ResponseWriter, r *http.Request, bot http.Handler)) {
	bot := w.server.Config.Handler
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			proxy(rw, r, bot)
			return
		}
		bot.ServeHTTP(rw, r)
	})
}

// said counts what the only conversation has of a text.
func (w *world) said(text string) (n int) {
	w.core.set(func(f *fake) {
		for _, t := range f.talks {
			n += t.count(func(m bot.Message) bool { return m.Text == text })
		}
	})
	return n
}

// words are the bubble's own, in English.
func (w *world) words(key string) string { return w.core.Word(prefix+key, "en") }

// What a proxy before the bot refuses is told, once, and holds up nothing.
func TestAProxyRefusesAPicture(t *testing.T) {
	browser := browsertest.Start(t)
	for _, c := range []struct {
		name, kind, body string
		status           int
		want             string
	}{
		{"too large", "text/html", "<html>413 Request Entity Too Large</html>", http.StatusRequestEntityTooLarge, "picture_large"},
		{"not allowed", "text/html", "<html>Blocked</html>", http.StatusForbidden, "picture_failed"},
		{"not allowed, as JSON", "application/json", `{"message":"Forbidden"}`, http.StatusForbidden, "picture_failed"},
		{"nothing at all", "application/json", `null`, http.StatusNotFound, "picture_failed"},
		// The form came through in pieces: the bot cannot tell whose it was.
		{"not understood by the bot", "application/json", `{"type":"error","code":"malformed","text":"Please reload."}`, http.StatusBadRequest, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			var tried atomic.Int32
			refuse := make(chan bool)
			w.intercept(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
				io.Copy(io.Discard, r.Body)
				tried.Add(1)
				<-refuse
				rw.Header().Set("Content-Type", c.kind)
				rw.WriteHeader(c.status)
				io.WriteString(rw, c.body)
			})
			tab := w.opened(browser, en, browsertest.Desktop, stopped)
			tab.Click(choice("Wrong user or password"))
			tab.Wait(count(quietLog, 4))
			tab.Click(inside("textarea"))
			tab.Paste(png(40, 30))
			eventually(t, "it is tried", func() bool { return tried.Load() == 1 })
			tab.Keys("a person, please\r")
			close(refuse)
			eventually(t, "what is typed goes out", func() bool { return w.said("a person, please") == 1 })
			tab.Wait(count(".row.pending", 0) + ` && ` + count(".row.contact", 2))
			want := "Please reload."
			if c.want != "" {
				want = w.words(c.want)
			}
			is(t, tab, "it is told, and what has come through does not hide it", `!`+inside(".notice")+`.hidden`)
			shows(t, tab, "what is told", inside(".notice")+`.textContent`, want)
			do(tab, `pass(5000)`)
			tab.Keys("are you there?\r")
			eventually(t, "the next goes out", func() bool { return w.said("are you there?") == 1 })
			is(t, tab, "what was told is read by now", inside(".notice")+`.hidden`)
			if n := tried.Load(); n != 1 {
				t.Errorf("it was tried %d times", n)
			}
			calm(t, tab)
		})
	}
}

// hurried is a clock for the page that runs forty times too fast, but for the line's own patience.
const hurried = `(() => {
	const real = window.setTimeout;
	window.setTimeout = (f, ms = 0, ...args) => real(f, ms === 6000 || ms === 10000 ? ms : ms / 40, ...args);
})()`

// A picture without an answer is tried again, more and more slowly, and what is said after it goes
// out meanwhile. It says that it waits; and one that never comes through is given up in the end:
// a page of another site is not shown what a proxy answers.
func TestAPictureWithoutAnAnswer(t *testing.T) {
	browser := browsertest.Start(t)
	for _, comes := range []bool{true, false} {
		t.Run(fmt.Sprint("it comes through ", comes), func(t *testing.T) {
			w := newWorld(t, nil)
			var tried atomic.Int32
			var away atomic.Bool
			away.Store(true)
			page := w.host("", `<script src="BOT/latchkey.js" async></script>`)
			w.allow(page.URL)
			w.intercept(func(rw http.ResponseWriter, r *http.Request, bot http.Handler) {
				tried.Add(1)
				if away.Load() {
					io.Copy(io.Discard, r.Body)
					rw.WriteHeader(http.StatusRequestEntityTooLarge) // without a word to pages of others
					return
				}
				bot.ServeHTTP(rw, r)
			})
			clock := hurried
			if comes {
				clock = stopped
			}
			tab := browser.Open(page.URL, browsertest.Desktop, clock)
			tab.Click(inside(".launch"))
			tab.Wait(count(quietLog, 2))
			tab.Click(choice("Wrong user or password"))
			tab.Wait(count(quietLog, 4))
			tab.Click(inside("textarea"))
			tab.Paste(png(40, 30))
			tab.Wait(inside(".pictured.pending"))
			tab.Keys("do you see it?\r")
			eventually(t, "what is typed passes it", func() bool { return w.said("do you see it?") == 1 })
			if !comes {
				tab.Wait(`!` + inside(".notice") + `.hidden && ` + count(".row.pending", 0))
				shows(t, tab, "what is told", inside(".notice")+`.textContent`, w.words("picture_failed"))
				if n := tried.Load(); n != 9 {
					t.Errorf("it was tried %d times", n)
				}
				return
			}
			for n := range int32(4) {
				eventually(t, fmt.Sprint("try ", n+1), func() bool { return tried.Load() == n+1 })
				tab.Wait(inside(".pictured.late .meta button"))
				shows(t, tab, "under it", texts(".pictured .meta"), w.words("not_sent")+" "+w.words("retry"))
				do(tab, fmt.Sprintf(`pass(%d)`, 249<<n)) // not half of what it may wait
				if got := tried.Load(); got != n+1 {
					t.Fatalf("%d tries, and no pause", got)
				}
				if n < 3 {
					do(tab, fmt.Sprintf(`pass(%d)`, 252<<n))
				}
			}
			away.Store(false)
			tab.Click(inside(".pictured.late .meta button"))
			tab.Wait(count(".pictured:not(.pending)", 1) + ` && ` + count(".row.pending", 0))
			if n := tried.Load(); n != 5 || len(w.core.pictures) != 1 {
				t.Errorf("after %d tries %d pictures are stored", n, len(w.core.pictures))
			}
		})
	}
}

// A slow upload says "Sending…" for as long as it takes. Neither impatience nor a new hello nor a
// new line begins another; what is typed meanwhile waits for a moment, and then goes first.
func TestASlowUploadIsLeftAlone(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.thinking = time.Hour })
	var tried, given atomic.Int32
	release := make(chan struct{})
	w.intercept(func(rw http.ResponseWriter, r *http.Request, bot http.Handler) {
		data, err := io.ReadAll(r.Body) // the server sees who hangs up only then
		if err != nil {
			t.Error(err)
		}
		tried.Add(1)
		select {
		case <-release:
			r.Body = io.NopCloser(bytes.NewReader(data))
			bot.ServeHTTP(rw, r)
		case <-r.Context().Done():
			given.Add(1)
		}
	})
	tab := w.opened(browsertest.Start(t), en, browsertest.Desktop, stopped)
	tab.Click(choice("Wrong user or password"))
	tab.Wait(count(quietLog, 4))
	tab.Click(inside("textarea"))
	tab.Paste(png(40, 30))
	eventually(t, "it is on its way", func() bool { return tried.Load() == 1 })
	sending := func(when string) {
		t.Helper()
		shows(t, tab, when, texts(".pictured.pending:not(.late) .meta"), w.words("sending"))
	}
	tab.Keys("do you see it?\r")
	do(tab, `pass(5900)`)
	if w.said("do you see it?") != 0 {
		t.Error("what was typed did not wait")
	}
	do(tab, `pass(200)`)
	eventually(t, "what was typed goes first", func() bool { return w.said("do you see it?") == 1 })
	tab.Wait(count(".row.contact:not(.pending)", 2))
	sending("after six seconds")
	// The page tells who is there, and that it is online; then the line is lost.
	do(tab, element+`.setAttribute("name", "Ann"); dispatchEvent(new Event("online"))`)
	tab.Keys("hello?\r")
	eventually(t, "on the line", func() bool { return w.said("hello?") == 1 })
	for _, spoke := range w.bubble.wheel.spokes {
		for s := range spoke {
			s.shut(closeTryLater, "for a test")
		}
	}
	eventually(t, "the line is lost", func() bool { return w.bubble.Open() == 0 })
	sending("without a line")
	eventually(t, "the line is back", func() bool {
		do(tab, `pass(500)`)
		return w.bubble.Open() == 1
	})
	// A message that takes long has its "try again"; the picture is not meant by it.
	hold := make(chan struct{})
	w.core.set(func(f *fake) { f.held = hold })
	tab.Keys("once more\r")
	tab.Wait(count(".row.pending", 2))
	do(tab, `pass(6100)`)
	tab.Click(inside(".row.late:not(.pictured) .meta button"))
	close(hold)
	eventually(t, "it is stored", func() bool { return w.said("once more") == 1 })
	sending("in the end")
	if n := tried.Load(); n != 1 {
		t.Errorf("%d uploads were begun", n)
	}
	close(release)
	tab.Wait(count(".pictured:not(.pending)", 1))
	if len(w.core.pictures) != 1 || given.Load() != 0 {
		t.Errorf("%d pictures are stored, %d given up", len(w.core.pictures), given.Load())
	}
	calm(t, tab)
}

// Nobody's upload goes on when the bubble is taken away, or when somebody else is there.
func TestAnUploadIsGivenUp(t *testing.T) {
	browser := browsertest.Start(t)
	for what, act := range map[string]string{
		"taken away":    element + `.remove()`,
		"somebody else": element + `.setAttribute("identity", "` + Sign(secret, bot.Identity{UserID: "43"}, time.Now().Add(time.Hour)) + `")`,
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, signing)
			tried, given := make(chan bool, 1), make(chan bool, 1)
			w.intercept(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
				io.Copy(io.Discard, r.Body)
				tried <- true
				<-r.Context().Done()
				given <- true
			})
			tab := w.opened(browser, en, browsertest.Desktop)
			tab.Click(inside("textarea"))
			tab.Paste(png(40, 30))
			<-tried
			do(tab, act)
			select {
			case <-given:
			case <-time.After(10 * time.Second):
				t.Error("the upload goes on")
			}
			if len(w.core.pictures) != 0 {
				t.Error("the picture is stored")
			}
		})
	}
}

// A picture is too large to be kept over a reload. The person learns that it has to be added again,
// until they say something; and not if it had come through.
func TestAPictureThatAReloadTook(t *testing.T) {
	browser := browsertest.Start(t)
	for _, came := range []bool{false, true} {
		t.Run(fmt.Sprint("it came through ", came), func(t *testing.T) {
			w := newWorld(t, nil)
			var tried atomic.Int32
			w.intercept(func(rw http.ResponseWriter, r *http.Request, bot http.Handler) {
				if came { // only the answer is lost
					rw = httptest.NewRecorder()
				}
				if tried.Add(1); came {
					bot.ServeHTTP(rw, r)
				}
				panic(http.ErrAbortHandler)
			})
			tab := w.opened(browser, en, browsertest.Desktop, stopped)
			tab.Click(choice("Wrong user or password"))
			tab.Wait(count(quietLog, 4))
			tab.Click(inside("textarea"))
			tab.Paste(png(40, 30))
			tab.Wait(inside(".pictured"))
			eventually(t, "it is tried", func() bool { return tried.Load() == 1 })
			if came {
				tab.Wait(inside(".pictured[data-seq]"))
			} else {
				tab.Wait(inside(".pictured.late"))
			}
			is(t, tab, "the browser knows of it", `Object.entries(sessionStorage).some(([k, v]) => /unsent$/.test(k) && v.includes("picture"))`)
			tab.Reload()
			if came {
				tab.Wait(count(".pictured:not(.pending)", 1) + ` && ` + inside(".log") + `.ariaBusy === "false"`)
				is(t, tab, "nothing is told", inside(".notice")+`.hidden`)
				return
			}
			tab.Wait(`!` + inside(".notice") + `?.hidden && ` + inside(".notice"))
			shows(t, tab, "what is told", inside(".notice")+`.textContent`, w.words("picture_lost"))
			tab.Reload()
			tab.Wait(count(quietLog, 4))
			shows(t, tab, "what is told again", inside(".notice")+`.textContent`, w.words("picture_lost"))
			tab.Click(inside("textarea"))
			tab.Keys("a person, please\r")
			eventually(t, "they go on", func() bool { return w.said("a person, please") == 1 })
			is(t, tab, "it is told no more", inside(".notice")+`.hidden`)
			tab.Reload()
			tab.Wait(count(quietLog, 6))
			is(t, tab, "nor after another reload", inside(".notice")+`.hidden`)
			if tried.Load() == 0 || len(w.core.pictures) != 0 {
				t.Errorf("%d tries, %d pictures are stored", tried.Load(), len(w.core.pictures))
			}
		})
	}
}
