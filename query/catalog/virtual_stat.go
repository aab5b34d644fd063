package catalog

import (
	"math"

	"github.com/seguedb/segue/query/datum"
)

// The cumulative statistics views. What is not counted is NULL, which says so, and not 0, which would say "never". There
// are no dead rows to count, since the store merges old versions away by itself, nor updates in place.

// Which relations a statistics view is about.

func allTables(t *Table) bool { return t.Kind() == KindTable || t.Kind() == KindMatView }

func userTablesOnly(t *Table) bool { return t.HasRows() }

func systemTablesOnly(t *Table) bool { return allTables(t) && t.Virtual != nil }

func statTableRows(about func(*Table) bool) rowsFunc {
	return func(env *VirtualEnv, w *rowWriter) {
		for _, t := range env.Snapshot.Tables() {
			if about(t) {
				w.tableCounts(env, t).tableIdentity(env, t).end()
			}
		}
	}
}

// tableCounts fills in what is counted of a user's table.
func (w *rowWriter) tableCounts(env *VirtualEnv, t *Table) *rowWriter {
	c, ok := env.countsOf(t.OID)
	if !ok {
		return w
	}
	if len(t.shownIndexes()) > 0 {
		scans, fetched := IndexedCounts(env.Counts, t)
		w.int("idx_scan", scans).int("idx_tup_fetch", fetched+c.Fetched)
	}
	return w.int("seq_scan", c.Scans).int("seq_tup_read", c.Read).
		int("n_tup_ins", c.Inserted).int("n_tup_upd", c.Updated).int("n_tup_del", c.Deleted).int("n_tup_hot_upd", 0).
		int("n_live_tup", int64(math.Round(c.LiveRows))).int("n_dead_tup", 0).
		int("n_mod_since_analyze", c.SinceAnalyze).int("n_ins_since_vacuum", c.InsertedSinceVacuum).
		set("last_vacuum", Timestamp(c.LastVacuum)).set("last_analyze", Timestamp(c.LastAnalyze)).
		set("last_autoanalyze", Timestamp(c.LastAutomatic)).
		int("vacuum_count", c.Vacuums).int("autovacuum_count", 0).
		int("analyze_count", c.Analyzes).int("autoanalyze_count", c.AutoAnalyzes)
}

func statIOTableRows(about func(*Table) bool) rowsFunc {
	return func(env *VirtualEnv, w *rowWriter) {
		for _, t := range env.Snapshot.Tables() {
			if about(t) {
				w.tableIdentity(env, t).end()
			}
		}
	}
}

// statIndexRows serves pg_stat_*_indexes, whose only indexes are users'.
func statIndexRows(env *VirtualEnv, w *rowWriter) {
	eachIndex(env, w, func(ix *Index) {
		if c, ok := env.countsOf(ix.OID); ok {
			w.int("idx_scan", c.Scans).int("idx_tup_read", c.Read).int("idx_tup_fetch", c.Fetched)
		}
	})
}

func statIOIndexRows(env *VirtualEnv, w *rowWriter) { eachIndex(env, w, func(*Index) {}) }

func eachIndex(env *VirtualEnv, w *rowWriter, fill func(*Index)) {
	for _, t := range env.Snapshot.userTables() {
		for _, ix := range t.shownIndexes() {
			fill(ix)
			w.tableIdentity(env, t).oid("indexrelid", ix.OID).str("indexrelname", ix.Name).end()
		}
	}
}

func (w *rowWriter) tableIdentity(env *VirtualEnv, t *Table) *rowWriter {
	return w.oid("relid", t.OID).str("schemaname", env.Snapshot.schemaName(t.Schema)).str("relname", t.Name)
}

func statIOSequenceRows(env *VirtualEnv, w *rowWriter) {
	for _, q := range env.Snapshot.Sequences() {
		w.oid("relid", q.OID).str("schemaname", env.Snapshot.schemaName(q.Schema)).str("relname", q.Name).end()
	}
}

// statDatabaseRows is the one database's row. The blocks are the store's, and its cache's.
func statDatabaseRows(env *VirtualEnv, w *rowWriter) {
	w.oid("datid", DatabaseOID).str("datname", DatabaseName)
	if env.Live != nil {
		w.int("numbackends", int64(len(env.Live("pg_stat_activity"))))
	}
	if env.Counts != nil {
		var sum RelationCounts
		for _, t := range env.Snapshot.userTables() {
			sum.add(env.countsOf(t.OID))
			for i := range t.Indexes {
				sum.add(env.countsOf(t.Indexes[i].OID))
			}
		}
		d := env.Counts.DatabaseCounts()
		w.int("xact_commit", d.Commits).int("xact_rollback", d.Rollbacks).int("deadlocks", d.Deadlocks).
			int("sessions", d.Sessions).int("blks_read", d.BlocksRead).int("blks_hit", d.BlocksHit).
			int("tup_returned", sum.Read).int("tup_fetched", sum.Fetched).
			int("tup_inserted", sum.Inserted).int("tup_updated", sum.Updated).int("tup_deleted", sum.Deleted).
			set("stats_reset", Timestamp(d.Reset))
	}
	w.zero("conflicts").end()
}

// add sums what pg_stat_database shows.
func (c *RelationCounts) add(x RelationCounts, _ bool) {
	c.Read += x.Read
	c.Fetched += x.Fetched
	c.Inserted += x.Inserted
	c.Updated += x.Updated
	c.Deleted += x.Deleted
}

// Of what a standby, an archive and a buffer pool would count there is none.

func statConflictRows(_ *VirtualEnv, w *rowWriter) {
	w.oid("datid", DatabaseOID).str("datname", DatabaseName).
		zero("confl_tablespace", "confl_lock", "confl_snapshot", "confl_bufferpin", "confl_deadlock").end()
}

func statArchiverRows(_ *VirtualEnv, w *rowWriter) { w.zero("archived_count", "failed_count").end() }

// statWALRows is one row of what the store tells of its log, which knows no records, pages or buffers.
func statWALRows(env *VirtualEnv, w *rowWriter) {
	if env.Counts != nil {
		w.set("wal_bytes", datum.NewNumeric(datum.NumericFromInt(env.Counts.WALBytes())))
	}
	w.end()
}

func statBgwriterRows(_ *VirtualEnv, w *rowWriter) {
	w.set("checkpoint_write_time", datum.NewFloat(0)).set("checkpoint_sync_time", datum.NewFloat(0)).
		zero("checkpoints_timed", "checkpoints_req", "buffers_checkpoint", "buffers_clean", "maxwritten_clean",
			"buffers_backend", "buffers_backend_fsync", "buffers_alloc").end()
}
