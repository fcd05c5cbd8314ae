package slacktest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one way to fail.
type Fault struct {
	what   string
	status int
	code   string
	after  time.Duration
	hang   bool
	lose   bool
}

// Down is an answer with a status such as 500 or 503; nothing is done.
func Down(status int) Fault { return Fault{what: "http " + strconv.Itoa(status), status: status} }

// Refused is an answer with a code, such as internal_error; nothing is done.
func Refused(code string) Fault { return Fault{what: code, code: code} }

// Limited is 429 with Retry-After in whole seconds; nothing is done.
func Limited(after time.Duration) Fault {
	return Fault{what: "ratelimited", code: "ratelimited", after: after}
}

// Hung never answers; nothing is done. It ends when the caller gives up.
func Hung() Fault { return Fault{what: "hung", hang: true} }

// AnswerLost does what is asked and then breaks the connection instead of saying so.
func AnswerLost() Fault { return Fault{what: "answer lost", lose: true} }

// AnswerHung does what is asked and then says nothing until the caller gives up.
func AnswerHung() Fault { return Fault{what: "answer hung", lose: true, hang: true} }

// fault is a fault that waits for its calls.
type fault struct {
	Fault
	method string
	left   int // less than 0: for ever
}

// Fail lets the next n calls of a method fail, or all when n is less than 0. Besides the methods
// of the Web API there are socket, upload, files-pri and response_url; "*" is every one, and "chat.*"
// every one that begins so.
func (s *Slack) Fail(method string, n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{f, method, n})
}

// Heal takes all the faults back, goes on with what was paused, and sends nothing twice.
func (s *Slack) Heal() {
	s.mu.Lock()
	s.faults, s.twice, s.mute = nil, 0, false
	s.mu.Unlock()
	s.Resume()
}

// strike finds the fault for a call.
func (s *Slack) strike(method string) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		family, all := strings.CutSuffix(f.method, "*")
		if f.method != method && !(all && strings.HasPrefix(method, family)) {
			continue
		}
		if f.left--; f.left == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return nil
}

// before fails a call that shall not even be done, and says whether it did.
func (f *fault) before(w http.ResponseWriter, r *http.Request, stop chan struct{}) bool {
	switch {
	case f.lose:
		return false
	case f.hang:
		select {
		case <-r.Context().Done():
		case <-stop:
		}
		panic(http.ErrAbortHandler)
	case f.status != 0:
		http.Error(w, "upstream unavailable", f.status)
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if f.code == "ratelimited" {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(f.after.Round(time.Second).Seconds()))))
			w.WriteHeader(http.StatusTooManyRequests)
		}
		_ = json.NewEncoder(w).Encode(object{"ok": false, "error": f.code})
	}
	return true
}

// lost fails a call that was done.
func (f *fault) lost(r *http.Request, stop chan struct{}) {
	if !f.lose {
		return
	}
	if f.hang {
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	}
	panic(http.ErrAbortHandler)
}

// Pause holds back what goes to the app; Resume lets it go, and Shuffle first mixes it. Held
// back, nobody waits for the app.
func (s *Slack) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = true
}

// Resume ends a Pause.
func (s *Slack) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = false
	s.pump()
}

// Mute lets what goes to the app get lost on sockets that stay open, as when its machine sleeps;
// Heal ends it.
func (s *Slack) Mute() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = true
}

// Shuffle mixes what waits to be sent.
func (s *Slack) Shuffle(seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := rand.New(rand.NewPCG(seed, seed))
	r.Shuffle(len(s.queue), func(i, j int) { s.queue[i], s.queue[j] = s.queue[j], s.queue[i] })
}

// Twice sends the next n things twice.
func (s *Slack) Twice(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.twice += n
}

// Chaos does one bad thing after another, as its seed says.
type Chaos struct {
	s *Slack
	r *rand.Rand
}

// Chaos begins a chaos, which goes on with its Step.
func (s *Slack) Chaos(seed uint64) *Chaos {
	return &Chaos{s, rand.New(rand.NewPCG(seed, 0x51ac))}
}

// Step does the next thing and says what it was. Much of the time it is nothing.
func (c *Chaos) Step() string {
	methods := []string{"chat.postMessage", "chat.update", "chat.*", "*", "conversations.*", "views.*", "apps.connections.open", "users.*", "files.*"}
	method := methods[c.r.IntN(len(methods))]
	n := 1 + c.r.IntN(3)
	fail := func(f Fault) string {
		c.s.Fail(method, n, f)
		return method + ": " + f.what + " × " + strconv.Itoa(n)
	}
	switch c.r.IntN(22) {
	case 0:
		return fail(Down([]int{500, 502, 503}[c.r.IntN(3)]))
	case 1:
		return fail(Refused([]string{"internal_error", "fatal_error", "service_unavailable"}[c.r.IntN(3)]))
	case 2, 20, 21:
		return fail(Limited(time.Duration(1+c.r.IntN(30)) * time.Second))
	case 3:
		return fail(AnswerLost())
	case 4:
		c.s.Drop(0)
		return "all sockets cut"
	case 5:
		c.s.Drop(1)
		return "a socket cut"
	case 6:
		c.s.Disconnect("refresh_requested", 1)
		return "a socket refreshed"
	case 7:
		c.s.Twice(n)
		return strconv.Itoa(n) + " twice"
	case 8:
		c.s.Pause()
		return "paused"
	case 9:
		c.s.Shuffle(c.r.Uint64())
		c.s.Resume()
		return "shuffled"
	case 10, 11:
		c.s.Resume()
		return "resumed"
	case 12:
		c.s.Disconnect("warning", 0)
		return "warned"
	}
	return ""
}
