package datum

import "strconv"

// OID is a Postgres object identifier.
type OID uint32

// Type is one SQL type, a row of pg_type. Types are compared by pointer: there is one *Type a type.
type Type struct {
	OID  OID
	Name string // typname: "int4", "_text"
	SQL  string // format_type's name: "integer", "text[]", "timestamp with time zone"
	Kind Kind
	Len  int16 // typlen: bytes, -1 varlena, -2 cstring
	// Category and Preferred steer implicit conversion, as in pg_type.
	Category  byte
	Preferred bool
	// Elem is an array's element type; Array is the type's own array type.
	Elem  *Type
	Array *Type
	// Pseudo types (any, anyelement, record, void, unknown…) have typtype 'p'.
	Pseudo bool
	// Namespace is the schema of a type that a user made, 0 for the others; Labels are an enum's.
	Namespace OID
	Labels    []EnumLabel
	// Delim separates array elements in text.
	Delim byte
	// Fields are what a row value is known to consist of; nil for one of any shape, and for other types.
	Fields []Field
	// Relation is the pg_class row of a composite type, 0 for every other type.
	Relation OID
	// Base is what a domain is over, with BaseTypmod; nil for types that are no domains (domain.go).
	Base       *Type
	BaseTypmod int32
	// Subtype is what a range type's values lie between, Multirange the type of lists of its ranges, whose Range it is
	// (range.go). discrete says that its ranges are brought into one form, from an inclusive bound to an exclusive one.
	Subtype, Multirange, Range *Type
	discrete                   bool
	// constrained says that values have to pass a domain's checks: its own, an element's, a field's.
	constrained bool
	shape       *shape
}

// Field is one field of a row type.
type Field struct {
	Name   string
	Type   *Type
	Typmod int32
	// AttNum is a composite type's number for the field, by which its values are stored; 0 elsewhere.
	AttNum int16
}

// RecordOf is the type record for values of known fields. There may be several of the same fields: IsRecord tells what
// they have in common.
func RecordOf(fields []Field) *Type {
	t := *Record
	t.Fields = fields
	return &t
}

// IsRecord says whether values are rows, of whatever fields.
func (t *Type) IsRecord() bool { return t.Kind == KindRecord }

// String returns the SQL name.
func (t *Type) String() string {
	if t == nil {
		return "nil"
	}
	return t.SQL
}

// IsArray says whether values are KindArray with an element type.
func (t *Type) IsArray() bool { return t.Elem != nil && t.Kind == KindArray }

// FormatTypmod prints a type with its modifier: "vector(768)", "character varying(10)", "numeric(10,2)".
func (t *Type) FormatTypmod(typmod int32) string {
	if typmod < 0 {
		return t.SQL
	}
	base := t
	if t.IsArray() {
		base = t.Elem
	}
	s := base.SQL
	switch base {
	case Varchar, Bpchar:
		s += "(" + strconv.Itoa(int(typmod-4)) + ")"
	case Numeric:
		p, sc := numericTypmodParts(typmod)
		s += "(" + strconv.Itoa(int(p)) + "," + strconv.Itoa(int(sc)) + ")"
	case Vector, Halfvec, Sparsevec, Bit, Varbit:
		s += "(" + strconv.Itoa(int(typmod)) + ")"
	case Timestamp, Timestamptz, Time, Timetz:
		s = withPrecision(base, typmod)
	case Interval:
		s = formatIntervalTypmod(typmod)
	}
	if t.IsArray() {
		s += "[]"
	}
	return s
}

func withPrecision(t *Type, p int32) string {
	n := "(" + strconv.Itoa(int(p)) + ")"
	switch t {
	case Timestamp:
		return "timestamp" + n + " without time zone"
	case Timestamptz:
		return "timestamp" + n + " with time zone"
	case Timetz:
		return "time" + n + " with time zone"
	default:
		return "time" + n + " without time zone"
	}
}

