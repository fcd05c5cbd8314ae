package slackchat

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
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
		anyone := &Slack{o: Options{SendWord: ">>"}, self: self{user: "U1"}}
		if said, ok := anyone.forPerson(body); ok && !strings.Contains(body, escaper.Replace(">>")) {
			t.Errorf("%q would be sent as %q", body, said)
		}
	})
}

// The word that sends is found as it is at the very beginning, after the app's own name at most, and
// where nothing continues it. Signs with spaces between them were taken for the word once, but that
// is how Slack brings a quote within a quote.
func TestForPerson(t *testing.T) {
	for word, all := range map[string]map[string]string{
		">>": {
			"&gt;&gt; hello": "hello", "&gt;&gt;hello": "hello", "  &gt;&gt;\nhello": "hello", "\u00a0&gt;&gt;\u00a0hello": "hello", "&gt;&gt;": "",
			"<@UBOT> &gt;&gt; hello": "hello", "<@UBOT|latchkey> <@UBOT>&gt;&gt; hello": "hello", "&gt;&gt; &lt;b&gt; &amp;": "<b> &",
			"&gt;&gt; see <https://help.example|help.example>": "see help.example", "&gt;&gt;\n&gt; you wrote": "> you wrote",
		},
		"to":     {"to Marie": "Marie", "to: hello": ": hello", "to\nhello": "hello", "to": ""},
		"!reply": {"!reply hello": "hello", "!reply, hello": ", hello"},
		"<&":     {"&lt;&amp; hello": "hello"},
		"à-elle": {"à-elle bonjour": "bonjour"},
	} {
		s := &Slack{o: Options{SendWord: word}, self: self{user: "UBOT"}}
		for raw, want := range all {
			if got, ok := s.forPerson(raw); !ok || got != want {
				t.Errorf("%s: %q is %q, %v", word, raw, got, ok)
			}
		}
	}
	for word, all := range map[string][]string{
		">>": {
			"hello", "&gt; hello", "hello &gt;&gt; you", "", "- &gt;&gt; hello", "*&gt;&gt; hello*", "```&gt;&gt; hello```",
			"&gt;&gt;&gt; she is a nuisance", "&gt;&gt;&gt;she is a nuisance", "&gt; &gt; nested", "&gt;\u00a0&gt; nested", "&gt;&gt; &gt; nested",
			"&gt;&gt;\u00a0&gt; nested", "&gt;\n&gt; two lines", "&gt;&gt;&gt;",
			"<@UANN> &gt;&gt; is she the one we banned?", "<@UANN|ann>&gt;&gt; is she?", "<@UBOT> <@UANN> &gt;&gt; is she?", "<@UANN> <@UBOT> &gt;&gt; is she?",
			"<!here> &gt;&gt; is she?", "<#C1|general> &gt;&gt; is she?", "<https://help.example> &gt;&gt; is she?", "<@UBOTTOM> &gt;&gt; is she?",
		},
		"to":     {"tomorrow I'll look, she is a nuisance", "t o", "to-morrow", "to’s", "to2", "to_do", "tôt", "To Marie", "<@UANN> to Marie"},
		"!reply": {"!replying", "! reply hello", "!Reply hello"},
		"!!":     {"!!! hello", "!! !important"},
	} {
		s := &Slack{o: Options{SendWord: word}, self: self{user: "UBOT"}}
		for _, raw := range all {
			if got, ok := s.forPerson(raw); ok {
				t.Errorf("%s: %q would be sent as %q", word, raw, got)
			}
		}
	}
}

// A word that would never send, or at every turn, is refused before anything is heard, with words to
// take instead.
func TestSendWordIsChecked(t *testing.T) {
	for word, good := range map[string]bool{
		"": true, ">>": true, "to": true, "!reply": true, "to:": true, "=>": true, "->": true, "→→": true, "à-elle": true, "<&": true,
		"for her:": false, "> >": false, "to\u00a0her": false, "to\t": false, " >>": false, ">>\n": false, ">>\u200b": false, "\x1b>": false,
		"\xff>": false, ">": false, ">>>": false, "-": false, "!": false, "/reply": false, "@client": false, "#reply": false, "*send": false,
		"_send": false, "~~": false, "``": false, "➡️": true, "📤📤": true, "!📤": true, "📤": true,
	} {
		s := New(nil, Options{BotToken: "xoxb-local-bot", AppToken: "xapp-local-app", SendWord: word, API: "http://127.0.0.1:1/"})
		_, err := s.Check(t.Context())
		var bad badSetup
		if refused := errors.As(err, &bad); refused == good {
			t.Errorf("%q: %v", word, err)
		}
		if !good && !strings.Contains(fmt.Sprint(err), "LATCHKEY_SLACK_SEND_WORD is "+strconv.Quote(word)) {
			t.Errorf("%q: %v", word, err)
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
