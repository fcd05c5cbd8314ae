package store

import "github.com/pressly/goose/v3"

// dialect is all in which one database differs from another.
type dialect struct {
	// goose is the dialect's name in the migration library.
	goose goose.Dialect
	// skipLocked ends a SELECT that picks rows to claim, so that claimants on several
	// connections pass each other by.
	skipLocked string
	// unique says whether an error is the refusal of a second row with the same key.
	unique func(error) bool
}
