package slackchat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// Who opened their Home may look at it still when one of their requests changes: it is shown anew
// then. Slack says when it is opened and never when it is left.
const (
	// homeOpen is how long after the last opening a Home is kept up.
	homeOpen = time.Hour
	// homeSettles is how long changes may go on before they are shown, and homeRests how long a Home
	// is left alone then: what an agent does is several changes at once.
	homeSettles = time.Second
	homeRests   = 5 * time.Second
	// mostHomes is how many are kept up at once. Others are as they were until they are opened again.
	mostHomes = 1000
)

// homes are those that are kept up, by person.
type homes struct {
	mu           sync.Mutex
	by           map[string]*viewer
	work         sync.WaitGroup
	settle, rest time.Duration
}

// viewer is somebody who looks at their Home.
type viewer struct {
	// showing keeps what is older from being shown over what is newer.
	showing sync.Mutex
	opened  time.Time
}

// homeOpened shows somebody their Home, and keeps it up for a while.
func (s *Slack) homeOpened(ctx context.Context, team, user string) error {
	p, err := s.who(ctx, team, user)
	if err != nil {
		return err
	}
	v := s.keepUp(p)
	v.showing.Lock()
	defer v.showing.Unlock()
	return s.home(ctx, p)
}

// keepUp has a Home shown anew when something changes from now on.
func (s *Slack) keepUp(p person) *viewer {
	h := &s.homes
	h.mu.Lock()
	defer h.mu.Unlock()
	if v := h.by[p.key()]; v != nil {
		v.opened = s.o.Now()
		return v
	}
	v := &viewer{opened: s.o.Now()}
	if len(h.by) >= mostHomes {
		return v
	}
	if h.by == nil {
		h.by = map[string]*viewer{}
	}
	h.by[p.key()] = v
	wake, stop := s.core.WatchTickets(p.key())
	h.work.Go(func() {
		defer stop()
		for s.running.Err() == nil {
			select {
			case <-s.running.Done():
			case <-time.After(homeOpen):
			case <-wake:
				s.showAnew(p, v)
			}
			if h.left(p.key(), s.o.Now()) {
				return
			}
		}
	})
	return v
}

// left says whether somebody has not opened their Home for long, and forgets them then.
func (h *homes) left(key string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(h.by[key].opened) < homeOpen {
		return false
	}
	delete(h.by, key)
	return true
}

// showAnew shows a Home after a change. That it fails is no loss: it is shown when it is opened.
func (s *Slack) showAnew(p person, v *viewer) {
	if sleep(s.running, s.homes.settle) != nil {
		return
	}
	for {
		v.showing.Lock()
		ctx, cancel := context.WithTimeout(s.running, workTime)
		err := s.home(ctx, p)
		cancel()
		v.showing.Unlock()
		var limited *slack.RateLimitedError
		if !errors.As(err, &limited) {
			if err != nil {
				s.o.Log.Debug("Slack: a Home is out of date", "error", err)
			}
			break
		}
		if s.rest(s.running, max(limited.RetryAfter, time.Second)) != nil {
			return
		}
	}
	_ = sleep(s.running, s.homes.rest) // the next change is not lost: the wake-up waits
}
