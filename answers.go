package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot"
)

func (p program) answersCommand(ctx context.Context, c *Config) *cobra.Command {
	var unknown bool
	var asJSON *bool
	var from *since
	cmd := &cobra.Command{
		Use:   "answers",
		Short: "List what people asked the knowledge base, what it said, and whether that helped",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			at, err := from.time()
			if err != nil {
				return err
			}
			return p.answers(ctx, *c, bot.AnswerFilter{Since: at}, unknown, *asJSON)
		},
	}
	asJSON, from = asLines(cmd), sinceFlag(cmd, "")
	cmd.Flags().BoolVar(&unknown, "unknown", false, "only what nothing answered, or did not help: what to write about next")
	return cmd
}

// answerLine is an answer as `latchkey answers --json` writes it.
type answerLine struct {
	At       time.Time `json:"at"`
	Question string    `json:"question"`
	Lang     string    `json:"lang"`
	Audience string    `json:"audience"`
	// Article is empty when nothing was known.
	Article string `json:"article,omitempty"`
	Section string `json:"section,omitempty"`
	// Aside: the article is for others, and the person was told whom to ask.
	Aside bool    `json:"aside,omitempty"`
	Score float64 `json:"score"`
	// Helped is yes or no, or absent when they have not said.
	Helped       string `json:"helped,omitempty"`
	Conversation string `json:"conversation"`
}

func (p program) answers(ctx context.Context, c Config, f bot.AnswerFilter, unknown, asJSON bool) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.Answers(ctx, f)
	if err != nil {
		return err
	}
	var lines []answerLine
	for _, a := range all {
		if unknown && a.Article != "" && a.Verdict != "no" {
			continue
		}
		lines = append(lines, answerLine{a.Asked, a.Question, a.Lang, a.Audience, a.Article, a.Section, a.Aside, a.Score, a.Verdict, a.ConversationID})
	}
	if !asJSON {
		return p.answerTable(lines)
	}
	return writeLines(p.out, lines)
}

func (p program) answerTable(lines []answerLine) error {
	if len(lines) == 0 {
		fmt.Fprintln(p.out, "No questions.")
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ASKED\tHELPED\tARTICLE\tSCORE\tQUESTION")
	known, helped, judged := 0, 0, 0
	for _, l := range lines {
		article := "?"
		if l.Article != "" {
			known++
			article = l.Lang + "/" + l.Article
			if l.Aside {
				article += " (aside)"
			}
		}
		thumb := ""
		switch l.Helped {
		case "yes":
			thumb = "👍 yes"
			helped++
			judged++
		case "no":
			thumb = "👎 no"
			judged++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%s\n", l.At.Local().Format("2006-01-02 15:04"), thumb, article, l.Score, strings.Join(strings.Fields(l.Question), " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.out, "\nanswered %d of %d; helped %d of the %d who said so\n", known, len(lines), helped, judged)
	return err
}
