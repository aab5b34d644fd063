package builtin

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Locker is a Session that takes part in locking.
type Locker interface {
	// AdvisoryLock locks a number; got is false only for a try that would have had to wait.
	AdvisoryLock(ctx context.Context, l AdvisoryLock) (got bool, err error)
	// AdvisoryUnlock gives a lock of the session back; false when it has none.
	AdvisoryUnlock(l AdvisoryLock) bool
	AdvisoryUnlockAll()
	// BlockedBy lists the sessions that one waits for.
	BlockedBy(pid int32) []int32
}

// AdvisoryLock is an advisory lock's number and how it is taken.
type AdvisoryLock struct {
	Number uint64
	// Pair is for the functions of two numbers, whose locks are others than those of one.
	Pair, Shared, Try bool
	// Transaction is for locks that end with it.
	Transaction bool
}

func advisoryLocks(r *registry) {
	for _, args := range []string{"(int8)", "(int4,int4)"} {
		for _, kind := range []struct {
			name string
			lock AdvisoryLock
		}{
			{"lock", AdvisoryLock{}}, {"xact_lock", AdvisoryLock{Transaction: true}},
		} {
			for _, shared := range []bool{false, true} {
				lock, suffix := kind.lock, ""
				if lock.Shared = shared; shared {
					suffix = "_shared"
				}
				try := lock
				try.Try = true
				r.fn(advisoryLock(lock), "pg_advisory_"+kind.name+suffix+args)
				r.fn(advisoryLock(try), "pg_try_advisory_"+kind.name+suffix+args)
				r.fn(advisoryUnlock(lock), "pg_advisory_unlock"+suffix+args)
			}
		}
	}
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if l, ok := env.Session.(Locker); ok {
			l.AdvisoryUnlockAll()
		}
		return datum.NewString(""), nil
	}, "pg_advisory_unlock_all()")
	r.fn(blockingPIDs, "pg_blocking_pids(int4)")
}

func numbered(l AdvisoryLock, a []datum.Datum) AdvisoryLock {
	l.Number = uint64(a[0].Int())
	if len(a) == 2 {
		l.Pair, l.Number = true, uint64(uint32(a[0].Int()))<<32|uint64(uint32(a[1].Int()))
	}
	return l
}

func advisoryLock(l AdvisoryLock) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		locker, ok := env.Session.(Locker)
		if !ok {
			return datum.Null, unsupported("this session has no locks to share with others")
		}
		got, err := locker.AdvisoryLock(env.Ctx, numbered(l, a))
		if l.Try || err != nil {
			return datum.NewBool(got), err
		}
		return datum.NewString(""), nil
	}
}

func advisoryUnlock(l AdvisoryLock) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		locker, ok := env.Session.(Locker)
		if !ok {
			return datum.NewBool(false), nil
		}
		if !locker.AdvisoryUnlock(numbered(l, a)) {
			mode := "ExclusiveLock"
			if l.Shared {
				mode = "ShareLock"
			}
			env.Session.Notice("WARNING", sqlstate.New(sqlstate.Warning, "you don't own a lock of type %s", mode))
			return datum.NewBool(false), nil
		}
		return datum.NewBool(true), nil
	}
}

func blockingPIDs(env *Env, a []datum.Datum) (datum.Datum, error) {
	var out []datum.Datum
	if l, ok := env.Session.(Locker); ok {
		for _, pid := range l.BlockedBy(int32(a[0].Int())) {
			out = append(out, datum.NewInt(int64(pid)))
		}
	}
	return datum.ArrayFrom(datum.Int4, out), nil
}
