package catalog

import "github.com/seguedb/segue/query/datum"

// Functions of PostgreSQL that pg_type names for types that users make.
const (
	domainInOID, domainRecvOID OID = 2597, 2598
	enumInOID, enumOutOID      OID = 3506, 3507
	enumRecvOID, enumSendOID   OID = 3532, 3533
)

// factOf is what pg_type says of a type beside what the type itself says; nil for none.
func factOf(t *datum.Type) *typeFact {
	switch {
	case t == nil:
		return nil
	case t.IsDomain():
		f := factOf(t.Root())
		if f == nil {
			return nil
		}
		out := *f
		out.input, out.receive, out.subscript = domainInOID, domainRecvOID, 0
		return &out
	case t.Namespace != 0 && (t.IsRange() || t.IsMultirange()):
		return rangeFact(t)
	case t.IsEnum():
		return &typeFact{byValue: true, align: 'i', storage: 'p', input: enumInOID, output: enumOutOID,
			receive: enumRecvOID, send: enumSendOID}
	case t.IsComposite():
		out := *systemFacts().types[datum.Record]
		return &out
	case t.IsArray() && t.Namespace != 0:
		out := *systemFacts().types[datum.TextArray]
		out.collation = collationOf(t.Elem)
		if elem := factOf(t.Elem); elem != nil && elem.align == 'd' {
			out.align = 'd'
		}
		return &out
	}
	if nativeOwners()[t] != nil {
		return new(Snapshot).nativeFact(t)
	}
	return systemFacts().types[t]
}

// userTypeRows are pg_type's rows of the types that users made, and of the rows of relations.
func userTypeRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Types() {
		kind := byte('e')
		if d := t.Domain; d != nil {
			kind = 'd'
			w.oid("typbasetype", d.Base).int("typtypmod", int64(d.Typmod)).bool("typnotnull", d.NotNull)
			if t.T.Base.IsArray() {
				w.int("typndims", 1)
			}
			if text := env.domainDefault(t); text != "" {
				w.str("typdefault", text).str("typdefaultbin", text)
			}
		}
		if t.Range != nil {
			kind = 'r'
			w.userType(env, t.T.Multirange, 'm').end()
			w.userType(env, t.T.Multirange.Array, 'b').end()
		}
		w.userType(env, t.T, kind).end()
		w.userType(env, t.T.Array, 'b').end()
	}
	for _, t := range env.Snapshot.Tables() {
		w.userType(env, t.RowType(), 'c').oid("typrelid", t.OID).end()
		w.userType(env, t.RowType().Array, 'b').end()
	}
}

// userType sets what every user's type has.
func (w *rowWriter) userType(env *VirtualEnv, t *datum.Type, kind byte) *rowWriter {
	f := factOf(t)
	if t.IsDomain() {
		if of := env.Snapshot.nativeFact(t.Root()); of != nil {
			f.output, f.send = of.output, of.send
		}
	}
	return w.oid("oid", t.OID).str("typname", t.Name).oid("typnamespace", t.Namespace).int("typlen", int64(t.Len)).
		bool("typbyval", f.byValue).char("typtype", kind).char("typcategory", t.Category).bool("typispreferred", false).
		char("typdelim", t.Delim).oid("typelem", elementOID(t)).oid("typarray", arrayOID(t)).oid("typsubscript", f.subscript).
		oid("typinput", f.input).oid("typoutput", f.output).oid("typreceive", f.receive).oid("typsend", f.send).
		oid("typanalyze", f.analyze).char("typalign", f.align).char("typstorage", f.storage).
		oid("typcollation", f.collation).oid("typowner", env.Snapshot.Owner(ClassType, t.OID)).
		acl(env, "typacl", ObjectType, t.OID)
}
