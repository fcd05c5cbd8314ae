package bubble

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:generate go run ./bundle

//go:embed widget/dist demo/demo.css demo/demo.js demo/chat.css
var embedded embed.FS

// buildMark stands in the scripts where the server puts what only it knows: in a loader, for each
// language what the button says and where the panel is; in a panel, what it says until there is a
// line to the server.
const buildMark = `"@build@"`

// loaders are the two forms of the script that pages include: their addresses never change.
var loaders = []string{"latchkey.js", "latchkey.mjs"}

// files are the widget's files, ready to be sent.
type files struct {
	byName map[string]file
	// version is a hash of all of them; it is part of their address, so they can be kept
	// for ever, and the parts of one widget never come from two releases.
	version string
}

// file is one file, plain and packed.
type file struct {
	kind   string
	etag   string
	plain  []byte
	packed []byte
}

// pack reads the embedded files once. The panel is made for each language: a visitor loads one.
func pack(core Core) files {
	fs := files{byName: map[string]file{}}
	all := sha256.New()
	add := func(name string, data []byte) {
		all.Write(data)
		fs.byName[name] = newFile(name, data)
	}
	for _, dir := range []string{"widget/dist", "demo"} {
		entries, err := embedded.ReadDir(dir)
		if err != nil {
			panic("bubble: the embedded files are gone: " + err.Error())
		}
		for _, e := range entries {
			data, err := embedded.ReadFile(dir + "/" + e.Name())
			if err != nil {
				panic("bubble: the embedded files are gone: " + err.Error())
			}
			switch {
			case path.Ext(e.Name()) == ".html":
			case e.Name() == "panel.js":
				for _, l := range core.Languages() {
					add(panelOf(l.Code), told(data, words(core, l.Code, lineWords)))
				}
			default:
				add(e.Name(), data)
			}
		}
	}
	fs.version = short(all.Sum(nil))[:8]

	build := map[string]map[string]string{}
	for _, l := range core.Languages() {
		build[l.Code] = words(core, l.Code, loaderWords)
		build[l.Code]["panel"] = "bubble/" + fs.version + "/" + panelOf(l.Code)
	}
	for _, name := range loaders {
		fs.byName[name] = newFile(name, told(fs.byName[name].plain, build))
	}
	return fs
}

// panelOf is the name of the panel that speaks a language until there is a line.
func panelOf(lang string) string { return "panel." + lang + ".js" }

// told puts what only the server knows into a script.
func told(script []byte, build any) []byte {
	// json.Marshal escapes <, > and &, and the line separators that end a line in scripts.
	data, err := json.Marshal(build)
	if err != nil {
		panic("bubble: words are plain text: " + err.Error())
	}
	return bytes.Replace(script, []byte(buildMark), data, 1)
}

func newFile(name string, data []byte) file {
	sum := sha256.Sum256(data)
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is a valid one
	z.Write(data)
	z.Close()
	kind := mime.TypeByExtension(path.Ext(name))
	if ext := path.Ext(name); ext == ".js" || ext == ".mjs" { // some systems' tables say otherwise, and modules are strict
		kind = "text/javascript; charset=utf-8"
	}
	return file{kind: kind, etag: short(sum[:]), plain: data, packed: buf.Bytes()}
}

func short(sum []byte) string { return base64.RawURLEncoding.EncodeToString(sum[:12]) }

// loader serves the script that pages include: its address never changes, so it is asked for
// again and again, and answered "not modified".
func (b *Bubble) loader(w http.ResponseWriter, r *http.Request) {
	b.files.byName[path.Base(r.URL.Path)].serve(w, r, "public, max-age=300, must-revalidate")
}

// file serves a part of the widget. A page that was opened before an update still asks for
// the old version: it gets the new one, which must not be kept under the old address.
func (b *Bubble) file(w http.ResponseWriter, r *http.Request) {
	f, ok := b.files.byName[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	keep := "no-cache"
	if r.PathValue("version") == b.files.version {
		keep = "public, max-age=31536000, immutable"
	}
	f.serve(w, r, keep)
}

func (f file) serve(w http.ResponseWriter, r *http.Request, keep string) {
	public(w)
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", keep)
	h.Set("Vary", "Accept-Encoding")
	data, etag := f.plain, `"`+f.etag+`"`
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		data, etag = f.packed, `"`+f.etag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Write(data)
}

// public lets pages of other sites load a file: modules are fetched with CORS. The files are
// the same for everybody.
func public(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}
