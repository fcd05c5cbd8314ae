package flows

import (
	"maps"
	"slices"
)

// Limits of the engine.
const (
	// maxGiven is how often a waiting step may be put; the next time it is "stuck".
	maxGiven = 2
	// maxUnclear is how many texts in a row may be unreadable; the last leads to "stuck".
	maxUnclear = 3
	// maxHops ends a walk through steps that never wait. A checked tree does not get there.
	maxHops = 100
	// maxTrail is how many moves can be undone. After as many the trail begins anew.
	maxTrail = 500
)

// run is one call of Next: a session being changed, and what happened so far.
type run struct {
	b      *Book
	s      Session
	events []Event
	// stuck is set when this turn has taken the way out of a loop: it is not taken twice.
	stuck bool
	// instead is the move to keep in the trail in place of the one that was made.
	instead *Move
	// visit, when set, is told each step that is entered, and says whether to go on.
	visit func(*step) bool
	// oracle, when set, answers what an incomplete state leaves open; see [Book.Verify].
	oracle *oracle
	// replaying keeps the trail and the events of a walk that only restores a state.
	replaying bool
}

// Start begins a conversation in one of the trees. What is known of the person can be given as
// facts. An unknown flow or language gives the first of the book; facts that do not exist, or
// not with such a value, are left out.
func (b *Book) Start(flowName, lang string, given map[string]string) (Session, []Event) {
	if !b.HasFlow(flowName) {
		flowName = b.rootFlows()[0]
	}
	if !b.HasLanguage(lang) {
		lang = b.languages[0].Code
	}
	r := &run{b: b, s: Session{Version: b.Version, Lang: lang}}
	for _, name := range b.factOrder {
		f, v := b.facts[name], given[name]
		if v != "" && (f.kind != factValues || slices.Contains(f.values, v)) {
			r.set([]assign{{name, v}})
		}
	}
	f := b.flows[flowName]
	if greeting := r.word("greeting_"+f.audience, nil); greeting != "" {
		r.event(Event{Kind: Said, Text: greeting})
	}
	r.goTo(f.begin.Place)
	origin := r.s.State.clone()
	r.s.Origin = &origin
	return r.s, r.events
}

// Moves gives what may be done next, with labels and phrases: first the choices of the step,
// then what is possible everywhere.
func (b *Book) Moves(s Session) []Option {
	var out []Option
	instructs := false
	if !s.Ended() {
		if st := b.step(s.At); st != nil {
			if w, ok := st.body.(waiter); ok {
				out = w.options(b, &s, st)
			}
			a, ok := st.body.(*askBody)
			instructs = ok && !a.tried.empty()
		}
	}
	out = append(out, b.jumps(&s)...)
	fixed := b.fixedOf(s.Lang)
	if len(s.Trail) > 0 {
		if s.Outcome == OutcomeResolved {
			out = append(out, fixed.still)
		} else {
			out = append(out, fixed.back)
		}
	}
	out = append(out, fixed.restart)
	switch {
	case instructs:
		out = append(out, fixed.willDo)
	case !s.Ended():
		out = append(out, fixed.wait)
	}
	out = append(append(out, fixed.languages...), fixed.chats...)
	if s.Outcome == OutcomeResolved {
		out = afterwards(out, fixed.works)
	}
	if len(s.Doubt) > 0 {
		return b.inDoubt(&s, out)
	}
	return out
}

// fixedOptions are the engine's own moves in one language.
type fixedOptions struct {
	back, still, restart, wait Option
	// willDo is wait after an instruction: "ok" means that it will be followed.
	willDo           Option
	languages, chats []Option
	// done and works are the thanks of somebody who was helped: "ok" is no more than polite then.
	// Who has said that it works may say so again.
	done, works Option
}

