package kb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault in an article: where it stands and how to mend it.
type Problem struct {
	File string
	Line int // from 1; 0 when the whole file is meant
	Text string
}

// String writes the problem as file:line: text, which editors and terminals can follow.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Problems are all the faults found in one reading, in the order of the files.
type Problems []Problem

// Error lists the problems, one on each line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(ps)
}
