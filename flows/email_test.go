package flows

import "testing"

func TestPlainEmail(t *testing.T) {
	for text, want := range map[string]string{
		"ann@example.org": "ann@example.org", " Ann.Roy+gym@EXAMPLE.Org\n": "Ann.Roy+gym@example.org", "zoé@exemple.org": "zoé@exemple.org",
		"": "", "ann": "", "ann@example": "", "ann@example.org and bob@example.org": "", "ann@example.org ann@example.org": "",
		"it is ann@example.org": "", "ann@example.org.": "", ".ann@example.org": "", "Ann <ann@example.org>": "",
		"ann@example.org\nBcc: bob@example.org": "",
	} {
		got, ok := PlainEmail(text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q gave %q, %v; want %q", text, got, ok, want)
		}
	}
}
