package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// constraint is a row of pg_constraint: a key's index, a check or a foreign key.
type constraint struct {
	oid     OID
	name    string
	kind    byte // 'p', 'u', 'x', 'c', 'f' or 't', as pg_constraint.contype
	table   *Table
	index   *Index
	check   *Check
	foreign *ForeignKey
	trigger *Trigger
}

// constraints lists the table's keys, checks and foreign keys by OID.
func (t *Table) constraints() []constraint {
	var out []constraint
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if ix.Constraint == 0 {
			continue
		}
		c := constraint{oid: ix.Constraint, name: ix.Name, kind: 'u', table: t, index: ix}
		if ix.Primary {
			c.kind = 'p'
		}
		if ix.Excludes() {
			c.kind = 'x'
		}
		out = append(out, c)
	}
	for i := range t.Checks {
		out = append(out, constraint{oid: t.Checks[i].OID, name: t.Checks[i].Name, kind: 'c', table: t, check: &t.Checks[i]})
	}
	for i := range t.ForeignKeys {
		k := &t.ForeignKeys[i]
		out = append(out, constraint{oid: k.OID, name: k.Name, kind: 'f', table: t, foreign: k})
	}
	for i := range t.Triggers {
		if tr := &t.Triggers[i]; tr.Constraint != 0 {
			out = append(out, constraint{oid: tr.Constraint, name: tr.Name, kind: 't', table: t, trigger: tr})
		}
	}
	slices.SortFunc(out, func(a, b constraint) int { return cmp.Compare(a.oid, b.oid) })
	return out
}

// constraintByOID finds a constraint.
func (s *Snapshot) constraintByOID(oid OID) (constraint, bool) {
	if oid == 0 {
		return constraint{}, false
	}
	for _, t := range s.tables {
		for _, c := range t.constraints() {
			if c.oid == oid {
				return c, true
			}
		}
	}
	return constraint{}, false
}

// attNums lists the columns that the constraint is over.
func (c constraint) attNums() []int16 {
	switch {
	case c.index != nil:
		return c.index.attNums()
	case c.foreign != nil:
		return c.foreign.Columns
	case c.trigger != nil:
		return nil
	}
	return ColumnsIn(c.table, c.check.Expr)
}

// comment is COMMENT ON CONSTRAINT.
func (c constraint) comment() string {
	switch {
	case c.index != nil:
		return c.index.ConstraintComment
	case c.foreign != nil:
		return c.foreign.Comment
	case c.trigger != nil:
		return ""
	}
	return c.check.Comment
}

// CommentOnConstraint sets the comment of the named constraint, in lists of the table's own; false when there is none.
func (t *Table) CommentOnConstraint(name, text string) bool {
	t.Indexes, t.Checks, t.ForeignKeys = slices.Clone(t.Indexes), slices.Clone(t.Checks), slices.Clone(t.ForeignKeys)
	for _, c := range t.constraints() {
		if c.name != name || c.trigger != nil {
			continue
		}
		switch {
		case c.index != nil:
			c.index.ConstraintComment = text
		case c.foreign != nil:
			c.foreign.Comment = text
		default:
			c.check.Comment = text
		}
		return true
	}
	return false
}

// typeName is information_schema's word for the kind.
func (c constraint) typeName() string {
	switch c.kind {
	case 'p':
		return "PRIMARY KEY"
	case 'u':
		return "UNIQUE"
	case 'f':
		return "FOREIGN KEY"
	default:
		return "CHECK"
	}
}

// deferrable and deferred are pg_constraint's columns of those names.
func (c constraint) deferrable() bool {
	return c.foreign != nil && c.foreign.Deferrable || c.index != nil && c.index.Deferrable ||
		c.trigger != nil && c.trigger.Deferrable
}

func (c constraint) deferred() bool {
	return c.foreign != nil && c.foreign.Deferred || c.index != nil && c.index.Deferred || c.trigger != nil && c.trigger.Deferred
}

func (c constraint) validated() bool {
	return (c.check == nil || !c.check.NotValid) && (c.foreign == nil || !c.foreign.NotValid)
}

// def is the constraint as ALTER TABLE takes it.
func (c constraint) def(snap *Snapshot, path []string, pretty bool, views ViewReader) string {
	def := ""
	switch {
	case c.check != nil:
		def = c.checkDef(pretty, views)
	case c.foreign != nil:
		def = c.foreignDef(snap, path)
	case c.trigger != nil:
		def = "TRIGGER"
	case c.kind == 'x':
		def = c.exclusionDef(pretty, views)
	default:
		def = c.keyDef()
	}
	if c.deferrable() {
		def += " DEFERRABLE"
	}
	if c.deferred() {
		def += " INITIALLY DEFERRED"
	}
	if !c.validated() {
		def += " NOT VALID"
	}
	return def
}

