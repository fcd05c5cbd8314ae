package redact

import (
	"regexp"
	"strings"
)

var (
	tokenText = regexp.MustCompile(`xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|\bsk-[A-Za-z0-9_-]{16,}` +
		`|\b[spr]k_(?:live|test)_[A-Za-z0-9]{8,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bgh[a-z]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}` +
		`|\bglpat-[\w-]{16,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{20,}` +
		`|\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^•]*`)
	bearerText = regexp.MustCompile(`(?i)\b(?:bearer|authorization\s*[:=]\s*basic|basic)\s+([A-Za-z0-9._~+/=-]{8,})`)
	longText   = regexp.MustCompile(`[A-Za-z0-9_=+-]{28,}`)
	namedText  = regexp.MustCompile(`\b(?:api[ _-]?key|cle (?:d'|de l')?api|(?:access|refresh|auth|session|client)[ _-]?(?:token|id|key|secret)|token|jeton(?: d'acces| de session)?|secret|session|cookie|sid)\s*(?:is|est|c'est|=>?|:)\s*["']?([^\s"'•]{6,400})`)
	afterToken = regexp.MustCompile(`\b(?:token|jeton|cookie|session id)\s+([a-z0-9_=-]{10,400})`)
	uuidText   = regexp.MustCompile(`(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// tokenSecrets finds the keys of programs, by their usual beginnings or by their looks.
func tokenSecrets(spans []secretSpan, text string, f folded) []secretSpan {
	run := longestRun(text)
	if run >= 10 {
		for _, m := range tokenText.FindAllStringIndex(text, -1) {
			spans = append(spans, secretSpan{start: m[0], end: m[1]})
		}
	}
	if hasAny(f.low, "bearer", "basic") {
		spans = bearerSecrets(spans, text)
	}
	if hasAny(f.low, "key", "cle", "token", "jeton", "secret", "session", "cookie", "sid") {
		for _, m := range namedText.FindAllStringSubmatchIndex(f.low, -1) {
			if start, end := trimWord(f.low, m[2], m[3]); f.mixed(start, end) && !placeText.MatchString(f.low[start:end]) {
				spans = append(spans, f.cut(start, end))
			}
		}
	}
	if hasAny(f.low, "token", "jeton", "cookie", "session id") {
		for _, m := range afterToken.FindAllStringSubmatchIndex(f.low, -1) {
			if start, end := trimWord(f.low, m[2], m[3]); f.mixed(start, end) && !f.common(start, end) {
				spans = append(spans, f.cut(start, end))
			}
		}
	}
	if run < 28 {
		return spans
	}
	for _, m := range longText.FindAllStringIndex(text, -1) {
		// The number of a request is a UUID too, and the team asks for it.
		if v := text[m[0]:m[1]]; random(v, 28) && !uuidText.MatchString(v) {
			spans = append(spans, secretSpan{start: m[0], end: m[1]})
		}
	}
	return spans
}

// longestRun is the length of the longest piece without a blank.
func longestRun(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if run++; text[i] <= ' ' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

func bearerSecrets(spans []secretSpan, text string) []secretSpan {
	for _, m := range bearerText.FindAllStringSubmatchIndex(text, -1) {
		if v := text[m[2]:m[3]]; strings.ContainsAny(v, "0123456789") || len(v) >= 20 && v != strings.ToLower(v) {
			spans = append(spans, secretSpan{start: m[2], end: m[3]})
		}
	}
	return spans
}
