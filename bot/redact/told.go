package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// toldText is what leads to something that was typed, given or tried, in either language.
	toldText = regexp.MustCompile(`\b(?:its|it's|it is|it was|is|was|not|us(?:e|ed|es|ing)|put(?:ting)?(?: in)?|typ(?:e|ed|es|ing)(?: in)?|enter(?:s|ed|ing)?|wrote|writing|writes?|tr(?:y|ied|ying)(?: my (?:usual|old|new))?` +
		`|cho(?:se|ose)|picked|ma[dk]e(?: it)?|set(?: it)?(?: to)?|(?:chang|reset|updat)\w* (?:it|that|this|mine) (?:back )?(?:to|for|as)|g[ai]ve(?:n)?(?: me| him| her| them)?|sent(?: me)?|got|received|tak(?:e|es)|accepts?|like` +
		`|c'est|cest|c est|c'etait|etait|est|pas|m[ie]s|mets?|met(?:s|tre|tez)|entre[rz]?|tap(?:e|er|ez)|ecri(?:s|t|re)|essay(?:e|er|ez)|choisi[rs]?|utilis(?:e|er|ent|ais)|rentre[rz]?|change[rz]? (?:le |la )?(?:pour|a|en)|donne[rz]?|envoye[rz]?|recu|prend(?: pas)?|accepte(?: pas)?` +
		`|(?:old|new|last|first|previous|temp(?:orary)?|current|usual) one|comme|ce),?:?\s+["'(«“„‹\[]{0,2} ?([^\s•]{4,80})`)
	// notTold stands before it where it is no password: "my username is annroy85".
	notTold = regexp.MustCompile(`(?:user ?(?:name)?|login|log-in|identifiant|utilisateur|names?|noms?|nom d'usager|usager|courriel|e-?mail|compte|account|phone|tablet|device|model|modele|computer|ordi|laptop|version|app|error|erreur|code|tel(?:ephone)?|cell|appareil|order|commande|ticket|billet|number|numero|reference|build)\b[^.;!?\n]{0,14}$`)
	// notTold2 stands after it: "I use annroy85 as username".
	notTold2 = regexp.MustCompile(`^["'»”)]? *,? *(?:as|for|comme|pour|is|est|c'est) +(?:an? |the |my |mon |le |l'|un )?(?:user|login|log-in|identifiant|nom |name|utilisateur|usager|email|e-mail|courriel|account|compte)|^ (?:to|pour) (?:me |m')?(?:log|sign|connecter)`)
	// withPass stands after what is typed before the password, and is none: "annroy85 and my password".
	withPass = regexp.MustCompile(`^ ?(?:and|et|&|/|\+|pis|with|avec) ?(?:(?:my|the|mon|le|a|un) )?(?:new |nouveau )?(?:pass ?word|mots? de passe|mdp|pw|pwd)\b`)
	typing   = regexp.MustCompile(`^(?:typ|enter|tape|entre|us|utilis|put|m[ie][st])`)
	// oddText are words that may be a password by their looks.
	oddText = regexp.MustCompile(`[^\s•"'«»“”(),;:<>\[\]]{6,80}`)
	// device and place words are followed by what looks like one.
	thing = regexp.MustCompile(`(?:\b(?:on|sur|since|depuis|update|client|gym|uses|iphone|galaxy|android|windows|chrome|ios|member|membre|model|modele|serial|serie|room|unit|apt|build|to|at|via|using)(?: (?:an?|the|my|un|une|mon|le|la))? |[#/=.@-])$`)
	// formerText needs no word for password beside it: people ask each other about old and new ones.
	formerText = regexp.MustCompile(`\b(?:old|new|previous|former|temp(?:orary)?|usual) one (?:was|is)|\bl'ancien (?:est|etait|c'est|c'etait)|\b(?:mon ancien|le nouveau|le temporaire),? (?:c'est|c'etait|est|etait)|\b(?:old|new|previous) one:`)
	// pairText are a name and a password as people write them together.
	pairText  = regexp.MustCompile(`\b(?:credentials?|log-?ins?|sign-?in|identifiants?|acces|coordonnees|connexion|pass|password|passe|pw|mdp)\b[^\n•]{0,24}?[: ]["'(]?([^\s•/:,]{3,60})(?: ?[/:|,] ?| and | et | pis | puis )([^\s•]{4,80})`)
	slashText = regexp.MustCompile(`(?:^|\s)([^\s•/:]{4,60}) ?/ ([^\s•]{4,80})`)
	mailThen  = regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+ (\S{6,80})\s*(?:$|\n)`)
	// wordText are words that have a sign inside which words do not have.
	wordText = regexp.MustCompile(`\S*[!@#$%^&*]\S*`)
)

// near is how far from the word password something that was typed may stand, in bytes.
const near = 110

// toldSecrets finds what is said to have been typed or given somewhere in a sentence about a
// password: "I keep typing Hunter2 and it says wrong password". It must look like one: letters
// with digits, or a sign inside.
func toldSecrets(spans []secretSpan, f folded, keys [][]int) []secretSpan {
	// A room or a seat is as short as the shortest passwords.
	least := 4
	if everywhere(keys, len(f.low)) {
		least = 5
	}
	for _, m := range toldText.FindAllStringSubmatchIndex(f.low, -1) {
		start, end := trimWord(f.low, m[2], m[3])
		if end-start < least || !f.mixed(start, end) || f.common(start, end) || !strings.ContainsFunc(f.low[start:end], unicode.IsLetter) {
			continue
		}
		before, after := tailOf(f.low[:m[0]], 50), f.low[end:min(len(f.low), end+40)]
		lead := f.low[m[0]:m[2]]
		switch {
		case notTold.MatchString(before), notTold2.MatchString(after), typing.MatchString(lead) && withPass.MatchString(after):
		case nearAny(f.low, keys, start, end), formerText.MatchString(before + lead):
			spans = append(spans, f.cut(start, end))
		}
	}
	return pairSecrets(oddSecrets(spans, f, keys), f, keys)
}

