// Package bot is the core of Latchkey: contacts, conversations, messages, tickets, and the
// rules by which they change. It knows no socket, database, mail server or vendor.
//
// A conversation is a numbered log; everything else is a cursor over it. There is one way
// in, [Bot.Receive], and one way to change: load the conversation, alter it, commit a
// [Turn] against the version that was loaded, and do it again when somebody was quicker.
// Nothing leaves before it is stored.
//
// # One message
//
//  1. A channel hands an [Inbound] to Receive. Secrets are removed here, before anything
//     else sees the text; a picture is read and written anew, before anything keeps it.
//  2. The conversation is loaded or begun, and with it what was said before, which can make a
//     secret of a word. An inbound message whose ExternalID is known already changes nothing.
//  3. The text is read as one of the moves that are legal now (a pressed button is certain),
//     and the decision tree gives the next session and what happened.
//     What is no move, and has the form of a question, is looked up in the articles (package kb):
//     the passage is quoted and the step asked again, or the bot says that it does not know.
//     Facts that come by their names, from a window with several fields, complete the ticket that is
//     open.
//  4. Messages, ticket and deliveries are committed as one turn.
//     Where the reader has to ask somebody else, such as a model, the message is committed alone
//     first, and read and answered in a second turn. A process that ends in between leaves it
//     unread in the store; the next start, or another node, answers it.
//  5. Whoever watches the conversation is woken and reads on from its own number; the
//     deliverer sends what is owed to push channels such as mail.
//
// # The team
//
// A ticket is heard of at a [Desk]. What is owed to one desk about one ticket leaves in its order,
// a lane, and the name the other side gave to what it got comes back with what follows; so a live
// desk can keep one card up to date. An agent takes a ticket, replies, notes, passes it on or
// resolves it; each act is one turn, against the version of the conversation and of the ticket, and
// does nothing the second time. A note is no part of the log.
//
// A log only grows. When an agent changes or withdraws what they said, the message changes where it
// stands, and an entry at the end, [EventEdited], tells everybody who reads on from a number. How
// far an agent's words have come, their [Fate], is what the contact's side reports by [Bot.Mark];
// what nobody has seen for a while goes out by mail.
//
// On a channel that has to be written to, what is said to a contact is a delivery like any other,
// and what comes in is kept by [Bot.Accept] before it is acknowledged. Where such a channel knows
// one human behind several conversations, their tickets are one list.
//
// # Beside the conversation
//
// What a person does with their conversation and not in it, rating it or having it mailed to
// them, takes the same way of change and moves nothing in the tree. [Bot.Forget] deletes a
// conversation whole; whoever was about to change it finds that somebody was quicker.
package bot
