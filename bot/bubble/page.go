package bubble

import (
	"bytes"
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// pagePolicy is as strict as a page's policy can be; the widget must work under it. Its own
// icon is an empty data: address, which saves a request. Who may show the page in a frame is
// said by [Bubble.ancestors].
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors "

// asked is what the address of a page says: ?lang=fr&audience=professional. Without a
// language it is the browser's.
func (b *Bubble) asked(r *http.Request) (lang, audience string) {
	query := r.URL.Query()
	if lang = query.Get("lang"); lang == "" {
		lang, _, _ = strings.Cut(r.Header.Get("Accept-Language"), ",")
		lang, _, _ = strings.Cut(lang, ";")
	}
	audience = "client"
	if query.Get("audience") == "professional" {
		audience = "professional"
	}
	return b.language(lang), audience
}

// base is where the bubble is reached from outside, without a slash at the end.
func (b *Bubble) base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return cmp.Or(strings.TrimSuffix(b.opts.URL, "/"), scheme+"://"+r.Host)
}

// siteOf gives what a content policy calls a server: its pages, and its sockets.
func siteOf(base string) (pages, sockets string) {
	pages = base
	if u, err := url.Parse(base); err == nil {
		pages = u.Scheme + "://" + u.Host
	}
	return pages, "ws" + strings.TrimPrefix(pages, "http")
}

// page sends a page.
func (b *Bubble) page(w http.ResponseWriter, page *template.Template, data any) {
	var text bytes.Buffer
	if err := page.Execute(&text, data); err != nil {
		b.log.Error("a page cannot be made", "page", page.Name(), "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy+b.ancestors())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	w.Write(text.Bytes())
}
