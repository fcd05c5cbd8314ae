package bubble

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"time"

	"latchkey/bot"
)

// statuses are those of the error frames that answer an upload, by their codes.
var statuses = map[string]int{
	"malformed":              http.StatusBadRequest,
	"slow_down":              http.StatusTooManyRequests,
	"not_stored":             http.StatusServiceUnavailable,
	string(bot.RefusedType):  http.StatusUnsupportedMediaType,
	string(bot.RefusedLarge): http.StatusRequestEntityTooLarge,
	// The other refusals: http.StatusUnprocessableEntity.
}

// upload takes a picture. The page posts a plain form, for which browsers do not ask for
// permission first: one journey less on a phone.
func (b *Bubble) upload(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Vary", "Origin")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if !b.welcome(r) {
		http.Error(w, notWelcome, http.StatusForbidden)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
	}
	// A server without deadlines has none to miss.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(b.limits.upload))
	f, err := b.takePicture(r)
	// A browser that is still sending does not hear the answer, so the rest is taken in first.
	io.CopyN(io.Discard, r.Body, b.limits.leftover)

	h.Set("Content-Type", "application/json")
	if err == nil {
		json.NewEncoder(w).Encode(ackFrame{Type: "ack", ID: f.ID})
		return
	}
	no, known := b.refused(err, f.ID, b.language(f.Lang))
	if !known {
		b.log.Error("a picture was not stored", "error", err)
	}
	if no.Retry > 0 {
		h.Set("Retry-After", seconds(time.Duration(no.Retry)*time.Millisecond))
	}
	w.WriteHeader(cmp.Or(statuses[no.Code], http.StatusUnprocessableEntity))
	json.NewEncoder(w).Encode(no)
}

// takePicture reads an upload and hands it to the core. What is known of its hello comes back
// with an error too.
func (b *Bubble) takePicture(r *http.Request) (f inFrame, err error) {
	from := b.client(r)
	if b.wheel.over() {
		return f, errRestarts
	}
	if !b.gate.upload(from) {
		return f, &tooMany{later}
	}
	defer b.gate.uploaded(from)
	form, err := r.MultipartReader()
	if err != nil {
		return f, errMalformed
	}
	hello, err := part(form, "hello", b.limits.frame)
	if errors.Is(err, bot.RefusedLarge) {
		err = errMalformed
	}
	if err != nil {
		return f, err
	}
	if f, err = parse(hello); err != nil || f.Type != "hello" || !named(f.ID) {
		return f, errMalformed
	}
	at, err := b.place(f)
	if err != nil || at.address == "" {
		return f, errMalformed
	}
	crowd := b.gate.crowd(from)
	return f, b.spend(func() error {
		data, err := part(form, "picture", b.limits.picture)
		if err != nil {
			return err
		}
		if len(data) == 0 { // to the core that would be no picture at all
			return bot.RefusedBroken
		}
		in := at.inbound(f.ID)
		in.Picture = data
		return b.receive(from, in, false)
	}, crowd.pictures, crowd.messages, b.gate.visitor(at.address))
}

// part reads the next part of a form, which must have this name.
func part(form *multipart.Reader, name string, most int64) ([]byte, error) {
	p, err := form.NextPart()
	if err == nil && p.FormName() != name {
		return nil, errMalformed
	}
	var data []byte
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(p, most+1))
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errSlowLine
	case err != nil:
		return nil, errMalformed
	case int64(len(data)) > most:
		return nil, bot.RefusedLarge
	}
	return data, nil
}

// picture shows a picture to whoever knows its id: the page, and nobody else, was told.
func (b *Bubble) picture(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !named(id) {
		http.NotFound(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), b.limits.write)
	defer cancel()
	p, data, err := b.core.Picture(ctx, id)
	if errors.Is(err, bot.ErrNotFound) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		b.log.Error("a picture cannot be read", "error", err)
		w.Header().Set("Retry-After", seconds(later))
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	public(w)
	h := w.Header()
	h.Set("Content-Type", p.Kind)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	// Whoever opens it by itself gets a picture and nothing that could act.
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", `inline; filename="picture`+extensions[p.Kind]+`"`)
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	w.Write(data)
}

var extensions = map[string]string{"image/png": ".png", "image/jpeg": ".jpg"}

// seconds writes a time for Retry-After, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
