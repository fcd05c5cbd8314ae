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
//  2. The conversation is loaded or begun. An inbound message whose ExternalID is known
//     already changes nothing.
//  3. The text is read as one of the moves that are legal now (a pressed button is certain),
//     and the decision tree gives the next session and what happened.
//  4. Messages, ticket and deliveries are committed as one turn.
//  5. Whoever watches the conversation is woken and reads on from its own number; the
//     deliverer sends what is owed to push channels such as mail.
//
// # Beside the conversation
//
// What a person does with their conversation and not in it, rating it or having it mailed to
// them, takes the same way of change and moves nothing in the tree. [Bot.Forget] deletes a
// conversation whole; whoever was about to change it finds that somebody was quicker.
package bot
