package classify

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

var lexicon = Lexicon{
	"not":      {"not", "dont", "pas", "never"},
	"password": {"password*", "mot de passe"},
	"forget":   {"forg*", "oubli*"},
	"mail":     {"email", "courriel*"},
	"receive":  {"receiv*", "arriv*", "recu"},
}

func examples(label, lang string, texts ...string) (out []Example) {
	for _, t := range texts {
		out = append(out, Example{label, lang, t})
	}
	return out
}

// school is a small set of meanings.
func school() []Example {
	return slices.Concat(
		examples("forgot", "en", "I forgot my password", "forgotten password", "password forgotten again", "I never remember my password"),
		examples("forgot", "fr", "j'ai oublié mon mot de passe", "mot de passe oublié"),
		examples("no_mail", "en", "the email did not arrive", "no email received", "I have not received the email"),
		examples("no_mail", "fr", "le courriel n'arrive pas", "pas reçu de courriel"),
		examples("known", "en", "I did not forget my password", "my password is not forgotten"),
		examples(OutOfScope, "en", "what is the weather like", "play some music", "where is my order"),
	)
}

func best(m *Model, text, lang string) (string, float32) {
	p := m.Scores(text, lang)
	i := 0
	for c := range p {
		if p[c] > p[i] {
			i = c
		}
	}
	return m.Labels()[i], p[i]
}

// What was learnt from is read right, and so is what is like it: misspelt, without accents, in
// the other language, turned round.
func TestReads(t *testing.T) {
	m := Train(school(), lexicon, nil)
	for _, c := range []struct{ text, lang, want string }{
		{"I forgot my password", "en", "forgot"},
		{"i forgott my pasword!!", "en", "forgot"},
		{"mot de passe oublie", "fr", "forgot"},
		{"mon mot de passe est oublié", "en", "forgot"},
		{"email never arrived", "en", "no_mail"},
		{"le courriel est pas arrivé", "fr", "no_mail"},
		{"I did NOT forget my password", "en", "known"},
		{"is the weather good", "en", OutOfScope},
	} {
		if got, p := best(m, c.text, c.lang); got != c.want {
			t.Errorf("%q was read as %s (%.2f), not %s", c.text, got, p, c.want)
		}
	}
}

// A text of which nothing was ever seen has no meaning, and all probabilities are ones.
func TestStrange(t *testing.T) {
	m := Train(school(), lexicon, nil)
	for _, text := range []string{"", "…", "qxz vbk", "зимой и летом", "🙂", strings.Repeat("k", 5000)} {
		sum := float32(0)
		for _, p := range m.Scores(text, "en") {
			if p < 0 || p > 1 || math.IsNaN(float64(p)) {
				t.Fatalf("%q has the probability %g", text, p)
			}
			sum += p
		}
		if sum > 0.2 {
			t.Errorf("%.20q means something with %.2f", text, sum)
		}
	}
	sum := float32(0)
	for _, p := range m.Scores("I forgot my password", "en") {
		sum += p
	}
	if sum < 0.999 || sum > 1.001 {
		t.Errorf("what is known adds up to %g", sum)
	}
}

// The same examples give the same model, whatever the order of maps.
func TestTrainingIsRepeatable(t *testing.T) {
	a, b := Train(school(), lexicon, nil), Train(school(), maps.Clone(lexicon), nil)
	for _, text := range []string{"password", "nothing arrived", "music"} {
		if !slices.Equal(a.Scores(text, "en"), b.Scores(text, "en")) {
			t.Errorf("%q is read in two ways", text)
		}
	}
}

// A veto rules a label out, whatever else speaks for it.
func TestVeto(t *testing.T) {
	m := Train(school(), lexicon, map[string][]string{"forgot": {"not forget"}, "nobody": {"password"}})
	for _, text := range []string{"I did not forget my password", "j'ai pas oublié mon mot de passe"} {
		if p := m.Scores(text, "en")[slices.Index(m.Labels(), "forgot")]; p != 0 {
			t.Errorf("%q is ruled out, and has %.2f", text, p)
		}
	}
	if got, _ := best(m, "I forgot my password", "en"); got != "forgot" {
		t.Errorf("without the veto it is read as %s", got)
	}
}

