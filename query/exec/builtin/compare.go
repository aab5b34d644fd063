package builtin

import (
	"cmp"
	"math"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// verdict is what a comparison operator makes of an order.
type verdict func(order int) bool

// verdicts are the comparison operators by the end of their procs' names.
var verdicts = map[string]verdict{
	"eq": func(c int) bool { return c == 0 }, "ne": func(c int) bool { return c != 0 },
	"lt": func(c int) bool { return c < 0 }, "le": func(c int) bool { return c <= 0 },
	"gt": func(c int) bool { return c > 0 }, "ge": func(c int) bool { return c >= 0 },
}

// comparer orders two values, neither NULL.
type comparer func(env *Env, a, b datum.Datum) int

// comparison is one pair of types: its procs are prefix + operator + suffix. ops is "" for all six.
type comparison struct {
	prefix, suffix string
	left, right    *datum.Type
	ops            string
}

func comparisons(r *registry) {
	for _, c := range comparisonTable() {
		compare := comparerOf(c.left, c.right)
		for op, holds := range verdicts {
			if c.ops != "" && !strings.Contains(c.ops, op) {
				continue
			}
			k := key(c.prefix+op+c.suffix, c.left, c.right)
			r.funcs[k] = compareFunc(compare, holds)
			if c.left == datum.AnyArray {
				r.funcs[k] = ofComparable(op, r.funcs[k])
			}
			if vec := compareVec(op, c.left, c.right); vec != nil {
				r.vecs[k] = vec
			}
		}
	}
	r.fn(compareFunc(compareInts, verdicts["ne"]), "xidneq(xid,xid)", "xidneqint4(xid,int4)")
	r.fn(compareFunc(compareInts, verdicts["eq"]), "xideqint4(xid,int4)")
}

// ofComparable is a function of arrays that compares elements: 42883 where their type has nothing to compare them by.
func ofComparable(op string, f Func) Func {
	lack := "a comparison function"
	if op == "eq" || op == "ne" {
		lack = "an equality operator"
	}
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		elem := a[0].Array().Elem
		hashed := elem == datum.ACLItem || elem == datum.Xid || elem == datum.Cid // have = and no order
		if elem != nil && !datum.Comparable(elem) && !(hashed && lack == "an equality operator") {
			return datum.Null, sqlstate.New(sqlstate.UndefinedFunction, "could not identify %s for type %s", lack, elem)
		}
		return f(env, a)
	}
}

func comparisonTable() []comparison {
	t := []comparison{
		{prefix: "bool", left: datum.Bool, right: datum.Bool},
		{prefix: "char", left: datum.Char, right: datum.Char},
		{prefix: "oid", left: datum.Oid, right: datum.Oid},
		{prefix: "xid", left: datum.Xid, right: datum.Xid, ops: "eq"},
		{prefix: "cid", left: datum.Cid, right: datum.Cid, ops: "eq"},
		{prefix: "xid8", left: datum.Xid8, right: datum.Xid8},
		{prefix: "tid", left: datum.Tid, right: datum.Tid},
		{prefix: "cash_", left: datum.Money, right: datum.Money},
		{prefix: "pg_lsn_", left: datum.PgLSN, right: datum.PgLSN},
		{prefix: "text", left: datum.Text, right: datum.Text, ops: "eq ne"},
		{prefix: "text_", left: datum.Text, right: datum.Text, ops: "lt le gt ge"},
		{prefix: "bpchar_pattern_", left: datum.Bpchar, right: datum.Bpchar, ops: "lt le gt ge"},
		{prefix: "text_pattern_", left: datum.Text, right: datum.Text, ops: "lt le gt ge"},
		{prefix: "text", suffix: "name", left: datum.Text, right: datum.Name},
		{prefix: "name", suffix: "text", left: datum.Name, right: datum.Text},
		{prefix: "name", left: datum.Name, right: datum.Name},
		{prefix: "bpchar", left: datum.Bpchar, right: datum.Bpchar},
		{prefix: "bit", left: datum.Bit, right: datum.Bit},
		{prefix: "varbit", left: datum.Varbit, right: datum.Varbit},
		{prefix: "network_", left: datum.Inet, right: datum.Inet},
		{prefix: "bytea", left: datum.Bytea, right: datum.Bytea},
		{prefix: "oidvector", left: datum.OidVector, right: datum.OidVector},
	}
	for _, typ := range []*datum.Type{
		datum.UUID, datum.Macaddr, datum.Macaddr8,
		datum.JSONB, datum.Numeric, datum.Interval, datum.Time, datum.Timetz, datum.Vector, datum.Halfvec,
		datum.Sparsevec, datum.Record, datum.TSVector, datum.TSQuery,
	} {
		t = append(t, comparison{prefix: typ.Name + "_", left: typ, right: typ})
	}
	t = append(t, comparison{prefix: "enum_", left: datum.AnyEnum, right: datum.AnyEnum})
	t = append(t, comparison{prefix: "range_", left: datum.AnyRange, right: datum.AnyRange},
		comparison{prefix: "multirange_", left: datum.AnyMultirange, right: datum.AnyMultirange})
	t = append(t, comparison{prefix: "array_", left: datum.AnyArray, right: datum.AnyArray})
	for _, pair := range numberPairs("int", datum.Int2, datum.Int4, datum.Int8) {
		t = append(t, comparison{prefix: pair.prefix, left: pair.left, right: pair.right})
	}
	for _, pair := range numberPairs("float", datum.Float4, datum.Float8) {
		t = append(t, comparison{prefix: pair.prefix, left: pair.left, right: pair.right})
	}
	dates := []*datum.Type{datum.Date, datum.Timestamp, datum.Timestamptz}
	for _, left := range dates {
		for _, right := range dates {
			suffix := "_" + right.Name
			if left == right {
				suffix = ""
			}
			t = append(t, comparison{prefix: left.Name + "_", suffix: suffix, left: left, right: right})
		}
	}
	return t
}

