package flows

import (
	"context"
	"slices"
	"strings"
)

// UpdateTranscripts plays the conversations of a file, and writes what the bot says now after
// each line of the client, and how it ended. Comments, heads, order and the client's lines
// stay. A conversation that cannot be played to its end is left as it is; the error says why.
func UpdateTranscripts(ctx context.Context, name, text string, b *Book, reader Reader) (string, error) {
	ts, err := ParseTranscripts(name, text)
	if err != nil {
		return text, err
	}
	lines := strings.Split(text, "\n")
	var problems Problems
	// From the last to the first, so that line numbers hold.
	for _, t := range slices.Backward(ts) {
		said, outcome, err := t.listen(ctx, b, reader)
		if err != nil {
			ps, ok := err.(Problems)
			if !ok {
				return text, err
			}
			problems = append(problems, ps...)
			continue
		}
		lines = t.rewrite(lines, said, outcome)
	}
	if len(problems) > 0 {
		return strings.Join(lines, "\n"), problems.sorted()
	}
	return strings.Join(lines, "\n"), nil
}

// said is what the bot says after a line; line 0 is the beginning.
type said map[int][]Event

// listen plays the client's lines alone.
func (t Transcript) listen(ctx context.Context, b *Book, reader Reader) (said, string, error) {
	p, err := t.begin(b, reader)
	if err != nil {
		return nil, "", err
	}
	all := said{0: p.heard}
	for _, line := range t.lines {
		if line.bot {
			continue
		}
		if err := p.take(ctx, line); err != nil {
			return nil, "", t.problem(line.number, "%v", err)
		}
		if line.lang != "" {
			continue
		}
		all[line.number] = p.heard
	}
	return all, p.outcome(), nil
}

// rewrite puts what was said in the place of the bot's lines.
func (t Transcript) rewrite(lines []string, all said, outcome string) []string {
	if t.outcomeAt > 0 {
		lines[t.outcomeAt-1] = "outcome: " + outcome
	}
	// Each part of the conversation begins with a line of the client or the clock.
	type part struct {
		begin int
		old   []int
	}
	parts := []part{{}}
	for _, l := range t.lines {
		if l.bot {
			last := &parts[len(parts)-1]
			last.old = append(last.old, l.number)
		} else if l.lang == "" {
			parts = append(parts, part{begin: l.number})
		}
	}
	for _, p := range slices.Backward(parts) {
		if p.begin == 0 && len(p.old) == 0 {
			continue // whoever leaves the greeting out means it
		}
		at := p.begin // after that line
		if len(p.old) > 0 {
			at = p.old[0] - 1
		}
		for _, n := range slices.Backward(p.old) {
			lines = slices.Delete(lines, n-1, n)
		}
		var fresh []string
		for _, e := range all[p.begin] {
			fresh = append(fresh, botLine(e))
		}
		lines = slices.Insert(lines, at, fresh...)
	}
	return lines
}
