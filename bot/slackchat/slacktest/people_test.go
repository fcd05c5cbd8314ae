package slacktest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// kinds are the events that came, in order: their type, and what tells them apart.
func kinds(b *bot) []string {
	var all []string
	for _, e := range b.heard() {
		switch d := e.InnerEvent.Data.(type) {
		case *slackevents.MessageEvent:
			all = append(all, strings.TrimSuffix("message."+d.ChannelType+"/"+d.SubType, "/"))
		default:
			all = append(all, e.InnerEvent.Type)
		}
	}
	return all
}

// What people do becomes the events that Slack sends, and no others.
func TestEvents(t *testing.T) {
	s := world(t, Options{})
	b := connect(t, s)
	ana := s.As("ana")
	m := must[Message](t)(ana.Mentions("#help", "my client is locked out, see https://example.com/a?b=1&c=2"))
	if want := "<@" + s.first.BotUser + "> my client is locked out, see <https://example.com/a?b=1&amp;c=2>"; m.Raw != want {
		t.Errorf("typed: %q, want %q", m.Raw, want)
	}
	must[Message](t)(s.As("ben").SaysInThread(m, "mine too"))
	ok(t, ana.Edits(m, "never mind"))
	ok(t, ana.Reacts(m, "eyes"))
	ok(t, ana.Unreacts(m, "eyes"))
	must[Message](t)(ana.Says("#random", "@latchkey you are not here"))
	must[Message](t)(ana.Uploads("#help", nil, "a picture", File{Name: "a.png", Bytes: []byte("\x89PNG\r\n\x1a\n")}))
	ok(t, ana.Deletes(must[Message](t)(ana.Says("@latchkey", "oops"))))
	ok(t, ana.OpensHome())
	pane := must[Message](t)(ana.OpensPane("#help"))
	ok(t, ana.MovesPane(pane, "#random"))
	must[Message](t)(ana.SaysInThread(pane, "hello"))
	if _, _, err := b.api.PostMessage(m.Channel, slack.MsgOptionText("I hear you", false), slack.MsgOptionTS(m.TS)); err != nil {
		t.Fatal(err)
	}
	ok(t, ana.Invites("#random", "@latchkey"))
	want := []string{"message.channel", "app_mention", "message.channel", "message.channel/message_changed", "reaction_added", "reaction_removed",
		"message.channel/file_share", "message.im", "message.im/message_deleted", "app_home_opened", "assistant_thread_started",
		"assistant_thread_context_changed", "message.im", "message.channel", "member_joined_channel"}
	until(t, s, "events", func() bool { return len(b.heard()) >= len(want) })
	if got := kinds(b); !slices.Equal(got, want) {
		t.Errorf("events:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	clean(t, s)
}

// What a person could not do is an error.
func TestPeopleCannot(t *testing.T) {
	s := world(t, Options{})
	connect(t, s)
	s.AddUser(User{Name: "gus", Guest: true})
	must[string](t)(s.AddChannel(Public, "old", "ana"))
	ok(t, s.Archive("#old"))
	ana, ben, gus := s.As("ana"), s.As("ben"), s.As("gus")
	hers := must[Message](t)(ana.Says("@latchkey", "hello"))
	posted := must[Message](t)(ana.Says("#help", "hello"))
	for what, err := range map[string]error{
		"nobody":                   func() error { _, err := s.As("eve").Says("#help", "a"); return err }(),
		"a guest elsewhere":        func() error { _, err := gus.Says("#help", "a"); return err }(),
		"a guest joins":            gus.Joins("#help"),
		"an archived channel":      func() error { _, err := ana.Says("#old", "a"); return err }(),
		"nothing":                  func() error { _, err := ana.Says("#help", " "); return err }(),
		"another's message edited": ben.Edits(posted, "b"),
		"another's deleted":        ben.Deletes(posted),
		"another's DM":             ben.Reacts(hers, "eyes"),
		"an unknown command":       ana.Slash("#help", "/other", ""),
		"an unknown shortcut":      ana.Shortcut("x", posted),
		"a modal that is not":      ana.Submits(nil),
		"a home that is not":       ana.Presses(InHome, "a"),
		"a button that is not":     ana.Presses(posted, "a"),
		"a reaction with colons":   ana.Reacts(posted, ":eyes:"),
	} {
		if err == nil {
			t.Errorf("%s went through", what)
		}
	}
	clean(t, s)
}

// Only who sees an ephemeral message can press in it, and only its response_url can change it;
// five times, and for half an hour.
func TestEphemeral(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now})
	b := connect(t, s)
	help, ana := s.Channel("#help"), s.As("ana")
	var hooks []string
	b.does(func(b *bot) {
		b.press = func(b *bot, i slack.InteractionCallback) any {
			if !i.Container.IsEphemeral || i.Message.Timestamp != "" {
				t.Errorf("container %+v, message %+v", i.Container, i.Message)
			}
			hooks = append(hooks, i.ResponseURL)
			return nil
		}
	})
	ts, err := b.api.PostEphemeral(help.c.id, ana.ID(), slack.MsgOptionText("Shall I?", false), slack.MsgOptionBlocks(
		slack.NewActionBlock("", slack.NewButtonBlockElement("do", "", slack.NewTextBlockObject("plain_text", "Do it", false, false)))))
	ok(t, err)
	m := help.Ephemeral("ana")[0]
	if m.TS != ts || len(help.Ephemeral("ben")) != 0 || len(help.Messages()) != 0 {
		t.Errorf("ana sees %v, ben %v, all %v", m, help.Ephemeral("ben"), help.Messages())
	}
	if err := s.As("ben").Presses(m, "Do it"); err == nil {
		t.Error("ben pressed what only ana sees")
	}
	ok(t, ana.Presses(m, "Do it"))
	if _, _, _, err := b.api.UpdateMessage(help.c.id, ts, slack.MsgOptionText("a", false)); err == nil || err.Error() != "message_not_found" {
		t.Errorf("chat.update of it: %v", err)
	}
	answer := func(o slack.MsgOption) error {
		_, _, err := b.api.PostMessage("", slack.MsgOptionText("Done", false), o)
		return err
	}
	ok(t, answer(slack.MsgOptionReplaceOriginal(hooks[0])))
	if got := help.Ephemeral("ana"); len(got) != 1 || got[0].Body != "Done" {
		t.Errorf("replaced: %v", got)
	}
	for range 3 {
		ok(t, answer(slack.MsgOptionResponseURL(hooks[0], slack.ResponseTypeEphemeral)))
	}
	ok(t, answer(slack.MsgOptionResponseURL(hooks[0], slack.ResponseTypeInChannel)))
	if len(help.Ephemeral("ana")) != 4 || len(help.Messages()) != 1 {
		t.Errorf("ana sees %v, all %v", help.Ephemeral("ana"), help.Messages())
	}
	if err := answer(slack.MsgOptionResponseURL(hooks[0], slack.ResponseTypeEphemeral)); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a sixth time: %v", err)
	}
	s.mu.Lock()
	old := s.hook(hook{team: s.first.ID, channel: help.c.id, user: ana.ID()})
	s.mu.Unlock()
	at.pass(30*time.Minute + time.Second)
	if err := answer(slack.MsgOptionResponseURL(old, slack.ResponseTypeEphemeral)); err == nil {
		t.Error("half an hour later it still works")
	}
}

