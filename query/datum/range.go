package datum

import (
	"math"

	"github.com/seguedb/segue/query/sqlstate"
)

// RangeValue is a range: the values of its type's Subtype between two bounds. It is made by MakeRange, which brings it into
// its one form: a range without values is Empty and nothing else, a bound that is not there is NULL and not inclusive, and
// ranges of discrete types are [lower,upper). Immutable.
type RangeValue struct {
	Type               *Type // the range type
	Lower, Upper       Datum
	LowerInc, UpperInc bool
	Empty              bool
}

// NewRange makes a range type, with its multirange type and the array types of both.
func NewRange(oid, array, multi, multiArray, namespace OID, name, sql string, subtype *Type) *Type {
	t := base(oid, name, sql, KindRange, -1, 'R', false)
	t.Subtype, t.Namespace, t.constrained = subtype, namespace, subtype.constrained
	m := base(multi, "", "", KindMultirange, -1, 'R', false)
	m.Range, m.Namespace, m.constrained = t, namespace, subtype.constrained
	t.Multirange = m
	for oid, elem := range map[OID]*Type{array: t, multiArray: m} {
		a := arrayOf(oid, elem)
		a.Namespace, a.constrained = namespace, subtype.constrained
	}
	return t
}

// NameMultirange gives a range type's multirange type its name and schema.
func (t *Type) NameMultirange(namespace OID, name, sql string) {
	m := t.Multirange
	m.Namespace, m.Name, m.SQL = namespace, name, sql
	m.Array.Namespace, m.Array.Name, m.Array.SQL = namespace, "_"+name, sql+"[]"
}

func builtinRange(oid, array, multi, multiArray OID, name, multiName string, subtype *Type) *Type {
	t := NewRange(oid, array, multi, multiArray, 0, name, name, subtype)
	t.NameMultirange(0, multiName, multiName)
	t.discrete = subtype.Kind == KindInt && subtype != Timestamp && subtype != Timestamptz
	return t
}

// The built-in range types; their multirange and array types hang on them.
var (
	Int4Range = builtinRange(3904, 3905, 4451, 6150, "int4range", "int4multirange", Int4)
	NumRange  = builtinRange(3906, 3907, 4532, 6151, "numrange", "nummultirange", Numeric)
	TsRange   = builtinRange(3908, 3909, 4533, 6152, "tsrange", "tsmultirange", Timestamp)
	TstzRange = builtinRange(3910, 3911, 4534, 6153, "tstzrange", "tstzmultirange", Timestamptz)
	DateRange = builtinRange(3912, 3913, 4535, 6155, "daterange", "datemultirange", Date)
	Int8Range = builtinRange(3926, 3927, 4536, 6157, "int8range", "int8multirange", Int8)

	AnyRange                = pseudoRange(3831, "anyrange", KindRange)
	AnyMultirange           = pseudoRange(4537, "anymultirange", KindMultirange)
	AnyCompatibleRange      = pseudoRange(5080, "anycompatiblerange", KindRange)
	AnyCompatibleMultirange = pseudoRange(4538, "anycompatiblemultirange", KindMultirange)
)

func pseudoRange(oid OID, name string, kind Kind) *Type {
	t := pseudo(oid, name, kind)
	t.Len = -1
	return t
}

// BuiltinRanges lists the built-in range types.
func BuiltinRanges() []*Type {
	return []*Type{Int4Range, NumRange, TsRange, TstzRange, DateRange, Int8Range}
}

// rangeFamily is the built-in range types with their multirange and array types, and the pseudo-types.
func rangeFamily() []*Type {
	out := []*Type{AnyRange, AnyMultirange, AnyCompatibleRange, AnyCompatibleMultirange}
	for _, t := range BuiltinRanges() {
		out = append(out, t, t.Array, t.Multirange, t.Multirange.Array)
	}
	return out
}

// IsRange says whether values are ranges; IsMultirange whether they are several of them.
func (t *Type) IsRange() bool { return t.Subtype != nil }

// IsMultirange says whether values are lists of ranges.
func (t *Type) IsMultirange() bool { return t.Range != nil }

// Range returns a KindRange value; read only.
func (d Datum) Range() *RangeValue { v, _ := d.v.(*RangeValue); return v }

// AsDatum is the range as a value.
func (r *RangeValue) AsDatum() Datum { return Datum{kind: KindRange, v: r} }

// EmptyRange is the range of a type that has no values.
func EmptyRange(t *Type) *RangeValue { return &RangeValue{Type: t, Empty: true} }

// MakeRange makes a range of a type; a NULL bound is none. 22000 where the lower bound is above the upper one, 22003 and
// 22008 where a bound that is moved to its canonical place leaves its type (make_range).
func MakeRange(t *Type, lower, upper Datum, lowerInc, upperInc bool) (*RangeValue, error) {
	r, err := plainRange(t, lower, upper, lowerInc, upperInc)
	if err != nil || r.Empty || !t.discrete {
		return r, err
	}
	if !r.LowerInc && movable(t.Subtype, r.Lower) {
		if lower, err = nextValue(t.Subtype, r.Lower); err != nil {
			return nil, err
		}
		lowerInc = true
	}
	if r.UpperInc && movable(t.Subtype, r.Upper) {
		if upper, err = nextValue(t.Subtype, r.Upper); err != nil {
			return nil, err
		}
		upperInc = false
	}
	return plainRange(t, lower, upper, lowerInc, upperInc)
}

// plainRange checks bounds as they are (range_serialize).
func plainRange(t *Type, lower, upper Datum, lowerInc, upperInc bool) (*RangeValue, error) {
	if !lower.IsNull() && !upper.IsNull() {
		switch c := Compare(t.Subtype, lower, upper); {
		case c > 0:
			return nil, sqlstate.New(sqlstate.DataException, "range lower bound must be less than or equal to range upper bound")
		case c == 0 && (!lowerInc || !upperInc):
			return EmptyRange(t), nil
		}
	}
	return &RangeValue{Type: t, Lower: lower, Upper: upper,
		LowerInc: lowerInc && !lower.IsNull(), UpperInc: upperInc && !upper.IsNull()}, nil
}

// movable says whether a bound of a discrete range is a value that has a next one: the infinite dates have none.
func movable(t *Type, d Datum) bool { return !d.IsNull() && (t != Date || IsFiniteDate(d.Int())) }

func nextValue(t *Type, d Datum) (Datum, error) {
	next := d.Int() + 1
	switch {
	case t == Date:
		return NewInt(next), CheckDate(next)
	case t == Int4 && next > math.MaxInt32, next == math.MinInt64:
		return Null, outOfRange(t)
	}
	return NewInt(next), nil
}

// Contains says whether a value lies in the range.
func (r *RangeValue) Contains(d Datum) bool {
	if r.Empty {
		return false
	}
	if !r.Lower.IsNull() {
		if c := Compare(r.Type.Subtype, r.Lower, d); c > 0 || c == 0 && !r.LowerInc {
			return false
		}
	}
	if !r.Upper.IsNull() {
		if c := Compare(r.Type.Subtype, r.Upper, d); c < 0 || c == 0 && !r.UpperInc {
			return false
		}
	}
	return true
}

// compareRange puts the empty range first, then goes by the lower bounds, then the upper ones (range_cmp).
func compareRange(a, b *RangeValue) int {
	if a.Empty || b.Empty {
		return boolInt(b.Empty) - boolInt(a.Empty)
	}
	if c := a.low().compare(b.low()); c != 0 {
		return c
	}
	return a.high().compare(b.high())
}
