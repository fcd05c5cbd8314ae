package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/bot"
)

var errClosed = errors.New("the store is closed")

// job is one thing to be written. It may run more than once; only what the last run did
// is kept.
type job struct {
	run    func(*tx) error
	result chan error
}

// writer owns the connection that writes. One goroutine takes the jobs that are waiting
// and commits them together.
type writer struct {
	db     *sql.DB
	unique func(error) bool
	group  int
	// prepared are the statements met so far. There are about twenty texts in all.
	prepared map[string]*sql.Stmt

	// queue has no room: who waits in it has not been taken, and may still go away.
	queue chan job
	stop  chan struct{}
	done  chan struct{}
}

func newWriter(db *sql.DB, unique func(error) bool, group int) *writer {
	return &writer{
		db:       db,
		unique:   unique,
		group:    group,
		prepared: map[string]*sql.Stmt{},
		queue:    make(chan job),
		stop:     make(chan struct{}),
		done:     make(chan struct{}),
	}
}

// write has a job done and gives its result. The context counts while the job waits; once
// it is taken it belongs to a group, and its result is worth waiting for.
func (w *writer) write(ctx context.Context, run func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := job{run: run, result: make(chan error, 1)}
	select {
	case w.queue <- j:
		return <-j.result
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return errClosed
	}
}

// close lets the group at work finish.
func (w *writer) close() error {
	close(w.stop)
	<-w.done
	return w.db.Close()
}

func (w *writer) work() {
	defer close(w.done)
	for {
		select {
		case first := <-w.queue:
			w.settle(w.gather(first))
		case <-w.stop:
			return
		}
	}
}

// gather takes the jobs that wait already. It does not wait for more: whoever comes while
// a group is flushed to disk makes up the next one.
func (w *writer) gather(first job) []job {
	jobs := []job{first}
	for len(jobs) < w.group {
		select {
		case j := <-w.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// settle commits jobs together, or one by one if one of them fails. No result is given
// before its commit: a job refused because of another in its group is refused for nothing
// when that one is rolled back.
func (w *writer) settle(jobs []job) {
	err := w.transact(jobs)
	if _, failed := errors.AsType[*jobError](err); failed && len(jobs) > 1 {
		for _, j := range jobs {
			j.result <- w.explain(w.transact([]job{j}))
		}
		return
	}
	for _, j := range jobs {
		j.result <- w.explain(err)
	}
}

// jobError is the failure of a job, as opposed to one of the transaction around it.
type jobError struct{ error }

func (e *jobError) Unwrap() error { return e.error }

// transact runs jobs in one transaction.
func (w *writer) transact(jobs []job) error {
	// No caller's context: one who goes away would take the others' commit along.
	sqlTx, err := w.db.BeginTx(context.Background(), nil)
	if err != nil {
		return fmt.Errorf("begin: %w", advise(err))
	}
	t := &tx{Tx: sqlTx, prepared: w.prepared}
	defer func() { w.prepare(t.met) }()

	for _, j := range jobs {
		if err := j.run(t); err != nil {
			// Where the database has rolled back by itself this fails, and changes nothing.
			_ = sqlTx.Rollback()
			return &jobError{err}
		}
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// explain turns a second row with the same key into what the caller can do about it.
func (w *writer) explain(err error) error {
	if w.unique(err) {
		return fmt.Errorf("%w: %w", bot.ErrConflict, err)
	}
	return err
}

// prepare keeps statements for the next transactions. It cannot be done inside one, which
// holds the only connection.
func (w *writer) prepare(queries []string) {
	for _, q := range queries {
		// A statement that does not prepare has failed in its transaction, and says there why.
		if s, err := w.db.PrepareContext(context.Background(), q); err == nil {
			w.prepared[q] = s
		}
	}
}
