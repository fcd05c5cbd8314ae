package openai

import (
	"sync"
	"time"
)

const (
	// failuresInRow are taken for a server that is down, and not for bad luck.
	failuresInRow = 5
	// firstRest is how long it is left alone then; each failed attempt after doubles it.
	firstRest = 30 * time.Second
	// LongestRest is the most a server is left alone, however often it fails and whatever it asks.
	LongestRest = 10 * time.Minute
)

// breaker leaves a server alone that keeps failing: people would wait for nothing.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int
	rest     time.Duration
	until    time.Time // zero: it is asked as usual
	trying   bool      // somebody tries whether it is back
}

// open says whether the server is left alone now.
func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shut()
}

func (b *breaker) shut() bool { return !b.until.IsZero() && (b.trying || b.now().Before(b.until)) }

// enter asks whether a call may be made. After a rest one may, and the others wait for how it goes.
func (b *breaker) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut() {
		return false
	}
	b.trying = !b.until.IsZero()
	return true
}

// leave tells how a call went. after is how long the server wants to be left alone, if it said so.
func (b *breaker) leave(ok bool, after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok {
		b.failures, b.rest, b.until, b.trying = 0, 0, time.Time{}, false
		return
	}
	b.failures++
	if b.failures >= failuresInRow || b.trying {
		b.rest = min(max(firstRest, 2*b.rest), LongestRest)
		b.until = b.now().Add(b.rest)
	}
	if after > 0 {
		if until := b.now().Add(min(after, LongestRest)); until.After(b.until) {
			b.until = until
		}
	}
	b.trying = false
}

// undecided takes back a call that says nothing about the server: the person has left.
func (b *breaker) undecided() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}
