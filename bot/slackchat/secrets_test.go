package slackchat

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/bot"
	"latchkey/bot/redact"
)

// What is kept until it is handled holds nobody's secrets, and no more than is read of it.
func TestNothingSecretIsKept(t *testing.T) {
	const secret = "Tr0ub4dor&3x"
	for kind, body := range map[string]string{
		kindEvent: `{"team_id":"T1","token":"verification","event":{"type":"message","channel":"D1","user":"U1","ts":"1.1",
			"text":"my password is Tr0ub4dor&3x","blocks":[{"type":"rich_text","elements":["my password is Tr0ub4dor&3x"]}],
			"message":{"text":"my password is Tr0ub4dor&3x"},"previous_message":{"text":"my password is Tr0ub4dor&3x"}}}`,
		kindInteractive: `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"message":{"text":"my password is Tr0ub4dor&3x"},
			"view":{"callback_id":"details","state":{"values":{"error":{"input":{"type":"plain_text_input","value":"my password is Tr0ub4dor&3x"}}}}}}`,
		kindCommand: `{"team_id":"T1","user_id":"U1","command":"/loginhelp","text":"my password is Tr0ub4dor&3x"}`,
	} {
		kept := keepable(kind, []byte(body), byItself)
		if bytes.Contains(kept, []byte(secret)) || bytes.Contains(kept, []byte("Tr0ub4dor")) || !bytes.Contains(kept, []byte("my password is")) {
			t.Errorf("%s keeps %s", kind, kept)
		}
		if strings.Contains(string(kept), "verification") {
			t.Errorf("%s keeps what nobody reads: %s", kind, kept)
		}
	}
	if kept := keepable(kindEvent, []byte(`"my password is Tr0ub4dor&3x`), byItself); kept != nil {
		t.Errorf("what cannot be read is kept: %s", kept)
	}
}

// Slack's way to write some signs hides no password, and its own marks are left; a name at the
// beginning stays there, since it says that a message is not for the person.
func TestSecretsAsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"<@U1> password =&gt; zebra":                                  "<@U1> password =&gt; ••••••",
		"pw: a&amp;b&lt;c":                                            "pw: ••••••",
		"a &lt;b&gt; &amp; <#C1|x> <https://a.example/?b&amp;c>":      "a &lt;b&gt; &amp; <#C1|x> <https://a.example/?b&amp;c>",
		"see <https://a.example/b?c&amp;d|here>, pw: zebra":           "see <https://a.example/b?c&amp;d|here>, pw: ••••••",
		"<@U1> <mailto:a@b.example|a@b.example> / Zebra77":            "<@U1> a@b.example / ••••••",
		"<@U1> &gt;&gt; pw: zebra <@U2> ok":                           "<@U1> &gt;&gt; pw: •••••• ok <@U2>",
		"&gt;&gt; pw: zebra <@U2>":                                    "&gt;&gt; pw: •••••• <@U2>",
		"<!here> &gt;&gt; <mailto:a@b.example|a@b.example> / Zebra77": "<!here> &gt;&gt; a@b.example / ••••••",
	} {
		if got := asWritten(text, byItself); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	worst := func(text string) string { clean, _, _ := redact.Worst(text); return clean }
	for text, want := range map[string]string{
		"<@U00000006> hello there":  "<@U00000006> hello there",
		"<@U00000006> unheard note": "<@U00000006> ••••••",
		"hi <@U00000006> Zebra77":   "hi •••••• <@U00000006>",
	} {
		if got := asWritten(text, worst); got != want {
			t.Errorf("at worst %q became %q, want %q", text, got, want)
		}
	}
}

// Somebody who types a password is told, as everywhere, and it stands nowhere in the database.
func TestAPasswordInSlack(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "it is refused and my password is Tr0ub4dor&3x")
	w.quiet()
	w.has(w.slack.Channel(dm).String(), "I removed it before keeping anything")
	w.nowhere("Tr0ub4dor")
}

// nowhere checks that something stands in no file of the database.
func (w *world) nowhere(secret string) {
	w.t.Helper()
	files, err := filepath.Glob(w.file + "*")
	if err != nil || len(files) == 0 {
		w.t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		if bytes.Contains(data, []byte(secret)) {
			w.t.Errorf("%s holds %s", filepath.Base(name), secret)
		}
	}
}

// What is a password only because of what was said before is stored nowhere either, not even
// until it is handled; a user name that was asked for is kept as it was typed.
func TestAPasswordByItself(t *testing.T) {
	w := newWorld(t)
	w.start()
	dm := w.dm("marie")
	w.says("marie", dm, "my password is refused")
	w.says("marie", dm, "Soleil4711")
	w.has(w.slack.Channel(dm).String(), "I removed it before keeping anything")
	card := w.ticket("luc")
	w.inThread("ann", card, ">>What does it say after the password?")
	w.says("luc", w.dm("luc"), "castor4712")
	w.inThread("ann", card, "he told me his password is")
	w.inThread("ann", card, "castor4713")
	w.has(w.thread(card), "Luc Roy: ••••••")
	for _, secret := range []string{"Soleil4711", "castor4712", "castor4713"} {
		w.nowhere(secret)
	}
	w.clean()
}

// Between being stored and being handled nothing is there of a word that may be one. What was to
// be handled when the process died is told as removed; else a word is as it was typed.
func TestAWordBeforeItIsHandled(t *testing.T) {
	w := newWorld(t)
	w.gate = make(chan struct{})
	n := w.start()
	dm := w.dm("marie")
	if _, err := w.slack.As("marie").Says(dm, "annroy4714"); err != nil {
		t.Fatal(err)
	}
	w.until("the inbox", func() bool {
		waiting, err := n.store.Accepted(t.Context(), 1)
		return err == nil && len(waiting) == 1
	})
	w.nowhere("annroy4714")
	close(w.gate)
	w.quiet()
	v, err := n.bot.View(t.Context(), Channel, place{team: "T00000001", channel: dm}.String(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(v.Messages, func(m bot.Message) bool { return m.Text == "annroy4714" }) {
		t.Errorf("the word is lost: %+v", v.Messages)
	}
	w.clean()
}