// Picks are kept, sent with the state, and shown.
func TestPicks(t *testing.T) {
	s := world(t, Options{})
	b := connect(t, s)
	ana := s.As("ana")
	var seen []string
	b.does(func(b *bot) {
		b.press = func(b *bot, i slack.InteractionCallback) any {
			a := i.ActionCallback.BlockActions[0]
			v := i.BlockActionState
			if v == nil {
				t.Error("no state")
				return nil
			}
			seen = append(seen, fmt.Sprint(a.Type, " ", a.SelectedOption.Value, len(a.SelectedOptions), " ", len(v.Values["b"])))
			return nil
		}
	})
	o := func(v string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(v, slack.NewTextBlockObject("plain_text", "Option "+v, false, false), nil)
	}
	_, _, err := b.api.PostMessage(ana.DM(), slack.MsgOptionText("Which?", false), slack.MsgOptionBlocks(slack.NewActionBlock("b",
		slack.NewRadioButtonsBlockElement("radio", o("1"), o("2")), slack.NewCheckboxGroupsBlockElement("check", o("1"), o("2")),
		slack.NewOptionsSelectBlockElement("static_select", slack.NewTextBlockObject("plain_text", "Choose", false, false), "menu", o("1"), o("2")))))
	ok(t, err)
	m := s.Channel(ana.DM()).Messages()[0]
	if want := "latchkey> ( ) Option 1 ( ) Option 2 ☐ Option 1 ☐ Option 2 {Choose: Option 1 | Option 2}"; m.String() != want {
		t.Errorf("it looks like %q", m)
	}
	ok(t, ana.Picks(m, "radio", "Option 2"))
	ok(t, ana.Picks(m, "check", "1"))
	ok(t, ana.Picks(m, "check", "2"))
	ok(t, ana.Picks(m, "check", "1"))
	ok(t, ana.Picks(m, "Choose", "2"))
	if err := ana.Picks(m, "menu", "3"); err == nil {
		t.Error("picked what is not there")
	}
	want := []string{"radio_buttons 20 3", "checkboxes 1 3", "checkboxes 2 3", "checkboxes 1 3", "static_select 20 3"}
	if !slices.Equal(seen, want) {
		t.Errorf("the app saw %q, want %q", seen, want)
	}
	clean(t, s)
}

