package relation

import (
	"context"
	"errors"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// Keys that are expressions, and the predicates of partial indexes, are computed for a batch of rows at once: their values
// stand in the batch behind the table's columns. They are immutable, so nothing of the session is needed for them but who
// runs the functions of users that they call.

// indexExprs are a table's, compiled for one statement.
type indexExprs struct {
	exprs []indexExpr
	at    map[exprOf]int // the place behind the table's columns
	// remembered are the indexes, by their numbers, whose values are kept by row; see enteredkeys.go.
	remembered map[uint32]bool
}

// exprOf is an expression's text, and the predicate outside of which it need not even be computable.
type exprOf struct{ text, where string }

// indexExpr is one of them. where is the place of its predicate, -1 for none.
type indexExpr struct {
	*eval.Expr
	where int
	// remembered says that every index with it keeps its values by row.
	remembered bool
}

// hasExprs says whether an index needs more than the columns of a row.
func hasExprs(ix *catalog.Index) bool {
	return ix.Where != "" || slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return k.Expr != "" })
}

// extend adds the values of index expressions to rows in table order.
func (t *table) extend(ctx context.Context, rows *datum.Batch) (*datum.Batch, error) {
	return t.extended(ctx, rows, false)
}

// extendOld is extend for rows that are stored: what is remembered of them is left out, see entered.
func (t *table) extendOld(ctx context.Context, rows *datum.Batch) (*datum.Batch, error) {
	return t.extended(ctx, rows, true)
}

func (t *table) extended(ctx context.Context, rows *datum.Batch, old bool) (*datum.Batch, error) {
	if !slices.ContainsFunc(t.t.Indexes, func(ix catalog.Index) bool { return keepsEntries(&ix) && hasExprs(&ix) }) {
		return rows, nil
	}
	if t.derived == nil {
		var err error
		if t.derived, err = t.compileIndexExprs(ctx); err != nil {
			return nil, err
		}
	}
	width := len(t.t.Columns)
	out := &datum.Batch{Rows: rows.Rows, Cols: slices.Clone(rows.Cols[:width])}
	for _, e := range t.derived.exprs {
		if old && e.remembered {
			out.Cols = append(out.Cols, nil)
			continue
		}
		plain := &datum.Batch{Rows: rows.Rows, Cols: rows.Cols[:width]}
		var v *datum.Vec
		var err error
		if e.where < 0 {
			v, err = e.Eval(plain)
		} else {
			v, err = e.within(plain, out.Cols[e.where])
		}
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, v)
	}
	return out, nil
}

// within computes the expression of the rows for which a condition holds; it is NULL of the others.
func (e indexExpr) within(rows *datum.Batch, condition *datum.Vec) (*datum.Vec, error) {
	var at []int
	for i := range rows.Rows {
		if !condition.IsNull(i) && condition.B[i] {
			at = append(at, i)
		}
	}
	if len(at) == rows.Rows {
		return e.Eval(rows)
	}
	some := rowsAt(rows, at)
	v, err := e.Eval(some)
	if err != nil {
		var row *exec.RowError
		if errors.As(err, &row) && row.Row < len(at) {
			row.Row = at[row.Row]
		}
		return nil, err
	}
	out, next := datum.NewVec(v.Type, rows.Rows), 0
	for i := range rows.Rows {
		if next < len(at) && at[next] == i {
			out.Append(v.Get(next))
			next++
			continue
		}
		out.Append(datum.Null)
	}
	return out, nil
}

// rowsAt is some rows of a batch, of which columns that were not read are nil.
func rowsAt(rows *datum.Batch, at []int) *datum.Batch {
	out := &datum.Batch{Rows: len(at), Cols: make([]*datum.Vec, len(rows.Cols))}
	for c, col := range rows.Cols {
		if col != nil {
			out.Cols[c] = col.Gather(at)
		}
	}
	return out
}

func (t *table) compileIndexExprs(ctx context.Context) (*indexExprs, error) {
	def := t.t
	out := &indexExprs{at: map[exprOf]int{}, remembered: map[uint32]bool{}}
	scope := eval.NewContext(&builtin.Env{Ctx: ctx, Datum: &datum.Env{}}, nil, 0, t.stmt.routines)
	add := func(text, where string, condition, remembered bool) error {
		key := exprOf{text, where}
		if at, known := out.at[key]; known || text == "" {
			if known {
				e := &out.exprs[at-len(def.Columns)]
				e.remembered = e.remembered && remembered
			}
			return nil
		}
		bound, err := plan.BindIndexExpr(t.stmt.catalog, def, text, condition)
		if err != nil {
			return err
		}
		e, err := eval.Compile(bound, scope)
		if err != nil {
			return err
		}
		guarded := indexExpr{e, -1, remembered}
		if where != "" {
			guarded.where = out.at[exprOf{text: where}]
		}
		out.at[key] = len(def.Columns) + len(out.exprs)
		out.exprs = append(out.exprs, guarded)
		return nil
	}
	for i := range def.Indexes {
		if !keepsEntries(&def.Indexes[i]) {
			continue
		}
		ix := &def.Indexes[i]
		where, remembered := ix.Where, remembers(ix)
		if remembered {
			out.remembered[ix.ID] = true
		}
		if err := add(where, "", true, remembered); err != nil {
			return nil, err
		}
		for _, k := range ix.Keys {
			if err := add(k.Expr, where, false, remembered); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// included says whether a partial index has an entry for row i.
func (t *table) included(ix *catalog.Index, rows *datum.Batch, i int) bool {
	if ix.Where == "" {
		return true
	}
	v := rows.Cols[t.derived.at[exprOf{text: ix.Where}]]
	return !v.IsNull(i) && v.B[i]
}

// keyColumn is where a key's values stand in extended rows.
func (t *table) keyColumn(ix *catalog.Index, k catalog.KeyPart) int {
	if k.Expr != "" {
		return t.derived.at[exprOf{k.Expr, ix.Where}]
	}
	return t.t.Ordinal(k.AttNum)
}

// keyType is the type of an index's key.
func keyType(t *catalog.Table, k catalog.KeyPart) *datum.Type {
	if k.Expr != "" {
		return datum.TypeByOID(k.TypeOID)
	}
	return t.Columns[t.Ordinal(k.AttNum)].Type
}
