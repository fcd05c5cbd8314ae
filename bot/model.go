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
	// Person is the human behind it where the channel knows, such as "slack:T1:U1": the same over
	// several conversations. Empty: nobody knows.
	Person string
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
	// DeliveredSeq and SeenSeq are how far what agents said has come: taken by the contact's own
	// channel, and shown to somebody who looks. Only [Store.Mark] moves them, and only forwards.
	DeliveredSeq int64
	SeenSeq      int64
	// MailedSeq is the last message of an agent that was owed to the contact by mail because
	// nobody had seen it; MailAt is when to look for others next, zero if there are none.
	MailedSeq int64
	MailAt    time.Time
	// UnreadSeq is the number of the contact's message that was stored before it was read, and
	// UnreadAt since when it waits for its answer; zero if none does.
	UnreadSeq int64
	UnreadAt  time.Time
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

// Answered is one question that the knowledge base was asked in a conversation, and what came of it.
type Answered struct {
	ConversationID string
	// Seq is the number of the message that answers.
	Seq int64
	// Question is what was asked, free of secrets, in the language Lang by a "client" or a
	// "professional".
	Question string
	Lang     string
	Audience string
	// Article and Section are what was quoted, by their ids; no article: nothing was known. Aside:
	// the article is for somebody else, and only whom to ask was said.
	Article string
	Section string
	Aside   bool
	// Score is how sure the base was by the words, between 0 and 1. Below kb.Enough with an article,
	// that was found by its meaning.
	Score float64
	Asked time.Time
	// Verdict is "yes" or "no" once the person has said whether it helped, and Judged when.
	Verdict string
	Judged  time.Time
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

// Agent is a person of the team, as the channel they work in knows them.
type Agent struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Fate is how far a message of an agent has come.
type Fate string

// The fates of a message.
const (
	FateWaiting   Fate = "waiting"   // stored; the contact's side has not taken it yet
	FateDelivered Fate = "delivered" // it stands in front of the contact, if they look
	FateSeen      Fate = "seen"      // somebody looked
	FateMailed    Fate = "mailed"    // nobody looked for a while, and it went out by mail
	FateFailed    Fate = "failed"    // it could not be handed over
)

// EventEdited marks the entry of the log that says that an earlier message is another now. It is
// for cursors, not for people: those see the message itself, as it is now.
const EventEdited = "edited"

// Message is one entry of a conversation's log.
type Message struct {
	ConversationID string
	// Seq numbers the messages of one conversation from 1 without a gap.
	Seq int64
	// ExternalID is the channel's own id, by which a repeated message is recognised: unique
	// among the contact's messages of its conversation, and among the agents' on their ticket;
	// empty for the bot's messages.
	ExternalID string
	From       From
	// Text is what people read, free of secrets.
	Text string
	// Choices are the buttons offered with it.
	Choices []flows.Choice
	// Move is the short form of the move the message was read as, "question" if the knowledge base
	// answered it, [MoveTold] if it told facts beside the tree, empty for the bot's.
	Move string
	// Event is what the message reports: "ticket", "resolved", "transcript" (the log was
	// mailed to the contact) or [EventEdited]; else empty.
	Event string
	// TicketNumber is the ticket of a "ticket" event, and the one on which an agent speaks.
	TicketNumber int64
	// Agent is who speaks for the team.
	Agent Agent
	// Edited is when an agent last changed it, zero if never. Withdrawn: they took it back, and
	// it has no text any more.
	Edited    time.Time
	Withdrawn bool
	// Ref is the number of the message that an [EventEdited] is about.
	Ref int64
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
	// Person is the contact's, if the channel knew it when the ticket was opened.
	Person string
	// AnswerID is the conversation in which the contact wrote last: answers go there. It is
	// ConversationID unless one person added to the ticket from elsewhere.
	AnswerID string
	// Agent is who has taken it, and TakenAt when; zero: nobody has.
	Agent   Agent
	TakenAt time.Time
	// WaitingSince is since when the contact waits for a person's words; zero once they have some.
	WaitingSince time.Time
	// Resolution is how it was closed, zero while it is open.
	Resolution Resolution
	// Version counts commits, as a conversation's does: a turn states the version it was
	// thought on, 0 for a new ticket.
	Version int64
	// Case is what is known, gathered along the way.
	Case Case
	// Created and Updated are the times of opening and of the last addition.
	Created time.Time
	Updated time.Time
}

// Resolution is the end of a ticket.
type Resolution struct {
	// By is the agent who closed it; zero: the contact said that it works.
	By Agent `json:"by,omitzero"`
	// Reason is for the team, in the agent's words.
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// Note is a private message of the team about a ticket. It is no part of any log, and a contact
// never sees it.
type Note struct {
	ID       string
	TicketID string
	// ExternalID is the channel's own id, by which a repeated note is recognised: unique among
	// the notes of its ticket, or empty.
	ExternalID string
	Agent      Agent
	// Event is "passed" when the note says why the ticket was passed on; else empty.
	Event string
	Text  string
	At    time.Time
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
	DeliverPassed  DeliveryKind = "passed"  // it was passed to another queue, whole

	// What only a live desk hears of.
	DeliverAway     DeliveryKind = "away"     // it was passed on, and belongs to another desk now
	DeliverTaken    DeliveryKind = "taken"    // an agent has taken it
	DeliverReleased DeliveryKind = "released" // it is anybody's again
	DeliverResolved DeliveryKind = "resolved" // an agent has closed it
	DeliverNote     DeliveryKind = "note"     // an agent's note
	DeliverReply    DeliveryKind = "reply"    // an agent's words to the contact
	DeliverEdit     DeliveryKind = "edit"     // those words are others now, or withdrawn
	DeliverFate     DeliveryKind = "fate"     // those words have come further

	// DeliverSay is what was said, for the contact, on a channel that has to be written to, and
	// DeliverUnseen what agents said and the contact has not seen, by mail.
	DeliverSay    DeliveryKind = "say"
	DeliverUnseen DeliveryKind = "unseen"
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
	// Ref says in a word what it is about: "card" for a ticket as a whole, "msg:17" for a message
	// of the log, "note:" and the id for a note. Receipt is what the other side calls what was
	// sent, such as "C1:1700000.0001", so that a later delivery with the same Ref can change it.
	Ref     string
	Receipt string
	Status  DeliveryStatus
	// Attempts counts how often it was claimed, Waits those after which the other side only told
	// us to come later. NextAt is when it may be claimed (again).
	Attempts  int
	Waits     int
	NextAt    time.Time
	LastError string
	Created   time.Time
}

// ToContact says whether it is for the contact, and not for the team.
func (d Delivery) ToContact() bool {
	return d.Kind == DeliverSay || d.Kind == DeliverUnseen || d.Kind == DeliverTranscript
}

// Lane names the deliveries that leave one after the other: those of a ticket to a channel, and
// those to a contact.
func (d Delivery) Lane() string {
	if d.TicketID != "" {
		return d.Channel + "/ticket/" + d.TicketID
	}
	return ContactLane(d.Channel, d.ConversationID)
}

// ContactLane is the lane of what a contact gets on a channel.
func ContactLane(channel, conversationID string) string {
	return channel + "/conversation/" + conversationID
}

// Accepted is something that came from outside and is still to be handled.
type Accepted struct {
	Key     string
	Payload []byte
	At      time.Time
}
