package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// aggregate groups rows in a hash table, one for each grouping set, and feeds each group's
// accumulators a batch at a time.
type aggregate struct {
	r        *running
	input    operator
	node     *plan.Aggregate
	keys     []*eval.Expr
	calls    []*aggCall
	newAccs  []func() (accumulator, error)
	sets     []*groupSet
	consumed bool
	pending  []spilledSet
	set, at  int // next group to give
	// rest, last and ended are of an input in the order of the keys: see groupagg.go.
	rest   *datum.Batch
	last   []*datum.Vec
	ended  bool
	enough int
}

// aggCall is what an aggregate reads of each row.
type aggCall struct {
	args   []*eval.Expr
	direct []*eval.Expr // over the keys
	filter *eval.Expr
}

// spilledSet is rows of groups of one grouping set that were put aside.
type spilledSet struct {
	spilledPart
	index int
}

// groupSet is the groups of one grouping set. Keys outside the set are NULL in its rows.
type groupSet struct {
	index   int         // of the grouping set
	member  []int       // indexes into keys
	aside   *partitions // rows of groups that had no room, nil for none
	table   *keyTable
	keyRows *store
	accs    []accumulator
	nums    []int32
	bytes   int64 // roughly held by keys and groups
}

func (r *running) aggregate(x *plan.Aggregate) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := &aggregate{r: r, input: input, node: x}
	if op.keys, err = eval.CompileAll(x.Keys, r.exprs); err != nil {
		return nil, err
	}
	for _, a := range x.Aggs {
		call, err := r.aggCall(a.Args, a.Filter)
		if err != nil {
			return nil, err
		}
		if call.direct, err = eval.CompileAll(a.Direct, r.exprs); err != nil {
			return nil, err
		}
		op.calls = append(op.calls, call)
		make, err := r.accumulator(a)
		if err != nil {
			return nil, err
		}
		op.newAccs = append(op.newAccs, make)
	}
	return op, nil
}

func (r *running) aggCall(args []plan.Expr, filter plan.Expr) (*aggCall, error) {
	c := &aggCall{}
	var err error
	if c.args, err = eval.CompileAll(args, r.exprs); err != nil {
		return nil, err
	}
	c.filter, err = r.condition(filter)
	return c, err
}

func (a *aggregate) Open(ctx context.Context) error {
	a.consumed, a.pending = false, nil
	a.rest, a.last, a.ended, a.enough = nil, nil, false, fewGroups
	if err := a.start(-1); err != nil {
		return err
	}
	return a.input.Open(ctx)
}

// start begins without groups, of all grouping sets or of one.
func (a *aggregate) start(only int) error {
	a.set, a.at, a.sets = 0, 0, nil
	sets := a.node.Sets
	if sets == nil {
		all := make([]int, len(a.keys))
		for i := range all {
			all[i] = i
		}
		sets = [][]int{all}
	}
	for i, member := range sets {
		if only >= 0 && i != only {
			continue
		}
		s, err := a.newSet(member)
		if err != nil {
			return err
		}
		s.index = i
		a.sets = append(a.sets, s)
	}
	return nil
}

func (a *aggregate) newSet(member []int) (*groupSet, error) {
	types := make([]*datum.Type, len(member))
	for i, m := range member {
		types[i] = a.node.Keys[m].Type()
	}
	s := &groupSet{member: member, table: newKeyTable(types, true), keyRows: a.r.bounded(types)}
	for _, make := range a.newAccs {
		acc, err := make()
		if err != nil {
			return nil, err
		}
		s.accs = append(s.accs, acc)
	}
	return s, nil
}

func (a *aggregate) Close() { a.input.Close() }

func (a *aggregate) Next(ctx context.Context) (*datum.Batch, error) {
	if a.node.Sorted {
		return a.nextGroups(ctx)
	}
	if !a.consumed {
		a.consumed = true
		if err := a.consume(ctx, a.input.Next, 0); err != nil {
			return nil, err
		}
	}
	for a.set < len(a.sets) || len(a.pending) > 0 {
		if a.set == len(a.sets) {
			if err := a.takeUp(ctx); err != nil {
				return nil, err
			}
			continue
		}
		s := a.sets[a.set]
		if a.at >= s.groups() {
			a.set, a.at = a.set+1, 0
			continue
		}
		lo := a.at
		a.at = min(lo+datum.BatchRows, s.groups())
		return a.emit(s, lo, a.at)
	}
	return nil, nil
}

