package classify

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"latchkey/flows/lexis"
)

// Example is a text whose meaning is known.
type Example struct{ Label, Lang, Text string }

// How the regression is trained. Chosen on flows/testdata/reading/dev.jsonl; none is delicate.
const (
	rounds = 20
	rate   = 0.15
	decay  = 2e-5
	// evenness says how much labels with few examples are raised: at 1 every label counts the
	// same, at 0 every example does.
	evenness = 0.3
	// dropped is the share of a text's features that are hidden each time it is learnt from, so
	// that no single word carries a meaning alone.
	dropped = 0.3
	// settled is how little wrong a probability must be not to be mended any more: it spares most
	// of the work, and changes no reading.
	settled = 0.002
)

// Train makes a model of examples. The same examples give a model that reads the same. A label
// is ruled out in texts with one of its vetoes: a concept, or "not" and a concept that is turned
// round there.
func Train(examples []Example, l Lexicon, vetoes map[string][]string) *Model {
	m := &Model{an: newAnalyzer(l), index: map[feature]int32{}, vetoes: map[feature][]int{}}
	for _, e := range examples {
		m.labels = append(m.labels, e.Label)
		for _, w := range lexis.Fold(e.Text) {
			m.an.known.learn(w)
		}
	}
	slices.Sort(m.labels)
	m.labels = slices.Compact(m.labels)
	for label, concepts := range vetoes {
		if c, ok := slices.BinarySearch(m.labels, label); ok {
			for _, name := range concepts {
				f := mark(viewConcept, name)
				m.vetoes[f] = append(m.vetoes[f], c)
			}
		}
	}
	for _, forms := range l {
		for _, f := range forms {
			if strings.HasSuffix(f, "*") {
				continue
			}
			for _, w := range lexis.Fold(f) {
				m.an.known.learn(w)
			}
		}
	}
	m.an.known.finish()
	m.count(examples)
	m.learn(examples)
	return m
}

// count finds the features and how much each tells: seldom ones more.
func (m *Model) count(examples []Example) {
	in := map[feature]int{}
	of := map[feature]view{}
	seen := map[feature]bool{}
	for _, e := range examples {
		clear(seen)
		m.an.see(e.Text, e.Lang, func(v view, f feature) {
			if !seen[f] {
				seen[f] = true
				in[f]++
				of[f] = v
			}
		})
	}
	for f, n := range in {
		m.index[f] = int32(len(m.tells))
		m.tells = append(m.tells, float32(weights[of[f]]*(math.Log(float64(1+len(examples))/float64(1+n))+1)))
	}
}

// learn fits the weights by stochastic steps, each feature at its own pace (AdaGrad). Nobody else
// has the model yet, and half a billion additions are what the race detector would look at one by
// one: with it every start in a test would take many seconds.
//
//go:norace
func (m *Model) learn(examples []Example) {
	k := len(m.labels)
	m.weights, m.bias = make([]float32, len(m.tells)*k), make([]float32, k)
	pace, biasPace := make([]float32, len(m.tells)*k), make([]float32, k)
	vectors, target := make([]vector, len(examples)), make([]int, len(examples))
	count := make([]float64, k)
	for i, e := range examples {
		vectors[i] = slices.Clone(m.vector(e.Text, e.Lang))
		target[i], _ = slices.BinarySearch(m.labels, e.Label)
		count[target[i]]++
	}
	share := make([]float32, k)
	for c := range share {
		share[c] = float32(math.Pow(float64(len(examples))/float64(k)/count[c], evenness))
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same in every process
	p := make([]float32, k)
	var v vector
	wrong := make([]int, 0, k)
	for range rounds {
		for _, i := range random.Perm(len(examples)) {
			v = v[:0]
			for _, w := range vectors[i] {
				if random.Float64() >= dropped {
					v = append(v, w)
				}
			}
			v.normalize(0)
			m.predict(v, p)
			p[target[i]]--
			wrong = wrong[:0]
			for c := range p {
				p[c] *= share[target[i]]
				biasPace[c] += p[c] * p[c]
				m.bias[c] -= rate / 10 * p[c] / (sqrt(biasPace[c]) + 1e-6)
				if p[c] > settled || p[c] < -settled {
					wrong = append(wrong, c)
				}
			}
			for _, w := range v {
				row, paces := m.weights[int(w.at)*k:int(w.at+1)*k], pace[int(w.at)*k:int(w.at+1)*k]
				for _, c := range wrong {
					g := p[c]*w.weight + decay*row[c]
					paces[c] += g * g
					row[c] -= rate * g / (sqrt(paces[c]) + 1e-3)
				}
			}
		}
	}
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