func (b *Book) fixedOptions(lang string) *fixedOptions {
	f := &fixedOptions{
		back:    b.optionOfWord(Move{Kind: Back}, "back_label", lang, nil, intentBack),
		still:   b.optionOfWord(Move{Kind: Back}, "still_not", lang, nil, intentNotYet, intentNo, intentBack),
		restart: b.optionOfWord(Move{Kind: Restart}, "restart_label", lang, nil, intentRestart),
		wait:    b.optionOfWord(Move{Kind: Wait}, "wait_label", lang, nil, intentWait),
		willDo:  b.optionOfWord(Move{Kind: Wait}, "wait_label", lang, nil, intentWait, intentAgreed),
	}
	f.still.Here = true
	for _, l := range b.languages {
		if l.Code != lang {
			words := b.value(State{}, l.Code, map[string]string{"language": l.Name})
			f.languages = append(f.languages, b.optionOfWord(Move{Kind: Language, ID: l.Code}, "language_label", l.Code, words, "language_"+l.Code))
		}
	}
	chat := func(id string, own map[string][]Phrase, intents ...string) Option {
		known := b.known(intents...)
		return Option{Move: Move{Kind: Chat, ID: id}, Phrases: b.optionPhrases(Text{}, known, own), own: own, Intents: known}
	}
	polite := map[string][]Phrase{}
	for _, l := range b.languages {
		for _, form := range b.lexicon[conceptPolite] {
			polite[l.Code] = append(polite[l.Code], newPhrase(form, l.Code))
		}
	}
	f.done = chat(intentThanks, polite, intentThanks, intentAgreed, intentArrived)
	f.works = chat(intentThanks, polite, intentThanks, intentAgreed, intentArrived, intentWorks)
	for _, in := range chats {
		f.chats = append(f.chats, chat(in, nil, in))
	}
	return f
}

func (b *Book) fixedOf(lang string) *fixedOptions {
	if f := b.fixed[lang]; f != nil {
		return f
	}
	return b.fixed[b.languages[0].Code]
}

// afterwards has thanks mean more than they usually do: there is nothing left to agree to.
func afterwards(options []Option, thanks Option) []Option {
	for i, o := range options {
		if o.Move == thanks.Move {
			options[i] = thanks
		}
	}
	return options
}

// jumps gives the lines of `always` that hold now.
func (b *Book) jumps(s *Session) []Option {
	f := b.flows[b.root(s.State)]
	out := make([]Option, 0, len(f.order))
	for _, name := range f.order {
		j := f.always[name]
		if name == jumpStuck || !j.cond.holds(s.Facts) || name == JumpWorks && s.Outcome == OutcomeResolved {
			continue
		}
		out = append(out, Option{
			Move:    Move{Kind: Jump, ID: name},
			Label:   b.jumpLabel(j).render(s.Lang, b.value(s.State, s.Lang, nil)),
			Phrases: b.ready[j],
			own:     b.mine[j],
			Intents: j.intents,
			stays:   b.stays(s, j),
		})
	}
	return out
}

// jumpLabel gives the label of a line of `always`; the usual ones have theirs among the words.
func (b *Book) jumpLabel(j *jump) Text {
	if j.label.empty() {
		return b.words[j.name+"_label"]
	}
	return j.label
}

// optionOfWord makes an option whose label is one of the bot's words.
func (b *Book) optionOfWord(m Move, key, lang string, value func(string) string, intents ...string) Option {
	if value == nil {
		value = b.value(State{}, lang, nil)
	}
	known := b.known(intents...)
	return Option{
		Move:    m,
		Label:   b.words[key].render(lang, value),
		Phrases: b.optionPhrases(b.words[key], known, nil),
		own:     b.optionPhrases(b.words[key], nil, nil),
		Intents: known,
		Here:    m.Kind == Choose,
	}
}

// known are those of some intents that the files have.
func (b *Book) known(intents ...string) []string {
	return slices.DeleteFunc(slices.Clone(intents), func(in string) bool { return b.intents[in] == nil })
}

// root gives the name of the tree a state is in.
func (b *Book) root(s State) string {
	name := s.At.Flow
	if len(s.Callers) > 0 {
		name = s.Callers[0].Flow
	}
	if b.HasFlow(name) {
		return name
	}
	return b.rootFlows()[0]
}

// Next follows one move. It is total: a move that is not legal is taken as unclear, and a
// session that points nowhere begins its tree again.
func (b *Book) Next(s Session, m Move) (Session, []Event) { return b.next(s, m, nil) }

