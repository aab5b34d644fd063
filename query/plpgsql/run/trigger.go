package run

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
)

// Fire implements exec.TriggerBody.
func (p *Program) Fire(ctx context.Context, env *exec.Env, t *exec.Firing) (row []datum.Datum, err error) {
	err = p.call(ctx, env, func(f *frame) error { return f.given(t) }, func(f *frame) error {
		row, err = f.triggered(t)
		return err
	})
	return row, err
}

// FireEvent implements exec.EventBody.
func (p *Program) FireEvent(ctx context.Context, env *exec.Env, event, tag string) error {
	return p.call(ctx, env, func(f *frame) error {
		f.vars[f.p.fn.TG["tg_event"]].d = datum.NewString(event)
		f.vars[f.p.fn.TG["tg_tag"]].d = datum.NewString(tag)
		return nil
	}, func(*frame) error { return nil })
}

// given gives a trigger function's variables their values.
func (f *frame) given(t *exec.Firing) error {
	f.trigger = t
	s := f.p.shapes[t.Table]
	if s == nil {
		fields := make([]datum.Field, len(t.Table.Columns))
		for i, c := range t.Table.Columns {
			fields[i] = datum.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod}
		}
		of := t.Table.RowType()
		if of == nil || len(of.Fields) != len(fields) {
			of = datum.RecordOf(fields)
		}
		s = shapeOf(of)
		f.p.shapes[t.Table] = s
	}
	f.vars[f.p.fn.New] = value{shape: s, fields: t.New} // NULL where there is no such row
	f.vars[f.p.fn.Old] = value{shape: s, fields: t.Old}
	schema := ""
	if sc := f.host.Snapshot().SchemaByOID(t.Table.Schema); sc != nil {
		schema = sc.Name
	}
	level := "STATEMENT"
	if t.Trigger.ForRow() {
		level = "ROW"
	}
	text := datum.NewString
	for name, d := range map[string]datum.Datum{
		"tg_name": text(t.Trigger.Name), "tg_when": text(t.Trigger.Moment()),
		"tg_level": text(level), "tg_op": text(catalog.TriggerEvent(t.Event)),
		"tg_relid": datum.NewInt(int64(t.Table.OID)), "tg_relname": text(t.Table.Name), "tg_table_name": text(t.Table.Name),
		"tg_table_schema": text(schema), "tg_nargs": datum.NewInt(int64(len(t.Trigger.Args))), "tg_argv": arguments(t.Trigger.Args),
	} {
		f.vars[f.p.fn.TG[name]].d = d
	}
	return nil
}

// arguments are TG_ARGV, which counts from 0; NULL for none.
func arguments(args []string) datum.Datum {
	if len(args) == 0 {
		return datum.Null
	}
	a := &datum.ArrayValue{Elem: datum.Text, Dims: []int{len(args)}, Lower: []int{0}}
	for _, s := range args {
		a.Elems = append(a.Elems, datum.NewString(s))
	}
	return datum.NewArray(a)
}

// triggered is the row that a trigger gives back, nil for NULL.
func (f *frame) triggered(t *exec.Firing) ([]datum.Datum, error) {
	if !f.returned {
		e := sqlstate.New(sqlstate.FunctionWithoutReturn, "control reached end of trigger procedure without RETURN").
			WithWhere("PL/pgSQL function %s", f.p.title)
		f.marked = e
		return nil, e
	}
	if !t.Trigger.ForRow() || t.Trigger.Moment() == catalog.FiresAfter || f.result.IsNull() {
		return nil, nil
	}
	if !f.ret.IsRecord() {
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "cannot return non-composite value from function returning composite type")
	}
	fields := make([]datum.Field, len(t.Table.Columns))
	for i, c := range t.Table.Columns {
		fields[i] = datum.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod}
	}
	const message = "returned row structure does not match the structure of the triggering table"
	if err := sameRow(f.result, fields, message); err != nil {
		return nil, err
	}
	return f.result.Record(), nil
}
