package slackchat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"latchkey/bot"
	"latchkey/bot/slackchat/slacktest"
	"latchkey/flows"
)

func shippedBook(t testing.TB) *flows.Book {
	t.Helper()
	book, err := flows.Load(flows.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func tongueOf(book *flows.Book, lang string) tongue {
	return tongue{lang: lang, word: func(key, lang string) string { return book.Word(key, lang, nil) }}
}

// strict posts to a local Slack, which refuses what the real one would.
type strict struct {
	t     testing.TB
	slack *slacktest.Slack
	api   *slack.Client
	room  string
	posts int
}

func newStrict(t testing.TB) *strict {
	t.Helper()
	s := slacktest.New(t, slacktest.Options{Unlimited: true})
	s.AddUser(slacktest.User{Name: "ann"})
	return &strict{t: t, slack: s, api: slack.New("xoxb-local-bot", slack.OptionAPIURL(s.API()))}
}

func (s *strict) post(m shown) slacktest.Message {
	s.t.Helper()
	if s.posts%50 == 0 { // a long channel takes long to look through
		room, err := s.slack.AddChannel(slacktest.Public, fmt.Sprintf("room-%d", s.posts), "ann", "@latchkey")
		if err != nil {
			s.t.Fatal(err)
		}
		s.room = room
	}
	s.posts++
	_, ts, err := s.api.PostMessageContext(s.t.Context(), s.room, slack.MsgOptionText(m.text, false), slack.MsgOptionBlocks(m.blocks...))
	if err != nil {
		raw, _ := json.MarshalIndent(m.blocks, "", " ")
		s.t.Fatalf("%v %v\n%s", err, s.slack.Violations(), raw)
	}
	if n := utf8.RuneCountInString(m.text); n > 4000 {
		s.t.Fatalf("the notification has %d characters", n)
	}
	for _, m := range s.slack.Channel(s.room).Messages() {
		if m.TS == ts {
			if pings := m.Pings(); len(pings) > 0 {
				s.t.Fatalf("it pings %v:\n%s", pings, m)
			}
			return m
		}
	}
	s.t.Fatal("the message is not there")
	panic("unreachable")
}

// walk visits every step of a tree in one language, each once.
func walk(book *flows.Book, tree, lang string, visit func(messages []bot.Message, always []flows.Choice)) {
	begun, events := book.Start(tree, lang, nil)
	type stop struct {
		session flows.Session
		events  []flows.Event
	}
	queue := []stop{{begun, events}}
	seen := map[string]bool{}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		key := s.session.At.String() + s.session.Outcome
		for _, e := range s.events {
			key += "\n" + e.Text
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		var messages []bot.Message
		for i, e := range s.events {
			messages = append(messages, bot.Message{Seq: int64(i + 1), From: bot.FromBot, Text: e.Text, Choices: e.Choices})
		}
		var always []flows.Choice
		for _, o := range book.Moves(s.session) {
			if o.Label != "" && o.Kind != flows.Choose && (o.Kind != flows.Jump || o.ID == flows.JumpPerson || o.ID == flows.JumpWorks || o.ID == flows.JumpDisabled) {
				always = append(always, flows.Choice{Move: o.Move.String(), Label: o.Label})
			}
		}
		visit(messages, always)
		if s.session.Ended() {
			continue
		}
		for _, o := range book.Moves(s.session) {
			if !o.Here && o.Kind != flows.Jump {
				continue
			}
			m := o.Move
			if m.Kind == flows.Fill {
				m.Text = "Ann <!channel> ann@example.org"
			}
			next, events := book.Next(s.session, m)
			queue = append(queue, stop{next, events})
		}
	}
}

// Every step of both trees in both languages is taken by a Slack that refuses what breaks a
// limit, and pings nobody.
func TestEveryStepFits(t *testing.T) {
	book, s := shippedBook(t), newStrict(t)
	for _, lang := range []string{"en", "fr"} {
		for _, tree := range []string{"client", "professional"} {
			steps := 0
			walk(book, tree, lang, func(messages []bot.Message, always []flows.Choice) {
				steps++
				out := tongueOf(book, lang).say(turn{messages: messages, always: always, private: true})
				for _, m := range out {
					shown := s.post(m)
					for _, c := range messages[len(messages)-1].Choices {
						if !strings.Contains(shown.Body, c.Label) && !strings.Contains(shown.Body, strings.TrimSpace(c.Label)) {
							t.Errorf("%q is missing in\n%s", c.Label, shown)
						}
					}
				}
			})
			if steps < 50 {
				t.Errorf("%s in %s: only %d steps were visited", tree, lang, steps)
			}
		}
	}
	if v := s.slack.Violations(); len(v) > 0 {
		t.Errorf("violations: %v", v)
	}
}

func TestWordsAreThere(t *testing.T) {
	book := shippedBook(t)
	if lacks := book.Lacks(Keys()); len(lacks) > 0 {
		t.Errorf("flows/slack.yaml lacks %v", lacks)
	}
	for _, lang := range []string{"en", "fr"} {
		for key, most := range map[string]int{
			"answer_privately": maxButton, "home_help": maxButton, "details_button": maxButton, "take": maxButton, "release": maxButton, "reply": maxButton,
			"note": maxButton, "resolve": maxButton, "pass_support": maxButton, "pass_hexpert": maxButton,
			"home_title": maxViewTitle, "details_title": maxViewTitle, "reply_title": maxViewTitle, "edit_title": maxViewTitle,
			"note_title": maxViewTitle, "pass_title": maxViewTitle, "resolve_title": maxViewTitle, "send": maxViewTitle, "cancel": maxViewTitle,
		} {
			if text := tongueOf(book, lang).w(key); text == "" || utf8.RuneCountInString(text) > most {
				t.Errorf("slack_%s in %s: %q, not 1 to %d characters", key, lang, text, most)
			}
		}
	}
}

// The number of answers decides how they are offered.
func TestChoicesByNumber(t *testing.T) {
	book, s := shippedBook(t), newStrict(t)
	for n, want := range map[int]string{1: "[Answer 1]", 5: "[Answer 5]", 6: "( ) Answer 6", 10: "( ) Answer 10", 11: "Answer 11", 100: "Answer 100"} {
		m := bot.Message{Seq: 3, From: bot.FromBot, Text: "Which?"}
		for i := range n {
			m.Choices = append(m.Choices, flows.Choice{Move: fmt.Sprintf("choose:c%d", i+1), Label: fmt.Sprintf("Answer %d", i+1)})
		}
		out := tongueOf(book, "en").say(turn{messages: []bot.Message{m}})
		if len(out) != 1 {
			t.Fatalf("%d choices make %d messages", n, len(out))
		}
		if got := s.post(out[0]); !strings.Contains(got.Body, want) {
			t.Errorf("%d choices: no %q in\n%s", n, want, got.Body)
		}
		given := tongueOf(book, "en").say(turn{messages: []bot.Message{m}, answer: answer{given: true, label: "Answer 1"}})
		if got := s.post(given[0]); !strings.Contains(got.Body, "✓ Answer 1") || strings.Contains(got.Body, "[Answer 1]") {
			t.Errorf("answered, it should show the choice and no button:\n%s", got.Body)
		}
	}
}

// Long words are told whole, in as many messages as it takes.
func TestLongWordsAreToldWhole(t *testing.T) {
	book, s := shippedBook(t), newStrict(t)
	long := strings.TrimSpace(strings.Repeat("<!channel> & words of an agent\n", 1200))
	var got strings.Builder
	for _, m := range tongueOf(book, "en").say(turn{messages: []bot.Message{{Seq: 1, From: bot.FromAgent, Agent: bot.Agent{Name: "Ann"}, Text: long}}}) {
		got.WriteString(s.post(m).Body)
	}
	if n := strings.Count(got.String(), "& words of an agent"); n != 1200 {
		t.Errorf("%d of 1200 lines arrived", n)
	}
}

func TestOursIsRichText(t *testing.T) {
	var b strings.Builder
	for _, e := range ours("Do this:\n1. Open https://example.org/a.\n2. Write to help@example.org\n\n**Then** see [the page](https://example.org).") {
		flatten(&b, e)
		raw, _ := json.Marshal(e)
		b.Write(raw)
	}
	for _, want := range []string{
		`"style":"ordered"`, `"url":"https://example.org/a"`, `"url":"mailto:help@example.org"`,
		`"text":"Then","style":{"bold":true}`, `"url":"https://example.org","text":"the page"`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, b.String())
		}
	}
}

