package main

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// canary is a message with secrets made up for it, so that each can be told from all others
// wherever it turns up. Before is what the same person says first; often nothing.
type canary struct {
	before, text string
	secrets      []string
}

// canaries make messages in the phrasings of the lists of bot/redact, with other secrets of the
// same looks, and with what people say before and after. A seed gives always the same.
type canaries struct {
	*rand.Rand
	phrasings []string // "my password is {Hunter2|kitty-99}"
	talks     [][2]string
	// harmless are sentences that have to stay as they are.
	harmless []string
}

func newCanaries(t *testing.T, seed uint64) *canaries {
	t.Helper()
	c := &canaries{Rand: rand.New(rand.NewPCG(seed, seed))}
	read := func(name string) (lines []string) {
		data, err := os.ReadFile(filepath.Join("bot", "redact", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "# ") {
				lines = append(lines, strings.ReplaceAll(line, `\n`, "\n"))
			}
		}
		return lines
	}
	for _, lang := range []string{"en", "fr"} {
		c.phrasings = append(c.phrasings, read("secrets."+lang+".txt")...)
		c.harmless = append(c.harmless, read("harmless."+lang+".txt")...)
	}
	for _, line := range read("after.txt") {
		// What the bot says in between is its own; only what people said themselves counts here.
		at := strings.SplitN(line, "|", 3)
		before, text := strings.TrimSpace(at[0]), strings.TrimSpace(at[2])
		if strings.Contains(text, "{") && before != "hello" && before != "allô" {
			c.talks = append(c.talks, [2]string{before, text})
		}
	}
	return c
}

// decoration is what people say around it.
var decoration = struct{ before, after []string }{
	[]string{"", "", "", "hi, ", "hello\n", "allô, ", "bonjour!\n", "please help. ", "ok so ", "bon ben "},
	[]string{"", "", "", "", ".", " !!", "\nthanks", "\nmerci", ". It does not work.", ". Ça marche pas."},
}

var secretIn = regexp.MustCompile(`\{([^{}]*)\}`)

// next makes a message. Every sixth has something said before it.
func (c *canaries) next() canary {
	var k canary
	phrasing := c.phrasings[c.IntN(len(c.phrasings))]
	if c.IntN(6) == 0 {
		talk := c.talks[c.IntN(len(c.talks))]
		k.before, phrasing = talk[0], talk[1]
	}
	which := c.IntN(2)
	text := secretIn.ReplaceAllStringFunc(phrasing, func(in string) string {
		of := strings.Split(in[1:len(in)-1], "|")
		s := c.like(of[min(which, len(of)-1)])
		k.secrets = append(k.secrets, s)
		return s
	})
	if k.before == "" {
		after := decoration.after[c.IntN(len(decoration.after))]
		if r := []rune(text); unicode.IsPunct(r[len(r)-1]) {
			after = ""
		}
		text = decoration.before[c.IntN(len(decoration.before))] + text + after
	}
	k.text = text
	return k
}

var (
	cardLike   = regexp.MustCompile(`^[3-6]\d{3}(?:[ -]?\d{2,6}){2,4}$`)
	sinLike    = regexp.MustCompile(`^\d{3}[ -]?\d{3}[ -]?\d{3}$`)
	ibanLike   = regexp.MustCompile(`^([A-Z]{2})\d{2}(.{11,})$`)
	groupsLike = regexp.MustCompile(`^(?:[A-Z]{4}(?: [A-Z]{4})+|[a-z]{4}(?: [a-z]{4}){2,})$`) // a code in groups, not a few words
	marked     = regexp.MustCompile(`^(?:sk-proj-|AKIA|eyJhbGciOiJIUzI1NiJ9\.|ya29|G-)`)
)

// like makes a secret that looks like another: letters for letters, digits for digits, and a
// number that checks where the other does.
func (c *canaries) like(s string) string {
	fixed := marked.FindString(s)
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
	switch {
	case cardLike.MatchString(s) && len(digits) >= 13, sinLike.MatchString(s) && len(digits) == 9 && checks(digits):
		fixed = s[:1]
		for {
			if made := c.shape(s, fixed); checks(made) {
				return made
			}
		}
	case ibanLike.MatchString(s) && len(s) > 14:
		m := ibanLike.FindStringSubmatch(s)
		rest := c.shape(m[2], "")
		plain := strings.ReplaceAll(rest, " ", "") + m[1] + "00"
		number := ""
		for _, r := range plain {
			if unicode.IsLetter(r) {
				number += fmt.Sprint(unicode.ToUpper(r) - 'A' + 10)
			} else {
				number += string(r)
			}
		}
		n, _ := new(big.Int).SetString(number, 10)
		return fmt.Sprintf("%s%02d%s", m[1], 98-n.Mod(n, big.NewInt(97)).Int64(), rest)
	}
	if !strings.ContainsFunc(s, unicode.IsDigit) && !strings.ContainsAny(s, "!#&-_") && !groupsLike.MatchString(s) {
		return c.word(s)
	}
	return c.shape(s, fixed)
}

