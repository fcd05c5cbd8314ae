package slacktest

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// The numbers of Block Kit: docs, /reference/block-kit/blocks, /block-elements and
// /composition-objects, each on the page of the thing it limits. Characters are code points.
const (
	maxBlocksMessage = 50    // /block-kit/blocks, "up to 50 blocks in each message"
	maxBlocksView    = 100   // same page, "100 blocks in modals or Home tabs"
	maxText          = 3000  // text object; section
	maxField         = 2000  // section: each of at most 10 fields
	maxHeader        = 150   // header
	maxMarkdown      = 12000 // markdown, over all of a message's blocks
	maxID            = 255   // action_id, block_id, callback_id, external_id
	maxButton        = 75    // button text and accessibility_label
	maxValue         = 2000  // button value
	maxURL           = 3000  // button, option and image URLs
	maxOptionText    = 75    // option text and description
	maxOptionValue   = 150   // option value
	maxOptions       = 100   // select options and groups
	maxChoices       = 10    // radio buttons, checkboxes
	maxOverflow      = 5     // overflow menu
	maxPlaceholder   = 150   // every placeholder
	maxActions       = 25    // actions
	maxContext       = 10    // context
	maxLabel         = 2000  // input label and hint
	maxAlt           = 2000  // image alt_text and title
	maxViewText      = 24    // view title, submit, close: /reference/views
	maxPrivate       = 3000  // private_metadata: /reference/views
	maxViewBytes     = 250e3 // views.open, view_too_large
	maxInput         = 3000  // plain_text_input max_length and what may be typed
)

type object = map[string]any

func length(s string) int { return utf8.RuneCountInString(s) }

// surface is where blocks are shown.
type surface string

const (
	inMessage surface = "message"
	inModal   surface = "modal"
	inHome    surface = "home"
)

// checker gathers what is wrong with blocks, in the manner of response_metadata.messages.
type checker struct {
	on       surface
	app      App
	wrong    []string
	ids      map[string]bool
	focus    int
	markdown int
	inputs   bool
}

func (c *checker) bad(at, format string, args ...any) {
	c.wrong = append(c.wrong, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// field is how one field of an object is checked; need fields must be there.
type field struct {
	need  bool
	check func(c *checker, at string, v any)
}

type fields map[string]field

func need(check func(*checker, string, any)) field { return field{true, check} }
func may(check func(*checker, string, any)) field  { return field{false, check} }

// object checks the fields and refuses those that are not among them.
func (c *checker) object(at string, v any, f fields) object {
	o, ok := v.(object)
	if !ok {
		c.bad(at, "must provide an object")
		return nil
	}
	for name, f := range f {
		if _, there := o[name]; !there && f.need {
			c.bad(at+"/"+name, "missing required field: %s", name)
		}
	}
	for _, name := range sorted(o) {
		if name == "type" {
			continue
		}
		if f, known := f[name]; !known {
			c.bad(at+"/"+name, "no more than the known fields allowed, instead got %s", name)
		} else {
			f.check(c, at+"/"+name, o[name])
		}
	}
	return o
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func text(low, high int) func(*checker, string, any) {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		switch n := length(s); {
		case !ok:
			c.bad(at, "must provide a string")
		case n < low:
			c.bad(at, "must be more than %d characters", low-1)
		case n > high:
			c.bad(at, "must be less than %d characters", high+1)
		}
	}
}

func oneOf(values ...string) func(*checker, string, any) {
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !slices.Contains(values, s) {
			c.bad(at, "must be one of: %s", strings.Join(values, ", "))
		}
	}
}

func truth(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.bad(at, "must provide a boolean")
	}
}

func whole(low, high int) func(*checker, string, any) {
	return func(c *checker, at string, v any) {
		n, ok := v.(float64)
		if !ok || n != math.Trunc(n) || n < float64(low) || n > float64(high) {
			c.bad(at, "must be a whole number from %d to %d", low, high)
		}
	}
}

func link(c *checker, at string, v any) {
	text(1, maxURL)(c, at, v)
	s, _ := v.(string)
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || (u.Host == "" && u.Scheme != "mailto" && u.Scheme != "tel") {
		c.bad(at, "must be a valid URL")
	}
}

