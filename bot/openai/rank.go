package openai

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"latchkey/bot"
	"latchkey/kb"
)

// firstWait is how long after a failure the vectors of the articles are asked for again; each
// further one doubles it, up to [LongestRest].
const firstWait = time.Minute

// Ranker tells which sections of the articles are near a question in meaning. It is a [kb.Ranker],
// and not ready before [Ranker.Prepare] has got their vectors. Other articles are another ranker's:
// of their vectors it asks only for those of texts that are new.
type Ranker struct {
	m       *Model
	base    *kb.Base
	shelves atomic.Pointer[map[string]*shelf]
}

// shelf holds what is searched in one language.
type shelf struct {
	places  []kb.Near
	vectors [][]float32
	// elsewhere is the nearest that a question about something else comes to any of them.
	elsewhere float64
}

// Ranker gives the ranker of some articles; nil if no model for embeddings is named.
func (m *Model) Ranker(base *kb.Base) *Ranker {
	if !m.Embeds() {
		return nil
	}
	return &Ranker{m: m, base: base}
}

// Run prepares the ranker, again and again until it is or the context ends. Nobody waits for it.
func (r *Ranker) Run(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, LongestRest) {
		began := r.m.o.Now()
		err := r.Prepare(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			r.m.o.Log.Info("the search goes by meaning too", "sections", r.Sections(), "took", r.m.o.Now().Sub(began).Round(time.Millisecond))
			return nil
		}
		r.m.o.Log.Warn("the search goes by words alone for now", "error", err, "again_in", wait)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Prepare gets the vectors of all sections: those that are kept from there, the others from the
// model, 64 at once with a minute for each such call.
func (r *Ranker) Prepare(ctx context.Context) error {
	var texts []string
	shelves := map[string]*shelf{}
	strangers := map[string]int{}
	for _, lang := range r.base.Languages() {
		elsewhere := r.base.Elsewhere(lang)
		if len(elsewhere) == 0 {
			continue // nobody could say what is near
		}
		s := &shelf{}
		for _, a := range r.base.Articles(lang) {
			for i := range a.Sections {
				s.places = append(s.places, kb.Near{Article: a.ID, Section: i})
				texts = append(texts, a.Meaning(i))
			}
		}
		shelves[lang], strangers[lang] = s, len(elsewhere)
		texts = append(texts, elsewhere...)
	}
	if len(texts) == 0 {
		return nil
	}
	vectors, err := r.m.Embed(ctx, texts)
	if err != nil {
		return fmt.Errorf("openai: embed the articles: %w", err)
	}
	for _, lang := range r.base.Languages() {
		s := shelves[lang]
		if s == nil {
			continue
		}
		s.vectors, vectors = vectors[:len(s.places)], vectors[len(s.places):]
		for _, v := range vectors[:strangers[lang]] {
			for _, near := range s.nearest(v, 1) {
				s.elsewhere = max(s.elsewhere, near.Likeness)
			}
		}
		vectors = vectors[strangers[lang]:]
	}
	r.shelves.Store(&shelves)
	return nil
}

// Sections says how many sections can be found by meaning; 0 before it is prepared.
func (r *Ranker) Sections() int {
	n := 0
	if all := r.shelves.Load(); all != nil {
		for _, s := range *all {
			n += len(s.places)
		}
	}
	return n
}

// Ready says whether the vectors are there, and a call would be made, as far as that is known.
func (r *Ranker) Ready(ctx context.Context) bool {
	return r.shelves.Load() != nil && !r.m.breaker.open() && r.m.budget.allows(bot.ConversationOf(ctx), tokens(longestText))
}

// Rank gives the sections that are nearest to a question; none, and no error, when the model was of
// no use: that is counted and logged as ever.
func (r *Ranker) Rank(ctx context.Context, question, lang string, n int) ([]kb.Near, error) {
	all := r.shelves.Load()
	if all == nil {
		return nil, nil
	}
	s := (*all)[lang]
	if s == nil || len(s.places) == 0 {
		return nil, nil
	}
	v, err := r.m.EmbedQuestion(ctx, question)
	if err != nil {
		return nil, nil
	}
	if len(v) != len(s.vectors[0]) {
		// Another model answers to the name than made the vectors of the sections.
		r.m.o.Log.Warn("a question's embedding does not fit those of the articles; the search goes by words",
			"mend", "start again without the folder embeddings under LATCHKEY_DATA")
		return nil, nil
	}
	near := s.nearest(v, n)
	for i := range near {
		near[i].Likeness = s.scale(near[i].Likeness)
	}
	return near, nil
}

// scale makes of a cosine what [kb.Near] calls a likeness. Vectors that are all the same, or of a
// model that sees no differences, are near nothing.
func (s *shelf) scale(cosine float64) float64 {
	if s.elsewhere >= 0.999 {
		return 0
	}
	return min(max((cosine-s.elsewhere)/(1-s.elsewhere), 0), 1)
}

// nearest gives the n places whose vectors are most like one, the most alike first, with their
// cosines.
func (s *shelf) nearest(to []float32, n int) []kb.Near {
	top := make([]kb.Near, 0, n+1)
	for i, v := range s.vectors {
		c := float64(dot(to, v))
		if len(top) == n && c <= top[n-1].Likeness {
			continue
		}
		at := len(top)
		for at > 0 && top[at-1].Likeness < c {
			at--
		}
		near := s.places[i]
		near.Likeness = c
		top = slices.Insert(top, at, near)
		top = top[:min(len(top), n)]
	}
	return top
}

// dot is the cosine of two vectors of length 1 with as many numbers: 1 in the same direction, 0
// unrelated. There are four sums side by side, because an addition waits for the one before it.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
