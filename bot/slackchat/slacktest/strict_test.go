package slacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func noon() *clock { return &clock{at: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)} }

// api calls a method with a form.
func api(t *testing.T, s *Slack, method string, args map[string]string) (object, *http.Response) {
	t.Helper()
	form := url.Values{"token": {s.app.BotToken}}
	for name, v := range args {
		form.Set(name, v)
	}
	return post(t, s, method, "application/x-www-form-urlencoded", form.Encode(), "")
}

func post(t *testing.T, s *Slack, method, kind, body, token string) (object, *http.Response) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.API()+method, strings.NewReader(body))
	ok(t, err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	ok(t, err)
	defer res.Body.Close()
	var o object
	ok(t, json.NewDecoder(res.Body).Decode(&o))
	return o, res
}

func js(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func x(n int) string { return strings.Repeat("é", n) }

func pt(s string) object { return object{"type": "plain_text", "text": s} }
func mk(s string) object { return object{"type": "mrkdwn", "text": s} }

func button(more object) object {
	b := object{"type": "button", "action_id": "go", "text": pt("Go")}
	for name, v := range more {
		b[name] = v
	}
	return b
}

func actions(e ...any) object { return object{"type": "actions", "elements": e} }

func opts(n int) []any {
	var all []any
	for i := range n {
		all = append(all, object{"text": pt(fmt.Sprint("Option ", i)), "value": fmt.Sprint(i)})
	}
	return all
}

func times(n int, f func(i int) any) []any {
	var all []any
	for i := range n {
		all = append(all, f(i))
	}
	return all
}

// Blocks as long and as many as Slack takes them go through, and one more does not.
func TestBlocks(t *testing.T) {
	section := func(o object) object { o["type"] = "section"; return o }
	input := func(e object) object {
		return object{"type": "input", "label": pt("Name"), "element": e}
	}
	for name, c := range map[string]struct {
		good, bad []any
		says      string
	}{
		"section text":    {[]any{section(object{"text": mk(x(3000))})}, []any{section(object{"text": mk(x(3001))})}, "less than 3001"},
		"no section text": {[]any{section(object{"fields": []any{mk("a")}})}, []any{section(object{})}, "text or fields"},
		"empty text":      {[]any{section(object{"text": mk(" ")})}, []any{section(object{"text": mk("")})}, "more than 0"},
		"fields": {[]any{section(object{"fields": times(10, func(int) any { return mk(x(2000)) })})},
			[]any{section(object{"fields": times(11, func(int) any { return mk("a") })})}, "no more than 10 items"},
		"field":           {nil, []any{section(object{"fields": []any{mk(x(2001))}})}, "less than 2001"},
		"header":          {[]any{object{"type": "header", "text": pt(x(150))}}, []any{object{"type": "header", "text": pt(x(151))}}, "less than 151"},
		"header mrkdwn":   {nil, []any{object{"type": "header", "text": mk("a")}}, "plain_text"},
		"button text":     {[]any{actions(button(object{"text": pt(x(75))}))}, []any{actions(button(object{"text": pt(x(76))}))}, "less than 76"},
		"button mrkdwn":   {nil, []any{actions(button(object{"text": mk("a")}))}, "plain_text"},
		"button value":    {[]any{actions(button(object{"value": x(2000)}))}, []any{actions(button(object{"value": x(2001)}))}, "less than 2001"},
		"button style":    {[]any{actions(button(object{"style": "danger"}))}, []any{actions(button(object{"style": "default"}))}, "primary, danger"},
		"button url":      {[]any{actions(button(object{"url": "https://example.com"}))}, []any{actions(button(object{"url": "example"}))}, "valid URL"},
		"action_id":       {[]any{actions(button(object{"action_id": x(255)}))}, []any{actions(button(object{"action_id": x(256)}))}, "less than 256"},
		"two action_ids":  {[]any{actions(button(nil)), actions(button(nil))}, []any{actions(button(nil), button(nil))}, "already exists"},
		"block_id":        {[]any{object{"type": "divider", "block_id": x(255)}}, []any{object{"type": "divider", "block_id": x(256)}}, "less than 256"},
		"two block_ids":   {nil, []any{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "a"}}, "already exists"},
		"actions":         {[]any{actions(times(25, func(i int) any { return button(object{"action_id": fmt.Sprint(i)}) })...)}, []any{actions(times(26, func(i int) any { return button(object{"action_id": fmt.Sprint(i)}) })...)}, "no more than 25"},
		"no actions":      {nil, []any{actions()}, "must"},
		"context":         {[]any{object{"type": "context", "elements": times(10, func(int) any { return mk("a") })}}, []any{object{"type": "context", "elements": times(11, func(int) any { return mk("a") })}}, "no more than 10"},
		"context button":  {nil, []any{object{"type": "context", "elements": []any{button(nil)}}}, "plain_text, mrkdwn"},
		"blocks":          {times(50, func(int) any { return object{"type": "divider"} }), times(51, func(int) any { return object{"type": "divider"} }), "no more than 50"},
		"radio":           {[]any{actions(object{"type": "radio_buttons", "options": opts(10)})}, []any{actions(object{"type": "radio_buttons", "options": opts(11)})}, "no more than 10"},
		"menu":            {[]any{actions(object{"type": "static_select", "options": opts(100)})}, []any{actions(object{"type": "static_select", "options": opts(101)})}, "no more than 100"},
		"empty menu":      {nil, []any{actions(object{"type": "static_select", "options": []any{}})}, "at least 1"},
		"overflow":        {[]any{actions(object{"type": "overflow", "options": opts(5)})}, []any{actions(object{"type": "overflow", "options": opts(6)})}, "no more than 5"},
		"option text":     {nil, []any{actions(object{"type": "static_select", "options": []any{object{"text": pt(x(76)), "value": "a"}}})}, "less than 76"},
		"option value":    {[]any{actions(object{"type": "static_select", "options": []any{object{"text": pt("a"), "value": x(150)}}})}, []any{actions(object{"type": "static_select", "options": []any{object{"text": pt("a"), "value": x(151)}}})}, "less than 151"},
		"option mrkdwn":   {[]any{actions(object{"type": "radio_buttons", "options": []any{object{"text": mk("a"), "value": "a"}}})}, []any{actions(object{"type": "static_select", "options": []any{object{"text": mk("a"), "value": "a"}}})}, "plain_text"},
		"initial option":  {[]any{actions(object{"type": "static_select", "options": opts(2), "initial_option": opts(1)[0]})}, []any{actions(object{"type": "static_select", "options": opts(2), "initial_option": opts(3)[2]})}, "one of the options"},
		"unknown field":   {nil, []any{object{"type": "divider", "text": "a"}}, "known fields"},
		"unknown block":   {nil, []any{object{"type": "carousel"}}, "unsupported type"},
		"unknown element": {nil, []any{actions(object{"type": "link_button"})}, "unsupported type"},
		"wrong place":     {[]any{input(object{"type": "plain_text_input"})}, []any{actions(object{"type": "plain_text_input"})}, "unsupported type"},
		"wrong type":      {nil, []any{section(object{"text": "a"})}, "must provide an object"},
		"emoji on mrkdwn": {nil, []any{section(object{"text": object{"type": "mrkdwn", "text": "a", "emoji": true}})}, "known fields"},
		"confirm":         {nil, []any{actions(button(object{"confirm": object{"title": pt("a"), "text": pt("b"), "confirm": pt(x(31)), "deny": pt("d")}}))}, "less than 31"},
		"image":           {[]any{object{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}}, []any{object{"type": "image", "image_url": "https://example.com/a.png"}}, "alt_text"},
		"markdown":        {[]any{object{"type": "markdown", "text": x(12000)}}, []any{object{"type": "markdown", "text": x(6001)}, object{"type": "markdown", "text": x(6000)}}, "together"},
		"rich text":       {[]any{object{"type": "rich_text", "elements": []any{object{"type": "rich_text_section", "elements": []any{object{"type": "text", "text": "a"}}}}}}, []any{object{"type": "rich_text", "elements": []any{object{"type": "text", "text": "a"}}}}, "unsupported type"},
	} {
		t.Run(name, func(t *testing.T) {
			s := world(t, Options{})
			at := s.Channel("#help").c.id
			if c.good != nil {
				if o, _ := api(t, s, "chat.postMessage", map[string]string{"channel": at, "text": "a", "blocks": js(c.good)}); o["ok"] != true {
					t.Errorf("refused what is good: %v", o)
				}
				clean(t, s)
			}
			o, _ := api(t, s, "chat.postMessage", map[string]string{"channel": at, "text": "a", "blocks": js(c.bad)})
			meta, _ := o["response_metadata"].(object)
			if o["error"] != "invalid_blocks" || !strings.Contains(fmt.Sprint(meta["messages"]), c.says) {
				t.Errorf("answered %v, not invalid_blocks with %q", o, c.says)
			}
			if len(s.Violations()) != 1 {
				t.Errorf("violations: %v", s.Violations())
			}
		})
	}
}

