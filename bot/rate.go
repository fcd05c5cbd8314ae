package bot

import (
	"context"
	"strings"
)

// maxComment is the longest comment on the help, in letters.
const maxComment = 1000

// Rate keeps what the person at an address thinks of the help; saying it again takes the place
// of what was said before. The conversation itself does not change by it: nobody is reminded
// later, or taken to be there. ErrNotFound.
func (b *Bot) Rate(ctx context.Context, channel, address string, helpful bool, comment string) error {
	comment, _ = b.harmless(comment)
	if letters := []rune(comment); len(letters) > maxComment {
		comment = string(letters[:maxComment])
	}
	comment = strings.TrimSpace(comment)
	return b.change(ctx, channel, address, func(t *turn) error {
		c := &t.Conversation
		c.Rating = Rating{Seq: c.LastSeq, Helpful: helpful, Comment: comment, At: t.now}
		return nil
	})
}
