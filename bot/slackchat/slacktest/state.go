package slacktest

import (
	"fmt"
	"slices"
	"strings"
)

// state is what somebody has picked and typed: by block, then action, as state.values has it.
type state map[string]map[string]object

func (s state) set(block, action string, v object) {
	if s[block] == nil {
		s[block] = map[string]object{}
	}
	s[block][action] = v
}

func (s state) values() object {
	o := object{}
	for block, actions := range s {
		b := object{}
		for action, v := range actions {
			b[action] = clone(v)
		}
		o[block] = b
	}
	return o
}

func stateKey(c *channel, m *message) string { return c.id + " " + m.ts }

// forgetPicks forgets what people picked in a message that now shows something else.
func (s *Slack) forgetPicks(c *channel, m *message) {
	for key := range s.states {
		if strings.HasPrefix(key, stateKey(c, m)+" ") {
			delete(s.states, key)
		}
	}
}

// interactiveElements calls f with every element that one can use, and its block.
func interactiveElements(blocks []object, f func(block, e object)) {
	for _, b := range blocks {
		for _, name := range []string{"accessory", "element"} {
			if e, ok := b[name].(object); ok && e["action_id"] != nil {
				f(b, e)
			}
		}
		l, _ := b["elements"].([]any)
		for _, v := range l {
			if e, ok := v.(object); ok && e["action_id"] != nil && b["type"] != "rich_text" {
				f(b, e)
			}
		}
	}
}

// stateful are the elements that keep a value.
func stateful(kind string) bool {
	return kind != "button" && kind != "overflow" && kind != "icon_button" && kind != "feedback_buttons"
}

// initial is the state that blocks begin with: everything that keeps a value is there, empty or
// with its initial one.
func initial(blocks []object) state {
	s := state{}
	interactiveElements(blocks, func(b, e object) {
		kind := e["type"].(string)
		if !stateful(kind) {
			return
		}
		v := object{"type": kind}
		switch kind {
		case "radio_buttons", "static_select", "external_select":
			v["selected_option"] = e["initial_option"]
		case "checkboxes", "multi_static_select":
			v["selected_options"] = []any{}
			if first, ok := e["initial_options"]; ok {
				v["selected_options"] = first
			}
		case "users_select":
			v["selected_user"] = e["initial_user"]
		case "channels_select":
			v["selected_channel"] = e["initial_channel"]
		case "conversations_select":
			v["selected_conversation"] = e["initial_conversation"]
		case "datepicker":
			v["selected_date"] = e["initial_date"]
		case "timepicker":
			v["selected_time"] = e["initial_time"]
		case "datetimepicker":
			v["selected_date_time"] = e["initial_date_time"]
		case "file_input":
			v["files"] = []any{}
		default:
			v["value"] = nil
			if first, _ := e["initial_value"].(string); first != "" {
				v["value"] = first
			}
		}
		s.set(b["block_id"].(string), e["action_id"].(string), v)
	})
	return s
}

// find finds an element by its block and action, and its block.
func find(blocks []object, block, action string) (e, b object) {
	interactiveElements(blocks, func(in, el object) {
		if in["block_id"] == block && el["action_id"] == action {
			e, b = el, in
		}
	})
	return e, b
}

// seek finds an element as a person means it: by its action id, block/action, its label or its
// block's id or label. It must be one only.
func seek(blocks []object, what string, fits func(kind string) bool) (e, b object, err error) {
	var names []string
	n := 0
	try := func(same func(in, el object) bool) bool {
		n = 0
		interactiveElements(blocks, func(in, el object) {
			if fits(el["type"].(string)) && same(in, el) {
				e, b = el, in
				n++
			}
		})
		return n > 0
	}
	interactiveElements(blocks, func(in, el object) {
		if fits(el["type"].(string)) {
			names = append(names, fmt.Sprintf("%v %q", el["action_id"], label(in, el)))
		}
	})
	found := try(func(in, el object) bool { return what == fmt.Sprintf("%v/%v", in["block_id"], el["action_id"]) }) ||
		try(func(in, el object) bool { return el["action_id"] == what }) ||
		try(func(in, el object) bool { return label(in, el) == what }) ||
		try(func(in, el object) bool { return in["block_id"] == what })
	switch {
	case !found:
		return nil, nil, fmt.Errorf("slacktest: there is no %q; there is: %s", what, strings.Join(names, ", "))
	case n > 1:
		return nil, nil, fmt.Errorf("slacktest: %q is there %d times", what, n)
	}
	return e, b, nil
}

// label is what stands on an element, or over it.
func label(block, e object) string {
	for _, v := range []any{e["text"], block["label"], e["placeholder"]} {
		if o, ok := v.(object); ok {
			return plainText(o)
		}
	}
	if kind, _ := block["type"].(string); kind == "section" {
		if o, ok := block["text"].(object); ok {
			return plainText(o)
		}
	}
	return ""
}

func plainText(v any) string {
	o, _ := v.(object)
	s, _ := o["text"].(string)
	return s
}

// pick finds an option by its text or value.
func pick(e object, what string) (object, error) {
	var names []string
	for _, o := range choices(e) {
		if plainText(o["text"]) == what || o["value"] == what {
			return o, nil
		}
		names = append(names, plainText(o["text"]))
	}
	return nil, fmt.Errorf("slacktest: there is no option %q; there is: %s", what, strings.Join(names, ", "))
}

// toggle adds an option to those that are picked, or takes it away.
func toggle(picked []any, o object) []any {
	if i := slices.IndexFunc(picked, func(v any) bool { return same(v, o) }); i >= 0 {
		return slices.Delete(slices.Clone(picked), i, i+1)
	}
	return append(slices.Clone(picked), o)
}
