package openai

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:embed prompts/*.md
var shipped embed.FS

// longestPrompt is in bytes. A prompt is paid for with every call, and a file ten times as long as
// ours is some other file.
const longestPrompt = 32 << 10

// Prompts are what the model is told to do, by what it is for.
type Prompts struct {
	// Read is for choosing among moves, Label for choosing among meanings (latchkey eval), and
	// Write for phrasing an answer.
	Read, Label, Write string
}

// LoadPrompts gives the prompts of a folder (read.md, label.md, write.md), and the program's own for
// what it does not have; an empty name gives those alone. A file of another name is an error: it
// would be believed to have an effect.
func LoadPrompts(folder string) (Prompts, error) {
	var p Prompts
	files := map[string]*string{"read.md": &p.Read, "label.md": &p.Label, "write.md": &p.Write}
	for name, to := range files {
		text, err := shipped.ReadFile("prompts/" + name)
		if err != nil {
			return p, fmt.Errorf("openai: prompts: %w", err)
		}
		*to = string(text)
	}
	if folder == "" {
		return p, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return p, fmt.Errorf("openai: prompts: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".md") {
			continue
		}
		to, ok := files[e.Name()]
		if !ok {
			errs = append(errs, fmt.Errorf("openai: prompts: %s is none of %s", e.Name(), strings.Join(names(files), ", ")))
			continue
		}
		text, err := fs.ReadFile(os.DirFS(folder), e.Name())
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("openai: prompts: %w", err))
		case len(text) > longestPrompt || !utf8.Valid(text) || strings.TrimSpace(string(text)) == "":
			errs = append(errs, fmt.Errorf("openai: prompts: %s should be text of at most %d bytes, and not empty", e.Name(), longestPrompt))
		default:
			*to = string(text)
		}
	}
	return p, errors.Join(errs...)
}

func names(files map[string]*string) []string {
	var all []string
	for name := range files {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
