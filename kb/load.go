package kb

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed articles
var shipped embed.FS

// Shipped is the folder of articles that comes with the program.
func Shipped() fs.FS {
	sub, err := fs.Sub(shipped, "articles")
	if err != nil {
		panic("kb: the embedded files are gone: " + err.Error())
	}
	return sub
}

// maxFile is the most a single article may hold, in bytes; the shipped ones have about 3 kB.
const maxFile = 256 << 10

// Load reads every article of a folder: `<language>/<id>.md`. It is strict: an unknown key, a
// missing language, a link to nowhere, a mark that a chat could not draw are problems, and all of
// them are reported at once as [Problems]. A folder that does not exist is another error.
func Load(fsys fs.FS) (*Base, error) {
	files, err := fs.Glob(fsys, "*/*.md")
	if err != nil {
		return nil, fmt.Errorf("kb: %w", err)
	}
	if len(files) == 0 {
		if _, err := fs.Stat(fsys, "."); err != nil {
			return nil, fmt.Errorf("kb: %w", err)
		}
		return nil, Problems{{File: ".", Text: "there is no article here, such as en/password-reset.md"}}
	}
	lexicons, err := loadLexicons()
	if err != nil {
		return nil, err
	}
	b := &Base{by: map[string]map[string]*Article{}, lexicons: lexicons}
	var problems Problems
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("kb: %w", err)
		}
		lang := path.Dir(file)
		a := &Article{ID: strings.TrimSuffix(path.Base(file), ".md"), Lang: lang, file: file, value: nothing}
		s := source{file, &problems}
		if len(data) > maxFile {
			s.fail(0, "the file has more than %d bytes", maxFile)
			continue
		}
		if !isSlug(a.ID) || !isSlug(lang) {
			s.fail(0, "names of files and folders are small letters, digits and -")
			continue
		}
		if front, body, line, ok := s.split(string(data)); ok {
			s.front(a, front)
			s.body(a, body, line)
		}
		if b.by[lang] == nil {
			b.by[lang] = map[string]*Article{}
		}
		b.by[lang][a.ID] = a
	}
	problems = append(problems, b.inconsistent()...)
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	for _, lang := range slices.Sorted(maps.Keys(b.by)) {
		b.languages = append(b.languages, lang)
		for _, id := range slices.Sorted(maps.Keys(b.by[lang])) {
			b.all = append(b.all, b.by[lang][id])
		}
	}
	b.prepare()
	return b, nil
}

func nothing(string) string { return "" }

// isSlug says whether a name can stand in an address as it is.
func isSlug(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') {
			return false
		}
	}
	return s != ""
}

// inconsistent finds what is wrong between the files: missing languages, links to nowhere, an
// article that is for somebody else in another language.
func (b *Base) inconsistent() Problems {
	var problems Problems
	langs := slices.Sorted(maps.Keys(b.by))
	for _, lang := range langs {
		for id, a := range b.by[lang] {
			s := source{a.file, &problems}
			for _, other := range langs {
				twin := b.by[other][id]
				switch {
				case twin == nil:
					s.fail(0, "there is no %s/%s.md: an article is written in every language", other, id)
				case lang == langs[0] || other != langs[0]: // said once, of the later language
				case twin.Audience != a.Audience && twin.Audience != "" && a.Audience != "":
					s.fail(0, "it is for %s, and %s for %s", a.Audience, twin.file, twin.Audience)
				case twin.Start != a.Start:
					s.fail(max(a.lines.start, 1), "it starts %q, and %s starts %q", a.Start, twin.file, twin.Start)
				}
			}
			for i, to := range a.Links {
				if b.by[lang][to] == nil || to == id {
					s.fail(a.lines.links[i], "links: there is no other article %q in %q", to, lang)
				}
			}
			for _, sec := range a.Sections {
				each(sec.blocks, func(in *inline) {
					if in.kind == articleLink {
						b.checkLink(s, a, in)
					}
				})
			}
		}
	}
	return problems
}

func (b *Base) checkLink(s source, a *Article, in *inline) {
	id, section, _ := strings.Cut(in.href, "#")
	to := a
	if id != "" {
		to = b.by[a.Lang][id]
	}
	if to == nil {
		s.fail(in.line, "there is no article %q in %q", id, a.Lang)
		return
	}
	if section != "" && !slices.ContainsFunc(to.Sections, func(x Section) bool { return x.ID == section }) {
		var known []string
		for _, x := range to.Sections[min(1, len(to.Sections)):] {
			known = append(known, x.ID)
		}
		s.fail(in.line, "%s has no section %q; it has %s", to.file, section, strings.Join(known, ", "))
	}
}

// Variables checks that the articles use only variables with one of these names. The error is
// [Problems].
func (b *Base) Variables(known []string) error {
	var problems Problems
	for _, a := range b.all {
		s := source{a.file, &problems}
		check := func(t text, line int) {
			for _, p := range t {
				if p.name != "" && !slices.Contains(known, p.name) {
					s.fail(line, "there is no variable {%s}; known are %s", p.name, strings.Join(known, ", "))
				}
			}
		}
		check(a.title, a.lines.title)
		check(a.aside, a.lines.aside)
		for i, q := range a.questions {
			check(q, a.lines.questions[i])
		}
		for _, sec := range a.Sections {
			check(sec.heading, sec.line)
			each(sec.blocks, func(in *inline) { check(in.text, in.line) })
		}
	}
	if len(problems) > 0 {
		return problems.sorted()
	}
	return nil
}

// IsProblems says whether an error is about the articles themselves, and not about reading them.
func IsProblems(err error) bool {
	var ps Problems
	return errors.As(err, &ps)
}
