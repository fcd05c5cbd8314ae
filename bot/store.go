package bot

import (
	"context"
	"errors"
	"time"

	"latchkey/flows"
)

// Errors a [Store] returns, possibly wrapped.
var (
	// ErrNotFound: there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrConflict: somebody else committed first, or took the ticket number or the open
	// ticket; load again, think again.
	ErrConflict = errors.New("somebody was quicker")
	// ErrDuplicate: a message with this external id is in the conversation already, or a note
	// with it at the ticket.
	ErrDuplicate = errors.New("message is known already")
)

// Turn is all that one inbound message, one act of an agent or one passing of time changes.
// It is committed whole or not at all.
type Turn struct {
	// New: the conversation does not exist yet. Otherwise Conversation.Version is the version
	// it was loaded with; after the commit it is one more.
	New          bool
	Conversation Conversation
	// Contact is stored as it is here (made when it is new).
	Contact Contact
	// Messages continue the log: Seq goes on from the stored LastSeq without a gap, and
	// Conversation.LastSeq is the last of them.
	Messages []Message
	// Changed are messages of agents that stand in the log already and get another text: Text,
	// Edited and Withdrawn are taken from here, the rest stays.
	Changed []Message
	// Read are messages of the contact that stand in the log already without a move, and have
	// been read since: Move is taken from here, the rest stays.
	Read []Message
	// Pictures are the images of those messages that have one, by the id of the picture.
	Pictures map[string][]byte
	// Ticket, when set, is made or changed; a change states the version it was thought on.
	Ticket *Ticket
	Notes  []Note
	// Renoted are notes that stand already and get another text; without a text they go.
	Renoted    []Note
	Deliveries []Delivery
	// Answers are what the knowledge base said to a question, at a message of this conversation; one
	// that is there already gets its Verdict and Judged from here.
	Answers []Answered
}

// TicketFilter selects tickets; zero fields select all.
type TicketFilter struct {
	Status TicketStatus
	Queue  Queue
	// Limit is how many at most, newest first; 0 means no limit.
	Limit int
}

// AnswerFilter selects answers; zero fields select all.
type AnswerFilter struct {
	// Since leaves out what was asked before.
	Since time.Time
	// Limit is how many at most, the newest first; 0 means no limit.
	Limit int
}

// BookUse is a version of the decision trees that is kept.
type BookUse struct {
	Version string
	// Saved is when it was last saved: a bot renews it as long as new conversations begin with it.
	Saved time.Time
	// Open counts the conversations on it that are not closed.
	Open int
}

// Stand is where a conversation stands in a version of the decision trees.
type Stand struct {
	flows.Place
	// Outcome is empty where the bot waits for an answer.
	Outcome string
}

// Forgotten is what was deleted with a conversation.
type Forgotten struct {
	Messages   int
	Pictures   int
	Tickets    int
	Notes      int
	Deliveries int
	Answers    int
	// Contact: nothing else was the contact's, who is deleted as well.
	Contact bool
}

