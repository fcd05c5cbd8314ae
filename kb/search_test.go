package kb

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// measured is what came of the questions of a file.
type measured struct {
	known, right, wrong, silent, first int
	unknown, quiet                     int
}

func measure(t testing.TB, b *Base, lang, part string) (m measured) {
	for _, s := range samples(t, lang, part) {
		hits, a := b.Search(s.text, asker(b, s), 1), b.Find(s.text, asker(b, s))
		says, score, is := "nothing", a.Score, false
		if len(hits) > 0 {
			says, score = hits[0].Article.ID, hits[0].Score
			if slices.Contains(s.answers, says) {
				m.first++
			}
		}
		if a.Known() {
			says, score = a.Article.ID, a.Score
			is = slices.Contains(s.answers, says)
		}
		note := "right"
		switch {
		case s.answers == nil && !a.Known():
			m.quiet++
		case s.answers == nil:
			note = "should not be answered"
		case !a.Known():
			m.silent++
			note = "not answered"
		case is:
			m.right++
		default:
			m.wrong++
			note = "wrong"
		}
		if s.answers == nil {
			m.unknown++
		} else {
			m.known++
		}
		if note != "right" && part == "train" {
			t.Logf("%s %.2f %q: %s, %s", lang, score, s.text, says, note)
		}
	}
	return m
}

// The questions of testdata/*-test.tsv, on which nothing was chosen. The numbers are those of the
// day the threshold was fixed; fewer right or more wrong is a step back.
func TestAnswersByQuestionsNeverSeen(t *testing.T) {
	b := shippedBase(t)
	for lang, least := range map[string]measured{
		"en": {right: 64, first: 76, quiet: 53, wrong: 4},
		"fr": {right: 61, first: 70, quiet: 59, wrong: 3},
	} {
		m := measure(t, b, lang, "test")
		t.Logf("%s: first is right for %d of %d; answered right %d, wrong %d, not %d; of %d that nothing answers, %d are not answered",
			lang, m.first, m.known, m.right, m.wrong, m.silent, m.unknown, m.quiet)
		if m.right < least.right || m.first < least.first || m.quiet < least.quiet || m.wrong > least.wrong {
			t.Errorf("%s: %+v, want at least %+v", lang, m, least)
		}
	}
}

// The same where the words, questions and weights were chosen.
func TestAnswersByQuestionsSeen(t *testing.T) {
	b := shippedBase(t)
	for _, lang := range b.Languages() {
		m := measure(t, b, lang, "train")
		t.Logf("%s: %+v", lang, m)
		if m.unknown-m.quiet > 1 || m.wrong > 1 || m.right < 80 {
			t.Errorf("%s: %+v", lang, m)
		}
	}
}

// No question stands in both halves, or in an article.
func TestQuestionsAreKeptApart(t *testing.T) {
	b := shippedBase(t)
	for _, lang := range b.Languages() {
		seen := map[string]string{}
		for _, a := range b.Articles(lang) {
			for _, q := range a.Questions() {
				seen[strings.Join(fold(q), " ")] = a.ID
			}
		}
		for _, s := range samples(t, lang, "train") {
			seen[strings.Join(fold(s.text), " ")] = "train"
		}
		for _, q := range b.lexicon(lang).elsewhere {
			seen[strings.Join(fold(q), " ")] = "elsewhere"
		}
		for _, s := range samples(t, lang, "test") {
			if where := seen[strings.Join(fold(s.text), " ")]; where != "" {
				t.Errorf("%s: %q stands in %s too", lang, s.text, where)
			}
			for _, id := range s.answers {
				if b.Article(lang, id) == nil {
					t.Errorf("%s: %q is answered by %q, which is not there", lang, s.text, id)
				}
			}
		}
	}
}

// One letter too few, too many, another, or two in the wrong order, no accents, capitals: each
// question still finds its article.
func TestSlips(t *testing.T) {
	b := shippedBase(t)
	for _, lang := range b.Languages() {
		all, found := 0, 0
		for _, a := range b.Articles(lang) {
			by := Asker{lang, a.Audience}
			for _, q := range a.Questions() {
				if hits := b.Search(strings.ToUpper(strings.Join(fold(q), " ")), by, 1); len(hits) == 0 || hits[0].Article != a {
					// An apostrophe that is left out may join two words to another one.
					if !strings.ContainsAny(q, "'’-") {
						t.Errorf("%s: bare of accents, %q is not found", lang, q)
					}
				}
				for k := range 4 {
					all++
					if hits := b.Search(slip(q, k), by, 1); len(hits) > 0 && hits[0].Article == a && hits[0].Score >= Enough {
						found++
					}
				}
			}
		}
		if share := float64(found) / float64(all); share < 0.9 {
			t.Errorf("%s: with a slip in its longest word, %.1f %% of %d questions are answered", lang, 100*share, all)
		} else {
			t.Logf("%s: with a slip in its longest word, %.1f %% of %d questions are answered", lang, 100*share, all)
		}
	}
}

// slip makes a typing mistake of a kind in the longest word of a question.
func slip(q string, kind int) string {
	longest := ""
	for _, w := range strings.Fields(q) {
		if len([]rune(w)) > len([]rune(longest)) {
			longest = w
		}
	}
	rs := []rune(longest)
	i := len(rs) / 2
	switch kind {
	case 0:
		rs = slices.Delete(rs, i, i+1)
	case 1:
		rs = slices.Insert(rs, i, rs[i])
	case 2:
		rs[i] = 'x'
	case 3:
		rs[i-1], rs[i] = rs[i], rs[i-1]
	}
	return strings.Replace(q, longest, string(rs), 1)
}

