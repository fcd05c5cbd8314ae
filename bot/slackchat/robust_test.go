package slackchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
)

// count counts a text in what people see in a channel.
func (w *world) count(channel, text string) int {
	n := 0
	for _, m := range w.slack.Channel(channel).Messages() {
		n += strings.Count(m.Body, text)
	}
	return n
}

// A message that was posted, though Slack's answer was lost, is found again and not posted twice:
// to a person, as a card and in its thread.
func TestAnswerLostAfterPosting(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	w.slack.Fail("chat.postMessage", 1, slacktest.AnswerLost())
	_, err := w.slack.As("marie").Says(dm, "hello")
	w.must(err)
	w.until("the first attempt", func() bool { return w.count(dm, "Is it your own login") == 1 && w.failed() })
	w.skip(time.Minute)
	w.quiet()
	if n := w.count(dm, "Is it your own login"); n != 1 {
		t.Errorf("it was said %d times\n%s", n, w.slack.Channel(dm))
	}

	w.presses("marie", dm, "", "Talk to a person")
	w.slack.Fail("chat.postMessage", 3, slacktest.AnswerLost())
	w.must(w.press(w.slack.As("marie"), w.last(dm, ""), "Send it now"))
	w.until("attempts", w.failed)
	w.until("the end of it", func() bool {
		w.skip(time.Hour)
		next, err := w.nodes[0].store.NextDelivery(t.Context())
		return err == nil && next.IsZero()
	})
	w.quiet()
	if n := w.count("#support", "LK-1001"); n != 1 {
		t.Errorf("%d cards\n%s", n, w.all())
	}
	card := w.card("#support")
	if n := strings.Count(w.thread(card), "What you write here stays"); n != 1 {
		t.Errorf("the thread tells it %d times\n%s", n, w.thread(card))
	}
	if n := w.count(dm, "LK-1001"); n != 1 {
		t.Errorf("the number is told %d times\n%s", n, w.slack.Channel(dm))
	}
	// The thread is known by the card that was found again.
	w.inThread("ann", card, ">> here")
	if n := w.count(dm, "here\n"); n+w.count(dm, "here") == 0 {
		t.Errorf("the reply is missing\n%s", w.slack.Channel(dm))
	}
	w.clean()
}

// failed says whether deliveries were tried in vain, and none is in hand.
func (w *world) failed() bool {
	n, ctx := w.nodes[0], context.Background()
	v, err := n.bot.View(ctx, Channel, place{team: "T00000001", channel: w.dm("marie")}.String(), 0, 1)
	if err != nil {
		return false
	}
	lanes := []string{bot.ContactLane(Channel, v.Conversation.ID)}
	if id := v.Conversation.TicketID; id != "" {
		lanes = append(lanes, bot.Delivery{Channel: Channel, TicketID: id}.Lane())
	}
	failed := 0
	for _, lane := range lanes {
		all, err := n.store.Lane(ctx, lane)
		if err != nil {
			return false
		}
		for _, d := range all {
			if d.Status != bot.DeliveryDue {
				continue
			}
			if d.LastError == "" || d.NextAt.Sub(w.now()) > 90*time.Second && d.Attempts == 1 {
				return false // not tried yet, or leased
			}
			failed++
			break // the others wait for this one
		}
	}
	return failed > 0
}

// The process dies after the turn is stored and before anything is posted; another says it.
func TestDiesBeforePosting(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("marie")
	w.slack.Fail("chat.postMessage", -1, slacktest.Down(503))
	_, err := w.slack.As("marie").Says(dm, "hello")
	w.must(err)
	w.until("an attempt", func() bool { return w.failed() })
	n.stop()
	w.slack.Heal()
	w.start()
	w.skip(time.Hour)
	w.quiet()
	if n := w.count(dm, "Is it your own login"); n != 1 {
		t.Errorf("it was said %d times\n%s", n, w.slack.Channel(dm))
	}
	w.clean()
}

