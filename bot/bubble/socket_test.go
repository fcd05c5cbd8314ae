package bubble

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"latchkey/bot"
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

func TestTheWelcomeIsNotStored(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.send(`{"type":"hello","v":1,"lang":"fr-CA"}`)
	hello, state := b.next(), b.next()
	if hello.Type != "hello" || hello.Stored || hello.After != 0 || hello.Last != 2 || len(hello.Languages) != 2 {
		t.Errorf("hello: %+v", hello)
	}
	if state.Type != "state" || state.Lang != "fr" || state.Status != "bot" || state.Words["send"] != "Envoyer" {
		t.Errorf("state: %+v", state)
	}
	welcome := b.reads(2)
	if seqs(welcome) != "1:bot 2:bot" || len(welcome[1].Choices) != 3 || !strings.HasPrefix(welcome[0].Text, "Bonjour") {
		t.Errorf("welcome: %+v", welcome)
	}
	if len(w.core.talks) != 0 {
		t.Error("a conversation was begun before the first word")
	}
	b.send(`{"type":"hello","v":1,"lang":"en"}`)
	if again := b.reads(1); !strings.HasPrefix(again[0].Text, "Hello") {
		t.Errorf("the switch before the first word: %+v", again)
	}
}

func TestTheFirstWordBeginsTheConversation(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"press","id":"m-00000001","move":"choose:wrong","seq":2,"label":"Wrong user or password"}`)
	if f := b.verdict(); f.Type != "ack" || f.ID != "m-00000001" {
		t.Fatalf("want the acknowledgement, got %+v", f)
	}
	if w.core.taken != 1 {
		t.Fatal("it was acknowledged before it was stored")
	}
	log := b.reads(4)
	if seqs(log) != "1:bot 2:bot 3:contact 4:bot" {
		t.Errorf("the log: %s", seqs(log))
	}
	if log[2].ID != "m-00000001" || log[2].Move != "choose:wrong" || log[2].At == 0 {
		t.Errorf("the contact's message: %+v", log[2])
	}
	where, _ := address(visitor)
	if talk := w.core.talks[where]; talk == nil || talk.conversation.Session.At.Flow != "client" || talk.lang != "en" {
		t.Errorf("begun as %+v", talk)
	}
}

func TestSendingAgainChangesNothing(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.send(`{"type":"message","id":"m-00000001","text":"my password is refused"}`)
	b.until("ack")
	b.conn.Close() // the tab never saw the acknowledgement
	b = w.tab()
	b.hello(visitor, 0)
	b.reads(4)
	b.send(`{"type":"message","id":"m-00000001","text":"my password is refused"}`)
	if f := b.verdict(); f.Type != "ack" || f.ID != "m-00000001" {
		t.Errorf("want only an acknowledgement, got %+v", f)
	}
	b.send(`{"type":"ping"}`)
	if f := b.next(); f.Type != "pong" {
		t.Errorf("want the pong, got %+v", f)
	}
	if w.core.taken != 1 || len(w.core.talks) != 1 {
		t.Errorf("%d messages in %d conversations", w.core.taken, len(w.core.talks))
	}
}

func TestComingBackWithANumber(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.send(`{"type":"press","id":"m-00000001","move":"jump:person","seq":0,"label":"Talk to a person"}`)
	all := b.reads(6) // the welcome, and then the log from 1
	if last := all[5]; last.Event != "ticket" || last.Ticket != "LK-1042" {
		t.Errorf("the ticket: %+v", last)
	}
	b.conn.Close()
	where, _ := address(visitor)
	w.core.write(where, "Hi, Ann here.")

	b = w.tab()
	b.hello(visitor, 4)
	hello, state, message := b.next(), b.next(), b.next()
	if !hello.Stored || hello.After != 4 || hello.Last != 5 || state.Status != "team" {
		t.Errorf("%+v %+v", hello, state)
	}
	if message.Seq != 5 || message.From != bot.FromAgent {
		t.Errorf("what was missed: %+v", message)
	}
	b.conn.Close()

	b = w.tab() // the database was put back: the tab knows more than there is
	b.hello(visitor, 40)
	if hello := b.next(); hello.After != 0 || hello.Last != 5 {
		t.Errorf("%+v", hello)
	}
	if all := b.reads(5); all[0].Seq != 1 {
		t.Errorf("the log: %s", seqs(all))
	}
}

func TestASecondTabShowsTheSame(t *testing.T) {
	w := newWorld(t, nil)
	one, two := w.tab(), w.tab()
	one.hello(visitor, 0)
	one.reads(2)
	two.hello(visitor, 0)
	two.reads(2)
	one.send(`{"type":"press","id":"m-00000001","move":"choose:wrong","seq":2,"label":"Wrong"}`)
	if got := seqs(two.reads(4)); got != "1:bot 2:bot 3:contact 4:bot" {
		t.Errorf("the other tab shows %s", got)
	}
	two.send(`{"type":"press","id":"m-00000002","move":"language:fr","seq":0,"label":"Français"}`)
	states := one.until("state")
	if last := states[len(states)-1]; last.Lang != "fr" || last.Words["send"] != "Envoyer" {
		t.Errorf("the first tab's state: %+v", last)
	}
	stranger := w.tab()
	stranger.hello(another, 0)
	if f := stranger.next(); f.Stored {
		t.Error("somebody else's token opens the conversation")
	}
}

func TestTheIndicatorOfASlowAnswer(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.thinking = 20 * time.Millisecond })
	w.core.set(func(f *fake) { f.slow = 200 * time.Millisecond })
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"message","id":"m-00000001","text":"hi"}`)
	if f := b.next(); f.Type != "thinking" {
		t.Errorf("want thinking, got %+v", f)
	}
	if f := b.verdict(); f.Type != "ack" {
		t.Errorf("want the ack, got %+v", f)
	}
}

