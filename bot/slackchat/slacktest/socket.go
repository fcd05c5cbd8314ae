package slacktest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// docs, /apis/events-api/using-socket-mode: "up to 10 open WebSocket connections at the same time".
const maxConns = 10

// maxResponse is how long an acknowledgement's payload may be; longer ones are dropped without a
// word: socketmode of slack-go, which refuses to send them.
const maxResponse = 20 << 10

// pingEvery is how often Slack pings, by the wall clock, as it does for the client's library.
const pingEvery = 5 * time.Second

type conn struct {
	s       *Slack
	ws      *websocket.Conn
	closing bool // nothing more is sent to it

	mu    sync.Mutex
	out   [][]byte
	more  chan struct{}
	gone  chan struct{}
	once  sync.Once
	after bool // close when all is written
}

func socketMethods() map[string]*method {
	all := map[string]*method{}
	all["apps.connections.open"] = &method{app: true, limit: tier1, do: func(c *call) (object, error) {
		ticket := c.id("ticket")
		c.tickets[ticket] = true
		return object{"url": "ws://" + c.addr + "/link/?ticket=" + ticket + "&app_id=" + c.app.ID}, nil
	}}
	return all
}

// serveSocket takes a connection, with a ticket that works once.
func (s *Slack) serveSocket(w http.ResponseWriter, r *http.Request) {
	if f := s.strike("socket"); f != nil && f.before(w, r, s.stop) {
		return
	}
	s.mu.Lock()
	ticket := r.URL.Query().Get("ticket")
	ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	if !ok {
		s.violate("socket", "a ticket that is unknown or used")
	}
	s.mu.Unlock()
	if !ok {
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // it has answered
	}
	c := &conn{s: s, ws: ws, more: make(chan struct{}, 1), gone: make(chan struct{})}
	s.mu.Lock()
	if s.stopped() {
		c.cut()
		s.mu.Unlock()
		return
	}
	s.work.Go(c.writer)
	if len(s.conns) >= maxConns {
		s.violate("socket", "more than %d connections", maxConns)
		c.write(object{"type": "disconnect", "reason": "too_many_websockets", "debug_info": object{"host": "local"}})
		c.end()
		s.mu.Unlock()
		return
	}
	s.conns = append(s.conns, c)
	c.write(object{"type": "hello", "num_connections": len(s.conns), "connection_info": object{"app_id": s.app.ID},
		"debug_info": object{"host": "local", "started": s.now().UTC().Format("2006-01-02 15:04:05.000"), "build_number": 1, "approximate_connection_time": 18060}})
	s.touch()
	s.mu.Unlock()
	c.read()
}

// write queues a frame.
func (c *conn) write(frame object) {
	raw, err := json.Marshal(frame)
	if err != nil {
		panic(err) // made of plain values
	}
	c.mu.Lock()
	c.out = append(c.out, raw)
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// end closes the connection after what is queued.
func (c *conn) end() {
	c.closing = true
	c.mu.Lock()
	c.after = true
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// cut closes it at once.
func (c *conn) cut() {
	c.closing = true
	c.once.Do(func() {
		close(c.gone)
		_ = c.ws.Close()
	})
}

func (c *conn) writer() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		c.mu.Lock()
		out, after := c.out, c.after
		c.out = nil
		c.mu.Unlock()
		for _, raw := range out {
			_ = c.ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if c.ws.WriteMessage(websocket.TextMessage, raw) != nil {
				_ = c.ws.Close() // the reader sees it
				return
			}
		}
		if after {
			_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
			_ = c.ws.Close()
			return
		}
		select {
		case <-c.more:
		case <-c.gone:
			return
		case <-ping.C:
			_ = c.ws.WriteControl(websocket.PingMessage, []byte("Ping from slacktest"), time.Now().Add(time.Second))
		}
	}
}

// read takes acknowledgements until the connection ends.
func (c *conn) read() {
	s := c.s
	for {
		kind, raw, err := c.ws.ReadMessage()
		if err != nil {
			break
		}
		s.mu.Lock()
		if kind != websocket.TextMessage {
			s.violate("socket", "a frame that is not text")
		} else {
			c.acknowledge(raw)
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.cut()
	s.conns = slices.DeleteFunc(s.conns, func(o *conn) bool { return o == c })
	// What was on its way over this one goes over another.
	for _, id := range sorted(s.flight) {
		if d := s.flight[id]; d != nil && d.conn == c {
			s.fail(d, "timeout", errTimeout)
		}
	}
	s.touch()
}

func (c *conn) acknowledge(raw []byte) {
	s := c.s
	var ack struct {
		Envelope string          `json:"envelope_id"`
		Payload  json.RawMessage `json:"payload"`
		Type     string          `json:"type"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&ack); err != nil || ack.Envelope == "" {
		s.violate("socket", "not an acknowledgement: %.200s", raw)
		return
	}
	del := s.flight[ack.Envelope]
	switch {
	case del == nil && s.past[ack.Envelope] == "":
		s.violate("socket", "acknowledges an envelope that never was: %s", ack.Envelope)
		return
	case del == nil && s.past[ack.Envelope] == "acknowledged":
		s.violate("socket", "acknowledges %s twice", ack.Envelope)
		return
	case del == nil || del.conn != c:
		return // too late, or over a connection that did not bring it: Slack hears nothing
	}
	var payload any
	if len(ack.Payload) > 0 && string(ack.Payload) != "null" {
		if del.kind == events {
			s.violate("socket", "a payload in the acknowledgement of an event")
		} else if len(ack.Payload) >= maxResponse {
			s.violate("socket", "a payload of %d bytes, which Slack drops", len(ack.Payload))
		} else if err := json.Unmarshal(ack.Payload, &payload); err != nil {
			s.violate("socket", "a payload that is not JSON")
		}
	}
	s.acknowledged(del, payload)
}

// Connections are how many sockets the app has open.
func (s *Slack) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.conns {
		if !c.closing {
			n++
		}
	}
	return n
}

// Disconnect says goodbye on all connections, or on the oldest n: warning, which closes nothing
// yet; refresh_requested or link_disabled, which do.
func (s *Slack) Disconnect(reason string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range slices.Clone(s.conns) {
		if n > 0 && i >= n {
			break
		}
		c.write(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "local"}})
		if reason != "warning" {
			c.end()
		}
	}
}

// Drop cuts all connections, or the oldest n, without a word.
func (s *Slack) Drop(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range slices.Clone(s.conns) {
		if n > 0 && i >= n {
			break
		}
		for _, d := range s.flight {
			d.blamed = d.blamed || d.conn == c
		}
		c.cut()
	}
}

// Garble writes something on every socket that is no envelope of Slack's.
func (s *Slack) Garble(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.mu.Lock()
		c.out = append(c.out, []byte(text))
		c.mu.Unlock()
		select {
		case c.more <- struct{}{}:
		default:
		}
	}
}
