package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"latchkey/bot"
	"latchkey/bot/mail"
	"latchkey/bot/mail/mailtest"
	"latchkey/store"
)

// asProgram makes the test binary be the program itself, for tests that kill it.
const asProgram = "LATCHKEY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The walks of the client tree that everything else stands on, as a client types and presses.
var (
	seedWalk     = []string{"[Wrong user or password]", "[An e-mail]", "[Still refused]", "still refused", "[No, I just want to log in]", "[Yes, I have it]", "[It works]"}
	spamWalk     = []string{"[Wrong user or password]", "I never got the email", "[Found it]", "[It works]"}
	disabledWalk = []string{"[Wrong user or password]", "it says my account is disabled", "[No idea. Write to the team]", "ann@example.org", "Ann Roy", "[Send it now]"}
	giveUpWalk   = []string{"[Wrong user or password]", "[I don't know]", "[Still refused]", "[Still refused]", "[No, I just want to log in]", "[Nothing yet]", "[Still nothing]", "ann@example.org", "yes exactly", "still nothing", "[No, or I have none]", "ann.roy@example.org", "Ann Roy", "[Send it now]"}
)

// worldSettings are the environment of a program in a world of its own.
func worldSettings(t *testing.T, data string, smtp *mailtest.Server) []string {
	t.Helper()
	return []string{
		"LATCHKEY_ADDR=127.0.0.1:0", "LATCHKEY_DATA=" + data, "LATCHKEY_LOG_LEVEL=warn",
		"LATCHKEY_PRODUCT=Fit", "LATCHKEY_SUPPORT_EMAIL=support@example.org", "LATCHKEY_HEXPERT_EMAIL=hexpert@example.org",
		"LATCHKEY_SMTP_HOST=" + smtp.Host(), "LATCHKEY_SMTP_PORT=" + strconv.Itoa(smtp.Port()), "LATCHKEY_SMTP_TLS=none",
		"LATCHKEY_SMTP_FROM=Latchkey <latchkey@example.org>",
	}
}

// start runs the program as a value until the test ends, and gives its address.
func start(t *testing.T, environ []string) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	listening := make(chan string, 1)
	done := make(chan error, 1)
	var out, errs bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &errs, environ: environ, folder: t.TempDir(), ready: func(a string) { listening <- a }}
	go func() { done <- p.run(ctx, nil) }()
	select {
	case addr = <-listening:
	case err := <-done:
		t.Fatalf("the program does not start: %v\n%s", err, errs.String())
	}
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the program ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the program takes more than 10 s to end")
		}
		if errs.Len() > 0 {
			t.Errorf("the log has warnings:\n%s", errs.String())
		}
	})
	t.Cleanup(stop)
	return addr, stop
}

// frame is what the server says; see bot/bubble.
type frame struct {
	Type, Code, Text, Lang, Status, From, Event, Ticket, ID, Move, Name string
	Seq, After, Last, Retry                                             int64
	Stored, Edited, Withdrawn                                           bool
	Choices                                                             []struct{ Move, Label string }
}

// visitor is a person with a bubble, spoken to over a real socket.
type visitor struct {
	t              *testing.T
	token          string
	lang, audience string
	given          map[string]string // name and email, as the page tells them
	from           string            // the client address that a trusted proxy tells
	conn           *websocket.Conn
	addr           string
	log            map[int64]frame
	last           int64
	sent           int
	said           map[string]any // the last frame, until it is acknowledged
}

func newVisitor(t *testing.T) *visitor {
	// 256 random bits in base64url, as the widget makes them.
	random := make([]byte, 32)
	rand.Read(random)
	return &visitor{t: t, token: base64.RawURLEncoding.EncodeToString(random), lang: "en", audience: "client", log: map[int64]frame{}}
}

