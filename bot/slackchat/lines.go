package slackchat

import (
	"sync"
	"time"
)

// mostAtOnce is how many lines are worked off side by side.
const mostAtOnce = 32

// lines do one thing after the other in each conversation, and conversations side by side. Of
// what waits in a line the earliest goes first: two sockets may bring it out of order.
type lines struct {
	mu    sync.Mutex
	by    map[string]*[]job
	work  sync.WaitGroup
	slots chan struct{}
	woken chan struct{} // closed, and made anew, when what is held is to be tried at once
}

type job struct {
	// at is Slack's time stamp.
	at string
	// do does it. It gives how long to hold the line before it is done again, 0 when it is over:
	// what came later does not go first because this has to wait.
	do func() (again time.Duration)
}

// put adds something to a line.
func (l *lines) put(line string, j job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by, l.slots = map[string]*[]job{}, make(chan struct{}, mostAtOnce)
	}
	if waiting, ok := l.by[line]; ok {
		*waiting = append(*waiting, j)
		return
	}
	l.by[line] = &[]job{j}
	l.work.Go(func() { l.run(line) })
}

func (l *lines) run(line string) {
	for {
		l.slots <- struct{}{}
		j, woken, ok := l.next(line)
		again := time.Duration(0)
		if ok {
			again = j.do()
		}
		<-l.slots
		switch {
		case !ok:
			return
		case again > 0:
			l.back(line, j)
			t := time.NewTimer(again)
			select {
			case <-t.C:
			case <-woken:
			}
			t.Stop()
		}
	}
}

// next takes the earliest out of a line, or ends the line when nothing is in it. woken is closed
// when somebody wakes what is held from now on.
func (l *lines) next(line string) (j job, woken <-chan struct{}, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.by[line]
	if len(*waiting) == 0 {
		delete(l.by, line)
		return job{}, nil, false
	}
	first := 0
	for i, j := range *waiting {
		if j.at < (*waiting)[first].at {
			first = i
		}
	}
	j = (*waiting)[first]
	*waiting = append((*waiting)[:first:first], (*waiting)[first+1:]...)
	return j, l.waking(), true
}

// awake is closed when somebody wakes what is held.
func (l *lines) awake() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waking()
}

// back puts something before what else waits in its line.
func (l *lines) back(line string, j job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.by[line]
	*waiting = append([]job{j}, *waiting...)
}

func (l *lines) waking() chan struct{} {
	if l.woken == nil {
		l.woken = make(chan struct{})
	}
	return l.woken
}

// wake has everything that is held tried at once.
func (l *lines) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.waking())
	l.woken = nil
}

// wait waits until all lines are empty.
func (l *lines) wait() { l.work.Wait() }
