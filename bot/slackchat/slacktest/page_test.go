package slacktest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"latchkey/bot/bubble/browsertest"
)

// shots is a folder for pictures of the page, to be looked at.
var shots = os.Getenv("LATCHKEY_SHOTS")

func shot(tab *browsertest.Tab, name string) {
	if shots != "" {
		tab.Shot(filepath.Join(shots, "slack-"+name+".png"))
	}
}

func mrk(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("mrkdwn", s, false, false) }
func pln(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

// app is an app that shows some of everything: an answer with buttons, a card for the team, a
// form, a Home and the assistant.
func app(t *testing.T, s *Slack) {
	b := connect(t, s)
	button := func(action, label string, style slack.Style) *slack.ButtonBlockElement {
		e := slack.NewButtonBlockElement(action, action, pln(label))
		e.Style = style
		return e
	}
	option := func(v, label string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(v, pln(label), nil)
	}
	check := func(what string, err error) {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	card := func() []slack.Block {
		return []slack.Block{slack.NewHeaderBlock(pln("LK-7 · Amélie Roy can't log in")),
			slack.NewSectionBlock(nil, []*slack.TextBlockObject{mrk("*Who*\nAmélie Roy, professional"), mrk("*Waiting*\n4 minutes"), mrk("*Sees*\nInvalid User / password"), mrk("*Language*\nFrench")}, nil),
			slack.NewSectionBlock(mrk("*Tried*\n• looked in junk mail: nothing\n• reset the password: `no mail`\n> it says my account is _disabled_"), nil, nil),
			slack.NewActionBlock("card", button("take", "Take", slack.StylePrimary), button("answer", "Reply", ""), button("pass", "Pass to Hexpert", ""), button("done", "Resolve", slack.StyleDanger)),
			slack.NewContextBlock("", mrk("Opened 10:42 · "), mrk("queue *support*"))}
	}
	form := func() slack.ModalViewRequest {
		radio := slack.NewRadioButtonsBlockElement("kind", option("a", "“Invalid User / password”"), option("b", "The app freezes or stays blank"), option("c", "Something else"))
		exact := slack.NewPlainTextInputBlockElement(pln("Copy what the screen says"), "error")
		exact.Multiline = true
		last := slack.NewInputBlock("error", pln("Exact error"), pln("No password, please."), exact)
		last.Optional = true
		return slack.ModalViewRequest{Type: slack.VTModal, Title: pln("Login help"), Submit: pln("Send"), Close: pln("Not now"), CallbackID: "help", Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("name", pln("Client's name"), nil, slack.NewPlainTextInputBlockElement(nil, "name")),
			slack.NewInputBlock("mail", pln("Client's e-mail"), nil, slack.NewEmailTextInputBlockElement(pln("name@example.com"), "mail")),
			slack.NewInputBlock("company", pln("Company"), nil, slack.NewOptionsSelectBlockElement("static_select", pln("Choose a company"), "company", option("1", "Boréal Inc."), option("2", "Maple Ltd."))),
			slack.NewInputBlock("kind", pln("What do they see?"), nil, radio), last}}}
	}
	b.does(func(b *bot) {
		b.hear = func(b *bot, e slackevents.EventsAPIEvent) {
			switch d := e.InnerEvent.Data.(type) {
			case *slackevents.MessageEvent:
				if d.BotID != "" || d.SubType != "" || !d.IsIM() && !strings.Contains(d.Text, "<@") {
					return
				}
				opts := []slack.MsgOption{slack.MsgOptionText("What do you see when you try to log in?", false), slack.MsgOptionBlocks(
					slack.NewSectionBlock(mrk("What do you see when you *try to log in*?"), nil, nil),
					slack.NewActionBlock("moves", button("wrong", "“Invalid User / password”", ""), button("blank", "The app stays blank", ""), button("person", "A person, please", "")))}
				if d.ThreadTimeStamp != "" {
					opts = append(opts, slack.MsgOptionTS(d.ThreadTimeStamp))
				} else if !d.IsIM() {
					opts = append(opts, slack.MsgOptionTS(d.TimeStamp))
				}
				_, _, err := b.api.PostMessage(d.Channel, opts...)
				check("post", err)
			case *slackevents.AppHomeOpenedEvent:
				if d.Tab == "messages" {
					p := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: d.Channel}
					p.AddPrompt("A client can't log in", "My client can't log in")
					check("prompts", b.api.SetAssistantThreadsSuggestedPrompts(p))
					return
				}
				_, err := b.api.PublishView(d.User, slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: append([]slack.Block{
					slack.NewHeaderBlock(pln("Login help")),
					slack.NewActionBlock("", button("get", "Get help", slack.StylePrimary), button("own", "My own login", "")), slack.NewDividerBlock()}, card()[:2]...)}}, "")
				check("publish", err)
			case *slackevents.AssistantThreadStartedEvent:
				at := d.AssistantThread
				p := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: at.ChannelID, ThreadTS: at.ThreadTimeStamp}
				p.AddPrompt("A client can't log in", "My client can't log in")
				p.AddPrompt("I can't log in myself", "I can't log in")
				check("prompts", b.api.SetAssistantThreadsSuggestedPrompts(p))
			}
		}
		b.press = func(b *bot, i slack.InteractionCallback) any {
			if i.Type == slack.InteractionTypeViewSubmission {
				if !strings.HasSuffix(i.View.State.Values["mail"]["mail"].Value, "@example.com") {
					return slack.NewErrorsViewSubmissionResponse(map[string]string{"mail": "This is not one of our clients."})
				}
				_, _, err := b.api.PostMessage(s.Channel("#login-support").ID(), slack.MsgOptionText("LK-7", false), slack.MsgOptionBlocks(card()...))
				check("card", err)
				return nil
			}
			if len(i.ActionCallback.BlockActions) == 1 && i.ActionCallback.BlockActions[0].ActionID == "wrong" {
				_, _, _, err := b.api.UpdateMessage(i.Channel.ID, i.Message.Timestamp, slack.MsgOptionText("Invalid", false), slack.MsgOptionBlocks(
					slack.NewSectionBlock(mrk("What do you see when you *try to log in*?"), nil, nil), slack.NewContextBlock("", mrk("✓ “Invalid User / password”"))))
				check("update", err)
				_, err = b.api.PostEphemeral(i.Channel.ID, i.User.ID, slack.MsgOptionText("Have they reset it? <!channel> is escaped: &lt;!channel&gt;", false))
				check("ephemeral", err)
			}
			return nil
		}
		b.command = func(b *bot, c slack.SlashCommand) any {
			_, err := b.api.OpenView(c.TriggerID, form())
			check("open", err)
			return nil
		}
	})
}

