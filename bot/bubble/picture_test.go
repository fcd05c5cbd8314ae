package bubble

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	imagepng "image/png"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
)

// png paints a picture.
func png(width, height int) []byte {
	var buf bytes.Buffer
	if err := imagepng.Encode(&buf, painted(width, height)); err != nil {
		panic(err) // of a size that nobody can paint
	}
	return buf.Bytes()
}

func painted(width, height int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			img.Set(x, y, color.RGBA{R: uint8(x * 255 / width), G: uint8(y * 255 / height), B: 160, A: 255})
		}
	}
	return img
}

// form writes a form of parts: name, content, name, content.
func form(parts ...string) (kind string, body []byte) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for i := 0; i < len(parts); i += 2 {
		var p io.Writer
		var err error
		if parts[i] == "picture" {
			p, err = w.CreateFormFile("picture", "screen.png")
		} else {
			p, err = w.CreateFormField(parts[i])
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
		io.WriteString(p, parts[i+1])
	}
	w.Close()
	return w.FormDataContentType(), buf.Bytes()
}

func helloOf(token, id, fields string) string {
	return fmt.Sprintf(`{"type":"hello","v":1,"token":%q,"id":%q,"lang":"fr-CA","audience":"professional"%s}`, token, id, fields)
}

// upload sends a picture as a page does. The fields are more of the hello.
func (w *world) upload(token, id string, data []byte, fields ...string) (*http.Response, anyFrame) {
	w.t.Helper()
	kind, body := form("hello", helloOf(token, id, strings.Join(fields, "")), "picture", string(data))
	return w.post(kind, body)
}

func (w *world) post(kind string, body []byte, head ...string) (*http.Response, anyFrame) {
	w.t.Helper()
	r, err := http.NewRequest("POST", w.server.URL+"/bubble/picture", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header = headers(head)
	r.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var f anyFrame
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &f); err != nil {
			w.t.Fatalf("%s: %v", text, err)
		}
	}
	return res, f
}

func TestAPictureIsTheFirstWord(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.send(`{"type":"hello","v":1,"token":%q,"lang":"fr","audience":"professional"}`, visitor)
	b.until("state")
	b.reads(2)
	sent := png(8, 6)
	res, f := w.upload(visitor, "m-picture01", sent)
	if res.StatusCode != http.StatusOK || f.Type != "ack" || f.ID != "m-picture01" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %+v", res.StatusCode, f)
	}
	log := b.reads(5)
	if seqs(log) != "1:bot 2:bot 3:contact 4:bot 5:bot" {
		t.Errorf("the log: %s", seqs(log))
	}
	m := log[2]
	if m.ID != "m-picture01" || m.Text != "Une image" || m.Picture == nil || m.Picture.Width != 8 || m.Picture.Height != 6 {
		t.Fatalf("%+v", m)
	}
	where, _ := address(visitor)
	w.core.set(func(f *fake) {
		if talk := f.talks[where]; talk.conversation.Session.At.Flow != "professional" || talk.lang != "fr" {
			t.Errorf("begun as %+v", talk)
		}
	})

	res, shown := w.get("/" + m.Picture.Src)
	if res.StatusCode != http.StatusOK || shown != string(sent) {
		t.Errorf("shown: %d, %d bytes", res.StatusCode, len(shown))
	}
	for name, want := range map[string]string{
		"Content-Type":                 "image/png",
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"Content-Disposition":          `inline; filename="picture.png"`,
		"Cache-Control":                "private, max-age=31536000, immutable",
		"Access-Control-Allow-Origin":  "*",
		"Cross-Origin-Resource-Policy": "cross-origin",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	// The answer was lost: sent again, nothing changes.
	long := `,"name":"` + strings.Repeat("x", 201) + `"` // it is cut, as on the line
	if res, f := w.upload(visitor, "m-picture01", sent, long); res.StatusCode != http.StatusOK || f.Type != "ack" || w.core.taken != 1 {
		t.Errorf("sent again: %d %+v, %d stored", res.StatusCode, f, w.core.taken)
	}
	// A tab that opens later, and one that leafs back, show it too.
	late := w.tab()
	late.hello(visitor, 0)
	if all := late.reads(5); all[2].Picture == nil || *all[2].Picture != *m.Picture || all[3].Picture != nil {
		t.Errorf("later: %+v", all)
	}
	late.send(`{"type":"older","before":4}`)
	if all := late.until("older"); all[2].Picture == nil || all[2].Picture.Src != m.Picture.Src {
		t.Errorf("leafing back: %+v", all[2])
	}
}