func TestWhatIsNotStoredIsNotAcknowledged(t *testing.T) {
	w := newWorld(t, nil)
	w.core.set(func(f *fake) { f.broken = errBroken })
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"message","id":"m-00000001","text":"my secret words"}`)
	if f := b.verdict(); f.Type != "error" || f.Code != "not_stored" || f.ID != "m-00000001" || f.Retry == 0 || f.Text == "" {
		t.Errorf("got %+v", f)
	}
	w.core.set(func(f *fake) { f.broken = nil })
	b.send(`{"type":"message","id":"m-00000001","text":"my secret words"}`)
	if f := b.verdict(); f.Type != "ack" {
		t.Errorf("sent again: %+v", f)
	}
	if log := w.lines.String(); strings.Contains(log, "secret") || strings.Contains(log, visitor) || !strings.Contains(log, "disk is full") {
		t.Errorf("the log says %s", log)
	}
}

func TestTooLongOrTooMany(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.visitor = budget{rate: 0.5, burst: 2} })
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"message","id":"m-toolong1","text":%q}`, strings.Repeat("é", 2001))
	if f := b.next(); f.Code != "too_long" || f.Retry != 0 || f.Text == "" {
		t.Errorf("too long: %+v", f)
	}
	b.send(`{"type":"message","id":"m-longest1","text":%q}`, strings.Repeat("é", 2000))
	b.until("ack")
	b.send(`{"type":"message","id":"m-second01","text":"hi"}`)
	b.until("ack")
	b.send(`{"type":"message","id":"m-third001","text":"hi"}`)
	refused := b.until("error")
	if f := refused[len(refused)-1]; f.Code != "slow_down" || f.ID != "m-third001" || f.Retry < 1000 || f.Retry > 2000 {
		t.Errorf("too many: %+v", f)
	}
	if w.core.taken != 2 {
		t.Errorf("%d messages were stored", w.core.taken)
	}
}

