package linetest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"time"
)

// Weather changes the line at random so many times, and heals it at the end. It has no clock:
// each round lasts as long as the test stays in it. The same seed is the same weather.
//
//	for round, what := range line.Weather(seed, 20) {
//		t.Logf("seed %d, round %d: %s", seed, round, what)
//		…
//	}
func (l *Line) Weather(seed uint64, rounds int) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		random := rand.New(rand.NewPCG(seed, 0))
		defer l.Heal()
		for round := range rounds {
			l.Heal()
			if !yield(round, l.turn(random)) {
				return
			}
		}
	}
}

// turn makes the weather of one round.
func (l *Line) turn(random *rand.Rand) string {
	switch random.IntN(9) {
	case 0, 1:
		return "fine"
	case 2:
		l.Cut()
		return "cut"
	case 3:
		l.HalfOpen(true, true)
		return "silent"
	case 4:
		upwards := random.IntN(2) == 0
		l.HalfOpen(upwards, !upwards)
		if upwards {
			return "silent upwards"
		}
		return "silent downwards"
	case 5: // the old connections are lost, and nobody is told
		l.HalfOpen(true, true)
		l.Heal()
		return "old connections silent"
	case 6:
		l.Refuse(true)
		if random.IntN(2) == 0 {
			return "no new connections"
		}
		l.Cut()
		return "no connections"
	case 7:
		d := time.Duration(1+random.IntN(200)) * time.Millisecond
		l.Delay(d)
		return fmt.Sprintf("delay of %s", d)
	default:
		perSecond := 1 << (10 + random.IntN(6))
		l.Throttle(perSecond)
		return fmt.Sprintf("%d bytes a second", perSecond)
	}
}
