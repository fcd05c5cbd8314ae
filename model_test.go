package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot/mail/mailtest"
	"latchkey/bot/openai/openaitest"
	"latchkey/store"
)

const modelKey = "sk-test-9b1c77a2d04e"

// modelled is a program with a model on a local server.
func modelled(t *testing.T, more ...string) (p program, server *openaitest.Server, data string) {
	t.Helper()
	server = openaitest.New(openaitest.Options{Key: modelKey, Models: []string{"small"}})
	t.Cleanup(server.Close)
	data = t.TempDir()
	p = program{out: &bytes.Buffer{}, err: &bytes.Buffer{}, folder: t.TempDir(), environ: append([]string{
		"LATCHKEY_ADDR=127.0.0.1:0", "LATCHKEY_DATA=" + data, "LATCHKEY_LOG_LEVEL=debug",
		"LATCHKEY_MODEL=small", "LATCHKEY_MODEL_URL=" + server.URL, "LATCHKEY_MODEL_KEY=" + modelKey,
	}, more...)}
	return p, server, data
}

// picks has the model choose the option whose label begins so.
func picks(server *openaitest.Server, label string) {
	server.Answer(func(r openaitest.Request) string {
		var paper struct{ Options []struct{ ID, Label string } }
		if err := json.Unmarshal([]byte(r.User), &paper); err != nil {
			return "no paper"
		}
		for _, o := range paper.Options {
			if strings.HasPrefix(o.Label, label) {
				return `{"choice":"` + o.ID + `","second":"none","certainty":"high"}`
			}
		}
		return "no such option"
	})
}

