package datum

// Kind is how values of a type are held in memory, and so which slice of a Vec carries them.
type Kind uint8

// The kinds. KindNull is only ever the kind of a NULL Datum, never of a Type.
const (
	KindNull       Kind = iota
	KindBool            // bool
	KindInt             // int2 int4 int8 oid reg* xid "char"? no: see KindString; date time timestamp timestamptz
	KindFloat           // float4 float8
	KindString          // text varchar bpchar name "char" bytea uuid json jsonb unknown, enums
	KindVector          // vector halfvec: []float32, never NaN or infinite; a halfvec's are float16s
	KindSparse          // sparsevec: *SparseValue, immutable
	KindNumeric         // numeric: *apd.Decimal, immutable
	KindInterval        // interval
	KindArray           // any array type, int2vector, oidvector
	KindRecord          // row values
	KindRange           // ranges: *RangeValue
	KindMultirange      // multiranges: *MultirangeValue
)
