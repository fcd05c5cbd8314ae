package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Step is one move of a played transcript, for whoever counts what is covered.
type Step struct {
	// Line is where the move stands in the transcript.
	Line   int
	Before Session
	Move   Move
	After  Session
	Events []Event
	trace  trail
}

// player is a transcript being played.
type player struct {
	t      Transcript
	b      *Book
	reader Reader
	s      Session
	// heard is what the bot said since the last move.
	heard []Event
	// offered are the buttons of the last question.
	offered []Choice
	// silent is how long nothing came.
	silent time.Duration
	steps  []Step
}

// Play holds the conversation against a book. The session is written to JSON and read back
// between any two lines. It gives the steps taken, and an error that names the line.
func (t Transcript) Play(ctx context.Context, b *Book, reader Reader) ([]Step, error) {
	p, err := t.begin(b, reader)
	if err != nil {
		return nil, err
	}
	for _, line := range t.lines {
		if line.bot {
			i := slices.IndexFunc(p.heard, line.matches)
			if i < 0 {
				return p.steps, t.problem(line.number, "expected: %s\nthe bot says:\n%s", line, heardNow(p.heard))
			}
			p.heard = p.heard[i+1:]
			continue
		}
		if err := p.take(ctx, line); err != nil {
			return p.steps, t.problem(line.number, "%v", err)
		}
	}
	got := p.outcome()
	if !strings.Contains(t.Outcome, subjectMark) {
		got = outcomeOf(p.s.State)
	}
	if got != t.Outcome {
		return p.steps, t.problem(t.outcomeAt, "outcome: %s, not %s; it stands at %s, and the bot said last:\n%s", got, t.Outcome, p.s.At, heardNow(p.heard))
	}
	return p.steps, nil
}

func (t Transcript) problem(line int, format string, args ...any) error {
	return Problems{{t.File, line, 1, strings.TrimSpace(fmt.Sprintf(format, args...))}}
}

// subjectMark stands between a ticket's queue and its subject in an outcome.
const subjectMark = " — "

// outcome writes how the conversation ended, a ticket with its subject in the conversation's
// first language.
func (p *player) outcome() string {
	out := outcomeOf(p.s.State)
	if p.s.Outcome != OutcomeTicket {
		return out
	}
	for _, st := range slices.Backward(p.steps) {
		for _, e := range st.Events {
			if e.Ticket != nil {
				return out + subjectMark + squeeze(In(e.Ticket.About, p.t.Lang))
			}
		}
	}
	return out
}

// outcomeOf writes how a conversation ended, as transcripts state it.
func outcomeOf(s State) string {
	if s.Outcome == "" {
		return "open"
	}
	return strings.TrimSpace(s.Outcome + " " + s.Queue)
}

func (t Transcript) begin(b *Book, reader Reader) (*player, error) {
	if !b.HasFlow(t.As) || !b.HasLanguage(t.Lang) {
		return nil, t.problem(t.Line, "as: %s, lang: %s: there is no such tree or language", t.As, t.Lang)
	}
	p := &player{t: t, b: b, reader: reader}
	p.s, p.heard = b.Start(t.As, t.Lang, t.Given)
	return p, nil
}

// take follows any line but the bot's.
func (p *player) take(ctx context.Context, line transcriptLine) error {
	var err error
	if p.s, err = reloaded(p.s); err != nil {
		return fmt.Errorf("the session does not survive JSON: %w", err)
	}
	switch {
	case line.passed > 0:
		p.heard = nil
		p.pass(line)
		return nil
	case line.lang != "":
		if !p.b.HasLanguage(line.lang) {
			return fmt.Errorf("there is no language %q", line.lang)
		}
		p.s.Lang = line.lang
		return nil
	}
	m, err := p.move(ctx, line.text)
	if err != nil {
		return err
	}
	p.heard, p.silent = nil, 0
	p.follow(line.number, m)
	return nil
}

// pass lets time go by, and notices a silence when the bot would.
func (p *player) pass(line transcriptLine) {
	p.silent += line.passed
	for !p.s.Ended() && p.s.Quiet < 2 {
		wait := p.t.Remind
		if p.s.Quiet > 0 {
			wait = p.t.Close
		}
		if wait == 0 || p.silent < wait {
			return
		}
		p.silent -= wait
		p.follow(line.number, Move{Kind: Silence})
	}
}

func (p *player) follow(line int, m Move) {
	after, events, tr := p.b.followed(p.s, m)
	p.steps = append(p.steps, Step{line, p.s, m, after, events, tr})
	p.s, p.heard = after, append(p.heard, events...)
	for _, e := range events {
		if len(e.Choices) > 0 {
			p.offered = e.Choices
		}
	}
}

