package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"latchkey/bot/slackchat"
	"latchkey/bot/slackchat/slacktest"
)

// slackCommand is what is needed to connect Slack.
func (p program) slackCommand(ctx context.Context, c *Config) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "slack",
		Short: "Connect Slack",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.manifestCommand(c), p.simulatorCommand(ctx, c))
	return cmd
}

func (p program) manifestCommand(c *Config) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "manifest",
		Short: "Print the app's manifest, from which Slack creates the app",
		Long: "Prints the app's manifest as JSON. At https://api.slack.com/apps choose Create New App, From a manifest.\n" +
			"Without --http the program connects to Slack by itself, and needs no public address.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			raw, err := slackchat.Manifest(c.Product, address)
			if err != nil {
				return err
			}
			_, err = p.out.Write(append(raw, '\n'))
			return err
		},
	}
	cmd.Flags().StringVar(&address, "http", "", "public address of this server, if Slack is to post to it: https://help.example.com")
	return cmd
}

func (p program) simulatorCommand(ctx context.Context, c *Config) *cobra.Command {
	var page string
	cmd := &cobra.Command{
		Use:   "simulator",
		Short: "Try Slack without a workspace: the program, and a small Slack in the browser",
		Long: "Runs the program with a Slack of its own, and a page to walk about in it as one of several people.\n" +
			"Nothing leaves this machine and nothing is kept.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.simulate(ctx, *c, page) },
	}
	cmd.Flags().StringVar(&page, "page", "localhost:8090", "address of the page")
	return cmd
}

// simulate runs the program beside a local Slack.
func (p program) simulate(ctx context.Context, c Config, page string) (err error) {
	raw, err := slackchat.Manifest(c.Product, "")
	if err != nil {
		return err
	}
	app, err := slacktest.ParseManifest(raw)
	if err != nil {
		return err
	}
	local, err := slacktest.Start(slacktest.Options{App: app})
	if err != nil {
		return err
	}
	defer local.Close()
	if c.Data, err = os.MkdirTemp("", "latchkey-simulator-"); err != nil {
		return err
	}
	defer os.RemoveAll(c.Data)
	if err := populate(local, app, &c); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", page)
	if err != nil {
		return fmt.Errorf("cannot listen at %s: %w (another address: --page localhost:9091)", page, err)
	}
	server := &http.Server{Handler: slacktest.Page(local), ReadHeaderTimeout: 10 * time.Second}
	defer server.Close()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(p.out, "A Slack to try it in: http://%s/\n\n", reachable(listener.Addr()))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(<-failed) }()
	p.slackAPI = local.API()
	return p.serve(ctx, c)
}

// The tokens of the local Slack; they open nothing else.
const (
	simulatedBot = "xoxb-local-bot"
	simulatedApp = "xapp-local-app"
)

// populate puts people and channels into a local Slack, and the settings to go with them. No mail
// leaves: it is written to the folder that goes at the end.
func populate(local *slacktest.Slack, app slacktest.App, c *Config) error {
	for _, u := range []slacktest.User{
		{Name: "marie", RealName: "Marie Roy", Email: "marie@example.org"},
		{Name: "luc", RealName: "Luc Gagnon", Email: "luc@example.org", Locale: "fr-CA"},
		{Name: "gus", RealName: "Gus Guest", Email: "gus@example.net", Guest: true},
		{Name: "ann", RealName: "Ann Lee (team)", Email: "ann@example.org"},
		{Name: "bob", RealName: "Bob Cole (team)", Email: "bob@example.org"},
	} {
		local.AddUser(u)
	}
	bot := "@" + app.BotName
	for _, room := range []struct {
		name    string
		id      *string
		members []string
	}{
		{"general", new(string), []string{"marie", "luc", "gus", "ann", "bob", bot}},
		{"support", &c.SlackSupportChannel, []string{"ann", "bob", bot}},
		{"senior-support", &c.SlackHexpertChannel, []string{"ann", "bob", bot}},
	} {
		id, err := local.AddChannel(slacktest.Public, room.name, room.members...)
		if err != nil {
			return err
		}
		*room.id = id
	}
	c.SlackBotToken, c.SlackAppToken, c.SlackSigningSecret, c.SlackTeams = simulatedBot, simulatedApp, "", nil
	c.SMTPHost = ""
	return nil
}
