package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// exclusion adds the index of an EXCLUDE constraint. PostgreSQL needs the extension btree_gist for = on types without a
// GiST operator class; here it is built in.
func (d *tableDefinition) exclusion(k parse.Constraint) error {
	switch {
	case k.Method != "gist":
		return unsupported(k.Pos(), "EXCLUDE USING "+orBtree(k.Method))
	case len(k.Options) > 0:
		return unknownParameter(k.Options[0])
	}
	ix := catalog.Index{Method: k.Method, Constraint: catalog.Unnumbered, Deferrable: k.Deferrable, Deferred: k.InitiallyDeferred}
	var names []string
	for _, e := range k.Excluded {
		if err := d.excludedKey(k, &ix, e); err != nil {
			return err
		}
		if e.Key.Expr != nil {
			names = append(names, indexColumnName(e.Key.Expr))
		} else {
			names = append(names, e.Key.Column)
		}
	}
	for _, name := range k.Include {
		i := d.table.ColumnIndex(name)
		if i < 0 {
			return fail(k.Pos(), sqlstate.UndefinedColumn, "column %q does not exist", name)
		}
		ix.Include = append(ix.Include, d.table.Columns[i].AttNum)
	}
	if k.Where != nil {
		var err error
		if ix.Where, err = d.b.predicate(d.table, k.Where); err != nil {
			return err
		}
	}
	if ix.Name = k.Name; ix.Name == "" {
		ix.Name = d.names.relation(d.table.Name, strings.Join(names, "_"), "excl")
	} else if slices.Contains(d.names.taken, ix.Name) || d.names.snap.Relation(d.table.Schema, ix.Name) != 0 {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", ix.Name)
	} else {
		d.names.taken = append(d.names.taken, ix.Name)
	}
	d.table.Indexes = append(d.table.Indexes, ix)
	return nil
}

func orBtree(method string) string {
	if method == "" {
		return "btree"
	}
	return method
}

// excludedKey adds a key and the operator by which rows are compared.
func (d *tableDefinition) excludedKey(k parse.Constraint, ix *catalog.Index, e parse.ExcludedKey) error {
	var part catalog.KeyPart
	var t *datum.Type
	if e.Key.Expr != nil {
		var err error
		if part, err = d.b.keyExpr(d.table, e.Key.Expr); err != nil {
			return err
		}
		t = datum.TypeByOID(part.TypeOID)
	} else {
		i := d.table.ColumnIndex(e.Key.Column)
		if i < 0 {
			return fail(k.Pos(), sqlstate.UndefinedColumn, "column %q named in key does not exist", e.Key.Column)
		}
		part, t = catalog.KeyPart{AttNum: d.table.Columns[i].AttNum}, d.table.Columns[i].Type
		if err := btreeKeyType(t); err != nil {
			return err
		}
	}
	if len(e.Key.OpClass) > 0 || e.Key.Dir != parse.SortDefault || e.Key.Nulls != parse.NullsDefault {
		return unsupported(k.Pos(), "an operator class or an order in an EXCLUDE constraint")
	}
	op, err := d.b.findOperator(e.Operator, []Expr{&Const{Typed: Typed{t, -1}}, &Const{Typed: Typed{t, -1}}}, -1)
	if err != nil {
		return err
	}
	shown := op.Name + "(" + op.Left.String() + "," + op.Right.String() + ")"
	ranges := t.Root().IsRange() || t.Root().IsMultirange()
	switch {
	case op.Commutator != op.OID:
		return sqlstate.New(sqlstate.WrongObjectType, "operator %s is not commutative", shown).
			WithDetail("Only commutative operators can be used in exclusion constraints.")
	case op.Name == "=" || op.Name == "<>" || ranges && (op.Name == "&&" || op.Name == "-|-"):
	case ranges:
		return sqlstate.New(sqlstate.WrongObjectType, "operator %s is not a member of operator family \"range_ops\"", shown).
			WithDetail("The exclusion operator must be related to the index operator class for the constraint.")
	default:
		return unsupported(k.Pos(), "operator "+shown+" in an EXCLUDE constraint")
	}
	ix.Keys, ix.Exclude = append(ix.Keys, part), append(ix.Exclude, op.OID)
	return nil
}
