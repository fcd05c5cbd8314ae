package slacktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Of messages: docs, on the page of each method.
const (
	maxMessage     = 40000 // chat.postMessage: longer ones are cut, which no app wants
	maxUpdate      = 4000  // chat.update, msg_too_long
	maxAttachments = 100   // chat.postMessage, too_many_attachments
	// A message with markdown blocks fails beyond about 13,200 characters altogether:
	// slackapi/bolt-js issue 2509.
	maxMarkdownMessage = 13200
	// The docs give metadata no number, only metadata_too_large. This is a cautious one.
	maxMetadata = 8 << 10
)

var contentArgs = map[string]arg{"channel": str, "text": str, "blocks": inner, "attachments": inner, "metadata": inner, "markdown_text": str,
	"as_user": flag, "link_names": flag, "parse": str, "mrkdwn": flag}

func with(base map[string]arg, more map[string]arg) map[string]arg {
	all := maps.Clone(base)
	maps.Copy(all, more)
	return all
}

func chatMethods() map[string]*method {
	all := map[string]*method{}
	look := map[string]arg{"icon_emoji": str, "icon_url": str, "username": str, "thread_ts": str}
	all["chat.postMessage"] = &method{scopes: []string{"chat:write"}, limit: posts, need: []string{"channel"}, do: postMessage,
		args: with(with(contentArgs, look), map[string]arg{"reply_broadcast": flag, "unfurl_links": flag, "unfurl_media": flag})}
	all["chat.postEphemeral"] = &method{scopes: []string{"chat:write"}, limit: tier4, need: []string{"channel", "user"}, do: postEphemeral,
		args: with(with(contentArgs, look), map[string]arg{"user": str})}
	all["chat.update"] = &method{scopes: []string{"chat:write"}, limit: tier3, need: []string{"channel", "ts"}, do: update,
		args: with(contentArgs, map[string]arg{"ts": str, "reply_broadcast": flag, "file_ids": names})}
	all["chat.delete"] = &method{scopes: []string{"chat:write"}, limit: tier3, need: []string{"channel", "ts"}, do: remove,
		args: map[string]arg{"channel": str, "ts": str, "as_user": flag}}
	all["chat.getPermalink"] = &method{form: true, limit: many, need: []string{"channel", "message_ts"}, do: permalink,
		args: map[string]arg{"channel": str, "message_ts": str}}
	return all
}

// content is what a message says.
type content struct {
	text        string
	blocks      []object
	attachments []any
	metadata    object
}

var (
	snake   = regexp.MustCompile(`^[a-z0-9_]+$`) // docs, /reference/metadata
	stampRE = regexp.MustCompile(`^\d{10}\.\d{6}$`)
)

// content checks and gathers the content of a message.
func (s *Slack) content(args object, most int) (content, error) {
	var k content
	k.text, _ = args["text"].(string)
	if length(k.text) > most {
		return k, refuse("msg_too_long", fmt.Sprintf("%d characters, at most %d", length(k.text), most))
	}
	if md, there := args["markdown_text"].(string); there {
		if args["text"] != nil || args["blocks"] != nil {
			return k, refuse("markdown_text_conflict")
		}
		if length(md) > maxMarkdown { // chat.postMessage: "Limit this field to 12,000 characters"
			return k, refuse("msg_too_long", fmt.Sprintf("markdown_text: %d characters, at most %d", length(md), maxMarkdown))
		}
		k.text = md
	}
	if v, there := args["blocks"]; there {
		if _, ok := v.([]any); !ok {
			return k, refuse("invalid_blocks_format", "[ERROR] must provide an array [json-pointer:/blocks]")
		}
		c := s.checker(inMessage)
		if c.blocks("/blocks", v); len(c.wrong) > 0 {
			return k, refuse("invalid_blocks", c.wrong...)
		}
		all := 0
		each(v, func(o object) {
			if s, ok := o["text"].(string); ok {
				all += length(s)
			}
		})
		if c.markdown > 0 && all > maxMarkdownMessage {
			return k, refuse("msg_blocks_too_long", fmt.Sprintf("%d characters", all))
		}
		k.blocks = s.dress(v)
	}
	if v, there := args["attachments"]; there {
		l, ok := v.([]any)
		if !ok {
			return k, refuse("invalid_attachments")
		}
		if len(l) > maxAttachments {
			return k, refuse("too_many_attachments")
		}
		k.attachments = l
	}
	if v, there := args["metadata"]; there {
		var err error
		if k.metadata, err = checkMetadata(v); err != nil {
			return k, err
		}
	}
	if strings.TrimSpace(k.text) == "" && len(k.blocks) == 0 && len(k.attachments) == 0 {
		return k, refuse("no_text")
	}
	return k, nil
}

