package bot_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// publish makes a new bot with another book on the same store, as a restart does.
func (w *world) publish(book *flows.Book) {
	w.t.Helper()
	b, err := bot.New(w.t.Context(), bot.Options{
		Store: w.store, Book: book, Senders: map[string]bot.Sender{"mail": w.post},
		RemindAfter: time.Hour, CloseAfter: 24 * time.Hour, Now: w.clock, NewID: w.id,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.bot = b
}

// versions are the books that are kept.
func (w *world) versions() (out []string) {
	w.t.Helper()
	books, err := w.store.Books(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range books {
		out = append(out, b.Version)
	}
	return out
}

func (w *world) sweep() {
	w.t.Helper()
	if _, err := w.bot.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) prune() int {
	w.t.Helper()
	n, err := w.bot.Prune(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// reworded is a book whose first question differs.
func reworded(t *testing.T, b *flows.Book, question string) *flows.Book {
	t.Helper()
	_, events := b.Start("client", "en", nil)
	asked := events[len(events)-1].Text
	files := b.Files()
	if !strings.Contains(files["client.yaml"], asked) {
		t.Fatalf("client.yaml does not say %q", asked)
	}
	files["client.yaml"] = strings.Replace(files["client.yaml"], asked, question, 1)
	newer, err := flows.LoadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	return newer
}

const newQuestion = "A new first question?"

// resolvedOn leaves ann happy on a book, and another one published since.
func resolvedOn(t *testing.T) (*world, *person) {
	t.Helper()
	w := newWorldWith(t, quickBook(t))
	ann := w.person("ann")
	ann.types("wrong password")
	ann.press("jump:works")
	if s := ann.view().Conversation.Session; s.Outcome != flows.OutcomeResolved {
		t.Fatalf("ann is at %+v", s)
	}
	w.publish(reworded(t, w.bot.Book(), newQuestion))
	return w, ann
}

// Who begins again after a good end does so with the newest trees.
func TestBeginningAgainMovesToTheNewest(t *testing.T) {
	for what, again := range map[string]func(*person) []bot.Message{
		"restart":  func(p *person) []bot.Message { return p.press("restart") },
		"anything": func(p *person) []bot.Message { return p.types("qwerty uiop") },
	} {
		w, ann := resolvedOn(t)
		said := again(ann)
		if s := ann.view().Conversation.Session; s.Version != w.bot.Book().Version || s.Ended() || s.Facts["role"] != "client" {
			t.Errorf("%s: ann is on %s: %+v", what, s.Version, s.State)
		}
		if len(said) != 2 || said[1].Text != newQuestion {
			t.Errorf("%s: ann is told %q", what, texts(said))
		}
	}
	// "Still not" carries the old conversation on: it was not over.
	w, ann := resolvedOn(t)
	ann.press("back")
	if s := ann.view().Conversation.Session; s.Version == w.bot.Book().Version || s.Ended() {
		t.Errorf("ann went back, and is on the newest: %+v", s)
	}
}

// somewhere leaves ann in the middle of a tree that is then lost: pruned after years, or
// written for a program that is no more.
func somewhere(t *testing.T) (*world, *person) {
	t.Helper()
	w := newWorldWith(t, quickBook(t))
	ann := w.person("ann")
	ann.types("I want to talk to a person")
	ann.types("ann@example.org")
	if s := ann.view().Conversation.Session; s.Facts["email"] != "ann@example.org" || s.Ended() {
		t.Fatalf("ann is at %+v", s)
	}
	return w, ann
}

// lose takes the version away that everybody is on.
func (w *world) lose() {
	w.t.Helper()
	lost := w.bot.Book().Version
	w.publish(reworded(w.t, w.bot.Book(), newQuestion))
	w.later(time.Hour)
	w.sweep() // reminded
	w.later(24 * time.Hour)
	w.sweep() // put aside
	w.later(89 * 24 * time.Hour)
	if w.prune(); !slices.Contains(w.versions(), lost) {
		w.t.Fatal("the version was deleted though its people may come back")
	}
	w.later(2 * 24 * time.Hour)
	if w.prune(); slices.Contains(w.versions(), lost) {
		w.t.Fatal("the version is kept for ever")
	}
}

func TestWhoReturnsToALostVersionIsBegunAnew(t *testing.T) {
	for _, c := range []struct {
		name string
		send func(*person) []bot.Message
		want func(bot.Conversation, []bot.Message) bool
	}{
		{"writes what only the old question understood", func(p *person) []bot.Message { return p.types("Ann Roy") },
			func(c bot.Conversation, said []bot.Message) bool {
				return len(said) == 2 && said[1].Text == newQuestion
			}},
		{"presses an old button", func(p *person) []bot.Message { return p.press("Skip") },
			func(c bot.Conversation, said []bot.Message) bool {
				return len(said) == 2 && said[1].Text == newQuestion
			}},
		{"wants a person", func(p *person) []bot.Message { return p.types("I want to talk to a person") },
			func(c bot.Conversation, said []bot.Message) bool {
				return len(said) == 3 && said[1].Text == newQuestion && c.Session.At.Step == "name"
			}},
		{"writes French", func(p *person) []bot.Message { return p.types("je veux mon mot de passe s'il vous plaît") },
			func(c bot.Conversation, said []bot.Message) bool {
				return c.Session.Lang == "fr" && strings.HasPrefix(said[0].Text, "Rebonjour")
			}},
	} {
		w, ann := somewhere(t)
		w.lose()
		w.publish(w.bot.Book()) // nothing is remembered
		if v := ann.view(); len(v.Messages) < 4 || len(v.Always) == 0 {
			t.Errorf("%s: her bubble is empty: %+v", c.name, v)
		}
		said := c.send(ann)
		conversation := ann.view().Conversation
		if conversation.Session.Version != w.bot.Book().Version || conversation.Session.Facts["email"] != "ann@example.org" || conversation.Status != bot.StatusBot {
			t.Errorf("%s: %s %+v", c.name, conversation.Status, conversation.Session)
		}
		if want := w.bot.Word("begun_anew", conversation.Session.Lang); len(said) == 0 || said[0].Text != want || !c.want(conversation, said) {
			t.Errorf("%s: at %s, ann is told\n%s", c.name, conversation.Session.At, texts(said))
		}
	}
}

// A book that this program cannot read any more is as good as lost; and it does not keep the
// others from being reminded.
func TestUnreadableVersion(t *testing.T) {
	w, ann := somewhere(t)
	if err := w.store.SaveBook(t.Context(), "unreadable", map[string]string{"client.yaml": "flow: [\n"}, w.clock()); err != nil {
		t.Fatal(err)
	}
	v := ann.view()
	v.Conversation.Session.Version = "unreadable"
	if err := w.store.Commit(t.Context(), bot.Turn{Conversation: v.Conversation, Contact: v.Contact}); err != nil {
		t.Fatal(err)
	}
	bob := w.person("bob")
	w.later(time.Minute)
	bob.types("wrong password")
	w.later(2 * time.Hour)
	w.sweep()
	if s := bob.view().Conversation.Session; s.Quiet != 1 {
		t.Errorf("bob was not reminded: %+v", s)
	}
	if now := ann.view(); now.Conversation.LastSeq != v.Conversation.LastSeq || !now.Conversation.DueAt.IsZero() {
		t.Errorf("ann was told something about a question that is gone: %s", texts(now.Messages))
	}
	if said := ann.types("hello?"); len(said) != 2 || said[0].Text != w.bot.Word("begun_anew", "en") {
		t.Errorf("ann is told %q", texts(said))
	}
}

// While people have a ticket, the loss of a version is nothing to its owner.
func TestTicketOutlivesItsVersion(t *testing.T) {
	w, ann := somewhere(t)
	ann.press("Send it now")
	v := ann.view()
	v.Conversation.Session.Version = "lost"
	if err := w.store.Commit(t.Context(), bot.Turn{Conversation: v.Conversation, Contact: v.Contact}); err != nil {
		t.Fatal(err)
	}
	said := ann.types("my phone is an old Samsung")
	if len(said) != 1 || !strings.Contains(said[0].Text, "LK-1001") || ann.view().Conversation.Status != bot.StatusTeam {
		t.Errorf("ann is told %q, status %s", texts(said), ann.view().Conversation.Status)
	}
	said = ann.types("it works now, thanks")
	if ts := w.tickets(); len(ts) != 1 || ts[0].Status != bot.TicketClosed || ann.view().Conversation.Status != bot.StatusClosed {
		t.Errorf("ann is told %q, tickets %+v", texts(said), ts)
	}
}

// A store that does not answer is no reason to begin anew.
func TestTroubleWithTheStoreIsNoLoss(t *testing.T) {
	w, ann := somewhere(t)
	trouble := errors.New("disk on fire")
	broken, err := bot.New(t.Context(), bot.Options{
		Store: noBooks{w.store, trouble}, Book: reworded(t, w.bot.Book(), newQuestion), Now: w.clock, NewID: w.id,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Receive(t.Context(), ann.inbound("Ann Roy")); !errors.Is(err, trouble) {
		t.Errorf("got %v", err)
	}
	if _, err := broken.View(t.Context(), "test", "ann", 0, 0); !errors.Is(err, trouble) {
		t.Errorf("got %v", err)
	}
}

// noBooks is a store that cannot read books.
type noBooks struct {
	bot.Store
	err error
}

func (s noBooks) Book(context.Context, string) (map[string]string, error) { return nil, s.err }

// A version that somebody may begin with any moment is kept, and so is the bot's own.
func TestOwnVersionIsNeverDeleted(t *testing.T) {
	w := newWorldWith(t, quickBook(t))
	own := w.bot.Book().Version
	other := w.bot
	w.publish(reworded(t, w.bot.Book(), newQuestion))
	for range 3 {
		w.later(20 * time.Hour)
		w.prune()
		if _, err := other.Prune(t.Context()); err != nil { // another process still has the first
			t.Fatal(err)
		}
	}
	if got := w.versions(); len(got) != 2 || !slices.Contains(got, own) {
		t.Errorf("kept: %v", got)
	}
	w.later(365 * 24 * time.Hour)
	w.prune()
	if got := w.versions(); !slices.Equal(got, []string{w.bot.Book().Version}) {
		t.Errorf("kept after a year without it: %v", got)
	}
}
