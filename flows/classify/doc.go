// Package classify tells what a short text means, from example phrases alone. It knows no
// conversation, file or network: examples go in, a [Model] comes out, which gives every label a
// probability.
//
// A text is seen in four ways at once ([analyzer]): its stems and their neighbours, pieces of
// three to five letters inside its words (which survive typing errors and missing accents), the
// concepts that a lexicon finds in it whatever the language, and what a "not" or a "pas" turns
// round. On these one softmax regression is trained, with labels that have few examples raised a
// little. Training takes well under a second for a few thousand phrases.
package classify
