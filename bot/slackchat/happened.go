package slackchat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"latchkey/bot"
	"latchkey/bot/picture"
	"latchkey/flows"
)

// happened handles an event.
func (s *Slack) happened(ctx context.Context, e event) error {
	in := e.Inner
	if !s.self.teams[e.Team] {
		return nil // only configured workspaces are served
	}
	switch in.Type {
	case "message":
		return s.message(ctx, e)
	case "app_mention":
		return s.mentioned(ctx, e)
	case "assistant_thread_started":
		return s.paneOpened(ctx, e)
	case "app_home_opened":
		switch in.Tab {
		case "home":
			return s.homeOpened(ctx, e.Team, in.User)
		case "messages":
			return s.messagesOpened(ctx, e)
		}
	}
	return nil
}

// message handles what was written, edited or deleted somewhere.
func (s *Slack) message(ctx context.Context, e event) error {
	in := e.Inner
	_, team := s.queueAt(in.Channel)
	switch {
	case in.Subtype == subtypeChanged && team:
		return s.threadEdited(ctx, e)
	case in.Subtype == subtypeDeleted && team:
		return s.threadDeleted(ctx, e)
	case !slices.Contains(spokenSubtypes, in.Subtype):
		return nil // somebody joined, a topic was set
	}
	if in.BotID != "" || in.User == "" || in.User == s.self.user {
		return nil
	}
	if team && in.Thread != "" {
		if done, err := s.threadSaid(ctx, e); done || err != nil {
			return err
		}
	}
	if strings.HasPrefix(in.Channel, "D") {
		return s.direct(ctx, e)
	}
	if in.Thread == "" || s.mentions(in.Text) {
		return nil // a mention is an event of its own
	}
	at := place{e.Team, in.Channel, in.Thread, in.User}
	if _, err := s.core.View(ctx, Channel, at.String(), 0, 1); errors.Is(err, bot.ErrNotFound) {
		return nil // they talk among themselves
	} else if err != nil {
		return err
	}
	return s.receive(ctx, e, at)
}

func (s *Slack) mentions(text string) bool { return strings.Contains(text, "<@"+s.self.user+">") }

// mentioned answers a mention in its thread. In the thread of a ticket it is a note like the rest.
func (s *Slack) mentioned(ctx context.Context, e event) error {
	in := e.Inner
	if in.BotID != "" || in.User == "" || in.User == s.self.user || strings.HasPrefix(in.Channel, "D") {
		return nil
	}
	if _, team := s.queueAt(in.Channel); team && in.Thread != "" {
		if id, err := s.ticketAt(ctx, in.Channel, in.Thread); id != "" || err != nil {
			return err
		}
	}
	thread := in.Thread
	if thread == "" {
		thread = in.TS
	}
	return s.receive(ctx, e, place{e.Team, in.Channel, thread, in.User})
}

// direct hears a direct message. An answer below one of our messages belongs to that message's
// conversation, and may do so when it only comes after one; any other thread is one of the
// assistant's pane.
func (s *Slack) direct(ctx context.Context, e event) error {
	in := e.Inner
	at := place{team: e.Team, channel: in.Channel}
	if in.Thread == "" || in.Thread == in.TS {
		var err error
		if at, err = s.continued(ctx, at, in.TS); err != nil {
			return err
		}
	} else {
		known, err := s.conversationAt(ctx, in.Channel, in.Thread)
		switch {
		case err == nil:
			at = placeOf(known)
		case errors.Is(err, bot.ErrNotFound):
			at.thread = in.Thread
		default:
			return err
		}
	}
	return s.receive(ctx, e, at)
}

// conversationAt gives the address of the conversation in which a message of ours was said.
func (s *Slack) conversationAt(ctx context.Context, channel, ts string) (string, error) {
	d, err := s.core.ByReceipt(ctx, Channel, receipt(channel, ts))
	if err != nil {
		return "", err
	}
	if !d.ToContact() {
		return "", bot.ErrNotFound
	}
	return d.Address, nil
}

