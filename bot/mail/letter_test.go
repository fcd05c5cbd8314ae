package mail

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/mail/mailtest"
	"latchkey/flows"
)

// arrived sends parcels through a real server and takes apart what arrives.
func arrived(t testing.TB, change func(*Options), parcels ...bot.Parcel) []mailtest.Letter {
	t.Helper()
	server := mailtest.Listen(t)
	o := over(t, server)
	if change != nil {
		change(&o)
	}
	s := sender(t, o)
	var out []mailtest.Letter
	for i, p := range parcels {
		send(t, s, p)
		out = append(out, mailtest.Parse(t, server.Wait(t, i+1)[i].Data))
	}
	return out
}

// inOrder checks that the parts stand in a text one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("%q is missing, or comes too early, in\n%s", part, text)
			return
		}
		rest = after
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// plain is a page without its tags.
func plain(page string) string {
	page = tags.ReplaceAllString(page, " ")
	page = strings.NewReplacer("&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`).Replace(page)
	return strings.Join(strings.Fields(page), " ")
}

func TestTheMailTellsTheCaseInOrder(t *testing.T) {
	l := arrived(t, nil, ann())[0]
	want := []string{
		"The problem", "What they see", "wrong user or password", "Exact words on the screen", "Invalid User / password",
		"Already tried", "typed the password by hand", "Still refused",
		"asked for a reset", "No e-mail", "looked in junk mail", "Still nothing",
		"How to answer", "Ann Roy", "ann@example.org", "French", "the chat bubble",
		"Also known", "ann@exemple.org", "More than one company", "no", "iPhone 15, app 8.2.1",
		"Conversation", "2026-11-23 14:05 UTC", "j'arrive pas à me connecter", "Toujours refusé",
		"14:13", "même dans les indésirables 😤", "C'est noté : votre billet est LK-1042.",
	}
	inOrder(t, l.Text, append([]string{"Ann Roy, client: The reset mail never arrives", "LK-1042 · Support"}, want...)...)
	inOrder(t, plain(l.HTML), append([]string{"LK-1042 · Support", "The reset mail never arrives", "Ann Roy, client"}, want...)...)
	if strings.Contains(l.Text, "Who is asking") {
		t.Error("the role is told twice")
	}
}

func TestTheMailSpeaksTheTeamsLanguage(t *testing.T) {
	l := arrived(t, func(o *Options) { o.Lang = "fr" }, ann())[0]
	want := []string{
		"Le problème", "mauvais identifiant ou mot de passe",
		"Déjà essayé", "a tapé le mot de passe à la main", "Toujours refusé",
		"Comment répondre", "Répondre en", "français", "Aussi à savoir", "Conversation",
	}
	inOrder(t, l.Text, append([]string{"Ann Roy, client\u00a0: Le courriel de réinitialisation n'arrive jamais"}, want...)...)
	inOrder(t, plain(l.HTML), want...)
	if got, want := l.Subject(), "[LK-1042] Le courriel de réinitialisation n'arrive jamais — Ann Roy"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	if got := l.Header.Get("Content-Language"); got != "fr" {
		t.Errorf("language %q, want fr", got)
	}
}

func TestATextInAnotherLanguageIsBetterThanNone(t *testing.T) {
	p := ann()
	p.Ticket.Case.About = texts{"fr": "Veut parler à quelqu'un"}
	p.Ticket.Case.Lang = "de"
	l := arrived(t, nil, p)[0]
	inOrder(t, l.Text, "Veut parler à quelqu'un", "Answer in: de")
	l = arrived(t, func(o *Options) { o.Lang = "es" }, ann())[0]
	inOrder(t, l.Text, "The reset mail never arrives", "Already tried", "Still refused")
}

func TestHeaders(t *testing.T) {
	l := arrived(t, nil, ann())[0]
	for header, want := range map[string]string{
		"From":                     `"Latchkey" <help@example.org>`,
		"To":                       "<support@example.org>",
		"Reply-To":                 `"Ann Roy" <ann@example.org>`,
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "All",
		"X-Latchkey-Ticket":        "LK-1042",
		"In-Reply-To":              "",
		"User-Agent":               "",
	} {
		if got := l.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if got, want := l.Subject(), "[LK-1042] The reset mail never arrives — Ann Roy"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	if at, err := l.Header.Date(); err != nil || !at.Equal(ann().Delivery.Created) {
		t.Errorf("date %v (%v), want %v", at, err, ann().Delivery.Created)
	}
}

func TestFollowUpsStayInTheThread(t *testing.T) {
	other := more()
	other.Ticket.ID = "t-2"
	got := arrived(t, nil, ann(), more(), settled(), ann(), more(), other)
	id := func(i int) string {
		s, err := got[i].Header.MessageID()
		if err != nil || s == "" {
			t.Fatalf("mail %d: message id %q: %v", i, s, err)
		}
		return s
	}
	for _, i := range []int{1, 2} {
		for _, header := range []string{"In-Reply-To", "References"} {
			if refs, err := got[i].Header.MsgIDList(header); err != nil || len(refs) != 1 || refs[0] != id(0) {
				t.Errorf("mail %d: %s %v, want %s (%v)", i, header, refs, id(0), err)
			}
		}
	}
	if id(3) != id(0) || id(4) != id(1) {
		t.Error("the same parcel again has another Message-ID")
	}
	if id(0) == id(1) || id(1) == id(2) || id(0) == id(2) {
		t.Error("two mails have the same Message-ID")
	}
	if refs, _ := got[5].Header.MsgIDList("References"); len(refs) != 1 || refs[0] == id(0) {
		t.Error("another ticket is in the same thread")
	}

	inOrder(t, got[1].Text, "added something", "What is new", "la version web", "Already tried", "How to answer")
	inOrder(t, plain(got[1].HTML), "added something", "What is new", "la version web", "Already tried", "How to answer")
	inOrder(t, got[2].Text, "it works now", "What is new", "Ça marche maintenant")
	if strings.Contains(got[2].Text, "Tapez votre mot de passe") {
		t.Error("the follow-up repeats the conversation")
	}
	if want := "Re: [LK-1042] The reset mail never arrives — Ann Roy"; got[1].Subject() != want {
		t.Errorf("subject %q, want %q", got[1].Subject(), want)
	}
}

func TestNothingKnown(t *testing.T) {
	p := ann()
	p.Contact, p.Conversation, p.Messages = bot.Contact{}, bot.Conversation{}, nil
	p.Ticket.Case = bot.Case{About: texts{"en": "Would like to talk to a person"}}
	l := arrived(t, nil, p)[0]
	inOrder(t, l.Text, "Name not given: Would like to talk to a person", "Already tried", "Nothing yet.",
		"Name: not given", "E-mail: not given", "left no e-mail address")
	if l.Header.Has("Reply-To") {
		t.Errorf("Reply-To: %q, want none", l.Header.Get("Reply-To"))
	}
	if want := "[LK-1042] Would like to talk to a person"; l.Subject() != want {
		t.Errorf("subject %q, want %q", l.Subject(), want)
	}
	for _, heading := range []string{"The problem", "Also known", "Conversation"} {
		if strings.Contains(l.Text, heading) || strings.Contains(l.HTML, heading) {
			t.Errorf("%q stands over nothing", heading)
		}
	}
}

func TestLink(t *testing.T) {
	l := arrived(t, func(o *Options) {
		o.Link = func(bot.Ticket) string { return "https://help.example.org/desk/1042" }
	}, ann())[0]
	inOrder(t, l.Text, "Open the ticket: https://help.example.org/desk/1042")
	inOrder(t, l.HTML, `<a href="https://help.example.org/desk/1042">Open the ticket</a>`)
}

func TestWhatPeopleWriteCannotBreakOut(t *testing.T) {
	p := ann()
	p.Ticket.Case.Name = "Ann\r\nBcc: everybody@example.org\r\n\r\n<b>Roy</b>\u202e"
	p.Ticket.Case.About = texts{"en": "Help\r\nX-Evil: 1"}
	p.Ticket.Case.Email = "ann@example.org\r\nX-Evil: 1"
	p.Ticket.Case.Facts = []flows.FactLine{{Fact: "device", Label: texts{"en": "Device"}, Value: "one\nAlready tried\n-------------\n  1. all"}}
	p.Messages[0].Text = "hello\n\nAlready tried\r\n<script>alert(1)</script>\x1b[31m <img src=\"https://evil.example/x.png\">"
	l := arrived(t, nil, p)[0]
	for _, header := range []string{"Bcc", "X-Evil", "Reply-To"} {
		if l.Header.Has(header) {
			t.Errorf("%s: %q got in", header, l.Header.Get(header))
		}
	}
	if want := "[LK-1042] Help X-Evil: 1 — Ann Bcc: everybody@example.org <b>Roy</b>"; l.Subject() != want {
		t.Errorf("subject %q, want %q", l.Subject(), want)
	}
	if strings.Count(l.Text, "\nAlready tried\n") != 1 {
		t.Errorf("a heading was forged:\n%s", l.Text)
	}
	if strings.ContainsAny(l.Text+l.HTML, "\x1b\u202e") {
		t.Error("control characters came through")
	}
	for _, bad := range []string{"<script", "<img", "<b>Roy"} {
		if strings.Contains(l.HTML, bad) {
			t.Errorf("%s is in the page", bad)
		}
	}
}

func TestThePageFetchesNothing(t *testing.T) {
	l := arrived(t, nil, ann())[0]
	for _, bad := range []string{"<script", "<style", "<link", "<img", "url(", "@import", "http"} {
		if strings.Contains(l.HTML, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	if strings.Contains(l.HTML, "ZgotmplZ") {
		t.Error("a style was refused by the template")
	}
}

func TestLongTexts(t *testing.T) {
	p := ann()
	word := strings.Repeat("é", 1500)
	p.Ticket.Case.Name = strings.Repeat("Ann ", 200)
	p.Ticket.Case.About = texts{"en": strings.Repeat("very long ", 300)}
	for range 100 {
		p.Messages = append(p.Messages, bot.Message{From: bot.FromContact, Text: word, At: p.Ticket.Created})
	}
	server := mailtest.Listen(t)
	send(t, sender(t, over(t, server)), p)
	data := server.Wait(t, 1)[0].Data
	for line := range strings.Lines(string(data)) {
		if len(line) > 1000 { // RFC 5321, with the line's end
			t.Fatalf("a line of %d bytes", len(line))
		}
	}
	l := mailtest.Parse(t, data)
	if got := strings.Count(l.Text, word); got != 100 {
		t.Errorf("%d of 100 long messages in the text", got)
	}
	if got := strings.Count(l.HTML, word); got != 100 {
		t.Errorf("%d of 100 long messages in the page", got)
	}
	if got := len([]rune(l.Subject())); got > 170 {
		t.Errorf("a subject of %d letters", got)
	}
}

func TestDaysStandOnce(t *testing.T) {
	p := ann()
	p.Messages[5].At = p.Messages[5].At.Add(24 * time.Hour)
	l := arrived(t, nil, p)[0]
	for day, want := range map[string]int{"2026-11-23": 1, "2026-11-24": 1} {
		if got := strings.Count(l.Text, day); got != want {
			t.Errorf("%s stands %d times, want %d", day, got, want)
		}
	}
}
