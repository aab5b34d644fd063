package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// vectorAggregates are pgvector's avg, whose state is a count and float64 sums, and sum, which adds vectors; and the
// functions that they consist of.
func vectorAggregates(r *registry) {
	for _, t := range []*datum.Type{datum.Vector, datum.Halfvec} {
		r.aggs["sum("+t.Name+")"] = func([]*datum.Type, *Env) AggState { return &vectorSumState{typ: t} }
		r.aggs["avg("+t.Name+")"] = func([]*datum.Type, *Env) AggState { return &vectorMeanState{typ: t} }
		r.fn(accumulateVector(t), key(t.Name+"_accum", datum.Float8Array, t))
		r.fn(combineVectorStates(t), key(t.Name+"_combine", datum.Float8Array, datum.Float8Array))
		r.fn(meanOfVectorState(t), key(t.Name+"_avg", datum.Float8Array))
	}
}

type vectorSumState struct {
	typ *datum.Type
	sum []float32
}

func (s *vectorSumState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	if s.sum == nil {
		s.sum = a[0].Vector()
		return nil
	}
	sum, err := combine(s.typ, s.sum, a[0].Vector(), func(a, b float32) (float32, error) { return a + b, nil })
	s.sum = sum
	return err
}

func (s *vectorSumState) Result() (datum.Datum, error) {
	if s.sum == nil {
		return datum.Null, nil
	}
	return datum.NewVector(s.sum), nil
}

// vectorMeanState is vector_accum's and halfvec_accum's.
type vectorMeanState struct {
	typ *datum.Type
	n   float64
	sum []float64
}

func (s *vectorMeanState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	v := a[0].Vector()
	if len(s.sum) == 0 {
		s.sum = make([]float64, len(v))
	}
	if len(v) != len(s.sum) {
		return sqlstate.New(sqlstate.DataException, "expected %d dimensions, not %d", len(s.sum), len(v))
	}
	for i, x := range v {
		s.sum[i] += float64(x)
	}
	s.n++
	return nil
}

func (s *vectorMeanState) Result() (datum.Datum, error) {
	if s.n == 0 {
		return datum.Null, nil
	}
	mean := make([]datum.Datum, len(s.sum))
	for i, x := range s.sum {
		mean[i] = datum.NewFloat(x / s.n)
	}
	return datum.Cast(datum.ArrayFrom(datum.Float8, mean), datum.Float8Array, s.typ, -1, true, nil)
}

func (s *vectorMeanState) array() datum.Datum {
	out := make([]datum.Datum, 0, len(s.sum)+1)
	out = append(out, datum.NewFloat(s.n))
	for _, x := range s.sum {
		out = append(out, datum.NewFloat(x))
	}
	return datum.ArrayFrom(datum.Float8, out)
}

// vectorState reads a state array: the count, then the sums.
func vectorState(t *datum.Type, d datum.Datum, caller string) (*vectorMeanState, error) {
	a := d.Array()
	if len(a.Dims) != 1 {
		return nil, badVectorState(caller)
	}
	s := &vectorMeanState{typ: t}
	for i, e := range a.Elems {
		switch {
		case e.IsNull():
			return nil, badVectorState(caller)
		case i == 0:
			s.n = e.Float()
		default:
			s.sum = append(s.sum, e.Float())
		}
	}
	return s, nil
}

func badVectorState(caller string) error {
	return sqlstate.New(sqlstate.InternalError, "%s: expected state array", caller)
}

func accumulateVector(t *datum.Type) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, err := vectorState(t, a[0], t.Name+"_accum")
		if err != nil {
			return datum.Null, err
		}
		if err := s.Add(a[1:]); err != nil {
			return datum.Null, err
		}
		return s.array(), nil
	}
}

func combineVectorStates(t *datum.Type) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		x, err := vectorState(t, a[0], "vector_combine")
		if err != nil {
			return datum.Null, err
		}
		y, err := vectorState(t, a[1], "vector_combine")
		switch {
		case err != nil:
			return datum.Null, err
		case x.n == 0:
			return y.array(), nil
		case y.n == 0:
			return x.array(), nil
		case len(x.sum) != len(y.sum):
			return datum.Null, sqlstate.New(sqlstate.DataException, "expected %d dimensions, not %d", len(x.sum), len(y.sum))
		}
		x.n += y.n
		for i := range x.sum {
			x.sum[i] += y.sum[i]
		}
		return x.array(), nil
	}
}

func meanOfVectorState(t *datum.Type) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, err := vectorState(t, a[0], t.Name+"_avg")
		if err != nil {
			return datum.Null, err
		}
		return s.Result()
	}
}
