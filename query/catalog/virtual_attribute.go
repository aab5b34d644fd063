package catalog

import "github.com/seguedb/segue/query/datum"

// sequenceColumns are the columns of a sequence as a relation.
var sequenceColumns = []Column{
	{AttNum: 1, Name: "last_value", Type: datum.Int8, Typmod: -1, NotNull: true},
	{AttNum: 2, Name: "log_cnt", Type: datum.Int8, Typmod: -1, NotNull: true},
	{AttNum: 3, Name: "is_called", Type: datum.Bool, Typmod: -1, NotNull: true},
}

// attributes lists a relation's columns with their numbers in it: an index numbers its own.
func (r relation) attributes() []Column {
	switch {
	case r.index != nil:
		out := make([]Column, 0, len(r.index.Keys))
		for i, k := range r.index.Keys {
			if k.Expr != "" {
				name := k.Name
				if name == "" {
					name = calledName(k.Expr)
				}
				if name == "" {
					name = "expr"
				}
				out = append(out, Column{AttNum: int16(i + 1), Name: name, Type: datum.TypeByOID(k.TypeOID), Typmod: -1})
				continue
			}
			if at := r.table.Ordinal(k.AttNum); at >= 0 {
				c := r.table.Columns[at]
				out = append(out, Column{AttNum: int16(i + 1), Name: c.Name, Type: c.Type, Typmod: c.Typmod})
			}
		}
		for i, att := range r.index.Include {
			if at := r.table.Ordinal(att); at >= 0 {
				c := r.table.Columns[at]
				out = append(out, Column{AttNum: int16(len(r.index.Keys) + i + 1), Name: c.Name, Type: c.Type, Typmod: c.Typmod})
			}
		}
		return out
	case r.sequence != nil:
		return sequenceColumns
	default:
		return r.table.Columns
	}
}

// attributeRows leaves out the system columns (ctid, xmin…), which rows do not have here, and dropped
// ones, which leave no trace.
func attributeRows(env *VirtualEnv, w *rowWriter) {
	w.int("attcacheoff", -1).zero("attinhcount").str("attcompression", "").no("attisdropped").yes("attislocal").keep()
	for _, r := range env.Snapshot.relations() {
		for _, c := range r.attributes() {
			w.oid("attrelid", r.oid).int("attnum", int64(c.AttNum)).str("attname", c.Name).bool("attnotnull", c.NotNull).
				bool("atthasdef", c.defaultExpr() != "").char("attidentity", c.Identity).int("attstattarget", int64(c.Statistics)-1).
				bool("atthasmissing", c.Missing != nil).set("attmissingval", c.missingValue())
			if c.Generated != "" {
				w.char("attgenerated", 's')
			} else {
				w.char("attgenerated", 0)
			}
			w.attributeType(c)
			if acl := env.Snapshot.ColumnACL(r.oid, c.AttNum); acl != nil && r.index == nil {
				w.set("attacl", aclDatum(env.Snapshot, acl))
			}
			w.end()
		}
	}
}

func (w *rowWriter) attributeType(c Column) {
	w.oid("atttypid", c.Type.OID).int("attlen", int64(c.Type.Len)).int("atttypmod", int64(c.Typmod)).zero("attndims")
	if c.Type.IsArray() && c.Type != datum.OidVector && c.Type != datum.Int2Vector {
		w.int("attndims", 1)
	}
	if f := factOf(c.Type); f != nil {
		w.bool("attbyval", f.byValue).char("attalign", f.align).char("attstorage", f.storage).oid("attcollation", f.collation)
	}
	if c.Collation != 0 {
		w.oid("attcollation", c.Collation)
	}
	if c.Storage != 0 {
		w.char("attstorage", c.Storage)
	}
}

// missingValue is pg_attribute.attmissingval: an array of the one value.
func (c *Column) missingValue() datum.Datum {
	if c.Missing == nil {
		return datum.Null
	}
	v, _, err := datum.DecodeValue(c.Type, c.Missing)
	if err != nil {
		return datum.Null
	}
	return datum.ArrayFrom(c.Type, []datum.Datum{v})
}

func attrdefRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		for i := range t.Columns {
			c := &t.Columns[i]
			if text := env.defaultOf(t, c); text != "" {
				w.oid("oid", attrDefOID(t.OID, c.AttNum)).oid("adrelid", t.OID).int("adnum", int64(c.AttNum)).
					str("adbin", text).end()
			}
		}
	}
}
