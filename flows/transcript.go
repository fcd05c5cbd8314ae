package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Transcript is a conversation written down as a support person reads it, and at the same time
// a test: [Transcript.Play] holds it against the trees.
//
//	# A client whose reset mail went to spam
//	as: client
//	lang: en
//	client> I never got the email
//	bot> Look in your junk folder…   [Found it] [Still nothing]
//	client> [Found it]
//	client> <back>
//	outcome: ticket support
//
// A client> line is typed, a [label] pressed, a <back>, <restart>, <wait>, <person>, <works>,
// <disabled>, <language fr> is one of the buttons that are always there, <silence> the passing
// of time. A bot> line is compared with what the bot says next, in order; the bot may say more.
// The words end at `…` when only the beginning is given. Lines of `…` and # comments are passed over.
type Transcript struct {
	Name    string
	As      string
	Lang    string
	Outcome string
	lines   []transcriptLine
}

type transcriptLine struct {
	number  int
	bot     bool
	text    string
	buttons []string
}

// ParseTranscript reads a transcript. The name is for messages about it.
func ParseTranscript(name, text string) (Transcript, error) {
	t := Transcript{Name: name}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		at := func(format string, args ...any) error {
			return Problems{{name, i + 1, 1, fmt.Sprintf(format, args...)}}
		}
		switch {
		case line == "" || line == "…" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "as:"):
			t.As = strings.TrimSpace(line[3:])
		case strings.HasPrefix(line, "lang:"):
			t.Lang = strings.TrimSpace(line[5:])
		case strings.HasPrefix(line, "outcome:"):
			t.Outcome = strings.Join(strings.Fields(line[8:]), " ")
		case strings.HasPrefix(line, "client>"):
			t.lines = append(t.lines, transcriptLine{number: i + 1, text: strings.TrimSpace(line[7:])})
		case strings.HasPrefix(line, "bot>"):
			l := transcriptLine{number: i + 1, bot: true}
			l.text, l.buttons = cutButtons(strings.TrimSpace(line[4:]))
			t.lines = append(t.lines, l)
		default:
			return t, at("a line begins with client>, bot>, as:, lang:, outcome: or #")
		}
	}
	if t.As == "" || t.Lang == "" || t.Outcome == "" {
		return t, Problems{{name, 0, 0, "a transcript needs the lines as:, lang: and outcome:"}}
	}
	return t, nil
}

// cutButtons takes the [buttons] off the end of a bot's line.
func cutButtons(line string) (text string, buttons []string) {
	for strings.HasSuffix(line, "]") {
		i := strings.LastIndexByte(line, '[')
		if i < 0 {
			break
		}
		buttons = slices.Insert(buttons, 0, line[i+1:len(line)-1])
		line = strings.TrimSpace(line[:i])
	}
	return line, buttons
}

// Step is one move of a played transcript, for whoever counts what is covered.
type Step struct {
	Before Session
	Move   Move
	After  Session
	Events []Event
}

// Play holds the conversation against a book. The session is written to JSON and read back
// between any two lines. It gives the steps taken, and an error that names the line.
func (t Transcript) Play(ctx context.Context, b *Book, reader Reader) ([]Step, error) {
	if !b.HasFlow(t.As) || !b.HasLanguage(t.Lang) {
		return nil, Problems{{t.Name, 0, 0, fmt.Sprintf("as: %s, lang: %s: there is no such tree or language", t.As, t.Lang)}}
	}
	s, heard := b.Start(t.As, t.Lang, nil)
	var steps []Step
	for _, line := range t.lines {
		fail := func(format string, args ...any) ([]Step, error) {
			return steps, Problems{{t.Name, line.number, 1, fmt.Sprintf(format, args...)}}
		}
		if line.bot {
			i := slices.IndexFunc(heard, line.matches)
			if i < 0 {
				return fail("the bot does not say this now; it says:\n%s", told(heard))
			}
			heard = heard[i+1:]
			continue
		}
		var err error
		if s, err = reloaded(s); err != nil {
			return fail("the session does not survive JSON: %v", err)
		}
		m, err := t.move(ctx, b, reader, s, line.text)
		if err != nil {
			return fail("%v", err)
		}
		after, events := b.Next(s, m)
		steps = append(steps, Step{s, m, after, events})
		s, heard = after, events
	}
	outcome := strings.TrimSpace(s.Outcome + " " + s.Queue)
	if outcome == "" {
		outcome = "open"
	}
	if outcome != t.Outcome {
		return steps, Problems{{t.Name, 0, 0, fmt.Sprintf("outcome: %s, not %s; at %s, last heard:\n%s", outcome, t.Outcome, s.At, told(heard))}}
	}
	return steps, nil
}

// move turns a client's line into a move.
func (t Transcript) move(ctx context.Context, b *Book, reader Reader, s Session, text string) (Move, error) {
	options := b.Moves(s)
	if inner, ok := between(text, '[', ']'); ok {
		for _, o := range options {
			if o.Label != "" && strings.EqualFold(o.Label, inner) {
				return o.Move, nil
			}
		}
		var labels []string
		for _, o := range options {
			if o.Here {
				labels = append(labels, "["+o.Label+"]")
			}
		}
		return Move{}, fmt.Errorf("there is no button %s now; there are %s", text, strings.Join(labels, " "))
	}
	if inner, ok := between(text, '<', '>'); ok {
		name, arg, _ := strings.Cut(inner, " ")
		switch name {
		case "back", "restart", "wait", "silence":
			return Move{Kind: MoveKind(name)}, nil
		case "language":
			return Move{Kind: Language, ID: arg}, nil
		}
		m := Move{Kind: Jump, ID: name}
		if !slices.ContainsFunc(options, func(o Option) bool { return o.Move == m }) {
			return m, fmt.Errorf("%s is not possible now", text)
		}
		return m, nil
	}
	r, err := reader.Read(ctx, text, s.Lang, options)
	if err != nil {
		return Move{}, err
	}
	if r.Meaning == ReadUnclear {
		return Move{Kind: Unclear}, nil
	}
	return r.Move, nil
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
		if !slices.ContainsFunc(e.Choices, func(c Choice) bool { return c.Label == b }) {
			return false
		}
	}
	return true
}

// squeeze makes one line of a text, with plain spaces.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

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
