package storetest

import (
	"errors"
	"testing"
	"time"

	"latchkey/bot"
)

// quote adds a message of the bot with an answer to a turn.
func quote(t bot.Turn, question string, at time.Time) bot.Turn {
	t = say(t, "an answer", "")
	m := &t.Messages[len(t.Messages)-1]
	m.From = bot.FromBot
	t.Answers = append(t.Answers[:len(t.Answers):len(t.Answers)], bot.Answered{
		ConversationID: t.Conversation.ID, Seq: m.Seq, Question: question, Lang: "fr", Audience: "client",
		Article: "a", Score: 0.5, Asked: at,
	})
	return t
}

func answers(t *testing.T, w world) {
	c := quote(quote(w.begin("c"), "c1", noon), "c2", noon.Add(time.Hour))
	w.commit(c)
	c = committed(c)
	d := quote(w.begin("d"), "d1", noon.Add(time.Minute))
	w.commit(d)
	e := quote(w.begin("e"), "e1", noon.Add(-time.Millisecond))
	w.commit(e)
	asked := func(f bot.AnswerFilter) (questions []string) {
		w.Helper()
		for _, a := range must(w.Answers(ctx, f))(w) {
			questions = append(questions, a.Question)
		}
		return questions
	}
	w.same("all", asked(bot.AnswerFilter{}), []string{"c2", "d1", "c1", "e1"})
	w.same("since noon", asked(bot.AnswerFilter{Since: noon}), []string{"c2", "d1", "c1"})
	w.same("the newest", asked(bot.AnswerFilter{Limit: 2}), []string{"c2", "d1"})
	w.same("since later", len(asked(bot.AnswerFilter{Since: noon.Add(2 * time.Hour)})), 0)

	// A verdict changes nothing of what was said, and comes again.
	judged := must(w.Answer(ctx, "c", 3))(w)
	w.same("the answer", judged.Question, "c2")
	for _, verdict := range []string{"no", "yes"} {
		turn := say(c, "it is "+verdict, "")
		judged.Verdict, judged.Judged = verdict, noon.Add(3*time.Hour)
		turn.Answers = []bot.Answered{judged}
		w.commit(turn)
		c = committed(turn)
		w.same("judged", must(w.Answer(ctx, "c", 3))(w), judged)
	}
	w.same("all", asked(bot.AnswerFilter{}), []string{"c2", "d1", "c1", "e1"})

	// What is refused leaves nothing behind, and an answer stands at a message of its conversation.
	stale := quote(c, "stale", noon)
	stale.Conversation.Version--
	w.refused(stale, bot.ErrConflict)
	for what, change := range map[string]func(*bot.Answered){
		"another's":   func(a *bot.Answered) { a.ConversationID = "d" },
		"no message":  func(a *bot.Answered) { a.Seq = 0 },
		"a later one": func(a *bot.Answered) { a.Seq = 99 },
	} {
		turn := quote(c, what, noon)
		change(&turn.Answers[0])
		if err := w.Commit(ctx, turn); err == nil || errors.Is(err, bot.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.same("all", asked(bot.AnswerFilter{}), []string{"c2", "d1", "c1", "e1"})

	got, err := w.Forget(ctx, "c")
	w.same("forgotten", must(got, err)(w), bot.Forgotten{Messages: 5, Answers: 2, Contact: true})
	w.same("after one is forgotten", asked(bot.AnswerFilter{}), []string{"d1", "e1"})
}
