-- +goose Up

-- Who the page says a contact is.
ALTER TABLE contacts ADD COLUMN identity TEXT NOT NULL DEFAULT '{}';

-- What the contact thinks of the help. rated_at is NULL until they have said so.
ALTER TABLE conversations ADD COLUMN rated_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN rated_helpful BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN rated_comment TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN rated_at BIGINT;

CREATE INDEX conversations_rated ON conversations (rated_at, id)
    WHERE rated_at IS NOT NULL;

-- The images beside the log. The data comes last: what is read without it does not touch it.
CREATE TABLE pictures (
    id              TEXT   NOT NULL PRIMARY KEY,
    conversation_id TEXT   NOT NULL,
    seq             BIGINT NOT NULL,
    details         TEXT   NOT NULL,
    data            BYTEA  NOT NULL,
    UNIQUE (conversation_id, seq),
    FOREIGN KEY (conversation_id, seq) REFERENCES messages (conversation_id, seq)
);

-- How many transcripts an address was sent, however it was written.
CREATE INDEX deliveries_transcripts ON deliveries (lower(address), created_at)
    WHERE kind = 'transcript';

-- All that hangs on a conversation or a contact, for forgetting it. A deletion also looks
-- there for rows that would be left without what they belong to.
CREATE INDEX deliveries_conversation ON deliveries (conversation_id);

CREATE INDEX tickets_conversation ON tickets (conversation_id);

CREATE INDEX tickets_contact ON tickets (contact_id);

CREATE INDEX conversations_contact ON conversations (contact_id);

-- The last number of a ticket that was forgotten: the team still has it in its mail, and it
-- must not come to mean somebody else.
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
