package bot_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/bot"
	"latchkey/flows"
	"latchkey/kb"
)

var helpOnce = sync.OnceValues(func() (*kb.Base, error) { return kb.Load(kb.Shipped()) })

// newHelpfulWorld is a world whose bot has the shipped articles.
func newHelpfulWorld(t *testing.T) *world {
	t.Helper()
	base, err := helpOnce()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, post: &postbox{}, path: t.TempDir() + "/latchkey.db", now: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
	book := shippedBook(t)
	w.set = func(o *bot.Options) {
		o.Help = base.With(book.Variable)
		o.HelpURL = func(lang, id, section string) string {
			if section != "" {
				id += "#" + section
			}
			return "https://help.example.org/help/" + lang + "/" + id
		}
	}
	w.open(book)
	return w
}

// plays plays a transcript: what the person says or presses, and how each message of the bot
// begins, with its buttons. A line that begins with … has to stand within the message before it.
func (p *person) plays(transcript string) {
	p.w.t.Helper()
	var said []bot.Message
	end := func() {
		p.w.t.Helper()
		for _, m := range said {
			p.w.t.Errorf("%s: nobody expected %q %v", p.address, m.Text, labels(m))
		}
	}
	last := ""
	for line := range strings.Lines(transcript) {
		line = strings.TrimSpace(line)
		who, what, _ := strings.Cut(line, "> ")
		switch {
		case line == "":
		case strings.HasPrefix(line, "…"):
			if want := strings.TrimPrefix(line, "…"); !strings.Contains(last, want) {
				p.w.t.Errorf("%s: there is no %q in %q", p.address, want, last)
			}
		case who == "bot":
			text, buttons, _ := strings.Cut(what, "   [")
			if len(said) == 0 {
				p.w.t.Fatalf("%s: the bot is silent, and does not say %q", p.address, what)
			}
			last = said[0].Text
			got := strings.Join(labels(said[0]), "] [")
			if !strings.HasPrefix(last, text) || got != strings.TrimSuffix(buttons, "]") {
				p.w.t.Errorf("%s: the bot says %q [%s], want %q", p.address, last, got, what)
			}
			said = said[1:]
		case strings.HasPrefix(what, "["):
			end()
			said = p.press(strings.Trim(what, "[]"))
		default:
			end()
			said = p.types(what)
		}
	}
	end()
}

func labels(m bot.Message) []string {
	var all []string
	for _, c := range m.Choices {
		all = append(all, c.Label)
	}
	return all
}

