package run

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// Value implements exec.Body.
func (p *Program) Value(ctx context.Context, c *exec.Invocation) (out datum.Datum, err error) {
	err = p.call(ctx, c.Env, func(f *frame) error { return f.arguments(c) }, func(f *frame) error {
		out, err = f.finish(c)
		return err
	})
	return out, err
}

// Rows implements exec.Body.
func (p *Program) Rows(ctx context.Context, c *exec.Invocation) (give func(func([]datum.Datum) error) error, err error) {
	give = func(func([]datum.Datum) error) error { return nil }
	err = p.call(ctx, c.Env, func(f *frame) error { return f.arguments(c) }, func(f *frame) error {
		switch {
		case p.set && f.rows != nil:
			rows, columns := f.rows, f.columns
			f.rows = nil
			give = func(emit func([]datum.Datum) error) error {
				defer rows.Close()
				return emitRows(rows, columns, len(c.Call.Proc.OutTypes) > 0, emit)
			}
		case !p.set && len(c.Call.Proc.OutTypes) > 0:
			row := f.outs()
			give = func(emit func([]datum.Datum) error) error { return emit(row) }
		}
		return nil
	})
	return give, err
}

// arguments gives the parameters their values.
func (f *frame) arguments(c *exec.Invocation) error {
	f.ret = c.Call.T
	for i, n := range f.p.fn.Args {
		if err := f.store(n, c.Args[i], c.Call.Args[i].Type()); err != nil {
			return err
		}
	}
	return nil
}

// outs are the values of the output parameters.
func (f *frame) outs() []datum.Datum {
	out := make([]datum.Datum, len(f.p.fn.Outs))
	for i, n := range f.p.fn.Outs {
		if f.p.fn.Vars[n].Type.Record {
			out[i] = f.vars[n].whole()
		} else {
			out[i] = f.vars[n].d
		}
	}
	return out
}

// finish is the value of a function that gives one.
func (f *frame) finish(c *exec.Invocation) (datum.Datum, error) {
	proc := c.Call.Proc
	switch {
	case len(proc.OutTypes) > 0:
		return datum.NewNamedRecord(proc.OutNames, proc.OutTypes, f.outs()), nil
	case len(f.p.fn.Outs) == 1:
		return f.outs()[0], nil
	case proc.Ret == datum.Void:
		return datum.Null, nil
	case !f.returned:
		f.doing, f.place.Line = "", 0
		return datum.Null, f.withoutReturn()
	}
	f.doing = "while casting return value to function's return type"
	f.place.Line = 0
	d, err := f.fit(f.result, f.ret, c.Call.T)
	f.doing = ""
	return d, err
}

// withoutReturn is the error for a function that ends without RETURN.
func (f *frame) withoutReturn() error {
	e := sqlstate.New(sqlstate.FunctionWithoutReturn, "control reached end of function without RETURN").
		WithWhere("PL/pgSQL function %s", f.p.title)
	f.marked = e
	return e
}

// fit makes a value one of the result's type.
func (f *frame) fit(d datum.Datum, from, to *datum.Type) (datum.Datum, error) {
	switch {
	case !to.IsRecord():
		return f.convert(d, from, to, -1)
	case d.IsNull():
		return d, nil
	case !from.IsRecord():
		return d, sqlstate.New(sqlstate.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
	case to.Fields == nil:
		return d, nil
	}
	if err := sameRow(d, to.Fields, "returned record type does not match expected record type"); err != nil {
		return d, err
	}
	if to.IsComposite() {
		return to.NewComposite(d.Record()), nil
	}
	return d, nil
}

// sameRow holds a row to the columns that are expected of it.
func sameRow(d datum.Datum, want []datum.Field, message string) error {
	row := d.Record()
	if len(row) != len(want) {
		return sqlstate.New(sqlstate.DatatypeMismatch, "%s", message).
			WithDetail("Number of returned columns (%d) does not match expected column count (%d).", len(row), len(want))
	}
	for i := range row {
		if t := d.FieldType(i); t.OID != want[i].Type.OID {
			return sqlstate.New(sqlstate.DatatypeMismatch, "%s", message).
				WithDetail("Returned type %s does not match expected type %s in column %d.", t, want[i].Type, i+1)
		}
	}
	return nil
}

func (f *frame) returnStmt(s *plpgsql.Return) (jump, error) {
	f.returned = true
	switch {
	case s.Var >= 0:
		f.result, f.ret = f.variable(s.Var)
		if v := f.p.fn.Vars[s.Var]; v.Type.Record && f.vars[s.Var].shape == nil && v.Type.T == datum.Record && f.trigger == nil {
			f.result = datum.Null
		}
	case s.Value != nil:
		var err error
		if f.result, f.ret, err = f.value(s.Value); err != nil {
			return jump{}, err
		}
	}
	return jump{flow: leaveFunction}, nil
}

// variable is the value of a whole variable with its type.
func (f *frame) variable(n int) (datum.Datum, *datum.Type) {
	v := f.p.fn.Vars[n]
	if !v.Type.Record {
		return f.vars[n].d, v.Type.T
	}
	if s := f.vars[n].shape; s != nil {
		return f.vars[n].whole(), s.t
	}
	return datum.Null, v.Type.T
}
