package slacktest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options say which Slack. The zero value is a whole one, with an app that may do everything.
type Options struct {
	App App
	// Now is the clock. With one, time passes only in Step; without, by itself.
	Now func() time.Time
	// ID makes the ids, "C" for a channel's and so on; nil counts.
	ID func(prefix string) string
	// Listener is where it listens; nil takes a free port of this machine.
	Listener net.Listener
	// Unlimited answers any number of calls.
	Unlimited bool
	// EditWindow is how long a message may be changed; 0 for ever.
	EditWindow time.Duration
	// Wait is how long, by the wall clock, a person looks at an app that says nothing, where
	// Slack's own 3 seconds do not pass because the clock stands; 0 for 10 seconds.
	Wait time.Duration
	// HTTP, when given, sends events, presses and commands there instead of over sockets.
	HTTP *Addresses
}

// Addresses are where an app without Socket Mode listens.
type Addresses struct{ Events, Interactivity, Commands string }

// Slack is one local Slack. All of its methods may be called from anywhere.
type Slack struct {
	o      Options
	app    App
	server *http.Server
	addr   string
	stop   chan struct{}
	work   sync.WaitGroup

	mu       sync.Mutex
	change   chan struct{} // closed and made anew whenever something changes
	version  int
	ids      map[string]int
	lastTS   int64 // in microseconds
	teams    map[string]*Team
	first    *Team
	users    map[string]*User
	channels map[string]*channel
	files    map[string]*File
	uploads  map[string]*File // by the secret in their address
	views    map[string]*view
	modals   map[string][]*view // of a user, the upper last
	homes    map[string]*view   // by user
	states   map[string]state   // what a user has picked in a message
	triggers map[string]*trigger
	hooks    map[string]*hook // response URLs
	buckets  map[string]*bucket
	limited  bool
	faults   []*fault
	broken   []Violation
	calls    []Call

	http    *Addresses
	tickets map[string]bool
	conns   []*conn
	turn    int // whose turn it is among conns
	queue   []*delivery
	later   []*delivery
	flight  map[string]*delivery
	past    map[string]string // envelopes that are over: why
	lost    []string          // ids of events that were given up
	paused  bool
	mute    bool
	twice   int // envelopes that will be sent twice
	last    chan struct{}
}

// TB is what New needs of a test.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// New starts a Slack for the length of a test.
func New(t TB, o Options) *Slack {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a Slack, which Close ends.
func Start(o Options) (*Slack, error) {
	if o.Wait == 0 {
		o.Wait = 10 * time.Second
	}
	s := &Slack{
		o: o, app: o.App.filled(), stop: make(chan struct{}), change: make(chan struct{}), http: o.HTTP,
		ids: map[string]int{}, teams: map[string]*Team{}, users: map[string]*User{}, channels: map[string]*channel{},
		files: map[string]*File{}, uploads: map[string]*File{}, views: map[string]*view{}, modals: map[string][]*view{},
		homes: map[string]*view{}, states: map[string]state{}, triggers: map[string]*trigger{}, hooks: map[string]*hook{},
		buckets: map[string]*bucket{}, limited: !o.Unlimited, tickets: map[string]bool{},
		flight: map[string]*delivery{}, past: map[string]string{},
	}
	l := o.Listener
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("slacktest: listen: %w", err)
		}
	}
	s.addr = l.Addr().String()
	s.first = s.Team("T00000001", "Workspace")
	s.server = &http.Server{Handler: s.routes(), ReadHeaderTimeout: time.Minute}
	s.work.Go(func() { _ = s.server.Serve(l) }) // it ends with Close, and says only that
	if o.Now == nil {
		s.work.Go(s.pass)
	}
	return s, nil
}

// pass lets time go by. A twentieth of a second is little beside the 3 that an app has.
func (s *Slack) pass() {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.Step()
		}
	}
}

// Close ends the Slack and everything that hangs on it.
func (s *Slack) Close() {
	s.mu.Lock()
	if s.stopped() {
		s.mu.Unlock()
		return
	}
	close(s.stop)
	for _, c := range s.conns {
		c.cut()
	}
	for _, d := range s.flight {
		d.abandon()
	}
	s.mu.Unlock()
	_ = s.server.Close()
	s.work.Wait()
}

func (s *Slack) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// URL is the address of the Slack, without a slash at its end.
func (s *Slack) URL() string { return "http://" + s.addr }

// API is the address that a client library takes for https://slack.com/api/.
func (s *Slack) API() string { return s.URL() + "/api/" }

func (s *Slack) now() time.Time {
	if s.o.Now != nil {
		return s.o.Now()
	}
	return time.Now()
}

// id makes an id; it is called with the lock held, as are all the small functions here.
func (s *Slack) id(prefix string) string {
	if s.o.ID != nil {
		return s.o.ID(prefix)
	}
	s.ids[prefix]++
	return fmt.Sprintf("%s%08d", prefix, s.ids[prefix])
}

// ts makes the time stamp of a message, which is its id too: later than every other.
func (s *Slack) ts() string {
	at := s.now().UnixMicro()
	if at <= s.lastTS {
		at = s.lastTS + 1
	}
	s.lastTS = at
	return fmt.Sprintf("%d.%06d", at/1e6, at%1e6)
}

func (s *Slack) touch() {
	s.version++
	close(s.change)
	s.change = make(chan struct{})
}

// Until waits until the condition holds. It looks again whenever something changes here, and a
// few times a second for what changes elsewhere.
func (s *Slack) Until(ctx context.Context, condition func() bool) error {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		s.mu.Lock()
		change := s.change
		s.mu.Unlock()
		if condition() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-change:
		case <-again.C:
		}
	}
}

// Settle waits until the app has acknowledged everything that is on its way to it.
func (s *Slack) Settle(ctx context.Context) error {
	return s.Until(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.queue) == 0 && len(s.flight) == 0
	})
}

// Violation is something that an app did and the real Slack would not have taken, or would have
// punished.
type Violation struct {
	// What is the method, or where else it happened: socket, events, view_submission, response_url.
	What string
	Why  string
}

func (v Violation) String() string { return v.What + ": " + v.Why }

// Violations are the violations so far.
func (s *Slack) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Violation(nil), s.broken...)
}

func (s *Slack) violate(what, why string, args ...any) {
	s.broken = append(s.broken, Violation{what, fmt.Sprintf(why, args...)})
	s.touch()
}

// Call is one call of the Web API that came in.
type Call struct {
	Method string
	Args   map[string]any
	// Error is the answer's code, or "" when it was ok, or what the fault was.
	Error string
}

// Calls are the calls so far of one method, or all when it is "".
func (s *Slack) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []Call
	for _, c := range s.calls {
		if method == "" || c.Method == method {
			calls = append(calls, c)
		}
	}
	return calls
}

// Lost are the ids of the events that were given up after the last attempt.
func (s *Slack) Lost() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lost...)
}
