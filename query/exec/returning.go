package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// writeStatement is a statement that does all its work in the first Next and then gives the rows
// that RETURNING asked for.
type writeStatement struct {
	work      func(ctx context.Context) error
	close     func()
	returning []*eval.Expr
	rows      *Spool
	done      bool
	next      int
	r         *running
	uncounted bool
}

func (r *running) writeStatement(returning []plan.Expr) (*writeStatement, error) {
	exprs, err := eval.CompileAll(returning, r.exprs)
	return &writeStatement{returning: exprs, rows: r.spool(exprTypes(returning)), close: func() {},
		r: r, uncounted: r.uncounted}, err
}

// count adds to the command tag's number, which is of the statement proper and not of its WITH queries.
func (w *writeStatement) count(rows int) {
	if !w.uncounted {
		w.r.affected += int64(rows)
	}
}

// wrote keeps what RETURNING makes of rows just written.
func (w *writeStatement) wrote(rows *datum.Batch) error {
	if len(w.returning) == 0 || rows.Rows == 0 {
		return nil
	}
	cols, err := evalAll(w.returning, rows)
	if err != nil {
		return err
	}
	return w.rows.addColumns(cols, rows.Rows)
}

func (w *writeStatement) Open(context.Context) error { return nil }
func (w *writeStatement) Close()                     { w.close() }

func (w *writeStatement) Next(ctx context.Context) (*datum.Batch, error) {
	if !w.done {
		w.done = true
		if err := w.work(ctx); err != nil {
			return nil, err
		}
	}
	if len(w.returning) == 0 {
		return nil, nil
	}
	b, err := w.rows.Chunk(w.next)
	if b != nil {
		w.next += b.Rows
	}
	return b, err
}
