package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// App is the app as Slack knows it: what its manifest says, and its secrets.
type App struct {
	ID, Name string
	// BotName is the bot user's name.
	BotName string
	Scopes  []string // of the bot token
	Events  []string // bot events it subscribes to
	// Commands are its slash commands, with the slash.
	Commands []string
	// Shortcuts: by callback id, "message" or "global".
	Shortcuts map[string]string
	// NoInteractivity, NoHome, NoMessages: what the app has not switched on. ReadOnlyMessages
	// is a messages tab where people can't write.
	NoInteractivity, NoHome, NoMessages, ReadOnlyMessages bool
	// Agent is whether people talk to it in its Messages tab, with prompts above (agent_view), and
	// Assistant whether it has the assistant's pane (assistant_view), as only apps have that were made
	// before: https://docs.slack.dev/ai/migrating-to-agent-messaging
	Agent, Assistant bool
	// The secrets; the bot's token is made of BotToken and the workspace: BotToken itself in
	// the first one.
	BotToken, AppToken, SigningSecret, VerificationToken string
}

// Everything an app for conversations can ask for; App takes it where it says nothing, with the pane
// of an older app.
var (
	allScopes = []string{"app_mentions:read", "assistant:write", "channels:history", "channels:join", "channels:read", "chat:write",
		"chat:write.public", "commands", "files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write",
		"mpim:history", "mpim:read", "mpim:write", "reactions:read", "reactions:write", "team:read", "users:read", "users:read.email"}
	allEvents = []string{"app_home_opened", "app_mention", "assistant_thread_context_changed", "assistant_thread_started",
		"member_joined_channel", "message.channels", "message.groups", "message.im", "message.mpim", "reaction_added", "reaction_removed"}
)

func (a App) filled() App {
	or := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	or(&a.ID, "A00000001")
	or(&a.Name, "Latchkey")
	or(&a.BotName, "latchkey")
	or(&a.BotToken, "xoxb-local-bot")
	or(&a.AppToken, "xapp-local-app")
	or(&a.SigningSecret, "8f742231b10e8888abcd99yyyzzz85a5")
	or(&a.VerificationToken, "local-verification")
	if a.Scopes == nil && a.Events == nil {
		a.Scopes, a.Events, a.Assistant = allScopes, allEvents, true
		if a.Commands == nil {
			a.Commands = []string{"/loginhelp"}
		}
	}
	return a
}

func (a App) may(scope string) bool { return slices.Contains(a.Scopes, scope) }

// eventScopes is what each event asks for: docs, /reference/events.
var eventScopes = map[string]string{
	"app_home_opened": "", "app_mention": "app_mentions:read", "assistant_thread_started": "assistant:write",
	"assistant_thread_context_changed": "assistant:write", "member_joined_channel": "channels:read", "message.channels": "channels:history",
	"message.groups": "groups:history", "message.im": "im:history", "message.mpim": "mpim:history", "reaction_added": "reactions:read",
	"reaction_removed": "reactions:read", "member_left_channel": "channels:read", "channel_archive": "channels:read", "app_uninstalled": "",
	"app_context_changed": "", "channel_created": "channels:read", "channel_deleted": "channels:read", "channel_unarchive": "channels:read",
	"channel_id_changed": "channels:read", "file_shared": "files:read", "file_created": "files:read", "file_deleted": "files:read",
	"file_change": "files:read", "group_archive": "groups:read", "group_left": "groups:read", "group_rename": "groups:read",
	"im_created": "im:read", "team_rename": "team:read", "team_domain_change": "team:read", "user_profile_changed": "users.profile:read",
	"tokens_revoked": "", "user_change": "users:read", "team_join": "users:read", "channel_rename": "channels:read",
}

// ParseManifest reads an app's manifest in JSON, as one gives it to Slack to create the app.
// It refuses what Slack would: an event without its scope, one that does not exist, Socket Mode
// with addresses missing where it is off, names that are too long, the assistant's pane.
func ParseManifest(data []byte) (App, error) { return parse(data, false) }

// ParseOlderManifest reads the manifest of an app that was made before Slack gave new apps the agent
// messaging experience only, in June 2026: it may have the assistant's pane instead.
func ParseOlderManifest(data []byte) (App, error) { return parse(data, true) }

