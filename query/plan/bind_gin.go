package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// invertedKeys resolves the keys of an inverted index: columns or expressions whose values are taken apart.
func (b *binder) invertedKeys(node *CreateIndex, s *parse.CreateIndexStmt) error {
	method := node.Index.Method
	if err := unorderedIndex(s, method); err != nil {
		return err
	}
	for _, e := range s.Elems {
		part, t, err := b.unorderedKey(node.Table, e)
		if err == nil {
			err = withoutOrder(e, method)
		}
		if err != nil {
			return err
		}
		class := ""
		if len(e.OpClass) > 0 {
			class = e.OpClass[len(e.OpClass)-1]
		}
		switch {
		case t.Root() == datum.Hstore && class != catalog.GinTrigrams && class != catalog.GistTrigrams:
			err = b.hstoreClass(&part, method, class, e)
		case class == catalog.GinTrigrams || method == "gist":
			err = b.trigramClass(&part, t, method, class, e)
		case len(e.ClassOptions) > 0:
			err = noClassOptions(class)
		default:
			part.OpClass, err = b.ginClass(t.Root(), class)
		}
		if err != nil {
			return err
		}
		node.Index.Keys = append(node.Index.Keys, part)
	}
	if method == "gist" {
		return gistOptions(node.Index, s.Options)
	}
	return ginOptions(node.Index, s.Options)
}

// unorderedKey is a key of an index that has no order: a column, or an expression.
func (b *binder) unorderedKey(t *catalog.Table, e parse.IndexElem) (catalog.KeyPart, *datum.Type, error) {
	if e.Expr == nil {
		i := t.ColumnIndex(e.Column)
		if i < 0 {
			return catalog.KeyPart{}, nil, fail(e.Pos(), sqlstate.UndefinedColumn, "column %q does not exist", e.Column)
		}
		return catalog.KeyPart{AttNum: t.Columns[i].AttNum}, t.Columns[i].Type, nil
	}
	part, err := b.keyExpr(t, e.Expr)
	if err != nil {
		return catalog.KeyPart{}, nil, err
	}
	if ref, ok := e.Expr.(*parse.ColumnRef); ok {
		c := &t.Columns[t.ColumnIndex(ref.Name[len(ref.Name)-1])]
		return catalog.KeyPart{AttNum: c.AttNum}, c.Type, nil
	}
	return part, datum.TypeByOID(part.TypeOID), nil
}

// ginClass checks an operator class, and gives the name to keep: "" for the type's default.
func (b *binder) ginClass(t *datum.Type, class string) (string, error) {
	byType := map[string]func(*datum.Type) bool{
		"tsvector_ops":   func(t *datum.Type) bool { return t == datum.TSVector },
		"array_ops":      (*datum.Type).IsArray,
		"jsonb_ops":      func(t *datum.Type) bool { return t == datum.JSONB },
		"jsonb_path_ops": func(t *datum.Type) bool { return t == datum.JSONB },
	}
	if class == "" {
		for _, name := range []string{"tsvector_ops", "array_ops", "jsonb_ops"} {
			if byType[name](t) {
				return "", nil
			}
		}
		return "", sqlstate.New(sqlstate.UndefinedObject, "data type %s has no default operator class for access method %q", t, "gin").
			WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
	}
	accepts, known := byType[class]
	switch {
	case !known || !accepts(t):
		return "", b.wrongClass(class, "gin", t)
	case class == "jsonb_path_ops":
		return class, nil
	}
	return "", nil
}

// wrongClass is the error of an operator class that a method has not, or that is of another type.
func (b *binder) wrongClass(class, method string, t *datum.Type) error {
	if _, known := b.cat.Snapshot().FindOpClass(method, class, t.Root()); !known {
		return noOpClass(class, method)
	}
	return sqlstate.New(sqlstate.DatatypeMismatch, "operator class %q does not accept data type %s", class, t)
}