// An agent's addresses lead where they say; nothing else in their words is read as markup.
func TestAgentsLinks(t *testing.T) {
	var b strings.Builder
	for _, e := range agents("see https://example.org/a, or [here](https://evil.example) **now** or write to help@example.org.") {
		raw, _ := json.Marshal(e)
		b.Write(raw)
	}
	for _, want := range []string{`"url":"https://example.org/a"}`, `"url":"mailto:help@example.org","text":"help@example.org"`, "or [here](", "**now**"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, b.String())
		}
	}
	if strings.Contains(b.String(), `"text":"here"`) {
		t.Errorf("markup was read: %s", b.String())
	}
}

func TestTypedIsWhatWasTyped(t *testing.T) {
	for in, want := range map[string]string{
		"<@U1> a client can't log in":                            "a client can't log in",
		"1 &lt; 2 &amp; 3":                                       "1 < 2 & 3",
		"write <mailto:ann@example.org|ann@example.org> or so":   "write ann@example.org or so",
		"<https://example.org/x>":                                "https://example.org/x",
		"<https://example.org|example.org> and <#C1|general> ok": "example.org and general ok",
		"<!channel> all":                                         "all",
	} {
		if got := typed(in); got != want {
			t.Errorf("%q gives %q, not %q", in, got, want)
		}
	}
}

// Whatever stands in a text, Slack takes what is made of it, and nobody is pinged.
func FuzzSay(f *testing.F) {
	book, s := shippedBook(f), newStrict(f)
	for _, seed := range []string{"", "hello", "<!channel>", "<@U00000003>", "1. a\n2. b\n• c", "[x](https://y)", "**b** *i*", "https://", "a@b.c", strings.Repeat("é", 5000), "http://[::1", "[a](http://%zz)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		for _, m := range []bot.Message{
			{Seq: 1, From: bot.FromBot, Text: text, Choices: []flows.Choice{{Move: "choose:a", Label: "x" + text}}},
			{Seq: 1, From: bot.FromAgent, Agent: bot.Agent{Name: text}, Text: text},
		} {
			for _, out := range tongueOf(book, "fr").say(turn{messages: []bot.Message{m}}) {
				if out.text == "" {
					out.text = "-"
				}
				s.t = t
				s.post(out)
			}
		}
	})
}
