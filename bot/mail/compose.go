package mail

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/bot"
)

// composer makes mails. The same parcel gives the same mail, byte for byte.
type composer struct {
	from    *netmail.Address
	support *netmail.Address // nil: none is configured
	product string
	words   Words
	lang    string
	zone    *time.Location
	link    func(bot.Ticket) string
}

// content is what a mail says.
type content struct {
	lang, subject string
	text, page    string
	pictures      []picture
}

func (c composer) content(p bot.Parcel) (content, error) {
	if p.Delivery.ToContact() {
		c.lang = cmp.Or(p.Contact.Lang, c.lang)
		t := c.transcript(p)
		if p.Delivery.Kind == bot.DeliverUnseen {
			t = c.unseen(p)
		}
		page, err := t.html()
		return content{lang: t.Lang, subject: t.Subject, text: t.text(), page: page}, err
	}
	l := c.letter(p)
	page, err := l.html()
	return content{lang: l.Lang, subject: l.Subject, text: l.text(), page: page, pictures: l.pictures}, err
}

// message makes the mail for a parcel. Without a recipient it says so in its head.
func (c composer) message(p bot.Parcel, to *netmail.Address) (*gomail.Msg, error) {
	body, err := c.content(p)
	if err != nil {
		return nil, err
	}
	id := c.messageID(p)
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("part-"+digest(id)))
	m.FromMailAddress(c.from)
	if to != nil {
		if p.Delivery.ToContact() {
			to = &netmail.Address{Address: to.Address} // a name would be words of who asked for it
		}
		m.ToMailAddress(to)
	} else {
		m.SetGenHeaderPreformatted("To", "undisclosed-recipients:;")
	}
	if answers := c.replyTo(p); answers != nil {
		m.ReplyToMailAddress(answers)
	}
	m.Subject(body.subject)
	m.SetDateWithValue(written(p))
	m.SetMessageIDWithValue(id)
	if !p.Delivery.ToContact() {
		m.SetGenHeader("X-Latchkey-Ticket", number(p.Ticket))
		if p.Delivery.Kind != bot.DeliverTicket {
			first := "<" + c.ticketID(p.Ticket) + ">"
			m.SetGenHeader(gomail.HeaderInReplyTo, first)
			m.SetGenHeader(gomail.HeaderReferences, first)
		}
	}
	// Both keep out-of-office answers away, one by the standard, one for Exchange.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader(gomail.HeaderContentLang, body.lang)
	return m, body.into(m)
}

// messageID names a mail. A ticket's first mail is named after the ticket, so that every later
// one can point to it without knowing it; all others after their delivery.
func (c composer) messageID(p bot.Parcel) string {
	if p.Delivery.Kind == bot.DeliverTicket {
		return c.ticketID(p.Ticket)
	}
	return "delivery." + digest(p.Delivery.ID) + "@" + c.domain()
}

func (c composer) ticketID(t bot.Ticket) string {
	return "ticket." + digest(t.ID) + "@" + c.domain()
}

func (c composer) domain() string {
	return c.from.Address[strings.LastIndexByte(c.from.Address, '@')+1:]
}

// replyTo is where an answer goes: the team's straight to the person, the person's to the team.
func (c composer) replyTo(p bot.Parcel) *netmail.Address {
	if p.Delivery.ToContact() {
		return c.support
	}
	given := email(p)
	if given == "" {
		return nil
	}
	a, err := netmail.ParseAddress(given)
	if err != nil {
		return nil
	}
	return &netmail.Address{Name: name(p), Address: a.Address}
}

// written is the time of the mail, not of the attempt: a mail that had to wait tells when its
// news is from.
func written(p bot.Parcel) time.Time {
	if p.Delivery.Created.IsZero() {
		return p.Ticket.Created
	}
	return p.Delivery.Created
}

func name(p bot.Parcel) string  { return oneLine(cmp.Or(p.Ticket.Case.Name, p.Contact.Name)) }
func email(p bot.Parcel) string { return oneLine(cmp.Or(p.Ticket.Case.Email, p.Contact.Email)) }

// number is how people say a ticket.
func number(t bot.Ticket) string { return fmt.Sprintf("LK-%d", t.Number) }

// digest turns an id of any characters into some that are safe in a header or a file name.
func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:12])
}
