package flows

import (
	"context"
	_ "embed"
	"slices"
	"sync"
)

//go:embed testdata/client-seed-en.txt
var seed string

// Seed is the conversation that the shipped client tree grew from: a wrong password, the
// reset, and the mail among the junk. Pictures emphasise it.
var Seed = sync.OnceValue(func() Transcript {
	t, err := ParseTranscript("client-seed-en.txt", seed)
	if err != nil {
		panic(err) // the file is part of the program, and a test plays it
	}
	return t
})

// ownBook is the book that comes with the program.
var ownBook = sync.OnceValue(func() *Book {
	b, err := Load(Shipped())
	if err != nil {
		panic(err) // as above
	}
	return b
})

// follow walks a conversation and gives the way it took. Only what the person did counts: the
// words of the bot may have changed since it was written down.
func (b *Book) follow(t Transcript) ([]trail, error) {
	t.lines = slices.DeleteFunc(slices.Clone(t.lines), func(l transcriptLine) bool { return l.bot })
	steps, err := t.Play(context.Background(), b, b.Matcher())
	if err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, nil
	}
	trails := []trail{b.beginning(t.As, steps[0].Before)}
	for _, s := range steps {
		trails = append(trails, s.trace)
	}
	return trails, nil
}

// walk marks the cards and rows of a conversation, and numbers its steps.
func (p *picture) walk(trails []trail) {
	turn := 0
	step := func(at Place) {
		if c, ok := p.cards[at]; ok {
			turn++
			c.turns = append(c.turns, turn)
		}
	}
	for _, t := range trails {
		for _, k := range t.took {
			if k.from.Step == "" {
				k.from = alwaysPlace(p.b.flows[k.from.Flow])
				step(k.from)
			}
			if c, ok := p.cards[k.from]; ok {
				for _, r := range c.rows {
					r.walked = r.walked || r.key == k.label
				}
			}
		}
		for _, at := range t.entered {
			step(at)
		}
	}
}
