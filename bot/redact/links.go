package redact

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	linkText  = regexp.MustCompile(`(?i)(?:[a-z][a-z0-9+.-]{1,20}://[^\s<>"“”«»]+|(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{2,5})?[/?#][^\s<>"“”«»]+)`)
	openingIn = regexp.MustCompile(`(?i)reset|reinit|r%C3%A9init|password|passwd|motdepasse|mot-de-passe|invit|activat|activer|verif|confirm|magic|unlock|recover|recup|sso|oauth|one-?time|auth`)
	secretKey = regexp.MustCompile(`(?i)^(?:.*(?:token|jeton|secret|password|passwd|pwd|mdp|signature|api_?key|session|invit|otp|nonce|ticket).*|code|key|cle|sig|auth|hash|sid|jwt|t|k|pw|pass)$`)
)

// linkSecrets finds links that open something for whoever has them. Scheme and host stay: the
// team may want to know where it led.
func linkSecrets(spans []secretSpan, text string) []secretSpan {
	for _, m := range linkText.FindAllStringIndex(text, -1) {
		link := strings.TrimRight(text[m[0]:m[1]], ".,;:!?)]}'’…")
		scheme, rest := "", link
		if i := strings.Index(link, "://"); i >= 0 {
			scheme, rest = link[:i+3], link[i+3:]
		}
		host, tail := rest, ""
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			host, tail = rest[:i], rest[i:]
		}
		user := strings.LastIndexByte(host, '@')
		if user >= 0 && scheme != "" || opens(tail) {
			spans = append(spans, secretSpan{m[0], m[0] + len(link), scheme + host[user+1:] + "/"})
		}
	}
	return spans
}

// opens says whether what follows a link's host carries a secret.
func opens(tail string) bool {
	opening := false // a word such as "reset" was passed
	for _, part := range strings.FieldsFunc(tail, func(r rune) bool { return strings.ContainsRune("/?#&;", r) }) {
		key, value, pair := strings.Cut(part, "=")
		if !pair {
			value = part
		}
		if strings.Contains(value, "•") {
			continue
		}
		switch {
		case random(value, 12):
			return true
		case pair && value != "" && secretKey.MatchString(key) && (len(value) >= 6 || strings.ContainsAny(value, "0123456789")):
			return true
		case opening && len(value) >= 6 && strings.ContainsAny(value, "0123456789") && !strings.Contains(value, "@"):
			return true
		}
		opening = opening || openingIn.MatchString(part)
	}
	return false
}

// random says whether a text of at least so many characters looks thrown together: its letters
// and digits, or capitals and small letters, change more often than in words and numbers.
func random(s string, least int) bool {
	if len(s) < least {
		return false
	}
	const none, digit, small, capital = 0, 1, 2, 3
	digits, cases, letters, last := 0, 0, 0, none
	for i := range len(s) {
		class := none
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			class = digit
		case 'a' <= c && c <= 'z':
			class = small
		case 'A' <= c && c <= 'Z':
			class = capital
		case c >= utf8.RuneSelf:
			return false
		}
		if class > digit {
			letters++
		}
		if class != none && last != none && class != last {
			if class == digit || last == digit {
				digits++
			} else {
				cases++
			}
		}
		last = class
	}
	return digits >= 4 || len(s) >= 20 && digits+cases >= 3 && (digits+cases)*100 >= 35*letters
}
