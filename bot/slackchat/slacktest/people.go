package slacktest

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Person is somebody who uses Slack. What a person could not do is an error.
type Person struct {
	s   *Slack
	u   *User
	err error
}

// As is a person, by id or name.
func (s *Slack) As(name string) *Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(name)
	return &Person{s, u, err}
}

// ID is the person's id, or "" when there is nobody.
func (p *Person) ID() string {
	if p.err != nil {
		return ""
	}
	return p.u.ID
}

// DM is the channel of direct messages with the app, or "" when there is nobody.
func (p *Person) DM() string {
	if p.err != nil {
		return ""
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.im(p.u.ID, p.s.teams[p.team()].BotUser).id
}

// team is the workspace where the person uses the app: a stranger's is not their own.
func (p *Person) team() string {
	if p.u.Stranger || p.s.teams[p.u.Team] == nil {
		return p.s.first.ID
	}
	return p.u.Team
}

// in is the channel where the person writes or looks.
func (p *Person) in(ref string) (*channel, error) {
	if p.err != nil {
		return nil, p.err
	}
	c, err := p.s.channel(ref, p.u.ID)
	if err != nil {
		return nil, err
	}
	if !c.has(p.u.ID) {
		return nil, fmt.Errorf("slacktest: %s is not in %s", p.u.Name, ref)
	}
	return c, nil
}

func (p *Person) writes(ref string) (*channel, error) {
	c, err := p.in(ref)
	switch {
	case err != nil:
		return nil, err
	case c.archived:
		return nil, fmt.Errorf("slacktest: %s is archived", ref)
	case c.kind == IM && c.has(p.s.bot(c)) && (p.s.app.NoMessages || p.s.app.ReadOnlyMessages):
		return nil, errors.New("slacktest: nobody can write to this app")
	}
	return c, nil
}

// Says writes a message: in a channel by id or #name, or to somebody by @name. What is typed
// becomes what Slack makes of it: @name a mention, #name a channel, the rest is escaped.
func (p *Person) Says(channel, text string) (Message, error) { return p.say(channel, "", text, nil) }

// Mentions writes to a channel with the app's name before the text.
func (p *Person) Mentions(channel, text string) (Message, error) {
	return p.Says(channel, "@"+p.s.app.BotName+" "+text)
}

// SaysInThread answers a message in its thread.
func (p *Person) SaysInThread(m Message, text string) (Message, error) {
	return p.say(m.Channel, m.root(), text, nil)
}

// Uploads shares files with a text, in a thread when m is not nil.
func (p *Person) Uploads(channel string, m *Message, text string, files ...File) (Message, error) {
	thread := ""
	if m != nil {
		channel, thread = m.Channel, m.root()
	}
	if len(files) == 0 {
		return Message{}, errors.New("slacktest: no file")
	}
	return p.say(channel, thread, text, files)
}

func (p *Person) say(ref, thread, text string, files []File) (Message, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := p.writes(ref)
	if err != nil {
		return Message{}, err
	}
	if thread != "" && c.find(thread) == nil {
		return Message{}, errors.New("slacktest: there is no such message to answer")
	}
	if strings.TrimSpace(text) == "" && len(files) == 0 {
		return Message{}, errors.New("slacktest: nothing to send")
	}
	mrkdwn, rich := s.typed(text)
	m := &message{ts: s.ts(), thread: thread, user: p.u.ID, team: p.u.Team, text: mrkdwn}
	if text != "" {
		m.blocks = []object{{"type": "rich_text", "block_id": s.id("b"), "elements": []any{object{"type": "rich_text_section", "elements": rich}}}}
	}
	for _, f := range files {
		f.ID, f.User, f.done, f.at, f.channels = s.id("F"), p.u.ID, true, s.now().Unix(), []string{c.id}
		if f.Title == "" {
			f.Title = f.Name
		}
		if f.Type == "" {
			f.Type = http.DetectContentType(f.Bytes)
		}
		f.Name = path.Base(f.Name)
		s.files[f.ID] = &f
		m.files, m.subtype = append(m.files, &f), "file_share"
	}
	s.put(c, m)
	s.announce(c, m)
	return s.message(c, m), nil
}

var tokens = regexp.MustCompile(`@[\w][\w.-]*|#[\w-]+|https?://[^\s<>]+`)

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// typed makes of typed text what Slack does: its mrkdwn, and the same as rich text.
func (s *Slack) typed(text string) (string, []any) {
	var out strings.Builder
	var rich []any
	plain := func(t string) {
		if t != "" {
			out.WriteString(escape(t))
			rich = append(rich, object{"type": "text", "text": t})
		}
	}
	at := 0
	for _, m := range tokens.FindAllStringIndex(text, -1) {
		token := text[m[0]:m[1]]
		var mark string
		var e object
		switch name := token[1:]; {
		case token[0] == '@' && (name == "channel" || name == "here" || name == "everyone"):
			mark, e = "<!"+name+">", object{"type": "broadcast", "range": name}
		case token[0] == '@':
			if u, err := s.user(name); err == nil {
				mark, e = "<@"+u.ID+">", object{"type": "user", "user_id": u.ID}
			}
		case token[0] == '#':
			if c, err := s.channel(token, ""); err == nil {
				mark, e = "<#"+c.id+"|"+c.name+">", object{"type": "channel", "channel_id": c.id}
			}
		default:
			mark, e = "<"+escape(token)+">", object{"type": "link", "url": token}
		}
		if e == nil {
			continue
		}
		plain(text[at:m[0]])
		out.WriteString(mark)
		rich = append(rich, e)
		at = m[1]
	}
	plain(text[at:])
	return out.String(), rich
}

// visible finds a message that the person can see, whether all can or only they.
func (p *Person) visible(m Message) (*channel, *message, error) {
	c, err := p.in(m.Channel)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range c.messages {
		if x.ts == m.TS && !x.deleted && (x.only == "" || x.only == p.u.ID) {
			return c, x, nil
		}
	}
	return nil, nil, fmt.Errorf("slacktest: %s sees no such message", p.u.Name)
}

func (p *Person) own(m Message) (*channel, *message, error) {
	c, x, err := p.visible(m)
	if err == nil && (x.user != p.u.ID || c.archived) {
		err = fmt.Errorf("slacktest: %s cannot change this message", p.u.Name)
	}
	return c, x, err
}

// Edits changes a message of one's own.
func (p *Person) Edits(m Message, text string) error {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	c, x, err := p.own(m)
	if err != nil {
		return err
	}
	if w := s.o.EditWindow; w > 0 && s.now().Sub(when(x.ts)) > w {
		return errors.New("slacktest: it is too late to edit this message")
	}
	before := s.raw(c, x)
	mrkdwn, rich := s.typed(text)
	x.text, x.edited = mrkdwn, s.ts()
	x.blocks = []object{{"type": "rich_text", "block_id": s.id("b"), "elements": []any{object{"type": "rich_text_section", "elements": rich}}}}
	s.changed(c, x, before)
	s.touch()
	return nil
}

// Deletes takes a message of one's own away.
func (p *Person) Deletes(m Message) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c, x, err := p.own(m)
	if err != nil {
		return err
	}
	p.s.drop(c, x)
	return nil
}

