package bubble

import "time"

// limits are the numbers of the server side; tests make them small.
type limits struct {
	frame     int64         // bytes of one frame from the widget
	text      int           // characters of one message
	page      int           // messages sent at once, of a log that may be long
	outbox    int           // frames waiting beside the log
	hello     time.Duration // until the first hello
	ping      time.Duration // once round the wheel
	patience  time.Duration // silence after which a socket is given up; more than two pings
	write     time.Duration // for one frame to leave
	farewell  time.Duration // for the close handshake
	receive   time.Duration // for the core to take a message
	thinking  time.Duration // before the typing indicator: shorter would only flicker
	unheeding int           // refused frames in a row before the line is cut

	picture     int64         // bytes of one picture
	leftover    int64         // bytes taken in beyond, so that the refusal is heard
	upload      time.Duration // for a picture to come in
	uploads     int           // under way at once
	uploadsEach int           // of those, from one client address

	// Of one socket: frames of every kind. Leafing through a long log is a quick one.
	frames budget
	// Of one visitor, over all their tabs and uploads: what they say.
	visitor budget
	tabs    int // sockets with one token at once
	// Of one client address.
	open          int           // sockets at once
	crowded       time.Duration // when to come again if those are taken
	sockets       budget        // new sockets
	messages      budget        // what is said, by everybody there
	conversations budget        // new ones
	pictures      budget
	transcripts   budget
}

// A gym's whole Wi-Fi is one client address, and so are thousands of phones of a mobile operator;
// after an outage they all come back in one minute. So what one address may do is what a busy
// house full of people does, which is little for a machine that means ill: a hundred sockets and
// twenty pictures, 600 messages a minute. New conversations and mails to others are what is worth
// something to such a machine, and what people seldom do.
var usual = limits{
	frame: 16 << 10, text: 2000, page: 50, outbox: 64,
	hello: 15 * time.Second, ping: 8 * time.Second, patience: 18 * time.Second,
	write: 10 * time.Second, farewell: 2 * time.Second, receive: time.Minute,
	thinking: 300 * time.Millisecond, unheeding: 40,

	// 10 MB take 80 seconds at 1 Mbit/s, which is a phone at the edge of the network.
	picture: 10 << 20, leftover: 32 << 20, upload: 2 * time.Minute,
	// At most 240 MB of pictures in memory, were all of them as large as they may be.
	uploads: 24, uploadsEach: 4,

	frames:  budget{rate: 5, burst: 40},
	visitor: budget{rate: 1, burst: 12},
	// Every open page of a site has a socket once its visitor has a conversation, and people who work
	// with a site all day have many.
	tabs: 20,

	open: 100, crowded: 30 * time.Second,
	sockets:       budget{rate: 3, burst: 60},
	messages:      budget{rate: 10, burst: 120},
	conversations: budget{rate: per(time.Hour, 60), burst: 20},
	pictures:      budget{rate: per(time.Minute, 20), burst: 20},
	transcripts:   budget{rate: per(time.Hour, 10), burst: 10},
}
