package slackchat

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		kept := keepable(kind, []byte(body))
		if bytes.Contains(kept, []byte(secret)) || bytes.Contains(kept, []byte("Tr0ub4dor")) || !bytes.Contains(kept, []byte("my password is")) {
			t.Errorf("%s keeps %s", kind, kept)
		}
		if strings.Contains(string(kept), "verification") {
			t.Errorf("%s keeps what nobody reads: %s", kind, kept)
		}
	}
	if kept := keepable(kindEvent, []byte(`"my password is Tr0ub4dor&3x`)); kept != nil {
		t.Errorf("what cannot be read is kept: %s", kept)
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
	files, err := filepath.Glob(w.file + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("Tr0ub4dor")) {
			t.Errorf("%s holds the password", filepath.Base(name))
		}
	}
}
