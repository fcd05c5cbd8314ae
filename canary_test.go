package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"golang.org/x/sync/errgroup"

	"latchkey/bot"
	"latchkey/bot/mail"
	"latchkey/bot/openai/openaitest"
	"latchkey/bot/slackchat"
	"latchkey/bot/slackchat/slacktest"
	"latchkey/flows"
	"latchkey/store"
)

// How many messages with canaries go which way; together ten thousand.
const (
	canariesInBubbles = 200
	canariesInSlack   = 200
	canariesDirect    = 9600
)

// aviary is the program with all its channels, and all places where something said there could
// come to rest.
type aviary struct {
	t     *testing.T
	data  string
	log   lockedBuffer
	slack *slacktest.Slack
	// bot is one beside the server, on the same database, as that of `latchkey chat`.
	bot    *bot.Bot
	store  *store.DB
	read   lockedBuffer // what was given to be read
	model  *openaitest.Server
	asked  []byte // what the model was sent so far
	addr   string
	stop   func()
	frames lockedBuffer // what bubbles were sent
	people atomic.Int64
}

// place is somewhere something could come to rest, with what is there.
type place struct {
	name string
	has  func() []byte
}

// places are all of them; what the program sends elsewhere is to be added here.
func (a *aviary) places() []place {
	var all []place
	err := filepath.WalkDir(a.data, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, place{path, func() []byte { return must(os.ReadFile(path)) }})
		}
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return append(all,
		place{"the rows of the database", a.rows},
		place{"the log", func() []byte { return []byte(a.log.String()) }},
		place{"what a model was sent", a.sent},
		place{"what was read", func() []byte { return []byte(a.read.String()) }},
		place{"what bubbles were sent", func() []byte { return []byte(a.frames.String()) }},
		place{"what Slack was sent", func() []byte { return must(json.Marshal(a.slack.Calls(""))) }},
	)
}

// sent is what the model was sent.
func (a *aviary) sent() []byte {
	for _, r := range a.model.Requests() {
		a.asked = append(append(a.asked, r.Raw...), '\n')
	}
	return a.asked
}

// rows are all rows of all tables. In the file the columns stand side by side, and a number could
// hide behind another.
func (a *aviary) rows() []byte {
	db := must(sql.Open("sqlite3", "file:"+filepath.Join(a.data, "latchkey.db")+"?mode=ro"))
	defer db.Close()
	var out bytes.Buffer
	each := func(query string, do func(row []any)) {
		rows := must(db.Query(query))
		defer rows.Close()
		row := make([]any, len(must(rows.Columns())))
		at := make([]any, len(row))
		for i := range row {
			at[i] = &row[i]
		}
		for rows.Next() {
			if err := rows.Scan(at...); err != nil {
				a.t.Fatal(err)
			}
			do(row)
		}
	}
	var tables []string
	each("SELECT name FROM sqlite_master WHERE type = 'table'", func(row []any) { tables = append(tables, fmt.Sprint(row[0])) })
	for _, table := range tables {
		each("SELECT * FROM "+table, func(row []any) {
			for _, v := range row {
				if raw, ok := v.([]byte); ok {
					v = string(raw)
				}
				fmt.Fprintln(&out, v)
			}
		})
	}
	return out.Bytes()
}

