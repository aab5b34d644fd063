package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// ComputeRows computes an expression over rows outside of any statement: env needs no Relations, and e must call no user's
// function. It goes on past the rows that fail: errs[i] is row i's error, and its value is NULL; errs is nil when none did.
func ComputeRows(ctx context.Context, env *Env, e plan.Expr, rows *datum.Batch) (v *datum.Vec, errs []error, err error) {
	r := computing(ctx, env)
	compiled, err := eval.Compile(e, r.exprs)
	if err != nil {
		return nil, nil, eval.Cause(err)
	}
	v, errs, err = compiled.EvalRows(rows)
	if err != nil {
		return nil, nil, outcome(ctx, err)
	}
	return v, errs, nil
}

// computing is what runs expressions that are in no plan.
func computing(ctx context.Context, env *Env) *running {
	v := NewEvaluator()
	v.Use(env)
	v.enter(ctx)
	return &v.run
}

// KeepSegments replaces the segments of rows by those of their audio, in the statement of env's Relations. rows have the
// columns that node reads, and the vectors that the segments were pooled to.
func KeepSegments(ctx context.Context, env *Env, node *plan.Segments, rows *datum.Batch) error {
	r := computing(ctx, env)
	w, err := r.segmentWriter(node)
	if err != nil {
		return eval.Cause(err)
	}
	return outcome(ctx, w.replace(ctx, rows, rows, []int{node.Column}))
}
