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
		`{"type":"hello","v":1,"identity":"e30.AAAA","name":"A\u0000nn\n","email":"ann@example.com"}`,
		`{"type":"older","before":951}`, `{"type":"older","before":-1}`,
		`{"type":"rate","id":"m-00000001","helpful":true,"text":"qu\u0000ick"}`, `{"type":"rate","id":"m-00000001","helpful":1}`,
		`{"type":"transcript","id":"m-00000001","email":" ann@example.com\u0007"}`,
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
		if frame.Type == "message" && (clean(frame.Text) != frame.Text || !utf8.ValidString(frame.Text)) {
			t.Errorf("text %q", frame.Text)
		}
		switch frame.Type {
		case "hello":
			if longer(frame.Name, longestName) || longer(frame.Email, longestName) || frame.After < 0 || len(frame.Lang) > longestLanguage ||
				oneLine(frame.Name) != frame.Name || oneLine(frame.Email) != frame.Email {
				t.Errorf("a hello of %+v", frame)
			}
		case "older":
			if frame.Before < 1 {
				t.Errorf("older than %d", frame.Before)
			}
		case "rate":
			if frame.Helpful == nil || !named(frame.ID) || clean(frame.Text) != frame.Text {
				t.Errorf("a rating of %+v", frame)
			}
		case "transcript":
			if frame.Email == "" || oneLine(frame.Email) != frame.Email || !named(frame.ID) {
				t.Errorf("a transcript of %+v", frame)
			}
		case "press":
			if m := flows.ParseMove(frame.Move); m.Kind == flows.Silence || m.Kind == flows.Fill || m.Kind == flows.Unclear {
				t.Errorf("a button for %q", frame.Move)
			}
		}
	})
}
