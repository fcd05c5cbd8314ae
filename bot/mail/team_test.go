package mail

import (
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/mail/mailtest"
)

// answered is Ann's ticket after Bob of the team has said three things to her, and changed two.
func answered() bot.Parcel {
	p := ann()
	at := p.Delivery.Created.Add(time.Hour)
	say := func(seq int64, name, text string) bot.Message {
		return bot.Message{Seq: seq, From: bot.FromAgent, Agent: bot.Agent{ID: "a", Name: name}, Text: text, TicketNumber: 1042, At: at}
	}
	first, second, third := say(7, "Bob", "Essayez maintenant: https://app.example.com"), say(8, "Bob", ""), say(9, "", "Votre adresse\nest corrigée.")
	second.Withdrawn, second.Edited = true, at
	third.Edited = at
	p.Messages = append(p.Messages, first, second, third)
	p.Delivery.UpTo = 9
	return p
}

// unseen is what Ann gets of it.
func unseen() bot.Parcel {
	p := answered()
	p.Delivery = bot.Delivery{
		ID: "d-5", Channel: Channel, Address: "ann@example.org", Kind: bot.DeliverUnseen,
		After: 6, UpTo: 9, Created: p.Delivery.Created.Add(2 * time.Hour),
	}
	p.Ticket, p.Conversation.Status = bot.Ticket{}, bot.StatusTeam
	p.Messages = append([]bot.Message{{Seq: 6, From: bot.FromContact, Text: "Allô?", At: p.Delivery.Created}}, p.Messages[6:]...)
	return p
}

func TestUnseenWordsAreMailed(t *testing.T) {
	l := arrived(t, supported, unseen())[0]
	inOrder(t, l.Text,
		"Notre équipe de soutien vous a répondu — Acme", "la voici", "Le numéro de votre demande\u00a0: LK-1042",
		"rouvrez le clavardage", "répondre à ce courriel", "Ce que notre équipe a écrit",
		"Bob, Équipe de soutien", "Essayez maintenant", "modifié", "Équipe de soutien", "Votre adresse\n    est corrigée.",
		"quelqu'un a donné votre adresse")
	for _, bad := range []string{"Allô", "retiré", "Ann Roy", "Vous\n"} {
		if strings.Contains(l.Text+plain(l.HTML), bad) {
			t.Errorf("%q is in the mail", bad)
		}
	}
	for header, want := range map[string]string{
		"To": "<ann@example.org>", "Reply-To": "<support@example.org>", "X-Latchkey-Ticket": "", "Content-Language": "fr", "In-Reply-To": "",
	} {
		if got := l.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	p := unseen()
	p.Contact.Lang = "en"
	inOrder(t, arrived(t, nil, p)[0].Text, "Our support team has answered you\n", "You have an answer", "What our team wrote", "Bob, Support team", "edited")
}

// What was withdrawn before it could leave does not leave, nor an empty mail.
func TestWithdrawnWordsAreNotMailed(t *testing.T) {
	p := unseen()
	for i := range p.Messages {
		p.Messages[i].Withdrawn = true
	}
	server := mailtest.Listen(t)
	o := over(t, server)
	send(t, sender(t, o), p)
	o.Host = ""
	send(t, sender(t, o), p)
	if n := len(server.Wait(t, 0)); n != 0 {
		t.Errorf("%d mails", n)
	}
	if files, _ := os.ReadDir(o.Spool); len(files) != 0 {
		t.Errorf("in the spool: %v", files)
	}
}

func TestTheTeamReadsWhatStands(t *testing.T) {
	l := arrived(t, nil, answered())[0]
	inOrder(t, l.Text, "Bob, Team", "Essayez maintenant", "Bob, Team", "This message was withdrawn.", ", edited  Team\n", "Votre adresse")
}

func TestAPassedTicketIsWhole(t *testing.T) {
	p := answered()
	p.Delivery.ID, p.Delivery.Kind, p.Delivery.Address = "d-6", bot.DeliverPassed, "hexpert@example.org"
	p.Ticket.Queue = bot.QueueHexpert
	p.Notes = []bot.Note{
		{Agent: bot.Agent{Name: "Zoé"}, Text: "she is patient\nand right"},
		{Agent: bot.Agent{Name: "Bob"}, Event: "passed", Text: "it is about an account"},
		{Agent: bot.Agent{Name: "Bob"}, Event: "passed"},
	}
	l := arrived(t, nil, p)[0]
	want := []string{
		"This ticket was passed on to you", "Notes of the team", "Zoé", "she is patient", "and right",
		"Bob", "passed it on: it is about an account", "Bob", "passed it on",
		"The problem", "Already tried", "How to answer", "Conversation", "Bonjour, j'arrive pas", "Essayez maintenant",
	}
	inOrder(t, l.Text, want...)
	inOrder(t, plain(l.HTML), want...)
	if got := l.Subject(); strings.HasPrefix(got, "Re:") {
		t.Errorf("subject %q", got)
	}
	// The notes are nobody else's.
	for _, kind := range []bot.DeliveryKind{bot.DeliverUnseen, bot.DeliverTranscript} {
		p.Delivery.Kind = kind
		if l := arrived(t, nil, p)[0]; strings.Contains(l.Text+l.HTML, "patient") || strings.Contains(l.Text+l.HTML, "account") {
			t.Errorf("%s tells a note:\n%s", kind, l.Text)
		}
	}
}
