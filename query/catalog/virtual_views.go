package catalog

import (
	"strings"
	"time"

	"github.com/seguedb/segue/query/datum"
)

// The views of pg_catalog over its tables.

func tablesRows(env *VirtualEnv, w *rowWriter) {
	w.no("hasrules", "hastriggers", "rowsecurity").keep()
	for _, t := range env.Snapshot.Tables() {
		if tableRelation(t).kind == KindTable {
			w.str("schemaname", env.Snapshot.schemaName(t.Schema)).str("tablename", t.Name).
				str("tableowner", env.ownerName(t.OID)).
				bool("hasindexes", len(t.shownIndexes()) > 0).end()
		}
	}
}

// viewsRows lists the system's views too, which are computed and so have no text.
func viewsRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Tables() {
		if tableRelation(t).kind == KindView {
			w.str("schemaname", env.Snapshot.schemaName(t.Schema)).str("viewname", t.Name).
				str("viewowner", env.ownerName(t.OID)).optional("definition", env.definition(t)).end()
		}
	}
}

func indexesRows(env *VirtualEnv, w *rowWriter) {
	for _, r := range env.Snapshot.relations() {
		if r.index == nil {
			continue
		}
		def, _ := IndexDef(env.Snapshot, r.oid, 0, false, env.Views)
		w.str("schemaname", env.Snapshot.schemaName(r.schema)).str("tablename", r.table.Name).str("indexname", r.name).
			str("indexdef", def).end()
	}
}

func sequencesRows(env *VirtualEnv, w *rowWriter) {
	values := env.liveByOID(LiveSequenceValues)
	for _, q := range env.Snapshot.Sequences() {
		w.str("schemaname", env.Snapshot.schemaName(q.Schema)).str("sequencename", q.Name).
			str("sequenceowner", env.ownerName(q.OID)).oid("data_type", q.TypeOID).
			int("start_value", q.Start).int("min_value", q.Min).int("max_value", q.Max).
			int("increment_by", q.Increment).bool("cycle", q.Cycle).int("cache_size", q.Cache)
		if v := values[q.OID]; v != nil && v[1].Bool() {
			w.set("last_value", v[0])
		}
		w.end()
	}
}

// timezoneRows lists the zones that this machine's time zone data has.
func timezoneRows(env *VirtualEnv, w *rowWriter) {
	now := time.Now()
	for _, name := range strings.Fields(timezoneTSV) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		local := now.In(loc)
		abbrev, offset := local.Zone()
		w.str("name", name).str("abbrev", abbrev).bool("is_dst", local.IsDST()).
			set("utc_offset", datum.NewInterval(datum.IntervalValue{Micros: int64(offset) * 1e6})).end()
	}
}

// ownerName names a relation's owner.
func (env *VirtualEnv) ownerName(relation OID) string {
	return env.Snapshot.RoleName(env.Snapshot.Owner(ClassRelation, relation))
}
