package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// merge is MERGE. Like update it reads its input to the end before it writes; then it goes through the rows in their order,
// those next to each other that the same action is for together. A row that was changed by a transaction that committed
// meanwhile runs the statement again, for whether it is matched may have changed, too.
type merge struct {
	*writeStatement
	r       *running
	node    *plan.MergeRows
	input   operator
	writer  *rowWriter
	table   Table
	actions []mergeAction
	seen    map[int64]bool // the table's rows that were written
}

type mergeAction struct {
	*plan.MergeAction
	cond *eval.Expr // nil for none
	new  []*eval.Expr
}

func (r *running) merge(x *plan.MergeRows) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	w, err := r.writeStatement(nil)
	if err != nil {
		return nil, err
	}
	op := &merge{writeStatement: w, r: r, node: x, input: input}
	w.work, w.close = op.run, input.Close
	if op.writer, err = r.rowWriter(x.Table, x.Exprs); err != nil {
		return nil, err
	}
	if err := r.watch(op.writer); err != nil {
		return nil, err
	}
	for i := range x.Actions {
		a := mergeAction{MergeAction: &x.Actions[i]}
		if a.cond, err = r.condition(a.Cond); err != nil {
			return nil, err
		}
		if a.new, err = eval.CompileAll(a.New, r.exprs); err != nil {
			return nil, err
		}
		op.actions = append(op.actions, a)
	}
	return op, nil
}

func (m *merge) run(ctx context.Context) error {
	var err error
	if m.table, err = m.r.env.Relations.Table(m.node.Table); err != nil {
		return err
	}
	m.seen = map[int64]bool{}
	if m.r.touched != nil {
		if m.r.touched[m.node.Table.OID] == nil {
			m.r.touched[m.node.Table.OID] = m.seen
		}
		m.seen = m.r.touched[m.node.Table.OID]
	}
	if err := m.around(ctx, true); err != nil {
		return err
	}
	if err := m.input.Open(ctx); err != nil {
		return err
	}
	rows := m.r.spool(typesOf(m.node.Input))
	defer rows.Close()
	if err := rows.drain(ctx, m.input); err != nil {
		return err
	}
	size := datum.BatchRows
	if m.writer.embeds() {
		size = embedBatchRows
	}
	for lo := 0; lo < rows.Rows(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := rows.Chunk(lo)
		if err != nil {
			return err
		}
		b = b.Slice(0, min(size, b.Rows))
		if err := m.batch(ctx, b); err != nil {
			return err
		}
		lo += b.Rows
	}
	return m.around(ctx, false)
}

// mergeEvents are the events of what MERGE does.
var mergeEvents = map[parse.MergeAction]int{parse.MergeInsert: parse.TriggerInsert, parse.MergeUpdate: parse.TriggerUpdate,
	parse.MergeDelete: parse.TriggerDelete}

// around fires the triggers FOR EACH STATEMENT of what there are actions for.
func (m *merge) around(ctx context.Context, before bool) error {
	order := []parse.MergeAction{parse.MergeInsert, parse.MergeUpdate, parse.MergeDelete}
	if !before {
		slices.Reverse(order)
	}
	for _, do := range order {
		at := slices.IndexFunc(m.actions, func(a mergeAction) bool { return a.Do == do })
		if at < 0 {
			continue
		}
		if err := m.writer.fires.statement(ctx, before, mergeEvents[do], m.actions[at].Changed); err != nil {
			return err
		}
	}
	return nil
}

// batch does what is to be done with rows, run by run of the same action.
func (m *merge) batch(ctx context.Context, in *datum.Batch) error {
	chosen, err := m.choose(in)
	if err != nil {
		return err
	}
	for lo := 0; lo < in.Rows; {
		hi := lo + 1
		for hi < in.Rows && chosen[hi] == chosen[lo] {
			hi++
		}
		if chosen[lo] >= 0 {
			if err := m.act(ctx, &m.actions[chosen[lo]], in.Slice(lo, hi)); err != nil {
				return err
			}
		}
		lo = hi
	}
	return nil
}