func (w *world) answers() []bot.Answered {
	w.t.Helper()
	all, err := w.store.Answers(w.t.Context(), bot.AnswerFilter{})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

const loginQuestion = "[Wrong user or password] [I forgot my password] [My account is disabled] [It's my first time logging in] [It freezes or stays blank] [I get in, but it's empty] [Something else]"

// A question at the very beginning: the answer, a link, and the first question again.
func TestQuestionAtTheStart(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	welcome := w.bot.Welcome("client", "en").Messages
	said := ann.types("How do I pay an invoice?") // a little like "Did you get an invitation?"
	if len(said) != len(welcome)+2 {
		t.Fatalf("the bot says %q", texts(said))
	}
	answer, again := said[len(welcome)], said[len(welcome)+1]
	for _, want := range []string{"You can pay in a browser", "[Read the whole page](https://help.example.org/help/en/pay-invoice)", "\n\nDid this help?"} {
		if !strings.Contains(answer.Text, want) {
			t.Errorf("there is no %q in %q", want, answer.Text)
		}
	}
	if again.Text != welcome[len(welcome)-1].Text || "["+strings.Join(labels(again), "] [")+"]" != loginQuestion {
		t.Errorf("asked again: %q %v", again.Text, labels(again))
	}
	s := ann.view().Conversation.Session
	if len(s.Trail) != 0 || s.Unclear != 0 || s.Ended() {
		t.Errorf("the question left a trace in the tree: %+v", s)
	}
}

// A question in the middle of the tree, judged, and the way on from there as if nothing had been asked.
func TestQuestionInMidFlow(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("it says invalid user / password")
	before := ann.view().Conversation.Session
	ann.plays(`
		ann> can I use the web version in a browser?
		bot> Yes. Open the web version in a browser   [Yes, it helped] [Not really]
		…[Read the whole page](https://help.example.org/help/en/web-version)
		bot> Do you type an e-mail or a username?   [An e-mail] [A username] [I don't know]`)
	after := ann.view().Conversation.Session
	if strings.Join(after.Trail, " ") != strings.Join(before.Trail, " ") || after.At != before.At {
		t.Errorf("from %v %v to %v %v", before.At, before.Trail, after.At, after.Trail)
	}
	ann.plays(`
		ann> [Yes, it helped]
		bot> Glad to hear it!
		bot> Do you type an e-mail or a username?   [An e-mail] [A username] [I don't know]
		ann> [An e-mail]
		bot> Read your e-mail letter by letter   [It works] [The username works] [Still refused]`)
	got := w.answers()
	if len(got) != 1 {
		t.Fatalf("%d answers are kept", len(got))
	}
	a := got[0]
	if a.Question != "can I use the web version in a browser?" || a.Article != "web-version" || a.Section != "" || a.Verdict != "yes" ||
		a.Lang != "en" || a.Audience != "client" || a.Aside || a.Score < kb.Enough || a.Asked.IsZero() || a.Judged.IsZero() {
		t.Errorf("kept: %+v", a)
	}
	// The buttons of the step hold although an answer came between.
	if trail := ann.view().Conversation.Session.Trail; len(trail) != len(before.Trail)+1 {
		t.Errorf("the trail is %v", trail)
	}
}

// Pressing another verdict later replaces the first. What does not exist cannot be judged.
func TestVerdicts(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("can I use the web version in a browser?")
	ann.plays(`
		ann> [Not really]
		bot> I'm sorry.   [Talk to a person]
		bot> What do you see when you try to log in?   ` + loginQuestion)
	if a := w.answers(); len(a) != 1 || a[0].Verdict != "no" {
		t.Fatalf("kept: %+v", a)
	}
	in := ann.inbound("Yes, it helped")
	in.Move, in.Seq = &flows.Move{Kind: flows.Helped, ID: "yes"}, w.answers()[0].Seq
	w.later(time.Minute)
	if got := texts(ann.send(in)); !strings.HasPrefix(got, "Glad to hear it!") {
		t.Errorf("the bot says %q", got)
	}
	a := w.answers()
	if len(a) != 1 || a[0].Verdict != "yes" || !a[0].Judged.After(a[0].Asked) {
		t.Errorf("kept: %+v", a)
	}
	for what, move := range map[string]flows.Move{"at another message": {Kind: flows.Helped, ID: "yes"}, "with another word": {Kind: flows.Helped, ID: "maybe"}} {
		in := ann.inbound("Yes")
		in.Move, in.Seq = &move, 1
		if got := texts(ann.send(in)); !strings.HasPrefix(got, "That button belongs to an earlier question.") {
			t.Errorf("%s: %q", what, got)
		}
	}
	eve := w.person("eve")
	in = eve.inbound("Yes")
	in.Move, in.Seq = &flows.Move{Kind: flows.Helped, ID: "yes"}, a[0].Seq
	eve.send(in)
	if again := w.answers(); len(again) != 1 || again[0] != a[0] {
		t.Errorf("somebody else judges: %+v", again)
	}
}

// The same press twice, as a channel that is not sure sends it, is one verdict and one answer.
func TestAVerdictComesTwice(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("can I use the web version in a browser?")
	in := ann.inbound("Yes, it helped")
	in.Move, in.Seq = &flows.Move{Kind: flows.Helped, ID: "yes"}, w.answers()[0].Seq
	if said := ann.send(in); len(said) != 2 {
		t.Fatalf("the bot says %q", texts(said))
	}
	if said := ann.send(in); len(said) != 0 {
		t.Errorf("the bot says it again: %q", texts(said))
	}
}

func TestUnknownQuestion(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("it says invalid user / password")
	ann.plays(`
		ann> how many calories should I eat per day?
		bot> I don't know the answer to that, and I won't guess.   [Talk to a person]
		bot> Do you type an e-mail or a username?   [An e-mail] [A username] [I don't know]`)
	a := w.answers()
	if len(a) != 1 || a[0].Article != "" || a[0].Question != "how many calories should I eat per day?" {
		t.Errorf("kept: %+v", a)
	}
	if said := ann.press("Talk to a person"); len(said) == 0 || strings.Contains(texts(said), "earlier question") {
		t.Errorf("a person is not called: %q", texts(said))
	}
	// What is no question is not understood, as ever.
	bob := w.person("bob")
	bob.types("it says invalid user / password")
	bob.plays(`
		bob> blue elephants sing
		bot> Sorry, I didn't get that.
		bot> Do you type an e-mail or a username?   [An e-mail] [A username] [I don't know]`)
	if len(w.answers()) != 1 {
		t.Errorf("kept: %+v", w.answers())
	}
}

func TestQuestionInFrench(t *testing.T) {
	w := newHelpfulWorld(t)
	luc := w.person("luc")
	luc.lang = "fr"
	luc.types("ça dit utilisateur ou mot de passe invalide")
	luc.plays(`
		luc> est-ce que je peux l'utiliser dans un navigateur?
		bot> Oui. Ouvrez la version web dans un navigateur   [Oui, ça m'aide] [Pas vraiment]
		…[Lire la page entière](https://help.example.org/help/fr/web-version)
		bot> Entrez-vous un courriel ou un nom d'utilisateur?   [Un courriel] [Un nom d'utilisateur] [Je ne sais pas]
		luc> combien de calories manger par jour?
		bot> Je ne connais pas la réponse   [Parler à une personne]
		bot> Entrez-vous un courriel ou un nom d'utilisateur?   [Un courriel] [Un nom d'utilisateur] [Je ne sais pas]`)
	if a := w.answers(); len(a) != 2 || a[1].Lang != "fr" || a[1].Article != "web-version" {
		t.Errorf("kept: %+v", a)
	}
}

// A client hears whom to ask, never how a professional does it; a professional hears how.
func TestWhoIsToldWhat(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("it says invalid user / password")
	said := ann.types("how do I merge two clients?")
	if !strings.HasPrefix(said[0].Text, "Only your professional can merge") || strings.Contains(texts(said), "Actions") || strings.Contains(texts(said), "https://") {
		t.Errorf("a client is told %q", texts(said))
	}
	zoe := w.person("zoe")
	in := zoe.inbound("how do I merge two clients?")
	in.Flow = "professional"
	said = zoe.send(in)
	if !strings.Contains(texts(said), "Press **Actions**, then **Merge**.") || !strings.Contains(texts(said), "https://help.example.org/help/en/merge-clients") {
		t.Errorf("a professional is told %q", texts(said))
	}
	a := w.answers()
	if len(a) != 2 || a[0].Audience+a[1].Audience != "professionalclient" && a[0].Audience+a[1].Audience != "clientprofessional" {
		t.Errorf("kept: %+v", a)
	}
}

// An article that the tree can help with has a button that leads there.
func TestAnAnswerLeadsIntoTheTree(t *testing.T) {
	w := newHelpfulWorld(t)
	asking := newHelpfulWorld(t)
	asking.reads(flows.Reading{Meaning: flows.ReadQuestion})
	ann := asking.person("ann")
	ann.types("hello")
	ann.plays(`
		ann> how do I change the e-mail of my account?
		bot> Ask your professional: they can change the main e-mail   [Yes, it helped] [Not really] [My e-mail changed or is lost]
		bot> What do you see when you try to log in?   ` + loginQuestion)
	ann.press("My e-mail changed or is lost")
	if s := ann.view().Conversation.Session; s.Trail[len(s.Trail)-1] != "jump:new_mailbox" {
		t.Errorf("it leads to %v by %v", s.At, s.Trail)
	}
	// Where the tree does not allow it, there is no such button: a reset does not help a disabled account.
	bob := w.person("bob")
	bob.types("my account is disabled")
	said := bob.types("could you tell me how to recover a password when it is forgotten?")
	for _, m := range said {
		for _, c := range m.Choices {
			if c.Move == "jump:forgot_password" {
				t.Errorf("a disabled account is offered %q", c.Label)
			}
		}
	}
}

// At a step that asks for something, a question is answered, and anything else is taken for it.
func TestQuestionWhereSomethingIsAskedFor(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("I want to talk to a person")
	at := ann.view()
	if !at.Fills {
		t.Fatalf("the step %v takes no text", at.Conversation.Session.At)
	}
	said := ann.types("who can see my file?")
	if len(said) != 2 || !strings.HasPrefix(said[0].Text, "Your account holds your e-mail") {
		t.Fatalf("the bot says %q", texts(said))
	}
	if s := ann.view().Conversation.Session; s.At != at.Conversation.Session.At || len(s.Trail) != len(at.Conversation.Session.Trail) {
		t.Errorf("the question was taken for an answer: %v %v", s.At, s.Trail)
	}
	ann.types("is it ann.lee@example.org?")
	if s := ann.view().Conversation.Session; s.Facts["email"] != "ann.lee@example.org" {
		t.Errorf("the address is %q", s.Facts["email"])
	}
}

// While the team has the conversation, what is asked is for them.
func TestTheTeamHasTheConversation(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("can I use the web version in a browser?")
	answered := w.answers()[0].Seq
	ann.types("I want to talk to a person")
	for range 6 {
		if ann.view().Conversation.Status == bot.StatusTeam {
			break
		}
		ann.types("ann.lee@example.org")
	}
	if ann.view().Conversation.Status != bot.StatusTeam {
		t.Fatalf("no ticket was opened:\n%s", texts(ann.view().Messages))
	}
	said := ann.types("how do I pay an invoice?")
	if strings.Contains(texts(said), "browser") || len(w.answers()) != 1 {
		t.Errorf("the bot answers in the team's place: %q", texts(said))
	}
	in := ann.inbound("Yes, it helped")
	in.Move, in.Seq = &flows.Move{Kind: flows.Helped, ID: "yes"}, answered
	said = ann.send(in)
	v := ann.view()
	if len(said) != 1 || v.Conversation.Status != bot.StatusTeam || w.answers()[0].Verdict != "yes" {
		t.Errorf("a late verdict: %q, status %s, %+v", texts(said), v.Conversation.Status, w.answers()[0])
	}
}

// Silence after an answer is noticed as after any question, and an answer after a reminder counts
// as being there.
func TestSilenceAfterAnAnswer(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("it says invalid user / password")
	w.later(61 * time.Minute)
	if n, err := w.bot.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatalf("reminded %d (%v)", n, err)
	}
	ann.types("can I use the web version in a browser?")
	c := ann.view().Conversation
	if c.Session.Quiet != 0 || c.Status != bot.StatusBot || !c.DueAt.Equal(w.clock().Add(time.Hour)) {
		t.Errorf("quiet %d, status %s, due %v", c.Session.Quiet, c.Status, c.DueAt)
	}
}

