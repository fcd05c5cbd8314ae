// Package linetest is a bad line between a browser and the server of a test. It cuts, swallows,
// delays and refuses when the test says so, on this machine only; it knows nothing of what is
// said over it.
package linetest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Line is a proxy that ends with its test. Its methods may be called from anywhere; each holds
// for what passes after it returned.
type Line struct {
	t        testing.TB
	listener net.Listener
	done     sync.WaitGroup

	mu     sync.Mutex
	calls  map[*call]bool
	state  state
	closed bool
	// changed is closed and replaced when the state changes: what waits looks again.
	changed chan struct{}
	counts  Counts
}

type state struct {
	target   string
	dead     [2]bool // by direction
	delay    time.Duration
	throttle int
	refuse   bool
}

// Up is from the browser to the server, down the other way.
const (
	up = iota
	down
)

// Counts are what a line has seen since it was made.
type Counts struct {
	// Taken and Refused count connections; Open are those of the taken that neither end nor
	// a cut has closed.
	Taken, Refused, Open int
	// Up and Down are the bytes that arrived, LostUp and LostDown those that were swallowed.
	Up, Down, LostUp, LostDown int64
}

// Listen makes a good line to a server, such as "127.0.0.1:8080".
func Listen(t testing.TB, target string) *Line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{t: t, listener: listener, calls: map[*call]bool{}, changed: make(chan struct{})}
	l.Retarget(target)
	l.done.Go(l.accept)
	t.Cleanup(func() {
		l.change(func() { l.closed = true })
		listener.Close()
		l.Cut()
		l.done.Wait()
	})
	return l
}

// Addr is where the browser connects to.
func (l *Line) Addr() string { return l.listener.Addr().String() }

// Cut resets all connections; new ones are taken as before.
func (l *Line) Cut() {
	l.change(func() {
		for c := range l.calls {
			c.cut()
		}
	})
}

// HalfOpen swallows all that either end says from now on, up, down or both ways, also that it
// hangs up. The connections that are there stay silent for good, because TCP has no gaps; new
// ones are silent from their beginning until the line is healed or this is called again.
func (l *Line) HalfOpen(upwards, downwards bool) {
	l.change(func() {
		l.state.dead = [2]bool{upwards, downwards}
		for c := range l.calls {
			c.dead[up] = c.dead[up] || upwards
			c.dead[down] = c.dead[down] || downwards
		}
	})
}

// Delay holds every piece of what passes for so long, both ways.
func (l *Line) Delay(d time.Duration) { l.change(func() { l.state.delay = d }) }

// Throttle lets so many bytes a second pass on each connection, each way; 0 lets all pass.
func (l *Line) Throttle(perSecond int) { l.change(func() { l.state.throttle = perSecond }) }

// Refuse resets new connections at once; those that are there stay.
func (l *Line) Refuse(refuse bool) { l.change(func() { l.state.refuse = refuse }) }

// Retarget leads new connections to another server, as after a restart elsewhere.
func (l *Line) Retarget(addr string) {
	l.t.Helper()
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		l.t.Fatalf("a line leads to this machine only, not to %q", addr)
	}
	l.change(func() { l.state.target = addr })
}

// Heal makes the line good for all that comes: nothing is delayed, refused or swallowed.
// What was half open stays silent; to end it, cut.
func (l *Line) Heal() { l.change(func() { l.state = state{target: l.state.target} }) }

// Counts are the counts up to now.
func (l *Line) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := l.counts
	counts.Open = len(l.calls)
	return counts
}

func (l *Line) change(how func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	how()
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Line) accept() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		if l.state.refuse || l.closed {
			l.counts.Refused++
			reset(conn)
		} else {
			c := &call{line: l, ends: [2]net.Conn{conn}, dead: l.state.dead}
			l.counts.Taken++
			l.calls[c] = true
			l.done.Go(c.run)
		}
		l.mu.Unlock()
	}
}

// call is one connection: the browser's end and the server's.
type call struct {
	line *Line
	// The line's lock guards these.
	ends [2]net.Conn // who speaks upwards, who downwards; the server is nil until it is reached
	dead [2]bool
	over bool
}

// cut resets both ends. The caller holds the lock.
func (c *call) cut() {
	c.over = true
	delete(c.line.calls, c)
	for _, end := range c.ends {
		if end != nil {
			reset(end)
		}
	}
}

func reset(conn net.Conn) {
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func (c *call) run() {
	l := c.line
	l.mu.Lock()
	target, browser, unheard := l.state.target, c.ends[up], c.dead[up]
	l.mu.Unlock()
	if unheard { // the server never knows that anybody called
		c.carry(up, browser, nil)
		c.hangUp()
		return
	}
	server, err := net.DialTimeout("tcp", target, 10*time.Second)
	l.mu.Lock()
	if err == nil {
		c.ends[down] = server
	}
	if err != nil || c.over {
		c.cut()
		l.mu.Unlock()
		return
	}
	l.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { c.carry(up, browser, server) })
	both.Go(func() { c.carry(down, server, browser) })
	both.Wait()
	c.hangUp()
}

// hangUp closes what is left when both ends have said all.
func (c *call) hangUp() {
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	delete(c.line.calls, c)
	for _, end := range c.ends {
		if end != nil {
			end.Close()
		}
	}
}

// carry takes what one end says to the other, until the one has said all.
func (c *call) carry(way int, from, to net.Conn) {
	buf := make([]byte, 32<<10)
	gone := false // nobody takes it any more
	for {
		n, err := from.Read(buf)
		first := true
		for rest := buf[:n]; len(rest) > 0; first = false {
			n, arrives := c.pass(way, len(rest), first)
			if arrives && !gone {
				// That the other end is gone is for the other direction to tell: it knows
				// whether this end may hear of it.
				_, failed := to.Write(rest[:n])
				gone = failed != nil
			}
			c.count(way, n, arrives && !gone)
			rest = rest[n:]
		}
		if err == nil {
			continue
		}
		if _, arrives := c.pass(way, 0, true); !arrives {
			return
		}
		if err == io.EOF {
			to.(*net.TCPConn).CloseWrite()
			return
		}
		c.line.mu.Lock()
		defer c.line.mu.Unlock()
		c.cut()
		return
	}
}

// pass waits until something may pass. It says how many bytes of it, and whether they arrive.
func (c *call) pass(way, n int, first bool) (int, bool) {
	l := c.line
	for began := time.Now(); ; {
		l.mu.Lock()
		now, changed, lost := l.state, l.changed, c.dead[way] || c.over
		l.mu.Unlock()
		if lost {
			return n, false
		}
		var wait time.Duration
		if first {
			wait = now.delay
		}
		piece := n
		if now.throttle > 0 { // in twenty pieces a second, so that it flows
			piece = min(n, max(1, now.throttle/20))
			wait += time.Duration(piece) * time.Second / time.Duration(now.throttle)
		}
		if wait -= time.Since(began); wait <= 0 {
			return piece, true
		}
		select {
		case <-changed:
		case <-time.After(wait):
		}
	}
}

func (c *call) count(way, n int, arrived bool) {
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	all := &c.line.counts
	where := [2][2]*int64{{&all.LostUp, &all.Up}, {&all.LostDown, &all.Down}}[way]
	if arrived {
		*where[1] += int64(n)
	} else {
		*where[0] += int64(n)
	}
}
