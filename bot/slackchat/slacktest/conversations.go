package slacktest

import (
	"slices"
	"strconv"
	"strings"
)

func conversationMethods() map[string]*method {
	all := map[string]*method{}
	read := map[string]arg{"channel": str, "cursor": str, "include_all_metadata": flag, "inclusive": flag, "latest": str, "limit": num, "oldest": str}
	all["conversations.open"] = &method{limit: tier3, do: openConversation,
		args: map[string]arg{"channel": str, "users": names, "return_im": flag, "prevent_creation": flag}}
	all["conversations.info"] = &method{form: true, limit: tier3, need: []string{"channel"}, do: info,
		args: map[string]arg{"channel": str, "include_locale": flag, "include_num_members": flag}}
	all["conversations.history"] = &method{form: true, limit: tier3, need: []string{"channel"}, do: history, args: read}
	all["conversations.replies"] = &method{form: true, limit: tier3, need: []string{"channel", "ts"}, do: replies, args: with(read, map[string]arg{"ts": str})}
	all["conversations.join"] = &method{limit: tier3, need: []string{"channel"}, scopes: []string{"channels:join"}, do: join, args: map[string]arg{"channel": str}}
	all["conversations.members"] = &method{form: true, limit: tier4, need: []string{"channel"}, do: members,
		args: map[string]arg{"channel": str, "cursor": str, "limit": num}}
	all["users.info"] = &method{form: true, limit: tier4, need: []string{"user"}, scopes: []string{"users:read"}, do: userInfo,
		args: map[string]arg{"user": str, "include_locale": flag}}
	all["auth.test"] = &method{limit: many, do: authTest}
	all["team.info"] = &method{form: true, limit: tier3, scopes: []string{"team:read"}, do: teamInfo, args: map[string]arg{"team": str, "domain": str}}
	all["bots.info"] = &method{form: true, limit: tier3, scopes: []string{"users:read"}, do: botInfo, args: map[string]arg{"bot": str, "team_id": str}}
	react := map[string]arg{"channel": str, "name": str, "timestamp": str}
	all["reactions.add"] = &method{limit: tier3, need: []string{"channel", "name", "timestamp"}, scopes: []string{"reactions:write"}, do: addReaction, args: react}
	all["reactions.remove"] = &method{limit: tier2, need: []string{"name"}, scopes: []string{"reactions:write"}, do: removeReaction,
		args: with(react, map[string]arg{"file": str, "file_comment": str})}
	return all
}

// by demands the scope that a channel of this kind asks for: channels:read, im:history, ….
func (c *call) by(ch *channel, what string) error {
	return c.scope(map[Kind]string{Public: "channels", Private: "groups", IM: "im", MPIM: "mpim"}[ch.kind] + ":" + what)
}

func openConversation(c *call) (object, error) {
	if c.has("channel") {
		ch, err := c.open("channel")
		if err != nil {
			return nil, err
		}
		if ch.kind != IM && ch.kind != MPIM {
			return nil, refuse("method_not_supported_for_channel_type")
		}
		return object{"channel": c.short(ch)}, nil
	}
	var users []string
	for _, id := range strings.Split(c.str("users"), ",") {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		u := c.users[id]
		switch {
		case u == nil || u.ID == c.team.BotUser:
			return nil, refuse("user_not_found")
		case u.Deleted:
			return nil, refuse("user_disabled")
		}
		users = append(users, id)
	}
	switch {
	case len(users) == 0:
		return nil, refuse("users_list_not_supplied")
	case len(users) > 8:
		return nil, refuse("too_many_users")
	case len(users) == 1:
		if err := c.scope("im:write"); err != nil {
			return nil, err
		}
		ch := c.im(users[0], c.team.BotUser)
		if c.on("return_im") {
			return object{"channel": c.rawChannel(ch)}, nil
		}
		return object{"channel": c.short(ch)}, nil
	}
	if err := c.scope("mpim:write"); err != nil {
		return nil, err
	}
	users = append(users, c.team.BotUser)
	slices.Sort(users)
	for _, ch := range c.channels {
		if ch.kind == MPIM && slices.Equal(sortedCopy(ch.members), users) {
			return object{"channel": c.short(ch)}, nil
		}
	}
	ch := &channel{id: c.id("C"), team: c.team.ID, kind: MPIM, name: "mpdm-" + strings.Join(users, "-"), members: users}
	c.channels[ch.id] = ch
	return object{"channel": c.short(ch)}, nil
}

func sortedCopy(l []string) []string {
	l = slices.Clone(l)
	slices.Sort(l)
	return l
}

