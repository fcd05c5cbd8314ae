package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/bot"
	"latchkey/flows"
)

func (p program) exportCommand(ctx context.Context, c *Config) *cobra.Command {
	var which string
	cmd := &cobra.Command{
		Use:   "export --transcript LK-1042",
		Short: "Write a stored conversation as a transcript, without personal data",
		Long: "Writes a stored conversation in the form that `latchkey test` replays. What is personal is\n" +
			"replaced: answers by samples, and in other texts every word that the decision trees do not use.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.export(ctx, *c, which) },
	}
	cmd.Flags().StringVar(&which, "transcript", "", "the conversation, by the `number` of its ticket (LK-1042) or its id")
	// The flag exists: it was defined a line ago.
	_ = cmd.MarkFlagRequired("transcript")
	return cmd
}

func (p program) export(ctx context.Context, c Config, which string) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	conversation, contact, err := findConversation(ctx, db, which)
	if err != nil {
		return err
	}
	book, err := bookOf(ctx, db, conversation.Session.Version, c.variables())
	if err != nil {
		return err
	}
	text, err := transcribe(ctx, db, book, conversation, contact)
	if errors.Is(err, flows.ErrApart) {
		fmt.Fprintln(p.err, "latchkey: the conversation was carried on in another version of the trees, or by the team: the transcript ends in another way")
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.out, text)
	return err
}

// findConversation gives a conversation by its id or the number of a ticket.
func findConversation(ctx context.Context, db bot.Store, which string) (bot.Conversation, bot.Contact, error) {
	c, contact, err := db.ConversationByID(ctx, which)
	if !errors.Is(err, bot.ErrNotFound) {
		return c, contact, err
	}
	number, err := strconv.ParseInt(strings.TrimPrefix(strings.ToUpper(which), "LK-"), 10, 64)
	if err != nil {
		return c, contact, fmt.Errorf("there is no conversation %s", which)
	}
	tickets, err := db.Tickets(ctx, bot.TicketFilter{})
	if err != nil {
		return c, contact, err
	}
	i := slices.IndexFunc(tickets, func(t bot.Ticket) bool { return t.Number == number })
	if i < 0 {
		return c, contact, fmt.Errorf("there is no ticket %s", bot.Number(number))
	}
	return db.ConversationByID(ctx, tickets[i].ConversationID)
}

// bookOf gives a version of the decision trees, in the words that were configured.
func bookOf(ctx context.Context, db bot.Store, version string, variables map[string]string) (*flows.Book, error) {
	files, err := db.Book(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("the decision trees of the conversation: %w", err)
	}
	book, err := flows.LoadFiles(files)
	if err != nil {
		return nil, fmt.Errorf("the decision trees of the conversation do not load any more:\n%w", err)
	}
	values := maps.Clone(variables)
	maps.DeleteFunc(values, func(name, _ string) bool { return !slices.Contains(book.Variables(), name) })
	return book.With(values)
}

// transcribe writes a conversation with the trees it was held with.
func transcribe(ctx context.Context, db bot.Store, book *flows.Book, c bot.Conversation, contact bot.Contact) (string, error) {
	st, err := replayable(ctx, db, c, contact)
	if err != nil {
		return "", err
	}
	st.Title = "An exported conversation"
	if c.TicketID != "" {
		st.Title += " that led to a ticket"
	}
	return book.Record(ctx, func(b *flows.Book) flows.Reader { return b.Matcher() }, st)
}

// replayable gives a conversation as the decision trees replay it.
func replayable(ctx context.Context, db bot.Store, c bot.Conversation, contact bot.Contact) (flows.Stored, error) {
	log, err := db.Messages(ctx, c.ID, 0, 0, 0)
	if err != nil {
		return flows.Stored{}, err
	}
	st := flows.Stored{Session: c.Session, Names: []string{contact.Name}, Passed: "choice_passed"}
	for _, m := range log {
		st.Log = append(st.Log, flows.Logged{Contact: m.From == bot.FromContact, Text: m.Text, Move: m.Move, Picture: m.Picture != nil, At: m.At})
	}
	return st, nil
}