// connect opens a socket and says where it left off.
func (v *visitor) connect(addr string) error {
	header := http.Header{"Origin": {"http://" + addr}}
	if v.from != "" {
		header.Set("X-Forwarded-For", v.from)
	}
	conn, _, err := websocket.DefaultDialer.Dial("ws://"+addr+"/bubble/socket", header)
	if err != nil {
		return err
	}
	v.conn, v.addr = conn, addr
	if err := v.write(map[string]any{"type": "hello", "v": 1, "token": v.token, "after": v.last, "lang": v.lang, "audience": v.audience, "name": v.given["name"], "email": v.given["email"]}); err != nil {
		return err
	}
	for {
		f, err := v.read()
		if err != nil {
			return err
		}
		if f.Type == "hello" {
			for v.last < f.Last {
				if _, err := v.read(); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

func (v *visitor) write(frame map[string]any) error {
	v.said = frame
	return v.conn.WriteJSON(frame)
}

func (v *visitor) read() (frame, error) {
	var f frame
	v.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if err := v.conn.ReadJSON(&f); err != nil {
		return f, err
	}
	if f.Type == "error" && f.Code == "slow_down" && f.ID == v.said["id"] {
		// A walk is quicker than a person: it waits as it is told, as the widget does.
		<-time.After(time.Duration(f.Retry) * time.Millisecond)
		if err := v.write(v.said); err != nil {
			return f, err
		}
		return v.read()
	}
	if f.Type == "error" {
		v.t.Fatalf("the server refuses: %s %s", f.Code, f.Text)
	}
	if f.Type == "message" {
		v.log[f.Seq] = f
		v.last = max(v.last, f.Seq)
	}
	return f, nil
}

// does makes the frame of a press of a [button] of the last question, or of typing.
func (v *visitor) does(what string) map[string]any {
	v.t.Helper()
	v.sent++
	id := fmt.Sprintf("visitor-%04d", v.sent)
	label, ok := strings.CutPrefix(what, "[")
	if !ok {
		return map[string]any{"type": "message", "id": id, "text": what}
	}
	label = strings.TrimSuffix(label, "]")
	for seq := v.last; seq > 0; seq-- {
		for _, c := range v.log[seq].Choices {
			if c.Label == label {
				return map[string]any{"type": "press", "id": id, "move": c.Move, "seq": seq, "label": label}
			}
		}
	}
	v.t.Fatalf("there is no button %q; the last is %+v", label, v.log[v.last])
	return nil
}

// settle reads until the message is stored and the bot's answer to it is whole.
func (v *visitor) settle(id string) (frame, error) {
	acked, own := false, int64(0)
	for seq, f := range v.log {
		if f.ID == id {
			own = seq
		}
	}
	for {
		f, err := v.read()
		if err != nil {
			return f, err
		}
		acked = acked || f.Type == "ack" && f.ID == id
		if f.Type == "message" && f.ID == id {
			own = f.Seq
		}
		last := v.log[v.last]
		if acked && own > 0 && last.Seq > own && last.From == "bot" && (len(last.Choices) > 0 || last.Event != "") {
			return last, nil
		}
	}
}

// walk does one thing after the other and gives what was said last. Now and then the line breaks.
func (v *visitor) walk(steps []string) frame {
	v.t.Helper()
	var last frame
	for i, step := range steps {
		if i%6 == 5 {
			v.conn.Close()
			if err := v.connect(v.addr); err != nil {
				v.t.Fatal(err)
			}
		}
		f := v.does(step)
		if err := v.write(f); err != nil {
			v.t.Fatalf("%s: %v", step, err)
		}
		var err error
		if last, err = v.settle(f["id"].(string)); err != nil {
			v.t.Fatalf("%s: %v", step, err)
		}
	}
	return last
}

func TestLockedOutClient(t *testing.T) {
	for _, c := range []struct {
		name  string
		walk  []string
		event string
		to    string // who gets the mail
	}{
		{"the seed path", seedWalk, "resolved", ""},
		{"the spam path", spamWalk, "resolved", ""},
		{"a disabled account", disabledWalk, "ticket", "hexpert@example.org"},
		{"giving up", giveUpWalk, "ticket", "support@example.org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			smtp := mailtest.Listen(t)
			data := t.TempDir()
			addr, stop := start(t, worldSettings(t, data, smtp))
			v := newVisitor(t)
			if err := v.connect(addr); err != nil {
				t.Fatal(err)
			}
			last := v.walk(c.walk)
			if last.Event != c.event {
				t.Fatalf("the walk ends with %+v", last)
			}
			if c.to != "" {
				if last.Ticket != "LK-1001" || !strings.Contains(last.Text, "LK-1001") {
					t.Errorf("the client is not told the number: %+v", last)
				}
				smtp.Wait(t, 1)
			}
			stop()
			mails := smtp.Messages()
			if c.to == "" {
				if len(mails) != 0 {
					t.Errorf("%d mails though all is well", len(mails))
				}
				return
			}
			if len(mails) != 1 || len(mails[0].To) != 1 || mails[0].To[0] != c.to {
				t.Fatalf("mails: %+v", mails)
			}
			letter := mailtest.Parse(t, mails[0].Data)
			if !strings.Contains(letter.Subject(), "[LK-1001]") || !strings.Contains(letter.Text, "Ann Roy") || letter.HTML == "" {
				t.Errorf("the mail: %s\n%s", letter.Subject(), letter.Text)
			}
			var out bytes.Buffer
			p := program{out: &out, err: &out, environ: worldSettings(t, data, smtp), folder: t.TempDir()}
			if err := p.run(t.Context(), []string{"tickets", "--json"}); err != nil {
				t.Fatal(err)
			}
			var line ticketLine
			if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Number != "LK-1001" || len(line.Deliveries) != 1 || line.Deliveries[0].Status != bot.DeliverySent {
				t.Errorf("latchkey tickets: %v\n%s", err, out.String())
			}
		})
	}
}

// When the server stops, sockets are told to come back, and who comes back finds everything.
func TestRestartIsNotFelt(t *testing.T) {
	smtp := mailtest.Listen(t)
	data := t.TempDir()
	addr, stop := start(t, worldSettings(t, data, smtp))
	v := newVisitor(t)
	if err := v.connect(addr); err != nil {
		t.Fatal(err)
	}
	v.walk(giveUpWalk[:5])
	before := len(v.log)
	stop()
	for {
		_, err := v.read()
		if err == nil {
			continue
		}
		if !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
			t.Errorf("the socket was closed with %v", err)
		}
		break
	}
	addr, _ = start(t, worldSettings(t, data, smtp))
	if err := v.connect(addr); err != nil {
		t.Fatal(err)
	}
	if len(v.log) != before {
		t.Errorf("%d messages before the restart, %d after", before, len(v.log))
	}
	if last := v.walk(giveUpWalk[5:]); last.Event != "ticket" {
		t.Errorf("after the restart the walk ends with %+v", last)
	}
}

func TestHealth(t *testing.T) {
	addr, _ := start(t, worldSettings(t, t.TempDir(), mailtest.Listen(t)))
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 200, "/latchkey.js": 200, "/nothing": 404} {
		res, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	p := program{out: &bytes.Buffer{}, err: &bytes.Buffer{}, environ: []string{"LATCHKEY_ADDR=" + addr}, folder: t.TempDir()}
	if err := p.run(t.Context(), []string{"health"}); err != nil {
		t.Error(err)
	}
}

// Behind a proxy that asks for another host than people do, the bot's own pages still may embed
// the bubble: they are at LATCHKEY_URL.
func TestBehindAProxyOfAnotherName(t *testing.T) {
	addr, _ := start(t, append(worldSettings(t, t.TempDir(), mailtest.Listen(t)), "LATCHKEY_URL=https://help.example.com"))
	conn, res, err := websocket.DefaultDialer.Dial("ws://"+addr+"/bubble/socket", http.Header{"Origin": {"https://help.example.com"}})
	if err != nil {
		t.Fatalf("the page at our own address is turned away: %v, %v", err, res)
	}
	defer conn.Close()
	if err := conn.WriteJSON(map[string]any{"type": "hello", "v": 1}); err != nil {
		t.Fatal(err)
	}
	var f frame
	if err := conn.ReadJSON(&f); err != nil || f.Type != "hello" {
		t.Errorf("the answer is %+v, %v", f, err)
	}
}

// child is the program as a process of its own, which can be killed.
type child struct {
	cmd  *exec.Cmd
	addr string
}

func startChild(t *testing.T, environ []string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(environ, asProgram+"=1")
	cmd.Dir = t.TempDir()
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "demo page"); ok {
			c.addr = strings.Trim(strings.TrimPrefix(strings.TrimSpace(rest), "http://"), "/")
			break
		}
	}
	if c.addr == "" {
		t.Fatal("the child does not start")
	}
	t.Cleanup(c.kill)
	return c
}

