package run

import (
	"math"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// turn runs a loop's body once, and says whether the loop goes on, or ends with out.
func (f *frame) turn(body []plpgsql.Stmt, label string) (on bool, out jump, err error) {
	j, err := f.body(body)
	mine := j.label == "" || j.label == label
	switch {
	case err != nil:
		return false, j, err
	case j.flow == goOn, j.flow == nextRound && mine:
		return true, jump{}, nil
	case j.flow == leaveLoop && mine:
		return false, jump{}, nil
	}
	return false, j, nil
}

// body runs the statements of a loop or a block, guarding against such without end inside each other.
func (f *frame) body(list []plpgsql.Stmt) (jump, error) {
	if f.level++; f.level > maxLevels {
		return jump{}, exec.TooDeep()
	}
	defer func() { f.level-- }()
	if len(list) == 0 && f.ctx.Err() != nil {
		return jump{}, exec.Outcome(f.ctx, f.ctx.Err())
	}
	return f.statements(list)
}

func (f *frame) loop(s *plpgsql.Loop) (jump, error) {
	for {
		if s.Cond != nil {
			if yes, err := f.boolean(s.Cond); err != nil || !yes {
				return jump{}, err
			}
		}
		if on, out, err := f.turn(s.Body, s.Label); !on || err != nil {
			return out, err
		}
	}
}

func (f *frame) forRange(s *plpgsql.ForRange) (jump, error) {
	from, err := f.integer(s.Lower, "lower bound of FOR loop")
	if err != nil {
		return jump{}, err
	}
	to, err := f.integer(s.High, "upper bound of FOR loop")
	if err != nil {
		return jump{}, err
	}
	step := int64(1)
	if s.Step != nil {
		if step, err = f.integer(s.Step, "BY value of FOR loop"); err != nil {
			return jump{}, err
		}
		if step <= 0 {
			return jump{}, sqlstate.New(sqlstate.InvalidParameterValue, "BY value of FOR loop must be greater than zero")
		}
	}
	found, i := false, from
	defer func() { f.setFound(found) }()
	for {
		if s.Reverse && i < to || !s.Reverse && i > to {
			return jump{}, nil
		}
		found = true
		f.vars[s.Var].d = datum.NewInt(i)
		if on, out, err := f.turn(s.Body, s.Label); !on || err != nil {
			return out, err
		}
		if s.Reverse {
			i -= step
		} else {
			i += step
		}
		if i < math.MinInt32 || i > math.MaxInt32 {
			return jump{}, nil
		}
	}
}

func (f *frame) foreach(s *plpgsql.Foreach) (jump, error) {
	d, t, err := f.value(s.Array)
	if err != nil {
		return jump{}, err
	}
	switch {
	case d.IsNull():
		return jump{}, sqlstate.New(sqlstate.NullValueNotAllowed, "FOREACH expression must not be null")
	case !t.Root().IsArray():
		return jump{}, sqlstate.New(sqlstate.DatatypeMismatch, "FOREACH expression must yield an array, not type %s", t)
	}
	t = t.Root()
	a := d.Array()
	if s.Slice < 0 || s.Slice > len(a.Dims) {
		return jump{}, sqlstate.New(sqlstate.ArraySubscriptError, "slice dimension (%d) is out of the valid range 0..%d",
			s.Slice, len(a.Dims))
	}
	isArray := s.Row == nil && f.p.fn.Vars[s.Into.Var].Type.T.Root().IsArray()
	if s.Into.Field == "" && s.Slice > 0 && !isArray {
		return jump{}, sqlstate.New(sqlstate.DatatypeMismatch, "FOREACH ... SLICE loop variable must be of an array type")
	} else if s.Into.Field == "" && s.Slice == 0 && isArray {
		return jump{}, sqlstate.New(sqlstate.DatatypeMismatch, "FOREACH loop variable must not be of an array type")
	}
	pieces, of := arrayPieces(a, t, s.Slice)
	found := false
	defer func() { f.setFound(found) }()
	for _, piece := range pieces {
		found = true
		if err := f.storePiece(s, piece, of); err != nil {
			return jump{}, err
		}
		if on, out, err := f.turn(s.Body, s.Label); !on || err != nil {
			return out, err
		}
	}
	return jump{}, nil
}

// storePiece gives a FOREACH's variable an element, or its variables the fields of one.
func (f *frame) storePiece(s *plpgsql.Foreach, d datum.Datum, t *datum.Type) error {
	switch {
	case s.Row == nil:
		return f.storeTarget(&s.Into, d, t)
	case !t.IsRecord():
		return sqlstate.New(sqlstate.DatatypeMismatch, "cannot assign non-composite value to a row variable")
	case d.IsNull():
		return f.storeInto(&plpgsql.Into{Record: -1, Row: s.Row}, nil, nil)
	}
	row := d.Record()
	fields := &shape{}
	for i := range row {
		fields.types = append(fields.types, d.FieldType(i))
	}
	return f.storeInto(&plpgsql.Into{Record: -1, Row: s.Row}, fields, row)
}

// arrayPieces are an array's elements, or its slices of that many dimensions.
func arrayPieces(a *datum.ArrayValue, t *datum.Type, slice int) ([]datum.Datum, *datum.Type) {
	if slice == 0 {
		return a.Elems, t.Elem
	}
	dims := a.Dims[len(a.Dims)-slice:]
	size := 1
	for _, d := range dims {
		size *= d
	}
	var out []datum.Datum
	for at := 0; size > 0 && at+size <= len(a.Elems); at += size {
		piece := *a
		piece.Dims, piece.Lower, piece.Elems = dims, a.Lower[len(a.Dims)-slice:], a.Elems[at:at+size]
		out = append(out, datum.NewArray(&piece))
	}
	return out, t
}

// forQuery is FOR over the rows of a query, which are read as the loop comes to them.
func (f *frame) forQuery(s *plpgsql.ForQuery) (jump, error) {
	src, err := f.rowsOf(s.Query, s.Dynamic)
	if err != nil {
		return jump{}, err
	}
	defer src.close(f)
	return f.eachRow(src, &s.Into, s.Label, s.Body)
}

// eachRow runs a loop's body for the rows of a source.
func (f *frame) eachRow(src *source, into *plpgsql.Into, label string, body []plpgsql.Stmt) (out jump, err error) {
	found := false
	defer func() { f.setFound(found) }()
	for {
		b, err := src.next(f)
		if err != nil {
			return jump{}, err
		}
		if b == nil {
			break
		}
		for i := range b.Rows {
			found = true
			if err := f.storeInto(into, src.shape, rowAt(b, i)); err != nil {
				return jump{}, err
			}
			if on, out, err := f.turn(body, label); !on || err != nil {
				return out, err
			}
		}
	}
	if !found {
		return jump{}, f.storeInto(into, src.shape, nil)
	}
	return jump{}, nil
}

func rowAt(b *datum.Batch, i int) []datum.Datum {
	row := make([]datum.Datum, len(b.Cols))
	for c := range b.Cols {
		row[c] = b.Cols[c].Get(i)
	}
	return row
}