// shape gives other letters and digits of the same kinds. The beginning may be fixed.
func (c *canaries) shape(s, fixed string) string {
	const consonants = "bcdfgjklmnpqrstvwxz" // without vowels it is no word
	out, first := []rune(fixed), true
	for _, r := range s[len(fixed):] {
		switch {
		case unicode.IsDigit(r):
			if r = rune('0' + c.IntN(10)); first && fixed == "" || r == '0' {
				r = rune('1' + c.IntN(9))
			}
		case unicode.IsUpper(r):
			r = unicode.ToUpper(rune(consonants[c.IntN(len(consonants))]))
		case unicode.IsLower(r):
			r = rune(consonants[c.IntN(len(consonants))])
		}
		first = false
		out = append(out, r)
	}
	return string(out)
}

// word makes plain words, with capitals where the others have them. They end as names do, and not
// as "refused" or "illisible".
func (c *canaries) word(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		made := "zq"
		for range 3 {
			made += string("bdgkmnprv"[c.IntN(9)]) + string("aou"[c.IntN(3)])
		}
		made += string("kmp"[c.IntN(3)])
		switch {
		case w == strings.ToUpper(w):
			made = strings.ToUpper(made)
		case unicode.IsUpper([]rune(w)[0]):
			made = strings.ToUpper(made[:1]) + made[1:]
		}
		words[i] = made
	}
	return strings.Join(words, " ")
}

// checks is the check digit of cards and social insurance numbers.
func checks(s string) bool {
	sum, n := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if n%2 == 1 {
			d = d*2%10 + d*2/10
		}
		sum, n = sum+d, n+1
	}
	return sum%10 == 0
}

// pieces are the parts of a secret by which it is known where it turns up: with signs cut out, and
// long enough that nothing else looks like them.
func pieces(secret string) (all []string) {
	for _, p := range append(strings.FieldsFunc(secret, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), secret) {
		p = strings.TrimSpace(p)
		onlyDigits := !strings.ContainsFunc(p, func(r rune) bool { return r < '0' || r > '9' })
		hasDigit := strings.ContainsFunc(p, unicode.IsDigit)
		if len(p) >= 6 && (hasDigit || len(p) >= 8) && !slices.Contains([]string{"eyJhbGciOiJIUzI1NiJ9"}, p) && !(onlyDigits && len(p) < 6) {
			all = append(all, strings.ToLower(p))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// snare finds canaries in anything.
type snare struct {
	by  map[string][]string // pieces by their first six bytes
	may []uint64            // a bit for each hash of four bytes that begins one: nearly nothing passes
}

func newSnare(all []canary) *snare {
	n := &snare{by: map[string][]string{}, may: make([]uint64, 1<<14)}
	for _, k := range all {
		for _, s := range k.secrets {
			for _, p := range pieces(s) {
				n.add(p)
			}
		}
	}
	return n
}

func (n *snare) add(piece string) {
	h := hash4(piece)
	n.may[h>>6] |= 1 << (h & 63)
	if !slices.Contains(n.by[piece[:6]], piece) {
		n.by[piece[:6]] = append(n.by[piece[:6]], piece)
	}
}

func hash4(s string) uint32 {
	return (uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24) * 2654435761 >> 12
}

// foldings are what files do to words: the breaks of mails, the escapes of JSON.
var foldings = []struct{ from, to string }{{"=\r\n", ""}, {"=\n", ""}, {`\n`, "\n"}, {`\t`, "\t"}, {`\"`, `"`}, {"=3D", "="}, {"&amp;", "&"}}

// find gives the canaries that stand in a text. A number that is part of a longer one, or of an id,
// is none.
func (n *snare) find(data []byte) (all []string) {
	data = slices.Clone(data)
	for _, f := range foldings {
		data = bytes.ReplaceAll(data, []byte(f.from), []byte(f.to))
	}
	for i, b := range data {
		if 'A' <= b && b <= 'Z' {
			data[i] = b + 'a' - 'A'
		}
	}
	text := string(data)
	digit := func(i int) bool { return i >= 0 && i < len(text) && '0' <= text[i] && text[i] <= '9' }
	number := func(i int) bool { // also over a decimal point
		return digit(i) || i >= 0 && i < len(text) && ('a' <= text[i] && text[i] <= 'f' || text[i] == '.' && digit(i-1) && digit(i+1))
	}
	for i := 0; i+6 <= len(text); i++ {
		if h := hash4(text[i:]); n.may[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		for _, p := range n.by[text[i:i+6]] {
			end := i + len(p)
			if !strings.HasPrefix(text[i:], p) || digit(i) && number(i-1) || digit(end-1) && number(end) {
				continue
			}
			all = append(all, p)
		}
	}
	return all
}

// The snare catches what it is to catch, in the shapes in which files keep it.
func TestTheSnare(t *testing.T) {
	n := newSnare([]canary{{secrets: []string{"Kxz482!", "771 304", "771304", "zqbadok", "4111 1111 1111 1111"}}})
	for text, want := range map[string]int{
		"xKXZ482y": 1, `{"t":"\nkxz482"}`: 1, "kxz=\r\n482": 1, "code 771304.": 1, "771 304": 1, "17713042": 0, "1.771304": 0, "e771304": 0,
		"zqbadok": 0, "nothing": 0, "4111 1111 1111 1111": 1,
	} {
		if got := n.find([]byte(text)); len(got) != want {
			t.Errorf("%q: %q, want %d", text, got, want)
		}
	}
	if n := newSnare([]canary{{secrets: []string{"Zqbadokum"}}}); len(n.find([]byte("a zqbadokum b"))) != 1 {
		t.Error("a word is not found")
	}
}
