// Package lexis makes words plain, so that they can be compared: small letters, no accents, no
// punctuation, short forms written out, endings cut off. It knows no meanings.
package lexis

import (
	"slices"
	"strings"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"golang.org/x/text/unicode/norm"
)

// joined are short forms that are written in several ways. The left side is what is left of
// a word after folding; it is replaced by the words on the right.
var joined = map[string][]string{
	"jai": {"j", "ai"}, "jarrive": {"j", "arrive"}, "cest": {"c", "est"}, "dun": {"d", "un"},
	"lapp": {"l", "app"}, "lappli": {"l", "appli"}, "lapplication": {"l", "application"},
	"nest": {"n", "est"}, "sest": {"s", "est"}, "mest": {"m", "est"}, "yest": {"y", "est"}, "ya": {"y", "a"},
	"chu": {"je", "suis"}, "chuis": {"je", "suis"}, "jsuis": {"je", "suis"}, "jpeux": {"je", "peux"},
	"jsais": {"je", "sais"}, "jveux": {"je", "veux"}, "jme": {"je", "me"}, "chais": {"je", "sais"},
	"mdp": {"mot", "de", "passe"}, "pwd": {"password"}, "pw": {"password"}, "pswd": {"password"},
	"cannot": {"cant"}, "couldnt": {"cant"}, "unable": {"cant"}, "u": {"you"}, "plz": {"please"}, "pls": {"please"},
	"svp": {"svp"}, "mail": {"email"}, "courriel": {"courriel"}, "mel": {"courriel"},
	"signin": {"sign", "in"}, "login": {"log", "in"}, "logon": {"log", "in"}, "logged": {"log"},
}

// signs are pictures that say something when they stand alone; what stands beside words adds
// nothing to them.
var signs = map[rune]string{
	'👍': "ok", '👌': "ok", '✅': "ok", '✔': "ok", '🆗': "ok", '👎': "no", '❌': "no",
	'🙏': "thanks", '❤': "thanks", '🙂': "thanks", '😊': "thanks", '😀': "thanks", '😁': "thanks", '😄': "thanks",
	'😃': "thanks", '🎉': "thanks", '👏': "thanks", '🥳': "thanks", '💯': "thanks", '🤝': "thanks", '💪': "thanks", '🤗': "thanks",
}

// Fold turns a text into plain words: small letters, no accents, no punctuation. `J'ai` gives
// `j ai`, `can't` gives `cant`. A lone 👍 is a word, too.
func Fold(text string) []string {
	var words []string
	var w strings.Builder
	flush := func() {
		if w.Len() == 0 {
			return
		}
		s := w.String()
		w.Reset()
		if more, ok := joined[s]; ok {
			words = append(words, more...)
			return
		}
		words = append(words, s)
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
			if elided(w.String(), rs[i+1:]) {
				flush()
			}
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			w.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
	if len(words) == 0 {
		if i := slices.IndexFunc(rs, func(r rune) bool { return signs[r] != "" }); i >= 0 {
			return []string{signs[rs[i]]}
		}
	}
	return joinWords(words)
}

// joinWords makes one word of what is written apart: "e-mail", "s'il vous plaît".
func joinWords(words []string) []string {
	for i := 0; i+1 < len(words); i++ {
		switch {
		case words[i] == "e" && (words[i+1] == "email" || words[i+1] == "mails"):
			words = slices.Delete(words, i, i+1)
		case i+3 < len(words) && words[i] == "s" && words[i+1] == "il" && words[i+2] == "vous" && words[i+3] == "plait":
			words = slices.Replace(words, i, i+4, "svp")
		}
	}
	return words
}

// elided says whether an apostrophe after these letters parts two words, as in French l'app
// and qu'il, and not in English can't, I'm, it's.
func elided(before string, after []rune) bool {
	switch before {
	case "l", "d", "j", "m", "t", "s", "n", "c", "y", "qu", "jusqu", "lorsqu", "puisqu", "quelqu":
		return len(after) > 0 && unicode.IsLetter(after[0])
	}
	return false
}

// Stems cuts the endings off. A language without a stemmer keeps its words.
func Stems(words []string, lang string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = Stem(w, lang)
	}
	return out
}

// Stem cuts the ending off one folded word.
func Stem(word, lang string) string {
	env := snowballstem.NewEnv(word)
	switch lang {
	case "en":
		english.Stem(env)
	case "fr":
		french.Stem(env)
	default:
		return word
	}
	return env.Current()
}