// next is Next with a look inside for those who follow the engine.
func (b *Book) next(s Session, m Move, watch func(*run)) (Session, []Event) {
	r := &run{b: b, s: s}
	if watch != nil {
		watch(r)
	}
	r.s.State = s.State.clone()
	r.s.Trail = slices.Clone(s.Trail)
	if !b.HasLanguage(r.s.Lang) {
		r.s.Lang = b.languages[0].Code
	}
	if b.step(r.s.At) == nil {
		r.s.Callers, r.s.Outcome = nil, ""
		r.goTo(b.flows[b.root(r.s.State)].begin.Place)
		return r.s, r.events
	}
	again := m.Kind == Again && len(s.Doubt) > 0
	r.s.Doubt = nil
	switch m.Kind {
	case Again:
		if !again {
			r.unclear()
			break
		}
		r.ask("")
	case Doubt:
		r.doubt(m.ID)
	case Heard:
		r.heard(m.ID)
	case Back:
		r.back()
	case Language:
		r.language(m.ID)
	case Wait:
		r.ask(r.word("waiting", nil))
	case Chat:
		r.chat(m.ID)
	case Silence:
		r.silence()
		return r.s, r.events
	default:
		r.follow(m)
	}
	r.s.Quiet = 0
	return r.s, r.events
}

// follow takes the moves that lead somewhere, and keeps them in the trail.
func (r *run) follow(m Move) {
	before := r.s.At
	beforeOutcome, beforeSuggest := r.s.Outcome, r.s.Suggest
	if !r.apply(m) {
		r.unclear()
		return
	}
	if r.instead != nil {
		r.keep(*r.instead)
		return
	}
	moved := r.s.At != before || r.s.Outcome != beforeOutcome || r.s.Suggest != beforeSuggest
	if moved || m.Kind != Fill {
		r.s.Unclear = 0
		r.keep(m)
	}
}

// keep puts a move on the trail.
func (r *run) keep(m Move) {
	if len(r.s.Trail) >= maxTrail {
		origin := r.s.State.clone()
		r.s.Origin, r.s.Trail = &origin, nil
		return
	}
	r.s.Trail = append(r.s.Trail, m.String())
}

// apply changes the state by one of the moves that lead somewhere; false if it is not legal.
func (r *run) apply(m Move) bool {
	switch m.Kind {
	case Choose, Fill:
		st := r.b.step(r.s.At)
		if st == nil || r.s.Ended() {
			return false
		}
		w, ok := st.body.(waiter)
		if !ok {
			return false
		}
		next, ok := w.take(r, st, m)
		if ok && next != (Place{}) {
			r.goTo(next)
		}
		return ok
	case Jump:
		return r.jump(m.ID)
	case Restart:
		r.restart()
		return true
	}
	return false
}

// jump follows a line of `always`.
func (r *run) jump(name string) bool {
	j, ok := r.b.flows[r.b.root(r.s.State)].always[name]
	if !ok || !r.holds(j.cond) {
		return false
	}
	if st := r.b.step(r.s.At); st != nil && !r.s.Ended() {
		if a, ok := st.body.(*askBody); ok && !a.tried.empty() {
			result := "tried_left"
			if name == JumpWorks || name == JumpPerson {
				result = "tried_" + name
			}
			r.s.Tried = append(r.s.Tried, Tried{st.Place, result})
		}
	}
	r.forgetSuggestion()
	r.s.Callers, r.s.Outcome, r.s.Queue = nil, "", ""
	r.stuck = name == jumpStuck
	r.goTo(j.to.Place)
	return true
}

// restart begins the tree again. Facts that are about the person stay, and so does what was
// tried: the team should see it.
func (r *run) restart() {
	r.said("restarted")
	r.begin()
}

// begin goes to the first step of the tree with what is known of the person.
func (r *run) begin() {
	root := r.b.root(r.s.State)
	maps.DeleteFunc(r.s.Facts, func(name, _ string) bool {
		f, ok := r.b.facts[name]
		return !ok || !f.keep
	})
	if r.oracle != nil {
		r.oracle.begun()
	}
	r.forgetSuggestion()
	r.s.Callers, r.s.Seen, r.s.Outcome, r.s.Queue = nil, nil, "", ""
	r.goTo(r.b.flows[root].begin.Place)
}