// What is nothing to us is text to a browser: it is refused by its id, and the line goes on.
func TestAMessageOfControlCharacters(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	for i, text := range []string{`\u0085`, `\u0007`, ` \u0000\n\u001b\t `, ``} {
		id := fmt.Sprintf("m-0000000%d", i)
		b.send(`{"type":"message","id":"%s","text":"%s"}`, id, text)
		if f := b.verdict(); f.Code != "empty" || f.ID != id || f.Retry != 0 || f.Text != w.core.Word("bubble_empty", "en") {
			t.Errorf("%s: %+v", text, f)
		}
	}
	b.send(`{"type":"message","id":"m-00000009","text":"h\u0007i"}`)
	if f := b.verdict(); f.Type != "ack" || w.core.taken != 1 {
		t.Errorf("and then: %+v, %d stored", f, w.core.taken)
	}
}

// What a page says too much of costs its people nothing: it is cut where it still says something.
func TestAHelloThatSaysTooMuch(t *testing.T) {
	long := strings.Repeat("é", 200)
	for _, c := range []struct{ say, lang, name, email string }{
		{`"name":"` + long + `"`, "", long, ""},
		{`"name":"` + long + `é"`, "", long, ""},
		{`"name":" ` + long + `  é"`, "", long, ""},
		{`"name":"` + long[2:] + ` é"`, "", long[2:], ""},
		{`"name":"` + long[2:] + `𝒜"`, "", long[2:], ""}, // it counts for two, and is not cut in half
		{`"name":"` + long[4:] + `𝒜𝒜"`, "", long[4:] + "𝒜", ""},
		{`"email":"` + strings.Repeat("a", 188) + `@example.com"`, "", "", strings.Repeat("a", 188) + "@example.com"},
		{`"email":"` + strings.Repeat("a", 189) + `@example.com"`, "", "", ""},
		{`"lang":"fr-CA-x-twain-and-more-and-more-30"`, "fr-CA-x-twain-and-more-and-more-30", "", ""},
		{`"lang":"fr-CA-x-twain-and-more-and-more-than"`, "fr-CA-x-twain-and-more-and-more", "", ""},
		{`"lang":"fr-abcdefgh-abcdefgh-abcdefgh-abc-x-private"`, "fr-abcdefgh-abcdefgh-abcdefgh-abc", "", ""},
		{`"lang":"fr-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s"`, "fr-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o", "", ""},
		{`"lang":"` + strings.Repeat("x", 36) + `"`, "", "", ""},
	} {
		f, err := parse([]byte(`{"type":"hello","v":1,` + c.say + `}`))
		if err != nil || f.Lang != c.lang || f.Name != c.name || f.Email != c.email {
			t.Errorf("%s: %q %q %q, %v", c.say, f.Lang, f.Name, f.Email, err)
		}
	}
	w := newWorld(t, nil)
	b := w.tab()
	b.send(`{"type":"hello","v":1,"lang":"fr-CA-x-%s"}`, strings.Repeat("abc-", 20)+"abc")
	if f := b.until("state"); f[len(f)-1].Lang != "fr" {
		t.Errorf("%+v", f)
	}
}

func TestAFloodIsCutOff(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.frames, l.unheeding = budget{rate: 0.01, burst: 2}, 5 })
	b := w.tab()
	b.hello(visitor, 0)
	for range 7 {
		b.send(`{"type":"ping"}`)
	}
	if code := b.closed(); code != closeUnheeding {
		t.Errorf("closed with %d", code)
	}
}

