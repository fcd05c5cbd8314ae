package mail

import (
	"cmp"
	"strings"

	"latchkey/bot"
)

// unseen is the mail with what the team said to a person who has not seen it: those words, and
// where to go on.
func (c composer) unseen(p bot.Parcel) transcript {
	t := transcript{
		Lang:        c.lang,
		Subject:     c.word("mail_unseen", ""),
		Intro:       c.word("mail_unseen_intro", ""),
		TicketLabel: c.word("mail_transcript_ticket", ""),
		Next:        []string{c.word("mail_unseen_here", "")},
		TalkTitle:   c.word("mail_unseen_words", ""),
		Footer:      c.word("mail_unseen_footer", ""),
		Colon:       colon(c.lang),
	}
	if c.product != "" {
		t.Subject += " — " + oneLine(c.product)
	}
	if n := ticketNumber(p); n != 0 {
		t.Ticket = bot.Number(n)
	}
	if c.support != nil {
		t.Next = append(t.Next, c.word("mail_transcript_reply", ""))
	}
	words := answers(p)
	t.Talk = c.talk(words)
	for i, m := range words {
		t.Talk[i].Who = c.agent(m, "mail_transcript_agent")
	}
	return t
}

// answers are what the team said and still stands by.
func answers(p bot.Parcel) []bot.Message {
	var out []bot.Message
	for _, m := range p.Messages {
		if m.From == bot.FromAgent && !m.Withdrawn {
			out = append(out, m)
		}
	}
	return out
}

// nothing says whether there is nothing left to mail: it was all withdrawn before it could leave.
func nothing(p bot.Parcel) bool {
	return p.Delivery.Kind == bot.DeliverUnseen && len(answers(p)) == 0
}

// agent is how somebody of the team is called: by name, and whose team it is.
func (c composer) agent(m bot.Message, team string) string {
	name, word := oneLine(m.Agent.Name), c.word(team, "")
	if name == "" {
		return word
	}
	return name + ", " + word
}

// notes are what the team has told itself about a ticket.
func (c composer) notes(p bot.Parcel) []row {
	var out []row
	for _, n := range p.Notes {
		text := strings.Join(lines(n.Text), "\n")
		if n.Event == "passed" {
			said := c.word("mail_note_passed", "")
			if text != "" {
				said += colon(c.lang) + text
			}
			text = said
		}
		out = append(out, row{cmp.Or(oneLine(n.Agent.Name), c.word("mail_from_agent", "")), text})
	}
	return out
}