// Files go both ways, with as many bytes as was said and only to who has the token.
func TestFiles(t *testing.T) {
	s := world(t, Options{})
	api := client(s)
	ana := s.As("ana")
	if _, err := api.UploadFile(slack.UploadFileParameters{Filename: "a.txt", FileSize: 5, Reader: strings.NewReader("hello"), Channel: ana.DM(), InitialComment: "here"}); err != nil {
		t.Fatal(err)
	}
	m := s.Channel(ana.DM()).Messages()[0]
	if m.Body != "here\n[file: a.txt]" || string(m.Files[0].Bytes) != "hello" {
		t.Errorf("it is %q with %q", m.Body, m.Files[0].Bytes)
	}
	clean(t, s)
	if _, err := api.UploadFile(slack.UploadFileParameters{Filename: "a.txt", FileSize: 4, Reader: strings.NewReader("hello"), Channel: ana.DM()}); err == nil || len(s.Violations()) != 1 {
		t.Errorf("5 bytes for 4: %v, %v", err, s.Violations())
	}
	up := must[Message](t)(ana.Uploads("@latchkey", nil, "", File{Name: "b.txt", Bytes: []byte("bytes")}))
	f, _, _, err := api.GetFileInfo(up.Files[0].ID, 1, 1)
	ok(t, err)
	var got bytes.Buffer
	ok(t, api.GetFile(f.URLPrivate, &got))
	if got.String() != "bytes" {
		t.Errorf("downloaded %q", got.String())
	}
	other := slack.New("xoxb-other", slack.OptionAPIURL(s.API()))
	var page bytes.Buffer
	if err := other.GetFile(f.URLPrivate, &page); err != nil || !strings.Contains(page.String(), "Sign in") {
		t.Errorf("without the token: %v %q", err, page.String())
	}
}

