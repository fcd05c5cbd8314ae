package flows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limits of the search for conversations that take the edges nobody took.
const (
	// maxDetour is how many moves a conversation goes on to take one more edge.
	maxDetour = 3
	// maxLines is how many moves a conversation has before it only looks for its end.
	maxLines = 24
)

// Missing writes conversations that take every edge the coverage lacks, as few as it easily
// finds, by the tree they begin in. Lost are the edges to which it found no way.
func (c *Coverage) Missing(ctx context.Context, reader Reader) (byTree map[string]string, lost []Edge, err error) {
	took := maps.Clone(c.took)
	var all []*gatherer
	for _, tree := range c.b.rootFlows() {
		all = append(all, &gatherer{x: c.b.explore(tree), took: took, reader: reader})
	}
	// Each tree takes its own edges first: a client can end up among the professionals.
	for _, own := range []bool{true, false} {
		for _, g := range all {
			for _, e := range g.sorted(c.edges) {
				if took[e.key()] || own && e.From.Flow != g.x.tree {
					continue
				}
				if err := g.conversation(ctx, e); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	byTree = map[string]string{}
	for _, g := range all {
		if len(g.texts) > 0 {
			byTree[g.x.tree] = strings.Join(g.texts, "\n"+parting+"\n")
		}
	}
	lost = slices.DeleteFunc(slices.Clone(c.edges), func(e Edge) bool { return took[e.key()] })
	return byTree, lost, nil
}

// gatherer puts the edges of a tree together into conversations.
type gatherer struct {
	x      *explorer
	took   map[edgeKey]bool
	reader Reader
	texts  []string
}

// sorted gives the edges that can be taken from the tree, the far ones first: the way there
// takes near ones along.
func (g *gatherer) sorted(edges []Edge) []Edge {
	depth := map[edgeKey]int{}
	for k, l := range g.x.first {
		_, moves := g.x.way(l)
		depth[k] = len(moves)
	}
	out := slices.DeleteFunc(slices.Clone(edges), func(e Edge) bool { _, ok := depth[e.key()]; return !ok })
	slices.SortStableFunc(out, func(a, b Edge) int { return depth[b.key()] - depth[a.key()] })
	return out
}

// conversation writes one that takes an edge, some more that are near, and ends.
func (g *gatherer) conversation(ctx context.Context, e Edge) error {
	b := g.x.b
	begun, moves := g.x.way(g.x.first[e.key()])
	t := Transcript{
		Name: fmt.Sprintf("To %s by %q of %s", e.To, e.Label, strings.TrimSuffix(e.From.String(), "/")),
		As:   g.x.tree, Lang: b.languages[len(g.texts)%len(b.languages)].Code, Given: begun,
		Remind: usualRemind, Close: usualClose,
	}
	w, err := newScribe(b, g.reader, t)
	if err != nil {
		return err
	}
	g.note(b.beginning(t.As, w.p.s))
	for len(moves) > 0 {
		for _, m := range moves {
			if err := w.makes(ctx, m); err != nil {
				return fmt.Errorf("%s: %w", t.Name, err)
			}
			g.note(w.p.steps[len(w.p.steps)-1].trace)
		}
		if w.p.s.Ended() {
			break
		}
		if moves = nil; len(w.p.steps) < maxLines {
			moves = g.nearest(w.p.s, maxDetour, func(_ Session, tr trail) bool {
				return slices.ContainsFunc(tr.took, func(k edgeKey) bool { return !g.took[k] })
			})
		}
		if moves == nil {
			moves = g.nearest(w.p.s, maxLines, func(s Session, _ trail) bool { return s.Ended() })
		}
	}
	if !g.took[e.key()] {
		return fmt.Errorf("%s: the conversation does not get there", t.Name)
	}
	g.texts = append(g.texts, w.finish())
	return nil
}

func (g *gatherer) note(tr trail) {
	for _, k := range tr.took {
		g.took[k] = true
	}
}

// nearest gives the moves to the nearest state or way that is good; nil when there is none so near.
func (g *gatherer) nearest(s Session, within int, good func(Session, trail) bool) []Move {
	type place struct {
		s     Session
		moves []Move
	}
	queue := []place{{s: s}}
	known := map[string]bool{stateKey(s, g.x.facts): true}
	for depth := range within {
		var next []place
		for _, p := range queue {
			for _, moves := range g.x.b.strides(p.s) {
				after, way := p.s, slices.Clone(p.moves)
				for _, m := range moves {
					var tr trail
					after, tr = g.x.b.passed(after, m)
					if way = append(way, m); good(after, tr) {
						return way
					}
				}
				key := stateKey(after, g.x.facts)
				if depth+1 < within && !known[key] {
					known[key] = true
					next = append(next, place{after, way})
				}
			}
		}
		queue = next
	}
	return nil
}

// makes writes a move in the form in which it would be read as that move.
func (w *scribe) makes(ctx context.Context, m Move) error {
	if m.Kind == Fill && w.reads(ctx, m.Text, m, w.p.s.Lang) {
		return w.client(ctx, m.Text)
	}
	return w.client(ctx, pressLine(w.b, w.p.s, m))
}
