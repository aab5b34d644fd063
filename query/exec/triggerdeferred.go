package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// DeferredRows are rows that constraint triggers are to be told of when the transaction commits, or SET CONSTRAINTS says so.
type DeferredRows struct {
	Table    catalog.OID
	Triggers []catalog.OID
	// Queue has them, from First on N: the old ones beside the new ones. It is the transaction's to close.
	Queue    *Spool
	First, N int
	Event    int
	Changed  []int
}

// postpone hands over the rows of a run to the triggers that wait for the end of the transaction.
func (a *afterRun) postpone() error {
	x, waiting := a.of, []catalog.OID(nil)
	for i := range x.list {
		t := &x.list[i]
		if t.Deferrable && x.wants(t, true, catalog.FiresAfter, a.event, a.changed) && x.r.env.Relations.Defers(t.Trigger) {
			waiting = append(waiting, t.OID)
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	if x.deferred == nil {
		x.deferred = NewSpool(x.queue.types, x.r.env.Temp, x.r.env.WorkMemBytes)
	}
	d := DeferredRows{Table: x.table.OID, Triggers: waiting, Queue: x.deferred, First: x.deferred.Rows(), N: a.n, Event: a.event,
		Changed: a.changed}
	if err := x.queue.each(a.first, a.first+a.n, x.deferred.Add); err != nil {
		x.deferred.Close()
		return err
	}
	x.r.env.Relations.Defer(d)
	return nil
}

// FireDeferred fires constraint triggers whose time has come. What they run is nested in the statement of env.
func FireDeferred(ctx context.Context, env *Env, list []DeferredRows) error {
	q := &Query{}
	q.start(ctx, &plan.Plan{}, env)
	defer q.run.close()
	for _, d := range list {
		t := env.Relations.Catalog().TableByOID(d.Table)
		if t == nil {
			return sqlstate.New(sqlstate.InternalError, "a table with pending trigger events is gone")
		}
		x, err := q.run.triggersOf(t)
		if err != nil || x == nil {
			return err
		}
		due := *x
		due.list = slices.DeleteFunc(slices.Clone(x.list), func(f firedTrigger) bool { return !slices.Contains(d.Triggers, f.OID) })
		err = due.eachQueued(d.Queue, d.First, d.N, d.Event, d.Changed, func(e *firing) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return due.fireNow(ctx, e, catalog.FiresAfter)
		})
		if err != nil {
			return outcome(ctx, err)
		}
	}
	return nil
}

// start makes what a plan's operators are built in.
func (q *Query) start(ctx context.Context, p *plan.Plan, env *Env) {
	q.fn = builtin.Env{Ctx: ctx, Session: env.Session, Embedder: env.Embedder, Sequences: env.Relations, Snapshots: env.Relations}
	q.fn.Event, q.fn.TriggerDepth = env.Event, env.triggers
	if env.Session != nil {
		q.fn.Datum = env.Session.DatumEnv()
	}
	if env.Temp == nil {
		env.Temp = &TempSpace{}
	}
	r := &q.run
	r.env, r.plan = env, p
	r.exprs = &q.exprs
	r.exprs.Init(&q.fn, env.Params, p.Slots, r)
	if env.Relations != nil {
		env.Relations.RunBy(r)
	}
}
