package mail

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/mail/mailtest"
)

// over gives the options that reach a server in the clear.
func over(t testing.TB, s *mailtest.Server) Options {
	o := local(t)
	o.Host, o.Port, o.TLS, o.From = s.Host(), s.Port(), NoTLS, "Latchkey <help@example.org>"
	o.RootCAs = s.RootCAs()
	o.Timeout = 20 * time.Second
	return o
}

func send(t testing.TB, s bot.Sender, p bot.Parcel) {
	t.Helper()
	if _, err := s.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func TestSendGoesToTheQueue(t *testing.T) {
	server := mailtest.Listen(t)
	send(t, sender(t, over(t, server)), ann())
	m := server.Wait(t, 1)[0]
	if m.From != "help@example.org" || len(m.To) != 1 || m.To[0] != "support@example.org" {
		t.Errorf("envelope: from %q to %q", m.From, m.To)
	}
	if m.Encrypted || m.User != "" {
		t.Errorf("encrypted %v, user %q; want neither", m.Encrypted, m.User)
	}
}

func TestConnections(t *testing.T) {
	clear := mailtest.Listen(t)
	starttls := mailtest.Listen(t, mailtest.WithSTARTTLS(t))
	login := mailtest.Listen(t, mailtest.WithSTARTTLS(t), mailtest.WithLogin("latchkey", "s3sam"))
	implicit := mailtest.ListenTLS(t, mailtest.WithLogin("latchkey", "s3sam"))
	tests := map[string]struct {
		server    *mailtest.Server
		change    func(*Options)
		fails     bool
		encrypted bool
		user      string
	}{
		"starttls":                      {starttls, func(o *Options) { o.TLS = StartTLS }, false, true, ""},
		"starttls is the default":       {starttls, func(o *Options) { o.TLS = "" }, false, true, ""},
		"starttls not offered":          {clear, func(o *Options) { o.TLS = StartTLS }, true, false, ""},
		"starttls, unknown certificate": {starttls, func(o *Options) { o.TLS, o.RootCAs = StartTLS, nil }, true, false, ""},
		"opportunistic, offered":        {starttls, func(o *Options) { o.TLS = Opportunistic }, false, true, ""},
		"opportunistic, not offered":    {clear, func(o *Options) { o.TLS = Opportunistic }, false, false, ""},
		"login": {login, func(o *Options) {
			o.TLS, o.User, o.Password = StartTLS, "latchkey", "s3sam"
		}, false, true, "latchkey"},
		"wrong password": {login, func(o *Options) {
			o.TLS, o.User, o.Password = StartTLS, "latchkey", "other"
		}, true, false, ""},
		"login forgotten": {login, func(o *Options) { o.TLS = StartTLS }, true, false, ""},
		"implicit tls": {implicit, func(o *Options) {
			o.TLS, o.User, o.Password = ImplicitTLS, "latchkey", "s3sam"
		}, false, true, "latchkey"},
		"implicit tls, unknown certificate": {implicit, func(o *Options) { o.TLS, o.RootCAs = ImplicitTLS, nil }, true, false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := over(t, tt.server)
			tt.change(&o)
			before := len(tt.server.Messages())
			_, err := sender(t, o).Send(t.Context(), ann())
			if tt.fails {
				if err == nil {
					t.Fatal("sent, want an error")
				}
				if got := len(tt.server.Messages()) - before; got != 0 {
					t.Errorf("%d mails arrived all the same", got)
				}
				if strings.Contains(err.Error(), "s3sam") {
					t.Errorf("the error tells the password: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m := tt.server.Wait(t, before+1)[before]
			if m.Encrypted != tt.encrypted || m.User != tt.user {
				t.Errorf("encrypted %v, user %q; want %v, %q", m.Encrypted, m.User, tt.encrypted, tt.user)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	server := mailtest.Listen(t)
	s := sender(t, over(t, server))

	server.FailTemporarily()
	if _, err := s.Send(t.Context(), ann()); err == nil || bot.IsPermanent(err) {
		t.Errorf("451: %v, want an error that is not permanent", err)
	}
	server.FailPermanently()
	_, err := s.Send(t.Context(), ann())
	if !bot.IsPermanent(err) {
		t.Errorf("550: %v, want a permanent error", err)
	}
	if err == nil || !strings.Contains(err.Error(), "no such mailbox") || !strings.Contains(err.Error(), "support@example.org") {
		t.Errorf("550: %v, want the server's words and the address", err)
	}
	server.Recover()
	send(t, s, ann())
	if got := len(server.Wait(t, 1)); got != 1 {
		t.Errorf("%d mails arrived, want 1", got)
	}
}

func TestUnusableAddressIsPermanent(t *testing.T) {
	server := mailtest.Listen(t)
	p := ann()
	for _, address := range []string{"see the intranet", "a@b@c", "x@example.org\r\nBcc: all@example.org"} {
		p.Delivery.Address = address
		if _, err := sender(t, over(t, server)).Send(t.Context(), p); !bot.IsPermanent(err) {
			t.Errorf("%q: %v, want a permanent error", address, err)
		}
	}
	if got := server.Messages(); len(got) != 0 {
		t.Errorf("%d mails arrived", len(got))
	}
}

func TestServerThatIsNotThereIsTemporary(t *testing.T) {
	o := local(t)
	o.Host, o.Port = mailtest.Nobody(t)
	o.TLS, o.From = NoTLS, "help@example.org"
	if _, err := sender(t, o).Send(t.Context(), ann()); err == nil || bot.IsPermanent(err) {
		t.Errorf("%v, want an error that is not permanent", err)
	}
}

func TestSilentServer(t *testing.T) {
	for _, mode := range []TLS{NoTLS, ImplicitTLS, StartTLS} {
		o := local(t)
		o.Host, o.Port = mailtest.Silent(t)
		o.TLS, o.From = mode, "help@example.org"

		o.Timeout = 100 * time.Millisecond
		begun := time.Now()
		if _, err := sender(t, o).Send(t.Context(), ann()); err == nil || bot.IsPermanent(err) {
			t.Errorf("%s: %v, want an error that is not permanent", mode, err)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s: gave up after %v, want about %v", mode, took, o.Timeout)
		}

		// The caller's deadline counts too.
		o.Timeout = time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		begun = time.Now()
		if _, err := sender(t, o).Send(ctx, ann()); err == nil || bot.IsPermanent(err) {
			t.Errorf("%s: %v, want an error that is not permanent", mode, err)
		}
		cancel()
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s: heeded the context after %v", mode, took)
		}
	}
}

func TestNoAddressGoesToTheSpool(t *testing.T) {
	server := mailtest.Listen(t)
	o := over(t, server)
	p := ann()
	p.Delivery.Address = ""
	send(t, sender(t, o), p)
	if got := len(server.Messages()); got != 0 {
		t.Errorf("%d mails arrived, want none", got)
	}
	if files, _ := os.ReadDir(o.Spool); len(files) != 1 {
		t.Errorf("%d files in the spool, want 1", len(files))
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"no spool":             {},
		"no from":              {Spool: "x", Host: "smtp.example.org"},
		"bad from":             {Spool: "x", From: "us"},
		"in the clear, abroad": {Spool: "x", Host: "smtp.example.org", From: "a@b.org", TLS: NoTLS},
		"bad support":          {Spool: "x", From: "a@b.org", SupportEmail: "us"},
		"unknown tls":          {Spool: "x", Host: "smtp.example.org", From: "a@b.org", TLS: "yes"},
		"impossible port":      {Spool: "x", Host: "smtp.example.org", From: "a@b.org", Port: 70000},
	} {
		if _, err := New(o, words(t)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	half := func(key, lang string) string {
		if key == "mail_transcript" {
			return ""
		}
		return words(t)(key, lang)
	}
	if _, err := New(Options{Spool: "x"}, half); err == nil || !strings.HasSuffix(err.Error(), ": mail_transcript") {
		t.Errorf("a missing word: %v, want an error that names it", err)
	}
	if _, err := New(Options{Spool: "x"}, words(t)); err != nil {
		t.Errorf("a spool alone: %v", err)
	}
}
