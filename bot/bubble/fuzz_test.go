package bubble

import (
	"errors"
	"testing"
	"unicode/utf8"

	"latchkey/flows"
)

// Whatever bytes come, a frame is refused with a reason or safe to hand on.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"hello","v":1,"token":"` + visitor + `","after":17,"lang":"fr-CA","audience":"client"}`,
		`{"type":"message","id":"m-00000001","text":"h\u0000i\r\n\u001b[31m"}`,
		`{"type":"press","id":"m-00000001","move":"choose:yes","seq":4,"label":"Yes"}`,
		`{"type":"press","id":"m-00000001","move":"silence","seq":4,"label":"Yes"}`,
		`{"type":"ping"}`, `[]`, `{"type":`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := parse(data)
		if err != nil {
			var no *refusal
			if !errors.As(err, &no) || no.code < 4000 || no.text == "" || len(no.text) > 123 {
				t.Fatalf("%q is refused with %v", data, err)
			}
			return
		}
		if frame.Type == "message" && (frame.Text == "" || clean(frame.Text) != frame.Text || !utf8.ValidString(frame.Text)) {
			t.Errorf("text %q", frame.Text)
		}
		if frame.Type == "press" {
			if m := flows.ParseMove(frame.Move); m.Kind == flows.Silence || m.Kind == flows.Fill || m.Kind == flows.Unclear {
				t.Errorf("a button for %q", frame.Move)
			}
		}
	})
}
