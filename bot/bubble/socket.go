package bubble

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"latchkey/bot"
	"latchkey/flows"
)

// writeBuffers is shared by all sockets: a buffer is needed only while a frame leaves.
var writeBuffers sync.Pool

// socket is one open bubble. Its reader is one goroutine; a writer exists only while there
// is something to write (write.go).
type socket struct {
	b     *Bubble
	conn  *websocket.Conn
	spoke int

	// These belong to the reader.
	limiter  *rate.Limiter
	ignored  int // refused frames in a row
	greeted  bool
	watching string // the address that is watched
	unwatch  func()

	mu sync.Mutex
	// What the writer has to do.
	out      [][]byte
	look     bool // the log may have more
	greet    bool // a hello wants its answer
	pingDue  bool
	writing  bool
	shutting bool
	busy     string // id of the message that is being received
	// Where the widget stands.
	place
	// hellos counts them: what was read for an earlier one does not move the place of a later.
	hellos int
	// said is a hash of the last state frame, worded the language of the last words.
	said   uint64
	worded string
	// conversation is for log lines; empty until there is one.
	conversation string
}

// place is what a hello says of the widget: whose log it shows, and how much of it.
type place struct {
	address string // empty: no token yet
	after   int64
	// For a conversation that does not exist yet:
	flow string
	lang string
}

// socket upgrades a request. The reader runs detached: as long as the handler has not
// returned, net/http keeps its two 4 KiB buffers and the request alive.
func (b *Bubble) socket(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: b.limits.hello,
		ReadBufferSize:   512,
		WriteBufferSize:  1024,
		WriteBufferPool:  &writeBuffers,
		CheckOrigin:      b.allowed,
	}
	s := &socket{b: b}
	if !b.wheel.add(s) {
		http.Error(w, "the service restarts", http.StatusServiceUnavailable)
		return
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil { // the upgrader has answered the request
		b.wheel.remove(s)
		if origin := r.Header.Get("Origin"); origin != "" && !b.allowed(r) {
			b.log.Warn("a page of this origin may not embed the bubble", "origin", origin)
		}
		return
	}
	conn.SetReadLimit(b.limits.frame)
	conn.SetPongHandler(func(string) error {
		s.patience(b.limits.patience)
		return nil
	})
	s.limiter = rate.NewLimiter(rate.Limit(b.limits.rate), b.limits.burst)
	s.mu.Lock()
	s.conn = conn
	late := s.shutting // Close came between add and here
	s.mu.Unlock()
	if late {
		go s.end(closeRestart, "the service restarts")
	}
	go s.read()
}

// read takes frame after frame until the line ends.
func (s *socket) read() {
	defer s.gone()
	s.patience(s.b.limits.hello)
	for {
		kind, data, err := s.conn.ReadMessage()
		if err != nil {
			s.over(err)
			return
		}
		if s.closing() {
			continue // only the farewell is still waited for
		}
		if kind != websocket.TextMessage {
			s.shut(closeNotText, "frames are text")
			continue
		}
		if err := s.handle(data); err != nil {
			var no *refusal
			errors.As(err, &no)
			s.b.log.Info("closing a bubble", "conversation", s.about(), "reason", no.text)
			s.shut(no.code, no.text)
		}
		if s.greeted {
			s.patience(s.b.limits.patience)
		}
		// The reader writes its own answers when nobody else is writing.
		if s.claim() {
			s.write()
		}
	}
}

// over looks at why reading ended.
func (s *socket) over(err error) {
	var timeout interface{ Timeout() bool }
	if !s.greeted && errors.As(err, &timeout) && timeout.Timeout() && !s.closing() {
		s.end(closeSlow, "no hello")
	}
	if errors.Is(err, websocket.ErrReadLimit) {
		// gorilla has said 1009. The rest of the frame has to be taken in for a moment, or
		// the connection is reset and the reason lost.
		s.conn.SetReadDeadline(time.Now().Add(s.b.limits.farewell))
		io.CopyN(io.Discard, s.conn.NetConn(), 64*s.b.limits.frame)
	}
}

// gone leaves nothing of the socket behind.
func (s *socket) gone() {
	s.mu.Lock()
	s.shutting = true
	s.mu.Unlock()
	s.watch("")
	s.conn.Close()
	s.b.wheel.remove(s)
}

// handle does what a frame asks. An error is a [refusal].
func (s *socket) handle(data []byte) error {
	f, err := parse(data)
	if err != nil {
		return err
	}
	now := s.b.now()
	if !s.limiter.AllowN(now, 1) {
		if s.ignored++; s.ignored > s.b.limits.unheeding {
			return &refusal{closeUnheeding, "far too many frames"}
		}
		if f.Type == "hello" { // it has no id to refuse; the widget comes back more slowly
			return &refusal{closeTryLater, "too many hellos"}
		}
		wait := s.limiter.ReserveN(now, 1)
		retry := wait.DelayFrom(now)
		wait.CancelAt(now)
		s.refuse("slow_down", f.ID, retry)
		return nil
	}
	s.ignored = 0
	if f.Type == "hello" {
		return s.hello(f)
	}
	if !s.greeted {
		return malformed("hello comes first")
	}
	if f.Type == "ping" {
		s.put(bareFrame{Type: "pong"})
		return nil
	}
	return s.receive(f)
}

