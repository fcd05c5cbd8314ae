package flows

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Report is what [Book.Verify] found.
type Report struct {
	Version string `json:"version"`
	// Steps, Choices and Promises are how much there was to look at.
	Steps    int `json:"steps"`
	Choices  int `json:"choices"`
	Promises int `json:"promises"`
	// Sessions are the classes of sessions that were walked, and Transitions the moves from one
	// to another, over all rules.
	Sessions    int `json:"sessions"`
	Transitions int `json:"transitions"`
	// Outcomes count the steps that end a conversation, by what they come to.
	Outcomes map[string]int `json:"outcomes"`
	// Median and Farthest are how many questions the shortest way to an outcome has. Bound is
	// the most questions somebody is asked who only ever answers them.
	Median   int `json:"median_questions"`
	Farthest int `json:"farthest_questions"`
	Bound    int `json:"bound_questions"`
	// Findings are the rules that do not hold, each with a conversation that shows it.
	Findings []Finding `json:"findings"`
}

// Finding is a rule that does not hold.
type Finding struct {
	// Rule is what should hold; At where it is stated, empty for the rules every tree has.
	Rule string `json:"rule"`
	At   string `json:"at,omitempty"`
	// What is what happens instead.
	What string `json:"what"`
	// Story is the shortest conversation that shows it, as a transcript.
	Story string `json:"story"`
}

// The rules every tree has, beside its promises.
const (
	rulePerson   = "a person is at most two moves away"
	ruleHops     = "steps that do not wait lead to one that does"
	ruleInPlace  = "waiting, silence, another language and what is not understood keep the place"
	rulePossible = "the moves offered at a step are possible there"
	ruleWords    = "every text is there in every language"
)

// Rules are what [Book.Verify] proves of every tree, beside its promises.
func Rules() []string { return []string{rulePerson, ruleHops, ruleInPlace, rulePossible, ruleWords} }

// Verify walks every session people can come to, with the engine itself, and proves the rules
// and the promises of the book or shows the shortest conversation that breaks one.
//
// Sessions that differ only in what a rule does not depend on are walked as one; see oracle for
// why nothing is left out. A rule begins by telling apart the facts it names. When a
// conversation is found that breaks it, it is played with complete sessions: if a fact is not as
// the way assumed, its values are told apart from then on, and the walk begins again. Facts
// have few values to tell apart, so that ends.
func (b *Book) Verify() Report {
	asks := b.allAsks()
	untold := b.untold()
	rep := Report{Version: b.Version, Outcomes: map[string]int{}, Promises: len(b.promises), Findings: []Finding{}}
	for _, f := range b.flows {
		rep.Steps += len(f.steps)
		for _, st := range f.stepList {
			switch body := st.body.(type) {
			case *askBody:
				rep.Choices += len(body.choices)
			case *fillBody:
				rep.Choices += len(body.choices)
			}
		}
	}
	rep.Findings = append(rep.Findings, untold...)
	var depths []int
	var wg sync.WaitGroup
	var mu sync.Mutex
	// A walk remembers much: only as many at once as there are processors for.
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, p := range append([]*promise{nil}, b.promises...) {
		wg.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			v, sum := b.verifyRules(p, asks)
			mu.Lock()
			defer mu.Unlock()
			rep.Sessions += sum.Sessions
			rep.Transitions += sum.Transitions
			rep.Findings = append(rep.Findings, sum.Findings...)
			if p != nil {
				return
			}
			for _, end := range v.ends() {
				rep.Outcomes[end.outcome]++
				depths = append(depths, end.questions)
			}
			rep.Bound = v.bound()
		})
	}
	wg.Wait()
	slices.SortFunc(rep.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Story, b.Story))
	})
	if len(depths) > 0 {
		slices.Sort(depths)
		rep.Median, rep.Farthest = depths[len(depths)/2], depths[len(depths)-1]
	}
	return rep
}

// untold gives the texts that are missing in a language.
func (b *Book) untold() []Finding {
	var out []Finding
	for _, t := range b.all {
		for _, l := range b.languages {
			if len(t.parts[l.Code]) == 0 {
				out = append(out, Finding{Rule: ruleWords, At: t.at.String(), What: "it is missing in " + l.Name})
			}
		}
	}
	return out
}

