package pages_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"latchkey/flows"
	"latchkey/kb"
	"latchkey/kb/pages"
)

// site serves the shipped articles, in the words of the shipped flow files.
func site(t testing.TB, change func(*pages.Options)) *httptest.Server {
	t.Helper()
	book, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	base, err := kb.Load(kb.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	o := pages.Options{
		Base: base.With(book.Variable), Names: map[string]string{"en": "English", "fr": "Français"}, Product: "Acme <Fit>",
		Word: func(key, lang string) string { return book.Word(key, lang, nil) },
	}
	if change != nil {
		change(&o)
	}
	server := httptest.NewServer(pages.New(o))
	t.Cleanup(server.Close)
	return server
}

// get fetches a page without following redirects.
func get(t testing.TB, address string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func has(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in:\n%s", want, text)
		}
	}
}

func TestTheDoorLeadsToTheVisitorsLanguage(t *testing.T) {
	s := site(t, nil)
	for asks, to := range map[string]string{
		"": "en/", "fr-CA,fr;q=0.9,en;q=0.8": "fr/", "de-DE": "en/", "es, fr;q=0.5": "fr/", "nonsense;;": "en/",
	} {
		res, _ := get(t, s.URL+"/help/", "Accept-Language", asks)
		if res.StatusCode != http.StatusFound || res.Header.Get("Location") != to {
			t.Errorf("%q: %s to %q, want %q", asks, res.Status, res.Header.Get("Location"), to)
		}
		if res.Header.Get("Vary") != "Accept-Language" {
			t.Errorf("%q: a cache would give it to everybody", asks)
		}
	}
	if res, _ := get(t, s.URL+"/help/fr"); res.StatusCode != http.StatusMovedPermanently || res.Header.Get("Location") != "fr/" {
		t.Errorf("without a slash: %s to %q", res.Status, res.Header.Get("Location"))
	}
	res, _ := get(t, s.URL+"/help/?q=mot+de+passe", "Accept-Language", "fr")
	if got := res.Header.Get("Location"); got != "fr/?q=mot+de+passe" {
		t.Errorf("a question is lost at the door: %q", got)
	}
}

func TestAnArticle(t *testing.T) {
	s := site(t, func(o *pages.Options) { o.URL = "https://help.example.org/" })
	res, text := get(t, s.URL+"/help/fr/reset-link")
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Language") != "fr" {
		t.Fatalf("%s in %q", res.Status, res.Header.Get("Content-Language"))
	}
	has(t, text,
		`<html lang="fr">`, `<title>Le lien du courriel de réinitialisation ne marche pas · Acme &lt;Fit&gt; · Aide</title>`,
		`<h2 id="le-lien-est-expire-ou-a-deja-servi">Le lien est expiré ou a déjà servi</h2>`,
		`<strong>Mot de passe oublié?</strong>`,
		`<link rel="canonical" href="https://help.example.org/help/fr/reset-link">`,
		`<link rel="alternate" hreflang="en" href="https://help.example.org/help/en/reset-link">`,
		`<a href="../en/reset-link" hreflang="en" lang="en">English</a>`,
		`<a href="password-reset">Comment choisir un nouveau mot de passe?</a>`)
	if strings.Contains(text, "professionnels.</p>") {
		t.Error("a page for everyone says that it is for professionals")
	}
	_, text = get(t, s.URL+"/help/en/merge-clients")
	has(t, text, `This page is for professionals.`)
}

