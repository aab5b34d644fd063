package catalog

import (
	"strings"
	"testing"

	"github.com/seguedb/segue/query/datum"
)

// Every relation gives rows of its columns' kinds, with values where a column is NOT NULL.
func TestVirtualRows(t *testing.T) {
	env := sampleEnv()
	filled := map[string]int{}
	for _, table := range env.Snapshot.Tables() {
		if table.Virtual == nil {
			continue
		}
		table.Virtual.Rows(env, func(row []datum.Datum) {
			filled[table.Name]++
			checkRow(t, table, row)
		})
	}
	for _, name := range []string{"pg_class", "pg_attribute", "pg_type", "pg_proc", "columns", "pg_timezone_names"} {
		if filled[name] == 0 {
			t.Errorf("%s has no rows", name)
		}
	}
	if filled["pg_settings"] != 1 {
		t.Errorf("pg_settings has %d rows, want the live one", filled["pg_settings"])
	}
}

func checkRow(t *testing.T, table *Table, row []datum.Datum) {
	t.Helper()
	if len(row) != len(table.Columns) {
		t.Fatalf("%s: a row of %d columns, want %d", table.Name, len(row), len(table.Columns))
	}
	for i, d := range row {
		c := table.Columns[i]
		switch {
		case d.IsNull() && c.NotNull:
			t.Errorf("%s.%s is NULL: %v", table.Name, c.Name, row)
		case !d.IsNull() && d.Kind() != c.Type.Kind:
			t.Errorf("%s.%s is of kind %d, want %d for %s", table.Name, c.Name, d.Kind(), c.Type.Kind, c.Type)
		case d.Kind() == datum.KindArray && c.Type.Elem != nil && d.Array().Elem != c.Type.Elem:
			t.Errorf("%s.%s is an array of %s, want %s", table.Name, c.Name, d.Array().Elem, c.Type.Elem)
		}
	}
}

// A rows function for a relation that there is none of is a misspelling.
func TestVirtualNames(t *testing.T) {
	s := Bootstrap()
	for name := range pgCatalogRows() {
		if s.Table(PgCatalogOID, name) == nil {
			t.Errorf("pg_catalog.%s is filled, but is no relation", name)
		}
	}
	for name := range infoSchemaRows() {
		if s.Table(InfoSchemaOID, name) == nil {
			t.Errorf("information_schema.%s is filled, but is no relation", name)
		}
	}
}

// The OIDs that clients have compiled in.
func TestFixedOIDs(t *testing.T) {
	s := Bootstrap()
	for name, oid := range map[string]OID{"pg_type": 1247, "pg_attribute": 1249, "pg_proc": 1255, "pg_class": 1259,
		"pg_namespace": 2615, "pg_constraint": 2606, "pg_description": 2609, "pg_index": 2610, "pg_database": 1262} {
		if got := s.Relation(PgCatalogOID, name); got != oid {
			t.Errorf("%s has OID %d, want %d", name, got, oid)
		}
	}
}

// references says which columns hold OIDs of what: relation.column → relation.column; array and vector
// columns by their elements. 0 is none.
var references = map[string]string{
	"pg_class.relnamespace": "pg_namespace.oid", "pg_class.relam": "pg_am.oid", "pg_class.relowner": "pg_authid.oid",
	"pg_attribute.attrelid": "pg_class.oid", "pg_attribute.atttypid": "pg_type.oid",
	"pg_attribute.attcollation": "pg_collation.oid", "pg_attrdef.adrelid": "pg_class.oid",
	"pg_index.indexrelid": "pg_class.oid", "pg_index.indrelid": "pg_class.oid", "pg_index.indclass": "pg_opclass.oid",
	"pg_index.indcollation": "pg_collation.oid", "pg_constraint.conrelid": "pg_class.oid",
	"pg_constraint.conindid": "pg_class.oid", "pg_constraint.connamespace": "pg_namespace.oid",
	"pg_sequence.seqrelid": "pg_class.oid", "pg_sequence.seqtypid": "pg_type.oid",
	"pg_type.typnamespace": "pg_namespace.oid", "pg_type.typelem": "pg_type.oid", "pg_type.typarray": "pg_type.oid",
	"pg_type.typinput": "pg_proc.oid", "pg_type.typoutput": "pg_proc.oid", "pg_type.typreceive": "pg_proc.oid",
	"pg_type.typsend": "pg_proc.oid", "pg_type.typsubscript": "pg_proc.oid", "pg_type.typanalyze": "pg_proc.oid",
	"pg_type.typcollation": "pg_collation.oid", "pg_proc.prorettype": "pg_type.oid",
	"pg_proc.proargtypes": "pg_type.oid", "pg_proc.proallargtypes": "pg_type.oid", "pg_proc.prolang": "pg_language.oid",
	"pg_proc.provariadic": "pg_type.oid", "pg_proc.pronamespace": "pg_namespace.oid",
	"pg_operator.oprleft": "pg_type.oid", "pg_operator.oprright": "pg_type.oid", "pg_operator.oprresult": "pg_type.oid",
	"pg_operator.oprcode": "pg_proc.oid", "pg_cast.castsource": "pg_type.oid", "pg_cast.casttarget": "pg_type.oid",
	"pg_cast.castfunc": "pg_proc.oid", "pg_opclass.opcmethod": "pg_am.oid", "pg_opclass.opcfamily": "pg_opfamily.oid",
	"pg_opclass.opcintype": "pg_type.oid", "pg_opfamily.opfmethod": "pg_am.oid", "pg_amop.amopfamily": "pg_opfamily.oid",
	"pg_amop.amopopr": "pg_operator.oid", "pg_amop.amoplefttype": "pg_type.oid",
	"pg_amproc.amprocfamily": "pg_opfamily.oid", "pg_amproc.amproc": "pg_proc.oid", "pg_am.amhandler": "pg_proc.oid",
	"pg_aggregate.aggfnoid":     "pg_proc.oid",
	"pg_aggregate.aggtranstype": "pg_type.oid", "pg_extension.extnamespace": "pg_namespace.oid",
	"pg_database.dattablespace": "pg_tablespace.oid", "pg_description.classoid": "pg_class.oid",
	"pg_depend.classid": "pg_class.oid", "pg_depend.refclassid": "pg_class.oid",
	"pg_stat_user_indexes.indexrelid": "pg_class.oid", "pg_stat_user_tables.relid": "pg_class.oid",
}

