package slackchat

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"latchkey/bot"
	"latchkey/flows"
)

// The blocks with things to press that are not a question's; see also say.go. After the prefix
// stands the id of a ticket, or the number of a message.
const (
	detailsBlock = "d:"
	cardBlock    = "k:"
	replyBlock   = "r:"
	homeBlock    = "h:"
)

// The callback ids of windows.
const (
	windowAnswer  = "answer"
	windowDetails = "details"
	windowReply   = "reply"
	windowEdit    = "edit"
	windowNote    = "note"
	windowPass    = "pass"
	windowResolve = "resolve"
)

// opens says whether a press opens a window.
func opens(p press) bool {
	for _, a := range p.Actions {
		prefix, _, _ := strings.Cut(a.Block, ":")
		switch prefix + ":" {
		case fillBlock, detailsBlock:
			return true
		case cardBlock:
			return a.ID != doTake && a.ID != doRelease
		case replyBlock:
			return a.Selected.Value != "" && strings.HasPrefix(a.Selected.Value, doEdit)
		}
	}
	return false
}

// pressed handles an interaction.
func (s *Slack) pressed(ctx context.Context, p press) error {
	if !s.self.teams[p.Team.ID] {
		return nil
	}
	switch p.Type {
	case "block_actions":
		for _, a := range p.Actions {
			if err := s.act(ctx, p, a); err != nil {
				return err
			}
		}
	case "message_action":
		if p.Callback == shortcut {
			return s.helpWith(ctx, p)
		}
	case "view_submission":
		return s.submitted(ctx, p)
	}
	return nil
}

func (s *Slack) act(ctx context.Context, p press, a action) error {
	prefix, about, _ := strings.Cut(a.Block, ":")
	who, err := s.who(ctx, p.Team.ID, p.User.ID)
	if err != nil {
		return err
	}
	switch prefix + ":" {
	case questionBlock, alwaysBlock:
		return s.answered(ctx, p, a, who)
	case fillBlock:
		return s.openAnswer(ctx, p, who)
	case detailsBlock:
		return s.openDetails(ctx, p, who)
	case cardBlock:
		return s.onCard(ctx, p, a, who, about)
	case replyBlock:
		return s.onReply(ctx, p, a, who, about)
	case homeBlock:
		at, err := s.dm(ctx, who.team, who.id)
		if err != nil {
			return err
		}
		return s.greet(ctx, who, at)
	}
	return nil
}

// where finds the conversation of a message that was pressed on, for who pressed.
func (s *Slack) where(ctx context.Context, p press) (place, error) {
	at := place{team: p.Team.ID, channel: p.Container.Channel, thread: p.Container.Thread}
	if at.direct() {
		known, err := s.conversationAt(ctx, at.channel, p.Container.Message)
		if err == nil {
			return placeOf(known), nil
		}
		if !errors.Is(err, bot.ErrNotFound) {
			return at, err
		}
		return at, nil
	}
	at.user = p.User.ID
	if at.thread == "" {
		at.thread = p.Container.Message
	}
	return at, nil
}

// answered takes an answer that was pressed. Pressing the same button twice is one answer.
func (s *Slack) answered(ctx context.Context, p press, a action, who person) error {
	at, err := s.where(ctx, p)
	if err != nil {
		return err
	}
	if !at.direct() {
		if _, err := s.core.View(ctx, Channel, at.String(), 0, 1); errors.Is(err, bot.ErrNotFound) {
			return s.whisper(ctx, at, who.id, shown{notice(s.tongue(who.lang).w("not_yours")), rich(ours(s.tongue(who.lang).w("not_yours"))...)})
		} else if err != nil {
			return err
		}
	}
	chosen, text := a.ID, a.Text.Text
	if a.Selected.Value != "" {
		chosen, text = a.Selected.Value, a.Selected.Text.Text
	}
	_, seq, _ := strings.Cut(a.Block, ":")
	i := s.inbound(who, at)
	move := flows.ParseMove(chosen)
	i.Move, i.Text = &move, text
	i.Seq, _ = strconv.ParseInt(seq, 10, 64)
	if move.Kind != flows.Choose && move.Kind != flows.Helped {
		i.Seq = 0 // it is there at every step
	}
	i.ExternalID = pressedID + receipt(p.Container.Channel, p.Container.Message) + ":" + a.Block + ":" + chosen
	s.busy(ctx, at, i)
	if err := s.hand(ctx, i, who); err != nil {
		return err
	}
	return s.settle(ctx, p, at, text, who)
}

