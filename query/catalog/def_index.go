package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// IndexDef is pg_get_indexdef: the CREATE INDEX statement, or with column from 1 up that key alone.
// pretty leaves the schema public out. ok is false when there is no such index. A nil views shows expressions as they are
// kept.
func IndexDef(snap *Snapshot, index OID, column int, pretty bool, views ViewReader) (def string, ok bool) {
	t, ix := snap.IndexByOID(index)
	if ix == nil || ix.Implicit {
		return "", false
	}
	if column > 0 {
		if at := column - len(ix.Keys) - 1; at >= 0 {
			if at >= len(ix.Include) {
				return "", true
			}
			return parse.QuoteIdent(t.columnName(ix.Include[at])), true
		}
		return t.keyDef(ix.Keys[column-1], pretty, views), true
	}
	schema := snap.schemaName(t.Schema)
	if pretty && t.Schema == PublicOID {
		schema = ""
	}
	var b strings.Builder
	b.WriteString("CREATE ")
	if ix.Unique {
		b.WriteString("UNIQUE ")
	}
	b.WriteString("INDEX " + parse.QuoteIdent(ix.Name) + " ON " + quoteName(schema, t.Name))
	b.WriteString(" USING " + parse.QuoteIdent(ix.Method) + " (" + indexKeysDef(t, ix, pretty, views) + ")")
	if len(ix.Include) > 0 {
		b.WriteString(" INCLUDE " + t.columnList(ix.Include))
	}
	if ix.NullsNotDistinct {
		b.WriteString(" NULLS NOT DISTINCT")
	}
	if len(ix.Options) > 0 {
		b.WriteString(" WITH (" + optionsDef(ix.Options) + ")")
	}
	if ix.Where != "" {
		b.WriteString(" WHERE " + t.indexExpr(ix.Where, pretty, views))
	}
	return b.String(), true
}

// keyDef is an index's key as SQL: a column, a function's call as it is, another expression in parentheses.
func (t *Table) keyDef(k KeyPart, pretty bool, views ViewReader) string {
	if k.Expr == "" {
		return parse.QuoteIdent(t.columnName(k.AttNum))
	}
	expr := t.indexExpr(k.Expr, pretty, views)
	if calledName(expr) != "" {
		return expr
	}
	return "(" + expr + ")"
}

// indexExpr is an index's expression or predicate.
func (t *Table) indexExpr(expr string, pretty bool, views ViewReader) string {
	switch {
	case views != nil:
		return views.Index(t, expr, pretty)
	case pretty:
		return StripParens(expr)
	}
	return expr
}

// KeyName is a key in messages about its values.
func (t *Table) KeyName(snap *Snapshot, k KeyPart) string {
	if k.Expr == "" {
		return t.columnName(k.AttNum)
	}
	k.Expr = ShowFrozen(snap, []string{"public"}, k.Expr)
	return t.keyDef(k, true, nil)
}

// calledName is the function that an expression is a call of, and nothing else; "" for others.
func calledName(expr string) string {
	if expr == "" || !startsName(expr[0]) {
		return ""
	}
	name, rest, ok := cutColumn(expr)
	if strings.HasPrefix(rest, ".") {
		return calledName(rest[1:])
	}
	if !ok || !strings.HasPrefix(rest, "(") || closingParen(rest) != len(rest)-1 {
		return ""
	}
	return name
}

func indexKeysDef(t *Table, ix *Index, pretty bool, views ViewReader) string {
	keys := make([]string, len(ix.Keys))
	for i, k := range ix.Keys {
		keys[i] = t.keyDef(k, pretty, views)
		if c := ix.opClass(t, k); c != nil && (!c.isDefault || len(k.ClassOptions) > 0) {
			name := parse.QuoteIdent(c.name)
			if views != nil {
				name = views.QualifiedClass(c.schemaIn, c.name)
			}
			keys[i] += " " + name
			if len(k.ClassOptions) > 0 {
				keys[i] += " (" + optionsDef(k.ClassOptions) + ")"
			}
		}
		switch {
		case k.Desc && !k.NullsFirst:
			keys[i] += " DESC NULLS LAST"
		case k.Desc:
			keys[i] += " DESC"
		case k.NullsFirst:
			keys[i] += " NULLS FIRST"
		}
	}
	return strings.Join(keys, ", ")
}

// optionsDef writes reloptions, m=16, as WITH takes them: m='16'.
func optionsDef(options []string) string {
	out := make([]string, len(options))
	for i, o := range options {
		name, value, _ := strings.Cut(o, "=")
		if parse.QuoteIdent(value) != value {
			value = parse.QuoteLiteral(value)
		}
		out[i] = parse.QuoteIdent(name) + "=" + value
	}
	return strings.Join(out, ", ")
}

// opClass finds the operator class of an index key: the named one, or the default for the column's
// type, or nil.
func (ix *Index) opClass(t *Table, k KeyPart) *opClass {
	typ := datum.TypeByOID(k.TypeOID)
	if k.Expr == "" {
		typ = t.typeOf(k.AttNum)
	}
	if typ == nil {
		return nil
	}
	return ix.classFor(typ, k.OpClass)
}

// classFor finds the operator class that serves a type: the named one, or with "" the default, or nil.
func (ix *Index) classFor(typ *datum.Type, name string) *opClass {
	typ = opClassType(typ)
	classes := systemFacts().opClasses
	for _, a := range AvailableExtensions() {
		classes = append(slices.Clip(classes), a.Classes...)
	}
	found := slices.IndexFunc(classes, func(c *opClass) bool {
		if c.method != ix.Method || c.typ != typ {
			return false
		}
		return c.name == name || name == "" && c.isDefault
	})
	if found < 0 {
		return nil
	}
	return classes[found]
}

// FindOpClass finds the operator class of an access method that serves a type: the named one, or with "" the default. known
// says whether the method has one of that name, for whatever type.
func (s *Snapshot) FindOpClass(method, name string, t *datum.Type) (class string, known bool) {
	t = opClassType(t)
	for _, c := range s.opClasses() {
		if c.method != method || c.name != name && (name != "" || !c.isDefault) {
			continue
		}
		if known = true; c.typ == t {
			return c.name, true
		}
	}
	return "", known
}

// opClassType is the type whose operator class serves t: its own, or what it is binary coercible to.
func opClassType(t *datum.Type) *datum.Type {
	switch {
	case t == datum.Varchar:
		return datum.Text
	case t.IsRange():
		return datum.AnyRange
	case t.IsMultirange():
		return datum.AnyMultirange
	case t.IsArray() && t != datum.OidVector && t != datum.Int2Vector:
		return datum.AnyArray
	case slices.Contains([]*datum.Type{datum.Regclass, datum.Regtype, datum.Regproc, datum.Regprocedure, datum.Regoper,
		datum.Regoperator, datum.Regrole, datum.Regnamespace, datum.Regconfig, datum.Regdictionary, datum.Regcollation}, t):
		return datum.Oid
	}
	return t
}

// indexOptions is pg_index.indoption of a key: 1 descending, 2 nulls first.
func (k KeyPart) indexOptions() int16 {
	var bits int16
	if k.Desc {
		bits |= 1
	}
	if k.NullsFirst {
		bits |= 2
	}
	return bits
}
