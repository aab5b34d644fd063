package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// ruleSteps runs the statements that rules made of one. Each runs as one of its own within the statement: it sees what those
// before it did, and nothing of any is left when one fails.
type ruleSteps struct {
	r     *running
	node  *plan.RuleSteps
	rows  *Spool
	given int
}

func (s *ruleSteps) Open(ctx context.Context) error {
	for i := range s.node.Steps {
		if err := s.step(ctx, &s.node.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *ruleSteps) step(ctx context.Context, step *plan.RuleStep) error {
	env := *s.r.env
	if env.depth++; env.depth >= maxRoutineDepth {
		return TooDeep()
	}
	nested, err := env.Relations.Nested(ctx)
	if err != nil {
		return err
	}
	defer nested.Abort()
	env.Relations = nested
	var emit func(*datum.Batch) error
	if step.Returns {
		s.rows = s.r.spool(columnTypes(step.Plan.Columns))
		emit = s.rows.Add
	}
	if len(s.node.Cols) > 0 { // a statement that returns rows has no results beside them
		env.Results = nil
	}
	if step.Query && env.Results != nil {
		if emit, err = env.Results(step.Plan.Columns); err != nil {
			return err
		}
	}
	n, err := Drain(ctx, step.Plan, &env, emit)
	if err != nil {
		return err
	}
	if step.Counts {
		s.r.affected += n
	}
	return nested.Finish()
}

func (s *ruleSteps) Next(context.Context) (*datum.Batch, error) {
	if s.rows == nil {
		return nil, nil
	}
	b, err := s.rows.Chunk(s.given)
	if b != nil {
		s.given += b.Rows
	}
	return b, err
}

func (s *ruleSteps) Close() {
	if s.rows != nil {
		s.rows.Close()
	}
}
