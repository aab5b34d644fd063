package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (b *binder) createIndex(s *parse.CreateIndexStmt) (*Plan, error) {
	t, err := b.indexedTable(s.Table)
	if err != nil {
		return nil, err
	}
	if err := refuseIndexClauses(s); err != nil {
		return nil, err
	}
	node := &CreateIndex{Table: t, Index: &catalog.Index{Name: s.Name, Method: indexMethod(s), Unique: s.Unique,
		NullsNotDistinct: s.NullsNotDistinct}}
	plan := &Plan{Root: node, Tag: "CREATE INDEX", Writes: true, DDL: true}
	if s.Name != "" && b.cat.Snapshot().Relation(t.Schema, s.Name) != 0 {
		if !s.IfNotExists {
			return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", s.Name)
		}
		node.Exists = true
		return plan, nil
	}
	if s.Concurrently {
		plan.OutsideBlock = "CREATE INDEX CONCURRENTLY"
	}
	if err := b.indexKeys(node, s); err != nil {
		return nil, err
	}
	if err := b.indexClauses(node, s); err != nil {
		return nil, err
	}
	if s.Name == "" {
		names := namer{snap: b.cat.Snapshot(), schema: t.Schema}
		node.Index.Name = names.relation(t.Name, strings.Join(elemNames(s), "_"), "idx")
	}
	return plan, nil
}

func (b *binder) indexedTable(r *parse.RangeTable) (*catalog.Table, error) {
	t, err := b.table(r.Name, r.Pos())
	if err != nil {
		return nil, err
	}
	if t.Virtual != nil {
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
	}
	if t.Kind() == catalog.KindView {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "cannot create index on relation %q", t.Name).
			WithDetail("This operation is not supported for views.")
	}
	return t, nil
}

func elemNames(s *parse.CreateIndexStmt) []string {
	var out []string
	for _, e := range s.Elems {
		if e.Expr != nil {
			out = append(out, indexColumnName(e.Expr))
			continue
		}
		out = append(out, e.Column)
	}
	out = append(out, s.Include...)
	return out
}

func indexMethod(s *parse.CreateIndexStmt) string {
	if s.Method == "" {
		return "btree"
	}
	return s.Method
}

func refuseIndexClauses(s *parse.CreateIndexStmt) error {
	switch m := indexMethod(s); m {
	case "btree", "hash", "gin", "gist", "brin", "hnsw", "ivfflat", "faiss":
	case "spgist":
		return unsupported(s.Pos(), "index access method "+m)
	default:
		return sqlstate.New(sqlstate.UndefinedObject, "access method %q does not exist", m)
	}
	return nil
}

// indexKeys resolves and checks the keys by the access method's rules.
func (b *binder) indexKeys(node *CreateIndex, s *parse.CreateIndexStmt) error {
	if err := refuseClassOptions(node.Index.Method, s.Elems); err != nil {
		return err
	}
	switch node.Index.Method {
	case "btree":
	case "gin", "gist":
		return b.invertedKeys(node, s)
	case "hash":
		return b.hashKeys(node, s)
	case "brin":
		return b.brinKeys(node, s)
	default:
		return b.vectorIndexKey(node, s)
	}
	for _, e := range s.Elems {
		if e.Expr != nil {
			if err := b.exprKey(node, e); err != nil {
				return err
			}
			continue
		}
		i := node.Table.ColumnIndex(e.Column)
		if i < 0 {
			return fail(e.Pos(), sqlstate.UndefinedColumn, "column %q does not exist", e.Column)
		}
		col := &node.Table.Columns[i]
		part := catalog.KeyPart{AttNum: col.AttNum, Desc: e.Dir == parse.SortDesc}
		part.NullsFirst = e.Nulls == parse.NullsFirst || part.Desc && e.Nulls == parse.NullsDefault
		if len(e.OpClass) > 0 {
			part.OpClass = e.OpClass[len(e.OpClass)-1]
		}
		if err := b.btreePart(col, &part); err != nil {
			return err
		}
		node.Index.Keys = append(node.Index.Keys, part)
	}
	return btreeOptions(node.Index, s.Options)
}

