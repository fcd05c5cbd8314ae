package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/bot"
)

// woken says whether a watcher was woken since the last look.
func woken(wake <-chan struct{}) bool {
	select {
	case <-wake:
		return true
	default:
		return false
	}
}

func TestPartsOfTheLog(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("wrong password")
	ann.types("an e-mail")
	ann.types("yes")
	all := ann.view().Messages
	last := int64(len(all))
	if last < 7 {
		t.Fatalf("only %d messages", last)
	}
	for _, c := range []struct {
		after    int64
		most     int
		from, to int64 // of what is wanted; nothing if from is larger
	}{
		{0, 0, 1, last}, {0, 3, last - 2, last}, {last - 2, 5, last - 1, last}, {last - 5, 2, last - 1, last},
		{last, 3, 1, 0}, {last + 9, 0, 1, 0}, {0, 1000, 1, last}, {3, -1, 4, last},
	} {
		v, err := w.bot.View(t.Context(), "test", "ann", c.after, c.most)
		if err != nil {
			t.Fatal(err)
		}
		if want := all[c.from-1 : c.to]; c.from <= c.to && cmp.Diff(want, v.Messages) != "" || c.from > c.to && len(v.Messages) > 0 {
			t.Errorf("View after %d, at most %d: %d messages, want %d to %d", c.after, c.most, len(v.Messages), c.from, c.to)
		}
	}
	for _, c := range []struct {
		before   int64
		most     int
		from, to int64
	}{
		{last + 1, 2, last - 1, last}, {last, 2, last - 2, last - 1}, {3, 50, 1, 2}, {2, 1, 1, 1}, {3, 0, 1, 2},
		{1, 5, 1, 0}, {0, 5, 1, 0}, {-7, 5, 1, 0}, {last + 100, 2, last - 1, last}, {1 << 62, 2, last - 1, last},
	} {
		got, err := w.bot.Messages(t.Context(), "test", "ann", c.before, c.most)
		if err != nil {
			t.Fatal(err)
		}
		if c.from <= c.to && cmp.Diff(all[c.from-1:c.to], got) != "" || c.from > c.to && len(got) > 0 {
			t.Errorf("Messages before %d, at most %d: %d messages, want %d to %d", c.before, c.most, len(got), c.from, c.to)
		}
	}
	if _, err := w.bot.Messages(t.Context(), "test", "nobody", 9, 9); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("messages of nobody: %v", err)
	}
}

func TestRating(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	if err := w.bot.Rate(t.Context(), "test", "ann", true, ""); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a rating before the first word: %v", err)
	}
	ann.types("wrong password")
	before := ann.view()
	wake, stop := w.bot.Watch("test", "ann")
	defer stop()
	w.later(time.Minute)
	if err := w.bot.Rate(t.Context(), "test", "ann", false, "  my password is Soleil2024! and it is of no use\x00\n"); err != nil {
		t.Fatal(err)
	}
	after := ann.view()
	r := after.Conversation.Rating
	if r.Seq != before.Conversation.LastSeq || r.Helpful || !r.At.Equal(w.clock()) || strings.Contains(r.Comment, "Soleil") ||
		!strings.HasPrefix(r.Comment, "my password is ••••••") || !strings.HasSuffix(r.Comment, "of no use") {
		t.Errorf("the rating: %+v", r)
	}
	if !woken(wake) {
		t.Error("the bubble was not woken")
	}
	// Nothing else has changed: nobody is reminded later for it.
	after.Conversation.Rating, after.Conversation.Version = bot.Rating{}, before.Conversation.Version
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("beside the rating (-before +after):\n%s", diff)
	}

	// Saying it again takes the place of what was said, also after more was said.
	ann.types("an e-mail")
	if got := ann.view().Conversation.Rating; got != r {
		t.Errorf("the rating is %+v after the next message", got)
	}
	if err := w.bot.Rate(t.Context(), "test", "ann", true, strings.Repeat("é", 1500)); err != nil {
		t.Fatal(err)
	}
	v := ann.view()
	if r := v.Conversation.Rating; !r.Helpful || r.Comment != strings.Repeat("é", 1000) || r.Seq != v.Conversation.LastSeq {
		t.Errorf("the second rating: %+v", r)
	}
}

// A conversation on a version that is lost can still be rated and mailed, and stays where it is.
func TestBesideALostVersion(t *testing.T) {
	w, ann := somewhere(t)
	w.lose()
	w.open(w.bot.Book())
	before := ann.view().Conversation.Session
	if err := w.bot.Rate(t.Context(), "test", "ann", true, "thanks"); err != nil {
		t.Fatal(err)
	}
	if err := w.bot.Transcript(t.Context(), "test", "ann", "ann@example.org"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, ann.view().Conversation.Session); diff != "" {
		t.Errorf("the session (-before +after):\n%s", diff)
	}
}

