package slackchat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"latchkey/bot"
	"latchkey/flows"
)

// Channel is the name under which conversations are held and deliveries are owed here.
const Channel = "slack"

// Core is what Slack needs of the bot.
type Core interface {
	bot.Receiver
	Word(key, lang string) string
	Languages() []flows.LanguageName
	Welcome(flow, lang string) bot.View
	Harmless(ctx context.Context, in bot.Inbound) (string, error)
	View(ctx context.Context, channel, address string, after int64, most int) (bot.View, error)
	Messages(ctx context.Context, channel, address string, before int64, most int) ([]bot.Message, error)
	Mark(ctx context.Context, channel, address string, delivered, seen int64) error

	Take(ctx context.Context, a bot.Agent, ticketID string) (bot.Ticket, error)
	Release(ctx context.Context, a bot.Agent, ticketID string) (bot.Ticket, error)
	Reply(ctx context.Context, a bot.Agent, ticketID, externalID, text string) (m bot.Message, redacted bool, err error)
	Edit(ctx context.Context, a bot.Agent, ticketID, externalID, text string) (m bot.Message, redacted bool, err error)
	Withdraw(ctx context.Context, a bot.Agent, ticketID, externalID string) (bot.Message, error)
	Note(ctx context.Context, a bot.Agent, ticketID, externalID, text string) (n bot.Note, redacted bool, err error)
	EditNote(ctx context.Context, a bot.Agent, ticketID, externalID, text string) (n bot.Note, redacted bool, err error)
	DropNote(ctx context.Context, a bot.Agent, ticketID, externalID string) error
	Pass(ctx context.Context, a bot.Agent, ticketID string, to bot.Queue, reason string) (bot.Ticket, error)
	Resolve(ctx context.Context, a bot.Agent, ticketID, reason string) (bot.Ticket, error)
	Ticket(ctx context.Context, id string) (bot.Ticket, error)
	WatchTickets(person string) (wake <-chan struct{}, stop func())
	TicketsOf(ctx context.Context, person string) ([]bot.Ticket, error)
	Said(ctx context.Context, ticketNumber int64, externalID string) (bot.Message, error)
	LastReply(ctx context.Context, k bot.Ticket) (bot.Message, error)

	Posted(ctx context.Context, channel string, since time.Time) ([]bot.Delivery, error)
	ByReceipt(ctx context.Context, channel, receipt string) (bot.Delivery, error)
	Accept(ctx context.Context, key string, payload []byte) (fresh bool, err error)
	Accepted(ctx context.Context, n int) ([]bot.Accepted, error)
	Handled(ctx context.Context, key string) error
}

// Options say which Slack, and who of the team works where.
type Options struct {
	// BotToken (xoxb-…) is what the app acts with. AppToken (xapp-…) opens sockets (Socket Mode);
	// SigningSecret proves what Slack posts. One of the two is needed to hear anything.
	BotToken, AppToken, SigningSecret string
	// Teams are the workspaces that are served; none: the one the token belongs to.
	Teams []string
	// Queues are the channels in which the team works, by queue.
	Queues map[bot.Queue]string
	// SendWord begins a message in a ticket's thread that is for the person; ">>" when empty.
	SendWord string
	// TeamLang is the language of the cards; "en" when empty.
	TeamLang string
	// Connections is how many sockets are open at once, 2 when 0: while Slack closes one, the
	// other hears.
	Connections int
	// API is the address of the Web API; empty: Slack's.
	API string
	// Now is the clock; nil takes the real one.
	Now func() time.Time
	Log *slog.Logger
}

// finishTime is how long what is in hand may take when the program ends.
const finishTime = 8 * time.Second

// callTime is the most one call of Slack may take.
const callTime = 20 * time.Second

