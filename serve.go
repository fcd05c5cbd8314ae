package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/bot/bubble"
	"latchkey/bot/slackchat"
	"latchkey/kb/pages"
)

// How long the end may take: the sockets are told, requests and mails in hand are finished.
const shutdownTime = 9 * time.Second

// serve runs the server until the context ends.
func (p program) serve(ctx context.Context, c Config) error {
	log := newLog(p.err, c)
	ps, err := p.build(ctx, c, log)
	if err != nil {
		return err
	}
	defer ps.store.Close()
	go ps.book.Warm()
	go ps.help.Warm()
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen at %s: %w (another address: --addr :9090)", c.Addr, err)
	}
	proxies, err := bubble.ParseProxies(c.Proxies)
	if err != nil {
		return err // the settings were checked
	}
	bub := bubble.New(ps.bot, bubble.Options{
		Origins: c.Sites, Product: c.Product, URL: c.URL,
		IdentitySecret: string(c.IdentitySecret), Proxies: proxies, Logger: log,
	})
	if ps.base == "" {
		ps.base = "http://" + reachable(listener.Addr()) // before anybody can ask
	}
	var leaving atomic.Bool
	server := &http.Server{
		Handler:           p.routes(c, ps, bub, &leaving),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	fmt.Fprint(p.out, startup(c, ps, listener.Addr()))
	if p.ready != nil {
		p.ready(listener.Addr().String())
	}

	g, running := errgroup.WithContext(ctx)
	g.Go(func() error { return ps.bot.Run(running) })
	g.Go(func() error { return bub.Run(running, ps.bot) })
	if ps.slack != nil {
		g.Go(func() error { return ps.slack.Run(running, ps.bot) })
	}
	if ps.model != nil {
		g.Go(func() error { return ps.model.Run(running) })
	}
	if ps.near != nil {
		g.Go(func() error { return ps.near.Run(running) })
	}
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-running.Done()
		leaving.Store(true)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		if err := server.Shutdown(last); err != nil {
			log.Warn("some requests were cut short", "error", err)
		}
		return nil
	})
	err = g.Wait()
	log.Info("stopped")
	return err
}

// routes are the addresses of the server. The bubble has its own.
func (p program) routes(c Config, ps *parts, bub *bubble.Bubble, leaving *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if leaving.Load() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		if err := ps.store.Ping(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ready\n")
	})
	if ps.slack != nil && ps.slack.Handler() != nil {
		mux.Handle(slackchat.Prefix, ps.slack.Handler())
	}
	mux.Handle(pages.Prefix, pages.New(p.helpPages(c, ps)))
	mux.Handle("/", bub.Handler())
	return mux
}

// startup says what is on, what is off and why.
func startup(c Config, ps *parts, addr net.Addr) string {
	base := strings.TrimSuffix(ps.base, "/")
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	b.WriteString("Latchkey is running.\n\n")
	line("demo page", "%s/", base)
	line("help", "%s%s", base, pages.Prefix)
	line("embed", `<script src="%s/latchkey.js" async></script>`, base)
	sites := "this server's own pages only (LATCHKEY_SITES adds others)"
	if len(c.Sites) > 0 {
		sites = strings.Join(c.Sites, ", ")
	}
	line("bubble on", "%s", sites)
	if c.IdentitySecret != "" {
		line("users on", "signed identities are verified")
	} else {
		line("users off", "LATCHKEY_IDENTITY_SECRET is not set: who a page says somebody is stays unverified")
	}
	if len(c.Proxies) > 0 {
		line("proxies", "%s", strings.Join(c.Proxies, ", "))
	}
	line("store on", "SQLite, %s", databaseFile(c))
	line("trees on", "%s", ps.book.Summary())
	line("help on", "%s", ps.help.Summary())
	if ps.mails {
		line("mail on", "through %s", c.SMTPHost)
	} else {
		line("mail off", "LATCHKEY_SMTP_HOST is not set: tickets are written as files to %s", ps.spool)
	}
	switch {
	case c.SlackBotToken == "":
		line("Slack off", "LATCHKEY_SLACK_BOT_TOKEN is not set (README, Connect Slack)")
	case c.SlackAppToken != "":
		line("Slack on", "Socket Mode")
	default:
		line("Slack on", "posts to %s%s…", base, slackchat.Prefix)
	}
	model, how := modelLine(c, ps.model)
	line(model, "%s", how)
	if c.RemindAfter == 0 {
		line("reminders", "off (LATCHKEY_REMIND_AFTER is 0)")
	}
	for i, m := range c.missing() {
		name := ""
		if i == 0 {
			name = "missing"
		}
		line(name, "%s", m)
	}
	b.WriteString("\nCtrl+C stops it.\n")
	return b.String()
}

// reachable writes an address so that a browser on this machine can open it.
func reachable(addr net.Addr) string {
	t, ok := addr.(*net.TCPAddr)
	if !ok {
		return addr.String()
	}
	if t.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", t.Port)
	}
	return t.String()
}