// goTo walks from step to step until one waits or ends the conversation.
func (r *run) goTo(p Place) {
	for range maxHops {
		st := r.b.step(p)
		if st == nil {
			p = r.stuckPlace()
			continue
		}
		r.enterTree(p)
		r.s.At = p
		r.set(st.set)
		if r.visit != nil && !r.visit(st) {
			return
		}
		next, wait := st.body.enter(r, st)
		if wait {
			return
		}
		p = next
	}
	// Steps that chase each other without ever waiting: hand over to a person.
	r.s.Outcome, r.s.Queue, r.s.Callers = OutcomeTicket, QueueSupport, nil
	t := &ticketBody{queue: QueueSupport, about: r.b.flows[r.b.root(r.s.State)].title}
	t.enter(r, nil)
}

// enterTree notes that another tree is walked from now on.
func (r *run) enterTree(p Place) {
	f := r.b.flows[p.Flow]
	if f.audience == "" {
		return
	}
	r.s.Callers = nil
	if role, ok := r.b.facts["role"]; ok && slices.Contains(role.values, f.audience) {
		r.set([]assign{{"role", f.audience}})
	}
}

// givenTooOften counts that a waiting step is put, and says whether the loop guard forbids it.
func (r *run) givenTooOften(st *step) bool {
	key := st.Place.String()
	if r.seen(key) >= maxGiven && !r.stuck {
		r.stuck = true
		return true
	}
	if r.s.Seen == nil {
		r.s.Seen = map[string]int{}
	}
	r.s.Seen[key]++
	if r.oracle != nil {
		r.oracle.put(key)
	}
	return false
}

// holds says whether a condition holds, and seen how often a step was put. All that the engine's way depends on, beside the place, is asked through these
// and passOver.
func (r *run) holds(c condition) bool {
	if r.oracle != nil {
		return r.oracle.holds(c, r.s.Facts)
	}
	return c.holds(r.s.Facts)
}

func (r *run) seen(key string) int {
	if r.oracle != nil {
		return r.oracle.seen(key)
	}
	return r.s.Seen[key]
}

// passOver says whether a step that asks for a fact once need not ask.
func (r *run) passOver(fact, key string) bool {
	if r.oracle != nil {
		return r.oracle.passOver(fact, key, r.s.State)
	}
	return r.s.Facts[fact] != "" || r.s.Seen[key] > 0
}

// stuckPlace is where the tree goes when it would turn in circles.
func (r *run) stuckPlace() Place {
	p := r.b.flows[r.b.root(r.s.State)].always[jumpStuck].to.Place
	r.s.Callers = nil
	r.stuck = true
	return p
}

// back restores the state before the last move of the trail, by walking it again.
func (r *run) back() {
	n := len(r.s.Trail)
	if n == 0 || r.s.Origin == nil {
		r.said("nothing_to_undo")
		r.ask("")
		return
	}
	trail := r.s.Trail[:n-1]
	again := &run{b: r.b, s: r.s, replaying: true}
	again.s.State = r.s.Origin.clone()
	for _, move := range trail {
		again.stuck = false
		again.apply(ParseMove(move))
		again.s.Unclear = 0
	}
	r.s.State = again.s.State
	r.s.Trail = slices.Clone(trail)
	r.said("went_back")
	r.ask("")
}

// language changes the language and keeps the place.
func (r *run) language(code string) {
	if !r.b.HasLanguage(code) {
		r.unclear()
		return
	}
	r.s.Lang = code
	i := slices.IndexFunc(r.b.languages, func(l LanguageName) bool { return l.Code == code })
	r.event(Event{Kind: Said, Text: r.word("language_changed", map[string]string{"language": r.b.languages[i].Name})})
	r.ask("")
}

// chat answers a greeting, thanks or goodbye. After a goodbye the question is not repeated.
func (r *run) chat(name string) {
	if !slices.Contains(chats, name) {
		r.unclear()
		return
	}
	r.said(name + "_reply")
	if name != "goodbye" {
		r.ask("")
	}
}

