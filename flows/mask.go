package flows

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"latchkey/flows/lexis"
)

// mask takes personal data out of what one person wrote. It does not look for names; it keeps
// the words that the book itself uses, which are nobody's, and nothing else.
type mask struct {
	b *Book
	// words are those of the book's phrases, labels and own words, folded.
	words map[string]bool
	// names are folded words that are known to name somebody here, whatever else they mean.
	names map[string]bool
	// emails are the samples given out so far, by address in small letters.
	emails map[string]string
	people map[string]string
}

// blank stands for a word that was taken out. No phrase has it, so that it tells a reader as
// little as the word did.
const blank = "xxx"

// firstNames are for samples; whoever comes after the last gets a number.
var firstNames = []string{"ann", "ben", "cam", "dee", "eli"}

func (b *Book) newMask() *mask {
	m := &mask{b: b, words: map[string]bool{}, names: map[string]bool{}, emails: map[string]string{}, people: map[string]string{}}
	phrases := func(by map[string][]Phrase) {
		for _, list := range by {
			for _, ph := range list {
				m.learn(ph.Text)
			}
		}
	}
	text := func(t Text) {
		for _, parts := range t.parts {
			for _, p := range parts {
				m.learn(p.lit)
			}
		}
	}
	for _, in := range b.intents {
		phrases(in.phrases)
	}
	for _, w := range b.words {
		text(w)
	}
	for _, f := range b.flows {
		for _, j := range f.always {
			text(j.label)
			phrases(j.phrases)
		}
		for _, st := range f.stepList {
			var cs []*choice
			switch body := st.body.(type) {
			case *askBody:
				cs = body.choices
			case *fillBody:
				cs = body.choices
			}
			for _, c := range cs {
				text(c.label)
				phrases(c.phrases)
			}
		}
	}
	return m
}

func (m *mask) learn(text string) {
	for _, w := range lexis.Fold(text) {
		m.words[w] = true
	}
}

// name notes the words of somebody's name.
func (m *mask) name(name string) {
	for _, w := range lexis.Fold(name) {
		if utf8.RuneCountInString(w) > 1 {
			m.names[w] = true
		}
	}
}

// email gives the sample that stands for an address, always the same. A domain that is a slip
// of a mail provider's stays, so that the slip is asked about again.
func (m *mask) email(address string) string {
	key := strings.ToLower(address)
	if s, ok := m.emails[key]; ok {
		return s
	}
	local, domain, _ := strings.Cut(key, "@")
	m.name(local)
	if suggestEmail(key) == "" {
		domain = "example.org"
	}
	s := m.first(len(m.emails)) + "@" + domain
	m.emails[key] = s
	return s
}

// person gives the sample that stands for a name.
func (m *mask) person(name string) string {
	m.name(name)
	key := strings.Join(lexis.Fold(name), " ")
	if s, ok := m.people[key]; ok {
		return s
	}
	first := m.first(len(m.people))
	s := strings.ToUpper(first[:1]) + first[1:] + " Example"
	m.people[key] = s
	return s
}

func (m *mask) first(n int) string {
	if n < len(firstNames) {
		return firstNames[n]
	}
	return fmt.Sprintf("person%d", n+1)
}

// answer gives what stands for an answer to a question about a fact.
func (m *mask) answer(kind factKind, text string) string {
	switch kind {
	case factEmail:
		if address, ok := findEmail(text); ok {
			return m.email(address)
		}
		return m.text(text) // it was refused, and will be again
	case factName:
		return m.person(text)
	}
	return samples[kind]
}

var (
	// phoneInText finds what has the digits of a telephone number.
	phoneInText = regexp.MustCompile(`\+?\(?\d(?:[\s().-]{0,2}\d){6,14}`)
	wordInText  = regexp.MustCompile(`[\p{L}\p{M}\p{N}_]+(?:['’ʼ` + "`" + `][\p{L}\p{M}\p{N}_]+)*`)
)

const samplePhone = "555-0100"

// text gives a text in which only the book's own words are left as they were.
func (m *mask) text(text string) string {
	var b strings.Builder
	rest := squeeze(text)
	for rest != "" {
		at := emailInText.FindStringIndex(rest)
		if at == nil {
			break
		}
		b.WriteString(m.plain(rest[:at[0]]))
		b.WriteString(m.email(rest[at[0]:at[1]]))
		rest = rest[at[1]:]
	}
	b.WriteString(m.plain(rest))
	// Brackets round the whole would make it a button.
	return strings.TrimSpace(strings.Trim(b.String(), "[]<>"))
}

// plain cleans a text without addresses.
func (m *mask) plain(text string) string {
	var b strings.Builder
	for text != "" {
		at := phoneInText.FindStringIndex(text)
		if at == nil {
			break
		}
		b.WriteString(wordInText.ReplaceAllStringFunc(text[:at[0]], m.word))
		b.WriteString(samplePhone)
		text = text[at[1]:]
	}
	b.WriteString(wordInText.ReplaceAllStringFunc(text, m.word))
	return b.String()
}

// word gives a word if it is one of the book's, the book's word it is a slip of, or a blank.
func (m *mask) word(w string) string {
	folded := lexis.Fold(w)
	if len(folded) == 0 {
		return blank
	}
	for _, f := range folded {
		switch {
		case m.names[f]:
			return blank
		case m.words[f] && !strings.ContainsFunc(f, unicode.IsDigit), len(f) <= 2 && isDigits(f):
		case len(folded) == 1:
			return m.mended(f)
		default:
			return blank
		}
	}
	return w
}

// mended gives the one word of the book that a long enough word is a letter away from.
func (m *mask) mended(w string) string {
	if utf8.RuneCountInString(w) < 6 || strings.ContainsFunc(w, unicode.IsDigit) {
		return blank
	}
	best := blank
	for known := range m.words {
		near := len(known) >= 5 && known[0] == w[0] && !m.names[known] && levenshtein.ComputeDistance(known, w) == 1
		if near && (best == blank || known < best) {
			best = known
		}
	}
	return best
}

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
}