func (s *Slack) short(c *channel) object { return object{"id": c.id} }

func info(c *call) (object, error) {
	ch, err := c.open("channel")
	if err != nil {
		return nil, err
	}
	if err := c.by(ch, "read"); err != nil {
		return nil, err
	}
	o := c.rawChannel(ch)
	if c.on("include_num_members") {
		o["num_members"] = len(ch.members)
	}
	if c.on("include_locale") {
		o["locale"] = "en-US"
	}
	return object{"channel": o}, nil
}

func members(c *call) (object, error) {
	ch, err := c.open("channel")
	if err != nil {
		return nil, err
	}
	if err := c.by(ch, "read"); err != nil {
		return nil, err
	}
	return object{"members": slices.Clone(ch.members), "response_metadata": object{"next_cursor": ""}}, nil
}

func join(c *call) (object, error) {
	ch, err := c.open("channel")
	switch {
	case err != nil:
		return nil, err
	case ch.archived:
		return nil, refuse("is_archived")
	case ch.kind != Public:
		return nil, refuse("method_not_supported_for_channel_type")
	case ch.has(c.team.BotUser):
		return object{"channel": c.rawChannel(ch), "warning": "already_in_channel"}, nil
	}
	c.join(ch, c.team.BotUser)
	return object{"channel": c.rawChannel(ch)}, nil
}

func (s *Slack) join(ch *channel, user string) {
	ch.members = append(ch.members, user)
	s.event(ch.team, "member_joined_channel", ch, object{"type": "member_joined_channel", "user": user, "channel": ch.id,
		"channel_type": map[bool]string{true: "C", false: "G"}[ch.kind == Public], "team": ch.team, "event_ts": s.ts()})
}

// page cuts a list as the arguments oldest, latest, inclusive, limit and cursor say. Slack gives
// 100 when it is not told, and takes 999 at most: docs, conversations.history.
func (c *call) page(all []*message) ([]*message, object, error) {
	oldest, latest := c.str("oldest"), c.str("latest")
	in := func(m *message) bool {
		if c.on("inclusive") && (m.ts == oldest || m.ts == latest) {
			return true
		}
		return (oldest == "" || oldest == "0" || m.ts > oldest) && (latest == "" || m.ts < latest)
	}
	for name, ts := range map[string]string{"oldest": oldest, "latest": latest} {
		if _, err := strconv.ParseFloat(ts, 64); ts != "" && err != nil {
			return nil, nil, refuse("invalid_ts_" + name)
		}
	}
	all = slices.DeleteFunc(slices.Clone(all), func(m *message) bool { return !in(m) })
	limit, from := c.num("limit", 100), 0
	if limit < 1 || limit > 999 {
		return nil, nil, refuse("invalid_limit")
	}
	if cursor := c.str("cursor"); cursor != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(cursor, "next:"))
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, refuse("invalid_cursor")
		}
		from = n
	}
	to := min(len(all), from+limit)
	more := object{"has_more": to < len(all), "pin_count": 0, "response_metadata": object{"next_cursor": ""}}
	if to < len(all) {
		more["response_metadata"] = object{"next_cursor": "next:" + strconv.Itoa(to)}
	}
	return all[from:to], more, nil
}

func (c *call) list(ch *channel, all []*message) (object, error) {
	page, o, err := c.page(all)
	if err != nil {
		return nil, err
	}
	messages := make([]object, len(page))
	for i, m := range page {
		messages[i] = c.raw(ch, m)
		if c.on("include_all_metadata") && m.metadata != nil {
			messages[i]["metadata"] = m.metadata
		}
	}
	o["messages"] = messages
	return o, nil
}

func history(c *call) (object, error) {
	ch, err := c.open("channel")
	if err != nil {
		return nil, err
	}
	if !ch.has(c.team.BotUser) {
		return nil, refuse("not_in_channel")
	}
	if err := c.by(ch, "history"); err != nil {
		return nil, err
	}
	var all []*message
	for _, m := range ch.messages {
		if m.only == "" && !m.deleted && (m.thread == "" || m.thread == m.ts || m.broadcast) {
			all = append(all, m)
		}
	}
	slices.Reverse(all)
	return c.list(ch, all)
}

func replies(c *call) (object, error) {
	ch, err := c.open("channel")
	if err != nil {
		return nil, err
	}
	if !ch.has(c.team.BotUser) {
		return nil, refuse("not_in_channel")
	}
	if err := c.by(ch, "history"); err != nil {
		return nil, err
	}
	root := ch.find(c.str("ts"))
	if root == nil {
		return nil, refuse("thread_not_found")
	}
	if root.thread != "" && root.thread != root.ts { // a reply's ts gives that reply alone
		return c.list(ch, []*message{root})
	}
	return c.list(ch, append([]*message{root}, ch.replies(root.ts)...))
}

