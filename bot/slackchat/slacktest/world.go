package slacktest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Team is a workspace.
type Team struct {
	ID, Name, Domain string
	// Installed is whether the app is there; its own token, bot user and bot.
	Installed              bool
	BotToken, BotUser, Bot string
}

// User is a person or a bot.
type User struct {
	ID, Team, Name, RealName, Email string
	Locale                          string // "en-US" when empty
	TZ                              string // "America/Toronto" when empty
	Bot, Admin, Deleted             bool
	// Guest has been invited to some channels; a single-channel guest to one.
	Guest, SingleChannelGuest bool
	// Stranger comes from another workspace, over a shared channel.
	Stranger bool
}

// Kind is a kind of channel.
type Kind string

// The kinds of channels.
const (
	Public  Kind = "channel"
	Private Kind = "group"
	IM      Kind = "im"
	MPIM    Kind = "mpim"
)

type channel struct {
	id, team, name   string
	kind             Kind
	members          []string
	shared, archived bool
	messages         []*message
	assistant        map[string]*assistant // by thread
}

type assistant struct {
	user, title, status, promptsTitle string
	statusAt                          time.Time
	prompts                           []Prompt
	context                           string // the channel that the person looks at
}

// Prompt is one suggested prompt.
type Prompt struct{ Title, Message string }

type message struct {
	ts, thread, user, bot, subtype, text, only string
	blocks                                     []object
	attachments                                []any
	metadata                                   object
	edited                                     string
	files                                      []*File
	reactions                                  []reaction
	broadcast, deleted                         bool
	team                                       string
}

type reaction struct {
	name  string
	users []string
}

// File is an uploaded file.
type File struct {
	ID, Name, Title, Type string
	Bytes                 []byte
	User                  string
	secret                string
	length                int
	done                  bool
	at                    int64
	channels              []string
}

// Team adds a workspace, with the app installed in it.
func (s *Slack) Team(id, name string) *Team {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Team{ID: id, Name: name, Domain: strings.ToLower(strings.ReplaceAll(name, " ", "-")), Installed: true, BotToken: s.app.BotToken}
	if len(s.teams) > 0 {
		t.BotToken += "-" + id
	}
	t.BotUser, t.Bot = s.id("U"), s.id("B")
	s.teams[id] = t
	s.users[t.BotUser] = &User{ID: t.BotUser, Team: id, Name: s.app.BotName, RealName: s.app.Name, Bot: true}
	s.touch()
	return t
}

// AddUser adds a person; what is empty is filled in.
func (s *Slack) AddUser(u User) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range []struct {
		field *string
		value string
	}{{&u.Team, s.first.ID}, {&u.Locale, "en-US"}, {&u.TZ, "America/Toronto"}, {&u.RealName, u.Name}} {
		if *f.field == "" {
			*f.field = f.value
		}
	}
	if u.ID == "" {
		u.ID = s.id("U")
	}
	s.users[u.ID] = &u
	s.touch()
	return &u
}

// AddChannel adds a channel with its members, who are ids or names. The app is in it only when
// it is named: "@latchkey", or what it is called.
func (s *Slack) AddChannel(kind Kind, name string, members ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &channel{team: s.first.ID, name: name, kind: kind}
	for _, m := range members {
		u, err := s.user(m)
		if err != nil {
			return "", err
		}
		if len(c.members) == 0 {
			c.team = u.Team
		}
		if c.shared = c.shared || u.Stranger; u.Bot {
			u = s.users[s.teams[c.team].BotUser]
		}
		c.members = append(c.members, u.ID)
	}
	prefix := "C"
	if kind == IM {
		prefix = "D"
	}
	c.id = s.id(prefix)
	s.channels[c.id] = c
	s.touch()
	return c.id, nil
}

// Share makes a channel one that is shared with another workspace, or no longer.
func (s *Slack) Share(name string, shared bool) error {
	return s.withChannel(name, func(c *channel) { c.shared = shared })
}

