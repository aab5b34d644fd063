package server

import (
	"context"
	"sync"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/relation"
)

// rebuilds makes the generations of embeddings that the catalog says are being made (segue_rebuild), a goroutine each, and
// drops those that were kept for long enough. The catalog is the truth: what a restart finds there goes on, with the rows
// that are not made yet, and what is no longer there ends.
type rebuilds struct {
	engine *Engine
	woken  chan struct{}
	turn   chan struct{} // holds which computes: one at a time, for they would only share the cores
	stop   context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex
	jobs map[rebuildKey]*rebuild
}

// rebuildKey names a generation.
type rebuildKey struct {
	table catalog.OID
	place int16
}

// expiryCheck is how often it looks for generations whose time is over.
const expiryCheck = time.Minute

func newRebuilds(e *Engine) *rebuilds {
	return &rebuilds{engine: e, woken: make(chan struct{}, 1), turn: make(chan struct{}, 1), jobs: map[rebuildKey]*rebuild{}}
}

// wake has it look at the catalog.
func (r *rebuilds) wake() {
	select {
	case r.woken <- struct{}{}:
	default: // it will look anyway
	}
}

// start begins the work, until close.
func (r *rebuilds) start() {
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		tick := time.NewTicker(expiryCheck)
		defer tick.Stop()
		for {
			r.reconcile(ctx)
			select {
			case <-ctx.Done():
				return
			case <-r.woken:
			case <-tick.C:
			}
		}
	}()
}

// close ends everything. It may not have been started.
func (r *rebuilds) close() {
	if r.stop != nil {
		r.stop()
		r.done.Wait()
	}
}

// reconcile makes the jobs those of the catalog.
func (r *rebuilds) reconcile(ctx context.Context) {
	wanted := map[rebuildKey]bool{}
	for _, t := range r.engine.db.Catalog().Tables() {
		for i := range t.Generations {
			g := &t.Generations[i]
			key := rebuildKey{t.OID, g.Place}
			switch {
			case !g.Kept:
				wanted[key] = true
			case g.Until <= time.Now().Unix():
				r.discard(ctx, t, g)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, job := range r.jobs {
		if !wanted[key] {
			job.cancel()
		}
	}
	for key := range wanted {
		if r.jobs[key] == nil && ctx.Err() == nil {
			r.begin(ctx, key)
		}
	}
}

// begin starts a job; mu is held.
func (r *rebuilds) begin(ctx context.Context, key rebuildKey) {
	ctx, cancel := context.WithCancel(ctx)
	job := newRebuild(r, key, cancel)
	r.jobs[key] = job
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		job.run(ctx)
		cancel()
		r.mu.Lock()
		delete(r.jobs, key)
		r.mu.Unlock()
		r.wake() // it may be wanted again by now
	}()
}

// retry has a job try again what failed.
func (r *rebuilds) retry(table catalog.OID, place int16) {
	if job := r.job(rebuildKey{table, place}); job != nil {
		job.tryAgain()
	}
}

// job is the job of a generation, nil when there is none yet.
func (r *rebuilds) job(key rebuildKey) *rebuild {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.jobs[key]
}

// discard drops a generation whose time is over. Where the table is in use it is tried again later.
func (r *rebuilds) discard(ctx context.Context, t *catalog.Table, g *catalog.Generation) {
	holder := r.engine.db.NewHolder(r.engine.nextPID())
	defer holder.Close()
	holder.LockTimeout = switchLockTimeout
	tx := holder.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	s, err := tx.Statement(ctx)
	if err == nil {
		err = s.PutGenerations(ctx, t, t.WithoutGeneration(g.Place))
	}
	if err == nil {
		err = s.Finish()
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		r.engine.log.Info("earlier embeddings are kept on", "table", t.Name, "model", g.Model, "error", err)
	}
}
