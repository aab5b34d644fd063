package catalog

import (
	"cmp"
	"slices"
)

// relation is whatever has a row in pg_class: one of Table, Index (with its Table) and Sequence is it.
type relation struct {
	oid, schema OID
	name        string
	kind        RelKind
	table       *Table
	index       *Index
	sequence    *Sequence
}

func tableRelation(t *Table) relation {
	return relation{oid: t.OID, schema: t.Schema, name: t.Name, kind: t.Kind(), table: t}
}

func indexRelation(t *Table, ix *Index) relation {
	return relation{oid: ix.OID, schema: t.Schema, name: ix.Name, kind: KindIndex, table: t, index: ix}
}

func sequenceRelation(q *Sequence) relation {
	return relation{oid: q.OID, schema: q.Schema, name: q.Name, kind: KindSequence, sequence: q}
}

// relations lists everything that pg_class lists, by OID. Implicit indexes are not among them.
func (s *Snapshot) relations() []relation {
	var out []relation
	for _, t := range s.tables {
		out = append(out, tableRelation(t))
		for i := range t.Indexes {
			if !t.Indexes[i].Implicit {
				out = append(out, indexRelation(t, &t.Indexes[i]))
			}
		}
	}
	for _, q := range s.sequences {
		out = append(out, sequenceRelation(q))
	}
	slices.SortFunc(out, func(a, b relation) int { return cmp.Compare(a.oid, b.oid) })
	return out
}

// relationByOID finds a table, index or sequence.
func (s *Snapshot) relationByOID(oid OID) (relation, bool) {
	if t := s.tables[oid]; t != nil {
		return tableRelation(t), true
	}
	if q := s.sequences[oid]; q != nil {
		return sequenceRelation(q), true
	}
	if t, ix := s.IndexByOID(oid); ix != nil && !ix.Implicit {
		return indexRelation(t, ix), true
	}
	return relation{}, false
}

// userTables lists the stored tables by OID.
func (s *Snapshot) userTables() []*Table {
	return slices.DeleteFunc(s.Tables(), func(t *Table) bool { return t.Virtual != nil })
}

// attNums lists the columns an index is over.
func (ix *Index) attNums() []int16 {
	out := make([]int16, len(ix.Keys))
	for i, k := range ix.Keys {
		out[i] = k.AttNum
	}
	return out
}

// reads lists the columns of the table that an index needs in any way.
func (ix *Index) reads(t *Table) []int16 {
	out := slices.Clone(ix.Include)
	for _, k := range ix.Keys {
		if k.Expr == "" {
			out = append(out, k.AttNum)
		} else {
			out = append(out, ColumnsIn(t, k.Expr)...)
		}
	}
	out = append(out, ColumnsIn(t, ix.Where)...)
	slices.Sort(out)
	return slices.Compact(out)
}

// columnName names the column with that attribute number, "" when there is none.
func (t *Table) columnName(attNum int16) string {
	if i := t.Ordinal(attNum); i >= 0 {
		return t.Columns[i].Name
	}
	return ""
}