// The pane has a title, a status that goes with the answer or after two minutes, and prompts.
func TestPane(t *testing.T) {
	at := noon()
	s := world(t, Options{Now: at.now})
	api, ana := client(s), s.As("ana")
	root := must[Message](t)(ana.OpensPane(""))
	ok(t, api.SetAssistantThreadsTitle(slack.AssistantThreadsSetTitleParameters{ChannelID: root.Channel, ThreadTS: root.TS, Title: "Locked out"}))
	p := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: root.Channel, ThreadTS: root.TS, Title: "Ask"}
	p.AddPrompt("Locked out", "My client is locked out")
	ok(t, api.SetAssistantThreadsSuggestedPrompts(p))
	status := func() {
		ok(t, api.SetAssistantThreadsStatus(slack.AssistantThreadsSetStatusParameters{ChannelID: root.Channel, ThreadTS: root.TS, Status: "is looking…"}))
	}
	status()
	if got := s.Pane(root); got.Title != "Locked out" || got.Status != "is looking…" || got.PromptsTitle != "Ask" || len(got.Prompts) != 1 {
		t.Errorf("the pane: %+v", got)
	}
	if m := must[Message](t)(ana.Asks(root, "Locked out")); m.Body != "My client is locked out" || m.Thread != root.TS {
		t.Errorf("asked: %+v", m)
	}
	_, _, err := api.PostMessage(root.Channel, slack.MsgOptionText("Which error?", false), slack.MsgOptionTS(root.TS))
	ok(t, err)
	if got := s.Pane(root).Status; got != "" {
		t.Errorf("after the answer: %q", got)
	}
	status()
	at.pass(2*time.Minute + time.Second)
	if got := s.Pane(root).Status; got != "" {
		t.Errorf("after two minutes: %q", got)
	}
	if got, want := s.Channel(root.Channel).String(), "latchkey> New Assistant Thread\n    ana> My client is locked out\n    latchkey> Which error?"; got != want {
		t.Errorf("the channel:\n%s", got)
	}
	clean(t, s)
}

// Who is called, and who is not because it was escaped.
func TestPings(t *testing.T) {
	s := world(t, Options{})
	ana := s.As("ana").ID()
	for text, want := range map[string]string{
		"<!channel> and <!here|here>":           "@channel @here",
		"<@" + ana + "> and <@U9>":              "@ana @U9",
		"&lt;!channel&gt; &lt;@" + ana + "&gt;": "",
		"@channel #help <https://a.b|<!here>>":  "@here",
		"<!subteam^S1>":                         "@S1",
	} {
		m := &message{blocks: s.dress([]any{object{"type": "section", "text": mk(text)}})}
		if got := strings.Join(s.pings(m), " "); got != want {
			t.Errorf("%q calls %q, want %q", text, got, want)
		}
	}
	plain := &message{blocks: s.dress([]any{object{"type": "header", "text": pt("<!channel>")}})}
	if got := s.pings(plain); len(got) != 0 {
		t.Errorf("plain text calls %v", got)
	}
}

