package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// rowWriter prepares whole rows of one table, in table order, for writing: generated columns are
// computed, then NOT NULL and CHECK constraints looked at. Unique constraints are the table's own business.
type rowWriter struct {
	r         *running
	table     *catalog.Table
	generated []*eval.Expr // by ordinal, nil for ordinary columns
	reads     [][]int      // by ordinal: the columns that a generated column is computed from
	required  []int        // ordinals of NOT NULL columns
	checks    []*eval.Expr
	exprs     *plan.RowExprs
	segments  *segmentWriter // nil where none are kept
	fires     *triggers      // nil for none
}

func (r *running) rowWriter(t *catalog.Table, x *plan.RowExprs) (*rowWriter, error) {
	w := &rowWriter{r: r, table: t, exprs: x, reads: make([][]int, len(t.Columns))}
	for i := range t.Columns {
		if t.Columns[i].NotNull {
			w.required = append(w.required, i)
		}
	}
	if x == nil {
		w.exprs = &plan.RowExprs{}
		w.generated = make([]*eval.Expr, len(t.Columns))
		return w, nil
	}
	var err error
	if w.segments, err = r.segmentWriter(x.Segments); err != nil {
		return nil, err
	}
	if w.generated, err = eval.CompileAll(x.Generated, r.exprs); err != nil {
		return nil, err
	}
	for i, e := range x.Generated {
		w.reads[i] = columnsOf(e)
	}
	for _, c := range x.Checks {
		e, err := eval.Compile(c.Expr, r.exprs)
		if err != nil {
			return nil, err
		}
		w.checks = append(w.checks, e)
	}
	return w, nil
}

// insert stores complete rows in the writer's table, and their segments.
func (w *rowWriter) insert(ctx context.Context, table Table, rows *datum.Batch) error {
	if _, err := table.Insert(ctx, rows); err != nil {
		return err
	}
	if err := w.fires.written(parse.TriggerInsert, nil, rows, nil); err != nil {
		return err
	}
	return w.segments.add(ctx, rows)
}

// update is Table.Update with complete rows, of which columns changed, and those that follow from them.
func (w *rowWriter) update(ctx context.Context, table Table, ids []int64, old, rows *datum.Batch, changed []int) error {
	assigned := changed
	changed = w.regenerated(changed)
	err := table.Update(ctx, ids, old, rows, changed)
	done := rows.Rows
	if conflict := conflictRow(err); conflict >= 0 {
		done = conflict
	} else if err != nil {
		return err
	}
	if err := w.fires.written(parse.TriggerUpdate, old.Head(done), rows.Head(done), assigned); err != nil {
		return err
	}
	if err := w.segments.replace(ctx, old.Head(done), rows.Head(done), changed); err != nil {
		return err
	}
	return err
}

// columnsOf lists the columns that an expression reads.
func columnsOf(e plan.Expr) []int {
	var out []int
	plan.Walk(e, func(x plan.Expr) bool {
		if c, ok := x.(*plan.Col); ok && !slices.Contains(out, c.Index) {
			out = append(out, c.Index)
		}
		return true
	})
	return out
}

// embeds says whether writing a row computes an embedding: rows are then worth sending in smaller batches.
func (w *rowWriter) embeds() bool {
	for i := range w.exprs.Generated {
		if w.calls(i, func(p *catalog.Proc) bool {
			return (p.Name == "embed" || p.Name == "embed_text") && p.Schema == catalog.PublicOID
		}) {
			return true
		}
	}
	return false
}

// calls says whether generated column i is computed by a function of some kind.
func (w *rowWriter) calls(i int, kind func(*catalog.Proc) bool) bool {
	found := false
	plan.Walk(w.exprs.Generated[i], func(x plan.Expr) bool {
		if c, ok := x.(*plan.Call); ok && kind(c.Proc) {
			found = true
		}
		return !found
	})
	return found
}

// complete returns the rows with all generated columns computed and all checks made.
func (w *rowWriter) complete(rows *datum.Batch) (*datum.Batch, error) {
	rows, err := w.generate(rows, nil)
	if err != nil {
		return nil, err
	}
	return rows, w.check(rows)
}

