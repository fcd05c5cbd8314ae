package mail

import (
	"regexp"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/mail/mailtest"
)

func supported(o *Options) { o.SupportEmail, o.Product = "support@example.org", "Acme" }

func TestATranscriptTellsTheConversationToWhoHadIt(t *testing.T) {
	p := copied()
	l := arrived(t, supported, p)[0]
	want := []string{
		"la copie que vous avez demandée", "Le numéro de votre demande", "LK-1042",
		"vous écrira par courriel", "répondre à ce courriel",
		"Conversation", "2026-11-23 14:05 UTC", "Vous", "j'arrive pas à me connecter",
		"Assistant", "Tapez votre mot de passe", "14:08", "Vous", "Image 1", "Image 2", "C'est noté",
		"Vous recevez ce courriel parce que",
	}
	// In the text who speaks stands after the time, in the page before it.
	inOrder(t, l.Text, want...)
	for _, part := range want {
		if !strings.Contains(plain(l.HTML), part) {
			t.Errorf("%q is missing in the page", part)
		}
	}
	// That it was sent, what the page says, what is for the team, and the buttons.
	for _, bad := range []string{"Copie en route", "Ann Roy", "LK-1042-1", "Soutien", "[Toujours rien]"} {
		if strings.Contains(l.Text+l.HTML, bad) {
			t.Errorf("%q is in the mail", bad)
		}
	}
	if len(l.Attachments) != 0 {
		t.Errorf("%d attachments, want none", len(l.Attachments))
	}
}

func TestATranscriptIsInTheLanguageOfTheContact(t *testing.T) {
	p := copied()
	p.Contact.Lang = "en"
	l := arrived(t, func(o *Options) { o.Lang = "fr" }, p)[0]
	inOrder(t, l.Text, "Your login help conversation\n", "The number of your request: LK-1042", "You\n", "Picture 1", "someone gave your address")
	if got := l.Header.Get("Content-Language"); got != "en" {
		t.Errorf("language %q, want en", got)
	}
	if got := l.Subject(); got != "Your login help conversation" {
		t.Errorf("subject %q", got)
	}
}

func TestHeadersOfATranscript(t *testing.T) {
	server := mailtest.Listen(t)
	o := over(t, server)
	supported(&o)
	p := copied()
	p.Delivery.Address = "Cheap watches at evil.example <ann@example.org>"
	send(t, sender(t, o), p)
	m := server.Wait(t, 1)[0]
	if len(m.To) != 1 || m.To[0] != "ann@example.org" {
		t.Errorf("envelope: to %q", m.To)
	}
	l := mailtest.Parse(t, m.Data)
	for header, want := range map[string]string{
		"From":                     `"Latchkey" <help@example.org>`,
		"To":                       "<ann@example.org>",
		"Reply-To":                 "<support@example.org>",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "All",
		"X-Latchkey-Ticket":        "",
		"In-Reply-To":              "",
		"References":               "",
		"Content-Language":         "fr",
	} {
		if got := l.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if got, want := l.Subject(), "Votre conversation d'aide à la connexion — Acme"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	if strings.Contains(string(m.Data), "watches") {
		t.Error("the name in the address came through")
	}

	// Without a support address an answer goes to the sender.
	again, other := copied(), copied()
	other.Delivery.ID = "d-5"
	ls := arrived(t, nil, again, again, other)
	if ls[0].Header.Has("Reply-To") || strings.Contains(ls[0].Text, "répondre à ce courriel") {
		t.Errorf("Reply-To: %q, want none, and none promised", ls[0].Header.Get("Reply-To"))
	}
	ids := map[string]bool{}
	for _, l := range ls {
		id, err := l.Header.MessageID()
		if err != nil {
			t.Fatal(err)
		}
		ids[id] = true
	}
	if len(ids) != 2 {
		t.Errorf("Message-IDs %v, want one for each delivery", ids)
	}
}

func TestWhatHappensNext(t *testing.T) {
	tests := map[string]struct {
		change func(*bot.Parcel)
		want   string
		number bool
	}{
		"the team writes":    {func(*bot.Parcel) {}, "vous écrira par courriel", true},
		"the ticket is told": {func(p *bot.Parcel) { p.Ticket = ann().Ticket; p.Messages[5].TicketNumber = 0 }, "vous écrira par courriel", true},
		"the team answers here": {func(p *bot.Parcel) {
			p.Contact.Email = ""
		}, "vous répondra dans le clavardage", true},
		"settled":   {func(p *bot.Parcel) { p.Conversation.Status = bot.StatusClosed }, "rouvrez le clavardage", true},
		"no ticket": {func(p *bot.Parcel) { p.Conversation.Status = bot.StatusBot; p.Messages = p.Messages[:2] }, "rouvrez le clavardage", false},
		"nothing":   {func(p *bot.Parcel) { *p = bot.Parcel{Delivery: p.Delivery, Contact: bot.Contact{Lang: "fr"}} }, "rouvrez le clavardage", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := copied()
			tt.change(&p)
			l := arrived(t, nil, p)[0]
			for _, body := range []string{l.Text, plain(l.HTML)} {
				if !strings.Contains(body, tt.want) {
					t.Errorf("%q is missing in\n%s", tt.want, body)
				}
				if got := strings.Contains(body, "numéro de votre demande"); got != tt.number {
					t.Errorf("the number is told: %v, want %v", got, tt.number)
				}
				if strings.Contains(body, "LK-0") {
					t.Error("a number that does not exist is told")
				}
			}
		})
	}
}

