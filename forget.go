package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/bot"
	"latchkey/store"
)

func (p program) forgetCommand(ctx context.Context, c *Config) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget LK-1042",
		Short: "Delete a conversation, its tickets and its pictures for good",
		Long: "Deletes the conversation of a ticket, by the ticket's number (or the conversation's id), and all\n" +
			"that hangs on it: messages, pictures, its tickets, mail that still waits, and the person when\n" +
			"nothing else is theirs. Without --yes it only says what that would be.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.forget(ctx, *c, args[0], yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it: there is no way back")
	return cmd
}

func (p program) forget(ctx context.Context, c Config, which string, yes bool) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	conversation, contact, err := findConversation(ctx, db, which)
	if err != nil {
		return err
	}
	numbers, err := ticketNumbers(ctx, db, conversation.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "The conversation with %s on %s, since %s\n", described(contact), conversation.Channel,
		conversation.Created.Local().Format("2006-01-02 15:04"))
	if len(numbers) > 0 {
		fmt.Fprintf(p.out, "  tickets   %s\n", strings.Join(numbers, ", "))
	}
	if !yes {
		pictures, err := db.Pictures(ctx, conversation.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "  messages  %d\n  pictures  %d\n", conversation.LastSeq, len(pictures))
		return errors.New("nothing was deleted; with --yes all of it is, for good")
	}
	gone, err := db.Forget(ctx, conversation.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Deleted: %s, %s, %s", some(gone.Messages, "message"), some(gone.Pictures, "picture"), some(gone.Tickets, "ticket"))
	if gone.Notes > 0 {
		fmt.Fprintf(p.out, ", %s", some(gone.Notes, "note"))
	}
	fmt.Fprintf(p.out, ", the record of %s", some(gone.Deliveries, "mail"))
	if gone.Contact {
		fmt.Fprint(p.out, ", and who it was")
	}
	fmt.Fprintf(p.out, ".\nWhat has left is not reached: mail that was sent, files in %s, backups.\n", filepath.Join(c.Data, "spool"))
	return nil
}

// openDatabase opens the database for a command that makes none.
func openDatabase(ctx context.Context, c Config) (*store.DB, error) {
	if _, err := os.Stat(databaseFile(c)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database at %s", databaseFile(c))
	}
	return store.Open(ctx, databaseFile(c))
}

// ticketNumbers are the numbers of the tickets a conversation led to, the newest first.
func ticketNumbers(ctx context.Context, db bot.Store, conversationID string) ([]string, error) {
	tickets, err := db.Tickets(ctx, bot.TicketFilter{})
	if err != nil {
		return nil, err
	}
	var numbers []string
	for _, t := range tickets {
		if t.ConversationID == conversationID {
			numbers = append(numbers, bot.Number(t.Number))
		}
	}
	return numbers, nil
}

// some counts things: 1 picture, 2 pictures.
func some(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// described says who somebody is, as far as they have said.
func described(c bot.Contact) string {
	who := strings.TrimSpace(c.Role + " " + c.Name)
	if c.Email != "" {
		who += " <" + c.Email + ">"
	}
	if who == "" {
		return "somebody"
	}
	return who
}