func isOption(options []Option, m Move) bool {
	return slices.ContainsFunc(options, func(o Option) bool { return o.Move == m })
}

// move turns a client's line into a move. What is typed may change the language, as in a
// conversation with the bot; what asks for another language is read in the one there is.
func (p *player) move(ctx context.Context, text string) (Move, error) {
	options := p.b.Moves(p.s)
	if inner, ok := between(text, '[', ']'); ok {
		for _, c := range p.offered {
			// "Yes" may be what a button is called while something is asked about.
			if m := ParseMove(c.Move); strings.EqualFold(squeeze(c.Label), squeeze(inner)) && isOption(options, m) {
				return m, nil
			}
		}
		return pressedLabel(options, inner)
	}
	if inner, ok := between(text, '<', '>'); ok {
		return named(options, inner)
	}
	m, err := p.read(ctx, text)
	l := p.b.LanguageOf(text)
	if err != nil || l == "" || l == p.s.Lang || m.Kind == Language {
		return m, err
	}
	p.s.Lang = l
	return p.read(ctx, text)
}

func (p *player) read(ctx context.Context, text string) (Move, error) {
	options := p.b.Moves(p.s)
	if p.s.Outcome == OutcomeTicket {
		options = p.b.WithTeam(p.s, options, true)
	}
	r, err := p.reader.Read(ctx, text, p.s.Lang, options)
	if err != nil {
		return Move{}, err
	}
	return p.b.Decide(p.s, r), nil
}

// WithTeam leaves what a typed text may mean while people have the conversation: the rest is for
// them. "Hello?" is for them, too, when somebody waits, and no more than polite when they are done.
func (b *Book) WithTeam(s Session, options []Option, waits bool) []Option {
	if !waits {
		options = afterwards(options, b.fixedOf(s.Lang).done)
	}
	return slices.DeleteFunc(options, func(o Option) bool {
		return o.Kind == Back || o.Kind == Jump && o.ID != JumpWorks && o.ID != JumpDisabled ||
			waits && o.Kind == Chat && o.ID == intentGreeting
	})
}

func pressedLabel(options []Option, label string) (Move, error) {
	var labels []string
	for _, o := range options {
		if o.Label != "" && strings.EqualFold(squeeze(o.Label), squeeze(label)) {
			return o.Move, nil
		}
		if o.Here && o.Label != "" {
			labels = append(labels, "["+o.Label+"]")
		}
	}
	return Move{}, fmt.Errorf("there is no button [%s] now; there are %s", label, strings.Join(labels, " "))
}

// named reads what stands between < and >.
func named(options []Option, inner string) (Move, error) {
	name, arg, _ := strings.Cut(inner, " ")
	arg = strings.TrimSpace(arg)
	m := Move{Kind: Jump, ID: name}
	switch name {
	case "back", "restart", "wait", "silence", "unclear", "again":
		return Move{Kind: MoveKind(name)}, nil
	case "doubt", "heard":
		return Move{Kind: MoveKind(name), ID: arg}, nil
	case "language", "chat", "choose":
		m = Move{Kind: MoveKind(name), ID: arg}
	case "answer":
		return Move{Kind: Fill, Text: arg}, nil
	}
	if !isOption(options, m) {
		return m, fmt.Errorf("<%s> is not possible now", inner)
	}
	return m, nil
}

func between(s string, open, shut byte) (string, bool) {
	if len(s) < 2 || s[0] != open || s[len(s)-1] != shut {
		return "", false
	}
	return strings.TrimSpace(s[1 : len(s)-1]), true
}

func (l transcriptLine) matches(e Event) bool {
	want, said := squeeze(l.text), squeeze(e.Text)
	if beginning, ok := strings.CutSuffix(want, "…"); ok {
		if !strings.HasPrefix(said, strings.TrimSpace(beginning)) {
			return false
		}
	} else if said != want {
		return false
	}
	for _, b := range l.buttons {
		if !slices.ContainsFunc(e.Choices, func(c Choice) bool { return squeeze(c.Label) == squeeze(b) }) {
			return false
		}
	}
	return true
}

// String writes the line as it stands in a transcript.
func (l transcriptLine) String() string {
	var b strings.Builder
	b.WriteString(l.text)
	for _, label := range l.buttons {
		fmt.Fprintf(&b, " [%s]", label)
	}
	return b.String()
}

// heardNow lists what the bot says, for a message about it.
func heardNow(events []Event) string {
	if len(events) == 0 {
		return "  (nothing more)"
	}
	return told(events)
}

func told(events []Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "  bot> %s", squeeze(e.Text))
		for _, c := range e.Choices {
			fmt.Fprintf(&b, " [%s]", c.Label)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func reloaded(s Session) (Session, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	var again Session
	err = json.Unmarshal(data, &again)
	return again, err
}
