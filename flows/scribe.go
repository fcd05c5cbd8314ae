package flows

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// scribe writes a conversation while it is being held.
type scribe struct {
	b      *Book
	reader Reader
	p      *player
	out    strings.Builder
}

// newScribe begins a transcript.
func newScribe(b *Book, reader Reader, t Transcript) (*scribe, error) {
	w := &scribe{b: b, reader: reader}
	var err error
	if w.p, err = t.begin(b, reader); err != nil {
		return nil, err
	}
	if t.Name != "" {
		fmt.Fprintf(&w.out, "# %s\n", squeeze(t.Name))
	}
	fmt.Fprintf(&w.out, "as: %s\nlang: %s\n", t.As, t.Lang)
	for _, key := range []string{"name", "email"} {
		if v := t.Given[key]; v != "" {
			fmt.Fprintf(&w.out, "%s: %s\n", key, v)
		}
	}
	if t.Remind != usualRemind {
		fmt.Fprintf(&w.out, "remind: %s\n", sayLength(t.Remind))
	}
	if t.Close != usualClose {
		fmt.Fprintf(&w.out, "close: %s\n", sayLength(t.Close))
	}
	w.listen()
	return w, nil
}

// sayLength writes a time as a setting: 30m, 72h.
func sayLength(d time.Duration) string {
	text := d.String()
	for _, empty := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, empty) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// listen writes what the bot said last.
func (w *scribe) listen() {
	for _, e := range w.p.heard {
		w.out.WriteString(botLine(e) + "\n")
	}
}

// line writes a line of the client, the clock or a change of language, and what the bot says to it.
func (w *scribe) line(ctx context.Context, l transcriptLine, text string) error {
	if err := w.p.take(ctx, l); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	w.out.WriteString(text + "\n")
	if l.lang == "" {
		w.listen()
	}
	return nil
}

// client writes a line of the client.
func (w *scribe) client(ctx context.Context, text string) error {
	return w.line(ctx, transcriptLine{text: text}, "client> "+text)
}

// reads says whether a client's line would be read as this move, and in this language.
func (w *scribe) reads(ctx context.Context, text string, m Move, lang string) bool {
	trial := *w.p
	got, err := trial.move(ctx, text)
	return err == nil && got == m && trial.s.Lang == lang
}

// finish ends the transcript and gives its text.
func (w *scribe) finish() string {
	return w.out.String() + "outcome: " + w.p.outcome() + "\n"
}

// maxBeginning is how many letters of what the bot says are written into a transcript: enough
// to tell one question from another, and a change of wording further on breaks nothing.
const maxBeginning = 60

// botLine writes what the bot says as a line of a transcript.
func botLine(e Event) string {
	text := beginning(squeeze(e.Text))
	var b strings.Builder
	b.WriteString("bot> " + text)
	gap := "   "
	for _, c := range e.Choices {
		// A label with brackets of its own cannot be written between brackets.
		if !strings.ContainsAny(c.Label, "[]") {
			b.WriteString(gap + "[" + squeeze(c.Label) + "]")
			gap = " "
		}
	}
	return b.String()
}

// beginning cuts a text between two words, and marks that it goes on.
func beginning(text string) string {
	cutAt := len(text)
	if utf8.RuneCountInString(text) > maxBeginning {
		cutAt = len(string([]rune(text)[:maxBeginning]))
		if i := strings.LastIndexByte(text[:cutAt], ' '); i > 0 {
			cutAt = i
		}
	}
	// What ends with a bracket would be read as a button.
	if cutAt == len(text) && !strings.HasSuffix(text, "]") {
		return text
	}
	return strings.TrimRight(text[:cutAt], " ,;:") + "…"
}

// pressLine writes a move as a client's line.
func pressLine(b *Book, s Session, m Move) string {
	switch m.Kind {
	case Choose:
		for _, o := range b.Moves(s) {
			if o.Move != m {
				continue
			}
			line := "[" + squeeze(o.Label) + "]"
			if again, err := pressedLabel(b.Moves(s), squeeze(o.Label)); err == nil && again == m {
				return line
			}
		}
		return "<choose " + m.ID + ">"
	case Fill:
		return "<answer " + squeeze(m.Text) + ">"
	case Jump:
		return "<" + m.ID + ">"
	}
	return strings.TrimSuffix("<"+string(m.Kind)+" "+m.ID, " ") + ">"
}
