package bot_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
	"latchkey/store"
)

// ponderer reads what has an ellipsis slowly, as somebody who asks elsewhere.
type ponderer struct {
	flows.Reader
	// before is called by each slow reading; an error is what the reading comes to.
	before func(ctx context.Context, text string) error
	read   *atomic.Int64
}

func (p ponderer) Quick(ctx context.Context, text, lang string, legal []flows.Option) (flows.Reading, bool, error) {
	r, err := p.Reader.Read(ctx, text, lang, legal)
	return r, strings.Contains(text, "…"), err
}

func (p ponderer) Read(ctx context.Context, text, lang string, legal []flows.Option) (flows.Reading, error) {
	p.read.Add(1)
	if err := p.before(ctx, text); err != nil {
		return flows.Reading{}, err
	}
	return p.Reader.Read(ctx, text, lang, legal)
}

// ponder gives every bot made from now on a slow reader, and counts what it read.
func (w *world) ponder(before func(ctx context.Context, text string) error) *atomic.Int64 {
	w.t.Helper()
	read := new(atomic.Int64)
	w.set = func(o *bot.Options) {
		o.Reader = func(b *flows.Book) flows.Reader { return ponderer{b.Matcher(), before, read} }
	}
	w.open(shippedBook(w.t))
	return read
}

// plain gives every bot made from now on the usual reader again, as a new process.
func (w *world) plain() {
	w.t.Helper()
	w.set = nil
	w.open(shippedBook(w.t))
}

func promptly(context.Context, string) error { return nil }

// answers counts the bot's messages after the contact's last one, and gives that one.
func (p *person) answers() (n int, last bot.Message) {
	p.w.t.Helper()
	for _, m := range p.view().Messages {
		switch m.From {
		case bot.FromContact:
			n, last = 0, m
		case bot.FromBot:
			n++
		}
	}
	return n, last
}

func (p *person) receive(ctx context.Context, in bot.Inbound) <-chan error {
	done := make(chan error, 1)
	go func() { done <- p.w.bot.Receive(ctx, in) }()
	return done
}

func TestWhatIsReadSlowlyIsStoredFirst(t *testing.T) {
	w := newWorld(t)
	entered, gate := make(chan string), make(chan struct{})
	read := w.ponder(func(_ context.Context, text string) error {
		entered <- text
		<-gate
		return nil
	})
	ann := w.person("ann")
	wake, stop := w.bot.Watch("test", "ann")
	defer stop()
	done := ann.receive(t.Context(), ann.inbound("it says invalid user / password…"))
	<-entered
	<-wake
	n, last := ann.answers()
	c := ann.view().Conversation
	if n != 0 || last.Move != "" || last.Text != "it says invalid user / password…" || c.UnreadSeq != last.Seq || c.UnreadAt != w.clock() {
		t.Errorf("while it is read there are %d answers to %+v; unread %d since %v", n, last, c.UnreadSeq, c.UnreadAt)
	}
	close(gate)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	n, last = ann.answers()
	c = ann.view().Conversation
	if n == 0 || last.Move == "" || c.UnreadSeq != 0 || !c.UnreadAt.IsZero() || c.DueAt.IsZero() || read.Load() != 1 {
		t.Errorf("then there are %d answers to %+v; unread %d, due %v; read %d times", n, last, c.UnreadSeq, c.DueAt, read.Load())
	}
}

