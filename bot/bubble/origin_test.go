package bubble

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

func TestOrigins(t *testing.T) {
	w := newWorld(t, func(_ *limits, o *Options) {
		o.Origins = []string{"https://www.example.com", "*.example.org", "http://localhost:3000", "https://nonsense/path", "capacitor://localhost"}
	})
	cases := []struct {
		origin string
		ok     bool
	}{
		{"", true},
		{w.server.URL, true},
		{"https://www.example.com", true},
		{"https://WWW.example.com:443", true},
		{"http://www.example.com", false},
		{"https://example.com", false},
		{"https://www.example.com:8443", false},
		{"https://www.example.com.evil.test", false},
		{"https://a.example.org", true},
		{"https://a.b.example.org", true},
		{"https://example.org", false},
		{"https://evilexample.org", false},
		{"http://a.example.org", false},
		{"http://localhost:3000", true},
		{"http://localhost:3001", false},
		{"https://nonsense", false},
		{"null", false},
		{"capacitor://localhost", true},
		{"ionic://localhost", false},
		{"https://localhost", false},
		{"https://evil.test", false},
	}
	for _, c := range cases {
		head := http.Header{}
		if c.origin != "" {
			head.Set("Origin", c.origin)
		}
		conn, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.server.URL, "http")+"/bubble/socket", head)
		if (err == nil) != c.ok || !c.ok && res.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %v", c.origin, err)
		}
		if err == nil {
			conn.Close()
		}
	}
	if got, want := w.bubble.ancestors(), "'self' https://www.example.com https://*.example.org http://localhost:3000 capacitor://localhost"; got != want {
		t.Errorf("frames on %s, want %s", got, want)
	}
	if got := New(newFake(t), Options{}).ancestors(); got != "'self'" {
		t.Errorf("frames on %s where nothing is configured", got)
	}
	for _, bad := range []string{"", "*", "*.com", "example.com", "https://", "https://a/b", "https://*.example.com", "ftp://a", "htps://a", "https://u@a", "https://a;script-src", "capacitor://", "NULL x"} {
		if CheckOrigin(bad) == nil {
			t.Errorf("%q passes for an origin", bad)
		}
	}
}
