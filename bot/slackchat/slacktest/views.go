package slacktest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

const (
	triggerLife = 3 * time.Second // docs, /interactivity/handling-user-interaction: "expires 3 seconds after"
	maxStack    = 3               // docs, views.push, push_limit_reached
)

type view struct {
	id, user, team, hash, external, root, previous string
	kind                                           surface
	raw                                            object // as the app gave it
	blocks                                         []object
	state                                          state
	errors                                         map[string]string
}

func (v *view) str(name string) string { s, _ := v.raw[name].(string); return s }
func (v *view) on(name string) bool    { b, _ := v.raw[name].(bool); return b }

type trigger struct {
	user, team string
	at         time.Time
	used       bool
	modal      bool // came from within a modal: only such a one may push
}

func viewMethods() map[string]*method {
	all := map[string]*method{}
	view := map[string]arg{"view": inner, "trigger_id": str, "interactivity_pointer": str}
	all["views.open"] = &method{limit: tier4, need: []string{"view"}, do: openView, args: view}
	all["views.push"] = &method{limit: tier4, need: []string{"view"}, do: pushView, args: view}
	all["views.update"] = &method{limit: tier4, need: []string{"view"}, do: updateView,
		args: map[string]arg{"view": inner, "view_id": str, "external_id": str, "hash": str}}
	all["views.publish"] = &method{limit: tier4, need: []string{"user_id", "view"}, do: publishView,
		args: map[string]arg{"user_id": str, "view": inner, "hash": str}}
	return all
}

// trigger makes a trigger id for something that a person did.
func (s *Slack) trigger(user, team string, modal bool) string {
	id := fmt.Sprintf("%d.%d.%s", s.now().UnixMilli(), len(s.triggers)+1, strings.ToLower(s.id("x")))
	s.triggers[id] = &trigger{user: user, team: team, at: s.now(), modal: modal}
	return id
}