// A picture whose upload was done, though the process died before it knew, is found in the thread:
// by the next process, and however long the thread is by then.
func TestDiesAfterUploading(t *testing.T) {
	w := newWorld(t)
	w.manual = true
	n := w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	at := place{channel: card.Channel, thread: card.TS}
	for i := range 205 { // more than one page of what is older
		_, _, err := n.chat.api.PostMessageContext(t.Context(), at.channel, spoken(at, shown{text: fmt.Sprint("talk ", i)})...)
		w.must(err)
	}
	w.heard()
	w.skip(time.Hour)
	w.slack.Fail("files.completeUploadExternal", 1, slacktest.AnswerLost())
	_, err := w.slack.As("marie").Uploads(dm, nil, "", slacktest.File{Name: "screen.png", Type: "image/png", Bytes: pngFile(t)})
	w.must(err)
	w.heard()
	w.until("the upload", func() bool {
		if _, err := n.bot.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.pictures(card) > 0
	})
	n.stop()
	w.start()
	w.until("the end of it", func() bool {
		w.skip(time.Hour)
		next, err := w.nodes[0].store.NextDelivery(t.Context())
		return err == nil && next.IsZero()
	})
	if got := w.pictures(card); got != 1 {
		t.Errorf("%d pictures are in the thread", got)
	}
	if got := w.called("files.completeUploadExternal"); got != 1 {
		t.Errorf("it was uploaded %d times", got)
	}
	w.clean()
}

// pictures counts the files in a thread.
func (w *world) pictures(root slacktest.Message) (n int) {
	for _, m := range w.slack.Channel(root.Channel).Thread(root.TS) {
		n += len(m.Files)
	}
	return n
}

