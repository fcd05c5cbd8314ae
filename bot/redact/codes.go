package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	codeWord  = regexp.MustCompile(`\b(?:pass)?codes?\b|\bverification number\b|\bnumero de (?:verification|confirmation)\b|\b(?:pin|nip|otp|totp|2fa|mfa|a2f)\b|\b(?:text message|texto|sms|authenticator|(?:app\w* )?d'authentification|authentificateur)\b`)
	codeOther = regexp.MustCompile(`\b(?:error|erreur|postal|zip|promo|country|area|qr|status|http|source|dress|response|exit|bar|discount|coupon|referral)s?[ -]*$`)
	codeFault = regexp.MustCompile(`\b(?:error|erreur|status|http)\b[^\n]{0,25}$`)
	codeKind  = regexp.MustCompile(`\b(?:verification|security|confirmation|activation|authentication|authenticator|recovery|backup|reset|login|log-?in|sign-?in|access|one[- ]?time|single[- ]use|temporary|temp|sms|text|2fa|mfa|otp|secret|google|validation|pin|nip)[ -]*$`)
	codeMore  = regexp.MustCompile(`^(?: *\([^()\n•]{0,20}\)| +(?:de |d'|du )(?:la |l')?(?:verification|validation|securite|connexion|confirmation|recuperation|acces|reinitialisation|secours|activation|authentification|texto|sms|courriel)` +
		`| +(?:a|de) (?:\d|quatre|six|huit) chiffres| +(?:au dos|on the back)(?: (?:de|of) (?:la|the|my|ma) (?:carte|card))?| +(?:temporaire|unique|secret|code|number|pin|nip|de passe|a usage unique)` +
		`| +(?:that |which )?(?:i|you|they|we)(?:'ve| have| just)? (?:got|received|sent|gave|typed|entered|was sent|texted|e?-?mailed)(?: me| you)?` +
		`| +(?:que |qu')?(?:j'ai|vous m'avez|on m'a|ils m'ont|tu m'as) (?:recu|eu|envoye|donne|entre|tape)` +
		`| +(?:recu|envoye|received|sent)(?: to me| me)?| +(?:par|via|by|in|from|dans|on) (?:le |the |my |mon |un |an |a )?(?:texto|sms|courriel|e-?mail|mail|text(?: message)?|phone|message|telephone|cell)){0,4}`)
	codeIs    = regexp.MustCompile(`^\s*(?:(?:,? *(?:is|was|are|were|est|etait|sont|c'est|c est|cest|said|says?|shows?|dit|disait|montre|affiche)\b)?\s*[:=]*>?)\s*(?:(?:le|the)\b *)?`)
	codeValue = regexp.MustCompile(`^["'«“(\[ #]{0,3}((?:g-)?\d{4,10}|(?:g-)?\d{2,4}(?:[ -]\d{2,4}){1,3}|[a-z0-9]{3,12}(?:-[a-z0-9]{3,12}){0,7})`)
	codeTold  = regexp.MustCompile(`\b(?:typ(?:e|ed|ing)(?: in)?|enter(?:ed|ing)?|put(?: in)?|received|got|gives?|gave(?: me)?|recu|entre[rz]?|tape[rz]?|mis|mets|rentre[rz]?|donne|said|says|dit),?:? +["'(]?((?:g-)?\d{6,8}|\d{3}[ -]\d{3})`)
	// codeNumber says that a number has another use: codes of errors and shops, phones.
	codeNumber = regexp.MustCompile(`\b(?:error|erreur|status|http|order|commande|postal|zip|promo|phone|telephone|numero|number|ticket|billet|invoice|facture)\b`)
	dateText   = regexp.MustCompile(`^(?:19|20)\d{2}[ -]?\d{2}[ -]?\d{2}$|^\d{1,2}[ -]\d{1,2}[ -](?:19|20)\d{2}$`)
	verifying  = regexp.MustCompile(`verification number|numero de (?:verification|confirmation)`)
	codeNext   = regexp.MustCompile(`^(?:[ ,;/\n]|and |et |or |ou ){1,6}`)
	codeAfter  = regexp.MustCompile(`((?:g-)?\d{4,10}|\d{3}[ -]\d{3}) *(?:is|was|est|etait|,? ?c'est|,? ?as|comme|,? ?that'?s|,? ?here'?s|,? ?voila|,? ?voici|\(|<-+) *(?:my|your|the|our|le|mon|ton|votre|notre|un|a)? *(?:[a-z]+ ){0,2}?code\b( *(?:d'erreur|postal|promo|client|d'etat))?`)
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
	spans = toldCodes(spans, f, codeWord.FindAllStringIndex(f.low, -1))
	for _, m := range codeAfter.FindAllStringSubmatchIndex(f.low, -1) {
		if m[4] < 0 && alone(f.low, m[2], m[3]) && !codeOther.MatchString(strings.TrimSuffix(f.low[m[3]:m[1]], "code")) {
			spans = append(spans, f.cut(m[2], m[3]))
		}
	}
	return spans
}

// toldCodes finds six digits or more that somebody typed or got, in a line that speaks of a code:
// "I enter 482913 and it says wrong code".
func toldCodes(spans []secretSpan, f folded, words [][]int) []secretSpan {
	if codeNumber.MatchString(verifying.ReplaceAllString(f.low, "")) {
		return spans // numbers of errors and orders
	}
	if !everywhere(words, len(f.low)) {
		spans = oddCodes(spans, f, words)
	}
	for _, m := range codeTold.FindAllStringSubmatchIndex(f.low, -1) {
		if alone(f.low, m[2], m[3]) && nearAny(f.low, words, m[2], m[3]) {
			spans = append(spans, f.cut(m[2], m[3]))
		}
	}
	return spans
}

// oddCodes finds numbers of six to eight digits beside the word code, whatever stands between.
func oddCodes(spans []secretSpan, f folded, words [][]int) []secretSpan {
	for _, m := range digitsText.FindAllStringIndex(f.low, -1) {
		run := f.low[m[0]:m[1]]
		digits := strings.NewReplacer(" ", "", "-", "").Replace(run)
		if len(digits) < 6 || len(digits) > 8 || !onlyDigits(digits) || dateText.MatchString(run) || !alone(f.low, m[0], m[1]) {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(f.low[:m[0]]); !strings.ContainsRune("-#+$", before) && withinAny(f.low, words, m[0], m[1], nearer) {
			spans = append(spans, f.cut(m[0], m[1]))
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
