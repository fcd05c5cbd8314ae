package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// bot is an app of the real library's, which both transports feed. What it does is the test's.
type bot struct {
	t   *testing.T
	s   *Slack
	api *slack.Client

	mu      sync.Mutex
	events  []slackevents.EventsAPIEvent
	raw     []socketmode.Request
	hear    func(b *bot, e slackevents.EventsAPIEvent)
	press   func(b *bot, i slack.InteractionCallback) any
	command func(b *bot, c slack.SlashCommand) any
}

func client(s *Slack) *slack.Client {
	return slack.New(s.app.BotToken, slack.OptionAppLevelToken(s.app.AppToken), slack.OptionAPIURL(s.API()))
}

// connect runs a bot over a socket until the test ends.
func connect(t *testing.T, s *Slack) *bot {
	t.Helper()
	b := &bot{t: t, s: s, api: client(s)}
	sock := socketmode.New(b.api)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = sock.RunContext(ctx) })
	work.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-sock.Events:
				b.take(sock, e)
			}
		}
	})
	t.Cleanup(func() { cancel(); work.Wait() })
	until(t, s, "a socket", func() bool { return s.Connections() > 0 })
	return b
}

func (b *bot) take(sock *socketmode.Client, e socketmode.Event) {
	if e.Request == nil {
		return
	}
	b.mu.Lock()
	b.raw = append(b.raw, *e.Request)
	hear, press, command := b.hear, b.press, b.command
	b.mu.Unlock()
	var answer any
	switch d := e.Data.(type) {
	case slackevents.EventsAPIEvent:
		b.mu.Lock()
		b.events = append(b.events, d)
		b.mu.Unlock()
		_ = sock.Ack(*e.Request)
		if hear != nil {
			hear(b, d)
		}
		return
	case slack.InteractionCallback:
		if press != nil {
			answer = press(b, d)
		}
	case slack.SlashCommand:
		if command != nil {
			answer = command(b, d)
		}
	default:
		return
	}
	_ = sock.Ack(*e.Request, answer)
}

func (b *bot) heard() []slackevents.EventsAPIEvent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.events)
}

func (b *bot) does(f func(b *bot)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b)
}