func newAviary(t *testing.T) *aviary {
	t.Helper()
	a := &aviary{t: t, data: t.TempDir()}
	app, err := slacktest.ParseManifest(must(slackchat.Manifest("", "")))
	if err != nil {
		t.Fatal(err)
	}
	a.model = openaitest.New(openaitest.Options{Key: modelKey, Models: []string{"small", "vectors"}})
	t.Cleanup(a.model.Close)
	a.model.Answer(func(openaitest.Request) string { return `{"choice":"unclear","second":"none","certainty":"low"}` })
	// Its three seconds do not pass while the machine is busy with others.
	a.slack = slacktest.New(t, slacktest.Options{App: app, Unlimited: true, Now: time.Now, Wait: time.Minute})
	c := must(loadConfig([]string{
		"LATCHKEY_ADDR=127.0.0.1:0", "LATCHKEY_DATA=" + a.data, "LATCHKEY_LOG_LEVEL=debug", "LATCHKEY_PROXIES=127.0.0.1",
		"LATCHKEY_SUPPORT_EMAIL=support@example.org", "LATCHKEY_HEXPERT_EMAIL=hexpert@example.org",
		"LATCHKEY_MODEL=small", "LATCHKEY_MODEL_EMBED=vectors", "LATCHKEY_MODEL_KEY=" + modelKey, "LATCHKEY_MODEL_URL=" + a.model.URL, "LATCHKEY_MODEL_WHEN=always",
		"LATCHKEY_MODEL_CALLS_PER_CONVERSATION=0", "LATCHKEY_MODEL_TOKENS_PER_CONVERSATION=0", "LATCHKEY_MODEL_TIMEOUT=1m",
	}, t.TempDir()))
	beside := c
	if err := populate(a.slack, app, &c); err != nil {
		t.Fatal(err)
	}
	var out lockedBuffer
	p := program{out: &out, err: &a.log, slackAPI: a.slack.API()}
	listening, done := make(chan string, 1), make(chan error, 1)
	p.ready = func(addr string) { listening <- addr }
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- p.serve(ctx, c) }()
	a.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	t.Cleanup(a.stop)
	select {
	case a.addr = <-listening:
	case err := <-done:
		done <- err
		t.Fatalf("the program does not start: %v", err)
	}
	if a.store, err = store.Open(t.Context(), databaseFile(beside)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.store.Close() })
	a.bot, err = bot.New(t.Context(), bot.Options{
		Store: a.store, Book: must(loadBook(beside)), Variables: beside.variables(), Log: newLog(&a.log, beside),
		Desks:  []bot.Desk{{Channel: mail.Channel, Addresses: beside.addresses()}},
		Reader: func(b *flows.Book) flows.Reader { return listed{b.Matcher(), &a.read} },
	})
	if err != nil {
		t.Fatal(err)
	}
	a.wait("the sockets of Slack", func() bool { return a.slack.Connections() >= 2 })
	return a
}

// listed is a reader that notes what it is given. It thinks only about what leads to a ticket.
type listed struct {
	flows.Reader
	to io.Writer
}

func (l listed) Read(ctx context.Context, text, lang string, legal []flows.Option) (flows.Reading, error) {
	fmt.Fprintln(l.to, text)
	if slices.Contains(toTicket, text) {
		return l.Reader.Read(ctx, text, lang, legal)
	}
	return flows.Reading{Meaning: flows.ReadUnclear}, nil
}

// toTicket is what somebody says who wants to talk to a person.
var toTicket = []string{"a person please", "ann@example.org", "Ann Roy", "send it now"}

func (a *aviary) wait(what string, condition func() bool) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 2*time.Minute)
	defer cancel()
	if err := a.slack.Until(ctx, condition); err != nil {
		a.t.Fatalf("waited in vain for %s", what)
	}
}

// says has somebody at the terminal say things one after the other.
func (a *aviary) says(address, lang string, texts ...string) error {
	for i, text := range texts {
		in := bot.Inbound{Channel: terminal, Address: address, ExternalID: fmt.Sprintf("m%dx", i), Flow: "client", Lang: lang, Text: text}
		if i%2 == 1 {
			in.Flow = "professional"
		}
		if err := a.bot.Receive(a.t.Context(), in); err != nil {
			return err
		}
	}
	return nil
}

