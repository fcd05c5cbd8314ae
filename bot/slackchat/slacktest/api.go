package slacktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// refusal is an answer with ok: false.
type refusal struct {
	code     string
	messages []string
	more     object
}

func (r refusal) Error() string { return r.code }

func refuse(code string, messages ...string) error { return refusal{code: code, messages: messages} }

// What an argument may be. In a form everything is text; in JSON it has its own type.
type arg byte

const (
	str   arg = iota
	flag      // true, false, 1, 0
	num       // a whole number
	inner     // JSON: an object or a list, in a form written as text
	names     // a list with commas, or in JSON a list
)

// method is one method of the Web API. Its arguments are those of docs, /reference/methods; one
// that ends in ! is needed.
type method struct {
	args map[string]arg
	need []string
	// scopes are those of which one is enough; the method asks for more by the channel's kind.
	scopes []string
	app    bool // takes the app-level token
	// form takes no JSON: docs, /apis/web-api, lists the methods with JSON, which are those
	// that write.
	form  bool
	limit rate
	do    func(*call) (object, error)
}

// methods are all that this Slack knows.
var methods = gather(chatMethods(), conversationMethods(), viewMethods(), assistantMethods(), fileMethods(), socketMethods())

func gather(all ...map[string]*method) map[string]*method {
	methods := map[string]*method{}
	for _, some := range all {
		maps.Copy(methods, some)
	}
	return methods
}

// rate is how often: the tiers of docs, /apis/web-api/rate-limits, are so many a minute.
type rate struct {
	perMinute float64
	burst     float64
	each      string // an argument that has a limit of its own
}

var (
	tier1 = rate{perMinute: 1, burst: 10}
	tier2 = rate{perMinute: 20, burst: 20}
	tier3 = rate{perMinute: 50, burst: 50}
	tier4 = rate{perMinute: 100, burst: 100}
	// "1 message per second per channel … short bursts": same page.
	posts = rate{perMinute: 60, burst: 5, each: "channel"}
	// assistant.threads.setStatus has "600 requests per minute"; auth.test "hundreds".
	many = rate{perMinute: 600, burst: 600}
)

func (s *Slack) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("GET /link/", s.serveSocket)
	mux.HandleFunc("POST /upload/{secret}", s.serveUpload)
	mux.HandleFunc("GET /files-pri/{id}/{name...}", s.serveFile)
	mux.HandleFunc("POST /actions/{hook}", s.serveHook)
	return mux
}

// call is one call on its way.
type call struct {
	*Slack
	method string
	args   object
	team   *Team
}

func (c *call) str(name string) string { s, _ := c.args[name].(string); return s }
func (c *call) on(name string) bool    { b, _ := c.args[name].(bool); return b }
func (c *call) has(name string) bool   { _, ok := c.args[name]; return ok }

func (c *call) num(name string, otherwise int) int {
	if n, ok := c.args[name].(float64); ok {
		return int(n)
	}
	return otherwise
}

func (s *Slack) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	f := s.strike(name)
	if f != nil && f.before(w, r, s.stop) {
		s.record(name, nil, f.what)
		return
	}
	args, token, err := arguments(r)
	var reply object
	if err == nil {
		reply, err = s.call(w, r, name, token, args)
	}
	var no refusal
	switch {
	case errors.As(err, &no):
		reply = object{"ok": false, "error": no.code}
		if len(no.messages) > 0 {
			reply["response_metadata"] = object{"messages": no.messages}
			if strings.HasPrefix(no.code, "invalid_blocks") {
				reply["errors"] = no.messages
			}
		}
		for name, v := range no.more {
			reply[name] = v
		}
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.record(name, args, no.code)
	if f != nil {
		f.lost(r, s.stop)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if no.code == "ratelimited" {
		w.WriteHeader(http.StatusTooManyRequests)
	}
	_ = json.NewEncoder(w).Encode(reply) // the caller may be gone
}

func (s *Slack) record(name string, args object, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, Call{name, args, code})
	s.touch()
}