// choose finds each row's action, -1 for none. A condition is only computed of rows that no action before it is for.
func (m *merge) choose(in *datum.Batch) ([]int, error) {
	out := make([]int, in.Rows)
	for i := range out {
		out[i] = -1
	}
	id := in.Cols[m.node.At+len(m.node.Table.Columns)]
	for a := range m.actions {
		var open []int
		for i := range in.Rows {
			if out[i] < 0 && m.actions[a].Matched == !id.IsNull(i) {
				open = append(open, i)
			}
		}
		if len(open) == 0 {
			continue
		}
		var holds *datum.Vec
		if cond := m.actions[a].cond; cond != nil {
			var err error
			if holds, err = cond.Eval(in.Gather(open)); err != nil {
				return nil, err
			}
		}
		for at, i := range open {
			if holds == nil || !holds.IsNull(at) && holds.B[at] {
				out[i] = a
			}
		}
	}
	return out, nil
}

func (m *merge) act(ctx context.Context, a *mergeAction, in *datum.Batch) error {
	if a.Do == parse.MergeNothing {
		return nil
	}
	if a.Do == parse.MergeInsert {
		return m.apply(ctx, a, in)
	}
	ids := in.Cols[m.node.At+len(m.node.Table.Columns)].I
	for i, id := range ids[:in.Rows] {
		if !m.seen[id] {
			m.seen[id] = true
			continue
		}
		if err := m.apply(ctx, a, in.Slice(0, i)); err != nil {
			return err
		}
		return sqlstate.New(sqlstate.CardinalityViolation, "MERGE command cannot affect row a second time").
			WithHint("Ensure that not more than one source row matches any one target row.")
	}
	return m.apply(ctx, a, in)
}

func (m *merge) apply(ctx context.Context, a *mergeAction, in *datum.Batch) error {
	if event := mergeEvents[a.Do]; in.Rows > 1 && m.writer.fires.rowByRow(event) {
		for i := range in.Rows {
			if err := m.apply(ctx, a, in.Slice(i, i+1)); err != nil {
				return err
			}
		}
		return nil
	}
	lo := m.node.At
	hi := lo + len(m.node.Table.Columns)
	old, ids := &datum.Batch{Rows: in.Rows, Cols: in.Cols[lo:hi]}, in.Cols[hi].I
	var done bool
	var err error
	if a.Do == parse.MergeDelete {
		done, err = m.remove(ctx, ids, old)
	} else {
		done, err = m.write(ctx, a, in, ids, old)
	}
	if conflictRow(err) >= 0 {
		return ErrConflict
	}
	if err == nil && done {
		m.count(in.Rows)
	}
	return err
}

// remove deletes rows; done is false where a trigger keeps the row.
func (m *merge) remove(ctx context.Context, ids []int64, old *datum.Batch) (done bool, err error) {
	fires := m.writer.fires
	kept, left, err := fires.beforeRows(ctx, parse.TriggerDelete, old, nil, nil)
	if err != nil || kept != nil && left.Rows == 0 {
		return false, err
	}
	if err := m.table.Delete(ctx, ids, old); err != nil {
		return false, err
	}
	return true, fires.written(parse.TriggerDelete, old, nil, nil)
}

// write makes the new rows of an INSERT or an UPDATE and stores them.
func (m *merge) write(ctx context.Context, a *mergeAction, in *datum.Batch, ids []int64, old *datum.Batch) (done bool, err error) {
	values, err := evalAll(a.new, in)
	if err != nil {
		return false, err
	}
	w, rows := m.writer, &datum.Batch{Rows: in.Rows, Cols: values}
	if a.Do == parse.MergeInsert {
		if _, rows, err = w.fires.beforeRows(ctx, parse.TriggerInsert, nil, rows, nil); err != nil || rows.Rows == 0 {
			return false, err
		}
		if rows, err = w.complete(rows); err != nil {
			return false, err
		}
		return true, w.insert(ctx, m.table, rows)
	}
	if _, rows, err = w.fires.beforeRows(ctx, parse.TriggerUpdate, old, rows, a.Changed); err != nil || rows.Rows == 0 {
		return false, err
	}
	changed := w.changing(a.Changed)
	if rows, err = w.generate(rows, changed); err != nil {
		return false, err
	}
	if err := w.check(rows); err != nil {
		return false, err
	}
	return true, w.update(ctx, m.table, ids, old, rows, changed)
}
