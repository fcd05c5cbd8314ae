package slacktest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// docs, /interactivity/handling-user-interaction, "response URLs can be used up to 5 times within
// 30 minutes".
const (
	hookUses = 5
	hookLife = 30 * time.Minute
)

// hook is one response_url.
type hook struct {
	team, channel, user, thread string
	message                     *message // what was pressed, if a message was
	at                          time.Time
	uses                        int
}

func (s *Slack) hook(h hook) string {
	h.at = s.now()
	id := strings.ToLower(s.id("r"))
	s.hooks[id] = &h
	return s.URL() + "/actions/" + id
}

// hookArgs are what a response_url takes, and what libraries send along empty.
var hookArgs = map[string]bool{"text": true, "blocks": true, "attachments": true, "response_type": true, "replace_original": true, "delete_original": true,
	"thread_ts": true, "mrkdwn": true, "unfurl_links": true, "unfurl_media": true, "metadata": true, "parse": true, "link_names": true}

func (s *Slack) serveHook(w http.ResponseWriter, r *http.Request) {
	fault := s.strike("response_url")
	if fault != nil && fault.before(w, r, s.stop) {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		return
	}
	args := object{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hooks[r.PathValue("hook")]
	switch {
	case h == nil:
		http.Error(w, "invalid_url", http.StatusNotFound)
	case s.now().Sub(h.at) > hookLife:
		http.Error(w, "expired_url", http.StatusNotFound)
	case h.uses >= hookUses:
		s.violate("response_url", "used more than %d times", hookUses)
		http.Error(w, "used_url", http.StatusNotFound)
	case kind != "application/json" || json.Unmarshal(body, &args) != nil:
		s.violate("response_url", "not JSON")
		http.Error(w, "invalid_payload", http.StatusBadRequest)
	default:
		h.uses++
		if err := s.answer(h, args); err != nil {
			s.violate("response_url", "%v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if fault != nil && fault.lose {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "ok")
	}
}

// answer does what an answer to something pressed or commanded says, over a response_url or in
// an acknowledgement.
func (s *Slack) answer(h *hook, args object) error {
	for name := range args {
		if !hookArgs[name] {
			return refuse("invalid_payload", "unknown field "+name)
		}
	}
	if m, _ := args["metadata"].(object); m["event_type"] == "" {
		delete(args, "metadata")
	}
	for _, name := range []string{"blocks", "attachments"} {
		if args[name] == nil {
			delete(args, name)
		}
	}
	ch, t := s.channels[h.channel], s.teams[h.team]
	replace, _ := args["replace_original"].(bool)
	if del, _ := args["delete_original"].(bool); del {
		if h.message == nil || h.message.deleted {
			return refuse("message_not_found")
		}
		if h.message.only != "" {
			h.message.deleted = true
		} else {
			s.drop(ch, h.message)
		}
		s.touch()
		return nil
	}
	k, err := s.content(args, maxMessage)
	if err != nil {
		return err
	}
	if replace && h.message != nil {
		m := h.message
		if m.deleted {
			return refuse("message_not_found")
		}
		before := s.raw(ch, m)
		m.text, m.blocks, m.attachments = k.text, k.blocks, k.attachments
		s.forgetPicks(ch, m)
		if m.only == "" {
			m.edited = s.ts()
			s.changed(ch, m, before)
		}
		s.touch()
		return nil
	}
	kind, _ := args["response_type"].(string)
	thread, _ := args["thread_ts"].(string)
	switch kind {
	case "", "ephemeral":
		if thread == "" {
			thread = h.thread
		}
		s.whisper(ch, k, t, h.user, thread)
	case "in_channel":
		s.announce(ch, s.say(ch, k, t, thread))
	default:
		return refuse("invalid_payload", "response_type "+kind)
	}
	return nil
}
