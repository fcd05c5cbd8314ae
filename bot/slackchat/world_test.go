package slackchat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
	"latchkey/kb"
	"latchkey/store"
)

// world is a local Slack with the whole program beside it, on a store of its own.
type world struct {
	t     *testing.T
	slack *slacktest.Slack
	app   slacktest.App
	file  string
	// The channels of the team, and the two sides of the program.
	support, hexpert string
	nodes            []*node
	// anonymous: the bot is told nothing of who somebody is, as in the trees' transcripts.
	anonymous bool
	// ahead is how far the program's clock is before the real one.
	ahead atomic.Int64
	// gate, when set, is waited for by everything that the bot is asked to think about.
	gate chan struct{}
	// shut: the store takes nothing that comes.
	shut atomic.Bool
	// manual: deliveries leave only when time is let pass, or quiet is waited for. Else the clock
	// could run past the time that a delivery belongs to who is sending it.
	manual bool
	// letters, when set, take what goes out by mail, ten minutes after nobody looked.
	letters *letters
	// deskless: the team does not work in Slack.
	deskless bool
	// hook changes the options of the next process.
	hook func(*Options)
	// help answers questions; nil: nothing does.
	help *kb.Base
}

// gated is a bot that thinks for as long as the gate is shut.
type gated struct {
	*bot.Bot
	gate chan struct{}
}

func (g gated) Receive(ctx context.Context, in bot.Inbound) error {
	<-g.gate
	return g.Bot.Receive(ctx, in)
}

// letters are what was sent by mail; or why nothing can be.
type letters struct {
	sync.Mutex
	sent []string
	err  error
}

func (l *letters) Send(_ context.Context, p bot.Parcel) (string, error) {
	l.Lock()
	defer l.Unlock()
	if l.err != nil {
		return "", l.err
	}
	for _, m := range p.Messages {
		l.sent = append(l.sent, p.Delivery.Address+": "+m.Text)
	}
	return "", nil
}

// door is a bot whose inbox can be shut.
type door struct {
	Core
	shut *atomic.Bool
}

