package slackchat

import (
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/kb"
)

// A question of a professional in the middle of the tree: the passage with its link and its buttons,
// below it the question that was open with its own. What they think of it is kept.
func TestAQuestionIsAnswered(t *testing.T) {
	w := newWorld(t)
	base, err := kb.Load(kb.Shipped())
	w.must(err)
	w.help = base.With(shippedBook(t).Variable)
	n := w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "hello")
	w.presses("marie", dm, "", "A client's")
	question := w.last(dm, "").Body
	w.says("marie", dm, "how do I merge two clients?")
	m := w.last(dm, "")
	w.has(m.Body, "A merge cannot be undone.", "In Contacts, open one of the two accounts.", "Read the whole page", "https://help.example.org/help/en/merge-clients",
		"Did this help?", "[Yes, it helped] [Not really]", "[Talk to a person]")
	// The buttons stand below what they are about.
	at := -1
	for _, part := range []string{"Did this help?", "[Yes, it helped]", strings.SplitN(question, "\n", 2)[0], "[Talk to a person]"} {
		i := strings.Index(m.Body, part)
		if i < at || i < 0 {
			t.Errorf("%q is at %d, after %d, in\n%s", part, i, at, m.Body)
		}
		at = i
	}
	w.presses("marie", dm, "", "Yes, it helped")
	w.has(w.slack.Channel(dm).String(), "✓ Yes, it helped", "Glad to hear it!")
	w.has(w.last(dm, "").Body, strings.SplitN(question, "\n", 2)[0])
	a, err := n.store.Answers(t.Context(), bot.AnswerFilter{})
	w.must(err)
	if len(a) != 1 || a[0].Article != "merge-clients" || a[0].Verdict != "yes" || a[0].Audience != "professional" {
		t.Errorf("kept: %+v", a)
	}

	// In French, and something that nothing answers.
	dm = w.dm("luc")
	w.says("luc", dm, "bonjour")
	w.presses("luc", dm, "", "Celle d'un client")
	w.says("luc", dm, "comment archiver un client?")
	w.has(w.last(dm, "").Body, "puis sur Archiver", "Lire la page entière", "https://help.example.org/help/fr/archive-delete-client", "[Oui, ça m'aide] [Pas vraiment]")
	w.presses("luc", dm, "", "Pas vraiment")
	w.has(w.slack.Channel(dm).String(), "J'en suis désolé.")
	w.says("luc", dm, "combien de calories manger par jour?")
	w.has(w.last(dm, "").Body, "Je ne connais pas la réponse à cette question")
	w.clean()
}
