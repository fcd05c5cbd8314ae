package slackchat

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// inward is something that came, with the line it is handled in and how.
type inward struct {
	line string
	// at is Slack's time stamp: within a line the earlier goes first.
	at string
	do func(context.Context, *Slack) error
}

// event is what this package reads of an event: the kinds it hears have these fields in common.
type event struct {
	Team string `json:"team_id"`
	// Through is the workspace where the app is, when the event is of a channel shared with another.
	Through string `json:"context_team_id"`
	Inner   struct {
		Type    string `json:"type"`
		Subtype string `json:"subtype"`
		Channel string `json:"channel"`
		User    string `json:"user"`
		BotID   string `json:"bot_id"`
		Text    string `json:"text"`
		TS      string `json:"ts"`
		Thread  string `json:"thread_ts"`
		EventTS string `json:"event_ts"`
		Tab     string `json:"tab"`
		Files   []file `json:"files"`
		// Message and Previous belong to edits and deletions.
		Message   said   `json:"message"`
		Previous  said   `json:"previous_message"`
		Deleted   string `json:"deleted_ts"`
		Assistant struct {
			User    string `json:"user_id"`
			Channel string `json:"channel_id"`
			Thread  string `json:"thread_ts"`
		} `json:"assistant_thread"`
	} `json:"event"`
}

type said struct {
	User   string `json:"user"`
	BotID  string `json:"bot_id"`
	Text   string `json:"text"`
	TS     string `json:"ts"`
	Thread string `json:"thread_ts"`
	Edited edited `json:"edited"`
	Files  []file `json:"files"`
}

type edited struct {
	TS string `json:"ts"`
}

// The subtypes of messages: what people say, with files or in a thread and the channel at once, and
// what becomes of it.
const (
	subtypeChanged = "message_changed"
	subtypeDeleted = "message_deleted"
)

var spokenSubtypes = []string{"", "file_share", "thread_broadcast"}

type file struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"mimetype"`
	URL  string `json:"url_private"`
	Size int    `json:"size"`
}

// press is something pressed, picked, submitted, or chosen from a message's menu.
type press struct {
	Type string `json:"type"`
	Team struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Message   string `json:"message_ts"`
		Thread    string `json:"thread_ts"`
		Channel   string `json:"channel_id"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Trigger  string   `json:"trigger_id"`
	Response string   `json:"response_url"`
	Callback string   `json:"callback_id"`
	Actions  []action `json:"actions"`
	Message  said     `json:"message"`
	View     struct {
		ID       string `json:"id"`
		Callback string `json:"callback_id"`
		Private  string `json:"private_metadata"`
		// Through is the workspace where the app is. Team is that of who sent the window, which is
		// another when the channel is shared with them.
		Through string `json:"app_installed_team_id"`
		State   struct {
			Values map[string]map[string]struct {
				Value string `json:"value"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// value gives what was typed into an input of a window.
func (p press) value(name string) string {
	for _, v := range p.View.State.Values[name] {
		return strings.TrimSpace(emojis(v.Value))
	}
	return ""
}

type action struct {
	ID       string `json:"action_id"`
	Block    string `json:"block_id"`
	Value    string `json:"value"`
	At       string `json:"action_ts"`
	Text     label  `json:"text"`
	Selected struct {
		Value string `json:"value"`
		Text  label  `json:"text"`
	} `json:"selected_option"`
}

type label struct {
	Text string `json:"text"`
}

// slash is a slash command.
type slash struct {
	Team    string `json:"team_id"`
	Channel string `json:"channel_id"`
	User    string `json:"user_id"`
	Command string `json:"command"`
	Text    string `json:"text"`
	Trigger string `json:"trigger_id"`
}

// read finds out what came.
func read(e envelope) (inward, error) {
	switch e.Kind {
	case kindEvent:
		var ev event
		if err := json.Unmarshal(e.Body, &ev); err != nil {
			return inward{}, err
		}
		if ev.Through != "" {
			ev.Team = ev.Through
		}
		return readEvent(ev), nil
	case kindInteractive:
		var p press
		if err := json.Unmarshal(e.Body, &p); err != nil {
			return inward{}, err
		}
		if p.View.Through != "" {
			p.Team.ID = p.View.Through
		}
		return readPress(p), nil
	case kindCommand:
		var c slash
		if err := json.Unmarshal(e.Body, &c); err != nil {
			return inward{}, err
		}
		return inward{line: c.Team + ":" + c.User, do: func(ctx context.Context, s *Slack) error { return s.command(ctx, c) }}, nil
	}
	return inward{}, fmt.Errorf("slack: unknown kind %q", e.Kind)
}

func readEvent(e event) inward {
	in := e.Inner
	// A message that begins a thread and the answers in it are one line.
	root := in.Thread
	for _, or := range []string{in.Message.Thread, in.Previous.Thread, in.TS} {
		if root == "" {
			root = or
		}
	}
	line := e.Team + ":" + in.Channel
	if !strings.HasPrefix(in.Channel, "D") {
		line += ":" + root
	}
	at := in.EventTS
	if at == "" {
		at = in.TS
	}
	do := func(ctx context.Context, s *Slack) error { return s.happened(ctx, e) }
	if in.Type == "assistant_thread_started" {
		line = e.Team + ":" + in.Assistant.Channel
	}
	return inward{line: line, at: at, do: do}
}

func readPress(p press) inward {
	in := inward{do: func(ctx context.Context, s *Slack) error { return s.pressed(ctx, p) }}
	if len(p.Actions) > 0 {
		in.at = p.Actions[0].At
	}
	switch {
	case p.Type != "block_actions" || p.Container.Channel == "":
		in.line = p.Team.ID + ":" + p.User.ID
	case opens(p):
		// A window opens within 3 seconds or not at all: it waits for nothing.
		in.line = keyPrefix + p.Trigger
	default:
		in.line = p.Team.ID + ":" + p.Container.Channel
		if !strings.HasPrefix(p.Container.Channel, "D") {
			root := p.Container.Thread
			if root == "" {
				root = p.Container.Message
			}
			in.line += ":" + root
		}
	}
	return in
}
