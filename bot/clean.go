package bot

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"latchkey/bot/redact"
	"latchkey/flows"
)

// logBefore is how many entries of the log are looked at for what was said before a text: the
// person's last words, and what was said to them since.
const logBefore = 12

// harmless gives a text without the secrets that show in the text itself, and says whether it had
// any, here or before it came here.
func (b *Bot) harmless(text string) (clean string, secret bool) {
	clean, secret, failed := redact.After(plain(text), redact.Before{Fact: true})
	if failed != nil {
		b.o.Log.Error("a text could not be searched for secrets and was removed whole", "error", failed)
	}
	return clean, secret || redact.Marked(clean)
}

// harmless gives a text of the contact or an agent without what is a secret because of what was
// said before it; noted is what the agent wrote last where that is not in the log. The text is free
// of other secrets already.
func (t *turn) harmless(ctx context.Context, text string, from From, noted string) (clean string, secret bool, err error) {
	if !redact.Depends(text) {
		return text, false, nil // and the log need not be read
	}
	log := t.Messages
	if !t.New {
		c := t.Conversation
		if log, err = t.bot.o.Store.Messages(ctx, c.ID, max(0, c.LastSeq-logBefore), 0, 0); err != nil {
			return "", false, err
		}
	}
	b := before(log, from)
	if noted != "" {
		b.Said = noted
	}
	s := t.Conversation.Session
	b.Fact = from == FromContact && !t.withTeam() && fills(t.book, s) && t.book.Takes(s) == "text"
	clean, secret, failed := redact.After(text, b)
	if failed != nil {
		t.bot.o.Log.Error("a text could not be searched for secrets and was removed whole", "conversation", t.Conversation.ID, "error", failed)
	}
	return clean, secret, nil
}

// before finds in the newest of a log what somebody said last, and what was said to them since.
func before(log []Message, from From) (b redact.Before) {
	var asked []string
	for _, m := range slices.Backward(log) {
		if m.From == from && m.Event == "" && m.Picture == nil {
			b.Said = m.Text
			break
		}
		asked = append(asked, m.Text)
	}
	slices.Reverse(asked)
	b.Asked = strings.Join(asked, "\n")
	return b
}

// Harmless gives what would be kept of a text that somebody writes, for a channel that shows it
// before it hands it over. Nothing is stored.
func (b *Bot) Harmless(ctx context.Context, in Inbound) (string, error) {
	clean, _ := b.harmless(in.Text)
	t, err := b.load(ctx, in)
	if err != nil {
		return "", err
	}
	clean, _, err = t.harmless(ctx, clean, FromContact, "")
	return clean, err
}

// plain takes out what no person types and some databases refuse: broken UTF-8 and control
// characters other than new lines and tabs.
func plain(text string) string {
	text = strings.ToValidUTF8(text, "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text))
}

// plain gives an identity that fits on a line; see [plain].
func (i Identity) plain() Identity {
	for _, text := range []*string{&i.UserID, &i.Name, &i.Email} {
		*text = strings.Join(strings.Fields(plain(*text)), " ")
	}
	return i
}

// fills says whether a step takes what is typed as something it asked for.
func fills(book *flows.Book, s flows.Session) bool {
	return slices.ContainsFunc(book.Moves(s), func(o flows.Option) bool { return o.Kind == flows.Fill })
}
