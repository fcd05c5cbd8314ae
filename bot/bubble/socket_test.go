package bubble

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"latchkey/bot"
)

func TestTheWelcomeIsNotStored(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.send(`{"type":"hello","v":1,"lang":"fr-CA"}`)
	hello, state := b.next(), b.next()
	if hello.Type != "hello" || hello.Stored || hello.After != 0 || hello.Last != 2 || len(hello.Languages) != 2 {
		t.Errorf("hello: %+v", hello)
	}
	if state.Type != "state" || state.Lang != "fr" || state.Status != "bot" || state.Words["send"] != "Envoyer" {
		t.Errorf("state: %+v", state)
	}
	welcome := b.reads(2)
	if seqs(welcome) != "1:bot 2:bot" || len(welcome[1].Choices) != 3 || !strings.HasPrefix(welcome[0].Text, "Bonjour") {
		t.Errorf("welcome: %+v", welcome)
	}
	if len(w.core.talks) != 0 {
		t.Error("a conversation was begun before the first word")
	}
	b.send(`{"type":"hello","v":1,"lang":"en"}`)
	if again := b.reads(1); !strings.HasPrefix(again[0].Text, "Hello") {
		t.Errorf("the switch before the first word: %+v", again)
	}
}

func TestTheFirstWordBeginsTheConversation(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"press","id":"m-00000001","move":"choose:wrong","seq":2,"label":"Wrong user or password"}`)
	if f := b.verdict(); f.Type != "ack" || f.ID != "m-00000001" {
		t.Fatalf("want the acknowledgement, got %+v", f)
	}
	if w.core.taken != 1 {
		t.Fatal("it was acknowledged before it was stored")
	}
	log := b.reads(4)
	if seqs(log) != "1:bot 2:bot 3:contact 4:bot" {
		t.Errorf("the log: %s", seqs(log))
	}
	if log[2].ID != "m-00000001" || log[2].Move != "choose:wrong" || log[2].At == 0 {
		t.Errorf("the contact's message: %+v", log[2])
	}
	where, _ := address(visitor)
	if talk := w.core.talks[where]; talk == nil || talk.conversation.Session.At.Flow != "client" || talk.lang != "en" {
		t.Errorf("begun as %+v", talk)
	}
}

func TestSendingAgainChangesNothing(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.send(`{"type":"message","id":"m-00000001","text":"my password is refused"}`)
	b.until("ack")
	b.conn.Close() // the tab never saw the acknowledgement
	b = w.tab()
	b.hello(visitor, 0)
	b.reads(4)
	b.send(`{"type":"message","id":"m-00000001","text":"my password is refused"}`)
	if f := b.verdict(); f.Type != "ack" || f.ID != "m-00000001" {
		t.Errorf("want only an acknowledgement, got %+v", f)
	}
	b.send(`{"type":"ping"}`)
	if f := b.next(); f.Type != "pong" {
		t.Errorf("want the pong, got %+v", f)
	}
	if w.core.taken != 1 || len(w.core.talks) != 1 {
		t.Errorf("%d messages in %d conversations", w.core.taken, len(w.core.talks))
	}
}

func TestComingBackWithANumber(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.send(`{"type":"press","id":"m-00000001","move":"jump:person","seq":0,"label":"Talk to a person"}`)
	all := b.reads(6) // the welcome, and then the log from 1
	if last := all[5]; last.Event != "ticket" || last.Ticket != "LK-1042" {
		t.Errorf("the ticket: %+v", last)
	}
	b.conn.Close()
	where, _ := address(visitor)
	w.core.write(where, "Hi, Ann here.")

	b = w.tab()
	b.hello(visitor, 4)
	hello, state, message := b.next(), b.next(), b.next()
	if !hello.Stored || hello.After != 4 || hello.Last != 5 || state.Status != "team" {
		t.Errorf("%+v %+v", hello, state)
	}
	if message.Seq != 5 || message.From != bot.FromAgent {
		t.Errorf("what was missed: %+v", message)
	}
	b.conn.Close()

	b = w.tab() // the database was put back: the tab knows more than there is
	b.hello(visitor, 40)
	if hello := b.next(); hello.After != 0 || hello.Last != 5 {
		t.Errorf("%+v", hello)
	}
	if all := b.reads(5); all[0].Seq != 1 {
		t.Errorf("the log: %s", seqs(all))
	}
}

func TestASecondTabShowsTheSame(t *testing.T) {
	w := newWorld(t, nil)
	one, two := w.tab(), w.tab()
	one.hello(visitor, 0)
	one.reads(2)
	two.hello(visitor, 0)
	two.reads(2)
	one.send(`{"type":"press","id":"m-00000001","move":"choose:wrong","seq":2,"label":"Wrong"}`)
	if got := seqs(two.reads(4)); got != "1:bot 2:bot 3:contact 4:bot" {
		t.Errorf("the other tab shows %s", got)
	}
	two.send(`{"type":"press","id":"m-00000002","move":"language:fr","seq":0,"label":"Français"}`)
	states := one.until("state")
	if last := states[len(states)-1]; last.Lang != "fr" || last.Words["send"] != "Envoyer" {
		t.Errorf("the first tab's state: %+v", last)
	}
	stranger := w.tab()
	stranger.hello(another, 0)
	if f := stranger.next(); f.Stored {
		t.Error("somebody else's token opens the conversation")
	}
}

func TestTheIndicatorOfASlowAnswer(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.thinking = 20 * time.Millisecond })
	w.core.set(func(f *fake) { f.slow = 200 * time.Millisecond })
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"message","id":"m-00000001","text":"hi"}`)
	if f := b.next(); f.Type != "thinking" {
		t.Errorf("want thinking, got %+v", f)
	}
	if f := b.verdict(); f.Type != "ack" {
		t.Errorf("want the ack, got %+v", f)
	}
}