// However long reading takes, what is said is the same, and so are the tickets and what is owed.
func TestASlowReaderChangesNothingOfWhatIsSaid(t *testing.T) {
	ask := []string{"bonjour…", "je suis barré…", "invalid user / password…", "par le courriel", "mon compte est désactivé…", "asdf…", "asdf…", "asdf…"}
	after := []string{"et aussi ceci…", "merci…", "my password is hunter2!…", "ça marche…", "re-bonjour…"}
	walk := func(slow bool) (log []bot.Message, c bot.Conversation, owed int) {
		w := newWorld(t)
		if slow {
			w.ponder(promptly)
		}
		ann := w.person("ann")
		ann.lang = "fr"
		types := func(text string) {
			ann.types(text)
			w.later(time.Second)
		}
		for _, text := range ask {
			types(text)
		}
		for range 12 { // whatever the details are that the team wants
			if ann.view().Conversation.Status != bot.StatusTeam {
				types("zoe@example.org…")
			}
		}
		for _, text := range after {
			types(text)
		}
		v := ann.view()
		for _, k := range w.tickets() {
			ds, err := w.store.Deliveries(t.Context(), k.ID)
			if err != nil {
				t.Fatal(err)
			}
			owed += len(ds)
		}
		for i := range v.Messages {
			v.Messages[i].ConversationID = ""
		}
		return v.Messages, v.Conversation, owed
	}
	quick, qc, qo := walk(false)
	slow, sc, so := walk(true)
	if len(quick) != len(slow) || qo == 0 || qo != so {
		t.Fatalf("%d messages and %d deliveries, read slowly %d and %d", len(quick), qo, len(slow), so)
	}
	for i := range quick {
		q, s := quick[i], slow[i]
		if q.Text != s.Text || q.Move != s.Move || q.From != s.From || q.Event != s.Event || q.At != s.At || q.ExternalID != s.ExternalID || !slices.Equal(q.Choices, s.Choices) {
			t.Errorf("message %d: %+v\nread slowly: %+v", q.Seq, q, s)
		}
	}
	if qc.Status != sc.Status || qc.DueAt != sc.DueAt || qc.Session.At != sc.Session.At || !slices.Equal(qc.Session.Trail, sc.Session.Trail) {
		t.Errorf("it stands at %+v\nread slowly: %+v", qc, sc)
	}
}

// dies has a message stored by a process that ends while it reads it.
func (w *world) dies(p *person, text string) bot.Inbound {
	w.t.Helper()
	entered := make(chan struct{}, 1)
	w.ponder(func(ctx context.Context, _ string) error {
		entered <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	ctx, die := context.WithCancel(w.t.Context())
	in := p.inbound(text)
	done := p.receive(ctx, in)
	<-entered
	die()
	if err := <-done; err != nil {
		w.t.Fatalf("it was stored, and is refused: %v", err)
	}
	if n, last := p.answers(); n != 0 || last.Text != text || last.Move != "" {
		w.t.Fatalf("there are %d answers to %+v", n, last)
	}
	return in
}

// said checks that a text stands in the log once and was answered.
func (p *person) wasAnswered(text string) {
	p.w.t.Helper()
	count, answered := 0, false
	for _, m := range p.view().Messages {
		if m.Text == text {
			count, answered = count+1, false
			if m.Move == "" {
				p.w.t.Errorf("%q was not read", text)
			}
		} else if m.From == bot.FromBot {
			answered = true
		}
	}
	if count != 1 || !answered {
		p.w.t.Errorf("%q stands in the log %d times, answered: %v", text, count, answered)
	}
	if c := p.view().Conversation; c.UnreadSeq != 0 || !c.UnreadAt.IsZero() {
		p.w.t.Errorf("message %d still waits since %v", c.UnreadSeq, c.UnreadAt)
	}
}

func TestWhatAProcessLeftUnreadIsAnsweredAtTheNextStart(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	w.dies(ann, "invalid user / password…")
	w.plain()
	wake, stop := w.bot.Watch("test", "ann")
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.bot.Run(ctx) }()
	<-wake
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	ann.wasAnswered("invalid user / password…")
	before := len(ann.view().Messages)
	if n, err := w.bot.AnswerUnread(t.Context(), 0); n != 0 || err != nil {
		t.Errorf("%d more were taken up, %v", n, err)
	}
	if after := len(ann.view().Messages); after != before {
		t.Errorf("it was answered again: %d messages, then %d", before, after)
	}
}

func TestWhoComesBackIsAnsweredFirst(t *testing.T) {
	for name, back := range map[string]func(p *person, in bot.Inbound){
		"with the same message":     func(p *person, in bot.Inbound) { p.send(in) },
		"with another":              func(p *person, _ bot.Inbound) { p.types("bonjour") },
		"with one that is slow too": func(p *person, _ bot.Inbound) { p.w.ponder(promptly); p.types("bonjour…") },
		"with a button":             func(p *person, _ bot.Inbound) { p.press("restart") },
		"with a picture": func(p *person, _ bot.Inbound) {
			in := p.inbound("")
			in.Picture = screenshot(p.w.t, 4)
			p.send(in)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ann := w.person("ann")
			in := w.dies(ann, "invalid user / password…")
			w.plain()
			back(ann, in)
			ann.wasAnswered("invalid user / password…")
			for i, m := range ann.view().Messages {
				if m.Seq != int64(i+1) {
					t.Errorf("message %d has number %d", i+1, m.Seq)
				}
			}
		})
	}
}

