package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (a *alteration) addColumn(c *parse.AlterCmd) error {
	def := c.Column
	switch {
	case a.table.ColumnIndex(def.Name) >= 0:
		if c.IfExists {
			a.alter.notice(sqlstate.DuplicateColumn, "column %q of relation %q already exists, skipping", def.Name, a.table.Name)
			return nil
		}
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q already exists", def.Name, a.table.Name)
	case systemColumn(def.Name):
		return sqlstate.New(sqlstate.DuplicateColumn, "column name %q conflicts with a system column name", def.Name)
	case int(a.table.NextAttNum) > maxTableColumns:
		return sqlstate.New(sqlstate.TooManyColumns, "tables can have at most %d columns", maxTableColumns)
	}
	col, err := a.column(def)
	if err != nil {
		return err
	}
	addColumn(a.table, col)
	i := len(a.table.Columns) - 1
	for _, k := range def.Constraints {
		if err := a.newColumnConstraint(i, k); err != nil {
			return err
		}
	}
	return a.fillColumn(i)
}

// newColumnConstraint applies what is written beside a new column; what needs an index or other tables comes later.
func (a *alteration) newColumnConstraint(i int, k parse.Constraint) error {
	switch k.Kind {
	case parse.ConCheck, parse.ConPrimary, parse.ConUnique, parse.ConForeign, parse.ConExclusion:
		if k.Kind != parse.ConCheck {
			k.Columns = []string{a.table.Columns[i].Name}
		}
		a.later(a.constraintPass(&k), func() error { return a.constraint(k) })
		return nil
	}
	return a.columnConstraint(i, k)
}

// fillColumn decides what existing rows get in a new column: what can be computed once is kept with the column, and
// no row is touched; what differs from row to row, and vectors, are written.
func (a *alteration) fillColumn(i int) error {
	col := &a.table.Columns[i]
	if col.NotNull {
		a.notNull[col.AttNum] = true
	}
	if a.ownSequence(col.AttNum) {
		a.values[col.AttNum] = nil
		a.alter.Reason |= rewriteValues
		return nil
	}
	if col.Type.IsDomain() && domainConstrained(a.b.cat.Snapshot(), col.Type) {
		a.alter.Reason |= rewriteValues
	}
	if col.Generated != "" {
		a.alter.Reason |= rewriteValues
		a.computed[col.AttNum], a.values[col.AttNum] = true, nullOf(col)
		return nil
	}
	e, err := a.b.columnDefault(col)
	if err != nil || e == nil {
		return err
	}
	if volatile(e) {
		a.alter.Reason |= rewriteValues
	}
	if volatile(e) || col.Type.Kind == datum.KindVector {
		a.values[col.AttNum] = e
		return nil
	}
	a.alter.Missing = append(a.alter.Missing, MissingValue{Ordinal: i, Value: e})
	return nil
}

// ownSequence says whether this statement makes a sequence for the column.
func (a *alteration) ownSequence(attNum int16) bool {
	return slices.ContainsFunc(a.node.Sequences, func(q *catalog.Sequence) bool { return q.OwnerAttNum == attNum })
}

func (a *alteration) dropColumn(c *parse.AlterCmd) error {
	i := a.table.ColumnIndex(c.Name)
	switch {
	case i < 0 && systemColumn(c.Name):
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot drop system column %q", c.Name)
	case i < 0 && c.IfExists:
		a.alter.notice("00000", "column %q of relation %q does not exist, skipping", c.Name, a.table.Name)
		return nil
	case i < 0:
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", c.Name, a.table.Name)
	}
	d := &columnDrop{a: a}
	d.add(a.table.Columns[i].AttNum)
	if err := d.allowed(c.Name, c.Cascade); err != nil {
		return err
	}
	d.run()
	return nil
}

func (a *alteration) columnType(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	if g := a.generatedFrom(col.AttNum); g != nil {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type of a column used by a generated column").
			WithDetail("Column %q is used by generated column %q.", col.Name, g.Name)
	}
	if err := a.retypable(col); err != nil {
		return err
	}
	def := *c.Column
	def.Name = col.Name
	if serialTypes[def.Type.Name[len(def.Type.Name)-1]] != nil && len(def.Type.Name) == 1 {
		return sqlstate.New(sqlstate.UndefinedObject, "type %q does not exist", def.Type.Name[0])
	}
	to, err := a.column(&def)
	if err != nil {
		return err
	}
	if err := a.convert(col, &to, c); err != nil {
		return err
	}
	if err := a.retypeDefault(col, &to); err != nil {
		return err
	}
	if err := a.retypeSequence(col, &to); err != nil {
		return err
	}
	a.recheck = true
	a.retyped(col.AttNum)
	col.Collation = to.Collation
	col.Type, col.TypeOID, col.Typmod, col.Missing = to.Type, to.Type.OID, to.Typmod, a.keptMissing(col, &to)
	return nil
}