func parse(data []byte, older bool) (App, error) {
	var m struct {
		Display struct {
			Name        string `json:"name"`
			Description string `json:"description"`
			Long        string `json:"long_description"`
		} `json:"display_information"`
		Features struct {
			Home struct {
				Home     *bool `json:"home_tab_enabled"`
				Messages *bool `json:"messages_tab_enabled"`
				ReadOnly bool  `json:"messages_tab_read_only_enabled"`
			} `json:"app_home"`
			Bot *struct {
				Name string `json:"display_name"`
			} `json:"bot_user"`
			Shortcuts []struct {
				Name, Type, Description string
				Callback                string `json:"callback_id"`
			} `json:"shortcuts"`
			Commands []struct {
				Command, Description string
				URL                  string `json:"url"`
				Hint                 string `json:"usage_hint"`
			} `json:"slash_commands"`
			Assistant *struct {
				Description string `json:"assistant_description"`
			} `json:"assistant_view"`
			Agent *struct {
				Description string `json:"agent_description"`
			} `json:"agent_view"`
		} `json:"features"`
		OAuth struct {
			Scopes struct {
				Bot []string `json:"bot"`
			} `json:"scopes"`
		} `json:"oauth_config"`
		Settings struct {
			Events struct {
				URL string   `json:"request_url"`
				Bot []string `json:"bot_events"`
			} `json:"event_subscriptions"`
			Interactivity struct {
				On  bool   `json:"is_enabled"`
				URL string `json:"request_url"`
			} `json:"interactivity"`
			Socket bool `json:"socket_mode_enabled"`
		} `json:"settings"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return App{}, fmt.Errorf("slacktest: manifest: %w", err)
	}
	wrong := func(format string, args ...any) (App, error) {
		return App{}, fmt.Errorf("slacktest: manifest: "+format, args...)
	}
	a := App{Name: m.Display.Name, Scopes: append([]string{}, m.OAuth.Scopes.Bot...), Events: append([]string{}, m.Settings.Events.Bot...),
		Commands: []string{}, Shortcuts: map[string]string{}, NoInteractivity: !m.Settings.Interactivity.On,
		NoHome:     m.Features.Home.Home == nil || !*m.Features.Home.Home,
		NoMessages: m.Features.Home.Messages != nil && !*m.Features.Home.Messages, ReadOnlyMessages: m.Features.Home.ReadOnly}
	// docs, /reference/app-manifest: 35 characters a name, 140 a description, 175 to 4,000 the
	// long one; 80 the bot's; 5 global shortcuts and as many for messages, 24 characters each;
	// 50 commands of 32 characters.
	if n := length(a.Name); n == 0 || n > 35 {
		return wrong("display_information.name: %d characters, not 1 to 35", n)
	}
	if n := length(m.Display.Description); n > 140 {
		return wrong("description: %d characters, more than 140", n)
	}
	if n := length(m.Display.Long); n > 0 && (n < 175 || n > 4000) {
		return wrong("long_description: %d characters, not 175 to 4,000", n)
	}
	if m.Features.Bot == nil {
		return wrong("features.bot_user is missing")
	}
	if a.BotName = m.Features.Bot.Name; a.BotName == "" || length(a.BotName) > 80 {
		return wrong("bot_user.display_name: not 1 to 80 characters")
	}
	if len(m.Features.Shortcuts) > 10 {
		return wrong("more than 10 shortcuts")
	}
	for _, c := range m.Features.Shortcuts {
		if c.Type != "message" && c.Type != "global" {
			return wrong("shortcut %s is neither message nor global", c.Callback)
		}
		if n := length(c.Name); n == 0 || n > 24 || c.Callback == "" || length(c.Callback) > 255 || c.Description == "" || length(c.Description) > 150 {
			return wrong("shortcut %q: a name of 1 to 24 characters, a callback_id and a description of at most 150", c.Name)
		}
		a.Shortcuts[c.Callback] = c.Type
	}
	for _, c := range m.Features.Commands {
		if len(c.Command) < 2 || c.Command[0] != '/' || length(c.Command) > 32 || c.Description == "" || length(c.Description) > 2000 {
			return wrong("command %q: a slash, at most 32 characters, and a description", c.Command)
		}
		if !m.Settings.Socket && c.URL == "" {
			return wrong("command %s has no url and Socket Mode is off", c.Command)
		}
		a.Commands = append(a.Commands, c.Command)
	}
	if (len(a.Commands) > 0 || len(a.Shortcuts) > 0) && !a.may("commands") {
		return wrong("commands and shortcuts need the scope commands")
	}
	a.Assistant, a.Agent = m.Features.Assistant != nil, m.Features.Agent != nil
	switch {
	case a.Assistant && !older:
		return wrong("assistant_view: new apps can only use agent_view")
	case a.Assistant && a.Agent:
		return wrong("agent_view stands in place of assistant_view, not beside it")
	case (a.Assistant || a.Agent) && !a.may("assistant:write"):
		return wrong("agent_view and assistant_view need the scope assistant:write")
	case a.Agent && m.Features.Agent.Description == "":
		return wrong("agent_view.agent_description is missing")
	case a.Agent && a.NoMessages:
		return wrong("agent_view needs the Messages tab")
	}
	for _, event := range a.Events {
		scope, known := eventScopes[event]
		if !known {
			return wrong("no bot event is called %s", event)
		}
		if scope != "" && !a.may(scope) {
			return wrong("event %s needs the scope %s", event, scope)
		}
		// Slack may take it; but it never comes, and who waits for it waits in vain.
		if a.Agent && strings.HasPrefix(event, "assistant_thread_") {
			return wrong("event %s does not happen with agent_view", event)
		}
	}
	if !m.Settings.Socket && (len(a.Events) > 0 && m.Settings.Events.URL == "" || m.Settings.Interactivity.On && m.Settings.Interactivity.URL == "") {
		return wrong("Socket Mode is off and request_url is missing")
	}
	return a, nil
}
