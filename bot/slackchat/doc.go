// Package slackchat is Slack: professionals get help where they work, and the team answers from
// a thread.
package slackchat
