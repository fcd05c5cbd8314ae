package bubble

import "strings"

// shrink takes comments and indentation out of a script of ours, which halves what a visitor
// loads, while the files stay as they were written. It only drops whole lines, and so needs
// no understanding of JavaScript; a comment beside code stays.
func shrink(script string) string {
	var out strings.Builder
	comment := false
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if !comment && strings.HasPrefix(line, "/*") {
			_, after, closed := strings.Cut(line, "*/")
			comment = !closed
			if closed && after != "" { // a type beside code
				out.WriteString(line + "\n")
			}
			continue
		}
		if comment {
			comment = !strings.HasSuffix(line, "*/")
			continue
		}
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}
