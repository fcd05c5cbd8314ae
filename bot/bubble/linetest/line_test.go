package linetest

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// long is for what must come; quiet for what must not, as long as a loopback is slow at most.
const (
	long  = 30 * time.Second
	quiet = 300 * time.Millisecond
)

// world is a line, and a server whose ends of the connections a test holds itself.
type world struct {
	t    *testing.T
	line *Line
	came chan net.Conn
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, came: make(chan net.Conn, 10)}
	w.line = Listen(t, w.server(t))
	return w
}

// server is one more server, whose connections come to the same place.
func (w *world) server(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			w.came <- conn
		}
	}()
	return listener.Addr().String()
}

// end is one end of a connection, for tests.
type end struct {
	t *testing.T
	net.Conn
}

func (w *world) dial() end {
	w.t.Helper()
	conn, err := net.DialTimeout("tcp", w.line.Addr(), long)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	return end{w.t, conn}
}

// turnedAway dials and is reset: already while it dials, where the line is quicker, or just after.
func (w *world) turnedAway() {
	w.t.Helper()
	conn, err := net.DialTimeout("tcp", w.line.Addr(), long)
	if errors.Is(err, syscall.ECONNRESET) {
		return
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	end{w.t, conn}.isReset()
}

func (w *world) connect() (client, server end) {
	w.t.Helper()
	client = w.dial()
	select {
	case conn := <-w.came:
		return client, end{w.t, conn}
	case <-time.After(long):
		w.t.Fatal("the server was not reached")
		return
	}
}

func (e end) says(text string) {
	e.t.Helper()
	if _, err := e.Write([]byte(text)); err != nil {
		e.t.Errorf("say %q: %v", text, err)
	}
}

func (e end) hears(want string) {
	e.t.Helper()
	buf := make([]byte, len(want))
	e.SetReadDeadline(time.Now().Add(long))
	if n, err := io.ReadFull(e, buf); err != nil || string(buf) != want {
		e.t.Errorf("heard %q, %v; want %q", buf[:n], err, want)
	}
}

// ends gives why nothing more is heard; what is heard is an error of the test.
func (e end) ends(within time.Duration) error {
	e.t.Helper()
	buf := make([]byte, 100)
	e.SetReadDeadline(time.Now().Add(within))
	n, err := e.Read(buf)
	if n > 0 {
		e.t.Errorf("heard %q", buf[:n])
	}
	return err
}

// hearsNothing: no byte, and not that the connection ended either.
func (e end) hearsNothing() {
	e.t.Helper()
	if err := e.ends(quiet); !errors.Is(err, os.ErrDeadlineExceeded) {
		e.t.Errorf("a silent connection ended: %v", err)
	}
}

func (e end) isReset() {
	e.t.Helper()
	if err := e.ends(long); !errors.Is(err, syscall.ECONNRESET) {
		e.t.Errorf("the connection ended with %v, not with a reset", err)
	}
}

// until waits for a count.
func (w *world) until(what string, ok func(Counts) bool) {
	w.t.Helper()
	for end := time.Now().Add(long); !ok(w.line.Counts()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s; the counts are %+v", what, w.line.Counts())
		}
	}
}