// verifyRules walks all trees for one promise, or for the rules every tree has.
func (b *Book) verifyRules(p *promise, asks map[Place][]string) (*verifier, Report) {
	var rep Report
	ps := newPartitions(b, p)
	for {
		v := b.walk(p, ps, asks)
		rep.Sessions += len(v.nodes)
		rep.Transitions += v.transitions
		if v.broken == nil {
			return v, rep
		}
		real, wrong := v.replay(*v.broken)
		if !real && wrong != nil && ps.split(wrong.fact, wrong.values) {
			continue
		}
		rep.Findings = append(rep.Findings, v.finding(*v.broken))
		return v, rep
	}
}

// node is a class of sessions, with the first way that was found to it.
type node struct {
	State
	bits      uint64 // what was given so far, of what the promise speaks of
	from      int    // the node before; -1 at the beginning
	move      Move
	assumed   *chain // what the way here assumed of what is not tracked
	questions int
	straight  []int // nodes reached by answering the question
}

// verifier is one walk.
type verifier struct {
	b           *Book
	promise     *promise
	ps          *partitions
	asks        map[Place][]string
	tags        map[string]uint64
	nodes       []node
	index       map[string]int
	classes     map[string]*node
	jumped      map[string][]walked // ways of jumps, by what they depend on
	entered     map[string][]walked // ways from entering a step, by what they depend on
	opens       map[string]bool     // classes one move away from a ticket
	proved      map[string]bool     // jumps that were looked at
	transitions int
	broken      *breach
}

// breach is a rule broken by a move at a node.
type breach struct {
	rule    string
	what    string
	node    int
	moves   []Move
	assumed *chain
}

func (b *Book) walk(p *promise, ps *partitions, asks map[Place][]string) *verifier {
	v := &verifier{
		b: b, promise: p, ps: ps, asks: asks, tags: map[string]uint64{}, index: map[string]int{}, classes: map[string]*node{},
		jumped: map[string][]walked{}, entered: map[string][]walked{}, opens: map[string]bool{}, proved: map[string]bool{},
	}
	if p != nil {
		for i, tag := range append(slices.Clone(p.after), p.before...) {
			v.tags[tag] = 1 << i
		}
	}
	for _, root := range b.rootFlows() {
		for _, given := range v.beginnings() {
			s, _ := b.Start(root, b.languages[0].Code, given)
			n := node{State: v.project(s.State), from: -1, questions: 1}
			v.add(n, n.key())
		}
	}
	for i := 0; i < len(v.nodes) && v.broken == nil; i++ {
		v.expand(i)
	}
	return v
}

// beginnings are the facts a conversation can begin with: a channel may know name and address.
func (v *verifier) beginnings() []map[string]string {
	out := []map[string]string{{}}
	for _, name := range []string{"name", "email"} {
		if v.ps.of[name] != nil {
			for _, g := range slices.Clone(out) {
				with := maps.Clone(g)
				with[name] = sampleFill
				out = append(out, with)
			}
		}
	}
	return out
}

// What is typed at a step that asks for a fact, while verifying.
const (
	sampleFill = "ann@example.org"
	sampleSlip = "ann@gmial.com"
	sampleNone = " "
)

// project leaves of a state what is told apart.
func (v *verifier) project(s State) State {
	facts := map[string]string{}
	for name := range v.ps.of {
		if c := v.ps.class(name, s.Facts[name]); c != "" {
			facts[name] = c
		}
	}
	return State{At: s.At, Callers: s.Callers, Facts: facts, Suggest: s.Suggest, Typed: s.Typed, Outcome: s.Outcome, Queue: s.Queue}
}

// key tells classes apart.
func (n *node) key() string {
	var k strings.Builder
	k.WriteString(n.At.Flow + "/" + n.At.Step)
	for _, c := range n.Callers {
		k.WriteString("<" + c.Flow + "/" + c.Step)
	}
	k.WriteString("|" + n.Suggest + "|" + n.Outcome + n.Queue + "|" + strconv.FormatUint(n.bits, 16))
	if len(n.Facts) > 0 {
		for _, f := range slices.Sorted(maps.Keys(n.Facts)) {
			k.WriteString(";" + f + "=" + n.Facts[f])
		}
	}
	return k.String()
}

// add keeps a node if its class is new, and gives its number.
func (v *verifier) add(n node, key string) int {
	if i, ok := v.index[key]; ok {
		return i
	}
	v.index[key] = len(v.nodes)
	v.nodes = append(v.nodes, n)
	return len(v.nodes) - 1
}

// walked is one way a move can go.
type walked struct {
	class   *node // where it comes to rest, and its key
	key     string
	assumed *chain
	broken  string // how it breaks the promise
	given   bool   // whether a step on the way gave what a promise of the kind always wants
	circles bool   // it never comes to rest
	unclear bool   // the move was not possible
}

