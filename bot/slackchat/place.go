package slackchat

import "strings"

// place is where a conversation is held. Its written form is the address of the conversation.
type place struct {
	team, channel string
	// thread is the first message of the thread; empty in a direct message that has none.
	thread string
	// user is who is talked to, in a channel: each of those who ask in a thread has a
	// conversation of their own.
	user string
}

func (p place) String() string {
	parts := []string{p.team, p.channel, p.thread, p.user}
	for len(parts) > 2 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ":")
}

func placeOf(address string) place {
	parts := append(strings.Split(address, ":"), "", "", "", "")
	return place{parts[0], parts[1], parts[2], parts[3]}
}

// direct says whether it is a direct message: its channels begin with a D.
func (p place) direct() bool { return strings.HasPrefix(p.channel, "D") }

// receipt is how a message is remembered: its channel and its time stamp, which is its id there.
func receipt(channel, ts string) string { return channel + ":" + ts }

func fromReceipt(r string) (channel, ts string) {
	channel, ts, _ = strings.Cut(r, ":")
	return channel, ts
}

// receiptPlace is the channel that a remembered message is in.
func receiptPlace(r string) place {
	channel, _ := fromReceipt(r)
	return place{channel: channel}
}
