package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot"
	"latchkey/flows"
	"latchkey/store"
)

func (p program) ticketsCommand(ctx context.Context, c *Config) *cobra.Command {
	var openOnly bool
	var asJSON *bool
	var queue string
	cmd := &cobra.Command{
		Use:   "tickets",
		Short: "List the tickets, and whether they were delivered",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f := bot.TicketFilter{Queue: bot.Queue(queue)}
			if openOnly {
				f.Status = bot.TicketOpen
			}
			return p.tickets(ctx, *c, f, *asJSON)
		},
	}
	asJSON = asLines(cmd)
	cmd.Flags().BoolVar(&openOnly, "open", false, "only those that are open")
	cmd.Flags().StringVar(&queue, "queue", "", "only those of one queue: support or hexpert")
	return cmd
}

// ticketLine is a ticket as `latchkey tickets --json` writes it.
type ticketLine struct {
	Number   string            `json:"number"`
	Queue    bot.Queue         `json:"queue"`
	Status   bot.TicketStatus  `json:"status"`
	About    string            `json:"about"`
	Role     string            `json:"role"`
	Name     string            `json:"name,omitempty"`
	Email    string            `json:"email,omitempty"`
	Lang     string            `json:"lang"`
	Channel  string            `json:"channel"`
	Created  time.Time         `json:"created"`
	Updated  time.Time         `json:"updated"`
	Facts    map[string]string `json:"facts,omitempty"`
	Tried    []triedLine       `json:"tried,omitempty"`
	Pictures []bot.Picture     `json:"pictures,omitempty"`
	// Agent has taken it. Waiting is since when the person waits for somebody's words.
	Agent      *bot.Agent      `json:"agent,omitempty"`
	Taken      *time.Time      `json:"taken,omitempty"`
	Waiting    *time.Time      `json:"waiting,omitempty"`
	Resolution *bot.Resolution `json:"resolution,omitempty"`
	Notes      []noteLine      `json:"notes,omitempty"`
	Deliveries []deliveryLine  `json:"deliveries"`
}

type triedLine struct {
	What   string `json:"what"`
	Result string `json:"result"`
}

type noteLine struct {
	By    string    `json:"by"`
	Event string    `json:"event,omitempty"`
	Text  string    `json:"text"`
	At    time.Time `json:"at"`
}

type deliveryLine struct {
	Kind     bot.DeliveryKind   `json:"kind"`
	To       string             `json:"to,omitempty"`
	Status   bot.DeliveryStatus `json:"status"`
	Attempts int                `json:"attempts"`
	Error    string             `json:"error,omitempty"`
}

func (p program) tickets(ctx context.Context, c Config, f bot.TicketFilter, asJSON bool) error {
	if _, err := os.Stat(databaseFile(c)); errors.Is(err, fs.ErrNotExist) {
		if !asJSON {
			fmt.Fprintf(p.out, "No tickets: there is no database at %s yet.\n", databaseFile(c))
		}
		return nil
	}
	db, err := store.Open(ctx, databaseFile(c))
	if err != nil {
		return err
	}
	defer db.Close()
	tickets, err := db.Tickets(ctx, f)
	if err != nil {
		return err
	}
	var lines []ticketLine
	for _, t := range tickets {
		deliveries, err := db.Deliveries(ctx, t.ID)
		if err != nil {
			return err
		}
		pictures, err := db.Pictures(ctx, t.ConversationID)
		if err != nil {
			return err
		}
		l := describe(t, deliveries, c.TeamLang)
		l.Pictures = pictures
		notes, err := db.Notes(ctx, t.ID)
		if err != nil {
			return err
		}
		for _, n := range notes {
			l.Notes = append(l.Notes, noteLine{n.Agent.Name, n.Event, n.Text, n.At})
		}
		lines = append(lines, l)
	}
	if asJSON {
		return writeLines(p.out, lines)
	}
	return p.ticketTable(lines)
}

func describe(t bot.Ticket, deliveries []bot.Delivery, lang string) ticketLine {
	l := ticketLine{
		Number: bot.Number(t.Number), Queue: t.Queue, Status: t.Status, About: flows.In(t.Case.About, lang),
		Role: t.Case.Role, Name: t.Case.Name, Email: t.Case.Email, Lang: t.Case.Lang, Channel: t.Case.Channel,
		Created: t.Created, Updated: t.Updated, Facts: map[string]string{}, Deliveries: []deliveryLine{},
	}
	if t.Agent != (bot.Agent{}) {
		l.Agent, l.Taken = &t.Agent, &t.TakenAt
	}
	if !t.WaitingSince.IsZero() {
		l.Waiting = &t.WaitingSince
	}
	if !t.Resolution.At.IsZero() {
		l.Resolution = &t.Resolution
	}
	for _, f := range t.Case.Facts {
		l.Facts[f.Fact] = f.Value
	}
	for _, tr := range t.Case.Tried {
		l.Tried = append(l.Tried, triedLine{flows.In(tr.What, lang), flows.In(tr.Result, lang)})
	}
	for _, d := range deliveries {
		l.Deliveries = append(l.Deliveries, deliveryLine{d.Kind, d.Address, d.Status, d.Attempts, d.LastError})
	}
	return l
}

func (p program) ticketTable(lines []ticketLine) error {
	if len(lines) == 0 {
		fmt.Fprintln(p.out, "No tickets.")
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "TICKET\tSTATUS\tQUEUE\tTAKEN BY\tOPENED\tWHO\tABOUT\tDELIVERY")
	for _, l := range lines {
		who := strings.TrimSpace(l.Role + " " + l.Name)
		if l.Email != "" {
			who += " <" + l.Email + ">"
		}
		about := l.About
		if n := len(l.Pictures); n > 0 {
			about += " (" + some(n, "picture") + ")"
		}
		if n := len(l.Notes); n > 0 {
			about += " (" + some(n, "note") + ")"
		}
		taken := "nobody"
		if l.Agent != nil {
			taken = cmp.Or(l.Agent.Name, l.Agent.ID)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Number, l.Status, l.Queue, taken,
			l.Created.Local().Format("2006-01-02 15:04"), who, about, deliveryState(l.Deliveries))
	}
	return w.Flush()
}

// deliveryState is the worst of a ticket's deliveries in a few words.
func deliveryState(ds []deliveryLine) string {
	state := "sent"
	for _, d := range ds {
		switch d.Status {
		case bot.DeliveryFailed:
			return fmt.Sprintf("FAILED after %d attempts: %s", d.Attempts, d.Error)
		case bot.DeliveryDue:
			state = "waiting"
			if d.Error != "" {
				state = fmt.Sprintf("waiting, %d attempts: %s", d.Attempts, d.Error)
			}
		}
	}
	return state
}
