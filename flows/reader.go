package flows

import "context"

// Meaning says what a text was taken for.
type Meaning string

// What a text can be taken for.
const (
	ReadMove     Meaning = "move"     // one of the legal moves
	ReadUnsure   Meaning = "unsure"   // one of a few legal moves; the person is asked which
	ReadQuestion Meaning = "question" // a question for the knowledge base
	ReadUnclear  Meaning = "unclear"  // nothing that fits
)

// Reading is what a text was taken to mean.
type Reading struct {
	Meaning Meaning
	Move    Move
	// Confidence is between 0 and 1.
	Confidence float64
	// Intent is the intent that decided, where one did.
	Intent string
	// Among are the moves that [ReadUnsure] is between, the likeliest first, at most three.
	Among []Move
}

// Reader reads what a person typed as one of the legal moves. It may be wrong, so it
// only ever chooses; it must not keep the text.
type Reader interface {
	Read(ctx context.Context, text, lang string, legal []Option) (Reading, error)
}
