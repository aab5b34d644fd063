package builtin

import "github.com/seguedb/segue/query/datum"

// countState is count(*), and count(x) where it has an argument.
type countState struct{ n int64 }

func (s *countState) Add(a []datum.Datum) error {
	if len(a) == 0 || !a[0].IsNull() {
		s.n++
	}
	return nil
}

func (s *countState) Result() (datum.Datum, error) { return datum.NewInt(s.n), nil }

// boolState is bool_and and bool_or: the value that settles it, if it was seen.
type boolState struct {
	settles     bool
	seen, found bool
}

func (s *boolState) Add(a []datum.Datum) error {
	if !a[0].IsNull() {
		s.seen = true
		s.found = s.found || a[0].Bool() == s.settles
	}
	return nil
}

func (s *boolState) Result() (datum.Datum, error) {
	if !s.seen {
		return datum.Null, nil
	}
	return datum.NewBool(s.found == s.settles), nil
}

// bitState is bit_and, bit_or and bit_xor.
type bitState struct {
	combine func(a, b int64) int64
	seen    bool
	v       int64
}

func (s *bitState) Add(a []datum.Datum) error {
	switch {
	case a[0].IsNull():
	case !s.seen:
		s.v, s.seen = a[0].Int(), true
	default:
		s.v = s.combine(s.v, a[0].Int())
	}
	return nil
}

func (s *bitState) Result() (datum.Datum, error) {
	if !s.seen {
		return datum.Null, nil
	}
	return datum.NewInt(s.v), nil
}

// extremeState is min and max.
type extremeState struct {
	typ  *datum.Type
	sign int // -1 for min
	best datum.Datum
}

func (s *extremeState) Add(a []datum.Datum) error {
	if d := a[0]; !d.IsNull() && (s.best.IsNull() || datum.Compare(s.typ, d, s.best)*s.sign > 0) {
		s.best = d
	}
	return nil
}

func (s *extremeState) Result() (datum.Datum, error) { return s.best, nil }

func simpleAggregates(r *registry) {
	count := func([]*datum.Type, *Env) AggState { return &countState{} }
	r.aggs["count()"], r.aggs["count(any)"] = count, count
	all := func([]*datum.Type, *Env) AggState { return &boolState{settles: false} }
	r.aggs["bool_and(bool)"], r.aggs["every(bool)"] = all, all
	r.aggs["bool_or(bool)"] = func([]*datum.Type, *Env) AggState { return &boolState{settles: true} }
	for _, t := range []*datum.Type{datum.Int2, datum.Int4, datum.Int8} {
		r.aggs[key("bit_and", t)] = func([]*datum.Type, *Env) AggState {
			return &bitState{combine: func(a, b int64) int64 { return a & b }}
		}
		r.aggs[key("bit_or", t)] = func([]*datum.Type, *Env) AggState {
			return &bitState{combine: func(a, b int64) int64 { return a | b }}
		}
		r.aggs[key("bit_xor", t)] = func([]*datum.Type, *Env) AggState {
			return &bitState{combine: func(a, b int64) int64 { return a ^ b }}
		}
	}
	for _, t := range []*datum.Type{
		datum.Int2, datum.Int4, datum.Int8, datum.Oid, datum.Float4, datum.Float8, datum.Numeric, datum.Date, datum.Time, datum.Timetz,
		datum.Timestamp, datum.Timestamptz, datum.Interval, datum.Text, datum.Bpchar, datum.Inet, datum.AnyArray, datum.AnyEnum,
		datum.Money, datum.PgLSN, datum.Xid8, datum.Tid,
	} {
		for name, sign := range map[string]int{"min": -1, "max": 1} {
			r.aggs[key(name, t)] = func(types []*datum.Type, _ *Env) AggState {
				return &extremeState{typ: known(types[0]), sign: sign}
			}
		}
	}
}
