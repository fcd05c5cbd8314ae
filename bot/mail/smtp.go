package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/bot"
)

const defaultTimeout = 30 * time.Second

// SMTP sends mails through a mail server, one connection for each: tickets are rare, and a
// connection kept open would be closed by the server in between. A parcel without an address
// goes to the spool.
type SMTP struct {
	host    string
	options []gomail.Option
	tls     *tls.Config // set when the connection is encrypted from its first byte
	timeout time.Duration
	spool   *Spool
}

// Strongest first. Plain and login are left out by the library while the connection is in the
// clear, except to this machine.
var logins = []gomail.SMTPAuthType{
	gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1,
	gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5,
}

func newSMTP(o Options, spool *Spool) (*SMTP, error) {
	s := &SMTP{host: o.Host, timeout: o.Timeout, spool: spool}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	config := &tls.Config{ServerName: o.Host, RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12}
	policy, port := gomail.TLSMandatory, 587
	switch o.TLS {
	case StartTLS, "":
	case Opportunistic:
		policy = gomail.TLSOpportunistic
	case ImplicitTLS:
		policy, port, s.tls = gomail.NoTLS, 465, config
	case NoTLS:
		if !loopback(o.Host) {
			return nil, fmt.Errorf("mail: tls %q is for this machine only, not for %s", NoTLS, o.Host)
		}
		policy, port = gomail.NoTLS, 25
	default:
		return nil, fmt.Errorf("mail: tls %q: want %s, %s, %s or %s",
			o.TLS, StartTLS, ImplicitTLS, Opportunistic, NoTLS)
	}
	if o.Port != 0 {
		port = o.Port
	}
	s.options = []gomail.Option{
		gomail.WithPort(port),
		gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(config),
		// A context alone does not interrupt the wait for a greeting.
		gomail.WithTimeout(s.timeout),
	}
	if o.User != "" {
		s.options = append(s.options,
			gomail.WithOpportunisticSMTPAuth(logins...),
			gomail.WithUsername(o.User), gomail.WithPassword(o.Password))
	}
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return s, nil
}

// Send sends one mail. It is permanent when the mail cannot be written or the server refuses
// this very mail; what is wrong with the server, the way to it or the login may be mended, and
// the mail then still goes out.
func (s *SMTP) Send(ctx context.Context, p bot.Parcel) (receipt string, err error) {
	return "", s.post(ctx, p) // no mail is changed later
}

func (s *SMTP) post(ctx context.Context, p bot.Parcel) error {
	if nothing(p) {
		return nil
	}
	if p.Delivery.Address == "" {
		return s.spool.keep(p)
	}
	to, err := netmail.ParseAddress(p.Delivery.Address)
	if err != nil {
		return bot.Permanent(fmt.Errorf("mail: send to %q: %w", p.Delivery.Address, err))
	}
	m, err := s.spool.compose.message(p, to)
	if err != nil {
		return bot.Permanent(fmt.Errorf("mail: write to %s: %w", to.Address, err))
	}
	if err := s.transmit(ctx, m); err != nil {
		err = fmt.Errorf("mail: send to %s by %s: %w", to.Address, s.host, err)
		if refused(err) {
			return bot.Permanent(err)
		}
		return err
	}
	return nil
}

func (s *SMTP) transmit(ctx context.Context, m *gomail.Msg) (err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
	}()

	// The library neither closes a connection whose beginning fails nor looks at the context
	// once it is dialled. Both are done here.
	var line net.Conn
	dial := func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialling, network, address)
		line = conn
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
	client, err := gomail.NewClient(s.host, append(s.options[:len(s.options):len(s.options)],
		gomail.WithDialContextFunc(dial))...)
	if err != nil {
		return err
	}
	server, err := client.DialToSMTPClientWithContext(ctx)
	defer func() {
		if line != nil {
			line.Close()
		}
	}()
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(server, m); err != nil {
		return err
	}
	// Once accepted the mail is sent: a failing goodbye must not send it again.
	_ = client.CloseWithSMTPClient(server)
	return nil
}

func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.tls == nil {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	conn, err := (&tls.Dialer{Config: s.tls}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err // not conn, which is then a nil pointer in an interface
	}
	return conn, nil
}

// refused says whether the server turned the mail itself down for good. IsTemp alone would not
// do: the library also calls a broken line not temporary.
func refused(err error) bool {
	var failed *gomail.SendError
	return errors.As(err, &failed) && !failed.IsTemp() && failed.ErrorCode() >= 500 &&
		failed.Reason != gomail.ErrConnCheck
}
