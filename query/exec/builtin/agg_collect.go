package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func collectingAggregates(r *registry) {
	r.aggs["array_agg(anynonarray)"] = func(types []*datum.Type, _ *Env) AggState {
		return &arrayState{elem: known(types[0])}
	}
	r.aggs["array_agg(anyarray)"] = func(types []*datum.Type, _ *Env) AggState {
		return &nestedArrayState{elem: types[0].Elem}
	}
	for _, t := range []*datum.Type{datum.Text, datum.Bytea} {
		r.aggs[key("string_agg", t, t)] = func([]*datum.Type, *Env) AggState { return &stringState{} }
	}
}

// arrayState is array_agg of plain values, NULLs included. Results share the elements: what is appended
// later lies beyond their length.
type arrayState struct {
	elem  *datum.Type
	elems []datum.Datum
}

func (s *arrayState) Add(a []datum.Datum) error {
	s.elems = append(s.elems, a[0])
	return nil
}

func (s *arrayState) Result() (datum.Datum, error) {
	if len(s.elems) == 0 {
		return datum.Null, nil
	}
	return datum.ArrayFrom(s.elem, slices.Clip(s.elems)), nil
}

// nestedArrayState is array_agg of arrays, which must all have one shape; the result has a dimension more.
type nestedArrayState struct {
	elem  *datum.Type
	dims  []int
	lower []int
	n     int
	elems []datum.Datum
}

func (s *nestedArrayState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return sqlstate.New(sqlstate.NullValueNotAllowed, "cannot accumulate null arrays")
	}
	arr := a[0].Array()
	switch {
	case len(arr.Dims) == 0:
		return sqlstate.New(sqlstate.ArraySubscriptError, "cannot accumulate empty arrays")
	case s.n == 0:
		s.dims, s.lower = arr.Dims, arr.Lower
	case !slices.Equal(s.dims, arr.Dims):
		return sqlstate.New(sqlstate.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
	}
	s.n++
	s.elems = append(s.elems, arr.Elems...)
	return nil
}

func (s *nestedArrayState) Result() (datum.Datum, error) {
	if s.n == 0 {
		return datum.Null, nil
	}
	return datum.NewArray(&datum.ArrayValue{
		Elem: s.elem, Elems: slices.Clip(s.elems),
		Dims: append([]int{s.n}, s.dims...), Lower: append([]int{1}, s.lower...),
	}), nil
}

// stringState is string_agg: each value after the first is preceded by its own row's delimiter.
type stringState struct {
	seen bool
	text []byte
}

func (s *stringState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	if s.seen {
		s.text = append(s.text, a[1].Str()...) // of NULL, nothing
	}
	s.seen = true
	if s.text = append(s.text, a[0].Str()...); len(s.text) > maxText {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "string_agg result exceeds %d bytes", maxText)
	}
	return nil
}

func (s *stringState) Result() (datum.Datum, error) {
	if !s.seen {
		return datum.Null, nil
	}
	return datum.NewString(string(s.text)), nil
}
