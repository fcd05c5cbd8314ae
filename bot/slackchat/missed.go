package slackchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"latchkey/bot"
)

// Slack brings an event four times within six minutes, and then never again. What was written
// while nobody could hear it is read from where it was written: the direct messages, channels and
// threads in which this program has posted lately.
const (
	// lookBack is how far a start looks back, since it does not know how long nobody heard: shorter
	// than the core knows what comes again.
	lookBack = 48 * time.Hour
	// deafBefore is how long before the last socket closed something may have been written that no
	// attempt of Slack's has reached: all but the last may have met an earlier gap.
	deafBefore = 15 * time.Minute
	// slept is how long nothing of ours ran, for something to have been given up meanwhile: the
	// machine was suspended. Its sockets look open for a while after that.
	slept = 5 * time.Minute
	// knownFor is how long a place is looked at after the last message that was posted there.
	knownFor = 14 * 24 * time.Hour
	// historyPage is how many messages are read at once, and mostPages how many times, of one place.
	historyPage = 100
	mostPages   = 20
)

// missed knows whether something may have been missed, and since when.
type missed struct {
	mu sync.Mutex
	// since is zero when nothing was missed.
	since time.Time
	// open counts the sockets, and deaf is when the last of them closed; zero: none was open yet.
	open int
	deaf time.Time
	// awake is when somebody last looked whether this program runs.
	awake time.Time
	// look holds at most one wake-up for who reads what was missed.
	look chan struct{}
}

// from notes that what was written since then may not have been heard.
func (m *missed) from(since time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.since.IsZero() || since.Before(m.since) {
		m.since = since
	}
}

// runs notes that the program runs, every now and then.
func (m *missed) runs(now time.Time) {
	now = now.Round(0) // the monotonic clock stands still while the machine sleeps
	m.mu.Lock()
	before := m.awake
	m.awake = now
	m.mu.Unlock()
	if !before.IsZero() && now.Sub(before) >= slept {
		m.from(before.Add(-deafBefore))
	}
}

// opened notes that a socket hears. The first of them has missed what came before it.
func (m *missed) opened() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open++; m.open > 1 {
		return
	}
	if since := m.deaf.Add(-deafBefore); !m.deaf.IsZero() && (m.since.IsZero() || since.Before(m.since)) {
		m.since = since
	}
	m.stir()
}

// closed notes that a socket hears no more.
func (m *missed) closed(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open--; m.open == 0 {
		m.deaf = now
	}
}

// again has what was missed looked for once more, if anything was; hearing: without a socket too.
func (m *missed) again(hearing bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.since.IsZero() && (hearing || m.open > 0) {
		m.stir()
	}
}

func (m *missed) stir() {
	select {
	case m.look <- struct{}{}:
	default:
	}
}

// take gives since when something may have been missed, and forgets it; zero: nothing was.
func (m *missed) take() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	since := m.since
	m.since = time.Time{}
	return since
}

// catchUp reads what was missed whenever there may be something, until the context ends.
func (s *Slack) catchUp(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.missed.look:
		}
		since := s.missed.take()
		if since.IsZero() {
			continue
		}
		n, err := s.readMissed(ctx, since)
		if n > 0 {
			s.o.Log.Info("Slack: took in what was written while nobody heard it", "messages", n)
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.o.Log.Warn("Slack: what was missed cannot be read; trying again", "error", err, "in", lookEvery)
		s.missed.from(since)
		if err := s.rest(ctx, lookEvery); err != nil {
			return err
		}
		s.missed.stir()
	}
}

// rest waits for a while, or until what is held is tried at once.
func (s *Slack) rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
	case <-s.lines.awake():
	}
	return nil
}

