package slackchat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"latchkey/bot"
)

// cardRef is what deliveries about a ticket as a whole are about.
const cardRef = "card"

// threadID begins the external ids of what was written in a ticket's thread, and windowID of what
// was written in a window.
const (
	threadID = "thread:"
	windowID = "window:"
)

// sendTeam tells the team what became of a ticket: the card is as it stands now, the thread
// has what is new.
func (s *Slack) sendTeam(ctx context.Context, p bot.Parcel) (string, error) {
	d, t := p.Delivery, s.teamTongue()
	if d.Address == "" {
		return "", bot.Permanent(fmt.Errorf("no channel is configured for %s", p.Ticket.Queue))
	}
	is := s.standing(p.Ticket, d.Address)
	is.away = is.away || d.Kind == bot.DeliverAway
	card := t.card(p.Ticket, is)
	known, fresh := cardOf(p.Receipts), false
	if known == "" {
		if is.away {
			return "", nil // it went on before it was shown here
		}
		var err error
		if known, err = s.post(ctx, d, "card", place{channel: d.Address}, card); err != nil {
			return "", err
		}
		fresh = true
	} else if d.Kind != bot.DeliverFate && d.Kind != bot.DeliverNote {
		if err := s.update(ctx, known, card); err != nil {
			return "", err
		}
	}
	_, ts := fromReceipt(known)
	said, err := s.inThread(ctx, p, place{channel: d.Address, thread: ts})
	if err != nil {
		return "", err
	}
	if d.Ref == cardRef || fresh {
		// A ticket that is older than this desk comes with its first news; the card is what has to
		// be known of that.
		return known, nil
	}
	return said, nil
}

// cardOf finds the card among what was posted about a ticket: it is the first of all.
func cardOf(receipts map[string]string) string {
	card := receipts[cardRef]
	if card != "" {
		return card
	}
	for _, r := range receipts {
		if card == "" || r < card {
			card = r
		}
	}
	return card
}

// inThread puts what is new into a ticket's thread.
func (s *Slack) inThread(ctx context.Context, p bot.Parcel, at place) (string, error) {
	d, k, t := p.Delivery, p.Ticket, s.teamTongue()
	switch d.Kind {
	case bot.DeliverTicket, bot.DeliverMore, bot.DeliverSettled, bot.DeliverResolved:
		return s.tellMore(ctx, p, at)
	case bot.DeliverPassed:
		return s.post(ctx, d, "passed", at, t.passed(p, s.standing(k, at.channel).stays))
	case bot.DeliverReply, bot.DeliverEdit, bot.DeliverFate:
		if len(p.Messages) != 1 {
			return "", nil
		}
		m := p.Messages[0]
		out := t.replied(m, k, p.Fates[m.Seq], !strings.HasPrefix(m.ExternalID, threadID))
		if known := p.Receipts[d.Ref]; known != "" && known != receipt(at.channel, at.thread) {
			return known, s.update(ctx, known, out)
		}
		return s.post(ctx, d, "reply", at, out)
	case bot.DeliverNote:
		i := slices.IndexFunc(p.Notes, func(n bot.Note) bool { return d.Ref == "note:"+n.ID })
		if i < 0 || strings.HasPrefix(p.Notes[i].ExternalID, threadID) {
			return "", nil // it stands in the thread already
		}
		return s.post(ctx, d, "note", at, t.noted(p.Notes[i]))
	case bot.DeliverReleased:
		return s.post(ctx, d, "released", at, shown{notice(t.w("is_released")), rich(section(words(t.w("is_released"), nil)))})
	}
	return "", nil
}

// passed says in a ticket's thread that it is another queue's now, and why; stays: that has no channel.
func (t tongue) passed(p bot.Parcel, stays bool) shown {
	to := t.w("passed_to") + " " + t.w("queue_"+string(p.Ticket.Queue))
	all := []slack.RichTextElement{section(words("↪ "+to, bold))}
	for _, n := range slices.Backward(p.Notes) {
		if n.Event == notePassed {
			all = append(all, theirs(n.Text)...)
			break
		}
	}
	if stays {
		all = append(all, section(words(t.w("stays"), italic)))
	}
	return shown{notice(bot.Number(p.Ticket.Number) + " · " + to), rich(all...)}
}

// notePassed marks the note that says why a ticket was passed on; see [bot.Note].
const notePassed = "passed"

func (t tongue) noted(n bot.Note) shown {
	head := "📝 " + t.w("noted") + " " + cut(n.Agent.Name, maxHeader)
	text := n.Text
	if text == "" {
		text = "–"
	}
	return shown{notice(head), rich(append([]slack.RichTextElement{section(words(head, bold))}, theirs(text)...)...)}
}