// Whatever is written as blocks, it is refused or shown, and nothing breaks.
func FuzzBlocks(f *testing.F) {
	f.Add(js([]any{object{"type": "section", "text": mk("a <b|c> <@U1>"), "accessory": object{"type": "radio_buttons", "options": opts(2), "initial_option": opts(1)[0]}}}))
	f.Add(js([]any{object{"type": "input", "label": pt("a"), "element": object{"type": "static_select", "option_groups": []any{object{"label": pt("a"), "options": opts(2)}}}}}))
	f.Add(js([]any{actions(button(nil), object{"type": "overflow", "options": opts(2)}, object{"type": "checkboxes", "options": opts(2), "initial_options": opts(2)})}))
	f.Add(js([]any{object{"type": "context_actions", "elements": []any{object{"type": "feedback_buttons", "positive_button": object{"text": pt("a"), "value": "a"}, "negative_button": object{"text": pt("b"), "value": "b"}}}}}))
	f.Add(js([]any{object{"type": "rich_text", "elements": []any{object{"type": "rich_text_list", "style": "bullet", "elements": []any{object{"type": "rich_text_section", "elements": []any{object{"type": "emoji", "name": "eyes"}}}}}}}}))
	s, err := Start(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, raw string) {
		var v any
		if json.Unmarshal([]byte(raw), &v) != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		c := s.checker(inMessage)
		if c.blocks("/blocks", v); len(c.wrong) > 0 {
			return
		}
		m := &message{blocks: s.dress(v)}
		again := s.checker(inMessage)
		if again.blocks("/blocks", clone(m.blocks)); len(again.wrong) > 0 && length(raw) < maxText {
			t.Errorf("what Slack made of it is refused: %v", again.wrong)
		}
		s.body(m, nil)
		s.pings(m)
	})
}

