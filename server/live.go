package server

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
)

// Live gives the rows of the relations whose content is the running server's.
func (s *Session) Live(name string) [][]datum.Datum {
	snap := s.Snapshot()
	switch name {
	case catalog.LiveTableRows:
		return s.tableRows(snap)
	case catalog.LiveSequenceValues:
		return s.sequenceValues(snap)
	}
	sc := snap.Schema("pg_catalog")
	if sc == nil {
		return nil
	}
	t := snap.Table(sc.OID, name)
	if t == nil {
		return nil
	}
	switch name {
	case "pg_stat_activity":
		waits, xids := s.engine.db.Waits()
		return s.engine.activity.rows(t, waits, xids, s.mayWatch)
	case "pg_stat_ssl":
		return s.engine.activity.encryption(t, s.mayWatch)
	case "pg_stat_gssapi":
		return s.engine.activity.gssapi(t, s.mayWatch)
	case "segue_models":
		return builtin.ModelRows(s.engine.embedder.Models())
	case "segue_rejects":
		return s.rejectRows(snap)
	case "segue_vector_stats":
		return s.calibrationRows(t)
	case "segue_rebuilds":
		return s.rebuildRows(t)
	case "pg_stat_progress_copy":
		return s.engine.copies.live(t)
	case "pg_cursors":
		return s.cursorRows(t)
	case "pg_locks":
		return s.lockRows(t)
	case "pg_settings":
		return s.settingRows(t)
	case "pg_file_settings":
		return s.fileSettingRows(t)
	case "pg_prepared_statements":
		return s.preparedRows(t)
	}
	return nil
}

// rejectRows is segue_rejects, as the transaction sees it. What cannot be read is told in the log: a relation of the
// catalog has no errors to give.
func (s *Session) rejectRows(snap *catalog.Snapshot) [][]datum.Datum {
	if s.txn.tx == nil {
		return nil
	}
	rejects, err := s.txn.tx.Rejects()
	if err != nil {
		s.engine.log.Error("server: segue_rejects", "error", err)
	}
	return builtin.RejectRows(snap, s.info.Role, rejects)
}

// tableRows is pg_class.reltuples: each stored table's OID and rows.
func (s *Session) tableRows(snap *catalog.Snapshot) [][]datum.Datum {
	var out [][]datum.Datum
	for _, t := range snap.Tables() {
		if t.Virtual == nil {
			out = append(out, []datum.Datum{datum.NewInt(int64(t.OID)), datum.NewFloat(s.TableRows(t))})
		}
	}
	return out
}

// sequenceValues is pg_sequences.last_value: each sequence's OID, its value, and whether that was given already.
func (s *Session) sequenceValues(snap *catalog.Snapshot) [][]datum.Datum {
	var out [][]datum.Datum
	for _, q := range snap.Sequences() {
		if v, called, err := s.engine.db.SequenceValue(q); err == nil {
			out = append(out, []datum.Datum{datum.NewInt(int64(q.OID)), datum.NewInt(v), datum.NewBool(called)})
		}
	}
	return out
}

func (s *Session) settingRows(t *catalog.Table) [][]datum.Datum {
	out := make([][]datum.Datum, 0, len(allSettings))
	for i := range allSettings {
		out = append(out, asRow(t, s.settingRow(&allSettings[i])))
	}
	name := t.ColumnIndex("name")
	slices.SortFunc(out, func(a, b []datum.Datum) int {
		return strings.Compare(strings.ToLower(a[name].Str()), strings.ToLower(b[name].Str()))
	})
	return out
}

func (s *Session) preparedRows(t *catalog.Table) [][]datum.Datum {
	var out [][]datum.Datum
	for name, st := range s.statements {
		if name == "" {
			continue
		}
		types := make([]datum.Datum, len(st.params))
		for i, p := range st.params {
			types[i] = datum.NewInt(int64(p.OID))
		}
		out = append(out, asRow(t, map[string]datum.Datum{
			"name": datum.NewString(name), "statement": datum.NewString(st.sql),
			"parameter_types": datum.ArrayFrom(datum.Regtype, types), "from_sql": datum.NewBool(st.fromSQL),
			"prepare_time":  timestamp(st.prepared),
			"generic_plans": datum.NewInt(st.runs), "custom_plans": datum.NewInt(0),
		}))
	}
	return out
}
