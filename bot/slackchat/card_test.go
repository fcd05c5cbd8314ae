package slackchat

import (
	"strings"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// longTickets are cases with everything in them that can be, as long as it can be.
func longTickets(book *flows.Book) []bot.Ticket {
	long := strings.Repeat("<!channel> & ", 90)
	both := map[string]string{"en": long, "fr": long}
	c := bot.Case{
		About: both, Role: "client", Name: long, Email: long, Lang: "fr", Channel: "bubble",
		Identity: bot.Identity{UserID: long, Name: long, Email: long},
	}
	for range 60 {
		c.Facts = append(c.Facts, flows.FactLine{Fact: "exact_error", Label: both, Value: long})
		c.Tried = append(c.Tried, flows.TriedLine{What: both, Result: both})
	}
	at := time.Unix(1800000000, 0)
	agent := bot.Agent{ID: "slack:T1:U1", Name: long}
	open := bot.Ticket{ID: strings.Repeat("x", 36), Number: 999999, Queue: bot.QueueSupport, Status: bot.TicketOpen, Case: c, WaitingSince: at}
	taken, closed, empty := open, open, open
	taken.Agent, taken.WaitingSince = agent, time.Time{}
	closed.Status, closed.Resolution = bot.TicketClosed, bot.Resolution{By: agent, Reason: long, At: at}
	empty.Case = bot.Case{Lang: "xx", Channel: "carrier pigeon"}
	return []bot.Ticket{open, taken, closed, empty}
}
