package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// AggregateSteps is how one call of a user's aggregate computes: calls over columns that stand for the state and, behind
// it, for what they take beside.
type AggregateSteps struct {
	Init datum.Datum
	// Trans takes the state and a row's arguments.
	Trans *Call
	// Final takes the state, the direct arguments and then NULLs; nil where the state is the result.
	Final *Call
	// Moving is the same for frames that leave rows behind, and Inverse takes the state and the arguments of the row that
	// leaves; both nil where that is a new beginning.
	Moving  *AggregateSteps
	Inverse *Call
}

// aggregateSteps resolves a user's aggregate for the arguments of a call, all of them; nil for a built-in one.
func (b *binder) aggregateSteps(p *catalog.Proc, args []Expr) (*AggregateSteps, error) {
	if p.User == nil || p.User.Agg == nil {
		return nil, nil
	}
	d := p.User.Agg
	r := &stepResolver{b: b, direct: d.Direct, args: typesOf(args)}
	r.stand, _ = deduce(p.Args, r.args)
	out, err := r.steps(&d.AggregateSteps)
	if err != nil || d.Moving == nil {
		return out, err
	}
	if out.Moving, err = r.steps(d.Moving); err != nil {
		return nil, err
	}
	out.Inverse = r.call(d.Inverse, append([]*datum.Type{r.state(d.Moving)}, r.args[d.Direct:]...))
	return out, nil
}

type stepResolver struct {
	b      *binder
	direct int
	args   []*datum.Type
	stand  standIns
}

// state is the type of a state in this call.
func (r *stepResolver) state(s *catalog.AggregateSteps) *datum.Type {
	return r.stand.actualOr(r.b.cat.Snapshot().TypeByOID(s.State))
}

func (r *stepResolver) steps(s *catalog.AggregateSteps) (*AggregateSteps, error) {
	state := r.state(s)
	init, err := r.b.initialState(s, state)
	if err != nil {
		return nil, err
	}
	out := &AggregateSteps{Init: init, Trans: r.call(s.Trans, append([]*datum.Type{state}, r.args[r.direct:]...))}
	if s.Final != 0 {
		args := r.args[:r.direct]
		if s.FinalExtra {
			args = r.args
		}
		out.Final = r.call(s.Final, append([]*datum.Type{state}, args...))
	}
	return out, nil
}

// call is a call of a function over columns of those types.
func (r *stepResolver) call(oid catalog.OID, args []*datum.Type) *Call {
	p := r.b.cat.Snapshot().ProcByOID(oid)
	stand, _ := deduce(p.Args, args)
	out := &Call{Typed: Typed{stand.actualOr(p.Ret), -1}, Proc: p, Pos: -1}
	for i, t := range args {
		out.Args = append(out.Args, &Col{Typed: Typed{t, -1}, Index: i})
	}
	return out
}