// A newcomer walks: asks, presses, opens the form, is refused, sends it, looks at Home, at the
// team's card, answers in a thread, and asks the assistant; by mouse and by keyboard.
func TestPage(t *testing.T) {
	browser := browsertest.Start(t)
	s := New(t, Options{Unlimited: true})
	ok(t, Sample(s, "login-support"))
	app(t, s)
	page := httptest.NewServer(Page(s))
	t.Cleanup(page.Close)
	tab := browser.Open(page.URL+"/", browsertest.Desktop)
	with := func(selector, words string) string {
		return `[...document.querySelectorAll(` + quote(selector) + `)].find(e => e.textContent.includes(` + quote(words) + `))`
	}
	tab.Wait(with("#link", "is connected"))

	tab.Click(with("#dms button", "Latchkey"))
	tab.Wait(`document.activeElement?.id === "name"`)
	tab.Click(`document.getElementById("text")`)
	tab.Keys("I can't log in & that's <b>it</b>")
	tab.Press("Enter")
	tab.Wait(with("#log article", "What do you see"))
	tab.Wait(with("#log article", "that's <b>it</b>"))
	shot(tab, "dm")
	tab.Click(with("#log .actions button", "Invalid User"))
	tab.Wait(with("#log article", "✓ “Invalid User"))
	tab.Wait(with("#log article.only", "Only you can see this"))

	tab.Click(`document.getElementById("text")`)
	tab.Keys("/loginhelp a client")
	tab.Press("Enter")
	tab.Wait(`document.getElementById("modal").open`)
	tab.Wait(`document.activeElement?.dataset.field === "name/name"`)
	tab.Keys("Bob")
	tab.Press("Tab")
	tab.Keys("bob@elsewhere.org")
	tab.Click(`document.getElementById("modal-submit")`)
	tab.Wait(with("#modal-error", "Company"))
	tab.Press("Escape") // a person who presses it loses the form
	tab.Wait(`!document.getElementById("modal").open`)
	tab.Click(`document.getElementById("text")`)
	tab.Keys("/loginhelp")
	tab.Press("Enter")
	tab.Wait(`document.activeElement?.dataset.field === "name/name"`)
	tab.Keys("Bob")
	tab.Press("Tab")
	tab.Keys("bob@elsewhere.org")
	browsertest.Eval[bool](tab, `(() => { const s = document.querySelector("#modal select"); s.value = "2"; s.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`)
	tab.Click(with("#modal label", "The app freezes"))
	tab.Click(`document.getElementById("modal-submit")`)
	tab.Wait(with("#modal .error", "not one of our clients"))
	tab.Wait(`document.activeElement?.dataset.field === "mail/mail" && document.querySelector('[data-field="name/name"]').value === "Bob" && document.querySelector("#modal select").value === "2"`)
	shot(tab, "modal")
	tab.Press("Control+a")
	tab.Keys("bob@example.com")
	tab.Press("Enter")
	tab.Wait(`!document.getElementById("modal").open`)

	tab.Click(with("#app button", "Home"))
	tab.Wait(with("#log", "Get help"))
	shot(tab, "home")

	browsertest.Eval[bool](tab, `(() => { const s = document.getElementById("who"); s.value = [...s.options].find(o => o.text.includes("Sofia")).value; s.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`)
	tab.Click(with("#channels button", "login-support"))
	tab.Wait(with("#log article", "LK-7"))
	browsertest.Eval[bool](tab, `(document.querySelector('#log article [data-id$="/reply"]').focus(), true)`)
	tab.Press("Enter")
	tab.Wait(`document.activeElement?.id === "thread-text"`)
	tab.Keys(">> Have you looked in your junk folder?")
	tab.Press("Enter")
	tab.Wait(with("#thread-log article", "junk folder"))
	tab.Wait(with("#log article", "1 reply"))
	shot(tab, "thread")
	if shots != "" {
		tab.Look(browsertest.Screen{Width: 1280, Height: 800, Scale: 1, Dark: true, Still: true})
		tab.Shot(filepath.Join(shots, "slack-dark.png"))
		tab.Look(browsertest.Desktop)
	}
	tab.Press("Escape")
	tab.Wait(`document.getElementById("aside").hidden`)

	tab.Click(with("#app button", "Ask the assistant"))
	tab.Click(with("#prompts button", "A client can't log in"))
	tab.Wait(with("#thread-log article", "What do you see"))
	shot(tab, "assistant")
	if all := tab.Troubles(); len(all) > 0 {
		t.Errorf("the page complains: %q", all)
	}
	clean(t, s)
}

