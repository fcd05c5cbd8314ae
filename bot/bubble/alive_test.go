package bubble

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

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
