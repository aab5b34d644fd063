package datum

import (
	"math"

	"github.com/cockroachdb/apd/v3"
)

// Datum is one SQL value. The zero Datum is NULL. It does not know its Type, only its Kind; whoever
// holds a Datum holds the Type beside it. A Datum may be copied freely; what it points to is immutable.
type Datum struct {
	kind Kind
	n    uint64 // bool, int64 or float64 bits
	s    string
	v    any // []float32, *SparseValue, *apd.Decimal, IntervalValue, *ArrayValue, []Datum, typedRecord, *RangeValue…
}

// Null is the NULL value.
var Null Datum

// IntervalValue is an interval as Postgres holds it: the three parts do not convert into each other.
type IntervalValue struct {
	Months, Days int32
	Micros       int64
}

// ArrayValue is an array. Dims and Lower are empty for the empty array; Elems are in row-major order.
type ArrayValue struct {
	Elem  *Type
	Dims  []int
	Lower []int
	Elems []Datum
}

// NewBool makes a bool.
func NewBool(b bool) Datum {
	if b {
		return Datum{kind: KindBool, n: 1}
	}
	return Datum{kind: KindBool}
}

// NewInt makes a KindInt value.
func NewInt(i int64) Datum { return Datum{kind: KindInt, n: uint64(i)} }

// NewFloat makes a KindFloat value; for float4 the caller rounds first.
func NewFloat(f float64) Datum { return Datum{kind: KindFloat, n: math.Float64bits(f)} }

// NewString makes a KindString value.
func NewString(s string) Datum { return Datum{kind: KindString, s: s} }

// NewVector makes a vector; v must not be modified afterwards.
func NewVector(v []float32) Datum { return Datum{kind: KindVector, v: v} }

// NewNumeric makes a numeric; d must not be modified afterwards.
func NewNumeric(d *apd.Decimal) Datum { return Datum{kind: KindNumeric, v: d} }

// NewInterval makes an interval.
func NewInterval(iv IntervalValue) Datum { return Datum{kind: KindInterval, v: iv} }

// NewArray makes an array; a must not be modified afterwards.
func NewArray(a *ArrayValue) Datum { return Datum{kind: KindArray, v: a} }

// NewRecord makes a row value; fields must not be modified afterwards.
func NewRecord(fields []Datum) Datum { return Datum{kind: KindRecord, v: fields} }

// ArrayFrom makes a one-dimensional array with lower bound 1.
func ArrayFrom(elem *Type, elems []Datum) Datum {
	a := &ArrayValue{Elem: elem, Elems: elems}
	if len(elems) > 0 {
		a.Dims, a.Lower = []int{len(elems)}, []int{1}
	}
	return NewArray(a)
}

// Kind returns the value's kind, KindNull for NULL.
func (d Datum) Kind() Kind { return d.kind }

// IsNull says whether the value is NULL.
func (d Datum) IsNull() bool { return d.kind == KindNull }

// Bool returns a KindBool value.
func (d Datum) Bool() bool { return d.n != 0 }

// Int returns a KindInt value.
func (d Datum) Int() int64 { return int64(d.n) }

// Float returns a KindFloat value.
func (d Datum) Float() float64 { return math.Float64frombits(d.n) }

// Str returns a KindString value.
func (d Datum) Str() string { return d.s }

// Vector returns a KindVector value; read only.
func (d Datum) Vector() []float32 { v, _ := d.v.([]float32); return v }

// Numeric returns a KindNumeric value; read only.
func (d Datum) Numeric() *apd.Decimal { v, _ := d.v.(*apd.Decimal); return v }

// Interval returns a KindInterval value.
func (d Datum) Interval() IntervalValue { v, _ := d.v.(IntervalValue); return v }

// Array returns a KindArray value; read only.
func (d Datum) Array() *ArrayValue { v, _ := d.v.(*ArrayValue); return v }

// Record returns a KindRecord value's fields; read only.
func (d Datum) Record() []Datum {
	if r, ok := d.v.(typedRecord); ok {
		return r.fields
	}
	v, _ := d.v.([]Datum)
	return v
}
