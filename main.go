// Latchkey is a support chat bot that gets locked-out people back in. It talks to clients in a
// chat bubble, walks them through a decision tree, and opens a ticket for the support team when
// a person is needed.
//
// `go run .` starts it with nothing configured.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot"
	"latchkey/bot/mail"
	"latchkey/bot/openai"
	"latchkey/bot/redact"
	"latchkey/bot/slackchat"
	"latchkey/flows"
	"latchkey/kb"
	"latchkey/kb/pages"
	"latchkey/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	if err := p.run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "latchkey: %v\n", err)
		os.Exit(1)
	}
}

// program is Latchkey as a value, so that a test can run it in a world of its own.
type program struct {
	in       io.Reader
	out, err io.Writer
	// environ are the settings, as NAME=value.
	environ []string
	// folder is where `.env` is looked for; empty is the working directory.
	folder string
	// slackAPI is where Slack is, when it is not the real one.
	slackAPI string
	// ready, when set, is told the address once the server listens.
	ready func(addr string)
}

// run carries out one command.
func (p program) run(ctx context.Context, args []string) error {
	var c Config
	root := &cobra.Command{
		Use:           "latchkey",
		Short:         "The support bot that gets locked-out people back in",
		Long:          "Starts the server: the chat bubble, its demo page, and the delivery of tickets.",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(*cobra.Command, []string) error { return p.serve(ctx, c) },
	}
	// Without this cobra takes the arguments of the process, which under test are the test's.
	root.SetArgs(append([]string{}, args...))
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	var addr, data string
	root.Flags().StringVar(&addr, "addr", "", "address to listen at (LATCHKEY_ADDR)")
	root.PersistentFlags().StringVar(&data, "data", "", "folder of the database (LATCHKEY_DATA)")
	root.PersistentPreRunE = func(*cobra.Command, []string) (err error) {
		if c, err = loadConfig(p.environ, p.folder); err != nil {
			return err
		}
		if addr != "" {
			c.Addr = addr
		}
		if data != "" {
			c.Data = data
		}
		return nil
	}
	root.AddCommand(p.chatCommand(ctx, &c), p.newCommand(&c), p.ticketsCommand(ctx, &c), p.ratingsCommand(ctx, &c), p.forgetCommand(ctx, &c), p.checkCommand(ctx, &c), p.configCommand(), p.schemaCommand(), p.healthCommand(ctx, &c), p.testCommand(ctx, &c), p.exportCommand(ctx, &c), p.graphCommand(&c), p.slackCommand(ctx, &c), p.readCommand(&c), p.evalCommand(ctx, &c), p.suggestionsCommand(ctx, &c), p.askCommand(ctx, &c), p.answersCommand(ctx, &c))
	return root.ExecuteContext(ctx)
}

func (p program) configCommand() *cobra.Command {
	var table bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print all settings as a sample .env file",
		Args:  cobra.NoArgs,
		// Wrong settings must not keep anybody from reading what the right ones are.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(*cobra.Command, []string) error {
			if table {
				return writeTable(p.out)
			}
			return writeSample(p.out)
		},
	}
	cmd.Flags().BoolVar(&table, "table", false, "as a Markdown table")
	return cmd
}

func (p program) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "schema",
		Short:             "Print the JSON Schema of flow files, for completion in editors",
		Args:              cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(*cobra.Command, []string) error {
			_, err := p.out.Write(flows.Schema())
			return err
		},
	}
}

// healthCommand is for images without a shell: the health check of the Dockerfile.
func (p program) healthCommand(ctx context.Context, c *Config) *cobra.Command {
	return &cobra.Command{
		Use:   "health",
		Short: "Ask the running server whether it is well; exit status 0 or 1",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			host, port, err := net.SplitHostPort(c.Addr)
			if err != nil {
				return fmt.Errorf("LATCHKEY_ADDR: %w", err)
			}
			if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
				host = "localhost"
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
			if err != nil {
				return err
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("the server says %s", res.Status)
			}
			return nil
		},
	}
}

// parts are what every command that talks needs.
type parts struct {
	store *store.DB
	bot   *bot.Bot
	book  *flows.Book
	spool string
	mails bool             // mail is sent, not spooled
	slack *slackchat.Slack // nil without a token
	model *openai.Model    // nil without a name of one
	help  *kb.Base
	near  *openai.Ranker // nil without a model for embeddings
	// base is where people reach the server; empty while there is none.
	base string
	log  *slog.Logger
}

