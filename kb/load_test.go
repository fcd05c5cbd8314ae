package kb

import (
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

var shippedOnce = sync.OnceValues(func() (*Base, error) { return Load(Shipped()) })

func shippedBase(t testing.TB) *Base {
	t.Helper()
	b, err := shippedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestShippedArticlesHold(t *testing.T) {
	b := shippedBase(t)
	for _, p := range b.Check() {
		t.Error(p)
	}
	if err := b.Variables([]string{"product", "app", "web", "support", "hexpert", "expert"}); err != nil {
		t.Error(err)
	}
	if en, fr := len(b.Articles("en")), len(b.Articles("fr")); en < 35 || en != fr {
		t.Errorf("%d articles in English, %d in French", en, fr)
	}
	for _, lang := range b.Languages() {
		for _, a := range b.Articles(lang) {
			if strings.Contains(a.Aside(), "Actions") {
				t.Errorf("%s/%s: the aside tells steps", lang, a.ID)
			}
		}
	}
}

// What no source says must not be stated: hours, lifetimes, other ways to sign in, telephone numbers.
// French is written as in Quebec.
func TestArticlesStateNoMoreThanIsKnown(t *testing.T) {
	err := fs.WalkDir(Shipped(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(Shipped(), path)
		if err != nil {
			return err
		}
		_, body, _ := strings.Cut(strings.TrimPrefix(string(data), "---\n"), "\n---\n")
		for _, never := range []string{
			"24 h", "24h", "hours", "heures", "business day", "jours ouvrables", "two-factor", "deux facteurs", "Apple", "Facebook",
			"Hexfit", "http://", "https://", "@", "characters long", "caractères",
		} {
			if strings.Contains(body, never) {
				t.Errorf("%s says %q", path, never)
			}
		}
		if strings.HasPrefix(path, "fr/") {
			for _, wrong := range []string{" ?", " !", " ;", "« ", " »", " :", " mail "} {
				if strings.Contains(body, wrong) {
					t.Errorf("%s has %q", path, wrong)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const good = "---\nid: %s\nlang: %s\naudience: everyone\ntitle: How to %s\nquestions:\n  - How do I %s?\n---\n\nLike this.\n\n## More\n\nAnd that.\n"

// article is a good one with some of its text replaced.
func article(lang, id string, replace ...string) string {
	text := good
	for _, v := range []string{id, lang, id, id} {
		text = strings.Replace(text, "%s", v, 1)
	}
	return strings.NewReplacer(replace...).Replace(text)
}

func folder(files map[string]string) fs.FS {
	f := fstest.MapFS{}
	for name, text := range files {
		f[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return f
}

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"all at once, in order": {
			map[string]string{
				"en/b.md": article("en", "b", "everyone", "nobody", "Like this.", "![x](y.png)"),
				"en/a.md": article("en", "a", "id: a", "id: z", "questions:", "questios:"),
			},
			[]string{
				"en/a.md:1: the front matter lacks `questions`",
				`en/a.md:2: id is "z", and the name of the file says "a"`,
				`en/a.md:6: there is no "questios"; known are`,
				"en/b.md:4: audience should be one of [everyone client professional]",
				"en/b.md:10: a chat cannot draw this (Image)",
			},
		},
		"a language is missing":  {map[string]string{"en/a.md": article("en", "a"), "fr/b.md": article("fr", "b")}, []string{"en/a.md: there is no fr/a.md: an article is written in every language", "fr/b.md: there is no en/b.md"}},
		"for somebody else":      {map[string]string{"en/a.md": article("en", "a"), "fr/a.md": article("fr", "a", "everyone", "client")}, []string{"fr/a.md: it is for client, and en/a.md for everyone"}},
		"starts something else":  {map[string]string{"en/a.md": article("en", "a", "title:", "start: one\ntitle:"), "fr/a.md": article("fr", "a", "title:", "start: two\ntitle:")}, []string{`fr/a.md:5: it starts "two", and en/a.md starts "one"`}},
		"no front matter":        {map[string]string{"en/a.md": "Hello"}, []string{"en/a.md:1: an article begins with its front matter"}},
		"not YAML":               {map[string]string{"en/a.md": article("en", "a", "id: a", "id: a\n  b: c")}, []string{"en/a.md:3: this is not YAML"}},
		"twice":                  {map[string]string{"en/a.md": article("en", "a", "id: a", "id: a\nid: a")}, []string{`en/a.md:3: "id" stands here twice`}},
		"an empty title":         {map[string]string{"en/a.md": article("en", "a", "How to a", "")}, []string{"en/a.md:5: title should be words"}},
		"questions are a list":   {map[string]string{"en/a.md": article("en", "a", "questions:\n  - How do I a?", "questions: How?")}, []string{"en/a.md:6: questions should be a list"}},
		"a link to nowhere":      {map[string]string{"en/a.md": article("en", "a", "Like", "[Like](nowhere)")}, []string{`en/a.md:10: there is no article "nowhere" in "en"`}},
		"no such section":        {map[string]string{"en/a.md": article("en", "a", "Like", "[Like](#less)")}, []string{`en/a.md:10: en/a.md has no section "less"; it has more`}},
		"a related one":          {map[string]string{"en/a.md": article("en", "a", "title:", "links: [b]\ntitle:")}, []string{`en/a.md:5: links: there is no other article "b" in "en"`}},
		"itself":                 {map[string]string{"en/a.md": article("en", "a", "title:", "links: [a]\ntitle:")}, []string{`en/a.md:5: links: there is no other article "a"`}},
		"a script":               {map[string]string{"en/a.md": article("en", "a", "Like", "[Like](javascript:alert)")}, []string{`en/a.md:10: the link should lead to https://… or to the id of an article, not to "javascript:alert"`}},
		"HTML":                   {map[string]string{"en/a.md": article("en", "a", "Like this.", "<b>Like</b> this.")}, []string{"en/a.md:10: a chat cannot draw this (RawHTML)"}},
		"a block of HTML":        {map[string]string{"en/a.md": article("en", "a", "Like this.", "<div>Like</div>")}, []string{"en/a.md:10: a chat cannot draw this (HTMLBlock)"}},
		"a list in a list":       {map[string]string{"en/a.md": article("en", "a", "Like this.", "- a\n- b\n  - c")}, []string{"en/a.md:11: an item of a list is one paragraph"}},
		"a heading too many":     {map[string]string{"en/a.md": article("en", "a", "## More", "# More")}, []string{"en/a.md:12: headings have two #"}},
		"the same heading":       {map[string]string{"en/a.md": article("en", "a", "And that.", "And that.\n\n## MORE!\n\nText")}, []string{"en/a.md:16: the heading needs words of its own"}},
		"an empty section":       {map[string]string{"en/a.md": article("en", "a", "And that.", "")}, []string{"en/a.md:12: the section says nothing"}},
		"no short answer":        {map[string]string{"en/a.md": article("en", "a", "Like this.", "")}, []string{"an article begins with its short answer"}},
		"too long for a chat":    {map[string]string{"en/a.md": article("en", "a", "And that.", strings.Repeat("And that. ", 200))}, []string{"en/a.md:12: the section has 1999 characters; at most 1400"}},
		"a brace":                {map[string]string{"en/a.md": article("en", "a", "Like", "{Like")}, []string{"en/a.md:10: a { is not closed"}},
		"a name":                 {map[string]string{"en/a.md": article("en", "a", "Like", "{no-name}")}, []string{"en/a.md:10: {no-name} is not the name of a variable"}},
		"professionals":          {map[string]string{"en/a.md": article("en", "a", "everyone", "professional")}, []string{"en/a.md:1: an article for professionals needs an `aside`"}},
		"an aside to nobody":     {map[string]string{"en/a.md": article("en", "a", "title:", "aside: Hm\ntitle:")}, []string{"en/a.md:5: an article for everyone needs no aside"}},
		"a name for an address":  {map[string]string{"en/A B.md": article("en", "A B")}, []string{"en/A B.md: names of files and folders are small letters"}},
		"a file that is no text": {map[string]string{"en/a.md": strings.Repeat("x", maxFile+1)}, []string{"en/a.md: the file has more than"}},
		"nothing":                {map[string]string{"readme.txt": ""}, []string{".: there is no article here"}},
	} {
		_, err := Load(folder(c.files))
		if err == nil || !IsProblems(err) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rest := err.Error()
		for _, want := range c.want {
			_, after, ok := strings.Cut(rest, want)
			if !ok {
				t.Errorf("%s:\n%v\nwant, in this order,\n%s", name, err, strings.Join(c.want, "\n"))
				break
			}
			rest = after
		}
	}
	if _, err := Load(os.DirFS(t.TempDir() + "/nowhere")); err == nil || IsProblems(err) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestVariables(t *testing.T) {
	b, err := Load(folder(map[string]string{"en/a.md": article("en", "a", "Like this.", "{App} and {web}, {{here}}. {other}", "How to a", "How to {app}")}))
	if err != nil {
		t.Fatal(err)
	}
	err = b.Variables([]string{"app", "web"})
	if err == nil || !IsProblems(err) || err.Error() != "en/a.md:10: there is no variable {other}; known are app, web" {
		t.Errorf("an unknown variable: %v", err)
	}
	b = b.With(func(name, lang string) string {
		return map[string]string{"app": "the app", "web": "https://a.example"}[name]
	})
	a := b.Article("en", "a")
	if a.Title() != "How to the app" || a.Chat(0) != "The app and https://a.example, {here}}. " {
		t.Errorf("%q, %q", a.Title(), a.Chat(0))
	}
}

// A chat reads less than Markdown: bullets, numbers, **strong**, *stressed*, [words](https://…).
func TestChat(t *testing.T) {
	b, err := Load(folder(map[string]string{"en/a.md": article("en", "a", "Like this.",
		"One *two*  \nthree\nfour.\n\n3. [a **b**](https://x.example/y)\n4. <https://x.example>\n\n- `c*d`\n- [article](#more) \\*\n\n> Note &amp; **`e`**\n\nEnd.")}))
	if err != nil {
		t.Fatal(err)
	}
	want := "One *two*\nthree four.\n3. [a b](https://x.example/y)\n4. https://x.example\n• c*d\n• article *\n\nNote & **e**\n\nEnd."
	if got := b.Article("en", "a").Chat(0); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	if got := b.Article("en", "a").Chat(1); got != "**More**\n\nAnd that." {
		t.Errorf("a section: %q", got)
	}
	if got := b.Article("en", "a").Excerpt(0, 20); got != "One two three four.…" {
		t.Errorf("its beginning: %q", got)
	}
}

// Whatever somebody saves as an article, reading it ends, and what comes out of it is words.
func FuzzLoad(f *testing.F) {
	f.Add(article("en", "a"))
	f.Add(article("en", "a", "Like this.", "1. a\n   - b\n\n> c\n\n```\nd\n```\n| e |\n|---|\n"))
	f.Add("---\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Load(folder(map[string]string{"en/a.md": text}))
		if err != nil {
			return
		}
		a := b.Article("en", "a")
		b.Check()
		for i := range a.Sections {
			html := a.HTML(i, func(id, section string) string { return id + "#" + section })
			if strings.Contains(html, "<script") || strings.Contains(html, "javascript:") {
				t.Errorf("%q", html)
			}
			a.Chat(i)
		}
	})
}