func list(low, high int, each func(*checker, string, any)) func(*checker, string, any) {
	return func(c *checker, at string, v any) {
		l, ok := v.([]any)
		switch {
		case !ok:
			c.bad(at, "must provide an array")
			return
		case len(l) < low:
			c.bad(at, "must have at least %d items, got %d", low, len(l))
		case len(l) > high:
			c.bad(at, "no more than %d items allowed [%d]", high, len(l))
		}
		for i, v := range l {
			each(c, fmt.Sprintf("%s/%d", at, i), v)
		}
	}
}

// words checks a text object. Emoji belongs to plain_text, verbatim to mrkdwn.
func words(high int, types ...string) func(*checker, string, any) {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		if !ok {
			c.bad(at, "must provide an object")
			return
		}
		kind, _ := o["type"].(string)
		if !slices.Contains(types, kind) {
			c.bad(at+"/type", "must be one of: %s", strings.Join(types, ", "))
			return
		}
		f := fields{"text": need(text(1, high))}
		if kind == "plain_text" {
			f["emoji"] = may(truth)
		} else {
			f["verbatim"] = may(truth)
		}
		c.object(at, v, f)
	}
}

func plain(high int) func(*checker, string, any) { return words(high, "plain_text") }
func any2(high int) func(*checker, string, any)  { return words(high, "plain_text", "mrkdwn") }

func confirm(c *checker, at string, v any) {
	c.object(at, v, fields{"title": need(plain(100)), "text": need(any2(300)), "confirm": need(plain(30)),
		"deny": need(plain(30)), "style": may(oneOf("primary", "danger"))})
}

func option(c *checker, at string, v any, rich, urls bool) {
	words := plain
	if rich {
		words = any2
	}
	f := fields{"text": need(words(maxOptionText)), "value": need(text(1, maxOptionValue)), "description": may(words(maxOptionText))}
	if urls {
		f["url"] = may(link)
	}
	c.object(at, v, f)
}

func options(low, high int, rich, urls bool) func(*checker, string, any) {
	return list(low, high, func(c *checker, at string, v any) { option(c, at, v, rich, urls) })
}

func group(c *checker, at string, v any) {
	c.object(at, v, fields{"label": need(plain(maxOptionText)), "options": need(options(1, maxOptions, false, false))})
}

func focus(c *checker, at string, v any) {
	truth(c, at, v)
	if v == true {
		if c.focus++; c.focus > 1 {
			c.bad(at, "only one element may have focus_on_load")
		}
	}
}

func dispatch(c *checker, at string, v any) {
	c.object(at, v, fields{"trigger_actions_on": may(list(1, 2, oneOf("on_enter_pressed", "on_character_entered")))})
}

func date(c *checker, at string, v any) {
	if s, ok := v.(string); !ok || len(s) != len("2006-01-02") {
		c.bad(at, "must be a date as YYYY-MM-DD")
	}
}

func anything(*checker, string, any) {}

func slackFile(c *checker, at string, v any) {
	if o := c.object(at, v, fields{"id": may(text(1, 255)), "url": may(link)}); len(o) != 1 {
		c.bad(at, "either id or url")
	}
}

// element is a kind of block element: where it fits, docs, /reference/block-kit/block-elements,
// "Works with block types", and its fields.
type element struct {
	in     string
	fields fields
}

var (
	id          = may(text(1, maxID))
	ask         = may(confirm)
	placeholder = may(plain(maxPlaceholder))
	whoFilter   = may(func(c *checker, at string, v any) {
		c.object(at, v, fields{"include": may(list(1, 4, oneOf("im", "mpim", "private", "public"))),
			"exclude_external_shared_channels": may(truth), "exclude_bot_users": may(truth)})
	})
)

