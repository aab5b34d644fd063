package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// multirangeFunctions are those of multiranges, and of multiranges beside ranges.
func multirangeFunctions(r *registry) {
	for _, t := range datum.BuiltinRanges() {
		m := t.Multirange
		r.fn(multirangeConstructor(m), m.Name+"()", key(m.Name, t), key(m.Name, t.Array))
	}
	for name, fact := range map[string]func(*datum.MultirangeValue) bool{
		"isempty":   (*datum.MultirangeValue).Empty,
		"lower_inc": func(m *datum.MultirangeValue) bool { return !m.Empty() && m.Ranges[0].LowerInc },
		"upper_inc": func(m *datum.MultirangeValue) bool { return !m.Empty() && m.Ranges[len(m.Ranges)-1].UpperInc },
		"lower_inf": func(m *datum.MultirangeValue) bool { return !m.Empty() && m.Ranges[0].Lower.IsNull() },
		"upper_inf": func(m *datum.MultirangeValue) bool { return !m.Empty() && m.Ranges[len(m.Ranges)-1].Upper.IsNull() },
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewBool(fact(a[0].Multirange())), nil
		}, key(name, datum.AnyMultirange))
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if m := a[0].Multirange(); !m.Empty() {
			return m.Ranges[0].Lower, nil
		}
		return datum.Null, nil
	}, "lower(anymultirange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if m := a[0].Multirange(); !m.Empty() {
			return m.Ranges[len(m.Ranges)-1].Upper, nil
		}
		return datum.Null, nil
	}, "upper(anymultirange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return rangeDatum(a[0].Multirange().Span())
	}, "range_merge(anymultirange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return a[0].Range().AsMultirange().AsDatum(), nil
	}, "multirange(anyrange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(datum.Compare(a[0].Multirange().Type, a[0], a[1]))), nil
	}, "multirange_cmp(anymultirange,anymultirange)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[0].Multirange().Contains(a[1])), nil
	}, "multirange_contains_elem(anymultirange,anyelement)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[1].Multirange().Contains(a[0])), nil
	}, "elem_contained_by_multirange(anyelement,anymultirange)")
	r.sets["unnest(anymultirange)"] = func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
		for _, x := range a[0].Multirange().Ranges {
			if err := emit([]datum.Datum{x.AsDatum()}); err != nil {
				return err
			}
		}
		return nil
	}
	multirangeRelations(r)
	multirangeMakers(r)
	multirangeAggregates(r)
}

// asMultirange is a range or a multirange as the latter.
func asMultirange(d datum.Datum) *datum.MultirangeValue {
	if d.Kind() == datum.KindRange {
		return d.Range().AsMultirange()
	}
	return d.Multirange()
}

// multirangeRelations are the operators that ask of two, one of them a multirange: range_before_multirange and its kin.
func multirangeRelations(r *registry) {
	relations := map[string]func(a, b *datum.MultirangeValue) bool{
		"contains": (*datum.MultirangeValue).ContainsAll, "overlaps": (*datum.MultirangeValue).Overlaps,
		"before": (*datum.MultirangeValue).Before, "overleft": (*datum.MultirangeValue).NotRightOf,
		"overright": (*datum.MultirangeValue).NotLeftOf, "adjacent": (*datum.MultirangeValue).Adjacent,
		"contained_by": func(a, b *datum.MultirangeValue) bool { return b.ContainsAll(a) },
		"after":        func(a, b *datum.MultirangeValue) bool { return b.Before(a) },
	}
	one := map[string]*datum.Type{"range": datum.AnyRange, "multirange": datum.AnyMultirange}
	for name, holds := range relations {
		f := func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewBool(holds(asMultirange(a[0]), asMultirange(a[1]))), nil
		}
		for left, lt := range one {
			for right, rt := range one {
				if lt != datum.AnyRange || rt != datum.AnyRange {
					r.fn(f, key(left+"_"+name+"_"+right, lt, rt))
				}
			}
		}
	}
}

func multirangeMakers(r *registry) {
	for name, combine := range map[string]func(a, b *datum.MultirangeValue) (*datum.MultirangeValue, error){
		"union": (*datum.MultirangeValue).Union, "intersect": (*datum.MultirangeValue).Intersect,
		"minus": (*datum.MultirangeValue).Minus,
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return multirangeDatum(combine(a[0].Multirange(), a[1].Multirange()))
		}, key("multirange_"+name, datum.AnyMultirange, datum.AnyMultirange))
	}
}

func multirangeAggregates(r *registry) {
	r.aggs["range_intersect_agg(anymultirange)"] = func([]*datum.Type, *Env) AggState {
		return &foldState{fold: func(a, b datum.Datum) (datum.Datum, error) {
			return multirangeDatum(a.Multirange().Intersect(b.Multirange()))
		}}
	}
	for _, t := range []*datum.Type{datum.AnyRange, datum.AnyMultirange} {
		r.aggs[key("range_agg", t)] = func([]*datum.Type, *Env) AggState { return &rangeAggState{} }
	}
}

func multirangeDatum(m *datum.MultirangeValue, err error) (datum.Datum, error) {
	if err != nil {
		return datum.Null, err
	}
	return m.AsDatum(), nil
}

// rangeAggState is range_agg: the union of the ranges, or of the multiranges, that are not NULL.
type rangeAggState struct {
	typ    *datum.Type // the multirange type, once there was a value
	ranges []*datum.RangeValue
}

func (s *rangeAggState) Add(a []datum.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	m := asMultirange(a[0])
	s.typ, s.ranges = m.Type, append(s.ranges, m.Ranges...)
	return nil
}

func (s *rangeAggState) Result() (datum.Datum, error) {
	if s.typ == nil {
		return datum.Null, nil
	}
	return multirangeDatum(datum.MakeMultirange(s.typ, s.ranges))
}

// multirangeConstructor is the function of a multirange type's own name: of nothing, of a range, or of an array of ranges.
func multirangeConstructor(t *datum.Type) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		var given []datum.Datum
		switch {
		case len(a) > 0 && a[0].Kind() == datum.KindArray:
			if given = a[0].Array().Elems; len(a[0].Array().Dims) > 1 {
				return datum.Null, sqlstate.New(sqlstate.CardinalityViolation,
					"multiranges cannot be constructed from multidimensional arrays")
			}
		case len(a) > 0:
			given = a
		}
		ranges := make([]*datum.RangeValue, len(given))
		for i, d := range given {
			if d.IsNull() {
				return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "multirange values cannot contain null members")
			}
			ranges[i] = d.Range()
		}
		return multirangeDatum(datum.MakeMultirange(t, ranges))
	}
}
