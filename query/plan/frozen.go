package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// frozenSchema stands where a frozen query names a relation by its OID, see catalog.View.Query. It is read as a schema of
// that name everywhere else, which there is none of.
const frozenSchema = "$oid"

// freeze writes a query that was just bound in a form that no renaming changes. Deparsing each reference again at every
// rename, the obvious other way, would have to know of each view that any ALTER touches.
func freeze(q *parse.SelectStmt, rec *recorder) string {
	return parse.DeparseQuery(parse.Rewrite(q, func(node any) any {
		switch x := node.(type) {
		case *parse.RangeTable:
			if t := rec.tables[x]; t != nil && t.Virtual == nil {
				return frozenTable(x, t)
			}
		case *parse.Const:
			if oid, ok := rec.named[x]; ok {
				return &parse.Const{At: -1, Kind: parse.ConstString, Val: strconv.FormatUint(uint64(oid), 10)}
			}
		case *parse.ColumnRef:
			if n := len(x.Name); n > 2 { // an alias stands in the place of the qualified name
				return &parse.ColumnRef{At: -1, Name: x.Name[n-2:]}
			}
		case *parse.Star:
			if n := len(x.Name); n > 1 {
				return &parse.Star{At: -1, Name: x.Name[n-1:]}
			}
		}
		return nil
	}))
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

// thaw finds the relation of a frozen reference, and the attribute numbers of the columns that it sees.
func (b *binder) thaw(name parse.Name) (*catalog.Table, []int16, error) {
	oid, list, _ := strings.Cut(name[1], ":")
	list, _, _ = strings.Cut(list, ":")
	n, err := strconv.ParseUint(oid, 10, 32)
	t := b.cat.Snapshot().TableByOID(catalog.OID(n))
	if err != nil || t == nil {
		return nil, nil, sqlstate.New(sqlstate.UndefinedTable, "relation with OID %s does not exist", oid)
	}
	var atts []int16
	for _, a := range strings.Split(list, ",") {
		if n, err := strconv.ParseInt(a, 10, 16); err == nil {
			atts = append(atts, int16(n))
		}
	}
	return t, atts, nil
}

// Repointed is a view that reads other relations, whose columns are numbered as those are in whose place they stand.
func Repointed(v *catalog.View, to map[catalog.OID]catalog.OID) (*catalog.View, error) {
	tree, err := storedTrees.parseQuery(v.Query)
	if err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "stored query %q cannot be read", v.Query)
	}
	out := *v
	out.Query = parse.DeparseQuery(parse.Rewrite(tree, func(node any) any {
		x, ok := node.(*parse.RangeTable)
		if !ok || len(x.Name) != 2 || x.Name[0] != frozenSchema {
			return nil
		}
		oid, rest, _ := strings.Cut(x.Name[1], ":")
		n, _ := strconv.ParseUint(oid, 10, 32)
		is, ok := to[catalog.OID(n)]
		if !ok {
			return nil
		}
		moved := *x
		moved.Name = parse.Name{frozenSchema, strconv.FormatUint(uint64(is), 10) + ":" + rest}
		return &moved
	}))
	out.Uses = slices.Clone(v.Uses)
	for i, u := range out.Uses {
		if is, ok := to[u.Relation]; ok {
			out.Uses[i].Relation = is
		}
	}
	return &out, nil
}

// frozenRelation binds a frozen reference: only the columns that were there when it was written are in scope.
func (b *binder) frozenRelation(x *parse.RangeTable, env queryEnv) (Node, *scope, error) {
	t, atts, err := b.thaw(x.Name)
	if err != nil {
		return nil, nil, err
	}
	b.rec.table(x, t)
	node, sc, err := b.relation(t, x.Alias.Name, env)
	if err != nil {
		return nil, nil, err
	}
	shown := shownTable{table: t, alias: x.Alias.Name}
	if !strings.HasSuffix(x.Name[1], ":alias") {
		shown.alias = ""
	}
	b.rec.name(x, shown)
	var cols []scopeCol
	for i, att := range atts {
		for _, c := range sc.cols {
			if c.attNum == att && i < len(x.Alias.Cols) {
				c.shown, c.name = c.name, x.Alias.Cols[i]
				if shown.alias == "" {
					c.shownRel = t.Name
				}
				cols = append(cols, c)
			}
		}
	}
	sc.cols = cols
	sc.rels[0].schema = ""
	return node, sc, nil
}
