package eval

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// subquery runs a subplan for each row, filling its outer slots from the row first. As long as no
// slot that the plan reads changes, the rows it gave are not fetched again: for EXISTS and scalars
// the value is kept, for ANY and ALL the column is. What it gave for other values of the slots is kept, too (subquerymemo.go).
type subquery struct {
	ctx  *Context
	plan plan.Node
	kind plan.SubqueryKind
	typ  *datum.Type

	slots []int
	args  []node // fill slots, from the row at hand
	left  node   // of ANY and ALL
	deps  []int
	cmp   *comparison
	equal bool // left = ANY: a set will do
	// columns are those of rows compared with left as a whole; nil for values.
	columns []plan.Column

	rows  Rows // nil until first run
	fresh bool
	stamp uint64
	subqueryResult
	memo *subqueryMemo // nil for none
}

// subqueryResult is what a run of the subplan gave: value of EXISTS and scalars, else column or set.
type subqueryResult struct {
	value  datum.Datum
	column []datum.Datum
	set    *valueSet
}

func (k *compiler) subquery(x *plan.Subquery) (compiled, error) {
	var out compiled
	args, err := k.operands(&out, x.Args)
	if err != nil {
		return out, err
	}
	n := &subquery{ctx: k.ctx, plan: x.Plan, kind: x.Kind, typ: x.T, slots: x.Slots, args: args, deps: x.Deps}
	out.node = n
	if len(x.Deps) > 0 && !plan.Volatile(x.Plan) {
		n.memo = &subqueryMemo{}
	}
	for _, d := range x.Deps {
		if !slices.Contains(x.Slots, d) {
			out.depend([]int{d})
		}
	}
	if x.Left == nil {
		return out, nil
	}
	left, err := k.operands(&out, []plan.Expr{x.Left})
	if err != nil {
		return out, err
	}
	n.left = left[0]
	if x.Rows {
		n.columns = x.Plan.Columns()
		n.cmp = &comparison{ctx: k.ctx, fn: rowComparison(x.Op, columnTypes(n.columns)), all: x.Kind == plan.All}
		return out, nil
	}
	member := x.Plan.Columns()[0].Type
	n.equal = x.Kind == plan.Any && x.Op == "=" && x.Left.Type() == member
	fn, err := k.function(operatorCall(x.Proc, x.Left, member))
	if err != nil {
		return out, err
	}
	n.cmp = &comparison{ctx: k.ctx, fn: fn, strict: x.Proc.Strict, all: x.Kind == plan.All}
	return out, nil
}

func (x *subquery) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll(x.args, b)
	if err != nil {
		return nil, err
	}
	var left *datum.Vec
	if x.left != nil {
		if left, err = x.left.eval(b); err != nil {
			return nil, err
		}
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		for s, slot := range x.slots {
			x.ctx.SetSlot(slot, args[s].Get(i))
		}
		if err := x.refresh(); err != nil {
			return nil, err
		}
		d := x.value
		if left != nil {
			if d, err = x.compare(left, i); err != nil {
				return nil, rowFailed(i, err)
			}
		}
		out.Append(d)
	}
	return out, nil
}

// refresh runs the subplan unless what it gave last still holds.
func (x *subquery) refresh() error {
	stamp := x.ctx.Stamp(x.deps)
	if x.fresh && stamp == x.stamp {
		return nil
	}
	x.fresh = false
	known, ok := x.memo.find(x.ctx, x.deps)
	if ok {
		x.subqueryResult = known
	} else {
		if err := x.run(); err != nil {
			return err
		}
		x.memo.keep(x.subqueryResult)
	}
	x.fresh, x.stamp = true, stamp
	return nil
}

