package slacktest

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Where is where something is pressed: a Message, InHome or InModal.
type Where interface {
	place(*Person) (*place, error)
}

type surfaceOf surface

// InHome is the person's Home of the app; InModal the modal that is open, the uppermost.
var (
	InHome  Where = surfaceOf(inHome)
	InModal Where = surfaceOf(inModal)
)

// place is a set of blocks that a person sees, with what they did there.
type place struct {
	blocks []object
	state  state
	c      *channel
	m      *message
	v      *view
}

func (m Message) place(p *Person) (*place, error) {
	c, x, err := p.visible(m)
	if err != nil {
		return nil, err
	}
	key := stateKey(c, x) + " " + p.u.ID
	if p.s.states[key] == nil {
		p.s.states[key] = initial(x.blocks)
	}
	return &place{blocks: x.blocks, state: p.s.states[key], c: c, m: x}, nil
}

func (w surfaceOf) place(p *Person) (*place, error) {
	if p.err != nil {
		return nil, p.err
	}
	v := p.s.homes[p.u.ID]
	if surface(w) == inModal {
		v = p.s.top(p.u.ID)
	}
	if v == nil {
		return nil, fmt.Errorf("slacktest: %s has no %s open", p.u.Name, string(w))
	}
	return &place{blocks: v.blocks, state: v.state, v: v}, nil
}

// top is the modal that a person sees.
func (s *Slack) top(user string) *view {
	stack := s.modals[user]
	if len(stack) == 0 {
		return nil
	}
	return stack[len(stack)-1]
}

func (s *Slack) envelope(kind string, p *Person) object {
	return object{"type": kind, "team": object{"id": p.team(), "domain": s.teams[p.team()].Domain}, "api_app_id": s.app.ID, "token": s.app.VerificationToken,
		"user":       object{"id": p.u.ID, "username": p.u.Name, "name": p.u.Name, "team_id": p.u.Team},
		"enterprise": nil, "is_enterprise_install": false}
}

// viewEnvelope sends what becomes of a modal. From a stranger it names their own workspace, unlike
// what they press, and the app's in the view alone: slackapi/bolt-js, issue 1614.
func (s *Slack) viewEnvelope(kind string, p *Person, v *view) object {
	o, raw := s.envelope(kind, p), s.rawView(v)
	if p.u.Stranger {
		team := object{"id": p.u.Team}
		if t := s.teams[p.u.Team]; t != nil {
			team["domain"] = t.Domain
		}
		o["team"], raw["team_id"] = team, p.u.Team
	}
	o["view"] = raw
	return o
}

func (c *channel) named() object {
	name := c.name
	switch c.kind {
	case IM:
		name = "directmessage"
	case Private:
		name = "privategroup"
	}
	return object{"id": c.id, "name": name}
}

// act sends that something was used.
func (p *Person) act(at *place, block, e object, more object) (*delivery, *error, error) {
	s := p.s
	if s.app.NoInteractivity {
		return nil, nil, errors.New("slacktest: the app has interactivity off, so nothing happens")
	}
	action := object{"type": e["type"], "action_id": e["action_id"], "block_id": block["block_id"], "action_ts": s.ts()}
	for name, v := range more {
		action[name] = v
	}
	o := s.envelope("block_actions", p)
	o["actions"], o["state"] = []any{action}, object{"values": at.state.values()}
	o["trigger_id"] = s.trigger(p.u.ID, p.team(), at.v != nil && at.v.kind == inModal)
	if at.v != nil {
		o["container"], o["view"] = object{"type": "view", "view_id": at.v.id}, s.rawView(at.v)
		delete(o, "state") // it is the view's
	} else {
		thread := at.m.thread
		box := object{"type": "message", "message_ts": at.m.ts, "channel_id": at.c.id, "is_ephemeral": at.m.only != ""}
		if thread != "" {
			box["thread_ts"] = thread
		}
		o["container"], o["channel"] = box, at.c.named()
		if at.m.only == "" { // Slack keeps no messages that only one sees
			o["message"] = s.withMetadata(at.c, at.m)
		}
		o["response_url"] = s.hook(hook{team: p.team(), channel: at.c.id, user: p.u.ID, thread: thread, message: at.m})
	}
	return p.tell(interactive, o, nil)
}

// tell sends something that a person did and keeps what comes of it.
func (p *Person) tell(kind string, payload object, then func(any) error) (*delivery, *error, error) {
	result := new(error)
	d := &delivery{kind: kind, id: fmt.Sprint(payload["type"], payload["command"]), payload: clone(payload).(object)}
	d.answered = func(answer any, err error) {
		if err == nil && then != nil {
			err = then(answer)
		}
		*result = err
	}
	p.s.send(d)
	return d, result, nil
}

