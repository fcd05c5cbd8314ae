package kb

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Enough is the score from which an article is said to answer: up to it, what is lost of right answers
// is near to what is saved of wrong ones, by training questions that a fit has not seen (TestFit
// prints them); from there on it is four to nothing. Of the test questions, on which it was not chosen,
// 125 of 181 are answered right, 7 wrong, and 4 of the 116 that nothing answers get an answer.
const Enough = 0.4

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
	a, _ := b.choose(b.Search(question, by, candidates), by)
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
			hits = b.fuse(hits, near, question, by)
		}
	}
	a, hits := b.choose(hits, by)
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
		a.Text, a.Written = b.lead(a.Article, by)+text, true
	}
	return a, unranked
}

// choose gives the answer, the hits being in the order in which they are believed, and what it may
// be phrased from; nothing when it is an aside.
func (b *Base) choose(hits []Hit, by Asker) (Answer, []Hit) {
	var own, others []Hit
	for _, h := range hits {
		switch {
		case h.Score < h.least && !h.meant:
		case h.Article.Audience.own(by.Audience):
			own = append(own, h)
		default:
			others = append(others, h)
		}
	}
	switch {
	case len(own) > 0 && (len(others) == 0 || others[0].Score-own[0].Score < fartherOff):
	case len(others) > 0 && !others[0].Article.Audience.meant(by.Audience):
		h := others[0]
		return Answer{Article: h.Article, Score: h.Score, Likeness: h.Likeness, Text: h.Article.Aside(), Aside: true}, nil
	default:
		own = others
	}
	if len(own) == 0 {
		return Answer{}, nil
	}
	h := own[0]
	return Answer{Article: h.Article, Section: h.Section, Score: h.Score, Likeness: h.Likeness, Text: b.lead(h.Article, by) + h.Article.Chat(h.Section)}, own
}

// fartherOff is how much better an article for others has to fit before it, or its aside, is told
// instead of an article for who asks.
const fartherOff = 0.25

const (
	// enoughOther is the score from which a professional who asks about a client is told what is
	// written for clients.
	enoughOther = Enough + fartherOff
	// enoughUnsaid is the one where the question names no client: a professional who says "my e-mail"
	// is seldom asking for one. Only what reads like a question of the article itself has it.
	enoughUnsaid = 0.9
	// never is a score that nothing has.
	never = 2
)

// least gives the score from which an article is told to who asks.
func (b *Base) least(a *Article, question string, by Asker) float64 {
	if a.Audience.own(by.Audience) || !a.Audience.meant(by.Audience) {
		return Enough // or its aside, which says whom to ask
	}
	l := b.lexicon(by.Lang)
	switch {
	case l.forClient == "":
		return never
	case slices.ContainsFunc(l.words(question), func(w string) bool { return slices.Contains(l.client, w) }):
		return enoughOther
	}
	return enoughUnsaid
}

// lead is what stands before an answer that does not speak to who asks.
func (b *Base) lead(a *Article, by Asker) string {
	if a.Audience.own(by.Audience) {
		return ""
	}
	return b.lexicon(by.Lang).forClient + "\n\n"
}

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