// tellMore tells the conversation on. With a ticket comes how the thread works, and the notes
// that were made where it comes from.
func (s *Slack) tellMore(ctx context.Context, p bot.Parcel, at place) (string, error) {
	d, k, t := p.Delivery, p.Ticket, s.teamTongue()
	messages := slices.DeleteFunc(slices.Clone(p.Messages), func(m bot.Message) bool { return m.From == bot.FromAgent && d.Kind != bot.DeliverTicket })
	var all []slack.RichTextElement
	if d.Kind == bot.DeliverTicket {
		all = append(all, section(words(t.w("how")+" ", italic), slack.NewRichTextSectionTextElement(s.o.SendWord, &slack.RichTextSectionTextStyle{Code: true})))
	}
	all = append(all, t.log(messages, k)...)
	if len(all) == 0 {
		return "", nil
	}
	last := ""
	for i, m := range pack(rich(all...), nil) {
		m.text = notice(summary(messages, t, k))
		var err error
		if last, err = s.post(ctx, d, "log"+strconv.Itoa(i), at, m); err != nil {
			return "", err
		}
	}
	for _, m := range messages {
		if m.Picture != nil {
			if err := s.showPicture(ctx, p, *m.Picture, at); err != nil {
				return "", err
			}
		}
	}
	if d.Kind == bot.DeliverTicket {
		for i, n := range p.Notes {
			if _, err := s.post(ctx, d, "note"+strconv.Itoa(i), at, t.noted(n)); err != nil {
				return "", err
			}
		}
	}
	return last, nil
}

// summary is what a notification says of new messages: the last words of the person.
func summary(messages []bot.Message, t tongue, k bot.Ticket) string {
	for _, m := range slices.Backward(messages) {
		if m.From == bot.FromContact {
			return bot.Number(k.Number) + " · " + m.Text
		}
	}
	return bot.Number(k.Number) + " · " + t.of(k.Case.About)
}

// showPicture puts a picture of the conversation into the thread, unless it is there.
func (s *Slack) showPicture(ctx context.Context, p bot.Parcel, pic bot.Picture, at place) error {
	raw := p.Pictures[pic.ID]
	title := fmt.Sprintf("%s-%s", bot.Number(p.Ticket.Number), pic.ID[:min(len(pic.ID), 12)])
	if len(raw) == 0 {
		t := s.teamTongue()
		_, err := s.post(ctx, p.Delivery, "missing"+title, at, shown{notice(t.w("picture_missing")), rich(section(words(t.w("picture_missing"), italic)))})
		return err
	}
	if p.Delivery.Attempts > 1 {
		// Slack takes no metadata with a file; its title is as good.
		found, err := s.find(ctx, at, p.Delivery.Created, func(m slack.Message) bool {
			return slices.ContainsFunc(m.Files, func(f slack.File) bool { return f.Title == title })
		})
		if found != "" || err != nil {
			return err
		}
	}
	name := title + "." + strings.TrimPrefix(pic.Kind, "image/")
	u, err := s.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: name, FileSize: len(raw)})
	if err != nil {
		return err
	}
	if err := s.api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: u.UploadURL, Reader: bytes.NewReader(raw), Filename: name}); err != nil {
		return err
	}
	_, err = s.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
		Files: []slack.FileSummary{{ID: u.FileID, Title: title}}, Channel: at.channel, ThreadTimestamp: at.thread,
	})
	return err
}

// ticketAt gives the ticket whose card is the first message of a thread, or "".
func (s *Slack) ticketAt(ctx context.Context, channel, thread string) (string, error) {
	d, err := s.core.ByReceipt(ctx, Channel, receipt(channel, thread))
	if isNotFound(err) {
		return "", nil
	}
	return d.TicketID, err
}

// threadSaid takes what somebody of the team wrote in a ticket's thread: words for the person when
// it begins with the word that says so, else a note.
func (s *Slack) threadSaid(ctx context.Context, e event) (done bool, err error) {
	in := e.Inner
	id, err := s.ticketAt(ctx, in.Channel, in.Thread)
	if id == "" || err != nil {
		return false, err
	}
	p, err := s.who(ctx, e.Team, in.User)
	if err != nil {
		return true, err
	}
	at := place{e.Team, in.Channel, in.Thread, in.User}
	if !p.member {
		return true, s.tellAgent(ctx, at, p, "outsider", "")
	}
	external := threadID + receipt(in.Channel, in.TS)
	if words, ok := s.forPerson(in.Text); ok {
		_, redacted, err := s.core.Reply(ctx, p.agent(), id, external, meant(words))
		if len(in.Files) > 0 && (err == nil || errors.Is(err, bot.ErrEmpty)) {
			// Who sends a file should not learn from the person that it never came.
			if told := s.tellAgent(ctx, at, p, "files_stay", ""); told != nil {
				return true, told
			}
			if err != nil {
				return true, nil
			}
		}
		return true, s.came(ctx, at, p, redacted, err)
	}
	_, redacted, err := s.core.Note(ctx, p.agent(), id, external, noteOf(in.Text, in.Files))
	if err == bot.ErrEmpty {
		return true, nil
	}
	return true, s.came(ctx, at, p, redacted, err)
}

