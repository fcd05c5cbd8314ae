package mail

import (
	"cmp"
	"strings"

	"latchkey/bot"
)

func identity(p bot.Parcel) bot.Identity { return cmp.Or(p.Ticket.Case.Identity, p.Contact.Identity) }

// identity tells who the page says the person is, and on the next line whether the page's
// server vouches for it: the team decides about accounts by it.
func (c composer) identity(p bot.Parcel) string {
	i := identity(p)
	var who []string
	for _, s := range []string{oneLine(i.Name), oneLine(i.Email)} {
		if s != "" {
			who = append(who, s)
		}
	}
	if id := oneLine(i.UserID); id != "" {
		who = append(who, c.word("mail_user", "")+" "+id)
	}
	if len(who) == 0 {
		return ""
	}
	sure := "mail_unverified"
	if i.Verified {
		sure = "mail_verified"
	}
	return strings.Join(who, ", ") + "\n" + c.word(sure, "")
}

// knownEmail is the address to answer to. That it is the one the page's server vouches for is
// said: an account may then be spoken about there.
func (c composer) knownEmail(p bot.Parcel) string {
	address, i := email(p), identity(p)
	if address != "" && i.Verified && strings.EqualFold(address, oneLine(i.Email)) {
		return address + " (" + c.word("mail_email_verified", "") + ")"
	}
	return address
}
