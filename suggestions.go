package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot"
	"latchkey/flows"
)

func (p program) suggestionsCommand(ctx context.Context, c *Config) *cobra.Command {
	var asJSON *bool
	var from *since
	cmd := &cobra.Command{
		Use:   "suggestions",
		Short: "List what people typed and the bot did not understand, with what they then chose",
		Long: "Goes through the stored conversations for texts that were not read, that people were asked\n" +
			"about, or went back from, and groups them by what was chosen instead: phrases to add to the\n" +
			"flow files. Secrets never reach the store; addresses, telephone numbers and known names are\n" +
			"taken out here. Read them before you add them.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			at, err := from.time()
			if err != nil {
				return err
			}
			return p.suggestions(ctx, *c, at, *asJSON)
		},
	}
	asJSON, from = asLines(cmd), sinceFlag(cmd, "90d")
	return cmd
}

// suggestion is a text that was not understood, with how often it or nearly it was typed.
type suggestion struct {
	Text string `json:"text"`
	Lang string `json:"lang"`
	N    int    `json:"n"`
	// Intent is where it belongs; without one, it is a phrase of the choice Move at the step At
	// only. Both are empty where nothing was chosen.
	Intent string `json:"intent,omitempty"`
	Move   string `json:"move,omitempty"`
	At     string `json:"at,omitempty"`
	Label  string `json:"label,omitempty"`
	// Read is what it was taken for: unclear, doubt:…, or a move that was taken back.
	Read string `json:"read"`
}

func (p program) suggestions(ctx context.Context, c Config, since time.Time, asJSON bool) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	list, skipped, err := suggest(ctx, db, c, since)
	if err != nil {
		return err
	}
	if skipped > 0 {
		fmt.Fprintf(p.err, "latchkey: %d conversations were left out: their version of the decision trees is gone\n", skipped)
	}
	if !asJSON {
		return writeSuggestions(p.out, list)
	}
	return writeLines(p.out, list)
}

// pageSize is how many conversations are read at a time.
const pageSize = 200

// suggest goes through the conversations that changed since a time. It also counts those that
// cannot be followed any more.
func suggest(ctx context.Context, db bot.Store, c Config, since time.Time) (list []suggestion, skipped int, err error) {
	books := map[string]*flows.Book{}
	groups := map[suggestion]*suggestion{}
	for after := ""; ; {
		page, err := db.Conversations(ctx, after, pageSize)
		if err != nil {
			return nil, 0, err
		}
		for _, conv := range page {
			after = conv.ID
			if conv.Updated.Before(since) {
				continue
			}
			version := conv.Session.Version
			book, ok := books[version]
			if !ok {
				// A version that is gone, or of an older program, is left out: the rest counts.
				book, _ = bookOf(ctx, db, version, c.variables())
				books[version] = book
			}
			if book == nil {
				skipped++
				continue
			}
			_, contact, err := db.ConversationByID(ctx, conv.ID)
			if err != nil {
				return nil, 0, err
			}
			st, err := replayable(ctx, db, conv, contact)
			if err != nil {
				return nil, 0, err
			}
			for _, m := range book.Misread(st) {
				s := suggestionOf(m)
				key := s
				key.Text, key.Read = sameWords(s.Text), ""
				if groups[key] == nil {
					groups[key] = &s
				}
				groups[key].N++
			}
		}
		if len(page) < pageSize {
			break
		}
	}
	for _, s := range groups {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b suggestion) int {
		return cmp.Or(cmp.Compare(a.Intent, b.Intent), cmp.Compare(a.At, b.At), cmp.Compare(a.Move, b.Move), cmp.Compare(a.Lang, b.Lang),
			cmp.Compare(b.N, a.N), cmp.Compare(a.Text, b.Text))
	})
	return list, skipped, nil
}

func suggestionOf(m flows.Misread) suggestion {
	s := suggestion{Text: m.Text, Lang: m.Lang, Read: m.Read.String(), Label: m.Label}
	switch {
	case len(m.Intents) > 0:
		s.Intent, s.Label = m.Intents[0], ""
	case m.Meant != flows.Move{}:
		s.Move, s.At = m.Meant.String(), m.Place.String()
	}
	return s
}

// sameWords is the same for texts that differ only in case, punctuation and the order of words.
func sameWords(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" .,;:!?…\"'’«»()", r) })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// writeSuggestions writes them so that they can be copied into the flow files.
func writeSuggestions(w io.Writer, list []suggestion) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "Nothing was misread.")
		return err
	}
	groups := map[string][]suggestion{}
	for _, s := range list {
		groups[heading(s)] = append(groups[heading(s)], s)
	}
	headings := slices.Sorted(maps.Keys(groups))
	for i, h := range headings {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, h)
		for _, s := range groups[h] {
			fmt.Fprintf(w, "  %s: %s%s\n", s.Lang, quoted(s.Text), times(s))
		}
	}
	return nil
}

func heading(s suggestion) string {
	switch {
	case s.Intent != "":
		return "intents.yaml, " + s.Intent
	case s.Move != "":
		return fmt.Sprintf("%s, %s (“%s”), phrases of this choice", s.At, strings.TrimPrefix(s.Move, "choose:"), s.Label)
	}
	return "~ nothing was chosen after these"
}

func times(s suggestion) string {
	t := "   # " + s.Read
	if s.N > 1 {
		t += fmt.Sprintf(", %d times", s.N)
	}
	return t
}

// quoted writes a text as YAML takes it in a list.
func quoted(text string) string {
	if strings.ContainsAny(text, ",:#[]{}\"'&*!|>%@`") {
		return "\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + "\""
	}
	return text
}