// noteOf is what a message in a thread is as a note: its words, and the names of its files.
func noteOf(raw string, files []file) string {
	text := typed(raw)
	for _, f := range files {
		text += "\n📎 " + f.Name
	}
	return text
}

// threadEdited keeps in step what was edited in a ticket's thread: the words that the person has, or
// the note. A note that gets the word in front is sent; words that lose it stay with the person, who
// has read them perhaps, and the agent is told.
func (s *Slack) threadEdited(ctx context.Context, e event) error {
	in := e.Inner
	m := in.Message
	if m.BotID != "" || m.User == "" || m.User == s.self.user || m.Thread == "" || m.Text == in.Previous.Text {
		return nil // nobody did, or Slack has added a preview
	}
	k, p, err := s.teamsWords(ctx, e.Team, in.Channel, m)
	if k.ID == "" || err != nil || !p.member {
		return err
	}
	at := place{e.Team, in.Channel, m.Thread, m.User}
	external := threadID + receipt(in.Channel, m.TS)
	text, toThem := s.forPerson(m.Text)
	was, err := s.core.Said(ctx, k.Number, external)
	var redacted bool
	switch {
	case err != nil && !isNotFound(err):
		return err
	case err == nil && was.Withdrawn:
		return nil
	case err == nil && !toThem:
		return s.tellAgent(ctx, at, p, "edit_keeps", "")
	case err == nil:
		_, redacted, err = s.core.Edit(ctx, p.agent(), k.ID, external, meant(text))
	case toThem:
		return s.noteIsSent(ctx, at, p, k.ID, external, meant(text))
	default:
		_, redacted, err = s.core.EditNote(ctx, p.agent(), k.ID, external, noteOf(m.Text, m.Files))
		if isNotFound(err) {
			return nil // it was no note
		}
	}
	return s.came(ctx, at, p, redacted, err)
}

// noteIsSent makes words to the person of a note.
func (s *Slack) noteIsSent(ctx context.Context, at place, p person, id, external, text string) error {
	_, redacted, err := s.core.Reply(ctx, p.agent(), id, external, text)
	if err != nil {
		return s.came(ctx, at, p, false, err)
	}
	if err := s.core.DropNote(ctx, p.agent(), id, external); err != nil && !isNotFound(err) {
		return err
	}
	return s.came(ctx, at, p, redacted, nil)
}

// threadDeleted takes back for the person what was deleted, or the note.
func (s *Slack) threadDeleted(ctx context.Context, e event) error {
	in := e.Inner
	k, p, err := s.teamsWords(ctx, e.Team, in.Channel, in.Previous)
	if k.ID == "" || err != nil || !p.member {
		return err
	}
	external := threadID + receipt(in.Channel, in.Deleted)
	if _, err = s.core.Withdraw(ctx, p.agent(), k.ID, external); isNotFound(err) {
		err = s.core.DropNote(ctx, p.agent(), k.ID, external)
	}
	if isNotFound(err) {
		return nil // neither was sent or kept
	}
	return err
}

// teamsWords gives the ticket in whose thread somebody wrote something, and who; no ticket when it
// was not there, or nobody.
func (s *Slack) teamsWords(ctx context.Context, team, channel string, m said) (k bot.Ticket, p person, err error) {
	if m.BotID != "" || m.User == "" || m.Thread == "" {
		return k, p, nil
	}
	id, err := s.ticketAt(ctx, channel, m.Thread)
	if id == "" || err != nil {
		return k, p, err
	}
	if k, err = s.core.Ticket(ctx, id); err != nil {
		return k, p, err
	}
	p, err = s.who(ctx, team, m.User)
	return k, p, err
}

