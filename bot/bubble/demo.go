package bubble

import (
	"cmp"
	"embed"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed demo/demo.html
var demoText string

var demoPage = template.Must(template.New("demo").Option("missingkey=error").
	Funcs(template.FuncMap{"coded": coded}).Parse(demoText))

// samples are shown as they were tested.
//
//go:embed demo/samples
var samples embed.FS

// tongues are the languages of the samples, in the order in which they are shown.
var tongues = []struct{ Name, File string }{
	{"Node", "identity.mjs"}, {"PHP", "identity.php"}, {"Python", "identity.py"}, {"Go", "identity.go"},
}

// swatches are colours to try: the key of the word for each, and its code. The first is the
// usual one; the light one shows how the signs on it turn dark.
var swatches = []struct{ Word, Code string }{
	{"demo_blue", "#2456c7"}, {"demo_green", "#0a7d5a"}, {"demo_plum", "#8a2c6d"}, {"demo_yellow", "#ffd54a"}, {"demo_black", "#1d232b"},
}

// snippet is code to copy.
type snippet struct {
	ID, Title, Code string
	Say             map[string]string
}

// demo is a page that shows the bubble, and how it gets on another.
func (b *Bubble) demo(w http.ResponseWriter, r *http.Request) {
	lang, audience := b.asked(r)
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
	type colour struct{ Name, Code string }
	var colours []colour
	for _, s := range swatches {
		colours = append(colours, colour{say[s.Word], s.Code})
	}
	code := map[string]snippet{}
	for name, text := range snippets(b.base(r), lang, audience, b.core.Word(prefix+"title", lang)) {
		code[name] = snippet{"code-" + name, say["demo_code_"+name], text, say}
	}
	type host struct {
		Name string
		Code snippet
	}
	var hosts []host
	for _, t := range tongues {
		text, err := samples.ReadFile("demo/samples/" + t.File)
		if err != nil {
			panic("bubble: the embedded files are gone: " + err.Error())
		}
		hosts = append(hosts, host{t.Name, snippet{"code-" + strings.ToLower(t.Name), t.File, string(text), say}})
	}
	b.page(w, demoPage, map[string]any{
		"Lang": lang, "Audience": audience, "Product": cmp.Or(b.opts.Product, "Latchkey"), "Say": say,
		"Languages": languages, "Audiences": audiences, "Colours": colours,
		"Code": code, "Hosts": hosts, "Version": b.files.version,
	})
}

// snippets are the lines to copy, by the names that their titles have among the words.
func snippets(base, lang, audience, title string) map[string]string {
	pages, sockets := siteOf(base)
	element := `<latchkey-bubble lang="` + lang + `" audience="` + audience + `"></latchkey-bubble>`
	script := `<script src="` + base + `/latchkey.js" async></script>`
	chat := base + "/chat?lang=" + lang + "&audience=" + audience
	return map[string]string{
		"line":    script,
		"element": element + "\n" + script,
		"module":  `import "` + base + `/latchkey.mjs";`,
		"sites":   "LATCHKEY_SITES=https://www.example.com",
		"policy":  "script-src 'self' " + pages + ";\nconnect-src 'self' " + pages + " " + sockets + ";",
		"chosen":  element,
		"listen": `document.addEventListener("latchkey:ticket", ({ detail }) => {
  console.log("a ticket:", detail.number);
});

document.addEventListener("latchkey:open", (event) => {
  if (somebodyIsOnThePhone) event.preventDefault();
});`,
		"methods": `const bubble = document.querySelector("latchkey-bubble");
bubble.open();
bubble.close();
bubble.toggle();`,
		"signed": `<latchkey-bubble
  name="Ann Lee"
  email="ann@example.com"
  identity="eyJpZCI6IjQyIiwi…"
></latchkey-bubble>`,
		"secret":  "LATCHKEY_IDENTITY_SECRET=…",
		"address": chat,
		"frame": `<iframe
  src="` + template.HTMLEscapeString(chat) + `"
  title="` + template.HTMLEscapeString(title) + `"
  width="400" height="640"
  allow="clipboard-write"
></iframe>`,
		"looks": `latchkey-bubble {
  --latchkey-accent: #0a7d5a;
  --latchkey-font: Georgia, serif;
  --latchkey-width: 380px;
  --latchkey-height: 600px;
  --latchkey-radius: 8px;
  --latchkey-offset: 32px;
}`,
	}
}

// coded gives a text with what stands between backticks as code.
func coded(text string) template.HTML {
	var all strings.Builder
	for i, part := range strings.Split(text, "`") {
		if part = template.HTMLEscapeString(part); i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		all.WriteString(part)
	}
	return template.HTML(all.String())
}