// chain are the assumptions of a way: those of its first stretch, then those of the rest, which
// many ways share.
type chain struct {
	mine []assumption
	rest *chain
}

func (c *chain) before(rest *chain) *chain {
	if len(c.mine) == 0 {
		return rest
	}
	return &chain{c.mine, rest}
}

func (c *chain) all() []assumption {
	var out []assumption
	for ; c != nil; c = c.rest {
		out = append(out, c.mine...)
	}
	return out
}

// class keeps one of each class of sessions, however many ways lead there.
func (v *verifier) class(n node) (*node, string) {
	key := n.key()
	have, ok := v.classes[key]
	if !ok {
		have = &n
		v.classes[key] = have
	}
	return have, key
}

// ways follows a move from a state in every way an unknown fact can decide. A jump leaves the
// step, its callers and what was typed there behind, so it goes the same ways from every step
// that knows the same; TestJumpsForgetTheStep holds the engine to that.
func (v *verifier) ways(s State, bits uint64, m Move) []walked {
	if m.Kind != Jump && m.Kind != Restart {
		return v.allWays(s, bits, m)
	}
	key := v.jumpKey(s, bits, m)
	known, ok := v.jumped[key]
	if !ok {
		known = v.allWays(s, bits, m)
		v.jumped[key] = known
	}
	return known
}

// jumpKey is all that a jump depends on.
func (v *verifier) jumpKey(s State, bits uint64, m Move) string {
	from := node{State: State{At: Place{Flow: v.b.root(s)}, Facts: s.Facts}, bits: bits}
	return m.String() + " " + from.key()
}

// allWays makes the move with the engine up to the first step it enters, and goes on from there.
func (v *verifier) allWays(s State, bits uint64, m Move) []walked {
	if m.Kind == Restart {
		bits = 0
	}
	return v.each(newOracle(v.ps), bits, func(o *oracle, cut func(*run, *step) bool) *run {
		var r *run
		next, _ := v.b.next(Session{Lang: v.b.languages[0].Code, State: s}, m, func(run *run) {
			r = run
			r.oracle, r.replaying = o, true
			r.visit = func(st *step) bool { return cut(r, st) }
		})
		r.s = next
		return r
	})
}

// entry is a step about to be entered in the middle of a turn.
type entry struct {
	state State
	bits  uint64
	stuck bool
	o     *oracle // what the turn has assumed and done so far
}

// each makes one stretch of a turn in every way: from a move, or from entering a step, to the
// next step that is entered or to rest.
func (v *verifier) each(from *oracle, bits uint64, stretch func(*oracle, func(*run, *step) bool) *run) []walked {
	var out []walked
	have := map[string]bool{}
	add := func(w walked) {
		same := w.key + "|" + w.broken + strconv.FormatBool(w.given) + strconv.FormatBool(w.circles) + strconv.FormatBool(w.unclear)
		if !have[same] {
			have[same] = true
			out = append(out, w)
		}
	}
	for script := []int(nil); ; {
		o := from.resumed(script)
		var on *entry
		r := stretch(o, func(r *run, st *step) bool {
			on = &entry{v.project(r.s.State), bits, r.stuck, o}
			return false
		})
		mine := &chain{mine: slices.Clone(o.assumed)}
		if on == nil {
			n, key := v.class(node{State: v.project(r.s.State), bits: bits})
			add(walked{class: n, key: key, assumed: mine.before(nil), unclear: r.s.Unclear > 0})
		} else {
			for _, w := range v.enter(*on) {
				w.assumed = mine.before(w.assumed)
				add(w)
			}
		}
		if script = o.nextScript(); script == nil {
			return out
		}
	}
}

// enter enters a step and gives the ways from there. What was found once holds for every turn
// that comes there with nothing different that could still matter.
func (v *verifier) enter(e entry) []walked {
	sign := v.sign(e)
	if known, ok := v.entered[sign]; ok {
		if known == nil {
			n, key := v.class(node{State: e.state, bits: e.bits})
			return []walked{{class: n, key: key, circles: true}}
		}
		return known
	}
	v.entered[sign] = nil // being looked at: whoever comes here again turns in circles
	st := v.b.step(e.state.At)
	broken := v.breaks(st, e.bits, e.state.Facts)
	given := v.promise != nil && slices.ContainsFunc(st.gives, func(g string) bool { return slices.Contains(v.promise.gives, g) })
	bits := e.bits
	for _, g := range st.gives {
		bits |= v.tags[g]
	}
	out := v.each(e.o, bits, func(o *oracle, cut func(*run, *step) bool) *run {
		r := &run{b: v.b, s: Session{Lang: v.b.languages[0].Code, State: e.state.clone()}, stuck: e.stuck, oracle: o, replaying: true}
		first := true
		r.visit = func(st *step) bool {
			if first {
				first = false
				return true
			}
			return cut(r, st)
		}
		r.goTo(e.state.At)
		return r
	})
	for i := range out {
		if broken != "" {
			out[i].broken = broken
		}
		out[i].given = out[i].given || given
	}
	v.entered[sign] = out
	return out
}

