package run

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// The rows of a set are kept until the function ends. Rows of a row's type are kept as their columns.

// keep makes the store of the rows.
func (f *frame) keep() {
	if f.rows != nil {
		return
	}
	switch {
	case len(f.p.fn.Outs) > 1:
		fields := make([]datum.Field, len(f.p.fn.Outs))
		for i, n := range f.p.fn.Outs {
			v := f.p.fn.Vars[n]
			fields[i] = datum.Field{Name: v.Name, Type: v.Type.T, Typmod: -1}
		}
		f.columns = shapeOf(datum.RecordOf(fields))
	case f.p.ret.IsRecord() && f.p.ret.Fields != nil:
		f.columns = shapeOf(f.p.ret)
	default:
		f.columns = &shape{t: f.p.ret, types: []*datum.Type{f.p.ret}}
	}
	f.rows = exec.NewSpool(f.columns.types, f.env.Temp, f.env.WorkMemBytes)
}

func (f *frame) addRow(row []datum.Datum) error {
	b := datum.NewBatch(f.columns.types, 1)
	b.AppendRow(row)
	return f.rows.Add(b)
}

func (f *frame) returnNext(s *plpgsql.ReturnNext) error {
	f.keep()
	if s.Value == nil && s.Var < 0 {
		return f.addRow(f.outs())
	}
	var d datum.Datum
	var t *datum.Type
	var err error
	if s.Var >= 0 {
		v := f.p.fn.Vars[s.Var]
		if v.Type.Record && f.vars[s.Var].shape == nil {
			return notAssigned(v)
		}
		d, t = f.variable(s.Var)
	} else if d, t, err = f.value(s.Value); err != nil {
		return err
	}
	ret := f.p.ret
	switch {
	case !ret.IsRecord():
		if d, err = f.convert(d, t, ret, -1); err != nil {
			return err
		}
		return f.addRow([]datum.Datum{d})
	case !t.IsRecord() && !d.IsNull():
		return sqlstate.New(sqlstate.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
	case ret.Fields == nil:
		return f.addRow([]datum.Datum{d})
	case d.IsNull():
		return f.addRow(make([]datum.Datum, len(ret.Fields)))
	}
	if err := sameRow(d, ret.Fields, "wrong record type supplied in RETURN NEXT"); err != nil {
		return err
	}
	return f.addRow(d.Record())
}

func (f *frame) returnQuery(s *plpgsql.ReturnQuery) error {
	f.keep()
	before := f.rows.Rows()
	src, err := f.rowsOf(s.Query, s.Dynamic)
	if err != nil {
		return err
	}
	defer src.close(f)
	if err := f.fitsResult(src.shape); err != nil {
		return err
	}
	for {
		b, err := src.next(f)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if f.columns.names == nil && f.p.ret.IsRecord() {
			err = f.addWhole(b, src.shape)
		} else {
			err = f.rows.Add(b)
		}
		if err != nil {
			return err
		}
	}
	f.rowCount = int64(f.rows.Rows() - before)
	f.setFound(f.rowCount > 0)
	return nil
}

// addWhole keeps rows of a function that returns records of whatever fields.
func (f *frame) addWhole(b *datum.Batch, s *shape) error {
	for i := range b.Rows {
		if err := f.addRow([]datum.Datum{datum.NewNamedRecord(s.names, s.types, rowAt(b, i))}); err != nil {
			return err
		}
	}
	return nil
}

// fitsResult holds a query's columns to the result's.
func (f *frame) fitsResult(have *shape) error {
	if f.columns.names == nil && f.p.ret.IsRecord() {
		return nil
	}
	want := f.columns.types
	mismatch := sqlstate.New(sqlstate.DatatypeMismatch, "structure of query does not match function result type")
	if len(have.types) != len(want) {
		return mismatch.WithDetail("Number of returned columns (%d) does not match expected column count (%d).",
			len(have.types), len(want))
	}
	for i, t := range have.types {
		if t.OID != want[i].OID {
			return mismatch.WithDetail("Returned type %s does not match expected type %s in column %d.", t, want[i], i+1)
		}
	}
	return nil
}

// emitRows gives rows that were kept as a call wants them: as columns, or as one value.
func emitRows(rows *exec.Spool, s *shape, columns bool, emit func([]datum.Datum) error) error {
	for at := 0; at < rows.Rows(); {
		b, err := rows.Chunk(at)
		if err != nil || b == nil {
			return err
		}
		at += b.Rows
		for i := range b.Rows {
			row := rowAt(b, i)
			if !columns && s.names != nil {
				row = []datum.Datum{packed(row, s)}
			}
			if err := emit(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func packed(row []datum.Datum, s *shape) datum.Datum {
	if s.t.IsComposite() {
		return s.t.NewComposite(row)
	}
	return datum.NewNamedRecord(s.names, s.types, row)
}
