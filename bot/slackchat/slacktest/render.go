package slacktest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Message is a message as it stands at one moment.
type Message struct {
	Channel, TS, Thread string
	// User is the id of who wrote it, Name their name.
	User, Name string
	// Raw is its text as the app or the person gave it; String shows it as people see it.
	Raw string
	// Body is what people see: the blocks, or the text where there are none.
	Body string
	// Only is who alone sees it.
	Only      string
	Subtype   string
	Edited    bool
	Metadata  map[string]any
	Blocks    []map[string]any
	Files     []File
	Reactions map[string][]string
	Replies   int
	pings     []string
}

func (m Message) root() string {
	if m.Thread != "" {
		return m.Thread
	}
	return m.TS
}

// String is a message in one piece: who, and what people see.
func (m Message) String() string { return m.Name + "> " + m.Body }

// Pings are those whom the message calls: "@channel", "@here", "@everyone", or "@" and a name.
// Escaped, nothing calls.
func (m Message) Pings() []string { return m.pings }

func (s *Slack) message(c *channel, m *message) Message {
	out := Message{Channel: c.id, TS: m.ts, Thread: m.thread, User: m.user, Name: s.author(m).Name, Raw: m.text, Only: m.only, Subtype: m.subtype,
		Edited: m.edited != "", Metadata: m.metadata, Blocks: clonedBlocks(m.blocks), Reactions: map[string][]string{}, Replies: len(c.replies(m.ts)), pings: s.pings(m)}
	for _, f := range m.files {
		out.Files = append(out.Files, *f)
	}
	for _, r := range m.reactions {
		out.Reactions[r.name] = slices.Clone(r.users)
	}
	out.Body = s.body(m, nil)
	return out
}

func clonedBlocks(blocks []object) []map[string]any {
	out := make([]map[string]any, len(blocks))
	for i, b := range blocks {
		out[i] = clone(b).(object)
	}
	return out
}

func (s *Slack) body(m *message, st state) string {
	var lines []string
	if len(m.blocks) > 0 {
		if st == nil {
			st = initial(m.blocks)
		}
		lines = append(lines, s.flat(m.blocks, st, nil))
	} else if m.text != "" {
		lines = append(lines, s.mrkdwn(m.text))
	}
	for _, a := range m.attachments {
		if o, ok := a.(object); ok {
			lines = append(lines, "| "+s.mrkdwn(plainText(o)))
		}
	}
	for _, f := range m.files {
		lines = append(lines, "[file: "+f.Name+"]")
	}
	return strings.Join(lines, "\n")
}

var marks = regexp.MustCompile(`<([^<>\n]+)>`)

// mrkdwn shows text with its marks as people see them. What was escaped is only now unescaped.
func (s *Slack) mrkdwn(text string) string {
	return unescape(marks.ReplaceAllStringFunc(text, func(mark string) string {
		target, words, named := strings.Cut(mark[1:len(mark)-1], "|")
		switch {
		case strings.HasPrefix(target, "@"):
			if u := s.users[target[1:]]; u != nil {
				return "@" + u.Name
			}
			return target
		case strings.HasPrefix(target, "#"):
			if c := s.channels[target[1:]]; c != nil {
				return "#" + c.name
			}
			return target
		case strings.HasPrefix(target, "!date^") || strings.HasPrefix(target, "!subteam^"):
			return words
		case strings.HasPrefix(target, "!"):
			return "@" + target[1:]
		case named:
			return words + " (" + target + ")"
		}
		return target
	}))
}

func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

var calls = regexp.MustCompile(`<([@!])([^<>|\n]+)(?:\|[^<>\n]*)?>`)

// pings finds whom a message calls: its text counts beside blocks too, since it is what the
// notification shows.
func (s *Slack) pings(m *message) []string {
	var all []string
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	scan := func(text string) {
		for _, c := range calls.FindAllStringSubmatch(text, -1) {
			switch {
			case c[1] == "@":
				name := c[2]
				if u := s.users[name]; u != nil {
					name = u.Name
				}
				add("@" + name)
			case c[2] == "channel" || c[2] == "here" || c[2] == "everyone" || c[2] == "group":
				add("@" + c[2])
			case strings.HasPrefix(c[2], "subteam^"):
				add("@" + strings.TrimPrefix(c[2], "subteam^"))
			}
		}
	}
	scan(m.text)
	each(clone(m.blocks), func(o object) {
		switch o["type"] {
		case "mrkdwn", "markdown":
			scan(plainText(o))
		case "user":
			scan(fmt.Sprintf("<@%v>", o["user_id"]))
		case "broadcast":
			scan(fmt.Sprintf("<!%v>", o["range"]))
		case "usergroup":
			add(fmt.Sprintf("@%v", o["usergroup_id"]))
		}
	})
	for _, a := range m.attachments {
		each(a, func(o object) { scan(plainText(o)) })
	}
	return all
}

