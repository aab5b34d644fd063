package relation

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// Keys that are expressions, and the predicates of partial indexes, are computed for a batch of rows at once: their values
// stand in the batch behind the table's columns. They are immutable, so nothing of the session is needed for them.

// indexExprs are a table's, compiled for one statement.
type indexExprs struct {
	exprs []*eval.Expr
	at    map[string]int // by text, the place behind the table's columns
}

// hasExprs says whether an index needs more than the columns of a row.
func hasExprs(ix *catalog.Index) bool {
	return ix.Where != "" || slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return k.Expr != "" })
}

// extend adds the values of index expressions to rows in table order.
func (t *table) extend(ctx context.Context, rows *datum.Batch) (*datum.Batch, error) {
	if !slices.ContainsFunc(t.t.Indexes, func(ix catalog.Index) bool { return keepsEntries(&ix) && hasExprs(&ix) }) {
		return rows, nil
	}
	if t.derived == nil {
		var err error
		if t.derived, err = compileIndexExprs(ctx, t.stmt.catalog, t.t); err != nil {
			return nil, err
		}
	}
	width := len(t.t.Columns)
	out := &datum.Batch{Rows: rows.Rows, Cols: slices.Clone(rows.Cols[:width])}
	for _, e := range t.derived.exprs {
		v, err := e.Eval(&datum.Batch{Rows: rows.Rows, Cols: rows.Cols[:width]})
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, v)
	}
	return out, nil
}

func compileIndexExprs(ctx context.Context, snap *catalog.Snapshot, t *catalog.Table) (*indexExprs, error) {
	out := &indexExprs{at: map[string]int{}}
	scope := eval.NewContext(&builtin.Env{Ctx: ctx, Datum: &datum.Env{}}, nil, 0, nil)
	add := func(text string, condition bool) error {
		if _, known := out.at[text]; known || text == "" {
			return nil
		}
		bound, err := plan.BindIndexExpr(snap, t, text, condition)
		if err != nil {
			return err
		}
		e, err := eval.Compile(bound, scope)
		if err != nil {
			return err
		}
		out.at[text] = len(t.Columns) + len(out.exprs)
		out.exprs = append(out.exprs, e)
		return nil
	}
	for i := range t.Indexes {
		if !keepsEntries(&t.Indexes[i]) {
			continue // the vector operator computes none
		}
		for _, k := range t.Indexes[i].Keys {
			if err := add(k.Expr, false); err != nil {
				return nil, err
			}
		}
		if err := add(t.Indexes[i].Where, true); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// included says whether a partial index has an entry for row i.
func (t *table) included(ix *catalog.Index, rows *datum.Batch, i int) bool {
	if ix.Where == "" {
		return true
	}
	v := rows.Cols[t.derived.at[ix.Where]]
	return !v.IsNull(i) && v.B[i]
}

// keyColumn is where a key's values stand in extended rows.
func (t *table) keyColumn(k catalog.KeyPart) int {
	if k.Expr != "" {
		return t.derived.at[k.Expr]
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
