package bot_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
	"latchkey/store"
)

// world is a bot with a real store, a clock that is turned by hand, and a postbox for mail.
type world struct {
	t     *testing.T
	bot   *bot.Bot
	store *store.DB
	path  string
	post  *postbox
	// set, when set, changes the options of every bot made here.
	set func(*bot.Options)

	mu  sync.Mutex
	now time.Time
	ids int
}

// postbox takes what the bot sends.
type postbox struct {
	sync.Mutex
	sent []bot.Parcel
	fail func(bot.Parcel) error
	// receipt gives what it calls a parcel; nil: it has no names for them.
	receipt func(bot.Parcel) string
}

func (p *postbox) Send(_ context.Context, parcel bot.Parcel) (receipt string, err error) {
	p.Lock()
	defer p.Unlock()
	if p.fail != nil {
		if err := p.fail(parcel); err != nil {
			return "", err
		}
	}
	p.sent = append(p.sent, parcel)
	if p.receipt != nil {
		receipt = p.receipt(parcel)
	}
	return receipt, nil
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, post: &postbox{}, path: filepath.Join(t.TempDir(), "latchkey.db"), now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	w.open(shippedBook(t))
	return w
}

var shippedOnce = sync.OnceValues(func() (*flows.Book, error) { return flows.Load(flows.Shipped()) })

