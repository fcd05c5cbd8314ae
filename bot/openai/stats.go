package openai

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Failure is why a model was of no use.
type Failure string

// The failures. None of them is told to a person.
const (
	FailedLimit     Failure = "limit"       // not asked: the calls or tokens are used up
	FailedResting   Failure = "resting"     // not asked: it has failed too often just before
	FailedLate      Failure = "late"        // no answer before the deadline
	FailedLine      Failure = "line"        // it cannot be reached, or the line was cut
	FailedKey       Failure = "key"         // it refuses the key (401, 403)
	FailedUnknown   Failure = "unknown"     // no such address or model (404), or another address (3xx)
	FailedRequest   Failure = "request"     // it refuses what was asked (another 4xx)
	FailedBusy      Failure = "busy"        // it wants to be left alone (429, 503)
	FailedServer    Failure = "server"      // it is broken (another 5xx)
	FailedLarge     Failure = "large"       // the answer has no end
	FailedForm      Failure = "form"        // the answer is not of the agreed form
	FailedRefusal   Failure = "refusal"     // the model declines, or a filter stopped it
	FailedTruncated Failure = "truncated"   // the answer ends in the middle
	FailedLeft      Failure = "interrupted" // nobody waits for the answer any more
)

// failed is an error that is one of those. It holds nothing that was sent or received.
type failed struct {
	why Failure
	// after is how long the server wants to be left alone.
	after time.Duration
}

func (f *failed) Error() string { return "the model was of no use: " + string(f.why) }

// Stats are what a process has asked a model since it started.
type Stats struct {
	// Calls were made; Failures counts them, and those that were not made, by what was wrong.
	Calls    int
	Failures map[Failure]int
	// TokensIn and TokensOut are what the server says it counted, or an estimate where it says
	// nothing.
	TokensIn, TokensOut int
	// Median, P95 and Longest are how long the latest calls took, at most 512 of them.
	Median, P95, Longest time.Duration
	// Resting: it has failed too often, and is left alone for a while.
	Resting bool
}

// latest is how many durations are kept.
const latest = 512

type meter struct {
	mu       sync.Mutex
	calls    int
	failures map[Failure]int
	in, out  int
	took     []time.Duration
	next     int
}

func (m *meter) call(took time.Duration, in, out int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	m.in += in
	m.out += out
	if len(m.took) < latest {
		m.took = append(m.took, took)
		return
	}
	m.took[m.next] = took
	m.next = (m.next + 1) % latest
}

func (m *meter) fail(why Failure) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failures == nil {
		m.failures = map[Failure]int{}
	}
	m.failures[why]++
}

// Stats gives what was asked so far.
func (m *Model) Stats() Stats {
	m.meter.mu.Lock()
	defer m.meter.mu.Unlock()
	s := Stats{
		Calls: m.meter.calls, Failures: maps.Clone(m.meter.failures),
		TokensIn: m.meter.in, TokensOut: m.meter.out, Resting: m.breaker.open(),
	}
	if took := slices.Clone(m.meter.took); len(took) > 0 {
		slices.Sort(took)
		s.Median, s.P95, s.Longest = took[len(took)/2], took[len(took)*95/100], took[len(took)-1]
	}
	return s
}

// LogValue gives the numbers for a log line.
func (s Stats) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.Int("calls", s.Calls), slog.Int("tokens_in", s.TokensIn), slog.Int("tokens_out", s.TokensOut),
		slog.Duration("median", s.Median.Round(time.Millisecond)), slog.Duration("p95", s.P95.Round(time.Millisecond)),
		slog.Duration("longest", s.Longest.Round(time.Millisecond)), slog.Bool("resting", s.Resting),
	}
	for _, why := range slices.Sorted(maps.Keys(s.Failures)) {
		attrs = append(attrs, slog.Int("failed_"+string(why), s.Failures[why]))
	}
	return slog.GroupValue(attrs...)
}

// logEvery is how often the numbers are logged when something was asked.
const logEvery = time.Hour

// Run logs now and then what was asked, and once more when the context ends.
func (m *Model) Run(ctx context.Context) error {
	ticker := time.NewTicker(logEvery)
	defer ticker.Stop()
	m.logUntil(ctx.Done(), ticker.C)
	return nil
}

func (m *Model) logUntil(done <-chan struct{}, tick <-chan time.Time) {
	logged := -1
	say := func() {
		s := m.Stats()
		n := s.Calls
		for _, f := range s.Failures {
			n += f
		}
		if n != logged {
			m.o.Log.Info("model", "stats", s)
		}
		logged = n
	}
	for {
		select {
		case <-done:
			say()
			return
		case <-tick:
			say()
		}
	}
}
