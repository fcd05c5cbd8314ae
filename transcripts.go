package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"latchkey/flows"
)

// transcriptOptions are the flags of `latchkey test`.
type transcriptOptions struct {
	update, uncovered, asJSON bool
	cover                     string
}

func (p program) testCommand(ctx context.Context, c *Config) *cobra.Command {
	var o transcriptOptions
	cmd := &cobra.Command{
		Use:   "test [folder or files]",
		Short: "Replay the conversations that must keep working, and say what of the trees they cover",
		Long: "Replays conversations written in files (*.txt) with the decision trees, and fails when the bot\n" +
			"says something else. Then says how many steps, and how many ways between them, were gone through.\n" +
			"Without a folder: testdata beside the trees of LATCHKEY_FLOWS, or else ./flows/testdata.",
		RunE: func(_ *cobra.Command, args []string) error { return p.test(ctx, *c, args, o) },
	}
	cmd.Flags().BoolVar(&o.update, "update", false, "write into the files what the bot says now, and how it ends")
	cmd.Flags().BoolVar(&o.uncovered, "uncovered", false, "list the ways that no conversation takes")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "one JSON object instead of text")
	cmd.Flags().StringVar(&o.cover, "cover", "", "write conversations that take the ways not taken yet; a * in the `file`'s name stands for the tree they begin in")
	cmd.MarkFlagsMutuallyExclusive("update", "cover")
	return cmd
}

// tested is what came of the conversations.
type tested struct {
	Conversations int                  `json:"conversations"`
	Failed        int                  `json:"failed"`
	Failures      []failure            `json:"failures"`
	Flows         []flows.FlowCoverage `json:"flows"`
	Uncovered     []uncoveredEdge      `json:"uncovered"`
}

type failure struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
}

type uncoveredEdge struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	From  string `json:"from"`
	Label string `json:"label"`
	To    string `json:"to"`
	text  string
}

func (p program) test(ctx context.Context, c Config, args []string, o transcriptOptions) error {
	book, err := loadBook(c)
	if err != nil {
		return err
	}
	files, err := p.transcriptFiles(c, args)
	if err != nil {
		return err
	}
	if o.cover != "" {
		// What is about to be written anew does not count.
		files = slices.DeleteFunc(files, func(f string) bool {
			same, _ := filepath.Match(filepath.Clean(o.cover), filepath.Clean(f))
			return same
		})
	}
	if o.update {
		if err := p.updateTranscripts(ctx, book, files); err != nil {
			return err
		}
	}
	result, cover, err := replay(ctx, book, files)
	if err != nil {
		return err
	}
	if o.asJSON {
		enc := json.NewEncoder(p.out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(result)
	} else {
		err = p.printTested(result, o.uncovered)
	}
	if err != nil {
		return err
	}
	if result.Failed > 0 {
		return fmt.Errorf("conversations that failed: %d of %d", result.Failed, result.Conversations)
	}
	if o.cover != "" {
		return p.writeMissing(ctx, book, cover, o.cover)
	}
	return nil
}

// transcriptFiles finds the files that are meant, sorted.
func (p program) transcriptFiles(c Config, args []string) ([]string, error) {
	if len(args) == 0 {
		folder := filepath.Join(p.folder, "flows", "testdata")
		if c.Flows != "" {
			folder = filepath.Join(c.Flows, "testdata")
		}
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("there is no folder %s: name a folder or files with conversations, or set LATCHKEY_FLOWS to trees that have a folder testdata", folder)
		}
		args = []string{folder}
	}
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file or folder %s", arg)
		}
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		inside, err := filepath.Glob(filepath.Join(arg, "*.txt"))
		if err != nil {
			return nil, err
		}
		if len(inside) == 0 {
			return nil, fmt.Errorf("there is no conversation (*.txt) in %s", arg)
		}
		files = append(files, inside...)
	}
	return files, nil
}

