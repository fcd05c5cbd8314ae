package redact

import (
	"strings"
	"testing"
	"time"
)

// A rule that breaks takes the whole text with it, and says so without a word of the text.
func TestABrokenRule(t *testing.T) {
	for _, what := range []any{"index out of range in hunter2", 7} {
		c := cleaner{rules: []rule{func([]secretSpan, string, folded, mood) []secretSpan { panic(what) }}, now: time.Now, limit: time.Hour}
		for _, m := range []mood{calm, talked, announced | announcedCode} {
			clean, found, failed := c.after("this is hunter2", m)
			if clean != secretMark || !found || failed == nil || strings.Contains(failed.Error(), "hunter2") {
				t.Errorf("left %q (found %v, %v)", clean, found, failed)
			}
		}
	}
}

// A rule that gives places outside of the text is broken too.
func TestARuleOutside(t *testing.T) {
	c := cleaner{rules: []rule{func(s []secretSpan, _ string, _ folded, _ mood) []secretSpan {
		return append(s, secretSpan{start: 2, end: 99})
	}}, now: time.Now, limit: time.Hour}
	if clean, found, failed := c.clean("this is hunter2", calm); clean != secretMark || !found || failed == nil {
		t.Errorf("left %q (found %v, %v)", clean, found, failed)
	}
}

// Rules that take too long take the whole text with them.
func TestSlowRules(t *testing.T) {
	now := time.Now()
	c := cleaner{
		rules: []rule{func(s []secretSpan, _ string, _ folded, _ mood) []secretSpan {
			now = now.Add(3 * time.Second)
			return s
		}},
		now: func() time.Time { return now }, limit: 2 * time.Second,
	}
	if clean, found, failed := c.clean("this is hunter2", calm); clean != secretMark || !found || failed == nil || strings.Contains(failed.Error(), "hunter2") {
		t.Errorf("left %q (found %v, %v)", clean, found, failed)
	}
	c.limit = 4 * time.Second
	if clean, found, failed := c.clean("this is fine", calm); clean != "this is fine" || found || failed != nil {
		t.Errorf("left %q (found %v, %v)", clean, found, failed)
	}
}
