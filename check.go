package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/flows"
)

// errCheck ends `latchkey check` with status 1 when something does not hold; what it is was
// printed already.
var errCheck = errors.New("the decision trees do not hold")

// errHelp is the same for the articles.
var errHelp = errors.New("the articles do not hold")

func (p program) checkCommand(ctx context.Context, c *Config) *cobra.Command {
	var asJSON, mutate bool
	var against string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Prove that the decision trees and the articles do what they promise",
		Long: "Loads the flow files and walks every session people can come to, with the engine itself.\n" +
			"It proves the promises written in the files and the rules every tree has, or shows the\n" +
			"shortest conversation that breaks one. Of the articles it proves that their links lead somewhere,\n" +
			"that there is one in every language, and that their own questions find them. Exit status 1 when\n" +
			"something does not hold.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch {
			case against != "":
				return p.checkAgainst(ctx, *c, against)
			case mutate:
				return p.checkMutants(ctx, *c)
			}
			return p.check(*c, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the report as JSON")
	cmd.Flags().BoolVar(&mutate, "mutate", false, "spoil the trees in every small way, and list what no check or conversation notices")
	cmd.Flags().StringVar(&against, "against", "", "compare with the trees in a folder, or with a version in the store: who could move unchanged")
	return cmd
}

func (p program) check(c Config, asJSON bool) error {
	book, base, err := loadTexts(c)
	if err != nil {
		return err
	}
	begun := time.Now()
	rep := book.Verify()
	took := time.Since(begun)
	if asJSON {
		enc := json.NewEncoder(p.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(rep); err != nil {
			return err
		}
	} else {
		fmt.Fprint(p.out, proof(rep, took))
	}
	if problems := checkHelp(base, book); len(problems) > 0 {
		fmt.Fprintf(p.err, "%v\n", problems)
		return errHelp
	}
	if !asJSON {
		fmt.Fprintf(p.out, "  %-13s %s; each is found by its own questions\n", "articles", base.Summary())
	}
	if len(rep.Findings) > 0 {
		return errCheck
	}
	return nil
}

// variablesOf gives the configured variables that a book has.
func variablesOf(c Config, book *flows.Book) map[string]string {
	values := c.variables()
	maps.DeleteFunc(values, func(name, _ string) bool { return !slices.Contains(book.Variables(), name) })
	return values
}

// proof writes a report for the terminal.
func proof(rep flows.Report, took time.Duration) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-13s %s\n", name, fmt.Sprintf(format, args...))
	}
	for _, f := range rep.Findings {
		at := f.At
		if at != "" {
			at += ": "
		}
		fmt.Fprintf(&b, "%s%s\n  but %s:\n\n", at, f.Rule, f.What)
		for _, l := range strings.Split(strings.TrimSpace(f.Story), "\n") {
			b.WriteString("    " + l + "\n")
		}
		b.WriteString("\n")
	}
	if len(rep.Findings) == 0 {
		b.WriteString("The decision trees hold.\n\n")
	} else {
		fmt.Fprintf(&b, "%d of the rules and promises do not hold.\n\n", len(rep.Findings))
	}
	line("version", "%s", rep.Version)
	line("steps", "%d, with %d choices", rep.Steps, rep.Choices)
	line("promises", "%d, and the rules every tree has: %s", rep.Promises, strings.Join(flows.Rules(), "; "))
	line("sessions", "%d classes, %d transitions, in %s", rep.Sessions, rep.Transitions, took.Round(10*time.Millisecond))
	line("questions", "%d to an outcome by the shortest way (median), at most %d; never more than %d for who only answers",
		rep.Median, rep.Farthest, rep.Bound)
	var outcomes []string
	for _, o := range slices.Sorted(maps.Keys(rep.Outcomes)) {
		outcomes = append(outcomes, fmt.Sprintf("%s %d", o, rep.Outcomes[o]))
	}
	line("ends", "%s", strings.Join(outcomes, ", "))
	return b.String()
}