func TestWhatIsNotStoredIsNotAcknowledged(t *testing.T) {
	w := newWorld(t, nil)
	w.core.set(func(f *fake) { f.broken = errBroken })
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"message","id":"m-00000001","text":"my secret words"}`)
	if f := b.verdict(); f.Type != "error" || f.Code != "not_stored" || f.ID != "m-00000001" || f.Retry == 0 || f.Text == "" {
		t.Errorf("got %+v", f)
	}
	w.core.set(func(f *fake) { f.broken = nil })
	b.send(`{"type":"message","id":"m-00000001","text":"my secret words"}`)
	if f := b.verdict(); f.Type != "ack" {
		t.Errorf("sent again: %+v", f)
	}
	if log := w.lines.String(); strings.Contains(log, "secret") || strings.Contains(log, visitor) || !strings.Contains(log, "disk is full") {
		t.Errorf("the log says %s", log)
	}
}

func TestTooLongOrTooMany(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.visitor = budget{rate: 0.5, burst: 2} })
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	b.send(`{"type":"message","id":"m-toolong1","text":%q}`, strings.Repeat("é", 2001))
	if f := b.next(); f.Code != "too_long" || f.Retry != 0 || f.Text == "" {
		t.Errorf("too long: %+v", f)
	}
	b.send(`{"type":"message","id":"m-longest1","text":%q}`, strings.Repeat("é", 2000))
	b.until("ack")
	b.send(`{"type":"message","id":"m-second01","text":"hi"}`)
	b.until("ack")
	b.send(`{"type":"message","id":"m-third001","text":"hi"}`)
	refused := b.until("error")
	if f := refused[len(refused)-1]; f.Code != "slow_down" || f.ID != "m-third001" || f.Retry < 1000 || f.Retry > 2000 {
		t.Errorf("too many: %+v", f)
	}
	if w.core.taken != 2 {
		t.Errorf("%d messages were stored", w.core.taken)
	}
}

// What is nothing to us is text to a browser: it is refused by its id, and the line goes on.
func TestAMessageOfControlCharacters(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello(visitor, 0)
	b.reads(2)
	for i, text := range []string{`\u0085`, `\u0007`, ` \u0000\n\u001b\t `, ``} {
		id := fmt.Sprintf("m-0000000%d", i)
		b.send(`{"type":"message","id":"%s","text":"%s"}`, id, text)
		if f := b.verdict(); f.Code != "empty" || f.ID != id || f.Retry != 0 || f.Text != w.core.Word("bubble_empty", "en") {
			t.Errorf("%s: %+v", text, f)
		}
	}
	b.send(`{"type":"message","id":"m-00000009","text":"h\u0007i"}`)
	if f := b.verdict(); f.Type != "ack" || w.core.taken != 1 {
		t.Errorf("and then: %+v, %d stored", f, w.core.taken)
	}
}

// What a page says too much of costs its people nothing: it is cut where it still says something.
func TestAHelloThatSaysTooMuch(t *testing.T) {
	long := strings.Repeat("é", 200)
	for _, c := range []struct{ say, lang, name, email string }{
		{`"name":"` + long + `"`, "", long, ""},
		{`"name":"` + long + `é"`, "", long, ""},
		{`"name":" ` + long + `  é"`, "", long, ""},
		{`"name":"` + long[2:] + ` é"`, "", long[2:], ""},
		{`"name":"` + long[2:] + `𝒜"`, "", long[2:], ""}, // it counts for two, and is not cut in half
		{`"name":"` + long[4:] + `𝒜𝒜"`, "", long[4:] + "𝒜", ""},
		{`"email":"` + strings.Repeat("a", 188) + `@example.com"`, "", "", strings.Repeat("a", 188) + "@example.com"},
		{`"email":"` + strings.Repeat("a", 189) + `@example.com"`, "", "", ""},
		{`"lang":"fr-CA-x-twain-and-more-and-more-30"`, "fr-CA-x-twain-and-more-and-more-30", "", ""},
		{`"lang":"fr-CA-x-twain-and-more-and-more-than"`, "fr-CA-x-twain-and-more-and-more", "", ""},
		{`"lang":"fr-abcdefgh-abcdefgh-abcdefgh-abc-x-private"`, "fr-abcdefgh-abcdefgh-abcdefgh-abc", "", ""},
		{`"lang":"fr-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s"`, "fr-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o", "", ""},
		{`"lang":"` + strings.Repeat("x", 36) + `"`, "", "", ""},
	} {
		f, err := parse([]byte(`{"type":"hello","v":1,` + c.say + `}`))
		if err != nil || f.Lang != c.lang || f.Name != c.name || f.Email != c.email {
			t.Errorf("%s: %q %q %q, %v", c.say, f.Lang, f.Name, f.Email, err)
		}
	}
	w := newWorld(t, nil)
	b := w.tab()
	b.send(`{"type":"hello","v":1,"lang":"fr-CA-x-%s"}`, strings.Repeat("abc-", 20)+"abc")
	if f := b.until("state"); f[len(f)-1].Lang != "fr" {
		t.Errorf("%+v", f)
	}
}

func TestAFloodIsCutOff(t *testing.T) {
	w := newWorld(t, func(l *limits, _ *Options) { l.frames, l.unheeding = budget{rate: 0.01, burst: 2}, 5 })
	b := w.tab()
	b.hello(visitor, 0)
	for range 7 {
		b.send(`{"type":"ping"}`)
	}
	if code := b.closed(); code != closeUnheeding {
		t.Errorf("closed with %d", code)
	}
}

func TestFramesThatCannotBeUnderstood(t *testing.T) {
	w := newWorld(t, nil)
	cases := []struct {
		name  string
		frame string
		code  int
	}{
		{"not JSON", `hello`, closeMalformed},
		{"a list", `[]`, closeMalformed},
		{"unknown type", `{"type":"shout"}`, closeMalformed},
		{"another version", `{"type":"hello","v":2}`, closeMalformed},
		{"a negative number", `{"type":"hello","v":1,"after":-1}`, closeMalformed},
		{"a short token", `{"type":"hello","v":1,"token":"abc"}`, closeToken},
		{"a token with bits to spare", `{"type":"hello","v":1,"token":"` + visitor[:42] + `B"}`, closeToken},
		{"no hello", `{"type":"message","id":"m-00000001","text":"hi"}`, closeMalformed},
		{"a message without id", `{"type":"message","id":"short","text":"hi"}`, closeMalformed},
		{"an id with spaces", `{"type":"message","id":"m 0000000001","text":"hi"}`, closeMalformed},
		{"a press of nothing", `{"type":"press","id":"m-00000001","move":"choose:","label":"Yes","seq":1}`, closeMalformed},
		{"time claimed to have passed", `{"type":"press","id":"m-00000001","move":"silence","label":"Yes","seq":1}`, closeMalformed},
		{"a slot pressed", `{"type":"press","id":"m-00000001","move":"fill:x@y.zz","label":"Yes","seq":1}`, closeMalformed},
		{"older before hello", `{"type":"older","before":51}`, closeMalformed},
		{"a rating before hello", `{"type":"rate","id":"m-00000001","helpful":true}`, closeMalformed},
		{"a button without a label", `{"type":"press","id":"m-00000001","move":"back","seq":0}`, closeMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := w.tab()
			b.send("%s", c.frame)
			if code := b.closed(); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
	t.Run("a message without a token", func(t *testing.T) {
		b := w.tab()
		b.send(`{"type":"hello","v":1}`)
		b.send(`{"type":"message","id":"m-00000001","text":"hi"}`)
		if code := b.closed(); code != closeToken {
			t.Errorf("closed with %d", code)
		}
	})
	// These come from somebody who said hello as they should.
	for _, c := range []struct{ name, frame string }{
		{"older than nothing", `{"type":"older"}`},
		{"older than the first", `{"type":"older","before":-4}`},
		{"a rating that says nothing", `{"type":"rate","id":"m-00000001","text":"good"}`},
		{"a rating that is no answer", `{"type":"rate","id":"m-00000001","helpful":"yes"}`},
		{"a rating without id", `{"type":"rate","helpful":true}`},
		{"a transcript to nobody", `{"type":"transcript","id":"m-00000001","email":" \u0007 "}`},
		{"a transcript without id", `{"type":"transcript","email":"ann@example.com"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := w.tab()
			b.hello(visitor, 0)
			b.send("%s", c.frame)
			if code := b.closed(); code != closeMalformed {
				t.Errorf("closed with %d", code)
			}
		})
	}
	for _, frame := range []string{`{"type":"rate","id":"m-00000001","helpful":false}`, `{"type":"transcript","id":"m-00000001","email":"ann@example.com"}`} {
		t.Run("without a token: "+frame, func(t *testing.T) {
			b := w.tab()
			b.send(`{"type":"hello","v":1}`)
			b.send("%s", frame)
			if code := b.closed(); code != closeToken {
				t.Errorf("closed with %d", code)
			}
		})
	}
	t.Run("bytes", func(t *testing.T) {
		b := w.tab()
		b.conn.WriteMessage(websocket.BinaryMessage, []byte("{}"))
		if code := b.closed(); code != closeNotText {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("a frame that is too big", func(t *testing.T) {
		b := w.tab()
		b.send(`{"type":"message","text":%q}`, strings.Repeat("x", 200<<10))
		if code := b.closed(); code != websocket.CloseMessageTooBig {
			t.Errorf("closed with %d", code)
		}
	})
	if len(w.core.talks) != 0 {
		t.Error("something was stored")
	}
	eventually(t, "all sockets are gone", func() bool { return w.bubble.Open() == 0 })
}
