package bubble

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"latchkey/bot"
	"latchkey/flows"
)

// fake is a bot with a handful of answers, in memory. It keeps the promises of [Core]: an id
// is taken once, the welcome is stored with the first word, and what the bot refuses it refuses.
type fake struct {
	mu       sync.Mutex
	words    map[string]map[string]string
	talks    map[string]*talk
	watchers map[string][]chan struct{}
	pictures map[string]kept
	// held, when set, keeps Receive until it is closed; slow does so for a while. broken fails
	// whatever writes, deaf whatever reads.
	held   chan struct{}
	slow   time.Duration
	broken error
	deaf   error
	mails  bool // conversations can be mailed
	taken  int  // messages and pictures stored
	mailed []string
	reads  []read
	marks  []mark
}

// mark is what the core was told of how far the team's words have come.
type mark struct{ delivered, seen int64 }

// kept is a stored picture.
type kept struct {
	picture bot.Picture
	data    []byte
}

// read is a question for the log: after a number, or before one.
type read struct {
	after, before int64
	most          int
}

type talk struct {
	conversation bot.Conversation
	lang         string
	log          []bot.Message
	identity     bot.Identity // of the last inbound
}

func newFake(t testing.TB) *fake {
	data, err := os.ReadFile("../../flows/bubble.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Words map[string]map[string]string }
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return &fake{words: file.Words, talks: map[string]*talk{}, watchers: map[string][]chan struct{}{},
		pictures: map[string]kept{}, mails: true}
}

var says = map[string]map[string]string{
	"hello": {"en": "Hello! I help with login problems.", "fr": "Bonjour! J'aide aux problèmes de connexion."},
	"see":   {"en": "What do you see when you try to log in?", "fr": "Que voyez-vous quand vous essayez de vous connecter?"},
	"wrong": {"en": "Wrong user or password", "fr": "Mauvais identifiant ou mot de passe"},
	"off":   {"en": "My account is disabled", "fr": "Mon compte est désactivé"},
	"app":   {"en": "The app freezes or stays blank", "fr": "L'application fige ou reste blanche"},
	"steps": {
		"en": "Let's try the reset mail.\n1. Open the login page.\n2. Press “Forgot password?”.\n3. Type your e-mail without spaces.\n\nMore at https://help.example.com/reset (two minutes), or write to help@example.com.\nDid it work?",
		"fr": "Essayons le courriel de réinitialisation.\n1. Ouvrez la page de connexion.\n2. Appuyez sur « Mot de passe oublié? ».\n3. Tapez votre courriel sans espace.\n\nPlus de détails : https://help.example.com/reset. Ça fonctionne?",
	},
	"yes":      {"en": "It works", "fr": "Ça fonctionne"},
	"no":       {"en": "Still refused", "fr": "Toujours refusé"},
	"done":     {"en": "Glad it works! From now on, log in with your e-mail.", "fr": "Tant mieux! Dorénavant, connectez-vous avec votre courriel."},
	"ticket":   {"en": "Our support team has everything you told me. They answer by e-mail, usually within one working day. You need not do anything.", "fr": "Notre équipe de soutien a tout ce que vous m'avez dit. Elle répond par courriel, d'habitude en un jour ouvrable. Vous n'avez rien à faire."},
	"passed":   {"en": "That was an earlier question.", "fr": "C'était une question précédente."},
	"unclear":  {"en": "Sorry, I did not understand. You can pick an answer or say it another way.", "fr": "Désolé, je n'ai pas compris. Choisissez une réponse ou dites-le autrement."},
	"person":   {"en": "Talk to a person", "fr": "Parler à une personne"},
	"works":    {"en": "It works now", "fr": "Ça fonctionne maintenant"},
	"disabled": {"en": "My account is disabled", "fr": "Mon compte est désactivé"},
	"back":     {"en": "Back", "fr": "Retour"},
	"restart":  {"en": "Start over", "fr": "Recommencer"},
	"wait":     {"en": "I'll look and come back", "fr": "Je regarde et je reviens"},
	"picture":  {"en": "A picture", "fr": "Une image"},
	"kept":     {"en": "Thank you. I cannot look at pictures myself, but the team will see it if a person is needed.", "fr": "Merci. Je ne peux pas regarder les images moi-même, mais l'équipe la verra si une personne est nécessaire."},
	"mailed":   {"en": "The conversation is on its way to ", "fr": "La conversation est en route vers "},

	"refused_picture_type":   {"en": "I can only take PNG, JPEG or WebP pictures.", "fr": "Je ne prends que les images PNG, JPEG ou WebP."},
	"refused_picture_large":  {"en": "This picture is too large. A screenshot is enough.", "fr": "Cette image est trop grande. Une capture d'écran suffit."},
	"refused_picture_broken": {"en": "This picture cannot be read. Try another one.", "fr": "Cette image est illisible. Essayez-en une autre."},
	"refused_picture_many":   {"en": "These are enough pictures. Describe the rest in words.", "fr": "Ces images suffisent. Décrivez le reste en mots."},
	"refused_email":          {"en": "This is not a whole e-mail address.", "fr": "Cette adresse est incomplète."},
	"refused_transcripts":    {"en": "This conversation was mailed already. Look in your junk mail.", "fr": "Cette conversation est déjà partie. Regardez dans vos pourriels."},
}

func (f *fake) Word(key, lang string) string {
	if strings.HasPrefix(key, "refused_") { // these are the bot's own
		return says[key][lang]
	}
	return f.words[key][lang]
}

func (f *fake) Languages() []flows.LanguageName {
	return []flows.LanguageName{{Code: "en", Name: "English"}, {Code: "fr", Name: "Français"}}
}

func choices(lang string, keys ...string) []flows.Choice {
	var all []flows.Choice
	for _, key := range keys {
		all = append(all, flows.Choice{Move: "choose:" + key, Label: says[key][lang]})
	}
	return all
}

func always(lang string) []flows.Choice {
	all := []flows.Choice{}
	for _, move := range []string{"back", "restart", "jump:works", "jump:disabled", "wait", "jump:person"} {
		all = append(all, flows.Choice{Move: move, Label: says[strings.TrimPrefix(move, "jump:")][lang]})
	}
	other := map[string]flows.Choice{"en": {Move: "language:fr", Label: "Français"}, "fr": {Move: "language:en", Label: "English"}}
	return append(all, other[lang])
}

func (f *fake) Welcome(flow, lang string) bot.View {
	t := f.begin(flow, lang)
	return bot.View{Conversation: t.conversation, Messages: t.log, Always: always(lang), Mails: f.mails}
}

func (f *fake) begin(flow, lang string) *talk {
	t := &talk{lang: lang, conversation: bot.Conversation{ID: "c1", Channel: channel, Status: bot.StatusBot}}
	t.conversation.Session = flows.Session{Lang: lang, State: flows.State{At: flows.Place{Flow: flow}}}
	t.say("hello")
	t.say("see", "wrong", "app", "off")
	return t
}

func (t *talk) add(m bot.Message) {
	t.conversation.LastSeq++
	m.Seq, m.At = t.conversation.LastSeq, time.Now()
	t.log = append(t.log, m)
}

func (t *talk) say(key string, answers ...string) {
	t.add(bot.Message{From: bot.FromBot, Text: says[key][t.lang], Choices: choices(t.lang, answers...)})
}

func (f *fake) View(_ context.Context, channel, address string, after int64, most int) (bot.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = append(f.reads, read{after: after, most: most})
	t, err := f.find(address)
	if err != nil {
		return bot.View{}, err
	}
	v := bot.View{Conversation: t.conversation, Always: always(t.lang), Mails: f.mails}
	if after < int64(len(t.log)) {
		v.Messages = newest(t.log[after:], most)
	}
	return v, nil
}

func (f *fake) Messages(_ context.Context, channel, address string, before int64, most int) ([]bot.Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = append(f.reads, read{before: before, most: most})
	t, err := f.find(address)
	if err != nil {
		return nil, err
	}
	return newest(t.log[:min(before-1, int64(len(t.log)))], most), nil
}

// find gives a conversation to those who hold the lock.
func (f *fake) find(address string) (*talk, error) {
	if f.deaf != nil {
		return nil, f.deaf
	}
	t := f.talks[address]
	if t == nil {
		return nil, bot.ErrNotFound
	}
	return t, nil
}

func newest(log []bot.Message, most int) []bot.Message {
	if most > 0 && len(log) > most {
		log = log[len(log)-most:]
	}
	return slices.Clone(log)
}

func (f *fake) Rate(_ context.Context, channel, address string, helpful bool, comment string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := f.find(address)
	if err = cmp.Or(f.broken, err); err != nil {
		return err
	}
	t.conversation.Rating = bot.Rating{Seq: t.conversation.LastSeq, Helpful: helpful, Comment: comment, At: time.Now()}
	f.wake(address)
	return nil
}

func (f *fake) Transcript(ctx context.Context, channel, address, email string) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := f.find(address)
	if err = cmp.Or(f.broken, err); err != nil {
		return err
	}
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
		return bot.RefusedEmail
	}
	if t.count(func(m bot.Message) bool { return m.Event == "transcript" }) == 3 {
		return bot.RefusedTranscripts
	}
	f.mailed = append(f.mailed, email)
	t.add(bot.Message{From: bot.FromBot, Event: "transcript", Text: says["mailed"][t.lang] + email})
	f.wake(address)
	return nil
}

