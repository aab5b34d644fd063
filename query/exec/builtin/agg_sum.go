package builtin

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
)

func sumAggregates(r *registry) {
	for _, t := range []*datum.Type{datum.Int2, datum.Int4} {
		r.aggs[key("sum", t)] = func([]*datum.Type, *Env) AggState { return &intSumState{} }
	}
	for _, t := range []*datum.Type{datum.Int2, datum.Int4, datum.Int8, datum.Numeric} {
		r.aggs[key("avg", t)] = func([]*datum.Type, *Env) AggState { return &numericSumState{mean: true} }
	}
	for _, t := range []*datum.Type{datum.Int8, datum.Numeric} {
		r.aggs[key("sum", t)] = func([]*datum.Type, *Env) AggState { return &numericSumState{} }
	}
	r.aggs["sum(float4)"] = func([]*datum.Type, *Env) AggState { return &floatSumState{round: true} }
	r.aggs["sum(float8)"] = func([]*datum.Type, *Env) AggState { return &floatSumState{} }
	r.aggs["avg(float4)"] = func([]*datum.Type, *Env) AggState { return &floatSumState{mean: true} }
	r.aggs["avg(float8)"] = func([]*datum.Type, *Env) AggState { return &floatSumState{mean: true} }
	r.aggs["sum(interval)"] = func([]*datum.Type, *Env) AggState { return &intervalSumState{} }
	r.aggs["avg(interval)"] = func([]*datum.Type, *Env) AggState { return &intervalSumState{mean: true} }
}

// intSumState sums the small integers as bigint.
type intSumState struct {
	n, sum int64
}

func (s *intSumState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	sum, ok := addInt(s.sum, a[0].Int())
	if !ok {
		return outOfRange(datum.Int8)
	}
	s.n, s.sum = s.n+1, sum
	return nil
}

func (s *intSumState) Result() (datum.Datum, error) {
	if s.n == 0 {
		return datum.Null, nil
	}
	return datum.NewInt(s.sum), nil
}

// numericSumState is sum and avg with a numeric result. Integers are summed in 64 bits and moved to the
// decimal when they would overflow.
type numericSumState struct {
	mean bool
	n    int64
	part int64
	sum  apd.Decimal
}

func (s *numericSumState) Add(a []datum.Datum) error {
	switch a[0].Kind() {
	case datum.KindNull:
		return nil
	case datum.KindNumeric:
		s.n++
		return addNumeric(&s.sum, &s.sum, a[0].Numeric())
	}
	s.n++
	part, ok := addInt(s.part, a[0].Int())
	if !ok {
		if err := addNumeric(&s.sum, &s.sum, apd.New(s.part, 0)); err != nil {
			return err
		}
		part = a[0].Int()
	}
	s.part = part
	return nil
}

func (s *numericSumState) Result() (datum.Datum, error) {
	if s.n == 0 {
		return datum.Null, nil
	}
	total := new(apd.Decimal)
	err := addNumeric(total, &s.sum, apd.New(s.part, 0))
	if err == nil && s.mean {
		d := new(apd.Decimal)
		err = divNumeric(d, total, apd.New(s.n, 0))
		total = d
	}
	return numericResult(total, err)
}

// floatSumState is sum and avg of floats; sum(float4) rounds at each step, as Postgres's does.
type floatSumState struct {
	mean, round bool
	n           int64
	sum         float64
}

func (s *floatSumState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	sum, err := addFloat(s.sum, a[0].Float())
	if err == nil && s.round {
		sum, err = roundFloat4(sum)
	}
	s.n, s.sum = s.n+1, sum
	return err
}

func (s *floatSumState) Result() (datum.Datum, error) {
	switch {
	case s.n == 0:
		return datum.Null, nil
	case s.mean:
		return datum.NewFloat(s.sum / float64(s.n)), nil
	}
	return datum.NewFloat(s.sum), nil
}

type intervalSumState struct {
	mean bool
	n    int64
	sum  datum.IntervalValue
}

func (s *intervalSumState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	var err error
	s.n++
	s.sum, err = datum.AddInterval(s.sum, a[0].Interval())
	return err
}

func (s *intervalSumState) Result() (datum.Datum, error) {
	switch {
	case s.n == 0:
		return datum.Null, nil
	case s.mean:
		return intervalResult(divideInterval(s.sum, float64(s.n)))
	}
	return datum.NewInterval(s.sum), nil
}
