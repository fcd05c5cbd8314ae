package mail

import (
	"strings"
	"testing"

	"latchkey/bot"
)

// signedIn is Ann, and the site vouches for her.
var signedIn = bot.Identity{UserID: "42", Name: "Ann Roy", Email: "Ann@Example.org", Verified: true}

func TestIdentity(t *testing.T) {
	unverified := bot.Identity{UserID: "42\r\nX: y", Email: "ann@example.org"}
	other := bot.Identity{Name: "Ben", Email: "ben@example.org", Verified: true}
	tests := map[string]struct {
		who  bot.Identity
		want []string
	}{
		"verified":    {signedIn, []string{"E-mail: ann@example.org (verified by the site)", "The page says: Ann Roy, Ann@Example.org, user 42", "Verified by the site."}},
		"unverified":  {unverified, []string{"E-mail: ann@example.org\n", "The page says: ann@example.org, user 42 X: y", "Not verified."}},
		"other email": {other, []string{"E-mail: ann@example.org\n", "The page says: Ben, ben@example.org", "Verified by the site."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := ann()
			p.Ticket.Case.Identity = tt.who
			l := arrived(t, nil, p)[0]
			inOrder(t, l.Text, append([]string{"How to answer"}, tt.want...)...)
			inOrder(t, plain(l.HTML), "How to answer", "The page says", tt.want[2])
			p.Contact.Identity, p.Ticket.Case.Identity = tt.who, bot.Identity{}
			inOrder(t, arrived(t, nil, p)[0].Text, tt.want...)
		})
	}
	if l := arrived(t, nil, ann())[0]; strings.Contains(l.Text, "The page says") {
		t.Error("the page says something, though it is silent")
	}
}