func TestATranscriptInTheSpoolSaysForWhom(t *testing.T) {
	o := local(t)
	s := sender(t, o)
	send(t, s, copied())
	files := spooled(t, o.Spool)
	for name, data := range files {
		if !regexp.MustCompile(`^transcript-[0-9a-f]{24}\.eml$`).MatchString(name) {
			t.Errorf("file %q", name)
		}
		l := mailtest.Parse(t, data)
		if got := l.Header.Get("To"); got != "<ann@example.org>" {
			t.Errorf("To: %q", got)
		}
	}
	if len(files) != 1 {
		t.Errorf("%d files, want 1", len(files))
	}
	p := copied()
	p.Delivery.Address = "nobody"
	if _, err := s.Send(t.Context(), p); !bot.IsPermanent(err) {
		t.Errorf("%v, want a permanent error", err)
	}
}

// links finds what mail programs make links of: addresses with a scheme, those that begin with
// www, bare names of hosts, and mailboxes.
var links = regexp.MustCompile(`(?i)(https?|ftp|mailto|tel):[^\s\pZ]|www\.[^\s\pZ]|[\pL\pN\p{Cf}💩_-][.。．｡][\pL\p{Cf}]`)

func TestNothingTheContactWroteCanBeFollowed(t *testing.T) {
	for _, evil := range []string{
		"https://evil.example/win?a=b.c", "HTTP://evil.example", "www.evil.example", "evil.example/a", "ev\u00adil\u00ad.example",
		"mailto:win@evil.example", "win@evil.example", "http://127.0.0.1/x", "évil.example", "evil。example", "💩.example", "(see:https://evil.example)",
		`<a href="https://evil.example">win</a>`, "<https://evil.example>", "ftp://evil.example", "tel:+15145550100", "1.example",
	} {
		p := copied()
		p.Contact.Name = "Win at " + evil
		p.Contact.Identity.Name = p.Contact.Name
		p.Messages[0].Text = "Look: " + evil
		p.Messages[1].Text = "Is « " + evil + " » the name? Does " + p.Contact.Name + ", help?"
		p.Messages[3].Text = "Open https://app.acme.test/login, then look."
		l := arrived(t, nil, p)[0]
		if strings.Contains(l.HTML, "<a") {
			t.Errorf("%s: a link in the page", evil)
		}
		for _, body := range []string{l.Text, plain(l.HTML)} {
			_, talk, _ := strings.Cut(body, "Conversation")
			talk, ours, _ := strings.Cut(talk, "Image 1")
			if found := links.FindString(talk); found != "" {
				t.Errorf("%s: %q can be followed in\n%s", evil, found, talk)
			}
			if !strings.Contains(ours, "https://app.acme.test/login,") {
				t.Errorf("%s: the address that is ours is broken in\n%s", evil, ours)
			}
		}
	}
}

func TestUnlinkLeavesTheRest(t *testing.T) {
	for _, s := range []string{"", "Bonjour...", "It says: no. And then?", "app 8.2.1", "14:05", "Mot de passe\u00a0: non", "end.", ":)", "."} {
		if got := unlink(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	for s, want := range map[string]string{
		"https://a.example/b": "https:_//a_.example/b",
		"a.b.c":               "a_.b_.c",
		"x.y":                 "x_.y",
	} {
		if got := strings.ReplaceAll(unlink(s), gap, "_"); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}

func TestTheBotsOwnAddressesStayWhole(t *testing.T) {
	const s = "Open https://app.example.com, or write to help@example.com."
	if got := newTheirs(bot.Parcel{}).unlink(s); got != s {
		t.Errorf("%q became %q", s, got)
	}
	p := bot.Parcel{Messages: []bot.Message{{From: bot.FromContact, Text: "APP.example.com"}}}
	if got := newTheirs(p).unlink(s); got == s || !strings.Contains(got, "help@example.com") {
		t.Errorf("%q became %q, want only the address they wrote broken", s, got)
	}
}
