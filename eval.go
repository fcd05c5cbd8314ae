package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot/openai"
	"latchkey/flows"
	"latchkey/flows/classify"
)

// sample is one line that `read` and `eval` take: a text, its language if it is known, and for
// `eval` what it means.
type sample struct {
	Text  string `json:"text"`
	Lang  string `json:"lang,omitempty"`
	Label string `json:"label,omitempty"`
}

// labelled is one line that `read` writes.
type labelled struct {
	Text  string  `json:"text"`
	Lang  string  `json:"lang"`
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// maxSample is the longest line of a file of samples, in bytes.
const maxSample = 1 << 20

// samples calls a function with each line of a JSONL stream; an error names the line.
func samples(r io.Reader, name string, each func(sample) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxSample)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return fmt.Errorf(`%s:%d: not a line of the form {"text": "…"}: %w`, name, n, err)
		}
		if err := each(s); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return lines.Err()
}

func (p program) readCommand(c *Config) *cobra.Command {
	return &cobra.Command{
		Use:   "read",
		Short: "Read texts from standard input as intents, apart from any conversation",
		Long: `Reads lines of the form {"text": "…", "lang": "en"} (lang may be absent) and writes for each
{"text", "lang", "label", "score"}: the intent, or out_of_scope, and how certain it is (0 to 1).`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			book, err := loadBook(*c)
			if err != nil {
				return err
			}
			out := bufio.NewWriter(p.out)
			defer out.Flush()
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			return samples(p.in, "standard input", func(s sample) error {
				u := book.Understand(s.Text, s.Lang)
				return enc.Encode(labelled{s.Text, u.Lang, u.Label, u.Score})
			})
		},
	}
}

func (p program) evalCommand(ctx context.Context, c *Config) *cobra.Command {
	var asJSON bool
	with := "offline"
	cmd := &cobra.Command{
		Use:   "eval FILE…",
		Short: "Measure how well texts of a known meaning are read",
		Long: `Reads lines of the form {"text": "…", "label": "forgot_password", "lang": "en"}, reads each text apart
from any conversation, and compares. --reader openai asks the model that is configured instead, one
call a text.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			book, err := loadBook(*c)
			if err != nil {
				return err
			}
			read, err := p.labeller(*c, book, with)
			if err != nil {
				return err
			}
			return p.eval(ctx, files, read, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the figures as JSON")
	cmd.Flags().StringVar(&with, "reader", with, "what reads: offline, or openai (the model of LATCHKEY_MODEL)")
	return cmd
}

// labeller gives a text's intent, and how certain it is.
type labeller func(ctx context.Context, s sample) (label string, score float64, err error)

func (p program) labeller(c Config, book *flows.Book, with string) (labeller, error) {
	switch with {
	case "offline":
		book.Warm()
		return func(_ context.Context, s sample) (string, float64, error) {
			u := book.Understand(s.Text, s.Lang)
			return u.Label, u.Score, nil
		}, nil
	case "openai":
		// Whoever measures has asked for as many calls as there are texts.
		c.ModelConversationCalls, c.ModelConversationTokens, c.ModelDayCalls, c.ModelDayTokens = 0, 0, 0, 0
		m, err := c.model(newLog(p.err, c))
		if err != nil {
			return nil, err
		}
		if m == nil || c.Model == "" {
			return nil, errors.New("--reader openai needs a model: set LATCHKEY_MODEL (README, With a model)")
		}
		var intents []openai.Intent
		for _, in := range book.Intents() {
			intents = append(intents, openai.Intent{ID: in.ID, Phrases: in.Phrases})
		}
		return func(ctx context.Context, s sample) (string, float64, error) {
			return m.Label(ctx, s.Text, s.Lang, intents)
		}, nil
	}
	return nil, fmt.Errorf("--reader %s: there is offline, and openai", with)
}

func (p program) eval(ctx context.Context, files []string, read labeller, asJSON bool) error {
	reads, took, failed, err := evaluate(ctx, read, files)
	if err != nil {
		return err
	}
	if failed.n > 0 {
		fmt.Fprintf(p.err, "latchkey: %d texts got no answer and count as wrong; the first: %v\n", failed.n, failed.first)
	}
	report := map[string]classify.Figures{}
	for lang, rs := range classify.ByLanguage(reads) {
		report[lang] = classify.Measure(rs)
	}
	if asJSON {
		enc := json.NewEncoder(p.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	for _, lang := range slices.Sorted(maps.Keys(report)) {
		fmt.Fprint(p.out, figures(lang, report[lang]))
	}
	fmt.Fprintf(p.out, "%.0f µs per text\n", float64(took.Nanoseconds())/1000/float64(max(1, len(reads))))
	return nil
}

// sameWhenScored pairs labels that no reader could tell apart without knowing the conversation:
// whoever asks how to let a client in may want either.
var sameWhenScored = map[string]string{"temporary_password": "resend_invitation"}

// failures counts texts that a reader gave no label.
type failures struct {
	n     int
	first error
}

func evaluate(ctx context.Context, read labeller, files []string) (reads []classify.Read, took time.Duration, failed failures, err error) {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, 0, failed, err
		}
		defer f.Close()
		err = samples(f, name, func(s sample) error {
			if s.Label == "" {
				return errors.New("the line has no label")
			}
			begun := time.Now()
			label, score, err := read(ctx, s)
			took += time.Since(begun)
			if err != nil {
				if failed.n++; failed.n == 1 {
					failed.first = err
				}
			}
			same := func(label string) string { return cmp.Or(sameWhenScored[label], label) }
			reads = append(reads, classify.Read{Lang: s.Lang, Want: same(s.Label), Got: same(label), Score: score})
			return ctx.Err()
		})
		if err != nil {
			return nil, 0, failed, err
		}
	}
	return reads, took, failed, nil
}

// figures writes the figures of one language for the terminal.
func figures(lang string, f classify.Figures) string {
	var b strings.Builder
	pc := func(x float64) string { return fmt.Sprintf("%.1f", 100*x) }
	fmt.Fprintf(&b, "%s: %d texts\n", lang, f.N)
	for _, l := range [][2]string{
		{"accuracy", pc(f.Accuracy)}, {"macro-F1", pc(f.MacroF1)}, {"in-scope recall", pc(f.InScopeRecall)},
		{"out-of-scope precision", pc(f.OutPrecision)}, {"out-of-scope recall", pc(f.OutRecall)},
		{"coverage at 95 % precision", pc(f.Coverage95)},
	} {
		fmt.Fprintf(&b, "  %-28s %5s\n", l[0], l[1])
	}
	fmt.Fprintf(&b, "\n  %-28s %5s %9s %6s %6s\n", "label", "texts", "precision", "recall", "F1")
	for _, name := range f.Names() {
		l := f.Labels[name]
		fmt.Fprintf(&b, "  %-28s %5d %9s %6s %6s\n", name, l.N, pc(l.Precision), pc(l.Recall), pc(l.F1))
	}
	b.WriteString("\n  confusions\n")
	for i, c := range f.Confusions {
		if i == 20 {
			break
		}
		fmt.Fprintf(&b, "  %4d  %s read as %s\n", c.N, c.Want, c.Got)
	}
	b.WriteString("\n")
	return b.String()
}
