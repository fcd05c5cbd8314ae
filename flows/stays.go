package flows

import "maps"

// stays says whether a line of `always` leads to the question that is being asked, with nothing
// said or remembered on the way.
func (b *Book) stays(s *Session, j *jump) bool {
	if s.Ended() || !b.near[j][s.At] {
		return false
	}
	if _, ok := b.step(s.At).body.(*askBody); !ok {
		return false // whoever asks for a person while their address is asked for gives none
	}
	again := Session{State: s.State, Lang: s.Lang}
	again.Seen = nil // how often it was asked does not matter
	after, events := b.Next(again, Move{Kind: Jump, ID: j.name})
	return after.At == s.At && !after.Ended() && len(events) == 1 && maps.Equal(after.Facts, s.Facts)
}

// nearby gives the waiting steps that can come first on the way from a place.
func (b *Book) nearby(p Place) map[Place]bool {
	out, passed := map[Place]bool{}, map[Place]bool{}
	var walk func(Place)
	walk = func(p Place) {
		st := b.step(p)
		if st == nil || passed[p] {
			return
		}
		passed[p] = true
		if _, ok := st.body.(waiter); ok {
			out[p] = true
			if f, ok := st.body.(*fillBody); !ok || !f.once {
				return
			}
		}
		if c, ok := st.body.(*callBody); ok {
			walk(c.begin.Place)
		}
		for _, r := range st.body.roads() {
			walk(r.to.Place)
		}
	}
	walk(p)
	return out
}