func (f *fake) Picture(_ context.Context, id string) (bot.Picture, []byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.deaf != nil {
		return bot.Picture{}, nil, f.deaf
	}
	k, ok := f.pictures[id]
	if !ok {
		return bot.Picture{}, nil, bot.ErrNotFound
	}
	return k.picture, k.data, nil
}

// look checks a picture as the bot would. It keeps the bytes as they came.
func (f *fake) look(data []byte) (bot.Picture, error) {
	p := bot.Picture{ID: fmt.Sprintf("picture-%016d", len(f.pictures)+1), Kind: http.DetectContentType(data), Size: len(data)}
	switch p.Kind {
	case "image/webp": // the standard library cannot measure them
		p.Width, p.Height = 4, 3
	case "image/png", "image/jpeg":
		c, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return p, bot.RefusedBroken
		}
		if p.Width, p.Height = c.Width, c.Height; c.Width*c.Height > 40e6 {
			return p, bot.RefusedLarge
		}
	default:
		return p, bot.RefusedType
	}
	return p, nil
}

func (t *talk) count(is func(bot.Message) bool) (n int) {
	for _, m := range t.log {
		if is(m) {
			n++
		}
	}
	return n
}

func (f *fake) Watch(_, address string) (<-chan struct{}, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wake := make(chan struct{}, 1)
	f.watchers[address] = append(f.watchers[address], wake)
	return wake, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i, w := range f.watchers[address] {
			if w == wake {
				f.watchers[address] = append(f.watchers[address][:i:i], f.watchers[address][i+1:]...)
				return
			}
		}
	}
}

