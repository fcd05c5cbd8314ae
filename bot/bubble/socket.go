package bubble

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/netip"
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
	from  netip.Prefix // the client address
	spoke int

	// These belong to the reader.
	limiter  *rate.Limiter
	ignored  int // refused frames in a row
	greeted  bool
	watching string // the address that is watched
	sitting  string // the address at which it has a place
	unwatch  func()

	mu sync.Mutex
	// What the writer has to do.
	out      [][]byte
	look     bool    // the log may have more
	greet    bool    // a hello wants its answer
	olders   []int64 // numbers before which it wants what was said
	pingDue  bool
	writing  bool
	shutting bool
	busy     string // id of the message that is being received
	told     bool   // and the person knows that it takes a moment
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
	// identity is who the page says they are.
	identity bot.Identity
}

// place finds out what a hello says. An error is a [refusal].
func (b *Bubble) place(f inFrame) (place, error) {
	at := place{after: f.After, flow: "client", lang: b.language(f.Lang), identity: b.identity(f)}
	if f.Token != "" {
		var ok bool
		if at.address, ok = address(f.Token); !ok {
			return at, &refusal{closeToken, "the token is malformed"}
		}
	}
	if f.Audience == "professional" {
		at.flow = f.Audience
	}
	return at, nil
}

// inbound is a message from there, still without words.
func (at place) inbound(id string) bot.Inbound {
	return bot.Inbound{Channel: channel, Address: at.address, ExternalID: id,
		Flow: at.flow, Lang: at.lang, Identity: at.identity}
}

// socket upgrades a request. The reader runs detached: as long as the handler has not
// returned, net/http keeps its two 4 KiB buffers and the request alive.
func (b *Bubble) socket(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: b.limits.hello,
		ReadBufferSize:   512,
		WriteBufferSize:  1024,
		WriteBufferPool:  &writeBuffers,
		CheckOrigin:      func(*http.Request) bool { return true }, // looked at already
	}
	if !b.welcome(r) {
		http.Error(w, notWelcome, http.StatusForbidden)
		return
	}
	s := &socket{b: b, from: b.client(r)}
	if wait := b.gate.enter(s.from, b.now()); wait > 0 {
		w.Header().Set("Retry-After", seconds(wait))
		http.Error(w, "too many lines from this address", http.StatusTooManyRequests)
		return
	}
	if !b.wheel.add(s) {
		b.gate.leave(s.from)
		w.Header().Set("Retry-After", seconds(later))
		http.Error(w, "the service restarts", http.StatusServiceUnavailable)
		return
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil { // the upgrader has answered the request
		b.wheel.remove(s)
		b.gate.leave(s.from)
		return
	}
	conn.SetReadLimit(b.limits.frame)
	conn.SetPongHandler(func(string) error {
		if s.greeted { // a browser answers pings by itself; that is no hello
			s.patience(b.limits.patience)
		}
		return nil
	})
	s.limiter = b.limits.frames.limiter()
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
		if s.greeted { // from here on: what was done meanwhile may have taken longer
			s.patience(s.b.limits.patience)
		}
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
	s.sit("")
	s.conn.Close()
	s.b.gate.leave(s.from)
	s.b.wheel.remove(s)
}

// handle does what a frame asks. An error is a [refusal].
func (s *socket) handle(data []byte) error {
	f, err := parse(data)
	if err != nil {
		return err
	}
	now := s.b.now()
	if _, wait := take(now, s.limiter); wait > 0 {
		if s.ignored++; s.ignored > s.b.limits.unheeding {
			return &refusal{closeUnheeding, "far too many frames"}
		}
		if f.Type == "hello" { // it has no id to refuse; the widget comes back more slowly
			return &refusal{closeTryLater, "too many hellos"}
		}
		if f.Type == "seen" { // nothing a person does, or could do later
			return nil
		}
		s.refuse(&tooMany{wait}, f.ID)
		return nil
	}
	s.ignored = 0
	if f.Type == "hello" {
		return s.hello(f)
	}
	if !s.greeted {
		return malformed("hello comes first")
	}
	switch f.Type {
	case "ping":
		s.put(bareFrame{Type: "pong"})
		return nil
	case "older":
		s.mu.Lock()
		s.olders = append(s.olders, f.Before) // the writer reads them, at its own pace
		s.mu.Unlock()
		return nil
	case "seen":
		s.mu.Lock()
		where, conversation := s.address, s.conversation
		s.mu.Unlock()
		if conversation != "" {
			s.b.mark(conversation, where, 0, f.Seq)
		}
		return nil
	}
	return s.does(f)
}

