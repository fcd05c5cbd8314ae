package flows

import (
	"strings"
	"testing"

	"latchkey/flows/classify"
)

// What a start costs: training the classifier from the shipped phrases.
func BenchmarkTrain(b *testing.B) {
	book, err := Load(Shipped())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		classify.Train(book.examples(), book.concepts(), book.vetoes())
	}
}

// What one typed message costs, at the first question, which has the most that can be meant.
func BenchmarkRead(b *testing.B) {
	book, err := Load(Shipped())
	if err != nil {
		b.Fatal(err)
	}
	reader := book.Matcher()
	book.model()
	for _, lang := range []string{"en", "fr"} {
		s, _ := book.Start("client", lang, nil)
		texts := map[string]string{
			"short": "ok",
			"usual": "i never got the reset email, checked my spam",
			"long":  strings.Repeat("I tried everything and the app still says that my password is wrong ", 6),
		}
		for name, text := range texts {
			b.Run(lang+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := reader.Read(b.Context(), text, lang, book.Moves(s)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
