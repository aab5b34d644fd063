package segue

import (
	"context"
	"errors"
	"fmt"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/server"
)

// Rows is a statement's result, read row by row. It holds its transaction open until it is read to the
// end or closed.
type Rows struct {
	ctx         context.Context
	session     *server.Session
	portal      *server.Portal
	ownsSession bool

	batch    *datum.Batch
	row      int
	err      error
	ended    bool
	affected int64
}

// openRows prepares and runs a statement on a session.
func openRows(ctx context.Context, s *server.Session, query string, args []any) (*Rows, error) {
	s.Working(query)
	st, err := s.Prepare(ctx, "", query, nil)
	if err != nil {
		return nil, s.Fail(err)
	}
	return runStatement(ctx, s, st, args)
}

// runStatement runs a prepared statement up to its first batch of rows, so that a statement without any
// has done its work.
func runStatement(ctx context.Context, s *server.Session, st *server.Statement, args []any) (*Rows, error) {
	s.Working(st.Text())
	params, err := parameters(s, st.ParameterTypes(), args)
	if err != nil {
		return nil, s.Fail(err)
	}
	p, err := s.Open(ctx, st, params)
	if err != nil {
		return nil, s.Fail(err)
	}
	if p.CopyFrom() != nil || p.CopyTo() != nil {
		p.Close()
		return nil, s.Fail(sqlstate.New(sqlstate.WrongObjectType, "run COPY with CopyFrom or CopyTo"))
	}
	r := &Rows{ctx: ctx, session: s, portal: p, row: -1}
	r.fetch()
	if r.err != nil {
		return nil, r.err
	}
	return r, nil
}

// fetch gets the next batch; at the end the implicit transaction commits.
func (r *Rows) fetch() {
	r.row = -1
	r.batch, r.err = r.portal.Next(r.ctx)
	if r.err != nil {
		r.ended = true
		r.err = r.session.Fail(r.err)
		return
	}
	if r.batch == nil {
		r.ended = true
		r.affected = r.portal.Rows()
		r.err = r.session.EndImplicit(r.ctx)
		r.session.Resting()
	}
}

// Columns are the names of the result's columns.
func (r *Rows) Columns() []string {
	names := make([]string, len(r.portal.Columns()))
	for i, c := range r.portal.Columns() {
		names[i] = c.Name
	}
	return names
}

func (r *Rows) columns() []plan.Column { return r.portal.Columns() }

// Next moves to the next row; false at the end and after an error.
func (r *Rows) Next() bool {
	for !r.ended {
		if r.row+1 < r.batch.Rows {
			r.row++
			return true
		}
		r.fetch()
	}
	return false
}

// Err is the error that ended the rows early, if any.
func (r *Rows) Err() error { return r.err }

// Close ends the statement; what it has not read is not read any more. Its transaction commits.
func (r *Rows) Close() error {
	var err error
	if !r.ended {
		r.ended = true
		r.portal.Close()
		err = r.session.EndImplicit(r.ctx)
	}
	if r.ownsSession {
		r.ownsSession = false
		r.session.Close()
	}
	return err
}

// Values returns the row at hand: nil, bool, int64, float64, string, []byte, time.Time, or []float32 for a
// vector. Values of other types are strings in Postgres's text form.
func (r *Rows) Values() []any {
	out := make([]any, len(r.batch.Cols))
	for i, c := range r.batch.Cols {
		out[i] = goValue(r.session, c.Type, c.Get(r.row))
	}
	return out
}

// Scan copies the row at hand into pointers: to any of the types of Values, to integers and float32 where the
// value fits, or to any. NULL fits *any and pointers to pointers.
func (r *Rows) Scan(dest ...any) error {
	if len(dest) != len(r.batch.Cols) {
		return fmt.Errorf("segue: Scan of %d columns into %d destinations", len(r.batch.Cols), len(dest))
	}
	for i, d := range dest {
		c := r.batch.Cols[i]
		v := c.Get(r.row)
		if assignDatum(d, c.Type, v) {
			continue
		}
		if err := assign(d, goValue(r.session, c.Type, v)); err != nil {
			return fmt.Errorf("segue: Scan of column %q: %w", r.portal.Columns()[i].Name, err)
		}
	}
	return nil
}

var errNull = errors.New("the value is NULL")