func (d door) Accept(ctx context.Context, key string, payload []byte) (bool, error) {
	if d.shut.Load() {
		return false, errors.New("the disk is full")
	}
	return d.Core.Accept(ctx, key, payload)
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// skip lets time pass for the program and for Slack, and what has become due is done.
func (w *world) skip(d time.Duration) {
	w.t.Helper()
	// Minutes pass here in no time, and a socket opens in as long as it takes: Slack gives an event
	// up that nobody hears for six of them.
	if len(w.nodes) > 0 && w.nodes[0].chat.o.AppToken != "" {
		open, stop := context.WithTimeout(w.t.Context(), 5*time.Second)
		defer stop()
		_ = w.slack.Until(open, func() bool { return w.slack.Connections() > 0 })
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 300*time.Millisecond)
	defer cancel()
	_ = w.slack.Settle(ctx) // what cannot be acknowledged now comes again
	w.ahead.Add(int64(d))
	w.slack.Step()
	for _, n := range w.nodes {
		n.chat.lookThrough(w.t.Context(), orphaned)
		if _, err := n.bot.DeliverDue(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// nameless is a bot that is not told who somebody is.
type nameless struct{ *bot.Bot }

func (n nameless) Receive(ctx context.Context, in bot.Inbound) error {
	in.Identity = bot.Identity{}
	return n.Bot.Receive(ctx, in)
}

// node is one process of the program.
type node struct {
	store *store.DB
	bot   *bot.Bot
	chat  *Slack
	stop  func()
	ended chan error // what Run of the channel gave
}

const signing = "0123456789abcdef0123456789abcdef"

// newWorld sets up people: marie, a professional; luc, another; gus, a guest; ann and bob of the
// team.
func newWorld(t *testing.T) *world {
	t.Helper()
	raw, err := Manifest("", "")
	if err != nil {
		t.Fatal(err)
	}
	app, err := slacktest.ParseManifest(raw)
	if err != nil {
		t.Fatal(err)
	}
	return worldOf(t, app)
}

// olderWorld is one with an app that was made with the assistant's pane.
func olderWorld(t *testing.T) *world {
	t.Helper()
	raw, err := Manifest("", "")
	if err != nil {
		t.Fatal(err)
	}
	older := strings.NewReplacer("agent_view", "assistant_view", "agent_description", "assistant_description",
		`"app_mention",`, `"app_mention", "assistant_thread_started",`).Replace(string(raw))
	app, err := slacktest.ParseOlderManifest([]byte(older))
	if err != nil {
		t.Fatal(err)
	}
	if !app.Assistant || app.Agent || !slices.Contains(app.Events, "assistant_thread_started") {
		t.Fatalf("the older app is %+v", app)
	}
	return worldOf(t, app)
}

func worldOf(t *testing.T, app slacktest.App) *world {
	t.Helper()
	app.SigningSecret = signing
	w := &world{t: t, app: app, file: filepath.Join(t.TempDir(), "latchkey.db")}
	s := slacktest.New(t, slacktest.Options{App: app, Unlimited: true, Now: w.now})
	w.slack = s
	for _, u := range []slacktest.User{
		{Name: "marie", RealName: "Marie Roy", Email: "marie@example.org"},
		{Name: "luc", RealName: "Luc Roy", Email: "luc@example.org", Locale: "fr-CA"},
		{Name: "gus", RealName: "Gus Guest", Email: "gus@example.net", Guest: true},
		{Name: "ann", RealName: "Ann", Email: "ann@example.org"},
		{Name: "bob", RealName: "Bob", Email: "bob@example.org"},
	} {
		s.AddUser(u)
	}
	w.support = w.room("support", "ann", "bob", "@"+w.name())
	w.hexpert = w.room("hexpert", "ann", "bob", "@"+w.name())
	w.room("general", "marie", "luc", "gus", "@"+w.name())
	return w
}

func (w *world) name() string {
	if w.app.BotName != "" {
		return w.app.BotName
	}
	return "latchkey"
}

func (w *world) room(name string, members ...string) string {
	w.t.Helper()
	id, err := w.slack.AddChannel(slacktest.Public, name, members...)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) options() Options {
	return Options{
		BotToken: "xoxb-local-bot", AppToken: "xapp-local-app", SigningSecret: signing, API: w.slack.API(),
		Queues: map[bot.Queue]string{bot.QueueSupport: w.support, bot.QueueHexpert: w.hexpert}, Now: w.now,
		Log: slog.New(slog.NewTextHandler(testWriter{w.t}, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
}

// testWriter puts the log into the test's, for as long as the test runs.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

// start runs one more process of the program.
func (w *world) start() *node {
	w.t.Helper()
	n := w.build()
	w.run(n)
	return n
}

func (w *world) build() *node {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), w.file)
	if err != nil {
		w.t.Fatal(err)
	}
	n := &node{store: db, ended: make(chan error, 1)}
	senders := map[string]bot.Sender{}
	desks := []bot.Desk{{Channel: Channel, Live: true, Addresses: map[bot.Queue]string{bot.QueueSupport: w.support, bot.QueueHexpert: w.hexpert}}}
	if w.deskless {
		desks = nil
	}
	o := bot.Options{
		Store: db, Book: shippedBook(w.t), Senders: senders, Push: []string{Channel}, Now: w.now, Help: w.help,
		HelpURL: func(lang, id, _ string) string { return "https://help.example.org/help/" + lang + "/" + id },
		Desks:   desks,
	}
	if w.letters != nil {
		senders["mail"], o.Mails, o.MailAfter = w.letters, true, 10*time.Minute
	}
	n.bot, err = bot.New(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	var core Core = n.bot
	if w.anonymous {
		core = nameless{n.bot}
	}
	if w.gate != nil {
		core = gated{n.bot, w.gate}
	}
	core = door{core, &w.shut}
	here := w.options()
	if w.hook != nil {
		w.hook(&here)
	}
	n.chat = New(core, here)
	n.chat.homes.settle, n.chat.homes.rest = 10*time.Millisecond, 50*time.Millisecond
	n.chat.waits = []time.Duration{10 * time.Millisecond, 20 * time.Millisecond}
	senders[Channel] = n.chat
	return n
}

func (w *world) run(n *node) {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	if !w.manual {
		work.Go(func() { _ = n.bot.Run(ctx) })
	}
	work.Go(func() { n.ended <- n.chat.Run(ctx, n.bot) })
	w.nodes = append(w.nodes, n)
	var once sync.Once
	n.stop = func() {
		once.Do(func() {
			cancel()
			work.Wait()
			n.store.Close()
			w.nodes = slices.DeleteFunc(w.nodes, func(other *node) bool { return other == n })
		})
	}
	w.t.Cleanup(n.stop)
	if n.chat.o.AppToken != "" {
		w.until("the sockets", func() bool { return w.slack.Connections() >= 2*len(w.nodes) })
	} else {
		<-n.chat.ready
	}
}

func (w *world) until(what string, condition func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if err := w.slack.Until(ctx, condition); err != nil {
		w.t.Fatalf("waited in vain for %s\n%s", what, w.all())
	}
}

// quiet waits until everything that came is handled and everything owed is sent.
func (w *world) quiet() {
	w.t.Helper()
	n := w.nodes[0]
	w.until("quiet", func() bool {
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		if w.slack.Settle(ctx) != nil {
			return false
		}
		waiting, err := n.store.Accepted(ctx, 1)
		if err != nil || len(waiting) > 0 {
			return false
		}
		if w.manual {
			if _, err := n.bot.DeliverDue(w.t.Context()); err != nil {
				w.t.Error(err)
			}
		}
		next, err := n.store.NextDelivery(ctx)
		return err == nil && next.IsZero()
	})
}

// heard waits until everything that came is handled, whether or not what is owed is sent.
func (w *world) heard() {
	w.t.Helper()
	w.until("everything to be heard", func() bool {
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		if w.slack.Settle(ctx) != nil {
			return false
		}
		waiting, err := w.nodes[0].store.Accepted(ctx, 1)
		return err == nil && len(waiting) == 0
	})
}

func (w *world) all() string {
	out := ""
	for _, c := range []string{"#support", "#hexpert", "#general"} {
		out += "== " + c + "\n" + w.slack.Channel(c).String() + "\n"
	}
	return out
}

// must fails the test when somebody could not do something.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.all())
	}
}

// says has somebody write, and waits for what comes of it.
func (w *world) says(who, channel, text string) slacktest.Message {
	w.t.Helper()
	m, err := w.slack.As(who).Says(channel, text)
	w.must(err)
	w.quiet()
	return m
}

func (w *world) dm(who string) string { return w.slack.As(who).DM() }

// last is the newest message of a channel, or of a thread in it.
func (w *world) last(channel, thread string) slacktest.Message {
	w.t.Helper()
	all := w.slack.Channel(channel).Messages()
	if thread != "" {
		all = w.slack.Channel(channel).Thread(thread)
	}
	if len(all) == 0 {
		w.t.Fatalf("nothing is in %s\n%s", channel, w.all())
	}
	return all[len(all)-1]
}

// presses has somebody press a button, radio button or menu of the newest message.
func (w *world) presses(who, channel, thread, label string) {
	w.t.Helper()
	w.must(w.press(w.slack.As(who), w.last(channel, thread), label))
	w.quiet()
}

func (w *world) press(p *slacktest.Person, m slacktest.Message, label string) error {
	err := p.Presses(m, label)
	for _, picker := range []string{actionPick, actionMore} {
		if err != nil {
			if again := p.Picks(m, picker, label); again == nil {
				return nil
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%q in\n%s\n: %w", label, m, err)
	}
	return nil
}

// card is the card of the only ticket in a channel.
func (w *world) card(channel string) slacktest.Message {
	w.t.Helper()
	all := w.slack.Channel(channel).Messages()
	if len(all) == 0 {
		w.t.Fatalf("no card in %s\n%s", channel, w.all())
	}
	return all[len(all)-1]
}

func (w *world) has(text string, wants ...string) {
	w.t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			w.t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func (w *world) lacks(text string, not ...string) {
	w.t.Helper()
	for _, n := range not {
		if strings.Contains(text, n) {
			w.t.Errorf("%q should not be in\n%s", n, text)
		}
	}
}

// clean checks at the end that Slack had nothing to complain about.
func (w *world) clean() {
	w.t.Helper()
	if v := w.slack.Violations(); len(v) > 0 {
		w.t.Errorf("violations: %v", v)
	}
	if lost := w.slack.Lost(); len(lost) > 0 {
		w.t.Errorf("events were lost: %v", lost)
	}
}
