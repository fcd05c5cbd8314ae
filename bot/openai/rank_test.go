package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot/openai"
	"latchkey/bot/openai/openaitest"
	"latchkey/kb"
)

var articlesOnce = sync.OnceValues(func() (*kb.Base, error) { return kb.Load(kb.Shipped()) })

func shippedArticles(t testing.TB) *kb.Base {
	t.Helper()
	b, err := articlesOnce()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// strange has no word that an article has.
const strange = "my fingers forgot the magic syllables"

var client = kb.Asker{Lang: "en", Audience: kb.ForClient}

// prepared is a base that a ranker of the model belongs to.
func (w *world) prepared(base *kb.Base) *kb.Base {
	w.t.Helper()
	r := w.model.Ranker(base)
	if err := r.Prepare(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.server.Requests()
	return base.Ranking(r)
}

func answer(t *testing.T, b *kb.Base, question string) kb.Answer {
	t.Helper()
	a, err := b.Answer(t.Context(), question, client)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A question in other words than the articles' finds the section that means it, once its vectors are
// there; one that means nothing in the articles finds nothing.
func TestASectionIsFoundByItsMeaning(t *testing.T) {
	w := newWorld(t)
	plain := shippedArticles(t)
	section := plain.Article("en", "reset-link").Meaning(1)
	w.server.Means(strange, section)
	r := w.model.Ranker(plain)
	b := plain.Ranking(r)
	if r.Ready(t.Context()) || r.Sections() != 0 || answer(t, b, strange).Known() {
		t.Error("it knows the sections before it has their vectors")
	}
	w.asked(0)
	if err := r.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := map[string]bool{}
	for _, req := range w.server.Requests() {
		for _, text := range req.Input {
			sent[text] = true
		}
	}
	sections := 0
	for _, lang := range plain.Languages() {
		for _, a := range plain.Articles(lang) {
			sections += len(a.Sections)
		}
	}
	if !r.Ready(t.Context()) || r.Sections() != sections || !sent[section] || !sent[plain.Elsewhere("fr")[0]] {
		t.Errorf("%d sections of %d are there", r.Sections(), sections)
	}
	a := answer(t, b, strange)
	if !a.Known() || a.Article.ID != "reset-link" || a.Section != 1 || a.Likeness < 0.99 || a.Score >= kb.Enough {
		t.Errorf("%+v", a)
	}
	if rs := w.asked(1); len(rs[0].Input) != 1 || rs[0].Input[0] != strange {
		t.Errorf("sent is %q", rs[0].Input)
	}
	for _, q := range plain.Elsewhere("en") {
		if a := answer(t, b, q); a.Known() || a.Likeness != 0 {
			t.Errorf("%q is answered by %s, near by %.2f", q, a.Article.ID, a.Likeness)
		}
	}
	if a, err := b.Answer(t.Context(), "mes doigts ont oublié les syllabes magiques", kb.Asker{Lang: "fr"}); err != nil || a.Known() {
		t.Errorf("%v, %v", a, err)
	}
}

// What leaves of a question has no addresses and secrets.
func TestAQuestionLeavesClean(t *testing.T) {
	w := newWorld(t)
	b := w.prepared(shippedArticles(t))
	answer(t, b, "the magic syllables of ann@example.org forgot my fingers, password: hunter22!")
	if rs := w.asked(1); strings.Contains(string(rs[0].Raw), "ann@") || strings.Contains(string(rs[0].Raw), "hunter22") {
		t.Errorf("sent is %q", rs[0].Input)
	}
}

// After a new start nothing is asked for again; when an article changes, what changed is.
func TestOnlyNewTextsAreEmbedded(t *testing.T) {
	folder := t.TempDir()
	kept := func(o *openai.Options) { o.Vectors = filepath.Join(folder, "vectors") }
	w := newWorld(t, kept)
	base := shippedArticles(t)
	w.prepared(base)
	prepare := func(base *kb.Base) (sent []string) {
		t.Helper()
		m, err := openai.New(openai.Options{URL: w.server.URL, Key: key, Embed: "vectors", Vectors: filepath.Join(folder, "vectors")})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Ranker(base).Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, r := range w.server.Requests() {
			sent = append(sent, r.Input...)
		}
		return sent
	}
	if sent := prepare(base); len(sent) != 0 {
		t.Errorf("a new start embeds %d texts", len(sent))
	}
	articles := filepath.Join(folder, "articles")
	if err := os.CopyFS(articles, kb.Shipped()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(articles, "en", "web-version.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "\n\nAlso on a tablet.\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := kb.Load(os.DirFS(articles))
	if err != nil {
		t.Fatal(err)
	}
	if sent := prepare(changed); len(sent) != 1 || !strings.Contains(sent[0], "Also on a tablet.") {
		t.Errorf("a new sentence embeds %q", sent)
	}
}

// Whatever the server does, the answer is the one by words, within the deadline.
func TestAHostileServerLeavesTheWords(t *testing.T) {
	plain := shippedArticles(t)
	const unsure = "where is my user name written"
	for _, h := range openaitest.Hostilities(11) {
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			// The questions are impatient; the vectors of the articles, before, are not.
			w := newWorld(t, impatient, func(o *openai.Options) { o.Transport = http.DefaultTransport.(*http.Transport).Clone() })
			w.server.Means(strange, plain.Article("en", "reset-link").Meaning(1))
			w.server.Means(unsure, plain.Article("en", "reset-link").Meaning(1))
			b := w.prepared(plain)
			w.server.Turn(h.Do)
			for _, q := range []string{strange, unsure, "my email changed, the address of my account"} {
				w.later(openai.LongestRest)
				if got, want := answer(t, b, q), plain.Find(q, client); got != want {
					t.Errorf("%q: %+v, by words %+v", q, got, want)
				}
			}
			// What is kept is there without the server; a new text is not.
			if err := w.model.Ranker(plain).Prepare(t.Context()); err != nil {
				t.Errorf("what is kept: %v", err)
			}
			w.later(openai.LongestRest)
			fresh := w.model.Ranker(plain.With(func(name, _ string) string { return "new " + name }))
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			defer cancel()
			if err := fresh.Prepare(ctx); err == nil || fresh.Ready(t.Context()) {
				t.Error("there are vectors of texts that nobody has embedded")
			}
		})
	}
}

// Vectors that say nothing, or say anything, give no answer where there is none, and take none away.
func TestVectorsThatSayNothingChangeNothing(t *testing.T) {
	plain := shippedArticles(t)
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(5, 5))
	// noise is n numbers that scatter around a middle.
	noise := func(n int, middle, width float64) []float64 {
		mu.Lock()
		defer mu.Unlock()
		out := make([]float64, n)
		for i := range out {
			out[i] = middle + width*dice.NormFloat64()
		}
		return out
	}
	for name, v := range map[string]func() []float64{
		"all the same":    func() []float64 { return []float64{1, 2, 3} },
		"of one number":   func() []float64 { return []float64{1} },
		"nearly the same": func() []float64 { return noise(384, 1, 1e-5) },
		"at random":       func() []float64 { return noise(384, 0, 1) },
	} {
		w := newWorld(t)
		w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, req openaitest.Request) {
			var data []any
			for i := range req.Input {
				data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": v()})
			}
			openaitest.Write(rw, 200, map[string]any{"object": "list", "data": data, "model": "vectors"})
		})
		b := w.prepared(plain)
		for _, s := range samples(t, "train") {
			got, err := b.Answer(t.Context(), s.text, s.by(plain))
			if err != nil {
				t.Fatal(err)
			}
			want := plain.Find(s.text, s.by(plain))
			if got.Known() != want.Known() || got.Aside != want.Aside || name != "at random" && got != want {
				t.Errorf("%s: %q: %v, by words %v", name, s.text, got, want)
			}
		}
	}
}