var elements = map[string]element{
	"button": {"section actions", fields{"text": need(plain(maxButton)), "action_id": id, "url": may(link), "value": may(text(1, maxValue)),
		"style": may(oneOf("primary", "danger")), "confirm": ask, "accessibility_label": may(text(1, maxButton))}},
	"image": {"section context", fields{"image_url": may(link), "slack_file": may(slackFile), "alt_text": need(text(1, maxAlt))}},
	"radio_buttons": {"section actions input", fields{"action_id": id, "options": need(options(1, maxChoices, true, false)),
		"initial_option": may(anything), "confirm": ask, "focus_on_load": may(focus)}},
	"checkboxes": {"section actions input", fields{"action_id": id, "options": need(options(1, maxChoices, true, false)),
		"initial_options": may(anything), "confirm": ask, "focus_on_load": may(focus)}},
	"overflow": {"section actions", fields{"action_id": id, "options": need(options(1, maxOverflow, false, true)), "confirm": ask}},
	"static_select": {"section actions input", fields{"action_id": id, "placeholder": placeholder, "options": may(options(1, maxOptions, false, false)),
		"option_groups": may(list(1, maxOptions, group)), "initial_option": may(anything), "confirm": ask, "focus_on_load": may(focus)}},
	"multi_static_select": {"section input", fields{"action_id": id, "placeholder": placeholder, "options": may(options(1, maxOptions, false, false)),
		"option_groups": may(list(1, maxOptions, group)), "initial_options": may(anything), "confirm": ask, "focus_on_load": may(focus),
		"max_selected_items": may(whole(1, maxOptions))}},
	"external_select": {"section actions input", fields{"action_id": id, "placeholder": placeholder, "initial_option": may(anything),
		"min_query_length": may(whole(0, maxInput)), "confirm": ask, "focus_on_load": may(focus)}},
	"users_select": {"section actions input", fields{"action_id": id, "placeholder": placeholder, "initial_user": may(text(1, 20)), "confirm": ask, "focus_on_load": may(focus)}},
	"conversations_select": {"section actions input", fields{"action_id": id, "placeholder": placeholder, "initial_conversation": may(text(1, 20)),
		"default_to_current_conversation": may(truth), "confirm": ask, "response_url_enabled": may(truth), "filter": whoFilter, "focus_on_load": may(focus)}},
	"channels_select": {"section actions input", fields{"action_id": id, "placeholder": placeholder, "initial_channel": may(text(1, 20)), "confirm": ask,
		"response_url_enabled": may(truth), "focus_on_load": may(focus)}},
	"datepicker": {"section actions input", fields{"action_id": id, "placeholder": placeholder, "initial_date": may(date), "confirm": ask, "focus_on_load": may(focus)}},
	"timepicker": {"section actions input", fields{"action_id": id, "placeholder": placeholder, "initial_time": may(text(5, 5)), "confirm": ask,
		"timezone": may(text(1, 64)), "focus_on_load": may(focus)}},
	"datetimepicker": {"actions input", fields{"action_id": id, "initial_date_time": may(whole(1e9, 9999999999)), "confirm": ask, "focus_on_load": may(focus)}},
	"plain_text_input": {"input", fields{"action_id": id, "initial_value": may(text(0, maxInput)), "multiline": may(truth), "min_length": may(whole(0, maxInput)),
		"max_length": may(whole(1, maxInput)), "dispatch_action_config": may(dispatch), "focus_on_load": may(focus), "placeholder": placeholder}},
	"email_text_input": {"input", fields{"action_id": id, "initial_value": may(text(1, maxInput)), "dispatch_action_config": may(dispatch),
		"focus_on_load": may(focus), "placeholder": placeholder}},
	"url_text_input": {"input", fields{"action_id": id, "initial_value": may(link), "dispatch_action_config": may(dispatch),
		"focus_on_load": may(focus), "placeholder": placeholder}},
	"number_input": {"input", fields{"action_id": id, "is_decimal_allowed": need(truth), "initial_value": may(text(1, 64)), "min_value": may(text(1, 64)),
		"max_value": may(text(1, 64)), "dispatch_action_config": may(dispatch), "focus_on_load": may(focus), "placeholder": placeholder}},
	"file_input": {"input", fields{"action_id": id, "filetypes": may(list(1, 100, text(1, 20))), "max_files": may(whole(1, 10))}},
	"icon_button": {"context_actions", fields{"action_id": id, "icon": need(oneOf("trash")), "text": need(plain(maxButton)), "value": may(text(1, maxValue)),
		"confirm": ask, "accessibility_label": may(text(1, maxButton)), "visible_to_user_ids": may(list(1, 10, text(1, 20)))}},
	"feedback_buttons": {"context_actions", fields{"action_id": id, "positive_button": need(feedback), "negative_button": need(feedback)}},
}