func base(oid OID, name, sql string, kind Kind, length int16, category byte, preferred bool) *Type {
	return &Type{OID: oid, Name: name, SQL: sql, Kind: kind, Len: length, Category: category, Preferred: preferred,
		Delim: ','}
}

func pseudo(oid OID, name string, kind Kind) *Type {
	t := base(oid, name, name, kind, 4, 'P', false)
	t.Pseudo = true
	return t
}

func arrayOf(oid OID, elem *Type) *Type {
	a := base(oid, "_"+elem.Name, elem.SQL+"[]", KindArray, -1, 'A', false)
	a.Elem, elem.Array = elem, a
	return a
}

func pseudoArray(oid OID, elem *Type) *Type {
	a := arrayOf(oid, elem)
	a.Pseudo, a.Category = true, 'P'
	return a
}

// The built-in types, with PostgreSQL's OIDs. Those of the vector extension are ours, fixed, where a Postgres has none:
// from 16384, which it gives to extensions, and from 15000, which initdb leaves free; clients find them by name.
var (
	Bool         = base(16, "bool", "boolean", KindBool, 1, 'B', true)
	Bytea        = base(17, "bytea", "bytea", KindString, -1, 'U', false)
	Char         = base(18, "char", `"char"`, KindString, 1, 'Z', false)
	Name         = base(19, "name", "name", KindString, 64, 'S', false)
	Int8         = base(20, "int8", "bigint", KindInt, 8, 'N', false)
	Int2         = base(21, "int2", "smallint", KindInt, 2, 'N', false)
	Int2Vector   = base(22, "int2vector", "int2vector", KindArray, -1, 'A', false)
	Int4         = base(23, "int4", "integer", KindInt, 4, 'N', false)
	Regproc      = base(24, "regproc", "regproc", KindInt, 4, 'N', false)
	Text         = base(25, "text", "text", KindString, -1, 'S', true)
	Oid          = base(26, "oid", "oid", KindInt, 4, 'N', true)
	Xid          = base(28, "xid", "xid", KindInt, 4, 'U', false)
	OidVector    = base(30, "oidvector", "oidvector", KindArray, -1, 'A', false)
	JSON         = base(114, "json", "json", KindString, -1, 'U', false)
	PgNodeTree   = base(194, "pg_node_tree", "pg_node_tree", KindString, -1, 'Z', false)
	Float4       = base(700, "float4", "real", KindFloat, 4, 'N', false)
	Float8       = base(701, "float8", "double precision", KindFloat, 8, 'N', true)
	ACLItem      = base(1033, "aclitem", "aclitem", KindString, 12, 'U', false)
	Bpchar       = base(1042, "bpchar", "character", KindString, -1, 'S', false)
	Varchar      = base(1043, "varchar", "character varying", KindString, -1, 'S', false)
	Date         = base(1082, "date", "date", KindInt, 4, 'D', false)
	Time         = base(1083, "time", "time without time zone", KindInt, 8, 'D', false)
	Timetz       = base(1266, "timetz", "time with time zone", KindInt, 12, 'D', false)
	Timestamp    = base(1114, "timestamp", "timestamp without time zone", KindInt, 8, 'D', false)
	Timestamptz  = base(1184, "timestamptz", "timestamp with time zone", KindInt, 8, 'D', true)
	Interval     = base(1186, "interval", "interval", KindInterval, 16, 'T', true)
	Numeric      = base(1700, "numeric", "numeric", KindNumeric, -1, 'N', false)
	Regprocedure = base(2202, "regprocedure", "regprocedure", KindInt, 4, 'N', false)
	Regoper      = base(2203, "regoper", "regoper", KindInt, 4, 'N', false)
	Regoperator  = base(2204, "regoperator", "regoperator", KindInt, 4, 'N', false)
	Regclass     = base(2205, "regclass", "regclass", KindInt, 4, 'N', false)
	Regtype      = base(2206, "regtype", "regtype", KindInt, 4, 'N', false)
	Regrole      = base(4096, "regrole", "regrole", KindInt, 4, 'N', false)
	Regnamespace = base(4089, "regnamespace", "regnamespace", KindInt, 4, 'N', false)
	Bit          = base(1560, "bit", "bit", KindString, -1, 'V', false)
	Varbit       = base(1562, "varbit", "bit varying", KindString, -1, 'V', true)
	UUID         = base(2950, "uuid", "uuid", KindString, 16, 'U', false)
	Inet         = base(869, "inet", "inet", KindString, -1, 'I', true)
	CIDR         = base(650, "cidr", "cidr", KindString, -1, 'I', false)
	Macaddr      = base(829, "macaddr", "macaddr", KindString, 6, 'U', false)
	JSONB        = base(3802, "jsonb", "jsonb", KindString, -1, 'U', false)
	JSONPath     = base(4072, "jsonpath", "jsonpath", KindString, -1, 'U', false)
	Vector       = base(16385, "vector", "vector", KindVector, -1, 'U', false)
	Halfvec      = base(15001, "halfvec", "halfvec", KindVector, -1, 'U', false)

	Sparsevec = base(15003, "sparsevec", "sparsevec", KindSparse, -1, 'U', false)

	SparsevecArray   = arrayOf(15004, Sparsevec)
	BoolArray        = arrayOf(1000, Bool)
	ByteaArray       = arrayOf(1001, Bytea)
	CharArray        = arrayOf(1002, Char)
	NameArray        = arrayOf(1003, Name)
	Int2Array        = arrayOf(1005, Int2)
	Int4Array        = arrayOf(1007, Int4)
	TextArray        = arrayOf(1009, Text)
	BpcharArray      = arrayOf(1014, Bpchar)
	VarcharArray     = arrayOf(1015, Varchar)
	Int8Array        = arrayOf(1016, Int8)
	Float4Array      = arrayOf(1021, Float4)
	Float8Array      = arrayOf(1022, Float8)
	OidArray         = arrayOf(1028, Oid)
	ACLItemArray     = arrayOf(1034, ACLItem)
	TimestampArray   = arrayOf(1115, Timestamp)
	DateArray        = arrayOf(1182, Date)
	TimeArray        = arrayOf(1183, Time)
	TimetzArray      = arrayOf(1270, Timetz)
	TimestamptzArray = arrayOf(1185, Timestamptz)
	IntervalArray    = arrayOf(1187, Interval)
	NumericArray     = arrayOf(1231, Numeric)
	RegclassArray    = arrayOf(2210, Regclass)
	RegtypeArray     = arrayOf(2211, Regtype)
	UUIDArray        = arrayOf(2951, UUID)
	InetArray        = arrayOf(1041, Inet)
	CIDRArray        = arrayOf(651, CIDR)
	MacaddrArray     = arrayOf(1040, Macaddr)
	JSONArray        = arrayOf(199, JSON)
	JSONBArray       = arrayOf(3807, JSONB)
	JSONPathArray    = arrayOf(4073, JSONPath)
	VectorArray      = arrayOf(16386, Vector)
	HalfvecArray     = arrayOf(15002, Halfvec)
	BitArray         = arrayOf(1561, Bit)
	VarbitArray      = arrayOf(1563, Varbit)
	RecordArray      = pseudoArray(2287, Record)

	// Refcursor is the name of a cursor, as a value.
	Refcursor      = base(1790, "refcursor", "refcursor", KindString, -1, 'U', false)
	RefcursorArray = arrayOf(2201, Refcursor)

	Unknown  = pseudo(705, "unknown", KindString)
	Record   = pseudo(2249, "record", KindRecord)
	Cstring  = pseudo(2275, "cstring", KindString)
	Any      = pseudo(2276, "any", KindString)
	AnyArray = pseudo(2277, "anyarray", KindArray)
	Void     = pseudo(2278, "void", KindString)
	Trigger  = pseudo(2279, "trigger", KindInt)
	// EventTrigger is what functions of event triggers return, PgDDLCommand what only C can look into.
	EventTrigger = pseudo(3838, "event_trigger", KindInt)
	PgDDLCommand = pseudo(32, "pg_ddl_command", KindInt)
	Internal     = pseudo(2281, "internal", KindInt)
	AnyElement   = pseudo(2283, "anyelement", KindString)

	AnyEnum            = pseudo(3500, "anyenum", KindInt)
	AnyNonArray        = pseudo(2776, "anynonarray", KindString)
	AnyCompatible      = pseudo(5077, "anycompatible", KindString)
	AnyCompatibleArray = pseudo(5078, "anycompatiblearray", KindArray)

	AnyCompatibleNonArray = pseudo(5079, "anycompatiblenonarray", KindString)
)