// readMissed puts into the inbox what was written since then; what is known there is not new. It
// gives how much was.
func (s *Slack) readMissed(ctx context.Context, since time.Time) (n int, err error) {
	places, err := s.known(ctx)
	if err != nil {
		return 0, err
	}
	stamp := fmt.Sprintf("%d.%06d", since.Unix(), since.Nanosecond()/1000)
	var failed []error
	for _, p := range places {
		more, err := s.readPlace(ctx, p, stamp)
		n += more
		if err != nil && ctx.Err() != nil {
			return n, ctx.Err()
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	return n, errors.Join(failed...)
}

// whereabouts is a channel in which something may have been missed, with the threads of it that are
// known: time stamps of their first messages.
type whereabouts struct {
	team, channel string
	threads       []string
	last          time.Time
}

// known are the channels where something was posted lately, the latest first.
func (s *Slack) known(ctx context.Context) ([]*whereabouts, error) {
	posted, err := s.core.Posted(ctx, Channel, s.o.Now().Add(-knownFor))
	if err != nil {
		return nil, err
	}
	by := map[string]*whereabouts{}
	var all []*whereabouts
	for _, d := range posted {
		channel, ts := fromReceipt(d.Receipt)
		team, thread := s.self.team, ""
		switch {
		case d.TicketID == "":
			at := placeOf(d.Address)
			team = at.team
			if at.channel == channel { // not what went to somebody's direct messages instead
				thread = at.thread
			}
		case d.Ref == cardRef:
			thread = ts
		}
		w := by[channel]
		if w == nil {
			w = &whereabouts{team: team, channel: channel}
			by[channel] = w
			all = append(all, w)
		}
		if thread != "" && !slices.Contains(w.threads, thread) {
			w.threads = append(w.threads, thread)
		}
		if d.Created.After(w.last) {
			w.last = d.Created
		}
	}
	slices.SortStableFunc(all, func(a, b *whereabouts) int { return b.last.Compare(a.last) })
	return all, nil
}

// readPlace reads a channel back to a time stamp, and in it the threads that were answered since.
func (s *Slack) readPlace(ctx context.Context, p *whereabouts, since string) (n int, err error) {
	threads := map[string]bool{}
	for _, ts := range p.threads {
		threads[ts] = true
	}
	var found []slack.Message
	err = s.pages(ctx, func(cursor string) (string, bool, error) {
		h, err := s.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: p.channel, Limit: historyPage, Cursor: cursor})
		if err != nil {
			return "", false, err
		}
		older := false
		for _, m := range h.Messages {
			found = append(found, m)
			older = older || m.Timestamp <= since
			if m.LatestReply != "" { // Slack says how long ago: no need to ask
				threads[m.Timestamp] = m.LatestReply > since
			}
		}
		return h.ResponseMetaData.NextCursor, older, nil
	})
	if err != nil {
		return 0, gone(fmt.Errorf("slack: what was written in %s: %w", p.channel, err))
	}
	for _, ts := range slices.Sorted(maps.Keys(threads)) {
		if !threads[ts] {
			continue
		}
		var replies []slack.Message
		err := s.pages(ctx, func(cursor string) (string, bool, error) {
			more, _, next, err := s.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: p.channel, Timestamp: ts, Oldest: since, Limit: historyPage, Cursor: cursor,
			})
			replies = append(replies, more...)
			return next, false, err
		})
		if err := gone(err); err != nil {
			return 0, fmt.Errorf("slack: what was written in a thread of %s: %w", p.channel, err)
		}
		found = append(found, replies...)
	}
	slices.SortStableFunc(found, func(a, b slack.Message) int { return strings.Compare(a.Timestamp, b.Timestamp) })
	for _, m := range found {
		fresh, err := s.overheard(ctx, p, m, since)
		if err != nil {
			return n, err
		}
		if fresh {
			n++
		}
	}
	return n, nil
}

// pages reads page after page until there is no more or enough, and waits as Slack asks to.
func (s *Slack) pages(ctx context.Context, read func(cursor string) (next string, enough bool, err error)) error {
	cursor := ""
	for page := 0; page < mostPages; {
		next, enough, err := read(cursor)
		var limited *slack.RateLimitedError
		switch {
		case errors.As(err, &limited):
			if err := s.rest(ctx, max(limited.RetryAfter, time.Second)); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		case enough || next == "":
			return nil
		}
		cursor = next
		page++
	}
	return nil
}

// gone forgives that a channel or thread cannot be read any more: nobody can write there either, or
// not to the app.
func gone(err error) error {
	if bot.IsPermanent(judged(err)) || slices.Contains([]string{"channel_not_found", "not_in_channel", "missing_scope", "access_denied"}, codeOf(err)) {
		return nil
	}
	return err
}

// overheard puts a message into the inbox as the event that it was. One that was heard may have been
// edited unheard.
func (s *Slack) overheard(ctx context.Context, p *whereabouts, m slack.Message, since string) (fresh bool, err error) {
	if m.BotID != "" || m.User == "" || m.User == s.self.user || !slices.Contains(spokenSubtypes, m.SubType) {
		return false, nil
	}
	if m.Timestamp > since {
		said := wasSaid(p, m)
		fresh, err = s.acceptEvent(ctx, said)
		if err == nil && s.mentions(m.Text) && !strings.HasPrefix(p.channel, "D") {
			said.Inner.Type = "app_mention" // which Slack tells besides
			_, err = s.acceptEvent(ctx, said)
		}
		if fresh || err != nil {
			return fresh, err
		}
	}
	if m.Edited != nil && m.Edited.Timestamp > since {
		return s.acceptEvent(ctx, wasEdited(p, m))
	}
	return false, nil
}

func (s *Slack) acceptEvent(ctx context.Context, e event) (fresh bool, err error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return false, err
	}
	return s.accept(ctx, kindEvent, raw)
}

func wasSaid(p *whereabouts, m slack.Message) event {
	e := event{Team: p.team}
	in := &e.Inner
	in.Type, in.Subtype, in.Channel, in.User, in.Text = "message", m.SubType, p.channel, m.User, m.Text
	in.TS, in.Thread, in.EventTS = m.Timestamp, m.ThreadTimestamp, m.Timestamp
	in.Files = filesOf(m)
	return e
}

func filesOf(m slack.Message) (files []file) {
	for _, f := range m.Files {
		files = append(files, file{ID: f.ID, Name: f.Name, Kind: f.Mimetype, URL: f.URLPrivate, Size: f.Size})
	}
	return files
}

func wasEdited(p *whereabouts, m slack.Message) event {
	e := event{Team: p.team}
	in := &e.Inner
	in.Type, in.Subtype, in.Channel, in.TS, in.EventTS = "message", subtypeChanged, p.channel, m.Edited.Timestamp, m.Edited.Timestamp
	in.Message = said{User: m.User, Text: m.Text, TS: m.Timestamp, Thread: m.ThreadTimestamp, Edited: edited{m.Edited.Timestamp}, Files: filesOf(m)}
	return e
}