// groups counts the groups; the empty grouping set has its one group even without rows.
func (s *groupSet) groups() int {
	if len(s.member) == 0 {
		return 1
	}
	return s.table.n
}

// takeUp begins anew with rows that were put aside.
func (a *aggregate) takeUp(ctx context.Context) error {
	next := a.pending[0]
	a.pending = a.pending[1:]
	if err := a.start(next.index); err != nil {
		return err
	}
	if err := next.file.rewind(); err != nil {
		return err
	}
	defer next.file.close()
	return a.consume(ctx, func(context.Context) (*datum.Batch, error) { return next.file.next() }, next.level)
}

// consume reads all input. Once the groups fill work_mem, rows of further ones are put aside.
func (a *aggregate) consume(ctx context.Context, next func(context.Context) (*datum.Batch, error), level byte) error {
	for {
		b, err := next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		keys, err := evalAll(a.keys, b)
		if err != nil {
			return err
		}
		if b, err = a.assign(b, keys); err != nil {
			return err
		}
		for i, call := range a.calls {
			if err := a.feed(i, call, b); err != nil {
				return err
			}
		}
		a.limit(level)
	}
	for _, s := range a.sets {
		if len(s.member) > 0 {
			a.r.profile.hashed(a.node, a.held(), s.aside)
		}
		if s.aside != nil {
			for _, p := range s.aside.pending(level) {
				a.pending = append(a.pending, spilledSet{p, s.index})
			}
			s.aside = nil
		}
	}
	return a.finish(ctx)
}

// limit begins to put rows aside where the groups have outgrown work_mem.
func (a *aggregate) limit(level byte) {
	if level >= maxSpillLevel || a.r.env.WorkMemBytes <= 0 || a.held() <= a.r.env.WorkMemBytes {
		return
	}
	types := typesOf(a.node.Input)
	if !spillable(types) {
		return
	}
	for _, s := range a.sets {
		if s.aside == nil && len(s.member) > 0 {
			s.aside = a.r.partition(types, s.table.types, level)
		}
	}
}

// held is roughly what the groups take.
func (a *aggregate) held() (n int64) {
	for _, s := range a.sets {
		n += s.bytes + int64(s.table.n*(64+64*len(s.accs)))
	}
	return n
}

// assign finds the groups of a batch's rows, in every set's nums. It returns the rows to go on with: where there is one
// set, those that were not put aside; of several sets, those have the group -1.
func (a *aggregate) assign(b *datum.Batch, keys []*datum.Vec) (*datum.Batch, error) {
	for _, s := range a.sets {
		if s.aside == nil {
			s.assign(keys, b.Rows)
			continue
		}
		if err := s.putAside(b, keys); err != nil {
			return nil, err
		}
	}
	if s := a.sets[0]; len(a.sets) == 1 && s.aside != nil {
		known := s.known(nil)
		s.nums = pick32(s.nums, known)
		return b.Gather(known), nil
	}
	return b, nil
}

// putAside writes the rows of groups that are not there to files; their group is -1.
func (s *groupSet) putAside(b *datum.Batch, keys []*datum.Vec) error {
	cols := s.columns(keys)
	s.nums = s.table.find(cols, b.Rows, s.nums)
	var others []int
	for row, g := range s.nums {
		if g < 0 {
			others = append(others, row)
		}
	}
	return s.aside.add(b, cols, others)
}

// known lists those of some rows, nil for all, that have a group.
func (s *groupSet) known(rows []int) []int {
	out := make([]int, 0, len(s.nums))
	if rows == nil {
		for row, g := range s.nums {
			if g >= 0 {
				out = append(out, row)
			}
		}
		return out
	}
	for _, row := range rows {
		if s.nums[row] >= 0 {
			out = append(out, row)
		}
	}
	return out
}

func pick32(nums []int32, rows []int) []int32 {
	out := make([]int32, len(rows))
	for i, row := range rows {
		out[i] = nums[row]
	}
	return out
}

