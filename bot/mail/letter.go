package mail

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"latchkey/bot"
)

// fallbackLang is taken where a text is missing in the team's language.
const fallbackLang = "en"

// A subject much longer than this is cut by mail programs anyway.
const (
	subjectAbout = 90
	subjectName  = 50
)

// letter is what a mail says, in the team's language, before it becomes text or HTML.
type letter struct {
	Lang    string
	Subject string
	// Ticket is its number, Queue whom it is for.
	Ticket, Queue string
	// News is what a follow-up reports; empty for the first mail.
	News string
	// Who asks, and About what.
	Who, About string
	// Link leads to the ticket, with the words LinkLabel.
	Link, LinkLabel string
	Sections        []section
	// Talk is the conversation, under the title TalkTitle.
	TalkTitle string
	Talk      []entry
	// TalkFirst puts it before the sections: in a follow-up it is the news.
	TalkFirst bool
	Footer    string
	colon     string
	pictures  []picture
}

// section is a titled list. In a numbered one the Value of a row is a result.
type section struct {
	Title    string
	Numbered bool
	Rows     []row
}

// row is one line of a section; without a Label only its Value is shown.
type row struct{ Label, Value string }

// entry is one message of the conversation.
type entry struct {
	When, Who string
	From      bot.From
	Lines     []string
	Choices   []string
	// Picture names what came instead of words.
	Picture string
}

// The facts that say what the person sees, and those that have their own
// place in the mail.
var (
	seen   = []string{"symptom", "exact_error", "disabled"}
	placed = append([]string{"role", "name", "email"}, seen...)
)

func (c composer) letter(p bot.Parcel) letter {
	t := p.Ticket
	l := letter{
		Lang:      c.lang,
		Ticket:    number(t),
		Queue:     c.word("mail_queue_"+string(t.Queue), string(t.Queue)),
		Who:       cmp.Or(name(p), c.word("mail_no_name", "")),
		About:     oneLine(c.pick(t.Case.About)),
		LinkLabel: c.word("mail_open", ""),
		TalkTitle: c.word("mail_conversation", ""),
		Footer:    c.word("mail_footer_no_address", ""),
		colon:     colon(c.lang),
	}
	l.Subject = "[" + l.Ticket + "] " + shorten(l.About, subjectAbout)
	if n := name(p); n != "" {
		l.Subject += " — " + shorten(n, subjectName)
	}
	if role := cmp.Or(t.Case.Role, p.Contact.Role); role != "" {
		l.Who += ", " + c.word("mail_role_"+role, role)
	}
	if c.replyTo(p) != nil {
		l.Footer = c.word("mail_footer", "")
	}
	if c.link != nil {
		l.Link = c.link(t)
	}
	switch p.Delivery.Kind {
	case bot.DeliverTicket:
	case bot.DeliverPassed:
		// Who gets it has seen nothing of it yet.
		l.News = c.word("mail_news_passed", "")
	default:
		l.Subject = "Re: " + l.Subject
		l.News = c.word("mail_news_"+string(p.Delivery.Kind), "")
		l.TalkTitle = c.word("mail_added", "")
		l.TalkFirst = true
	}
	l.Sections = c.sections(p)
	l.pictures = picturesOf(p)
	l.Talk = c.talk(p.Messages)
	for i, m := range p.Messages {
		e := &l.Talk[i]
		if e.Who = c.speaker(p, m.From); m.From == bot.FromAgent {
			e.Who = c.agent(m, "mail_from_agent")
		}
		for _, choice := range m.Choices {
			e.Choices = append(e.Choices, oneLine(choice.Label))
		}
		if m.Picture == nil {
			continue
		}
		name := c.word("mail_picture_missing", "")
		for _, pic := range l.pictures {
			if pic.seq == m.Seq {
				name = pic.name
			}
		}
		e.Picture, e.Lines = c.word("mail_picture", "")+l.colon+name, nil
	}
	return l
}

