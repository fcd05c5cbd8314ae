package bubble

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed demo/demo.html
var demoText string

var demoPage = template.Must(template.New("demo").Parse(demoText))

// demoPolicy is as strict as a page's policy can be; the widget must work under it.
// Its own icon is an empty data: address, which saves a request.
const demoPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// demo is a page with the bubble on it: /?lang=fr&audience=professional.
func (b *Bubble) demo(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	lang := query.Get("lang")
	if lang == "" {
		lang, _, _ = strings.Cut(r.Header.Get("Accept-Language"), ",")
		lang, _, _ = strings.Cut(lang, ";")
	}
	lang = b.language(lang)
	audience := "client"
	if query.Get("audience") == "professional" {
		audience = "professional"
	}
	product := b.opts.Product
	if product == "" {
		product = "Latchkey"
	}
	base := strings.TrimSuffix(b.opts.URL, "/")
	if base == "" {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		base = scheme + "://" + r.Host
	}
	type link struct {
		Name, Lang, URL string
		Here            bool
	}
	at := func(lang, audience string) string {
		return "?" + url.Values{"lang": {lang}, "audience": {audience}}.Encode()
	}
	say := words(b.core, lang, demoWords)
	var languages []link
	for _, l := range b.core.Languages() {
		languages = append(languages, link{l.Name, l.Code, at(l.Code, audience), l.Code == lang})
	}
	audiences := []link{
		{say["demo_client"], lang, at(lang, "client"), audience == "client"},
		{say["demo_professional"], lang, at(lang, "professional"), audience == "professional"},
	}
	var page bytes.Buffer
	err := demoPage.Execute(&page, map[string]any{
		"Lang": lang, "Audience": audience, "Product": product, "Say": say,
		"Languages": languages, "Audiences": audiences, "Version": b.files.version,
		"Line": `<script src="` + base + `/latchkey.js" async></script>`,
	})
	if err != nil {
		b.log.Error("the demo page", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", demoPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	w.Write(page.Bytes())
}
