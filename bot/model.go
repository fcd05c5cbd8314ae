package bot

import (
	"time"

	"latchkey/flows"
)

// Contact is a person who asks: on one channel, at one address there.
type Contact struct {
	ID string
	// Channel and Address say where the contact writes from: "bubble" and the hash of the
	// visitor's token, "terminal" and a random name.
	Channel string
	Address string
	// Role is "client" or "professional".
	Role string
	// Lang is the language they read, a code such as "fr".
	Lang string
	// Name and Email are what they told us, or the page that embeds the bubble.
	Name  string
	Email string
	// Identity is who the page that embeds the bubble says they are.
	Identity Identity
	// Created is when they first wrote.
	Created time.Time
}

// Identity is who somebody is signed in as on the page that embeds the bubble. Without a
// signature of the page's server anybody could have written it.
type Identity struct {
	// UserID is the page's own id of the person.
	UserID string `json:"user_id,omitempty"`
	Name   string `json:"name,omitempty"`
	Email  string `json:"email,omitempty"`
	// Verified: the page's server has signed it, and not too long ago.
	Verified bool `json:"verified,omitempty"`
}

// Status says who answers in a conversation.
type Status string

// The statuses of a conversation.
const (
	StatusBot    Status = "bot"    // the bot answers
	StatusTeam   Status = "team"   // a ticket is open: people answer, the bot is silent
	StatusClosed Status = "closed" // settled, or put aside without an answer
)

// Conversation is one contact's numbered log, and where it stands in a decision tree.
type Conversation struct {
	ID        string
	ContactID string
	Channel   string
	Address   string
	Status    Status
	// Session is the place in the decision tree. Its version names the tree it was begun with.
	Session flows.Session
	// LastSeq is the number of the last message; the first is 1.
	LastSeq int64
	// Version counts commits; a turn states the version it was thought on.
	Version int64
	// TicketID is the ticket the conversation last led to, if any.
	TicketID string
	// Rating is how the contact found the help, zero if they have not said.
	Rating Rating
	// Created and Updated are the times of the first and last change. DueAt is when silence
	// is to be noticed next; zero means never.
	Created time.Time
	Updated time.Time
	DueAt   time.Time
}

// Rating is what the contact thinks of the help.
type Rating struct {
	// Seq is the number of the last message when they said so; 0: they have said nothing.
	Seq     int64 `json:"seq"`
	Helpful bool  `json:"helpful"`
	// Comment is in their own words, free of secrets; often empty.
	Comment string    `json:"comment,omitempty"`
	At      time.Time `json:"at"`
}

// Picture describes an image that a contact sent. The image itself is stored beside the log
// and is deleted with the conversation.
type Picture struct {
	// ID is 144 random bits in base64url: who knows it may see the picture.
	ID string `json:"id"`
	// Kind is "image/png" or "image/jpeg".
	Kind string `json:"kind"`
	// Width and Height are in pixels, Size in bytes.
	Width  int `json:"width"`
	Height int `json:"height"`
	Size   int `json:"size"`
}

// From says whose words a message is.
type From string

// Who can speak in a conversation.
const (
	FromContact From = "contact"
	FromBot     From = "bot"
	FromAgent   From = "agent"
)

// Message is one entry of a conversation's log.
type Message struct {
	ConversationID string
	// Seq numbers the messages of one conversation from 1 without a gap.
	Seq int64
	// ExternalID is the channel's own id, by which a repeated message is recognised: unique
	// inside its conversation, empty for the bot's messages.
	ExternalID string
	From       From
	// Text is what people read, free of secrets.
	Text string
	// Choices are the buttons offered with it.
	Choices []flows.Choice
	// Move is the short form of the move the message was read as, empty for the bot's.
	Move string
	// Event is what the message reports: "ticket", "resolved" or "transcript" (the log was
	// mailed to the contact); else empty.
	Event string
	// TicketNumber is the ticket of a "ticket" event.
	TicketNumber int64
	// Picture came with the message; nil if none did. Text then names it in words.
	Picture *Picture
	At      time.Time
}

// Queue is who a ticket is for.
type Queue string

// The queues.
const (
	QueueSupport Queue = "support" // the support address
	QueueHexpert Queue = "hexpert" // senior support
)

// TicketStatus says whether a ticket still wants work.
type TicketStatus string

// The statuses of a ticket.
const (
	TicketOpen   TicketStatus = "open"
	TicketClosed TicketStatus = "closed"
)

// Ticket is a case for the support team.
type Ticket struct {
	ID string
	// Number is what people say: 1042 is written LK-1042.
	Number         int64
	ConversationID string
	ContactID      string
	Queue          Queue
	// Problem tells the cases of one contact apart; one ticket is open for each.
	Problem string
	Status  TicketStatus
	// Case is what is known, gathered along the way.
	Case Case
	// Created and Updated are the times of opening and of the last addition.
	Created time.Time
	Updated time.Time
}

// Case is what a ticket tells the team.
type Case struct {
	// About is the subject by language.
	About map[string]string `json:"about"`
	// Role, Name, Email and Lang say who asks, and where and how to answer.
	Role  string `json:"role"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Lang  string `json:"lang"`
	// Channel is where the conversation is held.
	Channel string `json:"channel"`
	// Identity is who the page says they are.
	Identity Identity `json:"identity,omitzero"`
	// Facts and Tried are in the order in which they came up.
	Facts []flows.FactLine  `json:"facts,omitempty"`
	Tried []flows.TriedLine `json:"tried,omitempty"`
	// SettledBy is "contact" when the person said that it works now.
	SettledBy string `json:"settled_by,omitempty"`
}

// DeliveryStatus says how far a delivery has come.
type DeliveryStatus string

// The statuses of a delivery.
const (
	DeliveryDue    DeliveryStatus = "due"    // to be sent at or after NextAt
	DeliverySent   DeliveryStatus = "sent"   // accepted by the other side
	DeliveryFailed DeliveryStatus = "failed" // given up; LastError says why
)

// DeliveryKind says what a delivery carries.
type DeliveryKind string

// The kinds of deliveries.
const (
	DeliverTicket  DeliveryKind = "ticket"  // the ticket as it was opened
	DeliverMore    DeliveryKind = "more"    // what the contact added to it
	DeliverSettled DeliveryKind = "settled" // the contact says that it works now
	// DeliverTranscript is the conversation, for the contact. It has no ticket of its own.
	DeliverTranscript DeliveryKind = "transcript"
)

// Delivery is one thing owed to a push channel. It names what is to be sent; the words are
// made when it is sent, from a log that no longer changes up to UpTo.
type Delivery struct {
	ID string
	// Channel is the [Sender] it is for, such as "mail"; Address where it goes there. An
	// empty mail address means that none is configured for the ticket's queue.
	Channel string
	Address string
	Kind    DeliveryKind
	// TicketID and ConversationID say what it is about. The log is told from After
	// (excluded) to UpTo (included).
	TicketID       string
	ConversationID string
	After          int64
	UpTo           int64
	Status         DeliveryStatus
	// Attempts counts how often it was claimed. NextAt is when it may be claimed (again).
	Attempts  int
	NextAt    time.Time
	LastError string
	Created   time.Time
}