func TestPicturesThatAreNotThere(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{"picture-0000000000000001", "x", "..%2f..%2fdoc.go", "picture%200000000000000001", strings.Repeat("x", 65)} {
		if res, _ := w.get("/bubble/picture/" + path); res.StatusCode != http.StatusNotFound || res.Header.Get("Cache-Control") != "" {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	w.core.set(func(f *fake) { f.deaf = errBroken })
	// What is no id is not even looked for.
	if res, _ := w.get("/bubble/picture/x"); res.StatusCode != http.StatusNotFound {
		t.Errorf("no id: %d", res.StatusCode)
	}
	if res, _ := w.get("/bubble/picture/picture-0000000000000001"); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || res.Header.Get("Cache-Control") != "" {
		t.Errorf("a fault: %d %v", res.StatusCode, res.Header)
	}
	if !strings.Contains(w.lines.String(), "a picture cannot be read") {
		t.Errorf("the log says %s", w.lines)
	}
}

func TestPicturesThatAreRefused(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.picture = 4 << 10 })
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, painted(8, 6), nil); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		name   string
		data   []byte
		status int
		code   string
	}{
		{"a photo", photo.Bytes(), 200, ""},
		{"a page", []byte("<!doctype html><script>alert(1)</script>"), 415, "picture_type"},
		{"a drawing that could act", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), 415, "picture_type"},
		{"half a picture", png(8, 6)[:20], 422, "picture_broken"},
		{"nothing", nil, 422, "picture_broken"},
		{"as large as may be", append(png(8, 6), make([]byte, 4<<10-len(png(8, 6)))...), 200, ""},
		{"a byte too large", append(png(8, 6), make([]byte, 4<<10-len(png(8, 6))+1)...), 413, "picture_large"},
		{"much too large", append(png(8, 6), make([]byte, 12<<20)...), 413, "picture_large"},
	} {
		id := fmt.Sprintf("m-picture%02d", i)
		res, f := w.upload(visitor, id, c.data)
		if res.StatusCode != c.status || f.Code != c.code || f.ID != id || f.Retry != 0 || f.Text != says["refused_"+c.code]["fr"] {
			t.Errorf("%s: %d %+v", c.name, res.StatusCode, f)
		}
	}
	for i := range 4 {
		res, f := w.upload(another, fmt.Sprintf("m-picture%02d", i), png(4, 3))
		if res.StatusCode != 200 {
			t.Errorf("picture %d: %d %+v", i, res.StatusCode, f)
		}
	}
	w.upload(another, "m-picture04", png(4, 3))
	if res, f := w.upload(another, "m-picture05", png(4, 3)); res.StatusCode != 422 || f.Code != "picture_many" || f.Text == "" {
		t.Errorf("one too many: %d %+v", res.StatusCode, f)
	}
	if log := w.lines.String(); log != "" {
		t.Errorf("the operator is bothered: %s", log)
	}
}

func TestFormsThatCannotBeUnderstood(t *testing.T) {
	w := newWorld(t, nil)
	hello, data := helloOf(visitor, "m-picture01", ""), string(png(4, 3))
	post := func(name, kind string, body []byte) {
		t.Helper()
		res, f := w.post(kind, body)
		if res.StatusCode != http.StatusBadRequest || f.Type != "error" || f.Code != "malformed" || f.Retry != 0 || f.Text == "" {
			t.Errorf("%s: %d %+v", name, res.StatusCode, f)
		}
	}
	for name, parts := range map[string][]string{
		"nothing":                  {},
		"no picture":               {"hello", hello},
		"the other way round":      {"picture", data, "hello", hello},
		"another name":             {"hello", hello, "file", data},
		"no hello":                 {"picture", data},
		"a hello that is none":     {"hello", "hello", "picture", data},
		"another frame":            {"hello", `{"type":"message","id":"m-picture01","text":"hi"}`, "picture", data},
		"another version":          {"hello", strings.Replace(hello, `"v":1`, `"v":2`, 1), "picture", data},
		"no id":                    {"hello", helloOf(visitor, "", ""), "picture", data},
		"an id that is none":       {"hello", helloOf(visitor, "m 1", ""), "picture", data},
		"no token":                 {"hello", helloOf("", "m-picture01", ""), "picture", data},
		"half a token":             {"hello", helloOf(visitor[:20], "m-picture01", ""), "picture", data},
		"a hello without end":      {"hello", helloOf(visitor, "m-picture01", `,"x":"`+strings.Repeat("x", 17<<10)+`"`), "picture", data},
		"a hello as large as ever": {"hello", helloOf(visitor, "m-picture01", `,"x":"`+strings.Repeat("x", 11<<20)+`"`), "picture", data},
	} {
		kind, body := form(parts...)
		post(name, kind, body)
	}
	kind, whole := form("hello", hello, "picture", data)
	post("cut short", kind, whole[:len(whole)-30])
	post("not a form", "image/png", []byte(data))
	post("a form of another kind", "application/x-www-form-urlencoded", []byte("hello=x"))
	post("without a boundary", "multipart/form-data", whole)
	if len(w.core.talks) != 0 {
		t.Error("something was stored")
	}
	if log := w.lines.String(); log != "" {
		t.Errorf("the operator is bothered: %s", log)
	}
	if n := w.bubble.gate.uploading; n != 0 {
		t.Errorf("%d uploads are still under way", n)
	}
}