// everywhere says that the words for password are the whole text: where it is not the text that says
// so, but what was said before it.
func everywhere(keys [][]int, end int) bool {
	return len(keys) == 1 && keys[0][0] == 0 && keys[0][1] == end
}

// nearer is how far from the word password an odd word may stand that nothing leads to, in bytes.
const nearer = 60

// oddSecrets finds words with digits among their letters beside the word password, whatever stands
// between: "check password for me Hunter2". User names and devices look alike, and are told by what
// is said of them.
func oddSecrets(spans []secretSpan, f folded, keys [][]int) []secretSpan {
	if len(keys) == 0 || everywhere(keys, len(f.low)) {
		return spans // the mood has a rule of its own
	}
	for _, m := range oddText.FindAllStringIndex(f.low, -1) {
		start, end := trimWord(f.low, m[0], m[1])
		word := f.low[start:end]
		if !strings.ContainsAny(word, "0123456789") || !strings.ContainsFunc(word, unicode.IsLetter) || !f.mixed(start, end) || f.common(start, end) || strings.ContainsAny(word, "/.") {
			continue
		}
		before, after := tailOf(f.low[:m[0]], 40), f.low[end:min(len(f.low), end+40)]
		if utf8.RuneCountInString(word) >= 6 && !notTold.MatchString(before) && !thing.MatchString(before) && !notTold2.MatchString(after) && !withPass.MatchString(after) && withinAny(f.low, keys, start, end, nearer) {
			spans = append(spans, f.cut(start, end))
		}
	}
	return spans
}

// pairSecrets finds the second of "annroy85 / Hunter2", and words that nobody writes but as a
// password, such as "P@ssw0rd1".
func pairSecrets(spans []secretSpan, f folded, keys [][]int) []secretSpan {
	add := func(from, to int, always bool) {
		start, end := trimWord(f.low, from, to)
		if f.mixed(start, end) && !f.common(start, end) && (always || f.strong(start, end)) {
			spans = append(spans, f.cut(start, end))
		}
	}
	for _, m := range pairText.FindAllStringSubmatchIndex(f.low, -1) {
		if !sentence(f.low[m[2]:m[3]]) && !f.common(m[2], m[3]) {
			add(m[4], m[5], true)
		}
	}
	if len(keys) > 0 && strings.Contains(f.low, "/") {
		for _, m := range slashText.FindAllStringSubmatchIndex(f.low, -1) {
			add(m[4], m[5], true)
		}
	}
	if strings.Contains(f.low, "@") {
		for _, m := range mailThen.FindAllStringSubmatchIndex(f.low, -1) {
			add(m[2], m[3], false)
		}
	}
	if strings.ContainsAny(f.low, "!@#$%^&*") {
		for _, m := range wordText.FindAllStringIndex(f.low, -1) {
			add(m[0], m[1], false)
		}
	}
	return spans
}

// common says whether a word is one of those with digits or signs that are nobody's password: an
// address, a device, a version, the number of a ticket.
func (f folded) common(start, end int) bool {
	word := f.low[start:end]
	return mailText.MatchString(word) || placeText.MatchString(word) || plainText.MatchString(word) || sentence(word)
}

// strong says whether a word looks like a password wherever it stands: eight characters or more
// with letters, digits, and a sign that words do not have.
func (f folded) strong(start, end int) bool {
	word := f.original(start, end)
	if utf8.RuneCountInString(word) < 8 {
		return false
	}
	letters, digits, capitals, smalls, signs := 0, 0, 0, 0, 0
	for i, r := range word {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsUpper(r):
			letters, capitals = letters+1, capitals+1
		case unicode.IsLetter(r):
			letters, smalls = letters+1, smalls+1
		case strings.ContainsRune("!@#$%^&*", r):
			// An exclamation mark at the end is the sentence's, unless the word is of all kinds.
			if i+1 < len(word) && strings.ContainsFunc(word[i+1:], alnum) || capitals > 0 && smalls > 0 && digits > 0 {
				signs++
			}
		}
	}
	if at := strings.IndexByte(word, '@'); at >= 0 && !strings.ContainsAny(word[at:], "0123456789!#$%^&*") {
		return false // an address that is not written to its end
	}
	return letters >= 2 && digits > 0 && signs > 0
}

// nearAny says whether one of the words for password stands near, in the same line.
func nearAny(low string, keys [][]int, start, end int) bool {
	return withinAny(low, keys, start, end, near)
}

func withinAny(low string, keys [][]int, start, end, far int) bool {
	i, _ := slices.BinarySearchFunc(keys, start-far, func(m []int, at int) int { return m[1] - at })
	for ; i < len(keys) && keys[i][0] <= end+far; i++ {
		if from, to := min(keys[i][1], start), max(keys[i][0], end); !strings.Contains(low[from:to], "\n") {
			return true
		}
		if keys[i][0] > end {
			return false // the ones behind it are further still
		}
	}
	return false
}
