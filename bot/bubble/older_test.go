package bubble

import (
	"fmt"
	"slices"
	"testing"
)

// talked begins a visitor's conversation and makes it n messages long.
func (w *world) talked(token string, n int) (where string) {
	w.t.Helper()
	b := w.tab()
	b.hello(token, 0)
	b.send(`{"type":"press","id":"m-00000001","move":"jump:person","seq":0,"label":"Talk to a person"}`)
	b.reads(6) // the welcome, and then the log from 1
	b.conn.Close()
	where, _ = address(token)
	texts := make([]string, n-4)
	for i := range texts {
		texts[i] = fmt.Sprintf("message %d", i+5)
	}
	w.core.write(where, texts...)
	return where
}

// numbers checks that frames are messages of the log from one number to another, without a gap.
func numbers(t *testing.T, all []anyFrame, first, last int64) {
	t.Helper()
	if int64(len(all)) != last-first+1 {
		t.Fatalf("%d messages, want %d to %d", len(all), first, last)
	}
	for i, f := range all {
		if f.Type != "message" || f.Seq != first+int64(i) {
			t.Fatalf("message %d is %s %d, want %d to %d", i, f.Type, f.Seq, first, last)
		}
	}
}

func TestALongLogBeginsAtItsEnd(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 130)
	b := w.tab()
	b.hello(visitor, 0)
	hello := b.next()
	if hello.After != 0 || hello.First != 81 || hello.Last != 130 || !hello.Stored {
		t.Errorf("%+v", hello)
	}
	b.next() // the state
	numbers(t, b.reads(50), 81, 130)

	// Leafing back moves nothing: the next message is the next message.
	b.send(`{"type":"older","before":81}`)
	older := b.until("older")
	numbers(t, older[:len(older)-1], 31, 80)
	if f := older[50]; f.Before != 81 || f.First != 31 {
		t.Errorf("%+v", f)
	}
	w.core.write(where, "message 131")
	numbers(t, b.reads(1), 131, 131)

	b.send(`{"type":"older","before":31}`)
	older = b.until("older")
	numbers(t, older[:len(older)-1], 1, 30)
	if f := older[30]; f.Before != 31 || f.First != 1 {
		t.Errorf("%+v", f)
	}
	b.send(`{"type":"older","before":1}`)
	if f := b.next(); f.Type != "older" || f.Before != 1 || f.First != 1 {
		t.Errorf("before the first: %+v", f)
	}
	w.core.set(func(f *fake) {
		if want := (read{most: 50}); !slices.Contains(f.reads, want) {
			t.Errorf("the core was asked for more than the newest: %+v", f.reads)
		}
		if want := (read{before: 81, most: 50}); !slices.Contains(f.reads, want) {
			t.Errorf("the core was asked for more than a page: %+v", f.reads)
		}
	})
}

// However much was missed, all of it comes: the widget never has a hole in its log.
func TestEverythingMissedComes(t *testing.T) {
	w := newWorld(t, nil)
	w.talked(visitor, 130)
	b := w.tab()
	b.hello(visitor, 7)
	if hello := b.next(); hello.After != 7 || hello.First != 8 || hello.Last != 130 {
		t.Errorf("%+v", hello)
	}
	b.next()
	numbers(t, b.reads(123), 8, 130)

	b = w.tab()
	b.hello(visitor, 130)
	if hello := b.next(); hello.After != 130 || hello.First != 131 || hello.Last != 130 {
		t.Errorf("nothing missed: %+v", hello)
	}

	b = w.tab() // the database was put back: it begins at the end again
	b.hello(visitor, 500)
	if hello := b.next(); hello.After != 0 || hello.First != 81 || hello.Last != 130 {
		t.Errorf("more shown than there is: %+v", hello)
	}
	b.next()
	numbers(t, b.reads(50), 81, 130)
}

// A line that was open before the first word gets the log from its first message, however long it
// has become by then.
func TestALogThatGrewWhileNobodyLooked(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.until("state")
	b.reads(2)
	where, _ := address(visitor)
	w.core.set(func(f *fake) {
		talk := f.begin("client", "en")
		for range 98 {
			talk.say("unclear")
		}
		f.talks[where] = talk
		f.wake(where)
	})
	numbers(t, b.reads(100), 1, 100)
}

func TestThereIsNothingOlderThanAWelcome(t *testing.T) {
	w := newWorld(t, nil)
	w.talked(visitor, 130)
	for _, hello := range []string{`{"type":"hello","v":1}`, `{"type":"hello","v":1,"token":"` + another + `"}`} {
		b := w.tab()
		b.send("%s", hello)
		if f := b.next(); f.First != 1 || f.Last != 2 || f.Stored {
			t.Errorf("%+v", f)
		}
		b.next()
		b.reads(2)
		b.send(`{"type":"older","before":100}`)
		if f := b.next(); f.Type != "older" || f.Before != 100 || f.First != 1 {
			t.Errorf("%s: %+v", hello, f)
		}
	}
}

// A hello is a new beginning: what was asked for before it is of another log.
func TestAHelloEndsLeafingBack(t *testing.T) {
	s := &socket{b: New(newFake(t), Options{}), olders: []int64{81}}
	f, err := parse([]byte(`{"type":"hello","v":1}`))
	if err == nil {
		err = s.hello(f)
	}
	if err != nil || len(s.olders) != 0 {
		t.Errorf("still wanted: %v (%v)", s.olders, err)
	}
}

// What is known of one visitor's conversation is not taken for the next one's.
func TestAHelloOfSomebodyElse(t *testing.T) {
	s := &socket{b: New(newFake(t), Options{}), conversation: "c1"}
	defer s.watch("")
	for i, c := range []struct{ token, want string }{{visitor, ""}, {visitor, "c1"}, {another, ""}} {
		f, err := parse([]byte(`{"type":"hello","v":1,"token":"` + c.token + `"}`))
		if err == nil {
			err = s.hello(f)
		}
		if err != nil || s.conversation != c.want {
			t.Errorf("hello %d: %q (%v)", i, s.conversation, err)
		}
		s.conversation = "c1"
	}
}

func TestAnUnreadableLogIsLeafedLater(t *testing.T) {
	w := newWorld(t, nil)
	w.talked(visitor, 130)
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(50)
	w.core.set(func(f *fake) { f.deaf = errBroken })
	b.send(`{"type":"older","before":81}`)
	if code := b.closed(); code != closeTryLater {
		t.Errorf("closed with %d", code)
	}
}

// A conversation that the operator deletes is gone from the open tabs as well.
func TestAForgottenConversation(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 10)
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(10)
	w.core.forget(where)
	if code := b.closed(); code != closeRestart {
		t.Errorf("closed with %d", code)
	}
	b = w.tab()
	b.hello(visitor, 10)
	if hello := b.next(); hello.Stored || hello.After != 0 || hello.First != 1 || hello.Last != 2 {
		t.Errorf("it comes back to %+v", hello)
	}
	b.next()
	b.reads(2)
	for _, frame := range []string{`{"type":"rate","id":"m-00000002","helpful":true}`, `{"type":"transcript","id":"m-00000003","email":"ann@example.com"}`} {
		b.send("%s", frame)
		if f := b.verdict(); f.Code != "gone" || f.Retry != 0 || f.Text == "" {
			t.Errorf("%s: %+v", frame, f)
		}
	}
	b.send(`{"type":"message","id":"m-00000004","text":"hello again"}`)
	if f := b.verdict(); f.Type != "ack" {
		t.Errorf("it may begin anew: %+v", f)
	}
}
