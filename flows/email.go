package flows

import (
	"net/mail"
	"regexp"
	"strings"

	"github.com/agnivade/levenshtein"
)

// emailInText finds an address among other words. It is narrower than RFC 5322 allows: people
// type plain addresses. [net/mail.ParseAddress] has the last word.
var emailInText = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)

// findEmail gives the one address in a text, with its domain in small letters. None, or two
// different ones, is false.
func findEmail(text string) (string, bool) {
	found := emailInText.FindAllString(text, -1)
	if len(found) == 0 {
		return "", false
	}
	for _, f := range found[1:] {
		if !strings.EqualFold(f, found[0]) {
			return "", false
		}
	}
	address := strings.TrimLeft(found[0], ".'")
	if _, err := mail.ParseAddress(address); err != nil || len(address) > 254 {
		return "", false
	}
	at := strings.LastIndexByte(address, '@')
	return address[:at] + strings.ToLower(address[at:]), true
}

// PlainEmail gives a text that is one e-mail address as people type it, and nothing else; its
// domain in small letters.
func PlainEmail(text string) (string, bool) {
	address, ok := findEmail(text)
	return address, ok && strings.EqualFold(address, strings.TrimSpace(text))
}

// mailDomains are mail providers people in Quebec and elsewhere use; only a domain close to one
// of these is questioned.
var mailDomains = []string{
	"gmail.com", "hotmail.com", "hotmail.ca", "hotmail.fr", "outlook.com", "outlook.fr", "live.com", "live.ca", "live.fr",
	"msn.com", "yahoo.com", "yahoo.ca", "yahoo.fr", "icloud.com", "me.com", "videotron.ca", "videotron.qc.ca",
	"bell.net", "sympatico.ca", "cogeco.ca", "cgocable.ca", "telus.net", "rogers.com", "shaw.ca",
	"protonmail.com", "proton.me", "aol.com", "gmx.com",
}

// slips are endings that exist nowhere, and what they stand for.
var slips = map[string]string{
	".con": ".com", ".cmo": ".com", ".ocm": ".com", ".comm": ".com", ".vom": ".com", ".xom": ".com", ".cim": ".com", ".coml": ".com",
}

// suggestEmail gives the likely spelling of an address whose domain looks mistyped, or "". It
// only ever suggests: a rare domain is somebody's own.
func suggestEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	local, domain := address[:at], strings.ToLower(address[at+1:])
	mended := domain
	for wrong, right := range slips {
		if strings.HasSuffix(mended, wrong) {
			mended = strings.TrimSuffix(mended, wrong) + right
		}
	}
	best, distance := "", 3
	for _, known := range mailDomains {
		if mended == known || domain == known {
			best = known
			break
		}
		// A short domain has many honest neighbours: me.com, ge.com.
		limit := 1
		if len(known) >= 9 {
			limit = 2
		}
		if len(known) < 8 {
			limit = 0
		}
		if d := levenshtein.ComputeDistance(mended, known); d <= limit && d < distance {
			best, distance = known, d
		}
	}
	if best == "" {
		best = mended
	}
	if best == domain {
		return ""
	}
	return local + "@" + best
}