// hello notes where the widget stands; the writer answers.
func (s *socket) hello(f inFrame) error {
	at := place{after: f.After, flow: "client", lang: s.b.language(f.Lang)}
	if f.Token != "" {
		var ok bool
		if at.address, ok = address(f.Token); !ok {
			return &refusal{closeToken, "the token is malformed"}
		}
	}
	if f.Audience == "professional" {
		at.flow = f.Audience
	}
	s.greeted = true
	// Watching begins before the log is read, so that nothing falls between.
	s.watch(at.address)
	s.mu.Lock()
	s.place = at
	s.hellos++
	s.greet = true
	s.said, s.worded = 0, ""
	s.mu.Unlock()
	return nil
}

// receive hands what was typed or pressed to the core, and acknowledges it when it is stored.
func (s *socket) receive(f inFrame) error {
	s.mu.Lock()
	at := s.place
	s.mu.Unlock()
	if at.address == "" {
		return &refusal{closeToken, "a message wants a token in the hello"}
	}
	in := bot.Inbound{Channel: channel, Address: at.address, ExternalID: f.ID, Text: f.Text,
		Flow: at.flow, Lang: at.lang}
	if f.Type == "press" {
		move := flows.ParseMove(f.Move)
		in.Text, in.Move, in.Seq = f.Label, &move, f.Seq
	} else if longer(f.Text, s.b.limits.text) {
		s.refuse("too_long", f.ID, 0)
		return nil
	}
	s.working(f.ID)
	timer := time.AfterFunc(s.b.limits.thinking, func() { s.thinking(f.ID) })
	// A visitor who leaves takes nothing back: the deadline is the only end.
	ctx, cancel := context.WithTimeout(context.Background(), s.b.limits.receive)
	err := s.b.core.Receive(ctx, in)
	cancel()
	timer.Stop()
	s.working("")
	if err != nil {
		s.b.log.Error("a message was not stored", "conversation", s.about(), "error", err)
		s.refuse("not_stored", f.ID, 5*time.Second)
		return nil
	}
	s.put(ackFrame{Type: "ack", ID: f.ID})
	s.mu.Lock()
	s.look = true
	s.mu.Unlock()
	return nil
}

// longer counts as browsers do for maxlength: a character beyond the basic plane is two.
func longer(text string, most int) bool {
	n := 0
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n > most
}

// refuse says kindly that a message was not taken.
func (s *socket) refuse(code, id string, retry time.Duration) {
	s.mu.Lock()
	lang := s.worded
	if lang == "" {
		lang = s.lang
	}
	s.mu.Unlock()
	s.put(errorFrame{Type: "error", Code: code, ID: id, Text: s.b.core.Word(prefix+code, lang),
		Retry: retry.Milliseconds()})
}

// working notes which message is being received, if any.
func (s *socket) working(id string) {
	s.mu.Lock()
	s.busy = id
	s.mu.Unlock()
}

// thinking shows that an answer takes a moment, unless it has come meanwhile.
func (s *socket) thinking(id string) {
	s.mu.Lock()
	if s.busy == id {
		s.add(bareFrame{Type: "thinking"})
	}
	s.mu.Unlock()
	s.kick()
}

// watch stirs the socket whenever something happens at an address; "" stops it.
func (s *socket) watch(address string) {
	if address == s.watching {
		return
	}
	if s.unwatch != nil {
		s.unwatch()
	}
	s.watching, s.unwatch = address, nil
	if address == "" {
		return
	}
	wake, stop := s.b.core.Watch(channel, address)
	done := make(chan struct{})
	s.unwatch = func() {
		close(done)
		stop()
	}
	// This goroutine never does any work itself: its stack stays at 2 KiB.
	go func() {
		for {
			select {
			case <-done:
				return
			case _, ok := <-wake:
				if !ok {
					return
				}
				s.stir()
			}
		}
	}()
}

// about names the conversation in log lines.
func (s *socket) about() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conversation
}

// patience sets how long the line may be silent, unless it is being closed.
func (s *socket) patience(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.shutting {
		s.conn.SetReadDeadline(time.Now().Add(d))
	}
}

func (s *socket) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shutting
}

// shut begins the end of a socket, with a reason. The reader finishes it.
func (s *socket) shut(code int, text string) {
	s.mu.Lock()
	already := s.shutting
	s.shutting = true
	open := s.conn != nil
	s.mu.Unlock()
	if !already && open {
		// Another goroutine may be stuck in a write: the reason must not wait for it.
		go s.end(code, text)
	}
}

// end says farewell, and gives the other side a moment to answer: a connection that is closed
// with unread frames in it is reset, and the reason lost.
func (s *socket) end(code int, text string) {
	last := time.Now().Add(s.b.limits.farewell)
	err := s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), last)
	if err != nil {
		s.conn.Close()
		return
	}
	s.conn.SetReadDeadline(last)
}