// Every refusal of the Web API that an app can bring about.
func TestRefusals(t *testing.T) {
	modal := func(more object) string {
		v := object{"type": "modal", "title": pt("A"), "blocks": []any{object{"type": "divider"}}}
		for name, x := range more {
			v[name] = x
		}
		return js(v)
	}
	div := js([]any{object{"type": "divider"}})
	for name, c := range map[string]struct {
		method string
		args   map[string]string
		code   string
		says   string
	}{
		"no channel":         {"chat.postMessage", map[string]string{"text": "a"}, "invalid_arguments", "channel"},
		"unknown channel":    {"chat.postMessage", map[string]string{"channel": "C9", "text": "a"}, "channel_not_found", ""},
		"private channel":    {"chat.postMessage", map[string]string{"channel": "secret", "text": "a"}, "channel_not_found", ""},
		"archived":           {"chat.postMessage", map[string]string{"channel": "old", "text": "a"}, "is_archived", ""},
		"unknown argument":   {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "colour": "red"}, "invalid_arguments", "colour"},
		"wrong type":         {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "unfurl_links": "never"}, "invalid_arguments", "unfurl_links"},
		"another's name":     {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "username": "Somebody"}, "missing_scope", "chat:write.customize"},
		"no text":            {"chat.postMessage", map[string]string{"channel": "help", "text": " "}, "no_text", ""},
		"long text":          {"chat.postMessage", map[string]string{"channel": "help", "text": x(40001)}, "msg_too_long", ""},
		"no JSON":            {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "blocks": "[{"}, "invalid_blocks_format", ""},
		"blocks an object":   {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "blocks": "{}"}, "invalid_blocks_format", ""},
		"markdown and text":  {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "markdown_text": "b"}, "markdown_text_conflict", ""},
		"metadata":           {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "metadata": `{"event_type":"a"}`}, "invalid_metadata_format", ""},
		"metadata's type":    {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "metadata": `{"event_type":"A b","event_payload":{}}`}, "invalid_metadata_schema", ""},
		"deep metadata":      {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "metadata": `{"event_type":"a","event_payload":{"a":{"b":{"c":1}}}}`}, "invalid_metadata_schema", ""},
		"much metadata":      {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "metadata": `{"event_type":"a","event_payload":{"a":"` + x(9000) + `"}}`}, "metadata_too_large", ""},
		"no such thread":     {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "thread_ts": "1000000000.000000"}, "thread_not_found", ""},
		"no time stamp":      {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "thread_ts": "12"}, "invalid_thread_ts", ""},
		"a reply's thread":   {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "thread_ts": "reply"}, "cannot_reply_to_message", ""},
		"update another's":   {"chat.update", map[string]string{"channel": "help", "text": "a", "ts": "hers"}, "cant_update_message", ""},
		"update nothing":     {"chat.update", map[string]string{"channel": "help", "text": "a", "ts": "1000000000.000000"}, "message_not_found", ""},
		"update long":        {"chat.update", map[string]string{"channel": "help", "text": x(4001), "ts": "ours"}, "msg_too_long", ""},
		"delete another's":   {"chat.delete", map[string]string{"channel": "help", "ts": "hers"}, "cant_delete_message", ""},
		"ephemeral away":     {"chat.postEphemeral", map[string]string{"channel": "random", "user": "ana", "text": "a"}, "not_in_channel", ""},
		"ephemeral stranger": {"chat.postEphemeral", map[string]string{"channel": "help", "user": "U9", "text": "a"}, "user_not_in_channel", ""},
		"permalink":          {"chat.getPermalink", map[string]string{"channel": "help", "message_ts": "1000000000.000000"}, "message_not_found", ""},
		"history away":       {"conversations.history", map[string]string{"channel": "random"}, "not_in_channel", ""},
		"history's cursor":   {"conversations.history", map[string]string{"channel": "help", "cursor": "x"}, "invalid_cursor", ""},
		"no replies":         {"conversations.replies", map[string]string{"channel": "help", "ts": "1000000000.000000"}, "thread_not_found", ""},
		"open nobody":        {"conversations.open", nil, "users_list_not_supplied", ""},
		"open unknown":       {"conversations.open", map[string]string{"users": "U9"}, "user_not_found", ""},
		"join private":       {"conversations.join", map[string]string{"channel": "secret"}, "channel_not_found", ""},
		"unknown user":       {"users.info", map[string]string{"user": "U9"}, "user_not_found", ""},
		"reaction's colons":  {"reactions.add", map[string]string{"channel": "help", "timestamp": "ours", "name": ":eyes:"}, "invalid_name", ""},
		"reaction to none":   {"reactions.add", map[string]string{"channel": "help", "timestamp": "1000000000.000000", "name": "eyes"}, "message_not_found", ""},
		"no reaction":        {"reactions.remove", map[string]string{"channel": "help", "timestamp": "ours", "name": "eyes"}, "no_reaction", ""},
		"no trigger":         {"views.open", map[string]string{"trigger_id": "1.2.a", "view": modal(nil)}, "invalid_trigger_id", ""},
		"home of nobody":     {"views.publish", map[string]string{"user_id": "U9", "view": js(object{"type": "home", "blocks": []any{object{"type": "divider"}}})}, "invalid_arguments", ""},
		"modal as home":      {"views.publish", map[string]string{"user_id": "ana", "view": modal(nil)}, "invalid_arguments", "must be home"},
		"home's hash":        {"views.publish", map[string]string{"user_id": "ana", "hash": "a", "view": js(object{"type": "home", "blocks": []any{object{"type": "divider"}}})}, "hash_conflict", ""},
		"no such view":       {"views.update", map[string]string{"view_id": "V9", "view": modal(nil)}, "not_found", ""},
		"no pane":            {"assistant.threads.setStatus", map[string]string{"channel_id": "dm", "thread_ts": "1000000000.000000", "status": "is looking…"}, "invalid_thread_ts", ""},
		"upload of nothing":  {"files.getUploadURLExternal", map[string]string{"filename": "a.txt", "length": "0"}, "missing_argument", ""},
		"no such upload":     {"files.completeUploadExternal", map[string]string{"files": `[{"id":"F9"}]`}, "file_not_found", ""},
		"app's token":        {"apps.connections.open", nil, "not_allowed_token_type", ""},
		"no method":          {"chat.shout", nil, "unknown_method", ""},
		"home blocks":        {"chat.postMessage", map[string]string{"channel": "help", "text": "a", "blocks": div, "icon_colour": "a"}, "invalid_arguments", "icon_colour"},
	} {
		t.Run(name, func(t *testing.T) {
			s := world(t, Options{})
			must[string](t)(s.AddChannel(Private, "secret", "ana"))
			must[string](t)(s.AddChannel(Public, "old", "ana", "@latchkey"))
			ok(t, s.Archive("#old"))
			ana := s.As("ana")
			hers := must[Message](t)(ana.Says("#help", "hello"))
			reply := must[Message](t)(ana.SaysInThread(hers, "again"))
			ours, _ := api(t, s, "chat.postMessage", map[string]string{"channel": hers.Channel, "text": "ours"})
			names := map[string]string{"help": hers.Channel, "hers": hers.TS, "reply": reply.TS, "ours": fmt.Sprint(ours["ts"]), "ana": ana.ID(), "dm": ana.DM(),
				"random": s.Channel("#random").c.id, "old": s.Channel("#old").c.id, "secret": s.Channel("#secret").c.id}
			args := map[string]string{}
			for name, v := range c.args {
				if id, ok := names[v]; ok {
					v = id
				}
				args[name] = v
			}
			o, _ := api(t, s, c.method, args)
			if o["error"] != c.code || !strings.Contains(fmt.Sprint(o), c.says) {
				t.Errorf("answered %v, not %s with %q", o, c.code, c.says)
			}
		})
	}
}