func TestTranscript(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	if err := w.bot.Transcript(t.Context(), "test", "ann", "ann@example.org"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a transcript of nothing: %v", err)
	}
	ann.types("wrong password")
	ann.shows(screenshot(t, 7))
	before := ann.view().Conversation
	if err := w.bot.Transcript(t.Context(), "test", "ann", "Ann@EXAMPLE.org"); err != nil {
		t.Fatal(err)
	}
	v := ann.view()
	last := v.Messages[len(v.Messages)-1]
	if last.Event != "transcript" || last.From != bot.FromBot || !strings.Contains(last.Text, "Ann@example.org") || len(v.Messages) != int(before.LastSeq)+1 {
		t.Errorf("ann is told %+v", last)
	}
	if diff := cmp.Diff(before.Session, v.Conversation.Session); diff != "" || v.Conversation.Status != before.Status {
		t.Errorf("the session (-before +after):\n%s", diff)
	}
	w.deliver()
	if len(w.post.sent) != 1 {
		t.Fatalf("%d mails", len(w.post.sent))
	}
	p := w.post.sent[0]
	if p.Delivery.Kind != bot.DeliverTranscript || p.Delivery.Address != "Ann@example.org" || p.Delivery.Channel != "mail" || p.Delivery.TicketID != "" {
		t.Errorf("the delivery: %+v", p.Delivery)
	}
	if p.Ticket.ID != "" || p.Contact.ID != v.Contact.ID || p.Conversation.ID != v.Conversation.ID {
		t.Errorf("the parcel: %+v", p)
	}
	if len(p.Messages) != int(before.LastSeq) || len(p.Pictures) != 1 {
		t.Errorf("it tells %d messages of %d, and %d pictures", len(p.Messages), before.LastSeq, len(p.Pictures))
	}
	// The buttons of the last question still hold.
	at := v.Conversation.Session.At
	for _, m := range slices.Backward(v.Messages) {
		if len(m.Choices) > 0 {
			ann.press(m.Choices[0].Label)
			break
		}
	}
	if ann.view().Conversation.Session.At == at {
		t.Error("after the transcript the buttons lead nowhere")
	}
}

// A transcript is none of the ticket's mails: the team misses nothing for it.
func TestTranscriptOfATicket(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("I want to talk to a person")
	ann.press("Send it now")
	if err := w.bot.Transcript(t.Context(), "test", "ann", "ann@example.org"); err != nil {
		t.Fatal(err)
	}
	ann.types("one more thing")
	w.deliver()
	var more []bot.Message
	for _, p := range w.post.sent {
		if p.Delivery.Kind == bot.DeliverMore {
			more = append(more, p.Messages...)
		}
	}
	if !slices.ContainsFunc(more, func(m bot.Message) bool { return m.Text == "one more thing" }) {
		t.Errorf("the team is told\n%s", texts(more))
	}
	if v := ann.view(); v.Conversation.Status != bot.StatusTeam || v.Conversation.TicketID == "" {
		t.Errorf("the conversation: %+v", v.Conversation)
	}
}

func TestTranscriptsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("wrong password")
	seq := ann.view().Conversation.LastSeq
	for _, email := range []string{
		"", "ann", "ann@", "@example.org", "ann@example", "ann@example.org bob@example.org", "ann@example.org, bob@example.org",
		"Ann <ann@example.org>", "ann@example.org\r\nBcc: bob@example.org", "<ann@example.org>", "write to ann@example.org",
		strings.Repeat("a", 250) + "@example.org", `"ann roy"@example.org`, "ann@[127.0.0.1]",
	} {
		if err := w.bot.Transcript(t.Context(), "test", "ann", email); err != bot.RefusedEmail {
			t.Errorf("%q gave %v", email, err)
		}
	}
	if got := ann.view().Conversation.LastSeq; got != seq {
		t.Errorf("%d messages after refusals, %d before", got, seq)
	}

	send := func(name, email string) error { return w.bot.Transcript(t.Context(), "test", name, email) }
	for i := range 4 {
		want := error(nil)
		if i == 3 {
			want = bot.RefusedTranscripts
		}
		if err := send("ann", "ann@example.org"); err != want {
			t.Errorf("transcript %d of ann's conversation gave %v, want %v", i+1, err, want)
		}
	}
	if err := send("ann", "another@example.org"); err != bot.RefusedTranscripts {
		t.Errorf("to another address gave %v", err)
	}
	// Three have gone to ann's address; two more, from whomever, and no more that day.
	for i, want := range []error{nil, nil, bot.RefusedTranscripts} {
		name := "friend " + strconv.Itoa(i)
		w.person(name).types("hello")
		if err := send(name, "ANN@example.org"); err != want {
			t.Errorf("%s gave %v, want %v", name, err, want)
		}
	}
	w.later(24*time.Hour + time.Millisecond)
	if err := send("friend 2", "ann@example.org"); err != nil {
		t.Errorf("the day after gave %v", err)
	}
	if err := send("ann", "ann@example.org"); err != bot.RefusedTranscripts {
		t.Errorf("ann's conversation has had its three, and gave %v", err)
	}
}

