package run

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// A cursor is one of the session's, under the name that its variable holds. Its rows are read when it is opened: they are
// those of that moment anyway.

func (f *frame) open(s *plpgsql.Open) error {
	v := f.p.fn.Vars[s.Cursor]
	e, scroll := s.Query, s.Scroll
	if v.Cursor != nil {
		e, scroll = v.Cursor.Query, v.Cursor.Scroll
		if err := f.cursorArgs(v, s.Args); err != nil {
			return err
		}
	}
	return f.openCursor(v, e, s.Dynamic, scroll)
}

// openCursor runs a cursor's query.
func (f *frame) openCursor(v *plpgsql.Var, e *plpgsql.Expr, dynamic *plpgsql.Dynamic, scroll string) error {
	var p *plan.Plan
	var rows *exec.Spool
	text := ""
	again := func() { rows.Close() }
	_, _, err := f.restarting(again, func(rel exec.Relations) (int64, *planned, error) {
		var params []datum.Datum
		var err error
		if dynamic != nil {
			p, params, text, err = f.dynamicQuery(dynamic)
		} else {
			var pl *planned
			text = e.Text
			if pl, err = f.plan(e, true); err == nil {
				p = pl.Plan
				params, err = f.params(pl.Uses)
			}
		}
		if err == nil && p.Columns == nil {
			err = noCursorQuery(p)
		}
		if err != nil {
			rows = exec.NewSpool(nil, f.env.Temp, 0)
			return 0, nil, err
		}
		types := make([]*datum.Type, len(p.Columns))
		for i, c := range p.Columns {
			types[i] = c.Type
		}
		rows = exec.NewSpool(types, f.env.Temp, f.env.WorkMemBytes)
		n, err := f.drain(rel, p, params, rows.Add)
		return n, nil, err
	})
	if err != nil {
		rows.Close()
		return inText(err, "SQL statement", text)
	}
	name := ""
	if d := f.vars[v.Number].d; !d.IsNull() {
		name = d.Str()
	} else if v.Cursor != nil {
		name = v.Name
	}
	if name, err = f.host.OpenCursor(name, p, text, rows, scroll != "no scroll"); err != nil {
		rows.Close()
		return err
	}
	f.vars[v.Number].d = datum.NewString(name)
	return nil
}

// cursorArgs gives a bound cursor's arguments their values.
func (f *frame) cursorArgs(v *plpgsql.Var, e *plpgsql.Expr) error {
	if e == nil {
		return nil
	}
	t := &taken{most: 1}
	_, pl, err := f.query(e, t.again, func(_ *planned, b *datum.Batch) error { return t.take(b) })
	if err != nil {
		return err
	}
	for i, n := range v.Cursor.Args {
		if err := f.store(n, t.rows[0][i], pl.Columns[i].Type); err != nil {
			return err
		}
	}
	return nil
}

// cursorName is the name of an open cursor.
func (f *frame) cursorName(n int) (string, error) {
	d := f.vars[n].d
	if d.IsNull() {
		return "", sqlstate.New(sqlstate.NullValueNotAllowed, "cursor variable \"%s\" is null", f.p.fn.Vars[n].Name)
	}
	return d.Str(), nil
}

func (f *frame) fetch(s *plpgsql.Fetch) error {
	name, err := f.cursorName(s.Cursor)
	if err != nil {
		return err
	}
	count := s.HowMany
	if s.All {
		count = parse.FetchAll
	}
	if s.Count != nil {
		if count, err = f.integer(s.Count, "relative or absolute cursor position"); err != nil {
			return err
		}
	}
	columns, row, moved, err := f.host.FetchCursor(f.ctx, fetchStmt(name, s, count))
	if err != nil {
		return err
	}
	f.rowCount = moved
	f.setFound(moved > 0)
	if s.Move {
		return nil
	}
	return f.storeInto(s.Into, shapeOfColumns(columns), row)
}

// fetchStmt says in SQL's terms how far a cursor moves.
func fetchStmt(name string, s *plpgsql.Fetch, count int64) *parse.FetchStmt {
	out := &parse.FetchStmt{At: -1, Name: name, Move: s.Move, Direction: parse.FetchForward, Count: count}
	switch s.Direction {
	case "prior":
		out.Direction, out.Count = parse.FetchBackward, 1
	case "backward":
		out.Direction = parse.FetchBackward
	case "first":
		out.Direction, out.Count = parse.FetchAbsolute, 1
	case "last":
		out.Direction, out.Count = parse.FetchAbsolute, -1
	case "absolute":
		out.Direction = parse.FetchAbsolute
	case "relative":
		out.Direction = parse.FetchRelative
	}
	return out
}

func (f *frame) closeCursor(s *plpgsql.Close) error {
	name, err := f.cursorName(s.Cursor)
	if err != nil {
		return err
	}
	return f.host.CloseCursor(name)
}

// forCursor is FOR over a bound cursor, which it opens and closes.
func (f *frame) forCursor(s *plpgsql.ForCursor) (out jump, err error) {
	v := f.p.fn.Vars[s.Cursor]
	before := f.vars[v.Number].d
	if err := f.cursorArgs(v, s.Args); err != nil {
		return jump{}, err
	}
	if err := f.openCursor(v, v.Cursor.Query, nil, v.Cursor.Scroll); err != nil {
		return jump{}, err
	}
	name, found := f.vars[v.Number].d.Str(), false
	f.looped = append(f.looped, name)
	defer func() {
		f.vars[v.Number].d, f.looped = before, f.looped[:len(f.looped)-1]
		f.setFound(found)
		if closing := f.host.CloseCursor(name); err == nil {
			err = closing
		}
	}()
	into := &plpgsql.Into{Record: s.Record}
	next := &parse.FetchStmt{At: -1, Name: name, Direction: parse.FetchForward, Count: 1}
	for {
		columns, row, moved, err := f.host.FetchCursor(f.ctx, next)
		if err != nil || moved == 0 {
			return jump{}, err
		}
		found = true
		if err := f.storeInto(into, shapeOfColumns(columns), row); err != nil {
			return jump{}, err
		}
		if on, out, err := f.turn(s.Body, s.Label); !on || err != nil {
			return out, err
		}
	}
}