func TestViews(t *testing.T) {
	base := func() object {
		return object{"type": "modal", "title": pt("A"), "blocks": []any{object{"type": "divider"}}}
	}
	in := object{"type": "input", "label": pt("Name"), "element": object{"type": "plain_text_input"}}
	for name, c := range map[string]struct {
		field string
		good  any
		bad   any
		says  string
	}{
		"title":            {"title", pt(x(24)), pt(x(25)), "less than 25"},
		"submit":           {"submit", pt(x(24)), pt(x(25)), "less than 25"},
		"close":            {"close", pt(x(24)), pt(x(25)), "less than 25"},
		"private_metadata": {"private_metadata", x(3000), x(3001), "less than 3001"},
		"callback_id":      {"callback_id", x(255), x(256), "less than 256"},
		"blocks":           {"blocks", times(100, func(int) any { return object{"type": "divider"} }), times(101, func(int) any { return object{"type": "divider"} }), "no more than 100"},
		"no submit":        {"blocks", []any{object{"type": "divider"}}, []any{in}, "submit"},
		"no markdown":      {"blocks", []any{object{"type": "divider"}}, []any{object{"type": "markdown", "text": "a"}}, "unsupported"},
		"unknown":          {"callback_id", "a", 7, "string"},
		"two foci": {"blocks", []any{object{"type": "divider"}}, []any{
			object{"type": "input", "label": pt("a"), "element": object{"type": "plain_text_input", "focus_on_load": true}},
			object{"type": "input", "label": pt("b"), "element": object{"type": "plain_text_input", "focus_on_load": true}}}, "focus_on_load"},
	} {
		t.Run(name, func(t *testing.T) {
			s := world(t, Options{})
			for _, v := range []any{c.good, c.bad} {
				view := base()
				view[c.field] = v
				s.mu.Lock()
				trigger := s.trigger(s.users["U00000002"].ID, s.first.ID, false)
				s.mu.Unlock()
				o, _ := api(t, s, "views.open", map[string]string{"trigger_id": trigger, "view": js(view)})
				if good := js(v) == js(c.good); good != (o["ok"] == true) || !good && (o["error"] != "invalid_arguments" || !strings.Contains(fmt.Sprint(o), c.says)) {
					t.Errorf("answered %v", o)
				}
			}
		})
	}
}

