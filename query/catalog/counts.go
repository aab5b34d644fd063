package catalog

import (
	"time"

	"github.com/seguedb/segue/query/datum"
)

// RelationCounts is what was done to a table or an index since its counts began: PgStat_StatTabEntry. Of an index, Read are
// its entries that scans returned and Fetched the rows that those led to; of a table, Read are the rows of whole scans and
// Fetched those that an index's set of rows (Postgres's bitmap) led to.
type RelationCounts struct {
	Scans, Read, Fetched                   int64
	Inserted, Updated, Deleted             int64
	SinceAnalyze, InsertedSinceVacuum      int64
	Vacuums, Analyzes, AutoAnalyzes        int64
	LastVacuum, LastAnalyze, LastAutomatic time.Time // zero for never
	LiveRows                               float64   // by the last commit; of a table
}

// DatabaseCounts is what was done in the database since its counts began: PgStat_StatDBEntry.
type DatabaseCounts struct {
	Commits, Rollbacks, Deadlocks, Sessions int64
	BlocksRead, BlocksHit                   int64
	Reset                                   time.Time // zero for never
}

// Counter knows the counts; ok is false for a relation that has none.
type Counter interface {
	RelationCounts(oid OID) (c RelationCounts, ok bool)
	DatabaseCounts() DatabaseCounts
	// WALBytes is what commits wrote to the write-ahead log since the start.
	WALBytes() int64
}

// countsOf is a relation's counts, zero where nothing is known.
func (env *VirtualEnv) countsOf(oid OID) (RelationCounts, bool) {
	if env.Counts == nil {
		return RelationCounts{}, false
	}
	return env.Counts.RelationCounts(oid)
}

// Timestamp is a moment as timestamptz, NULL for the zero time.
func Timestamp(t time.Time) datum.Datum {
	if t.IsZero() {
		return datum.Null
	}
	return datum.NewInt(datum.TimestampFromTime(t))
}

// IndexedCounts sums what a table's indexes count: pg_stat_all_tables' idx_scan and their part of idx_tup_fetch.
func IndexedCounts(c Counter, t *Table) (scans, fetched int64) {
	for i := range t.Indexes {
		x, _ := c.RelationCounts(t.Indexes[i].OID)
		scans, fetched = scans+x.Scans, fetched+x.Fetched
	}
	return scans, fetched
}
