package flows

import (
	"slices"

	"latchkey/flows/classify"
)

// presumed is how certain a reading is at most that takes "done" for the answer to what came of
// it, or "I have it" for "it works": enough to be asked about, not to be followed.
const presumed = 0.45

// owners tells which option a meaning belongs to.
type owners struct {
	b     *Book
	legal []Option
	by    map[string]int
}

func (b *Book) owners(legal []Option) owners {
	o := owners{b, legal, map[string]int{}}
	for i := range legal {
		for _, in := range legal[i].Intents {
			if at, ok := o.by[in]; !ok || legal[i].Here && !legal[at].Here {
				o.by[in] = i
			}
		}
	}
	return o
}

// of gives the option that a meaning stands for: the one that goes by it, or else by what it is a
// special case of (`counts_as`). presumes: only so far as [presumed].
func (o owners) of(intent string) (at int, presumes, ok bool) {
	for in := intent; in != "" && in != classify.OutOfScope; in = o.b.counts(in) {
		if at, ok := o.by[in]; ok {
			presumes = in == intentYes && in != intent &&
				(slices.Contains(o.legal[at].Intents, intentWorks) || intent == intentDid && o.instructed())
			return at, presumes, true
		}
	}
	return 0, false, false
}

// instructed says whether an instruction was given that "ok" agrees to follow.
func (o owners) instructed() bool {
	at, ok := o.by[intentAgreed]
	return ok && o.legal[at].Kind == Wait
}

// counts gives the intent that one is a special case of, "" for none.
func (b *Book) counts(intent string) string {
	if in := b.intents[intent]; in != nil {
		return in.counts
	}
	return ""
}
