package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Where index expressions stand, as messages name it.
const (
	inIndex     = "index expressions"
	inPredicate = "index predicates"
)

// BindIndexExpr binds an index's stored expression, or its predicate, over the table's row. Such expressions are immutable,
// or declared to be, and ask nothing of a session. A function whose body cannot stand in its place without one, as where it
// names what is not in schema public, is called.
func BindIndexExpr(snap *catalog.Snapshot, t *catalog.Table, text string, predicate bool) (Expr, error) {
	e, err := (&binder{cat: noSession{snap}}).indexExpr(t, text, predicate)
	if err != nil {
		return (&binder{cat: noSession{snap}, unexpanded: true}).indexExpr(t, text, predicate)
	}
	return e, nil
}

func (b *binder) indexExpr(t *catalog.Table, text string, predicate bool) (Expr, error) {
	if predicate {
		e, err := b.stored(t, text, inPredicate)
		if err != nil {
			return nil, err
		}
		return b.toBool(e, "WHERE", -1)
	}
	return b.stored(t, text, inIndex)
}

// noSession is a Catalog for what depends on no session.
type noSession struct{ snap *catalog.Snapshot }

func (c noSession) Snapshot() *catalog.Snapshot { return c.snap }
func (noSession) Info() catalog.SessionInfo {
	return catalog.SessionInfo{SearchPath: []string{"public"}}
}
func (noSession) DatumEnv() *datum.Env                       { return &datum.Env{} }
func (noSession) TableRows(*catalog.Table) float64           { return 0 }
func (noSession) Statistics(catalog.OID) *catalog.Statistics { return nil }
func (noSession) DefaultModel() string                       { return "" }
func (noSession) Setting(string) (string, bool)              { return "", false }
func (noSession) Model(string) (catalog.Model, error) {
	return catalog.Model{}, unsupported(-1, "embed in an index")
}

// keyExpr binds a key that is an expression.
func (b *binder) keyExpr(t *catalog.Table, e parse.Expr) (catalog.KeyPart, error) {
	bound, err := b.indexable(t, e)
	if err != nil {
		return catalog.KeyPart{}, err
	}
	if _, column := e.(*parse.ColumnRef); !column && bound.Type().Namespace != 0 {
		return catalog.KeyPart{}, unsupported(exprStart(e), "an index over an expression of a type that a user made")
	}
	return catalog.KeyPart{Expr: b.storedText(t, e), Name: indexColumnName(e), TypeOID: bound.Type().OID}, btreeKeyType(bound.Type())
}

// indexable binds an expression that an index may have for a key.
func (b *binder) indexable(t *catalog.Table, e parse.Expr) (Expr, error) {
	bound, err := b.tableExpr(t, e, inIndex)
	if err != nil {
		return nil, err
	}
	if bound.Type() == datum.Unknown {
		bound = &Cast{Typed: Typed{datum.Text, -1}, Arg: bound, Pos: -1}
	}
	if mutable(bound) {
		return nil, sqlstate.New(sqlstate.InvalidObjectDefinition,
			"functions in index expression must be marked IMMUTABLE").At(exprStart(e))
	}
	return bound, nil
}

// predicate binds a partial index's condition.
func (b *binder) predicate(t *catalog.Table, e parse.Expr) (string, error) {
	bound, err := b.tableExpr(t, e, inPredicate)
	if err != nil {
		return "", err
	}
	if _, err := b.toBool(bound, "WHERE", exprStart(e)); err != nil {
		return "", err
	}
	if mutable(bound) {
		return "", sqlstate.New(sqlstate.InvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE").
			At(exprStart(e))
	}
	return b.storedText(t, e), nil
}

// indexColumnName is how an index without a name calls a key that is an expression, as FigureIndexColname does.
func indexColumnName(e parse.Expr) string {
	switch x := e.(type) {
	case *parse.ColumnRef:
		return x.Name[len(x.Name)-1]
	case *parse.FuncCall:
		return x.Name[len(x.Name)-1]
	case *parse.CoalesceExpr:
		return "coalesce"
	case *parse.CastExpr:
		if ref, ok := x.Arg.(*parse.ColumnRef); ok {
			return ref.Name[len(ref.Name)-1]
		}
		return indexColumnName(x.Arg)
	}
	return "expr"
}

// implied says whether rows that meet conditions meet a predicate: each of its parts is among them, or is an IS NOT NULL
// of something that one of them is strict in.
func implied(conds []Expr, predicate Expr) bool {
	for _, want := range conjuncts(predicate) {
		if !slices.ContainsFunc(conds, func(c Expr) bool { return equalExpr(c, want) || provesNotNull(c, want) }) {
			return false
		}
	}
	return true
}

// provesNotNull says that want is x IS NOT NULL, and cond cannot be true of a NULL x.
func provesNotNull(cond, want Expr) bool {
	n, ok := want.(*NullTest)
	if !ok || !n.Not {
		return false
	}
	col, ok := n.Arg.(*Col)
	return ok && rejectsNull(cond, func(i int) bool { return i == col.Index })
}