// What the phrases do not settle, the model does; what they do, it is not asked about.
func TestAModelHelpsToRead(t *testing.T) {

	chat := func(p program) string {
		t.Helper()
		p.in = strings.NewReader(riddle + "\nan e-mail\n")
		if err := p.run(t.Context(), []string{"chat"}); err != nil {
			t.Fatal(err)
		}
		return p.out.(*bytes.Buffer).String()
	}
	p, server, data := modelled(t)
	picks(server, "Wrong user or password")
	helped := chat(p)
	if !strings.Contains(helped, "an e-mail or a username") || strings.Contains(helped, "didn't understand") {
		t.Errorf("with the model:\n%s", helped)
	}
	rs := server.Requests()
	if len(rs) != 1 || !strings.Contains(rs[0].User, riddle) || len(server.Refused()) != 0 {
		t.Errorf("it was asked %d times", len(rs))
	}
	db, err := store.Open(t.Context(), filepath.Join(data, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if waiting, err := db.Unread(t.Context(), time.Now().Add(time.Hour), 9); err != nil || len(waiting) != 0 {
		t.Errorf("%d messages wait to be read, %v", len(waiting), err)
	}

	p, server, _ = modelled(t)
	server.Turn(func(w http.ResponseWriter, _ *http.Request, _ openaitest.Request) {
		w.WriteHeader(http.StatusBadGateway)
	})
	broken := chat(p)
	p, _, _ = modelled(t)
	p.environ = append(p.environ, "LATCHKEY_MODEL=", "LATCHKEY_MODEL_URL=", "LATCHKEY_MODEL_KEY=")
	if alone := chat(p); broken != alone || alone == helped {
		t.Errorf("with a broken model:\n%s\nwithout one:\n%s", broken, alone)
	}
}

// The start says what is on, the end what was asked; nothing says the key or what was said.
func TestTheStartAndTheEndTellOfTheModel(t *testing.T) {
	for what, c := range map[string]struct {
		more []string
		want string
	}{
		"unsure":  {nil, "model on   small at 127.0.0.1"},
		"always":  {[]string{"LATCHKEY_MODEL_WHEN=always"}, "asked about every text"},
		"never":   {[]string{"LATCHKEY_MODEL_WHEN=never"}, "asked for answers only"},
		"vectors": {[]string{"LATCHKEY_MODEL=", "LATCHKEY_MODEL_EMBED=vec"}, "vec at 127.0.0.1"},
		"both":    {[]string{"LATCHKEY_MODEL_EMBED=vec"}, "where the phrases are not sure; vec for the search"},
		"none":    {[]string{"LATCHKEY_MODEL=", "LATCHKEY_MODEL_URL=", "LATCHKEY_MODEL_KEY="}, "model off  LATCHKEY_MODEL is not set"},
	} {
		p, _, _ := modelled(t, c.more...)
		ctx, stop := context.WithCancel(t.Context())
		p.ready = func(string) { stop() }
		if err := p.run(ctx, nil); err != nil {
			t.Fatal(err)
		}
		out, log := p.out.(*bytes.Buffer).String(), p.err.(*bytes.Buffer).String()
		if !strings.Contains(out, c.want) {
			t.Errorf("%s: the start says\n%s", what, out)
		}
		if on := what != "none"; strings.Contains(log, "stats.calls=0") != on {
			t.Errorf("%s: the end says\n%s", what, log)
		}
		if strings.Contains(out+log, modelKey) {
			t.Errorf("%s: the key is shown", what)
		}
	}
}

func TestWrongSettingsOfTheModelAreNamed(t *testing.T) {
	for _, c := range []struct {
		set  string
		want string
	}{
		{"LATCHKEY_MODEL=small", "needs LATCHKEY_MODEL_URL"},
		{"LATCHKEY_MODEL_KEY=k", "LATCHKEY_MODEL: should name a model"},
		{"LATCHKEY_MODEL_URL=http://localhost:1/v1", "LATCHKEY_MODEL: should name a model"},
		{"LATCHKEY_MODEL=small LATCHKEY_MODEL_URL=localhost:1", "LATCHKEY_MODEL_URL"},
		{"LATCHKEY_MODEL=small LATCHKEY_MODEL_KEY=k LATCHKEY_MODEL_AZURE_VERSION=2024-10-21", "https://NAME.openai.azure.com"},
		{"LATCHKEY_MODEL=small LATCHKEY_MODEL_KEY=k LATCHKEY_MODEL_WHEN=sometimes", "LATCHKEY_MODEL_WHEN"},
		{"LATCHKEY_MODEL=small LATCHKEY_MODEL_KEY=k LATCHKEY_MODEL_TIMEOUT=0s", "LATCHKEY_MODEL_TIMEOUT"},
		{"LATCHKEY_MODEL=small LATCHKEY_MODEL_KEY=k LATCHKEY_MODEL_CALLS_PER_DAY=-1", "LATCHKEY_MODEL_CALLS_PER_DAY"},
		{"LATCHKEY_MODEL=small LATCHKEY_MODEL_KEY=k LATCHKEY_MODEL_PROMPTS=/nowhere", "LATCHKEY_MODEL_PROMPTS"},
	} {
		if _, err := loadConfig(strings.Fields(c.set), t.TempDir()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.set, err)
		}
	}
	for _, set := range []string{
		"LATCHKEY_MODEL=small LATCHKEY_MODEL_KEY=k", "LATCHKEY_MODEL=small LATCHKEY_MODEL_URL=http://localhost:11434/v1",
		"LATCHKEY_MODEL_EMBED=vec LATCHKEY_MODEL_URL=http://localhost:11434/v1",
		"LATCHKEY_MODEL=d LATCHKEY_MODEL_URL=https://n.openai.azure.com LATCHKEY_MODEL_AZURE_VERSION=2024-10-21 LATCHKEY_MODEL_KEY=k",
	} {
		if _, err := loadConfig(strings.Fields(set), t.TempDir()); err != nil {
			t.Errorf("%s: %v", set, err)
		}
	}
}

const riddle = "the hamster behind the glass shakes its head at me"

// settingsWithModel are those of a world in which a model is asked.
func settingsWithModel(t *testing.T, data string, server *openaitest.Server) []string {
	return append(worldSettings(t, data, mailtest.Listen(t)), "LATCHKEY_MODEL=small", "LATCHKEY_MODEL_URL="+server.URL, "LATCHKEY_MODEL_KEY="+modelKey, "LATCHKEY_MODEL_TIMEOUT=20s")
}

// While the model thinks, a person sees that their message has arrived, and that somebody is at it.
func TestWhatIsThoughtAboutIsSeenToHaveArrived(t *testing.T) {
	server := openaitest.New(openaitest.Options{Key: modelKey})
	t.Cleanup(server.Close)
	gate := make(chan struct{})
	t.Cleanup(sync.OnceFunc(func() { close(gate) }))
	server.Turn(func(w http.ResponseWriter, r *http.Request, req openaitest.Request) {
		<-gate
		openaitest.Write(w, http.StatusOK, openaitest.Completion(req, `{"choice":"m1","second":"none","certainty":"high"}`))
	})
	addr, _ := start(t, settingsWithModel(t, t.TempDir(), server))
	v := newVisitor(t)
	if err := v.connect(addr); err != nil {
		t.Fatal(err)
	}
	said := v.does(riddle)
	if err := v.write(said); err != nil {
		t.Fatal(err)
	}
	own, thinking := int64(0), false
	for own == 0 || !thinking {
		f, err := v.read()
		if err != nil {
			t.Fatal(err)
		}
		if f.ID == said["id"] && f.Type == "message" {
			own = f.Seq
		}
		thinking = thinking || f.Type == "thinking"
		if own != 0 && f.Type == "message" && f.Seq > own {
			t.Fatalf("there is an answer before the model has one: %+v", f)
		}
	}
	gate <- struct{}{}
	if f, err := v.settle(said["id"].(string)); err != nil || !strings.Contains(f.Text, "an e-mail or a username") {
		t.Errorf("the answer is %+v, %v", f, err)
	}
}

// The program is killed while the model thinks. The next one answers by itself: the person only has
// to look.
func TestKilledWhileTheModelThinks(t *testing.T) {
	server := openaitest.New(openaitest.Options{Key: modelKey})
	t.Cleanup(server.Close)
	asked := make(chan struct{})
	server.Turn(func(_ http.ResponseWriter, r *http.Request, _ openaitest.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	environ := settingsWithModel(t, t.TempDir(), server)
	c := startChild(t, environ)
	v := newVisitor(t)
	if err := v.connect(c.addr); err != nil {
		t.Fatal(err)
	}
	said := v.does(riddle)
	if err := v.write(said); err != nil {
		t.Fatal(err)
	}
	<-asked
	c.kill()
	v.conn.Close()
	server.Turn(nil)
	picks(server, "Wrong user or password")
	c = startChild(t, environ)
	defer c.kill()
	if err := v.connect(c.addr); err != nil {
		t.Fatal(err)
	}
	answered := func() bool { return strings.Contains(v.log[v.last].Text, "an e-mail or a username") }
	for !answered() {
		if _, err := v.read(); err != nil {
			t.Fatalf("there is no answer: %v", err)
		}
	}
	// The widget sends again what was not acknowledged.
	if err := v.write(said); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := v.read()
		if err != nil {
			t.Fatal(err)
		}
		if f.Type == "ack" && f.ID == said["id"] {
			break
		}
	}
	own := 0
	for _, f := range v.log {
		if f.ID == said["id"] {
			own++
		}
	}
	if own != 1 || !answered() {
		t.Errorf("the message stands there %d times; the last is %+v", own, v.log[v.last])
	}
}