// words shows a text object.
func (s *Slack) words(v any) string {
	o, _ := v.(object)
	if o["type"] == "mrkdwn" {
		return s.mrkdwn(plainText(o))
	}
	return plainText(o)
}

// flat shows blocks as text: [button], (•) picked ( ) not, ☑ ☐, {menu: option | option}.
func (s *Slack) flat(blocks []object, st state, wrong map[string]string) string {
	var lines []string
	for _, b := range blocks {
		id, _ := b["block_id"].(string)
		element := func(v any) string {
			e, _ := v.(object)
			name, _ := e["action_id"].(string)
			return s.element(e, st[id][name])
		}
		var line []string
		switch b["type"] {
		case "divider":
			line = append(line, "---")
		case "header":
			line = append(line, "# "+s.words(b["text"]))
		case "section":
			if b["text"] != nil {
				line = append(line, s.words(b["text"]))
			}
			l, _ := b["fields"].([]any)
			for _, f := range l {
				line = append(line, s.words(f))
			}
			if b["accessory"] != nil {
				line = append(line, element(b["accessory"]))
			}
		case "context":
			var parts []string
			l, _ := b["elements"].([]any)
			for _, e := range l {
				if o, _ := e.(object); o["type"] == "image" {
					parts = append(parts, element(e))
				} else {
					parts = append(parts, s.words(e))
				}
			}
			line = append(line, strings.Join(parts, " · "))
		case "actions", "context_actions":
			var parts []string
			l, _ := b["elements"].([]any)
			for _, e := range l {
				parts = append(parts, element(e))
			}
			line = append(line, strings.Join(parts, " "))
		case "input":
			must := "*"
			if optional, _ := b["optional"].(bool); optional {
				must = ""
			}
			line = append(line, s.words(b["label"])+must+": "+element(b["element"]))
			if b["hint"] != nil {
				line = append(line, "  "+s.words(b["hint"]))
			}
			if wrong[id] != "" {
				line = append(line, "  ! "+wrong[id])
			}
		case "image", "video":
			line = append(line, fmt.Sprintf("[%v: %v]", b["type"], b["alt_text"]))
		case "markdown":
			line = append(line, plainText(b))
		case "rich_text":
			line = append(line, s.rich(b))
		}
		lines = append(lines, line...)
	}
	return strings.Join(lines, "\n")
}

func (s *Slack) rich(v any) string {
	o, _ := v.(object)
	switch o["type"] {
	case "text":
		return plainText(o)
	case "link":
		if t := plainText(o); t != "" {
			return fmt.Sprintf("%s (%v)", t, o["url"])
		}
		return fmt.Sprint(o["url"])
	case "user":
		return s.mrkdwn(fmt.Sprintf("<@%v>", o["user_id"]))
	case "channel":
		return s.mrkdwn(fmt.Sprintf("<#%v>", o["channel_id"]))
	case "broadcast":
		return fmt.Sprintf("@%v", o["range"])
	case "emoji":
		return fmt.Sprintf(":%v:", o["name"])
	}
	l, _ := o["elements"].([]any)
	between := ""
	if o["type"] == "rich_text" || o["type"] == "rich_text_list" {
		between = "\n"
	}
	parts := make([]string, len(l))
	for i, e := range l {
		parts[i] = s.rich(e)
		if o["type"] == "rich_text_list" {
			parts[i] = "- " + parts[i]
		}
	}
	return strings.Join(parts, between)
}

