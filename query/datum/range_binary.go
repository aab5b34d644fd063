package datum

import "encoding/binary"

// The wire's range is a byte of flags, then each bound that there is with its length. A multirange is a count, then each
// range with its length. A stored range is the size of what follows, flags without the last four of the wire's, and the
// bounds' values; a stored multirange is a size, and such ranges' bytes without theirs.
const (
	rangeEmpty byte = 1 << iota
	rangeLowerInc
	rangeUpperInc
	rangeLowerInf
	rangeUpperInf
	rangeLowerNull
	rangeUpperNull
)

func (r *RangeValue) flags() byte {
	if r.Empty {
		return rangeEmpty
	}
	return byte(boolInt(r.LowerInc))*rangeLowerInc | byte(boolInt(r.UpperInc))*rangeUpperInc |
		byte(boolInt(r.Lower.IsNull()))*rangeLowerInf | byte(boolInt(r.Upper.IsNull()))*rangeUpperInf
}

func hasLower(flags byte) bool { return flags&(rangeEmpty|rangeLowerInf|rangeLowerNull) == 0 }
func hasUpper(flags byte) bool { return flags&(rangeEmpty|rangeUpperInf|rangeUpperNull) == 0 }

func appendRangeBinary(dst []byte, r *RangeValue) (_ []byte, err error) {
	dst = append(dst, r.flags())
	for _, d := range []Datum{r.Lower, r.Upper} {
		if d.IsNull() {
			continue
		}
		if dst, err = appendSized(dst, r.Type.Subtype, d); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// parseRangeBinary reads what appendRangeBinary writes; flags that no range has are passed over (range_recv).
func parseRangeBinary(t *Type, b []byte) (Datum, error) {
	if t.Subtype == nil {
		return Null, noInput(t)
	}
	if len(b) == 0 {
		return Null, badBinary(t)
	}
	flags := b[0]
	r := wireReader{b: b[1:]}
	var ends [2]Datum
	for i, there := range [2]bool{hasLower(flags), hasUpper(flags)} {
		if !there {
			continue
		}
		field, null := r.sized()
		if r.short || null {
			return Null, badBinary(t)
		}
		var err error
		if ends[i], err = ParseBinary(t.Subtype, -1, field); err != nil {
			return Null, err
		}
	}
	if len(r.b) > 0 {
		return Null, badBinary(t)
	}
	if flags&rangeEmpty != 0 {
		return EmptyRange(t).AsDatum(), nil
	}
	out, err := MakeRange(t, ends[0], ends[1], flags&rangeLowerInc != 0, flags&rangeUpperInc != 0)
	if err != nil {
		return Null, err
	}
	return out.AsDatum(), nil
}

func appendMultirangeBinary(dst []byte, m *MultirangeValue) (_ []byte, err error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m.Ranges)))
	for _, r := range m.Ranges {
		if dst, err = appendSized(dst, r.Type, r.AsDatum()); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func parseMultirangeBinary(t *Type, b []byte) (Datum, error) {
	if t.Range == nil {
		return Null, noInput(t)
	}
	r := wireReader{b: b}
	var ranges []*RangeValue
	for range r.uint32() {
		field, null := r.sized()
		if r.short || null {
			return Null, badBinary(t)
		}
		d, err := ParseBinary(t.Range, -1, field)
		if err != nil {
			return Null, err
		}
		ranges = append(ranges, d.Range())
	}
	if r.short || len(r.b) > 0 {
		return Null, badBinary(t)
	}
	return multirangeDatum(t, ranges)
}

func appendRangeValue(dst []byte, r *RangeValue) []byte {
	body := appendRangeBody(nil, r)
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}

func appendRangeBody(dst []byte, r *RangeValue) []byte {
	dst = append(dst, r.flags())
	for _, d := range []Datum{r.Lower, r.Upper} {
		if !d.IsNull() {
			dst = AppendValue(dst, r.Type.Subtype, d)
		}
	}
	return dst
}

func appendMultirangeValue(dst []byte, m *MultirangeValue) []byte {
	var body []byte
	for _, r := range m.Ranges {
		body = appendRangeBody(body, r)
	}
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}

// rangeBody reads the flags and bounds of a range, as they were stored.
func (r *valueReader) rangeBody(t *Type) *RangeValue {
	out := &RangeValue{Type: t}
	flags := r.byte()
	out.Empty = flags == rangeEmpty
	out.LowerInc, out.UpperInc = flags&rangeLowerInc != 0, flags&rangeUpperInc != 0
	if hasLower(flags) {
		out.Lower = r.value(t.Subtype)
	}
	if hasUpper(flags) {
		out.Upper = r.value(t.Subtype)
	}
	if flags >= rangeLowerNull || r.failed || !out.consistent() {
		r.fail()
	}
	return out
}

// consistent says whether the parts are as MakeRange leaves them, but for the places of discrete bounds.
func (r *RangeValue) consistent() bool {
	if r.Empty {
		return r.Lower.IsNull() && r.Upper.IsNull() && !r.LowerInc && !r.UpperInc
	}
	made, err := plainRange(r.Type, r.Lower, r.Upper, r.LowerInc, r.UpperInc)
	return err == nil && !made.Empty && made.LowerInc == r.LowerInc && made.UpperInc == r.UpperInc
}

func (r *valueReader) rangeValue(t *Type) Datum {
	if r.depth++; r.depth > maxNesting || t.Subtype == nil {
		return r.fail()
	}
	body := valueReader{b: r.take(r.uvarint()), depth: r.depth}
	out := body.rangeBody(t)
	if r.depth--; body.failed || len(body.b) > 0 {
		return r.fail()
	}
	return out.AsDatum()
}

func (r *valueReader) multirange(t *Type) Datum {
	if r.depth++; r.depth > maxNesting || t.Range == nil {
		return r.fail()
	}
	body := valueReader{b: r.take(r.uvarint()), depth: r.depth}
	m := &MultirangeValue{Type: t}
	for len(body.b) > 0 {
		m.Ranges = append(m.Ranges, body.rangeBody(t.Range))
	}
	if r.depth--; body.failed || r.failed || !m.consistent() {
		return r.fail()
	}
	return m.AsDatum()
}
