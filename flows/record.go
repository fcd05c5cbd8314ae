package flows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Logged is one message of a stored conversation.
type Logged struct {
	// Contact: the person wrote or pressed it. Otherwise it is the bot's, or the team's.
	Contact bool
	Text    string
	// Move is the short form of what it was read as; an answer's text stands in Text.
	Move string
	// Picture came instead of a text.
	Picture bool
	At      time.Time
}

// Stored is a conversation as it was kept.
type Stored struct {
	// Title is what the transcript is called.
	Title string
	// Session is how it stands now.
	Session Session
	Log     []Logged
	// Names are known to name the person, besides what was answered.
	Names []string
	// Passed is the key of the bot's words for a button of an earlier question. What was
	// pressed there led nowhere.
	Passed string
}

// ErrApart says that a stored conversation does not go through the trees as it was kept: it was
// carried on in another version of them, or by something that is no move.
var ErrApart = errors.New("flows: the conversation and the trees part; the transcript is only like it")

// Record writes a stored conversation as a transcript that plays the same, without what is
// personal in it: answers become samples, other texts keep only the book's own words, and what
// would then be read as something else is written as the button it meant. The book is the one
// the conversation was held with. With ErrApart there is a transcript all the same.
func (b *Book) Record(ctx context.Context, reader func(*Book) Reader, st Stored) (string, error) {
	plain, err := b.With(nil)
	if err != nil {
		return "", err
	}
	r := &recorder{b: b, st: st, mask: plain.newMask()}
	for _, n := range st.Names {
		r.mask.name(n)
	}
	t := r.begin()
	r.read(t)
	if st.Title != "" {
		t.Name = st.Title
	}
	t.Remind, t.Close = r.silences()
	for key, v := range t.Given {
		if key == "email" {
			t.Given[key] = r.mask.email(v)
		} else {
			t.Given[key] = r.mask.person(v)
		}
	}
	w, err := newScribe(plain, reader(plain), t)
	if err != nil {
		return "", err
	}
	for _, e := range r.happenings {
		if err := r.write(ctx, w, e); err != nil {
			return "", err
		}
	}
	if !sameEnd(r.s.State, st.Session.State) || !maps.Equal(r.s.Facts, st.Session.Facts) || !sameEnd(r.s.State, w.p.s.State) {
		return w.finish(), ErrApart
	}
	return w.finish(), nil
}

func sameEnd(a, b State) bool {
	return a.At == b.At && slices.Equal(a.Callers, b.Callers) && a.Outcome == b.Outcome && a.Queue == b.Queue && a.Quiet == b.Quiet
}

// recorder walks a log with the engine to find out what happened.
type recorder struct {
	b          *Book
	st         Stored
	mask       *mask
	s          Session
	happenings []happening
}

// happening is one thing that happened: a move, or a silence.
type happening struct {
	move Move
	// pressed: a button was; otherwise Text was typed, and read in Lang.
	pressed bool
	text    string
	lang    string
	// fill is the kind of fact an answer was for.
	fill factKind
	// silent is how long nothing came, second whether there was a reminder before.
	silent time.Duration
	second bool
	// comment stands for something that moved nothing.
	comment string
}

// begin finds out in which tree and language the conversation began, and with what.
func (r *recorder) begin() Transcript {
	t := Transcript{As: r.b.root(r.st.Session.State), Remind: usualRemind, Close: usualClose}
	if o := r.st.Session.Origin; o != nil {
		t.As = r.b.root(*o)
		for _, key := range []string{"name", "email"} {
			if v := o.Facts[key]; v != "" {
				if t.Given == nil {
					t.Given = map[string]string{}
				}
				t.Given[key] = v
			}
		}
	}
	most := -1
	for _, l := range r.b.languages {
		s, events := r.b.Start(t.As, l.Code, t.Given)
		same := 0
		for i, e := range events {
			if i < len(r.st.Log) && r.st.Log[i].Text == e.Text {
				same++
			}
		}
		if same > most {
			most, t.Lang, r.s = same, l.Code, s
		}
	}
	// What the page told is personal wherever it comes up.
	r.mask.name(t.Given["name"])
	return t
}

