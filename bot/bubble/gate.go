package bubble

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/time/rate"
)

// budget is how much of something is allowed: some at once, and in the long run at a rate.
type budget struct {
	rate  rate.Limit
	burst int
}

func (b budget) limiter() *rate.Limiter { return rate.NewLimiter(b.rate, b.burst) }

// per is a rate of so many in a time.
func per(d time.Duration, n int) rate.Limit { return rate.Every(d / time.Duration(n)) }

// remembered is how long nobody may be heard of before they are forgotten: by then every budget
// is whole again, so that it changes nothing.
const remembered = 2 * time.Hour

// How many are remembered at most, the latest of them: some 30 MB in all. Whoever has so many
// addresses that they fill this up is not to be told apart from a crowd anyway.
const (
	mostCrowds   = 1 << 14
	mostVisitors = 1 << 16
)

// crowd is everybody at one client address.
type crowd struct {
	sockets, messages, conversations, pictures, transcripts *rate.Limiter
}

// gate keeps those who ask for too much from those who ask for a little.
type gate struct {
	limits limits

	mu       sync.Mutex
	crowds   *expirable.LRU[netip.Prefix, *crowd]
	visitors *expirable.LRU[string, *rate.Limiter]
	// These are counts of what is going on, and go back to nothing by themselves.
	open      map[netip.Prefix]int
	tabs      map[string]int // by the address of the conversation
	uploads   map[netip.Prefix]int
	uploading int
}

func newGate(l limits) *gate {
	return &gate{
		limits:   l,
		crowds:   expirable.NewLRU[netip.Prefix, *crowd](mostCrowds, nil, remembered),
		visitors: expirable.NewLRU[string, *rate.Limiter](mostVisitors, nil, remembered),
		open:     map[netip.Prefix]int{},
		tabs:     map[string]int{},
		uploads:  map[netip.Prefix]int{},
	}
}

// recall gives what is known of a key, from now on for another while.
func recall[K comparable, V any](cache *expirable.LRU[K, V], key K, fresh func() V) V {
	v, ok := cache.Get(key)
	if !ok {
		v = fresh()
	}
	cache.Add(key, v)
	return v
}

func (g *gate) crowd(from netip.Prefix) *crowd {
	g.mu.Lock()
	defer g.mu.Unlock()
	return recall(g.crowds, from, func() *crowd {
		return &crowd{
			sockets:       g.limits.sockets.limiter(),
			messages:      g.limits.messages.limiter(),
			conversations: g.limits.conversations.limiter(),
			pictures:      g.limits.pictures.limiter(),
			transcripts:   g.limits.transcripts.limiter(),
		}
	})
}

func (g *gate) visitor(address string) *rate.Limiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	return recall(g.visitors, address, g.limits.visitor.limiter)
}

// taken is what was spent and can be given back.
type taken []*rate.Reservation

// back undoes it, as of the moment in which it was spent.
func (t taken) back(then time.Time) {
	for _, r := range t {
		r.CancelAt(then)
	}
}

// take spends one of each budget, or of none: then wait says how long until it could.
func take(now time.Time, all ...*rate.Limiter) (t taken, wait time.Duration) {
	for _, l := range all {
		r := l.ReserveN(now, 1)
		t = append(t, r)
		wait = max(wait, r.DelayFrom(now))
	}
	if wait > 0 {
		t.back(now)
		return nil, wait
	}
	return t, 0
}

// enter lets a socket in, or says when to come again. Whoever got in leaves once.
func (g *gate) enter(from netip.Prefix, now time.Time) (wait time.Duration) {
	g.mu.Lock()
	full := g.open[from] >= g.limits.open
	if !full {
		g.open[from]++ // at once, so that no two take the last place
	}
	g.mu.Unlock()
	if full {
		return g.limits.crowded
	}
	if _, wait = take(now, g.crowd(from).sockets); wait > 0 {
		g.leave(from)
	}
	return wait
}

func (g *gate) leave(from netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	less(g.open, from)
}

// sit gives a socket a place at a conversation, unless too many have one. Whoever got one rises once.
func (g *gate) sit(address string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tabs[address] >= g.limits.tabs {
		return false
	}
	g.tabs[address]++
	return true
}

func (g *gate) rise(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	less(g.tabs, address)
}

// upload lets an upload begin, unless too many are under way: each may hold a whole picture in
// memory. Whoever got in is done once.
func (g *gate) upload(from netip.Prefix) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.uploading >= g.limits.uploads || g.uploads[from] >= g.limits.uploadsEach {
		return false
	}
	g.uploading++
	g.uploads[from]++
	return true
}

func (g *gate) uploaded(from netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.uploading--
	less(g.uploads, from)
}

func less[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}
