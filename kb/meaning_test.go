package kb

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// ranker says what is near, and counts how often it is asked.
type ranker struct {
	near  []Near
	err   error
	away  bool
	asked *int
}

func (r ranker) Ready(context.Context) bool { return !r.away }

func (r ranker) Rank(_ context.Context, _, _ string, n int) ([]Near, error) {
	*r.asked++
	return r.near[:min(n, len(r.near))], r.err
}

func near(id string, section int, likeness float64) Near { return Near{id, section, likeness} }

// What words do not find, meaning may: if it is very near, or near and has some words too.
func TestAnswersByMeaning(t *testing.T) {
	plain := shippedBase(t)
	client, professional := Asker{"en", ForClient}, Asker{"en", ForProfessional}
	// No article has the words of strange; a few have some of vague, but too few to answer.
	const strange, vague = "my fingers forgot the magic syllables", "where is my user name written"
	for name, c := range map[string]struct {
		question string
		by       Asker
		near     []Near
		article  string
		section  int
		aside    bool
	}{
		"nothing is near":               {strange, client, []Near{near("password-reset", 1, 0)}, "", 0, false},
		"a little near, without words":  {strange, client, []Near{near("password-reset", 1, 0.49)}, "", 0, false},
		"very near, without words":      {strange, client, []Near{near("password-reset", 1, 0.5)}, "password-reset", 1, false},
		"second after another":          {strange, client, []Near{near("billing-trial", 0, 0.45), near("password-reset", 1, 0.44)}, "", 0, false},
		"of two only the first":         {strange, client, []Near{near("password-reset", 1, 0.8), near("billing-trial", 0, 0.79)}, "password-reset", 1, false},
		"not for a client":              {strange, client, []Near{near("merge-clients", 1, 0.8), near("password-reset", 0, 0.7)}, "merge-clients", 0, true},
		"for a professional":            {strange, professional, []Near{near("merge-clients", 1, 0.8)}, "merge-clients", 1, false},
		"an article that is not there":  {strange, client, []Near{near("nowhere", 0, 0.9), near("password-reset", 99, 0.9), near("billing-trial", -1, 0.9)}, "", 0, false},
		"one that is not there, before": {strange, client, []Near{near("nowhere", 0, 0.9), near("password-reset", 0, 0.9)}, "password-reset", 0, false},
		"a little near, with words":     {vague, client, []Near{near("username-or-email", 0, 0.2)}, "username-or-email", 0, false},
		"hardly near, with words":       {vague, client, []Near{near("username-or-email", 0, 0.19)}, "", 0, false},
		"no words at all":               {"???", client, []Near{near("password-reset", 0, 1)}, "", 0, false},
		"a language without articles":   {strange, Asker{"de", ForClient}, []Near{near("password-reset", 0, 1)}, "", 0, false},
	} {
		if a := plain.Find(c.question, c.by); a.Known() {
			t.Fatalf("%s: words alone find %s", name, a.Article.ID)
		}
		asked := 0
		b := plain.Ranking(ranker{near: c.near, asked: &asked})
		a, err := b.Answer(t.Context(), c.question, c.by)
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if a.Known() {
			id = a.Article.ID
		}
		if id != c.article || a.Section != c.section || a.Aside != c.aside {
			t.Errorf("%s: %s#%d, aside %v, %.2f by words and %.2f by meaning", name, id, a.Section, a.Aside, a.Score, a.Likeness)
		}
		if a.Aside && (a.Text != a.Article.Aside() || a.Text == "") {
			t.Errorf("%s: the aside is %q", name, a.Text)
		}
		if a.Known() && (a.Score >= Enough || a.Likeness < nearby) {
			t.Errorf("%s: it says it is sure by %.2f, %.2f", name, a.Score, a.Likeness)
		}
		if want := map[bool]int{true: 0, false: 1}[c.question == "???" || c.by.Lang == "de"]; asked != want || b.Slow(t.Context(), c.question, c.by) != (want == 1) {
			t.Errorf("%s: asked %d times", name, asked)
		}
		if b.Find(c.question, c.by).Known() || asked > 1 {
			t.Errorf("%s: Find asks somebody", name)
		}
	}
}

// Where words are sure nobody is asked; where they are not, two articles that both could be it are
// put in an order by both.
func TestWordsAndMeaningTogether(t *testing.T) {
	plain := shippedBase(t)
	by := Asker{"en", ForClient}
	const certain = "how do I reset my password?"
	asked := 0
	b := plain.Ranking(ranker{near: []Near{near("billing-trial", 0, 1)}, asked: &asked})
	if a, err := b.Answer(t.Context(), certain, by); err != nil || asked != 0 || a.Article.ID != "password-reset" || b.Slow(t.Context(), certain, by) {
		t.Errorf("asked %d times, %v", asked, err)
	}

	// The two best by words, both enough, neither sure.
	question, first, second := "", Hit{}, Hit{}
	for _, lang := range plain.Languages() {
		for _, s := range samples(t, lang, "train") {
			hits := plain.Search(s.text, Asker{lang, ForProfessional}, candidates)
			certain := slices.ContainsFunc(hits, func(h Hit) bool { return h.Score >= sure })
			if len(hits) > 1 && !certain && hits[1].Score >= Enough && hits[1].Article.Audience.own(ForProfessional) && plain.Tells(s.text, lang) {
				question, first, second = s.text, hits[0], hits[1]
				by = Asker{lang, ForProfessional}
			}
		}
	}
	if question == "" {
		t.Fatal("no question of testdata has two answers")
	}
	for name, c := range map[string]struct {
		near []Near
		want Hit
	}{
		"nobody says":               {nil, first},
		"both are as near":          {[]Near{near(second.Article.ID, 0, 0.6), near(first.Article.ID, 0, 0.6)}, first}, // a tie
		"the second is the nearest": {[]Near{near(second.Article.ID, 0, 0.6), near("billing-trial", 0, 0.5), near(first.Article.ID, 0, 0.4)}, second},
		"the first is not near":     {[]Near{near(second.Article.ID, 0, 0.6)}, second},
		"nothing is near":           {[]Near{near(second.Article.ID, 0, 0)}, first},
		"sections do not add up":    {[]Near{near(first.Article.ID, 0, 0.9), near(second.Article.ID, 0, 0.8), near(second.Article.ID, 0, 0.7), near(second.Article.ID, 0, 0.6)}, first},
	} {
		a, err := plain.Ranking(ranker{near: c.near, asked: &asked}).Answer(t.Context(), question, by)
		if err != nil || a.Article != c.want.Article || a.Section != c.want.Section || a.Score != c.want.Score {
			t.Errorf("%s: %q gives %s, want %s (%v)", name, question, a.Article.ID, c.want.Article.ID, err)
		}
	}
}