// ginOptions takes what tunes PostgreSQL's list of pending entries, of which there is none here.
func ginOptions(ix *catalog.Index, opts []parse.DefElem) error {
	for _, o := range opts {
		switch o.Name {
		case "fastupdate":
			if _, err := optionBool(o); err != nil {
				return err
			}
			text, _ := optionText(o)
			ix.Options = append(ix.Options, o.Name+"="+text)
		case "gin_pending_list_limit":
			if err := indexOption(ix, o, 64, 2147483647); err != nil {
				return err
			}
		default:
			return unknownParameter(o)
		}
	}
	return nil
}

// ginOperators are the operators that an inverted index can be asked with, by the type of its key, and the type of what
// is asked for: nil is the key's own.
func ginOperators(ix *catalog.Index, k catalog.KeyPart, t *datum.Type) map[string]*datum.Type {
	switch {
	case t == datum.TSVector:
		return map[string]*datum.Type{"@@": datum.TSQuery, "@@@": datum.TSQuery}
	case t == datum.JSONB && k.OpClass == "jsonb_path_ops":
		return map[string]*datum.Type{"@>": datum.JSONB, "@?": datum.JSONPath, "@@": datum.JSONPath}
	case t == datum.JSONB:
		return map[string]*datum.Type{"@>": datum.JSONB, "?": datum.Text, "?|": datum.TextArray, "?&": datum.TextArray,
			"@?": datum.JSONPath, "@@": datum.JSONPath}
	case t == datum.Hstore:
		return map[string]*datum.Type{"@>": t, "?": datum.Text, "?|": datum.TextArray, "?&": datum.TextArray}
	case t.IsArray() && ix.Empties:
		return map[string]*datum.Type{"@>": t, "&&": t, "<@": t, "=": t}
	case t.IsArray():
		return map[string]*datum.Type{"@>": t, "&&": t, "=": t}
	}
	return nil
}

// searchOf finds a condition that an inverted index can be asked with, nil for none. The condition stays with the scan:
// the index only says which rows may meet it.
func (o *optimizer) searchOf(scan *Scan, ix *catalog.Index) *IndexRange {
	conds := conjuncts(scan.Filter)
	if !o.covers(scan, ix, conds) {
		return nil
	}
	for i, part := range ix.Keys {
		key := o.keyOver(scan, part)
		if key == nil {
			continue
		}
		if part.OfTrigrams() {
			if op, value := trigramCondition(conds, key); value != nil {
				return &IndexRange{Index: ix, Search: value, SearchOp: op, SearchKey: i}
			}
			continue
		}
		operators := ginOperators(ix, part, key.Type().Root())
		for _, c := range conds {
			if op, value := asked(c, key); value != nil && operators[op] != nil && operators[op] == value.Type() {
				return &IndexRange{Index: ix, Search: value, SearchOp: op, SearchKey: i}
			}
		}
	}
	return nil
}

// commuted are the operators of inverted indexes that may be written with the key on the right, as they read with it on the
// left.
var commuted = map[string]string{"@@": "@@", "@@@": "@@@", "&&": "&&", "=": "=", "@>": "<@", "<@": "@>"}

// asked takes a condition key op value apart, value being the same throughout the scan; nil for another.
func asked(c, key Expr) (op string, value Expr) {
	call, ok := c.(*Call)
	if !ok || len(call.Args) != 2 {
		return "", nil
	}
	op, left, right := ginSymbol(call), call.Args[0], call.Args[1]
	if !isKey(left, key) {
		op, left, right = commuted[op], right, left
	}
	if op == "" || !isKey(left, key) || !freeOfColumns(right) || volatile(right) {
		return "", nil
	}
	return op, right
}

// searchCondition is the condition of a scan's filter that its inverted index is asked with, and the others.
func (x *Scan) searchCondition(r *IndexRange) (cond Expr, rest []Expr) {
	if r.Index.Keys[r.SearchKey].OfTrigrams() {
		return trigramSearched(conjuncts(x.Filter), r)
	}
	for _, c := range conjuncts(x.Filter) {
		call, ok := c.(*Call)
		if ok && cond == nil && len(call.Args) == 2 && (ginSymbol(call) == r.SearchOp && equalExpr(call.Args[1], r.Search) ||
			commuted[ginSymbol(call)] == r.SearchOp && equalExpr(call.Args[0], r.Search)) {
			cond = c
			continue
		}
		rest = append(rest, c)
	}
	return cond, rest
}
