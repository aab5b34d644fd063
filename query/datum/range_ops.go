package datum

import "github.com/seguedb/segue/query/sqlstate"

// What ranges are to each other and make together, as rangetypes.c has it. Both are of one type.

// ContainsRange says whether all of b is in a.
func (a *RangeValue) ContainsRange(b *RangeValue) bool {
	switch {
	case b.Empty:
		return true
	case a.Empty:
		return false
	}
	return a.low().compare(b.low()) <= 0 && a.high().compare(b.high()) >= 0
}

// Overlaps says whether some value is in both.
func (a *RangeValue) Overlaps(b *RangeValue) bool {
	return !a.Empty && !b.Empty && a.low().compare(b.high()) <= 0 && b.low().compare(a.high()) <= 0
}

// Before says whether a ends before b begins.
func (a *RangeValue) Before(b *RangeValue) bool {
	return !a.Empty && !b.Empty && a.high().compare(b.low()) < 0
}

// NotRightOf says whether a does not extend to the right of b: &<.
func (a *RangeValue) NotRightOf(b *RangeValue) bool {
	return !a.Empty && !b.Empty && a.high().compare(b.high()) <= 0
}

// NotLeftOf says whether a does not extend to the left of b: &>.
func (a *RangeValue) NotLeftOf(b *RangeValue) bool {
	return !a.Empty && !b.Empty && a.low().compare(b.low()) >= 0
}

// Adjacent says whether one ends where the other begins, with nothing between.
func (a *RangeValue) Adjacent(b *RangeValue) bool {
	return !a.Empty && !b.Empty && (a.high().touches(b.low()) || b.high().touches(a.low()))
}

// Merge is the smallest range with both in it.
func (a *RangeValue) Merge(b *RangeValue) (*RangeValue, error) {
	switch {
	case a.Empty:
		return b, nil
	case b.Empty:
		return a, nil
	}
	return a.between(lesser(a.low(), b.low()), greater(a.high(), b.high()))
}

// Union is Merge of ranges that have nothing between them, 22000 for others.
func (a *RangeValue) Union(b *RangeValue) (*RangeValue, error) {
	if !a.Empty && !b.Empty && !a.Overlaps(b) && !a.Adjacent(b) {
		return nil, sqlstate.New(sqlstate.DataException, "result of range union would not be contiguous")
	}
	return a.Merge(b)
}

// Intersect is what both have.
func (a *RangeValue) Intersect(b *RangeValue) (*RangeValue, error) {
	if !a.Overlaps(b) {
		return EmptyRange(a.Type), nil
	}
	return a.between(greater(a.low(), b.low()), lesser(a.high(), b.high()))
}

// Minus is a without b, 22000 where two ranges would be left.
func (a *RangeValue) Minus(b *RangeValue) (*RangeValue, error) {
	left, right, err := a.without(b)
	switch {
	case err != nil:
		return nil, err
	case !left.Empty && !right.Empty:
		return nil, sqlstate.New(sqlstate.DataException, "result of range difference would not be contiguous")
	case left.Empty:
		return right, nil
	}
	return left, nil
}

// without is what a has to the left and to the right of b.
func (a *RangeValue) without(b *RangeValue) (left, right *RangeValue, err error) {
	none := EmptyRange(a.Type)
	if !a.Overlaps(b) {
		return a, none, nil
	}
	left, right = none, none
	if a.low().compare(b.low()) < 0 {
		if left, err = a.between(a.low(), b.low().opposite()); err != nil {
			return nil, nil, err
		}
	}
	if a.high().compare(b.high()) > 0 {
		right, err = a.between(b.high().opposite(), a.high())
	}
	return left, right, err
}
