package slackchat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Limits of what Slack posts.
const (
	maxBody = 1 << 20
	// https://docs.slack.dev/authentication/verifying-requests-from-slack: what is older may be
	// somebody repeating what they overheard.
	signatureAge = 5 * time.Minute
)

// Handler takes what Slack posts, at [Prefix]; nil without a signing secret.
func (s *Slack) Handler() http.Handler {
	if s.o.SigningSecret == "" {
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathEvents, s.posted(s.postedEvent))
	mux.HandleFunc("POST "+pathInteractive, s.posted(s.postedPress))
	mux.HandleFunc("POST "+pathCommands, s.posted(s.postedCommand))
	return mux
}

// Prefix is where the addresses begin to which Slack posts.
const Prefix = "/slack/"

// posted checks the signature before anything else looks at the request.
func (s *Slack) posted(take func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "cannot be read", http.StatusBadRequest)
			return
		}
		if !s.signed(r.Header, body) {
			http.Error(w, "not signed by Slack, or too old", http.StatusUnauthorized)
			return
		}
		take(w, r, body)
	}
}

// signed checks the signature v0: an HMAC over the time and the body.
func (s *Slack) signed(h http.Header, body []byte) bool {
	stamp := h.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || s.o.Now().Sub(time.Unix(seconds, 0)).Abs() > signatureAge {
		return false
	}
	return hmac.Equal([]byte(signature(s.o.SigningSecret, stamp, body)), []byte(h.Get("X-Slack-Signature")))
}

func signature(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

func (s *Slack) postedEvent(w http.ResponseWriter, r *http.Request, body []byte) {
	var is struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(body, &is); err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	if is.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, is.Challenge) // whoever is gone does not need it
		return
	}
	s.keep(w, r, kindEvent, body)
}

func (s *Slack) postedPress(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil || !json.Valid([]byte(form.Get("payload"))) {
		http.Error(w, "no payload", http.StatusBadRequest)
		return
	}
	s.keep(w, r, kindInteractive, []byte(form.Get("payload")))
}

// postedCommand makes of the form what a socket brings for the same.
func (s *Slack) postedCommand(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "not a form", http.StatusBadRequest)
		return
	}
	if form.Get("ssl_check") == "1" {
		return
	}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		http.Error(w, "cannot be read", http.StatusBadRequest)
		return
	}
	s.keep(w, r, kindCommand, raw)
}

// keep acknowledges what is stored with an empty answer.
func (s *Slack) keep(w http.ResponseWriter, r *http.Request, kind string, body []byte) {
	select {
	case <-s.ready:
	default:
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	if _, err := s.accept(r.Context(), kind, body); err != nil {
		s.o.Log.Warn("Slack: an event could not be kept; it will come again", "error", err)
		http.Error(w, "cannot be kept", http.StatusServiceUnavailable)
	}
}
