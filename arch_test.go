package main

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// forbidden lists what a package must not reach, directly or through others, and why. The
// arrows of the design point down: channels and store know the core, the core knows the trees.
var forbidden = map[string]map[string]string{
	"latchkey": {
		"github.com/evanw/esbuild/pkg/api": "the program is built without the tools that make the widget",
	},
	"latchkey/flows": {
		"latchkey/bot":   "the trees know nobody",
		"latchkey/store": "the trees know nobody",
		"net/http":       "the engine is pure",
		"database/sql":   "the engine is pure",
	},
	"latchkey/kb": {
		"latchkey/bot":   "the articles know nobody",
		"latchkey/flows": "the articles know nobody",
		"latchkey/store": "the articles know nobody",
		"net/http":       "the articles reach no socket",
		"database/sql":   "the articles reach no database",
	},
	"latchkey/kb/pages": {
		"latchkey/bot":   "the pages know the articles only",
		"latchkey/flows": "the pages know the articles only",
		"latchkey/store": "the pages know the articles only",
		"database/sql":   "the pages know no database",
	},
	"latchkey/bot": {
		"latchkey/kb/pages":            "the core names no channel",
		"latchkey/bot/bubble":          "the core names no channel",
		"latchkey/bot/mail":            "the core names no channel",
		"latchkey/bot/slackchat":       "the core names no channel",
		"latchkey/bot/openai":          "the core names no model",
		"github.com/slack-go/slack":    "the core names no channel",
		"latchkey/store":               "the core names no database",
		"database/sql":                 "the core names no database",
		"github.com/gorilla/websocket": "the core reaches no socket",
		"net/http":                     "the core reaches no socket",
		"net/smtp":                     "the core sends no mail",
	},
	"latchkey/bot/bubble": {
		"latchkey/store":         "channels do not know the database",
		"latchkey/bot/mail":      "channels do not know each other",
		"latchkey/bot/slackchat": "channels do not know each other",
		"database/sql":           "channels do not know the database",
	},
	"latchkey/bot/mail": {
		"latchkey/store":         "channels do not know the database",
		"latchkey/bot/bubble":    "channels do not know each other",
		"latchkey/bot/slackchat": "channels do not know each other",
		"database/sql":           "channels do not know the database",
	},
	"latchkey/bot/slackchat": {
		"latchkey/store":                   "channels do not know the database",
		"latchkey/bot/bubble":              "channels do not know each other",
		"latchkey/bot/mail":                "channels do not know each other",
		"latchkey/bot/slackchat/slacktest": "the program knows the real Slack only",
		"database/sql":                     "channels do not know the database",
	},
	"latchkey/bot/openai": {
		"latchkey/store":                 "a model does not know the database",
		"latchkey/bot/bubble":            "a model knows no channel",
		"latchkey/bot/mail":              "a model knows no channel",
		"latchkey/bot/slackchat":         "a model knows no channel",
		"latchkey/bot/openai/openaitest": "the program knows real servers only",
		"database/sql":                   "a model does not know the database",
	},
	"latchkey/bot/openai/openaitest": {
		"latchkey/bot":                      "a server knows none of its clients",
		"latchkey/flows":                    "a server knows none of its clients",
		"github.com/sashabaranov/go-openai": "a server that shared its client's library would share its mistakes",
	},
	"latchkey/bot/slackchat/slacktest": {
		"latchkey/bot":   "a Slack knows none of its apps",
		"latchkey/flows": "a Slack knows none of its apps",
		"latchkey/store": "a Slack knows none of its apps",
	},
	"latchkey/store": {
		"latchkey/bot/openai":    "the store knows no model",
		"latchkey/bot/bubble":    "the store knows no channel",
		"latchkey/bot/mail":      "the store knows no channel",
		"latchkey/bot/slackchat": "the store knows no channel",
	},
}

func TestArrowsPointDown(t *testing.T) {
	for pkg, not := range forbidden {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", pkg, err)
		}
		for _, dep := range strings.Fields(string(out)) {
			if why, ok := not[dep]; ok {
				t.Errorf("%s reaches %s: %s", pkg, dep, why)
			}
		}
	}
}

// The types of these libraries stay in one package each: they change often, and so nobody else has to.
func TestOnePackageKnowsEachVendor(t *testing.T) {
	knows := map[string]string{
		"github.com/slack-go/slack":         "latchkey/bot/slackchat",
		"github.com/sashabaranov/go-openai": "latchkey/bot/openai",
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(line, " ")
		for library, one := range knows {
			if strings.Contains(imports, library) && pkg != one {
				t.Errorf("%s imports %s", pkg, library)
			}
		}
	}
}

// Every line of the log goes through what masks people's addresses and numbers in it.
func TestOneLog(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || path == "main.go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, maker := range []string{"slog.NewTextHandler(", "slog.NewJSONHandler(", "slog.SetDefault(", "log.Print", "log.Fatal"} {
			if strings.Contains(strings.ReplaceAll(string(text), "t.Log", ""), maker) {
				t.Errorf("%s has %s) where newLog makes the log", path, maker)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		var out strings.Builder
		log := newLog(&out, Config{LogLevel: "debug", LogFormat: format})
		log.Debug("mail to ann@example.org", "error", errors.New("550 no ann@example.org, call 514-555-0199"))
		if got := out.String(); got == "" || strings.Contains(got, "ann@") || strings.Contains(got, "0199") {
			t.Errorf("%s: %s", format, got)
		}
	}
}

// Every package says once what it is for.
func TestEveryPackageHasOneComment(t *testing.T) {
	comments := map[string]int{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		comments[dir] += 0
		if f.Doc != nil {
			comments[dir]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, n := range comments {
		if n != 1 {
			t.Errorf("%s has %d package comments", dir, n)
		}
	}
}

// The sample of the settings and the README's table say what the program reads.
func TestSettingsAreDocumented(t *testing.T) {
	var sample, table strings.Builder
	if err := writeSample(&sample); err != nil {
		t.Fatal(err)
	}
	if err := writeTable(&table); err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(".env.example")
	if err != nil || string(have) != sample.String() {
		t.Errorf(".env.example is old: `go run . config > .env.example` (%v)", err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil || !strings.Contains(string(readme), table.String()) {
		t.Errorf("the table of README.md is old: `go run . config --table` (%v)", err)
	}
}
