-- +goose Up

-- One human over several conversations.
ALTER TABLE contacts ADD COLUMN person TEXT NOT NULL DEFAULT '';

-- How far what agents say has come, and when to look for what nobody has seen.
ALTER TABLE conversations ADD COLUMN delivered_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN seen_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN mailed_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN mail_at BIGINT;

CREATE INDEX conversations_mail ON conversations (mail_at, id)
    WHERE mail_at IS NOT NULL;

-- Who speaks for the team, and what became of it.
ALTER TABLE messages ADD COLUMN agent TEXT NOT NULL DEFAULT '{}';
ALTER TABLE messages ADD COLUMN edited_at BIGINT;
ALTER TABLE messages ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN ref_seq BIGINT NOT NULL DEFAULT 0;

-- The ids of two channels are no business of each other: the contact's and the team's.
DROP INDEX messages_external;

CREATE UNIQUE INDEX messages_external ON messages (conversation_id, sender, external_id)
    WHERE external_id <> '';

-- What an agent says is said once on a ticket, in whichever conversation.
CREATE UNIQUE INDEX messages_replies ON messages (ticket_number, external_id)
    WHERE sender = 'agent' AND external_id <> '';

ALTER TABLE tickets ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN answer_id TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN agent TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tickets ADD COLUMN taken_at BIGINT;
ALTER TABLE tickets ADD COLUMN waiting_since BIGINT;
ALTER TABLE tickets ADD COLUMN resolution TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tickets ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

UPDATE tickets SET answer_id = conversation_id;

-- Nobody of the team has spoken in the log so far.
UPDATE tickets SET waiting_since = created_at WHERE status = 'open';

CREATE INDEX tickets_person ON tickets (person, number)
    WHERE person <> '';

-- One ticket is open for each problem of a person.
CREATE UNIQUE INDEX tickets_open_person ON tickets (person, problem)
    WHERE status = 'open' AND person <> '';

CREATE TABLE notes (
    id          TEXT   NOT NULL PRIMARY KEY,
    ticket_id   TEXT   NOT NULL REFERENCES tickets (id),
    external_id TEXT   NOT NULL,
    agent       TEXT   NOT NULL,
    event       TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    written_at  BIGINT NOT NULL
);

CREATE INDEX notes_ticket ON notes (ticket_id, written_at, id);

CREATE UNIQUE INDEX notes_external ON notes (ticket_id, external_id)
    WHERE external_id <> '';

-- Deliveries leave one after the other in their lane, in the order of their places.
ALTER TABLE deliveries ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN ref TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;

UPDATE deliveries SET lane = channel || '/ticket/' || ticket_id WHERE ticket_id IS NOT NULL;

UPDATE deliveries SET lane = channel || '/conversation/' || conversation_id WHERE ticket_id IS NULL;

CREATE INDEX deliveries_numbering ON deliveries (lane, created_at, id);

UPDATE deliveries SET place = (
    SELECT COUNT(*) FROM deliveries e
    WHERE e.lane = deliveries.lane AND (e.created_at, e.id) <= (deliveries.created_at, deliveries.id)
);

DROP INDEX deliveries_numbering;

CREATE UNIQUE INDEX deliveries_lane ON deliveries (lane, place);

CREATE INDEX deliveries_lane_due ON deliveries (lane, place)
    WHERE status = 'due';

CREATE INDEX deliveries_receipt ON deliveries (channel, receipt, created_at, id)
    WHERE receipt <> '';

-- What came from outside. The payload goes when it is handled; the key stays for a while, to know
-- what comes again.
CREATE TABLE accepted (
    key         TEXT   NOT NULL PRIMARY KEY,
    place       BIGINT NOT NULL UNIQUE,
    payload     BYTEA  NOT NULL,
    accepted_at BIGINT NOT NULL,
    handled     BIGINT NOT NULL
);

CREATE INDEX accepted_waiting ON accepted (place)
    WHERE handled = 0;

CREATE INDEX accepted_old ON accepted (accepted_at);
