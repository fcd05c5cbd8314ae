package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/flows"
)

// walk is an example conversation of flows/testdata, as moves: so the ones that are written in
// English can be gone in French, too.
type walk struct {
	name, as, lang string
	given          map[string]string
	steps          []flows.Step
	// lines are what the person does at each step, as a transcript in this language has it.
	lines []string
}

// bookOfProgram has the texts as the program of these settings says them.
func bookOfProgram(t *testing.T, environ []string) *flows.Book {
	t.Helper()
	c, err := loadConfig(environ, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	book, err := loadBook(c)
	if err != nil {
		t.Fatal(err)
	}
	if book, err = book.With(c.variables()); err != nil {
		t.Fatal(err)
	}
	return book
}

// Ways that the examples go in one language only, or in a manner that nobody can type.
const moreWays = `# Still paused by the professional
as: client
lang: en
client> [My account is disabled]
client> [My professional paused it]
client> [No, still disabled]
client> [Send it now]
outcome: ticket hexpert
---
# Disabled, and somebody else may be in the account
as: client
lang: en
client> [My account is disabled]
client> [No idea. Write to the team]
client> <suspicion>
client> [Send it now]
outcome: ticket hexpert
---
# The program was not published
as: professional
lang: en
client> [A client's]
client> [Gets in, but it's empty]
client> [Right account, still empty]
client> [Yes, it's there]
outcome: resolved`

// walksIn gives the example conversations of files in a language, also those that were written
// in another one.
func walksIn(t *testing.T, book *flows.Book, lang string, patterns ...string) []walk {
	t.Helper()
	var out []walk
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join("flows", "testdata", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no example conversations %s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, walksOf(t, book, lang, file, string(text))...)
		}
	}
	return out
}

func walksOf(t *testing.T, book *flows.Book, lang, file, text string) (out []walk) {
	t.Helper()
	all, err := flows.ParseTranscripts(file, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range all {
		out = append(out, walkOf(t, book, example, strings.Split(text, "\n"), lang)...)
	}
	return out
}

// walkOf plays an example; one that changes its language stays in its own.
func walkOf(t *testing.T, book *flows.Book, example flows.Transcript, text []string, lang string) []walk {
	t.Helper()
	steps, err := example.Play(t.Context(), book, book.Matcher())
	if len(steps) == 0 {
		t.Fatalf("%s: %v", example.Name, err)
	}
	w := walk{fmt.Sprintf("%s (%s:%d)", example.Name, example.File, example.Line), example.As, lang, example.Given, steps, nil}
	for _, step := range steps {
		w.lines = append(w.lines, strings.TrimSpace(strings.TrimPrefix(text[step.Line-1], "client>")))
		if step.Move.Kind == flows.Language && example.Lang != lang {
			return nil
		}
	}
	if example.Lang == lang {
		return []walk{w.typed(book)}
	}
	for i, step := range steps {
		w.lines[i] = written(step.Move)
	}
	again := fmt.Sprintf("as: %s\nlang: %s\n", example.As, lang)
	for name, value := range example.Given {
		again += name + ": " + value + "\n"
	}
	for _, step := range steps {
		m := step.Move
		if l := book.LanguageOf(m.Text); l != "" && l != lang {
			m.Text = "17 X" // words of the other language would bring it back
		}
		again += "client> " + written(m) + "\n"
	}
	translated, err := flows.ParseTranscript(example.File, again+"outcome: open\n")
	if err != nil {
		t.Fatal(err)
	}
	// How it ends is in the original; here only the way counts.
	w.steps, err = translated.Play(t.Context(), book, book.Matcher())
	if len(w.steps) != len(steps) {
		t.Errorf("%s cannot be gone in %s: %v", w.name, lang, err)
	}
	return []walk{w.typed(book)}
}

// typed ends a walk where nothing can be typed that would be its next move: to a question in
// free words there is no answer that cannot be read.
func (w walk) typed(book *flows.Book) walk {
	w.press()
	for i, step := range w.steps {
		fills := slices.ContainsFunc(book.Moves(step.Before), func(o flows.Option) bool { return o.Kind == flows.Fill })
		if fills && step.Move.Kind == flows.Unclear {
			w.steps, w.lines = w.steps[:i], w.lines[:i]
			break
		}
	}
	return w
}

// press takes the moves that only words make, in whatever language, by the buttons they lead to.
func (w *walk) press() {
	var steps []flows.Step
	var lines []string
	for i, step := range w.steps {
		asked := len(step.Before.Doubt) > 0
		step.Before.Doubt = nil
		switch step.Move.Kind {
		case flows.Doubt, flows.Again:
			continue
		case flows.Heard:
			step.Move.Kind = flows.Jump
			step.Events = plainly(step.Events)
			asked = true
		}
		line := w.lines[i]
		if asked {
			line = written(step.Move)
		}
		steps, lines = append(steps, step), append(lines, line)
	}
	w.steps, w.lines = steps, lines
}

// plainly is what is said to a button, of what is said to words that mean the same: not what was
// understood, and no button to say no.
func plainly(heard []flows.Event) []flows.Event {
	events := slices.Clone(heard[1:])
	for i, e := range events {
		events[i].Choices = slices.DeleteFunc(slices.Clone(e.Choices), func(c flows.Choice) bool { return c.Move == string(flows.Back) })
	}
	return events
}

// written is a move as a transcript has it.
func written(m flows.Move) string {
	switch m.Kind {
	case flows.Fill:
		return "<answer " + m.Text + ">"
	case flows.Jump:
		return "<" + m.ID + ">"
	}
	return strings.TrimSpace("<" + string(m.Kind) + " " + m.ID + ">")
}

// goes makes the frame that a person's browser sends for a move.
func (v *visitor) goes(book *flows.Book, before flows.Session, m flows.Move) map[string]any {
	v.sent++
	id := fmt.Sprintf("visitor-%04d", v.sent)
	for _, o := range book.Moves(before) {
		if o.Move == m && o.Label != "" {
			return map[string]any{"type": "press", "id": id, "move": m.String(), "seq": 0, "label": o.Label}
		}
	}
	text := m.Text
	switch m.Kind {
	case flows.Unclear:
		text = "Blorp snarf wibble."
	case flows.Chat:
		text = map[string]map[string]string{
			"greeting": {"en": "Hello", "fr": "Bonjour"},
			"thanks":   {"en": "Thank you", "fr": "Merci"},
			"goodbye":  {"en": "Goodbye", "fr": "Au revoir"},
		}[m.ID][before.Lang]
	}
	return map[string]any{"type": "message", "id": id, "text": text}
}

// answered reads until a message is stored and so many of the bot's have come after it, and gives
// their texts.
func (v *visitor) answered(id string, count int) ([]string, error) {
	acked := false
	for {
		own, texts := int64(0), []string(nil)
		for seq := int64(1); seq <= v.last; seq++ {
			if own > 0 {
				texts = append(texts, v.log[seq].Text)
			}
			if v.log[seq].ID == id {
				own = seq
			}
		}
		if acked && len(texts) >= count {
			return texts, nil
		}
		f, err := v.read()
		if err != nil {
			return texts, err
		}
		acked = acked || f.Type == "ack" && f.ID == id
	}
}
