package server

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// fetching is a FETCH or MOVE under way. It follows PostgreSQL's DoPortalRunFetch step by step, for where a cursor stands
// after moving beyond an end is no more obvious than that.
type fetching struct {
	c       *cursor
	move    bool
	forward bool
	left    int64 // parse.FetchAll for all
	done    bool
	rows    int64
}

// fetch moves a cursor to where the rows wanted begin.
func (s *Session) fetch(ctx context.Context, n *parse.FetchStmt) (*fetching, error) {
	c, err := s.cursorOf(n.Name)
	if err != nil {
		return nil, err
	}
	f := &fetching{c: c, move: n.Move, forward: true, left: n.Count}
	switch n.Direction {
	case parse.FetchForward, parse.FetchBackward:
		f.forward = (n.Direction == parse.FetchForward) == (n.Count >= 0)
		f.left = abs(n.Count)
	case parse.FetchAbsolute:
		return f, f.absolute(ctx, n.Count)
	case parse.FetchRelative:
		return f, f.relative(ctx, n.Count)
	}
	return f, f.begin(ctx)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// take is Execute of a declared cursor: it goes on from where FETCH left off, and that from where it does.
func (c *cursor) take(ctx context.Context, limit int) (*datum.Batch, error) {
	p := c.portal
	ctx, cancel := p.session.withTimeout(ctx)
	defer cancel()
	f := &fetching{c: c, forward: true, left: int64(limit)}
	if limit == 0 {
		f.left = parse.FetchAll
	}
	b, err := f.next(ctx)
	if b == nil || err != nil {
		return nil, p.statement.locate(timedOut(ctx, err))
	}
	p.rows += int64(b.Rows)
	return &datum.Batch{Rows: b.Rows, Cols: b.Cols[:len(p.statement.columns)]}, nil
}

// begin handles the counts that are special.
func (f *fetching) begin(ctx context.Context) error {
	c := f.c
	if !f.forward && f.left != 0 && !c.scroll {
		return errForwardOnly()
	}
	onRow := !c.atEnd && c.pos > 0
	switch {
	case f.left == 0 && f.move:
		f.done = true
		if onRow {
			f.rows = 1
		}
	case f.left == 0 && onRow: // FETCH 0 gives the current row again
		f.forward, f.left = true, 1
		return f.skip(ctx, false, 1)
	case f.left == 0:
		f.done = true
	case !f.forward && f.left == parse.FetchAll && f.move:
		f.done = true
		if f.rows = c.pos; f.rows > 0 && !c.atEnd {
			f.rows--
		}
		return c.toStart(ctx)
	}
	return nil
}

func (f *fetching) absolute(ctx context.Context, n int64) error {
	c := f.c
	f.left = 1
	switch {
	case n > 0 && (n-1 <= c.pos/2 || !c.scroll && n <= c.pos):
		if err := c.toStart(ctx); err != nil {
			return err
		}
		return f.skip(ctx, true, n-1)
	case n > 0:
		pos := c.pos
		if c.atEnd {
			pos++
		}
		if n <= pos {
			return f.skip(ctx, false, pos-n+1)
		}
		return f.skip(ctx, true, n-pos-1)
	case n < 0:
		if err := f.skip(ctx, true, parse.FetchAll); err != nil {
			return err
		}
		f.forward = false
		return f.skip(ctx, false, -n-1)
	}
	f.done = true
	return c.toStart(ctx)
}

func (f *fetching) relative(ctx context.Context, n int64) error {
	f.left = 1
	switch {
	case n > 0:
		return f.skip(ctx, true, n-1)
	case n < 0:
		f.forward = false
		return f.skip(ctx, false, -n-1)
	}
	f.left = 0
	return f.begin(ctx)
}

// skip moves by n rows without giving them.
func (f *fetching) skip(ctx context.Context, forward bool, n int64) error {
	if n == 0 {
		return nil
	}
	move := &fetching{c: f.c, forward: forward, left: n}
	for {
		b, err := move.next(ctx)
		if err != nil || b == nil {
			return err
		}
	}
}

// toStart moves before the first row.
func (c *cursor) toStart(ctx context.Context) error {
	if c.pos == 0 && !c.atEnd {
		return nil
	}
	if !c.scroll {
		return errForwardOnly()
	}
	c.pos, c.atEnd = 0, false
	return c.rewind(ctx, 1)
}

func errForwardOnly() error {
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "cursor can only scan forward").
		WithHint("Declare it with SCROLL option to enable backward scan.")
}

// next returns the next rows, nil at the end.
func (f *fetching) next(ctx context.Context) (*datum.Batch, error) {
	if f.done || f.left == 0 {
		f.done = true
		return nil, nil
	}
	var b *datum.Batch
	var err error
	if f.forward {
		b, err = f.ahead(ctx)
	} else {
		b, err = f.back(ctx)
	}
	if err != nil || b == nil {
		f.done = true
		return nil, err
	}
	f.rows += int64(b.Rows)
	if f.left != parse.FetchAll {
		f.left -= int64(b.Rows)
	}
	return b, nil
}

// ahead moves over the rows up to the end of the batch at hand.
func (f *fetching) ahead(ctx context.Context) (*datum.Batch, error) {
	c := f.c
	if c.atEnd {
		return nil, nil
	}
	for c.pos >= c.base+c.have() {
		limit := f.left
		if limit == parse.FetchAll {
			limit = 0
		}
		c.forget()
		more, err := c.pull(ctx, limit)
		if err != nil {
			return nil, err
		}
		if !more {
			c.atEnd = true
			return nil, nil
		}
	}
	b, err := c.from(c.pos + 1)
	if err != nil {
		return nil, err
	}
	n := min(int64(b.Rows), f.left)
	c.pos += n
	return b.Slice(0, int(n)), nil
}

// back moves over rows towards the start, a batch's worth of them.
func (f *fetching) back(ctx context.Context) (*datum.Batch, error) {
	c := f.c
	if !c.scroll {
		return nil, errForwardOnly()
	}
	last := c.pos - 1 // the first row to give
	if c.atEnd {
		last = c.pos
	}
	n := min(last, f.left, datum.BatchRows)
	if n <= 0 {
		c.pos, c.atEnd = 0, false
		return nil, nil
	}
	if err := c.rewind(ctx, last-n+1); err != nil {
		return nil, err
	}
	out := datum.NewBatch(columnTypes(c.portal.statement.plan.Root.Columns()), int(n))
	for i := last; i > last-n; i-- {
		row, err := c.from(i)
		if err != nil {
			return nil, err
		}
		if row == nil {
			return nil, sqlstate.New(sqlstate.InternalError, "a cursor's query gave fewer rows the second time")
		}
		out.AppendRow(row.Row(0, nil))
	}
	c.pos, c.atEnd = last-n+1, false
	return out, nil
}