// kill ends the process without a chance to do anything more.
func (c *child) kill() {
	c.cmd.Process.Signal(syscall.SIGKILL)
	c.cmd.Wait()
}

// The process is killed at every step of a walk: before the message is sent, while it is being
// taken, and after it was answered. What was not acknowledged is sent again, as the widget does.
// In the end every message stands in the log once, there is one ticket, and one mail.
func TestKilledAtAnyPoint(t *testing.T) {
	smtp := mailtest.Listen(t)
	data := t.TempDir()
	environ := worldSettings(t, data, smtp)
	v := newVisitor(t)
	c := startChild(t, environ)
	again := func() {
		c.kill()
		v.conn.Close()
		c = startChild(t, environ)
		if err := v.connect(c.addr); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.connect(c.addr); err != nil {
		t.Fatal(err)
	}
	for i, step := range giveUpWalk {
		f := v.does(step)
		id := f["id"].(string)
		if i%3 == 0 {
			again() // before it is sent
		}
		if err := v.write(f); err != nil {
			t.Fatal(err)
		}
		// While it is being taken: a little later at each step, from at once to when it is done.
		time.Sleep(time.Duration(i) * 500 * time.Microsecond)
		again()
		if err := v.write(f); err != nil {
			t.Fatal(err)
		}
		if _, err := v.settle(id); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
	}
	again() // after the ticket was opened, perhaps while its mail is on the way
	c.kill()

	db, err := store.Open(t.Context(), filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tickets, err := db.Tickets(t.Context(), bot.TicketFilter{})
	if err != nil || len(tickets) != 1 {
		t.Fatalf("%d tickets, %v", len(tickets), err)
	}
	messages, err := db.Messages(t.Context(), tickets[0].ConversationID, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for i, m := range messages {
		if m.Seq != int64(i+1) {
			t.Errorf("message %d has number %d", i+1, m.Seq)
		}
		if m.From == bot.FromContact {
			said = append(said, m.Text)
		}
	}
	var want []string
	for _, step := range giveUpWalk {
		want = append(want, strings.Trim(step, "[]"))
	}
	if strings.Join(said, "|") != strings.Join(want, "|") {
		t.Errorf("the log has %q, want %q", said, want)
	}
	finishDeliveries(t, db, smtp)
	ids := map[string]bool{}
	for _, m := range smtp.Messages() {
		letter := mailtest.Parse(t, m.Data)
		id, err := letter.Header.MessageID()
		if err != nil {
			t.Error(err)
		}
		ids[id] = true
	}
	if len(ids) != 1 {
		t.Errorf("%d different mails", len(ids))
	}
}

// finishDeliveries sends what a killed process had claimed, when its lease is over.
func finishDeliveries(t *testing.T, db *store.DB, smtp *mailtest.Server) {
	t.Helper()
	book, err := loadBook(Config{})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := mail.New(mail.Options{
		Host: smtp.Host(), Port: smtp.Port(), TLS: mail.NoTLS, From: "Latchkey <latchkey@example.org>", Spool: t.TempDir(),
	}, func(key, lang string) string { return book.Word(key, lang, nil) })
	if err != nil {
		t.Fatal(err)
	}
	b, err := bot.New(t.Context(), bot.Options{
		Store: db, Book: book, Senders: map[string]bot.Sender{mail.Channel: sender},
		Now: func() time.Time { return time.Now().Add(time.Hour) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.DeliverDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}
