package bubble

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"latchkey/bot"
)

// tooMany is why something has to wait.
type tooMany struct{ wait time.Duration }

func (e *tooMany) Error() string { return "too many; again in " + e.wait.String() }

// What an upload may fail of besides.
var (
	errMalformed = errors.New("this is not how pictures come")
	errSlowLine  = errors.New("the line is too slow for a picture")
	errRestarts  = errors.New("the service restarts")
)

// theirs says whether an error is of the other side's making.
func theirs(err error) bool {
	var no bot.Refusal
	return errors.As(err, &no) || errors.Is(err, bot.ErrNotFound) || errors.Is(err, errMalformed) || errors.Is(err, errSlowLine)
}

// spend takes one of each budget for something that is done now, and gives it back when it fails
// by a fault of ours: whoever tries again shall not find the budget empty.
func (b *Bubble) spend(do func() error, all ...*rate.Limiter) error {
	now := b.now()
	spent, wait := take(now, all...)
	if wait > 0 {
		return &tooMany{wait}
	}
	err := do()
	if err != nil && !theirs(err) {
		spent.back(now)
	}
	return err
}

// receive hands something to the core. begun: the conversation is known to exist, so that this
// does not begin one.
func (b *Bubble) receive(from netip.Prefix, in bot.Inbound, begun bool) error {
	// A visitor who leaves takes nothing back: the deadline is the only end.
	ctx, cancel := context.WithTimeout(context.Background(), b.limits.receive)
	defer cancel()
	hand := func() error { return b.core.Receive(ctx, in) }
	if begun {
		return hand()
	}
	_, err := b.core.View(ctx, channel, in.Address, 0, 1)
	if errors.Is(err, bot.ErrNotFound) {
		return b.spend(hand, b.gate.crowd(from).conversations)
	}
	if err != nil {
		return err
	}
	return hand()
}

// rate notes how the help was.
func (b *Bubble) rate(address string, helpful bool, comment string) error {
	ctx, cancel := context.WithTimeout(context.Background(), b.limits.receive)
	defer cancel()
	return b.core.Rate(ctx, channel, address, helpful, comment)
}

// mark notes how far the team's words have come. Nobody waits for it, and nothing is lost with it:
// the next mark says more.
func (b *Bubble) mark(conversation, address string, delivered, seen int64) {
	ctx, cancel := context.WithTimeout(context.Background(), b.limits.receive)
	defer cancel()
	if err := b.core.Mark(ctx, channel, address, delivered, seen); err != nil && !errors.Is(err, bot.ErrNotFound) {
		b.log.Error("what was delivered or seen is not stored", "conversation", conversation, "error", err)
	}
}

// transcript has the conversation mailed.
func (b *Bubble) transcript(address, email string) error {
	ctx, cancel := context.WithTimeout(context.Background(), b.limits.receive)
	defer cancel()
	return b.core.Transcript(ctx, channel, address, email)
}

// later is when to try again what failed by a fault of ours.
const later = 5 * time.Second

// refused is the error frame for an error. Unless it is known how this comes, the operator wants
// to hear of it.
func (b *Bubble) refused(err error, id, lang string) (f errorFrame, known bool) {
	var many *tooMany
	var no bot.Refusal
	switch {
	case errors.As(err, &many):
		return b.errorFrame("slow_down", id, lang, many.wait), true
	case errors.As(err, &no):
		return b.errorFrame(string(no), id, lang, 0), true
	case errors.Is(err, bot.ErrNotFound):
		return b.errorFrame("gone", id, lang, 0), true
	case errors.Is(err, errMalformed):
		// Nothing a person can mend: their page's script is of another time than the server.
		f = b.errorFrame("outdated", id, lang, 0)
		f.Code = "malformed"
		return f, true
	}
	known = errors.Is(err, errSlowLine) || errors.Is(err, errRestarts)
	return b.errorFrame("not_stored", id, lang, later), known
}

// errorFrame says kindly that something was not taken. The codes of the bubble have words of
// their own; what the bot refuses, it says itself.
func (b *Bubble) errorFrame(code, id, lang string, retry time.Duration) errorFrame {
	key := prefix + code
	if !slices.Contains(serverWords, code) {
		key = "refused_" + code
	}
	// Rounded up: a moment too early would be refused again.
	ms := (retry + time.Millisecond - 1).Milliseconds()
	return errorFrame{Type: "error", Code: code, ID: id, Text: b.core.Word(key, lang), Retry: ms}
}
