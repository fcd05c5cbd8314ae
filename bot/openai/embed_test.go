package openai_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/bot/openai"
	"latchkey/bot/openai/openaitest"
)

func TestTextsThatShareWordsAreAlike(t *testing.T) {
	w := newWorld(t)
	vs, err := w.model.Embed(t.Context(), []string{"reset my password", "reset the password", "billing and trial", ""})
	if err != nil || len(vs) != 4 {
		t.Fatal(vs, err)
	}
	q, err := w.model.EmbedQuestion(t.Context(), "password reset for ann@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if same, other := cosine(vs[0], vs[1]), cosine(vs[0], vs[2]); same <= other {
		t.Errorf("alike by %v, and unlike by %v", same, other)
	}
	if near, far := cosine(q, vs[0]), cosine(q, vs[2]); near <= far {
		t.Errorf("the question is alike by %v, and unlike by %v", near, far)
	}
	if rs := w.asked(2); strings.Contains(string(rs[1].Raw), "ann@") || rs[0].Input[3] != " " {
		t.Errorf("embedded are %q and %q", rs[0].Input, rs[1].Input)
	}
}

// Each text is paid for once, also after a new start; what is broken is asked for again.
func TestVectorsAreKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "vectors")
	kept := func(o *openai.Options) { o.Vectors = folder }
	w := newWorld(t, kept)
	texts := []string{"one", "two", "one"}
	first, err := w.model.Embed(t.Context(), texts[:2])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.model.Embed(t.Context(), texts); err != nil {
		t.Fatal(err)
	}
	w.asked(1)
	if _, err := w.model.EmbedQuestion(t.Context(), "a person's own words"); err != nil {
		t.Fatal(err)
	}
	w.asked(1)
	var files []string
	if err := fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, filepath.Join(folder, path))
		}
		return err
	}); err != nil || len(files) != 2 {
		t.Fatalf("kept is %v, %v", files, err)
	}
	url := w.server.URL
	again := func(want int) {
		t.Helper()
		m, err := openai.New(openai.Options{URL: url, Key: key, Embed: "vectors", Vectors: folder})
		if err != nil {
			t.Fatal(err)
		}
		vs, err := m.Embed(t.Context(), texts[:2])
		if err != nil || cosine(vs[0], first[0]) < 0.9999 || cosine(vs[1], first[1]) < 0.9999 {
			t.Errorf("they are others now, %v", err)
		}
		w.asked(want)
	}
	again(0)
	for _, damage := range [][]byte{nil, {1, 2, 3}, make([]byte, 256), slices.Repeat([]byte{0xff}, 256)} {
		if err := os.WriteFile(files[0], damage, 0o600); err != nil {
			t.Fatal(err)
		}
		again(1)
	}
	if m, err := openai.New(openai.Options{URL: url, Key: key, Embed: "another", Vectors: folder}); err != nil {
		t.Fatal(err)
	} else if _, err := m.Embed(t.Context(), texts[:1]); err == nil || len(w.server.Refused()) != 1 {
		t.Errorf("another model has the same vectors: %v", err)
	}
}

func TestManyTextsGoInBatches(t *testing.T) {
	w := newWorld(t)
	var texts []string
	for i := range 150 {
		texts = append(texts, fmt.Sprintf("text %d", i))
	}
	vs, err := w.model.Embed(t.Context(), texts)
	if err != nil || len(vs) != 150 {
		t.Fatal(len(vs), err)
	}
	if rs := w.asked(3); len(rs[0].Input) != 64 || len(rs[2].Input) != 22 {
		t.Errorf("batches of %d, %d, %d", len(rs[0].Input), len(rs[1].Input), len(rs[2].Input))
	}
	one, err := w.model.Embed(t.Context(), texts[100:101])
	if err != nil || cosine(one[0], vs[100]) < 0.9999 {
		t.Errorf("they are in another order: %v", err)
	}
}

func TestVectorsThatAreNoneAreRefused(t *testing.T) {
	w := newWorld(t)
	e := func(i any, v ...float64) map[string]any {
		return map[string]any{"object": "embedding", "index": i, "embedding": v}
	}
	for name, data := range map[string][]any{
		"too few": {e(0, 1, 0)}, "too many": {e(0, 1), e(1, 1), e(2, 1)}, "the same twice": {e(0, 1), e(0, 1)},
		"out of range": {e(0, 1), e(2, 1)}, "below zero": {e(0, 1), e(-1, 1)}, "of two lengths": {e(0, 1, 0), e(1, 1)},
		"empty": {e(0), e(1)}, "without a direction": {e(0, 0, 0), e(1, 1, 0)}, "none": nil,
		"words": {e(0, 1), map[string]any{"index": 1, "embedding": "AAAA"}},
	} {
		w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
			openaitest.Write(rw, 200, map[string]any{"object": "list", "data": data, "model": "vectors"})
		})
		if vs, err := w.model.Embed(t.Context(), []string{"one", "two"}); err == nil {
			t.Errorf("%s: %v", name, vs)
		}
		w.later(openai.LongestRest) // so that it is asked again
	}
	w.server.Turn(nil)
	if _, err := w.model.Embed(t.Context(), []string{"one", "two"}); err != nil {
		t.Errorf("nothing of it was kept, and yet: %v", err)
	}
}

func TestAHostileServerGivesNoVectors(t *testing.T) {
	for _, h := range openaitest.Hostilities(3) {
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, impatient)
			w.server.Turn(h.Do)
			if v, err := w.model.EmbedQuestion(t.Context(), "how?"); err == nil {
				t.Errorf("it gives %v", v)
			}
		})
	}
}

func TestWithoutAModelForThemThereAreNone(t *testing.T) {
	w := newWorld(t, func(o *openai.Options) { o.Embed = "" })
	if _, err := w.model.Embed(t.Context(), []string{"one"}); err == nil || w.model.Embeds() {
		t.Error("there are embeddings")
	}
	w.asked(0)
}

// cosine says how alike two vectors of length 1 are.
func cosine(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
