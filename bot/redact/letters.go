package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Codes without a digit: those that let somebody in who lost everything else come as groups of
// letters, "ABCD-EFGH-IJKL", and some in mails as one run of capitals.

var (
	// keyWord are what such a code is called beside "code".
	keyWord = regexp.MustCompile(`\b(?:recovery|backup|security) keys?\b|\bcles? de (?:recuperation|secours|securite)\b`)
	// spare says, before or after the word code, that it is one of those.
	spareBefore = regexp.MustCompile(`\b(?:recovery|backup|emergency|spare)[ -]*$`)
	spareAfter  = regexp.MustCompile(`^ +(?:de |d'|du )(?:la |l')?(?:recuperation|secours|urgence)\b`)
	// lettersMore is what may stand between the word and what it is, beyond codeMore.
	lettersMore = regexp.MustCompile(`^ +(?:that )?(?:(?:from|in|on|dans|sur) (?:the |my |le |la |mon |ma |l')?(?:e-?mail|mail|courriel|letter|lettre|text|texto|message|paper|papier|screen|ecran|list|liste|sheet|feuille)|(?:i )?(?:wrote|written|noted|printed|ecrit|note|imprime)(?: down)?)\b`)
	// dashedText and spacedText are groups of letters, runText is letters in one piece.
	dashedText = regexp.MustCompile(`^["'«“(\[ #]{0,3}([a-z]{2,6}(?:-[a-z]{2,6}){1,9})`)
	spacedText = regexp.MustCompile(`^["'«“(\[ #]{0,3}([a-z]{2,6}(?: [a-z]{2,6}){1,9})`)
	runText    = regexp.MustCompile(`^["'«“(\[ #]{0,3}([a-z]{5,16})`)
	anyDashed  = regexp.MustCompile(`[a-z]{3,6}(?:-[a-z]{3,6}){1,9}`)
	// lettersTold leads to a run of letters that was typed or came, lettersLater stands behind one.
	lettersTold  = regexp.MustCompile(`\b(?:typ(?:e|ed|ing)(?: in)?|enter(?:ed|ing)?|put(?: in)?|received|got|gave(?: me)?|said|says|recu|entre[rz]?|tape[rz]?|mis|mets|rentre[rz]?|dit|use[d]?|utilise|tried|essaye),?:? +["'«“(]? ?([a-z]{5,16}(?:-[a-z]{2,6}){0,9})`)
	lettersLater = regexp.MustCompile(`([a-z]{2,16}(?:-[a-z]{2,6}){0,9})["'»”)]? *(?:is|was|est|etait|,? ?c'est|,? ?as|comme) *(?:my|your|the|our|le|mon|ton|votre|notre|un|a)? *(?:[a-z]+ ){0,2}(?:codes?|key|cle)\b`)
)

// letterSecrets finds codes that have no digit: after the words for one, groups of letters and runs
// of capitals that are no words. "The code is WRONG" stays.
func letterSecrets(spans []secretSpan, f folded) []secretSpan {
	words := codeWord.FindAllStringIndex(f.low, -1)
	codes := len(words)
	words = append(words, keyWord.FindAllStringIndex(f.low, -1)...)
	spare := false
	for i, m := range words {
		before, rest, from := tailOf(f.low[:m[0]], 40), f.low[m[1]:min(len(f.low), m[1]+longestValue)], m[1]
		if codeOther.MatchString(before) || codeFault.MatchString(before) {
			continue
		}
		strong := i >= codes || spareBefore.MatchString(before) || spareAfter.MatchString(rest)
		spare = spare || strong
		for _, more := range []*regexp.Regexp{codeMore, lettersMore} {
			n := len(more.FindString(rest))
			rest, from = rest[n:], from+n
		}
		is := codeIs.FindString(rest)
		rest, from = rest[len(is):], from+len(is)
		led := strings.TrimSpace(is) != ""
		for range 20 { // a list of them
			start, end, ok := f.letters(rest, from, strong, led)
			if !ok {
				break
			}
			spans = append(spans, f.cut(start, end))
			rest, from = rest[end-from:], end
			n := len(codeNext.FindString(rest))
			if n == 0 {
				break
			}
			rest, from = rest[n:], from+n
		}
	}
	slices.SortFunc(words, func(a, b []int) int { return a[0] - b[0] })
	for _, rule := range []*regexp.Regexp{lettersTold, lettersLater} {
		for _, m := range rule.FindAllStringSubmatchIndex(f.low, -1) {
			if alone(f.low, m[2], m[3]) && f.letterCode(m[2], m[3]) && nearAny(f.low, words, m[2], m[3]) {
				spans = append(spans, f.cut(m[2], m[3]))
			}
		}
	}
	if !spare {
		return spans
	}
	// A list of them stands anywhere, also on lines of their own.
	for _, m := range anyDashed.FindAllStringIndex(f.low, -1) {
		if alone(f.low, m[0], m[1]) && f.letterCode(m[0], m[1]) {
			spans = append(spans, f.cut(m[0], m[1]))
		}
	}
	return spans
}

