package bot

import (
	"sync"

	"github.com/google/uuid"
)

// newID gives an id that sorts by time (UUID version 7, RFC 9562), so that new rows stand
// beside each other in the database.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// watchers are the channels to wake when something at an address changes.
type watchers struct {
	sync.Mutex
	by map[string]map[chan struct{}]bool
}

// Watch wakes a channel when something at the address changed in this process. It is a hint:
// several changes may be one wake-up. stop ends it.
func (b *Bot) Watch(channel, address string) (wake <-chan struct{}, stop func()) {
	return b.watch.add(channel + "\x00" + address)
}

// WatchTickets wakes a channel when a ticket of a person changed in this process. It is a hint, as
// with [Bot.Watch].
func (b *Bot) WatchTickets(person string) (wake <-chan struct{}, stop func()) {
	return b.watch.add(ticketsOf + "\x00" + person)
}

// ticketsOf stands where the channel of an address does; no channel is called so.
const ticketsOf = "tickets of"

func (w *watchers) add(key string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	w.Lock()
	defer w.Unlock()
	if w.by == nil {
		w.by = map[string]map[chan struct{}]bool{}
	}
	if w.by[key] == nil {
		w.by[key] = map[chan struct{}]bool{}
	}
	w.by[key][c] = true
	return c, func() {
		w.Lock()
		defer w.Unlock()
		delete(w.by[key], c)
		if len(w.by[key]) == 0 {
			delete(w.by, key)
		}
	}
}

func (w *watchers) wake(channel, address string) {
	w.Lock()
	defer w.Unlock()
	for c := range w.by[channel+"\x00"+address] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// keyed locks one name at a time, so that the messages of one conversation are thought about
// in the order in which they came.
type keyed struct {
	sync.Mutex
	by map[string]*keyLock
}

type keyLock struct {
	sync.Mutex
	users int
}

// lock waits for the name and gives what frees it.
func (k *keyed) lock(name string) (unlock func()) {
	k.Lock()
	if k.by == nil {
		k.by = map[string]*keyLock{}
	}
	l := k.by[name]
	if l == nil {
		l = &keyLock{}
		k.by[name] = l
	}
	l.users++
	k.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.Lock()
		defer k.Unlock()
		if l.users--; l.users == 0 {
			delete(k.by, name)
		}
	}
}