// Archive archives a channel.
func (s *Slack) Archive(name string) error {
	return s.withChannel(name, func(c *channel) { c.archived = true })
}

func (s *Slack) withChannel(name string, f func(*channel)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channel(name, "")
	if err != nil {
		return err
	}
	f(c)
	s.touch()
	return nil
}

// user finds a person by id, name or @name; the first workspace's bot by the app's names.
func (s *Slack) user(ref string) (*User, error) {
	if u := s.users[ref]; u != nil {
		return u, nil
	}
	name := strings.TrimPrefix(ref, "@")
	if name == s.app.BotName {
		return s.users[s.first.BotUser], nil
	}
	for _, id := range sorted(s.users) {
		if s.users[id].Name == name {
			return s.users[id], nil
		}
	}
	return nil, fmt.Errorf("slacktest: nobody is called %s", ref)
}

// channel finds a channel by id or #name, and by @name the direct messages between two.
func (s *Slack) channel(ref, me string) (*channel, error) {
	if c := s.channels[ref]; c != nil {
		return c, nil
	}
	if strings.HasPrefix(ref, "@") && me != "" {
		u, err := s.user(ref)
		if err != nil {
			return nil, err
		}
		if u.Bot {
			u = s.users[s.teams[s.users[me].Team].BotUser]
		}
		return s.im(me, u.ID), nil
	}
	for _, id := range sorted(s.channels) {
		if c := s.channels[id]; c.kind != IM && c.name == strings.TrimPrefix(ref, "#") {
			return c, nil
		}
	}
	return nil, fmt.Errorf("slacktest: no channel is called %s", ref)
}

// im finds or begins the direct messages of two.
func (s *Slack) im(a, b string) *channel {
	for _, c := range s.channels {
		if c.kind == IM && slices.Contains(c.members, a) && slices.Contains(c.members, b) && (a != b) {
			return c
		}
	}
	c := &channel{id: s.id("D"), team: s.users[a].Team, kind: IM, members: []string{a, b}}
	s.channels[c.id] = c
	s.touch()
	return c
}

func (c *channel) has(user string) bool { return slices.Contains(c.members, user) }

// find finds a message that all can see.
func (c *channel) find(ts string) *message {
	for _, m := range c.messages {
		if m.ts == ts && m.only == "" && !m.deleted {
			return m
		}
	}
	return nil
}

func (c *channel) replies(ts string) []*message {
	var all []*message
	for _, m := range c.messages {
		if m.thread == ts && m.ts != ts && m.only == "" && !m.deleted {
			all = append(all, m)
		}
	}
	return all
}

// bot is the app's bot user in the channel's workspace.
func (s *Slack) bot(c *channel) string { return s.teams[c.team].BotUser }

func (s *Slack) author(m *message) *User {
	if u := s.users[m.user]; u != nil {
		return u
	}
	return &User{ID: m.user, Name: m.user, RealName: m.user}
}

// raw is a message as the Web API and events show it.
func (s *Slack) raw(c *channel, m *message) object {
	o := object{"type": "message", "user": m.user, "text": m.text, "ts": m.ts, "team": m.team}
	if m.subtype != "" {
		o["subtype"] = m.subtype
	}
	if m.bot != "" {
		o["bot_id"], o["app_id"] = m.bot, s.app.ID
		o["bot_profile"] = object{"id": m.bot, "deleted": false, "name": s.app.Name, "app_id": s.app.ID, "team_id": m.team, "updated": 1}
	}
	if m.thread != "" {
		o["thread_ts"] = m.thread
		if m.thread != m.ts {
			if root := c.find(m.thread); root != nil {
				o["parent_user_id"] = root.user
			}
		}
	}
	if r := c.replies(m.ts); m.thread == m.ts && len(r) > 0 {
		o["reply_count"], o["latest_reply"], o["is_locked"], o["subscribed"] = len(r), r[len(r)-1].ts, false, false
		var users []string
		for _, m := range r {
			if !slices.Contains(users, m.user) {
				users = append(users, m.user)
			}
		}
		o["reply_users"], o["reply_users_count"] = users, len(users)
	}
	if len(m.blocks) > 0 {
		o["blocks"] = clone(m.blocks)
	}
	if len(m.attachments) > 0 {
		o["attachments"] = m.attachments
	}
	if m.edited != "" {
		o["edited"] = object{"user": m.user, "ts": m.edited}
	}
	if len(m.files) > 0 {
		files := make([]any, len(m.files))
		for i, f := range m.files {
			files[i] = s.file(f)
		}
		o["files"], o["upload"] = files, false
	}
	for _, r := range m.reactions {
		all, _ := o["reactions"].([]object)
		o["reactions"] = append(all, object{"name": r.name, "users": slices.Clone(r.users), "count": len(r.users)})
	}
	return o
}