// checkExpr is a CHECK's condition.
func (c constraint) checkExpr(pretty bool, views ViewReader) string {
	switch {
	case views != nil:
		return views.Check(c.table, c.check.Expr, pretty)
	case pretty:
		return StripParens(c.check.Expr)
	}
	return c.check.Expr
}

func (c constraint) checkDef(pretty bool, views ViewReader) string {
	expr := c.checkExpr(pretty, views)
	if c.check.NoInherit {
		return "CHECK (" + expr + ") NO INHERIT"
	}
	return "CHECK (" + expr + ")"
}

// columnList is columns in parentheses.
func (t *Table) columnList(attNums []int16) string {
	names := make([]string, len(attNums))
	for i, att := range attNums {
		names[i] = parse.QuoteIdent(t.columnName(att))
	}
	return "(" + strings.Join(names, ", ") + ")"
}

func (c constraint) keyDef() string {
	word := c.typeName()
	if c.index.NullsNotDistinct {
		word += " NULLS NOT DISTINCT"
	}
	def := word + " " + c.table.columnList(c.index.attNums()[:len(c.index.Keys)])
	if len(c.index.Include) > 0 {
		def += " INCLUDE " + c.table.columnList(c.index.Include)
	}
	if len(c.index.Options) > 0 {
		def += " WITH (" + optionsDef(c.index.Options) + ")"
	}
	return def
}

func (c constraint) exclusionDef(pretty bool, views ViewReader) string {
	keys := make([]string, len(c.index.Keys))
	for i, k := range c.index.Keys {
		keys[i] = c.table.keyDef(k, pretty, views) + " WITH " + c.index.ExcludeOperator(i)
	}
	def := "EXCLUDE USING " + c.index.Method + " (" + strings.Join(keys, ", ") + ")"
	if len(c.index.Include) > 0 {
		def += " INCLUDE " + c.table.columnList(c.index.Include)
	}
	if c.index.Where != "" {
		def += " WHERE (" + c.table.indexExpr(c.index.Where, pretty, views) + ")"
	}
	return def
}

// foreignDef names the referenced table with its schema unless the search path finds it.
func (c constraint) foreignDef(snap *Snapshot, path []string) string {
	k, to := c.foreign, snap.TableByOID(c.foreign.RefTable)
	if to == nil {
		return ""
	}
	name, _ := RelationName(snap, path, to.OID)
	def := "FOREIGN KEY " + c.table.columnList(k.Columns) + " REFERENCES " + name + to.columnList(k.RefColumns)
	if k.MatchFull {
		def += " MATCH FULL"
	}
	if k.OnUpdate != NoAction {
		def += " ON UPDATE " + actionWords[k.OnUpdate]
	}
	if k.OnDelete != NoAction {
		def += " ON DELETE " + actionWords[k.OnDelete]
	}
	if len(k.DeleteColumns) > 0 {
		def += " " + c.table.columnList(k.DeleteColumns)
	}
	return def
}

// actionWords are the referential actions as SQL writes them.
var actionWords = map[byte]string{NoAction: "NO ACTION", Restrict: "RESTRICT", Cascade: "CASCADE", SetNull: "SET NULL",
	SetDefault: "SET DEFAULT"}

// ConstraintDef is pg_get_constraintdef; ok is false when there is no such constraint. A nil views shows expressions as
// they are kept.
func ConstraintDef(snap *Snapshot, path []string, oid OID, pretty bool, views ViewReader) (def string, ok bool) {
	c, ok := snap.constraintByOID(oid)
	if !ok {
		return snap.domainConstraintDef(oid, pretty, views)
	}
	return c.def(snap, path, pretty, views), true
}

// StripParens takes off one pair of parentheses that holds all of the expression.
func StripParens(expr string) string {
	if !strings.HasPrefix(expr, "(") || closingParen(expr) != len(expr)-1 {
		return expr
	}
	return expr[1 : len(expr)-1]
}

// closingParen is where the parenthesis that opens s closes, -1 for nowhere.
func closingParen(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\'', '"':
			end := strings.IndexByte(s[i+1:], s[i])
			if end < 0 {
				return -1
			}
			i += end + 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
