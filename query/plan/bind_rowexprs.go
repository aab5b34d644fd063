package plan

import (
	"errors"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Stored expressions: defaults, generated columns and checks are kept in the catalog as SQL text, see frozenSchema, and
// bound again by every statement that writes.

// The places of stored expressions, as error messages name them.
const (
	inDefault   = "DEFAULT expressions"
	inGenerated = "column generation expressions"
	inCheck     = "check constraints"
)

// rowExprs binds what a table's rows go through when they are written.
func (b *binder) rowExprs(t *catalog.Table) (*RowExprs, error) {
	out := &RowExprs{Defaults: make([]Expr, len(t.Columns)), Generated: make([]Expr, len(t.Columns))}
	for i := range t.Columns {
		var err error
		if out.Defaults[i], err = b.columnDefault(&t.Columns[i]); err != nil {
			return nil, err
		}
		if out.Generated[i], err = b.columnGenerated(t, &t.Columns[i]); err != nil {
			return nil, err
		}
	}
	// Checks are made in the order of their names, as in Postgres.
	checks := slices.SortedFunc(slices.Values(t.Checks), func(a, b catalog.Check) int { return strings.Compare(a.Name, b.Name) })
	for i := range checks {
		e, err := b.checkExpr(t, &checks[i])
		if err != nil {
			return nil, err
		}
		out.Checks = append(out.Checks, e)
	}
	if t.Segments != 0 {
		var err error
		if out.Segments, err = b.segmentsOf(t, b.cat.Snapshot().TableByOID(t.Segments)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkExpr binds a CHECK constraint.
func (b *binder) checkExpr(t *catalog.Table, k *catalog.Check) (CheckExpr, error) {
	e, err := b.stored(t, k.Expr, inCheck)
	if err != nil {
		return CheckExpr{}, err
	}
	cond, err := b.toBool(e, "CHECK", -1)
	return CheckExpr{Name: k.Name, Expr: cond}, err
}

// columnDefault is a column's default value, nil for none. A column with a sequence behind it (identity,
// serial) draws from that sequence by OID, whatever it is called today.
func (b *binder) columnDefault(c *catalog.Column) (Expr, error) {
	if c.Sequence != 0 {
		return b.assign(nextVal(c.Sequence), c, -1)
	}
	text := c.Default
	if text == "" {
		text = b.domainDefault(c.Type)
	}
	if text == "" {
		return nil, nil
	}
	e, err := b.stored(nil, text, inDefault)
	if err != nil {
		return nil, err
	}
	return b.assign(e, c, -1)
}

func (b *binder) columnGenerated(t *catalog.Table, c *catalog.Column) (Expr, error) {
	if c.Generated == "" {
		return nil, nil
	}
	e, err := b.stored(t, c.Generated, inGenerated)
	if err != nil {
		return nil, err
	}
	if e, err = b.pinModel(e, c.Model, c.ModelHash); err != nil {
		return nil, err
	}
	return b.assign(e, c, -1)
}

// stored binds catalog text. Positions count in the stored text, not in the statement, so none is kept.
func (b *binder) stored(t *catalog.Table, text, clause string) (Expr, error) {
	tree, err := storedTrees.parse(text)
	if err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "stored expression %q cannot be read", text)
	}
	var e Expr
	err = b.frozen(func() (err error) {
		e, err = b.tableExpr(t, tree, clause)
		return err
	})
	if err != nil {
		return nil, unplaced(err)
	}
	return forgetPositions(e), nil
}

// unplaced drops an error's position.
func unplaced(err error) error {
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		return err
	}
	out := sqlstate.Wrap(err, e.Code, "%s", e.Message)
	out.Detail, out.Hint, out.Where = e.Detail, e.Hint, e.Where
	return out
}

// tableExpr binds an expression over a table's row (none when t is nil), as DEFAULT, CHECK and
// generated columns allow it.
func (b *binder) tableExpr(t *catalog.Table, tree parse.Expr, clause string) (Expr, error) {
	sc := &scope{}
	if t != nil {
		sc = b.rowScope(t, t.Name, 0, queryEnv{})
	} else if pos, found := columnIn(tree); found {
		return nil, fail(pos, sqlstate.FeatureNotSupported, "cannot use column reference in %s", singular(clause))
	}
	params := len(b.params)
	ec := &exprContext{b: b, scope: sc, clause: clause, noSubqueries: true}
	e, err := ec.bind(tree)
	if err != nil {
		return nil, err
	}
	if len(b.params) > params {
		return nil, fail(tree.Pos(), sqlstate.UndefinedParameter, "there is no parameter $%d", params+1)
	}
	return e, nil
}

// singular is the clause as "cannot use … in" names it.
func singular(clause string) string { return strings.TrimSuffix(clause, "s") }

// columnIn finds a column reference at the top levels of a default.
func columnIn(e parse.Expr) (pos int, found bool) {
	switch x := e.(type) {
	case *parse.ColumnRef:
		return x.Pos(), true
	case *parse.OpExpr:
		if x.Left != nil {
			if pos, found = columnIn(x.Left); found {
				return pos, true
			}
		}
		return columnIn(x.Right)
	case *parse.CastExpr:
		return columnIn(x.Arg)
	case *parse.FuncCall:
		for _, a := range x.Args {
			if pos, found = columnIn(a); found {
				return pos, true
			}
		}
	}
	return 0, false
}

func forgetPositions(e Expr) Expr {
	return Transform(e, func(x Expr) Expr {
		switch x := x.(type) {
		case *Call:
			x.Pos = -1
		case *Cast:
			x.Pos = -1
		}
		return x
	})
}

// nextVal is nextval of a sequence known by OID.
func nextVal(seq catalog.OID) Expr {
	p := catalog.Builtin().ProcsNamed("nextval")[0]
	arg := &Const{Typed: Typed{datum.Regclass, -1}, Value: datum.NewInt(int64(seq))}
	return &Call{Typed: Typed{p.Ret, -1}, Proc: p, Args: []Expr{arg}, Pos: -1}
}

// defaultOrNull is what a column gets when the statement gives it no value.
func (r *RowExprs) defaultOrNull(t *catalog.Table, ordinal int) Expr {
	if e := r.Defaults[ordinal]; e != nil && r.Generated[ordinal] == nil {
		return e
	}
	return nullOf(&t.Columns[ordinal])
}
