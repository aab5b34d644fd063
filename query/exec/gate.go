package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// gate is a condition that is the same for all rows: it is computed when its input is opened, which it is only where that
// is true (the One-Time Filter of Postgres's Result).
type gate struct {
	operator
	cond *eval.Expr
	shut bool
}

// gated puts a gate before what build makes, nil for none.
func (r *running) gated(cond plan.Expr, build func() (operator, error)) (operator, error) {
	op, err := build()
	if err != nil || cond == nil {
		return op, err
	}
	c, err := r.condition(cond)
	return &gate{operator: op, cond: c}, err
}

func (g *gate) Open(ctx context.Context) error {
	d, err := g.cond.Value()
	if err != nil {
		return err
	}
	if g.shut = d.IsNull() || !d.Bool(); g.shut {
		return nil
	}
	return g.operator.Open(ctx)
}

func (g *gate) Next(ctx context.Context) (*datum.Batch, error) {
	if g.shut {
		return nil, nil
	}
	return g.operator.Next(ctx)
}
