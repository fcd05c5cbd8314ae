-- +goose Up

-- The message that was stored before it was read, and since when it waits.
ALTER TABLE conversations ADD COLUMN unread_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN unread_at BIGINT;

CREATE INDEX conversations_unread ON conversations (unread_at, id)
    WHERE unread_at IS NOT NULL;
