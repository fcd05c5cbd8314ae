// Package slackchat is Slack: professionals get help where they work, and the team answers from
// a thread.
//
// # What comes
//
// Slack brings events, presses and commands over sockets (Socket Mode) or by HTTP. Each is stored
// in the inbox of the core before it is acknowledged, and recognised when it comes again, on
// whichever connection or node; nothing is thought about before that. Of its texts the inbox keeps
// what is free of secrets whatever was said before; see accept. Then it is handled: one
// after the other within a conversation, side by side across them; what has to wait holds up its
// conversation and no other. What the process leaves behind is taken up at the next start.
//
// Slack tells an event four times within six minutes and never again. After a start, after a time
// without a socket, and when something could not be kept, the places where this program has posted
// within two weeks are read, and what is new goes the way of an event. A message is known by its
// place, however it comes. What is not found so: presses, which Slack tells people have failed; the
// first words of somebody who never wrote before; and a message that was deleted meanwhile.
//
// # Where conversations are held
//
// The address of a conversation names the workspace, the channel, the thread and the person:
//
//	T1:D1               direct messages with somebody
//	T1:D1:1700.1        a thread of them, or of the assistant's pane
//	T1:C1:1700.1:U1     what U1 asked in a thread of a channel, by mentioning the app
//
// An app of today has no such pane: Slack gives new apps the agent messaging experience (agent_view in
// the manifest), where people write in the Messages tab as in any direct messages, below prompts that
// are set when they open it. Both are served, and nothing says which an app has: with a pane, opening
// the direct messages beside it greets as well, once. The program answers there as it is written to,
// not in a thread below each message; so it shows no sign that it works, which Slack shows in threads
// only. What is known of the new experience is from https://docs.slack.dev/ai/migrating-to-agent-messaging
// and the pages of the methods; it was never tried against an app of Slack's own.
//
// Members of the workspace are professionals; guests and people of other workspaces are helped as
// clients are. In a channel, where others read along, what repeats something about a person is
// seen by the one who asked only, and what is asked for can be answered in a window. What the team
// says there of a person comes as a direct message, and what follows that one is its answer.
//
// # What goes
//
// Everything is a delivery of the core. What is said to a contact is one message of Slack for
// each turn, or several when it is long, which change together; with the next, its buttons go, and
// the choice that was made is shown. A ticket is a card in its queue's channel, changed in place,
// with the conversation in its thread. What it lacks the person can add in a window, and the card has
// it then. In that thread nothing reaches the contact that does not begin with the word for it, or
// comes from the window behind Reply. What is edited or deleted there is edited or taken back for the
// contact, or as a note. Files stay in the team, and whoever attaches one to a reply is told. Smileys,
// which Slack writes as names, become signs, and words lose the signs by which Slack marks them:
// elsewhere these would stand there as they are. What an agent struck out is left out.
//
// A ticket that is passed on leaves its channel for that of the other queue. When that has none, cards
// offer no passing; a ticket that is passed there elsewhere goes on in its thread, and says so.
//
// Each message carries the id of what it answers as metadata. When the process dies between posting
// and recording, it is found again by that and not posted twice; a picture is found by its title.
// What only one person sees cannot be found again: it may be said twice then.
//
// When Slack says that a method is called too often, nobody in this process calls it before the time
// it names; for posting that is so channel by channel, as Slack counts. Several processes learn it
// each for themselves.
//
// The Home is shown when it is opened, and for an hour after that when a request of the person
// changes in this process.
//
// Texts are rich text, made of elements: nothing a person wrote is read as markup, so that it
// can ping nobody.
package slackchat