// Another model that answers to the same name is noticed.
func TestVectorsOfAnotherLengthAreNotCompared(t *testing.T) {
	w := newWorld(t)
	plain := shippedArticles(t)
	b := w.prepared(plain)
	w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
		openaitest.Write(rw, 200, map[string]any{"object": "list", "model": "vectors", "data": []any{
			map[string]any{"object": "embedding", "index": 0, "embedding": []float64{1, 0, 0}},
		}})
	})
	if a := answer(t, b, strange); a.Known() || !strings.Contains(w.log.String(), "folder embeddings") {
		t.Errorf("%+v\n%s", a, w.log)
	}
}

// When the calls of a conversation or the day are used up, or the server rests, nobody is asked, and
// so nobody waits.
func TestARankerThatMayNotAskIsNotReady(t *testing.T) {
	plain := shippedArticles(t)
	w := newWorld(t, func(o *openai.Options) { o.Limits.DayCalls = 100 })
	r := w.model.Ranker(plain)
	if err := r.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := plain.Ranking(r)
	for range 200 {
		answer(t, b, strange)
	}
	if rs := w.server.Requests(); len(rs) != 100 || r.Ready(t.Context()) || b.Slow(t.Context(), strange, client) {
		t.Errorf("the model was asked %d times", len(rs))
	}
	w.later(24 * time.Hour)
	if !r.Ready(t.Context()) {
		t.Error("it is not ready on the next day")
	}
	w.server.Turn(func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) { rw.WriteHeader(500) })
	for range 10 {
		answer(t, b, strange)
	}
	if rs := w.server.Requests(); len(rs) != 5 || b.Slow(t.Context(), strange, client) {
		t.Errorf("a broken server was asked %d times", len(rs))
	}
}