func TestPicturesComeFromOurPages(t *testing.T) {
	w := newWorld(t, func(_ *limits, o *Options) { o.Origins = []string{"https://www.example.com"} })
	kind, body := form("hello", helloOf(visitor, "m-picture01", ""), "picture", string(png(4, 3)))
	for _, c := range []struct {
		origin string
		status int
	}{
		{"", 200}, {w.server.URL, 200}, {"https://www.example.com", 200},
		{"https://evil.test", 403}, {"null", 403}, {"https://www.example.com.evil.test", 403},
	} {
		var head []string
		if c.origin != "" {
			head = []string{"Origin", c.origin}
		}
		res, _ := w.post(kind, body, head...)
		want := c.origin // never a star: the page is told by name
		if c.status == 403 {
			want = ""
		}
		if got := res.Header.Get("Access-Control-Allow-Origin"); res.StatusCode != c.status || got != want || res.Header.Get("Vary") != "Origin" {
			t.Errorf("%q: %d %v", c.origin, res.StatusCode, res.Header)
		}
	}
	// Refusals can be read as well.
	kind, body = form("hello", "")
	if res, _ := w.post(kind, body, "Origin", "https://www.example.com"); res.StatusCode != 400 || res.Header.Get("Access-Control-Allow-Origin") != "https://www.example.com" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if !strings.Contains(w.lines.String(), "https://evil.test") {
		t.Errorf("the log says %s", w.lines)
	}
	if w.core.taken != 1 {
		t.Errorf("%d pictures are stored", w.core.taken)
	}
}

// Our own pages are where the operator says they are, whatever host a proxy asks for.
func TestOurPagesBehindAProxy(t *testing.T) {
	for _, address := range []string{"https://help.example.com", "https://Help.example.com:443/", "https://help.example.com/below/it"} {
		w := newWorld(t, func(_ *limits, o *Options) { o.URL = address })
		kind, body := form("hello", helloOf(visitor, "m-picture01", ""), "picture", string(png(4, 3)))
		for origin, fits := range map[string]bool{
			"https://help.example.com": true, w.server.URL: true,
			"http://help.example.com": false, "https://help.example.com:8443": false, "https://example.com": false,
			"https://help.example.com.evil.test": false, "null": false,
		} {
			b, res := w.dial("Origin", origin)
			if (b != nil) != fits || b == nil && res.StatusCode != http.StatusForbidden {
				t.Errorf("at %s, a line from %s: %v", address, origin, res)
			}
			if res, _ := w.post(kind, body, "Origin", origin); (res.StatusCode == http.StatusOK) != fits {
				t.Errorf("at %s, a picture from %s: %s", address, origin, res.Status)
			}
		}
		if res, _ := w.get("/chat"); !strings.HasSuffix(res.Header.Get("Content-Security-Policy"), "frame-ancestors 'self'") {
			t.Errorf("at %s the frames are %v", address, res.Header)
		}
	}
	// Where nothing is said, nobody is let in by it.
	w := newWorld(t, func(_ *limits, o *Options) { o.URL = "help" })
	if b, _ := w.dial("Origin", "https://help.example.com"); b != nil {
		t.Error("an address that is none lets pages in")
	}
}

func TestAPictureThatIsNotStored(t *testing.T) {
	w := newWorld(t, nil)
	w.core.set(func(f *fake) { f.broken = errBroken })
	for range 30 { // a fault of ours empties no budget
		res, f := w.upload(visitor, "m-picture01", png(4, 3))
		if res.StatusCode != http.StatusServiceUnavailable || f.Code != "not_stored" || f.Retry != 5000 || res.Header.Get("Retry-After") != "5" || f.Text == "" {
			t.Fatalf("%d %+v", res.StatusCode, f)
		}
	}
	if log := w.lines.String(); !strings.Contains(log, "disk is full") || strings.Contains(log, visitor) {
		t.Errorf("the log says %s", log)
	}
	w.core.set(func(f *fake) { f.broken = nil })
	if res, f := w.upload(visitor, "m-picture01", png(4, 3)); res.StatusCode != http.StatusOK {
		t.Errorf("%d %+v", res.StatusCode, f)
	}
	w.stop()
	if res, f := w.upload(visitor, "m-picture02", png(4, 3)); res.StatusCode != http.StatusServiceUnavailable || f.Code != "not_stored" || res.Header.Get("Retry-After") != "5" {
		t.Errorf("while the service restarts: %d %+v", res.StatusCode, f)
	}
}