// sign says all that can matter from entering a step until the turn comes to rest.
func (v *verifier) sign(e entry) string {
	n := node{State: e.state, bits: e.bits}
	var sign strings.Builder
	sign.WriteString(n.key())
	if e.stuck {
		sign.WriteString("|stuck")
	}
	if e.o.fresh {
		sign.WriteString("|fresh")
	}
	for _, name := range v.asks[e.state.At] {
		left, assumed := e.o.left[name]
		count, counted := e.o.count[name]
		if !assumed && !counted {
			continue
		}
		sign.WriteString("|" + name)
		for _, value := range left {
			sign.WriteString("," + value)
		}
		if counted {
			sign.WriteByte('0' + byte(min(count, maxGiven)))
		}
		if e.o.own[name] {
			sign.WriteByte('!')
		}
	}
	return sign.String()
}

// breaks says what an entered step does against the promise, or "".
func (v *verifier) breaks(st *step, bits uint64, facts map[string]string) string {
	p := v.promise
	if p == nil || p.move != "" {
		return ""
	}
	t, isTicket := st.body.(*ticketBody)
	_, isResolved := st.body.(*resolvedBody)
	hit := p.give != "" && slices.Contains(st.gives, p.give) ||
		p.ticket != "" && isTicket && t.queue == p.ticket ||
		p.end == OutcomeResolved && isResolved || p.end == OutcomeTicket && isTicket
	if !hit || !p.cond.holds(v.ps.facts(facts)) {
		return ""
	}
	if len(p.after) > 0 && bits&v.mask(p.after) == 0 || len(p.before) > 0 && bits&v.mask(p.before) != 0 {
		return ""
	}
	return "it comes to " + st.Place.String()
}

func (v *verifier) mask(tags []string) uint64 {
	var m uint64
	for _, t := range tags {
		m |= v.tags[t]
	}
	return m
}

// expand follows every move from a node.
func (v *verifier) expand(i int) {
	n := v.nodes[i]
	for _, m := range v.moves(n.State) {
		if m.Kind == Jump || m.Kind == Restart {
			if known, ok := v.jumped[v.jumpKey(n.State, n.bits, m)]; ok {
				v.transitions += len(known) // followed and judged from an earlier class
				continue
			}
		}
		for _, w := range v.ways(n.State, n.bits, m) {
			v.transitions++
			v.judge(i, m, w)
			if v.broken != nil {
				return
			}
			next := *w.class
			next.from, next.move, next.assumed, next.questions = i, m, w.assumed, n.questions
			if !next.Ended() {
				next.questions++
			}
			j := v.add(next, w.key)
			if (m.Kind == Choose || m.Kind == Fill) && j != i {
				v.nodes[i].straight = append(v.nodes[i].straight, j)
			}
		}
	}
	if v.promise == nil {
		v.stays(i)
		v.reachesPerson(i)
	} else if v.promise.move != "" {
		v.givesAlways(i)
	}
}

// judge notes when a move breaks a rule.
func (v *verifier) judge(i int, m Move, w walked) {
	switch {
	case w.broken != "":
		v.breach(v.promise.text, w.broken, i, w.assumed, m)
	case w.circles:
		v.breach(ruleHops, "it turns in circles at "+w.class.At.String(), i, w.assumed, m)
	case v.promise == nil && m.Kind == Choose && w.unclear:
		v.breach(rulePossible, "nothing comes of "+m.String(), i, w.assumed, m)
	}
}

func (v *verifier) breach(rule, what string, i int, assumed *chain, moves ...Move) {
	if v.broken == nil {
		v.broken = &breach{rule, what, i, moves, assumed}
	}
}

// moves gives every move that can lead somewhere, from a class of sessions.
func (v *verifier) moves(s State) []Move {
	var out []Move
	if st := v.b.step(s.At); st != nil && !s.Ended() {
		out = append(out, v.answers(s, st)...)
	}
	f := v.b.flows[v.b.root(s)]
	for _, name := range f.order {
		out = append(out, Move{Kind: Jump, ID: name})
	}
	if s.Outcome == OutcomeResolved {
		out = append(out, Move{Kind: Unclear})
	}
	return append(out, Move{Kind: Restart})
}