// receive hands what somebody wrote to the bot.
func (s *Slack) receive(ctx context.Context, e event, at place) error {
	in := e.Inner
	p, err := s.who(ctx, e.Team, in.User)
	if err != nil {
		return err
	}
	if p.bot {
		return nil
	}
	i := s.inbound(p, at)
	i.ExternalID = "said:" + receipt(in.Channel, in.TS)
	i.Text = typed(in.Text)
	if i.Text != "" || len(in.Files) > 0 {
		s.busy(ctx, at, i)
	}
	for n, f := range in.Files {
		if err := s.seePicture(ctx, i, n, f); err != nil {
			return err
		}
	}
	if i.Text == "" {
		if len(in.Files) > 0 || in.Type != "app_mention" {
			return nil
		}
		return s.greet(ctx, p, at) // a mention and nothing else
	}
	return s.hand(ctx, i, p)
}

func (s *Slack) inbound(p person, at place) bot.Inbound {
	return bot.Inbound{
		Channel: Channel, Address: at.String(), Flow: p.flow(), Lang: p.lang, Identity: p.identity(), Person: p.key(),
	}
}

// hand gives something to the bot. Who writes has read what was said before; and what the bot
// refuses is said why, though it is not kept.
func (s *Slack) hand(ctx context.Context, i bot.Inbound, p person) error {
	if v, err := s.core.View(ctx, Channel, i.Address, 0, 1); err == nil && v.Conversation.SeenSeq < v.Conversation.LastSeq {
		if err := s.core.Mark(ctx, Channel, i.Address, v.Conversation.LastSeq, v.Conversation.LastSeq); err != nil {
			return err
		}
	}
	err := s.core.Receive(ctx, i)
	var refused bot.Refusal
	if errors.As(err, &refused) {
		return s.tell(ctx, placeOf(i.Address), p, s.core.Word("refused_"+string(refused), p.lang))
	}
	return err
}

// seePicture fetches a picture and hands it over.
func (s *Slack) seePicture(ctx context.Context, i bot.Inbound, n int, f file) error {
	p := placeOf(i.Address)
	who := person{id: p.user, lang: i.Lang}
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/webp"}, f.Kind) {
		return s.tell(ctx, p, who, s.core.Word("refused_"+string(bot.RefusedType), i.Lang))
	}
	if f.Size > picture.MaxBytes {
		return s.tell(ctx, p, who, s.core.Word("refused_"+string(bot.RefusedLarge), i.Lang))
	}
	var raw bytes.Buffer
	if err := s.api.GetFileContext(ctx, f.URL, &raw); err != nil {
		if s.mayPass(ctx, err) {
			return err
		}
		s.o.Log.Warn("Slack: a file could not be fetched", "file", f.ID, "error", err)
		return s.tell(ctx, p, who, s.tongue(i.Lang).w("no_picture"))
	}
	i.Picture, i.Text = raw.Bytes(), ""
	i.ExternalID += fmt.Sprintf(":%d", n)
	return s.hand(ctx, i, who)
}

// mayPass says whether an error may be none at the next attempt, and there will be one.
func (s *Slack) mayPass(ctx context.Context, err error) bool {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	e, ok := ctx.Value(handling{}).(*errand)
	switch {
	case !ok:
		return false
	case errors.As(err, &limited):
		return true
	case errors.As(err, &status) && status.Code < http.StatusInternalServerError:
		return false
	}
	return e.failed < len(s.waits)
}

// tell says something that is no part of the conversation: in a channel only the person sees it.
func (s *Slack) tell(ctx context.Context, at place, p person, text string) error {
	if at.direct() {
		_, err := s.say(ctx, at, markAside, cut(text, maxButton), shown{notice(text), rich(fitting(ours(text))...)})
		return err
	}
	user := at.user
	if p.id != "" {
		user = p.id
	}
	return s.whisper(ctx, at, user, shown{notice(text), rich(fitting(ours(text))...)})
}

// whisper says something that only one person sees.
func (s *Slack) whisper(ctx context.Context, at place, user string, m shown) error {
	_, err := s.api.PostEphemeralContext(ctx, at.channel, user, content(at, m)...)
	return err
}