func (a *aggregate) finish(ctx context.Context) error {
	for _, s := range a.sets {
		for _, acc := range s.accs {
			acc.grow(s.groups())
			if f, ok := acc.(finisher); ok {
				if err := f.finish(ctx); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// columns are the keys of the set.
func (s *groupSet) columns(keys []*datum.Vec) []*datum.Vec {
	cols := make([]*datum.Vec, len(s.member))
	for i, m := range s.member {
		cols[i] = keys[m]
	}
	return cols
}

// valueBytes is roughly what a value takes.
func valueBytes(c *datum.Vec, row int) int64 {
	switch {
	case c.S != nil:
		return 16 + int64(len(c.S[row]))
	case c.V != nil:
		return 24 + 4*int64(len(c.V[row]))
	case c.D != nil:
		return 64
	}
	return 8
}

// assign numbers the groups of a batch's rows.
func (s *groupSet) assign(keys []*datum.Vec, n int) {
	if len(s.member) == 0 {
		s.nums = append(s.nums[:0], make([]int32, n)...)
		return
	}
	cols := s.columns(keys)
	s.nums = s.table.insert(cols, n, s.nums, func(row int) {
		for i, c := range cols {
			s.keyRows.Cols[i].AppendFrom(c, row)
			s.bytes += valueBytes(c, row)
		}
		s.keyRows.Rows++
	})
}

// feed gives aggregate i the batch's rows that pass its filter.
func (a *aggregate) feed(i int, call *aggCall, b *datum.Batch) error {
	var rows []int // of b that the arguments are of, nil for all
	from := b
	if call.filter != nil {
		sel, all, err := call.filter.Select(b)
		if err != nil {
			return err
		}
		if !all {
			rows, b = sel, b.Gather(sel)
		}
		if len(sel) == 0 {
			return nil
		}
	}
	args, err := evalAll(call.args, b)
	if err != nil {
		return err
	}
	for _, s := range a.sets {
		in, groups, vals := b, s.nums, args
		if len(a.sets) > 1 && s.aside != nil {
			known := s.known(rows)
			in, groups = from.Gather(known), pick32(s.nums, known)
			if vals, err = evalAll(call.args, in); err != nil {
				return err
			}
		} else if rows != nil {
			groups = pick32(s.nums, rows)
		}
		s.accs[i].grow(s.groups())
		if err := s.accs[i].add(in, groups, vals); err != nil {
			return err
		}
	}
	return nil
}

// setDirect gives an accumulator the direct arguments of the groups from lo on, whose keys are at hand.
func setDirect(acc accumulator, exprs []*eval.Expr, keys *datum.Batch, lo int) error {
	d, ok := acc.(directed)
	if !ok {
		return nil
	}
	cols, err := evalAll(exprs, keys)
	if err != nil {
		return err
	}
	for i := range keys.Rows {
		args := make([]datum.Datum, len(cols))
		for j, c := range cols {
			args[j] = c.Get(i)
		}
		d.setDirect(lo+i, args)
	}
	return nil
}

// emit makes the rows of groups [lo, hi): keys, then aggregates.
func (a *aggregate) emit(s *groupSet, lo, hi int) (*datum.Batch, error) {
	out := &datum.Batch{Rows: hi - lo, Cols: make([]*datum.Vec, len(a.keys))}
	for i, m := range s.member {
		out.Cols[m] = s.keyRows.Cols[i].Slice(lo, hi)
	}
	for i, c := range out.Cols {
		if c == nil {
			out.Cols[i] = nulls(a.node.Keys[i].Type(), hi-lo)
		}
	}
	for i, acc := range s.accs {
		if err := setDirect(acc, a.calls[i].direct, out, lo); err != nil {
			return nil, err
		}
		col := datum.NewVec(a.node.Aggs[i].T, hi-lo)
		for g := lo; g < hi; g++ {
			d, err := acc.result(g)
			if err != nil {
				return nil, err
			}
			col.Append(d)
		}
		out.Cols = append(out.Cols, col)
	}
	for _, keys := range a.node.Grouping {
		col := datum.NewVec(datum.Int4, hi-lo)
		for range hi - lo {
			col.Append(datum.NewInt(a.node.GroupingMask(keys, s.index)))
		}
		out.Cols = append(out.Cols, col)
	}
	return out, nil
}
