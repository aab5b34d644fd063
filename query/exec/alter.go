package exec

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// alterTable is ALTER TABLE: the relations change the definition, the rows are checked or written anew here, where
// expressions are computed.
type alterTable struct {
	r    *running
	node *plan.AlterTable
	done bool

	altered    Altered
	rewrite    []*eval.Expr
	checks     []*eval.Expr
	writer     *rowWriter // computes the generated columns
	recomputed []int
}

func (a *alterTable) Open(context.Context) error { return nil }
func (a *alterTable) Close()                     {}

// Next implements operator.
func (a *alterTable) Next(ctx context.Context) (*datum.Batch, error) {
	if a.done {
		return nil, nil
	}
	a.done = true
	for _, n := range a.node.Notices {
		a.r.tell(n)
	}
	if a.node.Table == nil {
		return nil, nil
	}
	node, err := a.withMissing()
	if err != nil {
		return nil, err
	}
	if a.altered, err = a.r.env.Relations.AlterTable(ctx, node); err != nil {
		return nil, err
	}
	if node.Rewrite != nil || len(node.NotNull)+len(node.Checks) > 0 {
		if err := a.compile(); err != nil {
			return nil, err
		}
		if err := a.rows(ctx); err != nil {
			return nil, err
		}
	}
	if err := a.fillSegments(ctx); err != nil {
		return nil, err
	}
	if len(node.Validate) == 0 {
		return nil, nil
	}
	return nil, a.r.env.Relations.ValidateReferences(ctx, a.altered.Table, node.Validate)
}

// cluster is CLUSTER.
type cluster struct {
	r     *running
	queue []*plan.AlterTable
}

func (c *cluster) Open(context.Context) error { return nil }
func (c *cluster) Close()                     {}