// Whoever fails, the answer is the one by words; and a writer still phrases it.
func TestWithoutItsRankerTheBaseGoesByWords(t *testing.T) {
	plain := shippedBase(t)
	failed := errors.New("no vectors")
	var unsure string
	by := Asker{"en", ForClient}
	for _, s := range samples(t, "en", "train") {
		if a := plain.Find(s.text, by); a.Known() && a.Score < sure && !a.Aside {
			unsure = s.text
		}
	}
	words := plain.Find(unsure, by)
	asked, wrote := 0, 0
	for name, r := range map[string]ranker{
		"an error":  {near: []Near{near("billing-trial", 0, 1)}, err: failed, asked: &asked},
		"nothing":   {asked: &asked},
		"not ready": {near: []Near{near("billing-trial", 0, 1)}, away: true, asked: &asked},
	} {
		asked, wrote = 0, 0
		a, err := plain.Ranking(r).Answer(t.Context(), unsure, by)
		if !errors.Is(err, r.err) || a.Text != words.Text || a.Article != words.Article || asked != map[bool]int{true: 0, false: 1}[r.away] {
			t.Errorf("%s: %q (%v), asked %d times", name, a.Text, err, asked)
		}
		if a, _ := plain.Ranking(r).Answer(t.Context(), "my fingers forgot the magic syllables", by); a.Known() {
			t.Errorf("%s: what nobody should believe is an answer: %s", name, a.Article.ID)
		}
		both := plain.Ranking(r).Writing(writer(func(_, _ string, from []Passage) ([]Sentence, error) {
			wrote++
			return []Sentence{{"It is so.", 0, strings.Join(strings.Fields(from[0].Text)[:4], " ")}}, nil
		}))
		if a, err := both.Answer(t.Context(), unsure, by); !errors.Is(err, r.err) || a.Text != "It is so." || wrote != 1 || !both.Slow(t.Context(), unsure, by) {
			t.Errorf("%s, with a writer: %q (%v), wrote %d times", name, a.Text, err, wrote)
		}
	}
	if plain.Slow(t.Context(), unsure, by) || plain.Ranking(ranker{away: true, asked: &asked}).Slow(t.Context(), unsure, by) {
		t.Error("it takes a while to ask nobody")
	}
}

// A client is not told the steps of professionals, whatever is said to be near.
func TestARankerTellsClientsNothingOfProfessionals(t *testing.T) {
	plain := shippedBase(t)
	asked := 0
	for _, a := range plain.Articles("en") {
		for i := range a.Sections {
			b := plain.Ranking(ranker{near: []Near{near(a.ID, i, 1)}, asked: &asked})
			got, err := b.Answer(t.Context(), "zorp flimm quux", Asker{"en", ForClient})
			if err != nil || got.Article != a {
				t.Fatalf("%s#%d: %v, %v", a.ID, i, got.Article, err)
			}
			if foreign := a.Audience == ForProfessional; got.Aside != foreign || foreign && got.Text != a.Aside() {
				t.Errorf("%s#%d tells a client %q", a.ID, i, got.Text)
			}
		}
	}
}

func TestWhatASectionIsAbout(t *testing.T) {
	b := shippedBase(t).With(func(name, _ string) string { return "<" + name + ">" })
	a := b.Article("en", "reset-link")
	text := a.Meaning(1)
	for _, want := range append(a.Questions(), a.Title(), a.Heading(1), "newest") {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in %q", want, text)
		}
	}
	if text == a.Meaning(0) || strings.Contains(text, "**") {
		t.Errorf("it is about %q", text)
	}
}

// What questions about something else are, the articles must not answer.
func TestElsewhere(t *testing.T) {
	b := shippedBase(t)
	for _, lang := range b.Languages() {
		all := b.lexicon(lang).elsewhere
		if got := b.Elsewhere(lang); len(got) != len(all) || len(got) < 20 {
			t.Errorf("%s: of %d questions the articles answer %d", lang, len(all), len(all)-len(got))
		}
	}
	files := map[string]string{
		"en/moon.md": article("en", "moon", "How do I moon?", "How far away is the moon?", "How to moon", "The moon"),
		"de/moon.md": article("de", "moon", "How do I moon?", "Wie weit ist der Mond weg?", "How to moon", "Der Mond"),
	}
	own, err := Load(folder(files))
	if err != nil {
		t.Fatal(err)
	}
	en, de := own.Elsewhere("en"), own.Elsewhere("de")
	if len(en) != len(b.Elsewhere("en"))-1 || strings.Contains(strings.Join(en, "\n"), "moon") {
		t.Errorf("what an article answers is elsewhere: %q", en)
	}
	if len(de) < fewestElsewhere {
		t.Errorf("a language without questions of its own has %q", de)
	}
}
