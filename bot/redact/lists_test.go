package redact

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"testing"
)

// listed is a sentence of testdata with what must not be left of it: nothing where it is harmless.
type listed struct {
	text    string
	secrets []string
}

var braces = regexp.MustCompile(`\{([^{}]*)\}`)

// list reads a file of testdata. What is in braces is secret, and each alternative between bars
// makes a sentence of its own.
func list(t testing.TB, name string) []listed {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []listed
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.ReplaceAll(lines.Text(), `\n`, "\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		most := 1
		for _, m := range braces.FindAllStringSubmatch(line, -1) {
			most = max(most, 1+strings.Count(m[1], "|"))
		}
		for i := range most {
			var l listed
			l.text = braces.ReplaceAllStringFunc(line, func(in string) string {
				parts := strings.Split(in[1:len(in)-1], "|")
				s := parts[min(i, len(parts)-1)]
				l.secrets = append(l.secrets, s)
				return s
			})
			all = append(all, l)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// left gives a word of a sentence's secrets that still stands in a text.
func (l listed) left(clean string) string {
	for _, s := range l.secrets {
		for _, w := range strings.Fields(s) {
			if strings.Contains(clean, w) {
				return w
			}
		}
	}
	return ""
}

// Sentences as people write them, in both languages: nothing secret is left of those that have a
// secret, and the others stay as they are, letter for letter, also in a conversation.
func TestLists(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		secret, harmless := list(t, "secrets."+lang+".txt"), list(t, "harmless."+lang+".txt")
		if len(secret) < 300 || len(harmless) < 300 {
			t.Errorf("%s: only %d with secrets, %d without", lang, len(secret), len(harmless))
		}
		for _, l := range secret {
			clean, found := Text(l.text)
			if w := l.left(clean); w != "" || !found {
				t.Errorf("%q became %q (found %v)", l.text, clean, found)
			}
			if again, _ := Text(clean); again != clean {
				t.Errorf("%q became %q, then %q", l.text, clean, again)
			}
			if worst, _, _ := Worst(l.text); l.left(worst) != "" {
				t.Errorf("at worst %q became %q", l.text, worst)
			}
		}
		for _, l := range harmless {
			if clean, found := Text(l.text); found || clean != l.text {
				t.Errorf("%q became %q", l.text, clean)
			}
			hello := Before{Said: "hello", Asked: "How can I help?"}
			if clean, found, _ := After(l.text, hello); found || clean != l.text {
				t.Errorf("after hello, %q became %q", l.text, clean)
			}
			// Only a user name that stands alone may be taken for a password where passwords were
			// spoken of.
			talk := Before{Said: "my password is refused", Asked: "Type it by hand."}
			if clean, found, _ := After(l.text, talk); (found || clean != l.text) && l.text != "annroy85" {
				t.Errorf("after talk of passwords, %q became %q", l.text, clean)
			}
		}
	}
}
