package slackchat

import (
	"strings"
	"time"

	"github.com/slack-go/slack"

	"latchkey/bot"
	"latchkey/flows"
)

// What can be done with a ticket: the action ids of the card's buttons.
const (
	doTake     = "take"
	doRelease  = "release"
	doReply    = "reply"
	doNote     = "note"
	doPass     = "pass"
	doResolve  = "resolve"
	doEdit     = "edit:"
	doWithdraw = "withdraw:"
)

// Shares of a card, in characters: the whole stays far below what a message holds.
const (
	maxFact  = 400
	maxFacts = 14
	maxTried = 14
)

// standing is where a ticket is, as a card shows it.
type standing struct {
	// away: it was passed on, and nothing can be done here.
	away bool
	// stays: it was passed on to a queue without a channel, and goes on here.
	stays bool
	// passes: the other queue has a channel, and the ticket can be passed there.
	passes bool
}

// standing says where a ticket is, for its card in a channel.
func (s *Slack) standing(k bot.Ticket, channel string) standing {
	there := s.o.Queues[k.Queue]
	return standing{
		away: there != "" && there != channel, stays: there == "",
		passes: s.o.Queues[other(k.Queue)] != "",
	}
}

// card shows a ticket as it stands.
func (t tongue) card(k bot.Ticket, is standing) shown {
	title := bot.Number(k.Number) + " · " + t.of(k.Case.About)
	blocks := []slack.Block{slack.NewHeaderBlock(plainText(title, maxHeader))}
	blocks = append(blocks, rich(t.cardWho(k)...)...)
	blocks = append(blocks, rich(t.cardCase(k)...)...)
	blocks = append(blocks, rich(section(t.cardStatus(k, is)...))...)
	if !is.away {
		blocks = append(blocks, t.cardButtons(k, is.passes))
	}
	who := k.Case.Name
	if who == "" {
		who = t.w("no_name")
	}
	return shown{notice(title + " · " + who), blocks}
}

func (t tongue) cardWho(k bot.Ticket) []slack.RichTextElement {
	c := k.Case
	who := c.Name
	if who == "" {
		who = t.w("no_name")
	}
	role := c.Role
	if word := t.w(role); word != "" {
		role = word
	}
	about := []string{who}
	for _, part := range []string{role, c.Email} {
		if part != "" {
			about = append(about, part)
		}
	}
	lines := [][2]string{{t.w("who"), strings.Join(about, " · ")}}
	if i := c.Identity; i.UserID != "" || i.Name != "" || i.Email != "" {
		is := t.w("unverified")
		if i.Verified {
			is = t.w("verified")
		}
		lines[0][1] += " · " + is
	}
	lines = append(lines, [2]string{t.w("answer_in"), t.or("lang_", c.Lang)}, [2]string{t.w("wrote_from"), t.or("channel_", c.Channel)})
	var out []slack.RichTextSectionElement
	for i, l := range lines {
		if i > 0 {
			out = append(out, words("\n", nil))
		}
		out = append(out, words(l[0]+": ", bold), words(cut(l[1], maxFact), nil))
	}
	return []slack.RichTextElement{section(out...)}
}

// or gives a word, or its name where there is none.
func (t tongue) or(prefix, name string) string {
	if word := t.w(prefix + name); word != "" {
		return word
	}
	return name
}

func (t tongue) cardCase(k bot.Ticket) []slack.RichTextElement {
	var out []slack.RichTextElement
	facts := slack.NewRichTextList(slack.RTEListBullet, 0)
	for _, f := range k.Case.Facts {
		if f.Fact == "role" || f.Fact == "name" || f.Fact == "email" || len(facts.Elements) == maxFacts {
			continue
		}
		value := f.Value
		if says := t.of(f.Says); says != "" {
			value = says
		}
		if value == "" {
			continue
		}
		facts.Elements = append(facts.Elements, section(words(t.of(f.Label)+": ", nil), words(cut(value, maxFact), bold)))
	}
	if len(facts.Elements) > 0 {
		out = append(out, section(words(t.w("sees"), bold)), facts)
	}
	tried := slack.NewRichTextList(slack.RTEListOrdered, 0)
	all := k.Case.Tried
	for _, l := range all[max(0, len(all)-maxTried):] {
		tried.Elements = append(tried.Elements, t.triedLine(l))
	}
	out = append(out, section(words(t.w("tried"), bold)))
	if len(tried.Elements) == 0 {
		return append(out, section(words(t.w("tried_nothing"), nil)))
	}
	return append(out, tried)
}

func (t tongue) triedLine(l flows.TriedLine) slack.RichTextElement {
	line := []slack.RichTextSectionElement{words(cut(t.of(l.What)+" ", maxFact), nil)}
	if result := t.of(l.Result); result != "" {
		line = append(line, words("→ "+cut(result, maxFact), italic))
	}
	return section(line...)
}

