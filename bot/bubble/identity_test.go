package bubble

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
)

const secret = "0123456789abcdef0123456789abcdef"

// signedElsewhere was made by a few lines of Python, as a page's server would.
const signedElsewhere = "eyJpZCI6IjQyIiwibmFtZSI6IkFubiIsImVtYWlsIjoiYW5uQGV4YW1wbGUuY29tIiwiZXhwIjoxNzk1NDI1NjAwfQ.PZoRwzMJGV9QDC5MfYsL3gVfXBYkeIG-l_g05866Cfc"

var ann = bot.Identity{UserID: "42", Name: "Ann", Email: "ann@example.com"}

// sealed signs whatever it is given.
func sealed(payload string) string {
	first := base64.RawURLEncoding.EncodeToString([]byte(payload))
	return first + "." + base64.RawURLEncoding.EncodeToString(signature(secret, first))
}

func TestIdentities(t *testing.T) {
	ends := time.Unix(1_795_425_600, 0)
	if got := Sign(secret, ann, ends); got != signedElsewhere {
		t.Errorf("signed as %s", got)
	}
	first, second, _ := strings.Cut(signedElsewhere, ".")
	verified := ann
	verified.Verified = true
	for _, c := range []struct {
		name, text string
		now        time.Time
		id         bot.Identity
		err        error
	}{
		{"good", signedElsewhere, ends.Add(-time.Second), verified, nil},
		{"in its last moment", signedElsewhere, ends.Add(-time.Millisecond), verified, nil},
		{"expired", signedElsewhere, ends, ann, errExpired},
		{"unsigned", first, ends, bot.Identity{}, errUnsigned},
		{"an empty signature", first + ".", ends, bot.Identity{}, errUnsigned},
		{"three parts", signedElsewhere + ".x", ends, bot.Identity{}, errUnsigned},
		{"padded", signedElsewhere + "=", ends, bot.Identity{}, errUnsigned},
		{"bits to spare", signedElsewhere[:len(signedElsewhere)-1] + "D", ends, bot.Identity{}, errUnsigned},
		{"half a signature", first + "." + second[:20], ends, bot.Identity{}, errSignature},
		{"another's signature", Sign(secret, bot.Identity{UserID: "43"}, ends)[:20] + signedElsewhere[20:], ends, bot.Identity{}, errSignature},
		{"another secret", Sign(strings.ToUpper(secret), ann, ends), ends, bot.Identity{}, errSignature},
		{"the first part changed", "e" + signedElsewhere, ends, bot.Identity{}, errSignature},
		{"not JSON", sealed("hello"), ends, bot.Identity{}, errClaims},
		{"a number for an id", sealed(`{"id":42,"exp":1795425600}`), ends, bot.Identity{}, errClaims},
		{"nobody", sealed(`{"exp":1795425600}`), ends.Add(-time.Second), bot.Identity{}, errNobody},
		{"no id", sealed(`{"name":"Ann","email":"ann@example.com","exp":1795425600}`), ends.Add(-time.Second), bot.Identity{Name: "Ann", Email: "ann@example.com"}, errNobody},
		{"an id that nobody sees", sealed(`{"id":" \u0007","name":"Ann","exp":1795425600}`), ends.Add(-time.Second), bot.Identity{Name: "Ann"}, errNobody},
		{"no id, of a program that signs what it has", Sign(secret, bot.Identity{Email: "ann@example.com"}, ends), ends.Add(-time.Second), bot.Identity{Email: "ann@example.com"}, errNobody},
		{"a name without end", sealed(`{"name":"` + strings.Repeat("x", 201) + `","exp":1795425600}`), ends, bot.Identity{}, errClaims},
		{"no end", sealed(`{"id":"42"}`), ends, bot.Identity{}, errEndless},
		{"an end in milliseconds", sealed(`{"id":"42","exp":1795425600000}`), ends, bot.Identity{}, errEndless},
		{"an end with a fraction", sealed(`{"id":"42","exp":1795425600.5}`), ends, bot.Identity{UserID: "42", Verified: true}, nil},
		{"ended long ago", sealed(`{"id":"42","exp":-1}`), ends, bot.Identity{UserID: "42"}, errExpired},
		{"signs that are not text", sealed(`{"id":"42\u0000","name":"A\r\nnn","exp":1795425601}`), ends, bot.Identity{UserID: "42", Name: "A nn", Verified: true}, nil},
	} {
		id, err := readIdentity(secret, c.text, c.now)
		if id != c.id || !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%s: %+v, %v", c.name, id, err)
		}
	}
	if id, err := readIdentity("", Sign("", ann, ends), ends.Add(-time.Hour)); err != errNoSecret || id != (bot.Identity{}) {
		t.Errorf("no secret: %+v, %v", id, err)
	}
}

// identified says something with a hello's extra fields, and gives who the core heard it from.
func (w *world) identified(fields string) bot.Identity {
	w.t.Helper()
	b := w.tab()
	b.send(`{"type":"hello","v":1,"token":%q,"lang":"en"%s}`, visitor, fields)
	b.until("state")
	b.send(`{"type":"message","id":"m-%08d","text":"hi"}`, w.core.taken)
	if f := b.verdict(); f.Type != "ack" {
		w.t.Errorf("they are not served: %+v", f)
	}
	var id bot.Identity
	w.core.set(func(f *fake) {
		where, _ := address(visitor)
		id = f.talks[where].identity
	})
	return id
}