// A trigger is good for 3 seconds and for once; a stack holds three; a hash that is old is refused.
func TestTriggers(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now})
	user := s.As("ana").ID()
	view := js(object{"type": "modal", "title": pt("A"), "blocks": []any{object{"type": "divider"}}, "external_id": ""})
	trigger := func(modal bool) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.trigger(user, s.first.ID, modal)
	}
	open := func(method, trigger string) any {
		o, _ := api(t, s, method, map[string]string{"trigger_id": trigger, "view": view})
		return o["error"]
	}
	late := trigger(false)
	at.pass(3*time.Second + time.Millisecond)
	if got := open("views.open", late); got != "expired_trigger_id" {
		t.Errorf("late: %v", got)
	}
	once := trigger(false)
	if got := open("views.open", once); got != nil {
		t.Errorf("in time: %v", got)
	}
	if got := open("views.open", once); got != "exchanged_trigger_id" {
		t.Errorf("twice: %v", got)
	}
	if got := open("views.push", trigger(false)); got != "not_found" {
		t.Errorf("pushed from outside: %v", got)
	}
	for i, want := range []any{nil, nil, "push_limit_reached"} {
		if got := open("views.push", trigger(true)); got != want {
			t.Errorf("push %d: %v", i, got)
		}
	}
	v := s.top(user)
	o, _ := api(t, s, "views.update", map[string]string{"view_id": v.id, "hash": "old", "view": view})
	if o["error"] != "hash_conflict" {
		t.Errorf("an old hash: %v", o)
	}
}

