package kb

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// sample is a question of testdata, and the articles that answer it; none if nothing does.
type sample struct {
	lang, text string
	answers    []string
	as         Audience // who asks, where that is said
}

// asker gives who would ask a question: somebody for whom its answer is. What nothing answers is
// asked by a client.
func asker(b *Base, s sample) Asker {
	by := Asker{Lang: s.lang, Audience: ForClient}
	if s.as != "" {
		by.Audience = s.as
	} else if s.answers != nil && b.Article(s.lang, s.answers[0]).Audience == ForProfessional {
		by.Audience = ForProfessional
	}
	return by
}

func samples(t testing.TB, lang, part string) []sample {
	t.Helper()
	data, err := os.ReadFile("testdata/" + lang + "-" + part + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for line := range strings.Lines(string(data)) {
		text, ids, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Fatalf("%s: %q has no tab", lang, line)
		}
		s := sample{lang: lang, text: text}
		ids, as, _ := strings.Cut(ids, "\t")
		s.as = Audience(as)
		if ids != "-" {
			s.answers = strings.Split(ids, ",")
		}
		all = append(all, s)
	}
	return all
}

// TestFit fits the weights of [features.score] to the train halves of both languages, and prints
// what to put there, and what each threshold would do with the questions that a fit has not seen.
func TestFit(t *testing.T) {
	if os.Getenv("LATCHKEY_TEST_FIT") != "1" {
		t.Skip("set LATCHKEY_TEST_FIT=1")
	}
	b := shippedBase(t)
	var all []example
	var questions [][]example
	var answered []bool // whether something answers it
	for _, lang := range b.Languages() {
		x := b.indexes[lang]()
		for n, s := range samples(t, lang, "train") {
			q := x.ask(s.text)
			ranks := x.ranks(&q)
			var of []example
			for _, d := range best(ranks, candidates) {
				if !x.docs[d].article.Audience.own(asker(b, s).Audience) {
					continue
				}
				f := x.features(&q, d, float64(ranks[d])).all()
				e := example{fold: n % 5, x: f[:]}
				if slices.Contains(s.answers, x.docs[d].article.ID) {
					e.y = 1
				}
				of = append(of, e)
			}
			all = append(all, of...)
			questions, answered = append(questions, of), append(answered, s.answers != nil)
		}
	}
	var others [5][]float64
	loss := 0.0
	for fold := range others {
		w := fit(all, func(e example) bool { return e.fold != fold })
		others[fold] = w
		for _, e := range all {
			if e.fold == fold {
				p := e.chance(w)
				loss -= e.y*math.Log(p) + (1-e.y)*math.Log(1-p)
			}
		}
	}
	fmt.Printf("%.2f from %d examples; loss %.4f when fitted on the others\n", fit(all, func(example) bool { return true }), len(all), loss/float64(len(all)))
	for enough := 0.3; enough < 0.62; enough += 0.05 {
		right, wrong, needless := 0, 0, 0
		for i, of := range questions {
			score, y := 0.0, 0.0
			for _, e := range of {
				if p := e.chance(others[e.fold]); p > score {
					score, y = p, e.y
				}
			}
			switch {
			case score < enough:
			case y == 1:
				right++
			case answered[i]:
				wrong++
			default:
				needless++
			}
		}
		fmt.Printf("from %.2f: right %d, wrong %d, answered though nothing answers it %d\n", enough, right, wrong, needless)
	}
}

// example is one candidate for one question: is it an answer?
type example struct {
	x    []float64
	y    float64
	fold int
}

func (e example) chance(w []float64) float64 {
	z := 0.0
	for i := range w {
		z += w[i] * e.x[i]
	}
	return 1 / (1 + math.Exp(-z))
}

// fit is a logistic regression by gradient descent, with a little ridge.
func fit(all []example, in func(example) bool) []float64 {
	w := make([]float64, len(all[0].x))
	for range 20_000 {
		g, n := make([]float64, len(w)), 0.0
		for _, e := range all {
			if !in(e) {
				continue
			}
			n++
			d := e.chance(w) - e.y
			for i := range w {
				g[i] += d * e.x[i]
			}
		}
		for i := range w {
			ridge := 0.0005 * w[i]
			if i == 0 {
				ridge = 0
			}
			w[i] -= 1.5 * (g[i]/n + ridge)
		}
	}
	return w
}
