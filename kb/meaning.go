package kb

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Near is a section that is near a question in meaning.
type Near struct {
	// Article is its id, and Section the number of the section in Article.Sections.
	Article string
	Section int
	// Likeness is between 0 and 1. 0: no nearer than a question of [Base.Elsewhere] comes to any
	// section; 1: the same. The likenesses of one model's vectors mean nothing by themselves, and
	// little beside another model's: these do.
	Likeness float64
}

// Ranker knows which sections are near a question in meaning, whatever its words are.
type Ranker interface {
	// Ready says whether asking it now may give something.
	Ready(ctx context.Context) bool
	// Rank gives at most n sections of a language's articles, the nearest first; none when it could
	// not tell.
	Rank(ctx context.Context, question, lang string, n int) ([]Near, error)
}

const (
	// sure is the score from which words are enough, and a [Ranker] is not asked: of the test
	// questions with it 98 % are answered.
	sure = 0.8
	// support is the score by words that the nearest article needs besides. Of the train questions
	// that words leave without their answer, 27 of 45 have it; of those that nothing answers, 20 of 124.
	support = 0.1
	// nearby is the likeness that it needs then, and nearest the one that it needs without support.
	// They are fractions of the way from what strangers reach to sameness. testdata has no say in
	// them, since it has no vectors: they are chosen to be rather too high.
	nearby  = 0.2
	nearest = 0.5
)

// nearSections is how many sections a ranker is asked for: enough for several of each candidate.
const nearSections = 3 * candidates

// Ranking gives the same base with somebody who knows what is near in meaning; nil goes by words.
func (b *Base) Ranking(r Ranker) *Base {
	c := *b
	c.ranker = r
	return &c
}

// Slow says whether [Base.Answer] would ask somebody about a question now, which may take a while:
// a [Ranker] where words are not sure, a [Writer] where there is an answer.
func (b *Base) Slow(ctx context.Context, question string, by Asker) bool {
	hits := b.Search(question, by, candidates)
	if b.ranks(ctx, question, by, hits) {
		return true
	}
	_, from := b.choose(hits, by)
	return b.writer != nil && len(from) > 0
}

// ranks says whether a ranker is to be asked. A text without words that say something is near
// anything.
func (b *Base) ranks(ctx context.Context, question string, by Asker, hits []Hit) bool {
	if b.ranker == nil || !b.HasLanguage(by.Lang) || !b.Tells(question, by.Lang) {
		return false
	}
	for _, h := range hits {
		if h.Score >= max(sure, h.least) {
			return false
		}
	}
	return b.ranker.Ready(ctx)
}

// fuse makes one list of what was found by words and what is near in meaning: by the sum of
// 1/(60+rank), which needs no scores that can be compared. A tie goes by words.
// Cormack, Clarke and Büttcher, Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank
// Learning Methods, 2009.
func (b *Base) fuse(hits []Hit, near []Near, question string, by Asker) []Hit {
	const damped = 60
	all := slices.Clone(hits)
	slices.SortStableFunc(all, func(x, y Hit) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(y.rank, x.rank))
	})
	at := map[*Article]int{}
	for i := range all {
		all[i].fused = 1 / float64(damped+i+1)
		at[all[i].Article] = i
	}
	place := 0
	counted := map[*Article]bool{}
	for _, n := range near {
		a := b.by[by.Lang][n.Article]
		if a == nil || n.Section < 0 || n.Section >= len(a.Sections) || !(n.Likeness > 0) || counted[a] {
			continue // no nearer than anything else, or not ours
		}
		counted[a] = true
		place++
		i, found := at[a]
		if !found {
			i = len(all)
			all = append(all, Hit{Article: a, Section: n.Section, least: b.least(a, question, by)})
		}
		h := &all[i]
		h.Likeness = min(n.Likeness, 1)
		h.fused += 1 / float64(damped+place)
		if place == 1 && h.Score < h.least && h.least <= enoughOther && (h.Likeness >= nearest || h.Likeness >= nearby && h.Score >= support) {
			h.Section, h.meant = n.Section, true
		}
	}
	slices.SortStableFunc(all, func(x, y Hit) int { return cmp.Compare(y.fused, x.fused) })
	return all
}

// Meaning gives all that says what section i is about, for a [Ranker]: the title, its heading, the
// questions of the article, and its words. What a model cuts off is the end.
func (a *Article) Meaning(i int) string {
	parts := append([]string{a.Title(), a.Heading(i)}, a.Questions()...)
	parts = append(parts, bareBlocks(a.Sections[i].blocks, a.value))
	var b strings.Builder
	for _, p := range parts {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			b.WriteString(p + "\n")
		}
	}
	return b.String()
}

// fewestElsewhere is how many questions about something else tell what is near: fewer, and a single
// odd one decides.
const fewestElsewhere = 8

// Elsewhere gives questions about something else, by which a [Ranker] knows how near is not near:
// those of words/<lang>.yaml that these articles do not answer by words. A language without them
// has those of all others. None: there are too few, and nothing can be said to be near.
func (b *Base) Elsewhere(lang string) []string {
	var all []string
	if l := b.lexicon(lang); len(l.elsewhere) > 0 {
		all = l.elsewhere
	} else {
		for _, other := range b.languages {
			all = append(all, b.lexicon(other).elsewhere...)
		}
	}
	var out []string
	for _, q := range all {
		if hits := b.Search(q, Asker{Lang: lang}, 1); len(hits) == 0 || hits[0].Score < Enough {
			out = append(out, q)
		}
	}
	if len(out) < fewestElsewhere {
		return nil
	}
	return out
}