// A secret in a question is removed before it is kept anywhere.
func TestASecretInAQuestion(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("can I use the web version in a browser? my password is Hunter2-canary")
	for _, a := range w.answers() {
		if strings.Contains(a.Question, "canary") {
			t.Errorf("kept: %q", a.Question)
		}
	}
	for _, m := range ann.view().Messages {
		if strings.Contains(m.Text, "canary") {
			t.Errorf("in the log: %q", m.Text)
		}
	}
}

// fixed reads every text as the same.
type fixed flows.Reading

func (f fixed) Read(context.Context, string, string, []flows.Option) (flows.Reading, error) {
	return flows.Reading(f), nil
}

// reads lets the bot read every text as the same from now on.
func (w *world) reads(r flows.Reading) {
	w.t.Helper()
	set := w.set
	w.set = func(o *bot.Options) {
		if set != nil {
			set(o)
		}
		o.Reader = func(*flows.Book) flows.Reader { return fixed(r) }
	}
	w.open(shippedBook(w.t))
}

// What a text was read as decides whether it is looked up.
func TestWhatIsLookedUp(t *testing.T) {
	const known, unknown = "the web version in a browser", "how many calories should I eat"
	choice := flows.Move{Kind: flows.Choose, ID: "forgot"}
	for _, c := range []struct {
		reading flows.Reading
		text    string
		answer  string // how the first words of the bot begin
	}{
		{flows.Reading{Meaning: flows.ReadQuestion}, known, "Yes. Open"},
		{flows.Reading{Meaning: flows.ReadUnclear}, known, "Yes. Open"},
		{flows.Reading{Meaning: flows.ReadUnsure, Among: []flows.Move{choice}}, known, "Just to be sure"},
		{flows.Reading{Meaning: flows.ReadUnsure, Among: []flows.Move{choice}}, unknown, "Just to be sure"},
		{flows.Reading{Meaning: flows.ReadUnsure, Among: []flows.Move{choice}}, "can I use the web version in a browser?", "Yes. Open"},
		{flows.Reading{Meaning: flows.ReadQuestion}, "calories of rice", "I don't know"},
		{flows.Reading{Meaning: flows.ReadQuestion}, "can you help me?", "Sorry, I didn't get that."},
		{flows.Reading{Meaning: flows.ReadUnclear}, unknown, "I don't know"},
		{flows.Reading{Meaning: flows.ReadUnclear}, "calories of rice", "Sorry, I didn't get that."},
		{flows.Reading{Meaning: flows.ReadMove, Move: choice, Confidence: 0.9}, "can I use the web version in a browser?", "Nobody is reading"},
		{flows.Reading{Meaning: flows.ReadMove, Move: choice, Confidence: 0.6}, "can I use the web version in a browser?", "Yes. Open"},
		{flows.Reading{Meaning: flows.ReadMove, Move: choice, Confidence: 0.6}, known, "Nobody is reading"},
		{flows.Reading{Meaning: flows.ReadMove, Move: choice, Confidence: 0.6}, unknown, "Nobody is reading"},
		{flows.Reading{Meaning: flows.ReadMove, Move: flows.Move{Kind: flows.Jump, ID: "new_mailbox"}, Confidence: 0.6}, "I have a new e-mail address, how do I change it?", "Nobody is reading"},
	} {
		w := newHelpfulWorld(t)
		w.reads(c.reading)
		ann := w.person("ann")
		said := ann.types(c.text)
		first := said[len(w.bot.Welcome("client", "en").Messages)].Text
		looked := !strings.HasPrefix(c.answer, "Nobody")
		if looked && !strings.HasPrefix(first, c.answer) || !looked && (len(w.answers()) != 0 || len(ann.view().Conversation.Session.Trail) != 1) {
			t.Errorf("%+v of %q: %q, %d looked up", c.reading, c.text, first, len(w.answers()))
		}
	}
}

