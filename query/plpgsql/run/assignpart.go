package run

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
)

// assignPart is an assignment along a path, as a[1].x := 2: it makes a new value of the whole variable.
func (f *frame) assignPart(s *plpgsql.Assign, d datum.Datum, t *datum.Type) error {
	whole, old, err := f.whole(&s.Target)
	if err != nil {
		return err
	}
	pl, err := f.partPlan(s, whole, d, t)
	if err != nil {
		return inQuery(err, s.Value)
	}
	row := make([]datum.Datum, len(pl.Uses), len(pl.Uses)+2)
	if err := f.fill(row, pl.Uses); err != nil {
		return err
	}
	made, err := f.part(s, pl, append(row, old, d), whole, t)
	if err != nil {
		return err
	}
	return f.storeTarget(&s.Target, made, whole.Type)
}

// whole is the variable, or the field of a record, that a target's path begins at, and its value.
func (f *frame) whole(target *plpgsql.Target) (plan.Assignment, datum.Datum, error) {
	v, val := f.p.fn.Vars[target.Var], &f.vars[target.Var]
	if target.Field != "" {
		i, err := fieldIndex(v, val, target.Field)
		if err != nil {
			return plan.Assignment{}, datum.Null, err
		}
		return plan.Assignment{Name: target.Field, Type: val.shape.types[i], Typmod: val.shape.typmod[i]}, val.field(i), nil
	}
	if !v.Type.Record {
		return plan.Assignment{Name: v.Name, Type: v.Type.T, Typmod: v.Type.Typmod}, val.d, nil
	}
	whole := plan.Assignment{Name: v.Name, Type: datum.Record, Typmod: -1}
	if val.shape != nil {
		whole.Type = val.shape.t
	}
	return whole, val.whole(), nil
}

// partPlan is how the new value is made. It is kept with the plans, behind those of expressions, for values of the same types.
func (f *frame) partPlan(s *plpgsql.Assign, whole plan.Assignment, d datum.Datum, t *datum.Type) (*planned, error) {
	kept := &f.p.plans[f.p.fn.Exprs+s.Value.ID]
	key := partKey{whole.Type, t, whole.Typmod}
	if pl := *kept; pl != nil && pl.part == key && f.holds(pl) {
		return pl, nil
	}
	var err error
	if whole.Path, err = s.Target.Accessors(); err != nil {
		return nil, err
	}
	sight := &inSight{f: f, names: s.Value.Names}
	bound, err := plan.BindAssignment(f.host, &whole, d, t, sight)
	if err != nil {
		return nil, err
	}
	pl := &planned{Embedded: bound, key: f.host.PlanKey(), shapes: sight.shapes, part: key}
	if bound.Stable {
		*kept = pl
	}
	return pl, nil
}

// partKey is the types that an assignment to a part was planned for: of the whole, and of the value.
type partKey struct {
	whole, value *datum.Type
	typmod       int32
}

// part computes the new value.
func (f *frame) part(s *plpgsql.Assign, pl *planned, row []datum.Datum, whole plan.Assignment, t *datum.Type) (datum.Datum, error) {
	kept := &f.compiled[f.p.fn.Exprs+s.Value.ID]
	if kept.of != pl {
		*kept = compiledExpr{of: pl, scalar: f.eval.Scalar(pl.Expr)}
		if kept.scalar == nil {
			var err error
			if kept.e, err = f.eval.Compile(pl.Expr); err != nil {
				return datum.Null, err
			}
		}
	}
	if kept.scalar != nil {
		return f.computed(kept.scalar, row)
	}
	defer f.changed()
	b := &datum.Batch{Rows: 1, Cols: make([]*datum.Vec, len(row))}
	for i := range pl.Uses {
		b.Cols[i] = datum.Constant(pl.Uses[i].Type, row[i], 1)
	}
	n := len(pl.Uses)
	b.Cols[n], b.Cols[n+1] = datum.Constant(whole.Type, row[n], 1), datum.Constant(t, row[n+1], 1)
	return f.eval.Value(f.ctx, kept.e, b)
}