// talks has as many people say as many things as there are canaries. Some ask for a person, and
// what they and the team say goes into mails.
func (a *aviary) talks(all []canary) {
	var g errgroup.Group
	g.SetLimit(64) // so many share a commit
	for batch := range slices.Chunk(all, 8) {
		g.Go(func() error {
			name := fmt.Sprintf("t%d", a.people.Add(1))
			var texts []string
			for i, k := range batch {
				if k.before != "" {
					// In a conversation of its own: elsewhere the bot may just have asked for a name.
					if err := a.says(fmt.Sprintf("%s-%d", name, i), "en", k.before, k.text); err != nil {
						return err
					}
					continue
				}
				texts = append(texts, k.text)
			}
			if a.people.Load()%10 != 0 || len(texts) < 4 {
				return a.says(name, "fr", texts...)
			}
			n := len(texts)
			if err := a.says(name, "en", slices.Concat(texts[:2], toTicket, texts[2:n-2])...); err != nil {
				return err
			}
			v, err := a.bot.View(a.t.Context(), terminal, name, 0, 0)
			if err != nil || v.Conversation.TicketID == "" {
				return err
			}
			id, zoe := v.Conversation.TicketID, bot.Agent{ID: "zoe", Name: "Zoé"}
			if _, _, err := a.bot.Reply(a.t.Context(), zoe, id, "r", texts[n-2]); err != nil {
				return err
			}
			if _, _, err := a.bot.Note(a.t.Context(), zoe, id, "n", texts[n-1]); err != nil {
				return err
			}
			if _, _, err := a.bot.Edit(a.t.Context(), zoe, id, "r", texts[n-1]); err != nil {
				return err
			}
			if err := a.bot.Rate(a.t.Context(), terminal, name, false, texts[n-1]); err != nil {
				return err
			}
			_, err = a.bot.Resolve(a.t.Context(), zoe, id, texts[n-2])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		a.t.Fatal(err)
	}
}

// chats has visitors say things in bubbles, ten each, and looks at what comes back. What has
// something said before it gets a bubble of its own: elsewhere the bot may just have asked for a
// user name.
func (a *aviary) chats(all []canary) {
	var g errgroup.Group
	g.SetLimit(8)
	var visits [][]string
	for batch := range slices.Chunk(all, 10) {
		var said []string
		for _, k := range batch {
			if k.before != "" {
				visits = append(visits, []string{k.before, k.text})
			} else {
				said = append(said, k.text)
			}
		}
		visits = append(visits, said)
	}
	for _, said := range visits {
		g.Go(func() error { return a.visit(said) })
	}
	if err := g.Wait(); err != nil {
		a.t.Fatal(err)
	}
}

func (a *aviary) visit(said []string) error {
	v := newVisitor(a.t)
	n := a.people.Add(1)
	v.from = fmt.Sprintf("10.%d.%d.1", n/250, n%250)
	if err := v.connect(a.addr); err != nil {
		return err
	}
	defer v.conn.Close()
	for _, text := range said {
		f := v.does(text)
		if err := v.write(f); err != nil {
			return err
		}
		for acked := false; !acked; {
			back, err := v.read()
			if err != nil {
				return err
			}
			acked = back.Type == "ack" && back.ID == f["id"]
		}
	}
	for _, f := range v.log {
		fmt.Fprintln(&a.frames, f.Text)
	}
	return nil
}

// slacks has people say things in Slack: in direct messages, in threads of a channel, with the
// command, and the team in the thread of a ticket.
func (a *aviary) slacks(all []canary) {
	general, marie := "#general", a.slack.As("marie")
	must(marie.Says(marie.DM(), "hello"))
	a.quiet()
	a.do(marie.Presses(a.last(marie.DM()), "Talk to a person"))
	a.quiet()
	a.do(marie.Presses(a.last(marie.DM()), "Send it now"))
	a.quiet()
	card := a.last("#support")
	for i, k := range all {
		who := a.slack.As([]string{"marie", "luc", "gus"}[i%3])
		switch {
		case k.before != "":
			m := must(who.Mentions(general, k.before))
			must(who.SaysInThread(m, k.text))
		case i%6 == 1:
			must(who.Mentions(general, k.text))
		case i%6 == 2:
			must(a.slack.As("ann").SaysInThread(card, ">>"+k.text))
		case i%6 == 3:
			must(a.slack.As("bob").SaysInThread(card, k.text))
		case i%30 == 4:
			a.do(who.Slash(general, "/loginhelp", k.text))
		default:
			must(who.Says(who.DM(), k.text))
		}
		if i%50 == 49 {
			a.quiet()
		}
	}
	a.quiet()
	if lost := a.slack.Lost(); len(lost) > 0 {
		a.t.Errorf("Slack gave up %d events", len(lost))
	}
}

func (a *aviary) do(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *aviary) last(channel string) slacktest.Message {
	a.t.Helper()
	all := a.slack.Channel(channel).Messages()
	if len(all) == 0 {
		a.t.Fatalf("nothing is in %s", channel)
	}
	return all[len(all)-1]
}

// quiet waits until all that came is handled, and all that is owed is sent.
func (a *aviary) quiet() {
	a.t.Helper()
	a.wait("quiet", func() bool {
		ctx, cancel := context.WithTimeout(a.t.Context(), 10*time.Second)
		defer cancel()
		if a.slack.Settle(ctx) != nil {
			return false
		}
		waiting, err := a.store.Accepted(ctx, 1)
		if err != nil || len(waiting) > 0 {
			return false
		}
		next, err := a.store.NextDelivery(ctx)
		return err == nil && next.IsZero()
	})
}

// Of ten thousand messages with secrets, in both languages and through every channel, nothing is
// left anywhere: not in the database nor in its write-ahead log, not in the log at its most
// talkative, not in mails, not in what others were sent. What is no secret arrives letter for
// letter.
func TestCanaries(t *testing.T) {
	c := newCanaries(t, 20261128)
	all := make([]canary, canariesInBubbles+canariesInSlack+canariesDirect)
	for i := range all {
		all[i] = c.next()
	}
	a := newAviary(t)
	// These are found, or the search would prove nothing.
	control := canary{secrets: []string{"zqkontrolaku"}}
	a.do(a.says("control", "en", append([]string{"zqkontrolaku is how I call my printer"}, toTicket...)...))
	must(a.slack.As("luc").Says(a.slack.As("luc").DM(), "zqkontrolaku is how I call my printer"))
	a.quiet()

	began := time.Now()
	a.talks(all[:canariesDirect])
	t.Logf("%d at the terminal: %s", canariesDirect, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	a.chats(all[canariesDirect : canariesDirect+canariesInBubbles])
	t.Logf("%d in bubbles: %s", canariesInBubbles, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	a.slacks(all[canariesDirect+canariesInBubbles:])
	t.Logf("%d in Slack: %s", canariesInSlack, time.Since(began).Round(time.Millisecond))
	a.harmless(c.harmless)
	a.quiet()

	began = time.Now()
	secrets, controls := newSnare(all), newSnare([]canary{control})
	seen := map[string]bool{}
	leaks := 0
	look := func(when string, files bool) {
		size := 0
		for _, at := range a.places() {
			if files && !strings.HasPrefix(at.name, a.data) {
				continue
			}
			data := at.has()
			size += len(data)
			kind := at.name
			if strings.HasPrefix(kind, a.data) {
				kind = filepath.Base(kind)
				if strings.HasSuffix(kind, ".eml") {
					kind = "mails"
				}
			}
			if len(controls.find(data)) > 0 {
				seen[kind] = true
			}
			raw := strings.HasPrefix(kind, "latchkey.db")
			for _, found := range secrets.find(data) {
				if raw && len(found) < 9 && !strings.ContainsFunc(found, unicode.IsLetter) {
					continue // a page of the file may cut a time in the middle; its rows were looked at
				}
				if leaks++; leaks <= 30 {
					where := bytes.Index(bytes.ToLower(data), []byte(found))
					t.Errorf("%s, %s: %s in %q, of %q", when, kind, found, data[max(0, where-60):min(len(data), max(0, where)+60)], all[slices.IndexFunc(all, func(k canary) bool {
						return slices.ContainsFunc(k.secrets, func(s string) bool { return slices.Contains(pieces(s), found) })
					})])
				}
			}
		}
		t.Logf("%s, %d KB are searched", when, size>>10)
	}
	look("running", true) // with the write-ahead log
	a.stop()
	a.store.Close()
	look("ended", false)
	if n := bytes.Count(a.asked, []byte("\n")); n < (canariesInBubbles+canariesInSlack)/2 {
		t.Errorf("the model was asked only %d times", n)
	}
	// The articles are a few calls.
	if n := bytes.Count(a.asked, []byte(`"input":[`)); n < 20 {
		t.Errorf("embeddings were asked for only %d times", n)
	}
	t.Logf("the search: %s", time.Since(began).Round(time.Millisecond))
	for _, kind := range []string{"latchkey.db", "the rows of the database", "mails", "what was read", "what a model was sent", "what Slack was sent"} {
		if !seen[kind] {
			t.Errorf("the control is not found in %s", kind)
		}
	}
	if log := a.log.String(); !strings.Contains(log, slog.LevelDebug.String()) || strings.Contains(log, "@example.") {
		t.Error("the log is not at its most talkative, or has somebody's address in it")
	}
}

// harmless says what has to arrive as it is, each in a conversation of its own.
func (a *aviary) harmless(texts []string) {
	var g errgroup.Group
	g.SetLimit(8)
	for i, text := range texts {
		g.Go(func() error {
			name := fmt.Sprintf("harmless-%d", i)
			if err := a.says(name, "en", text); err != nil {
				return err
			}
			v, err := a.bot.View(a.t.Context(), terminal, name, 0, 0)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(v.Messages, func(m bot.Message) bool { return m.From == bot.FromContact && m.Text == text }) {
				a.t.Errorf("%q did not arrive as it is: %+v", text, v.Messages)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		a.t.Fatal(err)
	}
}
