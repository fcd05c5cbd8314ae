// Package flows runs conversations written as decision trees. It knows no clock,
// network or database: what it needs comes in, what happened goes out.
//
// A [Book] is loaded once from YAML files (README.md beside this file teaches the
// language). From then on two methods carry everything:
//
//	options := book.Moves(session)         // what may be done next
//	session, events := book.Next(session, move)
//
// Both are pure and total: any session and any move give an answer, never an error,
// so every path of a tree can be walked by a program. What a person typed becomes
// a move through a [Reader]; that is the only uncertain place, and it can only choose
// among the legal moves. [Book.Decide] has the last word: what would be hard to take back is
// asked about unless the reading is certain.
package flows
