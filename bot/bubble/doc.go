// Package bubble is the chat bubble: a socket server, the widget that a page embeds with
// one line, and a page that shows it. It decides nothing about a conversation; it carries
// words in and the log out.
//
// # Embedding
//
//	<script src="https://bot.example/latchkey.js" async></script>
//
// The script adds a <latchkey-bubble> unless the page has placed one itself. README.md in
// the folder widget lists attributes, methods, events and custom properties.
//
// # Who is who
//
// There is no cookie and no account. At the first word the widget makes a token of 256
// random bits and keeps it; the address of the conversation is a hash of it, so what is
// stored does not open the conversation. Before the first word nothing is stored on either
// side. The widget, not the server, makes the token, and it names each message, because then
// everything it sends can be sent again after a lost answer without beginning a second
// conversation or saying a thing twice.
//
// # Frames
//
// Every frame is one JSON object in a text message, at most 16 KiB on the way in. Unknown
// fields are ignored, so that either side may be newer. Times are milliseconds since 1970.
//
// From the widget:
//
//	{"type":"hello","v":1,"token":"q0…","after":17,"lang":"fr-CA","audience":"client"}
//
// The first frame, within 15 seconds, and again whenever the token or the language has
// changed. Without a token, or with one that is not known yet, the answer is the
// welcome in the given language. "after" is the number of the last message that is shown.
//
//	{"type":"message","id":"m-8f2k41zq","text":"my password is refused"}
//	{"type":"press","id":"m-8f2k41zr","move":"choose:yes","seq":4,"label":"Yes"}
//
// What a person typed, and the button they pressed: "seq" is the number of the message that
// offered it, 0 for the buttons of "always". The id is the widget's, 8 to 64 letters, digits,
// "-" or "_". Text has at most 2,000 characters.
//
//	{"type":"ping"}
//
// Answered with a pong: a page cannot see the protocol's own pings, so this is how it
// learns that its line is dead.
//
// From the server:
//
//	{"type":"hello","after":17,"last":19,"stored":true,"languages":[{"code":"en","name":"English"}],"longest":2000}
//
// The answer to hello. Messages follow from "after" (excluded) to "last"; what the widget
// shows beyond "last" is to be forgotten. "stored" is false for a welcome. "longest" is
// how many characters a text may have.
//
//	{"type":"state","lang":"fr","status":"bot","always":[{"move":"jump:person","label":"…"}],"words":{"send":"Envoyer"}}
//
// After every hello, and whenever it differs from the last one. "status" is bot, team or
// closed. "words" are the widget's own words and come only when the language is new.
//
//	{"type":"message","seq":4,"from":"bot","text":"…","choices":[{"move":"choose:yes","label":"Yes"}],"at":1795425600000}
//	{"type":"message","seq":5,"from":"contact","id":"m-8f2k41zr","text":"Yes","move":"choose:yes","at":1795425601000}
//	{"type":"message","seq":6,"from":"bot","text":"…","event":"ticket","ticket":"LK-1042","at":1795425601000}
//
// One entry of the log. "from" is contact, bot or agent; "event" is ticket or resolved. The
// same seq may come twice: the later one replaces the earlier.
//
//	{"type":"ack","id":"m-8f2k41zr"}
//
// The message with this id is stored. Until then the widget keeps it and may send it again.
//
//	{"type":"thinking"}
//
// What was sent is being worked on and takes a moment. It is over with the next ack or error.
//
//	{"type":"error","code":"slow_down","id":"m-8f2k41zr","text":"…","retry":1500}
//
// The message was not taken: "slow_down" (too many at once), "too_long", "not_stored" (a
// fault of ours). With "retry" it may be sent again after so many milliseconds.
//
//	{"type":"pong"}
//
// # Closing
//
// The server says why it closes: 1003 not a text frame, 1009 too big, 1012 the service
// restarts, 1013 the conversation cannot be read just now, 4400 a frame that cannot be
// understood, 4401 no token or a malformed one, 4408 no hello in time or a reader that is
// too slow, 4429 far too many frames. The widget comes back with its number; nothing is lost.
package bubble