// Each upload may hold 10 MB in memory: only so many are under way.
func TestUploadsAtOnce(t *testing.T) {
	w := newWorld(t, func(l *limits, o *Options) { l.uploads, l.uploadsEach, o.Proxies = 3, 2, loopback })
	hold := make(chan struct{})
	w.core.set(func(f *fake) { f.held = hold })
	under := func() int {
		w.bubble.gate.mu.Lock()
		defer w.bubble.gate.mu.Unlock()
		return w.bubble.gate.uploading
	}
	type result struct {
		status int
		f      anyFrame
	}
	results := make(chan result, 3)
	post := func(n int, from string) result {
		kind, body := form("hello", helloOf(token(n), "m-picture01", ""), "picture", string(png(4, 3)))
		res, f := w.post(kind, body, behind(from)...)
		return result{res.StatusCode, f}
	}
	for i, from := range []string{"203.0.113.7", "203.0.113.7", "203.0.113.8"} {
		if i == 2 {
			eventually(t, "two are under way", func() bool { return under() == 2 })
			if r := post(9, "203.0.113.7"); r.status != http.StatusTooManyRequests || r.f.Code != "slow_down" || r.f.Retry != 5000 {
				t.Errorf("a third of one address: %+v", r)
			}
		}
		go func() { results <- post(i, from) }()
	}
	eventually(t, "three are under way", func() bool { return under() == 3 })
	if r := post(9, "203.0.113.9"); r.status != http.StatusTooManyRequests {
		t.Errorf("a fourth: %+v", r)
	}
	close(hold)
	for range 3 {
		if r := <-results; r.status != http.StatusOK {
			t.Errorf("%+v", r)
		}
	}
	eventually(t, "none is under way", func() bool { return under() == 0 })
	if r := post(9, "203.0.113.7"); r.status != http.StatusOK || len(w.bubble.gate.uploads) != 0 {
		t.Errorf("afterwards: %+v", r)
	}
}

// A line that hangs does not hold its place for ever, and the page is told to try again.
func TestAnUploadThatHangs(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.upload = 100 * time.Millisecond })
	kind, body := form("hello", helloOf(visitor, "m-picture01", ""), "picture", string(png(40, 30)))
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /bubble/picture HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", kind, len(body), body[:len(body)-200])
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(answer); !strings.HasPrefix(text, "HTTP/1.1 503 ") || !strings.Contains(text, `"code":"not_stored","id":"m-picture01"`) || !strings.Contains(text, "Retry-After: 5") {
		t.Errorf("the answer: %s", text)
	}
	if w.core.taken != 0 || w.lines.String() != "" {
		t.Errorf("%d stored, the log says %s", w.core.taken, w.lines)
	}
}

// A phone that sends far too much hears why, and not that its line was cut.
func TestTheRefusalOfALargePictureIsHeard(t *testing.T) {
	w := newWorld(t, nil)
	kind, body := form("hello", helloOf(visitor, "m-picture01", ""), "picture", strings.Repeat("x", 30<<20))
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "POST /bubble/picture HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", kind, len(body))
	if _, err := conn.Write(body); err != nil {
		t.Fatalf("the line is cut: %v", err)
	}
	answer, err := io.ReadAll(conn)
	if text := string(answer); err != nil || !strings.HasPrefix(text, "HTTP/1.1 413 ") || !strings.Contains(text, `"code":"picture_large","id":"m-picture01"`) {
		t.Errorf("the answer: %s (%v)", text, err)
	}
}

// While a team has the case a picture goes to them, without a word of the bot.
func TestAPictureForTheTeam(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 6)
	b := w.tab()
	b.hello(visitor, 6)
	b.until("state")
	if res, _ := w.upload(visitor, "m-picture01", png(4, 3)); res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	if m := b.reads(1)[0]; m.Seq != 7 || m.From != bot.FromContact || m.Picture == nil {
		t.Errorf("%+v", m)
	}
	w.core.set(func(f *fake) {
		if n := f.talks[where].conversation.LastSeq; n != 7 {
			t.Errorf("the log ends at %d", n)
		}
	})
}
