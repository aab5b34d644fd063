package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// maxTableColumns is Postgres's MaxHeapAttributeNumber.
const maxTableColumns = 1600

// tableDefinition is a CREATE TABLE being bound: columns → their constraints → table constraints →
// stored expressions → vector indexes.
type tableDefinition struct {
	b     *binder
	s     *parse.CreateTableStmt
	node  *CreateTable
	table *catalog.Table
	names *namer
	// null remembers explicit NULL and NOT NULL by column, to find contradictions.
	null map[int]bool
	// checks wait until all columns are known.
	checks []parse.Constraint
	// foreign wait until all keys are known.
	foreign []parse.Constraint
	// generated are the generation expressions as written, by column.
	generated map[int]parse.Constraint
	// likes wait, for what they bring beside columns, until the table's own constraints are known.
	likes []likeSource
}

func (b *binder) createTable(s *parse.CreateTableStmt) (*Plan, error) {
	if err := refuseTableClauses(s); err != nil {
		return nil, err
	}
	node, names, err := b.newTable(s.Name, s.Persistence, s.IfNotExists, s.Pos())
	if err != nil {
		return nil, err
	}
	plan := &Plan{Root: node, Tag: "CREATE TABLE", Writes: true, DDL: true}
	if node.Exists {
		return plan, nil
	}
	d := &tableDefinition{b: b, s: s, node: node, table: node.Table, names: names, null: map[int]bool{},
		generated: map[int]parse.Constraint{}}
	d.table.Unlogged, d.table.OnCommit = s.Persistence == 'u', s.OnCommit
	if s.OnCommit != 0 && !d.table.Temp {
		return nil, sqlstate.New(sqlstate.InvalidTableDefinition, "ON COMMIT can only be used on temporary tables")
	}
	if d.table.Options, err = tableOptions(s.Options); err != nil {
		return nil, err
	}
	for _, step := range []func() error{d.columns, d.columnConstraints, d.tableConstraints, d.bindChecks,
		d.bindGenerated, d.bindForeign, d.bindLikes} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	addVectorIndexes(d.table, names)
	node.Segments, err = b.newSegments(d.table, names)
	return plan, err
}

func refuseTableClauses(s *parse.CreateTableStmt) error {
	if s.Unsupported != "" {
		return unsupported(s.Pos(), s.Unsupported)
	}
	return nil
}

// newTable starts a table in its schema, or finds that the name is taken.
func (b *binder) newTable(name parse.Name, persistence byte, ifNotExists bool, pos int) (*CreateTable, *namer, error) {
	sc, temp, err := b.creationPlace(name, persistence, pos)
	if err != nil {
		return nil, nil, err
	}
	rel := name[len(name)-1]
	node := &CreateTable{IfNotExists: ifNotExists, TempSchema: sc.Name,
		Table: &catalog.Table{Schema: sc.OID, Name: rel, NextAttNum: 1, Temp: temp}}
	if b.cat.Snapshot().Relation(sc.OID, rel) != 0 {
		if !ifNotExists {
			return nil, nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", rel)
		}
		node.Exists = true
	}
	return node, &namer{snap: b.cat.Snapshot(), schema: sc.OID, taken: []string{rel}}, nil
}