// does runs f with the lock held and waits for the app without it.
func (p *Person) does(f func() (*delivery, *error, error)) error {
	p.s.mu.Lock()
	d, result, err := f()
	p.s.mu.Unlock()
	if err != nil || d == nil {
		return err
	}
	return p.s.wait(d, result)
}

// Presses presses a button: by its action id, its label, or block/action. It comes back when the
// app has acknowledged it.
func (p *Person) Presses(w Where, what string) error {
	return p.does(func() (*delivery, *error, error) {
		at, err := w.place(p)
		if err != nil {
			return nil, nil, err
		}
		e, b, err := seek(at.blocks, what, func(kind string) bool { return kind == "button" || kind == "icon_button" })
		if err != nil {
			return nil, nil, err
		}
		more := object{"text": e["text"]}
		for _, name := range []string{"value", "style"} {
			if e[name] != nil {
				more[name] = e[name]
			}
		}
		return p.act(at, b, e, more)
	})
}

// Picks picks an option of a menu, of radio buttons or checkboxes (a second time takes it away),
// by its text or value; or somebody or a channel, or a date, in the menus of those. The app
// hears of it unless it is an input of a form.
func (p *Person) Picks(w Where, what, option string) error {
	return p.does(func() (*delivery, *error, error) {
		at, err := w.place(p)
		if err != nil {
			return nil, nil, err
		}
		e, b, err := seek(at.blocks, what, func(kind string) bool { return kind != "button" })
		if err != nil {
			return nil, nil, err
		}
		more, err := p.value(e, at.state[b["block_id"].(string)][e["action_id"].(string)], option)
		if err != nil {
			return nil, nil, err
		}
		if stateful(e["type"].(string)) {
			v := object{"type": e["type"]}
			for name, x := range more {
				v[name] = x
			}
			at.state.set(b["block_id"].(string), e["action_id"].(string), v)
			p.s.touch()
		}
		if dispatches, _ := b["dispatch_action"].(bool); b["type"] == "input" && !dispatches {
			return nil, nil, nil
		}
		return p.act(at, b, e, more)
	})
}

// value is what an element says when something is picked or typed in it.
func (p *Person) value(e, old object, what string) (object, error) {
	switch kind := e["type"].(string); kind {
	case "radio_buttons", "static_select", "overflow":
		o, err := pick(e, what)
		return object{"selected_option": o}, err
	case "checkboxes", "multi_static_select":
		o, err := pick(e, what)
		if err != nil {
			return nil, err
		}
		picked, _ := old["selected_options"].([]any)
		now := toggle(picked, o)
		if most, ok := e["max_selected_items"].(float64); ok && len(now) > int(most) {
			return nil, fmt.Errorf("slacktest: at most %v can be picked", most)
		}
		return object{"selected_options": now}, nil
	case "users_select":
		u, err := p.s.user(what)
		if err != nil {
			return nil, err
		}
		return object{"selected_user": u.ID}, nil
	case "channels_select", "conversations_select":
		c, err := p.s.channel(what, p.u.ID)
		if err != nil {
			return nil, err
		}
		return object{"selected_" + strings.TrimSuffix(kind, "s_select"): c.id}, nil
	case "datepicker":
		return object{"selected_date": what}, nil
	case "timepicker":
		return object{"selected_time": what}, nil
	case "datetimepicker":
		n, err := strconv.ParseInt(what, 10, 64)
		return object{"selected_date_time": n}, err
	case "feedback_buttons":
		for _, name := range []string{"positive_button", "negative_button"} {
			b, _ := e[name].(object)
			if plainText(b["text"]) == what || b["value"] == what {
				return object{"value": b["value"], "text": b["text"]}, nil
			}
		}
		return nil, fmt.Errorf("slacktest: there is no feedback button %q", what)
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		if what == "" {
			return object{"value": nil}, nil
		}
		return object{"value": what}, typed(e, what)
	default:
		return nil, fmt.Errorf("slacktest: nothing can be picked in %s here", kind)
	}
}

