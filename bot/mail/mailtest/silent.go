package mailtest

import (
	"net"
	"testing"
)

// Silent listens, takes connections, and never says a word. It gives host and port.
func Silent(t testing.TB) (host string, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	at := l.Addr().(*net.TCPAddr)
	return at.IP.String(), at.Port
}

// Nobody gives a port of this machine at which nobody listens.
func Nobody(t testing.TB) (host string, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	l.Close()
	return at.IP.String(), at.Port
}
