package slackchat

import (
	"slices"
	"strings"

	"latchkey/bot"
	"latchkey/bot/redact"
)

// called are the facts that say whom or what something is about, besides those whose name ends in
// "name".
var called = []string{"company", "login_tried", "professional_to_remove"}

// tells says whether messages of ours repeat something about a person that not everybody should
// read: what the person said of somebody, and what is known of the person. An agent may know more
// than was ever recorded here, so any address or number in their words is somebody's.
func tells(messages []bot.Message, c bot.Conversation, of bot.Contact) bool {
	known := []string{of.Name, of.Email, of.Identity.Name, of.Identity.Email}
	for name, value := range c.Session.Facts {
		if strings.HasSuffix(name, "name") || slices.Contains(called, name) || personal(value) {
			known = append(known, value)
		}
	}
	return slices.ContainsFunc(messages, func(m bot.Message) bool {
		text := strings.ToLower(m.Text)
		return m.From == bot.FromAgent && personal(m.Text) || m.From != bot.FromContact && slices.ContainsFunc(known, func(value string) bool {
			return value != "" && strings.Contains(text, strings.ToLower(value))
		})
	})
}

// personal says whether there is in a text what has no place even in a log: an e-mail address, a
// telephone number.
func personal(text string) bool { return redact.Log(text) != text }
