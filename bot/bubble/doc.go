// Package bubble is the chat bubble: a socket server, the widget that a page embeds with
// one line, and a page that shows it. It decides nothing about a conversation; it carries
// words and pictures in and the log out.
//
// # Embedding
//
//	<script src="https://bot.example/latchkey.js" async></script>
//
// The script adds a <latchkey-bubble> unless the page has placed one itself; latchkey.mjs, a
// module, leaves that to the page. The element's attributes, any of which may change at any
// time:
//
//	lang      language, such as fr-CA; without it the page's, then the browser's
//	audience  client or professional
//	accent    a CSS colour; what stands on it is black or white, whichever is read better
//	position  right, left, or fill: the box the page gives it, without a button
//	theme     light, dark; without it the visitor's system decides
//	open      the panel is open
//	sound     two notes when somebody answers, unless the visitor has said otherwise
//	name, email, identity  who is signed in on the page; see below
//
// It has the methods open, close and toggle, and tells the page of events that bubble up to the
// document:
//
//	latchkey:open     before the panel opens; preventDefault keeps it closed
//	latchkey:close
//	latchkey:message  {seq, from, text}; preventDefault keeps it quiet
//	latchkey:ticket   {number, text}
//
// README.md in the folder widget says more, and lists the custom properties for its looks.
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
// A page whose visitors are signed in can say who they are. Their name and e-mail as they
// stand are hearsay: anybody can write them into a page. With an identity the page's server
// vouches for them:
//
//	payload  = base64url({"id":"42","name":"Ann","email":"ann@example.com","exp":1795425600})
//	identity = payload + "." + base64url(HMAC-SHA256(secret, payload))
//
// Both parts are without padding; "id" is the person's on that page, as text, and "exp" is when it
// ends, in seconds since 1970; neither may be missing. The secret is [Options].IdentitySecret.
// [Sign] makes one. A person whose identity does not hold is served all the same, as somebody
// unverified, and the log says why. In a browser each person has a conversation of their own.
//
// # Frames
//
// Every frame is one JSON object in a text message, at most 16 KiB on the way in. Unknown
// fields are ignored, so that either side may be newer. Times are milliseconds since 1970.
//
// From the widget:
//
//	{"type":"hello","v":1,"token":"q0…","after":17,"lang":"fr-CA","audience":"client","identity":"eyJ…","name":"Ann","email":"ann@example.com"}
//
// The first frame, within 15 seconds, and again whenever the token, the language or the person
// has changed. Without a token, or with one that is not known yet, the answer is the
// welcome in the given language. "after" is the number of the last message that is shown.
// "identity", "name" and "email" may be missing. A name is cut after 200 characters, a language after
// 35, at the end of a part; an e-mail of more than 200 is no e-mail.
//
//	{"type":"message","id":"m-8f2k41zq","text":"my password is refused"}
//	{"type":"press","id":"m-8f2k41zr","move":"choose:yes","seq":4,"label":"Yes"}
//
// What a person typed, and the button they pressed: "seq" is the number of the message that
// offered it, 0 for the buttons of "always". "helped:yes" and "helped:no" say whether an answer
// helped. The id is the widget's, 8 to 64 letters, digits, "-" or "_". Text has at most 2,000
// characters.
//
//	{"type":"older","before":951}
//
// Asks for what was said before that number; it moves nothing else.
//
//	{"type":"seen","seq":17}
//
// Somebody has the panel open and looks at the page, and 17 is the last message of the team in it.
// It goes out once for messages that come together, and is not answered.
//
//	{"type":"rate","id":"m-8f2k41zs","helpful":true,"text":"quick and kind"}
//	{"type":"transcript","id":"m-8f2k41zt","email":"ann@example.com"}
//
// How the help was, with at most 1,000 characters of text, or none; a later rating replaces the
// earlier. And the wish to have the conversation mailed. Both are acknowledged like a message.
//
//	{"type":"ping"}
//
// Answered with a pong: a page cannot see the protocol's own pings, so this is how it
// learns that its line is dead.
//
// From the server:
//
//	{"type":"hello","after":17,"first":18,"last":19,"stored":true,"languages":[{"code":"en","name":"English"}],"longest":2000}
//
// The answer to hello. Messages follow from "first" to "last"; what the widget shows beyond
// "last" is to be forgotten. After 17 everything follows that was missed, so "first" is 18; after
// 0 only the newest 50 do, and if "first" is more than 1 there are older ones to ask for. "stored"
// is false for a welcome. "longest" is how many characters a text may have.
//
//	{"type":"state","lang":"fr","status":"bot","always":[{"move":"jump:person","label":"…"}],"mails":true,"rating":{"seq":12,"helpful":true},"words":{"send":"Envoyer"}}
//
// After every hello, and whenever it differs from the last one. "status" is bot, team or
// closed. With "mails" the conversation can be mailed. "rating" is there once the person has
// rated, and says which message was the last then. "words" are the widget's own words and
// come only when the language is new.
//
//	{"type":"message","seq":4,"from":"bot","text":"…","choices":[{"move":"choose:yes","label":"Yes"}],"at":1795425600000}
//	{"type":"message","seq":5,"from":"contact","id":"m-8f2k41zr","text":"Yes","move":"choose:yes","at":1795425601000}
//	{"type":"message","seq":6,"from":"bot","text":"…","event":"ticket","ticket":"LK-1042","at":1795425601000}
//	{"type":"message","seq":7,"from":"contact","id":"m-8f2k41zu","text":"A picture","picture":{"src":"bubble/picture/Ab3…","width":800,"height":600},"at":1795425602000}
//
//	{"type":"message","seq":8,"from":"agent","name":"Ann","text":"Try now, please.","edited":true,"at":1795425603000}
//	{"type":"message","seq":9,"from":"agent","name":"Ann","text":"","withdrawn":true,"at":1795425604000}
//
// One entry of the log. "from" is contact, bot or agent; "event" is ticket, resolved or
// transcript. "src" is below the server's own address. "name" is an agent's. The same seq may come
// twice: the later one replaces the earlier, as when an agent has edited or withdrawn what they
// said. A log has entries that are never sent, so numbers may be left out.
//
//	{"type":"older","before":951,"first":901}
//
// Ends the answer to older: at most 50 messages have come in order, "first" being the number
// of the oldest. At 1 there is nothing older.
//
//	{"type":"ack","id":"m-8f2k41zr"}
//
// The message with this id is stored. Until then the widget keeps it and may send it again.
//
//	{"type":"thinking"}
//
// What was sent is being worked on and takes a moment; it may come again while that lasts. It
// is over with the next ack or error.
//
//	{"type":"error","code":"slow_down","id":"m-8f2k41zr","text":"…","retry":1500}
//
// What was sent was not taken: "slow_down" (too many at once), "too_long", "empty" (nothing but
// control characters), "not_stored" (a fault of ours), "gone" (there is no conversation to rate
// or to mail), or what the bot refuses: "email" (not an address), "transcripts" (enough of them),
// and those of pictures. With "retry" it may be sent again after so many milliseconds.
//
//	{"type":"pong"}
//
// # Pictures
//
// Pictures go up by POST to /bubble/picture as multipart/form-data, with two parts in this
// order: "hello", the hello's JSON with the picture's "id" in it, and "picture", the file: a PNG,
// JPEG or WebP of at most 10 MB. A picture may be the first word. It is answered with the ack or
// the error that a socket would get:
//
//	200  ack
//	400  "malformed": not understood; the page's script is too old or too new
//	403  no frame: this origin may not embed the bubble
//	413  "picture_large": too many bytes or pixels
//	415  "picture_type": not a picture of these kinds
//	422  "picture_broken", or "picture_many": enough pictures in this conversation
//	429  "slow_down", with Retry-After
//	503  "not_stored", with Retry-After
//
// Any other answer is a proxy's: with 4xx (but not 408 and 429) the widget gives the picture up and
// says so. Without an answer, or with 5xx, it tries again, more and more slowly, and gives up after
// nine failures on a line that stays open: a page of another site cannot read a proxy's refusal.
// Words that come after a picture wait for it for six seconds, and then go first.
//
// They are shown from /bubble/picture/ followed by their id, which nobody guesses.
//
// # Being alive
//
// The server pings every 8 seconds and gives a line up after 18 seconds without any frame. A
// page does the same with its own pings; while a message is being worked on, "thinking" comes
// again as often as the server pings.
//
// # Closing
//
// The server says why it closes: 1003 not a text frame, 1009 too big, 1012 the service restarts
// or the conversation was deleted, 1013 the conversation cannot be read just now, or has too many
// tabs, 4400 a frame that cannot be understood, 4401 no token or a malformed one, 4408 no hello
// in time or a reader that is too slow, 4429 far too many frames. The widget comes back with its
// number; nothing is lost; but what was on its way when 4400 came it does not send again. A line
// may also be refused from the start: 403 the origin may not embed the bubble, 429 too many lines
// from one address, 503 the service restarts.
package bubble
