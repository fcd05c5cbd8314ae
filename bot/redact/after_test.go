package redact

import (
	"strings"
	"testing"
)

// afterList are the sentences of after.txt with what was said before them.
func afterList(t testing.TB) (all []listed, before []Before) {
	t.Helper()
	for _, l := range list(t, "after.txt") {
		parts := strings.Split(l.text, "|")
		if len(parts) != 3 {
			t.Fatalf("%q does not have three parts", l.text)
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		asked, fact := strings.CutPrefix(parts[1], "fact:")
		before = append(before, Before{Said: parts[0], Asked: asked, Fact: fact})
		all = append(all, listed{parts[2], l.secrets})
	}
	return all, before
}

// What was said before makes a short answer a secret, and leaves alone what people answer else.
func TestAfter(t *testing.T) {
	all, before := afterList(t)
	secret, calm := 0, 0
	for i, l := range all {
		clean, found, failed := After(l.text, before[i])
		if failed != nil {
			t.Errorf("%q: %v", l.text, failed)
		}
		if len(l.secrets) > 0 {
			secret++
		} else {
			calm++
		}
		if w := l.left(clean); w != "" || found != (len(l.secrets) > 0) || len(l.secrets) == 0 && clean != l.text {
			t.Errorf("%+v: %q became %q (found %v)", before[i], l.text, clean, found)
		}
		if again, _, _ := After(clean, before[i]); again != clean {
			t.Errorf("%+v: %q became %q, then %q", before[i], l.text, clean, again)
		}
		if worst, _, _ := Worst(l.text); l.left(worst) != "" {
			t.Errorf("at worst %q became %q", l.text, worst)
		}
	}
	if secret < 100 || calm < 70 {
		t.Errorf("only %d with secrets, %d without", secret, calm)
	}
}