// hello notes where the widget stands; the writer answers.
func (s *socket) hello(f inFrame) error {
	at, err := s.b.place(f)
	if err != nil {
		return err
	}
	if !s.sit(at.address) {
		return &refusal{closeTryLater, "too many tabs of one conversation"}
	}
	s.greeted = true
	// Watching begins before the log is read, so that nothing falls between.
	s.watch(at.address)
	s.mu.Lock()
	if at.address != s.address {
		s.conversation = ""
	}
	s.place = at
	s.hellos++
	s.greet = true
	s.olders = nil
	s.said, s.worded = 0, ""
	s.mu.Unlock()
	return nil
}

// sit takes a place at an address, and leaves the one before; "" is no address.
func (s *socket) sit(address string) bool {
	if address == s.sitting {
		return true
	}
	if address != "" && !s.b.gate.sit(address) {
		return false
	}
	if s.sitting != "" {
		s.b.gate.rise(s.sitting)
	}
	s.sitting = address
	return true
}

// does what a person wants, and acknowledges it when it is stored.
func (s *socket) does(f inFrame) error {
	s.mu.Lock()
	at, begun := s.place, s.conversation != ""
	s.mu.Unlock()
	if at.address == "" {
		return &refusal{closeToken, "a " + f.Type + " wants a token in the hello"}
	}
	most := s.b.limits.text
	if f.Type == "rate" {
		most = longestComment
	}
	if longer(f.Text, most) {
		s.put(s.b.errorFrame("too_long", f.ID, s.language(), 0))
		return nil
	}
	// To a browser a control character is text. The line goes on: the words after it are not to blame.
	if f.Type == "message" && f.Text == "" {
		s.put(s.b.errorFrame("empty", f.ID, s.language(), 0))
		return nil
	}
	crowd := s.b.gate.crowd(s.from)
	budgets := []*rate.Limiter{s.b.gate.visitor(at.address), crowd.messages}
	var do func() error
	switch f.Type {
	case "rate":
		do = func() error { return s.b.rate(at.address, *f.Helpful, f.Text) }
	case "transcript":
		do = func() error {
			return s.b.mailed.once(at.address, f.ID, func() error {
				return s.b.spend(func() error { return s.b.transcript(at.address, f.Email) }, crowd.transcripts)
			})
		}
	default:
		in := at.inbound(f.ID)
		in.Text = f.Text
		if f.Type == "press" {
			move := flows.ParseMove(f.Move)
			in.Text, in.Move, in.Seq = f.Label, &move, f.Seq
		}
		do = func() error { return s.b.receive(s.from, in, begun) }
	}
	s.working(f.ID)
	timer := time.AfterFunc(s.b.limits.thinking, func() { s.thinking(f.ID) })
	err := s.b.spend(do, budgets...)
	timer.Stop()
	s.working("")
	if err != nil {
		s.refuse(err, f.ID)
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

// refuse says that something was not taken.
func (s *socket) refuse(err error, id string) {
	f, known := s.b.refused(err, id, s.language())
	if !known {
		s.b.log.Error("a message was not stored", "conversation", s.about(), "error", err)
	}
	s.put(f)
}

// language is the one in which the widget speaks now.
func (s *socket) language() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.worded, s.lang)
}

// working notes which message is being received, if any.
func (s *socket) working(id string) {
	s.mu.Lock()
	s.busy, s.told = id, false
	s.mu.Unlock()
}

// thinking shows that an answer takes a moment, unless it has come meanwhile.
func (s *socket) thinking(id string) {
	s.mu.Lock()
	if s.busy == id {
		s.told = true
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