func feedback(c *checker, at string, v any) {
	c.object(at, v, fields{"text": need(plain(maxButton)), "value": need(text(1, maxValue)), "accessibility_label": may(text(1, maxButton))})
}

func (c *checker) element(at string, v any, in string) {
	o, ok := v.(object)
	if !ok {
		c.bad(at, "must provide an object")
		return
	}
	kind, _ := o["type"].(string)
	e, known := elements[kind]
	if !known || !slices.Contains(strings.Fields(e.in), in) {
		c.bad(at+"/type", "unsupported type: %s", kind)
		return
	}
	c.object(at, v, e.fields)
	all, rich := choices(o), kind == "radio_buttons" || kind == "checkboxes"
	switch kind {
	case "static_select", "multi_static_select":
		if (o["options"] == nil) == (o["option_groups"] == nil) {
			c.bad(at, "either options or option_groups")
		}
	case "image":
		if (o["image_url"] == nil) == (o["slack_file"] == nil) {
			c.bad(at, "either image_url or slack_file")
		}
	case "plain_text_input":
		low, _ := o["min_length"].(float64)
		if high, there := o["max_length"].(float64); there && low > high {
			c.bad(at+"/min_length", "must not be more than max_length")
		}
	}
	// An initial option is one of the options to the last letter.
	among := func(at string, v any) {
		option(c, at, v, rich, false)
		if len(all) > 0 && !slices.ContainsFunc(all, func(o object) bool { return same(o, v) }) {
			c.bad(at, "must be one of the options")
		}
	}
	if first, there := o["initial_option"]; there {
		among(at+"/initial_option", first)
	}
	if first, there := o["initial_options"]; there {
		l, ok := first.([]any)
		if !ok || len(l) == 0 {
			c.bad(at+"/initial_options", "must have at least 1 items, got %d", len(l))
		}
		for i, v := range l {
			among(fmt.Sprintf("%s/initial_options/%d", at, i), v)
		}
	}
}

// choices are the options of an element, in and out of groups.
func choices(e object) []object {
	var all []object
	add := func(v any) {
		l, _ := v.([]any)
		for _, v := range l {
			if o, ok := v.(object); ok {
				all = append(all, o)
			}
		}
	}
	add(e["options"])
	groups, _ := e["option_groups"].([]any)
	for _, g := range groups {
		if o, ok := g.(object); ok {
			add(o["options"])
		}
	}
	return all
}

// same is whether two JSON values are the same, but for the emoji flag that Slack adds.
func same(a, b any) bool {
	x, xok := a.(object)
	y, yok := b.(object)
	if !xok || !yok {
		return fmt.Sprint(a) == fmt.Sprint(b)
	}
	for _, key := range append(sorted(x), sorted(y)...) {
		if key != "emoji" && key != "verbatim" && !same(x[key], y[key]) {
			return false
		}
	}
	return true
}

// blocks checks a list of blocks. What it does not know it refuses: the newer kinds that no
// app here sends, such as cards and charts, and those that only Slack itself may post.
func (c *checker) blocks(at string, v any) {
	l, ok := v.([]any)
	if !ok {
		c.bad(at, "must provide an array")
		return
	}
	high := maxBlocksView
	if c.on == inMessage {
		high = maxBlocksMessage
	}
	if len(l) > high {
		c.bad(at, "no more than %d items allowed [%d]", high, len(l))
	}
	if len(l) == 0 && c.on != inMessage {
		c.bad(at, "must have at least 1 items, got 0")
	}
	for i, v := range l {
		c.block(fmt.Sprintf("%s/%d", at, i), v)
	}
	if c.markdown > maxMarkdown {
		c.bad(at, "markdown blocks must be less than %d characters together", maxMarkdown+1)
	}
}

