package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot/bubble/browsertest"
	"latchkey/bot/slackchat/slacktest"
)

// simulator is a running `latchkey slack simulator`, with its page.
type simulator struct {
	t    *testing.T
	page string
}

func startSimulator(t *testing.T) *simulator {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out lockedBuffer
	listening, done := make(chan string, 1), make(chan error, 1)
	p := program{out: &out, err: &out, folder: t.TempDir(), environ: []string{"LATCHKEY_ADDR=127.0.0.1:0", "LATCHKEY_LOG_LEVEL=warn"}, ready: func(a string) { listening <- a }}
	go func() { done <- p.run(ctx, []string{"slack", "simulator", "--page", "127.0.0.1:0"}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the simulator ended with %v", err)
		}
	})
	select {
	case <-listening:
	case <-time.After(10 * time.Second):
		t.Fatalf("the simulator does not start:\n%s", out.String())
	}
	page := regexp.MustCompile(`http://\S+/`).FindString(out.String())
	s := &simulator{t: t, page: page}
	s.sees("", "", "", `"sockets":2`)
	return s
}

// lockedBuffer is written by the program while the test reads it.
type lockedBuffer struct {
	sync.Mutex
	b bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.Lock()
	defer l.Unlock()
	return l.b.String()
}

// does has somebody do something on the page, and gives what the page is told.
func (s *simulator) does(act map[string]any) map[string]any {
	s.t.Helper()
	raw, err := json.Marshal(act)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.Post(s.page+"do", "application/json", bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer["error"] != nil {
		s.t.Fatalf("%v: %v (%v)", act, answer["error"], err)
	}
	return answer
}

// state is what somebody sees, as it comes to the page.
func (s *simulator) state(user, channel, thread string) string {
	s.t.Helper()
	res, err := http.Get(s.page + "state?" + url.Values{"user": {user}, "channel": {channel}, "thread": {thread}}.Encode())
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(raw)
}

// sees waits until somebody sees some words.
func (s *simulator) sees(user, channel, thread, words string) string {
	s.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		state := s.state(user, channel, thread)
		if strings.Contains(state, words) {
			return state
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s never sees %q:\n%s", user, words, state)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// answers has somebody write, and waits for words that are not there before.
func (s *simulator) answers(user, channel, text, words string) {
	s.t.Helper()
	before := strings.Count(s.state(user, channel, ""), words)
	s.does(map[string]any{"do": "say", "user": user, "channel": channel, "text": text})
	deadline := time.Now().Add(10 * time.Second)
	for strings.Count(s.state(user, channel, ""), words) <= before {
		if time.Now().After(deadline) {
			s.t.Fatalf("%q is not answered with %q:\n%s", text, words, s.state(user, channel, ""))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// id finds the id of a person or channel by its name.
func (s *simulator) id(list, name string) string {
	s.t.Helper()
	var state map[string]json.RawMessage
	var entries []struct{ ID, Name string }
	if err := json.Unmarshal([]byte(s.state(s.first(), "", "")), &state); err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(state[list], &entries); err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name == name {
			return e.ID
		}
	}
	s.t.Fatalf("no %s is called %s", list, name)
	return ""
}

func (s *simulator) first() string {
	return regexp.MustCompile(`"id":"(U\d+)","kind":"","locale":"en-US","name":"ann"`).FindStringSubmatch(s.state("", "", ""))[1]
}

// Without a workspace one can walk about: ask as a professional, answer as the team.
func TestSimulator(t *testing.T) {
	s := startSimulator(t)
	marie, ann, support := s.id("people", "marie"), s.id("people", "ann"), s.id("channels", "support")
	dm := s.does(map[string]any{"do": "messages", "user": marie})["channel"].(string)
	s.sees(marie, dm, "", `"prompts":[{`)
	s.does(map[string]any{"do": "say", "user": marie, "channel": dm, "text": "I want to talk to a person"})
	s.sees(marie, dm, "", "Send it now")
	s.does(map[string]any{"do": "say", "user": marie, "channel": dm, "text": "send it now"})
	s.sees(marie, dm, "", "LK-1001")
	state := s.sees(ann, support, "", "LK-1001")
	var looked struct {
		At struct{ Messages []struct{ TS string } }
	}
	if err := json.Unmarshal([]byte(s.sees(ann, support, "", `"replies":`)), &looked); err != nil || len(looked.At.Messages) != 1 {
		t.Fatalf("%+v (%v)", looked, err)
	}
	card := looked.At.Messages[0].TS
	s.does(map[string]any{"do": "say", "user": ann, "channel": support, "thread": card, "text": ">> Hello Marie"})
	s.sees(marie, dm, "", "Hello Marie")
	s.sees(ann, support, card, "delivered")
	if !strings.Contains(state, `"violations":null`) {
		t.Errorf("there are violations:\n%s", state)
	}

	if folder := os.Getenv("LATCHKEY_SHOTS"); folder != "" {
		s.shots(folder, map[string]string{"marie": marie, "ann": ann, "support": support, "dm": dm, "card": card})
	}
}

// shots writes pictures of the page into a folder: a walk, the card with its thread, a window, Home
// and prompts above new direct messages, on a desktop and a phone, light and dark.
func (s *simulator) shots(folder string, id map[string]string) {
	t := s.t
	luc, bob := s.id("people", "luc"), s.id("people", "bob")
	// Marie tells that it works, and comes back with a client whose invitation never arrives.
	for _, line := range []struct{ text, answer string }{
		{"it works now", "Glad it works"},
		{"can you resend the invitation to my client", "Actions"},
		{"sent", "looks in every mailbox"},
		{"nothing arrives", "more than one company"},
		{"I don't know", "Look: the client's profile"},
		{"no", "several companies"},
		{"No, still stuck", "e-mail is on your client's file"},
		{"zoe@example.com", "name of your company"},
		{"Physio Nord", "LK-1002"},
	} {
		s.answers(id["marie"], id["dm"], line.text, line.answer)
	}
	state := s.sees(id["ann"], id["support"], "", "LK-1002")
	cards := regexp.MustCompile(`"ts":"(\d+\.\d+)"`).FindAllStringSubmatch(state, -1)
	id["card"] = cards[len(cards)-1][1]
	s.sees(id["ann"], id["support"], id["card"], "zoe@example.com")
	s.does(map[string]any{"do": "say", "user": bob, "channel": id["support"], "thread": id["card"], "text": "she was merged last week, I think"})
	s.does(map[string]any{"do": "say", "user": id["ann"], "channel": id["support"], "thread": id["card"], "text": ">> Hello Marie, I see why. I'm sending it again."})
	s.sees(id["marie"], id["dm"], "", "I see why")
	s.does(map[string]any{"do": "say", "user": id["marie"], "channel": id["dm"], "text": "She has it, thank you so much!"})
	s.sees(id["ann"], id["support"], id["card"], "She has it")
	s.does(map[string]any{"do": "home", "user": id["marie"]})
	s.sees(id["marie"], "", "", "My requests")
	walk := s.does(map[string]any{"do": "messages", "user": luc})["channel"].(string)
	s.does(map[string]any{"do": "say", "user": luc, "channel": walk, "text": "mon client n'a pas reçu le courriel de réinitialisation"})
	s.sees(luc, walk, "", "S'agit-il de votre propre connexion")
	fresh := s.does(map[string]any{"do": "messages", "user": bob})["channel"].(string)
	s.sees(bob, fresh, "", "Pick an answer")
	tab := browsertest.Start(t).Open(s.page, browsertest.Desktop) // one: each holds a connection
	card := url.Values{"user": {id["ann"]}, "channel": {id["support"]}, "thread": {id["card"]}}
	for _, view := range []struct {
		name string
		at   url.Values
		wait string
	}{
		{"walk", url.Values{"user": {luc}, "channel": {walk}}, "votre propre connexion"},
		{"card", card, "She has it"},
		{"window", card, "She has it"},
		{"home", url.Values{"user": {id["marie"]}, "view": {"home"}}, "LK-1001"},
		{"messages", url.Values{"user": {bob}, "channel": {fresh}}, "The reset e-mail doesn't arrive"},
	} {
		small := browsertest.Screen{Width: 1180, Height: 760, Scale: 1, Still: true}
		for device, screen := range map[string]browsertest.Screen{"desktop": small, "phone": browsertest.Phone} {
			for theme, dark := range map[string]bool{"": false, "-dark": true} {
				screen.Dark = dark
				tab.Look(screen)
				browsertest.Eval[bool](tab, fmt.Sprintf(`(history.replaceState(null, "", "#" + %q), true)`, view.at.Encode()))
				tab.Reload()
				tab.Wait(fmt.Sprintf(`document.body?.innerText.includes(%q)`, view.wait))
				if device == "desktop" { // whose mouse is elsewhere
					browsertest.Eval[bool](tab, `(document.styleSheets[0].insertRule(".tools { display: none !important }"), true)`)
				}
				if view.name == "window" {
					// On a phone the card stands behind its thread, in which it is the first message.
					tab.Click(`[...document.querySelectorAll("#thread-log .actions button")].find((b) => b.textContent === "Reply")`)
					tab.Wait(`document.getElementById("modal").open`)
				}
				tab.Shot(filepath.Join(folder, fmt.Sprintf("slack-%s-%s%s.png", view.name, device, theme)))
				if view.name == "window" {
					tab.Click(`document.getElementById("modal-x")`)
					tab.Wait(`!document.getElementById("modal").open`)
				}
			}
		}
	}
}

// The manifest that is printed is one from which Slack creates an app.
func TestManifestIsPrinted(t *testing.T) {
	for _, args := range [][]string{{"slack", "manifest"}, {"slack", "manifest", "--http", "https://help.example.org"}} {
		out, err := runs(t, t.TempDir(), args...)
		if err != nil {
			t.Fatal(err)
		}
		app, err := slacktest.ParseManifest([]byte(out))
		if err != nil || len(app.Commands) != 1 || len(app.Shortcuts) != 1 {
			t.Errorf("%v: %+v (%v)", args, app, err)
		}
	}
}