func (d *tableDefinition) columns() error {
	likes := d.s.Likes
	for i := range d.s.Columns {
		for ; len(likes) > 0 && likes[0].Before == i; likes = likes[1:] {
			if err := d.like(&likes[0]); err != nil {
				return err
			}
		}
		c := &d.s.Columns[i]
		if err := checkColumnName(d.table, c.Name, c.Pos()); err != nil {
			return err
		}
		col, err := d.column(c)
		if err != nil {
			return err
		}
		addColumn(d.table, col)
	}
	for i := range likes {
		if err := d.like(&likes[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkColumnName(t *catalog.Table, name string, pos int) error {
	switch {
	case t.ColumnIndex(name) >= 0:
		return fail(pos, sqlstate.DuplicateColumn, "column %q specified more than once", name)
	case slices.Contains([]string{"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"}, name):
		return fail(pos, sqlstate.DuplicateColumn, "column name %q conflicts with a system column name", name)
	case len(t.Columns) == maxTableColumns:
		return fail(pos, sqlstate.TooManyColumns, "tables can have at most %d columns", maxTableColumns)
	}
	return nil
}

// addColumn appends a column and numbers it.
func addColumn(t *catalog.Table, col catalog.Column) {
	col.AttNum, col.TypeOID = t.NextAttNum, col.Type.OID
	t.NextAttNum++
	t.Columns = append(t.Columns, col)
}

// serialTypes are the spellings that stand for an integer with a sequence.
var serialTypes = map[string]*datum.Type{
	"smallserial": datum.Int2, "serial2": datum.Int2, "serial": datum.Int4, "serial4": datum.Int4,
	"bigserial": datum.Int8, "serial8": datum.Int8,
}

func (d *tableDefinition) column(c *parse.ColumnDef) (catalog.Column, error) {
	if len(c.Type.Name) == 1 && c.Type.ArrayDims == 0 {
		if t := serialTypes[c.Type.Name[0]]; t != nil {
			return d.serial(c, t)
		}
	}
	t, mod, err := d.b.typeName(&c.Type)
	if err != nil {
		return catalog.Column{}, err
	}
	if t.Pseudo {
		return catalog.Column{}, fail(c.Pos(), sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s",
			c.Name, t)
	}
	out := catalog.Column{Name: c.Name, Type: t, Typmod: mod}
	if len(c.Collation) > 0 {
		out.Collation, err = columnCollation(c, t)
	}
	return out, err
}

// columnCollation is what COLLATE says of a column.
func columnCollation(c *parse.ColumnDef, t *datum.Type) (catalog.OID, error) {
	name := c.Collation[len(c.Collation)-1]
	oid, ok := catalog.CollationNamed(name)
	if !ok {
		return 0, fail(c.Pos(), sqlstate.UndefinedObject, "collation %q for encoding \"UTF8\" does not exist", name)
	}
	if t.Category != 'S' {
		return 0, fail(c.Pos(), sqlstate.DatatypeMismatch, "collations are not supported by type %s", t)
	}
	return oid, nil
}

// serial is an integer column with a sequence of its own and NOT NULL.
func (d *tableDefinition) serial(c *parse.ColumnDef, t *datum.Type) (catalog.Column, error) {
	seq, err := d.sequence(c.Name, t, nil)
	if err != nil {
		return catalog.Column{}, err
	}
	name := parse.QuoteIdent(seq.Name)
	return catalog.Column{Name: c.Name, Type: t, Typmod: -1, NotNull: true,
		Default: "nextval(" + parse.QuoteLiteral(name) + "::regclass)"}, nil
}

// sequence adds the sequence behind the column that comes next.
func (d *tableDefinition) sequence(column string, t *datum.Type, opts []parse.DefElem) (*catalog.Sequence, error) {
	return d.sequenceFor(column, t, opts, d.table.NextAttNum)
}

func (d *tableDefinition) sequenceFor(
	column string, t *datum.Type, opts []parse.DefElem, attNum int16,
) (*catalog.Sequence, error) {
	seq, name, err := sequenceOptions(t, opts)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = d.names.relation(d.table.Name, column, "seq")
	} else if d.names.snap.Relation(d.table.Schema, name) != 0 {
		return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
	}
	seq.Schema, seq.Name, seq.OwnerAttNum = d.table.Schema, name, attNum
	d.node.Sequences = append(d.node.Sequences, seq)
	return seq, nil
}

// addVectorIndexes gives every vector column of a fixed dimension the vector operator's own index.
func addVectorIndexes(t *catalog.Table, names *namer) {
	for i := range t.Columns {
		c := &t.Columns[i]
		if !indexedVector(c) {
			continue
		}
		t.Indexes = append(t.Indexes, vectorIndex(t, c, names))
	}
}