// generate computes the generated columns that follow from the changed columns; nil changes all.
func (w *rowWriter) generate(rows *datum.Batch, changed []int) (*datum.Batch, error) {
	out := &datum.Batch{Rows: rows.Rows, Cols: slices.Clone(rows.Cols)}
	for i, e := range w.generated {
		if e == nil || changed != nil && !w.follows(i, changed) {
			continue
		}
		v, err := e.Eval(rows)
		if err != nil {
			return nil, err
		}
		out.Cols[i] = v
	}
	return out, nil
}

// regenerated lists the changed ordinals with the generated ones that follow from them.
func (w *rowWriter) regenerated(changed []int) []int {
	out := slices.Clone(changed)
	for i, e := range w.generated {
		if e != nil && w.follows(i, changed) && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out
}

// follows says whether generated column i is computed again: it reads a changed column, or is set to DEFAULT.
func (w *rowWriter) follows(i int, changed []int) bool {
	return overlaps(w.reads[i], changed) || slices.Contains(changed, i)
}

func overlaps(a, b []int) bool {
	return slices.ContainsFunc(a, func(x int) bool { return slices.Contains(b, x) })
}

// check fails for the first row with a NULL where there must be none, or that a CHECK constraint is false of;
// unknown passes.
func (w *rowWriter) check(rows *datum.Batch) error {
	return w.checkExcept(rows, func(int) bool { return false })
}

// checkProposed is check as far as it can be made before the generated columns are computed.
func (w *rowWriter) checkProposed(rows *datum.Batch) error {
	return w.checkExcept(rows, func(ordinal int) bool { return w.generated[ordinal] != nil })
}

func (w *rowWriter) checkExcept(rows *datum.Batch, unknown func(ordinal int) bool) error {
	verdicts := make([]*datum.Vec, len(w.checks))
	for c, e := range w.checks {
		if slices.ContainsFunc(columnsOf(w.exprs.Checks[c].Expr), unknown) {
			continue
		}
		var err error
		if verdicts[c], err = e.Eval(rows); err != nil {
			return err
		}
	}
	for i := range rows.Rows {
		for _, ordinal := range w.required {
			if rows.Cols[ordinal].IsNull(i) && !unknown(ordinal) {
				return &RowError{Row: i, Err: w.missing(ordinal, rows, i)}
			}
		}
		for c, v := range verdicts {
			if v != nil && !v.IsNull(i) && !v.B[i] {
				return &RowError{Row: i, Err: w.violation(c, rows, i)}
			}
		}
	}
	return nil
}

func (w *rowWriter) missing(ordinal int, rows *datum.Batch, i int) error {
	column := w.table.Columns[ordinal].Name
	e := sqlstate.New(sqlstate.NotNullViolation, "null value in column %q of relation %q violates not-null constraint",
		column, w.table.Name).WithDetail("Failing row contains %s.", describeRow(w.table, rows, i, w.r.exprs.Fn.Datum))
	e.Table, e.Column, e.Schema = w.table.Name, column, w.r.schemaName(w.table)
	return e
}

func (w *rowWriter) violation(check int, rows *datum.Batch, i int) error {
	name := w.exprs.Checks[check].Name
	if w.exprs.Checks[check].View {
		return sqlstate.New(sqlstate.WithCheckOptionViolation, "new row violates check option for view %q", name).
			WithDetail("Failing row contains %s.", describeRow(w.table, rows, i, w.r.exprs.Fn.Datum))
	}
	e := sqlstate.New(sqlstate.CheckViolation, "new row for relation %q violates check constraint %q", w.table.Name, name).
		WithDetail("Failing row contains %s.", describeRow(w.table, rows, i, w.r.exprs.Fn.Datum))
	e.Table, e.Constraint, e.Schema = w.table.Name, name, w.r.schemaName(w.table)
	return e
}

func (r *running) schemaName(t *catalog.Table) string {
	if r.env.Session == nil || r.env.Session.Snapshot() == nil {
		return ""
	}
	if s := r.env.Session.Snapshot().SchemaByOID(t.Schema); s != nil {
		return s.Name
	}
	return ""
}

// describeRow prints a row as error details do: long values are cut at 64 bytes.
func describeRow(t *catalog.Table, rows *datum.Batch, i int, env *datum.Env) string {
	parts := make([]string, len(t.Columns))
	for c := range t.Columns {
		d := rows.Cols[c].Get(i)
		if d.IsNull() {
			parts[c] = "null"
			continue
		}
		parts[c] = shorten(datum.Format(t.Columns[c].Type, d, env), 64)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// shorten cuts a string to at most n bytes, at the boundary of a character.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "..."
}