func (s *Slack) file(f *File) object {
	kind := f.Name[strings.LastIndexByte(f.Name, '.')+1:]
	return object{"id": f.ID, "created": f.at, "timestamp": f.at, "name": f.Name, "title": f.Title, "mimetype": f.Type, "filetype": kind,
		"pretty_type": strings.ToUpper(kind), "user": f.User, "user_team": s.first.ID, "editable": false, "size": len(f.Bytes), "mode": "hosted",
		"is_external": false, "external_type": "", "is_public": false, "public_url_shared": false, "display_as_bot": false, "file_access": "visible",
		"url_private": s.URL() + "/files-pri/" + f.ID + "/" + f.Name, "url_private_download": s.URL() + "/files-pri/" + f.ID + "/download/" + f.Name,
		"permalink": s.URL() + "/files/" + f.User + "/" + f.ID + "/" + f.Name, "channels": slices.Clone(f.channels), "has_rich_preview": false}
}

func (s *Slack) rawChannel(c *channel) object {
	o := object{"id": c.id, "created": 1700000000, "is_archived": c.archived, "context_team_id": c.team, "updated": 1700000000000,
		"is_channel": c.kind == Public, "is_group": c.kind == Private, "is_im": c.kind == IM, "is_mpim": c.kind == MPIM,
		"is_private": c.kind != Public, "is_shared": c.shared, "is_ext_shared": c.shared, "is_org_shared": false}
	if c.kind == IM {
		for _, u := range c.members {
			if u != s.bot(c) {
				o["user"] = u
			}
		}
		o["is_open"] = true
		return o
	}
	o["name"], o["name_normalized"], o["is_general"] = c.name, c.name, c.name == "general"
	o["is_member"] = c.has(s.bot(c))
	o["topic"], o["purpose"] = object{"value": "", "creator": "", "last_set": 0}, object{"value": "", "creator": "", "last_set": 0}
	return o
}

func (s *Slack) rawUser(u *User, locale bool) object {
	profile := object{"real_name": u.RealName, "display_name": u.Name, "real_name_normalized": u.RealName, "display_name_normalized": u.Name,
		"team": u.Team, "status_text": "", "status_emoji": ""}
	if u.Email != "" && s.app.may("users:read.email") && !u.Stranger {
		profile["email"] = u.Email
	}
	o := object{"id": u.ID, "team_id": u.Team, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted, "tz": u.TZ, "tz_label": "", "tz_offset": 0,
		"profile": profile, "is_admin": u.Admin, "is_owner": false, "is_primary_owner": false, "is_restricted": u.Guest || u.SingleChannelGuest,
		"is_ultra_restricted": u.SingleChannelGuest, "is_bot": u.Bot, "is_app_user": false, "updated": 1700000000}
	if u.Stranger {
		o["is_stranger"] = true
	}
	if u.Bot {
		profile["api_app_id"], profile["bot_id"] = s.app.ID, s.teams[u.Team].Bot
	}
	if locale {
		o["locale"] = u.Locale
	}
	return o
}