func (c *checker) block(at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.bad(at, "must provide an object")
		return
	}
	if name, ok := o["block_id"].(string); ok && name != "" {
		if c.ids[name] {
			c.bad(at+"/block_id", "`block_id` already exists: %s", name)
		}
		c.ids[name] = true
	}
	kind, _ := o["type"].(string)
	f := fields{"block_id": may(text(1, maxID))}
	in := func(name string, check field) { f[name] = check }
	within := func(block string) func(*checker, string, any) {
		return func(c *checker, at string, v any) { c.element(at, v, block) }
	}
	switch kind {
	case "divider":
	case "section":
		in("text", may(any2(maxText)))
		in("fields", may(list(1, 10, any2(maxField))))
		in("accessory", may(within("section")))
		in("expand", may(truth))
		if o["text"] == nil && o["fields"] == nil {
			c.bad(at, "missing required field: text or fields")
		}
	case "header":
		in("text", need(plain(maxHeader)))
	case "image":
		in("image_url", may(link))
		in("slack_file", may(slackFile))
		in("alt_text", need(text(1, maxAlt)))
		in("title", may(plain(maxAlt)))
		if (o["image_url"] == nil) == (o["slack_file"] == nil) {
			c.bad(at, "either image_url or slack_file")
		}
	case "context":
		in("elements", need(list(1, maxContext, func(c *checker, at string, v any) {
			if e, _ := v.(object); e["type"] == "image" {
				c.element(at, v, "context")
			} else {
				any2(maxText)(c, at, v)
			}
		})))
	case "actions":
		in("elements", need(list(1, maxActions, within("actions"))))
		c.unique(at, o)
	case "context_actions": // messages only; at most 5: docs, /block-kit/blocks/context-actions-block
		in("elements", need(list(1, 5, within("context_actions"))))
		c.unique(at, o)
		c.only(at, kind, inMessage)
	case "input":
		c.inputs = true
		in("label", need(plain(maxLabel)))
		in("element", need(within("input")))
		in("hint", may(plain(maxLabel)))
		in("optional", may(truth))
		in("dispatch_action", may(truth))
	case "markdown":
		in("text", need(text(1, maxMarkdown)))
		s, _ := o["text"].(string)
		c.markdown += length(s)
		c.only(at, kind, inMessage)
	case "rich_text":
		in("elements", need(list(0, math.MaxInt, richText)))
	case "video":
		in("title", need(plain(200)))
		in("video_url", need(link))
		in("thumbnail_url", need(link))
		in("alt_text", need(text(1, 200)))
		for name, high := range map[string]int{"author_name": 50, "provider_name": 50} {
			in(name, may(text(1, high)))
		}
		in("description", may(plain(200)))
		in("title_url", may(link))
		in("provider_icon_url", may(link))
		if !c.app.may("links.embed:write") {
			c.bad(at, "video blocks need the scope links.embed:write")
		}
	default:
		c.bad(at+"/type", "unsupported type: %s", kind)
		return
	}
	c.object(at, v, f)
}

func (c *checker) only(at, kind string, on surface) {
	if c.on != on {
		c.bad(at+"/type", "unsupported type: %s", kind)
	}
}

// unique demands that a block's elements have action_ids of their own.
func (c *checker) unique(at string, block object) {
	seen := map[string]bool{}
	l, _ := block["elements"].([]any)
	for i, v := range l {
		e, _ := v.(object)
		if name, _ := e["action_id"].(string); name != "" {
			if seen[name] {
				c.bad(fmt.Sprintf("%s/elements/%d/action_id", at, i), "`action_id` already exists: %s", name)
			}
			seen[name] = true
		}
	}
}

// richText checks what an app may write of rich text: docs, /block-kit/blocks/rich-text-block.
func richText(c *checker, at string, v any) {
	o, _ := v.(object)
	f := fields{}
	switch o["type"] {
	case "rich_text_section":
		f["elements"] = need(list(0, math.MaxInt, richInline))
	case "rich_text_preformatted":
		f["elements"], f["border"], f["language"] = need(list(0, math.MaxInt, richInline)), may(whole(0, 1)), may(text(1, 64))
	case "rich_text_quote":
		f["elements"], f["border"] = need(list(0, math.MaxInt, richInline)), may(whole(0, 1))
	case "rich_text_list":
		f["elements"], f["style"] = need(list(0, math.MaxInt, richText)), need(oneOf("bullet", "ordered"))
		f["indent"], f["offset"], f["border"] = may(whole(0, 8)), may(whole(0, math.MaxInt32)), may(whole(0, 1))
	default:
		c.bad(at+"/type", "unsupported type: %v", o["type"])
		return
	}
	c.object(at, v, f)
}