// answers are the moves of the waiting step itself.
func (v *verifier) answers(s State, st *step) []Move {
	var out []Move
	switch body := st.body.(type) {
	case *askBody:
		for _, c := range body.choices {
			out = append(out, Move{Kind: Choose, ID: c.id})
		}
	case *fillBody:
		if s.Suggest != "" {
			out = append(out, Move{Kind: Choose, ID: ChooseSuggested}, Move{Kind: Choose, ID: ChooseTyped})
		} else {
			for _, c := range body.choices {
				out = append(out, Move{Kind: Choose, ID: c.id})
			}
		}
		out = append(out, Move{Kind: Fill, Text: sampleFill})
		if v.b.facts[body.fact].kind == factEmail {
			out = append(out, Move{Kind: Fill, Text: sampleSlip})
		}
	}
	return out
}

// stays proves that what should not move a conversation does not.
func (v *verifier) stays(i int) {
	n := v.nodes[i]
	idle := []Move{{Kind: Wait}, {Kind: Silence}, {Kind: Chat, ID: chats[0]}}
	for _, l := range v.b.languages {
		idle = append(idle, Move{Kind: Language, ID: l.Code})
	}
	if n.Outcome != OutcomeResolved {
		idle = append(idle, Move{Kind: Unclear})
	}
	if st := v.b.step(n.At); st != nil && !n.Ended() && n.Suggest == "" {
		if _, ok := st.body.(*fillBody); ok {
			idle = append(idle, Move{Kind: Fill, Text: sampleNone})
		}
	}
	for _, m := range idle {
		for _, w := range v.ways(n.State, n.bits, m) {
			v.transitions++
			if w.key != n.key() {
				v.breach(ruleInPlace, m.String()+" leads to "+w.class.At.String(), i, w.assumed, m)
				return
			}
		}
	}
}

// reachesPerson proves that asking for a person opens a ticket, at once or with one more move,
// whatever is not known.
func (v *verifier) reachesPerson(i int) {
	n := v.nodes[i]
	person := Move{Kind: Jump, ID: JumpPerson}
	key := v.jumpKey(n.State, n.bits, person)
	if v.proved[key] {
		return
	}
	v.proved[key] = true
	for _, w := range v.ways(n.State, n.bits, person) {
		if w.class.Outcome == OutcomeTicket || v.oneMoreOpens(w) {
			continue
		}
		v.breach(rulePerson, "after asking for a person it stands at "+w.class.At.String(), i, w.assumed, person)
		return
	}
}

// oneMoreOpens says whether one answer opens a ticket in every way it can go.
func (v *verifier) oneMoreOpens(w walked) bool {
	opens, ok := v.opens[w.key]
	if !ok {
		s := w.class.State
		opens = slices.ContainsFunc(v.answers(s, v.b.step(s.At)), func(m Move) bool {
			return !slices.ContainsFunc(v.ways(s, w.class.bits, m), func(w walked) bool { return w.class.Outcome != OutcomeTicket })
		})
		v.opens[w.key] = opens
	}
	return opens
}

// givesAlways proves a promise of the kind always.
func (v *verifier) givesAlways(i int) {
	n, p := v.nodes[i], v.promise
	m := Move{Kind: Jump, ID: p.move}
	key := v.jumpKey(n.State, n.bits, m)
	if v.proved[key] {
		return
	}
	v.proved[key] = true
	for _, w := range v.ways(n.State, n.bits, m) {
		if w.unclear || w.given {
			continue
		}
		v.breach(p.text, "it comes to "+w.class.At.String(), i, w.assumed, m)
		return
	}
}

// end is a step that ends conversations, with the fewest questions on a way to it.
type end struct {
	outcome   string
	questions int
}

func (v *verifier) ends() []end {
	best := map[Place]end{}
	for _, n := range v.nodes {
		if !n.Ended() {
			continue
		}
		e := end{OutcomeResolved, n.questions}
		if n.Outcome == OutcomeTicket {
			e.outcome = OutcomeTicket + " " + n.Queue
		}
		if old, ok := best[n.At]; !ok || e.questions < old.questions {
			best[n.At] = e
		}
	}
	return slices.SortedFunc(maps.Values(best), func(a, b end) int {
		return cmp.Or(cmp.Compare(a.outcome, b.outcome), cmp.Compare(a.questions, b.questions))
	})
}
