package flows

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"go.yaml.in/yaml/v4"

	"latchkey/flows/classify"
)

// maxFile is the most a single file may hold; the shipped ones have about 60 kB.
const maxFile = 1 << 20

// Load reads every *.yaml file of a folder as one book. It is strict: an unknown name, a
// missing language, a step that leads nowhere are problems, and all of them are reported
// at once as [Problems].
func Load(fsys fs.FS) (*Book, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("flows: %w", err)
	}
	if len(names) == 0 {
		return nil, Problems{{File: ".", Text: "there is no .yaml file in this folder"}}
	}
	files := map[string]string{}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("flows: %w", err)
		}
		files[path.Base(name)] = string(data)
	}
	return LoadFiles(files)
}

// LoadFiles is [Load] for files that are in memory, by name.
func LoadFiles(files map[string]string) (*Book, error) {
	b := &builder{Book: Book{
		Version:   version(files),
		files:     maps.Clone(files),
		flows:     map[string]*flow{},
		facts:     map[string]*fact{},
		intents:   map[string]*intent{},
		lexicon:   classify.Lexicon{},
		sense:     &sense{},
		words:     map[string]Text{},
		variables: map[string]*variable{},
	}}
	b.read(files)
	if len(b.problems) == 0 {
		b.check()
	}
	if len(b.problems) > 0 {
		return nil, b.problems.sorted()
	}
	b.rarity = rarityOf(b.intents)
	b.own = ownWords(b.intents)
	b.exact = exactPhrases(b.intents)
	b.place = placeWords(b.lexicon)
	b.plain = b.plainness()
	return &b.Book, nil
}

// builder is a book in the making.
type builder struct {
	Book
	problems Problems
	texts    []usedText
	// later are checks that need everything to be read.
	later []func()
}

func (b *builder) failAt(at spot, format string, args ...any) {
	b.problems = append(b.problems, Problem{at.file, at.line, at.column, fmt.Sprintf(format, args...)})
}

// read reads the files: first the languages, which every text is checked against, then the rest.
func (b *builder) read(files map[string]string) {
	type parsed struct {
		s   *source
		top *yaml.Node
	}
	var all []parsed
	for _, name := range slices.Sorted(maps.Keys(files)) {
		s := &source{file: name, b: b}
		if len(files[name]) > maxFile {
			b.failAt(spot{file: name}, "the file has more than %d bytes", maxFile)
			continue
		}
		if top := s.parse([]byte(files[name])); top != nil {
			all = append(all, parsed{s, top})
		}
	}
	for _, p := range all {
		for i := 0; i+1 < len(p.top.Content); i += 2 {
			if p.top.Content[i].Value == "languages" {
				p.s.readLanguages(p.top.Content[i], p.top.Content[i+1])
			}
		}
	}
	if len(b.languages) == 0 {
		b.failAt(spot{file: "words.yaml"}, "no file names the `languages`, for example: languages: {en: English}")
		return
	}
	for _, p := range all {
		p.s.readFile(p.top)
	}
}

func (s *source) readFile(top *yaml.Node) {
	readers := map[string]func(_, v *yaml.Node){
		"languages": func(_, _ *yaml.Node) {},
		"variables": s.readVariables,
		"words":     s.readWords,
		"intents":   s.readIntents,
		"lexicon":   s.readLexicon,
		"facts":     s.readFacts,
		"promises":  s.readPromises,
	}
	if f := s.flowFields(top, readers); f != nil {
		defer s.finishFlow(f)
	}
	s.fields(top, "a file", readers)
}

// check does what needs all files: names that point somewhere, variables, roads.
func (b *builder) check() {
	for _, k := range needed {
		if _, ok := b.words[k]; !ok {
			b.failAt(spot{file: "words.yaml"}, "the words %q are missing", k)
		}
	}
	for _, in := range []string{intentPerson, intentWorks, intentDisabled, intentBack, intentRestart, intentWait} {
		b.needIntent(spot{file: "intents.yaml"}, in)
	}
	for _, in := range chats {
		b.needIntent(spot{file: "intents.yaml"}, in)
	}
	for _, check := range b.later {
		check()
	}
	for _, t := range b.texts {
		for _, p := range t.parts {
			if p.name != "" {
				b.needVariable(t.at, p.name)
			}
		}
	}
	b.checkPhrases()
	if len(b.problems) == 0 {
		b.checkRoads()
		b.prepare()
		b.checkChoices()
	}
}

func (b *builder) needIntent(at spot, name string) {
	if _, ok := b.intents[name]; !ok {
		b.failAt(at, "there is no intent %q%s", name, nearest(name, slices.Collect(maps.Keys(b.intents))))
	}
}

func (b *builder) needVariable(at spot, name string) {
	_, isFact := b.facts[name]
	_, isVariable := b.variables[name]
	if isFact || isVariable || slices.Contains(specials, name) {
		return
	}
	known := append(slices.Collect(maps.Keys(b.facts)), slices.Collect(maps.Keys(b.variables))...)
	b.failAt(at, "there is no variable or fact {%s}%s", name, nearest(name, known))
}
