package bubble

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

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
