package exec

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// ordered is an aggregate with DISTINCT or ORDER BY: arguments are kept until the last row, then fed
// to the plain aggregate in order. DISTINCT without ORDER BY sorts by the arguments, as Postgres does,
// so that array_agg(DISTINCT x) comes out sorted.
//
// What work_mem has no room for is sorted in files, by group and keys; repeated arguments, which are equal keys, are
// then neighbours.
type ordered struct {
	r        *running
	inner    accumulator
	types    []*datum.Type // of the arguments
	by       *sorter       // over the input row; nil: by the arguments
	distinct bool
	seen     map[string]struct{}
	args     *store
	sortBy   *store
	keys     []plan.SortKey
	groups   []int32
	scratch  []byte
	held     int64
	runs     *runSort // of group, arguments; nil while there is room
}

func (r *running) orderedAccumulator(a *plan.AggCall, inner newAccumulator) (newAccumulator, error) {
	by, err := r.sorter(a.OrderBy)
	if err != nil {
		return nil, err
	}
	types := exprTypes(a.Args)
	keys, keyTypes := a.OrderBy, by.keyTypes()
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
		o := &ordered{r: r, inner: acc, types: types, by: by, keys: keys, args: newStore(types), sortBy: newStore(keyTypes),
			distinct: a.Distinct}
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
	if o.runs != nil {
		return o.file(groups, rows, keys)
	}
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
	o.held += batchBytes(rows) + batchBytes(keys) + 4*int64(len(groups))
	if err := o.args.add(rows); err != nil {
		return err
	}
	if err := o.sortBy.add(keys); err != nil {
		return err
	}
	if max := o.r.env.WorkMemBytes; max > 0 && o.held > max && spillable(o.types) && spillable(o.sortBy.types()) {
		return o.spill()
	}
	return nil
}

// spill begins to sort in files, with what is at hand.
func (o *ordered) spill() error {
	keys := append([]plan.SortKey{{}}, o.keys...)
	types := append([]*datum.Type{datum.Int4}, o.sortBy.types()...)
	if o.distinct { // by the arguments in the end, so that equal ones are neighbours
		for _, t := range o.types {
			keys, types = append(keys, plan.SortKey{}), append(types, t)
		}
	}
	by := &sorter{keys: keys, types: types, limit: -1, max: o.r.env.WorkMemBytes}
	o.runs = &runSort{r: o.r, types: append([]*datum.Type{datum.Int4}, o.types...), by: by}
	o.runs.begin(-1)
	args, sortBy, groups := o.args, o.sortBy, o.groups
	o.args, o.sortBy, o.groups, o.seen = nil, nil, nil, nil
	for lo := 0; lo < args.Rows; lo += datum.BatchRows {
		hi := min(lo+datum.BatchRows, args.Rows)
		if err := o.file(groups[lo:hi], args.Slice(lo, hi), sortBy.Slice(lo, hi)); err != nil {
			return err
		}
	}
	return nil
}

func (o *ordered) file(groups []int32, rows, keys *datum.Batch) error {
	group := datum.NewVec(datum.Int4, len(groups))
	for _, g := range groups {
		group.I = append(group.I, int64(g))
	}
	sorted := &datum.Batch{Rows: len(groups), Cols: append([]*datum.Vec{group}, keys.Cols...)}
	if o.distinct {
		sorted.Cols = append(sorted.Cols, rows.Cols...)
	}
	all := &datum.Batch{Rows: len(groups), Cols: append([]*datum.Vec{group}, rows.Cols...)}
	return o.runs.addKeyed(o.r.exprs.Fn.Ctx, all, sorted)
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
			o.held += int64(len(o.scratch)) + 32
			out = append(out, i)
		}
	}
	return out
}

func (o *ordered) finish(ctx context.Context) error {
	if o.runs != nil {
		return o.finishRuns(ctx)
	}
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

// finishRuns feeds the rows that were sorted in files, each group's repeated arguments once under DISTINCT.
func (o *ordered) finishRuns(ctx context.Context) error {
	defer o.runs.drop()
	if err := o.runs.end(ctx); err != nil {
		return err
	}
	var before []*datum.Vec
	for {
		b, err := o.runs.next(ctx)
		if err != nil || b == nil {
			return err
		}
		if o.distinct {
			var fresh []int
			for i := range b.Rows {
				if before == nil || !equalRows(before, 0, b.Cols, i) {
					fresh, before = append(fresh, i), oneRow(b.Cols, i)
				}
			}
			b = b.Gather(fresh)
		}
		groups := make([]int32, b.Rows)
		for i, g := range b.Cols[0].I {
			groups[i] = int32(g)
		}
		if err := o.inner.add(&datum.Batch{Rows: b.Rows, Cols: slices.Clone(b.Cols[1:])}, groups, b.Cols[1:]); err != nil {
			return err
		}
	}
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
