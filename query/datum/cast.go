package datum

import (
	"github.com/seguedb/segue/query/sqlstate"
)

// Cast converts a value to another type and fits it to typmod (-1: none), as the casts of pg_cast do
// and, where there is none, through text. Whether the statement may ask for the cast is the planner's
// to decide. NULL stays NULL.
func Cast(d Datum, from, to *Type, typmod int32, explicit bool, env *Env) (Datum, error) {
	if d.IsNull() {
		if to.IsDomain() {
			return Null, CheckDomains(to, Null, env)
		}
		return Null, nil
	}
	base, typmod := to.rootTypmod(typmod)
	v, err := convertFitted(d, from.Root(), base, typmod, explicit, env)
	if err == nil && to.constrained && to != from {
		err = CheckDomains(to, v, env)
	}
	return v, err
}

// convertFitted converts and applies the modifier: where an integer becomes bits, it says which ones.
func convertFitted(d Datum, from, to *Type, typmod int32, explicit bool, env *Env) (Datum, error) {
	if to == Bit && (from == Int4 || from == Int8) {
		return NewString(intToBits(d.Int(), typmod)), nil
	}
	v, err := convert(d, from, to, env)
	if err == nil {
		v, err = ApplyTypmod(to, typmod, v, explicit)
	}
	return v, err
}

func convert(d Datum, from, to *Type, env *Env) (Datum, error) {
	switch {
	case from == to:
		return d, nil
	case to == Money && isNumber(from):
		return toMoney(d, from)
	case from == Money && to == Numeric:
		return moneyToNumeric(d.Int()), nil
	case from == Xid8 && to == Xid:
		return NewInt(int64(uint32(d.Unsigned()))), nil
	case isNumber(from) && isNumber(to):
		return convertNumber(d, from, to)
	case isText(from) && isText(to):
		return convertText(d, from, to)
	case isDateTime(from) && isDateTime(to):
		return convertDateTime(d, from, to, env)
	case to == Bool && from.Kind == KindInt:
		return NewBool(d.Int() != 0), nil
	case from == Bool && isNumber(to):
		return convertNumber(NewInt(int64(d.n)), Int4, to)
	case from == Char && isNumber(to):
		return convertNumber(NewInt(int64(int8(charByte(d.s)))), Int4, to)
	case to == Char && from == Int4:
		return intToChar(d.Int())
	case isVector(from) && isVector(to):
		return convertVectors(d, to)
	case isVector(from) && to == Sparsevec:
		return toSparse(d.Vector())
	case from == Sparsevec && isVector(to):
		return fromSparse(d.Sparse(), to)
	case from.IsArray() && to == Sparsevec:
		v, err := arrayFloats(d, from, to)
		if err != nil {
			return Null, err
		}
		return toSparse(v)
	case isVector(from) && to.IsArray():
		return vectorToArray(d, to)
	case isVector(to) && from.IsArray():
		return arrayToVector(d, from, to)
	case from.IsRange() && to == from.Multirange:
		return d.Range().AsMultirange().AsDatum(), nil
	case IsBits(from) && IsBits(to), from == CIDR && to == Inet:
		return d, nil
	case from == Inet && to == CIDR:
		return NewInet(d.Prefix().Masked()), nil
	case IsNetwork(from) && (to == Text || to == Varchar || to == Bpchar || to == Citext):
		return NewString(networkText(d)), nil
	case from == Macaddr && to == Macaddr8:
		return NewString(widenMacaddr(d.Str())), nil
	case from == Macaddr8 && to == Macaddr:
		return narrowMacaddr(d.Str())
	case IsGeometric(from) && IsGeometric(to):
		if out, ok, err := convertGeometry(d, from, to); ok {
			return out, err
		}
	case from == Bit && (to == Int4 || to == Int8):
		return bitsToInt(d.Str(), to)
	case from.Kind == KindArray && to.Kind == KindArray:
		return convertArray(d, from, to, env)
	case from.Kind == KindRecord && to.Relation != 0 && from != to:
		return convertRecord(d, to, env)
	case from == JSONB && to != JSON && !isText(to):
		return fromJSONB(d, to)
	case from == JSONB && to == JSON, from.Kind == KindRecord && to.Kind == KindRecord:
		return d, nil
	case from == TextArray && to == Hstore:
		return hstoreOfArray(d)
	case from == Hstore && (to == JSON || to == JSONB):
		return hstoreToJSON(d, to)
	case isText(to):
		return toText(d, from, to, env)
	case isText(from) || from == JSON && to == JSONB:
		return parseText(to, -1, d.Str(), env)
	}
	return Null, cannotCast(from, to)
}

func cannotCast(from, to *Type) error {
	return sqlstate.New(sqlstate.CannotCoerce, "cannot cast type %s to type %s", from.SQL, to.SQL)
}

// isText says whether the type is characters, so that every type converts to and from it.
func isText(t *Type) bool {
	switch t {
	case Text, Varchar, Bpchar, Name, Char, Unknown, Cstring, PgNodeTree, Citext:
		return true
	}
	return false
}

func convertText(d Datum, from, to *Type) (Datum, error) {
	s := d.Str()
	switch {
	case from == Char:
		s = string(appendChar(nil, s))
	case from == Bpchar && to != Char:
		s = trimBlanks(s)
	}
	switch to {
	case Name:
		s = truncateName(s)
	case Char:
		s = parseChar(s)
	}
	return NewString(s), nil
}

// toText writes a value; a bool is a whole word here, where its output is one letter.
func toText(d Datum, from, to *Type, env *Env) (Datum, error) {
	if from == Bool && to != Unknown && to != Cstring {
		if d.Bool() {
			return convertText(NewString("true"), Text, to)
		}
		return convertText(NewString("false"), Text, to)
	}
	return convertText(NewString(Format(from, d, env)), Text, to)
}

func intToChar(i int64) (Datum, error) {
	if i < -128 || i > 127 {
		return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "\"char\" out of range")
	}
	return NewString(charOf(byte(i))), nil
}

// convertArray converts element by element, keeping the shape.
func convertArray(d Datum, from, to *Type, env *Env) (Datum, error) {
	if to.Elem == nil { // anyarray and its kin take any array as it is
		return d, nil
	}
	a := d.Array()
	out := &ArrayValue{Elem: to.Elem, Dims: a.Dims, Lower: a.Lower, Elems: make([]Datum, len(a.Elems))}
	for i, e := range a.Elems {
		v, err := Cast(e, a.Elem, to.Elem, -1, true, env)
		if err != nil {
			return Null, err
		}
		out.Elems[i] = v
	}
	return NewArray(out), nil
}

// fromJSONB takes a scalar out of a jsonb value.
func fromJSONB(d Datum, to *Type) (Datum, error) {
	node, err := ParseJSONTree(d.Str())
	if err != nil {
		return Null, err
	}
	switch {
	case node.Kind == JSONBoolNode && to == Bool:
		return NewBool(node.Bool), nil
	case node.Kind == JSONNumberNode && isNumber(to):
		return convertNumber(NewNumeric(node.Number), Numeric, to)
	case to != Bool && !isNumber(to):
		return Null, cannotCast(JSONB, to)
	}
	kind := [...]string{"null", "string", "numeric", "boolean", "array", "object"}[node.Kind]
	return Null, sqlstate.New(sqlstate.InvalidParameterValue, "cannot cast jsonb %s to type %s", kind, to.SQL)
}
