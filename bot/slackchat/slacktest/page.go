package slacktest

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed page
var pageFiles embed.FS

// pagePolicy lets the page have its own files and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// maxPageFile is how large a file the page takes to upload.
const maxPageFile = 8 << 20

// Page is a web page over a Slack, to walk about in it: one is whoever one likes. It has no
// sign-in and belongs on this machine only.
func Page(s *Slack) http.Handler {
	mux := http.NewServeMux()
	for _, name := range []string{"app.js", "blocks.js", "text.js", "app.css"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, pageFiles, "page/"+name) })
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, pageFiles, "page/page.html") })
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.sees(q.Get("user"), q.Get("channel"), q.Get("thread"))) // the page may be gone
	})
	mux.HandleFunc("GET /changes", s.serveChanges)
	mux.HandleFunc("GET /file/{id}", s.serveShown)
	mux.HandleFunc("POST /do", s.serveDo)
	mux.HandleFunc("POST /upload", s.servePageUpload)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// serveChanges says the number of each change as it comes, so that the page looks again.
func (s *Slack) serveChanges(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	for {
		s.mu.Lock()
		version, change := s.version, s.change
		s.mu.Unlock()
		if _, err := fmt.Fprintf(w, "data: %d\n\n", version); err != nil {
			return
		}
		if flush.Flush() != nil {
			return
		}
		// A status of the assistant ends by itself: look again now and then.
		again := time.NewTimer(15 * time.Second)
		select {
		case <-change:
		case <-again.C:
		case <-r.Context().Done():
			again.Stop()
			return
		case <-s.stop:
			again.Stop()
			return
		}
		again.Stop()
	}
}

// serveShown shows pictures; everything else is downloaded.
func (s *Slack) serveShown(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.files[r.PathValue("id")]
	s.mu.Unlock()
	if f == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if shown(f) {
		w.Header().Set("Content-Type", f.Type)
	} else {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", "attachment")
	}
	_, _ = w.Write(f.Bytes)
}

func shown(f *File) bool {
	return slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, f.Type)
}

// act is one thing that the page wants done.
type act struct {
	User, Do                               string
	Channel, Thread, TS, Text, Name, Value string
	// Where is message, home or modal.
	Where  string
	Values map[string]string
}

// own refuses what another site's page sends.
func own(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "same-origin" || site == "" && r.Header.Get("Origin") == ""
}

