package builtin

import (
	"math"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// The functions beneath the statistics views, over a Session that is a catalog.Counter. A relation that has no counts
// gives 0, as in Postgres one without an entry does, and NULL for a time.

// CounterResetter is a Session that can set the counts to zero.
type CounterResetter interface {
	ResetCounts()
	ResetRelationCounts(oid catalog.OID)
}

func statistics(r *registry) {
	for name, count := range map[string]func(catalog.RelationCounts) int64{
		"numscans":           func(c catalog.RelationCounts) int64 { return c.Scans },
		"tuples_returned":    func(c catalog.RelationCounts) int64 { return c.Read },
		"tuples_fetched":     func(c catalog.RelationCounts) int64 { return c.Fetched },
		"tuples_inserted":    func(c catalog.RelationCounts) int64 { return c.Inserted },
		"tuples_updated":     func(c catalog.RelationCounts) int64 { return c.Updated },
		"tuples_deleted":     func(c catalog.RelationCounts) int64 { return c.Deleted },
		"tuples_hot_updated": func(catalog.RelationCounts) int64 { return 0 }, // no row is changed in place
		"live_tuples":        func(c catalog.RelationCounts) int64 { return int64(math.Round(c.LiveRows)) },
		"dead_tuples":        func(catalog.RelationCounts) int64 { return 0 }, // the store merges them away by itself
		"mod_since_analyze":  func(c catalog.RelationCounts) int64 { return c.SinceAnalyze },
		"ins_since_vacuum":   func(c catalog.RelationCounts) int64 { return c.InsertedSinceVacuum },
		"vacuum_count":       func(c catalog.RelationCounts) int64 { return c.Vacuums },
		"autovacuum_count":   func(catalog.RelationCounts) int64 { return 0 },
		"analyze_count":      func(c catalog.RelationCounts) int64 { return c.Analyzes },
		"autoanalyze_count":  func(c catalog.RelationCounts) int64 { return c.AutoAnalyzes },
	} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewInt(count(relationCounts(env, a[0]))), nil
		}, "pg_stat_get_"+name+"(oid)")
	}
	for name, at := range map[string]func(catalog.RelationCounts) datum.Datum{
		"vacuum":      func(c catalog.RelationCounts) datum.Datum { return catalog.Timestamp(c.LastVacuum) },
		"autovacuum":  func(catalog.RelationCounts) datum.Datum { return datum.Null },
		"analyze":     func(c catalog.RelationCounts) datum.Datum { return catalog.Timestamp(c.LastAnalyze) },
		"autoanalyze": func(c catalog.RelationCounts) datum.Datum { return catalog.Timestamp(c.LastAutomatic) },
	} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) { return at(relationCounts(env, a[0])), nil },
			"pg_stat_get_last_"+name+"_time(oid)")
	}
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if c, ok := env.Session.(CounterResetter); ok {
			c.ResetCounts()
		}
		return datum.NewString(""), nil
	}, "pg_stat_reset()")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		if c, ok := env.Session.(CounterResetter); ok {
			c.ResetRelationCounts(catalog.OID(a[0].Int()))
		}
		return datum.NewString(""), nil
	}, "pg_stat_reset_single_table_counters(oid)")
	// The counts that a query reads are those of the moment: there is no snapshot of them, and nothing to flush.
	r.fn(constant(datum.NewString("")), "pg_stat_clear_snapshot()", "pg_stat_force_next_flush()")
	r.fn(constant(datum.Null), "pg_stat_get_snapshot_timestamp()")
}

func relationCounts(env *Env, oid datum.Datum) catalog.RelationCounts {
	if c, ok := env.Session.(catalog.Counter); ok {
		counts, _ := c.RelationCounts(catalog.OID(oid.Int()))
		return counts
	}
	return catalog.RelationCounts{}
}
