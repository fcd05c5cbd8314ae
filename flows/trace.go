package flows

// trace is [Book.Next] that also gives the steps that were entered, in order.
func (b *Book) trace(s Session, m Move) (Session, []Event, []Place) {
	var places []Place
	next, events := b.next(s, m, func(r *run) {
		r.visit = func(st *step) { places = append(places, st.Place) }
	})
	return next, events, places
}