// Run tries until the context ends, and says so; it does not hold up who ends it.
func TestRunPrepares(t *testing.T) {
	w := newWorld(t)
	r := w.model.Ranker(shippedArticles(t))
	if err := r.Run(t.Context()); err != nil || r.Sections() == 0 || !strings.Contains(w.log.String(), "goes by meaning too") {
		t.Errorf("%v\n%s", err, w.log)
	}
	broken := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	asked := make(chan struct{})
	broken.server.Turn(func(rw http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
		rw.WriteHeader(500)
		close(asked) // once: the next attempt is a minute later
	})
	done := make(chan error)
	again := broken.model.Ranker(shippedArticles(t))
	go func() { done <- again.Run(ctx) }()
	<-asked
	stop()
	if err := <-done; err != nil || again.Sections() != 0 {
		t.Errorf("%v, %d sections", err, again.Sections())
	}
}

func TestWithoutAModelForThemThereIsNoRanker(t *testing.T) {
	w := newWorld(t, func(o *openai.Options) { o.Embed = "" })
	if w.model.Ranker(shippedArticles(t)) != nil {
		t.Error("there is one")
	}
}

// sample is a question of kb/testdata, with the articles that answer it.
type sample struct {
	lang, text string
	answers    []string
	as         kb.Audience // who asks, where that is said
}

// by is who asks it: somebody for whom its answer is.
func (s sample) by(b *kb.Base) kb.Asker {
	by := kb.Asker{Lang: s.lang, Audience: kb.ForClient}
	if s.as != "" {
		by.Audience = s.as
	} else if s.answers != nil && b.Article(s.lang, s.answers[0]).Audience == kb.ForProfessional {
		by.Audience = kb.ForProfessional
	}
	return by
}

func samples(t *testing.T, part string) (all []sample) {
	t.Helper()
	for _, lang := range []string{"en", "fr"} {
		data, err := os.ReadFile(filepath.Join("../../kb/testdata", lang+"-"+part+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			text, ids, _ := strings.Cut(strings.TrimSpace(line), "\t")
			ids, as, _ := strings.Cut(ids, "\t")
			s := sample{lang: lang, text: text, as: kb.Audience(as)}
			if ids != "-" {
				s.answers = strings.Split(ids, ",")
			}
			all = append(all, s)
		}
	}
	return all
}

// tally is what came of the questions of testdata.
type tally struct{ right, wrong, silent, invented, quiet int }

func tallied(t *testing.T, b *kb.Base, part string) (n tally) {
	t.Helper()
	for _, s := range samples(t, part) {
		a, err := b.Answer(t.Context(), s.text, s.by(b))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case s.answers == nil && a.Known():
			n.invented++
		case s.answers == nil:
			n.quiet++
		case !a.Known():
			n.silent++
		case slices.Contains(s.answers, a.Article.ID):
			n.right++
		default:
			n.wrong++
		}
	}
	return n
}

