package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// rangeFunctions are those of one range, and of two; a value of a range knows its type.
func rangeFunctions(r *registry) {
	for _, t := range datum.BuiltinRanges() {
		r.fn(rangeConstructor(t), key(t.Name, t.Subtype, t.Subtype), key(t.Name, t.Subtype, t.Subtype, datum.Text))
	}
	for name, fact := range map[string]func(*datum.RangeValue) bool{
		"isempty": func(x *datum.RangeValue) bool { return x.Empty }, "lower_inc": func(x *datum.RangeValue) bool { return x.LowerInc },
		"upper_inc": func(x *datum.RangeValue) bool { return x.UpperInc },
		"lower_inf": func(x *datum.RangeValue) bool { return !x.Empty && x.Lower.IsNull() },
		"upper_inf": func(x *datum.RangeValue) bool { return !x.Empty && x.Upper.IsNull() },
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewBool(fact(a[0].Range())), nil
		}, key(name, datum.AnyRange))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return a[0].Range().Lower, nil }, "lower(anyrange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return a[0].Range().Upper, nil }, "upper(anyrange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(datum.Compare(a[0].Range().Type, a[0], a[1]))), nil
	}, "range_cmp(anyrange,anyrange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[0].Range().Contains(a[1])), nil
	}, "range_contains_elem(anyrange,anyelement)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[1].Range().Contains(a[0])), nil
	}, "elem_contained_by_range(anyelement,anyrange)")
	rangeRelations(r)
	rangeMakers(r)
}

// rangeRelations are the operators that two ranges are asked by.
func rangeRelations(r *registry) {
	for name, holds := range map[string]func(a, b *datum.RangeValue) bool{
		"contains": (*datum.RangeValue).ContainsRange, "overlaps": (*datum.RangeValue).Overlaps, "before": (*datum.RangeValue).Before,
		"overleft": (*datum.RangeValue).NotRightOf, "overright": (*datum.RangeValue).NotLeftOf, "adjacent": (*datum.RangeValue).Adjacent,
		"contained_by": func(a, b *datum.RangeValue) bool { return b.ContainsRange(a) },
		"after":        func(a, b *datum.RangeValue) bool { return b.Before(a) },
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewBool(holds(a[0].Range(), a[1].Range())), nil
		}, key("range_"+name, datum.AnyRange, datum.AnyRange))
	}
}

// rangeMakers are the operators that make a range of two.
func rangeMakers(r *registry) {
	for name, combine := range map[string]func(a, b *datum.RangeValue) (*datum.RangeValue, error){
		"union": (*datum.RangeValue).Union, "intersect": (*datum.RangeValue).Intersect, "minus": (*datum.RangeValue).Minus,
		"merge": (*datum.RangeValue).Merge,
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return rangeDatum(combine(a[0].Range(), a[1].Range()))
		}, key("range_"+name, datum.AnyRange, datum.AnyRange))
	}
	r.aggs["range_intersect_agg(anyrange)"] = func([]*datum.Type, *Env) AggState {
		return &foldState{fold: func(a, b datum.Datum) (datum.Datum, error) { return rangeDatum(a.Range().Intersect(b.Range())) }}
	}
}

func rangeDatum(x *datum.RangeValue, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	return x.AsDatum(), nil
}

// foldState makes one value of all that are not NULL, NULL where there are none.
type foldState struct {
	fold func(a, b datum.Datum) (datum.Datum, error)
	v    datum.Datum
}

func (s *foldState) Add(a []datum.Datum) (err error) {
	switch {
	case a[0].IsNull():
	case s.v.IsNull():
		s.v = a[0]
	default:
		s.v, err = s.fold(s.v, a[0])
	}
	return err
}

func (s *foldState) Result() (datum.Datum, error) { return s.v, nil }

// rangeConstructor is the function of a range type's own name: of two bounds, which are [), or of three arguments, of which
// the last says what they are. A NULL bound is none.
func rangeConstructor(t *datum.Type) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		flags := "[)"
		if len(a) > 2 {
			if a[2].IsNull() {
				return datum.Null, sqlstate.New(sqlstate.DataException, "range constructor flags argument must not be null")
			}
			flags = a[2].Str()
		}
		switch flags {
		case "[]", "[)", "(]", "()":
			return rangeDatum(datum.MakeRange(t, a[0], a[1], flags[0] == '[', flags[1] == ']'))
		}
		return datum.Null, sqlstate.New(sqlstate.SyntaxError, "invalid range bound flags").
			WithHint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\".")
	}
}
