// Package pages shows the articles of the knowledge base as a help centre: a list with a search,
// and a page for each article in each language.
//
//	/help/                  leads to the visitor's language
//	/help/en/               all articles
//	/help/en/?q=…           what the search finds
//	/help/en/password-reset an article
//
// The pages need no script, take nothing from elsewhere, and have no cookies. Links within them are
// relative, so that a proxy may put them anywhere.
package pages

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"latchkey/kb"
)

// Prefix is the address under which the pages are served.
const Prefix = "/help/"

// Words are the words of the pages, by their keys in the flow files.
var Words = []string{
	"help_title", "help_heading", "help_intro", "help_skip", "help_search", "help_search_button", "help_language",
	"help_clients", "help_professionals", "help_for_professional", "help_on_page", "help_related", "help_all",
	"help_results", "help_near", "help_nothing", "help_gone", "help_gone_text", "help_chat",
}

// Options are what the pages are made of.
type Options struct {
	Base *kb.Base
	// Word gives one of [Words] in a language.
	Word func(key, lang string) string
	// Names are the languages' own names, by code.
	Names map[string]string
	// Product stands in the titles; may be empty.
	Product string
	// URL is where the server is reached from outside; empty: the address it was asked at.
	URL string
	// Bubble puts the chat on the pages. Its script is served by the same server.
	Bubble bool
	Log    *slog.Logger
}

//go:embed page.html
var pageText string

//go:embed style.css
var style []byte

// An excerpt below a hit, and the most letters of a question that are read.
const (
	excerpt     = 170
	maxQuestion = 300
	maxHits     = 10
	// near is the score from which a page shows what comes near, though nobody would be told it as
	// an answer: whoever reads a list sees for themselves.
	near = 0.04
)

type pages struct {
	Options
	template  *template.Template
	languages []string
	matcher   language.Matcher
	styleName string
	styleTag  string
}

// New gives the handler of the pages, to be mounted at [Prefix].
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &pages{Options: o, languages: o.Base.Languages(), styleTag: tag(style)}
	p.styleName = "style-" + p.styleTag[1:9] + ".css"
	p.template = template.Must(template.New("page").Option("missingkey=error").Parse(pageText))
	var tags []language.Tag
	for _, l := range p.languages {
		tags = append(tags, language.Make(l))
	}
	p.matcher = language.NewMatcher(tags)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Prefix+"{$}", p.enter)
	mux.HandleFunc("GET "+Prefix+"{lang}/{$}", p.list)
	mux.HandleFunc("GET "+Prefix+"{lang}", p.slash)
	mux.HandleFunc("GET "+Prefix+"{lang}/{id}", p.article)
	mux.HandleFunc("GET "+Prefix+p.styleName, p.style)
	mux.HandleFunc("GET "+Prefix, func(w http.ResponseWriter, r *http.Request) { p.gone(w, r, p.asked(r)) })
	return mux
}

// Address gives the address of an article, and of one of its sections, below a base such as
// https://help.example.com.
func Address(base, lang, id, section string) string {
	address := strings.TrimSuffix(base, "/") + Prefix + lang + "/" + id
	if section != "" {
		address += "#" + section
	}
	return address
}

// asked gives the language that the visitor's browser asks for.
func (p *pages) asked(r *http.Request) string {
	want, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(want) == 0 {
		return p.languages[0]
	}
	_, i, _ := p.matcher.Match(want...)
	return p.languages[i]
}

func (p *pages) enter(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Vary", "Accept-Language")
	h.Set("Cache-Control", "no-cache")
	to := p.asked(r) + "/"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	lead(w, to, http.StatusFound)
}

// slash leads from the name of a language to its list.
func (p *pages) slash(w http.ResponseWriter, r *http.Request) {
	lang := r.PathValue("lang")
	if !p.Base.HasLanguage(lang) {
		p.gone(w, r, p.asked(r))
		return
	}
	lead(w, lang+"/", http.StatusMovedPermanently)
}

// lead leads elsewhere. The address is relative, and http.Redirect would make it absolute: a proxy
// may have put us elsewhere.
func lead(w http.ResponseWriter, to string, status int) {
	w.Header().Set("Location", to)
	w.WriteHeader(status)
}

// link is something to go to.
type link struct {
	URL, Name, Lang string
	Here            bool
}

// entry is an article in a list.
type entry struct {
	URL, Title, Heading, Excerpt string
}

// section is a part of an article, ready for the page.
type section struct {
	ID, Heading string
	Body        template.HTML
}

// page is what the template needs.
type page struct {
	Lang, Title, Product, Style, Root string
	Audience                          string
	Question, Canonical               string
	Say                               map[string]string
	Languages, Alternates             []link
	Bubble, Index, Search             bool
	Near                              bool
	Clients, Professionals, Found     []entry
	Article                           *kb.Article
	Sections                          []section
	Related                           []entry
	Gone                              bool
}

