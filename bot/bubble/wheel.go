package bubble

import (
	"context"
	"sync"
	"time"
)

// spokes is how many groups the sockets are pinged in: one ticker wakes for a thirtieth of
// them at a time, where a ticker each would cost every socket memory and a timer.
const spokes = 30

// wheel knows all sockets, and pings each once a turn.
type wheel struct {
	mu      sync.Mutex
	spokes  [spokes]map[*socket]struct{}
	next    int
	open    int
	stopped bool
	gone    chan struct{} // closed when stopped and empty
}

func (w *wheel) init() {
	for i := range w.spokes {
		w.spokes[i] = map[*socket]struct{}{}
	}
	w.gone = make(chan struct{})
}

// add takes a socket in; false when the wheel has stopped.
func (w *wheel) add(s *socket) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	s.spoke = w.next
	w.next = (w.next + 1) % spokes
	w.spokes[s.spoke][s] = struct{}{}
	w.open++
	return true
}

func (w *wheel) remove(s *socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.spokes[s.spoke], s)
	w.open--
	if w.stopped && w.open == 0 {
		close(w.gone)
	}
}

// over says whether the end has begun.
func (w *wheel) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopped
}

func (w *wheel) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open
}

// turn pings until the context ends.
func (w *wheel) turn(ctx context.Context, round time.Duration) {
	tick := time.NewTicker(round / spokes)
	defer tick.Stop()
	for i := 0; ; i = (i + 1) % spokes {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, s := range w.spoke(i) {
			s.ping()
		}
	}
}

func (w *wheel) spoke(i int) []*socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]*socket, 0, len(w.spokes[i]))
	for s := range w.spokes[i] {
		all = append(all, s)
	}
	return all
}

// stop lets no more sockets in, and gives those that are there.
func (w *wheel) stop() []*socket {
	w.mu.Lock()
	if !w.stopped {
		w.stopped = true
		if w.open == 0 {
			close(w.gone)
		}
	}
	w.mu.Unlock()
	var all []*socket
	for i := range spokes {
		all = append(all, w.spoke(i)...)
	}
	return all
}

// empty waits until the last socket is gone.
func (w *wheel) empty(ctx context.Context) error {
	select {
	case <-w.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
