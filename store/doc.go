// Package store keeps conversations in a database. It knows how to keep them, not what
// they mean: the rules are in package bot, whose [bot.Store] it implements, and what every
// store owes its callers is checked by package storetest.
//
// # What is kept
//
// Contacts, conversations, messages, pictures, what the knowledge base was asked, tickets with their
// notes, deliveries, the versions of the decision trees that a conversation was begun with, and for
// a day what a channel was given from outside. A conversation's session, a message's
// choices, a ticket's case and a tree's files are read whole and never searched, so each is one
// column of JSON. A picture hangs on its message, and its image is read only by who asks for
// it. A conversation keeps its contact, channel, address and time of creation
// for life; a ticket its number, conversation, contact and time of creation.
//
// Forgetting a conversation deletes every row about it, and what was deleted is overwritten in
// the file. The log that SQLite keeps beside the file, and backups, hold it until they are
// replaced themselves.
//
// # How it is written
//
// One goroutine owns the only connection that writes. It takes the turns that are waiting,
// commits them as one transaction and only then answers: with one disk flush for all of
// them. It never waits for more to come, so a turn alone costs what it always did. When one
// turn of a group fails, all are rolled back and run again one by one, so that each gets
// its own result and nobody is told of a commit that did not happen.
//
// Reads use a second pool, which cannot write. They see what is committed, and wait for
// nobody.
//
// # The SQL that is used
//
// PostgreSQL is to pass the same suite, so statements and migrations keep to what both
// databases read the same way:
//
//   - Parameters are $1, $2 … in order of first use. SQLite takes $1 for a name, and
//     numbers names as they appear.
//   - Ids are TEXT. Numbers are BIGINT. Times are milliseconds since 1970 in a BIGINT; a
//     time that may be absent is NULL then. JSON is TEXT, yes and no a BIGINT, bytes are BYTEA,
//     a name that SQLite takes for a number and therefore leaves bytes as they are.
//   - INSERT … ON CONFLICT, partial indexes, row values, LIMIT. No INSERT OR REPLACE, no rowid, no
//     AUTOINCREMENT, no jsonb, no double-quoted strings, no date functions.
//   - A condition that is to use a partial index repeats the index's condition as written;
//     a parameter in its place hides it from the planner.
//
// What cannot be the same is a field of dialect.
//
// # To add a migration
//
// Put the next number into migrations: 00002_what_it_does.sql, beginning with
// "-- +goose Up". The migrations are the only truth about the schema; one that has been
// released is never edited. A new column needs a default, or its value for the rows that
// are there; then add it to the column list, the scan and the statement that writes it, in
// the file of its table. The suite's "every field" test fails until all of them know it.
// There is no way down: go back by restoring a backup. A database that a newer program has
// migrated is refused.
//
// # Traps
//
//   - The driver's default is synchronous=NORMAL in WAL mode, which loses the last commits
//     when the power fails. Options must be in the DSN: a PRAGMA configures the one
//     connection it happens to run on. Open checks what came of them.
//   - A deferred transaction that reads first and writes later fails at once when somebody
//     else wrote in between, whatever the busy timeout. All ours begin immediate.
//   - The driver ignores the context while it waits for another process's lock. The
//     context is honoured while queueing for the writer instead.
//   - The only writing connection is busy inside a transaction: anything that asks the pool
//     for it there waits for itself.
//   - Closing any descriptor of a file drops the locks this process holds on it. Nothing
//     but SQLite may open a database that is open.
//   - WAL needs shared memory: the file cannot be on a network drive.
package store
