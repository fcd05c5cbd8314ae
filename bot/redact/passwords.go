package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