// The process dies after an event is stored and acknowledged, and before it is handled; the
// next one handles it.
func TestDiesBeforeHandling(t *testing.T) {
	w := newWorld(t)
	n := w.build()
	body := fmt.Sprintf(`{"team_id":"T00000001","event_id":"Ev1","type":"event_callback","event":{"type":"message","channel":%q,"channel_type":"im","user":%q,"text":"hello","ts":"1800000000.000100","event_ts":"1800000000.000100"}}`,
		w.dm("marie"), w.slack.As("marie").ID())
	raw, err := json.Marshal(envelope{kindEvent, []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	if fresh, err := n.bot.Accept(t.Context(), keyOf(kindEvent, []byte(body)), raw); !fresh || err != nil {
		t.Fatal(fresh, err)
	}
	w.run(n)
	w.until("an answer", func() bool { return w.count(w.dm("marie"), "Is it your own login") == 1 })
	w.quiet()
	w.clean()
}

// What comes twice, on one connection or on those of two nodes, is one thing; and what sockets
// lose when they are cut comes again.
func TestRepeatsAndCuts(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.start()
	dm := w.dm("marie")
	w.slack.Twice(6)
	w.says("marie", dm, "hello")
	w.presses("marie", dm, "", "A client's")
	for i := range 5 {
		switch i {
		case 0:
			w.slack.Drop(1)
		case 1:
			w.slack.Disconnect("refresh_requested", 1)
		case 2:
			w.slack.Drop(0)
			w.until("the sockets", func() bool { return w.slack.Connections() > 0 })
		case 3:
			w.slack.Garble("{not json")
		case 4:
			w.slack.Twice(3)
		}
		w.says("marie", dm, fmt.Sprintf("purple elephants %d", i))
		w.skip(time.Minute) // when Slack brings again what nobody acknowledged
		w.quiet()
	}
	w.skip(5 * time.Minute)
	w.quiet()
	log, err := w.nodes[0].bot.Messages(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	heard := map[string]int{}
	for _, m := range log {
		if m.From == bot.FromContact {
			heard[m.Text]++
		}
	}
	for text, n := range heard {
		if n != 1 {
			t.Errorf("%q was heard %d times", text, n)
		}
	}
	if len(heard) != 7 {
		t.Errorf("heard %v", heard)
	}
	w.clean()
}

// Slack's acknowledgement waits for storing only, however long the bot thinks.
func TestAcknowledgedBeforeThinking(t *testing.T) {
	w := newWorld(t)
	w.gate = make(chan struct{})
	w.start()
	dm := w.dm("marie")
	for range 3 {
		_, err := w.slack.As("marie").Says(dm, "hello")
		w.must(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := w.slack.Settle(ctx); err != nil {
		t.Errorf("not acknowledged: %v", err)
	}
	if n := w.count(dm, "Is it your own login"); n != 0 {
		t.Error("the bot has answered through a shut gate")
	}
	close(w.gate)
	w.quiet()
	if n := w.count(dm, "Hello! I'm glad to help."); n != 3 {
		t.Errorf("three greetings are answered %d times", n)
	}
	w.clean()
}

// What waits in a line is handled in the order in which it was written, however it arrives.
func TestOrderInAConversation(t *testing.T) {
	var l lines
	var got []string
	gate := make(chan struct{})
	l.put("a", job{"0", func() time.Duration { <-gate; return 0 }})
	held := make(chan struct{})
	for _, at := range []string{"5", "2", "4", "1", "3"} {
		tried := 0
		l.put("a", job{at, func() time.Duration {
			if tried++; at == "2" && tried < 3 {
				if tried == 2 {
					close(held)
				}
				return map[int]time.Duration{1: time.Millisecond, 2: time.Hour}[tried]
			}
			got = append(got, at)
			return 0
		}})
	}
	other := make(chan struct{})
	l.put("b", job{"9", func() time.Duration { close(other); return 0 }})
	<-other // another line does not wait
	close(gate)
	<-held
	l.wake() // it counts though the line is not asleep yet
	l.wait()
	if strings.Join(got, "") != "12345" {
		t.Errorf("the order was %v", got)
	}
}

// A refused token ends the channel with one line that says which; the rest of the program goes on.
func TestRefusedTokens(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"bot":       {func(o *Options) { o.BotToken = "xoxb-wrong" }, "Slack does not accept LATCHKEY_SLACK_BOT_TOKEN"},
		"app":       {func(o *Options) { o.AppToken = "xapp-wrong" }, "Slack does not accept LATCHKEY_SLACK_APP_TOKEN"},
		"swapped":   {func(o *Options) { o.BotToken = "xapp-x" }, "LATCHKEY_SLACK_BOT_TOKEN should begin with xoxb-"},
		"deaf":      {func(o *Options) { o.AppToken, o.SigningSecret = "", "" }, "nothing will be heard"},
		"workspace": {func(o *Options) { o.Teams = []string{"T99"} }, "which LATCHKEY_SLACK_TEAMS does not name"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var log bytes.Buffer
			w.hook = func(o *Options) {
				o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
				c.change(o)
			}
			n := w.build()
			defer n.store.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if err := n.chat.Run(ctx, n.bot); err != nil || ctx.Err() != nil {
				t.Errorf("it ended with %v, %v", err, ctx.Err())
			}
			if !strings.Contains(log.String(), c.want) || strings.Count(log.String(), "level=ERROR") != 1 {
				t.Errorf("no line %q in\n%s", c.want, &log)
			}
			if strings.Contains(log.String(), "wrong") || strings.Contains(log.String(), "xapp-x\"") {
				t.Errorf("a token is in the log:\n%s", &log)
			}
		})
	}
}

// What is missing is said in a line each.
func TestCheckSaysWhatIsMissing(t *testing.T) {
	w := newWorld(t)
	w.hook = func(o *Options) {
		o.Queues = map[bot.Queue]string{bot.QueueSupport: w.room("lonely", "ann")}
	}
	n := w.build()
	defer n.store.Close()
	missing, err := n.chat.Check(t.Context())
	if err != nil || len(missing) != 2 {
		t.Fatalf("%v (%v)", missing, err)
	}
	w.has(missing[0], "the app is not in #lonely", "/invite")
	w.has(missing[1], "LATCHKEY_SLACK_HEXPERT_CHANNEL is not set", "the cards offer no passing to it")

	app := w.app
	app.Scopes = app.Scopes[1:]
	poor := slacktest.New(t, slacktest.Options{App: app})
	chat := New(n.bot, Options{BotToken: "xoxb-local-bot", AppToken: "xapp-local-app", API: poor.API()})
	missing, err = chat.Check(t.Context())
	if err != nil || len(missing) == 0 || !strings.Contains(missing[0], "lacks the scopes "+w.app.Scopes[0]) {
		t.Errorf("%v (%v)", missing, err)
	}
}

// Over HTTP all is the same; what Slack has not signed, or too long ago, is refused.
func TestHTTP(t *testing.T) {
	w := newWorld(t)
	w.hook = func(o *Options) { o.AppToken = "" }
	n := w.start()
	server := httptest.NewServer(n.chat.Handler())
	defer server.Close()
	w.slack.Deliver(&slacktest.Addresses{Events: server.URL + pathEvents, Interactivity: server.URL + pathInteractive, Commands: server.URL + pathCommands})
	if err := w.slack.VerifyURL(t.Context()); err != nil {
		t.Fatal(err)
	}
	dm := w.dm("marie")
	w.says("marie", dm, "hello")
	w.presses("marie", dm, "", "A client's")
	w.has(w.last(dm, "").Body, "What does your client see?")
	w.must(w.slack.As("luc").Slash("#general", "/loginhelp", ""))
	w.quiet()
	w.has(w.last(w.dm("luc"), "").Body, "S'agit-il de votre propre connexion")

	body := `{"type":"url_verification","challenge":"c"}`
	for name, c := range map[string]struct {
		secret string
		at     time.Time
		change string
		want   int
	}{
		"good":          {signing, time.Now(), "", http.StatusOK},
		"another key":   {"ffffffffffffffffffffffffffffffff", time.Now(), "", http.StatusUnauthorized},
		"old":           {signing, time.Now().Add(-6 * time.Minute), "", http.StatusUnauthorized},
		"from tomorrow": {signing, time.Now().Add(24 * time.Hour), "", http.StatusUnauthorized},
		"changed":       {signing, time.Now(), " ", http.StatusUnauthorized},
	} {
		stamp := strconv.FormatInt(c.at.Unix(), 10)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+pathEvents, strings.NewReader(body+c.change))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Slack-Request-Timestamp", stamp)
		r.Header.Set("X-Slack-Signature", signature(c.secret, stamp, []byte(body)))
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	for _, header := range []string{"", "v0=", "v1=00"} {
		r := httptest.NewRequest(http.MethodPost, pathEvents, strings.NewReader(body))
		r.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(time.Now().Unix(), 10))
		r.Header.Set("X-Slack-Signature", header)
		res := httptest.NewRecorder()
		n.chat.Handler().ServeHTTP(res, r)
		if res.Code != http.StatusUnauthorized {
			t.Errorf("the signature %q is answered with %d", header, res.Code)
		}
	}
	w.clean()
}

// An event of another workspace is not handled.
func TestOnlyConfiguredWorkspaces(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	e := event{Team: "T66666666"}
	e.Inner.Type, e.Inner.Channel, e.Inner.User, e.Inner.Text, e.Inner.TS = "message", w.dm("marie"), w.slack.As("marie").ID(), "hello", "1.1"
	if err := n.chat.happened(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if _, err := n.bot.View(t.Context(), Channel, "T66666666:"+w.dm("marie"), 0, 1); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("there is a conversation (%v)", err)
	}
}
