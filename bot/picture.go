package bot

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"

	"latchkey/bot/picture"
	"latchkey/flows"
)

// maxPictures is how many pictures one conversation holds: enough to show what one sees, and
// not so many that a mail with them is refused.
const maxPictures = 5

// newKey gives an id that cannot be guessed: who knows it may see what it names.
func newKey() string {
	key := make([]byte, 18)
	rand.Read(key) // never fails
	return base64.RawURLEncoding.EncodeToString(key)
}

// shown is a picture that somebody sent, made anew.
type shown struct {
	Picture
	data []byte
}

// clean makes a picture of what was sent. A [Refusal] says why it is none.
func (b *Bot) clean(ctx context.Context, file []byte) (*shown, error) {
	img, err := picture.Clean(ctx, file)
	for _, refused := range []struct {
		why error
		by  Refusal
	}{
		{picture.ErrType, RefusedType}, {picture.ErrLarge, RefusedLarge}, {picture.ErrBroken, RefusedBroken},
	} {
		if errors.Is(err, refused.why) {
			b.o.Log.Debug("a picture is refused", "error", err)
			return nil, refused.by
		}
	}
	if err != nil {
		return nil, err
	}
	return &shown{
		Picture: Picture{ID: b.o.NewKey(), Kind: img.Kind, Width: img.Width, Height: img.Height, Size: len(img.Data)},
		data:    img.Data,
	}, nil
}

// look takes a picture that came. It moves nothing in the tree: the bot cannot read it, says so,
// and asks again what it had asked. nil is nothing to commit.
func (t *turn) look(ctx context.Context, in Inbound, p *shown) (*turn, error) {
	if known, err := t.full(ctx, in.ExternalID); err != nil || known {
		return nil, err
	}
	c, unclear := &t.Conversation, flows.Move{Kind: flows.Unclear}
	m := Message{ExternalID: in.ExternalID, From: FromContact, Text: t.word("picture", nil), Picture: &p.Picture}
	over := c.Session.Outcome == flows.OutcomeResolved
	if over {
		m.Move = noted(unclear) // it begins again, as with a text that is no answer to anything
	}
	t.append(m)
	t.Pictures = map[string][]byte{p.ID: p.data}
	if t.withTeam() {
		return t, t.addToTicket(ctx)
	}
	t.say("picture_kept", nil)
	if t.lost {
		return t, t.anew(ctx, unclear, false)
	}
	if over {
		if err := t.follow(ctx, unclear); err != nil {
			return nil, err
		}
	} else {
		c.Session.Quiet = 0
		t.repeat()
	}
	t.settle()
	return t, nil
}

// full refuses a picture where there are enough, unless it is one of them that comes again.
func (t *turn) full(ctx context.Context, externalID string) (known bool, err error) {
	if t.New {
		return false, nil
	}
	have, err := t.bot.o.Store.Pictures(ctx, t.Conversation.ID)
	if err != nil || len(have) < maxPictures {
		return false, err // one that comes again is found when it is stored
	}
	log, err := t.bot.o.Store.Messages(ctx, t.Conversation.ID, 0, 0, 0)
	if err != nil {
		return false, err
	}
	if externalID != "" && slices.ContainsFunc(log, func(m Message) bool { return m.ExternalID == externalID }) {
		return true, nil
	}
	return false, RefusedMany
}

// Picture gives an image and what it is. ErrNotFound.
func (b *Bot) Picture(ctx context.Context, id string) (Picture, []byte, error) {
	return b.o.Store.Picture(ctx, id)
}
