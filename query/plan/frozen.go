package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// frozenSchema stands where a stored definition names an object by its OID, in the place of a schema.
//
// A stored definition (a view's query, a body in SQL's own words, the expression of a default, a generated column, a
// CHECK, an index, a trigger's WHEN, a domain) is SQL that no renaming and no move to another schema changes. What
// users and extensions made stands in it by OID: a relation as "$oid"."16501:1,2,3", see catalog.View.Query; a
// function or an aggregate as "$oid"."16502"(…), an operator as OPERATOR("$oid"."16503".+), a type as
// "$oid"."16504". All other names are those of what is built in, so a definition is bound along an empty search
// path (frozen), whatever a session's is and whatever was made since. The names that people see are looked up when
// it is written back (viewdef.go).
//
// A tree of its own in place of SQL, as PostgreSQL's pg_node_tree is, would be a second grammar to read and to keep
// readable; deparsing each definition again at every rename would have to know of each that any ALTER touches.
// What rules say is stored in the same way, with more in it by number (rules_frozen.go).
// Definitions that hold names, as the first builds wrote them, are rewritten at Open (Refreeze).
const frozenSchema = "$oid"

// identities are what the names of users' objects stood for while a definition was bound, by the node that names
// them: *parse.FuncCall, *parse.ColumnRef, *parse.OpExpr, *parse.AnyAllExpr, *parse.SubLink, *parse.TypeName.
type identities map[any]catalog.OID

// castTo is the key of a function call that is a cast to a type.
type castTo struct{ call *parse.FuncCall }

// notes keeps what a node names, where somebody wants to know.
func (b *binder) notes(node any, oid catalog.OID) {
	if b.ids != nil {
		b.ids[node] = oid
	}
}

// notesOperator is notes for an operator, of which those that are built in have no need.
func (b *binder) notesOperator(node any, o *catalog.Operator) {
	if o.User != nil {
		b.notes(node, o.OID)
	}
}

// frozen binds a stored definition: names without an OID are those of what is built in.
func (b *binder) frozen(bind func() error) error {
	path := b.path
	b.path = []string{}
	defer func() { b.path = path }()
	return bind()
}

// frozenOID is the OID that a name consists of; ok is false for any other name. Only stored definitions have such names.
func (b *binder) frozenOID(name parse.Name) (oid catalog.OID, ok bool) {
	if len(name) < 2 || name[0] != frozenSchema || b.path == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(name[1], 10, 32)
	return catalog.OID(n), err == nil
}

func oidName(oid catalog.OID) parse.Name {
	return parse.Name{frozenSchema, strconv.FormatUint(uint64(oid), 10)}
}

// thaw finds the relation of a frozen reference, and the attribute numbers of the columns that it sees.
func (b *binder) thaw(name parse.Name) (*catalog.Table, []int16, error) {
	oid, list, _ := strings.Cut(name[1], ":") // * in a rule's target, whose columns have numbers
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
	sc.rels[0].schema = ""
	if shown.alias == "" {
		sc.rels[0].shown = t.Name
	}
	if x.Alias.Cols == nil {
		return node, sc, nil
	}
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
	return node, sc, nil
}
