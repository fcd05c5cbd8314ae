package bubble

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"latchkey/bot"
)

// token makes another visitor's token.
func token(n int) string { return fmt.Sprintf("%042dA", n) }

// The numbers of the design: at once, and within an hour of asking every second.
func TestTheUsualBudgets(t *testing.T) {
	g := newGate(usual)
	home := netip.MustParsePrefix("203.0.113.7/32")
	crowd := g.crowd(home)
	for _, c := range []struct {
		name         string
		limiter      *rate.Limiter
		once, within int
	}{
		{"messages of a visitor", g.visitor("a"), 12, 12 + 3600},
		{"new sockets of an address", crowd.sockets, 60, 60 + 3*3600},
		{"messages of an address", crowd.messages, 120, 120 + 10*3600},
		{"new conversations of an address", crowd.conversations, 20, 20 + 60},
		{"pictures of an address", crowd.pictures, 20, 20 + 20*60},
		{"transcripts of an address", crowd.transcripts, 10, 10 + 10},
	} {
		now := time.Unix(1_795_000_000, 0)
		spend := func() (n int) {
			for {
				if _, wait := take(now, c.limiter); wait > 0 {
					return n
				}
				n++
			}
		}
		if n := spend(); n != c.once {
			t.Errorf("%s: %d at once, want %d", c.name, n, c.once)
		}
		n := c.once
		for range 3600 {
			now = now.Add(time.Second)
			n += spend()
		}
		if n < c.within-1 || n > c.within+1 {
			t.Errorf("%s: %d in an hour, want %d", c.name, n, c.within)
		}
	}
	if usual.open != 100 || usual.tabs != 20 {
		t.Errorf("%d sockets of an address, %d of a visitor", usual.open, usual.tabs)
	}
}

// Forgetting somebody must not be a gift: by then their budgets are whole anyway. And what is
// remembered has an end.
func TestForgettingChangesNothing(t *testing.T) {
	for _, b := range []budget{usual.visitor, usual.sockets, usual.messages, usual.conversations, usual.pictures, usual.transcripts} {
		if whole := time.Duration(float64(b.burst) / float64(b.rate) * float64(time.Second)); whole > remembered {
			t.Errorf("%+v is whole after %v only", b, whole)
		}
	}
	g := newGate(usual)
	for i := range mostVisitors + 100 {
		g.visitor(fmt.Sprint(i))
	}
	for i := range mostCrowds + 100 {
		g.crowd(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32))
	}
	if g.visitors.Len() != mostVisitors || g.crowds.Len() != mostCrowds {
		t.Errorf("%d visitors and %d crowds are remembered", g.visitors.Len(), g.crowds.Len())
	}
	one := g.visitor("1000")
	if g.visitor("1000") != one {
		t.Error("who is there is forgotten")
	}
}

// One budget of several that is empty costs nothing of the others.
func TestABudgetIsSpentWithTheOthersOrNotAtAll(t *testing.T) {
	now := time.Unix(1_795_000_000, 0)
	full, empty := budget{rate: 1, burst: 2}.limiter(), budget{rate: 0.5, burst: 1}.limiter()
	take(now, empty)
	for range 5 {
		if _, wait := take(now, full, empty); wait != 2*time.Second {
			t.Errorf("wait %v", wait)
		}
	}
	if n := full.TokensAt(now); n != 2 {
		t.Errorf("%v are left of the full one", n)
	}
	spent, wait := take(now, full)
	if spent.back(now); wait != 0 || full.TokensAt(now) != 2 {
		t.Errorf("%v are left of the full one after giving back", full.TokensAt(now))
	}
}

func (b *tab) says(id, text string) anyFrame {
	b.t.Helper()
	b.send(`{"type":"message","id":%q,"text":%q}`, id, text)
	return b.verdict()
}

