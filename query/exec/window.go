package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// window adds a column a window call to its input, which arrives sorted by partition and order. It reads whole
// partitions first, since a frame may reach the last row: a few small ones at a time, or a large one, whose rows,
// arguments and results go to temporary files where work_mem has no room for them. What stays in memory of each row is
// its peer group's beginning, and the order's value for RANGE frames with an offset.
type window struct {
	r         *running
	node      *plan.Window
	input     operator
	partition []*eval.Expr
	order     []*eval.Expr
	calls     []*windowCall
	ranges    bool // some call's frame needs the order's values

	rest    *datum.Batch // input that belongs to the next partitions
	last    bool         // the input has ended
	key     []*datum.Vec // partition and order of the row before
	peer    []*datum.Vec
	rows    *Spool
	parts   []*partition
	orders  *store
	results []*Spool
	next    int
}

// windowCall is one call, compiled, with its arguments' values over all rows.
type windowCall struct {
	node   *plan.WindowCall
	in     *aggCall
	newAcc func() (accumulator, error) // nil for a window function proper
	leaves bool                        // the accumulators are leavers
	args   *Spool
	pass   []bool // rows that pass the FILTER; nil for all
}

// enoughRows ends the collecting of partitions that are small.
const enoughRows = 4 * datum.BatchRows

func (r *running) window(x *plan.Window) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := &window{r: r, node: x, input: input, rows: r.spool(typesOf(x.Input))}
	if op.partition, err = eval.CompileAll(x.PartitionBy, r.exprs); err != nil {
		return nil, err
	}
	for _, k := range x.OrderBy {
		e, err := eval.Compile(k.Expr, r.exprs)
		if err != nil {
			return nil, err
		}
		op.order = append(op.order, e)
	}
	for _, c := range x.Calls {
		call := &windowCall{node: c, args: r.spool(exprTypes(c.Args))}
		op.ranges = op.ranges || c.FrameOptions&(startOffsetPreceding|startOffsetFollowing|endOffsetPreceding|endOffsetFollowing) != 0
		op.results = append(op.results, r.spool([]*datum.Type{c.T}))
		if call.in, err = r.aggCall(c.Args, c.Filter); err != nil {
			return nil, err
		}
		if c.Proc.Kind == 'a' {
			if call.leaves = movable(c); call.leaves {
				call.newAcc, err = r.movingAccumulator(c.Steps)
			} else {
				call.newAcc, err = r.plainAccumulator(c.Proc, c.Steps, c.Args)
			}
			if err != nil {
				return nil, err
			}
		} else if windowFunctions[c.Proc.Name] == nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "window function %s is not supported", c.Proc.Key)
		}
		op.calls = append(op.calls, call)
	}
	return op, nil
}

func (w *window) Open(ctx context.Context) error {
	w.drop()
	w.rest, w.last = nil, false
	return w.input.Open(ctx)
}

// drop forgets the partitions at hand.
func (w *window) drop() {
	w.rows.Close()
	for i, c := range w.calls {
		c.args.Close()
		c.pass = nil
		w.results[i].Close()
	}
	w.parts, w.orders, w.next, w.key, w.peer = nil, newStore(sortTypes(w.node.OrderBy)), 0, nil, nil
}

func (w *window) Close() {
	w.drop()
	w.input.Close()
}

func (w *window) Next(ctx context.Context) (*datum.Batch, error) {
	if w.next >= w.rows.Rows() {
		if err := w.compute(ctx); err != nil {
			return nil, err
		}
	}
	b, err := w.rows.Chunk(w.next)
	if b == nil || err != nil {
		return nil, err
	}
	out := &datum.Batch{Rows: b.Rows, Cols: slices.Clone(b.Cols)}
	pieces := make([]*datum.Batch, len(w.results))
	for i, s := range w.results {
		if pieces[i], err = s.Chunk(w.next); err != nil {
			return nil, err
		}
		out.Rows = min(out.Rows, pieces[i].Rows)
	}
	if out.Rows < b.Rows {
		out = out.Slice(0, out.Rows)
	}
	for _, p := range pieces {
		out.Cols = append(out.Cols, p.Cols[0].Slice(0, out.Rows))
	}
	w.next += out.Rows
	return out, nil
}