// content are the arguments of every message at a place.
func content(at place, m shown) []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(m.text, false), slack.MsgOptionBlocks(m.blocks...)}
	if at.thread != "" {
		options = append(options, slack.MsgOptionTS(at.thread))
	}
	return options
}

// spoken are those of a message that all see: without a preview of the pages it names. Slack takes
// no such wish for what only one sees, and shows no preview there.
func spoken(at place, m shown) []slack.MsgOption {
	return append(content(at, m), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
}

// courtesyTime is how long an answer waits at most for what only makes waiting for it nicer.
const courtesyTime = 2 * time.Second

// busy shows in the assistant's pane that the bot works, and names the thread after what was
// asked first. It is a courtesy: that it fails keeps nobody from an answer. Slack shows it until
// something is said, so it is not for the team, who may come back to it tomorrow.
func (s *Slack) busy(ctx context.Context, at place, i bot.Inbound) {
	if !at.direct() || at.thread == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, courtesyTime)
	defer cancel()
	t := s.tongue("")
	v, err := s.core.View(ctx, Channel, at.String(), 0, 1)
	if err == nil && v.Conversation.Session.Outcome == flows.OutcomeTicket {
		return
	}
	if err == nil {
		t.lang = v.Conversation.Session.Lang
	}
	if errors.Is(err, bot.ErrNotFound) && i.Text != "" {
		text, err := s.core.Harmless(ctx, i)
		if err == nil {
			err = s.api.SetAssistantThreadsTitleContext(ctx, slack.AssistantThreadsSetTitleParameters{
				ChannelID: at.channel, ThreadTS: at.thread, Title: cut(strings.Join(strings.Fields(text), " "), maxOption),
			})
		}
		if err != nil {
			s.o.Log.Debug("Slack: the thread has no title", "error", err)
		}
	}
	if err := s.api.SetAssistantThreadsStatusContext(ctx, slack.AssistantThreadsSetStatusParameters{
		ChannelID: at.channel, ThreadTS: at.thread, Status: t.w("looking"),
	}); err != nil {
		s.o.Log.Debug("Slack: no status is shown", "error", err)
	}
}

// paneOpened greets somebody who opened the assistant's pane.
func (s *Slack) paneOpened(ctx context.Context, e event) error {
	a := e.Inner.Assistant
	p, err := s.who(ctx, e.Team, a.User)
	if err != nil {
		return err
	}
	at := place{team: e.Team, channel: a.Channel, thread: a.Thread}
	s.suggest(ctx, p, at)
	return s.greet(ctx, p, at)
}

// messagesOpened offers prompts above the direct messages, and greets somebody who was never there:
// Slack tells it each time that they look.
func (s *Slack) messagesOpened(ctx context.Context, e event) error {
	p, err := s.who(ctx, e.Team, e.Inner.User)
	if err != nil {
		return err
	}
	at := place{team: e.Team, channel: e.Inner.Channel}
	s.suggest(ctx, p, at)
	if _, err := s.core.View(ctx, Channel, at.String(), 0, 1); !errors.Is(err, bot.ErrNotFound) {
		return err
	}
	if known, err := s.greeting(ctx, at, "", ""); known != "" || err != nil {
		return err
	}
	return s.greet(ctx, p, at)
}

// suggest offers prompts, in the pane's thread or above the direct messages. It is a courtesy: there
// are apps, and plans of Slack, without them.
func (s *Slack) suggest(ctx context.Context, p person, at place) {
	ctx, cancel := context.WithTimeout(ctx, courtesyTime)
	defer cancel()
	t := s.tongue(p.lang)
	prompts := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: at.channel, ThreadTS: at.thread, Title: t.w("prompts")}
	if p.member {
		for _, key := range []string{"prompt_1", "prompt_2"} {
			prompts.AddPrompt(t.w(key), t.w(key))
		}
	}
	prompts.AddPrompt(t.w("prompt_3"), t.w("prompt_3"))
	if err := s.api.SetAssistantThreadsSuggestedPromptsContext(ctx, prompts); err != nil {
		s.o.Log.Debug("Slack: no prompts are shown", "error", err)
	}
}

