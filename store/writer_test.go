package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
)

// talk is the first turn of a conversation, with n messages.
func talk(id string, n int) bot.Turn {
	at := time.UnixMilli(1_700_000_000_000)
	contact := bot.Contact{ID: id, Channel: "bubble", Address: id, Role: "client", Lang: "en", Created: at}
	turn := talkOn(bot.Conversation{
		ID: id, ContactID: id, Channel: "bubble", Address: id, Status: bot.StatusBot, Created: at,
		// About as much as a session in the middle of a tree.
		Session: flows.Session{
			Version: "0123456789abcdef", Lang: "en",
			State: flows.State{
				At:      flows.Place{Flow: "reset", Step: "check_spam"},
				Callers: []flows.Place{{Flow: "client", Step: "reset"}},
				Facts:   map[string]string{"role": "client", "email": "ann@example.org", "login_tried": "ann"},
				Seen:    map[string]int{"client/what_you_see": 1, "reset/send": 1, "reset/check_spam": 1},
				Tried:   []flows.Tried{{Place: flows.Place{Flow: "reset", Step: "send"}, Result: "sent"}},
			},
			Trail: []string{"choose:wrong_credentials", "choose:email", "fill:ann@example.org", "choose:sent"},
		},
	}, contact, n)
	turn.New = true
	return turn
}

// talkOn is the next turn of a conversation, with n messages.
func talkOn(c bot.Conversation, p bot.Contact, n int) bot.Turn {
	at := time.UnixMilli(1_700_000_000_000)
	c.Updated = at
	t := bot.Turn{Contact: p}
	for range n {
		c.LastSeq++
		t.Messages = append(t.Messages, bot.Message{
			ConversationID: c.ID, Seq: c.LastSeq, From: bot.FromBot, At: at,
			Text:    "Look in your junk folder, and in “Promotions” if you use Gmail. Is it there?",
			Choices: []flows.Choice{{Move: "choose:found", Label: "Found it"}, {Move: "choose:nothing", Label: "Still nothing"}},
		})
	}
	t.Conversation = c
	return t
}

