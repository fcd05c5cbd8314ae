package mail

import (
	"cmp"
	"fmt"
	"strings"

	"latchkey/bot"
)

// transcript is the mail with which a person gets their own conversation. Anybody can have it
// sent to anybody, so it is of no use for advertising: nothing they wrote is in its head, no
// picture is attached, and no link of theirs can be followed.
type transcript struct {
	Lang    string
	Subject string
	// Intro says what this is, Next what happens now.
	Intro string
	// Ticket is the number of their request, under the words TicketLabel; empty without one.
	Ticket, TicketLabel string
	Next                []string
	TalkTitle           string
	Talk                []entry
	Footer              string
	Colon               string
}

func (c composer) transcript(p bot.Parcel) transcript {
	t := transcript{
		Lang:        c.lang,
		Subject:     c.word("mail_transcript", ""),
		Intro:       c.word("mail_transcript_intro", ""),
		TicketLabel: c.word("mail_transcript_ticket", ""),
		Next:        c.next(p),
		TalkTitle:   c.word("mail_conversation", ""),
		Footer:      c.word("mail_transcript_footer", ""),
		Colon:       colon(c.lang),
	}
	if c.product != "" {
		t.Subject += " — " + oneLine(c.product)
	}
	if n := ticketNumber(p); n != 0 {
		t.Ticket = bot.Number(n)
	}
	// That the conversation was mailed is no part of it to who reads it in that mail.
	var messages []bot.Message
	for _, m := range p.Messages {
		if m.Event != "transcript" {
			messages = append(messages, m)
		}
	}
	t.Talk = c.talk(messages)
	theirs := newTheirs(p)
	pictures := 0
	for i, m := range messages {
		e := &t.Talk[i]
		if e.Who = c.word("mail_transcript_"+string(m.From), string(m.From)); m.From == bot.FromAgent {
			e.Who = c.agent(m, "mail_transcript_agent")
		}
		if m.Picture != nil {
			pictures++
			e.Picture, e.Lines = fmt.Sprintf("%s %d", c.word("mail_picture", ""), pictures), nil
		}
		for j, line := range e.Lines {
			switch m.From {
			case bot.FromContact:
				e.Lines[j] = unlink(line)
			case bot.FromBot:
				e.Lines[j] = theirs.unlink(line)
			}
		}
	}
	return t
}

// ticketNumber is the last ticket the conversation led to, 0 for none.
func ticketNumber(p bot.Parcel) int64 {
	n := p.Ticket.Number
	for _, m := range p.Messages {
		n = cmp.Or(m.TicketNumber, n)
	}
	return n
}

// next says what the person can expect, and what they can do.
func (c composer) next(p bot.Parcel) []string {
	key := "mail_transcript_open"
	if p.Conversation.Status == bot.StatusTeam {
		key = "mail_transcript_here"
		if email(p) != "" {
			key = "mail_transcript_email"
		}
	}
	out := []string{c.word(key, "")}
	if c.support != nil {
		out = append(out, c.word("mail_transcript_reply", ""))
	}
	return out
}

func (t transcript) html() (string, error) {
	var b strings.Builder
	err := pages.ExecuteTemplate(&b, "transcript.html", t)
	return b.String(), err
}

func (t transcript) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", t.Subject, t.Intro)
	if t.Ticket != "" {
		fmt.Fprintf(&b, "%s%s%s\n", t.TicketLabel, t.Colon, t.Ticket)
	}
	for _, line := range t.Next {
		fmt.Fprintf(&b, "%s\n", line)
	}
	writeTalk(&b, t.TalkTitle, t.Talk)
	fmt.Fprintf(&b, "\n-- \n%s\n", t.Footer)
	return b.String()
}