func TestOneEdit(t *testing.T) {
	for pair, want := range map[string]bool{
		"merge merge": true, "merge mege": true, "merge mmerge": true, "merge marge": true, "merge megre": true,
		"merge merg": true, "merge emrge": true, "merge mereg": true, "merge emreg": false, "merge me": false, "merge mxxge": false, "a b": true, "ab ": false,
	} {
		a, b, _ := strings.Cut(pair, " ")
		if oneEdit(a, b) != want || oneEdit(b, a) != want {
			t.Errorf("%q and %q: %v", a, b, !want)
		}
	}
}

func TestTheSectionThatAnswers(t *testing.T) {
	b := shippedBase(t)
	for question, want := range map[string]string{
		"en how do i merge two clients":                  "merge-clients#",
		"en can a merge be undone":                       "merge-clients#",
		"en error about two main addresses when merging": "merge-clients#an-error-about-two-main-addresses",
		"en the resend invitation option is greyed out":  "resend-invitation#the-option-is-greyed-out",
		"en the link says it is expired":                 "reset-link#it-says-that-the-link-is-expired-or-was-used",
		"fr l'option renvoyer l'invitation est grisée":   "resend-invitation#l-option-est-grisee",
		"fr le lien est expiré":                          "reset-link#le-lien-est-expire-ou-a-deja-servi",
	} {
		hits := b.Search(question[3:], Asker{question[:2], ForProfessional}, 1)
		if len(hits) == 0 {
			t.Errorf("%s: nothing", question)
			continue
		}
		h := hits[0]
		if got := h.Article.ID + "#" + h.Article.Sections[h.Section].ID; got != want {
			t.Errorf("%s: %s, want %s", question, got, want)
		}
	}
}

func TestSearchOfNothing(t *testing.T) {
	b := shippedBase(t)
	for _, q := range []string{"", " ", "?", "the", "le la les", "zzzzqqq", "\x00\xff", "🙂🙂"} {
		if hits := b.Search(q, Asker{Lang: "en"}, 3); len(hits) > 0 && hits[0].Score >= Enough {
			t.Errorf("%q finds %s with %.2f", q, hits[0].Article.ID, hits[0].Score)
		}
	}
	if hits := b.Search("password", Asker{Lang: "de"}, 3); hits != nil {
		t.Errorf("a language without articles: %v", hits)
	}
	if hits := b.Search("password", Asker{Lang: "en"}, 0); len(hits) != 0 {
		t.Errorf("none were wanted: %v", hits)
	}
}

func TestAsks(t *testing.T) {
	b := shippedBase(t)
	for text, want := range map[string]bool{
		"en how do i merge two clients": true, "en Hello, how do I merge clients": true, "en merge two clients?": true,
		"en can i use the web version": true, "en my client forgot the password": false, "en how are you": false,
		"en can you help me?": false, "en Ann Lee": false, "en Who Said": false, "en I know how it works": false,
		"fr comment fusionner deux clients": true, "fr bonjour comment fusionner deux clients": true, "fr c'est quoi un compte temporaire": true,
		"fr je peux-tu fusionner deux clients": true, "fr mon client a oublié son mot de passe": false, "fr Comment ça va?": false,
		"fr Annie Côté": false, "fr à quoi sert l'adresse secondaire": true, "de wie geht das neue Passwort?": true,
	} {
		if got := b.Asks(text[3:], text[:2]); got != want {
			t.Errorf("%q is a question: %v", text, got)
		}
	}
}

// many is a base with n articles of made-up words.
func many(t testing.TB, n int) *Base {
	t.Helper()
	files := map[string]string{}
	word := func(i int) string {
		const parts = "ba be bi bo bu da de di do du fa fe fi fo fu ga ge gi go gu ka ke ki ko ku la le li lo lu"
		p := strings.Fields(parts)
		return p[i%30] + p[i/30%30] + p[i/900%30] + "t"
	}
	for i := range n {
		var body strings.Builder
		for j := range 120 {
			fmt.Fprintf(&body, "%s ", word((i*131+j*j*17+j)%15000))
		}
		id := fmt.Sprintf("a%d", i)
		files["en/"+id+".md"] = article("en", id, "How to "+id, fmt.Sprintf("How to %s %s", word(i), word(i*7)),
			"How do I "+id+"?", fmt.Sprintf("How do I %s the %s of a password?\n  - Can I %s my %s?", word(i), word(i*7), word(i*3), word(i)), "And that.", body.String())
	}
	b, err := Load(folder(files))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkSearch(b *testing.B) {
	shipped := shippedBase(b)
	for _, n := range []int{0, 1_000, 10_000} {
		base, questions := shipped, []string{"how do i merge two clients", "the reset link is expird", "what's the weather tomorrow in montreal"}
		if n > 0 {
			base = many(b, n)
			a := base.Article("en", "a77")
			questions = []string{a.Questions()[0], a.Title(), "how do i reset my pasword"}
		}
		name := fmt.Sprint(n)
		if n == 0 {
			name = "shipped"
		}
		b.Run(name, func(b *testing.B) {
			by := Asker{Lang: "en"}
			base.Search("warm", by, 1)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				base.Search(questions[i%len(questions)], by, 3)
				i++
			}
		})
	}
}

func BenchmarkIndex(b *testing.B) {
	base := many(b, 1_000)
	for b.Loop() {
		newIndex(base.all, base.lexicons["en"])
	}
}

func TestManyArticles(t *testing.T) {
	b := many(t, 1_000)
	for _, id := range []string{"a0", "a77", "a999"} {
		a := b.Article("en", id)
		if hits := b.Search(a.Questions()[0], Asker{Lang: "en"}, 1); len(hits) == 0 || hits[0].Article != a {
			t.Errorf("%s is not found by %q: %v", id, a.Questions()[0], hits)
		}
	}
}