// replay plays the conversations of all files.
func replay(ctx context.Context, book *flows.Book, files []string) (tested, *flows.Coverage, error) {
	result := tested{Failures: []failure{}, Uncovered: []uncoveredEdge{}}
	cover, reader := book.Coverage(), book.Matcher()
	failed := func(name string, err error) error {
		var ps flows.Problems
		if !errors.As(err, &ps) {
			return err
		}
		result.Failed++
		for _, pr := range ps {
			result.Failures = append(result.Failures, failure{pr.File, pr.Line, name, pr.Text})
		}
		return nil
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return result, nil, err
		}
		ts, err := flows.ParseTranscripts(file, string(text))
		if err != nil {
			result.Conversations++
			if err := failed("", err); err != nil {
				return result, nil, err
			}
		}
		for _, t := range ts {
			result.Conversations++
			steps, err := t.Play(ctx, book, reader)
			cover.Add(t, steps)
			if err == nil {
				continue
			}
			if err := failed(t.Name, err); err != nil {
				return result, nil, err
			}
		}
	}
	result.Flows = cover.Flows()
	for _, e := range cover.Uncovered() {
		result.Uncovered = append(result.Uncovered, uncoveredEdge{e.File, e.Line, strings.TrimSuffix(e.From.String(), "/"), e.Label, e.To.String(), e.String()})
	}
	return result, cover, nil
}

func (p program) printTested(r tested, uncovered bool) error {
	for _, f := range r.Failures {
		if f.Name != "" && !strings.HasPrefix(f.Name, f.File) {
			fmt.Fprintf(p.out, "FAIL  %s\n", f.Name)
		}
		fmt.Fprintf(p.out, "%s:%d: %s\n\n", f.File, f.Line, f.Text)
	}
	if uncovered {
		for _, e := range r.Uncovered {
			fmt.Fprintf(p.out, "%s:%d: %s\n", e.File, e.Line, e.text)
		}
		if len(r.Uncovered) > 0 {
			fmt.Fprintln(p.out)
		}
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "flow\tsteps covered\tof\tways covered\tof\t")
	sum := flows.FlowCoverage{Flow: "all"}
	for _, f := range r.Flows {
		sum.Steps, sum.StepsCovered = sum.Steps+f.Steps, sum.StepsCovered+f.StepsCovered
		sum.Edges, sum.EdgesCovered = sum.Edges+f.Edges, sum.EdgesCovered+f.EdgesCovered
	}
	for _, f := range append(r.Flows, sum) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t\n", f.Flow, f.StepsCovered, f.Steps, f.EdgesCovered, f.Edges)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.out, "\nconversations: %d, failed: %d\n", r.Conversations, r.Failed)
	return err
}

// updateTranscripts writes what the bot says now into the files.
func (p program) updateTranscripts(ctx context.Context, book *flows.Book, files []string) error {
	for _, file := range files {
		old, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		// What cannot be played is told by the replay that follows.
		text, err := flows.UpdateTranscripts(ctx, file, string(old), book, book.Matcher())
		if ps := (flows.Problems{}); err != nil && !errors.As(err, &ps) {
			return err
		}
		if bytes.Equal(old, []byte(text)) {
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "updated %s\n", file)
	}
	return nil
}

// writeMissing writes conversations for what is not covered.
func (p program) writeMissing(ctx context.Context, book *flows.Book, cover *flows.Coverage, name string) error {
	byTree, lost, err := cover.Missing(ctx, book.Matcher())
	if err != nil {
		return err
	}
	texts := map[string][]string{}
	for _, tree := range slices.Sorted(maps.Keys(byTree)) {
		file := strings.ReplaceAll(name, "*", tree)
		texts[file] = append(texts[file], byTree[tree])
	}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		text := strings.Join(texts[file], "\n---\n")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "wrote %s\n", file)
	}
	if len(texts) == 0 {
		fmt.Fprintln(p.out, "nothing to write: every way that was found is taken")
	}
	for _, e := range lost {
		fmt.Fprintf(p.out, "%s:%d: %s: no conversation was found that goes this way\n", e.File, e.Line, e)
	}
	return nil
}
