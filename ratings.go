package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot"
	"latchkey/flows"
)

func (p program) ratingsCommand(ctx context.Context, c *Config) *cobra.Command {
	var asJSON *bool
	var from *since
	cmd := &cobra.Command{
		Use:   "ratings",
		Short: "List what people thought of the help, and how it ended for them",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			at, err := from.time()
			if err != nil {
				return err
			}
			return p.ratings(ctx, *c, at, *asJSON)
		},
	}
	asJSON, from = asLines(cmd), sinceFlag(cmd, "")
	return cmd
}

// ratingLine is a rating as `latchkey ratings --json` writes it.
type ratingLine struct {
	At      time.Time `json:"at"`
	Helpful bool      `json:"helpful"`
	Comment string    `json:"comment,omitempty"`
	// Ended is resolved, ticket, aside (they fell silent) or open.
	Ended        string `json:"ended"`
	Ticket       string `json:"ticket,omitempty"`
	Conversation string `json:"conversation"`
}

func (p program) ratings(ctx context.Context, c Config, since time.Time, asJSON bool) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	rated, err := db.Rated(ctx, since)
	if err != nil {
		return err
	}
	var lines []ratingLine
	for _, r := range rated {
		l := ratingLine{At: r.Rating.At, Helpful: r.Rating.Helpful, Comment: r.Rating.Comment, Ended: ended(r), Conversation: r.ID}
		if r.TicketID != "" {
			ticket, err := db.Ticket(ctx, r.TicketID)
			if err != nil {
				return err
			}
			l.Ticket = bot.Number(ticket.Number)
		}
		lines = append(lines, l)
	}
	if !asJSON {
		return p.ratingTable(lines)
	}
	return writeLines(p.out, lines)
}

// ended says how a conversation ended, or that it has not.
func ended(c bot.Conversation) string {
	switch {
	case c.Session.Outcome == flows.OutcomeResolved, c.Session.Outcome == flows.OutcomeTicket:
		return c.Session.Outcome
	case c.Status == bot.StatusClosed:
		return "aside"
	}
	return "open"
}

func (p program) ratingTable(lines []ratingLine) error {
	if len(lines) == 0 {
		fmt.Fprintln(p.out, "No ratings.")
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RATED\tHELPFUL\tENDED\tTICKET\tCOMMENT")
	helpful := 0
	for _, l := range lines {
		thumb := "👎 no"
		if l.Helpful {
			helpful++
			thumb = "👍 yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.At.Local().Format("2006-01-02 15:04"), thumb, l.Ended, l.Ticket,
			strings.Join(strings.Fields(l.Comment), " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.out, "\nhelpful for %d of %d\n", helpful, len(lines))
	return err
}