// pressedID begins the external ids of what was pressed.
const pressedID = "pressed:"

// settle takes the buttons from a message that is not kept as a delivery: one that only the person
// sees, or the greeting before a conversation.
func (s *Slack) settle(ctx context.Context, p press, at place, label string, who person) error {
	done := shown{notice("✓ " + label), rich(section(words("✓ "+cut(label, maxButton), bold)))}
	if p.Container.Ephemeral {
		_, _, _, err := s.api.SendMessageContext(ctx, at.channel,
			slack.MsgOptionText(done.text, false), slack.MsgOptionBlocks(done.blocks...), slack.MsgOptionReplaceOriginal(p.Response))
		if err != nil {
			s.o.Log.Debug("Slack: the buttons stay", "error", err) // they do no harm
		}
		return nil
	}
	_, err := s.core.ByReceipt(ctx, Channel, receipt(p.Container.Channel, p.Container.Message))
	if !errors.Is(err, bot.ErrNotFound) {
		return err
	}
	return s.retire(ctx, at, p.Container.Message, label, who.flow(), who.lang)
}

// retire shows a greeting without its buttons.
func (s *Slack) retire(ctx context.Context, at place, ts, label, flow, lang string) error {
	w := s.core.Welcome(flow, lang)
	all := s.tongue(lang).say(turn{messages: w.Messages, answer: answer{given: true, label: label}})
	if len(all) == 0 {
		return nil
	}
	_, _, _, err := s.api.UpdateMessageContext(ctx, at.channel, ts, slack.MsgOptionText(all[0].text, false), slack.MsgOptionBlocks(all[0].blocks...))
	if err != nil && bot.IsPermanent(judged(err)) {
		return nil
	}
	return err
}

// helpWith opens a conversation that has read a message.
func (s *Slack) helpWith(ctx context.Context, p press) error {
	who, err := s.who(ctx, p.Team.ID, p.User.ID)
	if err != nil {
		return err
	}
	thread := p.Message.Thread
	return s.helpInDM(ctx, who, p.Channel.ID, thread, typed(p.Message.Text), "shortcut:"+p.Trigger)
}

// kept is what a window remembers about what it is for.
type kept struct {
	Address  string `json:"a,omitempty"`
	Ticket   string `json:"t,omitempty"`
	Queue    string `json:"q,omitempty"`
	External string `json:"x,omitempty"`
	// Channel and Thread are where whoever opened it is told what came of it.
	Channel string `json:"c,omitempty"`
	Thread  string `json:"h,omitempty"`
}

// window makes a modal with some inputs.
func window(t tongue, callback, title string, k kept, blocks ...slack.Block) slack.ModalViewRequest {
	private, _ := json.Marshal(k) // strings only
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callback, PrivateMetadata: string(private),
		Title: plainText(title, maxViewTitle), Submit: plainText(t.w("send"), maxViewTitle), Close: plainText(t.w("cancel"), maxViewTitle),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}

// input is a field for words.
func input(name, label string, several bool, initial string) *slack.InputBlock {
	e := slack.NewPlainTextInputBlockElement(nil, name)
	e.Multiline, e.InitialValue, e.MaxLength = several, cut(initial, maxInput), maxInput
	return slack.NewInputBlock(name, plainText(label, maxLabel), nil, e)
}

// tooLate are Slack's words for a press that opens no window any more.
var tooLate = []string{"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired", "trigger_exchanged"}

// open shows a window. Slack allows 3 seconds for it; after that the person has to press again.
func (s *Slack) open(ctx context.Context, p press, who person, w slack.ModalViewRequest) error {
	_, err := s.api.OpenViewContext(ctx, p.Trigger, w)
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) || slices.Contains(tooLate, codeOf(err)) {
		at := place{team: p.Team.ID, channel: p.Container.Channel, thread: p.Container.Thread}
		return s.tell(ctx, at, who, s.tongue(who.lang).w("again"))
	}
	return err
}

