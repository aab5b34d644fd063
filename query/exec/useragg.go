package exec

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// aggStep is a function of a user's aggregate, ready to run.
type aggStep struct {
	fn     builtin.Func
	strict bool
	width  int // its arguments, the state among them
}

// aggSteps is a user's aggregate, ready to run: all of its groups share it.
type aggSteps struct {
	env     *builtin.Env
	init    datum.Datum
	trans   *aggStep
	inverse *aggStep // nil where rows do not leave
	final   *aggStep // nil where the state is the result
}

// userAggregate compiles a user's aggregate.
func (r *running) userAggregate(s *plan.AggregateSteps) (*aggSteps, error) {
	out := &aggSteps{env: r.exprs.Fn, init: s.Init}
	var err error
	if out.trans, err = r.aggStep(s.Trans); err != nil {
		return nil, err
	}
	if s.Final != nil {
		out.final, err = r.aggStep(s.Final)
	}
	return out, err
}

func (r *running) aggStep(c *plan.Call) (*aggStep, error) {
	var fn builtin.Func
	var err error
	if !c.Proc.Native() {
		fn, err = r.Routine(c)
	} else {
		fn, err = eval.Function(c.Proc, exprTypes(c.Args))
	}
	return &aggStep{fn: fn, strict: c.Proc.Strict, width: len(c.Args)}, err
}

// skips says that a strict function is spared a row.
func (s *aggStep) skips(row []datum.Datum) bool {
	return s.strict && slices.ContainsFunc(row, datum.Datum.IsNull)
}

// run calls the function with the state, arguments and NULLs for those that it has beside; skipped says that it is
// strict and was not called.
func (s *aggStep) run(env *builtin.Env, state datum.Datum, args []datum.Datum) (out datum.Datum, skipped bool, err error) {
	all := make([]datum.Datum, s.width) // NULLs; the function may keep it
	all[0] = state
	copy(all[1:], args)
	if s.strict && slices.ContainsFunc(all, datum.Datum.IsNull) {
		return datum.Null, true, nil
	}
	out, err = s.fn(env, all)
	return out, false, err
}

// userAccumulator makes a user's aggregate over rows' arguments.
func (r *running) userAccumulator(s *plan.AggregateSteps) (newAccumulator, error) {
	steps, err := r.userAggregate(s)
	if err != nil {
		return nil, err
	}
	return func() (accumulator, error) {
		return &states{fresh: func() (builtin.AggState, error) { return steps.begin(), nil }}, nil
	}, nil
}

// userState is the state of one group.
type userState struct {
	steps  *aggSteps
	state  datum.Datum
	begun  bool // the state is a value, or has been one
	direct []datum.Datum
}

func (s *aggSteps) begin() *userState {
	return &userState{steps: s, state: s.init, begun: !s.init.IsNull()}
}

// Add takes a row (advance_transition_function): a strict function is spared NULLs, and begins with the first value.
func (u *userState) Add(args []datum.Datum) error {
	t := u.steps.trans
	switch {
	case t.skips(args):
		return nil
	case t.strict && !u.begun:
		u.state, u.begun = args[0], true
		return nil
	}
	out, skipped, err := t.run(u.steps.env, u.state, args)
	if err == nil && !skipped {
		u.state, u.begun = out, true
	}
	return err
}

// Result may be asked for more than once.
func (u *userState) Result() (datum.Datum, error) {
	if u.steps.final == nil {
		return u.state, nil
	}
	out, _, err := u.steps.final.run(u.steps.env, u.state, u.direct)
	return out, err
}

// userSet is a user's aggregate WITHIN GROUP: the rows' values come as they are read, and the direct arguments at the end.
type userSet struct {
	states
	values []*eval.Expr
}

func (r *running) userOrderedSet(a *plan.AggCall) (newAccumulator, error) {
	steps, err := r.userAggregate(a.Steps)
	if err != nil {
		return nil, err
	}
	by, err := r.sorter(a.OrderBy)
	if err != nil {
		return nil, err
	}
	return func() (accumulator, error) {
		fresh := func() (builtin.AggState, error) { return steps.begin(), nil }
		return &userSet{states: states{fresh: fresh}, values: by.exprs}, nil
	}, nil
}

func (s *userSet) add(b *datum.Batch, groups []int32, _ []*datum.Vec) error {
	values, err := evalAll(s.values, b)
	if err != nil {
		return err
	}
	return s.states.add(b, groups, values)
}

func (s *userSet) setDirect(group int, args []datum.Datum) {
	if st, err := s.state(group); err == nil {
		st.(*userState).direct = args
	}
}

// leaver is an accumulator of one group that rows may leave again, in the order in which they came.
type leaver interface {
	// leave takes n rows out; left is false where the function cannot, and the state is spoiled then.
	leave(args []*datum.Vec, n int) (left bool, err error)
}

// movable says whether a window's aggregate goes along with its frame (initialize_peragg).
func movable(c *plan.WindowCall) bool {
	return c.Steps != nil && c.Steps.Moving != nil && c.FrameOptions&startUnboundedPrec == 0 &&
		!plan.VolatileExprs(append([]plan.Expr{c.Filter}, c.Args...)...)
}

func (r *running) movingAccumulator(s *plan.AggregateSteps) (newAccumulator, error) {
	steps, err := r.userAggregate(s.Moving)
	if err != nil {
		return nil, err
	}
	if steps.inverse, err = r.aggStep(s.Inverse); err != nil {
		return nil, err
	}
	return func() (accumulator, error) { return &movingState{steps: steps, one: steps.begin()}, nil }, nil
}

// movingState is one group, whose rows leave again.
type movingState struct {
	steps *aggSteps
	one   *userState
	rows  int // that the state is of
}

func (m *movingState) grow(int) {}

func (m *movingState) result(int) (datum.Datum, error) { return m.one.Result() }

func (m *movingState) add(_ *datum.Batch, groups []int32, args []*datum.Vec) error {
	for i := range groups {
		row := rowOf(args, i)
		if m.steps.trans.skips(row) {
			continue
		}
		if err := m.one.Add(row); err != nil {
			return err
		}
		if m.rows++; m.one.state.IsNull() {
			return sqlstate.New(sqlstate.NullValueNotAllowed, "moving-aggregate transition function must not return null")
		}
	}
	return nil
}

func (m *movingState) leave(args []*datum.Vec, n int) (bool, error) {
	for i := range n {
		row := rowOf(args, i)
		switch {
		case m.steps.trans.skips(row):
			continue
		case m.rows == 0:
			return false, nil
		case m.rows == 1: // the last one leaves nothing behind
			m.one, m.rows = m.steps.begin(), 0
			continue
		}
		out, skipped, err := m.steps.inverse.run(m.steps.env, m.one.state, row)
		if err != nil || skipped || out.IsNull() {
			return false, err
		}
		m.one.state = out
		m.rows--
	}
	return true, nil
}

func rowOf(args []*datum.Vec, i int) []datum.Datum {
	out := make([]datum.Datum, len(args))
	for j, a := range args {
		out[j] = a.Get(i)
	}
	return out
}