// Tokens, scopes and the ways to write a request.
func TestRequests(t *testing.T) {
	s := world(t, Options{App: App{Scopes: []string{"chat:write"}, Events: []string{}}})
	at := s.Channel("#help").c.id
	good := js(object{"channel": at, "text": "a"})
	for name, c := range map[string]struct{ method, kind, body, token, code string }{
		"no token":       {"chat.postMessage", "application/json", good, "", "not_authed"},
		"wrong token":    {"chat.postMessage", "application/json", good, "xoxb-other", "invalid_auth"},
		"token in JSON":  {"auth.test", "application/json", js(object{"token": s.app.BotToken}), "", "not_authed"},
		"bot's socket":   {"apps.connections.open", "", "", s.app.BotToken, "not_allowed_token_type"},
		"app's message":  {"chat.postMessage", "application/json", good, s.app.AppToken, "not_allowed_token_type"},
		"scope":          {"users.info", "application/x-www-form-urlencoded", "user=U1", s.app.BotToken, "missing_scope"},
		"channel scope":  {"conversations.history", "application/x-www-form-urlencoded", "channel=" + at, s.app.BotToken, "missing_scope"},
		"JSON to read":   {"chat.getPermalink", "application/json", js(object{"channel": at, "message_ts": "1"}), s.app.BotToken, "invalid_arguments"},
		"typed":          {"chat.postMessage", "application/json", js(object{"channel": at, "text": 7}), s.app.BotToken, "invalid_arguments"},
		"no type":        {"chat.postMessage", "", good, s.app.BotToken, "missing_post_type"},
		"other type":     {"chat.postMessage", "text/html", good, s.app.BotToken, "invalid_post_type"},
		"other letters":  {"chat.postMessage", "application/json; charset=utf-16", good, s.app.BotToken, "invalid_charset"},
		"broken JSON":    {"chat.postMessage", "application/json", "{", s.app.BotToken, "invalid_json"},
		"a list":         {"chat.postMessage", "application/x-www-form-urlencoded", "channel=a&channel=b", s.app.BotToken, "invalid_array_arg"},
		"not in channel": {"chat.postMessage", "application/json", js(object{"channel": s.Channel("#random").c.id, "text": "a"}), s.app.BotToken, "not_in_channel"},
	} {
		t.Run(name, func(t *testing.T) {
			if o, _ := post(t, s, c.method, c.kind, c.body, c.token); o["error"] != c.code {
				t.Errorf("answered %v, not %s", o, c.code)
			}
		})
	}
	o, res := post(t, s, "auth.test", "", "", s.app.BotToken)
	if o["team_id"] != "T00000001" || res.Header.Get("X-OAuth-Scopes") != "chat:write" {
		t.Errorf("auth.test: %v, scopes %q", o, res.Header.Get("X-OAuth-Scopes"))
	}
	s.Uninstalls("T00000001")
	if o, _ := post(t, s, "auth.test", "", "", s.app.BotToken); o["error"] != "account_inactive" {
		t.Errorf("after the app was removed: %v", o)
	}
}