// A visitor has one budget, however many lines they open.
func TestAVisitorsBudget(t *testing.T) {
	c := newClock()
	w := newWorld(t, func(l *limits, o *Options) { o.Now, l.visitor = c.Now, budget{rate: 0.5, burst: 3} })
	one, two := w.tab(), w.tab()
	for _, b := range []*tab{one, two} {
		b.hello(visitor, 0)
		b.reads(2)
	}
	for i, b := range []*tab{one, two, one} {
		if f := b.says(fmt.Sprintf("m-0000000%d", i), "hi"); f.Type != "ack" {
			t.Errorf("message %d: %+v", i, f)
		}
	}
	if f := two.says("m-00000003", "hi"); f.Code != "slow_down" || f.ID != "m-00000003" || f.Retry != 2000 || f.Text == "" {
		t.Errorf("one too many: %+v", f)
	}
	if res, f := w.upload(visitor, "m-00000004", png(4, 3)); res.StatusCode != http.StatusTooManyRequests || f.Code != "slow_down" || f.Retry != 2000 || res.Header.Get("Retry-After") != "2" {
		t.Errorf("a picture besides: %d %+v", res.StatusCode, f)
	}
	for _, frame := range []string{`{"type":"rate","id":"m-00000005","helpful":true}`, `{"type":"transcript","id":"m-00000005","email":"ann@example.com"}`} {
		one.send("%s", frame)
		if f := one.verdict(); f.Code != "slow_down" {
			t.Errorf("%s: %+v", frame, f)
		}
	}
	// Somebody else is not held up, and what only looks is not counted.
	other := w.tab()
	other.hello(another, 0)
	other.reads(2)
	if f := other.says("m-00000003", "hi"); f.Type != "ack" {
		t.Errorf("somebody else: %+v", f)
	}
	for range 5 {
		one.send(`{"type":"older","before":3}`)
		one.until("older")
	}
	c.pass(2 * time.Second)
	if f := two.says("m-00000003", "hi"); f.Type != "ack" {
		t.Errorf("after the time that was named: %+v", f)
	}
	if w.core.taken != 5 {
		t.Errorf("%d messages were stored", w.core.taken)
	}
}

// behind gives the headers of a request that comes through a proxy from somewhere.
func behind(address string) []string { return []string{"X-Forwarded-For", address} }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func TestAnAddressesBudget(t *testing.T) {
	c := newClock()
	w := newWorld(t, func(l *limits, o *Options) {
		o.Now, o.Proxies, l.messages = c.Now, loopback, budget{rate: 1, burst: 4}
	})
	for i := range 4 {
		b := w.tab(behind("203.0.113.7")...)
		b.hello(token(i), 0)
		b.reads(2)
		if f := b.says("m-00000001", "hi"); f.Type != "ack" {
			t.Errorf("visitor %d: %+v", i, f)
		}
	}
	fifth := w.tab(behind("203.0.113.7")...)
	fifth.hello(token(5), 0)
	fifth.reads(2)
	if f := fifth.says("m-00000001", "hi"); f.Code != "slow_down" || f.Retry != 1000 {
		t.Errorf("the fifth at this address: %+v", f)
	}
	elsewhere := w.tab(behind("203.0.113.8")...)
	elsewhere.hello(token(6), 0)
	elsewhere.reads(2)
	if f := elsewhere.says("m-00000001", "hi"); f.Type != "ack" {
		t.Errorf("next door: %+v", f)
	}
	c.pass(time.Second)
	if f := fifth.says("m-00000001", "hi"); f.Type != "ack" {
		t.Errorf("a second later: %+v", f)
	}
}

func TestNewConversationsOfAnAddress(t *testing.T) {
	c := newClock()
	w := newWorld(t, func(l *limits, o *Options) {
		o.Now, l.conversations = c.Now, budget{rate: per(time.Hour, 60), burst: 2}
	})
	begin := func(n int) *tab {
		b := w.tab()
		b.hello(token(n), 0)
		b.reads(2)
		return b
	}
	first, second, third := begin(1), begin(2), begin(3)
	// A fault of ours is not held against them, however often they try.
	w.core.set(func(f *fake) { f.broken = errBroken })
	for range 5 {
		if f := first.says("m-00000001", "hi"); f.Code != "not_stored" {
			t.Errorf("%+v", f)
		}
	}
	w.core.set(func(f *fake) { f.broken = nil })
	for _, b := range []*tab{first, second} {
		if f := b.says("m-00000001", "hi"); f.Type != "ack" {
			t.Errorf("%+v", f)
		}
	}
	for range 3 { // to be refused costs nothing
		if f := third.says("m-00000001", "hi"); f.Code != "slow_down" || f.Retry != 60_000 || f.Text == "" {
			t.Errorf("the third: %+v", f)
		}
	}
	if res, f := w.upload(token(4), "m-00000001", png(4, 3)); res.StatusCode != http.StatusTooManyRequests || f.Retry != 60_000 || res.Header.Get("Retry-After") != "60" {
		t.Errorf("a picture as the first word: %d %+v", res.StatusCode, f)
	}
	// Those who have begun go on, also on a new line, also with pictures.
	again := w.tab()
	again.hello(token(1), 0)
	for i, b := range []*tab{first, second, again} {
		if f := b.says(fmt.Sprintf("m-0000001%d", i), "and then"); f.Type != "ack" {
			t.Errorf("one that has begun: %+v", f)
		}
	}
	if res, f := w.upload(token(2), "m-00000020", png(4, 3)); res.StatusCode != http.StatusOK {
		t.Errorf("a picture: %d %+v", res.StatusCode, f)
	}
	c.pass(time.Minute)
	if f := third.says("m-00000001", "hi"); f.Type != "ack" {
		t.Errorf("after a minute: %+v", f)
	}
	if len(w.core.talks) != 3 {
		t.Errorf("%d conversations", len(w.core.talks))
	}
}

