package mail

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"latchkey/bot"
	"latchkey/bot/mail/mailtest"
)

func spooled(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = data
	}
	return out
}

func TestSpoolWritesAMail(t *testing.T) {
	o := local(t)
	send(t, sender(t, o), ann())
	files := spooled(t, o.Spool)
	if len(files) != 1 {
		t.Fatalf("%d files, want 1", len(files))
	}
	for name, data := range files {
		if !regexp.MustCompile(`^LK-1042-[0-9a-f]{24}\.eml$`).MatchString(name) {
			t.Errorf("file %q", name)
		}
		info, err := os.Stat(filepath.Join(o.Spool, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("mode %v, want 0600", got)
		}
		l := mailtest.Parse(t, data)
		if got := l.Header.Get("To"); got != "undisclosed-recipients:;" {
			t.Errorf("To: %q", got)
		}
		inOrder(t, l.Text, "The reset mail never arrives", "Already tried", "Conversation")
		inOrder(t, plain(l.HTML), "The reset mail never arrives", "Already tried", "Conversation")
	}
}

func TestSpoolRepeatTakesThePlaceOfTheFirst(t *testing.T) {
	o := local(t)
	s := sender(t, o)
	send(t, s, ann())
	first := spooled(t, o.Spool)
	send(t, s, ann())
	second := spooled(t, o.Spool)
	if len(second) != 1 {
		t.Fatalf("%d files, want 1", len(second))
	}
	for name, data := range first {
		if !bytes.Equal(data, second[name]) {
			t.Error("the same parcel gave another mail")
		}
	}
	send(t, s, more())
	if got := len(spooled(t, o.Spool)); got != 2 {
		t.Errorf("%d files after a follow-up, want 2", got)
	}
}

func TestSpoolStaysInItsFolder(t *testing.T) {
	o := local(t)
	p := ann()
	p.Delivery.ID = "../../../etc/\x00passwd"
	send(t, sender(t, o), p)
	if got := len(spooled(t, o.Spool)); got != 1 {
		t.Errorf("%d files, want 1", got)
	}
}

func TestSpoolThatCannotBeWrittenIsTemporary(t *testing.T) {
	o := local(t)
	if err := os.WriteFile(o.Spool, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	if _, err := sender(t, o).Send(t.Context(), ann()); err == nil || bot.IsPermanent(err) {
		t.Errorf("%v, want an error that is not permanent", err)
	}
}