// arguments reads what came: a query, a form, or JSON. The token comes in the header or in a
// form, never in JSON or in the address: docs, /apis/web-api, "Presenting tokens".
func arguments(r *http.Request) (object, string, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	args := object{}
	take := func(values url.Values) error {
		for name, v := range values {
			if len(v) > 1 {
				return refuse("invalid_array_arg")
			}
			args[name] = v[0]
		}
		return nil
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, "", refuse("invalid_post_type")
	}
	if err := take(r.URL.Query()); err != nil {
		return nil, "", err
	}
	if args["token"] != nil {
		return nil, "", refuse("not_allowed_token_type", "[ERROR] a token has no place in an address")
	}
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 4<<20))
		if err != nil {
			return nil, "", refuse("request_timeout")
		}
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case len(body) == 0:
		case r.Header.Get("Content-Type") == "":
			return nil, "", refuse("missing_post_type")
		case err != nil:
			return nil, "", refuse("invalid_post_type")
		case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
			return nil, "", refuse("invalid_charset")
		case kind == "application/json":
			d := object{}
			if err := json.Unmarshal(body, &d); err != nil {
				return nil, "", refuse("invalid_json")
			}
			for name, v := range d {
				args[name] = v
			}
			args["\x00json"] = true
		case kind == "application/x-www-form-urlencoded":
			values, err := url.ParseQuery(string(body))
			if err != nil {
				return nil, "", refuse("invalid_form_data")
			}
			if err := take(values); err != nil {
				return nil, "", err
			}
		case kind == "multipart/form-data":
			r.Body = io.NopCloser(bytes.NewReader(body))
			if err := r.ParseMultipartForm(4 << 20); err != nil {
				return nil, "", refuse("invalid_form_data")
			}
			if err := take(r.MultipartForm.Value); err != nil {
				return nil, "", err
			}
		default:
			return nil, "", refuse("invalid_post_type")
		}
	}
	if t, ok := args["token"].(string); ok && args["\x00json"] == nil {
		delete(args, "token")
		if token == "" {
			token = t
		}
	}
	return args, token, nil
}

// call does what every method has in common and then the method.
func (s *Slack) call(w http.ResponseWriter, r *http.Request, name, token string, args object) (object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asJSON := args["\x00json"] != nil
	delete(args, "\x00json")
	m := methods[name]
	if m == nil {
		s.violate(name, "no such method here")
		return nil, refuse("unknown_method")
	}
	c := &call{Slack: s, method: name, args: args}
	if err := c.authenticate(m, token, w); err != nil {
		if err.Error() == "missing_scope" {
			s.violate(name, "missing_scope: needs one of %v", m.scopes)
		}
		return nil, err
	}
	if m.app && r.Method != http.MethodPost {
		return nil, refuse("insecure_request")
	}
	if m.form && asJSON {
		s.violate(name, "does not take JSON")
		return nil, refuse("invalid_arguments", "[ERROR] this method takes a form, not JSON")
	}
	if wrong := c.typed(m, asJSON); len(wrong) > 0 {
		s.violate(name, "invalid_arguments: %s", strings.Join(wrong, "; "))
		return nil, refuse("invalid_arguments", wrong...)
	}
	if err := s.spend(m, c, w); err != nil {
		return nil, err
	}
	reply, err := m.do(c)
	if err != nil {
		var no refusal
		if errors.As(err, &no) && malformed[no.code] {
			s.violate(name, "%s: %s", no.code, strings.Join(no.messages, "; "))
		}
		return nil, err
	}
	if reply == nil {
		reply = object{}
	}
	reply["ok"] = true
	s.touch()
	return reply, nil
}

// malformed are the codes that no circumstance excuses: the app wrote something wrong.
var malformed = map[string]bool{"invalid_blocks": true, "invalid_blocks_format": true, "invalid_arguments": true, "msg_too_long": true, "no_text": true,
	"invalid_metadata_format": true, "invalid_metadata_schema": true, "metadata_too_large": true, "view_too_large": true, "msg_blocks_too_long": true,
	"markdown_text_conflict": true, "invalid_name": true, "too_many_attachments": true, "cannot_reply_to_message": true, "invalid_thread_ts": true,
	"missing_scope": true, "invalid_trigger_id": true, "push_limit_reached": true, "bad_timestamp": true, "exchanged_trigger_id": true}

