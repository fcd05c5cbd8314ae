package slackchat

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// The names by which Slack calls what people can do.
const (
	command  = "/loginhelp"
	shortcut = "help_with_this"
)

// uses is what this package calls and hears, each with the scopes it asks for; the manifest asks
// for no other, and the start-up check misses none. A test holds the calls against the code.
var uses = map[string][]string{
	"auth.test":                             nil,
	"chat.postMessage":                      {"chat:write"},
	"chat.postEphemeral":                    {"chat:write"},
	"chat.update":                           {"chat:write"},
	"chat.delete":                           {"chat:write"},
	"response_url":                          nil,
	"conversations.open":                    {"im:write"},
	"conversations.info":                    {"channels:read", "groups:read"},
	"conversations.history":                 {"channels:history", "groups:history", "im:history"},
	"conversations.replies":                 {"channels:history", "groups:history", "im:history"},
	"users.info":                            {"users:read", "users:read.email"},
	"views.open":                            nil,
	"views.publish":                         nil,
	"assistant.threads.setStatus":           {"assistant:write"},
	"assistant.threads.setTitle":            {"assistant:write"},
	"assistant.threads.setSuggestedPrompts": {"assistant:write"},
	"files.getUploadURLExternal":            {"files:write"},
	"files.completeUploadExternal":          {"files:write"},
	"download":                              {"files:read"},
	"command":                               {"commands"},
	"shortcut":                              {"commands"},
	"app_home_opened":                       nil,
	"app_mention":                           {"app_mentions:read"},
	"assistant_thread_started":              {"assistant:write"},
	"message.channels":                      {"channels:history"},
	"message.groups":                        {"groups:history"},
	"message.im":                            {"im:history"},
}

// events are the bot events a new app subscribes to. One that was made with assistant_view also hears
// assistant_thread_started, of which app_home_opened takes the place:
// https://docs.slack.dev/ai/migrating-to-agent-messaging
var events = []string{
	"app_home_opened", "app_mention", "message.channels", "message.groups", "message.im",
}

// scopes are those of the bot token, sorted.
func scopes() []string {
	all := map[string]bool{}
	for _, of := range uses {
		for _, s := range of {
			all[s] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Where Slack posts to, without Socket Mode; below the address of the server.
const (
	pathEvents      = "/slack/events"
	pathInteractive = "/slack/interactive"
	pathCommands    = "/slack/commands"
)

// Manifest gives the app's manifest as JSON, to create the app from. With the address of the
// server Slack posts there; without one the program connects to Slack (Socket Mode). It asks for the
// agent messaging experience, the only one that Slack gives to new apps; an app with the assistant's
// pane that takes it goes over to that.
func Manifest(name, address string) ([]byte, error) {
	if name == "" {
		name = "Latchkey"
	}
	name = cut(name, 35) // https://docs.slack.dev/reference/app-manifest
	at := func(path string) string {
		if address == "" {
			return ""
		}
		return strings.TrimSuffix(address, "/") + path
	}
	m := slack.Manifest{
		Metadata: slack.ManifestMetadata{MajorVersion: 1},
		Display: slack.Display{
			Name:        name,
			Description: "Gets locked-out people back in, and calls a person when one is needed",
		},
		Features: slack.Features{
			AppHome:   slack.AppHome{HomeTabEnabled: true, MessagesTabEnabled: true},
			BotUser:   slack.BotUser{DisplayName: name, AlwaysOnline: true},
			AgentView: &slack.AgentView{AgentDescription: "Help with a client who can't log in, or with your own login"},
			Shortcuts: []slack.Shortcut{{
				Name: "Help with this login", CallbackID: shortcut, Type: slack.MessageShortcut,
				Description: "Opens a conversation that has read this message",
			}},
			SlashCommands: []slack.ManifestSlashCommand{{
				Command: command, Description: "Help with a login problem", UsageHint: "[what happens]", Url: at(pathCommands),
			}},
		},
		OAuthConfig: slack.OAuthConfig{Scopes: slack.OAuthScopes{Bot: scopes()}},
		Settings: slack.Settings{
			EventSubscriptions: &slack.EventSubscriptions{RequestUrl: at(pathEvents), BotEvents: events},
			Interactivity:      &slack.Interactivity{IsEnabled: true, RequestUrl: at(pathInteractive)},
			SocketModeEnabled:  address == "",
		},
	}
	return withoutReadOnly(m)
}

// withoutReadOnly writes a manifest that says outright that people may write to the app: Slack
// takes a missing word for a no, and the library leaves out what is false.
func withoutReadOnly(m slack.Manifest) ([]byte, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	home := all["features"].(map[string]any)["app_home"].(map[string]any) // we have just put them there
	home["messages_tab_read_only_enabled"] = false
	return json.MarshalIndent(all, "", "  ")
}