func TestPicturesAndTranscriptsOfAnAddress(t *testing.T) {
	c := newClock()
	w := newWorld(t, func(l *limits, o *Options) {
		o.Now = c.Now
		l.pictures = budget{rate: per(time.Minute, 20), burst: 2}
		l.transcripts = budget{rate: per(time.Hour, 10), burst: 2}
	})
	tabs := []*tab{w.tab(), w.tab(), w.tab()}
	for i, b := range tabs {
		b.hello(token(i), 0)
		if f := b.says("m-00000001", "hi"); f.Type != "ack" {
			t.Errorf("%+v", f)
		}
	}
	for i, b := range tabs {
		res, f := w.upload(token(i), "m-00000002", png(4, 3))
		if refused := f.Code == "slow_down" && f.Retry == 3000 && res.StatusCode == http.StatusTooManyRequests; refused != (i == 2) {
			t.Errorf("picture %d: %+v", i, f)
		}
		b.send(`{"type":"transcript","id":"m-00000003","email":"ann@example.com"}`)
		if f := b.verdict(); (f.Code == "slow_down" && f.Retry == 360_000) != (i == 2) {
			t.Errorf("transcript %d: %+v", i, f)
		}
	}
	// A refusal does not make it taken.
	c.pass(6 * time.Minute)
	tabs[2].send(`{"type":"transcript","id":"m-00000003","email":"ann@example.com"}`)
	if f := tabs[2].verdict(); f.Type != "ack" || len(w.core.mailed) != 3 {
		t.Errorf("six minutes later: %+v, mailed to %v", f, w.core.mailed)
	}
	if res, f := w.upload(token(2), "m-00000002", png(4, 3)); res.StatusCode != http.StatusOK {
		t.Errorf("a picture later: %+v", f)
	}
}

func TestOpenSocketsOfAnAddress(t *testing.T) {
	w := newWorld(t, func(l *limits, o *Options) {
		l.open, l.farewell, o.Proxies = 2, 50*time.Millisecond, loopback
	})
	one := w.tab(behind("2001:db8:1:2::7")...)
	w.tab(behind("2001:db8:1:2:ffff::1")...)
	b, res := w.dial(behind("2001:db8:1:2::8")...)
	if b != nil || res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "30" {
		t.Errorf("the third in one house: %v", res)
	}
	w.tab(behind("2001:db8:1:3::7")...) // next door
	one.conn.Close()
	eventually(t, "its place is free", func() bool { return w.bubble.Open() == 2 })
	w.tab(behind("2001:db8:1:2::8")...)

	// Requests that come to nothing take no place.
	for range 5 {
		if res, _ := w.get("/bubble/socket", behind("203.0.113.7")...); res.StatusCode != http.StatusBadRequest {
			t.Errorf("not a socket: %d", res.StatusCode)
		}
		if _, res := w.dial("Origin", "https://evil.test", "X-Forwarded-For", "203.0.113.7"); res.StatusCode != http.StatusForbidden {
			t.Errorf("not our page: %d", res.StatusCode)
		}
	}
	w.tab(behind("203.0.113.7")...)
	w.tab(behind("203.0.113.7")...)
	w.stop()
	eventually(t, "all places are free", func() bool {
		w.bubble.gate.mu.Lock()
		defer w.bubble.gate.mu.Unlock()
		return len(w.bubble.gate.open) == 0
	})
}

