package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

// freezer writes what was bound in a form that no renaming changes.
type freezer struct {
	ids  identities
	rec  *recorder // nil for an expression
	bare bool      // numbered columns stand without their relation
}

// freeze gives the text of a query that was just bound.
func freeze(q *parse.SelectStmt, rec *recorder, ids identities) string {
	f := freezer{ids: ids, rec: rec}
	return parse.DeparseQuery(parse.Rewrite(q, f.node))
}

// freeze gives an expression that was just bound.
func (ids identities) freeze(e parse.Expr) parse.Expr {
	return parse.Rewrite(e, freezer{ids: ids}.node)
}

// node gives what stands for a node, nil where that stays.
func (f freezer) node(node any) any {
	switch x := node.(type) {
	case *parse.FuncCall:
		return f.call(x)
	case *parse.ColumnRef:
		if oid, ok := f.ids[x]; ok { // a function in the notation of a column, see functionOfRow
			row := &parse.ColumnRef{At: -1, Name: x.Name[:len(x.Name)-1]}
			return &parse.FuncCall{At: -1, Name: oidName(oid), Args: []parse.Expr{row}}
		}
		if f.rec != nil {
			if numbered := f.numbered(x); numbered != nil {
				return numbered
			}
		}
		if n := len(x.Name); n > 2 && f.rec != nil { // an alias stands in the place of the qualified name
			return &parse.ColumnRef{At: -1, Name: x.Name[n-2:]}
		}
	case *parse.CastExpr:
		if oid, ok := f.ids[&x.Type]; ok {
			out := parse.Rewrite(*x, f.node)
			out.Type.Name = oidName(oid)
			return &out
		}
	case *parse.OpExpr:
		if oid, ok := f.ids[x]; ok {
			out := parse.Rewrite(*x, f.node)
			out.Name = append(oidName(oid), x.Name[len(x.Name)-1])
			return &out
		}
	case *parse.AnyAllExpr:
		if oid, ok := f.ids[x]; ok {
			out := parse.Rewrite(*x, f.node)
			out.Name = append(oidName(oid), x.Name[len(x.Name)-1])
			return &out
		}
	case *parse.SubLink:
		if oid, ok := f.ids[x]; ok && x.Op != nil {
			out := parse.Rewrite(*x, f.node)
			out.Op = append(oidName(oid), x.Op[len(x.Op)-1])
			return &out
		}
	default:
		if f.rec != nil {
			return f.part(node)
		}
	}
	return nil
}

func (f freezer) call(x *parse.FuncCall) any {
	if oid, ok := f.ids[castTo{x}]; ok {
		return &parse.CastExpr{At: -1, Arg: parse.Rewrite(x.Args[0], f.node), Type: parse.TypeName{At: -1, Name: oidName(oid)}}
	}
	oid, ok := f.ids[x]
	if !ok {
		return nil
	}
	out := parse.Rewrite(*x, f.node)
	out.Name = oidName(oid)
	return &out
}

// part freezes what only queries have.
func (f freezer) part(node any) any {
	switch x := node.(type) {
	case *parse.SelectStmt:
		out := parse.Rewrite(*x, f.node)
		for i := range out.Targets {
			nameTarget(&out.Targets[i], x.Targets[i].Val)
		}
		return &out
	case *parse.InsertStmt:
		return f.write(x)
	case *parse.UpdateStmt:
		return f.write(x)
	case *parse.DeleteStmt:
		return f.write(x)
	case *parse.RangeTable:
		if t := f.rec.tables[x]; t != nil && t.Virtual == nil {
			return frozenTable(x, t)
		}
	case *parse.RangeFunction:
		return f.rangeFunction(x)
	case *parse.Const:
		if oid, ok := f.rec.named[x]; ok {
			return &parse.Const{At: -1, Kind: parse.ConstString, Val: strconv.FormatUint(uint64(oid), 10)}
		}
	case *parse.Star:
		if n := len(x.Name); n > 1 {
			return &parse.Star{At: -1, Name: x.Name[n-1:]}
		}
	}
	return nil
}

// nameTarget keeps the name of an output column that is called after what it calls or casts to.
func nameTarget(t *parse.ResTarget, was parse.Expr) {
	if x, ok := was.(*parse.Indirection); ok && x.Path[len(x.Path)-1].Star {
		return
	}
	if name := figureName(was); t.Name == "" && figureName(t.Val) != name {
		t.Name = name
	}
}

// rangeFunction keeps the names of a function in FROM and of its columns that are called after it.
func (f freezer) rangeFunction(x *parse.RangeFunction) any {
	out := parse.Rewrite(*x, f.node)
	for i := range x.ColDefs {
		f.column(&out.ColDefs[i], &x.ColDefs[i])
	}
	for i := range x.Defs {
		for j := range x.Defs[i] {
			f.column(&out.Defs[i][j], &x.Defs[i][j])
		}
	}
	renamed := func(i int) bool { return figureName(out.Funcs[i]) != figureName(x.Funcs[i]) }
	if x.Alias == nil && renamed(0) {
		out.Alias = &parse.Alias{Name: figureName(x.Funcs[0])}
	}
	if node := f.rec.functions[x]; node != nil && len(x.Funcs) > 1 && x.Defs == nil && out.Alias != nil {
		for i := len(out.Alias.Cols); i < len(node.Cols); i++ {
			out.Alias.Cols = append(out.Alias.Cols, node.Cols[i].Name)
		}
	}
	return &out
}

// column gives a column of a column definition list its type's OID.
func (f freezer) column(out, was *parse.ColumnDef) {
	if oid, ok := f.ids[&was.Type]; ok {
		out.Type.Name = oidName(oid)
	}
}

func frozenTable(x *parse.RangeTable, t *catalog.Table) *parse.RangeTable {
	var atts, names []string
	for i := range t.Columns {
		atts = append(atts, strconv.Itoa(int(t.Columns[i].AttNum)))
		name := t.Columns[i].Name
		if x.Alias != nil && i < len(x.Alias.Cols) {
			name = x.Alias.Cols[i]
		}
		names = append(names, name)
	}
	ref := strconv.FormatUint(uint64(t.OID), 10) + ":" + strings.Join(atts, ",")
	if x.Alias != nil {
		ref += ":alias"
	}
	return &parse.RangeTable{At: -1, Name: parse.Name{frozenSchema, ref}, Only: x.Only,
		Alias: &parse.Alias{Name: aliasName(x.Alias, t.Name), Cols: names}}
}
