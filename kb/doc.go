// Package kb answers questions from articles. It knows no clock, network or database, and no
// model: whoever has one hands it in, as a [Ranker] or a [Writer].
//
// An article is a Markdown file, one for each language: articles/en/password-reset.md and
// articles/fr/password-reset.md. README.md teaches how to write one. [Load] is strict, and reports
// every problem at once with its file and line; [Base.Check] proves that each article is found by
// the questions it says it answers.
//
// # From a question to an answer
//
//  1. The question becomes terms: small letters, no accents, several words that mean one thing
//     made one (words/en.yaml), endings cut off. A word that no article uses is read as one that
//     is a single slip away, if there is one and the other words are the articles' own.
//  2. BM25 over four fields (title, questions, headings, text) gives a dozen candidates.
//  3. Each candidate gets a score between 0 and 1: how likely it is that the article answers this.
//     It comes from how alike the question is to one the article says it answers, from how much of
//     the question's weight the article has at all, and from how alike the question is to one
//     about something else (`elsewhere` in words/en.yaml). See [Base.Search].
//  4. Of the best article, the section that shares most with the question is quoted.
//
// Below [Enough] nothing is said to be known: a wrong answer costs more than "I don't know".
//
// # By meaning
//
// Where words are not sure, a [Ranker] is asked, if there is one. Its list and that of the words are
// fused; and an article with too little by words is given if it is the nearest of all, either much
// nearer than questions about something else come ([Base.Elsewhere]), or nearer and with some
// support by words. Without a ranker, or when it fails, everything is as words alone have it.
//
// # Who asks
//
// A client is never told the steps of a professional. Where only such an article fits, its `aside`
// is given instead: who can do it, and nothing of how. A professional hears of what is written for
// clients where it fits clearly better than all that is for professionals, and hears that it is for a
// client.
package kb
