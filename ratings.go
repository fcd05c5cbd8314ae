package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot"
	"latchkey/flows"
)

func (p program) ratingsCommand(ctx context.Context, c *Config) *cobra.Command {
	var asJSON bool
	var since string
	cmd := &cobra.Command{
		Use:   "ratings",
		Short: "List what people thought of the help, and how it ended for them",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			from := time.Time{}
			if since != "" {
				age, err := parseAge(since)
				if err != nil {
					return fmt.Errorf("--since %s: %w", since, err)
				}
				from = time.Now().Add(-age)
			}
			return p.ratings(ctx, *c, from, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().StringVar(&since, "since", "", "only those of this last `time`: 30d, 12h (default: all)")
	return cmd
}

// parseAge reads a length of time, also in days.
func parseAge(text string) (time.Duration, error) {
	days, isDays := strings.CutSuffix(text, "d")
	age, err := time.ParseDuration(text)
	if isDays {
		var n int
		n, err = strconv.Atoi(days)
		// A hundred years of days fit into a Duration.
		age = time.Duration(min(n, 36500)) * 24 * time.Hour
	}
	if err != nil || age <= 0 {
		return 0, errors.New("that is no length of time; write 30d or 12h")
	}
	return age, nil
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
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return nil
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
