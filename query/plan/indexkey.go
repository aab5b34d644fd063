package plan

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// indexKey is a key over the table's row.
func (b *binder) indexKey(t *catalog.Table, k catalog.KeyPart) (Expr, error) {
	if k.Expr != "" {
		return b.stored(t, k.Expr, inIndex)
	}
	i := t.Ordinal(k.AttNum)
	c := &t.Columns[i]
	return &Col{Typed: Typed{c.Type, c.Typmod}, Index: i, Name: c.Name}, nil
}

// keyOver is a key over the row that a scan gives, nil when that lacks a column of it.
func (o *optimizer) keyOver(scan *Scan, k catalog.KeyPart) Expr {
	e, err := (&binder{cat: o.cat}).indexKey(scan.Table, k)
	if err != nil {
		return nil
	}
	return overOutput(scan, e)
}

// overOutput moves an expression from the table's row to the scan's; nil where that lacks a column.
func overOutput(scan *Scan, e Expr) Expr {
	for _, ord := range columnsOf(e) {
		if outputOf(scan, ord) < 0 {
			return nil
		}
	}
	return remap(e, func(ord int) int { return outputOf(scan, ord) })
}

// covers says whether an index has every row that meets the scan's conditions.
func (o *optimizer) covers(scan *Scan, ix *catalog.Index, conds []Expr) bool {
	if ix.Where == "" {
		return true
	}
	where, err := (&binder{cat: o.cat}).indexExpr(scan.Table, ix.Where, true)
	if err != nil {
		return false
	}
	over := overOutput(scan, where)
	return over != nil && implied(conds, over)
}

func notNullKey(scan *Scan, k catalog.KeyPart) bool {
	i := scan.Table.Ordinal(k.AttNum)
	return i >= 0 && scan.Table.Columns[i].NotNull
}

// prefixOn bounds a string key by the constant beginning of a LIKE pattern: strings are ordered by their bytes.
func (r *IndexRange) prefixOn(conds []Expr, key Expr) {
	if !stringType(key.Type()) {
		return
	}
	for _, c := range conds {
		call, ok := c.(*Call)
		if !ok || len(call.Args) != 2 || call.Op != "~~" || call.Proc.Schema != catalog.PgCatalogOID || !isKey(call.Args[0], key) {
			continue
		}
		pattern, ok := call.Args[1].(*Const)
		if !ok || pattern.Value.IsNull() || !stringType(pattern.T) {
			continue
		}
		if prefix := likePrefix(pattern.Value.Str()); prefix != "" {
			r.Lo, r.LoInc = &Const{Typed: Typed{key.Type(), -1}, Value: datum.NewString(prefix)}, true
			if next := nextString(prefix); next != "" {
				r.Hi = &Const{Typed: Typed{key.Type(), -1}, Value: datum.NewString(next)}
			}
			return
		}
	}
}

// likePrefix is what every match of a LIKE pattern begins with.
func likePrefix(pattern string) string {
	var out strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '%', '_':
			return out.String()
		case '\\':
			if i++; i == len(pattern) {
				return out.String()
			}
		}
		out.WriteByte(pattern[i])
	}
	return out.String()
}

// nextString is the least string after all those that begin with s, "" when there is none.
func nextString(s string) string {
	for s != "" {
		last, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		for last++; last <= utf8.MaxRune; last++ {
			if utf8.ValidRune(last) {
				return s + string(last)
			}
		}
	}
	return ""
}