func TestAGoodLine(t *testing.T) {
	w := newWorld(t)
	client, server := w.connect()
	client.says("question")
	server.hears("question")
	server.says("answer")
	client.hears("answer")
	// Either end may have said all before the other has.
	client.Conn.(*net.TCPConn).CloseWrite()
	if err := server.ends(long); err != io.EOF {
		t.Errorf("the end of what the client says is %v", err)
	}
	server.says("one more")
	client.hears("one more")
	server.Close()
	if err := client.ends(long); err != io.EOF {
		t.Errorf("the end of what the server says is %v", err)
	}
	w.until("nothing is open", func(c Counts) bool { return c.Open == 0 })
	if got, want := w.line.Counts(), (Counts{Taken: 1, Up: 8, Down: 14}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
}

func TestAResetPasses(t *testing.T) {
	w := newWorld(t)
	client, server := w.connect()
	reset(client.Conn)
	server.isReset()
	client, server = w.connect()
	reset(server.Conn)
	client.isReset()
}

func TestCut(t *testing.T) {
	w := newWorld(t)
	one, oneServer := w.connect()
	two, twoServer := w.connect()
	w.line.Cut()
	if n := w.line.Counts().Open; n != 0 {
		t.Errorf("%d connections are open after a cut", n)
	}
	for _, e := range []end{one, oneServer, two, twoServer} {
		e.isReset()
	}
	client, server := w.connect()
	client.says("again")
	server.hears("again")
}

func TestHalfOpen(t *testing.T) {
	for _, c := range []struct {
		name                string
		upwards, downwards  bool
		lostUp, lostDown    int64
		clientHas, hostsHas bool
	}{
		{name: "up", upwards: true, lostUp: 4, clientHas: true},
		{name: "down", downwards: true, lostDown: 6, hostsHas: true},
		{name: "both", upwards: true, downwards: true, lostUp: 4, lostDown: 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			client, server := w.connect()
			client.says("before")
			server.hears("before")
			w.line.HalfOpen(c.upwards, c.downwards)
			client.says("ping")
			server.says("answer")
			if c.clientHas {
				client.hears("answer")
			} else {
				client.hearsNothing()
			}
			if c.hostsHas {
				server.hears("ping")
			} else {
				server.hearsNothing()
			}
			w.until("what was swallowed is counted", func(n Counts) bool { return n.LostUp == c.lostUp && n.LostDown == c.lostDown })
			if n := w.line.Counts().Open; n != 1 {
				t.Errorf("%d connections are open", n)
			}
			// Nor does the silent way tell that somebody hung up.
			client.Close()
			if c.upwards {
				server.hearsNothing()
				server.says("are you there?")
			} else if err := server.ends(long); err != io.EOF {
				t.Errorf("the client hung up, the server heard %v", err)
			}
		})
	}
}

func TestWhatWasHalfOpenStaysSilent(t *testing.T) {
	w := newWorld(t)
	old, oldServer := w.connect()
	w.line.HalfOpen(true, true)
	fresh := w.dial() // connects, and reaches nobody
	fresh.says("hello?")
	fresh.hearsNothing()
	if len(w.came) > 0 {
		t.Error("a connection over a silent line reached the server")
	}
	w.line.Heal()
	client, server := w.connect()
	client.says("fine")
	server.hears("fine")
	for _, e := range []end{old, oldServer, fresh} {
		e.says("lost")
	}
	for _, e := range []end{old, oldServer, fresh} {
		e.hearsNothing()
	}
	w.line.Cut()
	for _, e := range []end{old, oldServer, fresh, client, server} {
		e.isReset()
	}
}

func TestASilentEndNeverBlocks(t *testing.T) {
	w := newWorld(t)
	client, _ := w.connect()
	w.line.HalfOpen(true, true)
	w.line.Throttle(1)
	client.SetWriteDeadline(time.Now().Add(long))
	if n, err := client.Write(make([]byte, 20<<20)); err != nil {
		t.Errorf("after %d bytes: %v", n, err)
	}
}

func TestDelay(t *testing.T) {
	w := newWorld(t)
	client, server := w.connect()
	const d = 200 * time.Millisecond
	w.line.Delay(d)
	began := time.Now()
	client.says("question")
	server.hears("question")
	server.says("answer")
	client.hears("answer")
	if took := time.Since(began); took < 2*d {
		t.Errorf("there and back took %s, with %s each way", took, d)
	}
	// What waits is let go when the line heals, and is lost when it falls silent.
	w.line.Delay(time.Hour)
	client.says("waiting")
	w.line.Heal()
	server.hears("waiting")
	w.line.Delay(time.Hour)
	client.says("too late")
	w.line.HalfOpen(true, false)
	w.until("it is lost", func(c Counts) bool { return c.LostUp == 8 })
	server.hearsNothing()
}