// A channel takes a short burst and then a message a second; how long to wait is told.
func TestRateLimits(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now})
	help, random := s.Channel("#help").c.id, s.Channel("#random").c.id
	say := func(channel string) (any, string) {
		o, res := api(t, s, "chat.postMessage", map[string]string{"channel": channel, "text": "a"})
		return o["error"], res.Header.Get("Retry-After")
	}
	for range 5 {
		if code, _ := say(help); code != nil {
			t.Fatalf("in the burst: %v", code)
		}
	}
	if code, after := say(help); code != "ratelimited" || after != "1" {
		t.Errorf("after the burst: %v, Retry-After %q", code, after)
	}
	if code, _ := say(random); code != nil {
		t.Errorf("another channel: %v", code)
	}
	at.pass(time.Second)
	if code, _ := say(help); code != nil {
		t.Errorf("a second later: %v", code)
	}
	s.Limit(false)
	for range 20 {
		if code, _ := say(help); code != nil {
			t.Fatalf("without limits: %v", code)
		}
	}
	if got := len(s.Violations()); got != 0 {
		t.Errorf("being limited is no violation: %v", s.Violations())
	}
}

// A message can be changed for as long as the workspace lets it, by the app and by people.
func TestEditWindow(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now, EditWindow: time.Minute})
	m := must[Message](t)(s.As("ana").Says("#help", "hello"))
	o, _ := api(t, s, "chat.postMessage", map[string]string{"channel": m.Channel, "text": "a"})
	args := map[string]string{"channel": m.Channel, "ts": fmt.Sprint(o["ts"]), "text": "b"}
	for i, want := range []any{nil, "edit_window_closed"} {
		if o, _ := api(t, s, "chat.update", args); o["error"] != want {
			t.Errorf("%d: %v", i, o)
		}
		if err := s.As("ana").Edits(m, "b"); (err == nil) != (want == nil) {
			t.Errorf("%d: ana: %v", i, err)
		}
		at.pass(time.Minute + time.Second)
	}
}

// What an update does not name stays: the blocks, and the metadata.
func TestUpdateRetains(t *testing.T) {
	s := world(t, Options{})
	at := s.Channel("#help").c.id
	blocks, meta := js([]any{object{"type": "section", "text": mk("a section")}}), `{"event_type":"a","event_payload":{"n":1}}`
	o, _ := api(t, s, "chat.postMessage", map[string]string{"channel": at, "text": "a", "blocks": blocks, "metadata": meta})
	update := func(more map[string]string) Message {
		args := map[string]string{"channel": at, "ts": fmt.Sprint(o["ts"]), "text": "b"}
		for name, v := range more {
			args[name] = v
		}
		if o, _ := api(t, s, "chat.update", args); o["ok"] != true {
			t.Errorf("%v: %v", more, o)
		}
		return s.Channel("#help").Messages()[0]
	}
	if m := update(nil); m.Body != "a section" || m.Metadata["event_type"] != "a" {
		t.Errorf("text alone: %q %v", m.Body, m.Metadata)
	}
	if m := update(map[string]string{"blocks": "[]", "metadata": "{}"}); m.Body != "b" || m.Metadata != nil || !m.Edited {
		t.Errorf("emptied: %q %v", m.Body, m.Metadata)
	}
	clean(t, s)
}