// numberPair is two types of one family, and how Postgres begins their procs' names: int4, int84.
type numberPair struct {
	prefix      string
	left, right *datum.Type
}

// numberPairs pairs every type with every one; int4 with int2 is int42, with itself int4.
func numberPairs(family string, types ...*datum.Type) []numberPair {
	var out []numberPair
	for _, left := range types {
		for _, right := range types {
			prefix := left.Name
			if left != right {
				prefix = family + left.Name[len(family):] + right.Name[len(family):]
			}
			out = append(out, numberPair{prefix, left, right})
		}
	}
	return out
}

func compareFunc(compare comparer, holds verdict) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(holds(compare(env, a[0], a[1]))), nil
	}
}

func compareInts(_ *Env, a, b datum.Datum) int { return cmp.Compare(a.Int(), b.Int()) }

func compareStrings(_ *Env, a, b datum.Datum) int { return strings.Compare(a.Str(), b.Str()) }

func compareFloats(a, b float64) int {
	switch {
	case a < b, b != b && a == a:
		return -1
	case a > b, a != a && b == b:
		return 1
	}
	return 0
}

func comparerOf(left, right *datum.Type) comparer {
	switch {
	case left.Kind == datum.KindFloat:
		return func(_ *Env, a, b datum.Datum) int { return compareFloats(a.Float(), b.Float()) }
	case left != right && left.Kind == datum.KindInt && isDateTime(left):
		return func(env *Env, a, b datum.Datum) int { return compareDateTimes(env, left, a, right, b) }
	case left.Kind == datum.KindInt:
		return compareInts
	case left.Kind == datum.KindString && left != datum.Bpchar && left != datum.JSONB && left != datum.TSVector && left != datum.TSQuery:
		return compareStrings
	case left == datum.AnyArray:
		return func(_ *Env, a, b datum.Datum) int { return datum.Compare(arrayType(a), a, b) }
	default:
		return func(_ *Env, a, b datum.Datum) int { return datum.Compare(left, a, b) }
	}
}

// arrayType is the type of an array value, which carries that of its elements.
func arrayType(d datum.Datum) *datum.Type {
	if elem := d.Array().Elem; elem != nil && elem.Array != nil {
		return elem.Array
	}
	return datum.TextArray
}

func isDateTime(t *datum.Type) bool {
	return t == datum.Date || t == datum.Timestamp || t == datum.Timestamptz
}

// compareDateTimes brings both to the finer type. A date beyond every timestamp stays beyond.
func compareDateTimes(env *Env, lt *datum.Type, a datum.Datum, rt *datum.Type, b datum.Datum) int {
	zoned := lt == datum.Timestamptz || rt == datum.Timestamptz
	x, xBeyond := instantOf(env, lt, a.Int(), zoned)
	y, yBeyond := instantOf(env, rt, b.Int(), zoned)
	if c := cmp.Compare(x, y); c != 0 {
		return c
	}
	return cmp.Compare(xBeyond, yBeyond)
}

// instantOf returns a date or timestamp as a timestamp, or a timestamptz where zoned. beyond ranks values at
// the ends: 0 for an infinity or a timestamp, ∓1 for a finite value that the finer type cannot hold.
func instantOf(env *Env, t *datum.Type, v int64, zoned bool) (micros int64, beyond int) {
	if t == datum.Date {
		m, err := datum.DateToTimestamp(v)
		if err != nil {
			return saturated(v)
		}
		v = m
	}
	if zoned && t != datum.Timestamptz {
		m, err := datum.ZonedTimestamp(v, env.location())
		if err != nil {
			return saturated(v)
		}
		v = m
	}
	return v, 0
}

func saturated(v int64) (int64, int) {
	if v < 0 {
		return math.MinInt64, 1
	}
	return math.MaxInt64, -1
}
