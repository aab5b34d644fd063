package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// dedup passes on the first row of each distinct key.
type dedup struct {
	input operator
	on    []*eval.Expr // nil: all columns
	types []*datum.Type
	seen  *keyTable
	nums  []int32
}

func (r *running) dedup(x *plan.Dedup) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := &dedup{input: input, types: typesOf(x)}
	if x.On != nil {
		op.types = exprTypes(x.On)
		op.on, err = eval.CompileAll(x.On, r.exprs)
	}
	return op, err
}

func (d *dedup) Open(ctx context.Context) error {
	d.seen = newKeyTable(d.types, true)
	return d.input.Open(ctx)
}

func (d *dedup) Close() { d.input.Close() }

func (d *dedup) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		b, err := d.input.Next(ctx)
		if err != nil || b == nil {
			return nil, err
		}
		cols := b.Cols
		if d.on != nil {
			if cols, err = evalAll(d.on, b); err != nil {
				return nil, err
			}
		}
		var first []int
		d.nums = d.seen.insert(cols, b.Rows, d.nums, func(row int) { first = append(first, row) })
		switch len(first) {
		case 0:
		case b.Rows:
			return b, nil
		default:
			return b.Gather(first), nil
		}
	}
}
