-- +goose Up

-- The version of the decision trees a conversation is on, so that one can ask who is on it.
ALTER TABLE conversations ADD COLUMN book TEXT NOT NULL DEFAULT '';

-- A session begins with {"version":"…", 24 letters long; the two databases have no function
-- for JSON in common.
UPDATE conversations SET book = substr(session, 13, 24);

CREATE INDEX conversations_book ON conversations (book, status, updated_at);