// read follows the log.
func (r *recorder) read(t Transcript) {
	var last time.Time
	began := false
	for i, m := range r.st.Log {
		switch {
		case m.Contact:
			began = true
			r.contact(m, r.st.Log[i+1:])
			last = m.At
		case began && m.At.After(last):
			after, events := r.b.Next(r.s, Move{Kind: Silence})
			if len(events) == 1 && events[0].Text == m.Text {
				r.happenings = append(r.happenings, happening{move: Move{Kind: Silence}, silent: m.At.Sub(last), second: r.s.Quiet > 0})
				r.s, last = after, m.At
			}
		}
	}
}

// contact follows a message of the person; rest is the log after it.
func (r *recorder) contact(m Logged, rest []Logged) {
	for _, answer := range rest {
		if answer.Contact {
			break
		}
		if r.st.Passed != "" && answer.Text == r.b.Word(r.st.Passed, r.s.Lang, nil) {
			r.happenings = append(r.happenings, happening{comment: "a button of an earlier question was pressed here"})
			return
		}
	}
	if m.Picture {
		r.happenings = append(r.happenings, happening{comment: "a picture was sent here"})
		if m.Move == "" {
			r.s.Quiet = 0
			return
		}
	}
	e := happening{move: ParseMove(m.Move), text: m.Text, lang: r.s.Lang}
	if e.move.Kind == Fill {
		e.move.Text = m.Text
		if st := r.b.step(r.s.At); st != nil {
			if f, ok := st.body.(*fillBody); ok {
				e.fill = r.b.facts[f.fact].kind
			}
		}
		if e.fill == factName {
			r.mask.name(m.Text)
		}
		for _, address := range emailInText.FindAllString(m.Text, -1) {
			r.mask.email(address)
		}
	} else if e.move.Kind == Helped || e.move.String() != m.Move {
		r.happenings = append(r.happenings, happening{comment: "something was asked here that is no move of the tree"})
		r.s.Doubt = nil
		return
	}
	e.pressed = slices.ContainsFunc(r.b.Moves(r.s), func(o Option) bool {
		return o.Move == e.move && o.Label != "" && (m.Text == "" || strings.EqualFold(squeeze(o.Label), squeeze(m.Text)))
	})
	// A typed text may have changed the language before it was read.
	asked := Move{Kind: Language, ID: r.b.LanguageOf(m.Text)}
	if l := asked.ID; !e.pressed && l != "" && e.move != asked {
		e.lang, r.s.Lang = l, l
	}
	r.happenings = append(r.happenings, e)
	r.s, _ = r.b.Next(r.s, e.move)
}

// silences gives the shortest that were noticed, where they were shorter than usual.
func (r *recorder) silences() (remind, shut time.Duration) {
	remind, shut = usualRemind, usualClose
	for _, e := range r.happenings {
		switch {
		case e.silent == 0:
		case e.second:
			shut = min(shut, roundDown(e.silent))
		default:
			remind = min(remind, roundDown(e.silent))
		}
	}
	return remind, shut
}

func roundDown(d time.Duration) time.Duration {
	if d >= time.Minute {
		return d.Truncate(time.Minute)
	}
	return max(d.Truncate(time.Second), time.Second)
}

// write puts a happening into the transcript.
func (r *recorder) write(ctx context.Context, w *scribe, e happening) error {
	switch {
	case e.comment != "":
		fmt.Fprintf(&w.out, "# %s\n", e.comment)
		return nil
	case e.silent > 0:
		// A process that was down notices late, and then reminds first: no line may be so
		// long that it brings both.
		least, most := w.p.t.Remind, w.p.t.Remind+w.p.t.Close
		if e.second {
			least, most = w.p.t.Close, max(e.silent, w.p.t.Close)+1
		}
		passed := max(e.silent, least)
		if passed >= most {
			passed = least
		}
		text := sayPassed(passed, least)
		passed, err := parsePassed(text)
		if err != nil {
			return err
		}
		return w.line(ctx, transcriptLine{passed: passed}, text)
	case e.pressed:
		return w.client(ctx, pressLine(w.b, w.p.s, e.move))
	}
	text := r.mask.text(e.text)
	if e.move.Kind == Fill {
		text = r.mask.answer(e.fill, e.text)
		e.move.Text = text
	}
	if !w.reads(ctx, text, e.move, e.lang) && e.lang != w.p.s.Lang {
		if err := w.line(ctx, transcriptLine{lang: e.lang}, "lang: "+e.lang); err != nil {
			return err
		}
	}
	if !w.reads(ctx, text, e.move, e.lang) {
		text = pressLine(w.b, w.p.s, e.move)
	}
	return w.client(ctx, text)
}