// letters finds a code of letters at the beginning of rest, which is what stands at from. strong: it
// is one for who lost everything else. led: a colon or "is" leads to it.
func (f folded) letters(rest string, from int, strong, led bool) (start, end int, ok bool) {
	if !strong && !led {
		return 0, 0, false
	}
	if v := dashedText.FindStringSubmatchIndex(rest); v != nil {
		if start, end = from+v[2], from+v[3]; alone(f.low, start, end) && !strings.HasPrefix(f.low[end:], "-") {
			return start, end, f.letterCode(start, end) || strong && f.evenGroups(start, end)
		}
	}
	if v := spacedText.FindStringSubmatchIndex(rest); v != nil && strong {
		// Groups are of one length; the words that follow seldom are.
		start, end = from+v[2], from+v[3]
		groups := strings.Fields(f.low[start:end])
		n := 1
		for n < len(groups) && len(groups[n]) == len(groups[0]) && !ordinary[groups[n]] {
			n++
		}
		end = start + n*(len(groups[0])+1) - 1
		if n > 1 && len(groups[0]) >= 3 && !ordinary[groups[0]] && alone(f.low, start, end) && f.letterCode(start, end) {
			return start, end, true
		}
	}
	v := runText.FindStringSubmatchIndex(rest)
	if v == nil {
		return 0, 0, false
	}
	if start, end = from+v[2], from+v[3]; !alone(f.low, start, end) || strings.HasPrefix(f.low[end:], "'") {
		return 0, 0, false
	}
	word := f.low[start:end]
	if f.letterCode(start, end) || strong && led && strange(word) >= 3 && !ordinary[word] {
		return start, end, true
	}
	// Capitals that could be spoken are a word more often than a code, unless nothing follows.
	return start, end, f.capitals(start, end) && !f.shouted && !ordinary[word] && !shouting[word] &&
		!describing.MatchString(word) && lastWord(word, f.low[end:min(len(f.low), end+32)])
}

// letterCode says whether letters look like a code wherever they stand beside the word: capitals,
// or groups of one length, that no word is made of.
func (f folded) letterCode(start, end int) bool {
	text := f.low[start:end]
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == '-' || r == ' ' })
	if len(groups) == 1 {
		return len(text) >= 5 && f.capitals(start, end) && strange(text) >= 2 && !ordinary[text] && !shouting[text]
	}
	even, odd := true, 0
	for _, g := range groups {
		even = even && len(g) == len(groups[0])
		odd += strange(g)
		if ordinary[g] {
			return false
		}
	}
	if f.capitals(start, end) {
		return odd >= 2 || even && len(groups) > 2 && len(groups[0]) >= 3
	}
	return even && len(groups[0]) >= 3 && odd >= 2 && (len(groups) > 2 || odd >= 3)
}

// evenGroups says whether groups are of one length and none is an ordinary word: enough right after
// "recovery code".
func (f folded) evenGroups(start, end int) bool {
	odd := 0
	groups := strings.Split(f.low[start:end], "-")
	for _, g := range groups {
		if len(g) != len(groups[0]) || ordinary[g] {
			return false
		}
		odd += strange(g)
	}
	return len(groups[0]) >= 3 && (odd > 0 || f.capitals(start, end))
}

// loneLetters finds a code of letters that is a whole answer, from a place on.
func (f folded) loneLetters(from int, m mood) (start, end int, ok bool) {
	if m&alert == 0 || m&(talked|talkedCode) == 0 {
		return 0, 0, false
	}
	start, end = trimWord(f.low, from, len(f.low))
	end = start + len(strings.TrimRight(f.low[start:end], " !?\n"))
	text := f.low[start:end]
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == '-' || r == ' ' })
	if len(groups) == 0 || slices.ContainsFunc(groups, func(g string) bool { return len(g) > 16 || !onlyLetters(g) }) {
		return 0, 0, false
	}
	// A run in capitals may be a name as well, and a group of small letters a few words.
	if len(groups) == 1 && m&talkedCode == 0 || slices.ContainsFunc(groups, func(g string) bool { return len(groups) > 1 && (len(g) < 3 || len(g) > 6) }) {
		return 0, 0, false
	}
	return start, end, f.letterCode(start, end)
}

// looksDrawn says whether a text has capitals or letters such as codes are made of: no code of
// letters is without.
func (f folded) looksDrawn() bool {
	run, odd := 0, 0
	for _, r := range f.text {
		if run++; !unicode.IsUpper(r) {
			run = 0
		}
		if run >= 3 {
			return true
		}
	}
	for w := range strings.FieldsFuncSeq(f.low, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if odd += strange(w); odd > 0 {
			return true
		}
	}
	return false
}

// capitals says whether all letters of a part are capitals.
func (f folded) capitals(start, end int) bool {
	return !strings.ContainsFunc(f.original(start, end), func(r rune) bool { return unicode.IsLetter(r) && !unicode.IsUpper(r) })
}

// shouting are words that people write in capitals where a code is spoken of, beside the ordinary ones.
var shouting = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
junk spam nowhere greyed illegible unreadable garbage nonsense cutoff outdated urgent gmail hotmail outlook yahoo videotron bell
iphone ipad samsung android google microsoft apple whatsapp messenger facebook sms push html https paypal desktop laptop
youtube firefox chrome safari windows null undefined unauthorized forbidden worthless crap bullshit wtf html
monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche
caduc caduque mort morte brise illisible flou floue vieux vieille pourri introuvable nulle poubelle indesirable pourriel
bogue bug crash urgence merde plate niaiseux longue longues courte`) {
		m[w] = true
	}
	return m
}()

// known are the pairs of letters that the ordinary words of both languages are made of.
var known = func() map[string]bool {
	m := map[string]bool{}
	for _, words := range []map[string]bool{ordinary, shouting} {
		for w := range words {
			for i := 0; i+2 <= len(w); i++ {
				m[w[i:i+2]] = true
			}
		}
	}
	return m
}()

// strange counts the pairs of letters in a word that no ordinary word has: letters drawn by lot
// have one in two. Four letters without a vowel count as two.
func strange(word string) int {
	n := 0
	if len(word) >= 4 && !strings.ContainsAny(word, "aeiouy") {
		n = 2
	}
	for i := 0; i+2 <= len(word); i++ {
		if !known[word[i:i+2]] {
			n++
		}
	}
	return n
}
