package exec

import (
	"context"
	"encoding/binary"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// ordered is an aggregate with DISTINCT or ORDER BY: arguments are kept until the last row, then fed
// to the plain aggregate in order. DISTINCT without ORDER BY sorts by the arguments, as Postgres does,
// so that array_agg(DISTINCT x) comes out sorted.
type ordered struct {
	inner   accumulator
	types   []*datum.Type // of the arguments
	by      *sorter       // over the input row; nil: by the arguments
	seen    map[string]struct{}
	args    *store
	sortBy  *store
	keys    []plan.SortKey
	groups  []int32
	scratch []byte
}

func (r *running) orderedAccumulator(a *plan.AggCall, inner newAccumulator) (newAccumulator, error) {
	by, err := r.sorter(a.OrderBy)
	if err != nil {
		return nil, err
	}
	types := exprTypes(a.Args)
	keys, keyTypes := a.OrderBy, make([]*datum.Type, len(by.exprs))
	for i, e := range by.exprs {
		keyTypes[i] = e.Type()
	}
	if len(keys) == 0 {
		by = nil
		keyTypes = nil
		for _, e := range a.Args {
			if datum.Comparable(e.Type()) {
				keys, keyTypes = append(keys, plan.SortKey{Expr: e}), append(keyTypes, e.Type())
			}
		}
	}
	return func() (accumulator, error) {
		acc, err := inner()
		if err != nil {
			return nil, err
		}
		o := &ordered{inner: acc, types: types, by: by, keys: keys, args: r.bounded(types), sortBy: r.bounded(keyTypes)}
		if a.Distinct {
			o.seen = map[string]struct{}{}
		}
		return o, nil
	}, nil
}

func (o *ordered) grow(n int) { o.inner.grow(n) }

func (o *ordered) add(b *datum.Batch, groups []int32, args []*datum.Vec) error {
	vals, err := o.sortValues(b, args)
	if err != nil {
		return err
	}
	rows := &datum.Batch{Rows: len(groups), Cols: args}
	keys := &datum.Batch{Rows: len(groups), Cols: vals}
	if o.seen != nil {
		if first := o.firsts(groups, args); len(first) < len(groups) {
			rows, keys = rows.Gather(first), keys.Gather(first)
			kept := make([]int32, len(first))
			for i, row := range first {
				kept[i] = groups[row]
			}
			groups = kept
		}
	}
	o.groups = append(o.groups, groups...)
	if err := o.args.add(rows); err != nil {
		return err
	}
	return o.sortBy.add(keys)
}

func (o *ordered) sortValues(b *datum.Batch, args []*datum.Vec) ([]*datum.Vec, error) {
	if o.by != nil {
		return evalAll(o.by.exprs, b)
	}
	var out []*datum.Vec
	for i, t := range o.types {
		if datum.Comparable(t) {
			out = append(out, args[i])
		}
	}
	return out, nil
}

// firsts lists the rows whose arguments their group has not had yet.
func (o *ordered) firsts(groups []int32, args []*datum.Vec) []int {
	var out []int
	for i, g := range groups {
		o.scratch = binary.BigEndian.AppendUint32(o.scratch[:0], uint32(g))
		o.scratch, _ = appendKey(o.scratch, o.types, args, i)
		if _, dup := o.seen[string(o.scratch)]; !dup {
			o.seen[string(o.scratch)] = struct{}{}
			out = append(out, i)
		}
	}
	return out
}

func (o *ordered) finish(ctx context.Context) error {
	order := o.order()
	for lo := 0; lo < len(order); lo += datum.BatchRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := order[lo:min(lo+datum.BatchRows, len(order))]
		groups := make([]int32, len(rows))
		for i, row := range rows {
			groups[i] = o.groups[row]
		}
		b := o.args.Gather(rows)
		if err := o.inner.add(b, groups, b.Cols); err != nil {
			return err
		}
	}
	return nil
}

// order is the rows in the order to feed them in. Of the plain aggregates under a bare DISTINCT only
// those of package builtin may care for it.
func (o *ordered) order() []int {
	s := &sorter{keys: o.keys, rows: o.args, vals: o.sortBy, limit: -1}
	if _, general := o.inner.(*states); !general && o.by == nil {
		s.keys = nil
	}
	return s.order()
}

func (o *ordered) result(g int) (datum.Datum, error) { return o.inner.result(g) }