// checkMetadata: an event type and a payload of plain values, objects of plain values, and lists
// of them: docs, /messaging/message-metadata and @slack/types, MessageMetadata.
func checkMetadata(v any) (object, error) {
	o, ok := v.(object)
	kind, _ := o["event_type"].(string)
	payload, is := o["event_payload"].(object)
	if !ok || !is || len(o) != 2 {
		return nil, refuse("invalid_metadata_format", "metadata is an object with event_type and event_payload")
	}
	if !snake.MatchString(kind) || length(kind) > maxID {
		return nil, refuse("invalid_metadata_schema", "event_type is of small letters, digits and _")
	}
	flat := func(v any) bool {
		switch v.(type) {
		case string, float64, bool:
			return true
		}
		return false
	}
	shallow := func(v any) bool {
		o, ok := v.(object)
		for _, v := range o {
			ok = ok && flat(v)
		}
		return ok || flat(v)
	}
	for name, v := range payload {
		l, is := v.([]any)
		if !shallow(v) && (!is || slices.ContainsFunc(l, func(v any) bool { return !shallow(v) })) {
			return nil, refuse("invalid_metadata_schema", "event_payload: "+name+" is neither a plain value nor an object or list of them")
		}
	}
	if raw, _ := json.Marshal(o); len(raw) > maxMetadata {
		return nil, refuse("metadata_too_large", fmt.Sprintf("%d bytes", len(raw)))
	}
	return o, nil
}

// open finds the channel that a call means, as far as the bot may know of it.
func (c *call) open(name string) (*channel, error) {
	ref := c.str(name)
	ch := c.channels[ref]
	if strings.HasPrefix(ref, "#") {
		ch, _ = c.channel(ref, "")
	}
	if ch == nil || ch.team != c.team.ID && !ch.shared || ch.kind != Public && !ch.has(c.team.BotUser) {
		return nil, refuse("channel_not_found")
	}
	return ch, nil
}

// target is the channel to write to: a person's id is their direct messages.
func (c *call) target() (*channel, error) {
	if u := c.users[c.str("channel")]; u != nil {
		if u.Bot || u.Deleted {
			return nil, refuse("channel_not_found")
		}
		return c.im(u.ID, c.team.BotUser), nil
	}
	ch, err := c.open("channel")
	switch {
	case err != nil:
		return nil, err
	case ch.archived:
		return nil, refuse("is_archived")
	case !ch.has(c.team.BotUser) && !c.app.may("chat:write.public"):
		return nil, refuse("not_in_channel")
	case ch.kind == IM && c.app.NoMessages:
		return nil, refuse("messages_tab_disabled")
	}
	return ch, nil
}

// thread checks the message that is answered.
func (c *call) thread(ch *channel) (string, error) {
	ts := c.str("thread_ts")
	if !c.has("thread_ts") {
		return "", nil
	}
	if !stampRE.MatchString(ts) {
		return "", refuse("invalid_thread_ts", "not a time stamp: "+ts)
	}
	root := ch.find(ts)
	if root == nil {
		return "", refuse("thread_not_found")
	}
	// docs, chat.postMessage: "Avoid using a reply's ts value; use its parent instead."
	if root.thread != "" && root.thread != root.ts {
		return "", refuse("cannot_reply_to_message", "thread_ts is a reply's, not its parent's")
	}
	return ts, nil
}

// dressed demands the scope for another name or icon than the app's: docs, chat:write.customize.
func (c *call) dressed() error {
	if c.has("username") || c.has("icon_url") || c.has("icon_emoji") {
		return c.scope("chat:write.customize")
	}
	return nil
}

func postMessage(c *call) (object, error) {
	if err := c.dressed(); err != nil {
		return nil, err
	}
	ch, err := c.target()
	if err != nil {
		return nil, err
	}
	k, err := c.content(c.args, maxMessage)
	if err != nil {
		return nil, err
	}
	thread, err := c.thread(ch)
	if err != nil {
		return nil, err
	}
	if c.on("reply_broadcast") && thread == "" {
		return nil, refuse("invalid_arguments", "[ERROR] reply_broadcast without thread_ts")
	}
	m := c.say(ch, k, c.team, thread)
	if m.broadcast = c.on("reply_broadcast"); m.broadcast {
		m.subtype = "thread_broadcast"
	}
	c.announce(ch, m)
	return object{"channel": ch.id, "ts": m.ts, "message": c.withMetadata(ch, m)}, nil
}

func (s *Slack) withMetadata(c *channel, m *message) object {
	o := s.raw(c, m)
	if m.metadata != nil {
		o["metadata"] = m.metadata
	}
	return o
}

// say puts a message of the bot into a channel.
func (s *Slack) say(ch *channel, k content, t *Team, thread string) *message {
	m := &message{ts: s.ts(), thread: thread, user: t.BotUser, bot: t.Bot, team: t.ID, text: k.text, blocks: k.blocks, attachments: k.attachments, metadata: k.metadata}
	s.put(ch, m)
	// A status goes when the app answers: docs, assistant.threads.setStatus.
	if a := ch.assistant[thread]; a != nil {
		a.status = ""
	}
	return m
}