func TestFramesThatCannotBeUnderstood(t *testing.T) {
	w := newWorld(t, nil)
	cases := []struct {
		name  string
		frame string
		code  int
	}{
		{"not JSON", `hello`, closeMalformed},
		{"a list", `[]`, closeMalformed},
		{"unknown type", `{"type":"shout"}`, closeMalformed},
		{"another version", `{"type":"hello","v":2}`, closeMalformed},
		{"a negative number", `{"type":"hello","v":1,"after":-1}`, closeMalformed},
		{"a short token", `{"type":"hello","v":1,"token":"abc"}`, closeToken},
		{"a token with bits to spare", `{"type":"hello","v":1,"token":"` + visitor[:42] + `B"}`, closeToken},
		{"no hello", `{"type":"message","id":"m-00000001","text":"hi"}`, closeMalformed},
		{"a message without id", `{"type":"message","id":"short","text":"hi"}`, closeMalformed},
		{"an id with spaces", `{"type":"message","id":"m 0000000001","text":"hi"}`, closeMalformed},
		{"a press of nothing", `{"type":"press","id":"m-00000001","move":"choose:","label":"Yes","seq":1}`, closeMalformed},
		{"time claimed to have passed", `{"type":"press","id":"m-00000001","move":"silence","label":"Yes","seq":1}`, closeMalformed},
		{"a slot pressed", `{"type":"press","id":"m-00000001","move":"fill:x@y.zz","label":"Yes","seq":1}`, closeMalformed},
		{"older before hello", `{"type":"older","before":51}`, closeMalformed},
		{"a rating before hello", `{"type":"rate","id":"m-00000001","helpful":true}`, closeMalformed},
		{"a button without a label", `{"type":"press","id":"m-00000001","move":"back","seq":0}`, closeMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := w.tab()
			b.send("%s", c.frame)
			if code := b.closed(); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
	t.Run("a message without a token", func(t *testing.T) {
		b := w.tab()
		b.send(`{"type":"hello","v":1}`)
		b.send(`{"type":"message","id":"m-00000001","text":"hi"}`)
		if code := b.closed(); code != closeToken {
			t.Errorf("closed with %d", code)
		}
	})
	// These come from somebody who said hello as they should.
	for _, c := range []struct{ name, frame string }{
		{"older than nothing", `{"type":"older"}`},
		{"older than the first", `{"type":"older","before":-4}`},
		{"a rating that says nothing", `{"type":"rate","id":"m-00000001","text":"good"}`},
		{"a rating that is no answer", `{"type":"rate","id":"m-00000001","helpful":"yes"}`},
		{"a rating without id", `{"type":"rate","helpful":true}`},
		{"a transcript to nobody", `{"type":"transcript","id":"m-00000001","email":" \u0007 "}`},
		{"a transcript without id", `{"type":"transcript","email":"ann@example.com"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := w.tab()
			b.hello(visitor, 0)
			b.send("%s", c.frame)
			if code := b.closed(); code != closeMalformed {
				t.Errorf("closed with %d", code)
			}
		})
	}
	for _, frame := range []string{`{"type":"rate","id":"m-00000001","helpful":false}`, `{"type":"transcript","id":"m-00000001","email":"ann@example.com"}`} {
		t.Run("without a token: "+frame, func(t *testing.T) {
			b := w.tab()
			b.send(`{"type":"hello","v":1}`)
			b.send("%s", frame)
			if code := b.closed(); code != closeToken {
				t.Errorf("closed with %d", code)
			}
		})
	}
	t.Run("bytes", func(t *testing.T) {
		b := w.tab()
		b.conn.WriteMessage(websocket.BinaryMessage, []byte("{}"))
		if code := b.closed(); code != closeNotText {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("a frame that is too big", func(t *testing.T) {
		b := w.tab()
		b.send(`{"type":"message","text":%q}`, strings.Repeat("x", 200<<10))
		if code := b.closed(); code != websocket.CloseMessageTooBig {
			t.Errorf("closed with %d", code)
		}
	})
	if len(w.core.talks) != 0 {
		t.Error("something was stored")
	}
	eventually(t, "all sockets are gone", func() bool { return w.bubble.Open() == 0 })
}

func TestNobodyMayOpenASocketAndSayNothing(t *testing.T) {
	// A browser answers pings whatever its page does.
	w := newWorld(t, func(l *limits, _ *Options) { l.hello, l.ping = 200*time.Millisecond, 30*time.Millisecond })
	if code := w.tab().closed(); code != closeSlow {
		t.Errorf("closed with %d", code)
	}
}

func TestADeadLineIsGivenUp(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.ping, l.patience = 90*time.Millisecond, 1500*time.Millisecond })
	alive, dead := w.tab(), w.tab()
	var pings atomic.Int32
	answer := alive.conn.PingHandler()
	alive.conn.SetPingHandler(func(data string) error {
		pings.Add(1)
		return answer(data)
	})
	alive.hello(visitor, 0)
	go func() {
		for {
			if _, _, err := alive.conn.ReadMessage(); err != nil {
				return
			}
		}
	}()
	dead.hello(visitor, 0) // and never reads: nothing answers its pings
	eventually(t, "one of them is gone", func() bool { return w.bubble.Open() == 1 })
	// For far longer than the patience, pings keep the living one.
	seen := pings.Load()
	eventually(t, "the living one is pinged", func() bool { return pings.Load() > seen+30 })
	if w.bubble.Open() != 1 {
		t.Error("the living one is gone too")
	}
}

// Half-open lines are noticed within 20 seconds, and one lost ping does no harm.
func TestTheHeartbeat(t *testing.T) {
	if usual.patience > 20*time.Second || usual.patience <= 2*usual.ping {
		t.Errorf("pings every %v, patience of %v", usual.ping, usual.patience)
	}
}

// A page's own frames keep a line, even if a proxy swallows the pings.
func TestAnyFrameIsASignOfLife(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) {
		l.patience, l.frames = 1500*time.Millisecond, budget{rate: 1e6, burst: 1e6}
	})
	alive, dead := w.tab(), w.tab()
	alive.hello(visitor, 0)
	alive.reads(2)
	dead.hello(visitor, 0)
	for end := time.Now().Add(10 * time.Second); w.bubble.Open() == 2; {
		alive.send(`{"type":"ping"}`)
		alive.until("pong")
		if time.Now().After(end) {
			t.Fatal("the silent one is kept")
		}
	}
	alive.send(`{"type":"older","before":3}`)
	alive.until("older")
}

// While the reader waits for the core it answers no ping of the page: the page hears of it
// anyway, as often as the wheel comes round.
func TestALongThoughtIsNotADeadLine(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.thinking, l.ping = time.Millisecond, 60*time.Millisecond })
	hold := make(chan struct{})
	w.core.set(func(f *fake) { f.held = hold })
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"message","id":"m-00000001","text":"hi"}`)
	for range 4 {
		b.until("thinking")
	}
	close(hold)
	b.until("ack")
	b.send(`{"type":"ping"}`)
	for _, f := range b.until("pong") {
		if f.Type == "thinking" {
			t.Error("it thinks on after the acknowledgement")
		}
	}
}

func TestASlowReaderHoldsUpNobodyAndLosesNothing(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.write, l.patience = 300*time.Millisecond, time.Minute })
	// A small window, so that the server notices soon.
	dialer := websocket.Dialer{NetDialContext: (&net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}).DialContext}
	conn, _, err := dialer.Dial("ws"+strings.TrimPrefix(w.server.URL, "http")+"/bubble/socket", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	slow := &tab{t: t, conn: conn}
	quick := w.tab()
	for _, b := range []*tab{slow, quick} {
		b.hello(visitor, 0)
		b.reads(2)
	}
	quick.send(`{"type":"press","id":"m-00000001","move":"jump:person","seq":0,"label":"Talk to a person"}`)
	quick.reads(4)
	slow.reads(4)
	const more = 200
	where, _ := address(visitor)
	texts := make([]string, more)
	for i := range texts {
		texts[i] = strings.Repeat("x", 60<<10)
	}
	w.core.write(where, texts...)
	if last := quick.reads(more)[more-1]; last.Seq != 4+more {
		t.Errorf("the quick tab ends at %d", last.Seq)
	}
	eventually(t, "the slow one is closed", func() bool { return w.bubble.Open() == 1 })
	if !strings.Contains(w.lines.String(), "reads too slowly") {
		t.Errorf("the log says %s", w.lines)
	}
	back := w.tab()
	back.hello(visitor, 4)
	if all := back.reads(more); all[0].Seq != 5 || all[more-1].Seq != 4+more {
		t.Errorf("it comes back to %d … %d", all[0].Seq, all[more-1].Seq)
	}
}

func TestAnUnreadableConversationIsTriedLater(t *testing.T) {
	w := newWorld(t, nil)
	w.core.set(func(f *fake) { f.deaf = errBroken })
	b := w.tab()
	b.hello(visitor, 0)
	if code := b.closed(); code != closeTryLater {
		t.Errorf("closed with %d", code)
	}
}

func TestShutdownSaysSoAndStoresWhatCameIn(t *testing.T) {
	w := newWorld(t, nil)
	idle, busy := w.tab(), w.tab()
	idle.hello(visitor, 0)
	idle.reads(2)
	busy.hello(another, 0)
	busy.reads(2)
	w.core.set(func(f *fake) { f.slow = 150 * time.Millisecond })
	busy.send(`{"type":"message","id":"m-00000001","text":"hi"}`)
	time.Sleep(50 * time.Millisecond)
	ended := make(chan struct{})
	go func() { w.stop(); close(ended) }()
	for _, b := range []*tab{idle, busy} {
		if code := b.closed(); code != closeRestart {
			t.Errorf("closed with %d", code)
		}
	}
	<-ended
	if w.core.taken != 1 {
		t.Error("the message that was being received was lost")
	}
	if w.bubble.Open() != 0 {
		t.Error("sockets are left")
	}
	_, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.server.URL, "http")+"/bubble/socket", nil)
	if err == nil || res == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a late socket: %v", err)
	}
}