// exprKey adds a key that is an expression; one that is only a column is that column's.
func (b *binder) exprKey(node *CreateIndex, e parse.IndexElem) error {
	part, err := b.keyExpr(node.Table, e.Expr)
	if err != nil {
		return err
	}
	if ref, ok := e.Expr.(*parse.ColumnRef); ok {
		part = catalog.KeyPart{AttNum: node.Table.Columns[node.Table.ColumnIndex(ref.Name[len(ref.Name)-1])].AttNum}
	}
	part.Desc = e.Dir == parse.SortDesc
	part.NullsFirst = e.Nulls == parse.NullsFirst || part.Desc && e.Nulls == parse.NullsDefault
	if len(e.OpClass) > 0 {
		part.OpClass = e.OpClass[len(e.OpClass)-1]
		if part.OpClass, err = b.btreeClass(datum.TypeByOID(part.TypeOID), part.OpClass); err != nil {
			return err
		}
	}
	node.Index.Keys = append(node.Index.Keys, part)
	return nil
}

// indexClauses binds WHERE and INCLUDE.
func (b *binder) indexClauses(node *CreateIndex, s *parse.CreateIndexStmt) error {
	for _, name := range s.Include {
		i := node.Table.ColumnIndex(name)
		if i < 0 {
			return fail(s.Pos(), sqlstate.UndefinedColumn, "column %q does not exist", name)
		}
		node.Index.Include = append(node.Index.Include, node.Table.Columns[i].AttNum)
	}
	if s.Where == nil {
		return nil
	}
	var err error
	node.Index.Where, err = b.predicate(node.Table, s.Where)
	return err
}

// btreeClass checks an operator class. Strings compare bytewise here, so every class of strings is one order; only the
// pattern classes are kept, for the catalog's sake.
func (b *binder) btreeClass(t *datum.Type, class string) (string, error) {
	pattern := []string{"text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops"}
	switch {
	case t == datum.Citext && class == "citext_pattern_ops":
		return class, nil
	case t == datum.Citext && (slices.Contains(pattern, class) || class == "text_ops" || class == "varchar_ops"):
		return "", unsupported(-1, "operator class "+class+" for citext")
	case t.Category == 'S' && slices.Contains(pattern, class):
		return class, nil
	case class == t.Name+"_ops", class == b.standardClass(t),
		t.Category == 'S' && slices.Contains([]string{"text_ops", "varchar_ops", "bpchar_ops"}, class):
		return "", nil
	}
	return "", noOpClass(class, "btree")
}

// standardClass is the default operator class of a btree for a type, "" for none.
func (b *binder) standardClass(t *datum.Type) string {
	class, _ := b.cat.Snapshot().FindOpClass("btree", "", t)
	return class
}

func (b *binder) btreePart(col *catalog.Column, part *catalog.KeyPart) error {
	if part.OpClass == "" {
		return btreeKeyType(col.Type)
	}
	var err error
	if part.OpClass, err = b.btreeClass(col.Type, part.OpClass); err != nil {
		return err
	}
	return btreeKeyType(col.Type)
}

func noOpClass(name, method string) error {
	return sqlstate.New(sqlstate.UndefinedObject, "operator class %q does not exist for access method %q", name, method)
}

func btreeOptions(ix *catalog.Index, opts []parse.DefElem) error {
	for _, o := range opts {
		switch o.Name {
		case "fillfactor":
			if err := indexOption(ix, o, 10, 100); err != nil {
				return err
			}
		case "deduplicate_items":
			if _, err := optionBool(o); err != nil {
				return err
			}
		default:
			return unknownParameter(o)
		}
	}
	return nil
}

func unknownParameter(o parse.DefElem) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter %q", o.Name)
}

// indexOption checks an integer reloption and keeps it as written in pg_class.reloptions.
func indexOption(ix *catalog.Index, o parse.DefElem, lo, hi int64) error {
	text, _ := optionText(o)
	n, err := optionInt(o)
	if err != nil {
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for integer option %q: %s", o.Name, text)
	}
	if n < lo || n > hi {
		return sqlstate.New(sqlstate.InvalidParameterValue, "value %s out of bounds for option %q", text, o.Name).
			WithDetail("Valid values are between \"%d\" and \"%d\".", lo, hi)
	}
	ix.Options = append(ix.Options, o.Name+"="+text)
	return nil
}