// With the agent messaging experience, prompts stand above the direct messages, and one is asked by a
// click.
func TestPageOfAnAgent(t *testing.T) {
	browser := browsertest.Start(t)
	s := New(t, Options{Unlimited: true, App: App{Scopes: allScopes, Events: []string{"app_home_opened", "message.im"}, Agent: true}})
	ok(t, Sample(s, "login-support"))
	app(t, s)
	page := httptest.NewServer(Page(s))
	t.Cleanup(page.Close)
	tab := browser.Open(page.URL+"/", browsertest.Phone)
	with := func(selector, words string) string {
		return `[...document.querySelectorAll(` + quote(selector) + `)].find(e => e.textContent.includes(` + quote(words) + `))`
	}
	tab.Wait(with("#link", "is connected"))
	tab.Click(with("#dms button", "Latchkey"))
	tab.Click(with("#tab-prompts button", "A client can't log in"))
	tab.Wait(with("#log article", "My client can't log in"))
	shot(tab, "agent")
	tab.Click(with("#app button", "Home"))
	tab.Wait(`!document.querySelector("#tab-prompts button")`)
	if browsertest.Eval[bool](tab, `!!`+with("#app button", "Ask the assistant")) {
		t.Error("an app without a pane offers one")
	}
	if all := tab.Troubles(); len(all) > 0 {
		t.Errorf("the page complains: %q", all)
	}
	clean(t, s)
}