// Many conversations at once do not send more to one address than it may get.
func TestTranscriptsAtOnce(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		w.person(strconv.Itoa(i)).types("hello")
	}
	var sent atomic.Int64
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			switch err := w.bot.Transcript(t.Context(), "test", strconv.Itoa(i), "ann@example.org"); err {
			case nil:
				sent.Add(1)
			case bot.RefusedTranscripts:
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if sent.Load() != 5 {
		t.Errorf("%d were sent", sent.Load())
	}
}

func TestWithoutMailThereAreNoTranscripts(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	ann.types("hello")
	if !ann.view().Mails || !w.bot.Welcome("client", "en").Mails {
		t.Error("ann is not told that she can have it mailed")
	}
	w.publish(w.bot.Book()) // without mail
	var refusal bot.Refusal
	if err := w.bot.Transcript(t.Context(), "test", "ann", "ann@example.org"); err == nil || errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
	if ann.view().Mails || w.bot.Welcome("client", "en").Mails {
		t.Error("ann is offered what there is not")
	}
}

func TestIdentity(t *testing.T) {
	w := newWorld(t)
	ann := w.person("ann")
	says := func(text string, i bot.Identity) {
		t.Helper()
		in := ann.inbound(text)
		in.Identity = i
		ann.send(in)
	}
	typed := bot.Identity{Name: " Ann\nRoy ", Email: "ann@example.org"}
	says("I want to talk to a person", typed)
	v := ann.view()
	if v.Contact.Name != "Ann Roy" || v.Contact.Email != "ann@example.org" || v.Contact.Identity != (bot.Identity{Name: "Ann Roy", Email: "ann@example.org"}) {
		t.Errorf("the contact: %+v", v.Contact)
	}
	if f := v.Conversation.Session.Facts; f["name"] != "Ann Roy" || f["email"] != "ann@example.org" {
		t.Errorf("the bot knows %v", f)
	}
	says("hello", bot.Identity{})
	if got := ann.view().Contact.Identity; got.Name != "Ann Roy" {
		t.Errorf("a page that says nothing took the identity back: %+v", got)
	}
	ann.press("Send it now")
	if got := w.tickets()[0].Case; got.Identity.Name != "Ann Roy" || got.Identity.Verified || got.Email != "ann@example.org" {
		t.Errorf("the ticket: %+v", got)
	}
	// She signs in on the page while the team has it.
	signed := bot.Identity{UserID: "42", Name: "Ann Roy", Email: "ann.roy@example.org", Verified: true}
	says("here is more", signed)
	if got := ann.view().Contact; got.Identity != signed || got.Email != "ann@example.org" {
		t.Errorf("the contact: %+v", got)
	}
	if got := w.tickets()[0].Case; got.Identity != signed || got.Email != "ann@example.org" {
		t.Errorf("the ticket: %+v", got)
	}
	// The signature expires, and the page says less and less; then it names somebody else.
	expired, other := signed, bot.Identity{UserID: "43", Name: "Bob"}
	expired.Verified = false
	for _, c := range []struct{ said, want bot.Identity }{
		{expired, signed}, {bot.Identity{Name: "Ann Roy"}, signed}, {other, other}, {expired, expired}, {signed, signed},
		{bot.Identity{Email: "bob@example.org"}, bot.Identity{Email: "bob@example.org"}},
	} {
		says("still here", c.said)
		if got := ann.view().Contact.Identity; got != c.want {
			t.Errorf("after %+v the identity is %+v", c.said, got)
		}
	}
}

func TestForget(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.person("ann"), w.person("bob")
	bob.types("agent please")
	bob.press("Send it now")
	ann.shows(screenshot(t, 5))
	ann.types("agent please")
	ann.press("Send it now")
	ann.types("one more thing")
	if err := w.bot.Transcript(t.Context(), "test", "ann", "ann@example.org"); err != nil {
		t.Fatal(err)
	}
	picture := ann.pictures()[0].ID
	v := ann.view()
	wake, stop := w.bot.Watch("test", "ann")
	defer stop()
	if err := w.bot.Forget(t.Context(), v.Conversation.ID); err != nil {
		t.Fatal(err)
	}
	if !woken(wake) {
		t.Error("the bubble was not woken")
	}
	if _, err := w.bot.View(t.Context(), "test", "ann", 0, 0); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the conversation: %v", err)
	}
	if _, _, err := w.bot.Picture(t.Context(), picture); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the picture: %v", err)
	}
	if ts := w.tickets(); len(ts) != 1 || ts[0].Number != 1001 {
		t.Errorf("tickets: %+v", ts)
	}
	if err := w.bot.Forget(t.Context(), v.Conversation.ID); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("forgotten again: %v", err)
	}
	w.deliver()
	if len(w.post.sent) != 1 || w.post.sent[0].Contact.Address != "bob" {
		t.Errorf("mails: %+v", w.post.sent)
	}
	// Who comes back is somebody new, with a number of their own.
	ann.types("agent please")
	ann.press("Send it now")
	if again := ann.view(); again.Contact.ID == v.Contact.ID || again.Conversation.ID == v.Conversation.ID {
		t.Error("ann is remembered")
	}
	if ts := w.tickets(); len(ts) != 2 || ts[0].Number != 1003 {
		t.Errorf("tickets: %+v", ts)
	}
}