var builtins = append([]*Type{
	Bool, Bytea, Char, Name, Int8, Int2, Int2Vector, Int4, Regproc, Text, Oid, Xid, OidVector, JSON, PgNodeTree,
	Float4, Float8, ACLItem, Bpchar, Varchar, Date, Time, Timetz, Timestamp, Timestamptz, Interval, Numeric,
	Regprocedure, Regoper, Regoperator, Regclass, Regtype, Regrole, Regnamespace, UUID, JSONB, JSONPath, Vector, Halfvec,
	Bit, Varbit, Sparsevec, Inet, CIDR, Macaddr,
	BoolArray, ByteaArray, CharArray, NameArray, Int2Array, Int4Array, TextArray, BpcharArray, VarcharArray,
	Int8Array, Float4Array, Float8Array, OidArray, ACLItemArray, TimestampArray, DateArray, TimeArray,
	TimetzArray, TimestamptzArray, IntervalArray, NumericArray, RegclassArray, RegtypeArray, UUIDArray, JSONArray, JSONBArray,
	JSONPathArray, VectorArray, HalfvecArray, SparsevecArray, BitArray, VarbitArray, RecordArray, Unknown, Record, Cstring, Any,
	AnyArray, Void, Trigger, Internal, AnyElement, AnyEnum, AnyNonArray, AnyCompatible, AnyCompatibleArray, AnyCompatibleNonArray,
	Point, Lseg, Path, Box, Polygon, Line, Circle, PointArray, LsegArray, PathArray, BoxArray, PolygonArray, LineArray, CircleArray,
	Macaddr8, Macaddr8Array, PgSnapshot, PgSnapshotArray, TxidSnapshot, TxidSnapshotArray, EventTrigger, PgDDLCommand,
	Citext, CitextArray, Hstore, HstoreArray, GHstore, GHstoreArray,
	Money, MoneyArray, PgLSN, PgLSNArray, Xid8, Xid8Array, Tid, TidArray, Cid, CidArray, Regcollation, RegcollationArray,
	InetArray, CIDRArray, MacaddrArray, Refcursor, RefcursorArray,
	TSVector, TSQuery, Regconfig, Regdictionary, TSVectorArray, TSQueryArray, RegconfigArray, RegdictionaryArray,
}, rangeFamily()...)

var (
	byOID  = indexTypes(func(t *Type) OID { return t.OID })
	byName = indexTypes(func(t *Type) string { return t.Name })
)

func indexTypes[K comparable](key func(*Type) K) map[K]*Type {
	// int2vector and oidvector are arrays to subscripts and ANY, but print without braces.
	Int2Vector.Elem, OidVector.Elem = Int2, Oid
	Unknown.Len, Cstring.Len, Record.Len, AnyArray.Len = -2, -2, -1, -1
	Unknown.Category = 'X'
	m := make(map[K]*Type, len(builtins))
	for _, t := range builtins {
		m[key(t)] = t
	}
	return m
}

// TypeByOID returns the built-in type with that OID, or nil.
func TypeByOID(oid OID) *Type { return byOID[oid] }

// TypeByName returns the built-in type with that pg_type name ("int4", "_text"), or nil.
func TypeByName(name string) *Type { return byName[name] }

// Types lists the built-in types in pg_type order of definition. The slice is shared: do not modify.
func Types() []*Type { return builtins }