// standstill keeps the writer busy until the returned function is called.
func standstill(t *testing.T, db *DB) (release func()) {
	t.Helper()
	running, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.writer.write(context.Background(), func(*tx) error {
			close(running)
			<-free
			return nil
		})
	}()
	<-running
	return func() {
		close(free)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// idle gives a writer whose goroutine does not run, so that a test can make up groups.
func idle(t *testing.T, group int) *writer {
	t.Helper()
	write, read, err := openSQLite(t.Context(), newFile(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { errors.Join(read.Close(), write.Close()) })
	if err := migrate(t.Context(), write, sqlite.goose); err != nil {
		t.Fatal(err)
	}
	return newWriter(write, sqlite.unique, group)
}

// counted is a job and how often it was run.
type counted struct {
	job
	runs *int
}

func count(run func(*tx) error) counted {
	runs := new(int)
	return counted{
		job:  job{run: func(t *tx) error { *runs++; return run(t) }, result: make(chan error, 1)},
		runs: runs,
	}
}

func commits(t bot.Turn) func(*tx) error { return func(tx *tx) error { return putTurn(tx, t) } }

func TestABadTurnHasItsGroupRunOneByOne(t *testing.T) {
	w := idle(t, 256)
	known := talk("known", 1)
	known.Messages[0].ExternalID = "m1"
	first := count(commits(known))
	w.settle([]job{first.job})
	if err := <-first.result; err != nil {
		t.Fatal(err)
	}
	known.Conversation.Version = 1
	repeated := talkOn(known.Conversation, known.Contact, 1)
	repeated.Messages[0].ExternalID = "m1"
	stale := talkOn(known.Conversation, known.Contact, 1)
	stale.Conversation.Version = 0
	broken := errors.New("broken")

	// After the first bad one the group is given up: what stands behind it runs only once.
	group := []counted{
		count(commits(talk("a", 1))), count(commits(repeated)), count(commits(stale)),
		count(func(*tx) error { return broken }), count(commits(talk("a", 1))), count(commits(talk("b", 1))),
	}
	wantErr := []error{nil, bot.ErrDuplicate, bot.ErrConflict, broken, bot.ErrConflict, nil}
	wantRuns := []int{2, 2, 1, 1, 1, 1}
	var jobs []job
	for _, c := range group {
		jobs = append(jobs, c.job)
	}
	w.settle(jobs)
	for i, c := range group {
		if err := <-c.result; !errors.Is(err, wantErr[i]) {
			t.Errorf("turn %d gave %v, want %v", i, err, wantErr[i])
		}
		if *c.runs != wantRuns[i] {
			t.Errorf("turn %d ran %d times, want %d", i, *c.runs, wantRuns[i])
		}
	}
	var n int
	if err := w.db.QueryRow(`SELECT COUNT(*) FROM messages`).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d messages are stored, want 3 (%v)", n, err)
	}
}

func TestAGoodGroupIsRunOnce(t *testing.T) {
	w := idle(t, 256)
	var jobs []job
	var group []counted
	for i := range 5 {
		c := count(commits(talk(fmt.Sprint(i), 2)))
		group, jobs = append(group, c), append(jobs, c.job)
	}
	w.settle(jobs)
	for i, c := range group {
		if err := <-c.result; err != nil || *c.runs != 1 {
			t.Errorf("turn %d ran %d times and gave %v", i, *c.runs, err)
		}
	}
}

func TestACommitThatFailsFailsForAll(t *testing.T) {
	w := idle(t, 256)
	good := count(commits(talk("good", 1)))
	orphan := count(func(t *tx) error {
		if _, err := t.exec(`PRAGMA defer_foreign_keys = 1`); err != nil {
			return err
		}
		return addMessage(t, bot.Message{ConversationID: "nowhere", Seq: 1})
	})
	w.settle([]job{good.job, orphan.job})
	for _, c := range []counted{good, orphan} {
		if err := <-c.result; err == nil || errors.Is(err, bot.ErrConflict) {
			t.Errorf("a commit that failed gave %v", err)
		}
	}
	// Nothing of it stays behind, and the writer goes on.
	again := count(commits(talk("good", 1)))
	w.settle([]job{again.job})
	if err := <-again.result; err != nil {
		t.Error(err)
	}
}

func TestAGroupTakesWhoWaits(t *testing.T) {
	w := idle(t, 3)
	w.queue = make(chan job, 9) // those in it wait
	for range 5 {
		w.queue <- job{}
	}
	for _, want := range []int{3, 2} {
		if got := len(w.gather(<-w.queue)); got != want {
			t.Errorf("a group of %d, want %d", got, want)
		}
	}
}

func TestClosingRefusesWhoWaits(t *testing.T) {
	db := opened(t, newFile(t), defaults)
	release := standstill(t, db)
	result, end := make(chan error, 1), make(chan error, 1)
	go func() { result <- db.Commit(context.Background(), talk("late", 1)) }()
	go func() { end <- db.Close() }()
	if err := <-result; !errors.Is(err, errClosed) {
		t.Errorf("the turn that waited gave %v", err)
	}
	release() // what was being done is finished
	if err := <-end; err != nil {
		t.Error(err)
	}
}

// asked is a context that tells when somebody begins to wait for its end.
type asked struct {
	context.Context
	once *sync.Once
	tell chan struct{}
}

func (a asked) Done() <-chan struct{} {
	a.once.Do(func() { close(a.tell) })
	return a.Context.Done()
}

func TestWaitingHonoursTheContext(t *testing.T) {
	db := opened(t, newFile(t), defaults)
	release := standstill(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	waits := asked{ctx, new(sync.Once), make(chan struct{})}
	result := make(chan error, 1)
	go func() { result <- db.Commit(waits, talk("gone", 1)) }()
	<-waits.tell
	cancel()
	// It comes back although the writer still stands.
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("the commit gave %v, want %v", err, context.Canceled)
	}
	release()
	if err := db.Commit(t.Context(), talk("stayed", 1)); err != nil {
		t.Error(err)
	}
	if _, _, err := db.ConversationByID(t.Context(), "gone"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the turn that went away: %v", err)
	}
}
