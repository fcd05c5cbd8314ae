package flows

import "slices"

// Anew begins again in this book with a session that may stand in another version: in its
// language, in its tree where there still is one, and with the facts that survive "start
// over". The words of the given key are said in place of the greeting.
func (b *Book) Anew(s Session, key string) (Session, []Event) {
	r := &run{b: b, s: Session{Version: b.Version, Lang: s.Lang}}
	if !b.HasLanguage(s.Lang) {
		r.s.Lang = b.languages[0].Code
	}
	for _, name := range b.factOrder {
		f, v := b.facts[name], s.Facts[name]
		if f.keep && v != "" && (f.kind != factValues || slices.Contains(f.values, v)) {
			r.set([]assign{{name, v}})
		}
	}
	r.said(key)
	r.goTo(b.flows[b.treeAnew(s.State)].begin.Place)
	origin := r.s.State.clone()
	r.s.Origin = &origin
	return r.s, r.events
}

// treeAnew finds the tree of a state of another version: the one it stands in, or that of who
// the person is known to be.
func (b *Book) treeAnew(s State) string {
	name := s.At.Flow
	if len(s.Callers) > 0 {
		name = s.Callers[0].Flow
	}
	if b.HasFlow(name) {
		return name
	}
	roots := b.rootFlows()
	for _, root := range roots {
		if b.flows[root].audience == s.Facts["role"] {
			return root
		}
	}
	return roots[0]
}
