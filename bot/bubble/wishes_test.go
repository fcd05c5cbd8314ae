package bubble

import (
	"strings"
	"testing"

	"latchkey/bot"
)

func TestRating(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 6)
	one, two := w.tab(), w.tab()
	for _, b := range []*tab{one, two} {
		b.hello(visitor, 0)
		hello, state := b.next(), b.next()
		if !hello.Stored || state.Rating != nil || !state.Mails {
			t.Errorf("%+v %+v", hello, state)
		}
		b.reads(6)
	}
	one.send(`{"type":"rate","id":"m-00000002","helpful":false,"text":"  too\r\nslow\u0007 "}`)
	if f := one.verdict(); f.Type != "ack" || f.ID != "m-00000002" {
		t.Errorf("%+v", f)
	}
	for _, b := range []*tab{one, two} {
		b.send(`{"type":"ping"}`)
	}
	// Both tabs are told, whichever of them said so.
	if f := two.until("state"); f[len(f)-1].Rating == nil || *f[len(f)-1].Rating != (ratingFrame{Seq: 6}) {
		t.Errorf("the other tab: %+v", f[len(f)-1])
	}
	w.core.set(func(f *fake) {
		if r := f.talks[where].conversation.Rating; r.Helpful || r.Comment != "too\nslow" || r.Seq != 6 {
			t.Errorf("stored: %+v", r)
		}
	})
	two.send(`{"type":"rate","id":"m-00000003","helpful":true}`)
	if f := two.verdict(); f.Type != "ack" {
		t.Errorf("rating again: %+v", f)
	}
	w.core.set(func(f *fake) {
		if r := f.talks[where].conversation.Rating; !r.Helpful || r.Comment != "" {
			t.Errorf("replaced by %+v", r)
		}
	})
	late := w.tab()
	late.hello(visitor, 6)
	if f := late.until("state"); *f[1].Rating != (ratingFrame{Seq: 6, Helpful: true}) {
		t.Errorf("a tab that opens later: %+v", f[1])
	}
}

func TestARatingThatIsNotTaken(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 6)
	b := w.tab()
	b.hello(visitor, 6)
	b.until("state")
	b.send(`{"type":"rate","id":"m-00000002","helpful":true,"text":%q}`, strings.Repeat("é", 1001))
	if f := b.verdict(); f.Code != "too_long" || f.ID != "m-00000002" || f.Retry != 0 || f.Text == "" {
		t.Errorf("too long: %+v", f)
	}
	w.core.set(func(f *fake) { f.broken = errBroken })
	b.send(`{"type":"rate","id":"m-00000003","helpful":true,"text":"my secret words"}`)
	if f := b.verdict(); f.Code != "not_stored" || f.ID != "m-00000003" || f.Retry != 5000 || f.Text == "" {
		t.Errorf("not stored: %+v", f)
	}
	if log := w.lines.String(); !strings.Contains(log, "disk is full") || strings.Contains(log, "secret") {
		t.Errorf("the log says %s", log)
	}
	w.core.set(func(f *fake) {
		f.broken = nil
		if r := f.talks[where].conversation.Rating; r != (bot.Rating{}) {
			t.Errorf("stored all the same: %+v", r)
		}
	})
	b.send(`{"type":"rate","id":"m-00000003","helpful":true,"text":%q}`, strings.Repeat("é", 1000))
	if f := b.verdict(); f.Type != "ack" {
		t.Errorf("%+v", f)
	}
}

func TestTranscript(t *testing.T) {
	w := newWorld(t, nil)
	w.talked(visitor, 6)
	b := w.tab()
	b.hello(visitor, 6)
	b.until("state")
	const wish = `{"type":"transcript","id":"m-00000002","email":" ann@example.com "}`
	b.send(wish)
	if f := b.verdict(); f.Type != "ack" || f.ID != "m-00000002" {
		t.Errorf("%+v", f)
	}
	if f := b.reads(1)[0]; f.Event != "transcript" || f.Seq != 7 {
		t.Errorf("the log says %+v", f)
	}
	// The answer was lost: asked again, on another line, nobody gets two mails.
	b = w.tab()
	b.hello(visitor, 7)
	b.until("state")
	b.send(wish)
	if f := b.verdict(); f.Type != "ack" {
		t.Errorf("asked again: %+v", f)
	}
	w.core.set(func(f *fake) {
		if got := strings.Join(f.mailed, " "); got != "ann@example.com" {
			t.Errorf("mailed to %s", got)
		}
	})
}

// The same when the first is still under way.
func TestATranscriptAskedForTwiceAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.talked(visitor, 6)
	hold := make(chan struct{})
	w.core.set(func(f *fake) { f.held = hold })
	tabs := []*tab{w.tab(), w.tab()}
	for _, b := range tabs {
		b.hello(visitor, 6)
		b.until("state")
		b.send(`{"type":"transcript","id":"m-00000002","email":"ann@example.com"}`)
	}
	for _, b := range tabs {
		b.until("thinking")
	}
	close(hold)
	for _, b := range tabs {
		if f := b.verdict(); f.Type != "ack" {
			t.Errorf("%+v", f)
		}
	}
	w.core.set(func(f *fake) {
		if len(f.mailed) != 1 {
			t.Errorf("mailed to %v", f.mailed)
		}
	})
}

// The same id of somebody else is another wish.
func TestTranscriptsOfTwoVisitors(t *testing.T) {
	w := newWorld(t, nil)
	for _, who := range []string{visitor, another} {
		w.talked(who, 6)
		b := w.tab()
		b.hello(who, 6)
		b.until("state")
		b.send(`{"type":"transcript","id":"m-00000002","email":"%s@example.com"}`, who[:1])
		b.until("ack")
	}
	w.core.set(func(f *fake) {
		if len(f.mailed) != 2 {
			t.Errorf("mailed to %v", f.mailed)
		}
	})
}

// What the bot refuses is told in its words and in the conversation's language, and is final.
func TestRefusedTranscripts(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.send(`{"type":"hello","v":1,"token":%q,"lang":"fr"}`, visitor)
	b.send(`{"type":"message","id":"m-00000001","text":"bonjour"}`)
	b.until("ack")
	ask := func(id, email string) anyFrame {
		b.send(`{"type":"transcript","id":%q,"email":%q}`, id, email)
		return b.verdict()
	}
	if f := ask("m-00000002", "ann@"); f.Type != "error" || f.Code != "email" || f.ID != "m-00000002" || f.Retry != 0 || f.Text != says["refused_email"]["fr"] {
		t.Errorf("not an address: %+v", f)
	}
	for _, id := range []string{"m-00000003", "m-00000004", "m-00000005"} {
		if f := ask(id, "ann@example.com"); f.Type != "ack" {
			t.Errorf("%+v", f)
		}
	}
	if f := ask("m-00000006", "ann@example.com"); f.Code != "transcripts" || f.Retry != 0 || f.Text != says["refused_transcripts"]["fr"] {
		t.Errorf("the fourth: %+v", f)
	}
	w.core.set(func(f *fake) { f.mails = false })
	late := w.tab()
	late.hello(visitor, 0)
	if all := late.until("state"); all[1].Mails {
		t.Error("mails are offered where none can be sent")
	}
	if log := w.lines.String(); strings.Contains(log, "not stored") {
		t.Errorf("the operator is bothered: %s", log)
	}
}
