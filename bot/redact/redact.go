package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secretMark stands where a secret was.
const secretMark = "••••••"

// Redact takes out of a text what looks like a secret: passwords in the usual phrasings,
// one-time codes, links that open something, keys and tokens, numbers of cards, accounts and
// social insurance. It says whether it found any. The clean text is valid UTF-8, and cleaning
// it again changes nothing.
//
// It reads a text at most a few times from end to end, so that its time grows with the length
// of the text and not faster.
func Redact(text string) (clean string, found bool) {
	clean = strings.ToValidUTF8(text, "\uFFFD")
	given := clean
	// A mark changes what stands next to its neighbours, so another look can find more. Ordinary
	// texts need one look and one to confirm it; what is still changing after that many was made
	// to get through.
	for range 6 {
		next := redactOnce(clean)
		if next == clean {
			return clean, clean != given
		}
		clean = next
	}
	return secretMark, true
}

// secretSpan is a part of a text that has to go. Keep is the harmless beginning that is left
// of it, such as a link's host.
type secretSpan struct {
	start, end int
	keep       string
}

func redactOnce(text string) string {
	f := fold(text)
	var spans []secretSpan
	// Most texts have none of what a rule needs, and looking for that is much quicker.
	if strings.ContainsAny(text, "/?#") && strings.ContainsAny(text, ".:") {
		spans = linkSecrets(spans, text)
	}
	if strings.ContainsAny(text, "0123456789-_=+") {
		spans = tokenSecrets(spans, text, f)
	}
	if strings.ContainsAny(text, "0123456789") {
		spans = numberSecrets(spans, text, f)
		if hasAny(f.low, "code", "pin", "nip", "otp") {
			spans = codeSecrets(spans, f)
		}
	}
	spans = passwordSecrets(spans, f)
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b secretSpan) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	var b strings.Builder
	done := 0
	for _, s := range spans {
		if s.end <= done {
			continue
		}
		if s.start >= done {
			b.WriteString(text[done:s.start])
			b.WriteString(s.keep)
			b.WriteString(secretMark)
		}
		done = s.end
	}
	b.WriteString(text[done:])
	return b.String()
}

// folded is a text as the rules read it: lower case, without accents, with one kind of
// apostrophe and of blank. What a rule finds there is told in places of the text itself.
type folded struct {
	text string
	low  string
	at   []int // at[i] is where byte i of low comes from; one more for the end
	// shouted: there is no lower-case letter, so capitals mean nothing.
	shouted bool
}

// plainLetters pairs accented letters with the ones they are read as.
var plainLetters = func() map[rune]byte {
	m := map[rune]byte{'’': '\'', 'ʼ': '\'', '‘': '\'', '`': '\'', '\u00a0': ' ', '\u202f': ' ', '\u2009': ' ', '：': ':', '＝': '='}
	for plain, accented := range map[byte]string{'a': "àâäáãå", 'c': "ç", 'e': "éèêë", 'i': "îïíì", 'n': "ñ", 'o': "ôöóòõœ", 'u': "ùûüú", 'y': "ÿý"} {
		for _, r := range accented {
			m[r] = plain
		}
	}
	return m
}()

func fold(text string) folded {
	low := make([]byte, 0, len(text))
	at := make([]int, 0, len(text)+1)
	lower := false
	for i, r := range text {
		lower = lower || unicode.IsLower(r)
		r = unicode.ToLower(r)
		switch plain, ok := plainLetters[r]; {
		case ok:
			low, at = append(low, plain), append(at, i)
		case unicode.In(r, unicode.Mn, unicode.Cf):
			// Accents that stand alone, and what cannot be seen, must not hide a word.
		default:
			before := len(low)
			low = utf8.AppendRune(low, r)
			for range len(low) - before {
				at = append(at, i)
			}
		}
	}
	return folded{text: text, low: string(low), at: append(at, len(text)), shouted: !lower}
}

// cut is a part of the folded text, by its places there, as a span of the text.
func (f folded) cut(start, end int) secretSpan { return secretSpan{start: f.at[start], end: f.at[end]} }

// original is what was written where the folded text has start to end.
func (f folded) original(start, end int) string { return f.text[f.at[start]:f.at[end]] }

