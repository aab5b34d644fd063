package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// constraint is a row of pg_constraint: a key's index or a check.
type constraint struct {
	oid   OID
	name  string
	kind  byte // 'p', 'u' or 'c', as pg_constraint.contype
	table *Table
	index *Index
	check *Check
}

// constraints lists the table's keys and checks by OID.
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
		out = append(out, c)
	}
	for i := range t.Checks {
		out = append(out, constraint{oid: t.Checks[i].OID, name: t.Checks[i].Name, kind: 'c', table: t, check: &t.Checks[i]})
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
	if c.index != nil {
		return c.index.attNums()
	}
	return c.table.columnsIn(c.check.Expr)
}

// typeName is information_schema's word for the kind.
func (c constraint) typeName() string {
	switch c.kind {
	case 'p':
		return "PRIMARY KEY"
	case 'u':
		return "UNIQUE"
	default:
		return "CHECK"
	}
}

// def is the constraint as ALTER TABLE takes it.
func (c constraint) def(pretty bool) string {
	if c.check != nil {
		expr := c.check.Expr
		if pretty {
			expr = stripParens(expr)
		}
		return "CHECK (" + expr + ")"
	}
	names := make([]string, len(c.index.Keys))
	for i, k := range c.index.Keys {
		names[i] = parse.QuoteIdent(c.table.columnName(k.AttNum))
	}
	word := c.typeName()
	if c.index.NullsNotDistinct {
		word += " NULLS NOT DISTINCT"
	}
	def := word + " (" + strings.Join(names, ", ") + ")"
	if len(c.index.Options) > 0 {
		def += " WITH (" + optionsDef(c.index.Options) + ")"
	}
	return def
}

// ConstraintDef is pg_get_constraintdef; ok is false when there is no such constraint.
func ConstraintDef(snap *Snapshot, oid OID, pretty bool) (def string, ok bool) {
	c, ok := snap.constraintByOID(oid)
	if !ok {
		return "", false
	}
	return c.def(pretty), true
}

// stripParens takes off one pair of parentheses that holds all of the expression.
func stripParens(expr string) string {
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

// columnsIn lists the table's columns that a stored expression reads, by their names in its text,
// which the deparser wrote: a name before a parenthesis is a function's.
func (t *Table) columnsIn(expr string) []int16 {
	var out []int16
	for i := 0; i < len(expr); {
		var ident, rest string
		ok := false
		switch c := expr[i]; {
		case c == '\'':
			end := strings.IndexByte(expr[i+1:], '\'')
			if end < 0 {
				return out
			}
			i += end + 2
			continue
		case c == '"' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			ident, rest, ok = cutColumn(expr[i:])
		}
		if !ok {
			i++
			continue
		}
		typed := strings.HasSuffix(expr[:i], "::") // a cast's type, not a column
		i = len(expr) - len(rest)
		at := t.ColumnIndex(ident)
		if at >= 0 && !typed && !strings.HasPrefix(rest, "(") && !slices.Contains(out, t.Columns[at].AttNum) {
			out = append(out, t.Columns[at].AttNum)
		}
	}
	slices.Sort(out)
	return out
}

func cutColumn(s string) (ident, rest string, ok bool) {
	if s[0] == '"' {
		return cutQuoted(s)
	}
	end := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80
	})
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:], true
}
