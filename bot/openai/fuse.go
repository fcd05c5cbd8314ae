package openai

import (
	"cmp"
	"slices"
)

// fuseConstant damps the first ranks, so that one list alone does not decide: 60, as in Cormack,
// Clarke and Büttcher, “Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
// Methods”, SIGIR 2009.
const fuseConstant = 60

// Fuse makes one list of several that rank the same things by different means, such as by words and
// by vectors: the best first, each thing once. The scores of the lists need not be comparable, which
// those of words and vectors are not.
func Fuse(lists ...[]string) []string {
	score := map[string]float64{}
	var all []string
	for _, list := range lists {
		seen := map[string]bool{}
		for i, id := range list {
			if seen[id] {
				continue
			}
			seen[id] = true
			if _, ok := score[id]; !ok {
				all = append(all, id)
			}
			score[id] += 1 / float64(fuseConstant+i+1)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(score[b], score[a]) })
	return all
}

// Nearest ranks things by how alike their vectors are to one, the most alike first; those that have
// nothing in common with it are left out.
func Nearest(to []float32, vectors map[string][]float32) []string {
	likeness := map[string]float64{}
	var all []string
	for id, v := range vectors {
		if c := Cosine(to, v); c > 0 {
			likeness[id] = c
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(likeness[b], likeness[a]), cmp.Compare(a, b))
	})
	return all
}
