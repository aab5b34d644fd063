package datum

import "slices"

// What multiranges are to each other and make together, as multirangetypes.c has it. A range stands beside a multirange as
// a multirange of it: AsMultirange.

// AsMultirange is the multirange of one range.
func (r *RangeValue) AsMultirange() *MultirangeValue {
	m := &MultirangeValue{Type: r.Type.Multirange}
	if !r.Empty {
		m.Ranges = []*RangeValue{r}
	}
	return m
}

func (m *MultirangeValue) first() *RangeValue { return m.Ranges[0] }
func (m *MultirangeValue) last() *RangeValue  { return m.Ranges[len(m.Ranges)-1] }

// Contains says whether a value lies in one of the ranges.
func (m *MultirangeValue) Contains(d Datum) bool {
	return slices.ContainsFunc(m.Ranges, func(r *RangeValue) bool { return r.Contains(d) })
}

// ContainsAll says whether every range of b lies in one of m's.
func (m *MultirangeValue) ContainsAll(b *MultirangeValue) bool {
	return !slices.ContainsFunc(b.Ranges, func(want *RangeValue) bool {
		return !slices.ContainsFunc(m.Ranges, func(r *RangeValue) bool { return r.ContainsRange(want) })
	})
}

// Overlaps says whether some value is in both.
func (m *MultirangeValue) Overlaps(b *MultirangeValue) bool {
	for i, j := 0, 0; i < len(m.Ranges) && j < len(b.Ranges); {
		switch x, y := m.Ranges[i], b.Ranges[j]; {
		case x.Overlaps(y):
			return true
		case x.Before(y):
			i++
		default:
			j++
		}
	}
	return false
}

// Before says whether m ends before b begins.
func (m *MultirangeValue) Before(b *MultirangeValue) bool {
	return !m.Empty() && !b.Empty() && m.last().Before(b.first())
}

// NotRightOf says whether m does not extend to the right of b.
func (m *MultirangeValue) NotRightOf(b *MultirangeValue) bool {
	return !m.Empty() && !b.Empty() && m.last().NotRightOf(b.last())
}

// NotLeftOf says whether m does not extend to the left of b.
func (m *MultirangeValue) NotLeftOf(b *MultirangeValue) bool {
	return !m.Empty() && !b.Empty() && m.first().NotLeftOf(b.first())
}

// Adjacent says whether one ends where the other begins, with nothing between.
func (m *MultirangeValue) Adjacent(b *MultirangeValue) bool {
	return !m.Empty() && !b.Empty() &&
		(m.last().high().touches(b.first().low()) || b.last().high().touches(m.first().low()))
}

// Union is all that is in either.
func (m *MultirangeValue) Union(b *MultirangeValue) (*MultirangeValue, error) {
	return MakeMultirange(m.Type, slices.Concat(m.Ranges, b.Ranges))
}

// Intersect is what both have.
func (m *MultirangeValue) Intersect(b *MultirangeValue) (*MultirangeValue, error) {
	var out []*RangeValue
	for i, j := 0, 0; i < len(m.Ranges) && j < len(b.Ranges); {
		x, y := m.Ranges[i], b.Ranges[j]
		both, err := x.Intersect(y)
		if err != nil {
			return nil, err
		}
		if out = append(out, both); x.high().compare(y.high()) < 0 {
			i++
		} else {
			j++
		}
	}
	return MakeMultirange(m.Type, out)
}

// Minus is what is in m and not in b.
func (m *MultirangeValue) Minus(b *MultirangeValue) (*MultirangeValue, error) {
	var out []*RangeValue
	for _, rest := range m.Ranges {
		for _, r := range b.Ranges {
			left, right, err := rest.without(r)
			if err != nil {
				return nil, err
			}
			if !rest.Overlaps(r) {
				continue
			}
			out, rest = append(out, left), right
		}
		out = append(out, rest)
	}
	return MakeMultirange(m.Type, out)
}