func TestVirtualReferences(t *testing.T) {
	env := sampleEnv()
	for from, to := range references {
		ids := map[int64]bool{0: true}
		for _, v := range columnValues(t, env, to) {
			ids[v] = true
		}
		for _, v := range columnValues(t, env, from) {
			if !ids[v] {
				t.Errorf("%s has %d, which no %s is", from, v, to)
			}
		}
	}
}

// OIDs identify rows.
func TestVirtualUnique(t *testing.T) {
	env := sampleEnv()
	for _, table := range env.Snapshot.Tables() {
		if table.Virtual == nil || table.ColumnIndex("oid") < 0 || table.Schema != PgCatalogOID {
			continue
		}
		seen := map[int64]bool{}
		for _, v := range columnValues(t, env, table.Name+".oid") {
			if seen[v] {
				t.Errorf("%s has OID %d twice", table.Name, v)
			}
			seen[v] = true
		}
	}
}

// Whatever depends or is described is there.
func TestDependencies(t *testing.T) {
	env := sampleEnv()
	ids := map[OID]map[int64]bool{}
	exists := func(o object) bool {
		if ids[o.class] == nil {
			ids[o.class] = map[int64]bool{}
			for _, v := range columnValues(t, env, env.Snapshot.TableByOID(o.class).Name+".oid") {
				ids[o.class][v] = true
			}
		}
		return ids[o.class][int64(o.oid)]
	}
	for _, d := range env.Snapshot.dependencies() {
		if !exists(d.from) || !exists(d.to) {
			t.Errorf("dependency %+v of or on nothing", d)
		}
	}
	for _, d := range env.Snapshot.descriptions() {
		if !exists(object{d.class, d.object, 0}) {
			t.Errorf("description %+v of nothing", d)
		}
		if got := ObjDescription(env.Snapshot, d.object, env.Snapshot.TableByOID(d.class).Name); d.sub == 0 && got != d.text {
			t.Errorf("obj_description of %d is %q, pg_description has %q", d.object, got, d.text)
		}
	}
}

// columnValues reads relation.column as integers, arrays by their elements, NULLs left out.
func columnValues(t *testing.T, env *VirtualEnv, path string) []int64 {
	t.Helper()
	name, column, _ := strings.Cut(path, ".")
	table := env.Snapshot.Table(PgCatalogOID, name)
	if table == nil || table.ColumnIndex(column) < 0 {
		t.Fatalf("no column %s", path)
	}
	var out []int64
	table.Virtual.Rows(env, func(row []datum.Datum) {
		switch d := row[table.ColumnIndex(column)]; d.Kind() {
		case datum.KindInt:
			out = append(out, d.Int())
		case datum.KindArray:
			for _, e := range d.Array().Elems {
				out = append(out, e.Int())
			}
		}
	})
	return out
}

// pg_type has every type that values can have, and every comparable type an operator class.
func TestTypesAreListed(t *testing.T) {
	listed := map[int64]bool{}
	for _, v := range columnValues(t, sampleEnv(), "pg_type.oid") {
		listed[v] = true
	}
	for _, typ := range datum.Types() {
		if !listed[int64(typ.OID)] && !IsNative(typ) {
			t.Errorf("pg_type has no %s", typ)
		}
		f := systemFacts().types[typ]
		if f != nil && f.byValue && typ.Kind == datum.KindString && typ != datum.Char && !typ.Pseudo {
			t.Errorf("%s is a string passed by value", typ)
		}
	}
	one := &Table{Columns: []Column{{AttNum: 1}}}
	for _, typ := range []*datum.Type{datum.Int4, datum.Varchar, datum.Regclass, datum.TextArray, datum.UUID} {
		one.Columns[0].Type = typ
		ix := &Index{Method: "btree", Keys: []KeyPart{{AttNum: 1}}}
		if ix.opClass(one, ix.Keys[0]) == nil {
			t.Errorf("btree has no operator class for %s", typ)
		}
	}
}
