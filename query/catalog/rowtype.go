package catalog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// Every table and view has a composite type of its rows, of its own name. What CREATE TYPE … AS (…) makes is such a type
// without rows: a Table of KindComposite, which ALTER TYPE changes as ALTER TABLE does a table.

// The types of rows have no OIDs of their own: they are a table's with one of these added, below what attrDefOID makes up
// and above what any object gets to.
const (
	rowTypeOIDs  OID = 1 << 28
	rowArrayOIDs OID = 1 << 29
)

// RowTypeOID is pg_class.reltype.
func (t *Table) RowTypeOID() OID { return t.OID | rowTypeOIDs }

// RowType is the type of the table's rows, nil for a table that is in no Snapshot.
func (t *Table) RowType() *datum.Type {
	if t.rowOf != t {
		return nil
	}
	return t.row
}

// TableOfType finds the table whose rows a type is of; nil for none.
func (s *Snapshot) TableOfType(oid OID) *Table {
	if oid&^(rowTypeOIDs-1) != rowTypeOIDs {
		return nil
	}
	return s.tables[oid&^rowTypeOIDs]
}

// rowTypeByOID finds a table's row type, or the array type of that.
func (s *Snapshot) rowTypeByOID(oid OID) *datum.Type {
	if t := s.TableOfType(oid); t != nil {
		return t.RowType()
	}
	if oid&^(rowTypeOIDs-1) == rowArrayOIDs {
		if t := s.tables[oid&^rowArrayOIDs]; t != nil {
			return t.RowType().Array
		}
	}
	return nil
}

// giveRowType makes the type of a table's rows, or keeps that of the table it replaces where nothing about it changed.
func (s *Snapshot) giveRowType(t, old *Table) {
	if t.rowOf == t {
		return
	}
	sql := s.typeSQL(t.Schema, t.Name)
	fields := make([]datum.Field, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		fields[i] = datum.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod, AttNum: c.AttNum}
	}
	t.rowOf = t
	if old != nil && old.row.SQL == sql && old.row.Namespace == t.Schema && slices.Equal(old.row.Fields, fields) {
		t.row = old.row
		return
	}
	t.row = datum.NewComposite(t.RowTypeOID(), t.OID|rowArrayOIDs, t.OID, t.Schema, t.Name, sql, fields)
}

// typeSQL is how messages call a user's type.
func (s *Snapshot) typeSQL(schema OID, name string) string {
	sql := parse.QuoteIdent(name)
	if sc := s.schemas[schema]; sc != nil && schema != PublicOID && schema != PgCatalogOID {
		sql = parse.QuoteIdent(sc.Name) + "." + sql
	}
	return sql
}

// retype puts a changed type in the place of what it was: in tables with columns of it and in types over it, and so in
// what is made of those.
func (s *Snapshot) retype(typ *datum.Type) {
	s.retypeFunctions(typ.OID, typ.Array.OID)
	for _, d := range s.Types() {
		if d.stale(typ) {
			fresh := *d
			s.PutType(&fresh)
		}
	}
	for _, table := range s.userTables() {
		if fresh := table.retyped(typ); fresh != nil {
			s.PutTable(fresh)
		}
	}
}

// retyped is the table with a changed type in the place of what it was; nil when it has no column of it.
func (t *Table) retyped(typ *datum.Type) *Table {
	var out *Table
	for i := range t.Columns {
		is := typ
		if t.Columns[i].TypeOID == typ.Array.OID {
			is = typ.Array
		} else if t.Columns[i].TypeOID != typ.OID {
			continue
		}
		if t.Columns[i].Type == is {
			continue
		}
		if out == nil {
			fresh := *t
			fresh.Columns = slices.Clone(t.Columns)
			out = &fresh
		}
		out.Columns[i].Type = is
	}
	return out
}

// loader gives a snapshot the types and tables that storage holds, each after what it is made of.
type loader struct {
	s      *Snapshot
	types  map[OID]*Type
	arrays map[OID]*Type // by what else a type is found by
	tables map[OID]*Table
	err    error
}

// Load adds what EncodeType and EncodeTable wrote, in any order: tables have columns of each other's types.
func (s *Snapshot) Load(types, tables [][]byte) error {
	l := &loader{s: s, types: map[OID]*Type{}, arrays: map[OID]*Type{}, tables: map[OID]*Table{}}
	for _, b := range types {
		t, err := DecodeType(b)
		if err != nil {
			return err
		}
		l.types[t.OID], l.arrays[t.Array] = t, t
		if t.Range != nil {
			l.arrays[t.Range.Multi], l.arrays[t.Range.MultiArray] = t, t
		}
	}
	for _, b := range tables {
		t := new(Table)
		if err := decodeStrict(b, t); err != nil {
			return fmt.Errorf("decode table: %w", err)
		}
		l.tables[t.OID] = t
	}
	for oid := range l.types {
		l.typ(oid)
	}
	for oid := range l.tables {
		l.table(oid)
	}
	return l.err
}

// typ finds a type, loading it first where that is to be done.
func (l *loader) typ(oid OID) *datum.Type {
	t := l.types[oid]
	if t == nil {
		t = l.arrays[oid]
	}
	switch {
	case t != nil:
		delete(l.types, t.OID) // a circle does not come back
		delete(l.arrays, t.Array)
		if t.Range != nil {
			delete(l.arrays, t.Range.Multi)
			delete(l.arrays, t.Range.MultiArray)
		}
		if over := t.Over(); over != 0 && l.typ(over) == nil {
			l.fail(fmt.Errorf("decode type %q: %w: it is over unknown type %d", t.Name, ErrCorrupt, over))
			return nil
		}
		l.s.PutType(t)
	case oid&^(rowTypeOIDs-1) == rowTypeOIDs:
		l.table(oid &^ rowTypeOIDs)
	case oid&^(rowTypeOIDs-1) == rowArrayOIDs:
		l.table(oid &^ rowArrayOIDs)
	}
	return l.s.TypeByOID(oid)
}

func (l *loader) table(oid OID) {
	t := l.tables[oid]
	if t == nil {
		return
	}
	delete(l.tables, oid)
	if err := t.restore(l.typ); err != nil {
		l.fail(fmt.Errorf("decode table %q: %w: %w", t.Name, ErrCorrupt, err))
		return
	}
	l.s.PutTable(t)
}

func (l *loader) fail(err error) { l.err = errors.Join(l.err, err) }
