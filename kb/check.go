package kb

import "slices"

// Check proves that each article is found first by its title and by every question that it says it
// answers, whoever it is for, and that the answer is given. It gives what does not hold.
func (b *Base) Check() Problems {
	var problems Problems
	for _, a := range b.all {
		s := source{a.file, &problems}
		by := Asker{a.Lang, a.Audience}
		prove := func(question string, line int) {
			hits := b.Search(question, by, 2)
			switch {
			case len(hits) == 0:
				s.fail(line, "nothing is found by %q: it has no words that say something", question)
			case hits[0].Article != a:
				s.fail(line, "%q finds %s first", question, hits[0].Article.file)
			case hits[0].Score < Enough:
				s.fail(line, "%q finds it with %.2f only; an answer needs %.2f", question, hits[0].Score, Enough)
			}
		}
		prove(a.Title(), a.lines.title)
		for i, q := range a.Questions() {
			prove(q, a.lines.questions[i])
		}
	}
	return problems.sorted()
}

// Starts checks that each `start` is a line of `always` in the decision tree of who the article is
// for. lines gives the names of those lines for an audience, client or professional.
func (b *Base) Starts(lines func(Audience) []string) Problems {
	var problems Problems
	for _, a := range b.all {
		if a.Start == "" {
			continue
		}
		found := false
		for _, tree := range []Audience{ForClient, ForProfessional} {
			if a.Audience == ForEveryone || a.Audience == tree {
				found = found || slices.Contains(lines(tree), a.Start)
			}
		}
		if !found {
			source{a.file, &problems}.fail(a.lines.start, "start: the decision tree for %s has no %q among its lines of `always`", a.Audience, a.Start)
		}
	}
	return problems.sorted()
}
