package kb

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/unicode/norm"
)

//go:embed words/*.yaml
var wordFiles embed.FS

// lexicon is what the search knows of a language: the words that carry nothing, and the words
// that mean the same. A language without one is searched by its bare words.
type lexicon struct {
	stop map[string]bool
	// same gives for the first word of an expression the expressions that begin with it, the
	// longest first.
	same map[string][]expression
	stem func(string) string
	// asking are the beginnings of questions, by their first word, the longest first.
	asking map[string][][]string
	// elsewhere are questions about something else; see [Base.Elsewhere].
	elsewhere []string
	// client are words by which a professional asks about a client, and forClient is what is put
	// before an answer that speaks to one.
	client    []string
	forClient string
}

// expression is a few words that are read as one term.
type expression struct {
	words []string
	means []string
}

// lexiconFile is a file words/<lang>.yaml.
type lexiconFile struct {
	Stop []string `yaml:"stop"`
	// Same lists, for a word or a few, what people write instead.
	Same map[string][]string `yaml:"same"`
	// Asking lists how questions begin.
	Asking []string `yaml:"asking"`
	// Elsewhere lists questions about something else.
	Elsewhere []string `yaml:"elsewhere"`
	// Client lists the words that name a client, as Same gives them.
	Client []string `yaml:"client"`
	// ForClient leads what a professional is told of an article for clients. Without it, nothing is
	// told of one.
	ForClient string `yaml:"for_client"`
}

// stemmers cut the endings off. A language without one keeps its words.
var stemmers = map[string]func(*snowballstem.Env) bool{"en": english.Stem, "fr": french.Stem}

var loadLexicons = sync.OnceValues(func() (map[string]*lexicon, error) {
	names, err := fs.Glob(wordFiles, "words/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("kb: %w", err)
	}
	all := map[string]*lexicon{}
	for _, name := range names {
		data, err := wordFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("kb: %w", err)
		}
		var f lexiconFile
		if err := yaml.Load(data, &f, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
			return nil, fmt.Errorf("kb: %s: %w", name, err)
		}
		lang := strings.TrimSuffix(path.Base(name), ".yaml")
		all[lang] = newLexicon(f, lang)
	}
	return all, nil
})

func newLexicon(f lexiconFile, lang string) *lexicon {
	l := &lexicon{stop: map[string]bool{}, same: map[string][]expression{}, asking: map[string][][]string{}, elsewhere: f.Elsewhere, client: f.Client, forClient: f.ForClient, stem: func(w string) string { return w }}
	if cut, ok := stemmers[lang]; ok {
		l.stem = func(w string) string {
			env := snowballstem.NewEnv(w)
			cut(env)
			return env.Current()
		}
	}
	for _, w := range f.Stop {
		for _, part := range fold(w) {
			l.stop[part] = true
		}
	}
	for means, written := range f.Same {
		for _, w := range written {
			if from := fold(w); len(from) > 0 {
				l.same[from[0]] = append(l.same[from[0]], expression{from, fold(means)})
			}
		}
	}
	for _, w := range f.Asking {
		if words := fold(w); len(words) > 0 {
			l.asking[words[0]] = append(l.asking[words[0]], words)
		}
	}
	for _, all := range l.same {
		slices.SortFunc(all, func(a, b expression) int {
			if len(a.words) != len(b.words) {
				return len(b.words) - len(a.words)
			}
			return slices.Compare(a.words, b.words)
		})
	}
	return l
}

// noLexicon serves languages that have no lexicon.
var noLexicon = newLexicon(lexiconFile{}, "")

// words gives the words of a text that carry something, before their endings are cut off.
func (l *lexicon) words(text string) []string {
	raw := fold(text)
	var out []string
	for i := 0; i < len(raw); {
		n, means := l.expression(raw[i:])
		if n == 0 {
			n, means = 1, raw[i:i+1]
		}
		for _, w := range means {
			if !l.stop[w] {
				out = append(out, w)
			}
		}
		i += n
	}
	return out
}

func (l *lexicon) expression(words []string) (n int, means []string) {
	for _, e := range l.same[words[0]] {
		if len(e.words) <= len(words) && slices.Equal(e.words, words[:len(e.words)]) {
			return len(e.words), e.means
		}
	}
	return 0, nil
}

// fold turns a text into plain words: small letters, no accents, no punctuation. `L'e-mail` gives
// `l email`, `can't` gives `cant`.
func fold(text string) []string {
	var out []string
	var w strings.Builder
	flush := func() {
		if w.Len() > 0 {
			out = append(out, w.String())
			w.Reset()
		}
	}
	rs := []rune(norm.NFD.String(strings.ToLower(text)))
	for i, r := range rs {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ':
			w.WriteString("oe")
		case r == 'æ':
			w.WriteString("ae")
		case r == '\'' || r == '’' || r == '`' || r == 'ʼ':
			// French l'app and qu'il are two words, English can't and I'm one.
			switch w.String() {
			case "l", "d", "j", "m", "t", "s", "n", "c", "y", "qu", "jusqu", "lorsqu", "puisqu", "quelqu":
				flush()
			}
		case r == '-' && w.Len() == 1 && i+1 < len(rs) && unicode.IsLetter(rs[i+1]):
			// e-mail is one word
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			w.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
	return out
}
