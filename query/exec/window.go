package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// window adds a column a window call to its input, which arrives sorted by partition and order. It
// reads everything first: a frame may reach the partition's last row.
type window struct {
	r         *running
	node      *plan.Window
	input     operator
	partition []*eval.Expr
	order     []*eval.Expr
	calls     []*windowCall
	rows      *store
	results   []*datum.Vec
	read      bool
	next      int
}

// windowCall is one call, compiled, with its arguments' values over all rows.
type windowCall struct {
	node   *plan.WindowCall
	in     *aggCall
	newAcc func() (accumulator, error) // nil for a window function proper
	args   *store
	pass   []bool // rows that pass the FILTER; nil for all
}

func (r *running) window(x *plan.Window) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := &window{r: r, node: x, input: input}
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
		call := &windowCall{node: c}
		if call.in, err = r.aggCall(c.Args, c.Filter); err != nil {
			return nil, err
		}
		if c.Proc.Kind == 'a' {
			if call.newAcc, err = r.plainAccumulator(c.Proc, c.Args); err != nil {
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
	w.read, w.next = false, 0
	return w.input.Open(ctx)
}

func (w *window) Close() { w.input.Close() }

func (w *window) Next(ctx context.Context) (*datum.Batch, error) {
	if !w.read {
		w.read = true
		if err := w.compute(ctx); err != nil {
			return nil, err
		}
	}
	b := w.rows.chunk(w.next)
	if b == nil {
		return nil, nil
	}
	for _, v := range w.results {
		b.Cols = append(b.Cols, v.Slice(w.next, w.next+b.Rows))
	}
	w.next += b.Rows
	return b, nil
}

func (w *window) compute(ctx context.Context) error {
	w.rows = w.r.bounded(typesOf(w.node.Input))
	keys, orders := newStore(exprTypes(w.node.PartitionBy)), newStore(sortTypes(w.node.OrderBy))
	for _, c := range w.calls {
		c.args, c.pass = newStore(exprTypes(c.node.Args)), nil
	}
	for {
		b, err := w.input.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := w.collect(b, keys, orders); err != nil {
			return err
		}
	}
	parts := split(keys, orders, w.rows.Rows)
	w.results = make([]*datum.Vec, len(w.calls))
	for i, c := range w.calls {
		v, err := w.call(ctx, c, parts, orders)
		if err != nil {
			return err
		}
		w.results[i] = v
	}
	return nil
}

func sortTypes(keys []plan.SortKey) []*datum.Type {
	out := make([]*datum.Type, len(keys))
	for i, k := range keys {
		out[i] = k.Expr.Type()
	}
	return out
}

func (w *window) collect(b *datum.Batch, keys, orders *store) error {
	for _, dst := range []struct {
		exprs []*eval.Expr
		to    *store
	}{{w.partition, keys}, {w.order, orders}} {
		cols, err := evalAll(dst.exprs, b)
		if err != nil {
			return err
		}
		if err := dst.to.addColumns(cols, b.Rows); err != nil {
			return err
		}
	}
	for _, c := range w.calls {
		if err := c.collect(b); err != nil {
			return err
		}
	}
	return w.rows.add(b)
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

// split finds the partitions and their peer groups by comparing neighbours.
func split(keys, orders *store, n int) []*partition {
	var parts []*partition
	var p *partition
	for i := range n {
		newPart := p == nil || !sameRow(keys, i-1, i)
		if newPart {
			p = &partition{lo: i}
			parts = append(parts, p)
		}
		if newPart || !sameRow(orders, i-1, i) {
			p.first = append(p.first, i)
		}
		p.group = append(p.group, len(p.first)-1)
		p.hi = i + 1
	}
	return parts
}

// sameRow compares two rows of a store, NULL equal to NULL.
func sameRow(s *store, i, j int) bool {
	for _, c := range s.Cols {
		a, b := c.Get(i), c.Get(j)
		if a.IsNull() != b.IsNull() || !a.IsNull() && !datum.Equal(c.Type, a, b) {
			return false
		}
	}
	return true
}

// call computes one call's column.
func (w *window) call(ctx context.Context, c *windowCall, parts []*partition, orders *store) (*datum.Vec, error) {
	f, err := w.frame(c, orders)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(c.node.T, w.rows.Rows)
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f.part = p
		if c.newAcc != nil {
			err = (&sliding{call: c, frame: f}).run(ctx, out)
		} else {
			err = windowFunctions[c.node.Proc.Name](c, f, out)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
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

// sliding is an aggregate over the frames of one partition. A frame that only grows at its end, the
// usual case, costs each row one addition; any other is summed up anew.
type sliding struct {
	call  *windowCall
	frame *frame
	acc   accumulator
	lo    int
	hi    int // the frame that acc has taken
	value datum.Datum
	zeros []int32
}

func (s *sliding) run(ctx context.Context, out *datum.Vec) error {
	for row := s.frame.part.lo; row < s.frame.part.hi; row++ {
		if row%datum.BatchRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		lo, hi, list, plain, err := s.frame.rows(row)
		if err != nil {
			return err
		}
		if err := s.move(lo, hi, list, plain); err != nil {
			return err
		}
		out.Append(s.value)
	}
	return nil
}

func (s *sliding) move(lo, hi int, list []int, plain bool) (err error) {
	if plain && s.acc != nil && lo == s.lo && hi == s.hi {
		return nil
	}
	if !plain || s.acc == nil || lo != s.lo || hi < s.hi {
		if s.acc, err = s.call.newAcc(); err != nil {
			return err
		}
		s.acc.grow(1)
		s.lo, s.hi = lo, lo
	}
	if plain {
		for i := s.hi; i < hi && s.call.pass != nil; i++ {
			if s.call.pass[i] {
				list = append(list, i)
			}
		}
	}
	if plain && s.call.pass == nil {
		err = s.add(s.call.args.Slice(s.hi, hi))
	} else {
		err = s.add(s.call.args.Gather(s.passing(list)))
	}
	if err != nil {
		return err
	}
	s.hi = hi
	if !plain {
		s.hi = -1 // what was excluded differs from row to row: never build on it
	}
	s.value, err = s.acc.result(0)
	return err
}

func (s *sliding) passing(list []int) []int {
	if s.call.pass == nil {
		return list
	}
	var out []int
	for _, i := range list {
		if s.call.pass[i] {
			out = append(out, i)
		}
	}
	return out
}

func (s *sliding) add(b *datum.Batch) error {
	s.zeros = extend(s.zeros, b.Rows)
	return s.acc.add(b, s.zeros[:b.Rows], b.Cols)
}
