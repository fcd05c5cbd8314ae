package bubble

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func (w *world) get(path string, head ...string) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequest("GET", w.server.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, string(body)
}

func TestFiles(t *testing.T) {
	w := newWorld(t, nil)
	res, loader := w.get("/latchkey.js", "Accept-Encoding", "identity")
	if res.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%v", res.Header)
	}
	if strings.Contains(loader, buildMark) || !strings.Contains(loader, "Ouvrir le clavardage") {
		t.Error("the loader does not know its words")
	}
	panels := regexp.MustCompile(`bubble/[\w-]+/panel\.(\w+)\.js`).FindAllStringSubmatch(loader, -1)
	if len(panels) != 2 {
		t.Fatalf("the loader knows the panels %q", panels)
	}
	for i, says := range []string{"No connection", "Pas de connexion"} {
		_, plain := w.get("/"+panels[i][0], "Accept-Encoding", "identity")
		if strings.Contains(plain, buildMark) || !strings.Contains(plain, says) {
			t.Errorf("the panel in %s does not know its words", panels[i][1])
		}
	}
	panel := panels[0][0]
	res, plain := w.get("/"+panel, "Accept-Encoding", "identity")
	if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || !strings.Contains(plain, "Panel") {
		t.Errorf("%s: %v", panel, res.Header)
	}
	if res, _ := w.get("/bubble/older/panel.en.js"); res.StatusCode != 200 || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("a page from before the update gets %d %v", res.StatusCode, res.Header)
	}
	res, packed := w.get("/"+panel, "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, _ := io.ReadAll(z); !bytes.Equal(unpacked, []byte(plain)) {
		t.Error("packed and plain differ")
	}
	if res, _ := w.get("/"+panel, "Accept-Encoding", "gzip", "If-None-Match", res.Header.Get("ETag")); res.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %d", res.StatusCode)
	}
	if _, module := w.get("/latchkey.mjs", "Accept-Encoding", "identity"); !strings.Contains(module, panel) || !strings.Contains(module, "import.meta.url") {
		t.Error("the module does not know its panel")
	}
	for _, path := range []string{"/bubble/x/nothing.js", "/bubble/x/..%2f..%2fdoc.go", "/other"} {
		if res, _ := w.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// What a visitor's browser has to load is part of the promise.
func TestTheWidgetIsSmall(t *testing.T) {
	w := newWorld(t, nil)
	panel := 0
	for name, f := range w.bubble.files.byName {
		if strings.HasPrefix(name, "demo.") || name == "chat.css" {
			continue
		}
		t.Logf("%6d bytes packed: %s", len(f.packed), name)
		if strings.HasPrefix(name, "panel.") { // a visitor loads that of one language
			panel = max(panel, len(f.packed))
		}
	}
	for _, name := range loaders {
		if n := len(w.bubble.files.byName[name].packed); n > 2560 {
			t.Errorf("%s has %d bytes", name, n)
		}
	}
	// A page includes one of the two loaders, of which this is the larger.
	if all := panel + len(w.bubble.files.byName["latchkey.js"].packed); all > 20<<10 {
		t.Errorf("the widget has %d bytes", all)
	}
}

func TestTheWidgetNeverReadsMarkup(t *testing.T) {
	w := newWorld(t, nil)
	for name, f := range w.bubble.files.byName {
		for _, sink := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser", "createContextualFragment", "setHTML"} {
			if bytes.Contains(f.plain, []byte(sink)) {
				t.Errorf("%s uses %s", name, sink)
			}
		}
	}
}

func TestTheDemoPage(t *testing.T) {
	w := newWorld(t, func(_ *limits, o *Options) { o.Product, o.URL = "Acme <Fit>", "https://bot.example/" })
	res, page := w.get("/?lang=fr&audience=professional")
	for _, want := range []string{`lang="fr"`, `audience="professional"`, "Acme &lt;Fit&gt;",
		"&lt;script src=&#34;https://bot.example/latchkey.js&#34; async&gt;", "Pour les clients"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	if _, page := w.get("/", "Accept-Language", "fr-CA,fr;q=0.9"); !strings.Contains(page, `<html lang="fr">`) {
		t.Error("the page does not follow the browser's language")
	}
}

func TestLanguages(t *testing.T) {
	b := New(newFake(t), Options{})
	for tag, want := range map[string]string{"": "en", "fr": "fr", "FR": "fr", "fr-CA": "fr", "en-GB": "en", "de": "en", "x-!": "en"} {
		if got := b.language(tag); got != want {
			t.Errorf("%q gives %q, want %q", tag, got, want)
		}
	}
}

// The lists in words.go and flows/bubble.yaml are one list.
func TestWords(t *testing.T) {
	core := newFake(t)
	var used []string
	for _, list := range [][]string{loaderWords, lineWords, widgetWords, serverWords, chatWords, demoWords} {
		used = append(used, list...)
	}
	for _, key := range used {
		for _, l := range core.Languages() {
			if core.Word(prefix+key, l.Code) == "" {
				t.Errorf("%s%s has no words in %s", prefix, key, l.Name)
			}
		}
	}
	for key := range core.words {
		if !slices.Contains(used, strings.TrimPrefix(key, prefix)) {
			t.Errorf("nothing uses %s", key)
		}
	}
	sources, err := filepath.Glob("widget/*.ts")
	if err != nil || len(sources) == 0 {
		t.Fatalf("the widget's sources: %v %v", sources, err)
	}
	var script strings.Builder
	for _, name := range sources {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		script.Write(data)
	}
	for _, m := range regexp.MustCompile(`words\??\.(\w+)|words\[?"(\w+)"|orded\(words, "(\w+)"|#state\([^,]+, "(\w+)"`).FindAllStringSubmatch(script.String(), -1) {
		// "status_" is completed with the status.
		if key := cmp.Or(m[1:]...); key != "status_" && !slices.Contains(widgetWords, key) {
			t.Errorf("the widget says %s, which nobody tells it", key)
		}
	}
	// What the widget takes to be there before there is a line is there.
	_, early, _ := strings.Cut(script.String(), "type Early =")
	early, _, _ = strings.Cut(early, ";")
	var named []string
	for _, m := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(early, -1) {
		named = append(named, m[1])
	}
	slices.Sort(named)
	if want := slices.Sorted(slices.Values(lineWords)); !slices.Equal(named, want) {
		t.Errorf("the widget begins with %q, and is sent %q", named, want)
	}
	for _, key := range lineWords {
		if !slices.Contains(widgetWords, key) {
			t.Errorf("%s has no words once there is a line", key)
		}
	}
	for _, key := range widgetWords {
		if !strings.HasPrefix(key, "status_") && !regexp.MustCompile(`\b`+key+`\b`).MatchString(script.String()) {
			t.Errorf("the widget is told %s and never says it", key)
		}
	}
}
