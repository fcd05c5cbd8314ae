// Package openai puts a language model behind the reader: any server that speaks OpenAI's chat and
// embeddings endpoints (OpenAI, Azure, vLLM, Ollama, llama.cpp). It is the only package that knows
// such a server, and everything it does can be done without one.
//
// # What a model may decide
//
// Nothing. [Model.Reader] asks it only where reading without one is not sure, and its answer is a
// vote among the moves that are legal there, by ids that mean nothing anywhere else. A vote is
// never surer than [Cap], so that a move with consequences is confirmed by the person first.
// [Model.Write] has it phrase an answer from passages that were found before, and keeps only
// sentences that say on which words of which passage they rest, where those words stand there and
// nothing else in the sentence is new. Whatever a text or a passage tells the model to do, these
// are all the answers there are. [Model.Ranker] compares the embeddings of what is asked and of the
// sections of the articles: it finds a section, or none, and writes nothing.
//
// # When it fails
//
// A call that is late, cut, too long, not of the agreed form, refused or over the limits comes to
// nothing, and so does everything else that can go wrong: the reading without a model stands, the
// passage is quoted, the search goes by words. Nobody is told, except the operator: [Model.Run] logs
// what was asked, how long it took, what it cost and why it failed. It is asked once, not again:
// the person waits. After five failures in a row it is left alone, for half a minute at first and at
// most for [LongestRest].
//
// # What leaves
//
// What a person wrote, without secrets (package redact), and with e-mail addresses and telephone
// numbers masked; the labels and example phrases of the moves; the passages; for embeddings, once, the
// articles. A name that stands in the sentence goes along. Nothing else that is known of a person
// does, no id, and no earlier message. The prompts are files, in the folder prompts; [LoadPrompts] takes others instead.
// Keys and texts are never logged; what a server says about an error is not either, because it may
// repeat them.
package openai
