package flows

import (
	"slices"
	"strings"
)

// Sure is how certain a reading must be for a move that would be hard to take back. Of such
// readings of the sentences in flows/testdata/reading/{en,fr}.jsonl 99 % are right; at 0.8, 98 %.
const Sure = 0.9

// maxAmong is how many meanings a person is asked to choose between.
const maxAmong = 3

// orElse parts the moves that a [Doubt] is between.
const orElse = "|"

// doubtWords are the bot's words for asking what was meant. A book without them never asks.
var doubtWords = []string{"did_you_mean", "which_do_you_mean", "meant_yes", "meant_no", "meant_none", "understood", "understood_no"}

// Decide gives the move that a reading leads to. A move that would be hard to take back (it ends
// the conversation, asks for a person, begins anew, or takes back what must stand firm) is asked
// about unless it is certain; so is a reading between a few moves. One that leaves the step for
// another problem says what was understood.
func (b *Book) Decide(s Session, r Reading) Move {
	asks := len(b.Lacks(doubtWords)) == 0
	switch r.Meaning {
	case ReadMove:
		sure := r.Confidence >= Sure
		switch {
		case !sure && s.Outcome == OutcomeTicket:
			return Move{Kind: Unclear} // people have it, and will know
		case !sure && b.grave(s, r.Move) && asks:
			return Move{Kind: Doubt, ID: r.Move.String()}
		case !sure && b.grave(s, r.Move):
			return Move{Kind: Unclear}
		case r.Confidence < 1 && r.Move.Kind == Jump && !isBuiltIn(r.Move.ID) && !s.Ended() && asks:
			return Move{Kind: Heard, ID: r.Move.ID}
		}
		return r.Move
	case ReadUnsure:
		if asks && len(r.Among) > 0 && !s.Ended() {
			var ids []string
			for _, m := range r.Among[:min(len(r.Among), maxAmong)] {
				ids = append(ids, m.String())
			}
			return Move{Kind: Doubt, ID: strings.Join(ids, orElse)}
		}
	}
	return Move{Kind: Unclear}
}

// grave says whether a move would be hard to take back.
func (b *Book) grave(s Session, m Move) bool {
	switch m.Kind {
	case Restart:
		return true
	case Jump:
		if m.ID == JumpPerson || m.ID == JumpWorks {
			return true
		}
	case Choose, Back:
	default:
		return false
	}
	after, _ := b.Next(s, m)
	if after.Outcome != "" && after.Outcome != s.Outcome {
		return true
	}
	for name, f := range b.facts {
		if was := s.Facts[name]; f.firm && was != "" && after.Facts[name] != was {
			return true
		}
	}
	return false
}

// isBuiltIn says whether a jump is one that every tree has.
func isBuiltIn(name string) bool {
	return name == JumpPerson || name == JumpWorks || name == JumpDisabled
}

// doubt asks which of a few moves was meant.
func (r *run) doubt(ids string) {
	among := r.doubted(ids)
	if len(among) == 0 {
		r.unclear()
		return
	}
	r.s.Doubt = nil
	for _, o := range among {
		r.s.Doubt = append(r.s.Doubt, o.Move.String())
	}
	no := Choice{Move: Move{Kind: Again}.String()}
	if len(among) == 1 {
		no.Label = r.word("meant_no", nil)
		yes := Choice{Move: among[0].Move.String(), Label: r.word("meant_yes", nil)}
		r.event(Event{Kind: Asked, Text: r.word("did_you_mean", map[string]string{"meaning": among[0].Label}), Choices: []Choice{yes, no}})
		return
	}
	var choices []Choice
	for _, o := range among {
		choices = append(choices, Choice{Move: o.Move.String(), Label: o.Label})
	}
	no.Label = r.word("meant_none", nil)
	r.event(Event{Kind: Asked, Text: r.word("which_do_you_mean", nil), Choices: append(choices, no)})
}

// doubted gives those of the moves that are legal and have a label.
func (r *run) doubted(ids string) []Option {
	var out []Option
	legal := r.b.Moves(r.s)
	for id := range strings.SplitSeq(ids, orElse) {
		i := slices.IndexFunc(legal, func(o Option) bool { return o.Move.String() == id && o.Label != "" })
		if i >= 0 && len(out) < maxAmong {
			out = append(out, legal[i])
		}
	}
	return out
}

// heard follows a line of `always` that was read from other words than its own, and says so.
func (r *run) heard(name string) {
	label := ""
	for _, o := range r.b.Moves(r.s) {
		if o.Kind == Jump && o.ID == name {
			label = o.Label
		}
	}
	if label == "" {
		r.unclear()
		return
	}
	r.event(Event{Kind: Said, Text: r.word("understood", map[string]string{"meaning": label})})
	r.follow(Move{Kind: Jump, ID: name})
	if n := len(r.events); n > 0 && r.events[n-1].Kind == Asked {
		last := &r.events[n-1]
		last.Choices = append(slices.Clone(last.Choices), Choice{Move: Move{Kind: Back}.String(), Label: r.word("understood_no", nil)})
	}
}

// inDoubt puts what was asked about before the other moves: then "yes" means that, and not what
// it would mean at the step.
func (b *Book) inDoubt(s *Session, legal []Option) []Option {
	var asked []Option
	for _, id := range s.Doubt {
		if i := slices.IndexFunc(legal, func(o Option) bool { return o.Move.String() == id }); i >= 0 {
			asked = append(asked, legal[i])
		}
	}
	if len(asked) == 0 {
		return legal
	}
	no := b.optionOfWord(Move{Kind: Again}, "meant_none", s.Lang, nil, intentNo)
	if len(asked) == 1 {
		no = b.optionOfWord(Move{Kind: Again}, "meant_no", s.Lang, nil, intentNo)
		yes := b.optionOfWord(asked[0].Move, "meant_yes", s.Lang, nil, intentYes, intentAgreed, intentDid)
		yes.Intents = append(yes.Intents, asked[0].Intents...)
		yes.Label = asked[0].Label // elsewhere its button is called as ever
		asked[0] = yes
	}
	out := append(asked, no)
	for i := range out {
		out[i].Here = true
	}
	for _, o := range legal {
		if slices.ContainsFunc(out, func(a Option) bool { return a.Move == o.Move }) {
			continue
		}
		if o.Here && o.Kind != Fill {
			o.Here = false
			if slices.Contains(o.Intents, intentYes) || slices.Contains(o.Intents, intentNo) {
				o.Phrases, o.own, o.Intents = nil, nil, nil
			}
		}
		out = append(out, o)
	}
	return out
}
