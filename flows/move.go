package flows

import "strings"

// MoveKind says what sort of thing a [Move] is.
type MoveKind string

// The kinds of moves. Choose and Fill belong to the step where the conversation
// stands; the others are possible everywhere.
const (
	Choose   MoveKind = "choose"   // ID: the choice
	Fill     MoveKind = "fill"     // Text: what was given
	Jump     MoveKind = "jump"     // ID: a line of the tree's `always`: person, works, disabled, …
	Back     MoveKind = "back"     // undo the last move
	Restart  MoveKind = "restart"  // start over
	Language MoveKind = "language" // ID: the language
	Wait     MoveKind = "wait"     // "I'll look and come back"
	Chat     MoveKind = "chat"     // ID: greeting, thanks or goodbye; changes nothing
	Unclear  MoveKind = "unclear"  // what was typed could not be read
	Silence  MoveKind = "silence"  // nothing came for the configured time
	Doubt    MoveKind = "doubt"    // ID: the moves that were read, in short form; the person is asked which
	Heard    MoveKind = "heard"    // ID: a line of `always`, read from other words than its own
	Again    MoveKind = "again"    // "none of these": the step's question is put again
	Helped   MoveKind = "helped"   // ID: yes or no, said of an answer; no move of the tree
)

// The jumps every tree has.
const (
	JumpPerson   = "person"   // "I want to talk to someone"
	JumpWorks    = "works"    // "it works now"
	JumpDisabled = "disabled" // "it says my account is disabled"
	jumpStuck    = "stuck"    // taken by the engine, never by a person
)

// What can be said of an answer: whether it helped.
const (
	HelpedYes = "yes"
	HelpedNo  = "no"
)

// The choices that answer "did you mean this spelling?".
const (
	ChooseSuggested = "suggested"
	ChooseTyped     = "typed"
)

// Move is one thing a person (or the passing of time) can do in a conversation. It is
// comparable, and small enough to be kept for every turn.
type Move struct {
	Kind MoveKind `json:"kind"`
	ID   string   `json:"id,omitempty"`
	Text string   `json:"text,omitempty"`
}

// String gives the short form in which a session keeps its trail: `choose:yes`,
// `fill:ann@example.org`, `jump:person`, `back`.
func (m Move) String() string {
	switch {
	case m.Kind == Fill:
		return string(m.Kind) + ":" + m.Text
	case m.ID != "":
		return string(m.Kind) + ":" + m.ID
	}
	return string(m.Kind)
}

// ParseMove reads the form that [Move.String] writes. What it cannot read is Unclear.
func ParseMove(s string) Move {
	kind, rest, _ := strings.Cut(s, ":")
	switch k := MoveKind(kind); k {
	case Fill:
		return Move{Kind: k, Text: rest}
	case Choose, Jump, Language, Chat, Doubt, Heard, Helped:
		return Move{Kind: k, ID: rest}
	case Back, Restart, Wait, Silence, Again:
		return Move{Kind: k}
	}
	return Move{Kind: Unclear}
}

// Option is a move that is legal now, with the words it goes by.
type Option struct {
	Move
	// Label is what stands on the button, in the session's language. A Fill has none.
	Label string
	// Phrases are what people write that means this move, by language; Intents the
	// intents they come from. Both are shared with the book: do not change them.
	Phrases map[string][]Phrase
	Intents []string
	// own are those of the Phrases that no intent has.
	own map[string][]Phrase
	// Here tells the choices of the step itself (and a Fill) from what is possible
	// everywhere: a reader may ask for more certainty before it leaves the step.
	Here bool
	// stays tells what leads to the very question that is being asked.
	stays bool
	// kind is the sort of answer that a Fill takes.
	kind factKind
}