func userInfo(c *call) (object, error) {
	u := c.users[c.str("user")]
	if u == nil || u.Team != c.team.ID && !u.Stranger {
		return nil, refuse("user_not_found")
	}
	return object{"user": c.rawUser(u, c.on("include_locale"))}, nil
}

func authTest(c *call) (object, error) {
	if c.team == nil {
		return object{"app_name": c.app.Name, "app_id": c.app.ID}, nil
	}
	return object{"url": "https://" + c.team.Domain + ".slack.com/", "team": c.team.Name, "user": c.app.BotName, "team_id": c.team.ID,
		"user_id": c.team.BotUser, "bot_id": c.team.Bot, "is_enterprise_install": false}, nil
}

func teamInfo(c *call) (object, error) {
	if id := c.str("team"); id != "" && id != c.team.ID {
		return nil, refuse("team_not_found")
	}
	return object{"team": object{"id": c.team.ID, "name": c.team.Name, "domain": c.team.Domain, "email_domain": "", "icon": object{"image_default": true}}}, nil
}

func botInfo(c *call) (object, error) {
	if id := c.str("bot"); id != c.team.Bot {
		return nil, refuse("bot_not_found")
	}
	return object{"bot": object{"id": c.team.Bot, "deleted": false, "name": c.app.Name, "updated": 1700000000, "app_id": c.app.ID, "user_id": c.team.BotUser, "icons": object{}}}, nil
}

// reactable finds the message to react to.
func (c *call) reactable() (*channel, *message, error) {
	if !c.has("channel") || !c.has("timestamp") {
		return nil, nil, refuse("no_item_specified")
	}
	ch, err := c.open("channel")
	switch {
	case err != nil:
		return nil, nil, err
	case ch.archived:
		return nil, nil, refuse("is_archived")
	case !ch.has(c.team.BotUser):
		return nil, nil, refuse("not_in_channel")
	case !stampRE.MatchString(c.str("timestamp")):
		return nil, nil, refuse("bad_timestamp")
	}
	m := ch.find(c.str("timestamp"))
	if m == nil {
		return nil, nil, refuse("message_not_found")
	}
	if !reactionName(c.str("name")) {
		return nil, nil, refuse("invalid_name", c.str("name"))
	}
	return ch, m, nil
}

// reactionName is whether an emoji can be called so: without its colons, 100 characters at most.
func reactionName(name string) bool {
	return name != "" && len(name) <= 100 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-+:'") == "" && name[0] != ':'
}

func addReaction(c *call) (object, error) {
	ch, m, err := c.reactable()
	if err != nil {
		return nil, err
	}
	return nil, c.react(ch, m, c.team.BotUser, c.str("name"), true)
}

func removeReaction(c *call) (object, error) {
	ch, m, err := c.reactable()
	if err != nil {
		return nil, err
	}
	return nil, c.react(ch, m, c.team.BotUser, c.str("name"), false)
}

// react adds or takes away a reaction. Slack has too_many_emoji without a number in the docs; its
// help centre says 23 a person, which is taken here for all.
func (s *Slack) react(ch *channel, m *message, user, name string, add bool) error {
	i := slices.IndexFunc(m.reactions, func(r reaction) bool { return r.name == name })
	has := i >= 0 && slices.Contains(m.reactions[i].users, user)
	event := "reaction_added"
	switch {
	case add && has:
		return refuse("already_reacted")
	case !add && !has:
		return refuse("no_reaction")
	case add && i < 0 && len(m.reactions) >= 23:
		return refuse("too_many_emoji")
	case add && i < 0:
		m.reactions = append(m.reactions, reaction{name, []string{user}})
	case add:
		m.reactions[i].users = append(m.reactions[i].users, user)
	default:
		event = "reaction_removed"
		m.reactions[i].users = slices.DeleteFunc(m.reactions[i].users, func(u string) bool { return u == user })
		if len(m.reactions[i].users) == 0 {
			m.reactions = slices.Delete(m.reactions, i, i+1)
		}
	}
	s.event(ch.team, event, ch, object{"type": event, "user": user, "reaction": name, "item_user": m.user, "event_ts": s.ts(),
		"item": object{"type": "message", "channel": ch.id, "ts": m.ts}})
	s.touch()
	return nil
}
