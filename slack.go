package main

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/bot/slackchat"
)

// slackCommand is what is needed to connect Slack.
func (p program) slackCommand(_ context.Context, c *Config) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "slack",
		Short: "Connect Slack",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.manifestCommand(c))
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