// One visitor does not take all the places there are, from wherever they come.
func TestOpenSocketsOfAVisitor(t *testing.T) {
	w := newWorld(t, func(l *limits, o *Options) {
		l.tabs, l.farewell, o.Proxies = 2, 50*time.Millisecond, loopback
	})
	seats := func() int {
		w.bubble.gate.mu.Lock()
		defer w.bubble.gate.mu.Unlock()
		return len(w.bubble.gate.tabs)
	}
	one, two := w.tab(behind("203.0.113.1")...), w.tab(behind("203.0.113.2")...)
	for _, b := range []*tab{one, two} {
		b.hello(visitor, 0)
		b.until("state")
		b.hello(visitor, 0) // again takes no second place
		b.until("state")
	}
	third := w.tab(behind("203.0.113.3")...)
	third.send(`{"type":"hello","v":1}`) // without a token it is nobody's tab
	third.until("state")
	third.hello(visitor, 0)
	if code := third.closed(); code != closeTryLater {
		t.Errorf("the third is closed with %d", code)
	}
	other := w.tab(behind("203.0.113.3")...)
	other.hello(another, 0)
	other.until("state")
	// Who signs in as somebody else, or leaves, makes room.
	one.hello(another, 0)
	one.until("state")
	again := w.tab()
	again.hello(visitor, 0)
	again.until("state")
	again.conn.Close()
	eventually(t, "its place is free", func() bool { return w.bubble.Open() == 3 })
	fourth := w.tab()
	fourth.hello(visitor, 0)
	fourth.until("state")
	if n := seats(); n != 2 {
		t.Errorf("places at %d conversations", n)
	}
	w.stop()
	eventually(t, "all places are free", func() bool { return seats() == 0 })
}

func TestNewSocketsOfAnAddress(t *testing.T) {
	c := newClock()
	w := newWorld(t, func(l *limits, o *Options) { o.Now, l.sockets = c.Now, budget{rate: 0.4, burst: 3} })
	for range 3 {
		w.tab().conn.Close()
	}
	for range 3 {
		if b, res := w.dial(); b != nil || res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "3" {
			t.Errorf("a fourth: %v", res)
		}
	}
	// Who was turned away takes no place.
	eventually(t, "nobody is inside", func() bool {
		w.bubble.gate.mu.Lock()
		defer w.bubble.gate.mu.Unlock()
		return len(w.bubble.gate.open) == 0
	})
	c.pass(2500 * time.Millisecond)
	w.tab()
}

// Nobody gets a budget of their own by claiming to be somebody else.
func TestSpoofedHeadersAreNoNewAddress(t *testing.T) {
	t.Run("no proxies", func(t *testing.T) {
		w := newWorld(t, func(l *limits, _ *Options) { l.open = 2 })
		w.tab(behind("203.0.113.1")...)
		w.tab(behind("203.0.113.2")...)
		if b, _ := w.dial(behind("203.0.113.3")...); b != nil {
			t.Error("the header is believed")
		}
		if n := strings.Count(w.lines.String(), "X-Forwarded-For"); n != 1 {
			t.Errorf("the operator is told %d times", n)
		}
	})
	t.Run("behind a proxy", func(t *testing.T) {
		w := newWorld(t, func(l *limits, o *Options) { l.open, o.Proxies = 2, loopback })
		w.tab(behind("198.51.100.1, 203.0.113.7")...)
		w.tab("X-Forwarded-For", "198.51.100.2", "X-Forwarded-For", "203.0.113.7, 127.0.0.9")
		if b, _ := w.dial(behind("198.51.100.3, 203.0.113.7")...); b != nil {
			t.Error("what a visitor sent themselves is believed")
		}
		w.tab(behind("203.0.113.7, 198.51.100.3")...)
		if log := w.lines.String(); strings.Contains(log, "X-Forwarded-For") {
			t.Errorf("the operator is told: %s", log)
		}
	})
}

