package bot_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
)

// said gives what the log has of what somebody said last.
func (p *person) said() string {
	p.w.t.Helper()
	v, err := p.w.bot.View(p.w.t.Context(), "test", p.address, 0, 0)
	if err != nil {
		p.w.t.Fatal(err)
	}
	for _, m := range slices.Backward(v.Messages) {
		if m.From == bot.FromContact {
			return m.Text
		}
	}
	return ""
}

// A word is a password because of what was said before it; where a user name was asked for, it is
// that.
func TestWhatWasSaidBefore(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct {
		says []string // the last is what counts
		want string
	}{
		{[]string{"my password is refused", "soleil4711"}, "••••••"},
		{[]string{"my password is refused", "I typed soleil4711 and nothing happened"}, "I typed •••••• and nothing happened"},
		{[]string{"mon mot de passe c'est", "castor"}, "••••••"},
		{[]string{"the code is refused", "482913"}, "••••••"},
		{[]string{"hello", "Soleil4711"}, "••••••"},
		{[]string{"hello", "annroy85"}, "annroy85"},
		{[]string{"hello", "482913"}, "482913"},
		{[]string{"my password is refused", "it still doesn't work"}, "it still doesn't work"},
		{[]string{"my password is refused", "ann85@example.org"}, "ann85@example.org"},
	} {
		p := w.person(string(rune('a' + i)))
		var back []bot.Message
		for _, text := range c.says {
			back = p.types(text)
		}
		if got := p.said(); got != c.want {
			t.Errorf("%q: the log has %q, want %q", c.says, got, c.want)
		}
		told := slices.ContainsFunc(back, func(m bot.Message) bool {
			return strings.Contains(m.Text, "I removed it before keeping") || strings.Contains(m.Text, "retiré")
		})
		if told != strings.Contains(c.want, "••") {
			t.Errorf("%q: they are told %v", c.says, told)
		}
	}

	// Pressed labels are the bot's own words, whatever was said before.
	p := w.person("presses")
	p.types("my password is")
	p.press("I forgot my password")
	if got := p.said(); got != "I forgot my password" {
		t.Errorf("pressed: the log has %q", got)
	}
}

// A step that asks for a user name takes one that looks like a password, also after talk of
// passwords; who says that it is one is heard.
func TestAUserNameIsNoPassword(t *testing.T) {
	w := newWorld(t)
	p := w.person("ann")
	p.types("I forgot my password")
	for range 20 {
		v, err := w.bot.View(t.Context(), "test", p.address, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if shippedBook(t).Takes(v.Conversation.Session) == "text" {
			p.types("annroy85")
			if got := p.said(); got != "annroy85" {
				t.Errorf("the log has %q", got)
			}
			return
		}
		p.types("a person please")
		p.types("skip")
	}
	t.Fatal("no way leads to such a step")
}

// The team's words are cleaned in the same way: what was said before counts, also among notes.
func TestTheTeamsPasswords(t *testing.T) {
	o := newOffice(t)
	ann, k := o.asks("ann")
	ann.types("my password is refused")
	m, redacted, err := o.bot.Reply(t.Context(), zoe, k.ID, "r1", "try Castor4711")
	if err != nil || !redacted || m.Text != "try ••••••" {
		t.Errorf("%q, %v, %v", m.Text, redacted, err)
	}
	if m, redacted, err = o.bot.Edit(t.Context(), zoe, k.ID, "r1", "try Castor4712"); err != nil || !redacted || m.Text != "try ••••••" {
		t.Errorf("%q, %v, %v", m.Text, redacted, err)
	}
	if _, _, err := o.bot.Note(t.Context(), zoe, k.ID, "n1", "her password is"); err != nil {
		t.Fatal(err)
	}
	n, redacted, err := o.bot.Note(t.Context(), zoe, k.ID, "n2", "castor")
	if err != nil || !redacted || n.Text != "••••••" {
		t.Errorf("%q, %v, %v", n.Text, redacted, err)
	}
	if _, err := o.bot.Resolve(t.Context(), zoe, k.ID, "it was Castor4713"); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(o.path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Castor471", "castor"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %s", filepath.Base(name), secret)
			}
		}
	}
}

// A channel that shows words before it hands them over shows what would be kept of them, and
// begins no conversation by that.
func TestHarmless(t *testing.T) {
	w := newWorld(t)
	p := w.person("ann")
	for _, c := range [][2]string{{"pw: zebra", "pw: ••••••"}, {"annroy85", "annroy85"}} {
		if got, err := w.bot.Harmless(t.Context(), p.inbound(c[0])); err != nil || got != c[1] {
			t.Errorf("%q became %q (%v)", c[0], got, err)
		}
	}
	if _, err := w.bot.View(t.Context(), "test", "ann", 0, 0); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a conversation was begun: %v", err)
	}
	p.types("my password is refused")
	if got, err := w.bot.Harmless(t.Context(), p.inbound("soleil4711")); err != nil || got != "••••••" {
		t.Errorf("it became %q (%v)", got, err)
	}
}

// Nothing that people say stands in the log at its most talkative.
func TestTheLogHasNoWords(t *testing.T) {
	var out bytes.Buffer
	w := &world{t: t, post: &postbox{}, path: filepath.Join(t.TempDir(), "latchkey.db"), now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	w.set = func(o *bot.Options) {
		o.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	w.open(shippedBook(t))
	p := w.person("ann")
	p.types("zebra crossing")
	p.types("I want to talk to a person")
	p.types("ann.roy@example.org")
	p.press("Send it now")
	if got := out.String(); !strings.Contains(got, "LK-1001") || strings.Contains(got, "zebra") || strings.Contains(got, "ann.roy") {
		t.Errorf("the log: %s", got)
	}
}
