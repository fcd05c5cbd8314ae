package flows_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/flows"
)

// journal keeps a conversation as a store does.
type journal struct {
	t   *testing.T
	b   *flows.Book
	s   flows.Session
	now time.Time
	log []flows.Logged
}

func newJournal(t *testing.T, b *flows.Book, given map[string]string) *journal {
	j := &journal{t: t, b: b, now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	var events []flows.Event
	j.s, events = b.Start("client", "en", given)
	j.tell(events)
	return j
}

func (j *journal) tell(events []flows.Event) {
	for _, e := range events {
		j.log = append(j.log, flows.Logged{Text: e.Text, At: j.now})
	}
}

// says keeps a message of the client that was read as a move, and answers it.
func (j *journal) says(text string, m flows.Move) {
	note := m.String()
	if m.Kind == flows.Fill {
		note = "fill"
	}
	j.now = j.now.Add(10 * time.Second)
	j.log = append(j.log, flows.Logged{Contact: true, Text: text, Move: note, At: j.now})
	var events []flows.Event
	j.s, events = j.b.Next(j.s, m)
	j.tell(events)
}

// silent lets time pass, after which the bot notices.
func (j *journal) silent(d time.Duration) {
	j.now = j.now.Add(d)
	var events []flows.Event
	j.s, events = j.b.Next(j.s, flows.Move{Kind: flows.Silence})
	j.tell(events)
}

func (j *journal) record(want error) string {
	j.t.Helper()
	text, err := j.b.Record(j.t.Context(), func(b *flows.Book) flows.Reader { return b.Matcher() },
		flows.Stored{Title: "A test", Session: j.s, Log: j.log, Passed: "choice_passed"})
	if !errors.Is(err, want) {
		j.t.Fatalf("the error is %v, not %v", err, want)
	}
	return text
}

// clientLines are what the client does and how time passes, without the bot's words.
func clientLines(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "bot>") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func TestRecord(t *testing.T) {
	b := load(t, small(t))
	for _, c := range []struct {
		name  string
		given map[string]string
		hold  func(j *journal)
		want  string
	}{
		{"pressed, typed and answered", nil, func(j *journal) {
			j.says("Something else", choose("something_else"))
			j.says("It says Zelda is gone", fill("It says Zelda is gone"))
		}, "client> [Something else]\nclient> An example\noutcome: ticket support — Cannot log in\n"},
		{"what the page tells", map[string]string{"name": "Zelda Q", "email": "zelda@privatemail.example"}, func(j *journal) {
			j.says("Zelda wants a person", jump("person"))
		}, "name: Ann Example\nemail: ann@example.org\nclient> xxx wants a person\noutcome: ticket support — Would like to talk to a person\n"},
		{"read by somebody cleverer", nil, func(j *journal) {
			j.says("Zelda's secret words do nothing", choose("wrong_password"))
			j.says("blorp", choose("no"))
		}, "client> [Wrong user or password]\nclient> [Still refused]\noutcome: ticket support — Cannot log in\n"},
		{"another language is noticed", nil, func(j *journal) {
			j.s.Lang = "fr"
			j.says("Zelda dit que mon mot de passe est toujours refusé", choose("wrong_password"))
		}, "client> xxx dit que mon mot de passe est toujours refusé\noutcome: open\n"},
		{"not understood", nil, func(j *journal) {
			j.says("blorp", flows.Move{Kind: flows.Unclear})
			j.says("wrong user or password", flows.Move{Kind: flows.Unclear})
		}, "client> xxx\nclient> <unclear>\noutcome: open\n"},
		{"silences", nil, func(j *journal) {
			j.says("Wrong user or password", choose("wrong_password"))
			j.silent(30*time.Minute + 12*time.Second)
			j.silent(72*time.Hour + time.Minute)
			j.says("It works", choose("works"))
		}, "client> [Wrong user or password]\n… 30 minutes later\n… 3 days later\nclient> [It works]\noutcome: resolved\n"},
		{"a reminder that was very late", nil, func(j *journal) {
			j.says("Wrong user or password", choose("wrong_password"))
			j.silent(200 * time.Hour)
		}, "client> [Wrong user or password]\n… 30 minutes later\noutcome: open\n"},
		{"silences that were set shorter", nil, func(j *journal) {
			j.says("Wrong user or password", choose("wrong_password"))
			j.silent(5*time.Minute + time.Second)
			j.silent(2 * time.Hour)
		}, "remind: 5m\nclose: 2h\nclient> [Wrong user or password]\n… 5 minutes later\n… 2 hours later\noutcome: open\n"},
		{"a button of an earlier question", nil, func(j *journal) {
			j.says("Wrong user or password", choose("wrong_password"))
			j.log = append(j.log, flows.Logged{Contact: true, Text: "Something else", Move: "unclear", At: j.now},
				flows.Logged{Text: b.Word("choice_passed", "en", nil), At: j.now})
			j.says("It works", choose("works"))
		}, "client> [Wrong user or password]\n# a button of an earlier question was pressed here\nclient> [It works]\noutcome: resolved\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJournal(t, b, c.given)
			c.hold(j)
			text := j.record(nil)
			if got, want := clientLines(text), "# A test\nas: client\nlang: en\n"+c.want; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			tr := parsed(t, text)
			steps, err := tr.Play(t.Context(), b, b.Matcher())
			if err != nil {
				t.Fatal(err)
			}
			if last := steps[len(steps)-1].After; last.At != j.s.At || last.Outcome != j.s.Outcome || last.Quiet != j.s.Quiet || last.Lang != j.s.Lang {
				t.Errorf("it ends at %s %q, not at %s %q", last.At, last.Outcome, j.s.At, j.s.Outcome)
			}
		})
	}
}

// What happened outside of the trees is said, and what can be told is told.
func TestRecordSaysWhenItParts(t *testing.T) {
	j := newJournal(t, load(t, small(t)), nil)
	j.says("Wrong user or password", choose("wrong_password"))
	j.s.Outcome = flows.OutcomeResolved
	if text := j.record(flows.ErrApart); !strings.Contains(text, "client> [Wrong user or password]") {
		t.Errorf("got\n%s", text)
	}
}
