package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// A hash index answers one question, which rows have this value. It is kept as the entries of a btree are, whose look-up of
// one value reads as little; that they lie in order is nobody's business: the planner asks it for nothing else.

// hashKeys resolves the key of a hash index.
func (b *binder) hashKeys(node *CreateIndex, s *parse.CreateIndexStmt) error {
	if err := oneKey(s, "hash"); err != nil {
		return err
	}
	part, err := b.equalKey(node.Table, s.Elems[0], "hash")
	if err != nil {
		return err
	}
	node.Index.Keys = []catalog.KeyPart{part}
	for _, o := range s.Options {
		if o.Name != "fillfactor" {
			return unknownParameter(o)
		}
		if err := indexOption(node.Index, o, 10, 100); err != nil {
			return err
		}
	}
	return nil
}

// equalKey resolves a key of an access method that has no order, and its operator class.
func (b *binder) equalKey(table *catalog.Table, e parse.IndexElem, method string) (catalog.KeyPart, error) {
	part, t, err := b.unorderedKey(table, e)
	if err == nil {
		err = withoutOrder(e, method)
	}
	if err != nil {
		return part, err
	}
	name := ""
	if len(e.OpClass) > 0 {
		name = e.OpClass[len(e.OpClass)-1]
	}
	class, known := b.cat.Snapshot().FindOpClass(method, name, t.Root())
	switch {
	case class != "":
	case name == "":
		return part, sqlstate.New(sqlstate.UndefinedObject, "data type %s has no default operator class for access method %q", t, method).
			WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
	case !known:
		return part, noOpClass(name, method)
	default:
		return part, sqlstate.New(sqlstate.DatatypeMismatch, "operator class %q does not accept data type %s", name, t)
	}
	if standard, _ := b.cat.Snapshot().FindOpClass(method, "", t.Root()); class != standard {
		part.OpClass = class
	}
	return part, nil
}

// hashBounds matches the scan's filter to the key of a hash index: a value that it equals, or several.
func (o *optimizer) hashBounds(scan *Scan, ix *catalog.Index) (*IndexRange, []int) {
	conds := conjuncts(scan.Filter)
	key := o.keyOver(scan, ix.Keys[0])
	if key == nil || !o.covers(scan, ix, conds) {
		return nil, nil
	}
	r := &IndexRange{Index: ix}
	if i, v := findBound(conds, key, "="); i >= 0 {
		r.Eq = []Expr{v}
		return r, []int{i}
	}
	if i, v := findAny(conds, key); i >= 0 && ix.Keys[0].Expr == "" {
		if r.Any = v; scan.Mark == 0 {
			return r, []int{i}
		}
		return r, nil
	}
	return nil, nil
}
