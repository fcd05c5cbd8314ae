package flows

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Widths of letters in hundredths of the font size. They are those of a wide face: the reader's
// own is about a seventh narrower, and a text never leaves its card.
var letterWidths = func() map[rune]float64 {
	out := map[rune]float64{}
	for letters, w := range map[string]float64{
		"'": 28, "ijl": 28, "IJ": 30, " ,.": 32, "/:;\\|": 34, "f": 36, "-": 37, "()[]t": 40, "!": 40, "r": 42,
		"\"": 46, "*_`‘’·": 50, "sz": 53, "?": 54, "c": 55, "L": 56, "Fkvxy•": 59, "P": 61, "TYaeo": 62,
		"ESbdghnpqu$0123456789{}«»": 64, "KAV": 68, "BRXZ": 70, "CU": 73, "HNDG": 77, "&OQ": 79, "w": 82,
		"#+<=>^~→↩": 84, "M": 87, "%m": 97, "W@…—œ": 101, "“”–": 52,
	} {
		for _, r := range letters {
			out[r] = w
		}
	}
	return out
}()

// bold is how much wider bold letters are.
const bold = 1.13

// textWidth is how wide a line of text is at a font size.
func textWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range norm.NFD.String(s) {
		switch known, ok := letterWidths[r]; {
		case ok:
			w += known
		case unicode.Is(unicode.Mn, r):
		case r == '\u00a0':
			w += letterWidths[' ']
		case r < 0x1100:
			w += 75
		default: // the scripts of East Asia fill a square
			w += 105
		}
	}
	return w * size / 100
}

// wrap breaks a text into lines of a width, and cuts what is more than a number of lines.
// A space that does not break stays with its word.
func wrap(text string, size, width float64, most int) []string {
	var lines []string
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n") {
		line := ""
		for _, word := range strings.Split(paragraph, " ") {
			if line != "" && textWidth(line+" "+word, size) <= width {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for textWidth(word, size) > width {
				head := fitting(word, size, width)
				lines = append(lines, head)
				word = word[len(head):]
			}
			line = word
		}
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = fitting(lines[most-1], size, width-textWidth("…", size)) + "…"
	}
	return lines
}

// fitting is as much of the beginning of a text as fits a width, but never nothing.
func fitting(s string, size, width float64) string {
	for i := range s {
		if i > 0 && textWidth(s[:i], size) > width {
			cut := []rune(s[:i])
			if len(cut) > 1 {
				return string(cut[:len(cut)-1])
			}
			return s[:i]
		}
	}
	if textWidth(s, size) > width {
		rs := []rune(s)
		if len(rs) > 1 {
			return string(rs[:len(rs)-1])
		}
	}
	return s
}

// ellipsis cuts a text to a width.
func ellipsis(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	return strings.TrimRight(fitting(s, size, width-textWidth("…", size)), " ") + "…"
}
