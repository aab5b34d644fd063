package datum

// A range's key is 00 for the empty one, or 01 and its bounds. A lower bound is 00 for none, or 01, the key of the value
// and 00 inclusive or 01 exclusive; an upper bound is 00, the value's key and 00 exclusive or 01 inclusive, or 01 for none.
// A multirange is its ranges' keys, closed by 00.

func appendRangeKey(dst []byte, r *RangeValue) []byte {
	if r.Empty {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	if r.Lower.IsNull() {
		dst = append(dst, 0)
	} else {
		dst = appendKeyBody(append(dst, 1), r.Type.Subtype, r.Lower)
		dst = append(dst, byte(boolInt(!r.LowerInc)))
	}
	if r.Upper.IsNull() {
		return append(dst, 1)
	}
	dst = appendKeyBody(append(dst, 0), r.Type.Subtype, r.Upper)
	return append(dst, byte(boolInt(r.UpperInc)))
}

// AppendRangeStart is how the keys begin of all ranges that are not empty, and not NULL.
func AppendRangeStart(dst []byte) []byte { return append(dst, keyValue, 1) }

// AppendLowerBound is how the keys begin of all ranges whose lower bound is at a value.
func AppendLowerBound(dst []byte, t *Type, v Datum) []byte {
	return appendKeyBody(append(AppendRangeStart(dst), 1), t.Subtype, v)
}

func appendMultirangeKey(dst []byte, m *MultirangeValue) []byte {
	for _, r := range m.Ranges {
		dst = appendRangeKey(dst, r)
	}
	return append(dst, 0)
}

// flag reads a byte that is 0 or 1.
func (r *keyReader) flag() bool {
	b := r.byte()
	if b > 1 {
		r.fail()
	}
	return b == 1
}

// rangeBounds reads a range's key after its first byte.
func (r *keyReader) rangeBounds(t *Type) *RangeValue {
	out := &RangeValue{Type: t}
	if r.flag() {
		out.Lower = r.value(t.Subtype)
		out.LowerInc = !r.flag()
	}
	if !r.flag() {
		out.Upper = r.value(t.Subtype)
		out.UpperInc = r.flag()
	}
	if r.failed || !out.consistent() {
		r.fail()
	}
	return out
}

func (r *keyReader) rangeValue(t *Type) Datum {
	if t.Subtype == nil {
		return r.fail()
	}
	if !r.flag() {
		return EmptyRange(t).AsDatum()
	}
	out := r.rangeBounds(t)
	if r.failed {
		return Null
	}
	return out.AsDatum()
}

func (r *keyReader) multirange(t *Type) Datum {
	if t.Range == nil {
		return r.fail()
	}
	m := &MultirangeValue{Type: t}
	for r.flag() {
		m.Ranges = append(m.Ranges, r.rangeBounds(t.Range))
	}
	if r.failed || !m.consistent() {
		return r.fail()
	}
	return m.AsDatum()
}
