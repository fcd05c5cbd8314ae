package classify

import (
	"cmp"
	"maps"
	"slices"
)

// OutOfScope is the label of a text that means none of the others.
const OutOfScope = "out_of_scope"

// Read is one text that was read, beside what it means.
type Read struct {
	Lang, Want, Got string
	// Score says how certain the reading was, between 0 and 1.
	Score float64
}

// Figures say how well a set of texts was read. All but N are between 0 and 1.
type Figures struct {
	N        int     `json:"n"`
	Accuracy float64 `json:"accuracy"`
	// MacroF1 is the mean of the labels' F1, so that seldom ones count as much as common ones.
	MacroF1 float64 `json:"macro_f1"`
	// InScopeRecall is the share of texts with a meaning that were read right.
	InScopeRecall float64 `json:"in_scope_recall"`
	// OutPrecision and OutRecall are those of [OutOfScope].
	OutPrecision float64 `json:"out_of_scope_precision"`
	OutRecall    float64 `json:"out_of_scope_recall"`
	// Coverage95 is the largest share of all texts that, taken by falling score, are 95 % right.
	Coverage95 float64 `json:"coverage_at_95_precision"`
	// Labels are the figures of each label.
	Labels map[string]Label `json:"labels"`
	// Confusions are what was taken for something else, the commonest first.
	Confusions []Confusion `json:"confusions"`
}

// Label says how well one label was read.
type Label struct {
	N         int     `json:"n"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Confusion counts how often one label was taken for another.
type Confusion struct {
	Want string `json:"want"`
	Got  string `json:"got"`
	N    int    `json:"n"`
}

// Measure compares readings with what the texts mean.
func Measure(reads []Read) Figures {
	f := Figures{N: len(reads), Labels: map[string]Label{}}
	wanted, got, right := map[string]int{}, map[string]int{}, map[string]int{}
	confused := map[Confusion]int{}
	hits := 0
	for _, r := range reads {
		wanted[r.Want]++
		got[r.Got]++
		if r.Want == r.Got {
			right[r.Want]++
			hits++
			continue
		}
		confused[Confusion{Want: r.Want, Got: r.Got}]++
	}
	f.Accuracy = share(hits, len(reads))
	for label, n := range wanted {
		l := Label{N: n, Precision: share(right[label], got[label]), Recall: share(right[label], n)}
		if l.Precision+l.Recall > 0 {
			l.F1 = 2 * l.Precision * l.Recall / (l.Precision + l.Recall)
		}
		f.Labels[label] = l
		f.MacroF1 += l.F1 / float64(len(wanted))
	}
	out := f.Labels[OutOfScope]
	f.OutPrecision, f.OutRecall = out.Precision, out.Recall
	f.InScopeRecall = share(hits-right[OutOfScope], len(reads)-wanted[OutOfScope])
	f.Coverage95 = coverage(reads, 0.95)
	for c, n := range confused {
		c.N = n
		f.Confusions = append(f.Confusions, c)
	}
	slices.SortFunc(f.Confusions, func(a, b Confusion) int {
		return cmp.Or(b.N-a.N, cmp.Compare(a.Want, b.Want), cmp.Compare(a.Got, b.Got))
	})
	return f
}

// coverage gives the largest share of texts, the surest first, of which so many are right. Texts
// of one score are taken together.
func coverage(reads []Read, precision float64) float64 {
	sure := slices.SortedFunc(slices.Values(reads), func(a, b Read) int { return cmp.Compare(b.Score, a.Score) })
	most, right := 0, 0
	for i, r := range sure {
		if r.Want == r.Got {
			right++
		}
		last := i+1 == len(sure) || sure[i+1].Score != r.Score
		if last && float64(right) >= precision*float64(i+1) {
			most = i + 1
		}
	}
	return share(most, len(reads))
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// ByLanguage parts readings by the language of their texts.
func ByLanguage(reads []Read) map[string][]Read {
	out := map[string][]Read{}
	for _, r := range reads {
		out[r.Lang] = append(out[r.Lang], r)
	}
	return out
}

// Names gives the labels of figures, sorted.
func (f Figures) Names() []string { return slices.Sorted(maps.Keys(f.Labels)) }