// Reacts puts an emoji under a message; its name is without colons.
func (p *Person) Reacts(m Message, emoji string) error { return p.react(m, emoji, true) }

// Unreacts takes it away.
func (p *Person) Unreacts(m Message, emoji string) error { return p.react(m, emoji, false) }

func (p *Person) react(m Message, emoji string, add bool) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c, x, err := p.visible(m)
	if err != nil {
		return err
	}
	if x.only != "" || !reactionName(emoji) {
		return errors.New("slacktest: no such reaction there")
	}
	return p.s.react(c, x, p.u.ID, emoji, add)
}

// Joins goes into a public channel, which a guest cannot.
func (p *Person) Joins(channel string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	c, err := p.s.channel(channel, "")
	switch {
	case err != nil:
		return err
	case c.has(p.u.ID):
		return nil
	case c.kind != Public || c.archived || p.u.Guest || p.u.SingleChannelGuest || p.u.Stranger && !c.shared:
		return fmt.Errorf("slacktest: %s cannot join %s", p.u.Name, channel)
	}
	p.s.join(c, p.u.ID)
	p.s.touch()
	return nil
}

// Invites brings somebody, or the app, into a channel where one is.
func (p *Person) Invites(channel, whom string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	c, err := p.in(channel)
	if err != nil {
		return err
	}
	u, err := p.s.user(whom)
	switch {
	case err != nil:
		return err
	case c.kind == IM || c.archived:
		return fmt.Errorf("slacktest: nobody can be invited to %s", channel)
	case c.has(u.ID):
		return nil
	}
	p.s.join(c, u.ID)
	p.s.touch()
	return nil
}

// OpensHome opens the app's Home; OpensMessages its direct messages.
func (p *Person) OpensHome() error { return p.opens("home") }

// OpensMessages opens the direct messages with the app.
func (p *Person) OpensMessages() error { return p.opens("messages") }

