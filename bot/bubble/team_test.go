package bubble

import (
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/bot/bubble/browsertest"
)

func TestTheTeamHasNames(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 4)
	b := w.tab()
	b.hello(visitor, 4)
	b.until("state")
	w.core.write(where, "hello")
	f := b.reads(1)[0]
	if f.Seq != 5 || f.From != "agent" || f.Name != "Ann" || f.Text != "hello" || f.Edited || f.Withdrawn {
		t.Errorf("%+v", f)
	}
	// What the team's own channel calls it is nobody else's, and it opens no ticket.
	if f.ID != "" || f.Ticket != "" {
		t.Errorf("%+v", f)
	}
}

func TestChangedWordsComeUnderTheirOwnNumber(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 4)
	w.core.write(where, "helo", "two") // 5, 6
	b := w.tab()
	b.hello(visitor, 0)
	b.until("state")
	numbers(t, b.reads(6), 1, 6)

	w.core.alter(where, 5, "hello") // 7
	if f := b.reads(1)[0]; f.Seq != 5 || f.Text != "hello" || !f.Edited || f.Withdrawn || f.Event != "" {
		t.Errorf("edited: %+v", f)
	}
	w.core.alter(where, 5, "") // 8
	if f := b.reads(1)[0]; f.Seq != 5 || f.Text != "" || f.Edited || !f.Withdrawn {
		t.Errorf("withdrawn: %+v", f)
	}
	w.core.write(where, "nine")
	if f := b.reads(1)[0]; f.Seq != 9 {
		t.Errorf("the next one: %+v", f)
	}

	// Who was away learns of it once, and only of what stands before the place they come from.
	w.core.alter(where, 9, "the ninth") // 10
	late := w.tab()
	late.hello(visitor, 6)
	if h := late.next(); h.First != 7 || h.Last != 9 || h.After != 6 {
		t.Errorf("%+v", h)
	}
	late.until("state")
	got := late.reads(2)
	if got[0].Seq != 5 || !got[0].Withdrawn || got[1].Seq != 9 || got[1].Text != "the ninth" || !got[1].Edited {
		t.Errorf("after 6 comes %+v", got)
	}
	// After all it can know of, nothing is new but what changed; its last number is its own.
	late = w.tab()
	late.hello(visitor, 9)
	if h := late.next(); h.Last != 9 || h.First != 10 {
		t.Errorf("%+v", h)
	}
	late.until("state")
	if f := late.reads(1)[0]; f.Seq != 9 {
		t.Errorf("after 9 comes %+v", f)
	}
	// Who begins gets the log as it is now, and no entry in it.
	fresh := w.tab()
	fresh.hello(visitor, 0)
	if h := fresh.next(); h.First != 1 || h.Last != 9 {
		t.Errorf("%+v", h)
	}
	fresh.until("state")
	var seqs []int64
	for _, f := range fresh.reads(7) {
		seqs = append(seqs, f.Seq)
	}
	if !slices.Equal(seqs, []int64{1, 2, 3, 4, 5, 6, 9}) {
		t.Errorf("the whole log: %v", seqs)
	}
	fresh.send(`{"type":"older","before":9}`)
	older := fresh.until("older")
	if n := len(older); n != 7 || older[n-1].First != 1 {
		t.Errorf("older: %+v", older)
	}
}

func TestDeliveredAndSeen(t *testing.T) {
	w := newWorld(t, nil)
	where := w.talked(visitor, 4)
	b := w.tab()
	b.hello(visitor, 0)
	b.until("state")
	b.reads(4)
	b.send(`{"type":"ping"}`)
	b.until("pong")
	if m := w.core.marked(); len(m) != 0 {
		t.Errorf("what the bot said was marked: %v", m)
	}
	w.core.write(where, "hello", "are you there?")
	b.reads(2)
	eventually(t, "both are delivered", func() bool {
		m := w.core.marked()
		return len(m) > 0 && m[len(m)-1] == mark{delivered: 6}
	})
	n := len(w.core.marked())
	b.send(`{"type":"seen","seq":6}`)
	eventually(t, "it is seen", func() bool { return len(w.core.marked()) == n+1 })
	if got := w.core.marked()[n]; got != (mark{seen: 6}) {
		t.Errorf("marked %+v", got)
	}
	// Another tab gets what was delivered before, and that is no news.
	other := w.tab()
	other.hello(visitor, 0)
	other.until("state")
	other.reads(6)
	other.send(`{"type":"ping"}`)
	other.until("pong")
	if m := w.core.marked(); len(m) != n+1 {
		t.Errorf("marked again: %v", m)
	}
	// A store that fails is the operator's trouble: the line stays.
	w.core.set(func(f *fake) { f.broken = errBroken })
	b.send(`{"type":"seen","seq":6}`)
	b.send(`{"type":"ping"}`)
	b.until("pong")
	if !strings.Contains(w.lines.String(), "disk is full") {
		t.Error("nobody is told")
	}
	w.core.set(func(f *fake) { f.broken = nil })
	// Too many are not heeded, and nobody is told off.
	for range 45 {
		b.send(`{"type":"seen","seq":6}`)
	}
	b.conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if _, data, err := b.conn.ReadMessage(); err == nil && strings.Contains(string(data), "error") {
		t.Errorf("told off: %s", data)
	}
}

