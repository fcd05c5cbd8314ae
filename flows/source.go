package flows

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// spot is a place in a file, kept so that a check made later can still point at it.
type spot struct {
	file         string
	line, column int
}

// source reads one file's nodes strictly and notes every problem instead of stopping at the first.
type source struct {
	file string
	b    *builder
}

func (s *source) spot(n *yaml.Node) spot { return spot{s.file, n.Line, n.Column} }

func (s *source) fail(n *yaml.Node, format string, args ...any) {
	s.b.failAt(s.spot(n), format, args...)
}

// parse gives the file's top mapping, nil when there is none.
func (s *source) parse(data []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		var le *yaml.LoadError
		if errors.As(err, &le) {
			at := spot{s.file, max(le.Mark.Line, 1), max(le.Mark.Column, 1)}
			s.b.failAt(at, "this is not YAML: %s", strings.TrimSpace(le.Message+" "+le.ContextMsg))
		} else {
			s.b.failAt(spot{file: s.file}, "this is not YAML: %v", err)
		}
		return nil
	}
	if len(doc.Content) == 0 {
		s.b.failAt(spot{file: s.file}, "the file is empty")
		return nil
	}
	return doc.Content[0]
}

// pair is one line of a mapping.
type pair struct{ key, value *yaml.Node }

// pairs gives the lines of a mapping in order; a key that stands twice is a problem.
func (s *source) pairs(n *yaml.Node, what string) []pair {
	if n.Kind != yaml.MappingNode {
		s.fail(n, "%s should be lines of the form `name: …`", what)
		return nil
	}
	var out []pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Value == "" {
			s.fail(k, "a name is expected here")
			continue
		}
		if seen[k.Value] {
			s.fail(k, "%q stands here twice", k.Value)
			continue
		}
		seen[k.Value] = true
		if v.Kind == yaml.AliasNode {
			s.fail(v, "aliases (*name) are not read: write the text again")
			continue
		}
		out = append(out, pair{k, v})
	}
	return out
}

// fields hands each line of a mapping to its reader; a name without one is a problem.
func (s *source) fields(n *yaml.Node, what string, readers map[string]func(key, value *yaml.Node)) {
	for _, p := range s.pairs(n, what) {
		if read, ok := readers[p.key.Value]; ok {
			read(p.key, p.value)
			continue
		}
		var known []string
		for k := range readers {
			known = append(known, k)
		}
		slices.Sort(known)
		hint := nearest(p.key.Value, known)
		if hint == "" {
			hint = "; known are " + strings.Join(known, ", ")
		}
		s.fail(p.key, "%s has no %q%s", what, p.key.Value, hint)
	}
}

// scalar gives a single word or text.
func (s *source) scalar(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		s.fail(n, "%s should be a single word or text", what)
		return ""
	}
	return n.Value
}

// id gives a name of ours: small letters, digits, underscores.
func (s *source) id(n *yaml.Node, what string) string {
	v := s.scalar(n, what)
	if v != "" && !isID(v) {
		s.fail(n, "%s %q: a name is small letters, digits and _, beginning with a letter", what, v)
		return ""
	}
	return v
}

func isID(v string) bool {
	for i, r := range v {
		if !(r >= 'a' && r <= 'z' || r == '_' && i > 0 || r >= '0' && r <= '9' && i > 0) {
			return false
		}
	}
	return v != ""
}

// boolean gives true or false.
func (s *source) boolean(n *yaml.Node, what string) bool {
	switch s.scalar(n, what) {
	case "true":
		return true
	case "false":
		return false
	}
	s.fail(n, "%s should be true or false", what)
	return false
}

// list gives one word or a list of words.
func (s *source) list(n *yaml.Node, what string) []*yaml.Node {
	switch n.Kind {
	case yaml.ScalarNode:
		return []*yaml.Node{n}
	case yaml.SequenceNode:
		var out []*yaml.Node
		for _, c := range n.Content {
			if c.Kind != yaml.ScalarNode {
				s.fail(c, "%s should be a list of words", what)
				continue
			}
			out = append(out, c)
		}
		return out
	}
	s.fail(n, "%s should be a word or a list of words", what)
	return nil
}

// text gives a text in every language.
func (s *source) text(n *yaml.Node, what string) Text {
	t := Text{at: s.spot(n), parts: map[string][]part{}}
	for _, p := range s.pairs(n, what) {
		if !s.b.hasLanguage(p.key.Value) {
			s.fail(p.key, "%s: %q is not one of the languages (%s)", what, p.key.Value, s.b.languageList())
			continue
		}
		v := strings.TrimSpace(s.scalar(p.value, what))
		if v == "" {
			s.fail(p.value, "%s is empty in %q", what, p.key.Value)
			continue
		}
		parts, err := parseText(v)
		if err != nil {
			s.fail(p.value, "%s: %v", what, err)
			continue
		}
		t.parts[p.key.Value] = parts
		s.b.texts = append(s.b.texts, usedText{s.spot(p.value), parts})
	}
	s.b.all = append(s.b.all, t)
	if n.Kind == yaml.MappingNode {
		for _, l := range s.b.languages {
			if _, ok := t.parts[l.Code]; !ok && !failedBefore(s.b.problems, s.spot(n), n) {
				s.fail(n, "%s is missing in %q", what, l.Code)
			}
		}
	}
	return t
}

// failedBefore says whether a problem was noted inside the node already, so that a text
// that is wrong is not called missing as well.
func failedBefore(ps Problems, at spot, n *yaml.Node) bool {
	for _, c := range n.Content {
		for _, p := range ps {
			if p.File == at.file && p.Line == c.Line && p.Column == c.Column {
				return true
			}
		}
	}
	return false
}

// phrases gives lists of phrases by language.
func (s *source) phrases(n *yaml.Node, what string) map[string][]Phrase {
	out := map[string][]Phrase{}
	for _, p := range s.pairs(n, what) {
		if !s.b.hasLanguage(p.key.Value) {
			s.fail(p.key, "%s: %q is not one of the languages (%s)", what, p.key.Value, s.b.languageList())
			continue
		}
		for _, c := range s.list(p.value, what) {
			ph := newPhrase(c.Value, p.key.Value)
			if len(ph.words) == 0 {
				s.fail(c, "%s: a phrase needs at least one letter or digit", what)
				continue
			}
			ph.at = s.spot(c)
			out[p.key.Value] = append(out[p.key.Value], ph)
		}
	}
	return out
}

func (at spot) String() string { return fmt.Sprintf("%s:%d:%d", at.file, at.line, at.column) }
