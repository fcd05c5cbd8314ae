package slackchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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
	w.slack.AddUser(slacktest.User{Name: "zed", Bot: true}) // whom nobody answers
	n := w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	w.must(w.slack.As("ann").Invites("#support", "zed"))
	for i := range 250 { // more than one page of what is older
		_, err := w.slack.As("zed").SaysInThread(card, fmt.Sprint("talk ", i))
		w.must(err)
	}
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

// Slack says when to come again, and is left alone so long; it counts as no attempt.
func TestRetryAfter(t *testing.T) {
	w := newWorld(t)
	n := w.start()
	dm := w.dm("marie")
	w.slack.Fail("chat.postMessage", 1, slacktest.Limited(30*time.Second))
	_, err := w.slack.As("marie").Says(dm, "hello")
	w.must(err)
	w.until("the refusal", w.failed)
	v, err := n.bot.View(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := n.store.Lane(t.Context(), bot.ContactLane(Channel, v.Conversation.ID))
	if err != nil || len(sent) != 1 || sent[0].Waits != 1 {
		t.Fatalf("%+v (%v)", sent, err)
	}
	if wait := sent[0].NextAt.Sub(w.now()); wait < 25*time.Second || wait > 30*time.Second {
		t.Errorf("it waits %v", wait)
	}
	w.skip(31 * time.Second)
	w.quiet()
	if n := w.count(dm, "Is it your own login"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
	w.clean()
}

// called counts the calls of a method, those that were refused too.
func (w *world) called(method string) int { return len(w.slack.Calls(method)) }

// While Slack says that a method is called too often, nobody calls it: of posting that is so for one
// channel, and others are written to; what waits leaves in its order.
func TestLimitsHoldForAll(t *testing.T) {
	w := newWorld(t)
	w.manual = true
	n := w.start()
	dm := w.dm("marie")
	first := w.ticket("marie")
	_ = w.ticket("luc")

	w.slack.Fail("chat.postMessage", 1, slacktest.Limited(30*time.Second))
	for i := range 3 {
		_, err := w.slack.As("marie").Says(dm, fmt.Sprintf("more %d", i))
		w.must(err)
		w.heard()
	}
	// Of her words, those to the team go by the card's channel, which is another than hers. Which of
	// the two is told to wait is chance; the other one is not held up by it.
	before := w.called("chat.postMessage")
	for range 5 {
		if _, err := n.bot.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	channels := map[string]int{}
	for _, c := range w.slack.Calls("chat.postMessage")[before:] {
		if c.Error == "ratelimited" {
			refused++
			continue
		}
		channels[fmt.Sprint(c.Args["channel"])]++
	}
	if refused != 1 || len(channels) != 1 {
		t.Errorf("%d calls were refused, and others went to %v", refused, channels)
	}
	w.skip(31 * time.Second)
	w.quiet()
	thread := w.thread(first)
	a, b, c := strings.Index(thread, "more 0"), strings.Index(thread, "more 1"), strings.Index(thread, "more 2")
	if a < 0 || b < a || c < b || strings.Count(thread, "more ") != 3 {
		t.Errorf("the thread has them at %d, %d, %d\n%s", a, b, c, thread)
	}

	// Cards are changed by a method that has one limit for the whole workspace.
	w.slack.Fail("chat.update", 1, slacktest.Limited(30*time.Second))
	before = w.called("chat.update")
	for i, m := range w.slack.Channel("#support").Messages() {
		w.must(w.slack.As("ann").Presses(m, "Take"))
		w.until("it is taken", func() bool {
			taken := 0
			all, err := n.store.Tickets(t.Context(), bot.TicketFilter{})
			for _, k := range all {
				if k.Agent.ID != "" {
					taken++
				}
			}
			return err == nil && taken == i+1
		})
		if _, err := n.bot.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.called("chat.update") - before; n != 1 {
		t.Errorf("the method was called %d times", n)
	}
	w.skip(31 * time.Second)
	w.quiet()
	for _, m := range w.slack.Channel("#support").Messages() {
		w.has(m.Body, "Taken by Ann")
	}
	w.clean()
}

// What comes while a person cannot be looked up waits, in the order in which it was written, and
// nobody asks again before the time.
func TestLimitsHoldWhatComes(t *testing.T) {
	w := newWorld(t)
	w.manual = true
	n := w.start()
	dm := w.dm("marie")
	w.slack.Fail("users.*", 1, slacktest.Limited(20*time.Minute))
	for i := range 3 {
		_, err := w.slack.As("marie").Says(dm, fmt.Sprintf("words %d", i))
		w.must(err)
	}
	w.until("the first attempt", func() bool { return n.chat.pace.wait("users.info") > 0 })
	for range 5 { // longer than anything waits that fails for another reason
		w.skip(3 * time.Minute)
	}
	if got := w.called("users.info"); got != 1 {
		t.Errorf("users.info was called %d times", got)
	}
	w.skip(6 * time.Minute)
	w.quiet()
	log, err := n.bot.Messages(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	for _, m := range log {
		if m.From == bot.FromContact {
			heard = append(heard, m.Text)
		}
	}
	if strings.Join(heard, ", ") != "words 0, words 1, words 2" {
		t.Errorf("heard %v", heard)
	}
	w.clean()
}

// A window that would have to wait is not opened, and whoever wants it is told.
func TestWindowBeyondTheLimit(t *testing.T) {
	w := newWorld(t)
	w.start()
	card := w.ticket("marie")
	w.slack.Fail("views.*", 1, slacktest.Limited(30*time.Second))
	w.must(w.slack.As("ann").Presses(card, "Reply"))
	w.until("the word about it", func() bool { return len(w.slack.Channel("#support").Ephemeral("ann")) == 1 })
	w.has(w.slack.Channel("#support").Ephemeral("ann")[0].Body, "Please press once more")
	w.quiet()
	w.clean()
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
	w.has(missing[1], "LATCHKEY_SLACK_HEXPERT_CHANNEL is not set")

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

// An hour in which Slack is not well: sockets are cut, calls fail, have to wait, or are done without
// an answer, events come twice and out of order, or are given up. Everybody is heard once, and hears
// everything once.
func TestAnHourOfChaos(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { chaos(t, seed) })
	}
}

func chaos(t *testing.T, seed uint64) {
	w := newWorld(t)
	w.manual = true
	w.hook = func(o *Options) { o.Log = nil }
	n := w.start()
	dm := w.dm("marie")
	card := w.ticket("marie")
	bad, dice := w.slack.Chaos(seed), rand.New(rand.NewPCG(seed, 7))
	var asked, replied []string
	for minute := range 60 {
		if what := bad.Step(); strings.HasPrefix(what, "apps.connections.open: ratelimited") || strings.HasPrefix(what, "*: ratelimited") {
			w.slack.Heal() // the library waits by the wall clock before it opens a socket
		}
		text := fmt.Sprintf("minute %d", minute)
		switch dice.IntN(4) {
		case 3:
			w.must(w.slack.As("marie").OpensHome())
		case 0:
			if _, err := w.slack.As("marie").Says(dm, "asked in "+text+"."); err == nil {
				asked = append(asked, "asked in "+text+".")
			}
		case 1:
			if _, err := w.slack.As("ann").SaysInThread(card, ">> replied in "+text+"."); err == nil {
				replied = append(replied, "replied in "+text+".")
			}
		}
		w.skip(time.Minute)
	}
	w.slack.Heal()
	w.until("the end of it", func() bool {
		w.skip(time.Hour)
		if w.slack.Connections() == 0 {
			return false
		}
		waiting, err := n.store.Accepted(t.Context(), 1)
		next, err2 := n.store.NextDelivery(t.Context())
		if err != nil || err2 != nil || len(waiting) > 0 || !next.IsZero() {
			return false
		}
		log, err := n.bot.Messages(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 1<<30, 0)
		heard := 0
		for _, m := range log {
			if strings.HasPrefix(m.Text, "asked in") || strings.HasPrefix(m.Text, "replied in") {
				heard++
			}
		}
		return err == nil && heard >= len(asked)+len(replied)
	})
	w.quiet()
	for _, text := range asked {
		told := 0
		for _, m := range w.slack.Channel("#support").Thread(card.TS) {
			told += strings.Count(m.Body, text)
		}
		if told != 1 {
			t.Errorf("the team reads %q %d times", text, told)
		}
	}
	for _, text := range replied {
		if n := w.count(dm, text); n != 1 {
			t.Errorf("Marie reads %q %d times", text, n)
		}
	}
	if n := len(asked) + len(replied); n < 20 {
		t.Errorf("only %d things were said", n)
	}
	for _, v := range w.slack.Violations() {
		// Whoever is cut off cannot acknowledge.
		if !strings.Contains(v.Why, "acknowledge") {
			t.Errorf("violation: %v", v)
		}
	}
	if t.Failed() {
		t.Log(w.thread(card), "\n", w.slack.Channel(dm))
	}
}

// With Slack's real limits a burst takes its time, and everything arrives once.
func TestWithinTheLimits(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.slack.Limit(true)
	dm := w.dm("marie")
	for range 9 {
		_, err := w.slack.As("marie").Says(dm, "hello")
		w.must(err)
	}
	w.until("everything", func() bool {
		next, err := w.nodes[0].store.NextDelivery(t.Context())
		return err == nil && next.IsZero() && w.count(dm, "Hello! I'm glad to help.") == 9
	})
	w.quiet()
	if n := w.count(dm, "Hello! I'm glad to help."); n != 9 {
		t.Errorf("9 greetings were answered %d times", n)
	}
	limited := 0
	for _, c := range w.slack.Calls("") {
		if c.Error == "ratelimited" {
			limited++
		}
	}
	if limited == 0 {
		t.Error("no call was too early: the test shows nothing")
	}
	w.clean()
}
