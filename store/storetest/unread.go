package storetest

import (
	"errors"
	"testing"
	"time"

	"latchkey/bot"
)

func unread(t *testing.T, w world) {
	for id, at := range map[string]time.Time{"b": noon, "a": noon, "old": noon.Add(-time.Hour), "later": noon.Add(time.Millisecond), "never": {}} {
		turn := w.begin(id)
		turn.Conversation.UnreadSeq, turn.Conversation.UnreadAt = turn.Conversation.LastSeq, at
		w.commit(turn)
	}
	waiting := func() (ids []string) {
		for _, c := range must(w.Unread(ctx, noon, 9))(w) {
			ids = append(ids, c.ID)
		}
		return ids
	}
	w.same("all that wait", waiting(), []string{"old", "a", "b"})
	w.same("at most two", len(must(w.Unread(ctx, noon, 2))(w)), 2)
	w.same("none", must(w.Unread(ctx, noon, 0))(w), []bot.Conversation(nil))

	c, contact, err := w.ConversationByID(ctx, "a")
	turn := bot.Turn{Conversation: must(c, err)(w), Contact: contact}
	log := must(w.Messages(ctx, "a", 0, 0, 0))(w)
	said := log[0]
	said.Move, said.Text, said.At = "choose:yes", "something else", noon.Add(time.Hour)
	turn.Read = []bot.Message{said}
	turn.Conversation.UnreadSeq, turn.Conversation.UnreadAt = 0, time.Time{}
	w.commit(turn)
	log[0].Move = "choose:yes"
	w.same("only the move is taken", must(w.Messages(ctx, "a", 0, 0, 0))(w), log)
	w.same("it does not wait any more", waiting(), []string{"old", "b"})

	turn = committed(turn)
	turn.Read = []bot.Message{said}
	if err := w.Commit(ctx, turn); err == nil || errors.Is(err, bot.ErrConflict) {
		t.Errorf("it was read twice: %v", err)
	}
	turn = w.begin("c")
	turn = say(turn, "Hello", "")
	turn.Messages[0].From = bot.FromBot
	w.commit(turn)
	ours := turn.Messages[0]
	for what, m := range map[string]bot.Message{
		"the bot's":              ours,
		"one that is not there":  {ConversationID: "c", Seq: 9, Move: "back"},
		"another conversation's": {ConversationID: "b", Seq: 1, Move: "back"},
	} {
		bad := committed(turn)
		bad.Read = []bot.Message{m}
		if err := w.Commit(ctx, bad); err == nil || errors.Is(err, bot.ErrConflict) {
			t.Errorf("%s was read: %v", what, err)
		}
	}
}