// typed is what Slack says itself about something typed, before the app hears of it.
func typed(e object, what string) error {
	number := func(name string) (float64, bool) {
		switch v := e[name].(type) {
		case float64:
			return v, true
		case string:
			n, err := strconv.ParseFloat(v, 64)
			return n, err == nil
		}
		return 0, false
	}
	switch e["type"] {
	case "plain_text_input":
		if low, ok := number("min_length"); ok && length(what) < int(low) {
			return fmt.Errorf("slacktest: at least %v characters", low)
		}
		high, ok := number("max_length")
		if !ok {
			high = maxInput
		}
		if length(what) > int(high) {
			return fmt.Errorf("slacktest: at most %v characters", high)
		}
		if many, _ := e["multiline"].(bool); !many && strings.Contains(what, "\n") {
			return errors.New("slacktest: it has one line")
		}
	case "email_text_input":
		if a, err := mail.ParseAddress(what); err != nil || a.Address != what {
			return fmt.Errorf("slacktest: %q is no e-mail address", what)
		}
	case "url_text_input":
		if u, err := url.Parse(what); err != nil || u.Host == "" {
			return fmt.Errorf("slacktest: %q is no address", what)
		}
	case "number_input":
		n, err := strconv.ParseFloat(what, 64)
		low, has := number("min_value")
		high, hasHigh := number("max_value")
		if decimal, _ := e["is_decimal_allowed"].(bool); err != nil || !decimal && n != float64(int64(n)) || has && n < low || hasHigh && n > high {
			return fmt.Errorf("slacktest: %q is no such number", what)
		}
	}
	return nil
}

// Types writes into a field of the modal or Home, by its label, block or action, without sending
// the form.
func (p *Person) Types(w Where, what, text string) error { return p.Picks(w, what, text) }

// Submits fills in the fields of the modal, by label, block or action, and sends it. What Slack
// itself finds missing or wrong is an error, and so is what the app finds (ErrRefused).
func (p *Person) Submits(values map[string]string) error {
	return p.does(func() (*delivery, *error, error) {
		at, err := InModal.place(p)
		if err != nil {
			return nil, nil, err
		}
		v := at.v
		if v.raw["submit"] == nil {
			return nil, nil, errors.New("slacktest: the modal has no button to send it")
		}
		for _, name := range sorted(values) {
			e, b, err := seek(at.blocks, name, func(kind string) bool { return stateful(kind) })
			if err != nil {
				return nil, nil, err
			}
			block, action := b["block_id"].(string), e["action_id"].(string)
			more, err := p.value(e, v.state[block][action], values[name])
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
			more["type"] = e["type"]
			v.state.set(block, action, more)
		}
		for _, b := range v.blocks {
			if optional, _ := b["optional"].(bool); b["type"] != "input" || optional {
				continue
			}
			e, _ := b["element"].(object)
			if empty(v.state[b["block_id"].(string)][e["action_id"].(string)]) {
				return nil, nil, fmt.Errorf("slacktest: %q has to be filled in", label(b, e))
			}
		}
		v.errors = nil
		o := p.s.viewEnvelope("view_submission", p, v)
		o["trigger_id"], o["response_urls"] = p.s.trigger(p.u.ID, p.team(), true), []any{}
		return p.tell(interactive, o, func(answer any) error { return p.submitted(v, answer) })
	})
}

func empty(v object) bool {
	for name, x := range v {
		l, list := x.([]any)
		if name != "type" && x != nil && x != "" && (!list || len(l) > 0) {
			return false
		}
	}
	return true
}

// ErrRefused is that the app put errors beside fields of a form.
var ErrRefused = errors.New("slacktest: the app refused the form")

// submitted does what the app answers to a form.
func (p *Person) submitted(v *view, answer any) error {
	s := p.s
	wrong := func(format string, args ...any) error {
		s.violate("view_submission", format, args...)
		return errors.New("slacktest: we had some trouble connecting. Try again?")
	}
	o, ok := answer.(object)
	if answer != nil && !ok {
		return wrong("an answer that is no object: %v", answer)
	}
	for name := range o {
		if name != "response_action" && name != "errors" && name != "view" {
			return wrong("an answer with an unknown field %s", name)
		}
	}
	t := s.teams[v.team]
	switch o["response_action"] {
	case nil:
		if len(o) > 0 {
			return wrong("an answer without response_action")
		}
		s.pop(p.u.ID, v)
	case "clear":
		s.forgetModals(p.u.ID)
	case "update":
		if err := s.replace(v, o["view"], t); err != nil {
			return wrong("update: %s", explain(err))
		}
	case "push":
		if _, err := s.push(o["view"], p.u.ID, t); err != nil {
			return wrong("push: %s", explain(err))
		}
	case "errors":
		all, _ := o["errors"].(object)
		v.errors = map[string]string{}
		for block, text := range all {
			line, _ := text.(string)
			if !slices.ContainsFunc(v.blocks, func(b object) bool { return b["block_id"] == block && b["type"] == "input" }) || line == "" {
				v.errors = nil
				return wrong("errors name %s, which is no input of the form, or say nothing", block)
			}
			v.errors[block] = line
		}
		if len(all) == 0 {
			return wrong("errors without any")
		}
		s.touch()
		return fmt.Errorf("%w: %v", ErrRefused, v.errors)
	default:
		return wrong("response_action %v", o["response_action"])
	}
	s.touch()
	return nil
}

