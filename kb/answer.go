package kb

import (
	"context"
	"errors"
	"strings"
)

// Enough is the score from which an article is said to answer: the lowest at which none of the
// training questions that nothing answers was answered. Of the test questions, on which it was not
// chosen, 115 of 149 are answered right, 5 wrong, and 4 of the 68 that nothing answers get an answer.
const Enough = 0.35

// Answer is what the base says to a question. The zero Answer: it does not know.
type Answer struct {
	// Article and Section say where it comes from.
	Article *Article
	Section int
	// Score is how sure it is by its words. Below [Enough], it was found by its meaning: Likeness
	// says how near that is, from 0 to 1.
	Score, Likeness float64
	// Text is for a chat: paragraphs, lists, **strong**, [words](https://…).
	Text string
	// Aside: the article is for somebody else. Text says whom to ask, and the article is not to be
	// shown.
	Aside bool
	// Written: a [Writer] has phrased it.
	Written bool
}

// Known says whether there is an answer.
func (a Answer) Known() bool { return a.Article != nil }

// Passage is a section that a [Writer] may use, and nothing else.
type Passage struct {
	Article string // the id
	Title   string
	Heading string
	Text    string
}

// Sentence is one that a [Writer] has written, with the words of a passage that it relies on.
type Sentence struct {
	Text string
	// From is the number of the passage, from 0, and Quote stands in it word for word; spaces and
	// line breaks make no difference.
	From  int
	Quote string
}

// Writer phrases an answer from passages alone. Its sentences are not trusted: one whose quote does
// not stand in its passage is dropped. An error, or no sentence left, quotes the passage instead.
type Writer interface {
	Write(ctx context.Context, question, lang string, from []Passage) ([]Sentence, error)
}

// passages is how many sections a writer gets.
const passages = 3

// Find gives the answer to a question as it stands in an article, by words. It asks nobody.
func (b *Base) Find(question string, by Asker) Answer {
	a, _ := choose(b.Search(question, by, candidates), by)
	return a
}

// Answer answers a question, or does not. Where words are not sure, what a [Ranker] says is near in
// meaning counts too. With a [Writer] the answer is phrased from up to three sections. An error is
// theirs: the answer is there all the same, by words, and quoted.
func (b *Base) Answer(ctx context.Context, question string, by Asker) (Answer, error) {
	hits := b.Search(question, by, candidates)
	var unranked error
	if b.ranks(ctx, question, by, hits) {
		var near []Near
		if near, unranked = b.ranker.Rank(ctx, question, by.Lang, nearSections); unranked == nil && len(near) > 0 {
			hits = b.fuse(hits, near, by.Lang)
		}
	}
	a, hits := choose(hits, by)
	if b.writer == nil || len(hits) == 0 {
		return a, unranked
	}
	var from []Passage
	for _, h := range hits[:min(passages, len(hits))] {
		from = append(from, Passage{h.Article.ID, h.Article.Title(), h.Article.Heading(h.Section), h.Article.Chat(h.Section)})
	}
	sentences, err := b.writer.Write(ctx, question, by.Lang, from)
	if err != nil {
		return a, errors.Join(unranked, err)
	}
	if text := supported(sentences, from); text != "" {
		a.Text, a.Written = text, true
	}
	return a, unranked
}

// choose gives the answer, the hits being in the order in which they are believed, and what it may
// be phrased from; nothing when it is an aside.
func choose(hits []Hit, by Asker) (Answer, []Hit) {
	var own, others []Hit
	for _, h := range hits {
		switch {
		case h.Score < Enough && !h.meant:
		case h.Article.Audience.meant(by.Audience):
			own = append(own, h)
		default:
			others = append(others, h)
		}
	}
	switch {
	case len(own) > 0 && (len(others) == 0 || others[0].Score-own[0].Score < fartherOff):
		h := own[0]
		return Answer{Article: h.Article, Section: h.Section, Score: h.Score, Likeness: h.Likeness, Text: h.Article.Chat(h.Section)}, own
	case len(others) > 0:
		h := others[0]
		return Answer{Article: h.Article, Score: h.Score, Likeness: h.Likeness, Text: h.Article.Aside(), Aside: true}, nil
	}
	return Answer{}, nil
}

// fartherOff is how much better an article for others has to fit before its aside is told instead
// of an article that the asker may read.
const fartherOff = 0.25

// Chat gives a section as chats read it. One with a heading begins with it.
func (a *Article) Chat(i int) string {
	text := chat(a.Sections[i].blocks, a.value)
	if h := a.Heading(i); h != "" {
		text = "**" + h + "**\n\n" + text
	}
	return text
}

// supported joins the sentences whose quotes stand in their passages. The quote has to be words,
// and more than one: "a" stands in everything.
func supported(sentences []Sentence, from []Passage) string {
	var kept []string
	for _, s := range sentences {
		quote := strings.Join(strings.Fields(s.Quote), " ")
		if s.From < 0 || s.From >= len(from) || len(strings.Fields(quote)) < 2 {
			continue
		}
		if strings.Contains(strings.Join(strings.Fields(from[s.From].Text), " "), quote) && !strings.Contains(s.Text, "](") {
			kept = append(kept, strings.TrimSpace(s.Text))
		}
	}
	return strings.Join(kept, " ")
}
