package store

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/bot"
)

// row is what a *sql.Row and *sql.Rows have in common.
type row interface{ Scan(dest ...any) error }

// found turns the driver's "no rows" into ours.
func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return bot.ErrNotFound
	}
	return err
}

// collect reads all rows of a query, as they come.
func collect[T any](rows *sql.Rows, err error, scan func(row) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func millis(t time.Time) int64 { return t.UnixMilli() }

// moment also gives the zero time back: it has a number of milliseconds like any other.
func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// optional makes a NULL of the zero time, so that "not set" sorts before no date and
// stays out of the partial indexes.
func optional(t time.Time) sql.Null[int64] {
	if t.IsZero() {
		return sql.Null[int64]{}
	}
	return sql.Null[int64]{V: millis(t), Valid: true}
}

func momentOrZero(ms sql.Null[int64]) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return moment(ms.V)
}

// number makes a number of yes and no: PostgreSQL tells the two kinds of columns apart.
func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// jsonColumn stores a value as JSON text, and reads it from there.
type jsonColumn[T any] struct{ v *T }

func asJSON[T any](v *T) jsonColumn[T] { return jsonColumn[T]{v} }

// Value gives the text to store.
func (c jsonColumn[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(c.v)
	return string(text), err
}

// Scan reads a stored text.
func (c jsonColumn[T]) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON column holds %T, not text", src)
	}
	return json.Unmarshal([]byte(text), c.v)
}