// Without a knowledge base everything is as it was.
func TestWithoutArticles(t *testing.T) {
	w := newWorld(t)
	w.reads(flows.Reading{Meaning: flows.ReadQuestion})
	ann := w.person("ann")
	ann.types("hello")
	ann.plays(`
		ann> can I use the web version in a browser?
		bot> I'm sorry, I still don't follow.
		bot> What do you see when you try to log in?   ` + loginQuestion + " [Talk to a person]")
	if a := w.answers(); len(a) != 0 {
		t.Errorf("kept: %+v", a)
	}
}

// Whether one thing or another was meant is not asked any more once something else was answered: "yes"
// would answer a question that is not there.
func TestAnAnswerEndsADoubt(t *testing.T) {
	w := newHelpfulWorld(t)
	ann := w.person("ann")
	ann.types("it says invalid user / password")
	in := ann.inbound("never mind the words")
	in.Move = nil
	doubt := flows.Reading{Meaning: flows.ReadUnsure, Among: []flows.Move{{Kind: flows.Choose, ID: "email"}}}
	w.reads(doubt)
	ann.send(in)
	if s := ann.view().Conversation.Session; len(s.Doubt) != 1 {
		t.Fatalf("the doubt is %v", s.Doubt)
	}
	w.reads(flows.Reading{Meaning: flows.ReadQuestion})
	ann.types("can I use the web version in a browser?")
	if s := ann.view().Conversation.Session; len(s.Doubt) != 0 {
		t.Errorf("the doubt is still %v", s.Doubt)
	}
}