func TestClientAddresses(t *testing.T) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8", " 192.0.2.1", "2001:db8:f::/48", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	b := New(newFake(t), Options{Proxies: proxies})
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"straight", "203.0.113.7:4242", nil, "203.0.113.7/32"},
		{"straight, IPv6", "[2001:db8:1:2:3::4]:4242", nil, "2001:db8:1:2::/64"},
		{"IPv4 in IPv6", "[::ffff:203.0.113.7]:4242", nil, "203.0.113.7/32"},
		{"with a zone", "[fe80::1%eth0]:4242", nil, "fe80::/64"},
		{"a local socket", "@", nil, "invalid Prefix"},
		{"a stranger's header", "203.0.113.7:4242", []string{"198.51.100.1"}, "203.0.113.7/32"},
		{"a local socket's header", "@", []string{"198.51.100.1"}, "invalid Prefix"},
		{"a proxy", "10.1.2.3:4242", []string{"198.51.100.1"}, "198.51.100.1/32"},
		{"a proxy that is one address", "192.0.2.1:4242", []string{"198.51.100.1"}, "198.51.100.1/32"},
		{"beside that address", "192.0.2.2:4242", []string{"198.51.100.1"}, "192.0.2.2/32"},
		{"a proxy that speaks IPv6", "[2001:db8:f:1::1]:4242", []string{"2001:db8:1:2::9"}, "2001:db8:1:2::/64"},
		{"a proxy as IPv4 in IPv6", "[::ffff:10.1.2.3]:4242", []string{"::ffff:198.51.100.1"}, "198.51.100.1/32"},
		{"two proxies", "10.1.2.3:4242", []string{"198.51.100.1, 10.9.9.9"}, "198.51.100.1/32"},
		{"two headers", "10.1.2.3:4242", []string{"198.51.100.1", "10.9.9.9"}, "198.51.100.1/32"},
		{"a spoofed address on the left", "10.1.2.3:4242", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1/32"},
		{"a spoofed proxy on the left", "10.1.2.3:4242", []string{"10.0.0.1, 198.51.100.1"}, "198.51.100.1/32"},
		{"a spoofed header of its own", "10.1.2.3:4242", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1/32"},
		{"garbage on the left", "10.1.2.3:4242", []string{"<script>, 198.51.100.1"}, "198.51.100.1/32"},
		{"garbage on the right", "10.1.2.3:4242", []string{"198.51.100.1, unknown"}, "10.1.2.3/32"},
		{"garbage behind a proxy", "10.1.2.3:4242", []string{"198.51.100.1, unknown, 10.9.9.9"}, "10.1.2.3/32"},
		{"nothing", "10.1.2.3:4242", []string{""}, "10.1.2.3/32"},
		{"a comma", "10.1.2.3:4242", []string{"198.51.100.1,"}, "10.1.2.3/32"},
		{"only proxies", "10.1.2.3:4242", []string{"10.0.0.1, 10.9.9.9"}, "10.1.2.3/32"},
		{"with a port", "10.1.2.3:4242", []string{"198.51.100.1:999"}, "198.51.100.1/32"},
		{"with a port, IPv6", "10.1.2.3:4242", []string{"[2001:db8:1:2::9]:999"}, "2001:db8:1:2::/64"},
		{"in brackets", "10.1.2.3:4242", []string{"[2001:db8:1:2::9]"}, "2001:db8:1:2::/64"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := b.client(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for _, bad := range []string{"", "10.0.0.0/33", "10.0.0", "proxy.example.com", "fe80::1%eth0", "10.0.0.1:80", "::ffff:10.0.0.0/104"} {
		if _, err := ParseProxies([]string{"10.0.0.1", bad}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) {
			t.Errorf("%q passes for a proxy: %v", bad, err)
		}
	}
}

// The word of a refusal is the bot's for what the bot refuses, and there is one for each.
func TestEveryRefusalHasWords(t *testing.T) {
	b := New(newFake(t), Options{})
	for _, err := range []error{&tooMany{time.Second}, bot.RefusedType, bot.RefusedLarge, bot.RefusedBroken,
		bot.RefusedMany, bot.RefusedEmail, bot.RefusedTranscripts, bot.ErrNotFound, errMalformed, errSlowLine, errRestarts, errBroken} {
		for _, lang := range []string{"en", "fr"} {
			if f, known := b.refused(err, "m-00000001", lang); f.Text == "" || f.ID != "m-00000001" || known == (err == errBroken) {
				t.Errorf("%v: %+v", err, f)
			}
		}
	}
}

// A moment too early would be refused again.
func TestWaitsAreRoundedUp(t *testing.T) {
	b := New(newFake(t), Options{})
	if f := b.errorFrame("slow_down", "m-00000001", "en", 1500*time.Millisecond+1); f.Retry != 1501 {
		t.Errorf("%d ms", f.Retry)
	}
	for d, want := range map[time.Duration]string{1: "1", time.Second: "1", time.Second + 1: "2"} {
		if got := seconds(d); got != want {
			t.Errorf("%v is %s s", d, got)
		}
	}
}