// Slack is the channel and its sender.
type Slack struct {
	core Core
	o    Options
	api  *slack.Client
	pace *pace

	// ready is closed when Run hears; self is known then.
	ready  chan struct{}
	self   self
	people people
	lines  lines
	// working holds the keys of what waits here or is being handled.
	working sync.Map
	// said holds what came and is not handled, by key, with the texts that only look like secrets
	// at worst. It is in memory alone.
	said   sync.Map
	missed missed
	homes  homes
	waits  []time.Duration
	// running ends when no more work is to be begun, and lasting when what is in hand has to end.
	running, lasting context.Context
	// greetings are the messages that greeted somebody at the beginning, by place; "" where nobody
	// was. They are forgotten when somebody has come further.
	greetings sync.Map
}

// self is who the app is.
type self struct {
	team, user, bot string
	teams           map[string]bool
}

// New makes the channel. Nothing is sent before [Slack.Run] or [Slack.Send].
func New(core Core, o Options) *Slack {
	if o.SendWord == "" {
		o.SendWord = ">>"
	}
	o.SendWord = emojis(o.SendWord) // as what people write is compared with it
	if o.TeamLang == "" {
		o.TeamLang = "en"
	}
	if o.Connections == 0 {
		o.Connections = 2
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	pace := &pace{client: &http.Client{Timeout: callTime}, now: o.Now}
	options := []slack.Option{
		slack.OptionHTTPClient(pace),
		slack.OptionAppLevelToken(o.AppToken),
	}
	if o.API != "" {
		options = append(options, slack.OptionAPIURL(o.API))
	}
	return &Slack{core: core, o: o, api: slack.New(o.BotToken, options...), pace: pace, ready: make(chan struct{}), waits: usualWaits,
		missed: missed{look: make(chan struct{}, 1)}, homes: homes{settle: homeSettles, rest: homeRests}}
}

// Name is the channel's name.
func (s *Slack) Name() string { return Channel }

// Run hears what happens in Slack until the context ends. When Slack does not accept the tokens
// it says so once and ends without an error: the rest of the program goes on.
func (s *Slack) Run(ctx context.Context, _ bot.Receiver) error {
	err := s.run(ctx)
	var bad badSetup
	if errors.As(err, &bad) {
		s.o.Log.Error("Slack is off: " + bad.Error())
		return nil
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Slack) run(ctx context.Context) error {
	if err := s.introduce(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	lasting, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer s.lines.wait()
	defer s.homes.work.Wait()
	defer context.AfterFunc(ctx, func() {
		s.lines.wake() // what is held stays in the inbox
		time.AfterFunc(finishTime, stop)
	})()
	s.running, s.lasting = ctx, lasting
	close(s.ready)
	g.Go(func() error { return s.recover(ctx) })
	s.missed.from(s.o.Now().Add(-lookBack))
	g.Go(func() error { return s.catchUp(ctx) })
	if s.o.AppToken != "" {
		for i := range s.o.Connections {
			g.Go(func() error { return s.listen(ctx, i) })
		}
	} else {
		s.missed.stir()
	}
	g.Go(func() error { <-ctx.Done(); return ctx.Err() })
	return g.Wait()
}

// introduce finds out who the app is, however long Slack takes to answer, and says what is missing.
func (s *Slack) introduce(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		missing, err := s.Check(ctx)
		if err == nil {
			for _, m := range missing {
				s.o.Log.Warn("Slack: " + m)
			}
			return nil
		}
		var bad badSetup
		if errors.As(err, &bad) || ctx.Err() != nil {
			return err
		}
		s.o.Log.Warn("Slack does not answer; trying again", "error", err, "in", wait)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// badSetup is a mistake in tokens or workspaces that no trying again will mend.
type badSetup struct{ error }

func setup(format string, args ...any) error { return badSetup{fmt.Errorf(format, args...)} }

// tongue speaks a language.
func (s *Slack) tongue(lang string) tongue { return tongue{lang, s.core.Word} }

// team speaks the team's.
func (s *Slack) teamTongue() tongue { return s.tongue(s.o.TeamLang) }

// queueAt gives the queue whose channel this is.
func (s *Slack) queueAt(channel string) (bot.Queue, bool) {
	for q, c := range s.o.Queues {
		if c != "" && c == channel {
			return q, true
		}
	}
	return "", false
}