// begin gives what all pages have. rest is what follows the language in the address, and root the
// way from the page up to [Prefix].
func (p *pages) begin(r *http.Request, lang, rest, root string) *page {
	d := &page{
		Lang: lang, Product: p.Product, Root: root, Style: root + p.styleName, Bubble: p.Bubble, Audience: "client",
		Say: map[string]string{},
	}
	for _, key := range Words {
		d.Say[strings.TrimPrefix(key, "help_")] = p.Word(key, lang)
	}
	outside := cmp.Or(strings.TrimSuffix(p.URL, "/"), here(r))
	d.Canonical = outside + Prefix + lang + "/" + rest
	for _, l := range p.languages {
		d.Languages = append(d.Languages, link{root + l + "/" + rest, cmp.Or(p.Names[l], l), l, l == lang})
		d.Alternates = append(d.Alternates, link{URL: outside + Prefix + l + "/" + rest, Lang: l})
	}
	return d
}

func here(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) {
	lang := r.PathValue("lang")
	if !p.Base.HasLanguage(lang) {
		p.gone(w, r, p.asked(r))
		return
	}
	question := strings.TrimSpace(r.URL.Query().Get("q"))
	if letters := []rune(question); len(letters) > maxQuestion {
		question = string(letters[:maxQuestion])
	}
	d := p.begin(r, lang, "", "../")
	d.Question = question
	if d.Search = question != ""; d.Search {
		d.Title = d.Say["results"]
		for i := range d.Languages { // the same words in another language find nothing
			d.Alternates = nil
			d.Languages[i].URL += "?q=" + template.URLQueryEscaper(question)
		}
		hits := p.Base.Search(question, kb.Asker{Lang: lang}, maxHits)
		d.Near = len(hits) > 0 && hits[0].Score < kb.Enough
		for _, h := range hits {
			if h.Score < near {
				continue
			}
			e := entry{URL: h.Article.ID, Title: h.Article.Title(), Heading: h.Article.Heading(h.Section), Excerpt: h.Article.Excerpt(h.Section, excerpt)}
			if id := h.Article.Sections[h.Section].ID; id != "" {
				e.URL += "#" + id
			}
			d.Found = append(d.Found, e)
		}
	} else {
		d.Index, d.Title = true, d.Say["heading"]
		d.Clients = p.entries(lang, func(a kb.Audience) bool { return a != kb.ForProfessional })
		d.Professionals = p.entries(lang, func(a kb.Audience) bool { return a == kb.ForProfessional })
	}
	p.send(w, r, http.StatusOK, d)
}

func (p *pages) entries(lang string, in func(kb.Audience) bool) []entry {
	var all []entry
	for _, a := range p.Base.Articles(lang) {
		if in(a.Audience) {
			all = append(all, entry{URL: a.ID, Title: a.Title()})
		}
	}
	c := collate.New(language.Make(lang), collate.IgnoreCase)
	slices.SortFunc(all, func(a, b entry) int { return c.CompareString(a.Title, b.Title) })
	return all
}

func (p *pages) article(w http.ResponseWriter, r *http.Request) {
	lang := r.PathValue("lang")
	a := p.Base.Article(lang, r.PathValue("id"))
	if a == nil {
		if !p.Base.HasLanguage(lang) {
			lang = p.asked(r)
		}
		p.gone(w, r, lang)
		return
	}
	d := p.begin(r, lang, a.ID, "../")
	d.Article, d.Title = a, a.Title()
	if a.Audience == kb.ForProfessional {
		d.Audience = "professional"
	}
	for i, s := range a.Sections {
		// The article escapes every word itself, and knows no markup but its own.
		body := template.HTML(a.HTML(i, func(id, section string) string {
			if section != "" {
				id += "#" + section
			}
			return id
		}))
		d.Sections = append(d.Sections, section{s.ID, a.Heading(i), body})
	}
	for _, id := range a.Links {
		d.Related = append(d.Related, entry{URL: id, Title: p.Base.Article(lang, id).Title()})
	}
	p.send(w, r, http.StatusOK, d)
}

// gone says that there is no such page.
func (p *pages) gone(w http.ResponseWriter, r *http.Request, lang string) {
	// However deep the address is that does not exist, the way up is found.
	depth := strings.Count(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	d := p.begin(r, lang, "", cmp.Or(strings.Repeat("../", depth), "./"))
	d.Gone, d.Title, d.Alternates, d.Canonical = true, d.Say["gone"], nil, ""
	p.send(w, r, http.StatusNotFound, d)
}

// policy is as strict as the pages can be. With the chat on them they need its script and its
// socket, and nothing from elsewhere.
const (
	policy     = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	chatPolicy = "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)

func (p *pages) send(w http.ResponseWriter, r *http.Request, status int, d *page) {
	var text bytes.Buffer
	if err := p.template.Execute(&text, d); err != nil {
		p.Log.Error("a help page cannot be made", "path", r.URL.Path, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", d.Lang)
	may := policy
	if p.Bubble {
		may += chatPolicy
	}
	h.Set("Content-Security-Policy", may)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	if status != http.StatusOK {
		w.WriteHeader(status)
		w.Write(text.Bytes())
		return
	}
	serve(w, r, text.Bytes(), tag(text.Bytes()))
}

func (p *pages) style(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable") // its name changes with it
	serve(w, r, style, p.styleTag)
}

func serve(w http.ResponseWriter, r *http.Request, data []byte, etag string) {
	w.Header().Set("ETag", etag)
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Write(data)
}

// tag is the entity tag of some bytes.
func tag(data []byte) string {
	sum := sha256.Sum256(data)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}