// keptMissing: a value kept for old rows is still right when the rows are.
func (a *alteration) keptMissing(col, to *catalog.Column) []byte {
	if samePhysically(col, to) {
		return col.Missing
	}
	return nil
}

// convert binds the new values of a column whose type changes, unless the old ones are as good.
func (a *alteration) convert(col, to *catalog.Column, c *parse.AlterCmd) error {
	was := &a.old.Columns[a.old.Ordinal(col.AttNum)]
	if col.Generated != "" {
		if c.Using != nil {
			return sqlstate.New(sqlstate.InvalidColumnDefinition, "cannot specify USING when altering type of generated column").
				WithDetail("Column %q is a generated column.", col.Name)
		}
		if a.computed[col.AttNum], a.values[col.AttNum] = true, nullOf(to); !samePhysically(was, to) && !widened(was, to) {
			a.alter.Reason |= rewriteType
		}
		return nil
	}
	var from Expr = &Col{Typed: Typed{was.Type, was.Typmod}, Index: a.old.Ordinal(col.AttNum), Name: was.Name}
	pos := -1
	if c.Using != nil {
		var err error
		if from, err = a.b.tableExpr(a.old, c.Using, inTransform); err != nil {
			return err
		}
		pos = exprStart(c.Using)
	} else if samePhysically(was, to) {
		return nil
	}
	e, ok, err := a.b.tryCoerce(from, to.Type, to.Typmod, assignment, pos)
	switch {
	case err != nil:
		return err
	case ok:
		a.values[col.AttNum] = e
		if _, asItIs := e.(*Col); !asItIs && (c.Using != nil || !widened(was, to)) {
			a.alter.Reason |= rewriteType
		}
		return nil
	case c.Using != nil:
		return sqlstate.New(sqlstate.DatatypeMismatch, "result of USING clause for column %q cannot be cast automatically to type %s",
			col.Name, to.Type).WithHint("You might need to add an explicit cast.")
	}
	e2 := sqlstate.New(sqlstate.DatatypeMismatch, "column %q cannot be cast automatically to type %s", col.Name, to.Type)
	if castPath(nil, was.Type, to.Type, explicit) {
		e2 = e2.WithHint("You might need to specify \"USING %s::%s\".", parse.QuoteIdent(col.Name), to.Type.FormatTypmod(to.Typmod))
	}
	return e2
}

// inTransform is how messages name the place of USING.
const inTransform = "transform expressions"

// samePhysically says that every stored value of a column is one of the new type, in the same bytes and the same order.
func samePhysically(from, to *catalog.Column) bool {
	switch {
	case from.Type == to.Type && from.Typmod == to.Typmod:
		return true
	case stringType(from.Type) && stringType(to.Type):
		return to.Typmod < 0 || from.Type == to.Type && from.Typmod >= 0 && from.Typmod <= to.Typmod
	case from.Type == to.Type && from.Type.Kind != datum.KindVector:
		return to.Typmod < 0
	}
	return false
}

// Reasons for PostgreSQL to write a table again: AT_REWRITE_ALTER_PERSISTENCE, _DEFAULT_VAL and _COLUMN_REWRITE.
const (
	rewritePersistence = 1
	rewriteValues      = 2
	rewriteType        = 4
)

// widened says that PostgreSQL would not touch values, which have no more to meet, of a numeric with more digits before the
// point, or of a time with more in its fraction.
func widened(from, to *catalog.Column) bool {
	if from.Type != to.Type || from.Typmod < 0 {
		return from.Type == to.Type && to.Typmod < 0
	}
	switch from.Type.OID {
	case datum.Numeric.OID:
		const header = 4 // VARHDRSZ
		was, is := from.Typmod-header, to.Typmod-header
		return to.Typmod < 0 || was&0xffff == is&0xffff && is>>16 >= was>>16
	case datum.Timestamp.OID, datum.Timestamptz.OID, datum.Time.OID, datum.Timetz.OID:
		return to.Typmod < 0 || to.Typmod >= from.Typmod
	}
	return from.Typmod == to.Typmod
}

// domainConstrained says whether a domain, or one that it is over, has conditions.
func domainConstrained(snap *catalog.Snapshot, t *datum.Type) bool {
	d := snap.UserTypeByOID(t.OID)
	for d != nil && d.Domain != nil {
		if d.Domain.NotNull || len(d.Domain.Checks) > 0 {
			return true
		}
		d = snap.UserTypeByOID(d.Over())
	}
	return false
}

