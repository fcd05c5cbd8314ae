package slackchat

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kyokomi/emoji/v2"
)

// Slack writes a smiley that people pick as its name between colons, with the tone of the skin as a
// name of its own: ":+1::skin-tone-2:". Other channels know the sign alone.
// https://docs.slack.dev/messaging/formatting-message-text
var shortcode = regexp.MustCompile(`:([a-z0-9_+-]+):(?::skin-tone-([2-6]):)?`)

// flag is the name of a country's flag: two letters, of which each has a sign.
var flag = regexp.MustCompile(`^flag-([a-z])([a-z])$`)

// slacks are names of Slack's own.
var slacks = map[string]string{
	"simple_smile": "🙂",
	"smiling_face_with_smiling_eyes_and_hand_covering_mouth": "🤭",
}

// firstTone is the sign that makes a skin light, Slack's skin-tone-2; the others follow it.
const firstTone = 0x1F3FB

// emojis puts the signs in place of their names. Names that nobody knows are a workspace's own, and
// stay as they are written; so does what stands in an address, in code, or between digits.
func emojis(text string) string {
	if !strings.Contains(text, ":") {
		return text
	}
	var out strings.Builder
	from := 0
	for _, kept := range append(verbatim.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		writeEmojis(&out, text, from, kept[0])
		out.WriteString(text[kept[0]:kept[1]])
		from = kept[1]
	}
	return out.String()
}

func writeEmojis(out *strings.Builder, text string, from, to int) {
	for {
		m := shortcode.FindStringSubmatchIndex(text[from:to])
		if m == nil {
			break
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
		sign := signOf(text[m[2]:m[3]])
		before, _ := utf8.DecodeLastRuneInString(text[:m[0]])
		after, _ := utf8.DecodeRuneInString(text[m[1]:])
		if sign == "" || short(text[m[2]:m[3]]) && (wordly(before) || wordly(after)) {
			// The last colon may begin the next name.
			out.WriteString(text[from:m[3]])
			from = m[3]
			continue
		}
		out.WriteString(text[from:m[0]])
		if m[4] >= 0 {
			sign = toned(sign, firstTone+rune(text[m[4]]-'2'))
		}
		out.WriteString(sign)
		from = m[1]
	}
	out.WriteString(text[from:to])
}

// signOf gives the sign of a name, "" where there is none.
func signOf(name string) string {
	if s, ok := slacks[name]; ok {
		return s
	}
	if f := flag.FindStringSubmatch(name); f != nil {
		return string([]rune{regional(f[1]), regional(f[2])})
	}
	return emoji.CodeMap()[":"+name+":"]
}

func regional(letter string) rune { return '🇦' + rune(letter[0]-'a') }

// short says whether a name is so short that it may be no name where words touch it: "00:ab:12".
func short(name string) bool { return len(name) < 4 || strings.Trim(name, "0123456789") == "" }

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// toned gives a sign its skin: the tone stands after the first character, in place of the one that
// asks for colours.
func toned(sign string, tone rune) string {
	first, n := utf8.DecodeRuneInString(sign)
	return string(first) + string(tone) + strings.TrimPrefix(sign[n:], "\uFE0F")
}