// What is forgotten while a mail about it is on the way is no trouble for the others.
func TestForgottenWhileItIsSent(t *testing.T) {
	for _, when := range []string{"before it is read", "while it is sent"} {
		w := newWorld(t)
		ann := w.person("ann")
		ann.types("agent please")
		ann.press("Send it now")
		id := ann.view().Conversation.ID
		if when == "before it is read" {
			claimed := claimsForgotten{w.store, func() { w.bot.Forget(t.Context(), id) }}
			b, err := bot.New(t.Context(), bot.Options{Store: claimed, Book: w.bot.Book(), Senders: map[string]bot.Sender{"mail": w.post}, Now: w.clock, NewID: w.id})
			if err != nil {
				t.Fatal(err)
			}
			if n, err := b.DeliverDue(t.Context()); n != 1 || err != nil || len(w.post.sent) != 0 {
				t.Errorf("%s: tried %d, %v, sent %d", when, n, err, len(w.post.sent))
			}
			continue
		}
		w.post.fail = func(bot.Parcel) error { return w.bot.Forget(t.Context(), id) }
		if n, err := w.bot.DeliverDue(t.Context()); n != 1 || err != nil {
			t.Errorf("%s: tried %d, %v", when, n, err)
		}
	}
}

// Nor is what is forgotten just when its silence is noticed.
func TestForgottenIntoTheSilence(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.person("ann"), w.person("bob")
	ann.types("wrong password")
	w.later(time.Minute)
	bob.types("wrong password")
	id := ann.view().Conversation.ID
	w.later(2 * time.Hour)
	b, err := bot.New(t.Context(), bot.Options{
		Store: dueForgotten{w.store, func() { w.bot.Forget(t.Context(), id) }}, Book: w.bot.Book(), RemindAfter: time.Hour, Now: w.clock, NewID: w.id,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if s := bob.view().Conversation.Session; s.Quiet != 1 {
		t.Errorf("bob was not reminded: %+v", s)
	}
}

// dueForgotten is a store where a conversation is forgotten right after it was found silent.
type dueForgotten struct {
	bot.Store
	forget func()
}

func (s dueForgotten) Due(ctx context.Context, now time.Time, n int) ([]bot.Conversation, error) {
	due, err := s.Store.Due(ctx, now, n)
	s.forget()
	return due, err
}

// People who write while their conversation is forgotten begin anew, and nobody sees an error.
func TestForgottenInTheMiddle(t *testing.T) {
	w := newWorld(t)
	second := &world{t: t, post: w.post, path: w.path, now: w.now, ids: 1 << 20}
	second.open(shippedBook(t))
	w.person("ann").types("hello")
	var wg sync.WaitGroup
	for tab := range 3 {
		wg.Go(func() {
			for n := range 15 {
				in := bot.Inbound{Channel: "test", Address: "ann", ExternalID: fmt.Sprintf("%d-%d", tab, n), Text: "wrong password", Flow: "client", Lang: "en"}
				if err := w.bot.Receive(t.Context(), in); err != nil {
					t.Error(err)
				}
				if err := w.bot.Rate(t.Context(), "test", "ann", true, ""); err != nil && !errors.Is(err, bot.ErrNotFound) {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 15 {
			v, err := second.bot.View(t.Context(), "test", "ann", 0, 1)
			if err == nil {
				err = second.bot.Forget(t.Context(), v.Conversation.ID)
			}
			if err != nil && !errors.Is(err, bot.ErrNotFound) {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	w.person("ann").types("hello")
	for i, m := range w.person("ann").view().Messages {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has number %d", i+1, m.Seq)
		}
	}
}

// claimsForgotten is a store where a conversation is forgotten right after its delivery was
// claimed.
type claimsForgotten struct {
	bot.Store
	forget func()
}

func (s claimsForgotten) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]bot.Delivery, error) {
	claimed, err := s.Store.Claim(ctx, now, lease, n)
	s.forget()
	return claimed, err
}
