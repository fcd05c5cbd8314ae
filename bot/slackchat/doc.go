// Package slackchat is Slack: professionals get help where they work, and the team answers from
// a thread.
//
// # What comes
//
// Slack brings events, presses and commands over sockets (Socket Mode) or by HTTP. Each is stored
// in the inbox of the core before it is acknowledged, and recognised when it comes again, on
// whichever connection or node; nothing is thought about before that. Then it is handled: one
// after the other within a conversation, side by side across them. What the process leaves behind
// is taken up at the next start.
//
// # Where conversations are held
//
// The address of a conversation names the workspace, the channel, the thread and the person:
//
//	T1:D1               direct messages with somebody
//	T1:D1:1700.1        a thread of the assistant's pane
//	T1:C1:1700.1:U1     what U1 asked in a thread of a channel, by mentioning the app
//
// Members of the workspace are professionals; guests and people of other workspaces are helped as
// clients are. In a channel, where others read along, what repeats something about a person is
// seen by the one who asked only, and what is asked for can be answered in a window.
//
// # What goes
//
// Everything is a delivery of the core. What is said to a contact is one message of Slack for
// each turn; with the next, its buttons go, and the choice that was made is shown. A ticket is a
// card in its queue's channel, changed in place, with the conversation in its thread. In that
// thread nothing reaches the contact that does not begin with the word for it, or comes from the
// window behind Reply.
//
// Each message carries the id of its delivery as metadata. When the process dies between posting
// and recording, it is found again by that and not posted twice. What only one person sees cannot
// be found again; it may be said twice then.
//
// Texts are rich text, made of elements: nothing a person wrote is read as markup, so that it
// can ping nobody.
package slackchat
