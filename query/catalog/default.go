package catalog

// DefaultExpr is the SQL text of a column's default or generation expression, "" for none: what
// pg_attrdef.adbin holds here and pg_get_expr gives back.
func DefaultExpr(snap *Snapshot, table OID, attNum int16) string {
	t := snap.TableByOID(table)
	if t == nil {
		return ""
	}
	i := t.Ordinal(attNum)
	if i < 0 {
		return ""
	}
	return t.Columns[i].defaultExpr()
}

func (c *Column) defaultExpr() string {
	if c.Generated != "" {
		return c.Generated
	}
	return c.Default
}

// attrDefOID makes up the OID of a default's row in pg_attrdef, which has no object of its own here:
// above 2³¹, where no object gets to, and the same as long as the column lives.
func attrDefOID(table OID, attNum int16) OID {
	const maxColumns = 1600 // MaxHeapAttributeNumber
	return 1<<31 | (table*maxColumns+OID(attNum))&(1<<31-1)
}
