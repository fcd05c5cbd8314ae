package slackchat

import (
	"encoding/json"
	"testing"
)

// Whatever comes, it is named and read, or refused; nothing of it ends the program.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"event":null}`, `{"event_id":"Ev1","team_id":"T1","event":{"type":"message","channel":"D1","user":"U1","text":"<@U2> hi","ts":"1.1"}}`,
		`{"event":{"type":"message","subtype":"message_changed","channel":"C1","message":{"text":">>","thread_ts":"1"},"previous_message":{}}}`,
		`{"type":"block_actions","trigger_id":"1.2","container":{"channel_id":"C1","message_ts":"1"},"actions":[{"block_id":"q:1","action_id":"choose:a"},{"block_id":"k:"}]}`,
		`{"type":"view_submission","view":{"private_metadata":"{","state":{"values":{"a":{"b":{"value":null}}}}}}`,
		`{"team_id":"T1","user_id":"U1","command":"/loginhelp","text":"&lt;&gt;"}`,
	} {
		for _, kind := range []string{kindEvent, kindInteractive, kindCommand, "other"} {
			f.Add(kind, seed)
		}
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		if !json.Valid([]byte(body)) {
			return // neither transport lets it through
		}
		if a, b := keyOf(kind, []byte(body)), keyOf(kind, []byte(body)); a != b {
			t.Errorf("the same has two names, %q and %q", a, b)
		}
		in, err := read(envelope{kind, []byte(body)})
		if err == nil && (in.line == "" || in.do == nil) {
			t.Errorf("%s is in line %q", body, in.line)
		}
		typed(body)
	})
}

// The word that sends is found with the spaces that Slack's editor may put into it, and nowhere
// but at the beginning.
func TestForPerson(t *testing.T) {
	s := &Slack{o: Options{SendWord: ">>"}}
	for raw, want := range map[string]string{
		"&gt;&gt; hello": "hello", "&gt;&gt;hello": "hello", "&gt; &gt; hello": "hello", "  &gt;&gt;\nhello": "hello", "&gt;&gt;": "",
	} {
		if got, ok := s.forPerson(raw); !ok || got != want {
			t.Errorf("%q is %q, %v", raw, got, ok)
		}
	}
	for _, raw := range []string{"hello", "&gt; hello", "hello &gt;&gt; you", "", "- &gt;&gt; hello"} {
		if got, ok := s.forPerson(raw); ok {
			t.Errorf("%q would be sent as %q", raw, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, p := range []place{{"T1", "D1", "", ""}, {"T1", "D1", "1.1", ""}, {"T1", "C1", "1.1", "U1"}} {
		if got := placeOf(p.String()); got != p {
			t.Errorf("%v becomes %v", p, got)
		}
	}
	if got := (place{team: "T1", channel: "D1"}).String(); got != "T1:D1" {
		t.Errorf("a direct message is at %s", got)
	}
}