// With vectors that know the same words only, the search does not get worse. With those of a real
// server it should get better: LATCHKEY_TEST_EMBED=bge-m3
// LATCHKEY_TEST_EMBED_URL=http://localhost:11434/v1 measures it.
func TestMeaningBesideWords(t *testing.T) {
	plain := shippedArticles(t)
	w := newWorld(t)
	model := w.model
	name := os.Getenv("LATCHKEY_TEST_EMBED")
	if name != "" {
		var err error
		model, err = openai.New(openai.Options{URL: os.Getenv("LATCHKEY_TEST_EMBED_URL"), Key: os.Getenv("LATCHKEY_TEST_EMBED_KEY"), Embed: name})
		if err != nil {
			t.Fatal(err)
		}
	}
	r := model.Ranker(plain)
	if err := r.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"train", "test"} {
		words, both := tallied(t, plain, part), tallied(t, plain.Ranking(r), part)
		t.Logf("%s: by words %+v, by meaning too %+v", part, words, both)
		if both.invented > words.invented || both.wrong > words.wrong+1 || both.right < words.right-1 {
			t.Errorf("%s: by words %+v, by meaning too %+v", part, words, both)
		}
	}
}

// BenchmarkRank is a question among 10,000 sections, with vectors of 1,536 numbers, and one in the
// articles that come with the program; both without what the server and the line take.
func BenchmarkRank(b *testing.B) {
	for _, c := range []struct {
		name       string
		sections   int
		dimensions int
	}{{"shipped", 0, 1536}, {"10000", 10_000, 1536}} {
		b.Run(c.name, func(b *testing.B) {
			dice := rand.New(rand.NewPCG(1, 2))
			bodies := map[int][]byte{}
			server := transport(func(r *http.Request) (*http.Response, error) {
				var asked struct{ Input []string }
				if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
					return nil, err
				}
				body, ok := bodies[len(asked.Input)]
				if !ok {
					body = embedded(b, dice, len(asked.Input), c.dimensions)
					bodies[len(asked.Input)] = body
				}
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
			})
			m, err := openai.New(openai.Options{URL: "http://model.example/v1", Embed: "vectors", Transport: server})
			if err != nil {
				b.Fatal(err)
			}
			base := shippedArticles(b)
			if c.sections > 0 {
				base = manySections(b, c.sections)
			}
			r := m.Ranker(base)
			if err := r.Prepare(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if near, err := r.Rank(b.Context(), strange, "en", 36); err != nil || len(near) != 36 {
					b.Fatal(len(near), err)
				}
			}
			b.ReportMetric(float64(r.Sections()), "sections")
		})
	}
}

// embedded is an answer with n vectors of any direction.
func embedded(b *testing.B, dice *rand.Rand, n, dimensions int) []byte {
	b.Helper()
	var data []any
	for i := range n {
		v := make([]float32, dimensions)
		for j := range v {
			v[j] = float32(dice.NormFloat64())
		}
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": v})
	}
	raw, err := json.Marshal(map[string]any{"object": "list", "data": data, "model": "vectors"})
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

// manySections is a base of so many sections, ten in each article.
func manySections(b *testing.B, n int) *kb.Base {
	b.Helper()
	folder := b.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "en"), 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range n / 10 {
		var text strings.Builder
		fmt.Fprintf(&text, "---\nid: a%d\nlang: en\naudience: everyone\ntitle: How to a%d\nquestions:\n  - How do I a%d?\n---\n\nLike this.\n", i, i, i)
		for j := range 9 {
			fmt.Fprintf(&text, "\n## More of s%d\n\nAnd that is s%d of a%d.\n", j, j, i)
		}
		if err := os.WriteFile(filepath.Join(folder, "en", fmt.Sprintf("a%d.md", i)), []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	base, err := kb.Load(os.DirFS(folder))
	if err != nil {
		b.Fatal(err)
	}
	return base
}