// serve runs a bot over HTTP.
func serve(t *testing.T, s *Slack) *bot {
	t.Helper()
	b := &bot{t: t, s: s, api: client(s)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v, err := slack.NewSecretsVerifier(r.Header, s.app.SigningSecret)
		if err == nil {
			_, _ = v.Write(body)
			err = v.Ensure()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		form, _ := url.ParseQuery(string(body))
		b.mu.Lock()
		hear, press, command := b.hear, b.press, b.command
		b.mu.Unlock()
		var answer any
		switch r.URL.Path {
		case "/events":
			e, err := slackevents.ParseEvent(json.RawMessage(body), slackevents.OptionNoVerifyToken())
			if err != nil {
				t.Errorf("event: %v: %s", err, body)
				return
			}
			if e.Type == slackevents.URLVerification {
				var c slackevents.ChallengeResponse
				_ = json.Unmarshal(body, &c)
				fmt.Fprint(w, c.Challenge)
				return
			}
			b.does(func(b *bot) { b.events = append(b.events, e) })
			w.WriteHeader(http.StatusOK)
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
			if hear != nil {
				hear(b, e)
			}
			return
		case "/interact":
			var i slack.InteractionCallback
			if err := json.Unmarshal([]byte(form.Get("payload")), &i); err != nil {
				t.Errorf("interaction: %v", err)
			}
			if press != nil {
				answer = press(b, i)
			}
		case "/command":
			if command != nil {
				answer = command(b, slack.SlashCommand{Command: form.Get("command"), Text: form.Get("text"), TriggerID: form.Get("trigger_id"), ResponseURL: form.Get("response_url")})
			}
		}
		if answer != nil {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer)
		}
	}))
	t.Cleanup(server.Close)
	s.Deliver(&Addresses{Events: server.URL + "/events", Interactivity: server.URL + "/interact", Commands: server.URL + "/command"})
	if err := s.VerifyURL(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func until(t *testing.T, s *Slack, what string, f func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Until(ctx, f); err != nil {
		t.Fatalf("no %s: %v", what, err)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func clean(t *testing.T, s *Slack) {
	t.Helper()
	for _, v := range s.Violations() {
		t.Errorf("violation: %v", v)
	}
}

// world is a Slack with two people, a public channel with the app and one without.
func world(t *testing.T, o Options) *Slack {
	t.Helper()
	s := New(t, o)
	s.AddUser(User{Name: "ana", RealName: "Ana Roy", Locale: "fr-CA", Email: "ana@example.com"})
	s.AddUser(User{Name: "ben"})
	must[string](t)(s.AddChannel(Public, "help", "ana", "ben", "@latchkey"))
	must[string](t)(s.AddChannel(Public, "random", "ana", "ben"))
	return s
}

// TestTransports walks the same walk over a socket and over HTTP: a message is answered with
// buttons, one is pressed, a command opens a form, and the form is refused, then taken.
func TestTransports(t *testing.T) {
	for name, start := range map[string]func(*testing.T, *Slack) *bot{"socket": connect, "http": serve} {
		t.Run(name, func(t *testing.T) {
			s := world(t, Options{})
			b := start(t, s)
			b.does(func(b *bot) {
				b.hear = func(b *bot, e slackevents.EventsAPIEvent) {
					m, ok := e.InnerEvent.Data.(*slackevents.MessageEvent)
					if !ok || m.BotID != "" || m.SubType != "" {
						return
					}
					_, _, err := b.api.PostMessage(m.Channel, slack.MsgOptionText("You said: "+m.Text, false),
						slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "answer", EventPayload: map[string]any{"to": m.TimeStamp}}),
						slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "You said: "+m.Text, false, false), nil, nil),
							slack.NewActionBlock("moves", slack.NewButtonBlockElement("yes", "1", slack.NewTextBlockObject("plain_text", "Yes", false, false)),
								slack.NewButtonBlockElement("no", "2", slack.NewTextBlockObject("plain_text", "No", false, false)))))
					if err != nil {
						t.Errorf("post: %v", err)
					}
				}
				b.press = func(b *bot, i slack.InteractionCallback) any {
					switch i.Type {
					case slack.InteractionTypeBlockActions:
						if a := i.ActionCallback.BlockActions[0]; a.Value != "1" || i.Channel.ID != i.Container.ChannelID || i.Message.Timestamp != i.Container.MessageTs || i.User.Name != "ana" {
							t.Errorf("pressed %+v in %+v", a, i.Container)
						}
						if _, _, _, err := b.api.UpdateMessage(i.Channel.ID, i.Message.Timestamp, slack.MsgOptionText("Yes it is", false),
							slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "Yes *it is*", false, false), nil, nil))); err != nil {
							t.Errorf("update: %v", err)
						}
					case slack.InteractionTypeViewSubmission:
						if v := i.View.State.Values["name"]["name"].Value; v != "Ana Roy" {
							return slack.NewErrorsViewSubmissionResponse(map[string]string{"name": "Who is " + v + "?"})
						}
					}
					return nil
				}
				b.command = func(b *bot, c slack.SlashCommand) any {
					label := slack.NewTextBlockObject("plain_text", "Client", false, false)
					_, err := b.api.OpenView(c.TriggerID, slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", "Login help", false, false),
						Submit: slack.NewTextBlockObject("plain_text", "Send", false, false), CallbackID: "client",
						Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("name", label, nil, slack.NewPlainTextInputBlockElement(nil, "name"))}}})
					if err != nil {
						t.Errorf("open: %v", err)
					}
					return map[string]any{"response_type": "ephemeral", "text": "A form about " + c.Text}
				}
			})
			ana := s.As("ana")
			must[Message](t)(ana.Says("@latchkey", "<!channel> I can't log in & that's it"))
			dm := s.Channel(ana.DM())
			until(t, s, "answer", func() bool { return len(dm.Messages()) == 2 })
			answer := dm.Messages()[1]
			if want := "latchkey> You said: <!channel> I can't log in & that's it\n[Yes] [No]"; answer.String() != want || len(answer.Pings()) != 0 {
				t.Errorf("the answer is %q and calls %v, want %q", answer, answer.Pings(), want)
			}
			if err := ana.Presses(answer, "Perhaps"); err == nil {
				t.Error("pressed a button that is not there")
			}
			if err := s.As("ben").Presses(answer, "Yes"); err == nil {
				t.Error("ben pressed a button in ana's messages")
			}
			ok(t, ana.Presses(answer, "Yes"))
			if got := dm.Messages()[1].String(); got != "latchkey> Yes *it is*" {
				t.Errorf("after the press: %q", got)
			}
			ok(t, ana.Slash("#random", "/loginhelp", "a client"))
			if got := s.Modal("ana"); got != "## Login help\nClient*: {}\n[Cancel] [Send]" {
				t.Errorf("the form is %q", got)
			}
			if got := s.Channel("#random").Ephemeral("ana"); len(got) != 1 || got[0].Body != "A form about a client" {
				t.Errorf("ana alone sees %v", got)
			}
			if err := ana.Submits(nil); err == nil || !strings.Contains(err.Error(), "Client") {
				t.Errorf("an empty form: %v", err)
			}
			if err := ana.Submits(map[string]string{"Client": "Bob"}); err == nil || !strings.Contains(s.Modal("ana"), "! Who is Bob?") {
				t.Errorf("a wrong name: %v\n%s", err, s.Modal("ana"))
			}
			ok(t, ana.Submits(map[string]string{"Client": "Ana Roy"}))
			if got := s.Modal("ana"); got != "" {
				t.Errorf("the form is still open: %q", got)
			}
			if h, err := b.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ana.DM(), IncludeAllMetadata: true}); err != nil || len(h.Messages) != 2 || h.Messages[0].Metadata.EventType != "answer" {
				t.Errorf("history: %v %+v", err, h)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			ok(t, s.Settle(ctx))
			clean(t, s)
		})
	}
}