// alone says whether a part of a text is not the middle of a longer word.
func alone(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return !alnum(before) && !alnum(after)
}

func alnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Links.

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

// Keys and tokens.

var (
	tokenText = regexp.MustCompile(`xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|\bsk-[A-Za-z0-9_-]{16,}` +
		`|\b[spr]k_(?:live|test)_[A-Za-z0-9]{8,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bgh[a-z]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}` +
		`|\bglpat-[\w-]{16,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{20,}` +
		`|\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^•]*`)
	bearerText = regexp.MustCompile(`(?i)\b(?:bearer|authorization\s*[:=]\s*basic|basic)\s+([A-Za-z0-9._~+/=-]{8,})`)
	longText   = regexp.MustCompile(`[A-Za-z0-9_=+-]{28,}`)
	namedText  = regexp.MustCompile(`\b(?:api[ _-]?key|cle (?:d'|de l')?api|(?:access|refresh|auth|session|client)[ _-]?(?:token|id|key|secret)|token|jeton|secret|session|cookie|sid)\s*(?:is|est|c'est|=>?|:)\s*["']?([^\s"'•]{6,400})`)
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

// Numbers of cards, accounts and social insurance.

var (
	digitsText = regexp.MustCompile(`\d+(?:[ .\x{a0}\x{202f}-]\d+)*`)
	groupText  = regexp.MustCompile(`\d+`)
	ibanText   = regexp.MustCompile(`(?i)\b[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}`)
	sinWord    = regexp.MustCompile(`\b(?:sin|nas|(?:numero d')?assurance[ -]sociale|social insurance(?: number)?)[^\d\n•]{0,20}(\d{3}[ .-]?\d{3}[ .-]?\d{3})\b`)
	cardCode   = regexp.MustCompile(`\b(?:cvv2?|cvc2?|cryptogramme)[^\d\n•]{0,15}(\d{3,4})\b`)
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
	for _, rule := range []*regexp.Regexp{sinWord, cardCode} {
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
		if alone(text, start, end) && text[end-1] != ' ' && mod97(text[start:end]) == 1 {
			return end
		}
	}
	return 0
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

// One-time codes.

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

// Passwords.

var (
	passText = regexp.MustCompile(`pass ?words?|pass[- ]?phrases?|passcode|passwd|passwrd|pass?wor[dt]|pswd|pwd|psw|pw|mots? de pass?e?|mot[- ]de[- ]passe|motdepasse|mot de pase|mot passe|mdp|pass`)
	passMore = regexp.MustCompile(`^(?: *\([^()\n•\d]{0,24}\)| +(?:temp(?:orary|oraire)?|provisoire|actuel|initial|for now|(?:that |which )?(?:i|you|he|she|they)(?:'m|'ve| am| have| was| been){0,2} (?:use|using|used|been using|have|had|set|chose|tried|trying|typed?|typing|entered?|entering|got|received|given|sent|gave|put)(?: me)?` +
		`|(?:for|to|of|on|in|into) (?:the |my |your |our |this )?(?:app|account|application|site|website|web version|portal|log ?in|sign in|login|it|this)` +
		`|(?:que |qu')(?:j'utilise|j'ai (?:mis|essaye|recu|choisi|entre|tape|cree|utilise|eu)|je (?:tape|mets|rentre|entre|prends|me sers|utilise)|(?:vous m'avez|tu m'as|on m'a|il m'a|elle m'a) (?:donne|envoye))` +
		`|(?:pour|de|dans|sur|du) (?:l'|le |la |mon |ma |me |mes |votre )?(?:app|appli|application|compte|site|connecter|connexion|version web|portail))){0,4}`)
	passIs    = regexp.MustCompile(`^\s*(?:(?:(?:it )?(?:is|was|are|were|would be|should be)|'s|ses|c'est|c est|cest|est|etait|sera|serait|sont)\b ?:?|,? *c'est)\s*`)
	passMark  = regexp.MustCompile(`^\s*(?:[:=]+>?|=>|->|→|–>)\s*`)
	passTo    = regexp.MustCompile(`^\s+(?:to|as|pour|en|par|a|of|with|avec|,)\s+`)
	passOf    = regexp.MustCompile(`^\s+(?:for|of|from|de|du|pour)(?: [^\s,;!?•]+){1,5}? ?(?:\b(?:is|was|est|etait|c'est)\b|[:=])\s*`)
	passDash  = regexp.MustCompile(`^[-–—] +`)
	passNext  = regexp.MustCompile(`^[!*]*\s*(?:,|/|and|et|or|ou|pis|puis|then)\s+`)
	blanks    = regexp.MustCompile(`^\s+`)
	passThen  = regexp.MustCompile(`^(?:(?:not|now|still|actually|currently|probably|maybe|just|really|simply|always|supposed to be|set to|either|also|pas|plus|maintenant|toujours|encore|juste|bien|vraiment|peut-etre|normalement|actuellement|donc|cense etre|exactly|exactement) +){0,3}`)
	passLater = regexp.MustCompile(`\b(?:is|was|est|etait|as|comme|,? ?c'est|for|pour)\s+(?:my|the|our|your|his|her|mon|le|ton|votre|notre|son|leur|ma)?\s*(?:[a-z]+ )?$`)
	passPair  = regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s*(?:[/:|;,]|et|and|\bpw\b)\s*(\S{4,80})`)
	mailText  = regexp.MustCompile(`^[^\s@]+@[\w-]+(?:\.[\w-]+)+$`)
	placeText = regexp.MustCompile(`^(?:[a-z][a-z0-9+.-]*://|www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,6}(?:/|$))`)
	plainText = regexp.MustCompile(`^(?:v?\d+(?:[.,]\d+)*|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|\d{1,2}[:h]\d{0,2}|\d+(?:st|nd|rd|th|x|e|er|re|eme|ieme|min|h|s|am|pm|char|chars)|lk-\d+|[23]fa|mp3|h1` +
		`|(?:iphone|ipad|ios|android|windows|win|office|galaxy|pixel|macos|chrome|outlook|hotmail)-?\d+\w{0,3})$`)
	unitAfter = regexp.MustCompile(`^\s*(?:char|caract|letters?|lettres?|digits?|chiffres?|symbol|days?|jours?|times?|fois|years?|ans?\b|annees?|months?|mois|weeks?|semaines?|hours?|heures?|minutes?|secondes?|seconds?|of |sur |%|\+|-|or more|ou plus|signs?)`)
)

// passwordSecrets finds what is said to be a password. How much a word must look like one
// depends on what leads to it: after a colon any word that is not plainly part of a sentence
// goes, after "is" one with digits, capitals or symbols, and without a lead one with digits or
// symbols among letters.
func passwordSecrets(spans []secretSpan, f folded) []secretSpan {
	if strings.IndexByte(f.low, '@') >= 0 {
		for _, m := range passPair.FindAllStringSubmatchIndex(f.low, -1) {
			if start, end := trimWord(f.low, m[2], m[3]); f.mixed(start, end) && !mailText.MatchString(f.low[start:end]) {
				spans = append(spans, f.cut(start, end))
			}
		}
	}
	if !hasAny(f.low, "pas", "mot", "mdp", "pw", "psw") {
		return spans
	}
	done := 0
	for _, m := range passText.FindAllStringIndex(f.low, -1) {
		if m[0] < done || !alone(f.low, m[0], m[1]) || strings.HasPrefix(f.low[m[1]:], "_") {
			continue
		}
		if start, end, ok := passwordBefore(f, m[0]); ok {
			spans = append(spans, f.cut(start, end))
		}
		start, end, ok := passwordAfter(f, f.low[m[0]:m[1]], m[1])
		for ok {
			spans = append(spans, f.cut(start, end))
			done = end
			// "abc123 or abc124"
			s := &scan{f, end, min(len(f.low), end+longestValue)}
			if ok = s.skip(passNext); ok {
				start, end = trimWord(f.low, s.from, s.from+strings.IndexFunc(s.rest()+" ", unicode.IsSpace))
				ok = start < end && f.password(leadNothing, start, end)
			}
		}
	}
	return spans
}

func hasAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// lead is what stands between the word "password" and what may be one.
type lead int

const (
	leadNothing lead = iota // password X, changed the password to X, password for the app is X
	leadIs                  // password is X
	leadColon               // password: X, or in quotes after "is"
)

// longestValue bounds how far a look ahead goes, so that many of them stay cheap.
const longestValue = 256

// scan is a place in the text from which rules are tried.
type scan struct {
	f        folded
	from, to int
}

func (s *scan) rest() string { return s.f.low[s.from:s.to] }

func (s *scan) skip(rule *regexp.Regexp) bool {
	n := len(rule.FindString(s.rest()))
	s.from += n
	return n > 0
}

// passwordAfter finds the X of "password: X", where from is the end of the word password.
func passwordAfter(f folded, key string, from int) (start, end int, ok bool) {
	s := &scan{f, from, min(len(f.low), from+longestValue)}
	how, ok := s.lead()
	if !ok || key == "pass" && how == leadNothing {
		return 0, 0, false
	}
	s.skip(passDash)
	if open, n := utf8.DecodeRuneInString(s.rest()); strings.ContainsRune("\"'“«‹([<„", open) {
		s.from += n
		s.skip(blanks)
		if bracket := strings.ContainsRune("([<", open); !bracket || how != leadNothing {
			if !bracket && how == leadIs {
				how = leadColon
			}
			if start, end, closed := s.quoted(); closed {
				return start, end, f.quotedPassword(how, start, end)
			}
		}
	}
	word := s.rest()
	if i := strings.IndexFunc(word, unicode.IsSpace); i >= 0 {
		word = word[:i]
	}
	if strings.Contains(word, "•") {
		return 0, 0, false
	}
	start, end = trimWord(f.low, s.from, s.from+len(word))
	if start >= end || !f.password(how, start, end) {
		return 0, 0, false
	}
	if how == leadColon {
		end = passphrase(f.low, start, end)
	}
	if end >= s.to-8 { // the look ahead ended inside the word
		if n := strings.IndexFunc(f.low[end:], unicode.IsSpace); n >= 0 {
			return start, end + n, true
		}
		return start, len(f.low), true
	}
	return start, end, true
}

// lead reads up to where a password would begin. It is not ok where none can begin.
func (s *scan) lead() (how lead, ok bool) {
	s.skip(passMore)
	switch {
	case s.skip(passIs):
		how = leadIs
		if s.skip(passMark) {
			how = leadColon
		}
		s.skip(passThen)
	case s.skip(passMark):
		how = leadColon
		if s.skip(passIs) {
			s.skip(passMark)
		}
	case s.skip(passOf), s.skip(passTo), s.skip(blanks):
	default:
		// The end of a sentence, or of words in quotes; "password(X)" still counts.
		return leadNothing, strings.HasPrefix(s.rest(), "(")
	}
	return how, true
}

// quoted gives what stands up to the closing quote, if it is near.
func (s *scan) quoted() (start, end int, closed bool) {
	n := strings.IndexAny(s.rest(), "\"'”»›)]>\n")
	if n <= 0 || n > 80 {
		return 0, 0, false
	}
	return s.from, s.from + len(strings.TrimRight(s.rest()[:n], " ")), true
}

func (f folded) quotedPassword(how lead, start, end int) bool {
	text := f.low[start:end]
	if strings.Contains(text, "•") || text == "" || sentence(text) {
		return false
	}
	return how == leadColon || f.mixed(start, end) || f.capital(start, end)
}

// password says whether a word is one, after such a lead.
func (f folded) password(how lead, start, end int) bool {
	word, after := f.low[start:end], f.low[end:min(len(f.low), end+32)]
	mail := mailText.MatchString(word)
	number := plainText.MatchString(word)
	switch {
	case placeText.MatchString(word) && !mail:
		return false // a link; those that open something are found as such
	case onlyDigits(word):
		return how != leadNothing && len(word) >= 4 && !unitAfter.MatchString(after)
	case number && unitAfter.MatchString(after):
		return false
	case how == leadNothing:
		return !number && !mail && f.mixed(start, end)
	case slices.Contains(commonPasswords, word):
		return true
	case sentence(word):
		return false
	case how == leadColon:
		// "login / password: ann@example.org / …": passPair looks at what follows.
		return !mail
	}
	return mail || f.mixed(start, end) || f.capital(start, end)
}

// passwordBefore finds "hunter2 is my password".
func passwordBefore(f folded, key int) (start, end int, ok bool) {
	from := max(0, key-120)
	before := f.low[from:key]
	if !hasAny(tailOf(before, 40), " is", " was", " as", " est", " etait", "c'est", " comme", " for", " pour") {
		return 0, 0, false
	}
	m := passLater.FindStringIndex(before)
	if m == nil {
		return 0, 0, false
	}
	value := strings.TrimRight(before[:m[0]], " ,")
	begin := strings.LastIndexAny(value, " \t\r\n") + 1
	start, end = trimWord(f.low, from+begin, from+len(value))
	if start >= end || strings.Contains(f.low[start:end], "•") {
		return 0, 0, false
	}
	word := f.low[start:end]
	if mailText.MatchString(word) || placeText.MatchString(word) || plainText.MatchString(word) || sentence(word) {
		return 0, 0, false
	}
	return start, end, f.mixed(start, end)
}

// passphrase extends a password after a colon by the plain words that follow it up to the end
// of the line, as long as none of them belongs to a sentence.
func passphrase(low string, start, end int) int {
	line := low[start:min(len(low), start+longestValue)]
	if i := strings.IndexAny(line, "\n.,;!?•"); i >= 0 {
		line = line[:i]
	}
	words := strings.Fields(line)
	if len(words) < 2 || len(words) > 8 || start+len(line) < end {
		return end
	}
	for _, w := range words {
		if sentence(w) || !onlyLetters(w) {
			return end
		}
	}
	return start + len(strings.TrimRight(line, " "))
}

// trimWord leaves out the signs around a word that belong to the sentence. What may end a
// password, such as an exclamation mark after a digit, stays with it.
func trimWord(s string, start, end int) (int, int) {
	for start < end {
		r, n := utf8.DecodeRuneInString(s[start:end])
		if !strings.ContainsRune("\"'“”«»‹›()[]<>{},;:.…*", r) {
			break
		}
		start += n
	}
	for start < end {
		r, n := utf8.DecodeLastRuneInString(s[start:end])
		if !strings.ContainsRune("\"'“”«»‹›()[]<>{},;:.…?", r) {
			break
		}
		end -= n
	}
	if !strings.ContainsFunc(s[start:end], alnum) {
		return start, start
	}
	return start, end
}

// mixed says whether a word has letters together with digits or with signs that words do not
// have inside.
func (f folded) mixed(start, end int) bool {
	letters, digits, signs := 0, 0, 0
	for _, r := range strings.TrimRight(f.low[start:end], "!?*") {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		case strings.ContainsRune("!@#$%^&*_+=~|\\<>{}?", r):
			signs++
		}
	}
	return end-start >= 4 && letters+digits > 0 && (letters > 0 && digits > 0 || signs > 0 && letters+digits >= 3)
}

// capital says whether a word has a capital letter, in a text that has small ones too.
func (f folded) capital(start, end int) bool {
	return !f.shouted && strings.ContainsFunc(f.original(start, end), unicode.IsUpper)
}

func onlyDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func onlyLetters(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// sentence says whether a text begins as people go on after "password is" or "mot de passe :"
// when they do not tell it.
func sentence(s string) bool {
	word := s
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '-' }); i >= 0 {
		// "refused!!!" and "wrong/expired" are words, "hunter!2" is not.
		if strings.ContainsFunc(s[i:], func(r rune) bool { return unicode.IsDigit(r) }) && !strings.ContainsRune(" ", rune(s[i])) {
			return false
		}
		word = s[:i]
	}
	if ordinary[word] {
		return true
	}
	// "doesn't", "c'est", "can't", "l'ancien"
	head, tail, apostrophe := strings.Cut(word, "'")
	return apostrophe && onlyLetters(tail) && (len(head) <= 2 || len(tail) <= 2 || ordinary[head])
}

// commonPasswords are words without digit or capital that are passwords all the same.
var commonPasswords = strings.Fields(`password passw motdepasse qwerty qwertyuiop azerty azertyuiop letmein sunshine iloveyou
dragon monkey princess football hockey baseball superman batman trustno shadow master soleil doudou chouchou loulou bonjour
jetaime marseille canadiens nicolas camille admin welcome starwars pokemon abcdef asdfgh zxcvbn`)

// ordinary are the words that go on in a sentence about a password.
var ordinary = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
a about accepted actually again all also always an and any anymore app application are as ask asked at back bad be because been
before being blank blocked box broken but button by can cannot cant case cases change changed changing client cleared compromised
correct correctly could couldnt created deleted denied did didnt different disabled does doesnt doing done dont each email empty
enabled encrypted enough error even ever every exact exactly expired expires failed failing false field fine for forgot forgotten
form from frozen functional generated get gets getting given going gone good got great had hacked has hasnt hasn have havent he
hello help her here hers hey hi hidden his how i id identical if ill im impossible in incorrect incorrectly info instead invalid
invisible is isnt it its ive just keeps kept known last late leaked let like link linked locked long login lost match matches
matching me mine missing more my mandatory needed needs never new no none nope nor normal not nothing now obsolete of off ok okay
old on one only or other our out over page perfect please pls plus possible private problem protected proper put question really
received refused rejected remembered required reset resets resetted right safe same saved saying says screen secure sensitive sent
she should shown short shows simple since so some somehow someone something sorry still stolen stored strong stuck stupid such sure
system temporary than thank thanks that the their them then there they thing this though through to today too tried true try trying
two type typed unable unchanged under unknown until unsafe unusable unvalid up updated us use used useless user username users
using valid very visible want was wasnt we weak weird well were what whatever when where whether which while who why will with
without won wont working works would wrong yes yet you your yours issue issues trouble failure reused shared sending wants way
confidential unaccepted unrecognized unrecognised recognized recognised necessary available unavailable ready set hard easy fixed
okay alright annoying apparently asking autofilled automatic case-sensitive copied crazy cursed dead definitely difficult
dit donc
abandonne accepte acceptee accessible activer actif adresse afin ai aide alors ancien annule apparemment appli apres
arrete au aucun aucune aujourd aussi autre aux avant avec avez avoir besoin bien bizarre bloque bloquee bon bonne brise c ca
cache car case ce cela celle celui cense ces cet cette champ change changee changer chaque chez clair client cliente clients
comme comment complexe compris compromis connu consigne conforme conserve copie correct correcte correctement court cree d dans de
deja demande depuis des desactive different dit dois doit donne du echec echoue efface egalement elle elles en encore enregistre
ensuite entre envoye erreur errone erronee est et etait ete etes etre eux exact exacte exige expire expiree facile faible fait
faut faux ferme fige fonctionne fonctionnel fonctionnelle fort gele genere grave hier ici identique il ils impossible inaccessible
incorrect incorrecte inexact inconnu incomplet indique inexistant inutile invalide invisible j jamais je juste l la laisse le lequel
les leur lien lors lui m ma mais mal maintenant manquant marche marchait masque mauvais mauvaise me meme memes merci mes mettre mien
mis modifie moi moins mon n ne necessaire ni non nos notre nous nouveau nouvelle nul oblige obligatoire on ont ou oubli oublie
oubliee oui par parce pareil partage partout pas passe perdu perdue personne perime pirate plait plus possible pour pourquoi
pourtant pourri presque prive probleme professionnel puis qu quand que quel quelle quelque quelqu qui quoi rate recommence reconnu
recu redemande refuse refusee regle reinitialise reinitialiser reinitialisation rejete rejetee remplace requis reste rien s sa sais
sans sauvegarde se secret securitaire sera ses seul seulement si sinon son sont sous souvent suffisant suis supprime sur svp t ta
tape te temporaire tes toi ton toujours tous tout toute tres trop trouve tu un une unique utilise mot mots password passwords valable valide verifie veux vide
viens voici voila voir vole vos votre vous vrai vraiment vu y actuel different differents ecran message technique
obsolete`) {
		m[w] = true
	}
	return m
}()
