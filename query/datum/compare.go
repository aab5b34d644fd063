package datum

import (
	"cmp"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/hstore"
)

// Comparable says whether the type has a btree order, and so can be sorted, grouped and indexed.
func Comparable(t *Type) bool {
	t = t.Root()
	if t.IsRecord() {
		return true
	}
	switch t {
	case Point, Lseg, Path, Box, Polygon, Line, Circle:
		return false
	case PgSnapshot, TxidSnapshot, GHstore, JSON, JSONPath, Refcursor, PgNodeTree, ACLItem, Xid, Cid, Void, Trigger, Internal:
		return false
	case AnyArray, Record, Unknown, Cstring:
		return true
	}
	if t.Elem != nil && t.Elem.IsRecord() {
		return true
	}
	if t.Pseudo {
		return false
	}
	return t.Elem == nil || Comparable(t.Elem)
}

// Compare orders two values, neither NULL, as Postgres's btree does: strings by their bytes (the C
// collation), NaN above everything, arrays element by element. Types without an order compare by
// how they are held, so that the result is always consistent with Equal.
func Compare(t *Type, a, b Datum) int {
	switch t = t.Root(); t.Kind {
	case KindBool, KindInt:
		return cmp.Compare(a.Int(), b.Int())
	case KindFloat:
		return compareFloat(a.Float(), b.Float())
	case KindString:
		return compareString(t, a.s, b.s)
	case KindVector:
		return compareVector(a.Vector(), b.Vector())
	case KindSparse:
		return compareSparse(a.Sparse(), b.Sparse())
	case KindNumeric:
		return compareNumeric(a.Numeric(), b.Numeric())
	case KindInterval:
		return compareInterval(a.Interval(), b.Interval())
	case KindArray:
		return compareArray(a.Array(), b.Array())
	case KindRecord:
		return compareRecord(a, b)
	case KindRange:
		return compareRange(a.Range(), b.Range())
	case KindMultirange:
		return compareMultirange(a.Multirange(), b.Multirange())
	default:
		return 0
	}
}

// Equal says whether two values, neither NULL, are the same to the = operator.
func Equal(t *Type, a, b Datum) bool {
	if t = t.Root(); t.Kind == KindString && t != Bpchar && t != JSONB && t != TSQuery && t != Citext {
		return a.s == b.s
	}
	return Compare(t, a, b) == 0
}

func compareString(t *Type, a, b string) int {
	switch t {
	case Bpchar:
		return strings.Compare(trimBlanks(a), trimBlanks(b))
	case JSONB:
		return compareJSONB(a, b)
	case TSVector, TSQuery:
		return compareTextSearch(t, a, b)
	case Citext:
		return strings.Compare(foldCase(a), foldCase(b))
	case Hstore:
		return hstore.Compare(a, b)
	default:
		return strings.Compare(a, b)
	}
}

// compareNumeric puts -Infinity first and NaN last; scale does not matter.
func compareNumeric(a, b *apd.Decimal) int {
	if an, bn := isNaN(a), isNaN(b); an || bn {
		return boolInt(an) - boolInt(bn)
	}
	return a.Cmp(b)
}

func isNaN(d *apd.Decimal) bool { return d.Form == apd.NaN || d.Form == apd.NaNSignaling }

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareNullable puts NULL last, as inside arrays and rows.
func compareNullable(t *Type, a, b Datum) int {
	if a.IsNull() || b.IsNull() {
		return boolInt(a.IsNull()) - boolInt(b.IsNull())
	}
	return Compare(t, a, b)
}

func compareArray(a, b *ArrayValue) int {
	for i := range min(len(a.Elems), len(b.Elems)) {
		if c := compareNullable(a.Elem, a.Elems[i], b.Elems[i]); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(len(a.Elems), len(b.Elems)); c != 0 {
		return c
	}
	if c := cmp.Compare(len(a.Dims), len(b.Dims)); c != 0 {
		return c
	}
	for i := range a.Dims {
		if c := cmp.Compare(a.Dims[i], b.Dims[i]); c != 0 {
			return c
		}
	}
	for i := range a.Lower {
		if c := cmp.Compare(a.Lower[i], b.Lower[i]); c != 0 {
			return c
		}
	}
	return 0
}

func compareRecord(a, b Datum) int {
	fa, fb := a.Record(), b.Record()
	for i := range min(len(fa), len(fb)) {
		if c := compareNullable(a.FieldType(i), fa[i], fb[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(fa), len(fb))
}
