package bubble

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"time"

	"github.com/gorilla/websocket"

	"latchkey/bot"
)

var seed = maphash.MakeSeed()

// put queues a frame; whoever calls it sees to a writer. The queue is small, since the log
// is not in it: the log is read at the pace at which it leaves.
func (s *socket) put(frame any) {
	s.mu.Lock()
	s.add(frame)
	s.mu.Unlock()
}

// add is put for those who hold the lock.
func (s *socket) add(frame any) {
	if s.shutting {
		return
	}
	data, err := json.Marshal(frame)
	if err != nil {
		panic("bubble: a frame of our own: " + err.Error()) // frames are plain structs
	}
	s.out = append(s.out, data)
}

// stir has the log looked at.
func (s *socket) stir() {
	s.mu.Lock()
	s.look = true
	s.mu.Unlock()
	s.kick()
}

// ping asks for a sign of life, and gives one: a page does not see the protocol's pings, and
// while something is being worked on, nobody answers its own.
func (s *socket) ping() {
	s.mu.Lock()
	s.pingDue = s.conn != nil
	if s.told {
		s.add(bareFrame{Type: "thinking"})
	}
	s.mu.Unlock()
	s.kick()
}

// kick starts a writer unless there is one.
func (s *socket) kick() {
	if s.claim() {
		go s.write()
	}
}

// claim makes the caller the writer; false if there is nothing to write, or a writer already.
func (s *socket) claim() bool {
	s.mu.Lock()
	full := len(s.out) > s.b.limits.outbox
	ready := !s.writing && !s.shutting && (len(s.out) > 0 || s.look || s.greet || s.pingDue || len(s.olders) > 0)
	if ready {
		s.writing = true
	}
	s.mu.Unlock()
	if full {
		s.slow()
	}
	return ready
}

// write writes until there is nothing left. Only one goroutine does at a time.
func (s *socket) write() {
	for {
		s.mu.Lock()
		out, look, greet, ping, olders := s.out, s.look || s.greet, s.greet, s.pingDue, s.olders
		if s.shutting || len(out) == 0 && !look && !ping && len(olders) == 0 {
			s.writing = false
			s.mu.Unlock()
			return
		}
		s.out, s.look, s.greet, s.pingDue, s.olders = nil, false, false, false, nil
		s.mu.Unlock()

		err := s.send(out, ping)
		if err == nil && look {
			err = s.tell(greet)
		}
		for _, before := range olders { // those that came before a hello were forgotten with it
			if err == nil {
				err = s.tellOlder(before)
			}
		}
		if err != nil {
			s.failed(err)
		}
	}
}

// failed ends a socket that cannot be written to or told anything.
func (s *socket) failed(err error) {
	var timeout interface{ Timeout() bool }
	var no *refusal
	switch {
	case s.closing(): // the farewell is under way
	case errors.As(err, &no):
		s.b.log.Info("closing a bubble", "conversation", s.about(), "reason", no.text)
		s.shut(no.code, no.text)
	case errors.As(err, &timeout) && timeout.Timeout():
		s.slow()
	default: // the visitor has left; the reader will see it too
		s.mu.Lock()
		s.shutting = true
		s.mu.Unlock()
		s.conn.Close()
	}
}

// slow closes a socket whose reader does not keep up: it comes back with its number, and
// meanwhile holds up nobody.
func (s *socket) slow() {
	if !s.closing() {
		s.b.log.Info("closing a bubble", "conversation", s.about(), "reason", "it reads too slowly")
	}
	s.shut(closeSlow, "reading too slowly")
}

// send writes frames that are ready.
func (s *socket) send(out [][]byte, ping bool) error {
	for _, data := range out {
		s.conn.SetWriteDeadline(time.Now().Add(s.b.limits.write))
		if err := s.conn.WriteMessage(websocket.TextMessage, data); err != nil {
			return err
		}
	}
	if ping {
		return s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(s.b.limits.write))
	}
	return nil
}

func (s *socket) sendJSON(frame any) error {
	data, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	return s.send([][]byte{data}, false)
}

var unreadable = &refusal{closeTryLater, "the conversation cannot be read just now"}

