package datum

// bound is one end of a range.
type bound struct {
	t     *Type // the subtype
	v     Datum // NULL for none
	inc   bool
	lower bool
}

func (r *RangeValue) low() bound  { return bound{r.Type.Subtype, r.Lower, r.LowerInc, true} }
func (r *RangeValue) high() bound { return bound{r.Type.Subtype, r.Upper, r.UpperInc, false} }

// compareValue compares where the bounds are, whether inclusive or not (range_cmp_bound_values).
func (a bound) compareValue(b bound) int {
	switch {
	case a.v.IsNull() && b.v.IsNull() && a.lower == b.lower:
		return 0
	case a.v.IsNull():
		return beyond(a.lower)
	case b.v.IsNull():
		return -beyond(b.lower)
	}
	return Compare(a.t, a.v, b.v)
}

// beyond is where a bound that is none lies: before everything, or after.
func beyond(lower bool) int {
	if lower {
		return -1
	}
	return 1
}

// compare is the order of bounds among each other (range_cmp_bounds): at one value, an exclusive upper bound lies before
// it, an exclusive lower one behind.
func (a bound) compare(b bound) int {
	if c := a.compareValue(b); c != 0 || a.v.IsNull() {
		return c
	}
	return a.shift() - b.shift()
}

func (a bound) shift() int {
	switch {
	case a.inc:
		return 0
	case a.lower:
		return 1
	}
	return -1
}

// touches says whether a lower bound begins exactly where an upper bound ends (bounds_adjacent). Of discrete types it needs
// no more: their ranges have one form.
func (a bound) touches(lower bound) bool {
	return !a.v.IsNull() && !lower.v.IsNull() && a.inc != lower.inc && Compare(a.t, a.v, lower.v) == 0
}

// opposite is the bound of what lies on the other side.
func (a bound) opposite() bound {
	a.inc, a.lower = !a.inc, !a.lower
	return a
}

// between is the range from one bound to another, which is a range: it was part of ranges of the type.
func (r *RangeValue) between(lower, upper bound) (*RangeValue, error) {
	return MakeRange(r.Type, lower.v, upper.v, lower.inc, upper.inc)
}

func lesser(a, b bound) bound {
	if a.compare(b) <= 0 {
		return a
	}
	return b
}

func greater(a, b bound) bound {
	if a.compare(b) >= 0 {
		return a
	}
	return b
}
