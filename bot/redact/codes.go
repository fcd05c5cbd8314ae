package redact

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	codeWord  = regexp.MustCompile(`\b(?:pass)?codes?\b|\b(?:pin|nip|otp|totp)\b`)
	codeOther = regexp.MustCompile(`\b(?:error|erreur|postal|zip|promo|country|area|qr|status|http|source|dress|response|exit|bar|discount|coupon|referral)s?[ -]*$`)
	codeFault = regexp.MustCompile(`\b(?:error|erreur|status|http)\b[^\n]{0,25}$`)
	codeKind  = regexp.MustCompile(`\b(?:verification|security|confirmation|activation|authentication|authenticator|recovery|backup|reset|login|log-?in|sign-?in|access|one[- ]?time|single[- ]use|temporary|temp|sms|text|2fa|mfa|otp|secret|google|validation|pin|nip)[ -]*$`)
	codeMore  = regexp.MustCompile(`^(?: *\([^()\n•]{0,20}\)| +(?:de |d'|du )(?:la |l')?(?:verification|validation|securite|connexion|confirmation|recuperation|acces|reinitialisation|secours|activation|authentification|texto|sms|courriel)` +
		`| +(?:temporaire|unique|secret|code|number|pin|nip|de passe|a usage unique)` +
		`| +(?:that |which )?(?:i|you|they|we)(?:'ve| have| just)? (?:got|received|sent|gave|typed|entered|was sent)(?: me| you)?` +
		`| +(?:que |qu')?(?:j'ai|vous m'avez|on m'a|ils m'ont|tu m'as) (?:recu|eu|envoye|donne|entre|tape)` +
		`| +(?:recu|envoye|received|sent)(?: to me| me)?| +(?:par|via|by|in|from|dans|on) (?:le |the |my |mon |un |an |a )?(?:texto|sms|courriel|e-?mail|mail|text(?: message)?|phone|message|telephone|cell)){0,4}`)
	codeIs    = regexp.MustCompile(`^\s*(?:(?:,? *(?:is|was|are|were|est|etait|sont|c'est|c est|cest|says|dit)\b)?\s*[:=]*>?)\s*(?:(?:le|the)\b *)?`)
	codeValue = regexp.MustCompile(`^["'«“(\[ #]{0,3}((?:g-)?\d{4,10}|(?:g-)?\d{2,4}(?:[ -]\d{2,4}){1,3}|[a-z0-9]{3,12}(?:-[a-z0-9]{3,12}){0,7})`)
	codeNext  = regexp.MustCompile(`^(?:[ ,;/\n]|and |et |or |ou ){1,6}`)
	codeAfter = regexp.MustCompile(`((?:g-)?\d{4,10}|\d{3}[ -]\d{3}) *(?:is|was|est|etait|c'est|,? ?as|comme) +(?:my|your|the|our|le|mon|ton|votre|notre|un|a)? *(?:[a-z]+ ){0,2}?code\b( *(?:d'erreur|postal|promo|client|d'etat))?`)
)

// codeSecrets finds codes that let somebody in once. A short number is one only where the text
// says so: "code 482913", "the code is 4829", but not "error code 1042".
func codeSecrets(spans []secretSpan, f folded) []secretSpan {
	for _, m := range codeWord.FindAllStringIndex(f.low, -1) {
		before := tailOf(f.low[:m[0]], 40)
		if codeOther.MatchString(before) {
			continue
		}
		word := f.low[m[0]:m[1]]
		certain := codeKind.MatchString(before) || !strings.HasPrefix(word, "code")
		rest, from := f.low[m[1]:], m[1]
		if n := len(codeMore.FindString(rest)); n > 0 {
			certain, rest, from = true, rest[n:], from+n
		}
		if is := codeIs.FindString(rest); is != "" {
			certain = certain || strings.TrimSpace(is) != ""
			rest, from = rest[len(is):], from+len(is)
		}
		certain = certain && !codeFault.MatchString(before)
		for range 20 { // a list of recovery codes
			v := codeValue.FindStringSubmatchIndex(rest)
			if v == nil || !codeLike(f.low, from+v[2], from+v[3], certain) {
				break
			}
			spans = append(spans, f.cut(from+v[2], from+v[3]))
			rest, from = rest[v[3]:], from+v[3]
			n := len(codeNext.FindString(rest))
			if n == 0 {
				break
			}
			rest, from = rest[n:], from+n
		}
	}
	for _, m := range codeAfter.FindAllStringSubmatchIndex(f.low, -1) {
		if m[4] < 0 && alone(f.low, m[2], m[3]) && !codeOther.MatchString(strings.TrimSuffix(f.low[m[3]:m[1]], "code")) {
			spans = append(spans, f.cut(m[2], m[3]))
		}
	}
	return spans
}

// codeLike says whether something that stands after "code" is one. Six digits always are.
func codeLike(low string, start, end int, certain bool) bool {
	v := low[start:end]
	digits := len(v) - len(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, v))
	switch {
	case !alone(low, start, end) || strings.HasPrefix(v, "lk-") || digits == 0:
		return false
	case digits >= 6:
		return true
	}
	return certain && (digits >= 4 || digits >= 1 && len(v) >= 6)
}

// tailOf is at most the last n bytes of a text.
func tailOf(s string, n int) string { return s[max(0, len(s)-n):] }
