package slackchat

import "sync"

// mostAtOnce is how many lines are worked off side by side.
const mostAtOnce = 32

// lines do one thing after the other in each conversation, and conversations side by side. Of
// what waits in a line the earliest goes first: two sockets may bring it out of order.
type lines struct {
	mu    sync.Mutex
	by    map[string]*[]job
	work  sync.WaitGroup
	slots chan struct{}
}

type job struct {
	// at is Slack's time stamp.
	at string
	do func()
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
		l.mu.Lock()
		waiting := l.by[line]
		if len(*waiting) == 0 {
			delete(l.by, line)
			l.mu.Unlock()
			<-l.slots
			return
		}
		first := 0
		for i, j := range *waiting {
			if j.at < (*waiting)[first].at {
				first = i
			}
		}
		j := (*waiting)[first]
		*waiting = append((*waiting)[:first:first], (*waiting)[first+1:]...)
		l.mu.Unlock()
		j.do()
		<-l.slots
	}
}

// wait waits until all lines are empty.
func (l *lines) wait() { l.work.Wait() }