// openAnswer opens the window in which a question of a channel is answered in private.
func (s *Slack) openAnswer(ctx context.Context, p press, who person) error {
	at, err := s.where(ctx, p)
	if err != nil {
		return err
	}
	v, err := s.core.View(ctx, Channel, at.String(), 0, 10)
	if errors.Is(err, bot.ErrNotFound) {
		return s.tell(ctx, at, who, s.tongue(who.lang).w("not_yours"))
	}
	if err != nil {
		return err
	}
	t := s.tongue(v.Conversation.Session.Lang)
	var question []slack.Block
	for _, m := range v.Messages {
		if m.From == bot.FromBot {
			question = rich(fitting(ours(m.Text))...)
		}
	}
	in := input("answer", t.w("answer_label"), true, "")
	in.Hint = plainText(t.w("answer_hint"), maxLabel)
	return s.open(ctx, p, who, window(t, windowAnswer, t.w("home_title"), kept{Address: at.String()}, append(question, in)...))
}

// wanted are the facts that a ticket may lack, which only the person knows.
var wanted = []string{"client_name", "client_email", "company", "exact_error"}

// openDetails asks for what a ticket lacks.
func (s *Slack) openDetails(ctx context.Context, p press, who person) error {
	at, err := s.where(ctx, p)
	if err != nil {
		return err
	}
	v, err := s.core.View(ctx, Channel, at.String(), 0, 1)
	if errors.Is(err, bot.ErrNotFound) {
		return s.tell(ctx, at, who, s.tongue(who.lang).w("not_yours"))
	}
	if err != nil {
		return err
	}
	t := s.tongue(v.Conversation.Session.Lang)
	lacks := lacking(v)
	if len(lacks) == 0 {
		return s.tell(ctx, at, who, t.w("details_known"))
	}
	blocks := rich(ours(t.w("details_about"))...)
	for _, name := range lacks {
		in := input(name, t.w("details_"+name), name == "exact_error", "")
		if name == "client_email" {
			in.Element = slack.NewEmailTextInputBlockElement(nil, name) // Slack takes nothing but an address
		}
		in.Optional = true
		blocks = append(blocks, in)
	}
	return s.open(ctx, p, who, window(t, windowDetails, t.w("details_title"), kept{Address: at.String()}, blocks...))
}

func lacking(v bot.View) []string {
	var out []string
	for _, name := range wanted {
		if v.Conversation.Session.Facts[name] == "" && (v.Contact.Role == "professional" || name == "company" || name == "exact_error") {
			out = append(out, name)
		}
	}
	return out
}

// submitted takes what was written in a window.
func (s *Slack) submitted(ctx context.Context, p press) error {
	var k kept
	if err := json.Unmarshal([]byte(p.View.Private), &k); err != nil {
		return nil // no window of ours
	}
	who, err := s.who(ctx, p.Team.ID, p.User.ID)
	if err != nil {
		return err
	}
	switch p.View.Callback {
	case windowAnswer, windowDetails:
		return s.submittedAnswer(ctx, p, k, who)
	case windowReply, windowEdit, windowNote, windowPass, windowResolve:
		return s.submittedByTeam(ctx, p, k, who)
	}
	return nil
}

func (s *Slack) submittedAnswer(ctx context.Context, p press, k kept, who person) error {
	i := s.inbound(who, placeOf(k.Address))
	i.ExternalID, i.Text = windowID+p.View.ID, p.value("answer")
	if p.View.Callback == windowDetails {
		v, err := s.core.View(ctx, Channel, k.Address, 0, 1)
		if errors.Is(err, bot.ErrNotFound) {
			return nil // it was forgotten, with the ticket
		}
		if err != nil {
			return err
		}
		i.Told, i.Text = s.tongue(v.Conversation.Session.Lang).details(p)
	}
	if i.Text == "" {
		return nil
	}
	return s.hand(ctx, i, who)
}

// details gives what was filled in about a ticket, and the same in words for the log.
func (t tongue) details(p press) (told map[string]string, text string) {
	told = map[string]string{}
	var lines []string
	for _, name := range wanted {
		if value := p.value(name); value != "" {
			told[name] = value
			lines = append(lines, t.w("details_"+name)+" : "+value)
		}
	}
	return told, strings.Join(lines, "\n")
}
