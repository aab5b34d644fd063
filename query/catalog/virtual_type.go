package catalog

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
)

func typeRows(env *VirtualEnv, w *rowWriter) {
	w.yes("typisdefined").no("typnotnull").int("typtypmod", -1).
		zero("typrelid", "typmodin", "typmodout", "typbasetype", "typndims").keep()
	for _, t := range datum.Types() {
		f := systemFacts().types[t]
		if native := env.Snapshot.nativeFact(t); native != nil && env.Snapshot.typeSchema(t) != 0 {
			f = native
		}
		if f == nil {
			continue
		}
		w.oid("oid", t.OID).str("typname", t.Name).oid("typnamespace", env.Snapshot.typeSchema(t)).int("typlen", int64(t.Len)).
			bool("typbyval", f.byValue).char("typtype", typeKind(t)).char("typcategory", t.Category).
			bool("typispreferred", t.Preferred).char("typdelim", t.Delim).oid("typelem", elementOID(t)).
			oid("typarray", arrayOID(t)).oid("typsubscript", f.subscript).oid("typinput", f.input).
			oid("typoutput", f.output).oid("typreceive", f.receive).oid("typsend", f.send).
			oid("typanalyze", f.analyze).char("typalign", f.align).char("typstorage", f.storage).
			oid("typcollation", f.collation).oid("typowner", env.Snapshot.Owner(ClassType, t.OID)).
			acl(env, "typacl", ObjectType, t.OID).end()
	}
	userTypeRows(env, w)
}

// elementOID is pg_type.typelem: a name is an array of "char" to subscripts, a segment of points.
func elementOID(t *datum.Type) OID {
	switch {
	case t == datum.Name:
		return datum.Char.OID
	case t == datum.Point, t == datum.Line:
		return datum.Float8.OID
	case t == datum.Lseg, t == datum.Box:
		return datum.Point.OID
	case t.Elem != nil:
		return t.Elem.OID
	}
	return 0
}

func arrayOID(t *datum.Type) OID {
	if t.Array == nil {
		return 0
	}
	return t.Array.OID
}

func castRows(env *VirtualEnv, w *rowWriter) {
	for i, c := range Builtin().Casts {
		fact, known := systemFacts().casts[[2]*datum.Type{c.From, c.To}]
		if !known {
			fact.oid = attrDefOID(castClassOID, int16(i)) // like a default it has no object of its own
		}
		method := c.Method
		if method == 'f' && fact.proc == 0 {
			method = 'i' // a cast of ours without a function: datum.Cast goes through no other
		}
		if method != 'f' {
			fact.proc = 0
		}
		if a := castOwner(c); a != nil {
			e := env.Snapshot.Extension(a.Name)
			if e == nil {
				continue
			}
			if method = c.Method; method == 'f' {
				fact.proc = env.Snapshot.castFunction(e, c)
			}
		}
		w.oid("oid", fact.oid).oid("castsource", c.From.OID).oid("casttarget", c.To.OID).oid("castfunc", fact.proc).
			char("castcontext", c.Context).char("castmethod", method).end()
	}
	userRangeCasts(env, w)
	userCastRows(env, w)
}

func operatorRows(env *VirtualEnv, w *rowWriter) {
	w.oid("oprowner", OwnerOID).zero("oprrest", "oprjoin").keep()
	mergeable := map[OID]bool{}
	for _, a := range systemFacts().amops {
		if a.strategy == btreeEqual {
			mergeable[a.operator] = true
		}
	}
	for _, o := range Builtin().Operators {
		kind, left := byte('l'), OID(0)
		if o.Left != nil {
			kind, left = 'b', o.Left.OID
		}
		w.oid("oid", o.OID).str("oprname", o.Name).oid("oprnamespace", o.Schema).char("oprkind", kind).
			bool("oprcanmerge", mergeable[o.OID] && o.Name == "=").bool("oprcanhash", o.hashable()).oid("oprleft", left).
			oid("oprright", o.Right.OID).oid("oprresult", o.Result.OID).oid("oprcom", o.Commutator).oid("oprnegate", o.Negator).
			oid("oprcode", o.Proc.OID).end()
	}
	userOperatorRows(env, w)
}

// floatFamilyOID is the btree operator family of floats, by which the distances that operators give order.
const floatFamilyOID OID = 1970

// btreeEqual is the strategy number of = in a btree operator family.
const btreeEqual = 3

// hashable says whether the operator is an equality that hashing finds: of one type, or of types that
// hash alike, which those of date and time do not.
func (o *Operator) hashable() bool {
	if o.Name != "=" || o.Left == nil {
		return false
	}
	return o.Left == o.Right || o.Left.Category == o.Right.Category && o.Left.Category != 'D'
}

func opClassRows(env *VirtualEnv, w *rowWriter) {
	w.oid("opcowner", OwnerOID).keep()
	for _, c := range env.Snapshot.opClasses() {
		w.oid("oid", c.oid).oid("opcmethod", accessMethodOID(c.method)).str("opcname", c.name).
			oid("opcnamespace", c.schemaIn(env.Snapshot)).oid("opcfamily", c.family).oid("opcintype", c.typ.OID).
			bool("opcdefault", c.isDefault).oid("opckeytype", c.keyType()).end()
	}
}

// keyType is what an inverted index keeps of a value, 0 for the value itself.
func (c *opClass) keyType() OID {
	switch {
	case c.owner != "":
		return c.key
	case c.method != "gin":
		return 0
	case c.name == "array_ops":
		return datum.AnyElement.OID
	case c.name == "jsonb_path_ops":
		return datum.Int4.OID
	}
	return datum.Text.OID
}

func opFamilyRows(env *VirtualEnv, w *rowWriter) {
	w.oid("opfowner", OwnerOID).keep()
	seen := map[OID]bool{}
	for _, c := range env.Snapshot.opClasses() {
		if seen[c.family] {
			continue
		}
		seen[c.family] = true
		w.oid("oid", c.family).oid("opfmethod", accessMethodOID(c.method)).str("opfname", c.familyName).
			oid("opfnamespace", c.schemaIn(env.Snapshot)).end()
	}
}

func amopRows(env *VirtualEnv, w *rowWriter) {
	w.zero("amopsortfamily").keep()
	methods := map[OID]OID{}
	amops := systemFacts().amops
	for _, c := range env.Snapshot.opClasses() {
		methods[c.family] = accessMethodOID(c.method)
		if c.owner != "" {
			amops = append(slices.Clip(amops), env.Snapshot.classAmops(c)...)
		}
	}
	for _, a := range amops {
		if a.operator < FirstUserOID && Builtin().OperatorByOID(a.operator) == nil {
			continue
		}
		if a.purpose == 'o' {
			w.oid("amopsortfamily", floatFamilyOID)
		}
		w.char("amoppurpose", a.purpose).oid("oid", a.oid).
			oid("amopmethod", methods[a.family]).oid("amopfamily", a.family).oid("amoplefttype", a.left.OID).
			oid("amoprighttype", a.right.OID).int("amopstrategy", a.strategy).oid("amopopr", a.operator).end()
	}
}

func amprocRows(env *VirtualEnv, w *rowWriter) {
	amprocs := systemFacts().amprocs
	for _, c := range env.Snapshot.extensionClasses() {
		amprocs = append(slices.Clip(amprocs), env.Snapshot.classAmprocs(c)...)
	}
	for _, a := range amprocs {
		w.oid("oid", a.oid).oid("amprocfamily", a.family).oid("amproclefttype", a.left.OID).
			oid("amprocrighttype", a.right.OID).int("amprocnum", a.number).oid("amproc", a.proc).end()
	}
}