func (c composer) sections(p bot.Parcel) []section {
	var out []section
	add := func(s section) {
		if len(s.Rows) > 0 {
			out = append(out, s)
		}
	}
	if p.Delivery.Kind == bot.DeliverPassed {
		add(section{Title: c.word("mail_notes", ""), Rows: c.notes(p)})
	}
	add(section{Title: c.word("mail_sees", ""), Rows: c.facts(p, func(f string) bool { return slices.Contains(seen, f) })})
	add(section{Title: c.word("mail_tried", ""), Numbered: len(p.Ticket.Case.Tried) > 0, Rows: c.tried(p)})
	add(section{Title: c.word("mail_answer", ""), Rows: c.answer(p)})
	add(section{Title: c.word("mail_known", ""), Rows: c.facts(p, func(f string) bool { return !slices.Contains(placed, f) })})
	return out
}

// tried lists the instructions with their results. That nothing was tried is said too: it
// saves the reader from looking for it.
func (c composer) tried(p bot.Parcel) []row {
	var out []row
	for _, t := range p.Ticket.Case.Tried {
		out = append(out, row{oneLine(c.pick(t.What)), oneLine(c.pick(t.Result))})
	}
	if len(out) == 0 {
		out = []row{{Value: c.word("mail_tried_nothing", "")}}
	}
	return out
}

func (c composer) answer(p bot.Parcel) []row {
	unknown := c.word("mail_unknown", "")
	lang := cmp.Or(p.Ticket.Case.Lang, p.Contact.Lang)
	channel := cmp.Or(p.Ticket.Case.Channel, p.Conversation.Channel)
	out := []row{
		{c.word("mail_name", ""), cmp.Or(name(p), unknown)},
		{c.word("mail_email", ""), cmp.Or(c.knownEmail(p), unknown)},
	}
	if said := c.identity(p); said != "" {
		out = append(out, row{c.word("mail_identity", ""), said})
	}
	if lang != "" {
		out = append(out, row{c.word("mail_language", ""), c.word("mail_language_"+lang, lang)})
	}
	if channel != "" {
		out = append(out, row{c.word("mail_channel", ""), c.word("mail_channel_"+channel, channel)})
	}
	return out
}

func (c composer) facts(p bot.Parcel, wanted func(fact string) bool) []row {
	var out []row
	for _, f := range p.Ticket.Case.Facts {
		value := strings.Join(lines(cmp.Or(c.pick(f.Says), f.Value)), "\n")
		if wanted(f.Fact) && value != "" {
			out = append(out, row{cmp.Or(oneLine(c.pick(f.Label)), f.Fact), value})
		}
	}
	return out
}

// talk tells when what was said. The day stands with the first message of each day.
func (c composer) talk(messages []bot.Message) []entry {
	var out []entry
	day := ""
	for _, m := range messages {
		at := m.At.In(c.zone)
		e := entry{When: at.Format("15:04"), From: m.From, Lines: lines(m.Text)}
		if d := at.Format(time.DateOnly); d != day {
			day, e.When = d, at.Format("2006-01-02 15:04 MST")
		}
		switch {
		case m.Withdrawn:
			e.Lines = []string{c.word("mail_withdrawn", "")}
		case !m.Edited.IsZero():
			e.When += ", " + c.word("mail_edited", "")
		}
		out = append(out, e)
	}
	return out
}

func (c composer) speaker(p bot.Parcel, from bot.From) string {
	if from == bot.FromContact && name(p) != "" {
		return name(p)
	}
	return c.word("mail_from_"+string(from), string(from))
}

// word gives a word of mail.yaml, or instead what the program itself calls the thing.
func (c composer) word(key, instead string) string {
	return cmp.Or(c.words(key, c.lang), c.words(key, fallbackLang), oneLine(instead))
}

// pick takes the team's language of a text, else any.
func (c composer) pick(texts map[string]string) string {
	if s := cmp.Or(texts[c.lang], texts[fallbackLang]); s != "" {
		return s
	}
	for _, lang := range sortedKeys(texts) {
		if texts[lang] != "" {
			return texts[lang]
		}
	}
	return ""
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// colon is how a language separates a label from what follows: French leaves a space that
// must not break.
func colon(lang string) string {
	if lang == "fr" || strings.HasPrefix(lang, "fr-") {
		return "\u00a0: "
	}
	return ": "
}