func (c *call) authenticate(m *method, token string, w http.ResponseWriter) error {
	if token == "" {
		return refuse("not_authed")
	}
	granted, kind := c.app.Scopes, "bot"
	if token == c.app.AppToken {
		granted, kind = []string{"connections:write"}, "app"
	} else {
		for _, t := range c.teams {
			if t.BotToken == token {
				c.team = t
			}
		}
		if c.team == nil {
			return refuse("invalid_auth")
		}
		if !c.team.Installed {
			return refuse("account_inactive")
		}
	}
	w.Header().Set("X-OAuth-Scopes", strings.Join(granted, ","))
	if len(m.scopes) > 0 {
		w.Header().Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	if m.app != (kind == "app") && c.method != "auth.test" {
		return refuse("not_allowed_token_type")
	}
	if kind == "bot" {
		return c.scope(m.scopes...)
	}
	return nil
}

// scope demands one of some scopes.
func (c *call) scope(any ...string) error {
	for _, s := range any {
		if c.app.may(s) {
			return nil
		}
	}
	if len(any) == 0 {
		return nil
	}
	return refusal{code: "missing_scope", messages: []string{"needs " + strings.Join(any, " or ")},
		more: object{"needed": strings.Join(any, ","), "provided": strings.Join(c.app.Scopes, ",")}}
}

// typed turns the arguments into their types, in place.
func (c *call) typed(m *method, asJSON bool) []string {
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, "[ERROR] "+fmt.Sprintf(format, args...)) }
	for _, name := range m.need {
		if v, ok := c.args[name]; !ok || v == "" {
			bad("missing required field: %s", name)
		}
	}
	for _, name := range sorted(c.args) {
		v := c.args[name]
		kind, known := m.args[name]
		if !known {
			bad("unknown argument: %s", name)
			continue
		}
		s, text := v.(string)
		switch kind {
		case str:
			if !text {
				bad("must provide a string: %s", name)
			}
		case flag:
			if _, ok := v.(bool); ok {
				break
			}
			b, err := strconv.ParseBool(s)
			if !text || err != nil {
				bad("must provide a boolean: %s", name)
			}
			c.args[name] = b
		case num:
			n, ok := v.(float64)
			if text {
				var err error
				n, err = strconv.ParseFloat(s, 64)
				ok = err == nil
			}
			if !ok || n != math.Trunc(n) {
				bad("must provide a whole number: %s", name)
			}
			c.args[name] = n
		case inner:
			// Lists as text are taken in JSON too: many libraries write them so.
			if text {
				var v any
				if err := json.Unmarshal([]byte(s), &v); err != nil {
					if name == "blocks" || name == "metadata" {
						c.args[name] = nil // the method has a code of its own for this
						continue
					}
					bad("must provide JSON: %s", name)
				}
				c.args[name] = v
			}
		case names:
			if l, ok := v.([]any); ok && asJSON {
				all := make([]string, len(l))
				for i, v := range l {
					all[i] = fmt.Sprint(v)
				}
				c.args[name] = strings.Join(all, ",")
			} else if !text {
				bad("must provide a list: %s", name)
			}
		}
	}
	return wrong
}

type bucket struct {
	left float64
	at   time.Time
}

// spend takes one call out of the method's bucket.
func (s *Slack) spend(m *method, c *call, w http.ResponseWriter) error {
	if !s.limited || m.limit.perMinute == 0 {
		return nil
	}
	key := c.method
	if c.team != nil {
		key += " " + c.team.ID
	}
	if m.limit.each != "" {
		key += " " + c.str(m.limit.each)
	}
	now := s.now()
	b := s.buckets[key]
	if b == nil {
		b = &bucket{m.limit.burst, now}
		s.buckets[key] = b
	}
	b.left = min(m.limit.burst, b.left+now.Sub(b.at).Minutes()*m.limit.perMinute)
	b.at = now
	if b.left < 1 {
		wait := math.Ceil((1 - b.left) * 60 / m.limit.perMinute)
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(wait))))
		return refuse("ratelimited")
	}
	b.left--
	return nil
}

// Limit switches the rate limits on or off.
func (s *Slack) Limit(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = on
}
