package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// Stored expressions are text that the deparser wrote: their columns are found, and renamed, by their names in it. A name
// before a parenthesis is a function's, one after :: a type's, one before => an argument's.

// storedName is a column's place in a stored expression.
type storedName struct {
	start, end int // of the name, quotes included
	name       string
	qualifier  int // where its qualifier starts; start when there is none
}

// namesIn finds the names of columns that known says there are.
func namesIn(expr string, known func(name string) bool) []storedName {
	var out []storedName
	qualifier := -1
	for i := 0; i < len(expr); {
		c := expr[i]
		if c == '\'' {
			end := strings.IndexByte(expr[i+1:], '\'')
			if end < 0 {
				return out
			}
			i += end + 2
			continue
		}
		if !startsName(c) {
			i++
			continue
		}
		ident, rest, ok := cutColumn(expr[i:])
		if !ok {
			i++
			continue
		}
		start, end := i, len(expr)-len(rest)
		i = end
		if qualifier < 0 || !strings.HasSuffix(expr[:start], ".") {
			qualifier = start
		}
		if strings.HasPrefix(rest, ".") {
			continue
		}
		if known(ident) && isColumnName(expr, start, qualifier, end, ident) {
			out = append(out, storedName{start, end, ident, qualifier})
		}
		qualifier = -1
	}
	return out
}

func startsName(c byte) bool {
	return c == '"' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// isColumnName tells a column's name from a type's, a function's, an argument's and a keyword.
func isColumnName(expr string, start, qualifier, end int, ident string) bool {
	rest := expr[end:]
	switch {
	case strings.HasSuffix(expr[:qualifier], "::"), strings.HasPrefix(rest, "("), strings.HasPrefix(rest, " =>"):
		return false
	}
	return expr[start] == '"' || parse.QuoteIdent(ident) == ident
}

// ColumnsIn lists the table's columns that a stored expression reads.
func ColumnsIn(t *Table, expr string) []int16 {
	var out []int16
	for _, n := range namesIn(expr, func(name string) bool { return t.ColumnIndex(name) >= 0 }) {
		if att := t.Columns[t.ColumnIndex(n.name)].AttNum; !slices.Contains(out, att) {
			out = append(out, att)
		}
	}
	slices.Sort(out)
	return out
}

// RenameColumn gives a column its new name in a stored expression.
func RenameColumn(expr, from, to string) string {
	names := namesIn(expr, func(name string) bool { return name == from })
	for _, n := range slices.Backward(names) {
		expr = expr[:n.start] + parse.QuoteIdent(to) + expr[n.end:]
	}
	return expr
}

// Unqualified takes the qualifiers off the columns of a table in an expression over its row: the table may be renamed.
func Unqualified(t *Table, expr string) string {
	names := namesIn(expr, func(name string) bool { return t.ColumnIndex(name) >= 0 })
	for _, n := range slices.Backward(names) {
		expr = expr[:n.qualifier] + expr[n.start:]
	}
	return expr
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