func explain(err error) string {
	var no refusal
	if errors.As(err, &no) {
		return no.code + " " + strings.Join(no.messages, "; ")
	}
	return err.Error()
}

// pop closes a modal, and what lies over it.
func (s *Slack) pop(user string, v *view) {
	stack := s.modals[user]
	if i := slices.Index(stack, v); i >= 0 {
		for _, v := range stack[i:] {
			delete(s.views, v.id)
		}
		s.modals[user] = stack[:i]
	}
	s.touch()
}

// Closes closes the modal without sending it; the app hears of it if it asked to.
func (p *Person) Closes() error {
	return p.does(func() (*delivery, *error, error) {
		at, err := InModal.place(p)
		if err != nil {
			return nil, nil, err
		}
		v, cleared := at.v, at.v.on("clear_on_close")
		o := p.s.viewEnvelope("view_closed", p, v)
		o["is_cleared"] = cleared
		if p.s.pop(p.u.ID, v); cleared {
			p.s.forgetModals(p.u.ID)
		}
		if !v.on("notify_on_close") {
			return nil, nil, nil
		}
		return p.tell(interactive, o, nil)
	})
}

// Slash runs a command in a channel; text is what stands after it.
func (p *Person) Slash(channel, command, text string) error {
	return p.does(func() (*delivery, *error, error) {
		s := p.s
		c, err := p.writes(channel)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(s.app.Commands, command) || !s.app.may("commands") {
			return nil, nil, fmt.Errorf("slacktest: %s is not a valid command", command)
		}
		team := p.team()
		h := hook{team: team, channel: c.id, user: p.u.ID}
		name := c.named()["name"]
		return p.tell(commands, object{"token": s.app.VerificationToken, "team_id": team, "team_domain": s.teams[team].Domain, "channel_id": c.id,
			"channel_name": name, "user_id": p.u.ID, "user_name": p.u.Name, "command": command, "text": escape(text), "api_app_id": s.app.ID,
			"is_enterprise_install": "false", "response_url": s.hook(h), "trigger_id": s.trigger(p.u.ID, team, false)},
			func(answer any) error { return s.replied("slash_commands", &h, answer) })
	})
}

// replied shows what an acknowledgement says.
func (s *Slack) replied(what string, h *hook, answer any) error {
	if text, ok := answer.(string); ok {
		answer = object{"text": text}
	}
	o, ok := answer.(object)
	if answer == nil || ok && len(o) == 0 {
		return nil
	}
	if err := s.answer(h, o); err != nil {
		s.violate(what, "%s", explain(err))
		return fmt.Errorf("slacktest: %s: %w", what, err)
	}
	return nil
}

// Shortcut runs a shortcut on a message, by its callback id.
func (p *Person) Shortcut(callback string, m Message) error {
	return p.does(func() (*delivery, *error, error) {
		s := p.s
		c, x, err := p.visible(m)
		if err != nil {
			return nil, nil, err
		}
		if s.app.Shortcuts[callback] != "message" || x.only != "" {
			return nil, nil, fmt.Errorf("slacktest: there is no shortcut %s there", callback)
		}
		o := s.envelope("message_action", p)
		o["callback_id"], o["action_ts"], o["message_ts"], o["channel"], o["message"] = callback, s.ts(), x.ts, c.named(), s.raw(c, x)
		o["trigger_id"] = s.trigger(p.u.ID, p.team(), false)
		o["response_url"] = s.hook(hook{team: p.team(), channel: c.id, user: p.u.ID, thread: x.thread})
		return p.tell(interactive, o, nil)
	})
}

// GlobalShortcut runs a shortcut from anywhere.
func (p *Person) GlobalShortcut(callback string) error {
	return p.does(func() (*delivery, *error, error) {
		s := p.s
		if p.err != nil {
			return nil, nil, p.err
		}
		if s.app.Shortcuts[callback] != "global" {
			return nil, nil, fmt.Errorf("slacktest: there is no shortcut %s", callback)
		}
		o := s.envelope("shortcut", p)
		o["callback_id"], o["action_ts"], o["trigger_id"] = callback, s.ts(), s.trigger(p.u.ID, p.team(), false)
		return p.tell(interactive, o, nil)
	})
}
