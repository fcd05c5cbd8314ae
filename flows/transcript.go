package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Transcript is a conversation written down as a support person reads it, and at the same time
// a test: [Transcript.Play] holds it against the trees.
//
//	# A client whose reset mail went to spam
//	as: client
//	lang: en
//	client> I never got the email
//	bot> Look in your junk folder…   [Found it] [Still nothing]
//	… 2 days later
//	client> [Found it]
//	client> <back>
//	outcome: ticket support
//
// A client> line is typed, a [label] pressed, a <back>, <restart>, <wait>, <person>, <works>,
// <disabled>, <language fr> is one of the buttons that are always there. What no button says is
// written <choose id>, <answer some words>, <chat thanks>, <unclear>, <silence>. A bot> line is
// compared with what the bot says next, in order; the bot may say more. The words end at `…`
// when only the beginning is given.
//
// A line such as `… 40 minutes later` lets time pass: a silence as long as remind: (30m unless
// it is stated) brings the reminder, one as long as close: (72h) after it puts the conversation
// aside. A second lang: says that the bot noticed another language. Lines of `…`
// and # comments are passed over.
type Transcript struct {
	// Name is the first # comment, or else where the conversation begins.
	Name string
	// File and Line say where it begins.
	File string
	Line int
	// As is the tree, Lang the language it begins in, Outcome how it ends: resolved, open,
	// or ticket and its queue.
	As      string
	Lang    string
	Outcome string
	// Given are the name and email that the page tells of the person, by fact.
	Given map[string]string
	// Remind and Close are the silences that the bot notices; zero: never.
	Remind time.Duration
	Close  time.Duration
	lines  []transcriptLine
	// outcomeAt is the number of the line that states the outcome.
	outcomeAt int
}

// transcriptLine is one that something happens by: what the client does, what the bot says, time
// that passes, another language.
type transcriptLine struct {
	number  int
	bot     bool
	text    string
	buttons []string
	passed  time.Duration
	lang    string
}

// The silences a transcript has unless it states others: those of the program's settings.
const (
	usualRemind = 30 * time.Minute
	usualClose  = 72 * time.Hour
)

// between conversations of one file
const parting = "---"

// ParseTranscript reads a single transcript. The name is that of its file, for messages about it.
func ParseTranscript(name, text string) (Transcript, error) {
	ts, err := ParseTranscripts(name, text)
	if err != nil {
		return Transcript{File: name}, err
	}
	if len(ts) != 1 {
		return Transcript{File: name}, Problems{{name, 0, 0, fmt.Sprintf("one conversation is expected, here are %d", len(ts))}}
	}
	return ts[0], nil
}

// ParseTranscripts reads the conversations of a file, which lines of --- part from each other.
// Every problem is reported at once.
func ParseTranscripts(name, text string) ([]Transcript, error) {
	var out []Transcript
	var problems Problems
	var t Transcript
	begin := func(line int) {
		t = Transcript{File: name, Line: line, Remind: usualRemind, Close: usualClose}
	}
	finish := func() {
		if t.As == "" || t.Lang == "" || t.Outcome == "" {
			problems = append(problems, Problem{name, t.Line, 1, "a transcript needs the lines as:, lang: and outcome:"})
		}
		if t.Name == "" {
			t.Name = fmt.Sprintf("%s:%d", name, t.Line)
		}
		out = append(out, t)
	}
	begin(1)
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == parting {
			finish()
			begin(i + 2)
			continue
		}
		if err := t.read(line, i+1); err != nil {
			problems = append(problems, Problem{name, i + 1, 1, err.Error()})
		}
	}
	finish()
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	return out, nil
}

// read takes one line.
func (t *Transcript) read(line string, number int) error {
	if line == "" || line == "…" {
		return nil
	}
	if comment, ok := strings.CutPrefix(line, "#"); ok {
		if t.Name == "" {
			t.Name = strings.TrimSpace(comment)
		}
		return nil
	}
	if strings.HasPrefix(line, "…") || strings.HasPrefix(line, "...") {
		passed, err := parsePassed(line)
		t.lines = append(t.lines, transcriptLine{number: number, passed: passed})
		return err
	}
	if text, ok := strings.CutPrefix(line, "client>"); ok {
		t.lines = append(t.lines, transcriptLine{number: number, text: strings.TrimSpace(text)})
		return nil
	}
	if text, ok := strings.CutPrefix(line, "bot>"); ok {
		l := transcriptLine{number: number, bot: true}
		l.text, l.buttons = cutButtons(strings.TrimSpace(text))
		t.lines = append(t.lines, l)
		return nil
	}
	key, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch key {
	case "as":
		t.As = value
	case "lang":
		if t.Lang == "" {
			t.Lang = value
			return nil
		}
		t.lines = append(t.lines, transcriptLine{number: number, lang: value})
	case "name", "email":
		if t.Given == nil {
			t.Given = map[string]string{}
		}
		t.Given[key] = value
	case "remind":
		return parseSilence(value, &t.Remind)
	case "close":
		return parseSilence(value, &t.Close)
	case "outcome":
		t.Outcome, t.outcomeAt = squeeze(value), number
	default:
		return fmt.Errorf("a line begins with client>, bot>, as:, lang:, name:, email:, remind:, close:, outcome:, … or #")
	}
	return nil
}

func parseSilence(text string, into *time.Duration) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a time such as 30m or 72h (0: never)", text)
	}
	*into = d
	return nil
}

// units are the words of a clock line, the longest first.
var units = []struct {
	name string
	long time.Duration
}{
	{"week", 7 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second},
}

var clockLine = regexp.MustCompile(`^(?:…|\.\.\.)\s*(\d{1,6}|an?|one)\s+(week|day|hour|minute|second)s?\s+later\.?$`)

// parsePassed reads `… 2 days later`.
func parsePassed(line string) (time.Duration, error) {
	if m := clockLine.FindStringSubmatch(line); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil { // in words
			n = 1
		}
		for _, u := range units {
			if u.name == m[2] && n > 0 {
				return time.Duration(n) * u.long, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is not a time such as `… 40 minutes later` or `… 2 days later`", line)
}

// sayPassed writes a time as a clock line, in the longest unit that loses nothing that counts:
// it is never less than atLeast.
func sayPassed(d, atLeast time.Duration) string {
	for _, u := range units {
		if n := d / u.long; n > 0 && n*u.long >= atLeast && (n > 1 || d%u.long == 0) {
			return countOf(n, u.name)
		}
	}
	return countOf(atLeast/time.Second+1, "second")
}

func countOf(n time.Duration, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("… %d %s later", n, unit)
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

// squeeze makes one line of a text, with plain spaces.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