// What stands in the way of people: nothing that axe can see, in both schemes, on a desk and on
// a phone.
func TestPageIsForEverybody(t *testing.T) {
	browsertest.NeedNPM(t)
	browser := browsertest.Start(t)
	s := New(t, Options{Unlimited: true})
	ok(t, Sample(s, "login-support"))
	app(t, s)
	page := httptest.NewServer(Page(s))
	t.Cleanup(page.Close)
	sofia := s.As("sofia")
	must[Message](t)(s.As("amelie").Says("#general", "> a quote\n*bold* @channel and #login-support, see https://example.com"))
	m := must[Message](t)(sofia.Says("@latchkey", "hello"))
	ok(t, sofia.Reacts(m, "eyes"))
	until(t, s, "an answer", func() bool { return len(s.Channel(m.Channel).Messages()) == 2 })
	at := page.URL + "/#user=" + sofia.ID() + "&channel=" + m.Channel + "&thread=" + m.TS
	for name, screen := range map[string]browsertest.Screen{"desk": browsertest.Desktop, "phone": browsertest.Phone,
		"dark": {Width: 1280, Height: 800, Scale: 1, Dark: true, Still: true}} {
		t.Run(name, func(t *testing.T) {
			tab := browser.Open(at, screen)
			tab.Wait(`document.querySelector("#thread-log article")`)
			look := func(what string) {
				for _, f := range tab.Axe(browsertest.AxeOptions{}) {
					t.Errorf("%s: %v", what, f)
				}
			}
			look("the thread")
			shot(tab, name)
			ok(t, sofia.Slash("#general", "/loginhelp", ""))
			tab.Wait(`document.getElementById("modal").open`)
			look("the form")
			ok(t, sofia.Closes())
			if wide := browsertest.Eval[int](tab, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
				t.Errorf("%d pixels too wide", wide)
			}
		})
	}
}

func quote(s string) string {
	raw, _ := json.Marshal(s) // a string
	return string(raw)
}

// Nobody else's page can act here, and what is served keeps to itself.
func TestPageIsItsOwn(t *testing.T) {
	s := New(t, Options{})
	ok(t, Sample(s))
	page := httptest.NewServer(Page(s))
	t.Cleanup(page.Close)
	for name, c := range map[string]struct {
		header map[string]string
		status int
	}{
		"its own":           {map[string]string{"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}, http.StatusOK},
		"another's":         {map[string]string{"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}, http.StatusForbidden},
		"an old browser's":  {map[string]string{"Origin": "https://evil.example", "Content-Type": "application/json"}, http.StatusForbidden},
		"a form of another": {map[string]string{"Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"}, http.StatusForbidden},
	} {
		r, err := http.NewRequest(http.MethodPost, page.URL+"/do", strings.NewReader(`{"user":"amelie","do":"say","channel":"#general","text":"hello"}`))
		ok(t, err)
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		res, err := http.DefaultClient.Do(r)
		ok(t, err)
		res.Body.Close()
		if res.StatusCode != c.status || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %s, %s", name, res.Status, res.Header.Get("Content-Security-Policy"))
		}
	}
	if got := len(s.Channel("#general").Messages()); got != 1 {
		t.Errorf("%d messages, not 1", got)
	}
	m := must[Message](t)(s.As("ben").Uploads("#general", nil, "", File{Name: "a.html", Type: "text/html", Bytes: []byte("<script>alert(1)</script>")}))
	res, err := http.Get(page.URL + "/file/" + m.Files[0].ID)
	ok(t, err)
	res.Body.Close()
	if res.Header.Get("Content-Type") != "application/octet-stream" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("a page that somebody uploaded is served as one: %v", res.Header)
	}
	// The stream says that something changed.
	stream, err := http.Get(page.URL + "/changes")
	ok(t, err)
	defer stream.Body.Close()
	lines := make(chan string, 10)
	go func() {
		buf := make([]byte, 100)
		for {
			n, err := stream.Body.Read(buf)
			if err != nil {
				close(lines)
				return
			}
			lines <- string(buf[:n])
		}
	}()
	first := <-lines
	must[Message](t)(s.As("ben").Says("#general", "a change"))
	select {
	case next := <-lines:
		if next == first {
			t.Errorf("twice %q", next)
		}
	case <-time.After(5 * time.Second):
		t.Error("nothing came")
	}
}