// phraser writes answers as a model would, and looks what was stored by then.
type phraser struct {
	write func(question string, from []kb.Passage) ([]kb.Sentence, error)
}

func (p *phraser) Write(_ context.Context, question, _ string, from []kb.Passage) ([]kb.Sentence, error) {
	return p.write(question, from)
}

// What takes a while is done after the message was stored; what a model writes is an answer only where
// it stands in the article; and what it does not write is quoted.
func TestSomebodyPhrasesTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		says []kb.Sentence
		err  error
		want string
	}{
		"from the passage": {[]kb.Sentence{{Text: "Yes, with the same password.", Quote: "log in with the same"}, {Text: "It opens at noon.", Quote: "it opens at noon"}}, nil, "Yes, with the same password.\n\n[Read the whole page]"},
		"from nowhere":     {[]kb.Sentence{{Text: "It opens at noon.", Quote: "it opens at noon"}}, nil, "Yes. Open the web version"},
		"an error":         {nil, errors.New("no model"), "Yes. Open the web version"},
	} {
		w := newHelpfulWorld(t)
		asked := 0
		var stored []string
		p := &phraser{func(question string, from []kb.Passage) ([]kb.Sentence, error) {
			asked++
			v, err := w.bot.View(t.Context(), "test", "ann", 0, 0)
			if err != nil {
				t.Errorf("%s: nothing is stored while it is written: %v", name, err)
			}
			for _, m := range v.Messages {
				if m.From == bot.FromContact {
					stored = append(stored, m.Text)
				}
			}
			return c.says, c.err
		}}
		set := w.set
		w.set = func(o *bot.Options) {
			set(o)
			o.Help = o.Help.Writing(p)
		}
		w.open(shippedBook(t))
		w.reads(flows.Reading{Meaning: flows.ReadQuestion})
		ann := w.person("ann")
		said := ann.types("can I use the web version in a browser?")
		first := said[len(w.bot.Welcome("client", "en").Messages)].Text
		if !strings.HasPrefix(first, c.want) || asked != 1 || len(stored) != 1 {
			t.Errorf("%s: %q, asked %d times, stored by then %q", name, first, asked, stored)
		}
		log := ann.view().Messages
		for i, m := range log {
			if m.Seq != int64(i+1) || m.From == bot.FromContact && m.Move != "question" {
				t.Errorf("%s: message %d is %+v", name, i+1, m)
			}
		}
		if a := w.answers(); len(a) != 1 || a[0].Article != "web-version" {
			t.Errorf("%s: kept %+v", name, a)
		}
		// An aside and "I don't know" are nobody's to phrase.
		ann.types("how do I merge two clients?")
		ann.types("how many calories should I eat per day?")
		if asked != 1 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}