func TestThrottle(t *testing.T) {
	w := newWorld(t)
	client, server := w.connect()
	all := strings.Repeat("x", 5_000)
	w.line.Throttle(10_000)
	began := time.Now()
	client.says(all)
	server.hears(all)
	if took := time.Since(began); took < 450*time.Millisecond {
		t.Errorf("half a second's bytes took %s", took)
	}
	// It flows, and does not come all at once: the whole would take most of a minute.
	w.line.Throttle(100)
	client.says(all)
	server.hears(all[:10])
	w.line.Throttle(0)
	server.hears(all[10:])
}

func TestRefuse(t *testing.T) {
	w := newWorld(t)
	client, server := w.connect()
	w.line.Refuse(true)
	w.turnedAway()
	client.says("still here")
	server.hears("still here")
	w.line.Refuse(false)
	w.connect()
	if got := w.line.Counts(); got.Taken != 2 || got.Refused != 1 || got.Open != 2 {
		t.Errorf("counts %+v", got)
	}
}

func TestRetarget(t *testing.T) {
	w := newWorld(t)
	old, oldServer := w.connect()
	second := &world{t: t, line: w.line, came: make(chan net.Conn, 1)}
	w.line.Retarget(second.server(t))
	client, server := second.connect()
	client.says("to the second")
	server.hears("to the second")
	old.says("to the first")
	oldServer.hears("to the first")

	// A server that is gone is one that resets.
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	w.line.Retarget(gone.Addr().String())
	w.turnedAway()
}

func TestWeather(t *testing.T) {
	run := func(seed uint64) []string {
		w := newWorld(t)
		var all []string
		for round, what := range w.line.Weather(seed, 200) {
			if round != len(all) {
				t.Fatalf("round %d comes after %d others", round, len(all))
			}
			all = append(all, what)
		}
		client, server := w.connect()
		client.says("the sun shines")
		server.hears("the sun shines")
		return all
	}
	one := run(1)
	if len(one) != 200 || !slices.Equal(one, run(1)) {
		t.Error("the same seed is not the same weather")
	}
	if slices.Equal(one, run(2)) {
		t.Error("another seed is the same weather")
	}
	for _, kind := range []string{"fine", "cut", "silent", "silent upwards", "silent downwards", "old connections silent", "no new connections", "no connections", "delay", "bytes a second"} {
		if !slices.ContainsFunc(one, func(what string) bool { return strings.Contains(what, kind) }) {
			t.Errorf("no %q in %q", kind, one)
		}
	}
	// A test that leaves early leaves a good line.
	w := newWorld(t)
	for _, what := range w.line.Weather(1, 200) {
		if what == "silent" {
			break
		}
	}
	client, server := w.connect()
	client.says("fine")
	server.hears("fine")
}

// Everything at once: for the race detector, and that nothing is left behind or mixed up.
func TestManyThroughTheWeather(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.Copy(conn, conn)
			}()
		}
	}()
	line := Listen(t, listener.Addr().String())
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			word := []byte{byte('a' + i)}
			for {
				select {
				case <-stop:
					return
				default:
				}
				conn, err := net.DialTimeout("tcp", line.Addr(), long)
				if err != nil {
					continue
				}
				conn.SetDeadline(time.Now().Add(20 * time.Millisecond))
				got := make([]byte, 1)
				for range 50 {
					if _, err := conn.Write(word); err != nil {
						break
					}
					if _, err := io.ReadFull(conn, got); err != nil {
						break
					}
					if got[0] != word[0] {
						t.Errorf("sent %q, got %q", word, got)
					}
				}
				conn.Close()
			}
		})
	}
	for range line.Weather(7, 100) {
		for before := line.Counts(); line.Counts().Taken+line.Counts().Refused < before.Taken+before.Refused+4; time.Sleep(time.Millisecond) {
		}
	}
	close(stop)
	clients.Wait()
	line.Cut()
	if got := line.Counts(); got.Open != 0 || got.Up == 0 || got.Down == 0 || got.LostUp == 0 || got.Refused == 0 {
		t.Errorf("counts %+v", got)
	}
}