func (p *Person) opens(tab string) error {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	if tab == "home" && s.app.NoHome || tab == "messages" && s.app.NoMessages {
		return fmt.Errorf("slacktest: the app has no %s tab", tab)
	}
	t := s.teams[p.team()]
	c := s.im(p.u.ID, t.BotUser)
	o := object{"type": "app_home_opened", "user": p.u.ID, "channel": c.id, "tab": tab, "event_ts": s.ts()}
	if v := s.homes[p.u.ID]; v != nil && tab == "home" {
		o["view"] = s.rawView(v)
	}
	s.event(t.ID, "app_home_opened", c, o)
	return nil
}

// OpensPane opens the assistant of an older app beside a channel, or beside none, and gives the thread
// that it begins: one writes with SaysInThread.
func (p *Person) OpensPane(beside string) (Message, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.err != nil {
		return Message{}, p.err
	}
	if !s.app.Assistant {
		return Message{}, errors.New("slacktest: the app has no assistant")
	}
	t := s.teams[p.team()]
	c := s.im(p.u.ID, t.BotUser)
	root := &message{ts: s.ts(), user: t.BotUser, bot: t.Bot, team: t.ID, subtype: "assistant_app_thread", text: "New Assistant Thread"}
	root.thread = root.ts
	c.messages = append(c.messages, root)
	a := c.pane(root.ts)
	a.user, a.title = p.u.ID, root.text
	if err := p.beside(a, beside); err != nil {
		return Message{}, err
	}
	s.event(t.ID, "assistant_thread_started", c, object{"type": "assistant_thread_started", "assistant_thread": p.thread(c, root.ts, a), "event_ts": s.ts()})
	s.touch()
	return s.message(c, root), nil
}

func (p *Person) beside(a *assistant, ref string) error {
	if a.context = ""; ref == "" {
		return nil
	}
	c, err := p.in(ref)
	if err == nil {
		a.context = c.id
	}
	return err
}

func (p *Person) thread(c *channel, ts string, a *assistant) object {
	context := object{}
	if a.context != "" {
		context = object{"channel_id": a.context, "team_id": p.team(), "enterprise_id": nil}
	}
	return object{"user_id": p.u.ID, "context": context, "channel_id": c.id, "thread_ts": ts}
}

// MovesPane looks at another channel while the assistant is open.
func (p *Person) MovesPane(pane Message, beside string) error {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := p.visible(pane)
	if err != nil {
		return err
	}
	a := c.assistant[pane.TS]
	if a == nil {
		return errors.New("slacktest: that is no thread of the assistant")
	}
	if err := p.beside(a, beside); err != nil {
		return err
	}
	s.event(p.team(), "assistant_thread_context_changed", c, object{"type": "assistant_thread_context_changed",
		"assistant_thread": p.thread(c, pane.TS, a), "event_ts": s.ts()})
	return nil
}

// Asks takes one of the pane's suggested prompts, by its title; without a TS one above the Messages
// tab.
func (p *Person) Asks(pane Message, title string) (Message, error) {
	s := p.s
	s.mu.Lock()
	var all []Prompt
	if c := s.channels[pane.Channel]; c != nil && c.assistant[pane.TS] != nil {
		all = c.assistant[pane.TS].prompts
	}
	i := slices.IndexFunc(all, func(q Prompt) bool { return q.Title == title })
	if i < 0 {
		s.mu.Unlock()
		return Message{}, fmt.Errorf("slacktest: no prompt %q among %v", title, all)
	}
	text := all[i].Message
	s.mu.Unlock()
	if pane.TS == "" {
		return p.Says(pane.Channel, text)
	}
	return p.SaysInThread(pane, text)
}

// wait waits until the app has answered, or the person gives up.
func (s *Slack) wait(d *delivery, result *error) error {
	s.mu.Lock()
	paused := s.paused
	s.mu.Unlock()
	if paused {
		return nil
	}
	late := time.NewTimer(s.o.Wait)
	defer late.Stop()
	select {
	case <-d.done:
		s.mu.Lock()
		defer s.mu.Unlock()
		return *result
	case <-late.C:
		return errTimeout
	case <-s.stop:
		return errors.New("slacktest: closed")
	}
}

// Change changes what is known of somebody, such as their language; the app hears of it.
func (s *Slack) Change(name string, f func(*User)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(name)
	if err != nil {
		return err
	}
	f(u)
	team := u.Team
	if u.Stranger {
		team = s.first.ID
	}
	s.event(team, "user_change", nil, object{"type": "user_change", "user": s.rawUser(u, true), "event_ts": s.ts()})
	s.touch()
	return nil
}

// Uninstalls takes the app out of a workspace: its token is dead from now on.
func (s *Slack) Uninstalls(team string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.teams[team]; t != nil {
		s.event(team, "app_uninstalled", nil, object{"type": "app_uninstalled", "event_ts": s.ts()})
		t.Installed = false
	}
}
