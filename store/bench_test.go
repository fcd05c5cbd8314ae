package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkCommit measures turns of two messages, each in its producer's own conversation,
// committed one by one and in the groups that come about by themselves.
func BenchmarkCommit(b *testing.B) {
	for _, producers := range []int{1, 64, 500} {
		for _, g := range []struct {
			name string
			opt  options
		}{
			{"alone", options{group: 1}},
			{"natural", defaults},
		} {
			b.Run(fmt.Sprintf("producers=%d/%s", producers, g.name), func(b *testing.B) {
				benchmarkCommit(b, producers, g.opt)
			})
		}
	}
}

func benchmarkCommit(b *testing.B, producers int, opt options) {
	db := opened(b, newFile(b), opt)
	for i := range producers {
		if err := db.Commit(b.Context(), talk(fmt.Sprint(i), 2)); err != nil {
			b.Fatal(err)
		}
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for i := range producers {
		all.Go(func() {
			turn := talk(fmt.Sprint(i), 2)
			for left.Add(-1) >= 0 {
				c := turn.Conversation
				c.Version++
				turn = talkOn(c, turn.Contact, 2)
				if err := db.Commit(context.Background(), turn); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
}
