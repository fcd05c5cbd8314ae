package store

import (
	"context"
	"database/sql"
	"slices"
)

// tx is the transaction of a group. Its statements are prepared from the second
// transaction on.
type tx struct {
	*sql.Tx
	prepared map[string]*sql.Stmt
	// met are the statements that were not prepared.
	met []string
}

// statement gives the prepared statement of a query, or notes that there is none yet.
func (t *tx) statement(query string) *sql.Stmt {
	if s := t.prepared[query]; s != nil {
		return t.Stmt(s)
	}
	if !slices.Contains(t.met, query) {
		t.met = append(t.met, query)
	}
	return nil
}

// exec runs a statement and says how many rows it touched.
func (t *tx) exec(query string, args ...any) (int64, error) {
	var res sql.Result
	var err error
	if s := t.statement(query); s != nil {
		res, err = s.ExecContext(context.Background(), args...)
	} else {
		res, err = t.ExecContext(context.Background(), query, args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// query reads rows, which must be closed before the next statement.
func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	if s := t.statement(query); s != nil {
		return s.QueryContext(context.Background(), args...)
	}
	return t.QueryContext(context.Background(), query, args...)
}
