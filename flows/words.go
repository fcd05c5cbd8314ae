package flows

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// LanguageName is a language of the book: its code (BCP 47, "fr") and its own name for itself.
type LanguageName struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// variable is a word that the configuration may set.
type variable struct {
	at    spot
	unset Text
}

// specials are the variables that only some words get, from what is going on.
var specials = []string{"ticket", "suggestion", "typed", "language", "meaning"}

// needed are the words the engine itself says. Other packages check theirs with [Book.Lacks].
var needed = []string{
	"greeting_client", "greeting_professional",
	"unclear", "unclear_again", "bad_email", "bad_text", "suggest_email", "suggested_yes", "suggested_no",
	"waiting", "welcome_back", "reminder", "closed_quiet",
	"ticket_opened_support", "ticket_opened_support_no_email", "ticket_opened_hexpert", "ticket_opened_hexpert_no_email",
	"back_label", "restart_label", "person_label", "works_label", "disabled_label", "wait_label", "language_label", "still_not",
	"restarted", "nothing_to_undo", "went_back", "language_changed",
	"greeting_reply", "thanks_reply", "goodbye_reply",
	"tried_works", "tried_person", "tried_left",
}

// Word gives one of the bot's words in a language, with values for the variables it uses.
// A language the book lacks is answered in its first one; an unknown key gives "".
func (b *Book) Word(key, lang string, values map[string]string) string {
	t, ok := b.words[key]
	if !ok {
		return ""
	}
	if !b.HasLanguage(lang) {
		lang = b.languages[0].Code
	}
	return t.render(lang, b.value(State{}, lang, values))
}

// Lacks gives those of the keys that the book has no words for.
func (b *Book) Lacks(keys []string) []string {
	var out []string
	for _, k := range keys {
		if _, ok := b.words[k]; !ok {
			out = append(out, k)
		}
	}
	return out
}

func hasLanguage(ls []LanguageName, code string) bool {
	return slices.ContainsFunc(ls, func(l LanguageName) bool { return l.Code == code })
}

func (s *source) readLanguages(_, n *yaml.Node) {
	if len(s.b.languages) > 0 {
		s.fail(n, "the languages are named in another file already")
		return
	}
	for _, p := range s.pairs(n, "languages") {
		s.b.languages = append(s.b.languages, LanguageName{p.key.Value, s.scalar(p.value, "the language's name")})
	}
}

func (s *source) readVariables(_, n *yaml.Node) {
	for _, p := range s.pairs(n, "variables") {
		name := s.id(p.key, "the variable")
		if _, ok := s.b.variables[name]; ok {
			s.fail(p.key, "the variable %q is named twice", name)
			continue
		}
		v := &variable{at: s.spot(p.key)}
		s.fields(p.value, "a variable", map[string]func(_, v *yaml.Node){
			"unset": func(_, n *yaml.Node) { v.unset = s.text(n, "unset") },
		})
		if v.unset.empty() {
			s.fail(p.key, "the variable %q needs `unset`: the words that stand in its place", name)
		}
		s.b.variables[name] = v
	}
}

func (s *source) readWords(_, n *yaml.Node) {
	for _, p := range s.pairs(n, "words") {
		key := s.id(p.key, "the key")
		if _, ok := s.b.words[key]; ok {
			s.fail(p.key, "the words %q stand here twice", key)
			continue
		}
		s.b.words[key] = s.text(p.value, fmt.Sprintf("the words %q", key))
	}
}

func (b *builder) hasLanguage(code string) bool { return hasLanguage(b.languages, code) }

func (b *builder) languageList() string {
	var codes []string
	for _, l := range b.languages {
		codes = append(codes, l.Code)
	}
	return strings.Join(codes, ", ")
}
