package bubble

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// Core is what the bubble needs of the bot.
type Core interface {
	bot.Receiver
	// Welcome gives the messages a new conversation would begin with; nothing is stored.
	Welcome(flow, lang string) bot.View
	// View gives the conversation at an address and its messages after a number, of those at
	// most the newest most; 0: all. [bot.ErrNotFound].
	View(ctx context.Context, channel, address string, after int64, most int) (bot.View, error)
	// Messages gives the newest most messages before a number, in order. [bot.ErrNotFound].
	Messages(ctx context.Context, channel, address string, before int64, most int) ([]bot.Message, error)
	// Rate notes how the contact finds the help. Again replaces. [bot.ErrNotFound].
	Rate(ctx context.Context, channel, address string, helpful bool, comment string) error
	// Transcript has the conversation mailed to the contact. [bot.ErrNotFound], [bot.Refusal].
	Transcript(ctx context.Context, channel, address, email string) error
	// Picture gives a picture that a contact sent. [bot.ErrNotFound].
	Picture(ctx context.Context, id string) (bot.Picture, []byte, error)
	// Mark notes up to which message what agents said has left for the widget, and was seen; 0
	// says nothing. [bot.ErrNotFound].
	Mark(ctx context.Context, channel, address string, delivered, seen int64) error
	// Watch wakes the channel when something at the address changed; a hint, coalesced. stop ends it.
	Watch(channel, address string) (wake <-chan struct{}, stop func())
	// Word gives the bot's words in a language.
	Word(key, lang string) string
	// Languages gives code and name of each language, in order.
	Languages() []flows.LanguageName
}

// Options are what can be configured. The zero value works.
type Options struct {
	// Origins are the sites that may embed the bubble, besides the host it is served from:
	// "https://www.example.com" exactly, or "*.example.com" for every https site below it.
	Origins []string
	// Product is the name the demo page is headed with; empty for "Latchkey".
	Product string
	// URL is where the bubble is reached from outside, for the line to copy on the demo
	// page; empty for the address the page was asked at. Its pages may embed the bubble,
	// whatever host a proxy asks for.
	URL string
	// IdentitySecret is what pages sign identities with; empty: nobody is verified.
	IdentitySecret string
	// Proxies are the networks whose X-Forwarded-For is believed; see [ParseProxies].
	Proxies []netip.Prefix
	// Now is the clock; nil for the real one.
	Now func() time.Time
	// Logger gets a line when something fails; nil for [slog.Default].
	Logger *slog.Logger
}

// channel is the bubble's name in conversations, logs and addresses.
const channel = "bubble"

// Bubble serves the sockets, the widget's files and the demo page. It is a [bot.Channel].
type Bubble struct {
	core    Core
	opts    Options
	limits  limits
	origins []origin
	own     string // the origin of Options.URL, if there is one
	files   files
	wheel   wheel
	gate    *gate
	mailed  mailed
	log     *slog.Logger
	now     func() time.Time

	// What the operator was told already.
	unlisted   sync.Once
	complaints sync.Mutex
	complained map[error]time.Time
}

var _ bot.Channel = (*Bubble)(nil)

// New makes the bubble of a bot. [Bubble.Run] must run while it serves.
func New(core Core, opts Options) *Bubble {
	return build(core, opts, usual)
}

func build(core Core, opts Options, l limits) *Bubble {
	b := &Bubble{core: core, opts: opts, limits: l, gate: newGate(l), mailed: newMailed(), log: opts.Logger, now: opts.Now}
	if b.log == nil {
		b.log = slog.Default()
	}
	b.log = b.log.With("channel", channel)
	if b.now == nil {
		b.now = time.Now
	}
	for _, text := range opts.Origins {
		o, err := parseOrigin(text)
		if err != nil {
			b.log.Error("this origin is ignored", "origin", text, "error", err)
			continue
		}
		b.origins = append(b.origins, o)
	}
	if u, err := url.Parse(opts.URL); err == nil && u.Host != "" {
		b.own = plainOrigin(u)
	}
	b.files = pack(core)
	b.wheel.init()
	return b
}

// Name is "bubble".
func (b *Bubble) Name() string { return channel }

// Run keeps the sockets alive until the context ends, and then closes them all. Messages go
// to the core the bubble was made with: sockets may open before Run begins.
func (b *Bubble) Run(ctx context.Context, _ bot.Receiver) error {
	b.wheel.turn(ctx, b.limits.ping)
	// The context is over; the farewell needs time of its own.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.limits.write)
	defer cancel()
	return b.Close(last)
}

// Close tells every socket that the service restarts, takes no new ones, and waits until
// what was being received is stored. [http.Server.Shutdown] knows nothing of these sockets.
func (b *Bubble) Close(ctx context.Context) error {
	for _, s := range b.wheel.stop() {
		s.shut(closeRestart, "the service restarts")
	}
	return b.wheel.empty(ctx)
}

// Open counts the sockets.
func (b *Bubble) Open() int { return b.wheel.count() }

// Handler serves the demo page, the chat alone, the widget's files, the socket and the pictures.
func (b *Bubble) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.demo)
	mux.HandleFunc("GET /chat", b.chat)
	for _, name := range loaders {
		mux.HandleFunc("GET /"+name, b.loader)
	}
	mux.HandleFunc("GET /bubble/{version}/{file}", b.file)
	mux.HandleFunc("GET /bubble/socket", b.socket)
	mux.HandleFunc("POST /bubble/picture", b.upload)
	mux.HandleFunc("GET /bubble/picture/{id}", b.picture)
	return mux
}
