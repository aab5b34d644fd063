package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// values yields rows of expressions without columns.
type values struct {
	types []*datum.Type
	rows  [][]*eval.Expr
	next  int
}

func (r *running) values(x *plan.Values) (operator, error) {
	op := &values{types: typesOf(x)}
	for _, row := range x.Rows {
		exprs, err := eval.CompileAll(row, r.exprs)
		if err != nil {
			return nil, err
		}
		op.rows = append(op.rows, exprs)
	}
	return op, nil
}

func (v *values) Open(context.Context) error { v.next = 0; return nil }
func (v *values) Close()                     {}

func (v *values) Next(ctx context.Context) (*datum.Batch, error) {
	if v.next >= len(v.rows) {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	hi := min(v.next+datum.BatchRows, len(v.rows))
	b := datum.NewBatch(v.types, hi-v.next)
	for ; v.next < hi; v.next++ {
		for i, e := range v.rows[v.next] {
			d, err := e.Value()
			if err != nil {
				return nil, err
			}
			b.Cols[i].Append(d)
		}
		b.Rows++
	}
	return b, nil
}