func (a *alteration) retypeDefault(col, to *catalog.Column) error {
	if col.Default == "" || col.Sequence != 0 || col.Generated != "" {
		return nil
	}
	e, err := a.b.columnDefault(col)
	if err != nil {
		return err
	}
	if _, ok, err := a.b.tryCoerce(e, to.Type, to.Typmod, assignment, -1); err != nil || !ok {
		return sqlstate.New(sqlstate.DatatypeMismatch, "default for column %q cannot be cast automatically to type %s", col.Name, to.Type)
	}
	return nil
}

// retypeSequence lets an identity column's sequence count in the new type.
func (a *alteration) retypeSequence(col, to *catalog.Column) error {
	q := a.b.cat.Snapshot().SequenceByOID(col.Sequence)
	if q == nil || col.Identity == 0 || q.TypeOID == to.Type.OID {
		return nil
	}
	if !integerType(to.Type) {
		return sqlstate.New(sqlstate.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	fresh := *q
	fresh.TypeOID = to.Type.OID
	wasLo, wasHi := integerRange(datum.TypeByOID(q.TypeOID))
	lo, hi := integerRange(to.Type)
	if q.Max == wasHi {
		fresh.Max = hi
	}
	if q.Min == wasLo {
		fresh.Min = lo
	}
	if err := checkSequence(&fresh, lo, hi, to.Type); err != nil {
		return err
	}
	a.alter.Sequences = append(a.alter.Sequences, ChangedSequence{Sequence: &fresh})
	return nil
}

// retyped notes that the constraints over a column are to be met anew.
func (a *alteration) retyped(att int16) {
	if _, changed := a.values[att]; !changed {
		return
	}
	for i := range a.table.Checks {
		if slices.Contains(catalog.ColumnsIn(a.table, a.table.Checks[i].Expr), att) {
			a.verify[a.table.Checks[i].Name] = true
		}
	}
	for i := range a.table.ForeignKeys {
		if k := &a.table.ForeignKeys[i]; slices.Contains(k.Columns, att) && !k.NotValid {
			a.validate[k.Name] = true
		}
	}
}

// generatedFrom finds a generated column that reads a column, nil for none.
func (a *alteration) generatedFrom(att int16) *catalog.Column {
	for i := range a.table.Columns {
		if c := &a.table.Columns[i]; c.Generated != "" && slices.Contains(catalog.ColumnsIn(a.table, c.Generated), att) {
			return c
		}
	}
	return nil
}

func (a *alteration) setDefault(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	switch {
	case col.Identity != 0:
		e := sqlstate.New(sqlstate.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.table.Name)
		if c.Expr == nil {
			e = e.WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.")
		}
		return e
	case col.Generated != "":
		e := sqlstate.New(sqlstate.SyntaxError, "column %q of relation %q is a generated column", col.Name, a.table.Name)
		if c.Expr == nil {
			e = e.WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.")
		}
		return e
	}
	col.Default, col.Sequence = "", 0
	if c.Expr == nil {
		return nil
	}
	return a.columnDefault(col, parse.Constraint{At: parse.At(c.Pos()), Kind: parse.ConDefault, Expr: c.Expr})
}

func (a *alteration) setNotNull(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	if col := &a.table.Columns[i]; !col.NotNull {
		col.NotNull, a.notNull[col.AttNum] = true, true
	}
	return nil
}

func (a *alteration) dropNotNull(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	if col.Identity != 0 {
		return sqlstate.New(sqlstate.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.table.Name)
	}
	if pk := a.table.PrimaryKey(); pk != nil && slices.Contains(keyColumns(pk), col.AttNum) {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q is in a primary key", col.Name)
	}
	col.NotNull = false
	return nil
}

// keyColumns lists the columns of an index's key.
func keyColumns(ix *catalog.Index) []int16 {
	out := make([]int16, len(ix.Keys))
	for i, k := range ix.Keys {
		out[i] = k.AttNum
	}
	return out
}

func (a *alteration) dropExpression(c *parse.AlterCmd) error {
	i, err := a.columnNamed(c.Name)
	if err != nil {
		return err
	}
	col := &a.table.Columns[i]
	if col.Generated == "" {
		return a.notSo(c, "column %q of relation %q is not a stored generated column", col.Name)
	}
	col.Generated = ""
	return nil
}

// notSo is the error, or the notice, of dropping what a column does not have.
func (a *alteration) notSo(c *parse.AlterCmd, format, column string) error {
	if c.IfExists {
		a.alter.notice("00000", format+", skipping", column, a.table.Name)
		return nil
	}
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, format, column, a.table.Name)
}