// put appends a message, and makes a thread of the one it answers.
func (s *Slack) put(ch *channel, m *message) {
	if m.thread != "" && m.only == "" {
		if root := ch.find(m.thread); root != nil {
			root.thread = root.ts
		}
	}
	ch.messages = append(ch.messages, m)
	s.touch()
}

func postEphemeral(c *call) (object, error) {
	if err := c.dressed(); err != nil {
		return nil, err
	}
	ch, err := c.open("channel")
	switch {
	case err != nil:
		return nil, err
	case ch.archived:
		return nil, refuse("is_archived")
	case !ch.has(c.team.BotUser):
		return nil, refuse("not_in_channel")
	case !ch.has(c.str("user")):
		return nil, refuse("user_not_in_channel")
	}
	k, err := c.content(c.args, maxMessage)
	if err != nil {
		return nil, err
	}
	thread, err := c.thread(ch)
	if err != nil {
		return nil, err
	}
	m := c.whisper(ch, k, c.team, c.str("user"), thread)
	return object{"message_ts": m.ts}, nil
}

func (s *Slack) whisper(ch *channel, k content, t *Team, user, thread string) *message {
	m := &message{ts: s.ts(), thread: thread, user: t.BotUser, bot: t.Bot, team: t.ID, text: k.text, blocks: k.blocks, attachments: k.attachments, only: user}
	s.put(ch, m)
	return m
}

// own finds a message of the bot's own.
func (c *call) own(code string) (*channel, *message, error) {
	ch, err := c.open("channel")
	if err != nil {
		return nil, nil, err
	}
	m := ch.find(c.str("ts"))
	if m == nil {
		return nil, nil, refuse("message_not_found")
	}
	if m.user != c.team.BotUser || m.subtype == "assistant_app_thread" {
		return nil, nil, refuse(code)
	}
	return ch, m, nil
}

func update(c *call) (object, error) {
	ch, m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	if ch.archived {
		return nil, refuse("is_inactive")
	}
	if w := c.o.EditWindow; w > 0 && c.now().Sub(when(m.ts)) > w {
		return nil, refuse("edit_window_closed")
	}
	hasMetadata := c.has("metadata")
	if o, ok := c.args["metadata"].(object); ok && len(o) == 0 {
		delete(c.args, "metadata")
	}
	k, err := c.content(c.args, maxUpdate)
	if err != nil {
		return nil, err
	}
	before := c.raw(ch, m)
	// docs, chat.update: what is not sent is retained, blocks too; an empty list takes them away,
	// and an empty object metadata.
	m.text = k.text
	if c.has("blocks") {
		m.blocks = k.blocks
		c.forgetPicks(ch, m)
	}
	if c.has("attachments") {
		m.attachments = k.attachments
	}
	if hasMetadata {
		m.metadata = k.metadata
	}
	m.edited = c.ts()
	c.changed(ch, m, before)
	c.touch()
	return object{"channel": ch.id, "ts": m.ts, "text": m.text, "message": c.withMetadata(ch, m)}, nil
}

func remove(c *call) (object, error) {
	ch, m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.drop(ch, m)
	return object{"channel": ch.id, "ts": m.ts}, nil
}

// drop deletes a message. One with replies stays as a tombstone, as in Slack.
func (s *Slack) drop(ch *channel, m *message) {
	before := s.raw(ch, m)
	if len(ch.replies(m.ts)) > 0 {
		m.subtype, m.text, m.blocks, m.attachments, m.files, m.metadata, m.bot = "tombstone", "This message was deleted.", nil, nil, nil, nil, ""
		m.user = "USLACKBOT"
		s.changed(ch, m, before)
	} else {
		m.deleted = true
		s.event(ch.team, s.messageEvent(ch), ch, object{"type": "message", "subtype": "message_deleted", "hidden": true, "channel": ch.id,
			"deleted_ts": m.ts, "ts": s.ts(), "event_ts": s.ts(), "channel_type": ch.kind, "previous_message": before})
	}
	s.touch()
}

func permalink(c *call) (object, error) {
	ch, err := c.open("channel")
	if err != nil {
		return nil, err
	}
	m := ch.find(c.str("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return object{"channel": ch.id, "permalink": c.link(ch, m)}, nil
}

func (s *Slack) link(ch *channel, m *message) string {
	l := fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", s.teams[ch.team].Domain, ch.id, strings.ReplaceAll(m.ts, ".", ""))
	if m.thread != "" && m.thread != m.ts {
		l += "?thread_ts=" + m.thread + "&cid=" + ch.id
	}
	return l
}

// when is the time of a time stamp.
func when(ts string) time.Time {
	var sec, micro int64
	if _, err := fmt.Sscanf(ts, "%d.%d", &sec, &micro); err != nil {
		return time.Time{}
	}
	return time.Unix(sec, micro*1000)
}