func TestConcepts(t *testing.T) {
	c := newConcepts(Lexicon{"login": {"log in", "log into", "connect*"}, "not": {"cant"}, "app": {"app"}, "in": {"in"}})
	for text, want := range map[string]string{
		"i cant log in":           "not login",
		"connecting to the app":   "login app",
		"log the app in":          "app in",
		"disconnected":            "",
		"log into":                "login",
		"connect":                 "login",
		"i cant cant log in in x": "not not login in",
	} {
		var got []string
		for _, f := range c.in(strings.Fields(text)) {
			got = append(got, c.names[f.concept])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q has %v, not %s", text, got, want)
		}
	}
}

func TestRepair(t *testing.T) {
	r := newRepairs()
	for _, w := range []string{"password", "passwords", "email", "locked", "blocked", "reset"} {
		r.learn(w)
	}
	r.finish()
	for typed, want := range map[string]string{
		"pasword":   "password", // left out
		"passsword": "password", // put in
		"passwerd":  "password", // exchanged
		"passwrod":  "password", // swapped
		"pasword1x": "pasword1x",
		"emial":     "email",
		"rest":      "rest", // too short to touch
		"password":  "password",
		"weather":   "weather",
	} {
		if got := r.repair(typed); got != want {
			t.Errorf("%q was mended to %q, not %q", typed, got, want)
		}
	}
}

func TestMeasure(t *testing.T) {
	f := Measure([]Read{
		{"en", "a", "a", 0.9}, {"en", "a", "b", 0.3}, {"en", "b", "b", 0.8}, {"en", OutOfScope, OutOfScope, 0.7}, {"en", OutOfScope, "a", 0.2},
	})
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %g, not %g", what, got, want)
		}
	}
	near("accuracy", f.Accuracy, 3.0/5)
	near("recall of a", f.Labels["a"].Recall, 0.5)
	near("precision of a", f.Labels["a"].Precision, 0.5)
	near("F1 of b", f.Labels["b"].F1, 2*0.5/1.5)
	near("macro-F1", f.MacroF1, (0.5+2.0/3+2.0/3)/3)
	near("in-scope recall", f.InScopeRecall, 2.0/3)
	near("out-of-scope recall", f.OutRecall, 0.5)
	near("out-of-scope precision", f.OutPrecision, 1)
	near("coverage", f.Coverage95, 3.0/5)
	if len(f.Confusions) != 2 || f.Confusions[0] != (Confusion{"a", "b", 1}) {
		t.Errorf("confusions: %v", f.Confusions)
	}
	if empty := Measure(nil); empty.Accuracy != 0 || empty.Coverage95 != 0 {
		t.Errorf("of nothing: %+v", empty)
	}
	// Texts of one score are taken together: which comes first must not matter.
	if got := Measure([]Read{{"en", "a", "a", 0.5}, {"en", "a", "b", 0.5}}).Coverage95; got != 0 {
		t.Errorf("of two that are equally certain, one wrong, %g are covered", got)
	}
}

func FuzzScores(f *testing.F) {
	m := Train(school(), lexicon, nil)
	f.Add("I forgot", "en")
	f.Add("\xff\xfe", "xx")
	f.Fuzz(func(t *testing.T, text, lang string) {
		for _, p := range m.Scores(text, lang) {
			if !(p >= 0 && p <= 1.0001) {
				t.Fatalf("%q: %g", text, p)
			}
		}
	})
}

// Concepts are found in misspelt words, too, in the order of the text.
func TestConceptsOfAText(t *testing.T) {
	m := Train(school(), lexicon, nil)
	for text, want := range map[string][]string{
		"I forgot my pasword":             {"forget", "password"},
		"pas reçu de courriel":            {"not", "receive", "mail"},
		"mot de passe oublié, never mind": {"password", "forget", "not"},
		"nothing of the kind":             nil,
	} {
		if got := m.Concepts(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, not %v", text, got, want)
		}
	}
}
