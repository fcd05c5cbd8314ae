package slacktest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

func fileMethods() map[string]*method {
	all := map[string]*method{}
	all["files.getUploadURLExternal"] = &method{form: true, limit: tier4, need: []string{"filename", "length"}, scopes: []string{"files:write"}, do: uploadURL,
		args: map[string]arg{"filename": str, "length": num, "snippet_type": str, "alt_txt": str}}
	all["files.completeUploadExternal"] = &method{limit: tier4, need: []string{"files"}, scopes: []string{"files:write"}, do: completeUpload,
		args: map[string]arg{"files": inner, "channel_id": str, "channels": names, "thread_ts": str, "initial_comment": str, "blocks": inner,
			"username": str, "icon_url": str, "icon_emoji": str}}
	all["files.info"] = &method{form: true, limit: tier4, need: []string{"file"}, scopes: []string{"files:read"}, do: fileInfo,
		args: map[string]arg{"file": str, "cursor": str, "limit": num, "count": num, "page": num}} // the last two are older, and libraries send them
	return all
}

func uploadURL(c *call) (object, error) {
	n := c.num("length", 0)
	switch {
	case n <= 0:
		return nil, refuse("missing_argument")
	case length(c.str("alt_txt")) > 1000: // docs, alt_txt_too_large
		return nil, refuse("alt_txt_too_large")
	}
	f := &File{ID: c.id("F"), Name: c.str("filename"), User: c.team.BotUser, secret: strings.ToLower(c.id("s")), length: n, at: c.now().Unix()}
	f.Type = mime.TypeByExtension(path.Ext(f.Name))
	c.files[f.ID], c.uploads[f.secret] = f, f
	return object{"upload_url": c.URL() + "/upload/" + f.secret, "file_id": f.ID}, nil
}

// serveUpload takes the bytes, raw or as a form's only file. There must be as many as was said.
func (s *Slack) serveUpload(w http.ResponseWriter, r *http.Request) {
	fault := s.strike("upload")
	if fault != nil && fault.before(w, r, s.stop) {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<20))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	if kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		r.Body = io.NopCloser(bytes.NewReader(body))
		if params["boundary"] == "" || r.ParseMultipartForm(64<<20) != nil || len(r.MultipartForm.File) != 1 {
			http.Error(w, "a form with one file", http.StatusBadRequest)
			return
		}
		for _, h := range r.MultipartForm.File {
			in, err := h[0].Open()
			if err != nil {
				http.Error(w, "unreadable", http.StatusBadRequest)
				return
			}
			body, _ = io.ReadAll(in) // from memory
			_ = in.Close()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.uploads[r.PathValue("secret")]
	if f == nil || f.done {
		http.Error(w, "no such upload", http.StatusNotFound)
		return
	}
	if len(body) != f.length {
		s.violate("upload", "%d bytes came and %d were announced", len(body), f.length)
		http.Error(w, "wrong length", http.StatusBadRequest)
		return
	}
	f.Bytes = body
	if f.Type == "" {
		f.Type = http.DetectContentType(body)
	}
	if fault != nil && fault.lose {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprintf(w, "OK - %d", len(body))
}

func completeUpload(c *call) (object, error) {
	l, ok := c.args["files"].([]any)
	if !ok || len(l) == 0 {
		return nil, refuse("invalid_arguments", "[ERROR] must have at least 1 items [json-pointer:/files]")
	}
	var done []*File
	for i, v := range l {
		o, _ := v.(object)
		id, _ := o["id"].(string)
		for name := range o {
			if name != "id" && name != "title" && name != "highlight_type" {
				return nil, refuse("invalid_arguments", fmt.Sprintf("[ERROR] unknown field %s [json-pointer:/files/%d]", name, i))
			}
		}
		f := c.files[id]
		if f == nil || f.done || f.Bytes == nil || f.User != c.team.BotUser {
			return nil, refuse("file_not_found")
		}
		if f.Title, _ = o["title"].(string); f.Title == "" {
			f.Title = f.Name
		}
		done = append(done, f)
	}
	ids := strings.FieldsFunc(c.str("channels"), func(r rune) bool { return r == ',' })
	if c.has("channel_id") {
		ids = append(ids, c.str("channel_id"))
	}
	if len(ids) > 100 { // docs, channels_limit_exceeded
		return nil, refuse("channels_limit_exceeded")
	}
	if c.has("initial_comment") && c.has("blocks") {
		return nil, refuse("invalid_arguments", "[ERROR] initial_comment or blocks")
	}
	type place struct {
		ch     *channel
		thread string
	}
	var to []place
	for _, id := range ids {
		c.args["channel"] = id
		ch, err := c.open("channel")
		switch {
		case err != nil:
			return nil, err
		case ch.archived:
			return nil, refuse("is_archived")
		case !ch.has(c.team.BotUser):
			return nil, refuse("not_in_channel")
		}
		thread, err := c.thread(ch)
		if err != nil {
			return nil, err
		}
		to = append(to, place{ch, thread})
	}
	k := content{text: c.str("initial_comment")}
	if c.has("blocks") {
		var err error
		if k, err = c.content(object{"blocks": c.args["blocks"]}, maxMessage); err != nil {
			return nil, err
		}
	}
	files := make([]object, len(done))
	for i, f := range done {
		f.done = true
		files[i] = object{"id": f.ID, "title": f.Title}
	}
	for _, p := range to {
		m := c.say(p.ch, k, c.team, p.thread)
		m.subtype = "file_share"
		m.files = done
		for _, f := range done {
			f.channels = append(f.channels, p.ch.id)
		}
		c.announce(p.ch, m)
	}
	return object{"files": files}, nil
}

func fileInfo(c *call) (object, error) {
	f := c.files[c.str("file")]
	if f == nil || !f.done {
		return nil, refuse("file_not_found")
	}
	return object{"file": c.file(f), "comments": []any{}, "response_metadata": object{"next_cursor": ""}}, nil
}

// serveFile gives a file to who has the token, and to others what Slack gives them: not a
// refusal but the page to sign in, with 200.
func (s *Slack) serveFile(w http.ResponseWriter, r *http.Request) {
	fault := s.strike("files-pri")
	if fault != nil && fault.before(w, r, s.stop) {
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	f := s.files[r.PathValue("id")]
	allowed := false
	for _, t := range s.teams {
		allowed = allowed || t.BotToken == token && t.Installed && s.app.may("files:read")
	}
	s.mu.Unlock()
	switch {
	case !allowed:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><title>Sign in | Slack</title>")
	case f == nil || !f.done:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", f.Type)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.Bytes))
	}
}