// Store keeps conversations. A Store is safe for use by several goroutines. Times are kept
// to the millisecond.
type Store interface {
	// Conversation gives the newest conversation at an address and its contact. ErrNotFound.
	Conversation(ctx context.Context, channel, address string) (Conversation, Contact, error)
	// ConversationByID gives a conversation and its contact. ErrNotFound.
	ConversationByID(ctx context.Context, id string) (Conversation, Contact, error)
	// Messages gives the log from after (excluded) to upTo (included), in order; upTo 0 is
	// the end; at most limit of them, 0 for all.
	Messages(ctx context.Context, conversationID string, after, upTo int64, limit int) ([]Message, error)
	// Commit stores a turn. ErrConflict, ErrDuplicate. When it returns nil the turn is on disk.
	Commit(ctx context.Context, t Turn) error
	// Mark moves DeliveredSeq and SeenSeq of a conversation forwards, and owes deliveries if one
	// of them moved; then it says so. What is seen is delivered. It counts as no commit: nobody
	// has to think again for it.
	Mark(ctx context.Context, conversationID string, delivered, seen int64, owed []Delivery) (moved bool, err error)
	// Unmailed gives conversations whose MailAt is set and not after now, oldest first, at most n.
	Unmailed(ctx context.Context, now time.Time, n int) ([]Conversation, error)
	// Unread gives conversations whose UnreadAt is set and not after before, oldest first, at
	// most n.
	Unread(ctx context.Context, before time.Time, n int) ([]Conversation, error)
	// Due gives conversations with status bot whose DueAt is set and not after now, oldest
	// first, at most n.
	Due(ctx context.Context, now time.Time, n int) ([]Conversation, error)

	// Picture gives an image and what it is. ErrNotFound.
	Picture(ctx context.Context, id string) (Picture, []byte, error)
	// Pictures gives what the images of a conversation are, in the order in which they came.
	Pictures(ctx context.Context, conversationID string) ([]Picture, error)
	// Conversations gives conversations in the order of their ids, at most n that come after one;
	// after "" come all.
	Conversations(ctx context.Context, after string, n int) ([]Conversation, error)
	// Rated gives the conversations that were rated at or after since, the last rated first.
	Rated(ctx context.Context, since time.Time) ([]Conversation, error)
	// Answer gives what the knowledge base said at a message of a conversation. ErrNotFound.
	Answer(ctx context.Context, conversationID string, seq int64) (Answered, error)
	// Answers gives what the knowledge base was asked, the newest first.
	Answers(ctx context.Context, f AnswerFilter) ([]Answered, error)
	// Forget deletes a conversation and all that hangs on it: messages, pictures, deliveries,
	// the tickets it led to; the contact too when nothing else is theirs. A turn that was
	// thought on it is an ErrConflict from then on, and the number of a ticket does not come
	// back. ErrNotFound.
	Forget(ctx context.Context, conversationID string) (Forgotten, error)

	// Ticket gives a ticket by its id. ErrNotFound.
	Ticket(ctx context.Context, id string) (Ticket, error)
	// OpenTicket gives the open ticket for a problem, of a person if one is named, or else of a
	// contact. ErrNotFound.
	OpenTicket(ctx context.Context, contactID, person, problem string) (Ticket, error)
	// Tickets lists tickets, newest first.
	Tickets(ctx context.Context, f TicketFilter) ([]Ticket, error)
	// TicketsOf gives the tickets of a person, newest first.
	TicketsOf(ctx context.Context, person string) ([]Ticket, error)
	// TicketByNumber gives a ticket by what people call it. ErrNotFound.
	TicketByNumber(ctx context.Context, number int64) (Ticket, error)
	// Reply gives what an agent said on a ticket under an external id. ErrNotFound.
	Reply(ctx context.Context, ticketNumber int64, externalID string) (Message, error)
	// Notes gives the notes of a ticket, oldest first.
	Notes(ctx context.Context, ticketID string) ([]Note, error)
	// NextTicketNumber gives the number the next ticket should have. Two may get the same:
	// the second commit is then an ErrConflict.
	NextTicketNumber(ctx context.Context) (int64, error)

	// Claim takes at most n deliveries that are due, counts the attempt, and keeps others
	// from claiming them until the lease is over. Of a lane it takes only the first that has no
	// outcome yet, in the order in which they were committed.
	Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]Delivery, error)
	// Finish records what became of a claimed delivery: Status, NextAt, LastError, Waits, and
	// Receipt unless it is empty. What is owed because of it is stored with it.
	Finish(ctx context.Context, d Delivery, owed ...Delivery) error
	// Deliveries gives the deliveries of a ticket, oldest first.
	Deliveries(ctx context.Context, ticketID string) ([]Delivery, error)
	// Lane gives the deliveries of a lane in their order.
	Lane(ctx context.Context, lane string) ([]Delivery, error)
	// ByReceipt gives the newest delivery on a channel with a receipt. ErrNotFound.
	ByReceipt(ctx context.Context, channel, receipt string) (Delivery, error)
	// Posted gives the deliveries on a channel that were owed at or after since and have a receipt,
	// by it.
	Posted(ctx context.Context, channel string, since time.Time) ([]Delivery, error)
	// Transcripts counts the transcripts of a conversation, and those to an address that were
	// asked for at or after since. Upper and lower case are the same address.
	Transcripts(ctx context.Context, conversationID, address string, since time.Time) (of, to int, err error)
	// NextDelivery gives the earliest time at which a delivery may be claimed; zero if none is due.
	NextDelivery(ctx context.Context) (time.Time, error)

	// Accept keeps what came from outside until it is handled. The same key again is not fresh,
	// and changes nothing.
	Accept(ctx context.Context, key string, payload []byte, at time.Time) (fresh bool, err error)
	// Accepted gives what is not handled yet, in the order in which it came, at most n.
	Accepted(ctx context.Context, n int) ([]Accepted, error)
	// Handled forgets the payload of what was accepted, and keeps the key. What is not there, or
	// was handled already, is fine.
	Handled(ctx context.Context, key string) error
	// PruneAccepted deletes what was accepted before a time, handled or not. It gives how many.
	PruneAccepted(ctx context.Context, before time.Time) (int, error)

	// SaveBook keeps the files of a version of the decision trees. Saving it again changes
	// nothing but the time.
	SaveBook(ctx context.Context, version string, files map[string]string, at time.Time) error
	// Book gives the files of a version. ErrNotFound.
	Book(ctx context.Context, version string) (map[string]string, error)
	// Books lists the versions that are kept, by version.
	Books(ctx context.Context) ([]BookUse, error)
	// Standing counts the conversations on a version that are not closed, by where they stand.
	Standing(ctx context.Context, version string) (map[Stand]int, error)
	// PruneBooks deletes the versions that were last saved before a time, unless there is a
	// conversation on them that is not closed, or was changed at or after since. It gives what
	// it deleted, by version.
	PruneBooks(ctx context.Context, saved, since time.Time) ([]string, error)

	// Ping says whether the store answers.
	Ping(ctx context.Context) error
	Close() error
}
