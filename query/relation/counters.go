package relation

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
)

// counters count what is done to relations, for pg_stat_user_tables and its kin. As in Postgres they are not part of a
// transaction (what was rolled back was done, too), outlive a clean shutdown, and begin again after a crash.
type counters struct {
	relations sync.Map // catalog.OID of a table or an index → *relationCounters
	commits, rollbacks, deadlocks,
	sessions atomic.Int64
	reset atomic.Pointer[time.Time] // nil for never
}

// relationCounters are one relation's, as catalog.RelationCounts tells them.
type relationCounters struct {
	scans, read, fetched                   atomic.Int64
	inserted, updated, deleted             atomic.Int64
	insertedSinceVacuum                    atomic.Int64
	vacuums, analyzes, autoAnalyzes        atomic.Int64
	lastVacuum, lastAnalyze, lastAutomatic atomic.Int64 // Unix microseconds, 0 for never
}

// of gives a relation's counters, which are made at their first use.
func (c *counters) of(oid catalog.OID) *relationCounters {
	if x, ok := c.relations.Load(oid); ok {
		return x.(*relationCounters)
	}
	x, _ := c.relations.LoadOrStore(oid, &relationCounters{})
	return x.(*relationCounters)
}

// counted are the table's counters.
func (t *table) counted() *relationCounters {
	if t.counters == nil {
		t.counters = t.stmt.tx.db.counters.of(t.t.OID)
	}
	return t.counters
}

// countedScan counts the rows of a scan.
type countedScan struct {
	exec.RowIter
	read, fetched *atomic.Int64 // fetched may be nil
}

// Next implements exec.RowIter by passing on.
func (s *countedScan) Next(ctx context.Context) (*datum.Batch, error) {
	b, err := s.RowIter.Next(ctx)
	if b != nil {
		s.read.Add(int64(b.Rows))
		if s.fetched != nil {
			s.fetched.Add(int64(b.Rows))
		}
	}
	return b, err
}

// RelationCounts is what was counted of a table or an index.
func (db *Database) RelationCounts(oid catalog.OID) catalog.RelationCounts {
	x := db.counters.of(oid)
	return catalog.RelationCounts{
		Scans: x.scans.Load(), Read: x.read.Load(), Fetched: x.fetched.Load(),
		Inserted: x.inserted.Load(), Updated: x.updated.Load(), Deleted: x.deleted.Load(),
		InsertedSinceVacuum: x.insertedSinceVacuum.Load(),
		Vacuums:             x.vacuums.Load(), Analyzes: x.analyzes.Load(), AutoAnalyzes: x.autoAnalyzes.Load(),
		LastVacuum: moment(&x.lastVacuum), LastAnalyze: moment(&x.lastAnalyze), LastAutomatic: moment(&x.lastAutomatic),
	}
}

func moment(micros *atomic.Int64) time.Time {
	if n := micros.Load(); n != 0 {
		return time.UnixMicro(n)
	}
	return time.Time{}
}

// TableCounts is RelationCounts with what else is known of a table.
func (db *Database) TableCounts(t *catalog.Table) catalog.RelationCounts {
	c := db.RelationCounts(t.OID)
	c.LiveRows = db.TableRows(t)
	db.statistics.mu.Lock()
	defer db.statistics.mu.Unlock()
	c.SinceAnalyze = int64(db.statistics.changed[t.ID])
	return c
}

// WALBytes is what commits have written to the log since Open.
func (db *Database) WALBytes() int64 { return int64(db.store.Metrics().BytesIn) }

// DatabaseCounts is what was counted of the database; the blocks are of this run.
func (db *Database) DatabaseCounts() catalog.DatabaseCounts {
	c, m := &db.counters, db.store.Metrics()
	out := catalog.DatabaseCounts{Commits: c.commits.Load(), Rollbacks: c.rollbacks.Load(), Deadlocks: c.deadlocks.Load(),
		Sessions: c.sessions.Load(), BlocksRead: m.CacheMisses, BlocksHit: m.CacheHits}
	if at := c.reset.Load(); at != nil {
		out.Reset = *at
	}
	return out
}

// CountSession, CountCommit and CountRollback count what only a session knows: transactions that wrote nothing, too.
func (db *Database) CountSession() { db.counters.sessions.Add(1) }

// CountCommit counts a transaction that was committed.
func (db *Database) CountCommit() { db.counters.commits.Add(1) }

// CountRollback counts a transaction that was rolled back.
func (db *Database) CountRollback() { db.counters.rollbacks.Add(1) }

// CountVacuum notes a VACUUM of a table.
func (db *Database) CountVacuum(t *catalog.Table) {
	x := db.counters.of(t.OID)
	x.vacuums.Add(1)
	x.insertedSinceVacuum.Store(0)
	x.lastVacuum.Store(time.Now().UnixMicro())
}

// CountAnalyze notes an ANALYZE of a table.
func (db *Database) CountAnalyze(t *catalog.Table) {
	x := db.counters.of(t.OID)
	x.analyzes.Add(1)
	x.lastAnalyze.Store(time.Now().UnixMicro())
}

// countAutomatic notes one that nobody asked for.
func (db *Database) countAutomatic(t *catalog.Table) {
	x := db.counters.of(t.OID)
	x.autoAnalyzes.Add(1)
	x.lastAutomatic.Store(time.Now().UnixMicro())
}

// ResetCounts sets everything to zero: pg_stat_reset().
func (db *Database) ResetCounts() {
	c := &db.counters
	c.relations.Clear()
	for _, n := range []*atomic.Int64{&c.commits, &c.rollbacks, &c.deadlocks, &c.sessions} {
		n.Store(0)
	}
	now := time.Now()
	c.reset.Store(&now)
}

// ResetRelationCounts sets one relation's to zero: pg_stat_reset_single_table_counters().
func (db *Database) ResetRelationCounts(oid catalog.OID) {
	db.counters.relations.Delete(oid)
	now := time.Now()
	db.counters.reset.Store(&now)
}