// Guests and strangers are told apart, and workspaces too.
func TestStrangersAndWorkspaces(t *testing.T) {
	s := world(t, Options{})
	b := connect(t, s)
	s.AddUser(User{Name: "sam", Team: "T00000077", Stranger: true})
	s.AddUser(User{Name: "gus", SingleChannelGuest: true})
	other := s.Team("T00000002", "Other")
	s.AddUser(User{Name: "oda", Team: other.ID})
	must[string](t)(s.AddChannel(Public, "shared", "ana", "sam", "gus", "@latchkey"))
	must[Message](t)(s.As("sam").Says("#shared", "hello"))
	must[Message](t)(s.As("oda").Says("@latchkey", "hello"))
	until(t, s, "two events", func() bool { return len(b.heard()) == 2 })
	one, two := b.heard()[0], b.heard()[1]
	if m := one.InnerEvent.Data.(*slackevents.MessageEvent); m.UserTeam != "T00000077" || !one.Data.(*slackevents.EventsAPICallbackEvent).IsExtSharedChannel {
		t.Errorf("the stranger's: %+v", m)
	}
	if two.TeamID != other.ID {
		t.Errorf("the other workspace's: %s", two.TeamID)
	}
	if u, err := b.api.GetUserInfo(s.As("sam").ID()); err != nil || !u.IsStranger {
		t.Errorf("sam: %v %+v", err, u)
	}
	if u, err := b.api.GetUserInfo(s.As("gus").ID()); err != nil || !u.IsRestricted || !u.IsUltraRestricted || u.Locale != "en-US" {
		t.Errorf("gus: %v %+v", err, u)
	}
	if _, err := b.api.GetUserInfo(s.As("oda").ID()); err == nil || err.Error() != "user_not_found" {
		t.Errorf("oda by the first workspace's token: %v", err)
	}
	if _, _, err := slack.New(other.BotToken, slack.OptionAPIURL(s.API())).PostMessage(s.As("oda").DM(), slack.MsgOptionText("hello", false)); err != nil {
		t.Errorf("with its own token: %v", err)
	}
}

// With the agent messaging experience there is no pane: prompts stand above the Messages tab, and are
// set without a thread; a thread of the direct messages has a title and a status.
func TestMessagesTab(t *testing.T) {
	s := world(t, Options{App: App{Scopes: []string{"assistant:write", "chat:write", "im:history"}, Events: []string{"app_home_opened", "message.im"}, Agent: true}})
	api, ana := client(s), s.As("ana")
	if _, err := ana.OpensPane(""); err == nil {
		t.Error("there is a pane")
	}
	tab := Message{Channel: ana.DM()}
	p := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: tab.Channel, Title: "Ask"}
	p.AddPrompt("Locked out", "My client is locked out")
	ok(t, api.SetAssistantThreadsSuggestedPrompts(p))
	if got := s.Pane(tab); got.PromptsTitle != "Ask" || len(got.Prompts) != 1 {
		t.Errorf("above the messages: %+v", got)
	}
	m := must[Message](t)(ana.Asks(tab, "Locked out"))
	if m.Body != "My client is locked out" || m.Thread != "" {
		t.Errorf("asked: %+v", m)
	}
	if _, err := ana.Asks(tab, "Nothing"); err == nil {
		t.Error("a prompt was taken that is not there")
	}
	ok(t, api.SetAssistantThreadsStatus(slack.AssistantThreadsSetStatusParameters{ChannelID: tab.Channel, ThreadTS: m.TS, Status: "is looking…"}))
	ok(t, api.SetAssistantThreadsTitle(slack.AssistantThreadsSetTitleParameters{ChannelID: tab.Channel, ThreadTS: m.TS, Title: "Locked out"}))
	if got := s.Pane(m); got.Status != "is looking…" || got.Title != "Locked out" {
		t.Errorf("the thread: %+v", got)
	}
	_, _, err := api.PostMessage(tab.Channel, slack.MsgOptionText("Which error?", false), slack.MsgOptionTS(m.TS))
	ok(t, err)
	if got := s.Pane(m).Status; got != "" {
		t.Errorf("after the answer: %q", got)
	}
	err = api.SetAssistantThreadsStatus(slack.AssistantThreadsSetStatusParameters{ChannelID: tab.Channel, ThreadTS: "1000000000.000000", Status: "is looking…"})
	if err == nil || err.Error() != "invalid_thread_ts" {
		t.Errorf("a status in no thread: %v", err)
	}
	before := len(s.Violations())
	p.ThreadTS, p.Title = m.TS, "In a thread"
	ok(t, api.SetAssistantThreadsSuggestedPrompts(p)) // it fails without a word
	if got := s.Violations(); len(got) != before+1 || s.Pane(tab).PromptsTitle != "Ask" {
		t.Errorf("prompts in a thread: %v, %+v", got, s.Pane(tab))
	}
}
