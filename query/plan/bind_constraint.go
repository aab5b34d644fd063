package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// columnConstraints applies what is written beside each column.
func (d *tableDefinition) columnConstraints() error {
	for i := range d.s.Columns {
		c := &d.s.Columns[i]
		ordinal := d.table.ColumnIndex(c.Name)
		for _, k := range c.Constraints {
			if err := d.columnConstraint(ordinal, k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *tableDefinition) columnConstraint(i int, k parse.Constraint) error {
	col := &d.table.Columns[i]
	switch k.Kind {
	case parse.ConNull, parse.ConNotNull:
		return d.nullability(i, k)
	case parse.ConDefault:
		return d.columnDefault(col, k)
	case parse.ConIdentity:
		return d.identity(i, k)
	case parse.ConGenerated:
		return d.markGenerated(i, k)
	case parse.ConCheck:
		d.checks = append(d.checks, k)
		return nil
	case parse.ConForeign:
		k.Columns = []string{col.Name}
		d.foreign = append(d.foreign, k)
		return nil
	default:
		k.Columns = []string{col.Name}
		return d.key(k)
	}
}

func (d *tableDefinition) nullability(i int, k parse.Constraint) error {
	notNull := k.Kind == parse.ConNotNull
	col := &d.table.Columns[i]
	before, said := d.null[i]
	if said && before != notNull || !notNull && (col.NotNull && !said) {
		return fail(k.Pos(), sqlstate.SyntaxError,
			"conflicting NULL/NOT NULL declarations for column %q of table %q", col.Name, d.table.Name)
	}
	d.null[i] = notNull
	col.NotNull = col.NotNull || notNull
	return nil
}

func (d *tableDefinition) columnDefault(col *catalog.Column, k parse.Constraint) error {
	if col.Default != "" {
		return fail(k.Pos(), sqlstate.SyntaxError, "multiple default values specified for column %q of table %q",
			col.Name, d.table.Name)
	}
	e, err := d.b.tableExpr(nil, k.Expr, inDefault)
	if err != nil {
		return err
	}
	if err := d.b.fitsColumn(e, col, k.Expr.Pos()); err != nil {
		return err
	}
	if c, ok := e.(*Const); ok && c.Value.IsNull() {
		return d.bothSpecified(col, k) // DEFAULT NULL is no default
	}
	col.Default = d.b.storedDefault(k.Expr)
	return d.bothSpecified(col, k)
}

// bothSpecified refuses two sources of a column's values.
func (d *tableDefinition) bothSpecified(col *catalog.Column, k parse.Constraint) error {
	var sources []string
	if col.Default != "" {
		sources = append(sources, "default")
	}
	if col.Identity != 0 {
		sources = append(sources, "identity")
	}
	if col.Generated != "" {
		sources = append(sources, "generation expression")
	}
	if len(sources) < 2 {
		return nil
	}
	return fail(k.Pos(), sqlstate.SyntaxError, "both %s specified for column %q of table %q",
		strings.Join(sources, " and "), col.Name, d.table.Name)
}

// fitsColumn checks that a stored expression can be assigned to its column.
func (b *binder) fitsColumn(e Expr, col *catalog.Column, pos int) error {
	_, ok, err := b.tryCoerce(e, col.Type, col.Typmod, assignment, pos)
	if err != nil || ok {
		return err
	}
	return sqlstate.New(sqlstate.DatatypeMismatch,
		"column %q is of type %s but default expression is of type %s", col.Name, col.Type, e.Type()).
		WithHint("You will need to rewrite or cast the expression.")
}

func (d *tableDefinition) identity(i int, k parse.Constraint) error {
	col := &d.table.Columns[i]
	if col.Identity != 0 {
		return fail(k.Pos(), sqlstate.SyntaxError, "multiple identity specifications for column %q of table %q",
			col.Name, d.table.Name)
	}
	if col.Type != datum.Int2 && col.Type != datum.Int4 && col.Type != datum.Int8 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	col.Identity = 'd'
	if k.IdentityAlways {
		col.Identity = 'a'
	}
	if before, said := d.null[i]; said && !before {
		return fail(k.Pos(), sqlstate.SyntaxError,
			"conflicting NULL/NOT NULL declarations for column %q of table %q", col.Name, d.table.Name)
	}
	col.NotNull = true
	if err := d.bothSpecified(col, k); err != nil {
		return err
	}
	_, err := d.sequenceFor(col.Name, col.Type, k.Options, col.AttNum)
	return err
}

func (d *tableDefinition) markGenerated(i int, k parse.Constraint) error {
	col := &d.table.Columns[i]
	if col.Generated != "" {
		return fail(k.Pos(), sqlstate.SyntaxError,
			"multiple generation clauses specified for column %q of table %q", col.Name, d.table.Name)
	}
	col.Generated = d.b.storedText(d.table, k.Expr)
	d.generated[i] = k
	return d.bothSpecified(col, k)
}

func (d *tableDefinition) tableConstraints() error {
	for _, k := range d.s.Constraints {
		switch k.Kind {
		case parse.ConCheck:
			d.checks = append(d.checks, k)
		case parse.ConForeign:
			d.foreign = append(d.foreign, k)
		case parse.ConExclusion:
			if err := d.exclusion(k); err != nil {
				return err
			}
		default:
			if err := d.key(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// bindForeign binds the foreign keys, once the table's own keys are known.
func (d *tableDefinition) bindForeign() error {
	for _, k := range d.foreign {
		if err := d.foreignKey(k); err != nil {
			return err
		}
	}
	return nil
}

// key adds the index of a PRIMARY KEY or UNIQUE constraint.
func (d *tableDefinition) key(k parse.Constraint) error {
	ix := catalog.Index{Method: "btree", Unique: true, Primary: k.Kind == parse.ConPrimary, Constraint: catalog.Unnumbered,
		NullsNotDistinct: k.NullsNotDistinct, Deferrable: k.Deferrable, Deferred: k.InitiallyDeferred}
	if k.Index != "" {
		return unsupported(k.Pos(), "USING INDEX in CREATE TABLE")
	}
	if err := btreeOptions(&ix, k.Options); err != nil {
		return err
	}
	if ix.Primary && d.table.PrimaryKey() != nil {
		return fail(k.Pos(), sqlstate.InvalidTableDefinition,
			"multiple primary keys for table %q are not allowed", d.table.Name)
	}
	for _, name := range k.Columns {
		part, err := d.keyPart(k, ix, name)
		if err != nil {
			return err
		}
		ix.Keys = append(ix.Keys, part)
	}
	for _, name := range k.Include {
		i := d.table.ColumnIndex(name)
		if i < 0 {
			return fail(k.Pos(), sqlstate.UndefinedColumn, "column %q named in key does not exist", name)
		}
		ix.Include = append(ix.Include, d.table.Columns[i].AttNum)
	}
	if ix.Name = k.Name; ix.Name == "" {
		ix.Name = d.keyName(ix.Primary, k.Columns)
	} else if slices.Contains(d.names.taken, ix.Name) || d.names.snap.Relation(d.table.Schema, ix.Name) != 0 {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", ix.Name)
	} else {
		d.names.taken = append(d.names.taken, ix.Name)
	}
	if ix.Primary { // the first to be made, as in Postgres's transformIndexConstraints
		d.table.Indexes = slices.Insert(d.table.Indexes, 0, ix)
		return nil
	}
	d.table.Indexes = append(d.table.Indexes, ix)
	return nil
}

func (d *tableDefinition) keyName(primary bool, columns []string) string {
	if primary {
		return d.names.relation(d.table.Name, "", "pkey")
	}
	return d.names.relation(d.table.Name, strings.Join(columns, "_"), "key")
}

func (d *tableDefinition) keyPart(k parse.Constraint, ix catalog.Index, name string) (catalog.KeyPart, error) {
	i := d.table.ColumnIndex(name)
	if i < 0 {
		return catalog.KeyPart{}, fail(k.Pos(), sqlstate.UndefinedColumn, "column %q named in key does not exist", name)
	}
	col := &d.table.Columns[i]
	what := "unique"
	if ix.Primary {
		what = "primary key"
		if notNull, said := d.null[i]; said && !notNull {
			return catalog.KeyPart{}, fail(k.Pos(), sqlstate.SyntaxError,
				"conflicting NULL/NOT NULL declarations for column %q of table %q", name, d.table.Name)
		}
		col.NotNull = true
	}
	for _, have := range ix.Keys {
		if have.AttNum == col.AttNum {
			return catalog.KeyPart{}, fail(k.Pos(), sqlstate.DuplicateColumn,
				"column %q appears twice in %s constraint", name, what)
		}
	}
	if err := btreeKeyType(col.Type); err != nil {
		return catalog.KeyPart{}, err
	}
	return catalog.KeyPart{AttNum: col.AttNum}, nil
}

func btreeKeyType(t *datum.Type) error {
	if datum.Comparable(t) {
		return nil
	}
	return sqlstate.New(sqlstate.UndefinedObject,
		"data type %s has no default operator class for access method \"btree\"", t).
		WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
}