// silence reminds once, then puts the conversation aside with its place kept.
func (r *run) silence() {
	if r.s.Ended() || r.s.Quiet > 1 {
		return
	}
	r.s.Quiet++
	if r.s.Quiet == 1 {
		choices := r.choices()
		r.event(Event{Kind: Reminded, Text: r.word("reminder", nil), Choices: choices})
		return
	}
	r.event(Event{Kind: PutAside, Text: r.word("closed_quiet", nil)})
}

// unclear answers a text that could not be read: the choices again, then a person, then the
// way out.
func (r *run) unclear() {
	switch {
	case r.s.Outcome == OutcomeTicket:
		// People have it: what is written is for them.
		return
	case r.s.Outcome == OutcomeResolved:
		r.said("welcome_back")
		r.begin()
		r.keep(Move{Kind: Restart})
		return
	case r.s.Quiet > 1:
		r.said("welcome_back")
		r.ask("")
		return
	}
	r.s.Unclear++
	if r.s.Unclear >= maxUnclear {
		r.s.Unclear = 0
		r.jump(jumpStuck)
		r.keep(Move{Kind: Jump, ID: jumpStuck})
		return
	}
	if r.s.Unclear == 1 {
		r.said("unclear")
		r.ask("")
		return
	}
	r.said("unclear_again")
	r.ask("")
	if n := len(r.events); n > 0 && r.events[n-1].Kind == Asked {
		last := &r.events[n-1]
		person := Choice{Move: Move{Kind: Jump, ID: JumpPerson}.String(), Label: r.word("person_label", nil)}
		last.Choices = append(slices.Clone(last.Choices), person)
	}
}

// refuse asks a fill again, with words that say why, and counts it as unclear.
func (r *run) refuse(key string) {
	r.s.Unclear++
	if r.s.Unclear >= maxUnclear {
		r.s.Unclear = 0
		r.jump(jumpStuck)
		r.instead = &Move{Kind: Jump, ID: jumpStuck}
		return
	}
	r.event(Event{Kind: Asked, Text: r.word(key, nil), Choices: r.choices()})
}

// ask puts the question of the waiting step again; with other words if there are some.
func (r *run) ask(words string) {
	st := r.b.step(r.s.At)
	if st == nil || r.s.Ended() {
		if words != "" {
			r.event(Event{Kind: Said, Text: words})
		}
		return
	}
	if words != "" {
		r.event(Event{Kind: Asked, Text: words, Choices: r.choices()})
		return
	}
	if w, ok := st.body.(waiter); ok {
		w.put(r, st)
	}
}

// choices gives the buttons of the waiting step.
func (r *run) choices() []Choice {
	if st := r.b.step(r.s.At); st != nil && !r.s.Ended() {
		if w, ok := st.body.(waiter); ok {
			return w.offers(r)
		}
	}
	return nil
}

func (r *run) forgetSuggestion() { r.s.Suggest, r.s.Typed = "", "" }

func (r *run) set(as []assign) {
	for _, a := range as {
		if r.oracle != nil {
			r.oracle.set(a.fact, a.value)
		}
		if a.value == "" {
			delete(r.s.Facts, a.fact)
			continue
		}
		if r.s.Facts == nil {
			r.s.Facts = map[string]string{}
		}
		r.s.Facts[a.fact] = a.value
	}
}

func (r *run) event(e Event) {
	if r.replaying || e.Text == "" {
		return
	}
	e.Place = r.s.At
	r.events = append(r.events, e)
}

func (r *run) said(key string) { r.event(Event{Kind: Said, Text: r.word(key, nil)}) }

// render says a text of the tree in the session's language.
func (r *run) render(t Text) string {
	return t.render(r.s.Lang, r.b.value(r.s.State, r.s.Lang, map[string]string{"ticket": TicketMark}))
}

// word says one of the bot's words in the session's language.
func (r *run) word(key string, more map[string]string) string {
	values := map[string]string{"ticket": TicketMark}
	maps.Copy(values, more)
	return r.b.words[key].render(r.s.Lang, r.b.value(r.s.State, r.s.Lang, values))
}
