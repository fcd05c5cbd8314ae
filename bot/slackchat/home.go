package slackchat

import (
	"context"
	"slices"

	"github.com/slack-go/slack"

	"latchkey/bot"
)

// How much the Home shows.
const (
	homeTickets = 10
	homeAnswers = 3
)

// home shows somebody their Home: a way to get help, their requests, what they were answered.
func (s *Slack) home(ctx context.Context, p person) error {
	tickets, err := s.core.TicketsOf(ctx, p.key())
	if err != nil {
		return err
	}
	t := s.tongue(p.lang)
	blocks := []slack.Block{slack.NewHeaderBlock(plainText(t.w("home_title"), maxHeader))}
	blocks = append(blocks, rich(ours(t.w("home_intro"))...)...)
	help := slack.NewButtonBlockElement("help", "help", plainText(t.w("home_help"), maxButton)).WithStyle(slack.StylePrimary)
	blocks = append(blocks, slack.NewActionBlock(homeBlock+"help", help), slack.NewDividerBlock())
	blocks = append(blocks, slack.NewHeaderBlock(plainText(t.w("home_mine"), maxHeader)))
	blocks = append(blocks, rich(t.mine(tickets)...)...)
	if answers := s.answers(ctx, tickets); len(answers) > 0 {
		blocks = append(blocks, slack.NewDividerBlock(), slack.NewHeaderBlock(plainText(t.w("home_answers"), maxHeader)))
		for _, m := range answers {
			blocks = append(blocks, t.agent(m)...)
		}
	}
	_, err = s.api.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: p.id,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks[:min(len(blocks), maxViewBlocks)]}},
	})
	return err
}

// mine lists requests, the open ones first.
func (t tongue) mine(tickets []bot.Ticket) []slack.RichTextElement {
	open := func(k bot.Ticket) int {
		if k.Status == bot.TicketOpen {
			return 0
		}
		return 1
	}
	tickets = slices.Clone(tickets)
	slices.SortStableFunc(tickets, func(a, b bot.Ticket) int { return open(a) - open(b) })
	list := slack.NewRichTextList(slack.RTEListBullet, 0)
	for _, k := range tickets[:min(len(tickets), homeTickets)] {
		state := t.w("closed")
		if k.Status == bot.TicketOpen {
			if state = t.w("open"); k.Agent.Name != "" {
				state += " · " + t.w("taken") + " " + cut(k.Agent.Name, maxHeader)
			}
		}
		list.Elements = append(list.Elements, section(words(bot.Number(k.Number), bold), words(" · "+cut(t.of(k.Case.About), maxFact)+" · "+state, nil)))
	}
	if len(list.Elements) == 0 {
		return []slack.RichTextElement{section(words(t.w("home_none"), nil))}
	}
	return []slack.RichTextElement{list}
}

// answers are the last words of the team on somebody's requests. Without them the Home is
// still of use.
func (s *Slack) answers(ctx context.Context, tickets []bot.Ticket) []bot.Message {
	var out []bot.Message
	for _, k := range tickets[:min(len(tickets), homeAnswers)] {
		m, err := s.core.LastReply(ctx, k)
		if err != nil {
			continue // nobody has answered yet
		}
		m.Text = cut(m.Text, maxFact)
		out = append(out, m)
	}
	return out
}
