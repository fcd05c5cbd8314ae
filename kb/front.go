package kb

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// fence parts the front matter from the article.
const fence = "---"

// source is one file while it is read.
type source struct {
	file     string
	problems *Problems
}

func (s source) fail(line int, format string, args ...any) {
	*s.problems = append(*s.problems, Problem{s.file, line, fmt.Sprintf(format, args...)})
}

// split parts the front matter from the Markdown. line is where the Markdown begins.
func (s source) split(data string) (front, body string, line int, ok bool) {
	data = strings.ReplaceAll(data, "\r\n", "\n")
	rest, ok := strings.CutPrefix(data, fence+"\n")
	if ok {
		front, body, ok = strings.Cut(rest, "\n"+fence+"\n")
	}
	if !ok {
		s.fail(1, "an article begins with its front matter between two lines of ---")
		return "", "", 0, false
	}
	return front, body, strings.Count(front, "\n") + 4, true
}

// front reads the front matter into the article.
func (s source) front(a *Article, data string) {
	var doc yaml.Node
	if err := yaml.Load([]byte(data), &doc); err != nil {
		var le *yaml.LoadError
		if errors.As(err, &le) {
			s.fail(max(le.Mark.Line, 1)+1, "this is not YAML: %s", strings.TrimSpace(le.Message+" "+le.ContextMsg))
		} else {
			s.fail(1, "this is not YAML: %v", err)
		}
		return
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		s.fail(1, "the front matter should be lines of the form `name: …`")
		return
	}
	top := doc.Content[0]
	readers := map[string]func(v *yaml.Node, line int){
		"id":       func(v *yaml.Node, line int) { s.is(v, line, "id", a.ID, "the name of the file") },
		"lang":     func(v *yaml.Node, line int) { s.is(v, line, "lang", a.Lang, "the name of the folder") },
		"title":    func(v *yaml.Node, line int) { a.title, a.lines.title = s.words(v, line, "title"), line },
		"aside":    func(v *yaml.Node, line int) { a.aside, a.lines.aside = s.words(v, line, "aside"), line },
		"start":    func(v *yaml.Node, line int) { a.Start, a.lines.start = s.name(v, line, "start"), line },
		"audience": func(v *yaml.Node, line int) { a.Audience = s.audience(v, line) },
		"questions": func(v *yaml.Node, line int) {
			for _, q := range s.list(v, line, "questions") {
				a.questions = append(a.questions, s.words(q, q.Line+1, "a question"))
				a.lines.questions = append(a.lines.questions, q.Line+1)
			}
		},
		"links": func(v *yaml.Node, line int) {
			for _, l := range s.list(v, line, "links") {
				a.Links = append(a.Links, l.Value)
				a.lines.links = append(a.lines.links, l.Line+1)
			}
		},
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, v := top.Content[i], top.Content[i+1]
		line := key.Line + 1 // the fence
		read, ok := readers[key.Value]
		switch {
		case !ok:
			s.fail(line, "there is no %q; known are aside, audience, id, lang, links, questions, start, title", key.Value)
		case seen[key.Value]:
			s.fail(line, "%q stands here twice", key.Value)
		default:
			read(v, line)
		}
		seen[key.Value] = true
	}
	for _, needed := range []string{"id", "lang", "audience", "title", "questions"} {
		if !seen[needed] {
			s.fail(1, "the front matter lacks `%s`", needed)
		}
	}
	if a.Audience == ForEveryone && seen["aside"] {
		s.fail(a.lines.aside, "an article for everyone needs no aside: there is nobody else to say it to")
	}
	if a.Audience == ForProfessional && !seen["aside"] {
		s.fail(1, "an article for professionals needs an `aside`: what a client is told instead, such as whom to ask")
	}
}

func (s source) scalar(v *yaml.Node, line int, what string) string {
	if v.Kind != yaml.ScalarNode || v.Tag == "!!null" || strings.TrimSpace(v.Value) == "" {
		s.fail(line, "%s should be words", what)
		return ""
	}
	return strings.TrimSpace(v.Value)
}

func (s source) is(v *yaml.Node, line int, key, want, why string) {
	if got := s.scalar(v, line, key); got != want {
		s.fail(line, "%s is %q, and %s says %q", key, got, why, want)
	}
}

func (s source) words(v *yaml.Node, line int, what string) text {
	t, err := parseText(s.scalar(v, line, what))
	if err != nil {
		s.fail(line, "%s: %v", what, err)
	}
	return t
}

func (s source) name(v *yaml.Node, line int, what string) string {
	name := s.scalar(v, line, what)
	if !isName(name) {
		s.fail(line, "%s %q should be the name of a line of `always` in the decision trees", what, name)
	}
	return name
}

func (s source) audience(v *yaml.Node, line int) Audience {
	all := []Audience{ForEveryone, ForClient, ForProfessional}
	is := Audience(s.scalar(v, line, "audience"))
	if !slices.Contains(all, is) {
		s.fail(line, "audience should be one of %v", all)
	}
	return is
}

func (s source) list(v *yaml.Node, line int, what string) []*yaml.Node {
	if v.Kind != yaml.SequenceNode || len(v.Content) == 0 {
		s.fail(line, "%s should be a list", what)
		return nil
	}
	return v.Content
}