func TestOrigins(t *testing.T) {
	w := newWorld(t, func(_ *limits, o *Options) {
		o.Origins = []string{"https://www.example.com", "*.example.org", "http://localhost:3000", "https://nonsense/path", "capacitor://localhost"}
	})
	cases := []struct {
		origin string
		ok     bool
	}{
		{"", true},
		{w.server.URL, true},
		{"https://www.example.com", true},
		{"https://WWW.example.com:443", true},
		{"http://www.example.com", false},
		{"https://example.com", false},
		{"https://www.example.com:8443", false},
		{"https://www.example.com.evil.test", false},
		{"https://a.example.org", true},
		{"https://a.b.example.org", true},
		{"https://example.org", false},
		{"https://evilexample.org", false},
		{"http://a.example.org", false},
		{"http://localhost:3000", true},
		{"http://localhost:3001", false},
		{"https://nonsense", false},
		{"null", false},
		{"capacitor://localhost", true},
		{"ionic://localhost", false},
		{"https://localhost", false},
		{"https://evil.test", false},
	}
	for _, c := range cases {
		head := http.Header{}
		if c.origin != "" {
			head.Set("Origin", c.origin)
		}
		conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.server.URL, "http")+"/bubble/socket", head)
		if (err == nil) != c.ok || !c.ok && res.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %v", c.origin, err)
		}
		if err == nil {
			conn.Close()
		}
	}
	if got, want := w.bubble.ancestors(), "'self' https://www.example.com https://*.example.org http://localhost:3000 capacitor://localhost"; got != want {
		t.Errorf("frames on %s, want %s", got, want)
	}
	if got := New(newFake(t), Options{}).ancestors(); got != "'self'" {
		t.Errorf("frames on %s where nothing is configured", got)
	}
	for _, bad := range []string{"", "*", "*.com", "example.com", "https://", "https://a/b", "https://*.example.com", "ftp://a", "htps://a", "https://u@a", "https://a;script-src", "capacitor://", "NULL x"} {
		if CheckOrigin(bad) == nil {
			t.Errorf("%q passes for an origin", bad)
		}
	}
}