// Whatever a page shows, it brings nothing inline, and nothing from elsewhere.
func TestThePolicyIsStrict(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:\s[^>]*)?>[^<]|javascript:|<(?:img|iframe|object)`)
	for _, bubble := range []bool{false, true} {
		s := site(t, func(o *pages.Options) { o.Bubble = bubble })
		for _, path := range []string{"/help/en/", "/help/fr/password-reset", "/help/en/?q=reset", "/help/en/nothing"} {
			res, text := get(t, s.URL+path)
			policy := res.Header.Get("Content-Security-Policy")
			has(t, policy, "default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
			if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") != bubble {
				t.Errorf("%s: with the chat %v the policy is %s", path, bubble, policy)
			}
			if strings.Contains(text, "<script") != bubble {
				t.Errorf("%s: with the chat %v, scripts: %v", path, bubble, !bubble)
			}
			if found := inline.FindString(text); found != "" {
				t.Errorf("%s has %q inline", path, found)
			}
			if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Referrer-Policy") != "no-referrer" || len(res.Cookies()) > 0 {
				t.Errorf("%s: headers %v", path, res.Header)
			}
		}
	}
}

func TestWhatIsUnchangedIsNotSentAgain(t *testing.T) {
	s := site(t, nil)
	_, text := get(t, s.URL+"/help/en/")
	style := regexp.MustCompile(`href="\.\./(style-[^"]+)"`).FindStringSubmatch(text)
	if style == nil {
		t.Fatalf("no style sheet in\n%s", text)
	}
	for _, path := range []string{"/help/en/", "/help/fr/password-reset", "/help/en/?q=password", "/help/" + style[1]} {
		res, body := get(t, s.URL+path)
		etag := res.Header.Get("ETag")
		if etag == "" || body == "" {
			t.Fatalf("%s: etag %q, %d bytes", path, etag, len(body))
		}
		if res, body = get(t, s.URL+path, "If-None-Match", etag); res.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s again: %s with %d bytes", path, res.Status, len(body))
		}
		if res, _ = get(t, s.URL+path, "If-None-Match", `"another"`); res.StatusCode != http.StatusOK {
			t.Errorf("%s with another tag: %s", path, res.Status)
		}
	}
}

func TestSearch(t *testing.T) {
	s := site(t, nil)
	res, text := get(t, s.URL+"/help/en/?q="+url.QueryEscape("the link has expird"))
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	first := regexp.MustCompile(`<li><a href="([^"]+)">`).FindStringSubmatch(text)
	if first == nil || first[1] != "reset-link#it-says-that-the-link-is-expired-or-was-used" {
		t.Errorf("found first: %q", first)
	}
	has(t, text, `<meta name="robots" content="noindex">`, `value="the link has expird"`, `href="../fr/?q=the`)

	_, text = get(t, s.URL+"/help/en/?q="+url.QueryEscape("dumbbells in montreal"))
	has(t, text, "We found nothing.")
	_, text = get(t, s.URL+"/help/en/?q="+url.QueryEscape("password for my watch and my car"))
	has(t, text, "No page answers exactly this.")

	// What somebody typed comes back as text, however it was meant, and at a length.
	_, text = get(t, s.URL+"/help/en/?q="+url.QueryEscape(`"><script>alert(1)</script>`+strings.Repeat("é", 1000)))
	has(t, text, `value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;é`)
	if strings.Contains(text, "<script") || strings.Count(text, "é") > 300 {
		t.Errorf("the question as typed:\n%s", text)
	}
}