// tell reads the conversation from where the widget stands, and writes what is new there;
// after a hello, the answer to it first.
func (s *socket) tell(greet bool) error {
	s.mu.Lock()
	at, hello, had := s.place, s.hellos, s.conversation != ""
	s.mu.Unlock()

	// A widget that shows nothing yet begins with the newest; it asks for the older ones.
	most := 0
	if greet && at.after == 0 {
		most = s.b.limits.page
	}
	view, stored, err := s.view(at, most)
	if err != nil {
		return unreadable
	}
	if !stored && !greet {
		if had { // it comes back, and finds nothing but the welcome
			return &refusal{closeRestart, "the conversation was deleted"}
		}
		return nil // a wake-up before the first word; the welcome is there already
	}
	if stored && at.after > view.Conversation.LastSeq {
		// The widget shows more than there is: a database was put back from a backup.
		at.after = 0
		if greet {
			most = s.b.limits.page
		}
		if view, stored, err = s.view(at, most); err != nil {
			return unreadable
		}
	}
	if !stored {
		at.after = 0
	}
	said, changed := sift(view.Messages)
	if greet {
		f := helloFrame{Type: "hello", After: at.after, First: at.after + 1, Last: at.after, Stored: stored,
			Languages: s.b.languages(), Longest: s.b.limits.text}
		if n := len(said); n > 0 {
			f.First, f.Last = view.Messages[0].Seq, said[n-1].Seq
		}
		if at.after == 0 {
			changed = nil // it shows nothing yet; older ones come as they are now
		}
		if err := s.sendJSON(f); err != nil {
			return err
		}
	}
	if err := s.tellState(view, at.lang, hello); err != nil {
		return err
	}
	if err := s.tellChanged(at, changed); err != nil {
		return err
	}
	last, answered := at.after, int64(0)
	for _, m := range said {
		if err := s.sendJSON(shown(m)); err != nil {
			return err
		}
		if m.From == bot.FromAgent {
			answered = m.Seq
		}
	}
	if n := len(view.Messages); n > 0 {
		last = view.Messages[n-1].Seq
	}
	if answered > view.Conversation.DeliveredSeq {
		s.b.mark(s.about(), at.address, answered, 0)
	}
	if !stored {
		last = 0 // once it is stored, the welcome is told again as it was stored
	}
	s.mu.Lock()
	if s.hellos == hello {
		s.after = last
		s.conversation = view.Conversation.ID
	}
	s.mu.Unlock()
	return nil
}

// tellChanged writes messages once more that are others now.
func (s *socket) tellChanged(at place, changed []int64) error {
	if len(changed) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.b.limits.write)
	defer cancel()
	for _, seq := range changed {
		one, err := s.b.core.Messages(ctx, channel, at.address, seq+1, 1)
		if err != nil {
			s.b.log.Error("a conversation cannot be read", "conversation", s.about(), "error", err)
			return unreadable
		}
		for _, m := range one {
			if err := s.sendJSON(shown(m)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellOlder writes what was said before a number. The place of the widget stays.
func (s *socket) tellOlder(before int64) error {
	s.mu.Lock()
	where := s.address
	s.mu.Unlock()
	f := olderFrame{Type: "older", Before: before, First: 1}
	var all []bot.Message
	if where != "" {
		ctx, cancel := context.WithTimeout(context.Background(), s.b.limits.write)
		defer cancel()
		var err error
		all, err = s.b.core.Messages(ctx, channel, where, before, s.b.limits.page)
		if err != nil && !errors.Is(err, bot.ErrNotFound) {
			s.b.log.Error("a conversation cannot be read", "conversation", s.about(), "error", err)
			return unreadable
		}
	}
	if len(all) > 0 {
		f.First = all[0].Seq
	}
	said, _ := sift(all)
	for _, m := range said {
		if err := s.sendJSON(shown(m)); err != nil {
			return err
		}
	}
	return s.sendJSON(f)
}

// view reads the conversation, or the welcome if there is none yet.
func (s *socket) view(at place, most int) (view bot.View, stored bool, err error) {
	if at.address != "" {
		ctx, cancel := context.WithTimeout(context.Background(), s.b.limits.write)
		defer cancel()
		view, err = s.b.core.View(ctx, channel, at.address, at.after, most)
		if err == nil {
			return view, true, nil
		}
		if !errors.Is(err, bot.ErrNotFound) {
			s.b.log.Error("a conversation cannot be read", "conversation", s.about(), "error", err)
			return bot.View{}, false, err
		}
	}
	view = s.b.core.Welcome(at.flow, at.lang)
	view.Conversation.ID = ""
	return view, false, nil
}

// tellState writes how the conversation stands, if that is new.
func (s *socket) tellState(view bot.View, lang string, hello int) error {
	f := stateFrame{Type: "state", Lang: view.Conversation.Session.Lang,
		Status: view.Conversation.Status, Always: view.Always, Mails: view.Mails}
	if r := view.Conversation.Rating; r.Seq != 0 {
		f.Rating = &ratingFrame{Seq: r.Seq, Helpful: r.Helpful}
	}
	if f.Lang == "" {
		f.Lang = view.Contact.Lang
	}
	if f.Lang == "" {
		f.Lang = lang
	}
	if f.Status == "" {
		f.Status = bot.StatusBot
	}
	s.mu.Lock()
	said, worded := s.said, s.worded
	s.mu.Unlock()
	if f.Lang != worded {
		f.Words = words(s.b.core, f.Lang, widgetWords)
	}
	plain := f
	plain.Words = nil
	data, err := json.Marshal(plain)
	if err != nil {
		return err
	}
	now := maphash.Bytes(seed, data)
	if now == said {
		return nil
	}
	if err := s.sendJSON(f); err != nil {
		return err
	}
	s.mu.Lock()
	if s.hellos == hello {
		s.said, s.worded = now, f.Lang
	}
	s.mu.Unlock()
	return nil
}
