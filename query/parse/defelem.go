package parse

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// defElems converts an option list; nil stays nil.
func (c *converter) defElems(list []*pg.Node) []DefElem {
	var out []DefElem
	for _, n := range list {
		out = append(out, c.defElem(n.GetDefElem()))
	}
	return out
}

// defElem converts one option. Bare words arrive as type names (a column reference in our tree) or,
// when they are keywords, as strings.
func (c *converter) defElem(d *pg.DefElem) DefElem {
	at := c.at(d.GetLocation())
	out := DefElem{At: at, Namespace: d.GetDefnamespace(), Name: d.GetDefname()}
	if d.GetArg() == nil {
		return out
	}
	switch v := d.Arg.Node.(type) {
	case *pg.Node_String_:
		out.Val = &Const{At: at, Kind: ConstString, Val: v.String_.Sval}
	case *pg.Node_Integer:
		out.Val = &Const{At: at, Kind: ConstInt, Val: strconv.Itoa(int(v.Integer.Ival))}
	case *pg.Node_Float:
		out.Val = &Const{At: at, Kind: ConstFloat, Val: v.Float.Fval}
	case *pg.Node_Boolean:
		out.Val = &Const{At: at, Kind: ConstBool, Val: strconv.FormatBool(v.Boolean.Boolval)}
	case *pg.Node_AConst:
		out.Val = c.constant(v.AConst)
	case *pg.Node_AStar:
		out.Val = &Star{At: at}
	case *pg.Node_TypeName:
		out.Val = c.typeWord(v.TypeName, at)
	case *pg.Node_List:
		out.List = c.defList(v.List, at)
	default:
		c.refuse(at, "the value of option "+QuoteIdent(out.Name))
	}
	return out
}

// typeWord is a bare word given as an option's value: none, hnsw, pg_catalog.simple.
func (c *converter) typeWord(t *pg.TypeName, at At) Expr {
	plain := len(t.Typmods) == 0 && len(t.ArrayBounds) == 0 && !t.Setof && !t.PctType
	c.refuseIf(!plain, at, "a type as an option's value")
	if t.Location >= 0 {
		at = c.at(t.Location)
	}
	return &ColumnRef{At: at, Name: name(t.Names)}
}

// defList is a parenthesised list of names or words.
func (c *converter) defList(l *pg.List, at At) []string {
	out := make([]string, 0, len(l.Items))
	for _, n := range l.Items {
		s, ok := n.Node.(*pg.Node_String_)
		if !ok {
			c.refuse(at, "this kind of list as an option's value")
			return out
		}
		out = append(out, s.String_.Sval)
	}
	return out
}