func (x *subquery) run() (err error) {
	ctx := x.ctx.Fn.Ctx
	if x.rows == nil {
		if x.rows, err = x.ctx.Subplans.Prepare(x.plan); err != nil {
			return err
		}
	}
	if err := x.rows.Open(ctx); err != nil {
		return err
	}
	defer x.rows.Close()
	x.subqueryResult = subqueryResult{value: datum.Null}
	if x.equal {
		x.set = newValueSet(x.plan.Columns()[0].Type)
	}
	for {
		b, err := x.rows.Next(ctx)
		if err != nil {
			return Cause(err)
		}
		if b == nil {
			break
		}
		if x.kind == plan.Exists {
			x.value = datum.NewBool(true)
			return nil
		}
		if err := x.take(b); err != nil {
			return err
		}
	}
	return x.conclude()
}

// take adds a batch of the subplan's rows to what is kept of them.
func (x *subquery) take(b *datum.Batch) error {
	v := b.Cols[0]
	if x.columns != nil {
		v = x.records(b)
	}
	if (x.kind == plan.Scalar || x.kind == plan.RowCompare) && len(x.column)+b.Rows > 1 {
		return sqlstate.New(sqlstate.CardinalityViolation, "more than one row returned by a subquery used as an expression")
	}
	for i := range b.Rows {
		if x.set != nil {
			x.set.add(v.Get(i))
		} else {
			x.column = append(x.column, v.Get(i))
		}
	}
	return nil
}

// records makes one value of each row.
func (x *subquery) records(b *datum.Batch) *datum.Vec {
	out := datum.NewVec(datum.Record, b.Rows)
	for i := range b.Rows {
		fields := make([]datum.Datum, len(x.columns))
		for c := range x.columns {
			fields[c] = b.Cols[c].Get(i)
		}
		out.Append(datum.NewRecord(fields))
	}
	return out
}

func columnTypes(cols []plan.Column) []*datum.Type {
	out := make([]*datum.Type, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}

// rowComparison compares rows as SQL does and not as btree: a NULL leaves it open, unless other fields decide.
func rowComparison(op string, types []*datum.Type) builtin.Func {
	if op == "=" || op == "<>" {
		return func(_ *builtin.Env, args []datum.Datum) (datum.Datum, error) {
			return rowsEqual(args[0].Record(), args[1].Record(), types, op == "<>"), nil
		}
	}
	return func(_ *builtin.Env, args []datum.Datum) (datum.Datum, error) {
		left, right := args[0].Record(), args[1].Record()
		order := 0
		for i, t := range types {
			if left[i].IsNull() || right[i].IsNull() {
				return datum.Null, nil
			}
			if order = datum.Compare(t, left[i], right[i]); order != 0 {
				break
			}
		}
		return datum.NewBool(order < 0 && op[0] == '<' || order > 0 && op[0] == '>' || order == 0 && len(op) == 2), nil
	}
}

func rowsEqual(left, right []datum.Datum, types []*datum.Type, negate bool) datum.Datum {
	unknown := false
	for i, t := range types {
		switch {
		case left[i].IsNull() || right[i].IsNull():
			unknown = true
		case !datum.Equal(t, left[i], right[i]):
			return datum.NewBool(negate)
		}
	}
	if unknown {
		return datum.Null
	}
	return datum.NewBool(!negate)
}

func (x *subquery) conclude() (err error) {
	switch x.kind {
	case plan.Exists:
		x.value = datum.NewBool(false)
	case plan.Scalar:
		if len(x.column) == 1 {
			x.value = x.column[0]
		}
	case plan.ArrayOf:
		if x.plan.Columns()[0].Type == x.typ {
			x.value, err = stack(x.typ.Elem, x.column)
		} else {
			x.value = datum.ArrayFrom(x.typ.Elem, x.column)
		}
	}
	return err
}

// compare is left op ANY|ALL over the kept column.
func (x *subquery) compare(left *datum.Vec, i int) (datum.Datum, error) {
	if x.set != nil {
		return x.set.match(left.Slice(i, i+1), 1, false).Get(0), nil
	}
	if x.kind == plan.RowCompare && len(x.column) == 0 {
		return datum.Null, nil
	}
	done, unknown := false, false
	for _, d := range x.column {
		var err error
		if done, err = x.cmp.verdict(left.Get(i), d, &unknown); err != nil {
			return datum.Null, err
		}
		if done {
			break
		}
	}
	return x.cmp.result(done, unknown), nil
}