// cardStatus says in a line or two how the ticket stands. Slack shows each reader the time as it
// is where they are, and keeps "ago" true.
func (t tongue) cardStatus(k bot.Ticket, is standing) []slack.RichTextSectionElement {
	by := func(a bot.Agent) string { return cut(a.Name, maxHeader) }
	var out []slack.RichTextSectionElement
	line := func(elements ...slack.RichTextSectionElement) {
		if len(out) > 0 {
			out = append(out, words("\n", nil))
		}
		out = append(out, elements...)
	}
	if is.away || is.stays {
		line(words("↪ "+t.w("passed_to")+" ", nil), words(t.w("queue_"+string(k.Queue)), bold))
	}
	switch {
	case is.away:
		return out
	case k.Status == bot.TicketClosed && k.Resolution.By.ID == "":
		line(words("✅ "+t.w("settled"), nil))
		return out
	case k.Status == bot.TicketClosed:
		line(words("✅ "+t.w("resolved")+" ", nil), words(by(k.Resolution.By), bold))
		if k.Resolution.Reason != "" {
			line(words(t.w("reason")+": ", nil), words(cut(k.Resolution.Reason, maxFact), nil))
		}
		return out
	case k.Agent.ID != "":
		line(words("🙋 "+t.w("taken")+" ", nil), words(by(k.Agent), bold))
	default:
		line(words("⬜ "+t.w("free"), bold))
	}
	if k.WaitingSince.IsZero() {
		line(words("💬 "+t.w("answered"), nil))
	} else {
		line(words("⏳ "+t.w("waiting")+" ", nil), ago(k.WaitingSince))
	}
	return out
}

// ago shows a time as how long it is past, with the time itself where that cannot be shown.
func ago(at time.Time) slack.RichTextSectionElement {
	fallback := at.UTC().Format("2006-01-02 15:04 UTC")
	return slack.NewRichTextSectionDateElement(at.Unix(), "{date_short_pretty} {time} ({ago})", nil, &fallback)
}

func (t tongue) cardButtons(k bot.Ticket, passes bool) slack.Block {
	button := func(do, word string) *slack.ButtonBlockElement {
		return slack.NewButtonBlockElement(do, k.ID, plainText(t.w(word), maxButton))
	}
	var all []slack.BlockElement
	if k.Status == bot.TicketClosed {
		all = append(all, button(doReply, "reply"), button(doNote, "note"))
		return slack.NewActionBlock(cardBlock+k.ID, all...)
	}
	if k.Agent.ID == "" {
		all = append(all, button(doTake, "take").WithStyle(slack.StylePrimary))
	}
	all = append(all, button(doReply, "reply"), button(doNote, "note"))
	if passes {
		all = append(all, button(doPass, "pass_"+string(other(k.Queue))))
	}
	all = append(all, button(doResolve, "resolve"))
	if k.Agent.ID != "" {
		all = append(all, button(doRelease, "release"))
	}
	return slack.NewActionBlock(cardBlock+k.ID, all...)
}

func other(q bot.Queue) bot.Queue {
	if q == bot.QueueSupport {
		return bot.QueueHexpert
	}
	return bot.QueueSupport
}

// log tells messages of a conversation to the team, each as nothing but words.
func (t tongue) log(messages []bot.Message, k bot.Ticket) []slack.RichTextElement {
	var out []slack.RichTextElement
	for _, m := range messages {
		who, text := t.w("bot"), m.Text
		switch m.From {
		case bot.FromContact:
			if who = k.Case.Name; who == "" {
				who = t.w("contact")
			}
		case bot.FromAgent:
			if who = m.Agent.Name; m.Withdrawn {
				text = t.w("withdrawn")
			}
		default:
			var b strings.Builder
			for _, e := range ours(text) {
				flatten(&b, e)
				b.WriteByte('\n')
			}
			text = b.String()
		}
		for i, part := range split(text, maxText-maxHeader) {
			var line []slack.RichTextSectionElement
			if i == 0 {
				line = append(line, words(cut(who, maxHeader)+": ", bold))
			}
			out = append(out, section(append(line, words(part, nil))...))
		}
	}
	return out
}

// replied shows an agent's words to the person, with what has become of them. In a thread where
// the words stand already it is that only.
func (t tongue) replied(m bot.Message, k bot.Ticket, fate bot.Fate, whole bool) shown {
	to := k.Case.Name
	if to == "" {
		to = t.w("contact")
	}
	state := "fate_" + string(fate)
	mark := map[bot.Fate]string{bot.FateWaiting: "📤", bot.FateDelivered: "✔️", bot.FateSeen: "👁️", bot.FateMailed: "✉️", bot.FateFailed: "⚠️"}[fate]
	if m.Withdrawn {
		state, mark = "fate_withdrawn", "🚫"
	}
	status := mark + " " + t.w("sent") + " " + cut(to, maxHeader) + " · " + t.w(state)
	if !m.Edited.IsZero() && !m.Withdrawn {
		status += " · " + t.w("edited")
	}
	var blocks []slack.Block
	if whole {
		line := []slack.RichTextElement{section(words(cut(m.Agent.Name, maxHeader)+" → "+cut(to, maxHeader), bold))}
		if m.Withdrawn {
			line = append(line, section(words(t.w("withdrawn"), italic)))
		} else {
			line = append(line, theirs(m.Text)...)
		}
		blocks = rich(line...)
	}
	blocks = append(blocks, rich(section(words(status, nil)))...)
	if whole && !m.Withdrawn && len(doWithdraw+m.ExternalID) <= maxOptionValue {
		menu := slack.NewOverflowBlockElement(actionMore,
			slack.NewOptionBlockObject(doEdit+m.ExternalID, plainText(t.w("edit"), maxOption), nil),
			slack.NewOptionBlockObject(doWithdraw+m.ExternalID, plainText(t.w("withdraw"), maxOption), nil))
		blocks = append(blocks, slack.NewActionBlock(replyBlock+k.ID, menu))
	}
	return shown{notice(status), blocks}
}
