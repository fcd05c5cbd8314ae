// Package storetest is what every [bot.Store] has to pass. It speaks only through the
// interface, sleeps nowhere, and gives every store its times, so that the same test passes
// on a file, on a server, and on a slow machine.
package storetest

import (
	"testing"

	"latchkey/bot"
)

// Run tests a store. Each test is a world of its own: open gives the store of the test it
// is called with, empty at first, and a second call for the same test gives another store
// over the same data, as another process would see it. open closes its stores when the
// test ends; the suite may have closed them before.
func Run(t *testing.T, open func(t *testing.T) bot.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, world)
	}{
		{"every field comes back, also after reopening", everyField},
		{"what is not there is not found", notFound},
		{"any text comes back as it was", anyText},
		{"times are kept to the millisecond", times},
		{"an address leads to its newest conversation", newest},
		{"a known contact is changed", contactChanges},

		{"a turn thought on an old version is a conflict", oldVersion},
		{"two who begin at once do not both begin", beginAtOnce},
		{"a change of what is not there is a conflict", changeOfNothing},
		{"a broken turn is an error, not a conflict", brokenTurns},
		{"a repeated message is a duplicate", duplicates},
		{"part of the log", window},
		{"many write to one log and it has no gap", oneLog},
		{"a bad turn does not fail its neighbours", neighbours},
		{"silence is noticed in order", due},
		{"a picture hangs on its message", pictures},
		{"ratings are listed, newest first", ratings},
		{"all conversations are gone through, page by page", pages},
		{"answers are listed, newest first", answers},

		{"a forgotten conversation leaves nothing", forgotten},
		{"what is another's is not forgotten", othersStay},
		{"nothing is added to what was forgotten", lateTurns},
		{"many write while one forgets", forgetRace},

		{"a contact has one open ticket for a problem", oneOpenTicket},
		{"ticket numbers are not given twice", ticketNumbers},
		{"a ticket is changed", ticketChanges},
		{"tickets are listed, newest first", ticketList},
		{"a ticket has a version of its own", ticketVersions},
		{"a person has one open ticket for a problem", persons},
		{"what an agent said is changed in its place", changedMessages},
		{"notes stand beside the log", notes},
		{"what is delivered and seen goes forwards", marks},
		{"unseen words are looked after in order", unmailed},
		{"what is not read yet is found in order, and read once", unread},

		{"a delivery that is there is left alone", deliveryTwice},
		{"deliveries are claimed in order, and again when the lease is over", claims},
		{"no delivery is claimed twice", claimedOnce},
		{"a delivery ends once", finishing},
		{"a lost lease has no say", lostLease},
		{"a lane leaves in order", lanes},
		{"many write and send, and each lane leaves in order", lanesAtOnce},
		{"receipts lead back", receipts},
		{"transcripts are counted", transcripts},
		{"an event is accepted once", inbox},

		{"books are kept by version", books},
		{"books say who is on them", booksInUse},
		{"books nobody needs are pruned", prunedBooks},
		{"who does not wait gets nothing done", cancelled},
		{"a closed store says so", closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			test(t, open, c.test)
		})
	}
}

func test(t *testing.T, open func(t *testing.T) bot.Store, run func(*testing.T, world)) {
	again := func() bot.Store { return open(t) }
	run(t, world{T: t, Store: again(), again: again})
}
