package bot

import (
	"context"
	"errors"
	"time"

	"latchkey/flows"
)

// Inbound is something a person wrote or pressed, as a channel hands it over.
type Inbound struct {
	// Channel and Address say who: the conversation is found by them.
	Channel string
	Address string
	// ExternalID is the channel's id of the message. The same id again changes nothing.
	ExternalID string
	// Text is what was typed, or the label of the button that was pressed.
	Text string
	// Move is set when a button was pressed, and then certain if it is legal. Seq is the
	// number of the message whose button it was, 0 for the buttons that are always there.
	Move *flows.Move
	Seq  int64
	// Flow is the decision tree a new conversation begins with: "client" or "professional".
	Flow string
	// Lang is the language a new conversation begins in; empty for the first of the book.
	Lang string
	// Identity is what the channel knows of the person, if anything.
	Identity Identity
	// Person is the human behind it, where the channel knows: the same on all its addresses.
	Person string
	// Told are facts by their names in the trees, as a window with several fields asks for them.
	// Text says the same in words and stands in the log; what is no secret there is none here. They
	// are added to the conversation's ticket; without one, Text is read like any other.
	Told map[string]string
	// Picture is an image file as it was sent: PNG, JPEG or WebP. Text is ignored then.
	Picture []byte
}

// Receiver is the only way in: *[Bot].
type Receiver interface {
	// Receive takes one inbound message. When it returns nil the message, what the bot
	// answers and what is owed to others are stored. Where reading takes a while, the message is
	// stored, and seen by who watches, before it is read; an answer that fails then is given
	// later. A [Refusal] says what the person could
	// do differently; then nothing is stored, and the same message would be refused again.
	Receive(ctx context.Context, in Inbound) error
}

// Refusal is why something a person sent was not taken. The word "refused_" followed by it
// tells them in their language.
type Refusal string

// The refusals.
const (
	RefusedType        Refusal = "picture_type"   // not a PNG, JPEG or WebP
	RefusedLarge       Refusal = "picture_large"  // too many bytes or pixels
	RefusedBroken      Refusal = "picture_broken" // it cannot be read
	RefusedMany        Refusal = "picture_many"   // enough pictures in this conversation
	RefusedEmail       Refusal = "email"          // not an e-mail address
	RefusedTranscripts Refusal = "transcripts"    // enough transcripts, of this conversation or to this address
)

func (r Refusal) Error() string { return "refused: " + string(r) }

// Channel is where people write to us.
type Channel interface {
	// Name is the channel's name in conversations and logs: "bubble", "slack".
	Name() string
	// Run hands what comes in to the receiver until the context ends.
	Run(ctx context.Context, to Receiver) error
}

// Parcel is a delivery with what it is about, read afresh.
type Parcel struct {
	Delivery Delivery
	// Ticket is zero where the delivery names none: in what goes to the contact.
	Ticket       Ticket
	Contact      Contact
	Conversation Conversation
	// Messages are the log from Delivery.After (excluded) to Delivery.UpTo (included), as it is
	// now, without the entries that say that one was edited.
	Messages []Message
	// Pictures are the images of those messages, by the id of the picture.
	Pictures map[string][]byte
	// Fates are how far the agents' messages among them have come, by their numbers.
	Fates map[int64]Fate
	// Notes are the ticket's, oldest first. They are for the team only.
	Notes []Note
	// Receipts are what the other side calls what it was sent in this lane at this address, by
	// the Ref of the delivery.
	Receipts map[string]string
}

// Sender sends deliveries to a push channel.
type Sender interface {
	// Send sends one parcel, and gives what the other side calls it, if anything will be done
	// with it later. An error is tried again later unless it is [Permanent]; see [RetryAfter].
	// The same parcel may come twice when the process died before the outcome was stored: its
	// Delivery.ID is the same then.
	Send(ctx context.Context, p Parcel) (receipt string, err error)
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that trying again will not mend.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent says whether an error, or one it wraps, was marked by [Permanent].
func IsPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

type retryAfter struct {
	error
	wait time.Duration
}

func (r retryAfter) Unwrap() error { return r.error }

// RetryAfter marks an error with which the other side says when to come again. The attempt does
// not count.
func RetryAfter(err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return retryAfter{err, max(wait, 0)}
}

// retryWait gives the wait an error, or one it wraps, was marked with by [RetryAfter].
func retryWait(err error) (time.Duration, bool) {
	var r retryAfter
	if errors.As(err, &r) {
		return r.wait, true
	}
	return 0, false
}
