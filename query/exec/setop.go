package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// unionAll yields the left rows, then the right ones.
type unionAll struct {
	inputs [2]operator
	at     int
}

func (u *unionAll) Open(ctx context.Context) error {
	u.at = 0
	for _, in := range u.inputs {
		if err := in.Open(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (u *unionAll) Next(ctx context.Context) (*datum.Batch, error) {
	for u.at < 2 {
		b, err := u.inputs[u.at].Next(ctx)
		if err != nil || b != nil {
			return b, err
		}
		u.at++
	}
	return nil, nil
}

func (u *unionAll) Close() {
	u.inputs[0].Close()
	u.inputs[1].Close()
}

func (r *running) setOp(x *plan.SetOp) (operator, error) {
	left, err := r.build(x.Left)
	if err != nil {
		return nil, err
	}
	right, err := r.build(x.Right)
	if err != nil {
		return nil, err
	}
	if x.Op != plan.Union {
		return &intersect{r: r, node: x, left: left, right: right, types: typesOf(x), except: x.Op == plan.Except, all: x.All}, nil
	}
	both := &unionAll{inputs: [2]operator{left, right}}
	if x.All {
		return both, nil
	}
	return r.dedupOf(x, both), nil
}
