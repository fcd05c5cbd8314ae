package slacktest

import (
	"slices"
	"strings"
)

// messageEvent is the event that messages of a channel are.
func (s *Slack) messageEvent(c *channel) string {
	return map[Kind]string{Public: "message.channels", Private: "message.groups", IM: "message.im", MPIM: "message.mpim"}[c.kind]
}

// event sends an event to the app if it subscribes to it, may see it, and is where it happens.
func (s *Slack) event(team, subscription string, c *channel, inner object) {
	t := s.teams[team]
	if t == nil || !t.Installed || !slices.Contains(s.app.Events, subscription) {
		return
	}
	scope := eventScopes[subscription]
	if c != nil && c.kind == Private {
		scope = strings.Replace(scope, "channels:", "groups:", 1)
	}
	if scope != "" && !s.app.may(scope) {
		return
	}
	if c != nil && !c.has(t.BotUser) {
		return
	}
	// What the app is told is a picture of that moment.
	inner = clone(inner).(object)
	for name, v := range inner {
		if k, ok := v.(Kind); ok {
			inner[name] = string(k)
		}
	}
	d := &delivery{kind: events, id: s.id("Ev")}
	d.payload = object{"token": s.app.VerificationToken, "team_id": team, "context_team_id": team, "context_enterprise_id": nil, "api_app_id": s.app.ID,
		"event": inner, "type": "event_callback", "event_id": d.id, "event_time": s.now().Unix(), "is_ext_shared_channel": c != nil && c.shared,
		"authorizations": []any{object{"enterprise_id": nil, "team_id": team, "user_id": t.BotUser, "is_bot": true, "is_enterprise_install": false}},
		"event_context":  "4-" + strings.ToLower(d.id)}
	s.send(d)
}

// announce tells the app of a new message: its own too, as Slack does. A mention is an event of
// its own besides, except in direct messages.
func (s *Slack) announce(c *channel, m *message) {
	o := s.raw(c, m)
	o["channel"], o["channel_type"], o["event_ts"] = c.id, c.kind, m.ts
	if m.bot == "" && m.subtype == "" {
		o["client_msg_id"] = strings.ToLower(s.id("client-msg-"))
	}
	if u := s.author(m); u.Stranger {
		o["user_team"], o["source_team"], o["team"] = u.Team, u.Team, u.Team
	}
	if m.subtype == "thread_broadcast" {
		if root := c.find(m.thread); root != nil {
			o["root"] = s.raw(c, root)
		}
	}
	s.event(c.team, s.messageEvent(c), c, o)
	if c.kind != IM && m.bot == "" && strings.Contains(m.text, "<@"+s.bot(c)+">") {
		o := s.raw(c, m)
		o["type"], o["channel"], o["event_ts"] = "app_mention", c.id, m.ts
		delete(o, "subtype")
		s.event(c.team, "app_mention", c, o)
	}
	s.touch()
}

// changed tells the app that a message was edited.
func (s *Slack) changed(c *channel, m *message, before object) {
	ts := s.ts()
	s.event(c.team, s.messageEvent(c), c, object{"type": "message", "subtype": "message_changed", "hidden": true, "channel": c.id, "channel_type": c.kind,
		"message": s.raw(c, m), "previous_message": before, "ts": ts, "event_ts": ts})
}