func shippedBook(t *testing.T) *flows.Book {
	t.Helper()
	b, err := shippedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// open opens the store and makes a bot on it, as a newly started process would.
func (w *world) open(book *flows.Book) {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { db.Close() })
	w.store = db
	o := bot.Options{
		Store: db, Book: book, Senders: map[string]bot.Sender{"mail": w.post},
		Desks:       []bot.Desk{{Channel: "mail", Addresses: map[bot.Queue]string{bot.QueueSupport: "support@example.org", bot.QueueHexpert: "hexpert@example.org"}}},
		RemindAfter: time.Hour, CloseAfter: 24 * time.Hour, Mails: true,
		Now: w.clock, NewID: w.id,
	}
	if w.set != nil {
		w.set(&o)
	}
	if w.bot, err = bot.New(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("id-%06d", w.ids)
}

// person is somebody at an address.
type person struct {
	w       *world
	address string
	sent    int
	lang    string
}

func (w *world) person(name string) *person { return &person{w: w, address: name, lang: "en"} }

func (p *person) inbound(text string) bot.Inbound {
	p.sent++
	return bot.Inbound{Channel: "test", Address: p.address, ExternalID: strconv.Itoa(p.sent), Text: text, Flow: "client", Lang: p.lang}
}

// types sends a text and gives what the bot says to it.
func (p *person) types(text string) []bot.Message {
	p.w.t.Helper()
	return p.send(p.inbound(text))
}

// press presses a button of the last question by its label, or one that is always there by its move.
func (p *person) press(label string) []bot.Message {
	p.w.t.Helper()
	v := p.view()
	in := p.inbound(label)
	for _, m := range slices.Backward(v.Messages) {
		for _, c := range m.Choices {
			if c.Label == label && in.Move == nil {
				move := flows.ParseMove(c.Move)
				in.Move, in.Seq = &move, m.Seq
			}
		}
	}
	for _, c := range v.Always {
		if c.Move == label && in.Move == nil {
			move := flows.ParseMove(c.Move)
			in.Move, in.Text = &move, c.Label
		}
	}
	if in.Move == nil {
		p.w.t.Fatalf("%s: there is no button %q", p.address, label)
	}
	return p.send(in)
}

func (p *person) send(in bot.Inbound) []bot.Message {
	p.w.t.Helper()
	before := int64(0)
	if v, err := p.w.bot.View(p.w.t.Context(), "test", p.address, 0, 0); err == nil {
		before = v.Conversation.LastSeq
	}
	if err := p.w.bot.Receive(p.w.t.Context(), in); err != nil {
		p.w.t.Fatalf("%s: %q: %v", p.address, in.Text, err)
	}
	var said []bot.Message
	for _, m := range p.view().Messages {
		if m.Seq > before && m.From == bot.FromBot {
			said = append(said, m)
		}
	}
	return said
}

func (p *person) view() bot.View {
	p.w.t.Helper()
	v, err := p.w.bot.View(p.w.t.Context(), "test", p.address, 0, 0)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return v
}

func (w *world) tickets() []bot.Ticket {
	w.t.Helper()
	ts, err := w.store.Tickets(w.t.Context(), bot.TicketFilter{})
	if err != nil {
		w.t.Fatal(err)
	}
	return ts
}

func (w *world) deliver() {
	w.t.Helper()
	if _, err := w.bot.DeliverDue(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func texts(ms []bot.Message) string {
	var b strings.Builder
	for _, m := range ms {
		b.WriteString(m.Text + "\n")
	}
	return b.String()
}

func TestFirstMessageBeginsTheConversation(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	welcome := w.bot.Welcome("client", "en")
	if _, err := w.bot.View(t.Context(), "test", "ann", 0, 0); !errors.Is(err, bot.ErrNotFound) {
		t.Fatalf("a look at the bubble stored something: %v", err)
	}
	ann.types("it says invalid user / password")
	v := ann.view()
	for i, m := range v.Messages {
		if m.Seq != int64(i+1) {
			t.Errorf("message %d has number %d", i+1, m.Seq)
		}
	}
	for i, m := range welcome.Messages {
		if v.Messages[i].Text != m.Text {
			t.Errorf("the stored beginning differs from the welcome: %q, %q", v.Messages[i].Text, m.Text)
		}
	}
	if v.Contact.Role != "client" || v.Conversation.Status != bot.StatusBot || len(v.Always) < 5 {
		t.Errorf("contact %+v, status %s, always %v", v.Contact, v.Conversation.Status, v.Always)
	}
}

func TestSameMessageTwiceChangesNothing(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	in := ann.inbound("wrong password")
	for range 3 {
		if err := w.bot.Receive(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, m := range ann.view().Messages {
		if m.From == bot.FromContact {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the message stands in the log %d times", n)
	}
}

// Many people and many tabs at once: every log is without a gap, and nobody is answered twice.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	// Another process on the same store.
	second := &world{t: t, post: w.post, path: w.path, now: w.now, ids: 1 << 20}
	second.open(shippedBook(t))
	var wg sync.WaitGroup
	for i := range 8 {
		for tab, b := range []*bot.Bot{w.bot, second.bot} {
			wg.Go(func() {
				for n := range 5 {
					in := bot.Inbound{Channel: "test", Address: strconv.Itoa(i), ExternalID: fmt.Sprintf("%d-%d", tab, n), Text: "wrong password", Flow: "client", Lang: "en"}
					if err := b.Receive(t.Context(), in); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	for i := range 8 {
		v, err := w.bot.View(t.Context(), "test", strconv.Itoa(i), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		for n, m := range v.Messages {
			if m.Seq != int64(n+1) {
				t.Fatalf("conversation %d: message %d has number %d", i, n+1, m.Seq)
			}
			if m.From == bot.FromContact {
				asked++
			}
		}
		if asked != 10 {
			t.Errorf("conversation %d has %d messages of 10", i, asked)
		}
	}
}

func TestDisabledBecomesAHexpertTicketWithOneMail(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("wrong password")
	said := ann.types("I reset it and now it says my account is disabled")
	for _, m := range said {
		if strings.Contains(m.Text, "Forgot password") {
			t.Errorf("reset advice after disabled: %q", m.Text)
		}
	}
	ann.press("jump:person")
	ann.types("ann@example.org")
	said = ann.press("Send it now")
	tickets := w.tickets()
	if len(tickets) != 1 || tickets[0].Queue != bot.QueueHexpert || tickets[0].Number != 1001 || tickets[0].Case.Email != "ann@example.org" {
		t.Fatalf("tickets: %+v", tickets)
	}
	last := said[len(said)-1]
	if last.Event != "ticket" || last.TicketNumber != 1001 || !strings.Contains(last.Text, "LK-1001") || !strings.Contains(last.Text, "ann@example.org") {
		t.Errorf("the person is told: %+v", last)
	}
	w.deliver()
	w.deliver()
	if len(w.post.sent) != 1 || w.post.sent[0].Delivery.Address != "hexpert@example.org" || w.post.sent[0].Delivery.Kind != bot.DeliverTicket {
		t.Errorf("mails: %+v", w.post.sent)
	}
	if got := len(w.post.sent[0].Messages); int64(got) != last.Seq {
		t.Errorf("the mail has %d of %d messages", got, last.Seq)
	}
}

// While a ticket is open, what a person writes goes to the team, and the bot says so once.
func TestWritingAfterATicketAddsToIt(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("I want to talk to a person")
	ann.press("Send it now")
	first := ann.types("my phone is an old Samsung")
	second := ann.types("and it is number 5 in the list")
	if len(first) != 1 || !strings.Contains(first[0].Text, "LK-1001") || len(second) != 0 {
		t.Errorf("first %q, second %q", texts(first), texts(second))
	}
	w.deliver()
	var kinds []bot.DeliveryKind
	var told []string
	for _, p := range w.post.sent {
		kinds = append(kinds, p.Delivery.Kind)
		if p.Delivery.Kind == bot.DeliverMore {
			for _, m := range p.Messages {
				if m.From == bot.FromContact {
					told = append(told, m.Text)
				}
			}
		}
	}
	slices.Sort(kinds)
	slices.Sort(told)
	if !slices.Equal(kinds, []bot.DeliveryKind{bot.DeliverMore, bot.DeliverMore, bot.DeliverTicket}) ||
		!slices.Equal(told, []string{"and it is number 5 in the list", "my phone is an old Samsung"}) {
		t.Errorf("deliveries %v told %q", kinds, told)
	}
	ann.types("it works now, thanks")
	if got := w.tickets()[0]; got.Status != bot.TicketClosed || got.Case.SettledBy != "contact" {
		t.Errorf("the ticket after “it works now”: %+v", got)
	}
	w.deliver()
	if last := w.post.sent[len(w.post.sent)-1]; last.Delivery.Kind != bot.DeliverSettled {
		t.Errorf("the team is not told: %+v", last.Delivery)
	}
	if ann.view().Conversation.Status != bot.StatusClosed {
		t.Error("the conversation is still open")
	}
}

// Asking again for the same problem is the same ticket; another problem is another one.
func TestOneOpenTicketForEachProblem(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("agent please")
	ann.press("Send it now")
	ann.press("restart")
	ann.types("agent please")
	ann.press("Send it now")
	said := ann.view().Messages
	if n := len(w.tickets()); n != 1 {
		t.Fatalf("%d tickets after asking twice", n)
	}
	if last := said[len(said)-1]; last.Event != "ticket" || last.TicketNumber != 1001 {
		t.Errorf("the second time: %+v", last)
	}
	ann.press("restart")
	ann.types("my account is disabled")
	ann.types("agent please")
	ann.press("Send it now")
	if ts := w.tickets(); len(ts) != 2 || ts[0].Queue != bot.QueueHexpert {
		t.Errorf("a disabled account is another problem: %+v", ts)
	}
}

func TestSecretsAreGoneBeforeAnythingIsKept(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("I want to talk to a person")
	said := ann.types("my password is Soleil2024! and the link is https://app.example.com/reset?token=abcdef123456")
	if !strings.Contains(texts(said), "••••••") && !strings.Contains(strings.ToLower(texts(said)), "password") {
		t.Errorf("the person is not told: %q", texts(said))
	}
	ann.press("Send it now")
	w.deliver()
	for _, text := range []string{fmt.Sprintf("%+v", ann.view()), fmt.Sprintf("%+v", w.post.sent), fmt.Sprintf("%+v", w.tickets())} {
		for _, secret := range []string{"Soleil2024", "abcdef123456"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is still there: %.300s", secret, text)
			}
		}
	}
}

// A "yes" that belongs to an earlier question does not answer this one.
func TestButtonOfAnEarlierQuestion(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("wrong password")
	v := ann.view()
	old := v.Messages[1] // the first question
	ann.types("an e-mail")
	at := ann.view().Conversation.Session.At
	in := ann.inbound(old.Choices[0].Label)
	move := flows.ParseMove(old.Choices[0].Move)
	in.Move, in.Seq = &move, old.Seq
	said := ann.send(in)
	if got := ann.view().Conversation.Session.At; got != at {
		t.Errorf("the old button moved the conversation from %s to %s", at, got)
	}
	if len(said) != 2 || len(said[1].Choices) == 0 {
		t.Errorf("the question should be put again: %q", texts(said))
	}
}

func TestLanguageFollowsThePerson(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	said := ann.types("j'ai oublié mon mot de passe")
	if v := ann.view(); v.Conversation.Session.Lang != "fr" || v.Contact.Lang != "fr" || !strings.Contains(texts(said), "vous") {
		t.Errorf("language %s, said %q", v.Conversation.Session.Lang, texts(said))
	}
	ann.types("ok")
	if l := ann.view().Conversation.Session.Lang; l != "fr" {
		t.Errorf("“ok” changed the language to %s", l)
	}
}

// Silence: one reminder, then put aside, and days later the place is still there.
func TestSilence(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("wrong password")
	at := ann.view().Conversation.Session.At
	said := 0
	for _, wait := range []time.Duration{30 * time.Minute, 31 * time.Minute, time.Hour, 24 * time.Hour, 24 * time.Hour} {
		w.later(wait)
		n, err := w.bot.Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		said += n
	}
	v := ann.view()
	if said != 2 || v.Conversation.Status != bot.StatusClosed || v.Conversation.Session.At != at {
		t.Errorf("%d words into the silence; %s at %s", said, v.Conversation.Status, v.Conversation.Session.At)
	}
	w.later(72 * time.Hour)
	ann.press(v.Messages[len(v.Messages)-3].Choices[0].Label)
	if v := ann.view(); v.Conversation.Status != bot.StatusBot || v.Conversation.Session.At == at {
		t.Errorf("the answer after days does not count: %s at %s", v.Conversation.Status, v.Conversation.Session.At)
	}
}

func TestDeliveriesAreTriedAgain(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("agent please")
	ann.press("Send it now")
	w.post.fail = func(bot.Parcel) error { return errors.New("451 busy") }
	for range 5 {
		w.deliver()
		w.later(2 * time.Hour)
	}
	ds, err := w.store.Deliveries(t.Context(), w.tickets()[0].ID)
	if err != nil || len(ds) != 1 || ds[0].Attempts != 5 || ds[0].Status != bot.DeliveryDue || ds[0].LastError != "451 busy" {
		t.Fatalf("%+v %v", ds, err)
	}
	w.post.fail = nil
	w.deliver()
	if len(w.post.sent) != 1 {
		t.Fatalf("%d mails", len(w.post.sent))
	}
	ann.types("one more thing")
	w.post.fail = func(bot.Parcel) error { return bot.Permanent(errors.New("550 no such user")) }
	w.deliver()
	ds, err = w.store.Deliveries(t.Context(), w.tickets()[0].ID)
	if err != nil || len(ds) != 2 || ds[0].Status != bot.DeliverySent || ds[1].Status != bot.DeliveryFailed || ds[1].LastError != "550 no such user" {
		t.Errorf("%+v %v", ds, err)
	}
}

// A machine that slept while a mail was on its way does not send a second one when it wakes.
func TestWhatIsOnItsWayIsNotSentAgain(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("agent please")
	ann.press("Send it now")
	begun := 0
	w.post.fail = func(bot.Parcel) error {
		if begun++; begun == 1 {
			w.post.Unlock()
			w.later(time.Hour)
			w.deliver()
			w.post.Lock()
		}
		return nil
	}
	w.deliver()
	w.later(time.Hour)
	w.deliver()
	ds, err := w.store.Deliveries(t.Context(), w.tickets()[0].ID)
	if err != nil || begun != 1 || len(ds) != 1 || ds[0].Status != bot.DeliverySent {
		t.Errorf("sent %d times: %+v %v", begun, ds, err)
	}
}

// Somebody in the middle of a conversation does not feel that the trees were changed; who
// begins now gets the new ones.
func TestPeopleStayOnTheirVersion(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("wrong password")
	files := shippedBook(t).Files()
	const marker = "A NEW FIRST QUESTION"
	asked := ann.view().Messages[1].Text
	for name, text := range files {
		files[name] = strings.Replace(text, asked, marker, 1)
	}
	newer, err := flows.LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	w.open(newer)
	ann.press("restart")
	v := ann.view()
	if last := v.Messages[len(v.Messages)-1]; last.Text != asked {
		t.Errorf("ann is asked %q", last.Text)
	}
	bob := w.person("bob")
	bob.types("hello")
	if v := bob.view(); v.Messages[1].Text != marker {
		t.Errorf("bob is asked %q", v.Messages[1].Text)
	}
}

func TestWatchWakesWhoLooks(t *testing.T) {
	w := newWorld(t)
	wake, stop := w.bot.Watch("test", "ann")
	w.person("bob").types("hello")
	select {
	case <-wake:
		t.Error("somebody else's message woke ann's bubble")
	default:
	}
	w.person("ann").types("hello")
	select {
	case <-wake:
	default:
		t.Error("ann's bubble was not woken")
	}
	stop()
}
