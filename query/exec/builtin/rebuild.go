package builtin

import (
	"context"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Rebuilder is a Session that can have a column's embeddings made by another model, in the background. What its methods
// change belongs to the transaction.
type Rebuilder interface {
	// BeginRebuild begins it, or goes on with one that has failed. The column as it was is kept for a while after the switch.
	BeginRebuild(ctx context.Context, table catalog.OID, column, model string, keep time.Duration) error
	// CancelRebuild ends it; false when there is none.
	CancelRebuild(ctx context.Context, table catalog.OID, column string) (bool, error)
	// RollbackRebuild goes back to the embeddings that are kept.
	RollbackRebuild(ctx context.Context, table catalog.OID, column string) error
	// DiscardRebuild drops those; false when there are none.
	DiscardRebuild(ctx context.Context, table catalog.OID, column string) (bool, error)
}

// rebuildFunctions are segue_rebuild and its kin.
func rebuildFunctions(r *registry) {
	const column = "(regclass,name)"
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		on, err := env.rebuilder()
		if err != nil {
			return datum.Null, err
		}
		return datum.NewString(""), on.BeginRebuild(env.Ctx, catalog.OID(a[0].Int()), a[1].Str(), a[2].Str(), wholeTime(a[3].Interval()))
	}, "segue_rebuild(regclass,name,text,interval)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		on, err := env.rebuilder()
		if err != nil {
			return datum.Null, err
		}
		done, err := on.CancelRebuild(env.Ctx, catalog.OID(a[0].Int()), a[1].Str())
		return datum.NewBool(done), err
	}, "segue_rebuild_cancel"+column)
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		on, err := env.rebuilder()
		if err != nil {
			return datum.Null, err
		}
		return datum.NewString(""), on.RollbackRebuild(env.Ctx, catalog.OID(a[0].Int()), a[1].Str())
	}, "segue_rebuild_rollback"+column)
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		on, err := env.rebuilder()
		if err != nil {
			return datum.Null, err
		}
		done, err := on.DiscardRebuild(env.Ctx, catalog.OID(a[0].Int()), a[1].Str())
		return datum.NewBool(done), err
	}, "segue_rebuild_discard"+column)
}

func (e *Env) rebuilder() (Rebuilder, error) {
	on, ok := e.Session.(Rebuilder)
	if !ok {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "segue_rebuild is not supported here")
	}
	return on, nil
}

// wholeTime is an interval as a time that passes, of months of 30 days.
func wholeTime(v datum.IntervalValue) time.Duration {
	const day = 24 * time.Hour
	return time.Duration(v.Months)*30*day + time.Duration(v.Days)*day + time.Duration(v.Micros)*time.Microsecond
}
