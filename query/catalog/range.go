package catalog

import "github.com/seguedb/segue/query/datum"

// Functions of PostgreSQL that pg_type names for range types and multirange types, and pg_range's columns for the built-in
// ones.
const (
	rangeInOID, rangeOutOID           OID = 3834, 3835
	rangeRecvOID, rangeSendOID        OID = 3836, 3837
	rangeAnalyzeOID                   OID = 3916
	multirangeInOID, multirangeOutOID OID = 4231, 4232
	multirangeRecvOID, multirangeSend OID = 4233, 4234
	multirangeAnalyzeOID              OID = 4242
	noFunction                        OID = 0
)

// builtinRange is what pg_range says of a built-in range type.
type builtinRange struct{ opClass, canonical, diff OID }

var builtinRanges = map[*datum.Type]builtinRange{
	datum.Int4Range: {1978, 3914, 3922}, datum.NumRange: {3125, noFunction, 3924}, datum.TsRange: {3128, noFunction, 3929},
	datum.TstzRange: {3127, noFunction, 3930}, datum.DateRange: {3122, 3915, 3925}, datum.Int8Range: {3124, 3928, 3923},
}

func rangeRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range datum.BuiltinRanges() {
		f := builtinRanges[t]
		w.oid("rngtypid", t.OID).oid("rngsubtype", t.Subtype.OID).oid("rngmultitypid", t.Multirange.OID).oid("rngcollation", 0).
			oid("rngsubopc", f.opClass).oid("rngcanonical", f.canonical).oid("rngsubdiff", f.diff).end()
	}
	userRangeRows(env, w)
}

// typeKind is pg_type.typtype of a type that is neither made by a user nor a row of a relation.
func typeKind(t *datum.Type) byte {
	switch {
	case t.Pseudo:
		return 'p'
	case t.IsRange():
		return 'r'
	case t.IsMultirange():
		return 'm'
	}
	return 'b'
}
