package exec

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// operator is a running plan node. Open starts, or starts over: a subplan and the inner side of a
// nested loop are opened again and again. Next yields batches that are never empty, valid until
// the next call; nil is the end. Close releases what Open took and may be called without Open.
type operator = eval.Rows

// running is one statement under way.
type running struct {
	env       *Env
	plan      *plan.Plan
	exprs     *eval.Context
	ctes      map[*plan.CTE]*sharedRows
	works     map[*plan.WorkTable]*workTable
	subplans  []operator
	closers   []func()    // of rechecks
	pins      map[int]pin // of a recheck, by mark; nil otherwise
	profile   profile     // nil but for EXPLAIN ANALYZE
	affected  int64
	spills    []*spillFile
	fires     map[*catalog.Table]*triggers
	after     []afterRun  // for triggers, at the statement's end
	touched   touchedRows // nil for a statement of one writing part at most
	searches  map[*plan.VectorSearch]*vectorSearch
	repeats   []int // the slots that change from one opening to the next of what is being built; nil: it is opened once
	uncounted bool  // what is being built does not count for the command tag
}

// shareCTEs and shareWorks give what a recheck shares with its statement. Most statements have neither.
func (r *running) shareCTEs() map[*plan.CTE]*sharedRows {
	if r.ctes == nil {
		r.ctes = map[*plan.CTE]*sharedRows{}
	}
	return r.ctes
}

func (r *running) shareWorks() map[*plan.WorkTable]*workTable {
	if r.works == nil {
		r.works = map[*plan.WorkTable]*workTable{}
	}
	return r.works
}

// Prepare builds a subquery's plan, for package eval.
func (r *running) Prepare(n plan.Node) (eval.Rows, error) {
	op, err := r.repeated(outerSlots(n), func() (operator, error) { return r.build(n) })
	if err != nil {
		return nil, err
	}
	r.subplans = append(r.subplans, op)
	return op, nil
}

func (r *running) close() {
	for _, op := range r.subplans {
		op.Close()
	}
	for _, shared := range r.ctes {
		shared.op.Close()
	}
	for _, f := range r.closers {
		f()
	}
	r.subplans, r.closers = nil, nil
	r.closeSpills()
}

// build makes the operator of a node, and those below it.
func (r *running) build(n plan.Node) (operator, error) {
	build := r.buildQuery
	if r.repeats != nil && r.worthKeeping(n) {
		build = r.kept
	}
	op, err := build(n)
	if err != nil {
		return nil, err
	}
	return r.profile.wrap(n, op, r), nil
}

func (r *running) buildQuery(n plan.Node) (operator, error) {
	switch x := n.(type) {
	case *plan.Values:
		return r.values(x)
	case *plan.Scan:
		return r.scan(x)
	case *plan.VectorSearch:
		return r.vectorSearch(x)
	case *plan.FunctionScan:
		if x.Segments != nil {
			return r.segmentScan(x)
		}
		return r.functionScan(x)
	case *plan.CTEScan:
		return r.cteScan(x)
	case *plan.TransitionScan:
		return r.transitionScan(x)
	case *plan.RecursiveUnion:
		return r.recursiveUnion(x)
	case *plan.WorkTableScan:
		return r.workTableScan(x)
	case *plan.Filter:
		return r.filter(x)
	case *plan.Project:
		return r.project(x)
	case *plan.ProjectSet:
		return r.projectSet(x)
	case *plan.Join:
		return r.join(x)
	case *plan.Aggregate:
		return r.aggregate(x)
	case *plan.Window:
		return r.window(x)
	case *plan.Sample:
		return r.sample(x)
	case *plan.Dedup:
		return r.dedup(x)
	case *plan.Memoize:
		return r.memoize(x)
	case *plan.Sort:
		return r.sort(x)
	case *plan.Limit:
		return r.limit(x)
	case *plan.SetOp:
		return r.setOp(x)
	case *plan.LockRows:
		return r.lockRows(x)
	default:
		return r.buildStatement(n)
	}
}

func (r *running) buildStatement(n plan.Node) (operator, error) {
	switch x := n.(type) {
	case *plan.Insert:
		return r.insert(x)
	case *plan.Update:
		return r.update(x)
	case *plan.Delete:
		return r.delete(x)
	case *plan.MergeRows:
		return r.merge(x)
	case *plan.CopyFrom:
		return r.copyFrom(x)
	case *plan.CopyTo:
		return r.copyTo(x)
	case *plan.CreateTable:
		return r.createTable(x)
	case *plan.AlterTable:
		return &alterTable{r: r, node: x}, nil
	case *plan.Cluster:
		return &cluster{r: r, queue: x.Tables}, nil
	case *plan.Refresh:
		return r.refresh(x)
	case *plan.CreateView, *plan.Reindex, *plan.ChangeSequence, *plan.ChangeType, *plan.ChangeFunction, *plan.ChangeSchema,
		*plan.ChangeTriggers, *plan.ChangeOperator, *plan.CreateCast, *plan.ChangeEventTrigger, *plan.CreateExtension, *plan.MoveExtension,
		*plan.ChangeExtension:
		return &definition{r: r, node: n}, nil
	case *plan.CreateIndex, *plan.CreateSchema, *plan.Drop, *plan.Truncate, *plan.Comment, *plan.ChangeAccess:
		return &definition{r: r, node: n}, nil
	case *plan.RuleSteps:
		return &ruleSteps{r: r, node: x}, nil
	case *plan.Explain:
		return r.explain(x)
	default:
		return nil, sqlstate.New(sqlstate.InternalError, "plan node %T has no operator", n)
	}
}

func columnTypes(cols []plan.Column) []*datum.Type {
	out := make([]*datum.Type, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}

func typesOf(n plan.Node) []*datum.Type { return columnTypes(n.Columns()) }

func exprTypes(es []plan.Expr) []*datum.Type {
	out := make([]*datum.Type, len(es))
	for i, e := range es {
		out[i] = e.Type()
	}
	return out
}

// evalAll computes expressions over a batch.
func evalAll(exprs []*eval.Expr, b *datum.Batch) ([]*datum.Vec, error) {
	out := make([]*datum.Vec, len(exprs))
	for i, e := range exprs {
		var err error
		if out[i], err = e.Eval(b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// condition compiles an optional condition.
func (r *running) condition(e plan.Expr) (*eval.Expr, error) {
	if e == nil {
		return nil, nil
	}
	return eval.Compile(e, r.exprs)
}

// keep applies an optional condition: the rows of b for which it is true, nil for none.
func keep(b *datum.Batch, cond *eval.Expr) (*datum.Batch, error) {
	if cond == nil {
		return b, nil
	}
	rows, all, err := cond.Select(b)
	switch {
	case err != nil:
		return nil, err
	case all:
		return b, nil
	case len(rows) == 0:
		return nil, nil
	}
	return b.Gather(rows), nil
}
