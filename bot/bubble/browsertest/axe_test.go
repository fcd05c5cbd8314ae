package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// serve serves one page, at every path, with its content policy.
func serve(t *testing.T, policy, html string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">`+html)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// As strict as the demo page; the styles are the test's own.
const strict = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'"

const pale = `<main><h1>Words</h1>
	<p style="color:#bbb;background:#fff">pale</p>
	<p><a href="/a" style="display:inline-block;width:9px;height:9px;overflow:hidden">one</a><a href="/b" style="display:inline-block;width:9px;height:9px;overflow:hidden">two</a>
	<div id="host"><template shadowrootmode="open"><div class="panel"><input type="text"></div><p class="beside" style="color:#bbb;background:#fff">pale too</p></template></div>
	</main>`

func ids(all []Finding) []string {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestAxe(t *testing.T) {
	NeedNPM(t)
	tab := Start(t).Open(serve(t, strict, pale), Desktop)

	// The whole page: two pale texts (one in the shadow), two small links, one nameless field.
	all := tab.Axe(AxeOptions{})
	if got := strings.Join(ids(all), " "); got != "color-contrast color-contrast label target-size target-size" {
		t.Errorf("on the page: %s\n%v", got, all)
	}
	within := tab.Axe(AxeOptions{In: []string{"#host", ".panel"}})
	if len(within) != 1 || within[0].ID != "label" || within[0].Impact != "critical" || within[0].Target != "#host >>> input" || !strings.HasPrefix(within[0].HTML, "<input") {
		t.Errorf("in the panel: %v", within)
	}
	if text := within[0].String(); !strings.Contains(text, "label (critical)") || !strings.Contains(text, "at #host >>> input\n") || !strings.Contains(text, "Fix any") {
		t.Errorf("a finding reads:\n%s", text)
	}
	if got := tab.Axe(AxeOptions{In: []string{"#host", ".panel"}, Except: []string{"label"}}); len(got) != 0 {
		t.Errorf("without the rule: %v", got)
	}
	if got := ids(tab.Axe(AxeOptions{In: []string{"p"}})); !slices.Contains(got, "color-contrast") || slices.Contains(got, "label") {
		t.Errorf("outside of the shadow: %v", got)
	}
	if Eval[bool](tab, `"axe" in window`) {
		t.Error("the page sees axe")
	}
	if all := tab.Troubles(); len(all) > 0 {
		t.Errorf("axe troubles the page: %q", all)
	}
}

func TestAxeSaysWhatItCannotDecide(t *testing.T) {
	NeedNPM(t)
	tab := Start(t).Open(serve(t, strict, `<main><h1>Words</h1><p style="background-image:linear-gradient(#fff,#000)">on a slope</p></main>`), Desktop)
	if got := tab.Axe(AxeOptions{}); len(got) != 0 {
		t.Errorf("findings: %v", got)
	}
	got := tab.Axe(AxeOptions{Unsure: true})
	if len(got) != 1 || got[0].ID != "color-contrast" || !got[0].Unsure || !strings.Contains(got[0].String(), "(unsure, serious)") {
		t.Errorf("unsure: %v", got)
	}
}

// Another test, in a process of its own: how a failure looks cannot be seen from within.
func TestTypeCheck(t *testing.T) {
	NeedNPM(t)
	if dir := os.Getenv("LATCHKEY_TEST_TYPES"); dir != "" {
		TypeCheck(t, dir)
		return
	}
	check := func(script string) (string, error) {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"tsconfig.json": `{"compilerOptions": {"allowJs": true, "checkJs": true, "strict": true, "types": [], "target": "es2022", "lib": ["es2022", "dom"]}, "include": ["*.js"]}`,
			"a.js":          script,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestTypeCheck$")
		cmd.Env = append(os.Environ(), "LATCHKEY_TEST_TYPES="+dir)
		out, err := cmd.CombinedOutput()
		if files, _ := os.ReadDir(dir); len(files) != 2 {
			t.Errorf("tsc left %d files", len(files))
		}
		return string(out), err
	}
	if out, err := check("/** @param {number} n */\nexport const twice = n => 2 * n;\ntwice(2);\n"); err != nil {
		t.Errorf("a sound script: %v\n%s", err, out)
	}
	out, err := check("/** @param {number} n */\nexport const twice = n => 2 * n;\ntwice('two');\n")
	if err == nil || !strings.Contains(out, "a.js(3,7): error TS2345") {
		t.Errorf("a script with an error: %v\n%s", err, out)
	}
}
