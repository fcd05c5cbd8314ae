package bubble

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	visitor = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	another = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
)

// tab is a browser tab: it sends frames and looks at what comes.
type tab struct {
	t    testing.TB
	conn *websocket.Conn
	// kept are messages that came while something else was waited for.
	kept []anyFrame
}

func (w *world) tab(head ...string) *tab {
	w.t.Helper()
	b, res := w.dial(head...)
	if b == nil {
		w.t.Fatalf("no socket: %v", res)
	}
	return b
}

// dial opens a socket with headers, or says how it was refused.
func (w *world) dial(head ...string) (*tab, *http.Response) {
	w.t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.server.URL, "http")+"/bubble/socket", headers(head))
	if err != nil {
		if res == nil {
			w.t.Fatal(err)
		}
		return nil, res
	}
	w.t.Cleanup(func() { conn.Close() })
	return &tab{t: w.t, conn: conn}, res
}

func headers(head []string) http.Header {
	h := http.Header{}
	for i := 0; i < len(head); i += 2 {
		h.Add(head[i], head[i+1])
	}
	return h
}

func (b *tab) send(format string, args ...any) {
	b.t.Helper()
	if err := b.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) hello(token string, after int) {
	b.t.Helper()
	b.send(`{"type":"hello","v":1,"token":%q,"after":%d,"lang":"en-GB","audience":"client"}`, token, after)
}

type anyFrame struct {
	messageFrame
	After     int64
	First     int64
	Last      int64
	Before    int64
	Mails     bool
	Rating    *ratingFrame
	Stored    bool
	Languages []languageFrame
	Lang      string
	Status    string
	Words     map[string]string
	Code      string
	Retry     int64
}

// next gives the next frame.
func (b *tab) next() anyFrame {
	b.t.Helper()
	b.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, data, err := b.conn.ReadMessage()
	if err != nil {
		b.t.Fatalf("no frame came: %v", err)
	}
	var f anyFrame
	if err := json.Unmarshal(data, &f); err != nil {
		b.t.Fatalf("%s: %v", data, err)
	}
	return f
}

// until gives the frames up to the first of a type, which is the last of them.
func (b *tab) until(kind string) []anyFrame {
	b.t.Helper()
	var all []anyFrame
	for {
		f := b.next()
		all = append(all, f)
		if f.Type == kind {
			return all
		}
	}
}

// reads gives the next n messages of the log.
func (b *tab) reads(n int) []anyFrame {
	b.t.Helper()
	all := b.kept
	b.kept = nil
	for len(all) < n {
		if f := b.next(); f.Type == "message" {
			all = append(all, f)
		}
	}
	return all
}

// verdict gives the next ack or error. The log may be ahead of it or behind it.
func (b *tab) verdict() anyFrame {
	b.t.Helper()
	for {
		switch f := b.next(); f.Type {
		case "ack", "error":
			return f
		case "message":
			b.kept = append(b.kept, f)
		}
	}
}

// closed waits for the end and gives its code.
func (b *tab) closed() int {
	b.t.Helper()
	b.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, _, err := b.conn.ReadMessage()
		var end *websocket.CloseError
		if errors.As(err, &end) {
			return end.Code
		}
		if err != nil {
			b.t.Fatalf("the line ended without a reason: %v", err)
		}
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func seqs(all []anyFrame) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%d:%s ", f.Seq, f.From)
	}
	return strings.TrimSpace(b.String())
}