func (c *call) exchange() (*trigger, error) {
	id := c.str("trigger_id")
	t := c.triggers[id]
	switch {
	case t == nil || t.team != c.team.ID:
		return nil, refuse("invalid_trigger_id", "no such trigger: "+id)
	case t.used:
		return nil, refuse("exchanged_trigger_id", "a trigger works once")
	case c.now().Sub(t.at) > triggerLife:
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

// view checks a view and makes it one of Slack's.
func (s *Slack) view(v any, kind surface, user string, t *Team, except *view) (*view, error) {
	if wrong := s.checkView(v, kind); len(wrong) > 0 {
		return nil, refuse("invalid_arguments", wrong...)
	}
	raw := clone(v).(object)
	if all, _ := json.Marshal(raw); len(all) > maxViewBytes {
		return nil, refuse("view_too_large")
	}
	n := &view{id: s.id("V"), user: user, team: t.ID, kind: kind, raw: raw, blocks: s.dress(raw["blocks"]), state: state{}}
	n.external = n.str("external_id")
	for _, v := range s.views {
		if n.external != "" && v.external == n.external && v != except {
			return nil, refuse("duplicate_external_id")
		}
	}
	n.root = n.id
	n.hash = s.viewHash()
	n.state = initial(n.blocks)
	return n, nil
}

func (s *Slack) viewHash() string {
	return fmt.Sprintf("%d.%s", s.now().Unix(), strings.ToLower(s.id("h")))
}

// rawView is a view as answers and payloads show it.
func (s *Slack) rawView(v *view) object {
	o := object{"id": v.id, "team_id": v.team, "type": string(v.kind), "blocks": clone(v.blocks), "private_metadata": v.str("private_metadata"),
		"callback_id": v.str("callback_id"), "state": object{"values": v.state.values()}, "hash": v.hash, "root_view_id": v.root, "app_id": s.app.ID,
		"external_id": v.external, "app_installed_team_id": v.team, "bot_id": s.teams[v.team].Bot, "previous_view_id": nil,
		"title": nil, "submit": nil, "close": nil, "clear_on_close": v.on("clear_on_close"), "notify_on_close": v.on("notify_on_close")}
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	for _, name := range []string{"title", "submit", "close"} {
		if v.raw[name] != nil {
			o[name] = v.raw[name]
		}
	}
	return o
}

func openView(c *call) (object, error) {
	t, err := c.exchange()
	if err != nil {
		return nil, err
	}
	v, err := c.view(c.args["view"], inModal, t.user, c.team, nil)
	if err != nil {
		return nil, err
	}
	c.forgetModals(t.user)
	c.views[v.id] = v
	c.modals[t.user] = []*view{v}
	return object{"view": c.rawView(v)}, nil
}

func (s *Slack) forgetModals(user string) {
	for _, v := range s.modals[user] {
		delete(s.views, v.id)
	}
	delete(s.modals, user)
}

func pushView(c *call) (object, error) {
	t, err := c.exchange()
	if err != nil {
		return nil, err
	}
	if !t.modal || len(c.modals[t.user]) == 0 {
		return nil, refuse("not_found")
	}
	v, err := c.push(c.args["view"], t.user, c.team)
	if err != nil {
		return nil, err
	}
	return object{"view": c.rawView(v)}, nil
}

func (s *Slack) push(raw any, user string, t *Team) (*view, error) {
	stack := s.modals[user]
	if len(stack) >= maxStack {
		return nil, refuse("push_limit_reached")
	}
	v, err := s.view(raw, inModal, user, t, nil)
	if err != nil {
		return nil, err
	}
	if len(stack) > 0 {
		v.root, v.previous = stack[0].id, stack[len(stack)-1].id
	}
	s.views[v.id] = v
	s.modals[user] = append(stack, v)
	s.touch()
	return v, nil
}

func updateView(c *call) (object, error) {
	var v *view
	for _, w := range c.views {
		if w.team == c.team.ID && (w.id == c.str("view_id") || c.str("external_id") != "" && w.external == c.str("external_id")) {
			v = w
		}
	}
	if !c.has("view_id") && !c.has("external_id") {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: view_id or external_id")
	}
	if v == nil {
		return nil, refuse("not_found")
	}
	if hash := c.str("hash"); hash != "" && hash != v.hash {
		return nil, refuse("hash_conflict")
	}
	if err := c.replace(v, c.args["view"], c.team); err != nil {
		return nil, err
	}
	return object{"view": c.rawView(v)}, nil
}

// replace gives a view another content. What was typed stays where block and action are the
// same: docs, /surfaces/modals, "Updating views".
func (s *Slack) replace(v *view, raw any, t *Team) error {
	n, err := s.view(raw, v.kind, v.user, t, v)
	if err != nil {
		return err
	}
	kept := n.state
	for block, actions := range v.state {
		for action, value := range actions {
			if e, _ := find(n.blocks, block, action); e != nil {
				kept.set(block, action, value)
			}
		}
	}
	v.raw, v.blocks, v.external, v.hash, v.state, v.errors = n.raw, n.blocks, n.external, n.hash, kept, nil
	s.touch()
	return nil
}

func publishView(c *call) (object, error) {
	u := c.users[c.str("user_id")]
	if u == nil || u.Bot {
		return nil, refuse("invalid_arguments", "[ERROR] no such user [json-pointer:/user_id]")
	}
	if c.app.NoHome {
		return nil, refuse("not_enabled")
	}
	old := c.homes[u.ID]
	if hash := c.str("hash"); hash != "" && (old == nil || hash != old.hash) {
		return nil, refuse("hash_conflict")
	}
	v, err := c.view(c.args["view"], inHome, u.ID, c.team, old)
	if err != nil {
		return nil, err
	}
	if old != nil {
		delete(c.views, old.id)
		v.id, v.root = old.id, old.root // a home stays the same view
	}
	c.views[v.id], c.homes[u.ID] = v, v
	return object{"view": c.rawView(v)}, nil
}
