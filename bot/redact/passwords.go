package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// The last line are the answers to the question that stands in for a password, and the keys
	// that let somebody in who has lost theirs.
	passText = regexp.MustCompile(`pass ?words?|pass[- ]?phrases?|passcode|passwd|p[as]{0,2}s{1,3}w(?:o+r?[dt]|rod|a?rd|erd|or)s?|p[as]s{1,2}owr?d|pas{1,2}ord|apssword|p[a@4][s$5]{1,2}w[o0*]r?d|pswd|pwd|psw|pw|p/w` +
		`|mots?[ -]?(?:de?|2)?[ -]?(?:pas{1,3}e|pase|pass)s?|mo d?e? ?pas{1,2}e|m\.d\.p\.?|mdp|passe?` +
		`|(?:security|secret) answer|answer to (?:my|the) (?:security|secret) question|reponse (?:a (?:ma|la) question )?(?:secrete|de securite)` +
		`|(?:recovery|backup|security) (?:key|phrase)|cle de (?:recuperation|secours|securite)`)
	passMore = regexp.MustCompile(`^(?: *\([^()\n•\d]{0,24}\)| +(?:temp(?:orary|oraire)?\b|provisoire|a usage unique|actuel|initial|for now|(?:that |which )?(?:i|you|he|she|they)(?:'m|'ve| am| have| was| been){0,2} (?:use|using|used|been using|have|had|set|chose|tried|trying|typed?|typing|entered?|entering|got|received|given|sent|gave|put|e?-?mailed|texted|wrote)(?: me)?` +
		`|(?:for|to|of|on|in|into) (?:the |my |your |our |this )?(?:application|app|account|site|website|web version|portal|log ?in|sign in|login|it|this)` +
		`|(?:que |qu')(?:j'utilise|j'ai\b(?: (?:mis|essaye|recu|choisi|entre|tape|cree|utilise|eu)\b)?|je (?:tape|mets|rentre|entre|prends|me sers|utilise)|(?:vous m'avez|tu m'as|on m'a|il m'a|elle m'a|ils m'ont|elles m'ont) (?:donne|envoye))` +
		`|(?:pour|de|dans|sur|du) (?:l'|le |la |mon |ma |me |mes |votre )?(?:application|appli|app|compte|site|connecter|connexion|version web|portail))){0,4}`)
	passIs    = regexp.MustCompile(`^\s*(?:(?:(?:it )?(?:(?:ha[sd] )?(?:always |also )?been|used to be|(?:would|should|might|could|must|may|will) be|is|was|are|were)|'s|ses|c'est rendu|c'est|c est|cest|c'etait|est|(?:a|avait) (?:toujours |deja )?ete|(?:devrait|doit|peut|pourrait) etre|etait|sera|serait|sont)\b ?:?|,? *c'est)\s*`)
	passMark  = regexp.MustCompile(`^\s*(?:[:=]+>?|=>|->|→|–>| ;)\s*`)
	passTo    = regexp.MustCompile(`^\s+(?:to|as|pour|en|par|a|of|with|avec|,)\s+`)
	passOf    = regexp.MustCompile(`^\s+(?:for|of|from|de|du|pour)(?: [^\s,;!?•]+){1,5}? ?(?:\b(?:is|was|est|etait|c'est)\b|[:=])\s*`)
	passComma = regexp.MustCompile(`^[,/;|]+`)
	userThen  = regexp.MustCompile(`\b(?:user(?: ?name)?|log-?in|e-?mail|identifiant|utilisateur|usager|courriel)\W{1,3}[^\s•]+\W{1,3}(?:and |et |pis )?(?:my |mon )?$`)
	// passWith is more about it before a colon: "password with a capital M: X".
	passWith  = regexp.MustCompile(`^\s+(?:with|avec|in|en|sur|on|pour|for)(?: [^\s,;:!?•]+){1,6} ?[:=]\s*`)
	passDash  = regexp.MustCompile(`^(?:[-–—|>*→]+ +)+`)
	passNext  = regexp.MustCompile(`^[!*]*\s*(?:,|/|and|et|or|ou|pis|puis|then)\s+`)
	blanks    = regexp.MustCompile(`^\s+`)
	passThen  = regexp.MustCompile(`^(?:(?:not|now|still|actually|currently|probably|maybe|just|really|simply|always|supposed to be|set to|either|also|pas|plus|maintenant|toujours|encore|juste|bien|vraiment|peut-etre|normalement|actuellement|donc|cense etre|exactly|exactement) +){0,3}`)
	passLater = regexp.MustCompile(`(?:\b(?:is|was|used to be|est|etait|as|comme|,? ?c'est|cest|c'etait|for|pour|that'?s|this is|here'?s|voila|voici)\s+|\s[(=]\s*|\s*(?:<-+|←)\s*)(?:my|the|our|your|his|her|an?|mon|le|ton|votre|notre|son|leur|ma|un)?\s*(?:[a-z]+ ){0,2}$`)
	passPair  = regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+\s*(?:[/:|;,]|et|and|\bpw\b)\s*(\S{4,80})`)
	mailText  = regexp.MustCompile(`^[^\s@]+@[\w-]+(?:\.[\w-]+)+$`)
	placeText = regexp.MustCompile(`^(?:[a-z][a-z0-9+.-]*://|www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,6}(?:/|$))`)
	plainText = regexp.MustCompile(`^(?:v?\d+(?:[.,]\d+)*|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|\d{1,2}[:h]\d{0,2}|\d+(?:st|nd|rd|th|x|e|er|re|eme|ieme|min|h|s|am|pm|char|chars)|\d+%|\d+-?(?:bits?|[kmgt]b|[kmgt]o|kg|lbs|px|[kmg]?hz|cm|mm|ft|inch)|lk-\d+|[23]fa|mp3|h1` +
		`|1password|(?:iphone|ipad|ios|android|windows|win|office|galaxy|pixel|macos|chrome|outlook|hotmail)-?\d+\w{0,3})$`)
	ends       = regexp.MustCompile(`^(?:["'»”)]? *(?:[?.,;!]|$|\n)| (?:and|but|et|mais|pis) )`)
	describing = regexp.MustCompile(`(?:ed|ing|able|ible|ful|less|ive|ous|ly|al|ic|ish|ent|ant|ee?s?|eux|euse|if|ique|ment|er|ir|it|us?|ite|iste)$`)
	unitAfter  = regexp.MustCompile(`^\s*(?:char|caract|letters?|lettres?|digits?|chiffres?|symbol|days?|jours?|times?|fois|years?|ans?\b|annees?|months?|mois|weeks?|semaines?|hours?|heures?|minutes?|secondes?|seconds?|of |sur |%|\+|-|or more|ou plus|signs?)`)
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
	keys := passwordWords(f.low)
	done := 0
	for _, m := range keys {
		if m[0] < done {
			continue
		}
		if start, end, ok := passwordBefore(f, m[0], m[1]); ok {
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
	return toldSecrets(spans, f, keys)
}

// passwordWords gives where a text says "password", or one of the words for it.
func passwordWords(low string) [][]int {
	if !hasAny(low, "pas", "pss", "psw", "pw", "p/w", "p@", "pa$", "p4", "pa5", "w0rd", "mot", "mo ", "mdp", "m.d", "secret", "security", "securite", "recover", "recup", "backup", "secours") {
		return nil
	}
	return slices.DeleteFunc(passText.FindAllStringIndex(low, -1), func(m []int) bool {
		return !alone(low, m[0], m[1]) || strings.HasPrefix(low[m[1]:], "_")
	})
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
	switch {
	case how == leadNothing && userThen.MatchString(tailOf(f.low[:from-len(key)], 100)):
		how = leadIs // "username annroy85 password dolphin"
	case how == leadIs && strings.HasSuffix(key, "phrase"):
		how = leadColon // of words
	}
	if !ok || key == "pass" && how == leadNothing || key == "passe" && how != leadColon {
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
				return start, end, f.quotedPassword(how, start, end) || !bracket && f.quotedWords(how, start, end)
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
	from := s.from
	switch {
	case s.skip(passIs):
		how = leadIs
		if strings.ContainsAny(s.f.low[from:s.from], ":\n") || s.skip(passMark) {
			how = leadColon
		}
		s.skip(passThen)
	case s.skip(passMark):
		how = leadColon
		if s.skip(passIs) {
			s.skip(passMark)
		}
	case s.skip(passOf):
		if strings.ContainsAny(s.f.low[from:s.from], ":=") {
			how = leadColon
		}
	case s.skip(passWith):
		how = leadColon
	case s.skip(passTo), s.skip(blanks):
	default:
		// The end of a sentence, or of words in quotes; "password(X)" and "password,X" still count.
		s.skip(passComma)
		return leadNothing, s.from > from || strings.HasPrefix(s.rest(), "(")
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

// quotedWords says whether plain words in quotes are a password: one right after the word, such as
// password "dolphin", or a few after "is", unless they read like what a page says of it.
func (f folded) quotedWords(how lead, start, end int) bool {
	text := f.low[start:end]
	words := strings.Fields(text)
	if strings.Contains(text, "•") || len(words) == 0 || len(words) > 3 || slices.ContainsFunc(words, func(w string) bool { return !onlyLetters(w) || saidOfIt[w] }) {
		return false
	}
	last := words[len(words)-1]
	after := strings.TrimLeft(f.low[end:min(len(f.low), end+32)], " ")
	if how == leadNothing {
		return len(words) == 1 && !ordinary[last] && lastWord(last, after)
	}
	return slices.Contains(commonPasswords, text) || len(words) > 1 && !ordinary[last] && lastWord(last, after)
}

// saidOfIt are words of pages and messages about a password, in quotes.
var saidOfIt = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
hint hints field fields manager managers strength policy policies settings setting options option generator length rules rule
must contain contains characters character letters numbers minimum maximum least not too short long match link links button page
section tab menu entry prompt help forgot show hide save login email account mismatch policy requirement requirements
indice champ champs gestionnaire force reglages reglage longueur regles doit contient contenir caracteres caractere lettres
chiffres moins pas trop ne lien bouton section onglet aide afficher masquer enregistrer connexion compte courriel exigences`) {
		m[w] = true
	}
	return m
}()

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
	case number && (strings.HasSuffix(word, "%") || unitAfter.MatchString(after)):
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
	return mail || f.mixed(start, end) || f.capital(start, end) || lastWord(word, after)
}

// lastWord says whether an unknown word ends what is said: "my password is dolphin". Words that
// look like "faded" or "illisible" say how it is.
func lastWord(word, after string) bool {
	return len(word) >= 5 && onlyLetters(word) && ends.MatchString(after) && !describing.MatchString(word)
}

// passwordBefore finds "hunter2 is my password".
func passwordBefore(f folded, key, keyEnd int) (start, end int, ok bool) {
	from := max(0, key-120)
	before := f.low[from:key]
	if !hasAny(tailOf(before, 40), " is", " was", " as", " est", " etait", "c'e", "cest", " comme", " for", " pour", " used", "that", "here", "voi", "(", "=", "<-", "←") {
		return 0, 0, false
	}
	if strings.HasSuffix(before, "(") && !strings.HasPrefix(f.low[keyEnd:], ")") {
		return 0, 0, false // "annroy85 (password forgotten)"
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

// wordSigns are signs that words do not have inside.
const wordSigns = "!@#$%^&*_+=~|\\<>{}?"

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
		case strings.ContainsRune(wordSigns, r):
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
		if strings.ContainsAny(s[i:], "@#$%^&*_+=~|\\<>") && !strings.ContainsRune(" ", rune(s[i])) {
			return false // "a&b<c"
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
login logging sign signing status exit http code codes country area nobody okay alright annoying apparently asking autofilled automatic case-sensitive copied crazy cursed dead definitely difficult
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
identifiant utilisateur courriel commande facture billet numero jai voyez obsolete`) {
		m[w] = true
	}
	return m
}()