// compute reads the next partitions and computes all calls over them.
func (w *window) compute(ctx context.Context) error {
	w.drop()
	for {
		b, err := w.read(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		enough, err := w.collect(b)
		if err != nil {
			return err
		}
		if enough {
			break
		}
	}
	for i, c := range w.calls {
		if err := w.call(ctx, c, &results{to: w.results[i], typ: c.node.T}); err != nil {
			return err
		}
	}
	return nil
}

func (w *window) read(ctx context.Context) (*datum.Batch, error) {
	if b := w.rest; b != nil {
		w.rest = nil
		return b, nil
	}
	if w.last {
		return nil, nil
	}
	b, err := w.input.Next(ctx)
	w.last = b == nil
	return b, err
}

func sortTypes(keys []plan.SortKey) []*datum.Type {
	out := make([]*datum.Type, len(keys))
	for i, k := range keys {
		out[i] = k.Expr.Type()
	}
	return out
}

// collect takes the rows of partitions that begin before there are enough; the others wait.
func (w *window) collect(b *datum.Batch) (enough bool, err error) {
	keys, err := evalAll(w.partition, b)
	if err != nil {
		return false, err
	}
	orders, err := evalAll(w.order, b)
	if err != nil {
		return false, err
	}
	n, first := 0, w.rows.Rows()
	for ; n < b.Rows; n++ {
		fresh := w.key == nil || !equalRows(w.key, 0, keys, n)
		if fresh && first+n >= enoughRows {
			w.rest, enough = cloneRows(b, n), true
			break
		}
		w.place(first+n, fresh, keys, orders, n)
	}
	if n == 0 {
		return enough, nil
	}
	if n < b.Rows {
		b = b.Slice(0, n)
		for i, o := range orders {
			orders[i] = o.Slice(0, n)
		}
	}
	if w.ranges {
		if err := w.orders.addColumns(orders, n); err != nil {
			return false, err
		}
	}
	for _, c := range w.calls {
		if err := c.collect(b); err != nil {
			return false, err
		}
	}
	return enough, w.rows.Add(b)
}

// place puts a row into its partition and its peer group, by comparing it with the row before.
func (w *window) place(row int, fresh bool, keys, orders []*datum.Vec, at int) {
	if fresh {
		w.parts = append(w.parts, &partition{lo: row})
		w.key = oneRow(keys, at)
	}
	p := w.parts[len(w.parts)-1]
	if fresh || !equalRows(w.peer, 0, orders, at) {
		p.first = append(p.first, row)
		w.peer = oneRow(orders, at)
	}
	p.hi = row + 1
}

// oneRow copies a row of columns.
func oneRow(cols []*datum.Vec, at int) []*datum.Vec {
	out := make([]*datum.Vec, len(cols))
	for i, c := range cols {
		out[i] = c.Gather([]int{at})
	}
	return out
}

// cloneRows copies the rows of a batch from one on.
func cloneRows(b *datum.Batch, from int) *datum.Batch {
	rows := make([]int, 0, b.Rows-from)
	for i := from; i < b.Rows; i++ {
		rows = append(rows, i)
	}
	return b.Gather(rows)
}

func (c *windowCall) collect(b *datum.Batch) error {
	args, err := evalAll(c.in.args, b)
	if err != nil {
		return err
	}
	if c.in.filter != nil {
		v, err := c.in.filter.Eval(b)
		if err != nil {
			return err
		}
		for i := range b.Rows {
			c.pass = append(c.pass, !v.IsNull(i) && v.B[i])
		}
	}
	return c.args.addColumns(args, b.Rows)
}

// sameRow compares two rows of a store, NULL equal to NULL.
// results is a call's column under way.
type results struct {
	to  *Spool
	typ *datum.Type
	vec *datum.Vec
}

// column is where to append the next values; put says that some were.
func (o *results) column() *datum.Vec {
	if o.vec == nil {
		o.vec = datum.NewVec(o.typ, datum.BatchRows)
	}
	return o.vec
}

func (o *results) put() error {
	if o.vec != nil && o.vec.Len() >= datum.BatchRows {
		return o.flush()
	}
	return nil
}

func (o *results) flush() error {
	if o.vec == nil {
		return nil
	}
	v := o.vec
	o.vec = nil
	return o.to.addColumns([]*datum.Vec{v}, v.Len())
}

// call computes one call's column.
func (w *window) call(ctx context.Context, c *windowCall, out *results) error {
	f, err := w.frame(c, w.orders)
	if err != nil {
		return err
	}
	for _, p := range w.parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.part = p
		if c.newAcc != nil {
			err = (&sliding{call: c, frame: f}).run(ctx, out)
		} else {
			err = windowFunctions[c.node.Proc.Name](c, f, out)
		}
		if err != nil {
			return err
		}
	}
	return out.flush()
}

func (w *window) frame(c *windowCall, orders *store) (*frame, error) {
	f := &frame{options: c.node.FrameOptions}
	if f.options&(frameRange|frameRows|frameGroups) == 0 {
		f.options |= frameRange
	}
	if f.options&^(frameRange|frameRows|frameGroups|1) == 0 {
		f.options |= defaultFrame &^ frameRange
	}
	if err := f.offsets(c.node, w.r.exprs); err != nil {
		return nil, err
	}
	offsets := startOffsetPreceding | startOffsetFollowing | endOffsetPreceding | endOffsetFollowing
	if f.options&frameRange == 0 || f.options&offsets == 0 {
		return f, nil
	}
	if len(orders.Cols) != 1 {
		return nil, sqlstate.New(sqlstate.WindowingError,
			"RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
	}
	f.key = &rangeKey{env: w.r.exprs.Fn, key: w.node.OrderBy[0], values: orders.Cols[0]}
	var err error
	if c.node.StartOffset != nil {
		if f.key.start, err = newShifted(w.r.exprs.Fn, orders.Cols[0], f.start, c.node.StartOffset.Type()); err != nil {
			return nil, err
		}
	}
	if c.node.EndOffset != nil {
		f.key.end, err = newShifted(w.r.exprs.Fn, orders.Cols[0], f.end, c.node.EndOffset.Type())
	}
	return f, err
}