// What a manifest asks for is what the app gets, and what does not fit is refused.
func TestManifest(t *testing.T) {
	m := func(change func(o object)) []byte {
		o := object{"display_information": object{"name": "Latchkey"},
			"features": object{"bot_user": object{"display_name": "latchkey"}, "app_home": object{"home_tab_enabled": true},
				"slash_commands": []any{object{"command": "/loginhelp", "description": "Help"}}, "agent_view": object{"agent_description": "Help"},
				"shortcuts": []any{object{"name": "Help", "type": "message", "callback_id": "help", "description": "Help"}}},
			"oauth_config": object{"scopes": object{"bot": []any{"chat:write", "commands", "im:history", "assistant:write"}}},
			"settings":     object{"event_subscriptions": object{"bot_events": []any{"message.im"}}, "interactivity": object{"is_enabled": true}, "socket_mode_enabled": true}}
		change(o)
		var raw bytes.Buffer
		if err := json.NewEncoder(&raw).Encode(o); err != nil {
			t.Fatal(err)
		}
		return raw.Bytes()
	}
	a, err := ParseManifest(m(func(object) {}))
	if err != nil || a.Name != "Latchkey" || !a.Agent || a.Assistant || a.Shortcuts["help"] != "message" || a.Commands[0] != "/loginhelp" || a.NoHome || a.NoInteractivity {
		t.Errorf("%v: %+v", err, a)
	}
	at := func(o object, names ...string) object {
		for _, n := range names {
			o = o[n].(object)
		}
		return o
	}
	older := func(o object) {
		delete(at(o, "features"), "agent_view")
		at(o, "features")["assistant_view"] = object{"assistant_description": "Help"}
		at(o, "settings", "event_subscriptions")["bot_events"] = []any{"assistant_thread_started"}
	}
	if a, err := ParseOlderManifest(m(older)); err != nil || !a.Assistant || a.Agent {
		t.Errorf("an app made before: %+v %v", a, err)
	}
	if _, err := ParseOlderManifest(m(func(o object) { older(o); at(o, "features")["agent_view"] = object{"agent_description": "Help"} })); err == nil {
		t.Error("an app has both experiences")
	}
	for says, change := range map[string]func(o object){
		"event app_mention needs": func(o object) { at(o, "settings", "event_subscriptions")["bot_events"] = []any{"app_mention"} },
		"no bot event is called":  func(o object) { at(o, "settings", "event_subscriptions")["bot_events"] = []any{"message.pm"} },
		"request_url is missing": func(o object) {
			at(o, "settings")["socket_mode_enabled"] = false
			delete(at(o, "features"), "slash_commands")
		},
		"not 1 to 35":              func(o object) { at(o, "display_information")["name"] = x(36) },
		"commands and shortcuts":   func(o object) { at(o, "oauth_config", "scopes")["bot"] = []any{"im:history", "assistant:write"} },
		"agent_view and assistant": func(o object) { at(o, "oauth_config", "scopes")["bot"] = []any{"im:history", "commands"} },
		"can only use agent_view":  func(o object) { older(o) },
		"agent_description is":     func(o object) { at(o, "features")["agent_view"] = object{} },
		"needs the Messages tab":   func(o object) { at(o, "features", "app_home")["messages_tab_enabled"] = false },
		"does not happen with agent_view": func(o object) {
			at(o, "settings", "event_subscriptions")["bot_events"] = []any{"assistant_thread_started"}
		},
		"bot_user is missing":      func(o object) { delete(at(o, "features"), "bot_user") },
		"neither message nor glob": func(o object) { at(o, "features")["shortcuts"].([]any)[0].(object)["type"] = "button" },
	} {
		if _, err := ParseManifest(m(change)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
