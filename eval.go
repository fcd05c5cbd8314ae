package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

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

// readings is one line that `read` writes.
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

func (p program) evalCommand(_ context.Context, c *Config) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "eval FILE",
		Short: "Measure how well texts of a known meaning are read",
		Long:  `Reads lines of the form {"text": "…", "label": "forgot_password", "lang": "en"} and compares.`,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			book, err := loadBook(*c)
			if err != nil {
				return err
			}
			book.Understand("warm up", "")
			reads, took, err := evaluate(book, files)
			if err != nil {
				return err
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
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the figures as JSON")
	return cmd
}

// sameWhenScored pairs labels that no reader could tell apart without knowing the conversation:
// whoever asks how to let a client in may want either.
var sameWhenScored = map[string]string{"temporary_password": "resend_invitation"}

func evaluate(book *flows.Book, files []string) (reads []classify.Read, took time.Duration, err error) {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, 0, err
		}
		defer f.Close()
		err = samples(f, name, func(s sample) error {
			if s.Label == "" {
				return fmt.Errorf("the line has no label")
			}
			begun := time.Now()
			u := book.Understand(s.Text, s.Lang)
			took += time.Since(begun)
			same := func(label string) string { return cmp.Or(sameWhenScored[label], label) }
			reads = append(reads, classify.Read{Lang: s.Lang, Want: same(s.Label), Got: same(u.Label), Score: u.Score})
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return reads, took, nil
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