// onCard does what was pressed on a card.
func (s *Slack) onCard(ctx context.Context, p press, a action, who person, id string) error {
	thread := p.Container.Thread
	if thread == "" {
		thread = p.Container.Message
	}
	at := place{p.Team.ID, p.Container.Channel, thread, who.id}
	if _, ok := s.queueAt(at.channel); !ok {
		return nil
	}
	if !who.member {
		return s.tellAgent(ctx, at, who, "outsider", "")
	}
	k, err := s.core.Ticket(ctx, id)
	if err != nil {
		return s.came(ctx, at, who, false, err)
	}
	t := s.tongue(who.lang)
	keep := kept{Ticket: id, Channel: at.channel, Thread: thread}
	switch a.ID {
	case doTake:
		_, err := s.core.Take(ctx, who.agent(), id)
		return s.came(ctx, at, who, false, err)
	case doRelease:
		_, err := s.core.Release(ctx, who.agent(), id)
		return s.came(ctx, at, who, false, err)
	case doReply:
		return s.open(ctx, p, who, window(t, windowReply, t.w("reply_title"), keep, append(aboutTicket(t, k), input("text", t.w("reply_label"), true, ""))...))
	case doNote:
		return s.open(ctx, p, who, window(t, windowNote, t.w("note_title"), keep, append(aboutTicket(t, k), input("text", t.w("note_label"), true, ""))...))
	case doPass:
		if s.o.Queues[other(k.Queue)] == "" {
			return s.tellAgent(ctx, at, who, "no_channel", "") // a card of before
		}
		keep.Queue = string(other(k.Queue))
		reason := input("text", t.w("reason_label"), true, "")
		reason.Optional = true
		return s.open(ctx, p, who, window(t, windowPass, t.w("pass_title"), keep, append(aboutTicket(t, k), reason)...))
	case doResolve:
		reason := input("text", t.w("reason_label"), true, "")
		reason.Optional = true
		return s.open(ctx, p, who, window(t, windowResolve, t.w("resolve_title"), keep, append(aboutTicket(t, k), reason)...))
	}
	return nil
}

// aboutTicket says in a window which ticket it is about.
func aboutTicket(t tongue, k bot.Ticket) []slack.Block {
	who := k.Case.Name
	if who == "" {
		who = t.w("no_name")
	}
	return rich(section(words(bot.Number(k.Number)+" · ", bold), words(cut(who, maxHeader)+" · "+cut(t.of(k.Case.About), maxFact), nil)))
}

// onReply edits or takes back words that were sent from a window.
func (s *Slack) onReply(ctx context.Context, p press, a action, who person, id string) error {
	at := place{p.Team.ID, p.Container.Channel, p.Container.Thread, who.id}
	if !who.member {
		return s.tellAgent(ctx, at, who, "outsider", "")
	}
	t := s.tongue(who.lang)
	if external, ok := strings.CutPrefix(a.Selected.Value, doWithdraw); ok {
		_, err := s.core.Withdraw(ctx, who.agent(), id, external)
		return s.came(ctx, at, who, false, err)
	}
	external, ok := strings.CutPrefix(a.Selected.Value, doEdit)
	if !ok {
		return nil
	}
	keep := kept{Ticket: id, External: external, Channel: at.channel, Thread: at.thread}
	return s.open(ctx, p, who, window(t, windowEdit, t.w("edit_title"), keep, input("text", t.w("reply_label"), true, s.wordsOf(ctx, id, external))))
}

// wordsOf gives what an agent said, to be edited; empty when it cannot be found.
func (s *Slack) wordsOf(ctx context.Context, ticketID, external string) string {
	k, err := s.core.Ticket(ctx, ticketID)
	if err != nil {
		return ""
	}
	m, err := s.core.Said(ctx, k.Number, external)
	if err != nil {
		return ""
	}
	return m.Text
}

// submittedByTeam does what an agent asked for in a window.
func (s *Slack) submittedByTeam(ctx context.Context, p press, k kept, who person) error {
	at := place{p.Team.ID, k.Channel, k.Thread, who.id}
	if !who.member {
		return s.tellAgent(ctx, at, who, "outsider", "")
	}
	text, external := p.value("text"), windowID+p.View.ID
	var redacted bool
	var err error
	switch p.View.Callback {
	case windowReply:
		_, redacted, err = s.core.Reply(ctx, who.agent(), k.Ticket, external, meant(text))
	case windowEdit:
		_, redacted, err = s.core.Edit(ctx, who.agent(), k.Ticket, k.External, meant(text))
	case windowNote:
		_, redacted, err = s.core.Note(ctx, who.agent(), k.Ticket, external, text)
	case windowPass:
		_, err = s.core.Pass(ctx, who.agent(), k.Ticket, bot.Queue(k.Queue), text)
	case windowResolve:
		_, err = s.core.Resolve(ctx, who.agent(), k.Ticket, text)
	}
	return s.came(ctx, at, who, redacted, err)
}
