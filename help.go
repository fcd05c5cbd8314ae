package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/bot/openai"
	"latchkey/flows"
	"latchkey/kb"
	"latchkey/kb/pages"
)

// loadHelp reads the knowledge base, with the words of the book's variables.
func loadHelp(c Config, book *flows.Book) (*kb.Base, error) {
	fsys := kb.Shipped()
	if c.KB != "" {
		fsys = os.DirFS(c.KB)
	}
	base, err := kb.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("the articles do not load:\n%w", err)
	}
	if err := base.Variables(book.Variables()); err != nil {
		return nil, fmt.Errorf("the articles do not load:\n%w", err)
	}
	return base.With(book.Variable), nil
}

// checkHelp finds what does not hold in the articles: what they start, whether their own questions
// find them, languages that people can speak to the bot in and have no articles.
func checkHelp(base *kb.Base, book *flows.Book) kb.Problems {
	problems := base.Check()
	problems = append(problems, base.Starts(func(tree kb.Audience) []string {
		s, _ := book.Start(string(tree), "", nil)
		var lines []string
		for _, o := range book.Moves(s) {
			if o.Kind == flows.Jump {
				lines = append(lines, o.ID)
			}
		}
		return lines
	})...)
	for _, l := range book.Languages() {
		if !base.HasLanguage(l.Code) {
			problems = append(problems, kb.Problem{File: l.Code, Text: "the decision trees speak this language, and there are no articles in it"})
		}
	}
	return problems
}

// helpPages are the pages of the knowledge base.
func (p program) helpPages(c Config, ps *parts) pages.Options {
	names := map[string]string{}
	for _, l := range ps.book.Languages() {
		names[l.Code] = l.Name
	}
	return pages.Options{Base: ps.help, Word: ps.bot.Word, Names: names, Product: c.Product, URL: c.URL, Bubble: true, Log: ps.log}
}

func (p program) askCommand(ctx context.Context, c *Config) *cobra.Command {
	var lang, as string
	var words bool
	cmd := &cobra.Command{
		Use:   "ask QUESTION",
		Short: "Ask the knowledge base, as a person in a conversation would",
		Long: "Prints the passage that would be quoted, the article it comes from, and how sure the search is:\n" +
			"the share of questions with such a score that the article answers. Below the threshold it says\n" +
			"that it does not know, and what came nearest. With LATCHKEY_MODEL_EMBED the search goes by meaning\n" +
			"too; the first time, the articles are embedded before.",
		Example: `  latchkey ask "how do I merge two clients" --as professional
  latchkey ask "j'ai pas reçu l'invitation" --lang fr`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return p.ask(ctx, *c, strings.Join(args, " "), lang, as, words)
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", "`language` of the question (default: the one it seems to be in)")
	cmd.Flags().StringVar(&as, "as", "client", "who asks: client or professional")
	cmd.Flags().BoolVar(&words, "words", false, "search by words alone, though a model for embeddings is configured")
	return cmd
}

// loadTexts loads all that the bot says: the decision trees, in the words that are configured, and
// the articles.
func loadTexts(c Config) (*flows.Book, *kb.Base, error) {
	book, err := loadBook(c)
	if err != nil {
		return nil, nil, err
	}
	if book, err = book.With(variablesOf(c, book)); err != nil {
		return nil, nil, err
	}
	base, err := loadHelp(c, book)
	return book, base, err
}

func (p program) ask(ctx context.Context, c Config, question, lang, as string, words bool) error {
	book, base, err := loadTexts(c)
	if err != nil {
		return err
	}
	if lang == "" {
		if lang = book.LanguageOf(question); lang == "" {
			lang = book.Languages()[0].Code
		}
	}
	if !base.HasLanguage(lang) {
		return fmt.Errorf("--lang %s: there are articles in %v", lang, base.Languages())
	}
	by := kb.Asker{Lang: lang, Audience: kb.Audience(as)}
	if !slices.Contains([]kb.Audience{kb.ForClient, kb.ForProfessional}, by.Audience) {
		return fmt.Errorf("--as %s: client or professional", as)
	}
	var near *openai.Ranker
	if !words {
		model, err := c.model(newLog(p.err, Config{LogLevel: "warn"}))
		if err != nil {
			return err
		}
		if base, near = ranking(base, model); near != nil {
			if err := near.Prepare(ctx); err != nil {
				fmt.Fprintf(p.err, "The search goes by words alone: %v\n", err)
			}
		}
	}
	a, err := base.Answer(ctx, question, by)
	if err != nil {
		return err
	}
	at := func(x *kb.Article, section int) string {
		return pages.Address(c.URL, x.Lang, x.ID, x.Sections[section].ID)
	}
	if !a.Known() {
		fmt.Fprintf(p.out, "I don't know. An answer needs a score of %.2f.\n", kb.Enough)
		for i, h := range base.Search(question, by, 3) {
			if i == 0 {
				fmt.Fprintln(p.out, "\nNearest:")
			}
			fmt.Fprintf(p.out, "  %.2f  %s  %s\n", h.Score, at(h.Article, h.Section), h.Article.Title())
		}
		return p.nearest(ctx, base, near, question, by, at)
	}
	sure := fmt.Sprintf("%.2f", a.Score)
	if a.Score < kb.Enough {
		sure = fmt.Sprintf("%.2f by words, %.2f by meaning", a.Score, a.Likeness)
	}
	fmt.Fprintf(p.out, "%s\n\n", a.Text)
	if a.Aside {
		fmt.Fprintf(p.out, "%s  %s/%s, which is not for a %s: only its aside is told\n", sure, a.Article.Lang, a.Article.ID, as)
		return nil
	}
	fmt.Fprintf(p.out, "%s  %s  %s\n", sure, at(a.Article, a.Section), a.Article.Title())
	return nil
}

// nearest lists what is nearest in meaning to a question that got no answer.
func (p program) nearest(ctx context.Context, base *kb.Base, near *openai.Ranker, question string, by kb.Asker, at func(*kb.Article, int) string) error {
	if near == nil || near.Sections() == 0 {
		return nil
	}
	found, err := near.Rank(ctx, question, by.Lang, 3)
	if err != nil {
		return err
	}
	for i, n := range found {
		if i == 0 {
			fmt.Fprintln(p.out, "\nNearest in meaning (0: no nearer than questions about something else; 1: the same):")
		}
		a := base.Article(by.Lang, n.Article)
		fmt.Fprintf(p.out, "  %.2f  %s  %s\n", n.Likeness, at(a, n.Section), a.Title())
	}
	return nil
}
