package flows_test

import (
	"os"
	"path/filepath"
	"testing"

	"latchkey/flows"
)

func shipped(t testing.TB) *flows.Book {
	t.Helper()
	b, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatalf("the shipped trees do not load:\n%v", err)
	}
	return b
}

// Every conversation of testdata is played through the shipped trees, in its language.
func TestTranscripts(t *testing.T) {
	b := shipped(t)
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts found: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tr, err := flows.ParseTranscript(file, string(text))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tr.Play(t.Context(), b, b.Matcher()); err != nil {
				t.Error(err)
			}
		})
	}
}
