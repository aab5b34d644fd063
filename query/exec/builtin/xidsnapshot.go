package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Snapshots tell of transactions by their numbers.
type Snapshots interface {
	// XidSnapshot says whose work the statement's snapshot has.
	XidSnapshot() datum.XidSnapshot
	// XidStatus is "in progress", "committed" or "aborted"; "" for a transaction of before the last start. It fails for a number
	// that was not given yet.
	XidStatus(xid uint64) (string, error)
}

func xidSnapshotFunctions(r *registry) {
	r.fn(currentXidSnapshot, "pg_current_snapshot()", "txid_current_snapshot()")
	asInt := func(u uint64) datum.Datum { return datum.NewInt(int64(u)) }
	for _, f := range []struct {
		prefix, typ string
		number      func(uint64) datum.Datum
	}{{"pg_snapshot", "pg_snapshot", datum.NewUnsigned}, {"txid_snapshot", "txid_snapshot", asInt}} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return f.number(a[0].XidSnapshot().Min), nil
		}, f.prefix+"_xmin("+f.typ+")")
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return f.number(a[0].XidSnapshot().Max), nil
		}, f.prefix+"_xmax("+f.typ+")")
		r.sets[f.prefix+"_xip("+f.typ+")"] = func(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
			for _, x := range a[0].XidSnapshot().Running {
				if err := emit([]datum.Datum{f.number(x)}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[1].XidSnapshot().Has(a[0].Unsigned())), nil
	}, "pg_visible_in_snapshot(xid8,pg_snapshot)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(a[1].XidSnapshot().Has(uint64(a[0].Int()))), nil
	}, "txid_visible_in_snapshot(int8,txid_snapshot)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return xidStatus(env, a[0].Unsigned()) }, "pg_xact_status(xid8)")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return xidStatus(env, uint64(a[0].Int())) }, "txid_status(int8)")
}

func currentXidSnapshot(env *Env, _ []datum.Datum) (datum.Datum, error) {
	if env.Snapshots == nil {
		return datum.Null, noTransactions()
	}
	return datum.NewXidSnapshot(env.Snapshots.XidSnapshot()), nil
}

func xidStatus(env *Env, xid uint64) (datum.Datum, error) {
	if env.Snapshots == nil {
		return datum.Null, noTransactions()
	}
	status, err := env.Snapshots.XidStatus(xid)
	if err != nil || status == "" {
		return datum.Null, err
	}
	return datum.NewString(status), nil
}

func noTransactions() error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "there are no transactions here to number")
}
