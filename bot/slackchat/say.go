package slackchat

import (
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"latchkey/bot"
	"latchkey/flows"
)

// shown is a message as Slack takes it.
type shown struct {
	text   string
	blocks []slack.Block
}

// The blocks with something to press begin their ids with these, followed by the number of the
// message or the id of the ticket they are about.
const (
	questionBlock = "q:"
	alwaysBlock   = "a:"
	fillBlock     = "f:"
)

// The action ids that are no move by themselves: the move is the value of what is picked.
const (
	actionPick = "pick"
	actionMore = "more"
	actionFill = "fill"
)

// answer is what became of a question.
type answer struct {
	// given: it was answered, or is out of date, and has no buttons any more.
	given bool
	// label is the choice that was made, if one was.
	label string
}

// turn is what the bot or the team says at once.
type turn struct {
	messages []bot.Message
	// always are the buttons that are there at every step, for the newest message only.
	always []flows.Choice
	answer answer
	// private: the step asks for something that not everybody in the channel should read.
	private bool
	// details: a ticket that is opened or completed here lacks something that the person may know.
	details bool
}

// say shows a turn in one message of Slack, or in several when it is long. The buttons are in
// the last of them.
func (t tongue) say(turn turn) []shown {
	var blocks []slack.Block
	var texts []string
	asked, opened := bot.Message{}, false
	for _, m := range turn.messages {
		// Of two questions the later one has its buttons at the end; those of an answer that came
		// before it stand below the answer.
		if len(asked.Choices) > 0 && len(m.Choices) > 0 && !turn.answer.given {
			blocks = append(blocks, t.choices(asked)...)
		}
		opened = opened || m.Event == string(flows.Opened) || m.Move == bot.MoveTold
		switch {
		case m.From == bot.FromContact || m.Event == bot.EventEdited:
			continue
		case m.From == bot.FromAgent:
			blocks = append(blocks, t.agent(m)...)
		default:
			blocks = append(blocks, rich(fitting(ours(m.Text))...)...)
		}
		if m.Withdrawn {
			m.Text = t.w("withdrawn")
		}
		texts = append(texts, m.Text)
		if len(m.Choices) > 0 {
			asked = m
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	last := turn.messages[len(turn.messages)-1].Seq
	var buttons []slack.Block
	switch {
	case turn.answer.given:
		if turn.answer.label != "" {
			buttons = append(buttons, rich(section(words("✓ "+cut(turn.answer.label, maxButton), bold)))...)
		}
	default:
		if turn.private {
			fill := slack.NewButtonBlockElement(actionFill, number(last), plainText(t.w("answer_privately"), maxButton))
			buttons = append(buttons, rich(ours(t.w("private"))...)...)
			buttons = append(buttons, slack.NewActionBlock(fillBlock+number(last), fill.WithStyle(slack.StylePrimary)))
		}
		if opened && turn.details {
			more := slack.NewButtonBlockElement(actionFill, number(last), plainText(t.w("details_button"), maxButton))
			buttons = append(buttons, slack.NewActionBlock(detailsBlock+number(last), more))
		}
		buttons = append(buttons, t.choices(asked)...)
		buttons = append(buttons, t.always(turn.always, last)...)
	}
	out := pack(blocks, buttons)
	for i := range out {
		out[i].text = notice(strings.Join(texts, "\n"))
	}
	return out
}

// agent shows what a person of the team says.
func (t tongue) agent(m bot.Message) []slack.Block {
	head := []slack.RichTextSectionElement{words(t.byline(m.Agent), bold)}
	if !m.Edited.IsZero() && !m.Withdrawn {
		head = append(head, words(" · "+t.w("edited"), nil))
	}
	if m.Withdrawn {
		return rich(section(head...), section(words(t.w("withdrawn"), italic)))
	}
	return rich(append([]slack.RichTextElement{section(head...)}, fitting(agents(m.Text))...)...)
}

// byline names who of the team says something: "Ann, Support team".
func (t tongue) byline(a bot.Agent) string {
	who := t.w("team")
	if a.Name != "" {
		who = a.Name + ", " + who
	}
	return cut(who, maxHeader)
}

// moved stands where an agent's words stood that are for the person alone by now.
func (t tongue) moved(messages []bot.Message) shown {
	text := t.w("went_private")
	var by bot.Agent
	for _, m := range messages {
		if m.From == bot.FromAgent {
			by = m.Agent
		}
	}
	return shown{notice(text), rich(section(words(t.byline(by), bold)), section(words(text, italic)))}
}

// fitting takes care that no element is longer than Slack takes; a tree's texts never are, but
// they may repeat what a person wrote.
func fitting(elements []slack.RichTextElement) []slack.RichTextElement {
	var out []slack.RichTextElement
	for _, e := range elements {
		if size(e) <= maxText {
			out = append(out, e)
			continue
		}
		var b strings.Builder
		flatten(&b, e)
		out = append(out, theirs(b.String())...)
	}
	return out
}

// flatten writes rich text as plain words.
func flatten(b *strings.Builder, e slack.RichTextElement) {
	switch e := e.(type) {
	case *slack.RichTextSection:
		for _, s := range e.Elements {
			switch s := s.(type) {
			case *slack.RichTextSectionTextElement:
				b.WriteString(s.Text)
			case *slack.RichTextSectionLinkElement:
				b.WriteString(strings.TrimSpace(s.Text + " " + strings.TrimPrefix(s.URL, "mailto:"+s.Text)))
			}
		}
	case *slack.RichTextList:
		for _, item := range e.Elements {
			b.WriteString("• ")
			flatten(b, item)
			b.WriteByte('\n')
		}
	}
}

// pack puts blocks into as few messages as their sizes allow, the buttons into the last.
func pack(blocks, buttons []slack.Block) []shown {
	var out []shown
	var now shown
	full := 0
	for _, b := range blocks {
		n := 0
		if r, ok := b.(*slack.RichTextBlock); ok {
			n = size(r.Elements...)
		}
		if len(now.blocks)+1+len(buttons) > maxBlocks || full > 0 && full+n > maxAllText {
			out = append(out, now)
			now, full = shown{}, 0
		}
		now.blocks = append(now.blocks, b)
		full += n
	}
	now.blocks = append(now.blocks, buttons...)
	return append(out, now)
}

// choices offers the answers to a question: as buttons, as radio buttons, as a menu, by their
// number.
func (t tongue) choices(m bot.Message) []slack.Block {
	var options []*slack.OptionBlockObject
	var buttons []slack.BlockElement
	for _, c := range m.Choices[:min(len(m.Choices), maxOptions)] {
		if len(c.Move) > maxOptionValue {
			continue // a tree that loads has no such name
		}
		options = append(options, slack.NewOptionBlockObject(c.Move, plainText(c.Label, maxOption), nil))
		buttons = append(buttons, slack.NewButtonBlockElement(c.Move, number(m.Seq), plainText(c.Label, maxButton)))
	}
	id := questionBlock + number(m.Seq)
	switch n := len(options); {
	case n == 0:
		return nil
	case n <= maxButtons:
		return []slack.Block{slack.NewActionBlock(id, buttons...)}
	case n <= maxRadios:
		return []slack.Block{slack.NewActionBlock(id, slack.NewRadioButtonsBlockElement(actionPick, options...))}
	}
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText(t.w("choose"), maxOption), actionPick, options...)
	return []slack.Block{slack.NewActionBlock(id, menu)}
}

// always offers what is possible at every step: a person and the way back as buttons, the rest in
// a menu.
func (t tongue) always(choices []flows.Choice, seq int64) []slack.Block {
	var buttons []slack.BlockElement
	var rest []*slack.OptionBlockObject
	for _, c := range choices {
		m := flows.ParseMove(c.Move)
		if m.Kind == flows.Back || m.Kind == flows.Jump && m.ID == flows.JumpPerson {
			buttons = append(buttons, slack.NewButtonBlockElement(c.Move, number(seq), plainText(c.Label, maxButton)))
			continue
		}
		if len(rest) < maxOverflow {
			rest = append(rest, slack.NewOptionBlockObject(c.Move, plainText(c.Label, maxOption), nil))
		}
	}
	if len(rest) > 0 {
		buttons = append(buttons, slack.NewOverflowBlockElement(actionMore, rest...))
	}
	if len(buttons) == 0 {
		return nil
	}
	return []slack.Block{slack.NewActionBlock(alwaysBlock+number(seq), buttons...)}
}

func plainText(text string, n int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, cut(text, n), false, false)
}

func number(seq int64) string { return strconv.FormatInt(seq, 10) }
