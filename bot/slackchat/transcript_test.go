package slackchat

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
	"latchkey/flows"
)

// always are the buttons that are there at every step, as transcripts name them.
var alwaysMoves = map[string]string{
	"<back>": "back", "<restart>": "restart", "<wait>": "wait", "<person>": "jump:person", "<works>": "jump:works",
	"<disabled>": "jump:disabled", "<language fr>": "language:fr", "<language en>": "language:en",
}

// talk is a conversation as it is written down.
type talk struct{ name, lang, text string }

// talks are the example conversations of the professional tree, and those that take its other
// edges.
func talks(t *testing.T) (all []talk) {
	t.Helper()
	files, err := filepath.Glob("../../flows/testdata/professional-*.txt")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d transcripts (%v)", len(files), err)
	}
	for _, file := range append(files, "../../flows/testdata/edges-professional.txt") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(string(raw), "\n---\n")
		for i, text := range parts {
			lang := regexp.MustCompile(`(?m)^lang: (\w+)$`).FindStringSubmatch(text)
			name := strings.TrimSuffix(filepath.Base(file), ".txt")
			if len(parts) > 1 {
				name += fmt.Sprintf("-%d", i+1)
			}
			if lang == nil {
				t.Fatalf("%s has no language", name)
			}
			all = append(all, talk{name, lang[1], text})
		}
	}
	if len(all) < len(files)+20 {
		t.Fatalf("there are %d conversations", len(all))
	}
	return all
}

// The conversations of the professional tree, in both languages, through Slack: what is pressed
// there is a button here, radio button or menu, and the bot says the same.
func TestProfessionalTranscripts(t *testing.T) {
	w := newWorld(t)
	w.anonymous = true
	w.start()
	all := talks(t)
	for i, talk := range all {
		w.slack.AddUser(slacktest.User{Name: fmt.Sprintf("pro%d", i), Locale: map[string]string{"en": "en-US", "fr": "fr-CA"}[talk.lang]})
	}
	t.Run("all", func(t *testing.T) {
		for i, talk := range all {
			t.Run(talk.name, func(t *testing.T) {
				t.Parallel()
				w.replay(t, talk, fmt.Sprintf("pro%d", i))
			})
		}
	})
	w.clean()
}

// replay plays a conversation as somebody. The first thing they do is to ask for help.
func (w *world) replay(t *testing.T, talk talk, who string) {
	var err error
	p, n := w.slack.As(who), w.nodes[0]
	dm := p.DM()
	address := place{team: "T00000001", channel: dm}.String()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf(format+"\n%s", append(args, w.slack.Channel(dm).String())...)
	}
	if err := p.Slash(dm, command, ""); err != nil {
		fail("%v", err)
	}
	w.until("the greeting", func() bool { return len(w.slack.Channel(dm).Messages()) > 0 })
	said := 0 // how far the bot's words have been compared
	for line := range strings.Lines(talk.text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "client> "):
			before := seqOf(t, n, address)
			text := strings.TrimPrefix(line, "client> ")
			switch {
			case strings.HasPrefix(text, "["):
				asked := w.last(dm, "")
				err = w.press(p, asked, printed(asked, strings.Trim(text, "[]")))
			case alwaysMoves[text] != "":
				err = w.press(p, w.last(dm, ""), labelOf(t, n, address, talk.lang, alwaysMoves[text]))
			case strings.HasPrefix(text, "<"):
				_, err = p.Says(dm, wordsFor(t, n, address, talk.lang, strings.Trim(text, "<>")))
			default:
				_, err = p.Says(dm, text)
			}
			if err != nil {
				fail("%s: %v", line, err)
			}
			w.delivered(t, n, address, before)
		case strings.HasPrefix(line, "bot> "):
			text, _, _ := strings.Cut(strings.TrimPrefix(line, "bot> "), "   [")
			text = strings.TrimSuffix(strings.TrimSpace(text), "…")
			whole := squeezed(w.slack.Channel(dm).String())
			at := strings.Index(whole[min(said, len(whole)):], squeezed(text))
			if at < 0 {
				// The greeting has a place of its own, above what was compared so far.
				if at = strings.Index(whole, squeezed(text)); at < 0 {
					fail("%s: not said", line)
				}
				continue
			}
			said += at
		case strings.HasPrefix(line, "outcome: "):
			v, err := n.bot.View(t.Context(), Channel, address, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			s := v.Conversation.Session
			got := strings.TrimSpace(s.Outcome + " " + s.Queue)
			if s.Outcome == "" {
				got = "open"
			}
			if want := strings.TrimPrefix(line, "outcome: "); !strings.HasPrefix(want, got) {
				fail("the outcome is %s, not %s", got, want)
			}
		}
	}
}

