package store

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/bot"
)

const (
	allAnswers = `
SELECT conversation_id, seq, question, lang, audience, article, section, aside, score, asked_at, verdict, judged_at
FROM answers`

	answerSQL = allAnswers + `
WHERE conversation_id = $1 AND seq = $2`

	answersSQL = allAnswers + `
WHERE asked_at >= $1
ORDER BY asked_at DESC, conversation_id DESC, seq DESC
LIMIT $2`

	// What was said once stays; only what people think of it is changed.
	putAnswerSQL = `
INSERT INTO answers (conversation_id, seq, question, lang, audience, article, section, aside, score, asked_at, verdict, judged_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (conversation_id, seq) DO UPDATE SET verdict = excluded.verdict, judged_at = excluded.judged_at`
)

// Answer gives what the knowledge base said at a message of a conversation.
func (db *DB) Answer(ctx context.Context, conversationID string, seq int64) (bot.Answered, error) {
	a, err := scanAnswer(db.read.QueryRowContext(ctx, answerSQL, conversationID, seq))
	if err != nil {
		return bot.Answered{}, fmt.Errorf("store: answer at message %d of conversation %s: %w", seq, conversationID, found(err))
	}
	return a, nil
}

// Answers gives what the knowledge base was asked, the newest first.
func (db *DB) Answers(ctx context.Context, f bot.AnswerFilter) ([]bot.Answered, error) {
	rows, err := db.read.QueryContext(ctx, answersSQL, millis(f.Since), noLimit(f.Limit))
	list, err := collect(rows, err, scanAnswer)
	if err != nil {
		return nil, fmt.Errorf("store: answers: %w", err)
	}
	return list, nil
}

func putAnswer(tx *tx, a bot.Answered) error {
	_, err := tx.exec(putAnswerSQL, a.ConversationID, a.Seq, a.Question, a.Lang, a.Audience,
		a.Article, a.Section, number(a.Aside), a.Score, millis(a.Asked), a.Verdict, optional(a.Judged))
	return err
}

func scanAnswer(r row) (bot.Answered, error) {
	var a bot.Answered
	var aside, asked int64
	var judged sql.Null[int64]
	err := r.Scan(&a.ConversationID, &a.Seq, &a.Question, &a.Lang, &a.Audience,
		&a.Article, &a.Section, &aside, &a.Score, &asked, &a.Verdict, &judged)
	a.Aside, a.Asked, a.Judged = aside != 0, moment(asked), momentOrZero(judged)
	return a, err
}
