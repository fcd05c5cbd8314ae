package classify

import "math"

// Model gives labels probabilities. It never changes, and is safe for use by several goroutines.
type Model struct {
	labels  []string
	an      *analyzer
	index   map[feature]int32
	tells   []float32 // per feature
	weights []float32 // per feature and label
	bias    []float32 // per label
	// vetoes are the labels that a concept rules out.
	vetoes map[feature][]int
}

// Labels are what a text can mean, sorted.
func (m *Model) Labels() []string { return m.labels }

// Scores gives the probability of each label, in the order of [Model.Labels]. They add up to 1,
// or to less where much of the text was seen in no example: to 0 where all of it was.
func (m *Model) Scores(text, lang string) []float32 {
	p := make([]float32, len(m.labels))
	v, known, out := m.look(text, lang)
	m.predict(v, p)
	m.without(out, p)
	if known < enoughKnown {
		for c := range p {
			p[c] *= known / enoughKnown
		}
	}
	return p
}

const (
	// strange is how much a stem or piece that no example has takes from the certainty of a
	// reading.
	strange = 4
	// enoughKnown is the share of a text, by weight, that must be known to go by it.
	enoughKnown = 0.5
	// onlyPieces is what is left of that share where no whole word is known.
	onlyPieces = 0.3
)

func (m *Model) vector(text, lang string) vector {
	v, _, _ := m.look(text, lang)
	return v
}

// without takes labels out and gives their probability to the others.
func (m *Model) without(labels []int, p []float32) {
	if len(labels) == 0 {
		return
	}
	for _, c := range labels {
		p[c] = 0
	}
	sum := float32(0)
	for _, x := range p {
		sum += x
	}
	if sum == 0 {
		return
	}
	for c := range p {
		p[c] /= sum
	}
}

// look gives the features of a text that are known, and their share by weight. Those that are
// not make the rest shorter, so that a strange text is not read by the one word of it we know.
// It also gives the labels that are ruled out.
func (m *Model) look(text, lang string) (v vector, known float32, out []int) {
	v = make(vector, 0, 256)
	unknown, total := float32(0), float32(0)
	stems, strangers := 0, 0
	m.an.see(text, lang, func(w view, f feature) {
		if w == viewConcept {
			out = append(out, m.vetoes[f]...)
		}
		told := w == viewStem || w == viewLetters
		if w == viewStem {
			stems++
		}
		if at, ok := m.index[f]; ok {
			v = append(v, weighed{at, m.tells[at]})
			if told {
				total += m.tells[at] * m.tells[at]
			}
		} else if told {
			x := float32(weights[w] * strange)
			unknown += x * x
			if w == viewStem {
				strangers++
			}
		}
	})
	v.normalize(unknown)
	if total == 0 {
		return v, 0, out
	}
	known = total / (total + unknown)
	if strangers == stems {
		known *= onlyPieces
	}
	return v, known, out
}

// predict fills p with the probabilities of the labels. It only reads the model; see learn for why
// the race detector leaves it alone.
//
//go:norace
func (m *Model) predict(v vector, p []float32) {
	copy(p, m.bias)
	k := len(p)
	for _, w := range v {
		row := m.weights[int(w.at)*k : int(w.at+1)*k]
		for c := range row {
			p[c] += w.weight * row[c]
		}
	}
	most := p[0]
	for _, x := range p {
		most = max(most, x)
	}
	sum := float32(0)
	for c, x := range p {
		p[c] = float32(math.Exp(float64(x - most)))
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
}
