package bubble

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"
)

// mailed knows the wishes for a transcript that were met a short while ago: the widget sends one
// again when the answer was lost, and nobody wants the mail twice. The core has no id to tell by.
type mailed struct {
	done  *expirable.LRU[string, struct{}]
	doing *singleflight.Group
}

func newMailed() mailed {
	return mailed{done: expirable.NewLRU[string, struct{}](1<<13, nil, time.Hour), doing: &singleflight.Group{}}
}

// once does it unless it was done for this visitor under this id. Who asks meanwhile gets the
// same answer.
func (m mailed) once(address, id string, do func() error) error {
	key := address + " " + id
	_, err, _ := m.doing.Do(key, func() (any, error) {
		if m.done.Contains(key) {
			return nil, nil
		}
		err := do()
		if err == nil {
			m.done.Add(key, struct{}{})
		}
		return nil, err
	})
	return err
}
