package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"latchkey/flows"
)

// checkMutants spoils the trees in every small way and lists what nothing notices.
func (p program) checkMutants(ctx context.Context, c Config) error {
	book, err := loadBook(c)
	if err != nil {
		return err
	}
	files, err := p.transcriptFiles(c, nil)
	if err != nil {
		return err
	}
	var conversations []flows.Transcript
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		ts, err := flows.ParseTranscripts(file, string(text))
		if err != nil {
			return err
		}
		conversations = append(conversations, ts...)
	}
	m, err := book.Mutate(ctx, conversations, book.Matcher())
	if err != nil {
		return err
	}
	mutants, noticed := 0, 0
	for _, sort := range slices.Sorted(maps.Keys(m.Mutants)) {
		fmt.Fprintf(p.out, "  %-34s %4d of %4d noticed\n", sort, m.Noticed[sort], m.Mutants[sort])
		mutants, noticed = mutants+m.Mutants[sort], noticed+m.Noticed[sort]
	}
	fmt.Fprintf(p.out, "\n%d of %d faults were noticed (%.1f %%).\n", noticed, mutants, 100*float64(noticed)/float64(max(mutants, 1)))
	fmt.Fprintf(p.out, "%d other changes make no difference to anybody.\n", len(m.Alike))
	for _, s := range m.Untaken {
		fmt.Fprintf(p.out, "  nobody goes there: %s\n", s)
	}
	for _, s := range m.Survivors {
		fmt.Fprintf(p.out, "  not noticed: %s\n", s)
	}
	if len(m.Survivors) > 0 {
		return errCheck
	}
	return nil
}