func (s *Slack) serveDo(w http.ResponseWriter, r *http.Request) {
	var a act
	if !own(r) || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&a) != nil {
		http.Error(w, "not from this page", http.StatusForbidden)
		return
	}
	answer := object{}
	m, err := s.do(a)
	if m.TS != "" {
		answer["channel"], answer["ts"] = m.Channel, m.TS
	}
	if err != nil {
		answer["error"] = strings.TrimPrefix(err.Error(), "slacktest: ")
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// do does what the page wants. Each name is that of a Person's method, in small.
func (s *Slack) do(a act) (Message, error) {
	p, m := s.As(a.User), Message{Channel: a.Channel, TS: a.TS}
	var where Where = m
	switch a.Where {
	case "home":
		where = InHome
	case "modal":
		where = InModal
	}
	switch a.Do {
	case "say":
		if a.Thread != "" {
			return p.SaysInThread(Message{Channel: a.Channel, Thread: a.Thread}, a.Text)
		}
		if line := strings.TrimSpace(a.Text); strings.HasPrefix(line, "/") {
			command, text, _ := strings.Cut(line, " ")
			return Message{}, p.Slash(a.Channel, command, strings.TrimSpace(text))
		}
		return p.Says(a.Channel, a.Text)
	case "edit":
		return Message{}, p.Edits(m, a.Text)
	case "delete":
		return Message{}, p.Deletes(m)
	case "react":
		if err := p.Reacts(m, a.Name); err != nil && err.Error() != "already_reacted" {
			return Message{}, err
		} else if err != nil {
			return Message{}, p.Unreacts(m, a.Name)
		}
		return Message{}, nil
	case "press":
		return Message{}, p.Presses(where, a.Name)
	case "pick":
		return Message{}, p.Picks(where, a.Name, a.Value)
	case "submit":
		err := p.Submits(a.Values)
		if errors.Is(err, ErrRefused) {
			err = nil // the page shows the words beside the fields
		}
		return Message{}, err
	case "close":
		return Message{}, p.Closes()
	case "home":
		return Message{}, p.OpensHome()
	case "messages":
		return Message{Channel: p.DM(), TS: "-"}, p.OpensMessages()
	case "pane":
		return p.OpensPane(a.Channel)
	case "ask":
		return p.Asks(m, a.Name)
	case "shortcut":
		if a.TS == "" {
			return Message{}, p.GlobalShortcut(a.Name)
		}
		return Message{}, p.Shortcut(a.Name, m)
	case "join":
		return Message{}, p.Joins(a.Channel)
	case "invite":
		return Message{}, p.Invites(a.Channel, a.Name)
	}
	return Message{}, fmt.Errorf("slacktest: nothing is called %q", a.Do)
}

func (s *Slack) servePageUpload(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !own(r) || r.Header.Get("Content-Type") != "application/octet-stream" {
		http.Error(w, "not from this page", http.StatusForbidden)
		return
	}
	answer := object{}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPageFile))
	if err == nil {
		var thread *Message
		if ts := q.Get("thread"); ts != "" {
			thread = &Message{Channel: q.Get("channel"), TS: ts}
		}
		_, err = s.As(q.Get("user")).Uploads(q.Get("channel"), thread, q.Get("text"), File{Name: path.Base(q.Get("name")), Bytes: body})
	}
	if err != nil {
		answer["error"] = strings.TrimPrefix(err.Error(), "slacktest: ")
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// sees is everything that the page shows to a person: an object, as it goes out.
func (s *Slack) sees(user, at, thread string) object {
	s.mu.Lock()
	defer s.mu.Unlock()
	var people []object
	for _, id := range sorted(s.users) {
		if u := s.users[id]; !u.Deleted {
			kind := ""
			switch {
			case u.Bot:
				kind = "app"
			case u.Stranger:
				kind = "other workspace"
			case u.Guest || u.SingleChannelGuest:
				kind = "guest"
			}
			people = append(people, object{"id": id, "name": u.Name, "real": u.RealName, "kind": kind, "locale": u.Locale})
			if user == "" && !u.Bot {
				user = id
			}
		}
	}
	p := &Person{s: s, u: s.users[user]}
	o := object{"version": s.version, "people": people, "sockets": len(s.conns), "http": s.http != nil,
		"app": object{"name": s.app.Name, "commands": s.app.Commands, "shortcuts": s.app.Shortcuts, "home": !s.app.NoHome, "messages": !s.app.NoMessages,
			"assistant": s.app.Assistant, "agent": s.app.Agent}}
	var wrong []string
	for _, v := range s.broken[max(0, len(s.broken)-50):] {
		wrong = append(wrong, v.String())
	}
	o["violations"] = wrong
	if p.u == nil || p.u.Bot {
		return o
	}
	t := s.teams[p.team()]
	o["me"], o["team"], o["bot"] = user, t.Name, t.BotUser
	var list []object
	for _, id := range sorted(s.channels) {
		c := s.channels[id]
		in := c.has(user)
		if !in && (c.kind != Public || p.u.Guest || p.u.SingleChannelGuest || p.u.Stranger && !c.shared) || c.team != t.ID && !c.shared {
			continue
		}
		latest := ""
		for _, m := range c.messages {
			if m.user != user && !m.deleted && (m.only == "" || m.only == user) {
				latest = m.ts
			}
		}
		entry := object{"id": id, "name": c.name, "kind": string(c.kind), "in": in, "app": c.has(t.BotUser), "archived": c.archived, "shared": c.shared, "latest": latest}
		if c.kind == IM {
			for _, m := range c.members {
				if m != user {
					entry["with"] = m
				}
			}
		}
		list = append(list, entry)
	}
	o["channels"] = list
	if c := s.channels[at]; c != nil && c.has(user) {
		var main, side []object
		for _, m := range c.messages {
			if m.deleted || m.only != "" && m.only != user {
				continue
			}
			if m.thread == "" || m.thread == m.ts || m.broadcast {
				main = append(main, s.shows(p, c, m))
			}
			if thread != "" && (m.ts == thread || m.thread == thread) {
				side = append(side, s.shows(p, c, m))
			}
		}
		here := object{"id": c.id, "messages": main}
		if a := c.assistant[""]; a != nil {
			here["prompts_title"], here["prompts"] = a.promptsTitle, a.prompts
		}
		o["at"] = here
		if len(side) > 0 {
			o["thread"] = object{"ts": thread, "messages": side}
			if a := c.assistant[thread]; a != nil {
				status := a.status
				if s.now().Sub(a.statusAt) > statusLife {
					status = ""
				}
				o["pane"] = object{"title": a.title, "status": status, "prompts_title": a.promptsTitle, "prompts": a.prompts}
			}
		}
	}
	if v := s.homes[user]; v != nil {
		o["home"] = object{"key": v.hash, "blocks": v.blocks, "state": v.state.values()}
	}
	if v := s.top(user); v != nil {
		o["modal"] = object{"id": v.id, "key": v.id + v.hash + fmt.Sprint(v.errors), "title": plainText(v.raw["title"]), "submit": plainText(v.raw["submit"]),
			"close": or(plainText(v.raw["close"]), "Cancel"), "blocks": v.blocks, "state": v.state.values(), "errors": v.errors, "under": len(s.modals[user]) - 1}
	}
	return clone(o).(object)
}

func (s *Slack) shows(p *Person, c *channel, m *message) object {
	o := object{"ts": m.ts, "thread": m.thread, "user": m.user, "name": s.author(m).RealName, "app": m.bot != "", "text": m.text, "blocks": m.blocks,
		"edited": m.edited != "", "only": m.only != "", "own": m.user == p.u.ID, "pane": c.assistant[m.ts] != nil, "time": when(m.ts).Format("15:04")}
	if n := len(c.replies(m.ts)); n > 0 {
		o["replies"] = n
	}
	if a := c.assistant[m.ts]; a != nil {
		o["text"] = "Assistant: " + escape(a.title)
	}
	if st := s.states[stateKey(c, m)+" "+p.u.ID]; st != nil {
		o["state"] = st.values()
	} else {
		o["state"] = initial(m.blocks).values()
	}
	var files, reactions []object
	for _, f := range m.files {
		files = append(files, object{"id": f.ID, "name": f.Name, "picture": shown(f)})
	}
	for _, r := range m.reactions {
		reactions = append(reactions, object{"name": r.name, "count": len(r.users), "mine": slices.Contains(r.users, p.u.ID)})
	}
	var quoted []string
	for _, a := range m.attachments {
		each(a, func(o object) {
			if t := plainText(o); t != "" {
				quoted = append(quoted, t)
			}
		})
	}
	o["files"], o["reactions"], o["quoted"] = files, reactions, quoted
	return o
}

// ID is the channel's id.
func (r Room) ID() string { return r.c.id }

// Sample fills a Slack with a few people for a first walk: professionals in English and French,
// two of the support team, a guest; a channel for everybody, and the given ones with the team
// and the app in them.
func Sample(s *Slack, channels ...string) error {
	for _, u := range []User{
		{Name: "amelie", RealName: "Amélie Roy", Locale: "fr-CA", Email: "amelie@example.com"},
		{Name: "ben", RealName: "Ben Okafor", Email: "ben@example.com"},
		{Name: "sofia", RealName: "Sofia Marin (support)", Email: "sofia@example.com"},
		{Name: "tom", RealName: "Tom Lindqvist (support)", Email: "tom@example.com"},
		{Name: "gus", RealName: "Gus Pereira", Guest: true},
	} {
		s.AddUser(u)
	}
	if _, err := s.AddChannel(Public, "general", "amelie", "ben", "sofia", "tom", "gus", s.app.BotName); err != nil {
		return err
	}
	for _, name := range channels {
		if _, err := s.AddChannel(Public, strings.TrimPrefix(name, "#"), "sofia", "tom", s.app.BotName); err != nil {
			return err
		}
	}
	for _, name := range []string{"amelie", "ben", "sofia", "tom", "gus"} {
		s.As(name).DM()
	}
	return nil
}
