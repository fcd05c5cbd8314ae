// Package mailtest is a mail server for tests: it runs inside the test, keeps what arrives,
// and fails when it is told to.
package mailtest

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Message is a mail as it arrived.
type Message struct {
	// From and To are the envelope's.
	From string
	To   []string
	// Data is the mail itself; see [Parse].
	Data []byte
	// Encrypted says whether it came over TLS, User who had logged in.
	Encrypted bool
	User      string
}

// Server is a running mail server.
type Server struct {
	listener net.Listener
	roots    *x509.CertPool
	user     string
	password string

	mu       sync.Mutex
	refusal  *smtp.SMTPError
	messages []Message
	arrived  chan struct{} // closed and replaced with every message
}

// Option changes the server that [Listen] starts.
type Option func(*Server, *smtp.Server)

// WithSTARTTLS lets clients encrypt. The certificate is for 127.0.0.1 and localhost, and
// vouched for by [Server.RootCAs] only.
func WithSTARTTLS(t testing.TB) Option {
	return func(s *Server, server *smtp.Server) {
		server.TLSConfig, s.roots = certificate(t)
	}
}

// WithLogin takes mail only from who logs in.
func WithLogin(user, password string) Option {
	return func(s *Server, _ *smtp.Server) { s.user, s.password = user, password }
}

// Listen starts a server on a free port of this machine. It stops with the test.
func Listen(t testing.TB, options ...Option) *Server {
	t.Helper()
	s, server := newServer(options)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener = l
	serve(t, server, l)
	return s
}

// ListenTLS is [Listen] with a connection that is encrypted from its first byte.
func ListenTLS(t testing.TB, options ...Option) *Server {
	t.Helper()
	s, server := newServer(append(options, WithSTARTTLS(t)))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener = l
	serve(t, server, encrypted(l, server.TLSConfig))
	return s
}

func newServer(options []Option) (*Server, *smtp.Server) {
	s := &Server{arrived: make(chan struct{})}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	server.Domain = "localhost"
	server.ReadTimeout, server.WriteTimeout = 10*time.Second, 10*time.Second
	server.ErrorLog = quiet{}
	for _, o := range options {
		o(s, server)
	}
	// A login in the clear stays on this machine.
	server.AllowInsecureAuth = true
	return s, server
}

func serve(t testing.TB, server *smtp.Server, l net.Listener) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("mail server: %v", err)
		}
	}()
	t.Cleanup(func() {
		server.Close()
		l.Close() // which the server does not know of yet if a test is very quick
		<-done
	})
}

// Addr is where the server listens, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Host is the first half of Addr.
func (s *Server) Host() string { return s.listener.Addr().(*net.TCPAddr).IP.String() }

// Port is the second half of Addr.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// RootCAs vouch for the server's certificate; nil without TLS.
func (s *Server) RootCAs() *x509.CertPool { return s.roots }

// FailTemporarily refuses mails with 451 until [Server.Recover].
func (s *Server) FailTemporarily() { s.Refuse(451, "try again later") }

// FailPermanently refuses mails with 550 until [Server.Recover].
func (s *Server) FailPermanently() { s.Refuse(550, "no such mailbox") }

// Refuse answers recipients with a code and a text until [Server.Recover].
func (s *Server) Refuse(code int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
}

// Recover takes mails again.
func (s *Server) Recover() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = nil
}

// Messages are the mails that arrived, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Wait waits until at least n mails have arrived and gives them all. The test fails when they
// do not come within ten seconds.
func (s *Server) Wait(t testing.TB, n int) []Message {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		have, arrived := append([]Message(nil), s.messages...), s.arrived
		s.mu.Unlock()
		if len(have) >= n {
			return have
		}
		select {
		case <-arrived:
		case <-late:
			t.Fatalf("%d mails arrived, want %d", len(have), n)
		}
	}
}

// session is one client's connection.
type session struct {
	server *Server
	conn   *smtp.Conn
	user   string
	from   string
	to     []string
}

func (s *session) AuthMechanisms() []string {
	if s.server.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.user || password != s.server.password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.user != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.refusal != nil {
		return s.server.refusal
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	var data bytes.Buffer
	if _, err := data.ReadFrom(r); err != nil {
		return err
	}
	_, encrypted := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.messages = append(s.server.messages, Message{
		From: s.from, To: s.to, Data: data.Bytes(), Encrypted: encrypted, User: s.user,
	})
	close(s.server.arrived)
	s.server.arrived = make(chan struct{})
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

// quiet keeps what clients do wrong, often on purpose, out of the test's output.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
