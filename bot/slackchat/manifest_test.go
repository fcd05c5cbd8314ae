package slackchat

import (
	"slices"
	"strings"
	"testing"

	"latchkey/bot/slackchat/slacktest"
)

// Slack creates the app from both manifests, and it has what the program uses and nothing more.
func TestManifest(t *testing.T) {
	for _, address := range []string{"", "https://help.example.org/"} {
		raw, err := Manifest("Example Help", address)
		if err != nil {
			t.Fatal(err)
		}
		app, err := slacktest.ParseManifest(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		if !app.Agent || app.Assistant {
			t.Errorf("it is no app of the agent messaging experience:\n%s", raw)
		}
		if !slices.Equal(app.Scopes, scopes()) {
			t.Errorf("scopes %v, not %v", app.Scopes, scopes())
		}
		if !strings.Contains(string(raw), `"messages_tab_read_only_enabled": false`) {
			t.Errorf("nobody may write to the app:\n%s", raw)
		}
		for _, e := range app.Events {
			if _, ok := uses[e]; !ok {
				t.Errorf("nobody uses %s", e)
			}
		}
		if got := strings.Contains(string(raw), "https://help.example.org/slack/events"); got != (address != "") {
			t.Errorf("with address %q:\n%s", address, raw)
		}
	}
}
