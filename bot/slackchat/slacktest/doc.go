// Package slacktest is a Slack of one's own, on this machine: a workspace with people and
// channels, the Web API, Socket Mode and the HTTP events, and hands to press what an app shows.
// It refuses what the real one refuses and remembers it, so that an app that works here works
// there. It also fails on demand as the real one does: slow, limited, cut off, twice or late.
//
// It knows nothing of Latchkey. Where a number of Slack's stands in the code, its source stands
// beside it; docs means docs.slack.dev.
package slacktest