// printed is a label with the spaces that it has in a message, where some are narrow or break no
// line.
func printed(m slacktest.Message, label string) string {
	spaced := strings.ReplaceAll(regexp.QuoteMeta(label), " ", `[ \x{a0}\x{202f}]`)
	if found := regexp.MustCompile(spaced).FindString(m.Body); found != "" {
		return found
	}
	return label
}

// squeezed is a text without what differs between a page and a transcript: spaces, list marks.
func squeezed(s string) string {
	s = strings.NewReplacer("**", "", "•", "", "- ", " ").Replace(s)
	return strings.Join(strings.Fields(listNumber.ReplaceAllString(s, " ")), " ")
}

var listNumber = regexp.MustCompile(`\b\d\.( |$)`)

func seqOf(t *testing.T, n *node, address string) int64 {
	v, err := n.bot.View(t.Context(), Channel, address, 0, 1)
	if isNotFound(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return v.Conversation.LastSeq
}

// wordsFor gives words that somebody may write who means a jump to where no button leads: those of
// its phrases that are read as it, where they are.
func wordsFor(t *testing.T, n *node, address, lang, jump string) string {
	book := n.bot.Book()
	s, _ := book.Start("professional", lang, nil)
	if v, err := n.bot.View(t.Context(), Channel, address, 0, 1); err == nil {
		s = v.Conversation.Session
	}
	want, legal := flows.Move{Kind: flows.Jump, ID: jump}, book.Moves(s)
	if jump == "unclear" {
		return "purple elephants"
	}
	for _, o := range legal {
		if o.Move != want {
			continue
		}
		// The label is the first of its phrases.
		for _, phrase := range o.Phrases[s.Lang] {
			r, err := book.Matcher().Read(t.Context(), phrase.Text, s.Lang, legal)
			if err != nil {
				t.Fatal(err)
			}
			if book.Decide(s, r) == want && book.LanguageOf(phrase.Text) != map[string]string{"en": "fr", "fr": "en"}[s.Lang] {
				return phrase.Text
			}
		}
	}
	t.Fatalf("no words mean %s at %v", jump, s.At)
	return ""
}

func labelOf(t *testing.T, n *node, address, lang, move string) string {
	v, err := n.bot.View(t.Context(), Channel, address, 0, 1)
	if isNotFound(err) {
		v = n.bot.Welcome("professional", lang)
	} else if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Always {
		if c.Move == move {
			return c.Label
		}
	}
	t.Fatalf("%s is not there now: %v", move, v.Always)
	return ""
}

// delivered waits until a conversation has gone on and everything in it was sent.
func (w *world) delivered(t *testing.T, n *node, address string, after int64) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if v, err := n.bot.View(t.Context(), Channel, address, 0, 1); err == nil && v.Conversation.LastSeq > after {
			sent, err := n.store.Lane(t.Context(), bot.ContactLane(Channel, v.Conversation.ID))
			if err != nil {
				t.Fatal(err)
			}
			done := len(sent) > 0
			for _, d := range sent {
				done = done && d.Status == bot.DeliverySent
			}
			if done {
				return
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s: no answer after %d", address, after)
}
