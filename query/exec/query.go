package exec

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Env is what a statement runs in.
type Env struct {
	Relations Relations
	Embedder  Embedder
	Session   Session
	Params    []datum.Datum
	// CopyIn is the raw COPY data of a plan.CopyFrom.
	CopyIn io.Reader
	// CopyOut gets one Write a row of a plan.CopyTo, header and trailer apart.
	CopyOut io.Writer
	// Progress is told COPY's progress so far; it may be nil. Calls come one at a time.
	Progress func(CopyProgress)
	// WorkMemBytes bounds what a sort, a hash table or a materialised result may hold: beyond it they go on in temporary
	// files. What cannot fails with 53200 beyond heldBytes. 0 is no bound.
	WorkMemBytes int64
	// Temp is where temporary files go; nil is the system's directory.
	Temp *TempSpace
	// Routines runs users' functions; without it there are none.
	Routines Routines
	// EndTransaction commits, or rolls back, the transaction that a procedure or a DO block called on its own runs in,
	// begins the next and gives its relations; nil for everything else.
	EndTransaction func(ctx context.Context, rollback, chain bool) (Relations, error)
	// Results is told the columns of each result that a statement has beside its own, which are those of queries in rules,
	// and gives what takes its rows; where it is nil they are dropped.
	Results func(columns []plan.Column) (rows func(*datum.Batch) error, err error)
	// Transitions are the transition tables of the trigger whose function the statement is in.
	Transitions []Transition
	// Event is what the event trigger whose function the statement is in is told; nil outside one.
	Event    *builtin.Event
	triggers int // whose functions are under way
	depth    int // of functions that called each other
	// Planning is how long parsing and planning took, for EXPLAIN's summary.
	Planning time.Duration
}

// Query is a statement under way. It belongs to one goroutine at a time.
type Query struct {
	run    running
	fn     builtin.Env
	exprs  eval.Context
	root   operator
	opened bool
	done   bool
	events *commandEvents // nil where no event trigger could fire
	// settled are all rows of a statement with data-modifying WITH queries, given from row at on.
	settled *Spool
	at      int
}

// Run prepares a plan for running; nothing is read or written before the first Next. The Query must
// be closed.
func Run(ctx context.Context, p *plan.Plan, env *Env) (*Query, error) {
	q := &Query{}
	q.start(ctx, p, env)
	r := &q.run
	if modifies(p) {
		r.touched = touchedRows{}
	}
	if p.Root == nil {
		return nil, sqlstate.New(sqlstate.InternalError, "the statement has no plan to run")
	}
	root, err := r.build(p.Root)
	if err != nil {
		r.close()
		return nil, eval.Cause(err)
	}
	q.root, q.events = root, r.events()
	return q, nil
}

// Next returns the next rows, nil at the end. The batch is valid until the next call.
func (q *Query) Next(ctx context.Context) (*datum.Batch, error) {
	if q.done {
		return nil, nil
	}
	b, err := q.next(ctx)
	if err != nil || b == nil {
		q.done = true
	}
	if err != nil {
		return nil, outcome(ctx, err)
	}
	return b, nil
}

func (q *Query) next(ctx context.Context) (*datum.Batch, error) {
	q.run.exprs.Fn.Ctx = ctx
	if !q.opened {
		q.opened = true
		if q.events != nil {
			if err := q.events.begin(ctx); err != nil {
				return nil, err
			}
		}
		if err := q.root.Open(ctx); err != nil {
			return nil, err
		}
	}
	b, err := q.rows(ctx)
	if err != nil || b != nil {
		return b, err
	}
	if err := q.run.referential(ctx); err != nil {
		return nil, err
	}
	if len(q.run.after) > 0 {
		if err := q.run.fireAfter(ctx); err != nil {
			return nil, err
		}
	}
	if q.events != nil {
		return nil, q.events.end(ctx)
	}
	return nil, nil
}

// rows gives the root's rows, after everything else has run where the statement has several writing parts.
func (q *Query) rows(ctx context.Context) (*datum.Batch, error) {
	if q.run.touched == nil {
		return q.root.Next(ctx)
	}
	if err := q.settle(ctx); err != nil {
		return nil, err
	}
	b, err := q.settled.Chunk(q.at)
	if b != nil {
		q.at += b.Rows
	}
	return b, err
}

// RowsAffected is the count of the command tag: rows written or copied so far. For a query that
// returns rows the caller counts them.
func (q *Query) RowsAffected() int64 { return q.run.affected }

// Close releases everything. It may be called more than once.
func (q *Query) Close() {
	if q.root != nil && q.opened {
		q.root.Close()
	}
	q.root, q.done = nil, true
	q.run.close()
}

// outcome is an error as a session sees it: without its row, and a cancellation in SQL's words.
func outcome(ctx context.Context, err error) error {
	err = eval.Cause(err)
	var sql *sqlstate.Error
	if ctx.Err() == nil || errors.As(err, &sql) {
		return err
	}
	if errors.As(context.Cause(ctx), &sql) {
		return sql
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause // the session's own: a shutdown is no cancel request
	}
	return sqlstate.Wrap(err, sqlstate.QueryCanceled, "canceling statement due to user request")
}