func TestSeenBeforeThereIsAConversation(t *testing.T) {
	w := newWorld(t, nil)
	b := w.tab()
	b.hello("", 0)
	b.until("state")
	b.send(`{"type":"seen","seq":1}`)
	b.send(`{"type":"ping"}`)
	b.until("pong")
	if m := w.core.marked(); len(m) != 0 {
		t.Errorf("marked %v", m)
	}
	b.send(`{"type":"seen","seq":0}`)
	if code := b.closed(); code != closeMalformed {
		t.Errorf("closed with %d", code)
	}
}

// The whole way in a browser: a name, another text, a message that is gone, and what was seen.
func TestTheTeamInABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	w := newWorld(t, nil)
	tab := browser.Open(w.server.URL+"/?lang=en", browsertest.Desktop)
	tab.Click(inside(".launch"))
	tab.Wait(count(quietLog, 2))
	tab.Click(inside("[data-move='jump:person']"))
	tab.Wait(inside(".card.ticket"))
	var where string
	w.core.set(func(f *fake) {
		for a := range f.talks {
			where = a
		}
	})
	w.core.write(where, "Try nwo, please.", "Does it work?")
	tab.Wait(count(".row.agent", 2))
	if got := browsertest.Eval[string](tab, inside(".row.agent .name")+`.textContent`); got != "Ann, Support team: " {
		t.Errorf("it is by %q", got)
	}
	last := int64(6)
	eventually(t, "both are seen", func() bool { return slices.Contains(w.core.marked(), mark{seen: last}) })
	seen := 0
	for _, m := range w.core.marked() {
		if m.seen > 0 {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("told %d times that they were seen: %v", seen, w.core.marked())
	}

	w.core.alter(where, 5, "Try now, please.")
	tab.Wait(inside(".row.agent .meta") + `?.textContent === "edited"`)
	if got := rows(tab); !strings.HasSuffix(got, "Try now, please. | Does it work?") {
		t.Errorf("edited: %s", got)
	}
	w.core.alter(where, 6, "")
	tab.Wait(inside(".gone") + `?.textContent === "This message was withdrawn."`)
	shoot(tab, "desktop-team")
	// The words follow the language.
	w.core.set(func(f *fake) {
		f.talks[where].lang, f.talks[where].conversation.Session.Lang = "fr", "fr"
		f.wake(where)
	})
	tab.Wait(inside(".gone") + `?.textContent === "Ce message a été retiré."`)
	if got := browsertest.Eval[string](tab, inside(".row.agent .name")+`.textContent`); got != "Ann, Équipe de soutien: " {
		t.Errorf("it is by %q", got)
	}

	// Closed, it is delivered; seen it is when the panel opens.
	browsertest.Eval[bool](tab, `(() => { `+element+`.close(); return true; })()`)
	w.core.write(where, "Are you still there?")
	w.core.set(func(f *fake) { last = f.talks[where].conversation.LastSeq })
	eventually(t, "it is delivered", func() bool { return slices.Contains(w.core.marked(), mark{delivered: last}) })
	time.Sleep(700 * time.Millisecond) // longer than the widget waits for others
	if slices.Contains(w.core.marked(), mark{seen: last}) {
		t.Error("it is seen behind a closed panel")
	}
	browsertest.Eval[bool](tab, `(() => { `+element+`.open(); return true; })()`)
	eventually(t, "it is seen", func() bool { return slices.Contains(w.core.marked(), mark{seen: last}) })
	calm(t, tab)
}
