package bot

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// sweepEvery is how often silent conversations are looked for: a reminder may be that late.
const sweepEvery = 30 * time.Second

// lookEvery is how often deliveries are looked for though nobody stirred: another process may
// have left some.
const lookEvery = 15 * time.Second

// Run delivers what is owed, answers what a process before left unread, and looks after silent
// conversations, words that nobody sees and old versions of the decision trees, until the context
// ends. What is being sent then is finished.
func (b *Bot) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.every(ctx, sweepEvery, nil, b.Sweep, "sweep") })
	g.Go(func() error { return b.every(ctx, sweepEvery, nil, b.unreader(), "answer") })
	g.Go(func() error { return b.every(ctx, pruneEvery, nil, b.Prune, "prune") })
	if b.o.MailAfter > 0 {
		g.Go(func() error { return b.every(ctx, sweepEvery, nil, b.MailUnseen, "mail unseen") })
	}
	g.Go(func() error { return b.deliverer(ctx) })
	return g.Wait()
}

// every does something now and then until the context ends. An error is logged and does not
// stop it: the store may be back the next time.
func (b *Bot) every(ctx context.Context, d time.Duration, stirred <-chan struct{}, do func(context.Context) (int, error), what string) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-stirred:
		case <-timer.C:
		}
		if _, err := do(ctx); err != nil && !errors.Is(err, context.Canceled) {
			b.o.Log.Error(what, "error", err)
		}
		timer.Reset(d)
	}
}

// sendTime is the most a send may take after the context has ended.
const sendTime = 8 * time.Second

func (b *Bot) deliverer(ctx context.Context) error {
	// Sends go on for a moment when the program is told to stop: a mail that was handed over
	// but not recorded would be sent twice.
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(sendTime, stop) })()
	return b.every(ctx, lookEvery, b.stirred, func(context.Context) (int, error) { return b.deliverWhile(ctx, sending) }, "deliver")
}

// deliverWhile claims only while the program runs, and finishes what it has claimed.
func (b *Bot) deliverWhile(running, sending context.Context) (int, error) {
	total := 0
	for running.Err() == nil {
		n, err := b.deliverOnce(sending)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
	return total, nil
}