// Next implements operator.
func (c *cluster) Next(ctx context.Context) (*datum.Batch, error) {
	for len(c.queue) > 0 {
		one := &alterTable{r: c.r, node: c.queue[0]}
		c.queue = c.queue[1:]
		if _, err := one.Next(ctx); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (r *running) tell(n plan.Notice) {
	if r.env.Session == nil {
		return
	}
	e := sqlstate.New(n.Code, "%s", n.Text)
	if n.Detail != "" {
		e = e.WithDetail("%s", n.Detail)
	}
	r.env.Session.Notice(n.Severity, e)
}

// withMissing computes, once, the values that existing rows have in new columns. A plan may run more than once, so it is
// not changed.
func (a *alterTable) withMissing() (*plan.AlterTable, error) {
	if len(a.node.Missing) == 0 {
		return a.node, nil
	}
	node, fresh := *a.node, *a.node.New
	fresh.Columns = append([]catalog.Column(nil), fresh.Columns...)
	node.New = &fresh
	for _, m := range node.Missing {
		e, err := eval.Compile(m.Value, a.r.exprs)
		if err != nil {
			return nil, err
		}
		v, err := e.Eval(&datum.Batch{Rows: 1})
		if err != nil {
			return nil, eval.Cause(err)
		}
		if col := &fresh.Columns[m.Ordinal]; !v.IsNull(0) {
			col.Missing = datum.AppendValue([]byte{}, col.Type, v.Get(0))
		}
	}
	return &node, nil
}

func (a *alterTable) compile() error {
	var err error
	if a.rewrite, err = eval.CompileAll(a.node.Rewrite, a.r.exprs); err != nil {
		return err
	}
	conditions := make([]plan.Expr, len(a.node.Checks))
	for i, c := range a.node.Checks {
		conditions[i] = c.Expr
	}
	if a.checks, err = eval.CompileAll(conditions, a.r.exprs); err != nil {
		return err
	}
	if a.node.Rewrite == nil {
		return nil
	}
	if a.writer, err = a.r.rowWriter(a.altered.Table, &plan.RowExprs{Generated: a.node.Generated}); err != nil {
		return err
	}
	for i, e := range a.node.Generated {
		if e != nil {
			a.recomputed = append(a.recomputed, i)
		}
	}
	return nil
}

// fillSegments makes the segments of the rows there are, where they are kept from now on.
func (a *alterTable) fillSegments(ctx context.Context) error {
	if a.altered.Segments == nil {
		return nil
	}
	node := *a.node.Segments
	node.Table = a.altered.Segments
	w, err := a.r.segmentWriter(&node)
	if err != nil {
		return err
	}
	return a.scan(ctx, a.altered.Table, func(b *datum.Batch) error { return eval.Cause(w.add(ctx, b)) })
}

// rows reads every row, and writes it anew where that is asked for.
func (a *alterTable) rows(ctx context.Context) error {
	read := a.altered.Table
	if a.node.Rewrite != nil {
		read = a.node.Table
	}
	return a.scan(ctx, read, func(b *datum.Batch) error { return a.batch(ctx, b) })
}

// scan reads every row there was, of all columns of the table that the rows are by.
func (a *alterTable) scan(ctx context.Context, read *catalog.Table, each func(*datum.Batch) error) error {
	all := make([]int, len(read.Columns))
	for i := range all {
		all[i] = i
	}
	it, err := a.altered.From.Scan(ctx, ScanSpec{Ordinals: all, Index: a.node.By})
	if err != nil {
		return err
	}
	size := datum.BatchRows
	if a.writer != nil && a.writer.embeds() {
		size = embedBatchRows
	}
	return eachBatch(ctx, it, func(b *datum.Batch) error {
		for lo := 0; lo < b.Rows; lo += size {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := each(b.Slice(lo, min(lo+size, b.Rows))); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *alterTable) batch(ctx context.Context, b *datum.Batch) error {
	rows := b
	if a.node.Rewrite != nil {
		var err error
		if rows, err = a.newRows(ctx, b); err != nil {
			return err
		}
	}
	if err := a.verify(rows); err != nil {
		return err
	}
	if a.node.Rewrite == nil {
		return nil
	}
	_, err := a.altered.To.Insert(ctx, rows)
	return eval.Cause(err)
}

// newRows computes rows by the new definition.
func (a *alterTable) newRows(ctx context.Context, b *datum.Batch) (*datum.Batch, error) {
	out := &datum.Batch{Rows: b.Rows, Cols: make([]*datum.Vec, len(a.rewrite))}
	for i, e := range a.rewrite {
		var err error
		if e != nil {
			out.Cols[i], err = e.Eval(b)
		} else {
			out.Cols[i], err = a.numbers(ctx, &a.altered.Table.Columns[i], b.Rows)
		}
		if err != nil {
			return nil, eval.Cause(err)
		}
	}
	if len(a.recomputed) == 0 {
		return out, nil
	}
	out, err := a.writer.generate(out, a.recomputed)
	return out, eval.Cause(err)
}

// numbers draws values from a new column's sequence.
func (a *alterTable) numbers(ctx context.Context, col *catalog.Column, n int) (*datum.Vec, error) {
	out := datum.NewVec(col.Type, n)
	for range n {
		v, err := a.r.env.Relations.NextVal(ctx, col.Sequence)
		if err != nil {
			return nil, err
		}
		out.Append(datum.NewInt(v))
	}
	return out, nil
}

// verify holds rows against the conditions that the new definition brings.
func (a *alterTable) verify(rows *datum.Batch) error {
	t := a.altered.Table
	for _, o := range a.node.NotNull {
		for i := range rows.Rows {
			if rows.Cols[o].IsNull(i) {
				e := sqlstate.New(sqlstate.NotNullViolation, "column %q of relation %q contains null values", t.Columns[o].Name, t.Name)
				e.Schema, e.Table, e.Column = a.r.schemaName(t), t.Name, t.Columns[o].Name
				return e
			}
		}
	}
	for c, check := range a.checks {
		v, err := check.Eval(rows)
		if err != nil {
			return eval.Cause(err)
		}
		for i := range rows.Rows {
			if !v.IsNull(i) && !v.B[i] {
				name := a.node.Checks[c].Name
				e := sqlstate.New(sqlstate.CheckViolation, "check constraint %q of relation %q is violated by some row", name, t.Name)
				e.Schema, e.Table, e.Constraint = a.r.schemaName(t), t.Name, name
				return e
			}
		}
	}
	return nil
}
