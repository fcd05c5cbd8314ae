package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"latchkey/bot"
	"latchkey/flows"
)

func (p program) chatCommand(ctx context.Context, c *Config) *cobra.Command {
	var as, lang string
	var asJSON, watch bool
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "Talk to the bot in the terminal",
		Long: "Talk to the bot in the terminal, through the same core and the same store as in the bubble.\n" +
			"Answer with words, or with the number of a choice. Ctrl+D ends.\n" +
			"With --watch the trees can be changed meanwhile, and nothing of the conversation is kept.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if watch {
				ticker := time.NewTicker(lookForSaves)
				defer ticker.Stop()
				return p.rehearse(ctx, *c, as, lang, ticker.C)
			}
			return p.chat(ctx, *c, as, lang, asJSON)
		},
	}
	cmd.Flags().StringVar(&as, "as", "client", "who you are: client or professional")
	cmd.Flags().StringVar(&lang, "lang", "", "language to begin in (default: the first of the flow files)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "read a line a message, write a JSON object a line")
	cmd.Flags().BoolVar(&watch, "watch", false, "read the files of LATCHKEY_FLOWS again whenever one is saved")
	cmd.MarkFlagsMutuallyExclusive("watch", "json")
	return cmd
}

// terminal is the name of the channel.
const terminal = "terminal"

// maxLine is the longest line that is read from the terminal, in bytes.
const maxLine = 64 << 10

func (p program) chat(ctx context.Context, c Config, as, lang string, asJSON bool) error {
	log := newLog(p.err, Config{LogLevel: "warn"})
	ps, err := p.build(ctx, c, log)
	if err != nil {
		return err
	}
	defer ps.store.Close()
	if ps.near != nil {
		running, stop := context.WithCancel(ctx)
		var g errgroup.Group
		g.Go(func() error { return ps.near.Run(running) })
		defer func() {
			stop()
			_ = g.Wait() // it only ends
		}()
	}
	if !ps.book.HasFlow(as) {
		return fmt.Errorf("--as %s: there is no such tree; try client or professional", as)
	}
	if lang != "" && !ps.book.HasLanguage(lang) {
		return fmt.Errorf("--lang %s: the flow files have %v", lang, ps.book.Languages())
	}
	t := &talk{bot: ps.bot, as: as, lang: lang, address: rand.Text(), out: textPrinter{p.out}}
	if asJSON {
		t.out = jsonPrinter{p.out}
	}
	defer func() {
		// What the conversation owes to others leaves before the program does.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.SMTPTimeout+time.Second)
		defer cancel()
		if _, err := ps.bot.DeliverDue(last); err != nil {
			log.Warn("mail is still waiting; the server will send it", "error", err)
		}
	}()
	return t.run(ctx, p.in)
}

// talk is one conversation at the terminal.
type talk struct {
	bot      *bot.Bot
	as, lang string
	address  string
	sent     int
	seen     int64
	// heard are the choices last offered, for those who answer with a number.
	heard []offered
	out   printer
}

// offered is a choice with the number of its message.
type offered struct {
	flows.Choice
	seq int64
}

// printer shows what the bot says.
type printer interface {
	// message shows a message. Its choices are numbered from one more than before.
	message(m bot.Message, before int) error
	ticket(number string, queue bot.Queue) error
	resolved() error
	prompt()
}

func (t *talk) run(ctx context.Context, in io.Reader) error {
	if err := t.show(bot.View{Messages: t.bot.Welcome(t.as, t.lang).Messages}); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for {
		t.out.prompt()
		if ctx.Err() != nil || !lines.Scan() {
			break
		}
		if err := t.say(ctx, strings.TrimSpace(lines.Text())); err != nil {
			return err
		}
	}
	return lines.Err()
}

// say sends what was typed and shows what the bot says to it.
func (t *talk) say(ctx context.Context, text string) error {
	if text == "" {
		return nil
	}
	in := t.inbound(text)
	t.press(&in)
	if err := t.bot.Receive(ctx, in); err != nil {
		return err
	}
	view, err := t.bot.View(ctx, terminal, t.address, t.seen, 0)
	if err != nil {
		return err
	}
	return t.show(view)
}

func (t *talk) inbound(text string) bot.Inbound {
	t.sent++
	return bot.Inbound{
		Channel: terminal, Address: t.address, ExternalID: strconv.Itoa(t.sent),
		Text: text, Flow: t.as, Lang: t.lang,
	}
}

// press turns the number or the exact text of a choice into a press of its button.
func (t *talk) press(in *bot.Inbound) {
	for i, c := range slices.Backward(t.heard) {
		if in.Text == strconv.Itoa(i+1) || strings.EqualFold(in.Text, c.Label) {
			m := flows.ParseMove(c.Move)
			in.Move, in.Seq, in.Text = &m, c.seq, c.Label
			return
		}
	}
}

func (t *talk) show(v bot.View) error {
	before := t.heard
	t.heard = nil
	for _, m := range v.Messages {
		t.seen = m.Seq
		if m.From == bot.FromContact || m.Event == bot.EventEdited {
			continue
		}
		if m.Event != "" {
			before, t.heard = nil, nil // it is over: nothing of what was offered holds
		}
		if err := t.out.message(m, len(t.heard)); err != nil {
			return err
		}
		for _, c := range m.Choices {
			t.heard = append(t.heard, offered{c, m.Seq})
		}
		var err error
		switch m.Event {
		case string(flows.Opened):
			err = t.out.ticket(bot.Number(m.TicketNumber), bot.Queue(v.Conversation.Session.Queue))
		case string(flows.Settled):
			err = t.out.resolved()
		}
		if err != nil {
			return err
		}
	}
	if t.heard == nil {
		t.heard = before // nothing new was asked
	}
	return nil
}

// jsonPrinter writes one JSON object a line.
type jsonPrinter struct{ io.Writer }

func (w jsonPrinter) object(v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (w jsonPrinter) message(m bot.Message, _ int) error {
	labels := []string{}
	for _, c := range m.Choices {
		labels = append(labels, c.Label)
	}
	return w.object(struct {
		From    bot.From     `json:"from"`
		Text    string       `json:"text"`
		Choices []string     `json:"choices"`
		Picture *bot.Picture `json:"picture,omitempty"`
	}{m.From, m.Text, labels, m.Picture})
}

func (w jsonPrinter) ticket(number string, queue bot.Queue) error {
	return w.object(struct {
		Event  string    `json:"event"`
		Number string    `json:"number"`
		Queue  bot.Queue `json:"queue"`
	}{"ticket", number, queue})
}

func (w jsonPrinter) resolved() error {
	return w.object(struct {
		Event string `json:"event"`
	}{"resolved"})
}

func (jsonPrinter) prompt() {}

// textPrinter writes for people.
type textPrinter struct{ io.Writer }

func (w textPrinter) message(m bot.Message, before int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", m.Text)
	if p := m.Picture; p != nil {
		fmt.Fprintf(&b, "  [%s, %d × %d]\n", p.Kind, p.Width, p.Height)
	}
	for i, c := range m.Choices {
		fmt.Fprintf(&b, "  %d  %s\n", before+i+1, c.Label)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (w textPrinter) ticket(number string, queue bot.Queue) error {
	_, err := fmt.Fprintf(w, "  [%s, %s]\n", number, queue)
	return err
}

func (w textPrinter) resolved() error {
	_, err := fmt.Fprintln(w, "  [✓]")
	return err
}

func (w textPrinter) prompt() { fmt.Fprint(w, "\n> ") }