func (s *Slack) element(e, v object) string {
	picked := func(o object) bool {
		if same(v["selected_option"], o) {
			return true
		}
		l, _ := v["selected_options"].([]any)
		return slices.ContainsFunc(l, func(x any) bool { return same(x, o) })
	}
	list := func(yes, no, between string) string {
		var parts []string
		for _, o := range choices(e) {
			mark := no
			if picked(o) {
				mark = yes
			}
			parts = append(parts, mark+s.words(o["text"]))
		}
		return strings.Join(parts, between)
	}
	name := plainText(e["placeholder"])
	if name != "" {
		name += ": "
	}
	switch kind, _ := e["type"].(string); kind {
	case "button", "icon_button":
		return "[" + plainText(e["text"]) + "]"
	case "feedback_buttons":
		good, _ := e["positive_button"].(object)
		bad, _ := e["negative_button"].(object)
		return "[" + plainText(good["text"]) + "] [" + plainText(bad["text"]) + "]"
	case "radio_buttons":
		return list("(•) ", "( ) ", " ")
	case "checkboxes":
		return list("☑ ", "☐ ", " ")
	case "static_select", "multi_static_select":
		return "{" + name + list("•", "", " | ") + "}"
	case "overflow":
		return "{⋯ " + list("", "", " | ") + "}"
	case "image":
		return fmt.Sprintf("[image: %v]", e["alt_text"])
	default:
		for field, x := range v {
			if field != "type" && x != nil {
				return fmt.Sprintf("{%v}", x)
			}
		}
		return "{" + strings.TrimSuffix(name, ": ") + "}"
	}
}

// Room is a channel to look into.
type Room struct {
	s *Slack
	c *channel
}

// Channel is a channel by id or #name; it has nothing in it when there is none.
func (s *Slack) Channel(ref string) Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channel(ref, "")
	if err != nil {
		c = &channel{}
	}
	return Room{s, c}
}

func (r Room) filter(keep func(*message) bool) []Message {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var all []Message
	for _, m := range r.c.messages {
		if !m.deleted && keep(m) {
			all = append(all, r.s.message(r.c, m))
		}
	}
	return all
}

// Messages are those that stand in the channel itself.
func (r Room) Messages() []Message {
	return r.filter(func(m *message) bool { return m.only == "" && (m.thread == "" || m.thread == m.ts || m.broadcast) })
}

// Thread is a message and the answers to it.
func (r Room) Thread(ts string) []Message {
	return r.filter(func(m *message) bool { return m.only == "" && (m.ts == ts || m.thread == ts) })
}

// Ephemeral is what only one person sees.
func (r Room) Ephemeral(user string) []Message {
	p := r.s.As(user)
	if p.err != nil {
		return nil
	}
	return r.filter(func(m *message) bool { return m.only == p.u.ID })
}

// Members are the ids of who is in the channel.
func (r Room) Members() []string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return slices.Clone(r.c.members)
}

// String is the whole channel, each thread indented under its first message.
func (r Room) String() string {
	var lines []string
	indent := func(in string, m Message) {
		lines = append(lines, in+strings.ReplaceAll(m.String(), "\n", "\n"+in+"  "))
	}
	for _, m := range r.Messages() {
		indent("", m)
		for _, a := range r.Thread(m.TS) {
			if a.TS != m.TS {
				indent("    ", a)
			}
		}
	}
	return strings.Join(lines, "\n")
}

// Home is what a person sees at the app's Home, or "" when nothing was published.
func (s *Slack) Home(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(user)
	if err != nil || s.homes[u.ID] == nil {
		return ""
	}
	v := s.homes[u.ID]
	return s.flat(v.blocks, v.state, nil)
}

// Modal is the modal that a person has open, the uppermost, or "".
func (s *Slack) Modal(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.user(user)
	if err != nil {
		return ""
	}
	v := s.top(u.ID)
	if v == nil {
		return ""
	}
	end := "[" + or(plainText(v.raw["close"]), "Cancel") + "]"
	if v.raw["submit"] != nil {
		end += " [" + plainText(v.raw["submit"]) + "]"
	}
	return "## " + plainText(v.raw["title"]) + "\n" + s.flat(v.blocks, v.state, v.errors) + "\n" + end
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Pane is the state of an assistant thread.
type Pane struct {
	Title, Status, PromptsTitle string
	Prompts                     []Prompt
}

// Pane is what the assistant shows above and below a thread of its, or without a TS above the Messages
// tab.
func (s *Slack) Pane(root Message) Pane {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[root.Channel]
	if c == nil || c.assistant[root.TS] == nil {
		return Pane{}
	}
	a := c.assistant[root.TS]
	if s.now().Sub(a.statusAt) > statusLife {
		a.status = ""
	}
	return Pane{a.title, a.status, a.promptsTitle, slices.Clone(a.prompts)}
}
