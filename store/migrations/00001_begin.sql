-- +goose Up

CREATE TABLE contacts (
    id         TEXT   NOT NULL PRIMARY KEY,
    channel    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    lang       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (channel, address)
);

CREATE TABLE conversations (
    id         TEXT   NOT NULL PRIMARY KEY,
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    channel    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    status     TEXT   NOT NULL,
    session    TEXT   NOT NULL,
    last_seq   BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    ticket_id  TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    due_at     BIGINT
);

CREATE INDEX conversations_newest ON conversations (channel, address, created_at, id);

CREATE INDEX conversations_due ON conversations (due_at, id)
    WHERE status = 'bot' AND due_at IS NOT NULL;

CREATE TABLE messages (
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    seq             BIGINT NOT NULL,
    external_id     TEXT   NOT NULL,
    sender          TEXT   NOT NULL,
    body            TEXT   NOT NULL,
    choices         TEXT   NOT NULL,
    move            TEXT   NOT NULL,
    event           TEXT   NOT NULL,
    ticket_number   BIGINT NOT NULL,
    sent_at         BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);

CREATE UNIQUE INDEX messages_external ON messages (conversation_id, external_id)
    WHERE external_id <> '';

CREATE TABLE tickets (
    id              TEXT   NOT NULL PRIMARY KEY,
    number          BIGINT NOT NULL UNIQUE,
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    contact_id      TEXT   NOT NULL REFERENCES contacts (id),
    queue           TEXT   NOT NULL,
    problem         TEXT   NOT NULL,
    status          TEXT   NOT NULL,
    details         TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);

-- One ticket is open for each problem of a contact.
CREATE UNIQUE INDEX tickets_open ON tickets (contact_id, problem)
    WHERE status = 'open';

CREATE INDEX tickets_status ON tickets (status, number);

CREATE INDEX tickets_queue ON tickets (queue, number);

CREATE TABLE deliveries (
    id              TEXT   NOT NULL PRIMARY KEY,
    channel         TEXT   NOT NULL,
    address         TEXT   NOT NULL,
    kind            TEXT   NOT NULL,
    ticket_id       TEXT   REFERENCES tickets (id),
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    after_seq       BIGINT NOT NULL,
    up_to_seq       BIGINT NOT NULL,
    status          TEXT   NOT NULL,
    attempts        BIGINT NOT NULL,
    next_at         BIGINT,
    last_error      TEXT   NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE INDEX deliveries_due ON deliveries (next_at, created_at, id)
    WHERE status = 'due';

CREATE INDEX deliveries_ticket ON deliveries (ticket_id, created_at, id);

CREATE TABLE books (
    version  TEXT   NOT NULL PRIMARY KEY,
    files    TEXT   NOT NULL,
    saved_at BIGINT NOT NULL
);