// Every link of every page leads to a page, and every #part to an element there.
func TestNoLinkIsBroken(t *testing.T) {
	s := site(t, nil)
	link := regexp.MustCompile(`<(?:a|link)[^>]* href="([^"]+)"`)
	bodies, todo := map[string]string{}, []string{s.URL + "/help/en/", s.URL + "/help/fr/", s.URL + "/help/en/?q=password", s.URL + "/help/en/merge-clients"}
	articles := 0
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if _, ok := bodies[at]; ok {
			continue
		}
		res, text := get(t, at)
		bodies[at] = text
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", at, res.Status)
			continue
		}
		if strings.Contains(text, "<article>") {
			articles++
		}
		base, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to, err := base.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			if to.Scheme == "data" || to.Scheme == "mailto" {
				continue
			}
			part := to.Fragment
			to.Fragment = ""
			if to.Host != base.Host || !strings.HasPrefix(to.Path, "/help/") {
				t.Errorf("%s leads away, to %s", at, to)
				continue
			}
			if part != "" {
				_, there := get(t, to.String())
				if !strings.Contains(there, `id="`+part+`"`) {
					t.Errorf("%s leads to #%s, which is not on %s", at, part, to)
				}
			}
			todo = append(todo, to.String())
		}
	}
	base, err := kb.Load(kb.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	if want := len(base.Articles("en")) + len(base.Articles("fr")); articles != want {
		t.Errorf("%d articles can be reached, of %d", articles, want)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s := site(t, nil)
	for path, lang := range map[string]string{
		"/help/en/nothing": "en", "/help/fr/nothing": "fr", "/help/xx/": "fr", "/help/xx/password-reset": "fr",
		"/help/en/a/b/c": "fr", "/help/style-00000000.css": "fr",
	} {
		res, text := get(t, s.URL+path, "Accept-Language", "fr")
		if res.StatusCode != http.StatusNotFound || !strings.Contains(text, `<html lang="`+lang+`">`) {
			t.Errorf("%s: %s\n%s", path, res.Status, text)
			continue
		}
		m := regexp.MustCompile(`href="([^"]+style-[^"]+)"`).FindStringSubmatch(text)
		base, _ := url.Parse(s.URL + path)
		to, err := base.Parse(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if res, _ := get(t, to.String()); res.StatusCode != http.StatusOK {
			t.Errorf("%s has no style: %s", path, to)
		}
	}
	res, err := http.Post(s.URL+"/help/en/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", res.Status)
	}
}

// An author's own folder cannot bring markup onto the page.
func TestArticlesAreWords(t *testing.T) {
	article := "---\nid: a\nlang: en\naudience: everyone\ntitle: 1 < 2 & \"3\"\nquestions: [one <b>]\n---\n\n" +
		"Words 1 \\< 2, `<script>`, {web}, {support}, **{product}** and [a link](https://example.org/?a=1&b=\"2\").\n\n## A < B\n\n> Note\n"
	base, err := kb.Load(fstest.MapFS{"en/a.md": {Data: []byte(article)}})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"web": "https://app.example.org/?x=1&y=2", "support": "help@example.org", "product": "<i>Fit</i>"}
	s := site(t, func(o *pages.Options) { o.Base = base.With(func(name, _ string) string { return values[name] }) })
	_, text := get(t, s.URL+"/help/en/a")
	has(t, text, `<h1>1 &lt; 2 &amp; &#34;3&#34;</h1>`, `Words 1 &lt; 2, <code>&lt;script&gt;</code>, `,
		`<a href="https://app.example.org/?x=1&amp;y=2" rel="noopener">https://app.example.org/?x=1&amp;y=2</a>`,
		`<a href="mailto:help@example.org">help@example.org</a>`, `<strong>&lt;i&gt;Fit&lt;/i&gt;</strong>`,
		`<a href="https://example.org/?a=1&amp;b=&#34;2&#34;" rel="noopener">a link</a>`, `<h2 id="a-b">A &lt; B</h2>`, `<p class="note">Note</p>`)
}

func TestAddress(t *testing.T) {
	for want, got := range map[string]string{
		"https://help.example.org/help/en/a":   pages.Address("https://help.example.org/", "en", "a", ""),
		"https://example.org/chat/help/fr/a#b": pages.Address("https://example.org/chat", "fr", "a", "b"),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The list of words is the one that the template uses.
func TestWords(t *testing.T) {
	book, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	if lacks := book.Lacks(pages.Words); len(lacks) > 0 {
		t.Errorf("the flow files lack %v", lacks)
	}
	asked := map[string]bool{}
	s := site(t, func(o *pages.Options) {
		o.Bubble = true
		o.Word = func(key, lang string) string { asked[key] = true; return "~" + key + "~" }
	})
	var all strings.Builder
	for _, path := range []string{"", "merge-clients", "resend-invitation", "nothing", "?q=password", "?q=password+for+my+watch+and+my+car", "?q=zzz"} {
		_, text := get(t, s.URL+"/help/en/"+path)
		all.WriteString(text)
	}
	for _, key := range pages.Words {
		if !strings.Contains(all.String(), "~"+key+"~") {
			t.Errorf("no page says %s", key)
		}
		if !slices.Contains(pages.Words, key) || !asked[key] {
			t.Errorf("%s is not asked for", key)
		}
	}
}
