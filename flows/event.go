package flows

// EventKind says what sort of thing happened.
type EventKind string

// What can happen in one turn.
const (
	Said     EventKind = "said"     // the bot says Text
	Asked    EventKind = "asked"    // the bot asks Text and offers Choices
	Opened   EventKind = "ticket"   // a ticket is wanted: Ticket; Text is what the person reads
	Settled  EventKind = "resolved" // the person says it works: Text
	Reminded EventKind = "reminded" // the one reminder after a silence: Text
	PutAside EventKind = "aside"    // nothing came after the reminder: Text
)

// Event is something that happened in a turn, in the words of the session's language.
type Event struct {
	Kind    EventKind
	Text    string
	Choices []Choice
	Ticket  *TicketRequest
	// Place is the step it happened at.
	Place Place
}

// Choice is an answer offered with a question.
type Choice struct {
	// Move is the short form of the move a press of the button makes.
	Move  string `json:"move"`
	Label string `json:"label"`
}

// TicketMark stands in an event's text where the number of the ticket belongs; the
// engine does not number tickets.
const TicketMark = "{ticket}"

// TicketRequest is what the engine knows about a case when it asks for a ticket.
type TicketRequest struct {
	// Queue is "support" or "hexpert".
	Queue string
	// Problem tells cases of one person apart: one ticket is open for each.
	Problem string
	// About is the subject for the team, by language.
	About map[string]string
	// Facts are the facts with a label, and Tried the instructions, both in order and by
	// language, ready for the ticket.
	Facts []FactLine
	Tried []TriedLine
}

// FactLine is one known fact as the team reads it.
type FactLine struct {
	Fact  string            `json:"fact"`
	Label map[string]string `json:"label"`
	// Value is what was given; Says its words by language where the value is a word of the tree.
	Value string            `json:"value"`
	Says  map[string]string `json:"says,omitempty"`
}

// TriedLine is one instruction and what came of it, as the team reads it.
type TriedLine struct {
	What   map[string]string `json:"what"`
	Result map[string]string `json:"result"`
}