// Two nodes that read the same message at the same time give one answer.
func TestTwoNodesAnswerOnce(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	w.dies(ann, "invalid user / password…")
	var both sync.WaitGroup
	both.Add(2)
	var once sync.Map
	read := w.ponder(func(_ context.Context, _ string) error { return nil })
	nodes := []*bot.Bot{w.bot}
	db, err := store.Open(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for i := range 2 {
		n, err := bot.New(t.Context(), bot.Options{
			Store: db, Book: shippedBook(t), Now: w.clock, NewID: w.id,
			Reader: func(b *flows.Book) flows.Reader {
				return ponderer{b.Matcher(), func(context.Context, string) error {
					if _, again := once.LoadOrStore(i, true); !again {
						both.Done()
						both.Wait() // neither commits before the other has thought
					}
					return nil
				}, read}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, n)
	}
	errs := make(chan error, 2)
	for _, n := range nodes[1:] {
		go func() {
			_, err := n.AnswerUnread(t.Context(), 0)
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	ann.wasAnswered("invalid user / password…")
	if read.Load() != 2 {
		t.Errorf("it was read %d times; the one that came second should have found it answered", read.Load())
	}
	one := newWorld(t).person("ann")
	one.types("invalid user / password…")
	want, _ := one.answers()
	if got, _ := ann.answers(); got != want {
		t.Errorf("%d answers, and one process alone gives %d", got, want)
	}
}

func TestARepeatWhileItIsReadChangesNothing(t *testing.T) {
	w := newWorld(t)
	entered, gate := make(chan struct{}), make(chan struct{})
	read := w.ponder(func(context.Context, string) error {
		entered <- struct{}{}
		<-gate
		return nil
	})
	ann := w.person("ann")
	in := ann.inbound("invalid user / password…")
	first := ann.receive(t.Context(), in)
	<-entered
	second := ann.receive(t.Context(), in)
	close(gate)
	for _, done := range []<-chan error{first, second} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	ann.wasAnswered("invalid user / password…")
	if read.Load() != 1 {
		t.Errorf("read %d times", read.Load())
	}
}

// What a person writes while an earlier message is read is answered after it.
func TestTheOrderIsKept(t *testing.T) {
	w := newWorld(t)
	entered, gate := make(chan string, 9), make(chan struct{})
	w.ponder(func(_ context.Context, text string) error {
		entered <- text
		<-gate
		return nil
	})
	ann := w.person("ann")
	first := ann.receive(t.Context(), ann.inbound("invalid user / password…"))
	<-entered
	second := ann.receive(t.Context(), ann.inbound("bonjour…"))
	close(gate)
	for _, done := range []<-chan error{first, second} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	ann.wasAnswered("invalid user / password…")
	ann.wasAnswered("bonjour…")
	var order []string
	for _, m := range ann.view().Messages {
		if from := string(m.From); len(order) == 0 || order[len(order)-1] != from {
			order = append(order, from)
		}
	}
	if got := strings.Join(order, " "); got != "bot contact bot contact bot" {
		t.Errorf("spoken in the order %s", got)
	}
}

// An answer that fails is tried again after a while, not at once by everybody.
func TestAnAnswerThatFailsIsGivenLater(t *testing.T) {
	w := newWorld(t)
	broken := true
	w.ponder(func(context.Context, string) error {
		if broken {
			return errors.New("out of order")
		}
		return nil
	})
	ann, ben := w.person("ann"), w.person("ben")
	for _, p := range []*person{ann, ben} {
		p.types("bonjour")
		p.types("invalid user / password…")
		if n, _ := p.answers(); n != 0 {
			t.Errorf("%s was given %d answers", p.address, n)
		}
	}
	if n, err := w.bot.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("who waits for an answer was reminded: %d, %v", n, err)
	}
	if n, err := w.bot.AnswerUnread(t.Context(), 30*time.Second); n != 0 || err != nil {
		t.Errorf("%d were taken up at once, %v", n, err)
	}
	w.later(2 * time.Hour)
	if n, err := w.bot.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("who waits for an answer was reminded after hours: %d, %v", n, err)
	}
	if n, err := w.bot.AnswerUnread(t.Context(), 30*time.Second); n != 2 || err == nil {
		t.Errorf("%d were taken up, and none could be answered: %v", n, err)
	}
	broken = false
	if n, err := w.bot.AnswerUnread(t.Context(), 30*time.Second); n != 2 || err != nil {
		t.Errorf("%d were taken up, %v", n, err)
	}
	ann.wasAnswered("invalid user / password…")
	ben.wasAnswered("invalid user / password…")
}

// What a forgotten conversation still waited for is not missed by anybody.
func TestWhoIsForgottenGetsNoAnswer(t *testing.T) {
	w := newWorld(t)
	entered, gate := make(chan struct{}), make(chan struct{})
	w.ponder(func(context.Context, string) error {
		entered <- struct{}{}
		<-gate
		return nil
	})
	ann := w.person("ann")
	done := ann.receive(t.Context(), ann.inbound("invalid user / password…"))
	<-entered
	c := ann.view().Conversation
	if _, err := w.store.Forget(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	close(gate)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := w.bot.View(t.Context(), "test", "ann", 0, 0); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the conversation is back: %v", err)
	}
}

func TestAReaderKnowsTheConversation(t *testing.T) {
	w := newWorld(t)
	var in []string
	w.ponder(func(ctx context.Context, _ string) error {
		in = append(in, bot.ConversationOf(ctx))
		return nil
	})
	ann := w.person("ann")
	ann.types("bonjour…")
	ann.types("allo…")
	id := ann.view().Conversation.ID
	if !slices.Equal(in, []string{id, id}) || bot.ConversationOf(t.Context()) != "" {
		t.Errorf("read in %q, the conversation is %q", in, id)
	}
}

// A text in another language is read slowly once, in that language, and not in both.
func TestAnotherLanguageIsReadSlowlyOnce(t *testing.T) {
	w := newWorld(t)
	read := w.ponder(promptly)
	ann := w.person("ann")
	ann.types("bonjour…") // decides nothing
	before := read.Load()
	ann.types("je ne me souviens plus de mon mot de passe du tout…")
	if c := ann.view().Conversation; c.Session.Lang != "fr" {
		t.Fatalf("the conversation is in %s", c.Session.Lang)
	}
	if n := read.Load() - before; n != 1 {
		t.Errorf("read slowly %d times", n)
	}
	ann.wasAnswered("je ne me souviens plus de mon mot de passe du tout…")
}

// What is written to the team is for people: nobody else is asked what it means.
func TestWhatIsForTheTeamIsNotReadSlowly(t *testing.T) {
	w := newWorld(t)
	read := w.ponder(promptly)
	ann := w.person("ann")
	ann.types("hello")
	ann.press("jump:person")
	for range 12 { // whatever the details are that the team wants
		if ann.view().Conversation.Status != bot.StatusTeam {
			ann.types("ann@example.org…")
		}
	}
	if ann.view().Conversation.Status != bot.StatusTeam {
		t.Fatal("there is no ticket")
	}
	before := read.Load()
	for _, text := range []string{"and another thing…", "merci…", "it works now…"} {
		ann.types(text)
	}
	if n := read.Load() - before; n != 0 {
		t.Errorf("read slowly %d times", n)
	}
}