// build opens the store and puts the bot together.
func (p program) build(ctx context.Context, c Config, log *slog.Logger) (*parts, error) {
	book, err := loadBook(c)
	if err != nil {
		return nil, err
	}
	if !book.HasLanguage(c.TeamLang) {
		return nil, fmt.Errorf("LATCHKEY_TEAM_LANG: %q is not one of the languages %v", c.TeamLang, book.Languages())
	}
	ps := &parts{book: book, spool: filepath.Join(c.Data, "spool"), mails: c.SMTPHost != "", base: c.URL, log: log}
	if ps.model, err = c.model(log); err != nil {
		return nil, err
	}
	from := c.SMTPFrom
	if from == "" {
		from = c.SupportEmail
	}
	// The mails' words name what is configured, as the bot's do.
	words, err := book.With(c.variables())
	if err != nil {
		return nil, err
	}
	if ps.help, err = loadHelp(c, words); err != nil {
		return nil, err
	}
	// The pages search by words: their search asks nobody.
	help, near := ranking(ps.help, ps.model)
	ps.near = near
	if lacks := book.Lacks(pages.Words); len(lacks) > 0 {
		return nil, fmt.Errorf("the flow files lack these words of the help pages: %v", lacks)
	}
	sender, err := mail.New(mail.Options{
		Host: c.SMTPHost, Port: c.SMTPPort, User: c.SMTPUser, Password: string(c.SMTPPassword),
		TLS: mail.TLS(c.SMTPTLS), From: from, Timeout: c.SMTPTimeout, Spool: ps.spool, Lang: c.TeamLang,
		SupportEmail: c.SupportEmail, Product: c.Product,
	}, func(key, lang string) string { return words.Word(key, lang, nil) })
	if err != nil {
		return nil, err
	}
	if ps.store, err = store.Open(ctx, databaseFile(c)); err != nil {
		return nil, err
	}
	mailAfter := c.MailAfter
	if !ps.mails {
		mailAfter = 0 // files in the spool reach nobody
	}
	if lacks := book.Lacks(slackchat.Keys()); c.SlackBotToken != "" && len(lacks) > 0 {
		ps.store.Close()
		return nil, fmt.Errorf("the flow files lack these words of Slack: %v", lacks)
	}
	senders := map[string]bot.Sender{mail.Channel: sender}
	desks := []bot.Desk{{Channel: mail.Channel, Addresses: c.addresses()}}
	var push []string
	if c.SlackBotToken != "" {
		push = append(push, slackchat.Channel)
		desks = append(desks, bot.Desk{Channel: slackchat.Channel, Addresses: c.slackQueues(), Live: true})
	}
	ps.bot, err = bot.New(ctx, bot.Options{
		Store: ps.store, Book: book, Variables: c.variables(), Mails: ps.mails, MailAfter: mailAfter,
		Senders: senders, Desks: desks, Push: push, Reader: reader(ps.model), Help: writing(c, help, ps.model), HelpURL: ps.helpURL,
		RemindAfter: c.RemindAfter, CloseAfter: c.CloseAfter, Log: log,
	})
	if err != nil {
		ps.store.Close()
		return nil, err
	}
	if c.SlackBotToken != "" {
		// Nothing is sent before the bot runs.
		ps.slack = slackchat.New(ps.bot, slackchat.Options{
			BotToken: string(c.SlackBotToken), AppToken: string(c.SlackAppToken), SigningSecret: string(c.SlackSigningSecret),
			Teams: c.SlackTeams, Queues: c.slackQueues(), SendWord: c.SlackSendWord, TeamLang: c.TeamLang,
			API: p.slackAPI, Log: log,
		})
		senders[slackchat.Channel] = ps.slack
	}
	return ps, nil
}

// helpURL gives the address of an article; "" while nobody could reach it.
func (ps *parts) helpURL(lang, id, section string) string {
	if ps.base == "" {
		return ""
	}
	return pages.Address(ps.base, lang, id, section)
}

func databaseFile(c Config) string { return filepath.Join(c.Data, "latchkey.db") }

func loadBook(c Config) (*flows.Book, error) {
	fsys := flows.Shipped()
	if c.Flows != "" {
		fsys = os.DirFS(c.Flows)
	}
	book, err := flows.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("the decision trees do not load:\n%w", err)
	}
	return book, nil
}

func logLevel(name string) (slog.Level, error) {
	var l slog.Level
	return l, l.UnmarshalText([]byte(name))
}

// newLog makes the program's log. It tells nobody's address or number.
func newLog(w io.Writer, c Config) *slog.Logger {
	level, _ := logLevel(c.LogLevel) // checked with the settings
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(redact.Logs(slog.NewJSONHandler(w, o)))
	}
	return slog.New(redact.Logs(slog.NewTextHandler(w, o)))
}
