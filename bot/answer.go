package bot

import (
	"context"
	"errors"

	"latchkey/flows"
	"latchkey/kb"
)

// How certain the reading of a text must be, so that it is not looked up as a question.
const (
	// sureFill: what a step asked for. An address among the words leaves no doubt.
	sureFill = 1
	// sureMove: another move, when the text has the form of a question and its answer is one of the
	// surest (sureAnswer): "How do I pay an invoice?" is a little like "Did you get an invitation?"
	sureMove   = 0.75
	sureAnswer = 0.8
)

// askedHelp is what the log notes of a text that was answered by the knowledge base: no move.
const askedHelp = "question"

// digression is what is said to a question before the step is asked again.
type digression struct {
	text     string
	choices  []flows.Choice
	answered Answered
}

// lookUp looks for the answer to a text that is no move of the tree, and not sure to be what the
// step asked for. nil: it is none of a question, or nothing is known and somebody could still
// understand it; the move is followed as ever. While the team has the conversation, nothing is
// looked up. errSlow: the text has to be stored first.
func (t *turn) lookUp(ctx context.Context, in Inbound, move flows.Move) (*digression, error) {
	base, s := t.bot.o.Help, &t.Conversation.Session
	if base == nil || in.Move != nil || t.lost || t.withTeam() {
		return nil, nil
	}
	by := kb.Asker{Lang: s.Lang, Audience: kb.ForClient}
	if s.Facts["role"] == "professional" {
		by.Audience = kb.ForProfessional
	}
	asks, r := base.Asks(in.Text, s.Lang), t.reading
	fills := r.Meaning == flows.ReadMove && move.Kind == flows.Fill
	// doubtful: something else was read, and only a sure answer to a clear question speaks against it.
	doubtful := r.Meaning == flows.ReadUnsure || r.Meaning == flows.ReadMove && !fills
	switch {
	case doubtful && (!asks || r.Confidence >= sureMove), fills && (!asks || r.Confidence >= sureFill):
		return nil, nil
	}
	a := base.Find(in.Text, by)
	if doubtful && (a.Score < sureAnswer || r.Move.Kind == flows.Jump && a.Article.Start == r.Move.ID) {
		return nil, nil // the move fits as well, or leads to more than the article
	}
	asking := context.WithValue(ctx, conversationKey{}, t.Conversation.ID)
	if base.Slow(asking, in.Text, by) {
		if t.unread == nil {
			return nil, errSlow // somebody finds or phrases it, and that takes a while
		}
		var err error
		if a, err = base.Answer(asking, in.Text, by); err != nil {
			// What words find is quoted as it stands.
			t.bot.o.Log.Warn("an answer was neither found nor phrased by a model", "conversation", t.Conversation.ID, "error", err)
		}
	}
	d := &digression{answered: Answered{
		Question: in.Text, Lang: by.Lang, Audience: string(by.Audience), Score: a.Score, Asked: t.now,
	}}
	if a.Known() {
		d.answered.Article, d.answered.Section, d.answered.Aside = a.Article.ID, a.Article.Sections[a.Section].ID, a.Aside
		d.text, d.choices = t.passage(a), t.judgements(a)
		return d, nil
	}
	// "Can you help me?" is a question as well, and not one of knowledge.
	if clear := r.Meaning == flows.ReadQuestion && base.Tells(in.Text, s.Lang) || r.Meaning == flows.ReadUnclear && asks; !clear {
		return nil, nil
	}
	d.text, d.choices = t.word("answer_unknown", nil), t.person()
	return d, nil
}

// digress puts an answer into the log and asks again what was asked: the place in the tree stays as
// it is.
func (t *turn) digress(d *digression) {
	t.append(Message{From: FromBot, Text: d.text, Choices: d.choices})
	d.answered.ConversationID, d.answered.Seq = t.Conversation.ID, t.Conversation.LastSeq
	t.Answers = append(t.Answers, d.answered)
	t.goOn()
}

// goOn asks again what was asked, of somebody who is there. Whether one thing or another was meant
// by what they wrote before is not asked any more.
func (t *turn) goOn() {
	s := &t.Conversation.Session
	s.Quiet, s.Doubt = 0, nil
	t.repeat()
}

// passage is what the base says, with the way to its page.
func (t *turn) passage(a kb.Answer) string {
	text := a.Text
	if address := t.bot.o.HelpURL; address != nil && !a.Aside {
		if to := address(a.Article.Lang, a.Article.ID, a.Article.Sections[a.Section].ID); to != "" {
			text += "\n\n[" + t.word("answer_more", nil) + "](" + to + ")"
		}
	}
	return text + "\n\n" + t.word("answer_helped", nil)
}

// judgements are the buttons under a passage: whether it helped, and the way into the tree if the
// article knows one that is open now.
func (t *turn) judgements(a kb.Answer) []flows.Choice {
	choices := []flows.Choice{
		{Move: flows.Move{Kind: flows.Helped, ID: flows.HelpedYes}.String(), Label: t.word("answer_yes", nil)},
		{Move: flows.Move{Kind: flows.Helped, ID: flows.HelpedNo}.String(), Label: t.word("answer_no", nil)},
	}
	if a.Article.Start != "" {
		choices = append(choices, t.jump(a.Article.Start)...)
	}
	return choices
}

// person is the button that calls a person.
func (t *turn) person() []flows.Choice { return t.jump(flows.JumpPerson) }

// jump is the button of a line of the tree's `always`, none if it does not hold now.
func (t *turn) jump(name string) []flows.Choice {
	move, s := flows.Move{Kind: flows.Jump, ID: name}, t.Conversation.Session
	s.Doubt = nil // it is over when this is said
	for _, o := range t.book.Moves(s) {
		if o.Move == move && o.Label != "" {
			return []flows.Choice{{Move: move.String(), Label: o.Label}}
		}
	}
	return nil
}

// judged takes what somebody thinks of an answer. passed: there is no such answer, and the button
// is treated as one of an earlier question.
func (t *turn) judged(ctx context.Context, in Inbound) (passed bool, err error) {
	verdict := in.Move.ID
	if verdict != flows.HelpedYes && verdict != flows.HelpedNo || t.New {
		return true, nil
	}
	a, err := t.bot.o.Store.Answer(ctx, t.Conversation.ID, in.Seq)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if a.Article == "" {
		return true, nil // there was nothing to judge
	}
	a.Verdict, a.Judged = verdict, t.now
	t.Answers = append(t.Answers, a)
	t.append(Message{ExternalID: in.ExternalID, From: FromContact, Text: in.Text, Move: in.Move.String()})
	team := t.withTeam()
	m := Message{From: FromBot, Text: t.word("answer_thanks", nil)}
	if verdict == flows.HelpedNo {
		m.Text = t.word("answer_sorry", nil)
		if !team {
			m.Choices = t.person()
		}
	}
	t.append(m)
	if !team {
		t.goOn()
	}
	return false, nil
}
