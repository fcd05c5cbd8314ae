package redact

import (
	"regexp"
	"slices"
	"strings"
)

var (
	digitsText = regexp.MustCompile(`\d+(?:[ .\x{a0}\x{202f}-]\d+)*`)
	groupText  = regexp.MustCompile(`\d+`)
	ibanText   = regexp.MustCompile(`(?i)\b[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}`)
	sinWord    = regexp.MustCompile(`\b(?:sin|nas|(?:numero d')?assurance[ -]sociale|social insurance(?: number)?)[^\d\n•]{0,20}(\d{3}[ .-]?\d{3}[ .-]?\d{3})\b`)
	// ssnText is the number of the United States, which has no digit that checks it.
	ssnText  = regexp.MustCompile(`\b(?:ssn|social security(?: (?:number|no|num|#))?|(?:numero de )?securite sociale)[^\d\n•]{0,20}(\d{3}[ .-]?\d{2}[ .-]?\d{4})\b`)
	cardCode = regexp.MustCompile(`\b(?:cvv2?|cvc2?|cryptogramme|code (?:au dos|on the back))[^\d\n•]{0,15}(\d{3,4})\b`)
)

func numberSecrets(spans []secretSpan, text string, f folded) []secretSpan {
	for _, m := range digitsText.FindAllStringIndex(text, -1) {
		groups := groupText.FindAllStringIndex(text[m[0]:m[1]], -1)
		for i := 0; i < len(groups); {
			if n := cardGroups(text[m[0]:m[1]], groups[i:]); n > 0 {
				spans = append(spans, secretSpan{start: m[0] + groups[i][0], end: m[0] + groups[i+n-1][1]})
				i += n
				continue
			}
			i++
		}
		if v := text[m[0]:m[1]]; len(groups) == 3 && len(v) >= 11 && threes(groups) && luhn(v) && !strings.HasSuffix(text[:m[0]], "+") {
			spans = append(spans, secretSpan{start: m[0], end: m[1]})
		}
	}
	for _, m := range ibanText.FindAllStringIndex(text, -1) {
		if end := ibanEnd(text, m[0], m[1]); end > 0 {
			spans = append(spans, secretSpan{start: m[0], end: end})
		}
	}
	for _, rule := range []*regexp.Regexp{sinWord, ssnText, cardCode} {
		for _, m := range rule.FindAllStringSubmatchIndex(f.low, -1) {
			spans = append(spans, f.cut(m[2], m[3]))
		}
	}
	return spans
}

// cardGroups says how many of the groups of digits, from the first on, are a card's number.
// Cards are written in groups of four and more; a list of telephone numbers is not.
func cardGroups(s string, groups [][]int) int {
	digits, best := 0, 0
	for i, g := range groups {
		digits += g[1] - g[0]
		if digits > 19 || i > 0 && groups[i-1][1]-groups[i-1][0] < 4 {
			break
		}
		if digits >= 13 && strings.ContainsRune("23456", rune(s[groups[0][0]])) && luhn(s[groups[0][0]:g[1]]) {
			best = i + 1
		}
	}
	return best
}

func threes(groups [][]int) bool {
	return !slices.ContainsFunc(groups, func(g []int) bool { return g[1]-g[0] != 3 })
}

// luhn checks the digit by which cards and social insurance numbers guard against slips.
func luhn(s string) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return sum%10 == 0
}

// ibanEnd is where an account number that begins at start ends, 0 if there is none: words may
// follow it, which look like more of it.
func ibanEnd(text string, start, end int) int {
	for ; end-start >= 15; end-- {
		if alone(text, start, end) && text[end-1] != ' ' && countDigits(text[start:end]) >= 8 && mod97(text[start:end]) == 1 {
			return end
		}
	}
	return 0
}

// countDigits counts: an account number is mostly digits, "Or2026 est disparu" is not.
func countDigits(s string) (n int) {
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' {
			n++
		}
	}
	return n
}

func mod97(s string) int {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	n := 0
	for _, r := range s[4:] + s[:4] {
		if r >= 'A' {
			n = (n*100 + int(r-'A') + 10) % 97
		} else {
			n = (n*10 + int(r-'0')) % 97
		}
	}
	return n
}
