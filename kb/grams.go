package kb

import (
	"hash/fnv"
	"iter"
	"math"
	"slices"
)

// Beside its terms a question is compared by its letters: three in a row, also over the ends of
// words. That sees what terms do not: the small words, endings, words in one or in two.

// gram is three letters in a row, hashed.
type gram = uint32

// grams gives the grams of some words, sorted and without repetitions.
func grams(words []string) []gram {
	var all []gram
	for _, w := range words {
		rs := []rune(" " + w + " ")
		for i := 0; i+3 <= len(rs); i++ {
			h := fnv.New32a()
			h.Write([]byte(string(rs[i : i+3])))
			all = append(all, h.Sum32())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// gramIndex knows how rare each gram is among the questions of the articles.
type gramIndex struct {
	asks float64
	in   map[gram]float64 // in how many of them it is
}

func (g *gramIndex) learn(of []gram) {
	g.asks++
	for _, one := range of {
		g.in[one]++
	}
}

func (g *gramIndex) weight(one gram) float64 { return math.Log(1 + g.asks/(g.in[one]+1)) }

func (g *gramIndex) norm(of []gram) float64 {
	sum := 0.0
	for _, one := range of {
		w := g.weight(one)
		sum += w * w
	}
	return math.Sqrt(sum)
}

// alike gives the cosine of two sets of grams, weighted by their rarity.
func (g *gramIndex) alike(a []gram, aNorm float64, b []gram, bNorm float64) float64 {
	if aNorm == 0 || bNorm == 0 {
		return 0
	}
	shared := 0.0
	for one := range common(a, b) {
		w := g.weight(one)
		shared += w * w
	}
	return shared / (aNorm * bNorm)
}

// common goes through what two sorted sets both have.
func common(a, b []gram) iter.Seq[gram] {
	return func(yield func(gram) bool) {
		for i, j := 0, 0; i < len(a) && j < len(b); {
			switch {
			case a[i] < b[j]:
				i++
			case a[i] > b[j]:
				j++
			default:
				if !yield(a[i]) {
					return
				}
				i++
				j++
			}
		}
	}
}