func (f *fake) watched() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, all := range f.watchers {
		n += len(all)
	}
	return n
}

func (f *fake) wake(address string) {
	for _, w := range f.watchers[address] {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// wait takes as long as the test wants.
func (f *fake) wait(ctx context.Context) error {
	f.mu.Lock()
	held, slow := f.held, f.slow
	f.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	if held == nil {
		return nil
	}
	select {
	case <-held:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fake) Receive(ctx context.Context, in bot.Inbound) error {
	if err := f.wait(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return f.broken
	}
	t, ok := f.talks[in.Address]
	if !ok {
		t = f.begin(in.Flow, in.Lang)
	}
	for _, m := range t.log {
		if m.ExternalID == in.ExternalID {
			return nil
		}
	}
	var p *bot.Picture
	if in.Picture != nil {
		found, err := f.look(in.Picture)
		if err != nil {
			return err
		}
		if t.count(func(m bot.Message) bool { return m.Picture != nil }) == 5 {
			return bot.RefusedMany
		}
		f.pictures[found.ID] = kept{found, in.Picture}
		p = &found
	}
	f.talks[in.Address] = t
	t.identity = in.Identity
	f.taken++
	if p != nil {
		t.add(bot.Message{From: bot.FromContact, ExternalID: in.ExternalID, Text: says["picture"][t.lang], Picture: p})
		if t.conversation.Status == bot.StatusBot {
			t.say("kept")
			t.say("see", "wrong", "app", "off")
		}
		f.wake(in.Address)
		return nil
	}
	move := in.Move
	if move == nil {
		move = t.read(in.Text)
	}
	passed := move != nil && move.Kind == flows.Choose && in.Seq > 0 && in.Seq != t.asked().Seq
	m := bot.Message{From: bot.FromContact, ExternalID: in.ExternalID, Text: in.Text}
	if move != nil && !passed {
		m.Move = move.String()
	}
	again := t.asked()
	t.add(m)
	if passed {
		t.say("passed")
		t.add(bot.Message{From: bot.FromBot, Text: again.Text, Choices: again.Choices})
	} else {
		f.answer(t, m.Move)
	}
	f.wake(in.Address)
	return nil
}

// read takes a text for a choice of the last question when it says the same, or its number.
func (t *talk) read(text string) *flows.Move {
	for i, c := range t.asked().Choices {
		if strings.EqualFold(c.Label, text) || text == strconv.Itoa(i+1) {
			m := flows.ParseMove(c.Move)
			return &m
		}
	}
	return nil
}

// asked is the last question.
func (t *talk) asked() bot.Message {
	for _, m := range slices.Backward(t.log) {
		if len(m.Choices) > 0 {
			return m
		}
	}
	return bot.Message{}
}

func (f *fake) answer(t *talk, move string) {
	if t.conversation.Status == bot.StatusTeam {
		return
	}
	switch kind, id, _ := strings.Cut(move, ":"); {
	case kind == "language":
		t.lang, t.conversation.Session.Lang = id, id
		t.say("see", "wrong", "app", "off")
	case move == "choose:wrong":
		t.say("steps", "yes", "no")
	case move == "choose:yes", move == "jump:works":
		t.conversation.Status = bot.StatusClosed
		t.add(bot.Message{From: bot.FromBot, Event: "resolved", Text: says["done"][t.lang]})
	case move == "choose:no", move == "choose:off", move == "jump:person", move == "jump:disabled":
		t.conversation.Status = bot.StatusTeam
		t.add(bot.Message{From: bot.FromBot, Event: "ticket", TicketNumber: 1042, Text: says["ticket"][t.lang]})
	case move == "back", move == "restart":
		t.say("see", "wrong", "app", "off")
	default:
		t.say("unclear", "wrong", "app", "off")
	}
}

// write puts messages of the team into a log, as the desk would.
func (f *fake) write(address string, texts ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, text := range texts {
		f.talks[address].add(bot.Message{From: bot.FromAgent, Agent: bot.Agent{ID: "a", Name: "Ann"}, ExternalID: "slack:" + text, TicketNumber: 1042, Text: text})
	}
	f.wake(address)
}

// alter changes what the team said, as the desk would.
func (f *fake) alter(address string, seq int64, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.talks[address]
	m := &t.log[seq-1]
	m.Text, m.Withdrawn, m.Edited = text, text == "", time.Now()
	t.add(bot.Message{From: bot.FromAgent, Event: bot.EventEdited, Ref: seq})
	f.wake(address)
}

func (f *fake) Mark(_ context.Context, _, address string, delivered, seen int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := f.find(address)
	if err = cmp.Or(f.broken, err); err != nil {
		return err
	}
	f.marks = append(f.marks, mark{delivered, seen})
	c := &t.conversation
	c.DeliveredSeq, c.SeenSeq = max(c.DeliveredSeq, delivered, seen), max(c.SeenSeq, seen)
	return nil
}

func (f *fake) marked() []mark {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.marks)
}

// forget takes a conversation away, as the operator would.
func (f *fake) forget(address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.talks[address].log {
		if m.Picture != nil {
			delete(f.pictures, m.Picture.ID)
		}
	}
	delete(f.talks, address)
	f.wake(address)
}

// set changes a fault or a delay.
func (f *fake) set(change func(f *fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// nothing is a service that is away.
var nothing = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusBadGateway)
})

var errBroken = errors.New("the disk is full")

// clock is a time that passes when the test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_795_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a running bubble with a fake bot behind it.
type world struct {
	t      testing.TB
	core   *fake
	bubble *Bubble
	server *httptest.Server
	lines  *lines
	stop   func() // ends Run and waits for it
}

func newWorld(t testing.TB, change func(*limits, *Options)) *world {
	t.Helper()
	l, opts := usual, Options{}
	w := &world{t: t, core: newFake(t), lines: &lines{}}
	opts.Logger = slog.New(slog.NewTextHandler(w.lines, nil))
	if change != nil {
		change(&l, &opts)
	}
	w.bubble = build(w.core, opts, l)
	w.server = httptest.NewServer(w.bubble.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.bubble.Run(ctx, w.core) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run ended with %v", err)
		}
	})
	t.Cleanup(func() {
		w.stop()
		w.server.Close()
		if n := w.core.watched(); n != 0 {
			t.Errorf("%d watchers are left behind", n)
		}
	})
	return w
}

// lines collects what was logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
