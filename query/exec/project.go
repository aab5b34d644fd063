package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// filter keeps the rows for which a condition is true.
type filter struct {
	operator
	r    *running
	node *plan.Filter
	cond *eval.Expr
}

func (r *running) filter(x *plan.Filter) (operator, error) {
	once, rest := plan.OneTime(x.Cond)
	return r.gated(once, func() (operator, error) {
		input, err := r.build(x.Input)
		if err != nil || rest == nil {
			return input, err
		}
		cond, err := r.condition(rest)
		return &filter{input, r, x, cond}, err
	})
}

func (f *filter) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		b, err := f.operator.Next(ctx)
		if err != nil || b == nil {
			return nil, err
		}
		kept, err := keep(b, f.cond)
		f.r.profile.filtered(f.node, b.Rows, kept)
		if err != nil || kept != nil {
			return kept, err
		}
	}
}

// project computes a new row from each row.
type project struct {
	operator
	exprs []*eval.Expr
}

func (r *running) project(x *plan.Project) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	exprs, err := eval.CompileAll(x.Exprs, r.exprs)
	return &project{input, exprs}, err
}

func (p *project) Next(ctx context.Context) (*datum.Batch, error) {
	b, err := p.operator.Next(ctx)
	if err != nil || b == nil {
		return nil, err
	}
	cols, err := evalAll(p.exprs, b)
	if err != nil {
		return nil, err
	}
	return &datum.Batch{Rows: b.Rows, Cols: cols}, nil
}
