package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// path gives the nodes from the beginning to one.
func (v *verifier) path(i int) []int {
	var out []int
	for ; i >= 0; i = v.nodes[i].from {
		out = append(out, i)
	}
	slices.Reverse(out)
	return out
}

// replay plays a breach with complete sessions. Where they are not as the way assumed, it was
// none; wrong is the assumption to tell apart from then on, the most telling one. How often
// steps were put before is taken as the way assumed it: a rule must hold however often somebody
// has gone round.
func (v *verifier) replay(br breach) (real bool, wrong *assumption) {
	path := v.path(br.node)
	s := v.start(path[0])
	bits := uint64(0)
	var all []assumption
	for _, i := range path[1:] {
		n := v.nodes[i]
		all = append(all, v.assume(&s, n.assumed.all())...)
		s, bits, _ = v.complete(s, bits, n.move)
		if !sameWay(s.State, n.State) {
			return false, v.telling(all)
		}
	}
	all = append(all, v.assume(&s, br.assumed.all())...)
	if len(all) > 0 {
		return false, v.telling(all)
	}
	before := s
	s, _, broken := v.complete(s, bits, br.moves[0])
	return broken || (v.promise == nil || v.promise.move != "") && v.breaksCompletely(before, s, br.moves[0]), nil
}

// start begins a conversation as the class at the head of a path does.
func (v *verifier) start(i int) Session {
	s, _ := v.b.Start(v.nodes[i].At.Flow, v.b.languages[0].Code, v.given(i))
	return s
}

// given are the facts the class at the head of a path was begun with.
func (v *verifier) given(i int) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"name", "email"} {
		if v.nodes[i].Facts[name] != "" {
			out[name] = sampleFill
		}
	}
	return out
}

// assume makes a complete session what a way assumed of it, and gives the assumptions about
// facts that did not hold.
func (v *verifier) assume(s *Session, assumed []assumption) []assumption {
	s.State = s.State.clone()
	if s.Seen == nil {
		s.Seen = map[string]int{}
	}
	if s.Facts == nil {
		s.Facts = map[string]string{}
	}
	var changed []assumption
	for _, a := range assumed {
		if a.step != "" {
			s.Seen[a.step] = 0
			if a.often {
				s.Seen[a.step] = maxGiven
			}
		}
		if a.holds(s.State) {
			continue
		}
		if a.step != "" {
			a.values = []string{""} // it was to be unknown
		}
		changed = append(changed, a)
		delete(s.Facts, a.fact)
		if a.values[0] != "" {
			s.Facts[a.fact] = strings.Replace(a.values[0], anything, sampleFill, 1)
		}
	}
	return changed
}

// telling gives the assumption to tell apart next: rather about a fact that promises name than
// about one that only decides what is asked for a ticket, rather one with few values than text.
func (v *verifier) telling(all []assumption) *assumption {
	rank := func(name string) int {
		for _, p := range v.b.promises {
			if slices.Contains(p.cond.facts(), name) {
				return 0
			}
		}
		if f := v.b.facts[name]; f != nil && f.kind == factValues {
			return 1
		}
		return 2
	}
	if len(all) == 0 {
		return nil
	}
	best := slices.MinFunc(all, func(a, b assumption) int { return cmp.Compare(rank(a.fact), rank(b.fact)) })
	return &best
}

// complete follows a move with a complete session, and says whether the promise was broken.
func (v *verifier) complete(s Session, bits uint64, m Move) (Session, uint64, bool) {
	broken := false
	if m.Kind == Restart {
		bits = 0
	}
	var r *run
	next, _ := v.b.next(s, m, func(run *run) {
		r = run
		r.visit = func(st *step) bool {
			broken = broken || v.breaks(st, bits, r.s.Facts) != ""
			for _, g := range st.gives {
				bits |= v.tags[g]
			}
			return true
		}
	})
	return next, bits, broken
}

// breaksCompletely looks at the rules that are not about a single step with complete sessions.
func (v *verifier) breaksCompletely(before, after Session, m Move) bool {
	if v.promise != nil {
		passed := false
		v.b.next(before, m, func(r *run) {
			r.visit = func(st *step) bool {
				passed = passed || slices.ContainsFunc(st.gives, func(g string) bool { return slices.Contains(v.promise.gives, g) })
				return true
			}
		})
		return !passed && after.Unclear == 0
	}
	if m != (Move{Kind: Jump, ID: JumpPerson}) {
		return true
	}
	if after.Outcome == OutcomeTicket {
		return false
	}
	st := v.b.step(after.At)
	return !slices.ContainsFunc(v.answers(after.State, st), func(m Move) bool {
		next, _ := v.b.Next(after, m)
		return next.Outcome == OutcomeTicket
	})
}

func sameWay(a, b State) bool {
	return a.At == b.At && a.Outcome == b.Outcome && a.Queue == b.Queue && a.Suggest == b.Suggest && slices.Equal(a.Callers, b.Callers)
}

// finding writes a breach for people.
func (v *verifier) finding(br breach) Finding {
	f := Finding{Rule: br.rule, What: br.what}
	if v.promise != nil {
		f.At = v.promise.at.String()
	}
	var moves []Move
	path := v.path(br.node)
	for _, i := range path[1:] {
		moves = append(moves, v.nodes[i].move)
	}
	f.Story = v.b.Story(v.nodes[path[0]].At.Flow, v.b.languages[0].Code, v.given(path[0]), append(moves, br.moves...))
	return f
}

// Story plays moves from the beginning of a tree and writes the conversation as a transcript.
func (b *Book) Story(flowName, lang string, given map[string]string, moves []Move) string {
	var w strings.Builder
	fmt.Fprintf(&w, "as: %s\nlang: %s\n", flowName, lang)
	s, events := b.Start(flowName, lang, given)
	w.WriteString(told(events))
	for _, m := range moves {
		fmt.Fprintf(&w, "client> %s\n", b.spoken(s, m))
		s, events = b.Next(s, m)
		w.WriteString(told(events))
	}
	outcome := strings.TrimSpace(s.Outcome + " " + s.Queue)
	if outcome == "" {
		outcome = "open"
	}
	fmt.Fprintf(&w, "outcome: %s\n", outcome)
	return strings.ReplaceAll(w.String(), "  bot>", "bot>")
}

// spoken writes a move as a transcript does.
func (b *Book) spoken(s Session, m Move) string {
	switch m.Kind {
	case Fill:
		return m.Text
	case Choose:
		for _, o := range b.Moves(s) {
			if o.Move == m {
				return "[" + o.Label + "]"
			}
		}
	case Jump:
		return "<" + m.ID + ">"
	case Language:
		return "<language " + m.ID + ">"
	case Back, Restart, Wait, Silence:
		return "<" + string(m.Kind) + ">"
	}
	return "?!"
}