func richInline(c *checker, at string, v any) {
	o, _ := v.(object)
	style := may(func(c *checker, at string, v any) {
		c.object(at, v, fields{"bold": may(truth), "italic": may(truth), "strike": may(truth), "code": may(truth), "underline": may(truth)})
	})
	f := fields{"style": style}
	switch o["type"] {
	case "text":
		f["text"] = need(text(1, maxMarkdown))
	case "link":
		f["url"], f["text"], f["unsafe"] = need(link), may(text(1, maxMarkdown)), may(truth)
	case "emoji":
		f["name"], f["unicode"], f["skin_tone"] = need(text(1, 100)), may(text(1, 100)), may(whole(1, 6))
	case "user":
		f["user_id"] = need(text(1, 20))
	case "usergroup":
		f["usergroup_id"] = need(text(1, 20))
	case "channel":
		f["channel_id"] = need(text(1, 20))
	case "broadcast":
		f["range"] = need(oneOf("here", "channel", "everyone"))
	case "date":
		f["timestamp"], f["format"], f["url"], f["fallback"] = need(whole(0, math.MaxInt32)), need(text(1, 255)), may(link), may(text(1, 255))
	case "color":
		f["value"] = need(text(4, 9))
	default:
		c.bad(at+"/type", "unsupported type: %v", o["type"])
		return
	}
	c.object(at, v, f)
}

func (s *Slack) checker(on surface) *checker {
	return &checker{on: on, app: s.app, ids: map[string]bool{}}
}

// checkView checks a whole view, of the kind that is asked for.
func (s *Slack) checkView(v any, kind surface) []string {
	c := s.checker(kind)
	f := fields{"blocks": need(func(c *checker, at string, v any) { c.blocks(at, v) }), "private_metadata": may(text(0, maxPrivate)),
		"callback_id": may(text(0, maxID)), "external_id": may(text(0, maxID))}
	if kind == inModal {
		f["title"], f["submit"], f["close"] = need(plain(maxViewText)), may(plain(maxViewText)), may(plain(maxViewText))
		f["clear_on_close"], f["notify_on_close"] = may(truth), may(truth)
		f["submit_disabled"] = may(truth)
	}
	o, ok := v.(object)
	if !ok {
		return []string{"[ERROR] must provide an object [json-pointer:/view]"}
	}
	if o["type"] != string(kind) {
		c.bad("/view/type", "must be %s", kind)
	}
	c.object("/view", v, f)
	if kind == inModal && c.inputs && o["submit"] == nil {
		c.bad("/view/submit", "missing required field: submit, since there are input blocks")
	}
	return c.wrong
}

// dress gives blocks what Slack gives them: ids where the app gave none, and the emoji flag.
func (s *Slack) dress(v any) []object {
	l, _ := v.([]any)
	blocks := make([]object, 0, len(l))
	for _, v := range l {
		b := clone(v).(object)
		if name, _ := b["block_id"].(string); name == "" {
			b["block_id"] = s.id("b")
		}
		each(b, func(o object) {
			if kind, _ := o["type"].(string); kind == "plain_text" && o["emoji"] == nil {
				o["emoji"] = true
			} else if _, interactive := elements[kind]; interactive && kind != "image" && o["action_id"] == nil {
				o["action_id"] = s.id("a")
			}
		})
		blocks = append(blocks, b)
	}
	return blocks
}

// each calls f with every object in a value, the outer before the inner.
func each(v any, f func(object)) {
	switch v := v.(type) {
	case object:
		f(v)
		for _, name := range sorted(v) {
			each(v[name], f)
		}
	case []any:
		for _, v := range v {
			each(v, f)
		}
	}
}

func clone(v any) any {
	switch v := v.(type) {
	case object:
		o := make(object, len(v))
		for name, v := range v {
			o[name] = clone(v)
		}
		return o
	case []any:
		l := make([]any, len(v))
		for i, v := range v {
			l[i] = clone(v)
		}
		return l
	case state:
		return v.values()
	case map[string]object:
		o := make(object, len(v))
		for name, v := range v {
			o[name] = clone(v)
		}
		return o
	case []object:
		l := make([]any, len(v))
		for i, v := range v {
			l[i] = clone(v)
		}
		return l
	}
	return v
}
