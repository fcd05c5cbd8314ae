package slackchat

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"latchkey/bot"
)

// Check asks Slack who the app is. The error says why nothing can work; missing lists what works
// only in part, a line each.
func (s *Slack) Check(ctx context.Context) (missing []string, err error) {
	if !strings.HasPrefix(s.o.BotToken, "xoxb-") {
		return nil, setup("LATCHKEY_SLACK_BOT_TOKEN should begin with xoxb- (OAuth & Permissions, Bot User OAuth Token)")
	}
	if s.o.AppToken == "" && s.o.SigningSecret == "" {
		return nil, setup("set LATCHKEY_SLACK_APP_TOKEN (Socket Mode) or LATCHKEY_SLACK_SIGNING_SECRET (HTTP), or nothing will be heard")
	}
	if s.o.AppToken != "" && !strings.HasPrefix(s.o.AppToken, "xapp-") {
		return nil, setup("LATCHKEY_SLACK_APP_TOKEN should begin with xapp- (Basic Information, App-Level Tokens)")
	}
	if badSendWord(s.o.SendWord) {
		return nil, setup("LATCHKEY_SLACK_SEND_WORD is %q, which Slack does not bring as it is typed, or which begins other messages too: "+
			"write >> (what it is by itself), or at least two letters and signs without a space, such as !reply or to:", s.o.SendWord)
	}
	me, err := s.api.AuthTestContext(ctx)
	if badToken(err) {
		return nil, setup("Slack does not accept LATCHKEY_SLACK_BOT_TOKEN (%s)", err)
	}
	if err != nil {
		return nil, err
	}
	is := self{team: me.TeamID, user: me.UserID, bot: me.BotID, teams: map[string]bool{}}
	for _, t := range s.o.Teams {
		is.teams[t] = true
	}
	if len(s.o.Teams) == 0 {
		is.teams[me.TeamID] = true
	}
	if !is.teams[me.TeamID] {
		return nil, setup("the token belongs to the workspace %s (%s), which LATCHKEY_SLACK_TEAMS does not name", me.TeamID, me.Team)
	}
	granted := strings.FieldsFunc(strings.Join(me.Header.Values("X-Oauth-Scopes"), ","), func(r rune) bool { return r == ',' || r == ' ' })
	var lacks []string
	for _, scope := range scopes() {
		if !slices.Contains(granted, scope) {
			lacks = append(lacks, scope)
		}
	}
	if len(granted) > 0 && len(lacks) > 0 {
		missing = append(missing, "the app lacks the scopes "+strings.Join(lacks, ", ")+": put `latchkey slack manifest` into App Manifest, and install the app again")
	}
	for _, q := range []bot.Queue{bot.QueueSupport, bot.QueueHexpert} {
		if line := s.checkQueue(ctx, q); line != "" {
			missing = append(missing, line)
		}
	}
	s.self = is
	return missing, nil
}

// checkQueue says in a line why tickets of a queue would not arrive.
func (s *Slack) checkQueue(ctx context.Context, q bot.Queue) string {
	name := "LATCHKEY_SLACK_" + strings.ToUpper(string(q)) + "_CHANNEL"
	id := s.o.Queues[q]
	if id == "" {
		return name + " is not set: no ticket comes to Slack that is opened for this queue, and the cards offer no passing to it; one that is passed to it elsewhere goes on in the channel it was in"
	}
	c, err := s.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
	switch {
	case codeOf(err) == "channel_not_found":
		return name + ": there is no channel " + id + ", or it is private and the app is not in it; invite the app there"
	case err != nil:
		return "" // it will show when something is to be sent
	case c.IsArchived:
		return name + ": the channel #" + c.Name + " is archived"
	case !c.IsMember:
		return name + ": the app is not in #" + c.Name + "; write /invite @ and the app's name there"
	}
	return ""
}

// codeOf is Slack's word for an error: "channel_not_found".
func codeOf(err error) string {
	var e slack.SlackErrorResponse
	if errors.As(err, &e) {
		return e.Err
	}
	return ""
}

// badToken says whether Slack refuses the token itself: no trying again will help.
func badToken(err error) bool {
	return slices.Contains([]string{
		"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "app_uninstalled",
	}, codeOf(err))
}

// hopeless are the errors that the same call will get again: what was sent is wrong, or there is
// nobody to read it.
var hopeless = []string{
	"msg_too_long", "msg_blocks_too_long", "no_text", "invalid_blocks", "invalid_blocks_format", "invalid_arguments", "invalid_metadata_format",
	"is_archived", "cannot_dm_bot", "user_not_found", "user_disabled", "user_not_visible", "thread_not_found", "cannot_reply_to_message",
	"message_not_found", "cant_update_message", "edit_window_closed", "user_not_in_channel", "messages_tab_disabled", "restricted_action",
}

// limitTime is how long to wait when Slack says that it is called too often, and not until when:
// the limits are for a minute.
const limitTime = time.Minute

// judged turns an error of Slack into one that says what to do about it.
func judged(err error) error {
	var limited *slack.RateLimitedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limited):
		return bot.RetryAfter(err, limited.RetryAfter)
	case codeOf(err) == "ratelimited" || codeOf(err) == "rate_limited":
		return bot.RetryAfter(err, limitTime)
	case slices.Contains(hopeless, codeOf(err)):
		return bot.Permanent(err)
	}
	return err
}