// greet shows where a conversation stands, or how a new one would begin. That is not kept: the
// conversation begins when they say something.
func (s *Slack) greet(ctx context.Context, p person, at place) error {
	v, err := s.core.View(ctx, Channel, at.String(), 0, 0)
	if err == nil {
		return s.again(ctx, p, at, v)
	}
	if !errors.Is(err, bot.ErrNotFound) {
		return err
	}
	w := s.core.Welcome(p.flow(), p.lang)
	for i, m := range s.tongue(p.lang).say(turn{messages: w.Messages, always: w.Always}) {
		known, err := s.say(ctx, at, markGreeting, strconv.Itoa(i), m)
		if err != nil {
			return err
		}
		s.greetings.Store(at.String(), known)
	}
	return nil
}

// again asks anew what was asked last; who comes back after an end begins again.
func (s *Slack) again(ctx context.Context, p person, at place, v bot.View) error {
	if v.Conversation.Status == bot.StatusClosed {
		i := s.inbound(p, at)
		i.ExternalID = fmt.Sprintf("again:%d", v.Conversation.LastSeq)
		i.Move, i.Text = &flows.Move{Kind: flows.Restart}, s.core.Word("restart_label", v.Conversation.Session.Lang)
		return s.hand(ctx, i, p)
	}
	last := slices.IndexFunc(v.Messages, func(m bot.Message) bool { return m.From == bot.FromContact })
	for i, m := range v.Messages {
		if m.From == bot.FromContact {
			last = i
		}
	}
	private := !at.direct() && tells(v.Messages[last+1:], v.Conversation, v.Contact)
	for i, m := range s.tongue(v.Conversation.Session.Lang).say(turn{messages: v.Messages[last+1:], always: v.Always}) {
		var err error
		if private {
			err = s.whisper(ctx, at, at.user, m)
		} else {
			_, err = s.say(ctx, at, markAside, "again"+strconv.Itoa(i), m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dm opens the direct messages with somebody.
func (s *Slack) dm(ctx context.Context, team, user string) (place, error) {
	c, _, _, err := s.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}, ReturnIM: true})
	if err != nil {
		return place{}, err
	}
	return place{team: team, channel: c.ID}, nil
}

// command answers /loginhelp in a direct message, and points there from elsewhere.
func (s *Slack) command(ctx context.Context, c slash) error {
	if !s.self.teams[c.Team] || c.Command != command {
		return nil
	}
	p, err := s.who(ctx, c.Team, c.User)
	if err != nil {
		return err
	}
	return s.helpInDM(ctx, p, c.Channel, "", typed(c.Text), "command:"+c.Trigger)
}

// helpInDM takes a person to their direct messages, with words that are read as theirs.
func (s *Slack) helpInDM(ctx context.Context, p person, from, thread, text, externalID string) error {
	at, err := s.dm(ctx, p.team, p.id)
	if err != nil {
		return err
	}
	if from != "" && from != at.channel && !strings.HasPrefix(from, "D") {
		t := s.tongue(p.lang)
		pointer := rich(section(words(t.w("moved")+" ", nil), slack.NewRichTextSectionUserElement(s.self.user, nil)))
		err := s.whisper(ctx, place{team: p.team, channel: from, thread: thread}, p.id, shown{notice(t.w("moved")), pointer})
		if err != nil {
			// The app may not be in that channel; they will find the message all the same.
			s.o.Log.Debug("Slack: no pointer to the direct message", "error", err)
		}
	}
	if text == "" {
		return s.greet(ctx, p, at)
	}
	i := s.inbound(p, at)
	i.ExternalID, i.Text = externalID, text
	if text, err = s.core.Harmless(ctx, i); err != nil {
		return err
	}
	// They should see what is answered.
	quote := slack.NewRichTextBlock("", &slack.RichTextQuote{Type: slack.RTEQuote, Elements: []slack.RichTextSectionElement{words(cut(text, maxText), nil)}})
	if _, err := s.say(ctx, at, markAside, "quote", shown{notice(text), []slack.Block{quote}}); err != nil {
		return err
	}
	return s.hand(ctx, i, p)
}
