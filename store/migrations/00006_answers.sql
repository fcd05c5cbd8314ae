-- +goose Up

-- What the knowledge base was asked, what it said at which message, and whether that helped.
-- judged_at is NULL until somebody has said so.
CREATE TABLE answers (
    conversation_id TEXT   NOT NULL,
    seq             BIGINT NOT NULL,
    question        TEXT   NOT NULL,
    lang            TEXT   NOT NULL,
    audience        TEXT   NOT NULL,
    article         TEXT   NOT NULL,
    section         TEXT   NOT NULL,
    aside           BIGINT NOT NULL,
    score           DOUBLE PRECISION NOT NULL,
    asked_at        BIGINT NOT NULL,
    verdict         TEXT   NOT NULL,
    judged_at       BIGINT,
    PRIMARY KEY (conversation_id, seq),
    FOREIGN KEY (conversation_id, seq) REFERENCES messages (conversation_id, seq)
);

CREATE INDEX answers_asked ON answers (asked_at, conversation_id, seq);
