package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"latchkey/flows"
)

// How often a conversation is mailed. An address can be anybody's: nobody is to get more mail
// than they would notice with a shrug.
const (
	maxTranscripts   = 3 // of one conversation
	maxTranscriptsTo = 5 // to one address
	transcriptsTime  = 24 * time.Hour
)

// eventTranscript marks the message that says that the log was mailed.
const eventTranscript = "transcript"

var errNoMail = errors.New("bot: people cannot be mailed: no mail server is configured")

// Transcript mails the conversation at an address, as it is now, to its contact. ErrNotFound, or
// a [Refusal].
func (b *Bot) Transcript(ctx context.Context, channel, address, email string) error {
	if !b.o.Mails {
		return errNoMail
	}
	email, ok := flows.PlainEmail(email)
	if !ok {
		return RefusedEmail
	}
	// Two conversations must not both have the last mail to one address.
	defer b.locks.lock("transcripts to\x00" + strings.ToLower(email))()
	return b.change(ctx, channel, address, func(t *turn) error {
		c := &t.Conversation
		of, to, err := b.o.Store.Transcripts(ctx, c.ID, email, t.now.Add(-transcriptsTime))
		if err != nil {
			return err
		}
		if of >= maxTranscripts || to >= maxTranscriptsTo {
			return RefusedTranscripts
		}
		t.Deliveries = append(t.Deliveries, Delivery{
			ID: b.o.NewID(), Channel: mailChannel, Address: email, Kind: DeliverTranscript,
			ConversationID: c.ID, UpTo: c.LastSeq, Status: DeliveryDue, NextAt: t.now, Created: t.now,
		})
		t.append(Message{From: FromBot, Text: t.word("transcript_sent", map[string]string{"email": email}), Event: eventTranscript})
		t.settle()
		return nil
	})
}