func TestWhoThePageSaysTheyAre(t *testing.T) {
	c := newClock()
	ends := c.Now().Add(time.Hour)
	w := newWorld(t, func(_ *limits, o *Options) { o.Now, o.IdentitySecret = c.Now, secret })
	good := Sign(secret, ann, ends)
	verified := ann
	verified.Verified = true
	forged := Sign("another secret of enough characters", bot.Identity{UserID: "1", Name: "Eve", Email: "eve@example.com"}, ends)
	for _, c := range []struct {
		name, fields string
		want         bot.Identity
	}{
		{"nothing", ``, bot.Identity{}},
		{"hearsay", `,"name":" Bob\n B. ","email":"bob@example.com"`, bot.Identity{Name: "Bob B.", Email: "bob@example.com"}},
		{"signed", `,"identity":"` + good + `"`, verified},
		{"both: hearsay counts for nothing", `,"identity":"` + good + `","name":"Bob","email":"bob@example.com"`, verified},
		{"signed without an id: hearsay as well", `,"identity":"` + Sign(secret, bot.Identity{Name: "Ann"}, ends) + `","name":"Bob","email":"bob@example.com"`, bot.Identity{Name: "Ann", Email: "bob@example.com"}},
		{"forged: only the hearsay counts", `,"identity":"` + forged + `","name":"Bob"`, bot.Identity{Name: "Bob"}},
	} {
		if got := w.identified(c.fields); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	// What is signed is not completed by hearsay.
	part := Sign(secret, bot.Identity{UserID: "42"}, ends)
	if got := w.identified(`,"identity":"` + part + `","email":"bob@example.com"`); got != (bot.Identity{UserID: "42", Verified: true}) {
		t.Errorf("an e-mail that nobody signed: %+v", got)
	}
	c.pass(time.Hour)
	if got := w.identified(`,"identity":"` + good + `","name":"Bob"`); got != ann {
		t.Errorf("expired: %+v", got)
	}
	// Pictures come from the same person.
	if res, _ := w.upload(visitor, "m-picture01", png(4, 3), `,"identity":"`+Sign(secret, ann, c.Now().Add(time.Hour))+`"`); res.StatusCode != 200 {
		t.Errorf("a picture: %d", res.StatusCode)
	}
	w.core.set(func(f *fake) {
		where, _ := address(visitor)
		if got := f.talks[where].identity; got != verified {
			t.Errorf("a picture comes from %+v", got)
		}
	})
}

// The operator hears why, once a minute and not a thousand times, and never the token.
func TestTheOperatorHearsOfIdentities(t *testing.T) {
	c := newClock()
	ends := c.Now().Add(time.Hour)
	w := newWorld(t, func(_ *limits, o *Options) { o.Now, o.IdentitySecret = c.Now, secret })
	wrong := Sign("another secret of enough characters", ann, ends)
	expired := Sign(secret, ann, c.Now().Add(-time.Hour))
	nobody := Sign(secret, bot.Identity{Email: "ann@example.com"}, ends)
	for range 3 {
		w.identified(`,"identity":"` + nobody + `"`)
		w.identified(`,"identity":"` + wrong + `"`)
		w.identified(`,"identity":"` + expired + `"`)
	}
	count := func(reason error) int { return strings.Count(w.lines.String(), reason.Error()) }
	if count(errSignature) != 1 || count(errExpired) != 1 || count(errNobody) != 1 {
		t.Errorf("the log says %s", w.lines)
	}
	c.pass(time.Minute)
	w.identified(`,"identity":"` + wrong + `"`)
	if count(errSignature) != 2 || count(errExpired) != 1 {
		t.Errorf("a minute later: %s", w.lines)
	}
	for _, part := range append(strings.Split(wrong, "."), strings.Split(expired, ".")...) {
		if strings.Contains(w.lines.String(), part) {
			t.Errorf("the log has a token: %s", w.lines)
		}
	}

	none := newWorld(t, nil)
	none.identified(`,"identity":"` + wrong + `"`)
	if !strings.Contains(none.lines.String(), errNoSecret.Error()) {
		t.Errorf("no secret: %s", none.lines)
	}
}

// Whatever comes, nobody is verified without the secret.
func FuzzReadIdentity(f *testing.F) {
	now := time.Unix(1_795_425_599, 0)
	good := signedElsewhere
	for _, seed := range []string{good, good[:60], good + "A", sealed(`{"id":"42"}`), sealed(`{"exp":99999999999}`), ".", "..", "e30.", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := readIdentity("a secret that no input was signed with", text, now)
		if err == nil || id.Verified {
			t.Errorf("%q verifies %+v", text, id)
		}
		// And whatever is signed is safe to hand on.
		if id, err = readIdentity(secret, sealed(text), now); id.Verified != (err == nil) ||
			id.Name != oneLine(id.Name) || longer(id.UserID, longestName) {
			t.Errorf("%q gives %+v, %v", text, id, err)
		}
	})
}
